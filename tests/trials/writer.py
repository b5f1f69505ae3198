"""Expenses written in every way there is."""

import datetime as dt
import random
from decimal import Decimal

from expenses.ledger.models import Expense, NothingToUndo, undo
from expenses.people.models import Household


def write(seed: int, rounds: int) -> None:
    dice = random.Random(seed)
    household = Household.objects.get(name="Trial")
    user = household.memberships.first().user
    categories = list(household.categories.in_order())
    batches = []
    for _ in range(rounds):
        match dice.randrange(6):
            case 0:
                make(household, user, dice, categories, 1)[0].save()
            case 1:
                Expense.objects.bulk_create(make(household, user, dice, categories, 40))
            case 2:
                some(household, dice).update(amount=Decimal(dice.randint(1, 9999)) / 100)
            case 3:
                batches.append(some(household, dice).put_aside(by=user))
            case 4:
                batches.append(some(household, dice).recategorise(dice.choice(categories), by=user))
            case 5 if batches:
                try:
                    undo(household, batches.pop(dice.randrange(len(batches))))
                except NothingToUndo:
                    continue


def make(household, user, dice, categories, count):
    return [
        Expense(
            household=household,
            recorded_by=user,
            category=dice.choice(categories),
            description=f"Trial {dice.random()}",
            amount=Decimal(dice.choice([-1, 1, 1, 1]) * dice.randint(1, 99999)) / 100,
            spent_on=dt.date(2026, 1, 1) + dt.timedelta(days=dice.randrange(300)),
        )
        for _ in range(count)
    ]


def some(household, dice):
    day = dt.date(2026, 1, 1) + dt.timedelta(days=dice.randrange(300))
    return household.expenses.between(day, day + dt.timedelta(days=dice.randrange(10)))
