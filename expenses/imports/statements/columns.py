"""What the columns of a table look like."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from expenses.imports.statements import amounts, headers, tables
from expenses.imports.statements.mapping import MOST_COLUMNS
from expenses.imports.statements.opening import SAMPLE, Table, is_amount, is_date, is_movement
from expenses.imports.statements.records import clean

LONGEST = 60  # of a text that is a day or an amount
MOST_TELLING = 20  # columns of which all rows are looked at


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
    positive: int = 0  # above zero
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

    @property
    def tells(self) -> bool:
        """Whether all of its rows are worth looking at: for the order of days, for the mark of decimals."""
        return self.is_dates or self.is_money or self.says("date") > 60 or self.says("amount") > 60

    def says(self, role: str) -> float:
        return headers.score(self.name, role)


Texts = dict[int, list[str]]  # of all rows, by the column, of those with days or amounts


def best_of(columns: Iterable[Column], role: str, least: float = 40) -> Column | None:
    """The one whose name says most of what it has, if it says it at all."""
    found = max(columns, key=lambda column: (column.says(role), column.filled), default=None)
    return found if found is not None and found.says(role) > least else None


def looked_at(table: Table) -> tuple[list[Column], Texts]:
    """What each column looks like, from rows of the whole file, and all that stands in the columns that tell of days
    and amounts; the file is gone through once."""
    telling = [column.at for column in _profiled(table, table.first[:SAMPLE]) if column.tells][:MOST_TELLING]
    texts: Texts = {at: [] for at in telling}
    sample: list[tables.Row] = []
    seen: dict[str, str] = {}  # equal texts are kept once
    step = max(1, table.source.height // 1000)
    for number, row in enumerate(table.body()):
        if number < SAMPLE or number % step == 0:
            sample.append(row)
        for at in telling:
            text = clean(tables.unwrapped(row.cells[at])) if at < len(row.cells) else ""
            if 0 < len(text) <= LONGEST:
                texts[at].append(seen.setdefault(text, text))
    return _profiled(table, sample), texts


def _profiled(table: Table, rows: list[tables.Row]) -> list[Column]:
    columns = [Column(at, name) for at, name in enumerate(table.names[:MOST_COLUMNS])]
    sample = [row for row in rows if not row.fault]
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
        column.positive = sum(not apart.negative and any(c in "123456789" for c in apart.number) for apart in money)
        column.fractions = sum(not apart.number.isdigit() or bool(apart.currency) for apart in money)
        column.distinct = len(set(column.cells))
    return columns
