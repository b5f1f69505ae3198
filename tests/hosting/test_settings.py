"""What the settings make of an environment: each in a process of its own."""

import re

import pytest

from tests import servers

ELSEWHERE = "postgres://someone:secret@db.example.com/budget"


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in servers.hosted(ELSEWHERE).items() if key != name}


def last_line(done) -> str:
    return done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        (without("SECRET_KEY"), "SECRET_KEY is not set. Set it to a long random text"),
        (without("DATABASE_URL"), "DATABASE_URL is not set. Set it to the address of a Postgres database"),
        (servers.hosted("sqlite:///budget.sqlite3"), "DATABASE_URL names an SQLite file"),
        (servers.hosted(ELSEWHERE, SIGNUPS="nobody"), "SIGNUPS is 'nobody'. It can be open, first or closed."),
    ],
    ids=["no secret key", "no database", "sqlite", "unknown sign-ups"],
)
def test_a_server_that_is_not_configured_refuses_to_start_with_a_sentence(env, sentence):
    done = servers.manage("check", env=env)

    assert done.returncode != 0
    assert sentence in last_line(done)


def test_the_deployment_check_has_nothing_to_say():
    done = servers.manage("check", "--deploy", "--fail-level", "WARNING", env=servers.hosted(ELSEWHERE))

    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_debug_needs_nothing_configured():
    done = servers.manage("check", env={"DEBUG": "1"})

    assert done.returncode == 0, done.stderr


def test_static_files_are_collected_with_an_empty_environment(collected):
    manifest = (servers.ROOT / "staticfiles" / "staticfiles.json").read_text()

    assert re.search(r"css/[\w./-]+\.[0-9a-f]{12}\.css", manifest)


def options_of(url: str, **more: str) -> str:
    code = "from django.conf import settings; d = settings.DATABASES['default']; print(d['HOST'], sorted(d.items()))"
    done = servers.manage("shell", "--no-imports", "-c", code, env=servers.hosted(url, **more))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_remote_postgres_gets_tls_keepalives_and_checked_connections():
    options = options_of(ELSEWHERE)

    for part in (
        "('CONN_HEALTH_CHECKS', True)",
        "('CONN_MAX_AGE', 600)",
        "('DISABLE_SERVER_SIDE_CURSORS', True)",
        "'sslmode': 'require'",
        "'connect_timeout': 10",
        "'keepalives_idle': 30",
        "'keepalives_interval': 10",
        "'keepalives_count': 3",
        "'tcp_user_timeout': 30000",
    ):
        assert part in options


def test_what_the_url_says_goes_before_our_own_choice():
    options = options_of(f"{ELSEWHERE}?sslmode=verify-full&connect_timeout=3", DB_CONN_MAX_AGE="60")

    assert "'sslmode': 'verify-full'" in options
    assert re.search(r"'connect_timeout': '?3\b", options)
    assert "('CONN_MAX_AGE', 60)" in options


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp+tls://me:p%40ss@smtp.example.com:587", ("smtp.example.com", 587, "me", "p@ss", True, False)),
        ("smtp+ssl://me:secret@smtp.example.com:465", ("smtp.example.com", 465, "me", "secret", False, True)),
    ],
)
def test_mail_goes_where_the_url_says(url, expected):
    code = (
        "from django.core.mail import mailers; m = mailers['default']; "
        "print((m.host, m.port, m.username, m.password, m.use_tls, m.use_ssl))"
    )

    done = servers.manage("shell", "--no-imports", "-c", code, env=servers.hosted(ELSEWHERE, EMAIL_URL=url))

    assert done.stdout.strip() == repr(expected), done.stderr


def test_migrations_go_around_the_pooler():
    env = servers.hosted("postgres://budget@127.0.0.1:1/pooled", DATABASE_URL_UNPOOLED="postgres://budget@[::1]:1/own")

    done = servers.manage("migrate", env=env)

    assert done.returncode != 0
    assert "::1" in done.stderr
    assert "127.0.0.1" not in done.stderr


def test_sqlite_is_tuned_for_many_readers_and_a_writer(tmp_path):
    code = (
        "from django.db import connection as c; c.ensure_connection(); "
        "print([c.cursor().execute(f'PRAGMA {name}').fetchone()[0] for name in "
        "('journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout')], c.transaction_mode)"
    )

    done = servers.manage(
        "shell",
        "--no-imports",
        "-c",
        code,
        env={
            **servers.hosted(f"sqlite:///{tmp_path}/budget.sqlite3"),
            "ALLOW_SQLITE": "1",
        },
    )

    assert done.stdout.strip() == "['wal', 1, 1, 20000] IMMEDIATE", done.stderr


def test_every_variable_is_explained_in_the_example_and_no_other():
    example = (servers.ROOT / ".env.example").read_text()
    code = (servers.ROOT / "budget_tracker" / "settings.py").read_text()
    serving = (servers.ROOT / "gunicorn.conf.py").read_text()

    explained = re.findall(r"^#? ?([A-Z][A-Z_]+)=", example, re.MULTILINE)
    read = set(re.findall(r"env(?:\.\w+)?\(\s*\"([A-Z_]+)\"", code))
    read |= set(re.findall(r"environ\.get\([\"']([A-Z_]+)", serving))

    assert sorted(explained) == sorted(read)
