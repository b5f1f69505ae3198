"""Spending over any days equals a plain loop over the rows."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from expenses.ledger import spending
from expenses.shared.months import Month
from expenses.shared.periods import Period
from tests.factories import make_expense

DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2026, 4, 30))


@given(
    rows=st.lists(
        st.tuples(DAYS, st.integers(-500, 500).filter(bool), st.sampled_from(["Food", "Fun"]), st.booleans()),
        max_size=12,
    ),
    first=st.none() | DAYS,
    last=st.none() | DAYS,
    starts_on=st.integers(1, 28),
    narrow=st.booleans(),
)
@settings(max_examples=40)
def test_by_category_is_the_loop(people, rows, first, last, starts_on, narrow):
    household = people.household
    household.expenses.all().delete()
    household.month_starts_on = starts_on
    household.save()
    expected: dict[int, Decimal] = defaultdict(Decimal)
    counts: dict[int, int] = defaultdict(int)
    for day, cents, name, bob in rows:
        row = make_expense(
            household,
            amount=str(Decimal(cents) / 100),
            spent_on=day,
            category=people.category(name),
            recorded_by=people.bob if bob else people.alice,
        )
        if (first is None or day >= first) and (last is None or day <= last) and (bob or not narrow):
            expected[row.category_id] += row.amount
            counts[row.category_id] += 1

    found = spending.by_category(household, Period(first, last), members=[people.bob.pk] if narrow else [])

    if first and last and last < first:
        expected.clear()
    assert {category: tuple(spent) for category, spent in found.items()} == {
        category: (amount, counts[category]) for category, amount in expected.items()
    }


def test_first_and_last_month(people):
    assert spending.first_and_last_month(people.household) is None
    make_expense(people.household, spent_on=dt.date(2024, 1, 3))
    make_expense(people.household, spent_on=dt.date(2026, 11, 3))

    assert spending.first_and_last_month(people.household) == (Month(2024, 1), Month(2026, 11))
