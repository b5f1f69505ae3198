"""Which tests run on which database, and on which day. The database is chosen in tests/settings.py."""

import contextlib
import fcntl
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.middleware import csrf
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings

from tests import servers

if TYPE_CHECKING:
    from tests.people import People

# A change is judged by the same examples each time, and by no clock; `--hypothesis-profile=random` looks for others.
NOT_ASKED = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)
settings.register_profile("same", derandomize=True, deadline=None, print_blob=True, suppress_health_check=NOT_ASKED)
settings.register_profile("random", settings.get_profile("same"), derandomize=False, database=None)
settings.load_profile("same")

# Nor by chance: among the letters of a token was a name once, which a test had looked for in the page.
csrf.CSRF_ALLOWED_CHARS = "QXZ"


def pytest_report_header() -> str:
    return f"database: {connection.vendor}"


def asks_no_database(item: pytest.Item) -> bool:
    """Whether it neither asks for the fixture nor is a case of Django's: pytest-django then refuses it a database."""
    asking = {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    return not asking and not issubclass(getattr(item, "cls", None) or object, TransactionTestCase)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out, and counts as deselected, what another run of `make test` covers (tests/README.md)."""
    elsewhere = {"sqlite": {"postgres"}, "postgresql": {"sqlite", "either"}}[connection.vendor]
    kept, left_out = [], []
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        if not marks & {"postgres", "django_db"} and asks_no_database(item):
            marks.add("either")
        (left_out if elsewhere & marks else kept).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """SQLite in memory begins with a copy of the prepared database, if there is one. (Postgres: tests/settings.py.)"""
    given = os.environ.get(servers.PREPARED)

    def begin(sender: type, connection: BaseDatabaseWrapper, **kwargs: object) -> None:
        connection_created.disconnect(begin)
        with contextlib.closing(sqlite3.connect(Path(str(given)) / "budget.sqlite3")) as prepared:
            prepared.backup(connection.connection)

    if given and connection.vendor == "sqlite":
        connection_created.connect(begin, weak=False)


@pytest.fixture(autouse=True)
def today_stays(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every household it is TODAY, whenever the tests run, but for those that move the clock themselves."""
    from tests.people import TODAY

    if "time_machine" not in request.fixturenames:
        monkeypatch.setattr("expenses.people.models.Household.today", lambda household: TODAY)


@pytest.fixture
def people(db) -> "People":
    """Alice (owner), Bob (editor), Vera (viewer) and Charlie, a stranger."""
    from tests.people import People

    return People()


@pytest.fixture(scope="session")
def collected(tmp_path_factory: pytest.TempPathFactory, testrun_uid: str) -> None:
    """Static files as a host has them after its build, which runs collectstatic with an empty environment.

    Once a run, however many processes it has: a second collection would rewrite files that are being served.
    `make test` has collected them already, for all that it runs side by side.
    """
    if os.environ.get("STATIC_COLLECTED"):
        return
    done = tmp_path_factory.getbasetemp().parent / f"collected-{testrun_uid}"
    with (servers.ROOT / ".collecting").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            result = servers.manage("collectstatic", "--no-input", "--verbosity=0", env={})
            assert result.returncode == 0, result.stderr
            done.touch()
