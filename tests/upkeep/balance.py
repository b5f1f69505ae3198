"""The books of a household after a rare change, from the rows alone."""

import random
from collections import defaultdict
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
    spent, earned = by_month(household, household.expenses, "spent_on"), by_month(household, household.incomes)
    for category in household.categories.all():
        true = lefts(category, last)
        for standing in found:
            envelope = standing.envelopes.get(category.pk)
            assert (envelope.left if envelope else ZERO) == true[standing.month], (category, standing.month)
    for standing in found:
        if standing.pool:
            income, costs = (
                sum((amount for month, amount in sums.items() if plan.pool_since <= month <= standing.month), ZERO)
                for sums in (earned, spent)
            )
            assert standing.pool.amount + standing.left == income - costs, standing.month


def by_month(household, rows, day="received_on") -> dict[Month, Decimal]:
    """What the rows come to in each month, added up here, without a sum of the database's."""
    sums: dict[Month, Decimal] = defaultdict(lambda: ZERO)
    for on, amount in rows.order_by().values_list(day, "amount"):
        sums[household.month_of(on)] += amount
    return sums


def lefts(category, last: Month) -> dict[Month, Decimal]:
    """What is left in each month from the first one on, by the rows of the category."""
    household = category.household
    limits = list(household.limits.of(category).oldest_first())
    spent = by_month(household, household.expenses.of(category), "spent_on")
    moved: dict[Month, Decimal] = defaultdict(lambda: ZERO)
    for leg in household.transfer_legs.of(category):
        moved[leg.month] += leg.side * leg.size
    at, carried, found = household.month(household.budget_from), ZERO, {}
    while at <= last:
        rule = next((limit for limit in reversed(limits) if limit.month <= at), None)
        amount = carried + ((rule.amount if rule else None) or ZERO) + moved[at] - spent[at]
        found[at] = amount
        carried = {
            Leftover.SURPLUS: max(amount, ZERO),
            Leftover.ALL: amount,
            Leftover.NONE: ZERO,
        }[Leftover(rule.leftover) if rule else Leftover.SURPLUS]
        at = at.next
    return found


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
