"""Servers for the tests of hosting. They are real and our own, whatever database the suite runs on: a test may
kill their connections or restart them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.either)


@pytest.fixture(scope="module")
def postgres() -> Iterator[servers.Postgres]:
    """A Postgres of this module's own, migrated, with Alice's household in it."""
    with servers.postgres() as server:
        servers.furnish(server.url)
        yield server
