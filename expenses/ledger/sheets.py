"""The lists of the ledger as files: what their columns are, and how their rows are read."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from expenses.ledger.models import Cursor
from expenses.shared.files import Column, Kind, Sheet, in_pages

if TYPE_CHECKING:
    from expenses.ledger.models import ExpenseQuerySet, IncomeQuerySet
    from expenses.people.models import Household


def expense_columns(decimals: int) -> list[Column]:
    return [
        Column("Date", Kind.DATE),
        Column("Description"),
        Column("Category"),
        Column("Amount", Kind.AMOUNT, decimals),
        Column("Currency"),
        Column("Paid with"),
        Column("Written by"),
        Column("Notes"),
    ]


def income_columns(decimals: int) -> list[Column]:
    return [
        Column("Date", Kind.DATE),
        Column("Description"),
        Column("Amount", Kind.AMOUNT, decimals),
        Column("Currency"),
        Column("Written by"),
    ]


def expenses(household: "Household", found: "ExpenseQuerySet") -> Sheet:
    """Expenses of the household, the newest first; an expense is positive, its refund negative."""

    def rows() -> Iterator[Sequence[Any]]:
        names = "category__name", "payment_method__name", "recorded_by__name", "recorded_by__email"
        asked = found.newest_first().values_list("id", "spent_on", "description", "amount", "notes", *names)
        for _, day, description, amount, notes, category, method, name, email in in_pages(asked, _after):
            yield day, description, category, amount, household.currency, method, name or email, notes

    return Sheet("Expenses", expense_columns(household.decimals), rows)


def incomes(household: "Household", found: "IncomeQuerySet") -> Sheet:
    """Incomes of the household, the newest first."""

    def rows() -> Iterator[Sequence[Any]]:
        names = "recorded_by__name", "recorded_by__email"
        asked = found.newest_first().values_list("id", "received_on", "description", "amount", *names)
        for _, day, description, amount, name, email in in_pages(asked, _after):
            yield day, description, amount, household.currency, name or email

    return Sheet("Income", income_columns(household.decimals), rows)


def _after(rows: Any, last: Sequence[Any]) -> Any:
    return rows.after(Cursor(day=last[1], pk=last[0]))
