"""Rows for tests, with defaults that a test may override."""

import datetime as dt
from decimal import Decimal

from expenses.ledger.models import Expense, PaymentMethod
from expenses.people.models import Household

DAY = dt.date(2026, 11, 20)


def make_expense(household: Household, description: str = "Groceries", amount: str = "12.50", **fields) -> Expense:
    """An expense of the household's owner, in its first category, on 20 November 2026."""
    fields.setdefault("spent_on", DAY)
    fields.setdefault("category", household.categories.first())
    if "recorded_by" not in fields:
        fields["recorded_by"] = household.memberships.select_related("user").first().user
    return Expense.objects.create(household=household, description=description, amount=Decimal(amount), **fields)


def make_method(household: Household, name: str = "Card") -> PaymentMethod:
    return PaymentMethod.objects.create(household=household, name=name)
