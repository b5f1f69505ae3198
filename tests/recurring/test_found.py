"""What comes again is found in what was written down: tables of histories, and what must hold for any."""

import datetime as dt
import random
from decimal import Decimal

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from expenses.recurring.found import DISTANCES, Known, Proposal, Row, look_of, proposals
from expenses.recurring.schedule import MonthDay, Schedule, Unit, Weekend

pytestmark = pytest.mark.either  # asks no database

TODAY = dt.date(2026, 11, 22)
HOME, FOOD = 1, 2


def on(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def rows(days, amounts="100", description="Rent", category=HOME, method=None) -> list[Row]:
    """Rows as the household has them, newest first; the last amount holds on."""
    days = [on(day) for day in days.split()] if isinstance(days, str) else list(days)
    costs = amounts.split() if isinstance(amounts, str) else list(map(str, amounts))
    costs += costs[-1:] * (len(days) - len(costs))
    made = [Row(day, description, category, Decimal(cost), method) for day, cost in zip(days, costs, strict=True)]
    return made[::-1]


def newest_first(*streams: list[Row]) -> list[Row]:
    return sorted((row for stream in streams for row in stream), key=lambda row: row.spent_on, reverse=True)


def found(*streams: list[Row], known=(), dismissed=(), today=TODAY) -> list[Proposal]:
    return proposals(newest_first(*streams), known, dismissed, on=today)


def words(proposal: Proposal) -> str:
    return proposal.schedule.words


# ── what is found ─────────────────────────────────────────────────────────────────────────────────

REGULAR = [
    ("rent on the 1st", "2026-09-01 2026-10-01 2026-11-01", "every month on the 1st", "2026-12-01"),
    (
        "phone on the 31st",
        "2026-06-30 2026-07-31 2026-08-31 2026-09-30 2026-10-31",
        "the last day of every month",
        "2026-11-30",
    ),
    ("on the 31st, over February", "2026-08-31 2026-09-30 2026-10-31", "the last day of every month", "2026-11-30"),
    ("on the 30th", "2026-07-30 2026-08-30 2026-09-30 2026-10-30", "every month on the 30th", "2026-11-30"),
    ("every two weeks", "2026-10-09 2026-10-23 2026-11-06 2026-11-20", "every 2 weeks on Friday", "2026-12-04"),
    ("every four weeks", "2026-08-31 2026-09-28 2026-10-26", "every 4 weeks on Monday", "2026-11-23"),
    ("every week", "2026-11-03 2026-11-10 2026-11-17", "every week on Tuesday", "2026-11-24"),
    ("yearly insurance", "2024-02-29 2025-02-28 2026-02-28", "every year on 29 February", "2027-02-28"),
    (
        "yearly insurance, the second week",
        "2023-12-12 2024-12-12 2025-12-12",
        "every year on 12 December",
        "2026-12-12",
    ),
    ("every quarter", "2026-03-15 2026-06-15 2026-09-15", "every 3 months on the 15th", "2026-12-15"),
    ("every half year", "2025-07-02 2026-01-02 2026-07-02", "every 6 months on the 2nd", "2027-01-02"),
    ("every two months", "2026-05-05 2026-07-05 2026-09-05", "every 2 months on the 5th", "2027-01-05"),
    (
        "one missed month",
        "2026-05-04 2026-06-04 2026-08-04 2026-09-04 2026-10-04 2026-11-04",
        "every month on the 4th",
        "2026-12-04",
    ),
    (
        "a bank that is late",
        "2026-07-15 2026-08-17 2026-09-15 2026-10-16 2026-11-15",
        "every month on the 15th",
        "2026-12-15",
    ),
    (
        "the Friday before a weekend",
        "2026-07-31 2026-09-01 2026-10-01 2026-10-30",
        "every month on the 1st, or the Friday before a weekend",
        "2026-12-01",
    ),
    (
        "the Monday after a weekend",
        "2026-07-05 2026-08-05 2026-09-07 2026-10-05 2026-11-05".replace("07-05", "07-06"),
        "every month on the 5th, or the Monday after a weekend",
        "2026-12-07",
    ),
    (
        "the first Monday",
        "2026-07-06 2026-08-03 2026-09-07 2026-10-05 2026-11-02",
        "the first Monday of every month",
        "2026-12-07",
    ),
    (
        "the last Friday",
        "2026-06-26 2026-07-31 2026-08-28 2026-09-25 2026-10-30",
        "the last Friday of every month",
        "2026-11-27",
    ),
    ("due some days ago", "2026-08-15 2026-09-15 2026-10-15", "every month on the 15th", "2026-12-15"),
    (
        "another day since the summer",
        "2026-03-20 2026-04-20 2026-05-20 2026-06-01 2026-07-01 2026-08-01 2026-09-01 2026-10-01 2026-11-01",
        "every month on the 1st",
        "2026-12-01",
    ),
]


@pytest.mark.parametrize(("days", "expected", "next_on"), [case[1:] for case in REGULAR], ids=[c[0] for c in REGULAR])
def test_what_comes_at_a_regular_distance_is_found_with_its_schedule(days, expected, next_on):
    [one] = found(rows(days))

    assert words(one) == expected
    assert one.next_on == on(next_on)


IRREGULAR = [
    ("twice only", "2026-10-01 2026-11-01"),
    ("three on one day", "2026-11-01 2026-11-01 2026-11-01"),
    ("ended in the summer", "2026-03-01 2026-04-01 2026-05-01 2026-06-01"),
    (
        "a coffee now and then",
        "2026-10-01 2026-10-02 2026-10-05 2026-10-06 2026-10-12 2026-10-14 2026-11-02 2026-11-20",
    ),
    ("a shop each week on any day", "2026-10-03 2026-10-08 2026-10-17 2026-10-20 2026-10-30 2026-11-04 2026-11-14"),
    ("every other month missing", "2026-05-04 2026-07-04 2026-08-04 2026-10-04 2026-11-19"),
    ("each day", " ".join(f"2026-11-{day:02}" for day in range(1, 22))),
]


@pytest.mark.parametrize("days", [case[1] for case in IRREGULAR], ids=[case[0] for case in IRREGULAR])
def test_what_comes_on_irregular_days_is_not_found(days):
    assert found(rows(days)) == []


MONTHLY = "2026-07-05 2026-08-05 2026-09-05 2026-10-05 2026-11-05"


@pytest.mark.parametrize(
    ("amounts", "expected", "varies"),
    [
        ("100", "100", False),
        ("100 100 100 100 110", "110", False),  # raised last month
        ("90 95 100 105 110", "110", True),  # it rises
        ("110 95 80 77 81", "80", True),  # electricity: the middle one of the last three
        ("10.50 10.50 12.50 12.50 12.50", "12.50", False),
        ("100 100 120 100 100", "100", False),
    ],
)
def test_the_amount_is_the_last_one_or_the_usual_one(amounts, expected, varies):
    [one] = found(rows(MONTHLY, amounts))

    assert one.amount == Decimal(expected)
    assert one.varies == varies


def test_an_amount_that_varies_wildly_needs_the_same_words_on_the_very_day():
    wild = "20 300 45 110 800"

    strict = found(rows(MONTHLY, wild))
    a_day_late = found(rows(MONTHLY.replace("09-05", "09-06"), wild))
    other_words = found(rows(MONTHLY, wild)[1:], rows("2026-11-05", "800", "Rent 4711"))

    assert len(strict) == 1
    assert a_day_late == other_words == []


def test_a_shop_on_each_saturday_is_no_bill():
    shop = rows(
        "2026-10-03 2026-10-10 2026-10-17 2026-10-24 2026-10-31 2026-11-07 2026-11-14", "62 81 44 95 71 58 102"
    )

    assert found(shop) == []


def test_a_lesson_on_each_saturday_is():
    lessons = rows("2026-10-17 2026-10-24 2026-10-31 2026-11-07 2026-11-14", "30 30 30 32 32")

    assert [words(one) for one in found(lessons)] == ["every week on Saturday"]


def test_two_subscriptions_of_one_name_are_two():
    small = rows("2026-08-03 2026-09-03 2026-10-03 2026-11-03", "2.99", "Apple")
    large = rows("2026-08-17 2026-09-17 2026-10-17 2026-11-17", "9.99", "Apple")

    both = {one.amount: words(one) for one in found(small, large)}

    assert both == {Decimal("2.99"): "every month on the 3rd", Decimal("9.99"): "every month on the 17th"}


def test_two_subscriptions_of_one_name_on_one_day_are_two():
    days = "2026-09-03 2026-10-03 2026-11-03"

    both = found(rows(days, "2.99", "Apple"), rows(days, "9.99", "Apple"))

    assert sorted(one.amount for one in both) == [Decimal("2.99"), Decimal("9.99")]


def test_a_subscription_among_purchases_of_the_same_name_is_found():
    bought = rows("2026-07-11 2026-07-13 2026-08-30 2026-09-02 2026-10-20 2026-11-11", "31 12 7.50 64 22 18", "Amazon")
    prime = rows("2026-07-05 2026-08-05 2026-09-05 2026-10-05 2026-11-05", "8.99", "Amazon")

    assert [(one.amount, words(one)) for one in found(bought, prime)] == [(Decimal("8.99"), "every month on the 5th")]


def test_refunds_in_between_change_nothing():
    refunds = rows("2026-09-09 2026-10-20", "-100")

    [one] = found(rows(MONTHLY), refunds)

    assert words(one) == "every month on the 5th"
    assert one.amount == 100


def test_each_category_is_looked_at_by_itself():
    assert found(rows("2026-09-05 2026-11-05"), rows("2026-10-05", category=FOOD)) == []


def test_it_is_called_and_paid_as_the_last_one_was():
    older, newer = (
        rows("2026-09-05 2026-10-05", description="RENT 08/2026"),
        rows("2026-11-05", description="Rent #77", method=5),
    )

    [one] = found(older, newer)

    assert (one.description, one.payment_method_id, one.look) == ("Rent #77", 5, "rent")


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("Rent November 2026", "rent"),
        ("RENT 11/2026", "rent"),
        ("Rent, Dec.", "rent,"),
        ("May", "may"),
        ("Netflix.com 555-123", "netflix.com"),
        ("2026-11", "-"),
    ],
)
def test_figures_and_months_are_no_part_of_a_name(description, expected):
    assert look_of(description) == expected


def test_every_four_weeks_is_no_weekday_of_the_month_around_a_february_of_four_weeks():
    [one] = found(rows("2020-12-14 2021-01-11 2021-02-08 2021-03-08"), today=on("2021-03-09"))

    assert (one.schedule.every, one.schedule.unit) == (4, Unit.WEEKS)
    assert one.next_on == on("2021-04-05")


def test_what_was_seen_and_how_regular_it_was_is_told():
    [one] = found(rows("2026-06-15 2026-07-17 2026-08-15 2026-10-15 2026-11-16"))

    assert one.seen_on == tuple(map(on, ["2026-06-15", "2026-07-17", "2026-08-15", "2026-10-15", "2026-11-16"]))
    assert (one.days_off, one.missed) == (2, 1)


# ── what is not told again ────────────────────────────────────────────────────────────────────────


def test_what_a_recurring_expense_covers_is_not_proposed():
    assert found(rows(MONTHLY), known=[Known("rent", HOME, Decimal(70))]) == []
    assert len(found(rows(MONTHLY), known=[Known("rent", FOOD, Decimal(100)), Known("loan", HOME, Decimal(100))])) == 1


def test_of_two_of_one_name_a_recurring_expense_covers_the_nearer_in_amount():
    small = rows("2026-08-03 2026-09-03 2026-10-03 2026-11-03", "2.99", "Apple")
    large = rows("2026-08-17 2026-09-17 2026-10-17 2026-11-17", "9.99", "Apple")

    left = found(small, large, known=[Known("apple", HOME, Decimal("8.99"))])

    assert [one.amount for one in left] == [Decimal("2.99")]


def test_what_was_dismissed_is_not_proposed():
    assert found(rows(MONTHLY), dismissed={("rent", HOME)}) == []
    assert len(found(rows(MONTHLY), dismissed={("rent", FOOD)})) == 1


# ── what always holds ─────────────────────────────────────────────────────────────────────────────


@st.composite
def schedules(draw) -> Schedule:
    distance = draw(st.sampled_from(DISTANCES))
    weekend = Weekend.KEEP if distance.unit == Unit.WEEKS else draw(st.sampled_from(Weekend))
    anchor = draw(st.dates(dt.date(2020, 1, 1), dt.date(2024, 12, 31)))
    month_day = (
        draw(st.sampled_from([MonthDay.SAME, MonthDay.LAST])) if distance.unit == Unit.MONTHS else MonthDay.SAME
    )
    return Schedule(anchor, distance.every, distance.unit, month_day=month_day, weekend=weekend)


@given(schedule=schedules(), start=st.integers(0, 12), count=st.integers(3, 30), data=st.data())
@settings(max_examples=300)
def test_any_regular_schedule_is_found_and_goes_on_as_it_did(schedule, start, count, data):
    dates = [schedule.date(start + at) for at in range(count + 1)]
    seen, following = [date.due_on for date in dates[:-1]], dates[-1].due_on
    today = data.draw(st.dates(seen[-1], max(seen[-1], following - dt.timedelta(days=4))))

    [one] = found(rows(seen), today=today)

    assert (one.schedule.every, one.schedule.unit) == (schedule.every, schedule.unit)
    # Where all came on one weekday, as the 1st put off to Mondays may nine times, it may be the weekday that counts.
    is_one_weekday = len({day.weekday() for day in seen}) == 1
    assert abs((one.next_on - following).days) <= (6 if is_one_weekday else 3)
    assert one.seen_on == tuple(seen[-24:])


@given(schedule=schedules(), count=st.integers(3, 30), data=st.data())
@settings(max_examples=200)
def test_a_proposal_tells_the_next_date_of_the_schedule_it_proposes(schedule, count, data):
    seen = [schedule.date(at).due_on for at in range(count)]
    jittered = sorted({day + dt.timedelta(days=data.draw(st.integers(-1, 1))) for day in seen})

    for one in found(rows(jittered), today=jittered[-1]):
        assert one.schedule.problems(today=jittered[-1], settled_until=jittered[-1]) == []
        following = one.schedule.next(3, after=jittered[-1] - relativedelta(days=4))
        assert one.next_on in [date.due_on for date in following]


def test_random_days_are_hardly_ever_taken_for_regular():
    chance = random.Random(4)
    histories, proposed = 2_000, 0
    for _ in range(histories):
        count = chance.randint(3, 60)
        first = TODAY - dt.timedelta(days=chance.randint(30, 1_200))
        days = sorted(first + dt.timedelta(days=chance.randint(0, (TODAY - first).days)) for _ in range(count))
        proposed += bool(found(rows(days, "3.50")))

    assert proposed <= histories // 100


def test_a_shop_each_week_on_random_days_is_hardly_ever_taken_for_regular():
    chance = random.Random(5)
    histories, proposed = 500, 0
    for _ in range(histories):
        weeks = chance.randint(6, 100)
        days = [TODAY - dt.timedelta(days=7 * week + chance.randint(0, 6)) for week in range(weeks, 0, -1)]
        proposed += bool(found(rows(days, [chance.randint(20, 90) for _ in days])))

    assert proposed <= histories // 100
