"""The report "Categories": what each cost in a stretch of days, most expensive first, and what it cost before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from expenses.ledger import spending
from expenses.ledger.listing import Found
from expenses.ledger.models import Spent
from expenses.reports.charts.sparks import Spark
from expenses.reports.comparing import SPARK, Compared, months_to
from expenses.reports.grid import Cell
from expenses.reports.saying import shown
from expenses.reports.telling import told_of_month
from expenses.reports.words import Sentence
from expenses.shared import files
from expenses.shared.money import ZERO, split
from expenses.shared.months import Month
from expenses.shared.paths import path_of

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.ledger.filters import ExpenseFilter
    from expenses.reports.forms import ReportForm


@dataclass(frozen=True, slots=True)
class Line:
    category: "Category"
    spent: Spent
    share: Decimal  # percent; the shares add up to 100.0
    query: str  # of the expense list that shows exactly its rows
    before: Cell | None  # None where nothing is compared; without a query where it is a mean
    spark: Spark | None
    trend: str  # what the spark shows, in words
    trends: str  # the address of Trends of it

    @property
    def change(self) -> Decimal | None:
        return self.spent.amount - self.before.amount if self.before else None


@dataclass(frozen=True, slots=True)
class Categories:
    lines: list[Line]
    spent: Spent
    gross: Decimal  # what bars are measured by
    compared: Compared | None
    before: Cell | None  # of all lines
    months: list[Month]  # of the sparks
    is_running: bool  # the last day is not over
    decimals: int
    words: list[Sentence]

    @classmethod
    def of(cls, form: "ReportForm") -> "Categories":
        """At most three queries. What cost nothing now and something before has a line too."""
        chosen, decimals = form.chosen, form.household.decimals
        found = Found.of(chosen, form.categories)
        months = months_to(_last_month(chosen, form.running), SPARK)
        if not found.shares:
            return cls([], found.spent, ZERO, None, None, months, is_running=False, decimals=decimals, words=[])
        sums = chosen.but(month=None, first=months[0].start, last=months[-1].last_day).by("month", "category")
        compared = Compared.of(chosen, sums)
        spent = {part.category.pk: part.spent for part in found.shares}
        ranked = [part.category for part in found.shares]
        if compared:
            gone = [one for one in form.categories if one.pk not in spent and compared.by.get(one.pk)]
            ranked += sorted(gone, key=lambda one: -compared.by[one.pk])
        percents = split(100, [spent.get(one.pk, spending.NOTHING).amount for one in ranked], unit=Decimal("0.1"))
        lines = []
        for category, percent in zip(ranked, percents, strict=True):
            amounts = [sums.get((month, category.pk), spending.NOTHING).amount for month in months]
            lines.append(
                Line(
                    category,
                    spent.get(category.pk, spending.NOTHING),
                    percent,
                    chosen.but(categories=(category,)).query,
                    _before(compared, compared.by.get(category.pk, ZERO), category) if compared else None,
                    Spark.of(amounts),
                    _trend(category, months, amounts, decimals),
                    _trends_of(chosen, category),
                )
            )
        before = _before(compared, compared.total) if compared else None
        days = chosen.period
        is_running = (days.last is None or days.last >= form.on) and (days.first is None or days.first <= form.on)
        return cls(
            lines,
            found.spent,
            found.gross,
            compared,
            before,
            months,
            is_running=is_running,
            decimals=decimals,
            words=told_of_month(chosen, sums, form.categories, running=form.running, on=form.on),
        )

    @property
    def change(self) -> Decimal | None:
        return self.spent.amount - self.before.amount if self.before else None

    def columns(self) -> list[files.Column]:
        share, count = (files.Column(name, files.Kind.NUMBER) for name in ("share, percent", "expenses"))
        before, change, spent = (
            files.Column(name, files.Kind.AMOUNT, self.decimals) for name in ("before", "change", "spent")
        )
        return [files.Column("category"), share, count, before, change, spent]

    def rows(self) -> Iterator[Sequence[Any]]:
        for line in self.lines:
            before = line.before.amount if line.before else None
            yield [line.category.name, line.share, line.spent.count, before, line.change, line.spent.amount]
        share, before = sum((line.share for line in self.lines), ZERO), self.before.amount if self.before else None
        yield ["All", share, self.spent.count, before, self.change, self.spent.amount]


def _last_month(chosen: "ExpenseFilter", running: Month) -> Month:
    """Of the period; the running one where it goes on beyond that."""
    days = chosen.period
    last = Month.of(days.last, running.starts_on) if days.last else running
    begun = days.first is None or Month.of(days.first, running.starts_on) <= running
    return min(last, running) if begun else last


def _before(compared: Compared, amount: Decimal, *category: "Category") -> Cell:
    query = compared.filter.but(categories=category or compared.filter.categories).query if compared.filter else ""
    return Cell(Spent(amount, int(bool(amount))), query)


def _trend(category: "Category", months: Sequence[Month], amounts: Sequence[Decimal], decimals: int) -> str:
    low, high = shown(min(amounts), decimals), shown(max(amounts), decimals)
    return f"{category}, {months[0].name} to {months[-1].name}: between {low} and {high} a month"


def _trends_of(chosen: "ExpenseFilter", category: "Category") -> str:
    kept = chosen.but(month=None, first=None, last=None, categories=(category,))
    return f"{path_of('reports:trends')}?{kept.query}&{urlencode({'period': 'twelve'})}"
