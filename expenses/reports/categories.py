"""The report "Categories": what each cost in a stretch of days, most expensive first."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from expenses.ledger import spending
from expenses.ledger.models import Spent
from expenses.shared.money import ZERO, split

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.people.models import Household
    from expenses.reports.forms import Scope


@dataclass(frozen=True, slots=True)
class Line:
    category: "Category"
    spent: Spent
    share: Decimal  # tenths of a percent add up to 100.0
    query: str  # of the expense list that shows exactly its rows


@dataclass(frozen=True, slots=True)
class Categories:
    lines: list[Line]
    spent: Spent
    gross: Decimal  # without categories whose refunds exceeded their spending: what shares are parts of

    @classmethod
    def of(cls, household: "Household", scope: "Scope") -> "Categories":
        """One query for whole months, one for each edge that is not, one for the names."""
        found = spending.by_category(household, scope.period, categories=scope.categories, members=scope.members)
        named = {category.pk: category for category in household.categories.in_order()}
        ordered = sorted(
            (pk for pk in named if found.get(pk, spending.NOTHING).count),
            key=lambda pk: found[pk].amount,
            reverse=True,
        )
        shares = split(100, [found[pk].amount for pk in ordered], unit=Decimal("0.1"))
        lines = [
            Line(named[pk], found[pk], share, scope.list_query_of(pk))
            for pk, share in zip(ordered, shares, strict=True)
        ]
        gross = sum((line.spent.amount for line in lines if line.spent.amount > 0), ZERO)
        return cls(lines, spending.add(line.spent for line in lines), gross)
