"""Which reports there are, in the order of their tabs: a new one is a line here, a template of its name and a page in
tests/reports/pages.py."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from expenses.reports.budget import Budget
from expenses.reports.calendar import Calendar
from expenses.reports.categories import Categories
from expenses.reports.forms import BudgetForm, CalendarForm, LargestForm, MembersForm, ReportForm, TrendsForm, YearForm
from expenses.reports.largest import Largest
from expenses.reports.members import Members
from expenses.reports.trends import Trends
from expenses.reports.year import Year
from expenses.shared.files import Column
from expenses.shared.paths import path_of


class Reported(Protocol):
    """What every report has: its table, for a file."""

    def columns(self) -> Sequence[Column]: ...

    def rows(self) -> Iterator[Sequence[Any]]: ...


@dataclass(frozen=True, slots=True)
class Report:
    """`name` is its URL (`reports:trends`) and its template (`reports/trends.html`); `make` asks for its figures."""

    name: str
    word: str
    form: type[ReportForm]
    make: Callable[[Any], Reported]

    @property
    def url(self) -> str:
        return path_of(f"reports:{self.name}")


REPORTS = (
    Report("trends", "Trends", TrendsForm, Trends.of),
    Report("categories", "Categories", ReportForm, Categories.of),
    Report("largest", "Largest", LargestForm, Largest.of),
    Report("year", "Year", YearForm, Year.of),
    Report("budget", "Budget", BudgetForm, Budget.of),
    Report("members", "Members", MembersForm, Members.of),
    Report("calendar", "Calendar", CalendarForm, Calendar.of),
)
BY_NAME = {report.name: report for report in REPORTS}


class Tab(NamedTuple):
    word: str
    url: str
    current: bool


def tabs(at: Report, form: ReportForm) -> list[Tab]:
    """The menu of reports; each is about the same expenses."""
    found = [Tab(one.word, f"{one.url}?{form.carried(one.form)}".rstrip("?"), one is at) for one in REPORTS]
    return [*found, _review(current=False)]


def tabs_of_review() -> list[Tab]:
    """The menu on the review, which is about a month as a whole."""
    return [*(Tab(one.word, one.url, current=False) for one in REPORTS), _review(current=True)]


def _review(*, current: bool) -> Tab:
    return Tab("Review", path_of("reports:latest"), current)
