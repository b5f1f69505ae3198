"""With what a stretch of days is compared: the mean of the three months before a month, else as much time before."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Self

from expenses.ledger import spending
from expenses.ledger.models import FIRST_DAY
from expenses.reports.grid import Sums, means
from expenses.shared.money import ZERO
from expenses.shared.months import FIRST_MONTH, Month
from expenses.shared.periods import Period

if TYPE_CHECKING:
    from expenses.ledger.filters import ExpenseFilter

MEAN_OF = 3  # months before a month
SPARK = 12  # months of a small line


@dataclass(frozen=True, slots=True)
class Compared:
    """`words` end a sentence that begins “The change is against”; `filter` has the days compared with, where their
    list comes to the figures: None for a mean."""

    words: str
    total: Decimal
    by: Mapping[int, Decimal]  # by category id
    filter: "ExpenseFilter | None" = None

    @classmethod
    def of(cls, chosen: "ExpenseFilter", sums: Sums) -> Self | None:
        """None where there is nothing to compare with. `sums` are those of the twelve months up to the period's last
        one (`months_to`). At most one query."""
        days, starts_on = chosen.period, chosen.household.month_starts_on
        if days.first is None or days.last is None or days.last < days.first:
            return None
        whole = None if days.edges(starts_on) else days.whole_months(starts_on)
        if whole and whole[0] == whole[1]:
            return cls._mean(chosen, whole[0], sums)
        before = _months_before(*whole) if whole else _days_before(days.first, days.last)
        if before is None:
            return None
        earlier = chosen.but(month=None, first=before[0].first, last=before[0].last)
        found = earlier.by_category()
        if not found:
            return None
        return cls(before[1], spending.add(found.values()).amount, _amounts(found), earlier)

    @classmethod
    def _mean(cls, chosen: "ExpenseFilter", month: Month, sums: Sums) -> Self | None:
        """Months before the household's first expense are no months of the mean."""
        if chosen.but(month=None, first=None, last=None).query:  # narrowed: its own first month says nothing
            begins = spending.first_month(chosen.household)
        else:
            begins = min((one for one, _ in sums), default=None)
        before = [one for one in months_to(month, MEAN_OF + 1)[:-1] if begins and one >= begins]
        found = dict.fromkeys(sorted({pk for _, pk in sums}), ZERO)  # where odd cents go is the same every time
        for (one, pk), spent in sums.items():
            if one in before:
                found[pk] += spent.amount
        if not any(one in before for one, _ in sums):
            return None
        mean, parts = means(list(found.values()), len(before), chosen.household.decimals)
        first, last = before[0], before[-1]
        if first == last:
            words = f"the month before, {first.name}"
        else:
            count = {2: "two", 3: "three"}[len(before)]
            words = f"the mean of the {count} months before, {_from_to(first, last)}"
        return cls(words, mean, dict(zip(found, parts, strict=True)))


def months_to(last: Month, count: int) -> list[Month]:
    """So many months up to the last, the oldest first; fewer where time begins."""
    room = last.minus(Month(*FIRST_MONTH)) + 1
    return [last.plus(-number) for number in reversed(range(min(count, room)))]


def _months_before(first: Month, last: Month) -> tuple[Period, str] | None:
    count = last.minus(first) + 1
    if first.minus(Month(*FIRST_MONTH)) < count:
        return None
    begin, end = first.plus(-count), first.previous
    return Period.of(begin, end), f"the {count} months before, {_from_to(begin, end)}"


def _days_before(first: dt.date, last: dt.date) -> tuple[Period, str] | None:
    count = (last - first).days + 1
    if (first - FIRST_DAY).days < count:
        return None
    period = Period(first - dt.timedelta(days=count), first - dt.timedelta(days=1))
    return period, f"the {count} days before, {period}" if count > 1 else f"the day before, {period}"


def _from_to(first: Month, last: Month) -> str:
    """August to October 2026."""
    return f"{first.short_name if first.year == last.year else first.name} to {last.name}"


def _amounts(found: Mapping[int, spending.Spent]) -> dict[int, Decimal]:
    return {pk: spent.amount for pk, spent in found.items()}
