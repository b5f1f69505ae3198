"""The report "Review": a closed month on a page, for the screen, for print and for mail."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from expenses.budgets import figures
from expenses.budgets.envelope import Envelope, standing
from expenses.ledger import spending
from expenses.ledger.filters import ExpenseFilter
from expenses.ledger.models import Expense, Received, Spent
from expenses.months.planned import Counted, Planned
from expenses.months.sums import previous
from expenses.reports.charts.columns import Column, Columns, Series
from expenses.reports.charts.labels import DAYS, Word
from expenses.reports.comparing import SPARK, Compared, months_to
from expenses.reports.grid import Cell
from expenses.reports.saying import figure
from expenses.reports.telling import days_of
from expenses.reports.words import Seen, Sentence, sentences
from expenses.shared import files
from expenses.shared.money import ZERO
from expenses.shared.months import Month

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.people.models import Household

LARGEST = 10  # expenses
CHANGES = 8  # categories


@dataclass(frozen=True, slots=True)
class Line:
    """A category in the month. `mean` is that of the three months before, `year_before` the same month of that year;
    None where there is nothing to compare with."""

    category: "Category"
    here: Cell
    envelope: Envelope | None  # None where it has neither a limit nor a move nor a carry
    mean: Decimal | None
    year_before: Cell | None

    @property
    def change(self) -> Decimal | None:
        return None if self.mean is None else self.here.amount - self.mean

    @property
    def change_of_year(self) -> Decimal | None:
        return None if self.year_before is None else self.here.amount - self.year_before.amount

    @property
    def size(self) -> Decimal:
        """How far it is from what it is compared with."""
        return abs(next((one for one in (self.change, self.change_of_year) if one is not None), ZERO))


@dataclass(frozen=True)
class Review:
    month: Month
    previous: Month | None
    next: Month | None  # None where that is not over
    lines: tuple[Line, ...]  # with something spent, a plan, or something to compare with; in the household's order
    planned: Planned | None  # None where no category has a limit, a move or a carry
    spent: Spent
    income: Received
    compared: Compared | None
    year_before: Cell | None
    words: list[Sentence]
    chart: Columns | None
    largest: list[Expense]
    decimals: int

    @classmethod
    def of(cls, household: "Household", month: Month, *, on: dt.date) -> Self:
        """Five queries: what was spent with the plan, categories, the days, the largest expenses, incomes."""
        since, chosen = household.month(household.budget_from), ExpenseFilter(household, month=month)
        year = months_to(month, SPARK + 1)
        read, totals = figures.read_with_totals(household, first=min(year[0], since), until=month)
        plan = read if month >= since else None
        stood = standing(plan, month) if plan else None
        envelopes = plan.planned(stood) if plan and stood else {}
        categories = list(household.categories.in_order())
        sums = {(one, pk): spent for one in year[-SPARK:] for pk, spent in totals.get(one, {}).items()}
        compared = Compared.of(chosen, sums)
        earlier = year[0] if len(year) > SPARK and totals.get(year[0]) else None
        against: dict[str, Any] = {"earlier": earlier, "envelopes": envelopes, "compared": compared}
        lines = _lines(categories, chosen, totals, month=month, **against)
        counted = [Counted(one.category.name, one.envelope, one.here.spent) for one in lines if one.envelope]
        spent = spending.add(totals.get(month, {}).values())
        largest = list(household.expenses.in_month(month).largest(LARGEST).with_names()) if spent.count else []
        seen = Seen(chosen, month, sums, categories, year=household.month_of(on).year)
        each_day, days = days_of(seen) if spent.count else ({}, {})
        after = month.next
        return cls(
            month=month,
            previous=previous(month),
            next=after if after < household.month_of(on) else None,
            lines=tuple(lines),
            planned=Planned.of(counted, beyond=spending.add(one.here.spent for one in lines if not one.envelope)),
            spent=spent,
            income=household.incomes.in_month(month).received(),
            compared=compared,
            year_before=_cell(chosen, earlier, spending.add(totals[earlier].values())) if earlier else None,
            words=sentences(seen, days=days, largest=[one.amount for one in largest]) if spent.count else [],
            chart=_drawn(chosen, month, each_day, household.decimals) if spent.count else None,
            largest=largest,
            decimals=household.decimals,
        )

    @property
    def is_empty(self) -> bool:
        return not self.spent.count and not self.income.count and self.planned is None

    @property
    def query(self) -> str:
        """Of the list of its expenses."""
        return f"month={self.month}"

    @property
    def within(self) -> list[Line]:
        """The categories with a limit, a move or a carry."""
        return [line for line in self.lines if line.envelope]

    @property
    def has_moves(self) -> bool:
        return any(line.envelope and line.envelope.moved for line in self.lines)

    @property
    def has_carries(self) -> bool:
        return any(line.envelope and line.envelope.carried for line in self.lines)

    @property
    def carried_on(self) -> Decimal:
        """What the next month began with."""
        return sum((line.envelope.stays for line in self.lines if line.envelope), ZERO)

    @property
    def changes(self) -> list[Line]:
        """What is farthest from what it is compared with, the farthest first, equal ones by name."""
        found = [line for line in self.lines if line.size]
        return sorted(found, key=lambda line: (-line.size, line.category.name))[:CHANGES]

    @property
    def change(self) -> Decimal | None:
        return self.spent.amount - self.compared.total if self.compared else None

    @property
    def change_of_year(self) -> Decimal | None:
        return self.spent.amount - self.year_before.amount if self.year_before else None

    def columns(self) -> list[files.Column]:
        names = (
            "limit", "moved", "carried", "spent", "left", "carried on", "mean before", "change",
            "a year before", "change since",
        )  # fmt: skip
        return [
            files.Column("category"), *(files.Column(name, files.Kind.AMOUNT, self.decimals) for name in names)
        ]  # fmt: skip

    def rows(self) -> Iterator[Sequence[Any]]:
        """A category a line, and what the columns come to."""
        found = [_row(line) for line in self.lines]
        yield from found
        sums = [
            sum((cell for cell in cells if cell is not None), ZERO)
            if any(cell is not None for cell in cells)
            else None
            for cells in list(zip(*found, strict=True))[1:]
        ]
        if found:
            yield ["All", *sums]


def _row(line: Line) -> list[Any]:
    plan: list[Decimal | None] = [None] * 5
    if one := line.envelope:
        plan = [one.limit, one.moved, one.carried, one.left, one.stays]
    year_before = line.year_before.amount if line.year_before else None
    compared = [line.mean, line.change, year_before, line.change_of_year]
    return [line.category.name, *plan[:3], line.here.amount, *plan[3:], *compared]


def _lines(
    categories: Sequence["Category"],
    chosen: ExpenseFilter,
    totals: figures.Totals,
    *,
    month: Month,
    earlier: Month | None,
    envelopes: Mapping[int, Envelope],
    compared: Compared | None,
) -> list[Line]:
    here = totals.get(month, {})
    there = totals.get(earlier, {}) if earlier else {}
    return [
        Line(
            one,
            _cell(chosen, month, here.get(one.pk, spending.NOTHING), one),
            envelopes.get(one.pk),
            compared.by.get(one.pk, ZERO) if compared else None,
            _cell(chosen, earlier, there.get(one.pk, spending.NOTHING), one) if earlier else None,
        )
        for one in categories
        if one.pk in here or one.pk in envelopes or one.pk in there or (compared and compared.by.get(one.pk))
    ]


def _cell(chosen: ExpenseFilter, month: Month | None, spent: Spent, *category: "Category") -> Cell:
    return Cell(spent, chosen.but(month=month, categories=category).query)


def _drawn(chosen: ExpenseFilter, month: Month, spent: Mapping[dt.date, Spent], decimals: int) -> Columns:
    """What each day cost."""
    columns = []
    for number in range(month.days):
        day = month.start + dt.timedelta(days=number)
        cell = Cell(spent.get(day, spending.NOTHING), chosen.but(month=None, first=day, last=day).query)
        whole = figure(f"{day:%A} {day.day} {day:%B}", cell, decimals)
        columns.append(Column(Word(str(day.day), day.day), whole, (None if cell.is_empty else whole,)))
    return Columns.of(
        columns,
        [Series("Spent")],
        decimals=decimals,
        title=f"Spending by day, {month.name}",
        description=f"A column for each of {month.days} days. Each leads to the expenses of its day.",
        steps=DAYS,
        id="days",
    )
