"""Twenty people at once, through the pages of a real server: nothing is lost, nothing is twice."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import servers
from tests.people import PASSWORD
from tests.trials.test_writers import CHECK
from tests.visitor import Visitor

WRITERS, EACH = 20, 4
ALICES = CHECK.replace('name="Trial"', 'name__startswith="Alice"')


@pytest.fixture(params=["sqlite", "postgres"])
def env(request: pytest.FixtureRequest, tmp_path) -> Iterator[dict[str, str]]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'budget.sqlite3'}"
        servers.furnish(url)
        yield servers.hosted(url, ALLOW_SQLITE="1")
    else:
        with servers.postgres() as server:
            servers.furnish(server.url)
            yield servers.hosted(server.url)


def test_twenty_writers_at_once_lose_nothing(collected, env):
    with servers.gunicorn(env) as web:
        alice = Visitor(web.port).sign_in("alice@example.com", PASSWORD)
        category = re.search(r'name="category" value="(\d+)"', alice.get("/expenses/new/").text)
        assert category

        def write(number: int) -> list[int]:
            tab = alice.again()
            form = {"amount": "1.25", "spent_on": "2026-11-20", "category": category[1]}
            return [
                tab.post("/expenses/new/", form | {"description": f"By {number}, {count}"}).status
                for count in range(EACH)
            ]

        with ThreadPoolExecutor(WRITERS) as threads:
            answered = [status for statuses in threads.map(write, range(WRITERS)) for status in statuses]

    assert answered == [302] * (WRITERS * EACH)
    done = servers.manage("shell", "--no-imports", "-c", ALICES, env=env)
    assert done.stdout.strip() == f"sound {60 + WRITERS * EACH}", done.stderr
