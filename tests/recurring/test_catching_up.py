"""What is due is posted by the first page of a day and by `manage.py daily`; an idle app does nothing."""

import datetime as dt
import logging
import time
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from expenses.alerts.models import Alert
from expenses.people.models import Household
from expenses.recurring import middleware
from expenses.recurring.posting import post_due
from tests.alerts import set_limit
from tests.factories import make_recurring
from tests.people import make_household

PAGE = "/categories/"


class Clock:
    """Today in every household; the same clock for all."""

    day = dt.date(2026, 12, 1)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(Household, "today", lambda household: clock.day)
    return clock


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


def asked(client, path=PAGE, **kwargs) -> list[str]:
    """The statements of a page."""
    with CaptureQueriesContext(connection) as found:
        assert client.get(path, **kwargs).status_code == 200
    return [query["sql"] for query in found]


def posted(people) -> list[str]:
    return [str(day) for day in people.household.expenses.order_by("spent_on").values_list("spent_on", flat=True)]


# ── the first page of a day ───────────────────────────────────────────────────────────────────────


def test_the_first_page_of_a_day_shows_what_fell_due(alice, people):
    make_recurring(people.household)

    page = alice.get("/months/2026-12/")

    assert posted(people) == ["2026-12-01"]
    assert "900.00" in page.content.decode()


def test_a_viewer_catches_up_too(client, people):
    make_recurring(people.household)
    client.force_login(people.vera)

    client.get(PAGE)

    assert posted(people) == ["2026-12-01"]


def test_later_pages_of_the_day_ask_nothing_more(alice, people, clock):
    make_recurring(people.household)
    first, second, third = (asked(alice) for _ in range(3))

    clock.day += dt.timedelta(days=1)
    next_day = asked(alice)

    assert len(second) == len(third)
    assert len(next_day) == len(second) + 1  # what is running
    assert len(first) > len(next_day)
    assert not any("recurringexpense" in sql for sql in second)


def test_each_day_is_caught_up_with(alice, people, clock):
    make_recurring(people.household, unit="days")

    for _ in range(3):
        alice.get(PAGE)
        alice.get(PAGE)
        clock.day += dt.timedelta(days=2)

    assert posted(people) == [f"2026-12-0{day}" for day in range(1, 6)]


def test_a_clock_that_goes_back_posts_nothing(alice, people, clock):
    make_recurring(people.household, unit="days")
    alice.get(PAGE)

    clock.day -= dt.timedelta(days=1)
    alice.get(PAGE)

    assert posted(people) == ["2026-12-01"]


def test_each_household_of_a_person_is_caught_up_with(alice, people):
    second = make_household(people.alice, "Second")
    make_recurring(people.household)
    make_recurring(second)

    for hours, membership in enumerate(people.alice.memberships.all()):
        membership.open(at=timezone.now() + dt.timedelta(hours=hours))
        alice.get(PAGE)

    assert people.household.expenses.count() == second.expenses.count() == 1


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("get", PAGE, {"HX-Request": "true"}),
        ("head", PAGE, {}),
        ("post", PAGE, {}),
        ("get", "/accounts/email/", {}),
        ("get", "/healthz", {}),
        ("get", "/static/js/app.js", {}),
    ],
)
def test_fragments_and_what_is_no_page_of_the_budget_post_nothing(alice, people, method, path, headers):
    make_recurring(people.household)

    getattr(alice, method)(path, headers=headers)

    assert posted(people) == []


def test_nobody_who_is_signed_out_posts_anything(client, people):
    make_recurring(people.household)

    client.get("/")
    client.get(PAGE)

    assert posted(people) == []


def test_a_stranger_posts_nothing_of_others(client, people):
    make_recurring(people.household)
    client.force_login(people.charlie)

    client.get(PAGE)

    assert posted(people) == []


def test_what_was_posted_may_warn_on_that_page(alice, people):
    from expenses.shared.months import Month

    set_limit(people.food, "100", month=Month(2026, 12))
    make_recurring(people.household, category=people.food)

    alice.get(PAGE)

    people.household.refresh_from_db()
    assert bool(people.household.notices) == Alert.objects.filter(household=people.household, armed=False).exists()


# ── when it fails ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def broken(monkeypatch):
    """Posting fails while this is true; how often it was tried."""

    class Broken:
        now, tries = True, 0

    def post(household, *, on):
        Broken.tries += 1
        if Broken.now:
            raise OSError("the line is cut")
        return post_due(household, on=on)

    monkeypatch.setattr(middleware, "post_due", post)
    return Broken


def test_a_failure_never_breaks_the_page(alice, people, broken, caplog):
    make_recurring(people.household)

    with caplog.at_level(logging.ERROR):
        page = alice.get(PAGE)

    assert page.status_code == 200
    assert f"what is due in household {people.household.pk} is not posted" in caplog.text


def test_what_failed_is_tried_again_after_a_pause_and_not_by_each_page(alice, people, broken, monkeypatch):
    make_recurring(people.household)
    seconds = [time.monotonic()]
    monkeypatch.setattr(middleware.time, "monotonic", lambda: seconds[0])

    for _ in range(20):
        alice.get(PAGE)
    burst = broken.tries
    seconds[0] += middleware.PAUSE
    broken.now = False
    alice.get(PAGE)

    assert (burst, broken.tries) == (1, 2)
    assert posted(people) == ["2026-12-01"]


def test_a_broken_household_does_not_hold_up_another_one(alice, people, broken):
    alice.get(PAGE)
    broken.now = False
    make_recurring(people.others)
    charlie = Client()
    charlie.handler = alice.handler  # the same process
    charlie.force_login(people.charlie)

    charlie.get(PAGE)

    assert people.others.expenses.count() == 1


def test_a_fault_of_the_database_leaves_the_page_a_connection_that_works(alice, people, monkeypatch):
    make_recurring(people.household)

    def broken(household, *, on):
        with connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")

    with monkeypatch.context() as patched:
        patched.setattr(middleware, "post_due", in_savepoint(broken))
        page = alice.get(PAGE)

    assert page.status_code == 200


def in_savepoint(work):
    """As `post_due` writes: in a transaction of its own."""
    from django.db import transaction

    return transaction.atomic(work)


def test_a_process_remembers_so_many_households_and_no_more(alice, people, monkeypatch):
    monkeypatch.setattr(middleware, "REMEMBERED", 2)
    catching_up = middleware.CatchUpMiddleware(lambda request: None)

    for pk in range(5):
        catching_up._remember(catching_up.looked, pk, dt.date(2026, 12, 1))

    assert len(catching_up.looked) <= 2
    assert 4 in catching_up.looked


# ── every day, by the host ────────────────────────────────────────────────────────────────────────


def run() -> str:
    out = StringIO()
    call_command("daily", stdout=out)
    return out.getvalue()


def test_daily_posts_what_is_due_in_every_household(people):
    make_recurring(people.household)
    make_recurring(people.household, "Phone", "30", automatic=False)
    make_recurring(people.others)

    said = run()

    assert said == "2 households: 2 expenses posted, 0 alerts raised, 0 mails sent.\n"
    assert (people.household.expenses.count(), people.others.expenses.count()) == (1, 1)
    assert run().startswith("2 households: 0 expenses posted,")


def test_daily_posts_by_the_day_of_each_household(people, monkeypatch):
    days = {people.household.pk: dt.date(2026, 12, 1), people.others.pk: dt.date(2026, 11, 30)}
    monkeypatch.setattr(Household, "today", lambda household: days[household.pk])
    make_recurring(people.household)
    make_recurring(people.others)

    run()

    assert (people.household.expenses.count(), people.others.expenses.count()) == (1, 0)


def test_a_household_that_cannot_post_stops_no_other_and_is_tried_the_next_time(people, monkeypatch, caplog):
    from expenses.management.commands import daily

    make_recurring(people.household)
    make_recurring(people.others)

    def post(household, *, on):
        if household == people.household:
            raise OSError("the line is cut")
        return post_due(household, on=on)

    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(daily, "post_due", post)
        with pytest.raises(CommandError, match="1 household,"):
            run()
    failed = posted(people)
    run()

    assert f"household {people.household.pk} has no day" in caplog.text
    assert (failed, people.others.expenses.count()) == ([], 1)
    assert posted(people) == ["2026-12-01"]


def test_daily_looks_at_the_alerts_after_it_posted(people, monkeypatch):
    from expenses.management.commands import daily

    make_recurring(people.household)
    seen = []
    look = daily.look
    monkeypatch.setattr(
        daily, "look", lambda household, *, on: (seen.append(household.expenses.count()), look(household, on=on))[1]
    )

    run()

    assert seen == [1, 0]
    assert people.household.expenses.get().amount == Decimal(900)
