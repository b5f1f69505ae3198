"""Which pages are asked, and what each may cost (design goals: docs/performance.md)."""

import datetime as dt
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.urls import reverse

from expenses.shared.months import Month
from tests.bench import fill

WHOLE_MONTHS, SEARCHES, ANY_DAYS = 1.2, 3.0, 3.0


@dataclass(frozen=True)
class Page:
    """A page and its goals."""

    name: str
    route: str
    growth: float  # the large household's time may be so many times the small one's
    args: tuple[object, ...] = ()
    query: dict[str, object] = field(default_factory=dict)
    queries: int = 8
    bares: float | None = None  # and at most so many times the bare page's

    @property
    def path(self) -> str:
        return reverse(self.route, args=self.args) + (f"?{urlencode(self.query)}" if self.query else "")


def pages(*, today: dt.date) -> list[Page]:
    month = Month.of(today).previous  # the last whole one
    a_month = {"from": month.start, "to": month.last_day}
    five_years = {"from": dt.date(today.year - 5, 1, 1), "to": dt.date(today.year - 1, 12, 31)}
    any_days = {"from": month.plus(-22).start + dt.timedelta(days=9), "to": month.start + dt.timedelta(days=18)}
    searches = {
        "a common word": fill.COMMON,
        "a rare word": fill.RARE,
        "an absent word": fill.ABSENT,
        "two letters": fill.TWO_LETTERS,
        "a word in notes": fill.IN_NOTES,
    }
    found = [
        Page("Month", "months:show", WHOLE_MONTHS, args=(month,), queries=10, bares=4.0),
        Page("Month, running", "months:show", WHOLE_MONTHS, args=(month.next,), queries=10, bares=4.0),
        Page("Expenses", "expenses:index", WHOLE_MONTHS),
    ]
    for name, text in searches.items():
        found.append(Page(f"Search: {name}", "expenses:index", SEARCHES, query={"q": text}))
    for name, route in (("Categories", "reports:categories"), ("Largest", "reports:largest")):
        found.append(Page(f"{name}: a month", route, WHOLE_MONTHS, query=a_month))
        found.append(Page(f"{name}: five years", route, WHOLE_MONTHS, query=five_years))
        found.append(Page(f"{name}: any days", route, ANY_DAYS, query=any_days))
    for name, query in (("12 months", {}), ("all time", {"period": "all"})):
        found.append(Page(f"Trends: {name}", "reports:trends", WHOLE_MONTHS, query=query))
    found.append(Page("Year", "reports:year", WHOLE_MONTHS, query={"year": month.year}))
    for name, query in (("12 months", {}), ("all time", {"period": "all"})):
        found.append(Page(f"Budget: {name}", "reports:budget", WHOLE_MONTHS, query=query))
        found.append(Page(f"Members: {name}", "reports:members", WHOLE_MONTHS, query=query))
    found.append(Page("Calendar", "reports:calendar", WHOLE_MONTHS, query={"month": month}))
    found.append(Page("Review", "reports:review", WHOLE_MONTHS, args=(month,)))
    return found


def bare_path(household: int, *, today: dt.date) -> str:
    month = Month.of(today).previous
    return f"/bare/{household}/{month.start}/{month.last_day}/"
