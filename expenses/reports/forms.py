"""One form for all reports: the list's own filter, and stretches of days to choose with one click."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from expenses.ledger.filters import ExpenseFilter
from expenses.ledger.forms import FilterForm
from expenses.shared.months import FIRST_YEAR, Month
from expenses.shared.periods import Period

if TYPE_CHECKING:
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
        Stretch("year", str(month.year), _year(month.year, month.starts_on)),
        Stretch("last-year", str(last_year), _year(last_year, month.starts_on)),
        Stretch("all", "All time", Period()),
    ]


def _year(year: int, starts_on: int) -> Period:
    return Period.of(Month(year, 1, starts_on), Month(year, 12, starts_on))


class ReportForm(FilterForm):
    """The filter of the expense list; `?period=` names a stretch, and nothing asked is the running month."""

    def __init__(self, data: Any, *, household: "Household", on: dt.date) -> None:
        super().__init__(data, household=household)
        self.stretches = {stretch.key: stretch for stretch in stretches(household.month_of(on))}

    @property
    def chosen(self) -> ExpenseFilter:
        chosen = super().chosen
        if chosen.month or chosen.first or chosen.last:
            return chosen
        stretch = self.stretches.get(self.data.get("period", ""), self.stretches["month"])
        return chosen.but(first=stretch.period.first, last=stretch.period.last)

    @property
    def segments(self) -> list[Stretch]:
        """The stretches with their query strings: other filters are kept."""
        others = self.chosen.but(month=None, first=None, last=None).query
        return [
            Stretch(one.key, one.word, one.period, "&".join(filter(None, [others, urlencode({"period": one.key})])))
            for one in self.stretches.values()
        ]

    def same(self, **changes: Any) -> str:
        """The query string of this page with only these changed."""
        data = self.data.copy()
        for name, value in changes.items():
            data[name] = value
        return data.urlencode()
