"""The budget month: a value that knows its days and its neighbours, a URL converter and a database field."""

import calendar
import datetime as dt
import functools
import re
from dataclasses import dataclass, field
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models

FIRST_YEAR, LAST_YEAR = 1900, 2200
LAST_START_DAY = 28  # every calendar month has this day
# Days of those years may lie in the month before or after them, by the start day.
FIRST_MONTH, LAST_MONTH = (FIRST_YEAR - 1, 12), (LAST_YEAR + 1, 1)
NO_MONTH = "Write a month like 2026-11."


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """November 2026, counted from the household's start day.

    A month is named for where most of its days are: with a start day up to the 15th it starts in its own calendar
    month, from the 16th in the one before (start day 25: December is 25 Nov–24 Dec). Two months are equal and
    ordered by name alone; the start day only says which days they hold.
    """

    year: int
    month: int
    starts_on: int = field(default=1, compare=False)

    def __post_init__(self) -> None:
        if not (FIRST_MONTH <= (self.year, self.month) <= LAST_MONTH and 1 <= self.month <= 12):
            raise ValueError(f"{self.year}-{self.month} is not a month between {FIRST_YEAR} and {LAST_YEAR}.")
        if not 1 <= self.starts_on <= LAST_START_DAY:
            raise ValueError(f"A month starts on day 1 to {LAST_START_DAY}, not {self.starts_on}.")

    @classmethod
    def of(cls, day: dt.date, starts_on: int = 1) -> Self:
        """The month that holds this day."""
        offset = 0 if starts_on <= 15 else 1
        if day.day < starts_on:
            offset -= 1
        return cls._at(day.year * 12 + day.month - 1 + offset, starts_on)

    @classmethod
    def parse(cls, text: str, starts_on: int = 1) -> Self:
        """Read `2026-11`. Raises `ValueError` for anything else, and outside 1900–2200."""
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}", text):
            raise ValueError(f"{text!r} is not a month like 2026-11.")
        if not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
            raise ValueError(f"{text!r} is not a month between {FIRST_YEAR} and {LAST_YEAR}.")
        return cls(int(text[:4]), int(text[5:]), starts_on)

    @classmethod
    @functools.lru_cache(maxsize=4096)  # a page of ten years reads each month many times
    def from_number(cls, number: int, starts_on: int = 1) -> Self:
        """Read the stored form, 202611."""
        return cls(number // 100, number % 100, starts_on)

    @classmethod
    def _at(cls, index: int, starts_on: int) -> Self:
        return cls(index // 12, index % 12 + 1, starts_on)

    @property
    def _index(self) -> int:
        return self.year * 12 + self.month - 1

    @property
    def number(self) -> int:
        """202611: how it is stored, so that it sorts and reads well."""
        return self.year * 100 + self.month

    def plus(self, months: int) -> Self:
        """So many months later, or earlier. Raises `ValueError` beyond 1900–2200."""
        return self._at(self._index + months, self.starts_on)

    def minus(self, other: "Month") -> int:
        """How many months this one is after the other."""
        return self._index - other._index

    def starting_on(self, day: int) -> Self:
        """The month of the same name with another start day."""
        return self if day == self.starts_on else type(self)(self.year, self.month, day)

    @property
    def next(self) -> Self:
        return self.plus(1)

    @property
    def previous(self) -> Self:
        return self.plus(-1)

    @property
    def start(self) -> dt.date:
        """Its first day."""
        index = self._index if self.starts_on <= 15 else self._index - 1
        return dt.date(index // 12, index % 12 + 1, self.starts_on)

    @property
    def end(self) -> dt.date:
        """The day after its last day."""
        index = self._index if self.starts_on > 15 else self._index + 1
        return dt.date(index // 12, index % 12 + 1, self.starts_on)

    @property
    def last_day(self) -> dt.date:
        return self.end - dt.timedelta(days=1)

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def contains(self, day: dt.date) -> bool:
        return self.start <= day < self.end

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def name(self) -> str:
        """November 2026."""
        return f"{calendar.month_name[self.month]} {self.year}"

    @property
    def short_name(self) -> str:
        """November."""
        return calendar.month_name[self.month]

    @property
    def span(self) -> str:
        """1–30 November, or 25 November–24 December."""
        first, last = self.start, self.last_day
        if first.month == last.month:
            return f"{first.day}–{last.day} {calendar.month_name[first.month]}"
        return f"{first.day} {calendar.month_name[first.month]}–{last.day} {calendar.month_name[last.month]}"


class MonthConverter:
    """`/months/<month:month>/`; what is no month between 1900 and 2200 is a 404."""

    regex = r"[0-9]{4}-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> Month:
        return Month.parse(value)

    def to_url(self, value: Month | str) -> str:
        return str(value)


class MonthField(models.IntegerField):
    """A `Month` by name, stored as 202611. Its start day is the household's: `household.month(value)`."""

    _pyi_private_set_type: Any  # these three tell mypy's Django plugin what goes in and what comes out
    _pyi_private_get_type: Month  # type: ignore[assignment]  # IntegerField says int
    _pyi_lookup_exact_type: Any

    description = "Budget month"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Month | None:
        return None if value is None else Month.from_number(value)

    def to_python(self, value: Any) -> Month | None:
        if value is None or isinstance(value, Month):
            return value
        try:
            return Month.from_number(value) if isinstance(value, int) else Month.parse(str(value).strip())
        except ValueError as error:
            raise ValidationError(NO_MONTH, code="invalid") from error

    def get_prep_value(self, value: Any) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        value = self.to_python(value)
        return value.number if value else None

    @property
    def validators(self) -> Any:  # those of IntegerField compare with numbers
        return self._validators  # type: ignore[attr-defined]  # the stubs leave it out

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj) or "")

    def formfield(self, **kwargs: Any) -> Any:
        from django import forms

        kwargs.pop("min_value", None)
        return models.Field.formfield(self, **{"form_class": forms.CharField, **kwargs})


class _DatePart(models.Func):
    """Year, month or day of a date column, as a number."""

    output_field = models.IntegerField()
    template = "CAST(EXTRACT(%(part)s FROM %(expressions)s) AS INTEGER)"
    arity = 1

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # Its dates are texts, and the text's own functions are ten times faster than Django's, which is in Python.
        begins, length = {"YEAR": (1, 4), "MONTH": (6, 2), "DAY": (9, 2)}[self.extra["part"]]
        template = f"CAST(substr(%(expressions)s, {begins}, {length}) AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **context)


def number_of(column: str, starts_on: int) -> models.expressions.Combinable:
    """The number (202611) of the month that holds a date column's day, in a query: as `Month.of`."""
    day = models.Case(
        models.When(models.lookups.LessThan(_DatePart(column, part="DAY"), starts_on), then=1),
        default=0,
        output_field=models.IntegerField(),
    )
    offset = -1 if starts_on <= 15 else 0  # January is 0
    index = _DatePart(column, part="YEAR") * 12 + _DatePart(column, part="MONTH") + offset - day
    return index / 12 * 100 + index % 12 + 1
