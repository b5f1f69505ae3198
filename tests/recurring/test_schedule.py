"""When a recurring expense falls due: tables of dates worked out by hand, and what must hold for every schedule."""

import calendar
import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expenses.recurring.schedule import (
    FIRST_DAY,
    LAST_DAY,
    LONGEST_EVERY,
    MOST_MISSED,
    MOST_TIMES,
    MonthDay,
    Nth,
    Schedule,
    Unit,
    Weekend,
)

pytestmark = pytest.mark.either  # asks no database

DAYS, WEEKS, MONTHS, YEARS = Unit.DAYS, Unit.WEEKS, Unit.MONTHS, Unit.YEARS
KEEP, BEFORE, AFTER = Weekend.KEEP, Weekend.BEFORE, Weekend.AFTER
MONDAY, TUESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = 0, 1, 3, 4, 5, 6
TODAY = dt.date(2026, 11, 22)  # a Sunday


def on(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def schedule(anchor: str, every: int = 1, unit: Unit = MONTHS, **fields) -> Schedule:
    if "ends_on" in fields:
        fields["ends_on"] = on(fields["ends_on"])
    return Schedule(on(anchor), every, unit, **fields)


def last_day(anchor: str, every: int = 1, **fields) -> Schedule:
    return schedule(anchor, every, month_day=MonthDay.LAST, **fields)


def by_weekday(anchor: str, nth: int | None, weekday: int | None, every: int = 1, **fields) -> Schedule:
    return schedule(anchor, every, month_day=MonthDay.WEEKDAY, nth=nth, weekday=weekday, **fields)


def nominal(dates) -> str:
    return " ".join(date.nominal_on.isoformat() for date in dates)


def due(dates) -> str:
    return " ".join(date.due_on.isoformat() for date in dates)


# ── the dates by the rule ─────────────────────────────────────────────────────────────────────────

# The days of fourteen months, over the end of a year, of a schedule by month that begins in the first of them.
BY_MONTH = [
    # 2026, with a short February in 2027
    ("2026-01-29", "29 28 29 29 29 29 29 29 29 29 29 29 29 28"),
    ("2026-01-30", "30 28 30 30 30 30 30 30 30 30 30 30 30 28"),
    ("2026-01-31", "31 28 31 30 31 30 31 31 30 31 30 31 31 28"),
    # into a leap year
    ("2027-12-29", "29 29 29 29 29 29 29 29 29 29 29 29 29 29"),
    ("2027-12-30", "30 30 29 30 30 30 30 30 30 30 30 30 30 30"),
    ("2027-12-31", "31 31 29 31 30 31 30 31 31 30 31 30 31 31"),
    # from the last day of a month that is not the longest: the anchor's own day, where there is one
    ("2026-02-28", "28 28 28 28 28 28 28 28 28 28 28 28 28 28"),
    ("2028-02-29", "29 29 29 29 29 29 29 29 29 29 29 29 28 29"),
    ("2026-04-30", "30 30 30 30 30 30 30 30 30 30 28 30 30 30"),
    # 1900, 2100 and 2200 have no 29 February, 2000 has one
    ("1900-01-31", "31 28 31 30 31 30 31 31 30 31 30 31 31 28"),
    ("1999-12-31", "31 31 29 31 30 31 30 31 31 30 31 30 31 31"),
    ("2099-12-31", "31 31 28 31 30 31 30 31 31 30 31 30 31 31"),
    ("2026-11-01", "1 1 1 1 1 1 1 1 1 1 1 1 1 1"),
]


@pytest.mark.parametrize(("anchor", "days"), BY_MONTH)
def test_a_day_that_a_month_has_not_is_its_last_day_and_never_drifts(anchor, days):
    dates = schedule(anchor).next(14, after=None)

    first = on(anchor)
    months = [divmod(first.year * 12 + first.month - 1 + k, 12) for k in range(14)]
    expected = [dt.date(year, month + 1, int(day)) for (year, month), day in zip(months, days.split(), strict=True)]
    assert [date.nominal_on for date in dates] == expected
    assert [date.number for date in dates] == list(range(14))


NOMINAL = [
    # days and weeks
    (schedule("2026-12-30", 1, DAYS), "2026-12-30 2026-12-31 2027-01-01 2027-01-02"),
    (schedule("2028-02-27", 1, DAYS), "2028-02-27 2028-02-28 2028-02-29 2028-03-01"),
    (schedule("2026-02-20", 10, DAYS), "2026-02-20 2026-03-02 2026-03-12 2026-03-22"),
    (schedule("2026-12-25", 1, WEEKS), "2026-12-25 2027-01-01 2027-01-08 2027-01-15"),
    # over the nights in which clocks change, in Europe and in America
    (schedule("2026-03-20", 2, WEEKS), "2026-03-20 2026-04-03 2026-04-17 2026-05-01"),
    (schedule("2026-03-29", 2, WEEKS), "2026-03-29 2026-04-12 2026-04-26 2026-05-10"),
    (schedule("2026-10-11", 2, WEEKS), "2026-10-11 2026-10-25 2026-11-08 2026-11-22"),
    (schedule("2026-10-24", 1, DAYS), "2026-10-24 2026-10-25 2026-10-26 2026-10-27"),
    # months, over the end of a year and of February
    (schedule("2026-12-31", 1), "2026-12-31 2027-01-31 2027-02-28 2027-03-31"),
    (schedule("2026-08-31", 3), "2026-08-31 2026-11-30 2027-02-28 2027-05-31"),
    (schedule("2026-08-31", 6), "2026-08-31 2027-02-28 2027-08-31 2028-02-29"),
    (schedule("2026-10-15", 18), "2026-10-15 2028-04-15 2029-10-15 2031-04-15"),
    # years
    (schedule("2024-02-29", 1, YEARS), "2024-02-29 2025-02-28 2026-02-28 2027-02-28 2028-02-29 2029-02-28"),
    (schedule("2096-02-29", 4, YEARS), "2096-02-29 2100-02-28 2104-02-29"),
    (schedule("2025-02-28", 1, YEARS), "2025-02-28 2026-02-28 2027-02-28 2028-02-28"),
    (schedule("2026-12-31", 1, YEARS), "2026-12-31 2027-12-31 2028-12-31"),
    (schedule("2026-01-01", 100, YEARS), "2026-01-01 2126-01-01"),
    # the last day
    (last_day("2026-11-01"), "2026-11-30 2026-12-31 2027-01-31 2027-02-28"),
    (last_day("2026-11-30"), "2026-11-30 2026-12-31 2027-01-31 2027-02-28"),
    (last_day("2027-11-15", 3), "2027-11-30 2028-02-29 2028-05-31 2028-08-31"),
    # a weekday; the first one is never before the anchor
    (by_weekday("2026-11-01", 2, TUESDAY), "2026-11-10 2026-12-08 2027-01-12 2027-02-09"),
    (by_weekday("2026-11-10", 2, TUESDAY), "2026-11-10 2026-12-08 2027-01-12 2027-02-09"),
    (by_weekday("2026-11-11", 2, TUESDAY), "2026-12-08 2027-01-12 2027-02-09 2027-03-09"),
    (by_weekday("2026-12-11", 2, TUESDAY, 3), "2027-01-12 2027-04-13 2027-07-13 2027-10-12"),
    (by_weekday("2026-11-01", 1, SUNDAY), "2026-11-01 2026-12-06 2027-01-03"),
    (by_weekday("2026-11-01", 4, MONDAY), "2026-11-23 2026-12-28 2027-01-25 2027-02-22"),
    # four or five of them: the last one
    (by_weekday("2026-10-01", 5, FRIDAY), "2026-10-30 2026-11-27 2026-12-25 2027-01-29 2027-02-26"),
    (by_weekday("2028-01-01", 5, TUESDAY), "2028-01-25 2028-02-29 2028-03-28 2028-04-25 2028-05-30"),
    (by_weekday("2027-02-01", 5, SUNDAY), "2027-02-28 2027-03-28 2027-04-25 2027-05-30"),
    # fields of another rule are not looked at
    (schedule("2026-11-20", 1, WEEKS, month_day=MonthDay.LAST), "2026-11-20 2026-11-27"),
    (schedule("2026-11-20", 1, YEARS, month_day=MonthDay.WEEKDAY), "2026-11-20 2027-11-20"),
    (schedule("2026-11-20", nth=2, weekday=TUESDAY), "2026-11-20 2026-12-20"),
    # as the database has them
    (schedule("2026-11-20", 1, "weeks"), "2026-11-20 2026-11-27"),
    (schedule("2026-11-20", 1, "months", month_day="last", weekend="keep"), "2026-11-30 2026-12-31"),
]


@pytest.mark.parametrize(("given_", "expected"), NOMINAL)
def test_the_dates_by_the_rule(given_, expected):
    dates = given_.next(len(expected.split()), after=None)

    assert nominal(dates) == expected


# ── weekends ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("nominal_on", "before", "after"),
    [
        ("2026-11-19", "2026-11-19", "2026-11-19"),  # a Thursday
        ("2026-11-20", "2026-11-20", "2026-11-20"),
        ("2026-11-21", "2026-11-20", "2026-11-23"),
        ("2026-11-22", "2026-11-20", "2026-11-23"),
        ("2026-11-23", "2026-11-23", "2026-11-23"),
        ("2026-02-01", "2026-01-30", "2026-02-02"),  # a Sunday: the month before
        ("2026-01-31", "2026-01-30", "2026-02-02"),  # a Saturday: the month after
        ("2027-01-02", "2027-01-01", "2027-01-04"),
        ("2028-01-01", "2027-12-31", "2028-01-03"),  # a Saturday: the year before
        ("2023-01-01", "2022-12-30", "2023-01-02"),
        ("2022-12-31", "2022-12-30", "2023-01-02"),  # a Saturday: the year after
        ("2020-02-29", "2020-02-28", "2020-03-02"),
        ("1900-01-01", "1900-01-01", "1900-01-01"),
        ("2200-12-31", "2200-12-31", "2200-12-31"),
    ],
)
def test_a_weekend_is_kept_or_stepped_over(nominal_on, before, after):
    day = on(nominal_on)

    assert schedule("2026-01-01", weekend=KEEP).due(day) == day
    assert schedule("2026-01-01", weekend=BEFORE).due(day) == on(before)
    assert schedule("2026-01-01", weekend=AFTER).due(day) == on(after)


def test_a_date_moved_off_a_weekend_does_not_move_the_next_ones():
    rent = schedule("2025-11-01", weekend=BEFORE)

    dates = rent.next(5, after=None)

    assert nominal(dates) == "2025-11-01 2025-12-01 2026-01-01 2026-02-01 2026-03-01"
    assert due(dates) == "2025-10-31 2025-12-01 2026-01-01 2026-01-30 2026-02-27"


def test_dates_of_one_weekend_may_be_due_on_one_day():
    daily = schedule("2026-11-19", 1, DAYS, weekend=AFTER)

    assert due(daily.next(6, after=None)) == "2026-11-19 2026-11-20 2026-11-23 2026-11-23 2026-11-23 2026-11-24"


# ── ends ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (schedule("2026-10-31", ends_on="2027-01-30"), "2026-10-31 2026-11-30 2026-12-31"),
        (schedule("2026-10-31", ends_on="2027-01-31"), "2026-10-31 2026-11-30 2026-12-31 2027-01-31"),
        (schedule("2026-10-31", ends_on="2026-10-31"), "2026-10-31"),
        (schedule("2026-10-31", times=1), "2026-10-31"),
        (schedule("2026-10-31", times=3), "2026-10-31 2026-11-30 2026-12-31"),
        (by_weekday("2026-11-20", 2, TUESDAY, ends_on="2026-12-07"), ""),
        # an end is about nominal days: a due day may lie beyond it
        (schedule("2026-10-31", ends_on="2026-10-31", weekend=AFTER), "2026-10-31"),
        # whichever comes first, where there are both
        (schedule("2026-10-31", ends_on="2026-11-30", times=9), "2026-10-31 2026-11-30"),
        (schedule("2026-10-31", ends_on="2027-11-30", times=2), "2026-10-31 2026-11-30"),
    ],
)
def test_a_schedule_ends_on_a_date_or_after_so_many_times(given_, expected):
    dates = list(given_.after(None))

    assert nominal(dates) == expected
    assert given_.count == len(dates)
    assert given_.last == (dates[-1] if dates else None)
    assert given_.date(len(dates)) is None
    assert given_.date(-1) is None


@pytest.mark.parametrize(
    ("given_", "count", "last"),
    [
        (schedule("1900-01-01", 1, DAYS), 109_938, "2200-12-31"),
        (schedule("1900-01-01", 1, WEEKS), 15_706, "2200-12-29"),
        (schedule("1900-01-31"), 301 * 12, "2200-12-31"),
        (last_day("1900-01-31"), 301 * 12, "2200-12-31"),
        (by_weekday("1900-01-01", 1, MONDAY), 301 * 12, "2200-12-01"),
        (schedule("1900-01-01", 1, YEARS), 301, "2200-01-01"),
        (schedule("1904-02-29", 999, YEARS), 1, "1904-02-29"),
        (schedule("2200-12-31", 1, DAYS), 1, "2200-12-31"),
        (schedule("2200-12-31"), 1, "2200-12-31"),
        (last_day("2200-12-01"), 1, "2200-12-31"),
        (schedule("2200-11-30", 999, DAYS), 1, "2200-11-30"),
    ],
)
def test_a_schedule_without_an_end_goes_on_until_2200(given_, count, last):
    assert given_.count == count
    assert given_.last.nominal_on == on(last)
    assert given_.next(3, after=given_.last.nominal_on) == []


def test_the_year_2200_may_end_before_the_first_date():
    past = by_weekday("2200-12-20", 2, TUESDAY)

    assert (past.count, past.last, list(past.after(None))) == (0, None, [])
    assert past.due_until(LAST_DAY, settled_until=None) == []


# ── asking ────────────────────────────────────────────────────────────────────────────────────────


def test_the_next_dates_are_those_after_a_day():
    phone = schedule("2026-01-31")

    assert nominal(phone.next(3, after=on("2026-11-30"))) == "2026-12-31 2027-01-31 2027-02-28"
    assert nominal(phone.next(3, after=on("2026-11-29"))) == "2026-11-30 2026-12-31 2027-01-31"
    assert [date.number for date in phone.next(2, after=on("2026-11-29"))] == [10, 11]
    assert phone.next(0, after=None) == []


def test_between_has_both_its_days():
    phone = schedule("2026-01-31")

    assert nominal(phone.between(on("2026-01-31"), on("2026-03-31"))) == "2026-01-31 2026-02-28 2026-03-31"
    assert phone.between(on("2026-02-01"), on("2026-02-27")) == []
    assert phone.between(on("2026-03-01"), on("2026-02-01")) == []
    assert phone.between(on("2020-01-01"), on("2026-01-30")) == []


@pytest.mark.parametrize(
    ("weekend", "day", "expected"),
    [
        # the nominal days are Thursday 1 January and the Sundays 1 February and 1 March
        (KEEP, "2026-01-31", "2026-01-01"),
        (KEEP, "2026-02-01", "2026-01-01 2026-02-01"),
        (BEFORE, "2026-01-29", "2026-01-01"),
        (BEFORE, "2026-01-30", "2026-01-01 2026-02-01"),
        (BEFORE, "2026-02-26", "2026-01-01 2026-02-01"),
        (BEFORE, "2026-02-27", "2026-01-01 2026-02-01 2026-03-01"),
        (AFTER, "2026-02-01", "2026-01-01"),
        (AFTER, "2026-02-02", "2026-01-01 2026-02-01"),
        (AFTER, "2025-12-31", ""),
    ],
)
def test_a_sunday_is_due_on_the_friday_before_or_the_monday_after(weekend, day, expected):
    rent = schedule("2026-01-01", weekend=weekend)

    assert nominal(rent.due_until(on(day), settled_until=None)) == expected


def test_what_is_settled_is_not_due_again():
    rent = schedule("2026-01-01", weekend=BEFORE)

    dates = rent.due_until(on("2026-01-31"), settled_until=on("2026-02-01"))

    assert dates == []
    assert rent.missed(on("2026-01-31"), settled_until=on("2026-02-01")) == 0
    assert nominal(rent.due_until(on("2026-02-27"), settled_until=on("2026-02-01"))) == "2026-03-01"


def test_a_month_holds_what_is_due_in_it():
    rent = schedule("2026-01-01", weekend=BEFORE)

    assert nominal(rent.due_between(on("2026-01-01"), on("2026-01-31"))) == "2026-01-01 2026-02-01"
    assert nominal(rent.due_between(on("2026-02-01"), on("2026-02-28"))) == "2026-03-01"
    assert nominal(rent.due_between(on("2026-03-01"), on("2026-03-31"))) == ""
    assert nominal(rent.due_between(on("2026-04-01"), on("2026-04-30"))) == "2026-04-01"


def test_four_hundred_days_missed_are_four_hundred_dates():
    daily = schedule("2025-01-01", 1, DAYS)

    dates = daily.due_until(on("2026-02-05"), settled_until=on("2025-01-01"))

    assert len(dates) == 400
    assert daily.missed(on("2026-02-05"), settled_until=on("2025-01-01")) == 400
    assert (dates[0].nominal_on, dates[-1].nominal_on) == (on("2025-01-02"), on("2026-02-05"))


def test_three_hundred_years_of_days_are_counted_not_walked(monkeypatch):
    asked = []
    walk = Schedule._nominal
    monkeypatch.setattr(Schedule, "_nominal", lambda self, number: asked.append(number) or walk(self, number))
    daily = schedule("1900-01-01", 1, DAYS)

    assert daily.number_after(on("2200-12-30")) == 109_937
    assert daily.missed(on("2200-12-30"), settled_until=None) == 109_937
    assert daily.problems(today=TODAY) != []
    assert nominal(daily.next(2, after=on("2199-12-31"))) == "2200-01-01 2200-01-02"
    assert len(asked) < 20


# ── in words ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        (schedule("2026-11-20", 1, DAYS), "every day"),
        (schedule("2026-11-20", 10, DAYS), "every 10 days"),
        (schedule("2026-11-20", 1, WEEKS), "every week on Friday"),
        (schedule("2026-11-20", 2, WEEKS), "every 2 weeks on Friday"),
        (schedule("2026-01-31"), "every month on the 31st"),
        (schedule("2026-01-01", 3), "every 3 months on the 1st"),
        (schedule("2028-02-29", 1, YEARS), "every year on 29 February"),
        (schedule("2026-03-01", 2, YEARS), "every 2 years on 1 March"),
        (last_day("2026-01-01"), "the last day of every month"),
        (last_day("2026-01-01", 2), "the last day of every 2nd month"),
        (by_weekday("2026-01-01", 2, TUESDAY), "the second Tuesday of every month"),
        (by_weekday("2026-01-01", 2, TUESDAY, 3), "the second Tuesday of every 3rd month"),
        (by_weekday("2026-01-01", 5, FRIDAY, 12), "the last Friday of every 12th month"),
        # weekends, where the date may be on one
        (schedule("2026-01-31", weekend=BEFORE), "every month on the 31st, or the Friday before a weekend"),
        (last_day("2026-01-31", weekend=AFTER), "the last day of every month, or the Monday after a weekend"),
        (schedule("2026-11-20", 10, DAYS, weekend=AFTER), "every 10 days, or the Monday after a weekend"),
        (schedule("2026-11-20", 2, WEEKS, weekend=AFTER), "every 2 weeks on Friday"),
        (schedule("2026-11-21", 2, WEEKS, weekend=AFTER), "every 2 weeks on Saturday, moved to the Monday after"),
        (schedule("2026-11-20", 14, DAYS, weekend=AFTER), "every 14 days"),
        (schedule("2026-11-22", 14, DAYS, weekend=BEFORE), "every 14 days, moved to the Friday before"),
        (by_weekday("2026-01-01", 1, FRIDAY, weekend=BEFORE), "the first Friday of every month"),
        (
            by_weekday("2026-01-01", 1, SUNDAY, weekend=BEFORE),
            "the first Sunday of every month, moved to the Friday before",
        ),
        # ends
        (schedule("2026-01-15", ends_on="2027-12-31"), "every month on the 15th, until 31 December 2027"),
        (schedule("2026-01-15", times=12), "every month on the 15th, 12 times"),
        (schedule("2026-01-15", times=1), "every month on the 15th, only once"),
        (
            schedule("2026-01-31", weekend=BEFORE, times=1200),
            "every month on the 31st, or the Friday before a weekend, 1,200 times",
        ),
        (schedule("2026-11-20", 2, "weeks"), "every 2 weeks on Friday"),
    ],
)
def test_a_schedule_in_words(given_, words):
    assert given_.words == words


@pytest.mark.parametrize(
    ("day", "words"),
    [
        *((1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (10, "10th"), (11, "11th"), (12, "12th"), (13, "13th")),
        *((20, "20th"), (21, "21st"), (22, "22nd"), (23, "23rd"), (24, "24th"), (30, "30th"), (31, "31st")),
    ],
)
def test_days_of_the_month_in_words(day, words):
    assert Schedule(dt.date(2026, 1, day)).words == f"every month on the {words}"


@pytest.mark.parametrize(("every", "words"), [(101, "101st"), (111, "111th"), (112, "112th"), (122, "122nd")])
def test_distances_in_words(every, words):
    assert last_day("2026-01-01", every).words == f"the last day of every {words} month"


# ── what cannot be ────────────────────────────────────────────────────────────────────────────────

EVERY = [("every", "Write a whole number from 1 to 999.")]
TIMES = [("times", "Write a whole number from 1 to 9,999.")]
NTH = ("nth", "Choose which one of the month: the first to the fourth, or the last.")
WEEKDAY = ("weekday", "Choose a day of the week.")


@pytest.mark.parametrize(
    ("given_", "problems"),
    [
        (schedule("2026-11-22", 0), EVERY),
        (schedule("2026-11-22", -1), EVERY),
        (schedule("2026-11-22", 1_000, DAYS), EVERY),
        (schedule("2026-11-22", 10_000, YEARS), EVERY),
        (schedule("1899-12-31"), [("anchor", "Write a date between 1900 and 2200.")]),
        (schedule("1800-01-01"), [("anchor", "Write a date between 1900 and 2200.")]),
        (schedule("2201-01-01"), [("anchor", "Write a date between 1900 and 2200.")]),
        (schedule("9999-12-31"), [("anchor", "Write a date between 1900 and 2200.")]),
        (schedule("2026-11-22", ends_on="2201-01-01"), [("ends_on", "Write a date between 1900 and 2200.")]),
        (schedule("2026-11-22", ends_on="0001-01-01"), [("ends_on", "Write a date between 1900 and 2200.")]),
        (schedule("2026-11-22", ends_on="2026-11-21"), [("ends_on", "This is before the start on 22 November 2026.")]),
        (schedule("2026-11-22", times=0), TIMES),
        (schedule("2026-11-22", times=-3), TIMES),
        (schedule("2026-11-22", times=10_000), TIMES),
        (
            schedule("2026-11-22", times=3, ends_on="2027-11-22"),
            [("times", "Choose one end: a date, or a number of times.")],
        ),
        (by_weekday("2026-11-22", 0, TUESDAY), [NTH]),
        (by_weekday("2026-11-22", 6, TUESDAY), [NTH]),
        (by_weekday("2026-11-22", None, TUESDAY), [NTH]),
        (by_weekday("2026-11-22", 2, 7), [WEEKDAY]),
        (by_weekday("2026-11-22", 2, -1), [WEEKDAY]),
        (by_weekday("2026-11-22", 2, None), [WEEKDAY]),
        (by_weekday("2026-11-22", None, None), [NTH, WEEKDAY]),
        # no future date
        (
            schedule("2026-01-22", ends_on="2026-11-21"),
            [("ends_on", "No date is left: the last one is 22 October 2026.")],
        ),
        (schedule("2026-11-21", times=1), [("times", "No date is left: the last one is 21 November 2026.")]),
        (schedule("2026-09-21", times=3), [("times", "No date is left: the last one is 21 November 2026.")]),
        (
            schedule("2026-11-22", times=1, weekend=BEFORE),
            [("times", "No date is left: the last one is 20 November 2026.")],
        ),
        (schedule("1950-06-01", 900, YEARS), [("every", "No date is left: the last one is 1 June 1950.")]),
        (
            by_weekday("2026-11-25", 2, TUESDAY, ends_on="2026-11-30"),
            [("ends_on", "The first date would be 8 December 2026, after this end.")],
        ),
        (by_weekday("2200-12-25", 2, TUESDAY), [("anchor", "The first date would be after 2200.")]),
        # several at once
        (schedule("1800-01-01", 0, times=0), [EVERY[0], ("anchor", "Write a date between 1900 and 2200."), TIMES[0]]),
    ],
)
def test_what_cannot_be_is_said_at_its_field(given_, problems):
    assert given_.problems(today=TODAY) == problems


@pytest.mark.parametrize(
    "given_",
    [
        schedule("2026-11-22"),
        schedule("2026-11-22", LONGEST_EVERY, DAYS),
        schedule("2026-11-22", times=1),
        schedule("2026-11-22", times=MOST_TIMES),
        schedule("2026-11-22", ends_on="2026-11-22"),
        schedule("2026-11-21", times=1, weekend=AFTER),  # due tomorrow
        schedule("2026-11-20", times=2, unit=DAYS, weekend=AFTER),
        schedule("2200-12-31"),
        schedule("1900-01-01", 1, YEARS),
        schedule("1900-01-01", 1, MONTHS),
        by_weekday("2026-11-22", 1, MONDAY),
        by_weekday("2026-11-22", 5, SUNDAY),
        # what is of no use to the rule does no harm
        schedule("2026-11-22", nth=9, weekday=9),
        schedule("2026-11-22", 1, WEEKS, month_day=MonthDay.WEEKDAY),
    ],
)
def test_what_may_be_has_no_problem(given_):
    assert given_.problems(today=TODAY) == []


def test_too_many_missed_dates_are_refused():
    since_1900 = schedule("1900-01-01", 1, DAYS)

    (problem,) = since_1900.problems(today=TODAY)

    assert problem == (
        "anchor",
        "Choose a later start: 46,347 dates have passed since this one, and at most 5,000 can be caught up with.",
    )
    assert since_1900.problems(today=TODAY, settled_until=on("2026-11-21")) == []


def test_five_thousand_missed_dates_are_not_too_many():
    daily = Schedule(TODAY - dt.timedelta(MOST_MISSED - 1), 1, DAYS)
    a_day_more = Schedule(TODAY - dt.timedelta(MOST_MISSED), 1, DAYS)

    assert daily.missed(TODAY, settled_until=None) == MOST_MISSED
    assert daily.problems(today=TODAY) == []
    assert [problem.field for problem in a_day_more.problems(today=TODAY)] == ["anchor"]


def test_an_end_at_what_is_settled_already_leaves_no_date():
    ahead = schedule("2026-10-01", ends_on="2026-12-15")

    (problem,) = ahead.problems(today=TODAY, settled_until=on("2026-12-01"))  # posted early

    assert problem == ("ends_on", "No date is left: the last one is 1 December 2026.")
    assert ahead.problems(today=TODAY, settled_until=on("2026-11-01")) == []


# ── what holds for every schedule ─────────────────────────────────────────────────────────────────

ANY_DAY = st.dates(FIRST_DAY, LAST_DAY)
ANY_EVERY = st.one_of(st.integers(1, 14), st.integers(1, LONGEST_EVERY))
RULES = st.one_of(
    st.fixed_dictionaries({"unit": st.sampled_from([DAYS, WEEKS, MONTHS, YEARS])}),
    st.just({"month_day": MonthDay.LAST}),
    st.fixed_dictionaries(
        {
            "month_day": st.just(MonthDay.WEEKDAY),
            "nth": st.sampled_from(Nth.values),
            "weekday": st.integers(MONDAY, SUNDAY),
        }
    ),
)
ENDS = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"ends_on": ANY_DAY}),
    st.fixed_dictionaries({"times": st.integers(1, 400)}),
)


@st.composite
def schedules(draw, ends=ENDS):
    return Schedule(
        anchor=draw(ANY_DAY),
        every=draw(ANY_EVERY),
        weekend=draw(st.sampled_from(Weekend)),
        **draw(RULES),
        **draw(ends),
    )


@st.composite
def schedules_and_a_day(draw):
    """A day around one of the first dates, so that a naive scan comes to an end soon."""
    any_schedule = draw(schedules())
    around = any_schedule.date(min(draw(st.integers(0, 300)), any_schedule.count - 1))
    start = around.nominal_on if around else any_schedule.anchor
    day = start + dt.timedelta(draw(st.integers(-40, 40)))
    return any_schedule, min(max(day, FIRST_DAY + dt.timedelta(5)), LAST_DAY - dt.timedelta(5))


def scanned(any_schedule: Schedule, until: dt.date) -> list:
    """The dates up to the nominal day, one after the other."""
    found = []
    while (date := any_schedule.date(len(found))) is not None and date.nominal_on <= until:
        found.append(date)
    return found


@given(schedules())
def test_nominal_days_only_go_forward_and_due_days_never_back(any_schedule):
    dates = any_schedule.next(60, after=None)

    assert all(earlier.nominal_on < later.nominal_on for earlier, later in pairwise(dates))
    assert all(earlier.due_on <= later.due_on for earlier, later in pairwise(dates))
    assert all(any_schedule.anchor <= date.nominal_on <= LAST_DAY for date in dates)


@given(schedules(ends=st.just({})))
def test_each_period_has_exactly_one_date(any_schedule):
    """Its own reference: each period is gone through day by day."""
    dates = [date.nominal_on for date in any_schedule.next(30, after=None)]

    if any_schedule.unit in (DAYS, WEEKS):
        length = any_schedule.every * (7 if any_schedule.unit == WEEKS else 1)
        assert dates == [any_schedule.anchor + dt.timedelta(length * k) for k in range(len(dates))]
        return
    length = any_schedule.every * (12 if any_schedule.unit == YEARS else 1)
    months = [day.year * 12 + day.month for day in dates]
    assert all(later - earlier == length for earlier, later in pairwise(months))
    assert all(day in asked_of(any_schedule, day.year, day.month) for day in dates)
    if dates:
        first = any_schedule.anchor.year * 12 + any_schedule.anchor.month
        found = asked_of(any_schedule, any_schedule.anchor.year, any_schedule.anchor.month)
        assert months[0] == first + (found[0] < any_schedule.anchor)


def asked_of(any_schedule: Schedule, year: int, month: int) -> list[dt.date]:
    """The one day of the month that the rule asks for, found by going through all of them."""
    days = [dt.date(year, month, day) for day in range(1, calendar.monthrange(year, month)[1] + 1)]
    if any_schedule.unit == MONTHS and any_schedule.month_day == MonthDay.WEEKDAY:
        days = [day for day in days if day.weekday() == any_schedule.weekday]
        days = days[: any_schedule.nth]
    elif any_schedule.unit == YEARS or any_schedule.month_day == MonthDay.SAME:
        days = [day for day in days if day.day <= any_schedule.anchor.day]
    return days[-1:]


@given(schedules_and_a_day())
def test_a_date_does_not_depend_on_when_it_was_asked(pair):
    any_schedule, day = pair

    for number, date in enumerate(any_schedule.next(3, after=day), any_schedule.number_after(day)):
        assert date == any_schedule.date(number)
        assert date.nominal_on > day
        assert any_schedule.next(1, after=date.nominal_on - dt.timedelta(1)) == [date]


@given(schedules(), st.integers(0, 120_000))
def test_a_due_day_is_near_its_nominal_day_and_off_the_weekend_where_so_asked(any_schedule, number):
    date = any_schedule.date(min(number, any_schedule.count - 1))

    if date is not None:
        assert abs(date.due_on - date.nominal_on) <= dt.timedelta(2)
        assert FIRST_DAY <= date.due_on <= LAST_DAY
        if any_schedule.weekend == KEEP or date.nominal_on.weekday() < SATURDAY:
            assert date.due_on == date.nominal_on
        else:
            assert date.due_on.weekday() == (FRIDAY if any_schedule.weekend == BEFORE else MONDAY)


@given(schedules_and_a_day())
def test_the_number_after_a_day_is_what_a_scan_counts(pair):
    any_schedule, day = pair

    assert min(any_schedule.number_after(day), any_schedule.count) == len(scanned(any_schedule, day))


@given(schedules_and_a_day(), st.lists(st.integers(0, 60), min_size=1, max_size=4))
def test_stretches_side_by_side_have_each_date_once(pair, lengths):
    any_schedule, first = pair
    starts = [first]
    for length in lengths:
        starts.append(min(starts[-1] + dt.timedelta(length), LAST_DAY))
    stretches = [(start, end - dt.timedelta(1)) for start, end in pairwise(starts)]
    whole = first, starts[-1] - dt.timedelta(1)

    parts = [date for stretch in stretches for date in any_schedule.between(*stretch)]
    due_parts = [date for stretch in stretches for date in any_schedule.due_between(*stretch)]

    assert parts == any_schedule.between(*whole)
    assert parts == [date for date in scanned(any_schedule, whole[1]) if date.nominal_on >= first]
    assert due_parts == any_schedule.due_between(*whole)
    assert all(whole[0] <= date.due_on <= whole[1] for date in due_parts)


@given(schedules_and_a_day(), st.one_of(st.none(), st.integers(-30, 30)))
def test_what_is_due_is_what_a_scan_of_two_days_ahead_finds(pair, settled):
    any_schedule, day = pair
    settled_until = None if settled is None else max(day + dt.timedelta(settled), FIRST_DAY)

    dates = any_schedule.due_until(day, settled_until=settled_until)

    ahead = scanned(any_schedule, day + dt.timedelta(2))
    assert dates == [
        date for date in ahead if date.due_on <= day and (settled_until is None or date.nominal_on > settled_until)
    ]
    assert any_schedule.missed(day, settled_until=settled_until) == len(dates)


@given(schedules(), ANY_DAY, st.one_of(st.none(), ANY_DAY))
def test_a_schedule_without_a_problem_has_a_date_to_come(any_schedule, today, settled_until):
    problems = any_schedule.problems(today=today, settled_until=settled_until)

    coming = any_schedule.next(1, after=settled_until)
    if not problems:
        assert coming
        assert any_schedule.last.due_on >= today
        assert any_schedule.missed(today, settled_until=settled_until) <= MOST_MISSED
    assert any_schedule.words.strip(", ") == any_schedule.words
    assert {problem.field for problem in problems} <= set(Schedule.__slots__)


# ── one date asked by its day ──


def test_a_date_is_found_by_its_nominal_and_by_its_due_day():
    schedule = Schedule(anchor=dt.date(2026, 1, 31), weekend=Weekend.BEFORE)  # a Saturday
    january, february = schedule.next(2, after=None)

    assert schedule.on(dt.date(2026, 1, 31)) == january
    assert schedule.due_on(dt.date(2026, 1, 30)) == january
    assert schedule.on(dt.date(2026, 2, 28)) == february
    assert [schedule.on(day) for day in (dt.date(2026, 1, 30), dt.date(2026, 2, 27), dt.date.min, dt.date.max)] == [
        None
    ] * 4
    assert schedule.due_on(dt.date(2026, 1, 31)) is None
