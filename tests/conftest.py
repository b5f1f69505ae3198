"""Which tests run on which database. The database itself is chosen in tests/settings.py."""

from typing import TYPE_CHECKING

import pytest
from django.db import connection

if TYPE_CHECKING:
    from tests.people import People


def pytest_report_header() -> str:
    return f"database: {connection.vendor}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out, and counts as deselected, what another run of `make test` covers (tests/README.md)."""
    elsewhere = {"sqlite": {"postgres"}, "postgresql": {"sqlite", "either"}}[connection.vendor]
    if config.getoption("markexpr") == "soak":
        elsewhere -= {"either"}  # the long trials run once, on Postgres
    kept, left_out = [], []
    for item in items:
        (left_out if elsewhere & {mark.name for mark in item.iter_markers()} else kept).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


@pytest.fixture
def people(db) -> "People":
    """Alice (owner), Bob (editor), Vera (viewer) and Charlie, a stranger."""
    from tests.people import People

    return People()
