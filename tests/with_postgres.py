"""Behind bin/with-postgres: sets DATABASE_URL and DATABASE_URL_UNPOOLED, runs the command, stops the server."""

import os
import signal
import subprocess
import sys

from tests import servers


def run(command: list[str], url: str, **more: str) -> int:
    env = os.environ | {"DATABASE_URL": url, "DATABASE_URL_UNPOOLED": url} | more
    process = subprocess.Popen(command, env=env)
    # Ctrl-C reaches the command too; wait for its own end, then stop the server.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    code = process.wait()
    return code if code >= 0 else 128 - code


def main() -> int:
    command = sys.argv[1:]
    if not command:
        sys.stderr.write("Say what to run: bin/with-postgres .venv/bin/pytest tests/ledger\n")
        return 2
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        return run(command, given)
    with servers.postgres() as server:
        return run(command, server.url, **({"TEST_TEMPLATE": "budget"} if os.environ.get(servers.PREPARED) else {}))


if __name__ == "__main__":
    sys.exit(main())
