"""check_database: what it says, when it fails, and what it never says."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests import servers


def said_by(url, tmp_path, *, migrated=True, **more):
    """The command in a process of its own, against this database: its exit code and what it printed."""
    env = servers.hosted(url, ALLOW_SQLITE="1", **more)
    if migrated:
        servers.migrate(url)
    done = servers.manage("check_database", env=env)
    return done.returncode, done.stdout + done.stderr


def test_a_database_that_is_ready(transactional_db, capsys):
    call_command("check_database")

    said = capsys.readouterr().out
    assert "The database is ready." in said
    assert "Round trip: " in said
    assert "all applied" in said


@pytest.mark.postgres
def test_postgres_tells_its_version_and_its_search(transactional_db, capsys):
    call_command("check_database")

    said = capsys.readouterr().out
    assert "PostgreSQL " in said
    assert "not encrypted, direct" in said
    assert "pg_trgm " in said


@pytest.mark.postgres
def test_without_pg_trgm_it_says_what_to_run(transactional_db):
    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION pg_trgm CASCADE")
    try:
        with pytest.raises(CommandError, match="CREATE EXTENSION pg_trgm"):
            call_command("check_database")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION pg_trgm")
            cursor.execute("CREATE INDEX expense_search ON expenses_expense USING gin (search_key gin_trgm_ops)")


@pytest.mark.either
def test_a_migrated_sqlite_file_is_ready(tmp_path):
    code, said = said_by(f"sqlite:///{tmp_path}/budget.sqlite3", tmp_path)

    assert code == 0
    assert "journal_mode wal" in said
    assert "The database is ready." in said


@pytest.mark.either
def test_a_file_that_is_not_there_is_not_made(tmp_path):
    code, said = said_by(f"sqlite:///{tmp_path}/budget.sqlite3", tmp_path, migrated=False)

    assert code == 1
    assert "Run manage.py migrate" in said
    assert not (tmp_path / "budget.sqlite3").exists()


@pytest.mark.either
def test_migrations_that_wait_are_named(tmp_path):
    (tmp_path / "budget.sqlite3").touch()

    code, said = said_by(f"sqlite:///{tmp_path}/budget.sqlite3", tmp_path, migrated=False)

    assert code == 1
    assert "Run manage.py migrate: contenttypes.0001_initial" in said
    assert "Traceback" not in said


@pytest.mark.either
def test_no_answer_is_a_sentence_without_the_password(tmp_path):
    url = f"postgres://budget:open-sesame@127.0.0.1:{servers.free_port()}/budget"

    code, said = said_by(url, tmp_path, migrated=False)

    assert code == 1
    assert "The database does not answer" in said
    assert "open-sesame" not in said
    assert "Traceback" not in said


@pytest.mark.either
def test_a_pooler_in_between_is_noticed(tmp_path):
    with servers.postgres() as server:
        servers.migrate(server.url)
        with servers.pgbouncer(server.url) as pooled:
            code, said = said_by(pooled, tmp_path, migrated=False, DATABASE_URL_UNPOOLED=server.url)

    assert code == 0
    assert "through a pooler" in said
    assert "migrations by DATABASE_URL_UNPOOLED" in said
