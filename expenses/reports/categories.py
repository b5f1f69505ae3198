"""The report "Categories": what each cost in a stretch of days, most expensive first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from expenses.ledger.listing import Found
from expenses.ledger.models import Spent
from expenses.shared import files
from expenses.shared.money import ZERO, split

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.reports.forms import ReportForm


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
    decimals: int

    @classmethod
    def of(cls, form: "ReportForm") -> "Categories":
        """One query."""
        found = Found.of(form.chosen, form.categories)
        percents = split(100, [part.spent.amount for part in found.shares], unit=Decimal("0.1"))
        lines = [
            Line(part.category, part.spent, percent, part.query)
            for part, percent in zip(found.shares, percents, strict=True)
        ]
        return cls(lines, found.spent, found.gross, form.household.decimals)

    def columns(self) -> list[files.Column]:
        share, count = (files.Column(name, files.Kind.NUMBER) for name in ("share, percent", "expenses"))
        return [files.Column("category"), share, count, files.Column("spent", files.Kind.AMOUNT, self.decimals)]

    def rows(self) -> Iterator[Sequence[Any]]:
        for line in self.lines:
            yield [line.category.name, line.share, line.spent.count, line.spent.amount]
        yield ["All", sum((line.share for line in self.lines), ZERO), self.spent.count, self.spent.amount]
