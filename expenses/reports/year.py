"""The report "Year": each category in each of the household's twelve months."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from expenses.reports.charts.heat import level
from expenses.reports.grid import Cell, Grid, Line
from expenses.reports.slots import slots
from expenses.reports.telling import told_of_year
from expenses.reports.words import Sentence
from expenses.shared import files

if TYPE_CHECKING:
    from expenses.reports.forms import YearForm


@dataclass(frozen=True)
class Year:
    year: int
    grid: Grid
    words: list[Sentence]

    @classmethod
    def of(cls, form: "YearForm") -> Self:
        """One query."""
        chosen = form.chosen
        sums = chosen.by("month", "category")
        cut = slots(chosen.period, {month for month, _ in sums}, on=form.running)
        words = told_of_year(chosen, sums, form.categories, running=form.running, on=form.on)
        return cls(form.year_shown, Grid.of(sums, cut, chosen, form.categories), words)

    @property
    def tinted(self) -> list[tuple[Line, list[tuple[Cell, int]]]]:
        """Each line with how far each of its cells is above the line's own average (heat.level): up to twice as much.
        Without an average there is no tint."""
        return [(line, [(cell, _tint(cell, line)) for cell in line.cells]) for line in self.grid.lines]

    def columns(self) -> list[files.Column]:
        return self.grid.columns()

    def rows(self) -> Iterator[Sequence[Any]]:
        return self.grid.rows()


def _tint(cell: Cell, line: Line) -> int:
    return 0 if line.average is None else level(cell.amount - line.average, line.average)
