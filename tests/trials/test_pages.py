"""The same form posted twenty times at once to a real server moves once."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import servers
from tests.people import PASSWORD
from tests.trials.moving import MOVED, NAME, RUNNING
from tests.visitor import Visitor, hidden_fields

pytestmark = pytest.mark.either

TIMES = 20


def send(tab, path, forms) -> list[int]:
    """Post each of the forms in a tab of its own, at once; gives the statuses."""

    def post(form):
        return tab.again().post(path, form, hidden=False).status

    with ThreadPoolExecutor(len(forms)) as threads:
        return sorted(threads.map(post, forms))


def test_a_form_posted_twenty_times_at_once_moves_once_and_goes_back_once(collected, database, nursery):
    quiet = nursery.ask("categories")["ids"][MOVED:]
    path, key = f"/transfers/new/?month={RUNNING}", str(uuid.uuid4())
    with servers.gunicorn(database) as web:
        tab = Visitor(web.port).sign_in(f"{NAME.lower()}@example.com", PASSWORD)
        form = hidden_fields(tab.get(path).text) | {"source": quiet[0], "destination": quiet[1], "amount": "0.01"}

        moved = send(tab, path, [form | {"key": key}] * TIMES)
        move = nursery.ask("state", key)
        path = f"/transfers/{move['id']}/reverse/"
        form = hidden_fields(tab.get(path).text)
        reversed_ = send(tab, path, [form | {"key": str(uuid.uuid4())} for _ in range(TIMES)])

    assert moved == [302] * TIMES
    assert (move["moves"], move["legs"]) == (1, 2)
    assert reversed_ == [302] + [422] * (TIMES - 1)
    after = nursery.ask("state", key)
    assert after["reversals"] == 1
    assert nursery.ask("check")["sound"]
