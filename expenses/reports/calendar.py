"""The report "Calendar": the days of a month in weeks, each with what it cost."""

import calendar
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import TYPE_CHECKING, Any, Self

from expenses.ledger import spending
from expenses.ledger.models import FIRST_DAY, LAST_DAY, Spent
from expenses.reports.charts.heat import level
from expenses.reports.grid import Cell
from expenses.shared import files
from expenses.shared.money import ZERO, rounded
from expenses.shared.months import Month

if TYPE_CHECKING:
    from expenses.reports.forms import CalendarForm

WEEK = 7


@dataclass(frozen=True, slots=True)
class Day:
    day: dt.date
    cell: Cell
    heat: int  # class heat-1 to heat-5, 0 for none
    is_today: bool
    is_ahead: bool
    names_month: bool  # the first one, and the first of a calendar month


@dataclass(frozen=True, slots=True)
class Week:
    number: int  # ISO 8601
    days: tuple[Day | None, ...]  # seven, Monday first; None outside the month


@dataclass(frozen=True, slots=True)
class Weekday:
    name: str  # Saturdays
    mean: Decimal | None  # of those up to today; None while there is none


@dataclass(frozen=True)
class Calendar:
    month: Month
    weeks: tuple[Week, ...]
    weekdays: tuple[Weekday, ...]
    total: Cell
    before: tuple[Month, str] | None  # the month before, and its query string
    after: tuple[Month, str] | None
    decimals: int

    @classmethod
    def of(cls, form: "CalendarForm") -> Self:
        """One query."""
        chosen, month, decimals = form.chosen, form.month_shown, form.household.decimals
        spent = chosen.rows().each_day()
        amounts = [one.amount for one in spent.values() if one.amount > 0]
        # By the middle day: one rent would leave all others without a tint.
        most = 2 * median(amounts) if amounts else ZERO

        def day_of(day: dt.date) -> Day | None:
            if not (month.contains(day) and FIRST_DAY <= day <= LAST_DAY):
                return None
            found = spent.get(day, spending.NOTHING)
            query = chosen.but(month=None, first=day, last=day).query
            named = day.day == 1 or day == month.start
            return Day(day, Cell(found, query), level(found.amount, most), day == form.on, day > form.on, named)

        weeks = tuple(Week(days[0].isocalendar().week, tuple(map(day_of, days))) for days in _weeks(month))
        total = Cell(spending.add(spent.values()), chosen.query)
        earlier, later = (form.beside(number) for number in (-1, 1))
        return cls(
            month,
            weeks,
            _weekdays(month, spent, on=form.on, decimals=decimals),
            total,
            (earlier, form.at(earlier)) if earlier else None,
            (later, form.at(later)) if later else None,
            decimals,
        )

    @property
    def days(self) -> Iterator[Day]:
        return (day for week in self.weeks for day in week.days if day)

    @property
    def headings(self) -> list[tuple[str, str]]:
        """Monday and Mon, and so on."""
        return list(zip(calendar.day_name, calendar.day_abbr, strict=True))

    def columns(self) -> list[files.Column]:
        return [
            files.Column("date", files.Kind.DATE),
            files.Column("weekday"),
            files.Column("expenses", files.Kind.NUMBER),
            files.Column("spent", files.Kind.AMOUNT, self.decimals),
        ]

    def rows(self) -> Iterator[Sequence[Any]]:
        """A day a row; nothing spent is an empty cell."""
        for one in self.days:
            amount = None if one.cell.is_empty else one.cell.amount
            yield [one.day, calendar.day_name[one.day.weekday()], one.cell.spent.count, amount]


def _weeks(month: Month) -> Iterator[list[dt.date]]:
    """From the Monday of its first day to the Sunday of its last."""
    day = month.start - dt.timedelta(days=month.start.weekday())
    while day < month.end:
        yield [day + dt.timedelta(days=number) for number in range(WEEK)]
        day += dt.timedelta(days=WEEK)


def _weekdays(month: Month, spent: Mapping[dt.date, Spent], *, on: dt.date, decimals: int) -> tuple[Weekday, ...]:
    gone = [day for number in range(month.days) if (day := month.start + dt.timedelta(days=number)) <= on]
    found = []
    for number, name in enumerate(calendar.day_name):
        days = [day for day in gone if day.weekday() == number]
        total = sum((spent[day].amount for day in days if day in spent), ZERO)
        found.append(Weekday(f"{name}s", rounded(total / len(days), decimals) if days else None))
    return tuple(found)
