"""Connections that die while nobody looks, a database that sleeps, and a pooler that shares servers."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests import servers
from tests.people import PASSWORD
from tests.visitor import Visitor

KILL_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'budget' AND pid <> pg_backend_pid()"
)
PAGE = "/categories/"  # asks for session, user, household and rows
REQUESTS = 24  # enough to meet each of 2 × 4 threads


@pytest.fixture(scope="module")
def web(collected, postgres) -> Iterator[servers.Web]:
    with servers.gunicorn(servers.hosted(postgres.url)) as web:
        yield web


@pytest.fixture(scope="module")
def alice(web) -> Visitor:
    return Visitor(web.port).sign_in("alice@example.com", PASSWORD)


def statuses(visitor: Visitor, path: str, count: int = REQUESTS) -> set[int]:
    """What so many requests at once are answered with."""
    with ThreadPoolExecutor(8) as threads:
        return set(threads.map(lambda _: visitor.again().get(path).status, range(count)))


def test_a_page_is_served_after_idle_connections_were_killed(postgres, alice):
    assert statuses(alice, "/readyz") == {200}
    assert statuses(alice, PAGE) == {200}

    postgres.execute(KILL_ALL)

    assert statuses(alice, PAGE) == {200}


def test_a_page_is_served_after_the_database_was_restarted(postgres, alice):
    assert statuses(alice, PAGE) == {200}

    postgres.restart()

    assert statuses(alice, PAGE) == {200}


def test_without_a_database_the_app_is_alive_but_not_ready(postgres, alice):
    postgres.stop()
    try:
        assert alice.get("/healthz").status == 200
        assert alice.get("/readyz").status == 503
    finally:
        postgres.start()

    assert alice.get("/readyz").status == 200


# ── behind PgBouncer in transaction mode ──────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def pooled(collected, postgres) -> Iterator[servers.Web]:
    # Three servers for eight threads: transactions of one request meet different servers.
    with (
        servers.pgbouncer(postgres.url, pool_size=3) as url,
        servers.gunicorn(servers.hosted(url, DATABASE_URL_UNPOOLED=postgres.url)) as web,
    ):
        yield web


def pages(patterns=None, prefix: str = "/") -> Iterator[str]:
    """The path of every page that the router knows and that needs no id; months are filled in."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern).replace("<month:month>", "2026-11").removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from pages(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and not set("<(?\\$") & set(route):
            yield route


# Not found for whoever has set up no second step at sign-in.
SECOND_STEP = ("/accounts/2fa/recovery-codes/", "/accounts/2fa/totp/deactivate/")


def test_a_transaction_pooled_postgres_serves_every_page(pooled):
    alice = Visitor(pooled.port).sign_in("alice@example.com", PASSWORD)
    paths = [path for path in pages() if not path.startswith(("/admin/", "/accounts/logout", *SECOND_STEP))]
    assert {"/", "/expenses/", "/months/2026-11/"} <= set(paths)

    with ThreadPoolExecutor(8) as threads:
        answers = dict(zip(paths * 3, threads.map(lambda path: alice.again().get(path), paths * 3), strict=True))

    assert {path: a.status for path, a in answers.items() if a.status not in (200, 302, 405)} == {}
    assert answers["/expenses/"].status == answers["/months/2026-11/"].status == 200


def test_a_release_goes_around_the_pooler(postgres):
    with servers.pgbouncer(postgres.url) as url:
        env = servers.hosted(url, DATABASE_URL_UNPOOLED=postgres.url)
        done = subprocess.run(["bin/release"], cwd=servers.ROOT, env=env, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues" in done.stdout
