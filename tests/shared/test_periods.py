"""A period is its whole months and its edges, each day once."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expenses.shared.months import Month
from expenses.shared.periods import Period

pytestmark = pytest.mark.either  # asks no database

DAYS = st.dates(dt.date(2023, 1, 1), dt.date(2025, 12, 31))


def days(period):
    return [period.first + dt.timedelta(days=i) for i in range((period.last - period.first).days + 1)]


@given(DAYS, st.integers(0, 400), st.integers(1, 28))
def test_months_and_edges_hold_each_day_once(first, length, starts_on):
    period = Period(first, first + dt.timedelta(days=length))

    held = [day for edge in period.edges(starts_on) for day in days(edge)]
    if months := period.whole_months(starts_on):
        held += days(Period.of(*months))

    assert sorted(held) == days(period)


def test_all_time_has_no_edges():
    assert Period().edges(25) == []
    assert Period().whole_months(1) == (Month(1899, 12), Month(2201, 1))


def test_open_sides():
    since = Period(dt.date(2026, 11, 10), None)

    assert since.edges(1) == [Period(dt.date(2026, 11, 10), dt.date(2026, 11, 30))]
    assert since.whole_months(1) == (Month(2026, 12), Month(2201, 1))


def test_words():
    assert str(Period(dt.date(2026, 11, 1), dt.date(2026, 11, 30))) == "1 Nov 2026 – 30 Nov 2026"
    assert str(Period()) == "all time"
