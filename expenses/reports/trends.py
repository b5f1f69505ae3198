"""The report "Trends": months side by side, stacked by category, and the same months a year before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from expenses.ledger import spending
from expenses.reports.charts.columns import SERIES, Column, Columns, Figure, Series
from expenses.reports.charts.labels import MONTHS, YEARS
from expenses.reports.grid import Cell, Grid, Line
from expenses.reports.saying import figure, shown
from expenses.reports.slots import Size, Slot, slots
from expenses.reports.telling import told
from expenses.reports.words import Sentence
from expenses.shared import files
from expenses.shared.months import FIRST_YEAR

if TYPE_CHECKING:
    from expenses.ledger.filters import ExpenseFilter
    from expenses.reports.forms import ReportForm

CHART = "trends"  # begins the ids of the picture's parts


@dataclass(frozen=True)
class Trends:
    grid: Grid
    before: tuple[Cell, ...]  # what each slot cost a year before; empty where there is nothing to compare with
    chart: Columns | None  # None where nothing was spent
    words: list[Sentence]

    @classmethod
    def of(cls, form: "ReportForm") -> Self:
        """Three queries; two for all time and where years stand side by side, since the year before is among them."""
        chosen = form.chosen
        sums = chosen.by("month", "category")
        cut = slots(chosen.period, {month for month, _ in sums}, on=form.running)
        grid = Grid.of(sums, cut, chosen, form.categories, most=SERIES)
        before = _before(chosen, cut)
        words = told(chosen, sums, form.categories, running=form.running, on=form.on)
        return cls(grid, before, _drawn(grid, before) if grid.lines else None, words)

    @property
    def size(self) -> Size:
        return self.grid.slots[0].size if self.grid.slots else Size.MONTH

    @property
    def _at(self) -> int | None:
        """The slot whose figures the legend has: the running one, once there is something in it."""
        at = self.grid.running
        return None if at is None or self.grid.cells[at].is_empty else at

    @property
    def legend(self) -> list[tuple[str, Line, Cell]]:
        """As the columns are stacked, the highest first: the id of its filling, the line, what it cost in the slot
        that runs; in all of them, where none does."""
        at = self._at
        lines = enumerate(self.grid.lines)
        return [(f"{CHART}-{n}", line, line.total if at is None else line.cells[at]) for n, line in lines][::-1]

    @property
    def legend_total(self) -> Cell:
        at = self._at
        return self.grid.total if at is None else self.grid.cells[at]

    @property
    def legend_head(self) -> str:
        at = self._at
        return "All of it" if at is None else f"{self.grid.slots[at].long_name} so far"

    @property
    def said(self) -> str:
        """What stands below the picture."""
        return "The short lines: the same months a year before." if self.before else ""

    @property
    def left_out(self) -> str:
        """What the average leaves out, as the end of a sentence."""
        at = self.grid.running
        return "" if at is None else f"leaves out {self.grid.slots[at].long_name}, which is still running"

    def columns(self) -> list[files.Column]:
        return self.grid.columns()

    def rows(self) -> Iterator[Sequence[Any]]:
        yield from self.grid.rows()
        if self.before:
            yield ["A year before", *(None if cell.is_empty else cell.amount for cell in self.before), None, None]


def _before(chosen: "ExpenseFilter", cut: Sequence[Slot]) -> tuple[Cell, ...]:
    days = chosen.period
    if not cut or cut[0].size is not Size.MONTH or not (days.first and days.last) or cut[0].first.year <= FIRST_YEAR:
        return ()
    lists = [slot.narrow_a_year_before(chosen) for slot in cut]
    all_of_them = chosen.but(month=None, first=lists[0].period.first, last=lists[-1].period.last)
    found = all_of_them.by("month")
    if not found:
        return ()
    return tuple(
        Cell(found.get((slot.first.plus(-12),), spending.NOTHING), one.query)
        for slot, one in zip(cut, lists, strict=True)
    )


def _drawn(grid: Grid, before: Sequence[Cell]) -> Columns:
    decimals, first, last = grid.decimals, grid.slots[0], grid.slots[-1]
    columns = []
    for at, slot in enumerate(grid.slots):
        parts: list[Figure | None] = [
            None if line.cells[at].is_empty else figure(f"{line.name}, {slot.title}", line.cells[at], decimals)
            for line in grid.lines
        ]
        past = before[at] if before else None
        mark = figure(f"{slot.title_before}, a year before", past, decimals) if past and not past.is_empty else None
        columns.append(
            Column(slot.word, figure(slot.title, grid.cells[at], decimals), tuple(parts), mark, slot.is_not_over)
        )
    period = first.name if first == last else f"{first.name} to {last.name}"
    average = None if grid.average is None else (grid.average, f"average {shown(grid.average, decimals)}")
    return Columns.of(
        columns,
        [Series(line.name, line.color) for line in grid.lines],
        decimals=decimals,
        title=f"Spending by {first.size.word} and category, {period}",
        description=_described(grid, before),
        mean=average,
        steps=MONTHS if first.size is Size.MONTH else YEARS,
        id=CHART,
    )


def _described(grid: Grid, before: Sequence[Cell]) -> str:
    count, word = len(grid.slots), grid.slots[0].size.word
    parts = [f"A stacked column for each of {count} {word}s" if count > 1 else "One stacked column"]
    if grid.average is not None:
        past = len(grid.averaged)
        over = f"{past} full {word}s" if past > 1 else f"one full {word}"
        parts.append(f"a line at the average of {over}, {shown(grid.average, grid.decimals)}")
    if before:
        parts.append("short lines at what the same months cost a year before")
    return f"{'; '.join(parts)}. The figures are in the table below."
