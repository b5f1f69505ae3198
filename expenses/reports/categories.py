"""The report "Categories": what each cost in a stretch of days, most expensive first."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from expenses.ledger.listing import Found
from expenses.ledger.models import Spent
from expenses.shared.money import split

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.ledger.filters import ExpenseFilter


@dataclass(frozen=True, slots=True)
class Line:
    category: "Category"
    spent: Spent
    share: Decimal  # percent; the shares add up to 100.0
    query: str  # of the expense list that shows exactly its rows


@dataclass(frozen=True, slots=True)
class Categories:
    lines: list[Line]
    spent: Spent
    gross: Decimal  # what bars are measured by

    @classmethod
    def of(cls, chosen: "ExpenseFilter", categories: "list[Category]") -> "Categories":
        """One query; `categories` are those of the household."""
        found = Found.of(chosen, categories)
        percents = split(100, [part.spent.amount for part in found.shares], unit=Decimal("0.1"))
        lines = [
            Line(part.category, part.spent, percent, part.query)
            for part, percent in zip(found.shares, percents, strict=True)
        ]
        return cls(lines, found.spent, found.gross)
