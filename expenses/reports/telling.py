"""Asks for what the sentences above a report need beside its own figures: one query."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max, Min, Sum, Value

from expenses.ledger.models import Spent
from expenses.reports.grid import Sums
from expenses.reports.words import Day, Seen, Sentence, of_year, sentences
from expenses.shared.money import ZERO
from expenses.shared.months import FIRST_YEAR, Month

if TYPE_CHECKING:
    from collections.abc import Sequence

    from expenses.categories.models import Category
    from expenses.ledger.filters import ExpenseFilter
    from expenses.ledger.models import ExpenseQuerySet

Row = tuple[str, int, dt.date, Decimal, int, str]  # of what it is a part, category, day, amount, number, description


def told(
    chosen: "ExpenseFilter", sums: Sums, categories: "Sequence[Category]", *, running: Month, on: dt.date
) -> list[Sentence]:
    """What the last month of a report has to say; `sums` are the report's, by month and category. At most one query,
    none where nothing is known to compare it with."""
    seen = _seen(chosen, sums, categories, running=running, on=on)
    if seen is None or not seen.known:
        return []
    days: dict[int, list[Day]] = defaultdict(list)
    ahead, earlier = ZERO, ZERO
    for part, category, day, amount, count, description in _asked(seen):
        if part == "day":
            days[category].append(Day(day, amount, count, description))
        elif part == "ahead":
            ahead += amount
        else:
            earlier += amount
    so_far = seen.total(seen.month).amount - ahead if seen.is_running else None
    return sentences(seen, days=days, so_far=so_far, earlier=earlier if _first_days(seen) else None)


def told_of_month(
    chosen: "ExpenseFilter", sums: Sums, categories: "Sequence[Category]", *, running: Month, on: dt.date
) -> list[Sentence]:
    """What a report over one month has to say, of which `sums` are those of the twelve months up to it. At most one
    query; nothing over other days, nor where the report is narrowed and asks for more itself."""
    whole = None if chosen.period.edges(running.starts_on) else chosen.period.whole_months(running.starts_on)
    if whole is None or whole[0] != whole[1] or chosen.but(month=None, first=None, last=None).query:
        return []
    first = min((month for month, _ in sums), default=whole[0])
    year = chosen.but(month=None, first=min(first, whole[0]).start, last=whole[1].last_day)
    return told(year, sums, categories, running=running, on=on)


def days_of(seen: Seen) -> tuple[dict[dt.date, Spent], dict[int, list[Day]]]:
    """What each day of a closed month cost, and each day of the categories that are told of, by category id. One
    query; of all the others no row is read, only an index."""
    all_of_it: dict[dt.date, Spent] = {}
    days: dict[int, list[Day]] = defaultdict(list)
    rows = seen.chosen.but(month=seen.month).rows().order_by().values_list(Value("all"), Value(0), "spent_on")
    parts = rows.annotate(amount_of=Sum("amount"), number_of=Count("id"), said=Value(""))
    if told := seen.told:
        named = seen.chosen.but(month=seen.month, categories=tuple(told)).rows()
        parts = parts.union(_by_day(named, "day"), all=True).order_by()
    for part, category, day, amount, count, description in parts:
        if part == "all":
            all_of_it[day] = Spent(amount, count)
        else:
            days[category].append(Day(day, amount, count, description))
    return all_of_it, days


def told_of_year(
    chosen: "ExpenseFilter", sums: Sums, categories: "Sequence[Category]", *, running: Month, on: dt.date
) -> list[Sentence]:
    """What a year has to say; no query."""
    seen = _seen(chosen, sums, categories, running=running, on=on)
    return of_year(seen) if seen else []


def _seen(
    chosen: "ExpenseFilter", sums: Sums, categories: "Sequence[Category]", *, running: Month, on: dt.date
) -> Seen | None:
    whole = chosen.period.whole_months(running.starts_on)
    if whole is None or whole[1].year < FIRST_YEAR:
        return None
    return Seen.of(chosen, sums, categories, whole=whole, running=running, on=on)


def _first_days(seen: Seen) -> tuple[dt.date, dt.date] | None:
    """As many days of the month before as the running one has; None where it has fewer, or nothing runs."""
    if seen.until is None or not seen.known:
        return None
    before, gone = seen.month.previous, seen.until - seen.month.start
    return (before.start, before.start + gone) if gone.days < before.days else None


def _asked(seen: Seen) -> list[Row]:
    parts: list[Any] = []
    if told := seen.told:
        rows = seen.chosen.but(month=seen.month, first=None, last=None, categories=tuple(told)).rows()
        parts.append(_by_day(rows, "day"))
    if days := _first_days(seen):
        rows = seen.chosen.but(month=None, first=days[0], last=days[1]).rows()
        parts.append(_by_category(rows, "earlier"))
        # What is dated after today is no part of “so far”.
        rows = seen.chosen.but(
            month=None, first=(seen.until or days[1]) + dt.timedelta(days=1), last=seen.month.last_day
        ).rows()
        parts.append(_by_category(rows, "ahead"))
    if not parts:
        return []
    first, *others = parts
    return list(first.union(*others, all=True).order_by() if others else first)


def _by_day(rows: "ExpenseQuerySet", part: str) -> Any:
    found = rows.order_by().values_list(Value(part), "category_id", "spent_on")
    return found.annotate(amount_of=Sum("amount"), number_of=Count("id"), said=Max("description"))


def _by_category(rows: "ExpenseQuerySet", part: str) -> Any:
    found = rows.order_by().values_list(Value(part), "category_id")
    return found.annotate(day=Min("spent_on"), amount_of=Sum("amount"), number_of=Count("id"), said=Value(""))
