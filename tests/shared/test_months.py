"""The budget month: every day is in exactly one, whatever day the months start on."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expenses.shared.months import Month, MonthConverter

pytestmark = pytest.mark.either  # asks no database

DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31))
START_DAYS = st.integers(1, 28)

BOUNDS = [
    (Month(2026, 11), "2026-11-01", "2026-12-01"),
    (Month(2026, 12), "2026-12-01", "2027-01-01"),
    (Month(2024, 2), "2024-02-01", "2024-03-01"),
    (Month(2026, 12, 25), "2026-11-25", "2026-12-25"),
    (Month(2026, 1, 25), "2025-12-25", "2026-01-25"),
    (Month(2026, 12, 15), "2026-12-15", "2027-01-15"),
    (Month(2026, 12, 16), "2026-11-16", "2026-12-16"),
    (Month(2024, 3, 28), "2024-02-28", "2024-03-28"),
]


@pytest.mark.parametrize(("month", "start", "end"), BOUNDS)
def test_bounds(month, start, end):
    assert (month.start.isoformat(), month.end.isoformat()) == (start, end)


@given(DAYS, START_DAYS)
def test_every_day_is_in_exactly_one_month(day, starts_on):
    month = Month.of(day, starts_on)

    assert month.contains(day)
    if day.year > 1900:
        assert not month.previous.contains(day)
    if day.year < 2200:
        assert not month.next.contains(day)


@given(st.dates(dt.date(1901, 1, 1), dt.date(2199, 12, 31)), START_DAYS)
def test_neighbours_touch_without_gap(day, starts_on):
    month = Month.of(day, starts_on)

    assert month.previous.end == month.start
    assert month.next.start == month.end
    assert month.next.previous == month


@given(DAYS, START_DAYS)
def test_a_month_is_named_for_where_most_of_its_days_are(day, starts_on):
    month = Month.of(day, starts_on)

    of_its_name = sum((month.start + dt.timedelta(days=i)).month == month.month for i in range(month.days))

    assert of_its_name * 2 >= month.days - 2  # 14 of 28 days in a February that starts on the 15th


@given(DAYS, START_DAYS)
def test_text_and_number_read_back_the_same(day, starts_on):
    month = Month.of(day, starts_on)

    if 1900 <= month.year <= 2200:
        assert Month.parse(str(month)) == month
    assert Month.from_number(month.number) == month
    assert MonthConverter().to_url(month) == str(month)


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "26-1", "1899-12", "2201-01", "2026-1", "x", "2026-11-01"])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(ValueError, match=r"month"):
        Month.parse(text)


def test_months_sort_and_compare_by_name_alone():
    assert Month(2026, 11) < Month(2026, 12) < Month(2027, 1)
    assert Month(2026, 11, 25) == Month(2026, 11)
    assert len({Month(2026, 11, 25), Month(2026, 11)}) == 1


def test_span_says_the_days():
    assert Month(2026, 11).span == "1–30 November"
    assert Month(2026, 12, 25).span == "25 November–24 December"
