"""Databases that are migrated already, for many tests to begin with: `python -m tests.prepared DIRECTORY`.

A file of SQLite and the data of a Postgres. Migrating takes seconds of work, copying next to none; that the migrations
lead there from nothing is shown by what makes these.
"""

import contextlib
import os
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests import servers


def make_sqlite(directory: Path) -> None:
    path = directory / "budget.sqlite3"
    servers.migrate(f"sqlite:///{path}")
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = DELETE")  # all of it in one file; the app says anew how it writes


def make_postgres(directory: Path) -> None:
    servers.binaries_for_all(directory)
    with servers.postgres() as server:
        servers.migrate(server.url)
        server.stop()
        servers.run(["cp", "-a", server.data, directory / "data"])


def main() -> None:
    os.environ.pop(servers.PREPARED, None)  # these are made from nothing
    directory = Path(sys.argv[1])
    directory.chmod(0o755)  # Postgres runs as another user where we are root
    with ThreadPoolExecutor() as threads:
        for made in [threads.submit(make, directory) for make in (make_sqlite, make_postgres)]:
            made.result()


if __name__ == "__main__":
    main()
