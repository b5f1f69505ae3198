"""The time of a report cut into what stands side by side: months, years of them, or ten years."""

import calendar
import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from expenses.ledger.models import FIRST_DAY, LAST_DAY
from expenses.reports.charts.labels import Word
from expenses.shared.months import FIRST_MONTH, FIRST_YEAR, LAST_MONTH, LAST_YEAR, Month
from expenses.shared.periods import Period

if TYPE_CHECKING:
    from expenses.ledger.filters import ExpenseFilter

MOST = 36  # slots: more months are shown as years, more years by ten


class Size(Enum):
    """So many months."""

    MONTH = 1
    YEAR = 12
    DECADE = 120

    @property
    def word(self) -> str:
        return {1: "month", 12: "year", 120: "ten years"}[self.value]


class When(Enum):
    PAST = "past"
    RUNNING = "running"  # today lies in it
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class Slot:
    """`period` are the days of it that the report looks at."""

    size: Size
    first: Month
    last: Month
    period: Period
    when: When

    @property
    def year(self) -> int:
        """Its year, or the first of its ten."""
        years = max(self.size.value // 12, 1)
        return min(max(self.first.year, FIRST_YEAR), LAST_YEAR) // years * years

    @property
    def name(self) -> str:
        """November 2026, 2026, 2020–2029."""
        if self.size is Size.MONTH:
            return self.first.name
        return str(self.year) if self.size is Size.YEAR else f"{self.year}–{self.year + 9}"

    @property
    def short_name(self) -> str:
        """Nov, 2026, 2020s."""
        if self.size is Size.MONTH:
            return calendar.month_abbr[self.first.month]
        return self.name if self.size is Size.YEAR else f"{self.year}s"

    @property
    def short_year(self) -> str:
        """26."""
        return f"{self.first.year % 100:02}"

    @property
    def long_name(self) -> str:
        """November, 2026, 2020–2029."""
        return self.first.short_name if self.size is Size.MONTH else self.name

    @property
    def title(self) -> str:
        """November 2026 so far; 1 Nov 2026 – 12 Nov 2026 where the period cuts it."""
        if not self.is_whole:
            return str(self.period)
        return f"{self.name} so far" if self.when is When.RUNNING else self.name

    @property
    def title_before(self) -> str:
        return self.first.plus(-12).name if self.is_whole else str(a_year_before(self.period))

    @property
    def word(self) -> Word:
        """What stands below its column."""
        if self.size is Size.MONTH:
            text = self.short_name
            return Word(text, self.first.month - 1, text[0], str(self.first.year))
        return Word(self.short_name, self.year // (self.size.value // 12))

    @property
    def is_running(self) -> bool:
        return self.when is When.RUNNING

    @property
    def is_not_over(self) -> bool:
        return self.when is not When.PAST

    @property
    def is_whole(self) -> bool:
        """All its days are looked at."""
        return self.period == within(Period(self.first.start, self.last.last_day))

    def holds(self, month: Month) -> bool:
        return self.first <= month <= self.last

    def narrow(self, chosen: "ExpenseFilter") -> "ExpenseFilter":
        """The report's filter narrowed to the slot: its list has exactly the slot's rows."""
        if self.size is Size.MONTH and self.is_whole and FIRST_YEAR <= self.first.year <= LAST_YEAR:
            return chosen.but(month=self.first, first=None, last=None)
        return chosen.but(month=None, first=self.period.first, last=self.period.last)

    def narrow_a_year_before(self, chosen: "ExpenseFilter") -> "ExpenseFilter":
        """The same month a year before, or as many of its days; not for the first year there is."""
        if self.is_whole and self.first.year <= LAST_YEAR:
            return chosen.but(month=self.first.plus(-12), first=None, last=None)
        days = a_year_before(self.period)
        return chosen.but(month=None, first=days.first, last=days.last)


def slots(period: Period, spent: Collection[Month], *, on: Month) -> list[Slot]:
    """The slots of a period: months up to 36 of them, years up to 36 of them, else tens of years. `spent` are the
    months in which there is anything: an open period, and one of more than 36 months, begins and ends with them and
    with `on`, the running one. With the household's own months, of which `on` is one."""
    if not spent:
        return []
    starts_on = on.starts_on
    first = Month.of(period.first, starts_on) if period.first else min(*spent, on)
    last = Month.of(period.last, starts_on) if period.last else max(*spent, on)
    if last.minus(first) >= MOST:
        first, last = max(first, min(*spent, on)), min(last, max(*spent, on))
    count = last.minus(first) + 1
    size = next((size for size in Size if count <= MOST * size.value), Size.DECADE)
    if size is Size.MONTH:
        return [_slot(size, first.plus(n), first.plus(n), period, on) for n in range(count)]
    years = size.value // 12
    begun = range(max(first.year, FIRST_YEAR) // years * years, min(last.year, LAST_YEAR) + 1, years)
    return [_slot(size, *_months(year, year + years - 1, starts_on), period, on) for year in begun]


def running_one(slots: Sequence[Slot]) -> int | None:
    """Which of them is running, by its place, if one is."""
    return next((at for at, slot in enumerate(slots) if slot.is_running), None)


def _slot(size: Size, first: Month, last: Month, period: Period, on: Month) -> Slot:
    days = within(Period(first.start, last.last_day))
    looked_at = Period(_later(days.first, period.first), _earlier(days.last, period.last))
    when = When.AHEAD if first > on else When.RUNNING if on <= last else When.PAST
    return Slot(size, first, last, looked_at, when)


def _months(year: int, until: int, starts_on: int) -> tuple[Month, Month]:
    """The first and the last month of some years; those at the ends of time hold the days beyond them too."""
    first = Month(year, 1, starts_on) if year > FIRST_YEAR else Month(*FIRST_MONTH, starts_on)
    last = Month(until, 12, starts_on) if until < LAST_YEAR else Month(*LAST_MONTH, starts_on)
    return first, last


def within(period: Period) -> Period:
    """The days of it on which there may be an expense."""
    return Period(_later(FIRST_DAY, period.first), _earlier(LAST_DAY, period.last))


def a_year_before(period: Period) -> Period:
    """The same days of the year before; those that end with February do so there too."""
    return Period(_year_before(period.first), _year_before(period.last))


def _year_before(day: dt.date | None) -> dt.date | None:
    if day is None or day.year <= FIRST_YEAR:
        return day
    if (day + dt.timedelta(days=1)).day == 1:
        return (day + dt.timedelta(days=1)).replace(year=day.year - 1 + (day.month == 12)) - dt.timedelta(days=1)
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _later(one: dt.date | None, other: dt.date | None) -> dt.date | None:
    return max(filter(None, (one, other)), default=None)


def _earlier(one: dt.date | None, other: dt.date | None) -> dt.date | None:
    return min(filter(None, (one, other)), default=None)
