"""When a recurring expense falls due: every n days, weeks, months or years from an anchor.

Pure: reads no clock and no table. The k-th date is computed from the anchor and never from the one before it, so that
it neither drifts (31 Jan, 28 Feb, 31 Mar) nor depends on when it was asked. Its nominal day is the one by the rule,
and what is skipped, settled or unique goes by it; its due day is the one it is spent on, after a weekend was stepped
over. Everything is asked by number, so that the first date after a day is a division and not a walk.
"""

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from dateutil.relativedelta import relativedelta
from django.db import models

from expenses.shared.months import FIRST_YEAR, LAST_YEAR

LONGEST_EVERY = 999  # units between two dates
MOST_TIMES = 9_999
MOST_MISSED = 5_000  # past dates that may be caught up with: daily, 13 years
# Nothing moves out of these: the first is a Monday, the last a Wednesday.
FIRST_DAY, LAST_DAY = dt.date(FIRST_YEAR, 1, 1), dt.date(LAST_YEAR, 12, 31)
FRIDAY, SATURDAY, SUNDAY = 4, 5, 6
WEEK = 7
ONE_DAY = dt.timedelta(days=1)


class Unit(models.TextChoices):
    DAYS = "days", "days"
    WEEKS = "weeks", "weeks"
    MONTHS = "months", "months"
    YEARS = "years", "years"


class MonthDay(models.TextChoices):
    """Which day of a month, for schedules by month."""

    SAME = "same", "The same day"
    LAST = "last", "The last day"
    WEEKDAY = "weekday", "A weekday"


class Nth(models.IntegerChoices):
    """Which of its weekdays in a month. Some months have no fifth one, and their last is the fourth."""

    FIRST = 1, "first"
    SECOND = 2, "second"
    THIRD = 3, "third"
    FOURTH = 4, "fourth"
    LAST = 5, "last"


class Weekend(models.TextChoices):
    KEEP = "keep", "Keep the day"
    BEFORE = "before", "The Friday before"
    AFTER = "after", "The Monday after"


class Date(NamedTuple):
    """The k-th date of a schedule, counted from 0."""

    number: int
    nominal_on: dt.date
    due_on: dt.date


class Problem(NamedTuple):
    """What a form says at one of its fields, which have the names of the schedule's."""

    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """Has dates only where `problems` finds none in what was typed."""

    anchor: dt.date
    every: int = 1
    unit: Unit = Unit.MONTHS
    month_day: MonthDay = MonthDay.SAME  # only looked at in schedules by month
    nth: int | None = None  # this and the next only by weekday: the second Tuesday
    weekday: int | None = None  # 0 is Monday
    weekend: Weekend = Weekend.KEEP
    ends_on: dt.date | None = None  # the last nominal day it may have
    times: int | None = None

    # ── dates ─────────────────────────────────────────────────────────────────────────────────────

    @property
    def count(self) -> int:
        """How many dates there are in all, up to the end or to 2200."""
        count = self.number_after(self.ends_on or LAST_DAY)
        return count if self.times is None else min(count, self.times)

    @property
    def last(self) -> Date | None:
        """The last date, by its end or by 2200; None where there is no date at all."""
        return self.date(self.count - 1)

    def date(self, number: int) -> Date | None:
        """The k-th date, the first one being 0; None where there is none of that number."""
        return self._date(number) if 0 <= number < self.count else None

    def due(self, nominal_on: dt.date) -> dt.date:
        """The day on which a nominal day is spent: the Friday before or the Monday after a weekend, where so asked."""
        days_past_friday = nominal_on.weekday() - FRIDAY
        if days_past_friday <= 0 or self.weekend == Weekend.KEEP:
            return nominal_on
        return nominal_on + ONE_DAY * (-days_past_friday if self.weekend == Weekend.BEFORE else 3 - days_past_friday)

    def on(self, nominal_on: dt.date) -> Date | None:
        """The date of a nominal day; None where that is none of its days."""
        date = self.date(self.number_after(nominal_on) - 1)
        return date if date and date.nominal_on == nominal_on else None

    def number_after(self, day: dt.date | None) -> int:
        """The number of the first date whose nominal day is later than this one, which is also how many come up to
        it; 0 for None. The schedule's end is not looked at."""
        if day is None or day < self.anchor:
            return 0
        passed = (day - self.anchor).days if self._by_days else _month_index(day) - self._first_month
        number = max(passed // self._step, 0)  # in the period that holds the day, where the date may be later than it
        return number + 1 if self._nominal(number) <= day else number

    def after(self, day: dt.date | None) -> Iterator[Date]:
        """The dates whose nominal day is later than this one, the oldest first; all of them for None."""
        return self._dates(self.number_after(day), self.count)

    def next(self, how_many: int, *, after: dt.date | None) -> list[Date]:
        """The first so many dates whose nominal day is later; fewer where the schedule ends."""
        start = self.number_after(after)
        return list(self._dates(start, start + how_many))

    def between(self, first: dt.date, last: dt.date) -> list[Date]:
        """The dates whose nominal day is one of these, both included."""
        return list(self._dates(self.number_after(first - ONE_DAY), self.number_after(last)))

    def due_between(self, first: dt.date, last: dt.date) -> list[Date]:
        """The dates which are due on one of these days, both included: what a month holds."""
        return self.due_until(last, settled_until=self.nominal_until(first - ONE_DAY))

    def due_until(self, on: dt.date, *, settled_until: dt.date | None) -> list[Date]:
        """The dates due by a day, without those whose nominal day is settled. A nominal day may be up to two days
        ahead: Sunday 1 February is due on Friday 30 January."""
        return list(self._dates(self.number_after(settled_until), self.number_after(self.nominal_until(on))))

    def due_on(self, day: dt.date) -> Date | None:
        """The date that is due on a day; None where none is. Of two (a weekend's, by day) the first."""
        return next(iter(self.due_between(day, day)), None)

    def missed(self, on: dt.date, *, settled_until: dt.date | None) -> int:
        """How many dates `due_until` would give."""
        until = min(self.number_after(self.nominal_until(on)), self.count)
        return max(until - self.number_after(settled_until), 0)

    def nominal_until(self, on: dt.date) -> dt.date:
        """The inverse of `due`: the last day that is due by this one. As `due` keeps the order of days, everything up
        to it is due and nothing after it."""
        weekday = on.weekday()
        if self.weekend == Weekend.BEFORE and weekday >= FRIDAY:
            return on + ONE_DAY * (SUNDAY - weekday)
        if self.weekend == Weekend.AFTER and weekday >= SATURDAY:
            return on - ONE_DAY * (weekday - FRIDAY)
        return on

    def _dates(self, start: int, stop: int) -> Iterator[Date]:
        return (self._date(number) for number in range(start, min(stop, self.count)))

    def _date(self, number: int) -> Date:
        nominal_on = self._nominal(number)
        return Date(number, nominal_on, self.due(nominal_on))

    def _nominal(self, number: int) -> dt.date:
        steps = number * self._step
        if self._by_days:
            return self.anchor + ONE_DAY * steps
        if self._by_month_day:
            return self._in_month(self._first_month + steps)
        same_day: dt.date = self.anchor + relativedelta(months=steps)  # or the last one of a shorter month
        return same_day

    @property
    def _by_days(self) -> bool:
        return self.unit in (Unit.DAYS, Unit.WEEKS)

    @property
    def _by_month_day(self) -> bool:
        """Whether the day is found in each month, and not the anchor's own."""
        return self.unit == Unit.MONTHS and self.month_day != MonthDay.SAME

    @property
    def _step(self) -> int:
        """Days or months between two dates."""
        return self.every * {Unit.DAYS: 1, Unit.WEEKS: WEEK, Unit.MONTHS: 1, Unit.YEARS: 12}[self.unit]

    @property
    def _first_month(self) -> int:
        """The month of the first date: the one after the anchor's where the weekday asked for is past by then."""
        index = _month_index(self.anchor)
        return index + 1 if self._by_month_day and self._in_month(index) < self.anchor else index

    def _in_month(self, index: int) -> dt.date:
        year, month = index // 12, index % 12 + 1
        length = calendar.monthrange(year, month)[1]
        if self.month_day == MonthDay.LAST:
            return dt.date(year, month, length)
        if self.nth is None or self.weekday is None:
            raise ValueError("A schedule by weekday needs to know which one.")
        first = dt.date(year, month, 1).weekday()
        day = 1 + (self.weekday - first) % WEEK + (self.nth - 1) * WEEK
        return dt.date(year, month, day if day <= length else day - WEEK)

    # ── in words ──────────────────────────────────────────────────────────────────────────────────

    @property
    def words(self) -> str:
        """every month on the 31st, or the Friday before a weekend, until 31 December 2027."""
        return ", ".join(part for part in (self._rule_in_words, self._weekend_in_words, self._end_in_words) if part)

    @property
    def _rule_in_words(self) -> str:
        each = f"every {self.unit.removesuffix('s')}" if self.every == 1 else f"every {self.every} {self.unit}"
        if self.unit == Unit.DAYS:
            return each
        if self.unit == Unit.WEEKS:
            return f"{each} on {calendar.day_name[self.anchor.weekday()]}"
        if self.unit == Unit.YEARS:
            return f"{each} on {self.anchor.day} {calendar.month_name[self.anchor.month]}"
        if not self._by_month_day:
            return f"{each} on the {_ordinal(self.anchor.day)}"
        months = "every month" if self.every == 1 else f"every {_ordinal(self.every)} month"
        return f"the {self._day_of_month_in_words} of {months}"

    @property
    def _day_of_month_in_words(self) -> str:
        if self.nth is None or self.weekday is None or self.month_day == MonthDay.LAST:
            return "last day"
        return f"{Nth(self.nth).label} {calendar.day_name[self.weekday]}"

    @property
    def _weekend_in_words(self) -> str:
        weekday = self._only_weekday
        if self.weekend == Weekend.KEEP or (weekday is not None and weekday <= FRIDAY):
            return ""
        moved = "the Friday before" if self.weekend == Weekend.BEFORE else "the Monday after"
        return f"or {moved} a weekend" if weekday is None else f"moved to {moved}"

    @property
    def _end_in_words(self) -> str:
        if self.ends_on is not None:
            return f"until {in_words(self.ends_on)}"
        if self.times is not None:
            return "only once" if self.times == 1 else f"{self.times:,} times"
        return ""

    @property
    def _only_weekday(self) -> int | None:
        """The weekday of each nominal day, where it is always the same."""
        if self._by_days:
            return None if self._step % WEEK else self.anchor.weekday()
        return self.weekday if self._by_month_day and self.month_day == MonthDay.WEEKDAY else None

    # ── what cannot be ────────────────────────────────────────────────────────────────────────────

    def problems(self, *, today: dt.date, settled_until: dt.date | None = None) -> list[Problem]:
        """What speaks against the schedule, in sentences for its form; none where it may be kept.

        Dates after `settled_until` and due by today would be caught up with: all past ones for None.
        """
        return (
            list(self._out_of_range())
            or list(self._contradictions())
            or list(self._unfit(today=today, settled_until=settled_until))
        )

    def _out_of_range(self) -> Iterator[Problem]:
        if not 1 <= self.every <= LONGEST_EVERY:
            yield Problem("every", f"Write a whole number from 1 to {LONGEST_EVERY}.")
        if not FIRST_DAY <= self.anchor <= LAST_DAY:
            yield Problem("anchor", f"Write a date between {FIRST_YEAR} and {LAST_YEAR}.")
        if self.ends_on is not None and not FIRST_DAY <= self.ends_on <= LAST_DAY:
            yield Problem("ends_on", f"Write a date between {FIRST_YEAR} and {LAST_YEAR}.")
        if self.times is not None and not 1 <= self.times <= MOST_TIMES:
            yield Problem("times", f"Write a whole number from 1 to {MOST_TIMES:,}.")
        if self.unit == Unit.MONTHS and self.month_day == MonthDay.WEEKDAY:
            if self.nth not in Nth.values:
                yield Problem("nth", "Choose which one of the month: the first to the fourth, or the last.")
            if self.weekday not in range(WEEK):
                yield Problem("weekday", "Choose a day of the week.")

    def _contradictions(self) -> Iterator[Problem]:
        if self.ends_on is not None and self.ends_on < self.anchor:
            yield Problem("ends_on", f"This is before the start on {in_words(self.anchor)}.")
        if self.ends_on is not None and self.times is not None:
            yield Problem("times", "Choose one end: a date, or a number of times.")

    def _unfit(self, *, today: dt.date, settled_until: dt.date | None) -> Iterator[Problem]:
        last = self.last
        if last is None:
            first_on = self._nominal(0)
            if first_on > LAST_DAY:
                yield Problem("anchor", f"The first date would be after {LAST_YEAR}.")
            else:
                yield Problem("ends_on", f"The first date would be {in_words(first_on)}, after this end.")
        elif last.due_on < today or (settled_until is not None and last.nominal_on <= settled_until):
            field = "ends_on" if self.ends_on else "times" if self.times else "every"
            yield Problem(field, f"No date is left: the last one is {in_words(last.due_on)}.")
        missed = self.missed(today, settled_until=settled_until)
        if missed > MOST_MISSED:
            yield Problem(
                "anchor",
                f"Choose a later start: {missed:,} dates have passed since this one, and at most {MOST_MISSED:,} "
                "can be caught up with.",
            )


def _month_index(day: dt.date) -> int:
    """Months since the year 0."""
    return day.year * 12 + day.month - 1


def _ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 11th, 22nd."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def in_words(day: dt.date) -> str:
    """31 December 2027."""
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"
