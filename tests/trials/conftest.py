from collections.abc import Iterator

import pytest

from tests import servers
from tests.trials.processes import Nursery, prepared


@pytest.fixture(scope="package", params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of two households on a database that several processes can write to."""
    if request.param == "sqlite":
        yield prepared(f"sqlite:///{tmp_path_factory.mktemp('trial') / 'budget.sqlite3'}")
    else:
        with servers.postgres() as server:
            yield prepared(server.url)


@pytest.fixture
def nursery(database: dict[str, str]) -> Iterator[Nursery]:
    with Nursery(database) as nursery:
        yield nursery
