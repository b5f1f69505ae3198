"""What the month page shows, made of what made each figure, so that every figure can explain itself."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from expenses.ledger import spending
from expenses.ledger.models import Expense, Spent
from expenses.shared.money import split
from expenses.shared.months import FIRST_YEAR, LAST_YEAR, Month

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.people.models import Household

LATEST = 6  # expenses beside the categories
NONE_SPENT = spending.NOTHING


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """One category in a month: amounts in the model's sign (spending positive), `share` in whole percent."""

    category: "Category"
    spent: Spent
    before: Spent  # the month before
    share: Decimal

    @property
    def change(self) -> Decimal:
        return self.spent.amount - self.before.amount


@dataclass(frozen=True, slots=True)
class Overview:
    """A month of a household as seen on a day."""

    month: Month
    on: dt.date
    lines: list[CategoryLine]
    spent: Spent
    before: Spent
    latest: list[Expense]
    decimals: int

    @classmethod
    def of(cls, household: "Household", month: Month, *, on: dt.date) -> "Overview":
        """Three queries: totals of this month and the one before, categories, the latest expenses."""
        earlier = previous(month)
        totals = spending.by_month_and_category(household, earlier or month, month)
        here, there = totals.get(month, {}), (totals.get(earlier, {}) if earlier else {})
        categories = [
            category
            for category in household.categories.in_order()
            if category.pk in here or (month.end > on and not category.is_archived) or category.pk in there
        ]
        shares = split(100, [here.get(category.pk, NONE_SPENT).amount for category in categories])
        lines = [
            CategoryLine(category, here.get(category.pk, NONE_SPENT), there.get(category.pk, NONE_SPENT), share)
            for category, share in zip(categories, shares, strict=True)
        ]
        latest = household.expenses.in_month(month).newest_first().with_names()[:LATEST]
        return cls(
            month=month,
            on=on,
            lines=lines,
            spent=spending.add(here.values()),
            before=spending.add(there.values()),
            latest=list(latest),
            decimals=household.decimals,
        )

    @property
    def is_running(self) -> bool:
        return self.month.contains(self.on)

    @property
    def is_future(self) -> bool:
        return self.on < self.month.start

    @property
    def is_empty(self) -> bool:
        return not self.spent.count

    @property
    def days_gone(self) -> int:
        """Days of the month up to and including today; all of them once it is over."""
        return max(0, min((self.on - self.month.start).days + 1, self.month.days))

    @property
    def days_left(self) -> int:
        """Days still to come after today."""
        return self.month.days - self.days_gone

    @property
    def a_day(self) -> Decimal:
        """Spent by day so far, rounded to the currency's smallest unit."""
        return (self.spent.amount / max(1, self.days_gone)).quantize(Decimal(1).scaleb(-self.decimals))

    @property
    def change(self) -> Decimal:
        """More (positive) or less than the month before."""
        return self.spent.amount - self.before.amount

    @property
    def counted(self) -> list[CategoryLine]:
        """Categories with an expense, most expensive first."""
        return sorted(
            (line for line in self.lines if line.spent.count), key=lambda line: line.spent.amount, reverse=True
        )

    @property
    def unused(self) -> list[CategoryLine]:
        """Categories without an expense this month."""
        return [line for line in self.lines if not line.spent.count]

    @property
    def gross(self) -> Decimal:
        """What bars are measured by."""
        return spending.gross(line.spent for line in self.lines)

    @property
    def previous(self) -> Month | None:
        return previous(self.month)

    @property
    def next(self) -> Month | None:
        return None if (self.month.year, self.month.month) == (LAST_YEAR, 12) else self.month.next


def previous(month: Month) -> Month | None:
    """The month before, unless that is before 1900."""
    return None if (month.year, month.month) == (FIRST_YEAR, 1) else month.previous
