"""Where the table in a file is: its letters, its delimiter, its sheet, its header, and the rows below it."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from expenses.imports.statements import amounts, dates, encodings, headers, spreadsheets, tables
from expenses.imports.statements.mapping import MOST_COLUMNS, Mapping, MappingError
from expenses.imports.statements.records import Refused, clean

HEADER_ONLY = "No transactions found (header only)."
NO_TABLE = "No table was found in this file: its lines are not parted into columns."
TOO_MANY_ROWS = "The file has more than 200,000 rows. Ask your bank for a shorter period."
MOST_ROWS = 200_000
MOST_LINES = 1_000_000  # of a text, blank ones and breaks inside of cells too
SAMPLE = 400
HEAD = 2_000  # rows, enough to know a file again
HEADER_WITHIN = 80


@dataclass(slots=True)
class Source:
    """A file that gives its rows as often as asked: kept all at once, they would take ten times its room."""

    lines: list[str]
    delimiter: str = ","
    quote: str = '"'
    book: spreadsheets.Workbook | None = None
    sheet: str = ""
    encoding: str = "utf-8"
    lost: int = 0  # characters that could not be read

    @classmethod
    def of(cls, data: bytes, mapping: Mapping | None = None) -> "Source":
        """The file as the mapping cuts it into rows, or as it is likeliest to be cut.

        Raises `Refused` and, for a sheet that is not there, `MappingError`.
        """
        if spreadsheets.is_workbook(data):
            return cls._of_workbook(spreadsheets.Workbook(data), mapping.sheet if mapping else "")
        if data.count(b"\n") > MOST_LINES or data.count(b"\r") > MOST_LINES:
            raise Refused(TOO_MANY_ROWS, line=MOST_LINES)
        encoding = mapping.encoding if mapping else encodings.guessed(data)
        text, lost = encodings.decode(data, encoding)
        lines = tables.physical_lines(text)
        delimiter, quote = (mapping.delimiter, mapping.quote) if mapping else _delimiter(lines)
        return cls(lines, delimiter, quote, encoding=encoding, lost=lost)

    @classmethod
    def _of_workbook(cls, book: spreadsheets.Workbook, sheet: str) -> "Source":
        if sheet and sheet not in book.sheets:
            raise MappingError({"sheet": f"The workbook has no sheet “{sheet}”."})
        return cls([], book=book, sheet=sheet or _sheet_with_table(book))

    def rows(self, start: int = 0) -> Iterator[tables.Row]:
        """The rows from physical line `start` (from 0) on, without the blank ones."""
        if self.book:
            found = self.book.rows(self.sheet, start)
        else:
            found = tables.rows(self.lines, self.delimiter, self.quote, start=start)
        return (row for row in found if not row.is_blank)

    def text_before(self, line: int) -> list[tuple[int, str]]:
        """The lines with text before this one (from 0)."""
        if self.book:
            return [(row.line, row.raw) for row in islice(self.book.rows(self.sheet), line) if not row.is_blank]
        before = [(at, text) for at, text in enumerate(self.lines[:line], 1) if text.strip(f" \t{self.delimiter}")]
        return before[1:] if before and self.stated else before

    @property
    def stated(self) -> int:
        """1 where the first line only says what the delimiter is."""
        return 1 if tables.stated_delimiter(self.lines) else 0

    @property
    def height(self) -> int:
        """How many rows there may be, at most."""
        return self.book.height(self.sheet) if self.book else len(self.lines)


def _sheet_with_table(book: spreadsheets.Workbook) -> str:
    """The first sheet with a movement of money in it, else the first one with anything like columns."""
    wide = ""
    for sheet in book.sheets:
        rows = [row for row in islice(book.rows(sheet), SAMPLE) if not row.is_blank]
        if any(map(is_movement, rows)):
            return sheet
        if not wide and any(sum(map(bool, row.cells)) > 1 for row in rows):
            wide = sheet
    return wide or book.sheets[0]


@dataclass(slots=True)
class Table:
    """The table in a file."""

    source: Source
    head: list[tables.Row]  # the first rows, whatever they are
    header: tables.Row | None
    skip_rows: int
    begin: int  # which row of `head` is the first one below the header

    @property
    def first(self) -> list[tables.Row]:
        """The first rows below the header."""
        return self.head[self.begin :]

    @property
    def names(self) -> list[str]:
        width = max(
            [len(row.cells) for row in self.first[:SAMPLE]] + ([len(self.header.cells)] if self.header else [])
        )
        given = [clean(cell) for cell in self.header.cells] if self.header else []
        return given + [""] * (width - len(given))

    def body(self) -> Iterator[tables.Row]:
        """All rows below the header."""
        if len(self.head) < HEAD:
            return iter(self.first)
        return islice(self.source.rows(), self.begin, self.begin + MOST_ROWS + 1)


def opened(source: Source) -> Table:
    """The table in the file, in the reading that makes most rows look like movements of money."""
    head = list(islice(source.rows(), HEAD))
    if max((_filled(row) for row in head[:SAMPLE]), default=0) < 2:
        raise Refused(NO_TABLE, text=source.lines[0] if source.lines else "")
    at = _header_at(head)
    first = _first_row(head) if at is None else at + 1
    if first >= len(head):
        raise Refused(HEADER_ONLY, line=head[-1].line, text=head[-1].raw)
    skip = head[at].line - 1 if at is not None else head[first].line - 1 if first else source.stated
    return Table(source, head, None if at is None else head[at], skip, first)


def _filled(row: tables.Row) -> int:
    return len(row.cells) if row.cells[-1] else sum(map(bool, row.cells)) or 1


def _delimiter(lines: list[str]) -> tuple[str, str]:
    """(delimiter, quote): stated by the file, else the pair by which most rows hold a date and an amount."""
    stated = tables.stated_delimiter(lines)
    head = lines[:SAMPLE]
    quotes = ['"', "'"] if _has_single_quotes(head) else ['"']
    if stated:
        return stated, quotes[-1]
    best, best_score = (",", '"'), (-1.0, -1.0, -1.0)
    for delimiter in tables.DELIMITERS:
        for quote in quotes:
            weighed = _weigh_split(list(tables.rows(head, delimiter, quote)))
            if weighed > best_score:
                best, best_score = (delimiter, quote), weighed
    return best


def _has_single_quotes(lines: Sequence[str]) -> bool:
    full = [line.strip() for line in lines if line.strip()]
    quoted = [line for line in full if (line.count("'") >= 4 and line[0] == "'") or _QUOTED.search(line)]
    return len(quoted) > len(full) / 2


_QUOTED = re.compile(r"(?:^|[,;\t|])'[^']+'(?:$|[,;\t|])")


def _weigh_split(rows: list[tables.Row]) -> tuple[float, float, float]:
    filled = [row for row in rows if not row.is_blank]
    if not filled:
        return (-1.0, -1.0, -1.0)
    movements = sum(is_movement(row) for row in filled)
    widths = Counter(len(row.cells) for row in filled)
    width, same = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
    named = max(
        (sum(map(headers.is_known, row.cells)) for row in filled[:HEADER_WITHIN] if len(row.cells) > 1), default=0
    )
    return (movements, named, same * (width > 1) + width / 1000)


def is_movement(row: tables.Row) -> bool:
    """A date in one cell, an amount in another."""
    cells = [clean(tables.unwrapped(cell)) for cell in row.cells[:MOST_COLUMNS]]
    days = [at for at, cell in enumerate(cells) if is_date(cell)]
    return bool(days) and any(is_amount(cell) for at, cell in enumerate(cells) if at != days[0])


def is_date(cell: str) -> bool:
    parts = dates.taken_apart(cell)
    if parts is None or parts.kind in ("day", "six"):
        return False
    return parts.kind != "eight" or any(dates.fits(parts, order) for order in dates.ORDERS)


def is_amount(cell: str) -> bool:
    """Figures that may be money: not a card number, not a branch with zeros in front, not a day."""
    apart = amounts.taken_apart(cell)
    if apart is None:
        return False
    digits = sum(c.isdigit() for c in apart.number)
    is_code = apart.number.isdigit() and (digits > 9 or (digits > 1 and apart.number[0] == "0"))
    return 0 < digits <= 20 and not is_code and amounts.is_some(apart.number)


def _header_at(rows: list[tables.Row]) -> int | None:
    """Where the header is: the row of known names with most movements below it, else texts right above the first."""
    movements = [at for at, row in enumerate(rows[:SAMPLE]) if is_movement(row)]
    known = [(count, at) for at, row in enumerate(rows[:HEADER_WITHIN]) if (count := _names_known(row)) >= 2]

    def below(at: int) -> int:
        return sum(1 if movement > at else -1 for movement in movements)

    # A balance with its day may stand above the header, the header may be repeated below.
    known = [(count, at) for count, at in known if below(at) >= 0]
    if known:
        return max(known, key=lambda item: (item[0], below(item[1]), item[1]))[1]
    if not movements:
        return 0 if len(rows) == 1 and len(rows[0].cells) > 1 else None
    first = movements[0]
    if 0 < first < HEADER_WITHIN and _is_texts(rows[first - 1], len(rows[first].cells)):
        return first - 1
    return None


def _names_known(row: tables.Row) -> int:
    """How many cells are names of columns; none where there is a day or a fraction among them."""
    cells = [clean(cell) for cell in row.cells[:MOST_COLUMNS]]
    if any(is_date(cell) or (is_amount(cell) and not cell.isdigit()) for cell in cells):
        return 0
    return len({cell.casefold() for cell in cells if cell and len(cell) <= 60 and headers.is_known(cell)})


def _is_texts(row: tables.Row, width: int) -> bool:
    filled = [clean(cell) for cell in row.cells if cell.strip()]
    return (
        len(filled) >= max(2, 0.6 * width)
        and not any(is_date(cell) or is_amount(cell) for cell in filled)
        and len(set(filled)) == len(filled)
    )


def _first_row(rows: list[tables.Row]) -> int:
    """Without a header: the first movement, or rows before it that are as wide."""
    movements = [at for at, row in enumerate(rows[:SAMPLE]) if is_movement(row)]
    if not movements:
        return 0
    if len(movements) > 2 and _is_summary(*(rows[at] for at in movements)):
        return movements[1]
    width = Counter(len(rows[at].cells) for at in movements).most_common(1)[0][0]
    first = movements[0]
    while first and len(rows[first - 1].cells) == width:
        first -= 1
    return first


def _is_summary(first: tables.Row, *others: tables.Row) -> bool:
    """Whether the first row is of the account, with its balance and the days it is of: their years stand first and
    last, and those of the movements do not."""
    ways = set().union(*map(_ways_of_days, others))
    return len(ways) == 1 and _ways_of_days(first) == {"ymd", "end"}


def _ways_of_days(row: tables.Row) -> set[str]:
    """How the days of a row are written: year first or last, with a name or without one."""
    cells = [clean(tables.unwrapped(cell)) for cell in row.cells[:MOST_COLUMNS]]
    return {parts.kind for cell in cells if is_date(cell) and (parts := dates.taken_apart(cell))}


def column_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns; those without one are numbered."""
    return tuple(name or f"Column {at}" for at, name in enumerate(names, 1))
