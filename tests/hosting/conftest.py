"""Servers for the tests of hosting. They are real and our own, whatever database the suite runs on: a test may
kill their connections or restart them."""

import fcntl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.either)


@pytest.fixture(scope="session")
def collected(tmp_path_factory: pytest.TempPathFactory, testrun_uid: str) -> None:
    """Static files as a host has them after its build, which runs collectstatic with an empty environment."""
    # Once a run, however many processes it has: a second collection would rewrite files that are being served.
    done = tmp_path_factory.getbasetemp().parent / f"collected-{testrun_uid}"
    with (servers.ROOT / ".collecting").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            result = servers.manage("collectstatic", "--no-input", "--verbosity=0", env={})
            assert result.returncode == 0, result.stderr
            done.touch()


@pytest.fixture(scope="module")
def postgres() -> Iterator[servers.Postgres]:
    """A Postgres of this module's own, migrated, with Alice's household in it."""
    with servers.postgres() as server:
        servers.furnish(server.url)
        yield server
