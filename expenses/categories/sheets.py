"""The categories as a file."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from expenses.shared.files import Column, Kind, Sheet
from expenses.shared.money import ZERO

if TYPE_CHECKING:
    from expenses.people.models import Household


def columns(decimals: int) -> list[Column]:
    return [
        Column("Category"),
        Column("Colour"),
        Column("Archived on", Kind.DATE),
        Column("Expenses", Kind.NUMBER),
        Column("Spent", Kind.AMOUNT, decimals),
        Column("Currency"),
    ]


def categories(household: "Household") -> Sheet:
    """In their order, with what each has cost so far."""
    found = household.categories.in_order()

    def rows() -> Iterator[Sequence[Any]]:
        spent = household.month_totals.by_category()
        for category in found:
            amount, count = spent.get(category.pk, (ZERO, 0))
            yield category.name, category.color, category.archived_on, count, amount, household.currency

    return Sheet("Categories", columns(household.decimals), rows)
