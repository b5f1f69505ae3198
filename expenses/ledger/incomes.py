"""A page of the incomes: by month, with what each month and the whole brought."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Self

from expenses.ledger.models import Cursor, Income, Received
from expenses.shared.money import ZERO
from expenses.shared.months import Month

if TYPE_CHECKING:
    from expenses.people.models import Household

PAGE = 50  # incomes


@dataclass(frozen=True, slots=True)
class IncomeMonth:
    month: Month
    total: Decimal  # of the whole month, also where a part of it stands on another page
    incomes: list[Income]
    continued: bool = False  # its beginning stands on the page before


@dataclass(frozen=True)
class Incomes:
    months: list[IncomeMonth]
    received: Received  # all that the filter finds, on other pages too
    next: Cursor | None  # where the next page begins; None on the last one

    @classmethod
    def of(cls, household: "Household", *, month: Month | None = None, after: Cursor | None = None) -> Self:
        """Three queries, whatever the number of rows."""
        found = household.incomes.in_month(month) if month else household.incomes.all()
        rows = found.newest_first()
        shown = list((rows.after(after) if after else rows)[: PAGE + 1])
        has_more, shown = len(shown) > PAGE, shown[:PAGE]
        by_month = [(of, list(rows)) for of, rows in groupby(shown, lambda row: household.month_of(row.received_on))]
        totals = household.incomes.between(by_month[-1][0].start, by_month[0][0].last_day) if by_month else None
        sums = totals.by_month(household) if totals is not None else {}
        before = household.month_of(after.day) if after else None
        months = [IncomeMonth(of, sums.get(of, ZERO), rows, continued=of == before) for of, rows in by_month]
        return cls(months, found.received(), Cursor(shown[-1].received_on, shown[-1].pk) if has_more else None)
