"""One form for all reports: the stretch of days and the filters, kept in the URL."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict

from expenses.shared.months import FIRST_YEAR, LAST_YEAR, Month
from expenses.shared.periods import Period

if TYPE_CHECKING:
    from expenses.people.models import Household

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the stretches offered above a report."""

    key: str
    word: str
    period: Period


def choices(month: Month) -> list[Choice]:
    """The stretches offered, seen from the running month."""
    january = Month(month.year, 1, month.starts_on)
    last_year = Month(max(month.year - 1, FIRST_YEAR), 1, month.starts_on)
    december = Month(last_year.year, 12, month.starts_on)
    return [
        Choice("month", month.short_name, Period.of(month)),
        Choice("last", month.previous.short_name, Period.of(month.previous)),
        Choice("quarter", "3 months", Period.of(month.plus(-2), month)),
        Choice("twelve", "12 months", Period.of(month.plus(-11), month)),
        Choice("year", str(month.year), Period.of(january, Month(month.year, 12, month.starts_on))),
        Choice("last-year", str(last_year.year), Period.of(last_year, december)),
        Choice("all", "All time", Period()),
    ]


@dataclass(frozen=True)
class Scope:
    """What a report counts: days, categories, members."""

    period: Period
    choice: str = ""
    categories: tuple[int, ...] = ()
    members: tuple[int, ...] = ()

    @property
    def list_query(self) -> str:
        """The query string of the expense list that shows exactly these rows."""
        return urlencode(self._pairs())

    def list_query_of(self, category: int) -> str:
        pairs = [pair for pair in self._pairs() if pair[0] != "category"]
        return urlencode([*pairs, ("category", category)])

    def _pairs(self) -> list[tuple[str, Any]]:
        pairs: list[tuple[str, Any]] = []
        if self.period.first:
            pairs.append(("from", self.period.first.isoformat()))
        if self.period.last:
            pairs.append(("to", self.period.last.isoformat()))
        pairs += [("category", pk) for pk in self.categories]
        return pairs + [("member", pk) for pk in self.members]


class ScopeForm(forms.Form):
    """Reads a scope from the URL. What is unreadable is named and left out, and the page stands."""

    first = forms.DateField(label="From", required=False, widget=DAY)
    last = forms.DateField(label="To", required=False, widget=DAY)
    category = forms.TypedMultipleChoiceField(
        label="Categories", required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    member = forms.TypedMultipleChoiceField(
        label="Written by", required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: QueryDict, *, household: "Household", on: dt.date) -> None:
        super().__init__(data)
        self.month = household.month_of(on)
        self.offered = choices(self.month)
        self.fields["category"].choices = [(c.pk, c.name) for c in household.categories.in_order()]
        self.fields["member"].choices = [
            (membership.user_id, str(membership.user))
            for membership in household.memberships.select_related("user").order_by("joined_at", "id")
        ]
        self.categories = dict(self.fields["category"].choices)
        self.members = dict(self.fields["member"].choices)

    def add_prefix(self, field_name: str) -> str:
        """`from` and `to` are the names in the URL; `from` is a word of Python's."""
        return {"first": "from", "last": "to"}.get(field_name, field_name)

    def clean_first(self) -> dt.date | None:
        return self._in_range("first")

    def clean_last(self) -> dt.date | None:
        return self._in_range("last")

    def _in_range(self, name: str) -> dt.date | None:
        day = self.cleaned_data[name]
        if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise forms.ValidationError(f"Write a date between {FIRST_YEAR} and {LAST_YEAR}.")
        return day

    def clean(self) -> dict[str, Any]:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and last < first:
            self.add_error("last", "The last day is before the first one.")
        return self.cleaned_data

    def scope(self) -> Scope:
        """What is asked for; the running month where nothing is, and where the days make no sense."""
        self.is_valid()
        choice = next((c for c in self.offered if c.key == self.data.get("period")), None)
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        named = self._named_month()
        if choice is None and named is not None:
            period, key = Period.of(named), ""
        elif choice is None and (first or last):
            period, key = Period(first, last), ""
        else:
            choice = choice or self.offered[0]
            period, key = choice.period, choice.key
        return Scope(
            period=period,
            choice=key,
            categories=tuple(self.cleaned_data.get("category") or ()),
            members=tuple(self.cleaned_data.get("member") or ()),
        )

    def _named_month(self) -> Month | None:
        if not (text := self.data.get("month")):
            return None
        try:
            return Month.parse(text, self.month.starts_on)
        except ValueError:
            self.add_error(None, f"“{text[:20]}” is not a month like {self.month}.")
            return None

    def other(self, **changes: Any) -> str:
        """The query string of this page with another stretch, other filters kept."""
        return self._query(changes, without=("period", "from", "to", "month"))

    def same(self, **changes: Any) -> str:
        """The query string of this page with only these changed."""
        return self._query(changes)

    def _query(self, changes: dict[str, Any], without: tuple[str, ...] = ()) -> str:
        data = self.data.copy()
        for name in without:
            data.pop(name, None)
        for name, value in changes.items():
            data[name] = value
        return data.urlencode()

    @property
    def segments(self) -> list[tuple[Choice, str]]:
        return [(choice, self.other(period=choice.key)) for choice in self.offered]
