"""A page of the list: expenses by day, with what each day and the whole came to."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import Self

from expenses.categories.models import Category
from expenses.ledger import spending
from expenses.ledger.filters import ExpenseFilter
from expenses.ledger.models import Cursor, Expense, Spent
from expenses.shared.money import ZERO

PAGE = 50  # expenses


@dataclass(frozen=True, slots=True)
class Day:
    day: dt.date
    total: Decimal  # of the whole filtered day, also where a part of it stands on another page
    expenses: list[Expense]
    continued: bool = False  # its beginning stands on the page before


@dataclass(frozen=True, slots=True)
class Share:
    category: Category
    spent: Spent
    query: str  # of the list narrowed to it


@dataclass(frozen=True)
class Found:
    """What the filter finds, in one figure and by category."""

    spent: Spent
    shares: list[Share] = field(default_factory=list)

    @classmethod
    def of(cls, chosen: ExpenseFilter, categories: list[Category]) -> Self:
        """One query."""
        sums = chosen.by_category()
        shares = [
            Share(category, sums[category.pk], chosen.but(categories=(category,)).query)
            for category in categories
            if category.pk in sums
        ]
        shares.sort(key=lambda share: -share.spent.amount)
        return cls(spending.add(sums.values()), shares)

    @property
    def gross(self) -> Decimal:
        """What bars are measured by."""
        return spending.gross(share.spent for share in self.shares)


@dataclass(frozen=True)
class Listing:
    days: list[Day]
    after: Cursor | None
    next: Cursor | None  # where the next page begins; None on the last one

    @classmethod
    def of(cls, chosen: ExpenseFilter, *, after: Cursor | None = None) -> Self:
        """Two queries, three for a short search, whatever the number of rows."""
        found = chosen.rows()
        rows = found.newest_first().with_names()
        shown = list((rows.after(after) if after else rows)[: PAGE + 1])
        has_more, shown = len(shown) > PAGE, shown[:PAGE]
        totals = found.by_day({expense.spent_on for expense in shown}) if shown else {}
        days = [
            # A row may have come or gone between the two questions: then its day is asked next time.
            Day(day, totals.get(day, ZERO), list(expenses), continued=bool(after and after.day == day))
            for day, expenses in groupby(shown, key=lambda expense: expense.spent_on)
        ]
        return cls(days, after, Cursor(shown[-1].spent_on, shown[-1].pk) if has_more else None)

    @property
    def is_empty(self) -> bool:
        return not self.days
