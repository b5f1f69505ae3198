"""What the columns of a table look like."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from expenses.imports.statements import amounts, headers, tables
from expenses.imports.statements.mapping import MOST_COLUMNS
from expenses.imports.statements.opening import SAMPLE, Table, is_amount, is_date, is_movement
from expenses.imports.statements.records import clean

LONGEST = 60  # of a text that is a day or an amount


@dataclass(slots=True)
class Column:
    """What the cells of one column look like."""

    at: int
    name: str = ""
    cells: list[str] = field(default_factory=list)  # those with text
    head: list[str] = field(default_factory=list)  # the first rows, empty ones too, so that columns can be compared
    rows: int = 0
    dates: int = 0
    amounts: int = 0
    negative: int = 0
    fractions: int = 0
    distinct: int = 0

    @property
    def filled(self) -> float:
        return len(self.cells) / self.rows if self.rows else 0

    @property
    def is_money(self) -> bool:
        return bool(self.cells) and self.amounts >= 0.8 * len(self.cells)

    @property
    def is_dates(self) -> bool:
        return bool(self.cells) and self.dates >= 0.6 * len(self.cells)

    @property
    def is_text(self) -> bool:
        letters = sum(any(c.isalpha() for c in cell) for cell in self.cells[:100])
        return bool(self.cells) and not self.is_dates and letters >= 0.5 * len(self.cells[:100])

    def says(self, role: str) -> float:
        return headers.score(self.name, role)


def profiled(table: Table) -> list[Column]:
    """What each column looks like, from rows of the whole file."""
    names = table.names[:MOST_COLUMNS]
    columns = [Column(at, name) for at, name in enumerate(names)]
    step = max(1, table.source.height // 1000)
    sample = [row for at, row in enumerate(table.body()) if (at < SAMPLE or at % step == 0) and not row.fault]
    movements = [row for row in sample if is_movement(row)] or sample
    for row in movements:
        for column in columns:
            column.rows += 1
            cell = clean(tables.unwrapped(row.cells[column.at])) if column.at < len(row.cells) else ""
            if cell:
                column.cells.append(cell)
            if column.rows <= SAMPLE:
                column.head.append(cell)
    for column in columns:
        column.dates = sum(map(is_date, column.cells))
        money = [apart for cell in column.cells if is_amount(cell) and (apart := amounts.taken_apart(cell))]
        column.amounts = len(money)
        column.negative = sum(apart.negative for apart in money)
        column.fractions = sum(not apart.number.isdigit() or bool(apart.currency) for apart in money)
        column.distinct = len(set(column.cells))
    return columns


def gathered(table: Table, columns: Iterable[Column]) -> dict[int, list[str]]:
    """All texts of these columns, by the number of the column; equal texts are kept once."""
    wanted = [column.at for column in columns]
    found: dict[int, list[str]] = {at: [] for at in wanted}
    seen: dict[str, str] = {}
    for row in table.body():
        for at in wanted:
            text = clean(tables.unwrapped(row.cells[at])) if at < len(row.cells) else ""
            if 0 < len(text) <= LONGEST:
                found[at].append(seen.setdefault(text, text))
    return found
