"""What the arithmetic of a month needs, read in one answer."""

import datetime as dt

import pytest

from expenses.budgets import figures
from expenses.ledger import spending
from expenses.shared.months import LAST_MONTH, Month
from expenses.shared.periods import Period
from tests.factories import make_expense, make_income, make_limit, make_transfer

OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)


def planned(people):
    """Spending before and since the budget began in November, a limit, a pool, a move; in the last month there is,
    too."""
    household = people.household
    household.budget_from = household.pool_from = NOVEMBER
    household.month_starts_on = 25
    household.save()
    for day in (dt.date(2026, 10, 20), dt.date(2026, 11, 20), dt.date(2026, 11, 26), dt.date(2200, 12, 30)):
        make_expense(household, spent_on=day, category=people.food)
    make_limit(people.food, "100", NOVEMBER)
    make_income(household, received_on=dt.date(2026, 11, 20))
    make_transfer(household, "5", month=NOVEMBER, source=None, destination=people.food)
    return household


def test_they_are_read_with_the_totals_in_one_query(people, django_assert_num_queries):
    household = planned(people)

    with django_assert_num_queries(1):
        found, totals = figures.read_with_totals(household, first=OCTOBER)

    spent = spending.by(household, Period(household.month(OCTOBER).start), "month", "category")
    assert {(month, category): part for month, parts in totals.items() for category, part in parts.items()} == spent
    assert found == figures.read(household)
    assert (len(found.rules), found.moved[NOVEMBER], found.income[NOVEMBER]) == (1, {people.food.pk: 5}, 3240)


def test_what_was_spent_before_the_budget_is_a_total_and_no_figure(people):
    found, totals = figures.read_with_totals(planned(people), first=OCTOBER)

    assert (OCTOBER in totals, OCTOBER in found.spent) == (True, False)


def test_without_a_last_month_the_last_there_is_counts_too(people):
    household = planned(people)

    assert Month(*LAST_MONTH) in figures.read(household).spent
    assert max(figures.read(household, until=NOVEMBER).spent) == NOVEMBER


PLANS = {
    "limit": lambda people: make_limit(people.fun, "30", OCTOBER),
    "move": lambda people: make_transfer(
        people.household, "5", month=NOVEMBER, source=people.fun, destination=people.food
    ),
    "pool": lambda people: setattr(people.household, "pool_from", OCTOBER),
}


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_what_was_spent_may_be_left_out_where_nothing_is_planned(people, plan, django_assert_num_queries):
    household = people.household
    make_expense(household, amount="-20", category=people.food, spent_on=dt.date(2026, 11, 3))
    make_limit(people.category("Food", people.others), "30", OCTOBER)  # of another household
    unplanned = figures.read_where_planned(household)

    plan(people)
    with django_assert_num_queries(1):
        planned = figures.read_where_planned(household)

    assert unplanned.spent == {}
    assert planned == figures.read(household)
    assert planned.spent == {NOVEMBER: {people.food.pk: -20}}
