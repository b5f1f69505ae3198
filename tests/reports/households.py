"""Three years of a household: every kind of month a picture must draw."""

import datetime as dt
from decimal import Decimal

from expenses.ledger.models import Expense

TODAY = dt.date(2026, 11, 22)
MOMENT = "2026-11-22T12:00:00Z"


def three_years(people, *, starts_on: int = 1, count: int = 36) -> None:
    """Some expenses a month in every category of the household, from both members; some come back."""
    household = people.household
    household.month_starts_on = starts_on
    household.save()
    categories = list(household.categories.in_order())
    rows = []
    for number in range(count * len(categories)):
        month, at = divmod(number, len(categories))
        day = dt.date(2026, 11, 20) - dt.timedelta(days=30 * month + at)
        amount = Decimal((number * 7919) % 30000 - (8000 if number % 11 == 0 else 0)) / 100 + 1
        rows.append(
            Expense(
                household=household,
                category=categories[at],
                recorded_by=people.alice if number % 3 else people.bob,
                description="Weekly shop" if number % 2 else "Something else",
                amount=amount,
                spent_on=day,
            )
        )
    Expense.objects.bulk_create(rows)
