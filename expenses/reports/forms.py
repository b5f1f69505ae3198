"""One form for all reports: the list's own filter, and stretches of days to choose with one click."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError

from expenses.ledger.filters import ExpenseFilter
from expenses.ledger.forms import FilterForm
from expenses.reports.slots import Slot, within
from expenses.shared.forms import MonthFormField
from expenses.shared.months import FIRST_YEAR, LAST_YEAR, Month
from expenses.shared.periods import Period

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.people.models import Household


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days that are offered above a report, and the query string of the report over them."""

    key: str
    word: str
    period: Period
    query: str = ""


def stretches(month: Month) -> list[Stretch]:
    """What is offered, seen from the running month."""
    last_year = max(month.year - 1, FIRST_YEAR)
    return [
        Stretch("month", month.short_name, Period.of(month)),
        Stretch("last", month.previous.short_name, Period.of(month.previous)),
        Stretch("quarter", "3 months", Period.of(month.plus(-2), month)),
        Stretch("twelve", "12 months", Period.of(month.plus(-11), month)),
        Stretch("twenty-four", "24 months", Period.of(month.plus(-23), month)),
        Stretch("thirty-six", "36 months", Period.of(month.plus(-35), month)),
        Stretch("year", str(month.year), year_of(month.year, month.starts_on)),
        Stretch("last-year", str(last_year), year_of(last_year, month.starts_on)),
        Stretch("all", "All time", Period()),
    ]


def year_of(year: int, starts_on: int) -> Period:
    """The household's twelve months of a year, as far as an expense may be dated."""
    return within(Period.of(Month(year, 1, starts_on), Month(year, 12, starts_on)))


def joined(*queries: str) -> str:
    return "&".join(filter(None, queries))


class ReportForm(FilterForm):
    """The filter of the expense list and, hidden, what else makes the report: `?period=` names a stretch of days.
    Days that are written out (`month`, `from`, `to`) go before it; without any it is `starts_with`.

    A report that asks for more has a form of its own below this one, with hidden fields; a query string keeps them.
    """

    starts_with: ClassVar[str] = "month"
    offered: ClassVar[tuple[str, ...]] = ("month", "last", "quarter", "twelve", "year", "last-year", "all")
    is_undated: ClassVar[bool] = False  # its days are not chosen one by one
    is_for_limits: ClassVar[bool] = False  # only months and categories narrow it
    stretches_are: ClassVar[str] = "Days"

    period = forms.CharField(label="Period", required=False, max_length=20, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, household: "Household", on: dt.date) -> None:
        super().__init__(data, household=household)
        self.on = on
        self.running = household.month_of(on)
        self.stretches = {stretch.key: stretch for stretch in stretches(self.running)}

    def clean_period(self) -> str:
        key = self.cleaned_data["period"]
        if key and key not in self.stretches:
            raise ValidationError("There is no such period.")
        return key

    @property
    def asked(self) -> ExpenseFilter:
        """What is written out: without the days of a stretch, which stand above the report."""
        return super().chosen

    @property
    def chosen(self) -> ExpenseFilter:
        """What the report is about."""
        asked = self.asked
        if asked.month or asked.first or asked.last:
            return asked
        stretch = self.stretches[self.cleaned_data.get("period") or self.starts_with]
        return asked.but(first=stretch.period.first, last=stretch.period.last)

    @property
    def segments(self) -> list[Stretch]:
        """The stretches with their query strings: other filters are kept."""
        others = self._undated.query
        return [replace(self.stretches[key], query=joined(others, self.kept(period=key))) for key in self.offered]

    @property
    def current(self) -> str:
        """The key of the one stretch that is shown, or nothing: in December the last twelve months are the year's."""
        shown = [stretch.key for stretch in self.segments if stretch.period == self.chosen.period]
        asked = self.cleaned_data.get("period") or self.starts_with
        return asked if asked in shown else next(iter(shown), "")

    @property
    def _undated(self) -> ExpenseFilter:
        return self.asked.but(month=None, first=None, last=None)

    def kept(self, **changes: str) -> str:
        """The query string of the hidden fields, with these changed."""
        hidden = {field.html_name: self.data.get(field.html_name, "") for field in self.hidden_fields()}
        return urlencode([(name, value) for name, value in (hidden | changes).items() if value])

    @property
    def rest(self) -> str:
        """What the links of the filter keep: a chip taken away leaves a period in the address, never nothing."""
        return self.kept(period=self.cleaned_data.get("period") or self.starts_with)

    def same(self, **changes: Any) -> str:
        """The query string of this page with only these changed."""
        data = self.data.copy()
        for name, value in changes.items():
            data[name] = value
        return data.urlencode()

    def carried(self, to: "type[ReportForm]") -> str:
        """The query string with which another report is about the same expenses."""
        query = to.taking(self._handed_on).query
        if to.is_undated or self.is_undated:
            return query
        period = self.cleaned_data.get("period")
        return joined(query, urlencode({"period": period}) if period else "")

    @classmethod
    def taking(cls, asked: ExpenseFilter) -> ExpenseFilter:
        """As much of what another report is about as this one can be about."""
        return asked

    @property
    def _handed_on(self) -> ExpenseFilter:
        return self.asked


class TrendsForm(ReportForm):
    starts_with = "twelve"
    offered = ("twelve", "twenty-four", "thirty-six", "year", "last-year", "all")


class MembersForm(ReportForm):
    starts_with = "twelve"

    @property
    def for_all(self) -> str:
        """The query string of the page for all members."""
        return joined(self.asked.but(members=()).query, self.kept())


class LargestForm(ReportForm):
    """`?count=`: how many are shown."""

    COUNTS = (10, 50)

    count = forms.CharField(label="How many", required=False, max_length=20, widget=forms.HiddenInput)

    def clean_count(self) -> str:
        text = self.cleaned_data["count"]
        if text and text not in map(str, self.COUNTS):
            raise ValidationError(f"Choose {' or '.join(map(str, self.COUNTS))}.")
        return text

    @property
    def counted(self) -> int:
        return int(self.cleaned_data.get("count") or self.COUNTS[0])

    @property
    def counts(self) -> list[tuple[int, str]]:
        return [(count, self.same(count=count)) for count in self.COUNTS]


class YearForm(ReportForm):
    """`?year=`, by the household's own months."""

    is_undated = True
    stretches_are = "Years"

    year = forms.CharField(label="Year", required=False, max_length=20, widget=forms.HiddenInput)

    def clean_year(self) -> str:
        text = self.cleaned_data["year"]
        if text and not (text.isascii() and text.isdigit() and FIRST_YEAR <= int(text) <= LAST_YEAR):
            raise ValidationError(f"Write a year between {FIRST_YEAR} and {LAST_YEAR}.")
        return text

    def clean(self) -> dict[str, Any]:
        super().clean()
        for name in ("month", "first", "last"):
            if self.cleaned_data.get(name) and name not in self.errors:
                self.add_error(name, "A year has all its days.")
        return self.cleaned_data

    @property
    def year_shown(self) -> int:
        return int(self.cleaned_data.get("year") or min(max(self.running.year, FIRST_YEAR), LAST_YEAR))

    @property
    def chosen(self) -> ExpenseFilter:
        asked = self.asked
        days = year_of(self.year_shown, self.household.month_starts_on)
        return asked.but(first=days.first, last=days.last)

    @classmethod
    def taking(cls, asked: ExpenseFilter) -> ExpenseFilter:
        return asked.but(month=None, first=None, last=None)

    @property
    def segments(self) -> list[Stretch]:
        """The years around this one, and the running one."""
        others, shown = self._undated.query, self.year_shown
        return [
            Stretch(str(year), str(year), self._days(year), joined(others, self.kept(year=str(year))))
            for year in sorted({*self._near(shown), self.running.year})
        ]

    def _near(self, shown: int) -> Iterable[int]:
        last = max(shown, self.running.year)
        return (year for year in range(shown - 3, shown + 2) if FIRST_YEAR <= year <= min(last, LAST_YEAR))

    def _days(self, year: int) -> Period:
        return year_of(year, self.household.month_starts_on)


class CalendarForm(ReportForm):
    """`?month=`, with all its days."""

    is_undated = True
    stretches_are = "Months"

    month = MonthFormField(label="Month", required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        super().clean()
        for name in ("first", "last"):
            if self.cleaned_data.get(name) and name not in self.errors:
                self.add_error(name, "A calendar has all days of its month.")
        return self.cleaned_data

    @property
    def asked(self) -> ExpenseFilter:
        return super().asked.but(month=None)

    @property
    def month_shown(self) -> Month:
        return self.cleaned_data.get("month") or self.running

    @property
    def chosen(self) -> ExpenseFilter:
        return self.asked.but(month=self.month_shown)

    @classmethod
    def taking(cls, asked: ExpenseFilter) -> ExpenseFilter:
        return asked.but(first=None, last=None)

    @property
    def _handed_on(self) -> ExpenseFilter:
        return self.asked.but(month=self.cleaned_data.get("month"))

    @property
    def rest(self) -> str:
        return self.kept()

    @property
    def segments(self) -> list[Stretch]:
        """The months around this one, and the running one."""
        shown = self.month_shown
        months = {self.running, *filter(None, (self.beside(number) for number in range(-3, 3)))}
        return [
            Stretch(str(month), _month_word(month, self.running), Period.of(month), self.at(month))
            for month in sorted(months)
            if month <= max(shown, self.running)
        ]

    def beside(self, number: int) -> Month | None:
        """So many months after the one shown; None beyond what the form takes."""
        shown = self.month_shown
        index = shown.year * 12 + shown.month - 1 + number
        return shown.plus(number) if FIRST_YEAR <= index // 12 <= LAST_YEAR else None

    def at(self, month: Month) -> str:
        """The query string of the calendar of a month."""
        return joined(self.asked.query, self.kept(month=str(month)))


def _month_word(month: Month, running: Month) -> str:
    return month.short_name if month.year == running.year else f"{month.short_name[:3]} {month.year}"


class BudgetForm(ReportForm):
    """Months as a whole, and categories: a limit knows nothing else."""

    starts_with = "twelve"
    offered = ("twelve", "twenty-four", "thirty-six", "year", "last-year", "all")
    is_for_limits = True

    UNKNOWN = ("q", "method", "member", "at_least", "at_most")

    def clean(self) -> dict[str, Any]:
        super().clean()
        for name in self.UNKNOWN:
            if self.cleaned_data.get(name) not in (None, "", []) and name not in self.errors:
                self.add_error(name, "Limits know only months and categories.")
        return self.cleaned_data

    @property
    def chosen(self) -> ExpenseFilter:
        found, starts_on = super().chosen, self.household.month_starts_on
        days = found.period
        whole = within(
            Period(
                Month.of(days.first, starts_on).start if days.first else None,
                Month.of(days.last, starts_on).last_day if days.last else None,
            )
        )
        # An open side stays open.
        return found.but(month=None, first=days.first and whole.first, last=days.last and whole.last)

    @property
    def is_reversed(self) -> bool:
        """A month and dates that have no day in common."""
        days = super().chosen.period
        return bool(days.first and days.last and days.last < days.first)

    @property
    def is_widened(self) -> bool:
        """The months have more days than were asked for."""
        return super().chosen.period != self.chosen.period and not self.is_reversed

    @classmethod
    def taking(cls, asked: ExpenseFilter) -> ExpenseFilter:
        return asked.but(q="", at_least=None, at_most=None, methods=(), or_no_method=False, members=())

    def of_category(self, category: "Category") -> str:
        """The query string of this report about one category."""
        return joined(self.asked.but(categories=(category,)).query, self.kept())

    def of_slot(self, slot: Slot) -> str:
        """The query string of this report over a slot alone."""
        days = self.asked.but(month=None, first=slot.period.first, last=slot.period.last)
        return joined(days.query, self.kept(period=""))

    @property
    def for_all(self) -> str:
        """The query string of this report about all categories."""
        return joined(self.asked.but(categories=()).query, self.kept())
