"""A stretch of days, and how it is made of whole months."""

import datetime as dt
from dataclasses import dataclass
from typing import Self

from expenses.shared.months import FIRST_MONTH, LAST_MONTH, Month


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last, both included; None leaves that side open."""

    first: dt.date | None = None
    last: dt.date | None = None

    @classmethod
    def of(cls, month: Month, until: Month | None = None) -> Self:
        """The days of a month, or from a month to a later one."""
        return cls(month.start, (until or month).last_day)

    def whole_months(self, starts_on: int) -> tuple[Month, Month] | None:
        """The first and the last month that lie in the period as a whole; None where there is none."""
        first = Month.of(self.first, starts_on) if self.first else Month(*FIRST_MONTH, starts_on)
        last = Month.of(self.last, starts_on) if self.last else Month(*LAST_MONTH, starts_on)
        cut_first = bool(self.first and first.start < self.first)
        cut_last = bool(self.last and last.last_day > self.last)
        if (cut_first and (first.year, first.month) == LAST_MONTH) or (
            cut_last and (last.year, last.month) == FIRST_MONTH
        ):
            return None  # there is no month beyond
        if cut_first:
            first = first.next
        if cut_last:
            last = last.previous
        return (first, last) if first <= last else None

    def edges(self, starts_on: int) -> list["Period"]:
        """What lies in the period outside its whole months: nothing, or up to two shorter periods."""
        months = self.whole_months(starts_on)
        if months is None:
            return [self]
        day = dt.timedelta(days=1)
        edges = []
        if self.first and self.first < months[0].start:
            edges.append(Period(self.first, months[0].start - day))
        if self.last and months[1].last_day < self.last:
            edges.append(Period(months[1].end, self.last))
        return edges

    def __str__(self) -> str:
        if self.first and self.last:
            if self.first == self.last:
                return _day(self.first)
            return f"{_day(self.first)} – {_day(self.last)}"
        if self.first:
            return f"since {_day(self.first)}"
        return f"until {_day(self.last)}" if self.last else "all time"


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%b} {day.year}"
