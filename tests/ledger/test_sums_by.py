"""Sums by month, category and member equal a plain loop over the rows."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expenses.ledger.filters import ExpenseFilter
from expenses.ledger.models import DIMENSIONS
from expenses.shared.months import Month
from tests.factories import make_expense

DAYS = st.dates(dt.date(2025, 11, 20), dt.date(2026, 3, 10))


@given(
    rows=st.lists(
        st.tuples(DAYS, st.integers(-500, 500).filter(bool), st.sampled_from(["Food", "Fun"]), st.booleans()),
        max_size=12,
    ),
    first=st.none() | DAYS,
    last=st.none() | DAYS,
    starts_on=st.sampled_from([1, 2, 15, 16, 25, 28]),
    names=st.sampled_from([("month", "category", "member"), ("member", "month"), ("month",), ("category",)]),
    q=st.sampled_from(["", "tea"]),
)
@settings(max_examples=60)
def test_by_any_names_is_the_loop(people, rows, first, last, starts_on, names, q):
    household = people.household
    household.expenses.all().delete()
    household.month_starts_on = starts_on
    household.save()
    expected: dict[tuple, list] = defaultdict(lambda: [Decimal(0), 0])
    for number, (day, cents, name, bob) in enumerate(rows):
        row = make_expense(
            household,
            "tea" if number % 2 else "milk",
            str(Decimal(cents) / 100),
            spent_on=day,
            category=people.category(name),
            recorded_by=people.bob if bob else people.alice,
        )
        if (first is None or day >= first) and (last is None or day <= last) and (not q or number % 2):
            said = (household.month_of(day), row.category_id, row.recorded_by_id)
            cell = expected[tuple(said[DIMENSIONS.index(name)] for name in names)]
            cell[0] += row.amount
            cell[1] += 1

    found = ExpenseFilter(household, q=q, first=first, last=last).by(*names)

    if first and last and last < first:
        expected.clear()
    assert {key: list(spent) for key, spent in found.items()} == dict(expected)
    assert all(part.starts_on == starts_on for key in found for part in key if isinstance(part, Month))


@pytest.mark.parametrize("query", [{}, {"q": "tea"}, {"first": dt.date(2026, 1, 5), "last": dt.date(2026, 3, 7)}])
def test_it_takes_one_query(people, django_assert_num_queries, query):
    for month in (1, 2, 3):
        make_expense(people.household, "tea", "2.00", spent_on=dt.date(2026, month, 6))

    with django_assert_num_queries(1):
        found = ExpenseFilter(people.household, **query).by("month", "category", "member")

    assert [str(month) for month, _, _ in sorted(found)] == ["2026-01", "2026-02", "2026-03"]


def test_the_expenses_of_others_are_none_of_it(people):
    make_expense(people.others, "Not ours", "5000.00")

    assert ExpenseFilter(people.household).by("month") == {}
