"""The report "Categories": what each cost in a stretch of days, most expensive first."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from expenses.ledger import spending
from expenses.ledger.models import Spent
from expenses.shared.money import ZERO, split

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    gross: Decimal  # without categories whose refunds exceeded their spending: what shares are parts of

    @classmethod
    def of(cls, chosen: "ExpenseFilter", categories: "Iterable[Category]") -> "Categories":
        """One query; `categories` are those of the household."""
        found = chosen.by_category()
        ordered = sorted(
            (category for category in categories if category.pk in found),
            key=lambda category: found[category.pk].amount,
            reverse=True,
        )
        shares = split(100, [found[category.pk].amount for category in ordered], unit=Decimal("0.1"))
        lines = [
            Line(category, found[category.pk], share, chosen.but(categories=(category,)).query)
            for category, share in zip(ordered, shares, strict=True)
        ]
        gross = sum((line.spent.amount for line in lines if line.spent.amount > 0), ZERO)
        return cls(lines, spending.add(line.spent for line in lines), gross)
