"""The books of a household after a rare change, from the rows alone."""

import random
from decimal import Decimal

from expenses.budgets import figures
from expenses.budgets.books import Books
from expenses.budgets.envelope import Leftover, walk
from expenses.shared.money import ZERO
from expenses.shared.months import Month
from tests.factories import make_expense, make_limit, make_transfer
from tests.people import TODAY


def assert_books_balance(household, *, months=3):
    """Pool + all left = income − spending in each month up to some after the running one, and each left is that of a
    sum of its own, which knows of the category alone."""
    household.refresh_from_db()
    plan = figures.read(household)
    last = household.month_of(TODAY).plus(months)
    assert Books.of(household, last, thorough=True).faults == []
    found = list(walk(plan, last))
    for standing in found:
        for category in household.categories.all():
            envelope = standing.envelopes.get(category.pk)
            assert (envelope.left if envelope else ZERO) == left(category, standing.month), (category, standing.month)
        if standing.pool:
            begins = plan.pool_since.start
            income = household.incomes.between(begins, standing.month.last_day).sum()
            spent = household.expenses.between(begins, standing.month.last_day).spent().amount
            assert standing.pool.amount + standing.left == income - spent, standing.month


def left(category, month: Month) -> Decimal:
    """From the first month on, by the rows of the category."""
    household = category.household
    limits = list(household.limits.of(category).oldest_first())
    at, carried, amount = household.month(household.budget_from), ZERO, ZERO
    while at <= month:
        rule = next((limit for limit in reversed(limits) if limit.month <= at), None)
        legs = household.transfer_legs.filter(category=category, month=at)
        amount = carried + ((rule.amount if rule else None) or ZERO)
        amount += sum((leg.side * leg.size for leg in legs), ZERO)
        amount -= household.expenses.of(category).in_month(at).spent().amount
        carried = {
            Leftover.SURPLUS: max(amount, ZERO),
            Leftover.ALL: amount,
            Leftover.NONE: ZERO,
        }[Leftover(rule.leftover) if rule else Leftover.SURPLUS]
        at = at.next
    return amount


def make_things(household, categories, chance: random.Random):
    """Limits, expenses, refunds and moves of any kind in some months, past the guard."""
    month = Month(2026, 6)
    while month <= Month(2027, 1):
        for category in categories:
            if chance.random() < 0.4:
                amount = chance.choice([None, "0", "40", "75.50", "120"])
                make_limit(category, amount, month, chance.choice(Leftover.values))
            if chance.random() < 0.7 and month <= household.month_of(TODAY):
                amount = chance.choice(["12.50", "60", "140", "-20"])
                make_expense(household, category=category, amount=amount, spent_on=month.start)
        source, destination = chance.sample([*categories, None], 2)
        if chance.random() < 0.6:
            amount = chance.choice(["5", "33.30", "90"])
            make_transfer(household, amount, month=month, source=source, destination=destination)
        month = month.next
