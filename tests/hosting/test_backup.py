"""The backups of docs/deploy.md, taken and brought back."""

import re
import sqlite3
import subprocess

import psycopg

from tests import servers

COUNTS = (
    "SELECT (SELECT count(*) FROM expenses_user), (SELECT count(*) FROM expenses_category), "
    "(SELECT count(*) FROM expenses_expense), (SELECT sum(amount) FROM expenses_expense), "
    "(SELECT sum(spent) FROM expenses_monthtotal)"
)


def client(server: servers.Postgres, *command: str) -> None:
    done = subprocess.run([server.binaries / command[0], *command[1:]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def figures(url: str) -> tuple:
    with psycopg.connect(url) as connection:
        return connection.execute(COUNTS).fetchone()


def test_a_dump_of_postgres_comes_back_into_an_empty_database(postgres, tmp_path):
    dump = str(tmp_path / "budget.dump")
    empty = postgres.create_database("restored")

    client(postgres, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={dump}", postgres.url)
    client(
        postgres, "pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
        f"--dbname={empty}", dump,
    )  # fmt: skip

    assert figures(postgres.url)[2] == 60
    assert figures(empty) == figures(postgres.url)
    done = servers.manage("migrate", "--check", env=servers.hosted(empty))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_restored_database_takes_new_rows(postgres, tmp_path):
    dump = str(tmp_path / "budget.dump")
    empty = postgres.create_database("written")
    client(postgres, "pg_dump", "--format=custom", "--no-owner", f"--file={dump}", postgres.url)
    client(postgres, "pg_restore", "--no-owner", "--exit-on-error", f"--dbname={empty}", dump)
    code = (
        "from expenses.models import Household; from tests.factories import make_expense; "
        "make_expense(Household.objects.first()); print(Household.objects.first().expenses.count())"
    )

    done = servers.manage("shell", "--no-imports", "-c", code, env=servers.hosted(empty))

    assert done.stdout.strip() == "61", done.stderr


def test_sqlite_is_copied_while_somebody_writes(tmp_path):
    source, copy = tmp_path / "budget.sqlite3", tmp_path / "backup.sqlite3"
    servers.furnish(f"sqlite:///{source}")

    with sqlite3.connect(source, isolation_level=None) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE expenses_expense SET notes = 'half done'")
        with sqlite3.connect(source) as reader, sqlite3.connect(copy) as target:
            reader.backup(target)  # what the sqlite3 shell's .backup calls
        writer.execute("ROLLBACK")

    with sqlite3.connect(copy) as backup:
        # A check constraint uses it; Django and the sqlite3 shell bring one.
        backup.create_function("REGEXP", 2, lambda pattern, text: re.search(pattern, text) is not None)
        assert backup.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert backup.execute(COUNTS).fetchone()[2] == 60
        assert backup.execute("SELECT count(*) FROM expenses_expense WHERE notes = 'half done'").fetchone() == (0,)
