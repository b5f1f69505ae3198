"""What falls due is written down once, whoever asks, however often and however late."""

import datetime as dt
import threading
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisCase

from expenses.ledger.models import Expense
from expenses.people.models import Household
from expenses.recurring.models import Occurrence, RecurringExpense, State
from expenses.recurring.posting import Posted, post_due
from expenses.shared.months import Month
from expenses.shared.rows import CHUNK
from tests.factories import make_recurring
from tests.people import TODAY, People
from tests.upkeep.balance import assert_books_balance

NOTHING = Posted()


def on(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def days(household, state=None) -> list[str]:
    """Nominal days of what there is, oldest first."""
    found = household.occurrences.order_by("nominal_on", "recurring")
    found = found.filter(state=state) if state else found
    return [str(day) for day in found.values_list("nominal_on", flat=True)]


def spent(household) -> list[tuple[str, str, Decimal]]:
    rows = household.expenses.order_by("spent_on", "id").values_list("spent_on", "description", "amount")
    return [(str(day), description, amount) for day, description, amount in rows]


def daily(household, **fields) -> RecurringExpense:
    return make_recurring(household, "Coffee", "2.50", unit="days", **fields)


# ── what is posted ────────────────────────────────────────────────────────────────────────────────


def test_what_is_due_is_posted_as_it_was_set_up(people):
    card = people.household.payment_methods.create(name="Card")
    rent = make_recurring(
        people.household, category=people.fun, recorded_by=people.bob, payment_method=card, notes="Flat 3"
    )

    done = post_due(people.household, on=on("2026-12-01"))

    expense = people.household.expenses.get()
    occurrence = rent.occurrences.get()
    assert done == Posted(posted=1)
    assert (expense.description, expense.amount, expense.spent_on) == ("Rent", Decimal(900), on("2026-12-01"))
    assert (expense.category, expense.recorded_by, expense.payment_method) == (people.fun, people.bob, card)
    assert (expense.notes, expense.search_key) == ("Flat 3", "rent flat 3")
    assert (occurrence.state, occurrence.expense, occurrence.due_on) == (State.POSTED, expense, expense.spent_on)


def test_a_day_before_nothing_is_posted(people):
    make_recurring(people.household)

    assert post_due(people.household, on=on("2026-11-30")) == NOTHING

    assert spent(people.household) == []


def test_posting_twice_posts_once(people):
    make_recurring(people.household)

    post_due(people.household, on=on("2026-12-01"))
    again = post_due(people.household, on=on("2026-12-01"))

    assert again == NOTHING
    assert days(people.household) == ["2026-12-01"]
    assert len(spent(people.household)) == 1


def test_what_is_to_be_confirmed_waits_and_is_spent_by_nobody(people):
    make_recurring(people.household, automatic=False)

    done = post_due(people.household, on=on("2027-01-15"))

    assert done == Posted(due=2)
    assert days(people.household, State.DUE) == ["2026-12-01", "2027-01-01"]
    assert spent(people.household) == []


@pytest.mark.parametrize("field", ["paused_on", "ended_on"])
def test_what_is_paused_or_has_ended_is_not_posted(people, field):
    make_recurring(people.household, **{field: on("2026-11-25")})

    assert post_due(people.household, on=on("2027-12-01")) == NOTHING

    assert days(people.household) == []


def test_what_belongs_to_an_archived_category_waits(people):
    make_recurring(people.household, category=people.fun)
    people.fun.archive(on=TODAY)

    done = post_due(people.household, on=on("2026-12-01"))

    assert done == Posted(due=1)
    assert spent(people.household) == []
    assert people.household.occurrences.get().recurring.category == people.fun


def test_what_was_posted_early_or_skipped_ahead_stays_as_it_is(people):
    rent = make_recurring(people.household)
    early = people.household.expenses.create(
        category=people.food, recorded_by=people.alice, description="Rent", amount=Decimal(905), spent_on=TODAY
    )
    dates = {"recurring": rent, "household": people.household}
    december = Occurrence.objects.create(
        **dates, nominal_on=on("2026-12-01"), due_on=on("2026-12-01"), state=State.POSTED, expense=early
    )
    january = Occurrence.objects.create(
        **dates, nominal_on=on("2027-01-01"), due_on=on("2027-01-01"), state=State.SKIPPED
    )

    only_known = post_due(people.household, on=on("2027-01-01"))
    then = post_due(people.household, on=on("2027-02-01"))

    assert (only_known, then) == (NOTHING, Posted(posted=1))
    assert days(people.household) == ["2026-12-01", "2027-01-01", "2027-02-01"]
    assert [row[2] for row in spent(people.household)] == [Decimal(905), Decimal(900)]
    december.refresh_from_db()
    january.refresh_from_db()
    assert (december.state, december.expense, january.state) == (State.POSTED, early, State.SKIPPED)


def test_a_change_counts_from_the_next_date_on(people):
    rent = make_recurring(people.household)
    post_due(people.household, on=on("2026-12-01"))
    RecurringExpense.objects.filter(pk=rent.pk).update(amount=Decimal(950))

    post_due(people.household, on=on("2027-01-01"))

    assert [row[2] for row in spent(people.household)] == [Decimal(900), Decimal(950)]


def test_nothing_before_what_is_settled_is_posted(people):
    make_recurring(people.household, anchor=on("2020-01-31"), settled_until=on("2026-11-21"))

    post_due(people.household, on=on("2026-12-31"))

    assert days(people.household) == ["2026-11-30", "2026-12-31"]


def test_another_household_is_left_alone(people):
    make_recurring(people.others)

    assert post_due(people.household, on=on("2026-12-01")) == NOTHING

    assert days(people.others) == []


# ── when ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_nominal_sunday_of_the_next_month_is_posted_on_the_friday_before(people):
    make_recurring(people.household, anchor=on("2026-02-01"), weekend="before")

    thursday = post_due(people.household, on=on("2026-01-29"))
    friday = post_due(people.household, on=on("2026-01-30"))
    sunday = post_due(people.household, on=on("2026-02-01"))

    assert (thursday, friday, sunday) == (NOTHING, Posted(posted=1), NOTHING)
    assert days(people.household) == ["2026-02-01"]
    assert spent(people.household) == [("2026-01-30", "Rent", Decimal(900))]
    assert people.household.expenses.in_month(Month(2026, 1)).count() == 1


def test_a_saturday_moved_to_monday_waits_for_it(people):
    make_recurring(people.household, anchor=on("2026-01-31"), weekend="after")

    done = [post_due(people.household, on=on(day)).posted for day in ("2026-01-31", "2026-02-01", "2026-02-02")]

    assert done == [0, 0, 1]
    assert spent(people.household) == [("2026-02-02", "Rent", Decimal(900))]


def test_the_29_of_february_is_posted_on_the_28th_in_other_years(people):
    make_recurring(people.household, "Insurance", anchor=on("2024-02-29"), unit="years")

    post_due(people.household, on=on("2028-03-01"))

    assert [day for day, _, _ in spent(people.household)] == [
        "2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29",
    ]  # fmt: skip


def test_a_clock_that_goes_back_a_day_posts_nothing(people):
    daily(people.household)
    post_due(people.household, on=on("2026-12-05"))

    back = post_due(people.household, on=on("2026-12-04"))
    forth = [post_due(people.household, on=on(day)).posted for day in ("2026-12-05", "2026-12-06")]

    assert (back, forth) == (NOTHING, [0, 1])
    assert len(days(people.household)) == 6


# Zones and hours at which their clocks are changed, in UTC: a night of 23 or 25 hours, a midnight that is not there.
NIGHTS = [
    ("Europe/Berlin", "2026-03-28T12:00", "2026-03-30T12:00"),
    ("Europe/Berlin", "2026-10-24T12:00", "2026-10-26T12:00"),
    ("America/Santiago", "2026-09-05T12:00", "2026-09-07T12:00"),  # 24:00 is 01:00
    ("America/Santiago", "2026-04-04T12:00", "2026-04-06T12:00"),  # 23:00 comes twice
    ("Pacific/Auckland", "2026-09-26T00:00", "2026-09-28T00:00"),
    ("Pacific/Auckland", "2026-04-04T00:00", "2026-04-06T00:00"),
    ("America/New_York", "2026-11-01T00:00", "2026-11-02T12:00"),
]


@pytest.mark.parametrize(("zone", "first", "last"), NIGHTS)
def test_a_night_in_which_the_clocks_change_has_each_day_once(people, time_machine, zone, first, last):
    """Asked every half an hour by the household's own clock: no day is skipped, and none comes twice."""
    now, end = (dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC) for text in (first, last))
    time_machine.move_to(now, tick=False)
    people.household.time_zone = zone
    daily(people.household, anchor=people.household.today())
    begins = people.household.today()

    while now <= end:
        local = now.astimezone(ZoneInfo(zone))
        post_due(people.household, on=people.household.today())
        assert days(people.household)[-1] == str(local.date())
        now += dt.timedelta(minutes=30)
        time_machine.move_to(now, tick=False)

    count = (people.household.today() - begins).days + 1
    assert days(people.household) == [str(begins + dt.timedelta(days=n)) for n in range(count)]


@pytest.mark.parametrize(("hour", "expected"), [("10:30", []), ("11:30", ["2026-12-01"])])
def test_midnight_is_that_of_the_household(people, time_machine, hour, expected):
    """23:30 and 00:30 in Auckland, 30 November in London."""
    now = dt.datetime.fromisoformat(f"2026-11-30T{hour}").replace(tzinfo=dt.UTC)
    time_machine.move_to(now, tick=False)
    people.household.time_zone = "Pacific/Auckland"
    make_recurring(people.household)

    post_due(people.household, on=people.household.today())

    assert days(people.household) == expected


# ── late ──────────────────────────────────────────────────────────────────────────────────────────


def test_after_400_days_of_sleep_nothing_is_missing(people):
    rent = make_recurring(people.household, anchor=on("2025-10-31"))
    daily(people.household, anchor=on("2025-10-20"))
    make_recurring(people.household, "Gym", "20", anchor=on("2025-10-20"), unit="weeks", automatic=False)

    done = post_due(people.household, on=on("2026-11-23"))

    assert done == Posted(posted=400 + 13, due=58)
    assert [str(day) for day in rent.occurrences.order_by("nominal_on").values_list("nominal_on", flat=True)][:6] == [
        "2025-10-31", "2025-11-30", "2025-12-31", "2026-01-31", "2026-02-28", "2026-03-31",
    ]  # fmt: skip
    assert {day for day, what, _ in spent(people.household) if what == "Coffee"} == {
        str(on("2025-10-20") + dt.timedelta(days=n)) for n in range(400)
    }
    assert post_due(people.household, on=on("2026-11-23")) == NOTHING
    assert_books_balance(people.household)


def queries(work) -> int:
    with CaptureQueriesContext(connection) as asked:
        work()
    return len(asked)


def test_the_number_of_queries_does_not_grow_with_the_dates(people):
    first = on("2026-11-23")
    for description in ("Coffee", "Paper", "Bus"):
        make_recurring(people.household, description, unit="days", anchor=first - dt.timedelta(days=600))
    RecurringExpense.objects.update(settled_until=first - dt.timedelta(days=600))

    few = queries(lambda: post_due(people.household, on=first - dt.timedelta(days=599)))
    many = queries(lambda: post_due(people.household, on=first))

    assert len(days(people.household)) == 3 * 600
    assert many == few


def test_each_batch_costs_the_same(people):
    make_recurring(people.household, unit="days", anchor=on("2000-01-01"))
    batch = CHUNK - 1

    one = queries(lambda: post_due(people.household, on=on("2000-01-01") + dt.timedelta(days=batch)))
    three = queries(lambda: post_due(people.household, on=on("2000-01-01") + dt.timedelta(days=4 * CHUNK - 1)))

    assert len(days(people.household)) == 4 * CHUNK
    assert three <= 3 * one


def test_where_nothing_is_due_one_query_is_asked(people, django_assert_num_queries):
    for number in range(5):
        make_recurring(people.household, f"Rent {number}")

    with django_assert_num_queries(1):
        post_due(people.household, on=TODAY)


def test_a_fault_leaves_nothing_half_done(people, monkeypatch):
    daily(people.household, anchor=on("2026-11-01"))

    def broken(*args, **kwargs):
        raise OSError("the line is cut")

    with monkeypatch.context() as patched:
        patched.setattr("expenses.recurring.models.insert", broken)
        with pytest.raises(OSError, match="cut"):
            post_due(people.household, on=on("2026-11-20"))

    assert (spent(people.household), days(people.household)) == ([], [])
    assert people.household.month_totals.count() == 0
    assert post_due(people.household, on=on("2026-11-20")) == Posted(posted=20)
    assert_books_balance(people.household)


# ── in any order ──────────────────────────────────────────────────────────────────────────────────

FIRST = dt.date(2026, 1, 20)
schedules = st.fixed_dictionaries(
    {
        "anchor": st.integers(-40, 60).map(lambda n: FIRST + dt.timedelta(days=n)),
        "every": st.integers(1, 9),
        "unit": st.sampled_from(["days", "weeks", "months", "years"]),
        "weekend": st.sampled_from(["keep", "before", "after"]),
        "automatic": st.booleans(),
    }
)


def totals(household) -> list[tuple[Month, Decimal, int]]:
    return list(household.month_totals.order_by("month").values_list("month", "spent", "count"))


class AnyOrder(HypothesisCase):
    @given(
        st.lists(schedules, min_size=1, max_size=3),
        st.lists(st.integers(0, 120), min_size=1, max_size=12),
    )
    @settings(max_examples=40)
    def test_any_days_on_which_it_is_asked_end_like_every_day(self, given_schedules, asked):
        people = People()
        for household in (people.household, people.others):
            for number, fields in enumerate(given_schedules):
                make_recurring(household, f"Bill {number}", **fields)

        for day in asked:  # with gaps, again, and backwards
            post_due(people.household, on=FIRST + dt.timedelta(days=day))
        for day in range(max(asked) + 1):
            post_due(people.others, on=FIRST + dt.timedelta(days=day))

        assert days(people.household) == days(people.others)
        assert sorted(spent(people.household)) == sorted(spent(people.others))
        assert totals(people.household) == totals(people.others)


# ── at once ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_at_once_post_each_date_once():
    people = People()
    for number in range(4):
        make_recurring(people.household, f"Bill {number}", unit="weeks", anchor=on("2026-06-01"))
    start, done, errors = threading.Barrier(8), [], []

    def run() -> None:
        try:
            household = Household.objects.get(pk=people.household.pk)
            start.wait(timeout=30)
            done.append(post_due(household, on=TODAY))
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)

    assert errors == []
    assert sorted(one.posted for one in done) == [0] * 7 + [4 * 25]
    assert Expense.objects.count() == Occurrence.objects.count() == 4 * 25
    assert_books_balance(people.household)
