"""A best reading of a table that nobody has described: its letters, columns and styles, and what stays open."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice, pairwise

from expenses.imports.statements import amounts, dates, encodings, headers, tables
from expenses.imports.statements.mapping import ENCODINGS, MOST_COLUMNS, Mapping
from expenses.imports.statements.records import Guess, Refused, clean

HEADER_ONLY = "No transactions found (header only)."
NO_TABLE = "No table was found in this file: its lines are not parted into columns."
MOST_ROWS = 200_000
_SAMPLE = 400
HEAD = 2_000  # rows, enough to know a file again
_HEADER_WITHIN = 80


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


@dataclass(slots=True)
class Table:
    """The file split into rows, with where the table in it begins."""

    encoding: str
    delimiter: str
    quote: str
    rows: list[tables.Row]  # without the blank ones
    header: tables.Row | None
    body: list[tables.Row]
    skip_rows: int
    lost: int  # characters that could not be read

    @property
    def names(self) -> list[str]:
        width = max(
            [len(row.cells) for row in self.body[:_SAMPLE]] + ([len(self.header.cells)] if self.header else [])
        )
        given = [clean(cell) for cell in self.header.cells] if self.header else []
        return given + [""] * (width - len(given))


def guess(data: bytes) -> Guess:
    """The best reading of a table. Raises `Refused` for what is none, or has no rows."""
    table = opened(data)
    columns = profiled(table)
    doubts: dict[str, tuple[str, ...]] = {}
    mapping = Mapping(
        encoding=table.encoding,
        delimiter=table.delimiter,
        quote=table.quote,
        skip_rows=table.skip_rows,
        has_header=table.header is not None,
    )
    mapping = _dated(mapping, table, columns, doubts)
    mapping = _marked(mapping, table, columns, doubts)
    mapping = _paid(mapping, columns, doubts)
    mapping = _told(mapping, table, columns)
    mapping = _known_apps(mapping, columns, doubts)
    return Guess(
        mapping=mapping,
        ambiguous=tuple(doubts),
        alternatives=doubts,
        signature=signature_of(table),
        columns=column_names(table.names),
        notices=_notices(table, columns, mapping),
    )


# ── the table ─────────────────────────────────────────────────────────────────────────────────────


def opened(data: bytes, most: int = MOST_ROWS + 1) -> Table:
    """The file as a table, in the reading that makes most rows look like movements of money; `most` rows of it."""
    encoding = encodings.guessed(data)
    text, lost = encodings.decode(data, encoding)
    lines = tables.physical_lines(text)
    delimiter, quote = _delimiter(lines)
    filled = [row for row in islice(tables.rows(lines, delimiter, quote), most) if not row.is_blank]
    if max((len(row.cells) for row in filled[:_SAMPLE]), default=0) < 2:
        raise Refused(NO_TABLE, text=lines[0] if lines else "")
    at = _header_at(filled)
    first = _first_row(filled) if at is None else at + 1
    body = filled[first:]
    if not body:
        raise Refused(HEADER_ONLY, line=filled[-1].line, text=filled[-1].raw)
    skip = filled[at].line - 1 if at is not None else body[0].line - 1 if first else _stated(lines)
    return Table(encoding, delimiter, quote, filled, None if at is None else filled[at], body, skip, lost)


def _stated(lines: list[str]) -> int:
    return 1 if tables.stated_delimiter(lines) else 0


def _delimiter(lines: list[str]) -> tuple[str, str]:
    """(delimiter, quote): stated by the file, else the pair by which most rows hold a date and an amount."""
    stated = tables.stated_delimiter(lines)
    head = lines[:_SAMPLE]
    quotes = ['"', "'"] if _is_quoted_by(head, "'") else ['"']
    if stated:
        return stated, quotes[-1]
    best, best_score = (",", '"'), (-1.0, -1.0, -1.0)
    for delimiter in tables.DELIMITERS:
        for quote in quotes:
            weighed = _weigh_split(list(tables.rows(head, delimiter, quote)))
            if weighed > best_score:
                best, best_score = (delimiter, quote), weighed
    return best


def _is_quoted_by(lines: Sequence[str], quote: str) -> bool:
    full = [line.strip() for line in lines if line.strip()]
    return bool(full) and sum(line.count(quote) >= 4 and line[0] == quote for line in full) > len(full) / 2


def _weigh_split(rows: list[tables.Row]) -> tuple[float, float, float]:
    filled = [row for row in rows if not row.is_blank]
    if not filled:
        return (-1.0, -1.0, -1.0)
    movements = sum(_is_movement(row) for row in filled)
    widths = Counter(len(row.cells) for row in filled)
    width, same = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
    named = max(
        (sum(map(headers.is_known, row.cells)) for row in filled[:_HEADER_WITHIN] if len(row.cells) > 1), default=0
    )
    return (movements, named, same * (width > 1) + width / 1000)


def _is_movement(row: tables.Row) -> bool:
    """A date in one cell, an amount in another."""
    cells = [clean(tables.unwrapped(cell)) for cell in row.cells[:MOST_COLUMNS]]
    days = [at for at, cell in enumerate(cells) if _is_date(cell)]
    return bool(days) and any(_is_amount(cell) for at, cell in enumerate(cells) if at != days[0])


def _is_date(cell: str) -> bool:
    parts = dates.taken_apart(cell)
    if parts is None or parts.kind in ("day", "six"):
        return False
    return parts.kind != "eight" or any(dates.fits(parts, order) for order in dates.ORDERS)


def _is_amount(cell: str) -> bool:
    """Figures that may be money: not a card number, not a branch with zeros in front, not a day."""
    apart = amounts.taken_apart(cell)
    if apart is None:
        return False
    digits = sum(c.isdigit() for c in apart.number)
    is_code = apart.number.isdigit() and (digits > 9 or (digits > 1 and apart.number[0] == "0"))
    return 0 < digits <= 20 and not is_code and amounts.is_some(apart.number)


def _header_at(rows: list[tables.Row]) -> int | None:
    """Where the header is: the row of known names with most movements below it, else texts right above the first."""
    movements = [at for at, row in enumerate(rows[:_SAMPLE]) if _is_movement(row)]
    known = [(count, at) for at, row in enumerate(rows[:_HEADER_WITHIN]) if (count := _names_known(row)) >= 2]

    def below(at: int) -> int:
        return sum(1 if movement > at else -1 for movement in movements)

    # A balance with its day may stand above the header, the header may be repeated below.
    known = [(count, at) for count, at in known if below(at) >= 0]
    if known:
        return max(known, key=lambda item: (item[0], below(item[1]), item[1]))[1]
    if not movements:
        return 0 if len(rows) == 1 and len(rows[0].cells) > 1 else None
    first = movements[0]
    if 0 < first < _HEADER_WITHIN and _is_texts(rows[first - 1], len(rows[first].cells)):
        return first - 1
    return None


def _names_known(row: tables.Row) -> int:
    """How many cells are names of columns; none where there is a day or a fraction among them."""
    cells = [clean(cell) for cell in row.cells[:MOST_COLUMNS]]
    if any(_is_date(cell) or (_is_amount(cell) and not cell.isdigit()) for cell in cells):
        return 0
    return len({cell.casefold() for cell in cells if cell and len(cell) <= 60 and headers.is_known(cell)})


def _is_texts(row: tables.Row, width: int) -> bool:
    filled = [clean(cell) for cell in row.cells if cell.strip()]
    return (
        len(filled) >= max(2, 0.6 * width)
        and not any(_is_date(cell) or _is_amount(cell) for cell in filled)
        and len(set(filled)) == len(filled)
    )


def _first_row(rows: list[tables.Row]) -> int:
    """Without a header: the first movement, or rows before it that are as wide."""
    movements = [at for at, row in enumerate(rows[:_SAMPLE]) if _is_movement(row)]
    if not movements:
        return 0
    width = Counter(len(rows[at].cells) for at in movements).most_common(1)[0][0]
    first = movements[0]
    while first and len(rows[first - 1].cells) == width:
        first -= 1
    return first


def profiled(table: Table) -> list[Column]:
    """What each column looks like, from rows of the whole file."""
    names = table.names[:MOST_COLUMNS]
    columns = [Column(at, name) for at, name in enumerate(names)]
    step = max(1, len(table.body) // 1000)
    sample = [row for row in table.body[:_SAMPLE] + table.body[_SAMPLE::step] if not row.fault]
    movements = [row for row in sample if _is_movement(row)] or sample
    for row in movements:
        for column in columns:
            column.rows += 1
            cell = clean(tables.unwrapped(row.cells[column.at])) if column.at < len(row.cells) else ""
            if cell:
                column.cells.append(cell)
            if column.rows <= _SAMPLE:
                column.head.append(cell)
    for column in columns:
        column.dates = sum(map(_is_date, column.cells))
        money = [apart for cell in column.cells if _is_amount(cell) and (apart := amounts.taken_apart(cell))]
        column.amounts = len(money)
        column.negative = sum(apart.negative for apart in money)
        column.fractions = sum(not apart.number.isdigit() or bool(apart.currency) for apart in money)
        column.distinct = len(set(column.cells))
    return columns


# ── dates ─────────────────────────────────────────────────────────────────────────────────────────


def _dated(mapping: Mapping, table: Table, columns: list[Column], doubts: dict[str, tuple[str, ...]]) -> Mapping:
    column = _date_column(columns)
    if column is None:
        doubts["date"] = ()
        return mapping
    found = list(_parts_in(table, column.at))
    alike = _alike(table, columns, column)
    orders = _orders(found, alike, table)
    if len(orders) > 1:
        doubts["date_order"] = orders
    mapping = replace(mapping, date=column.at, date_order=orders[0])
    if (
        found
        and all(parts.kind in ("day", "named") and parts.a == 0 for parts in found if parts.kind == "named")
        and (sum(parts.kind == "day" or (parts.kind == "named" and not parts.a) for parts in found) > len(found) / 2)
    ):
        doubts["year"] = ()
    return mapping


def _date_column(columns: list[Column]) -> Column | None:
    def weight(column: Column) -> float:
        named = max(column.says("date"), min(40, column.says("later_date")))
        return named + 40 * column.filled - column.at / 100

    dated = [column for column in columns if column.is_dates and column.filled >= 0.5]
    if dated:
        return max(dated, key=weight)
    named = [column for column in columns if column.says("date") > 60 and any(map(_may_be_date, column.cells))]
    if named:
        return max(named, key=weight)
    return next((column for column in columns if column.says("date") > 60), None)


def _may_be_date(cell: str) -> bool:
    return dates.taken_apart(cell) is not None


def _parts_in(table: Table, at: int) -> Iterable[dates.Parts]:
    for row in table.body:
        cell = clean(tables.unwrapped(row.cells[at])) if at < len(row.cells) else ""
        if parts := dates.taken_apart(cell):
            yield parts


def _alike(table: Table, columns: list[Column], column: Column) -> list[dates.Parts]:
    """The dates of the other columns that are written as this one's: one hand writes one order."""
    shapes = {dates.shape(cell) for cell in column.cells[:50]}
    others = [
        other
        for other in columns
        if other is not column and other.is_dates and {dates.shape(cell) for cell in other.cells[:50]} & shapes
    ]
    return [parts for other in others for parts in _parts_in(table, other.at)]


def _orders(found: list[dates.Parts], alike: list[dates.Parts], table: Table) -> tuple[dates.Order, ...]:
    """The orders that the dates may be in, the likeliest first; one where they decide it."""
    open_ones = [parts for parts in found if parts.kind in ("end", "two", "day", "six", "eight")]
    year_first = sum(parts.kind in ("ymd", "named") or _is_eight_ymd(parts) for parts in found)
    undecided = [parts for parts in open_ones if not _is_eight_ymd(parts)]
    if not undecided or year_first > len(undecided):
        return ("YMD",)
    evidence = undecided + [parts for parts in alike if parts.kind in ("end", "two", "day", "six", "eight")]
    can_be = [order for order in dates.ORDERS if any(dates.fits(parts, order) for parts in undecided)]
    wrong = {order: sum(dates.fits(parts, order) is None for parts in evidence) for order in can_be}
    if not wrong:
        return ("DMY",)
    fewest = min(wrong.values())
    left = [order for order in can_be if wrong[order] == fewest]
    left = _without_odd_years(left, undecided)
    if len(left) > 1 and all(parts.mark == "." for parts in undecided) and "DMY" in left:
        return ("DMY",)  # nobody who parts with points writes the month first
    if len({tuple(dates.fits(parts, order) for parts in undecided) for order in left}) == 1:
        return (left[0],)
    return tuple(sorted(left, key=lambda order: _spread(undecided, order, table)))


def _is_eight_ymd(parts: dates.Parts) -> bool:
    return parts.kind == "eight" and dates.fits(parts, "YMD") is not None


def _without_odd_years(left: list[dates.Order], found: list[dates.Parts]) -> list[dates.Order]:
    """Of two-digit years: a statement has many days and few years, not the other way round."""
    if "YMD" not in left or len(left) == 1:
        return left
    firsts = {parts.a if parts.kind != "six" else parts.a // 10_000 for parts in found}
    lasts = {parts.c if parts.kind != "six" else parts.a % 100 for parts in found}
    if len(lasts) < len(firsts):
        return [order for order in left if order != "YMD"]
    if len(firsts) < len(lasts):
        return ["YMD"]
    return left


def _spread(found: list[dates.Parts], order: dates.Order, table: Table) -> tuple[float, int, int]:
    """How unlikely an order is: a statement goes on day by day, and over few months."""
    days = [day.toordinal() for parts in found if (day := dates.fits(parts, order))]
    if len(days) < 2:
        return (0, 0, dates.ORDERS.index(order))
    up = sum(a > b for a, b in pairwise(days))
    down = sum(a < b for a, b in pairwise(days))
    dollars = any("$" in row.raw for row in table.body[:20])
    tie = 0 if (order == "MDY") == dollars else 1
    span = (max(days) - min(days)) // 45
    return (span + 10 * min(up, down) / len(days), tie, dates.ORDERS.index(order))


# ── amounts ───────────────────────────────────────────────────────────────────────────────────────


def _marked(mapping: Mapping, table: Table, columns: list[Column], doubts: dict[str, tuple[str, ...]]) -> Mapping:
    money = [column.at for column in columns if column.is_money and not column.is_dates]
    money += [column.at for column in columns if column.says("amount") > 60 and column.at not in money]
    found = amounts.marks(
        clean(tables.unwrapped(row.cells[at])) for row in table.body for at in money if at < len(row.cells)
    )
    if not found.sure:
        doubts["decimal_mark"] = (found.decimal, "," if found.decimal == "." else ".")
    return replace(mapping, decimal_mark=found.decimal, thousands_mark=found.thousands)


def _value(cell: str, mapping: Mapping) -> Decimal | None:
    try:
        return amounts.parsed(cell, mapping.decimal_mark, mapping.thousands_mark)
    except amounts.Unreadable:
        return None


def _paid(mapping: Mapping, columns: list[Column], doubts: dict[str, tuple[str, ...]]) -> Mapping:
    """Where the amount is and which way the money went."""
    money = [
        column
        for column in columns
        if column.at != mapping.date and not column.is_dates and (column.is_money or not column.cells)
    ]
    balance = max(
        (c for c in money if c.cells and c.says("balance") > 40), key=lambda c: c.says("balance"), default=None
    )
    both = _in_and_out(money, columns)
    signed = _signed_column(money, columns, mapping, balance)
    if both and not (signed and signed.says("amount") > 60 and signed.negative):
        return _in_out(mapping, both)
    if signed is None:
        return _unnamed(mapping, money, columns, doubts)
    mapping = replace(mapping, layout="signed", amount=signed.at)
    flag = None if signed.negative else _flag_column(columns, mapping)
    if flag is not None:
        return _flagged(mapping, flag)
    return _signed(mapping, signed, columns, doubts)


def _best(columns: Iterable[Column], role: str, least: float = 40) -> Column | None:
    found = max(columns, key=lambda column: (column.says(role), column.filled), default=None)
    return found if found is not None and found.says(role) > least else None


def _in_and_out(money: list[Column], columns: list[Column]) -> tuple[Column | None, Column | None] | None:
    """(out, in) by their names. A name for both, as "Debit/Credit", is neither."""
    sided = [column for column in money if not (column.says("out") and column.says("in"))]
    out, into = _best(sided, "out"), _best(sided, "in")
    if out and into:
        return out, into
    only = out or into
    if only and only.cells and not any(c.says("amount") > 40 and c is not only and c.cells for c in money):
        return out, into
    return None


def _in_out(mapping: Mapping, both: tuple[Column | None, Column | None]) -> Mapping:
    out, into = both
    return replace(
        mapping,
        layout="in_out",
        money_out=out.at if out else None,
        money_in=into.at if into else None,
        out_negative=bool(out and out.negative > len(out.cells) / 2),
    )


def _signed_column(
    money: list[Column], columns: list[Column], mapping: Mapping, balance: Column | None
) -> Column | None:
    named = [column for column in money if column.cells and column.says("amount") > 0 and column is not balance]
    # Where most amounts cannot be read, the name still tells.
    named += [c for c in columns if c not in named and c.says("amount") > 60 and not c.is_dates]
    best = max(named, key=lambda c: c.says("amount") + 20 * c.filled + 5 * bool(c.negative), default=None)
    if best is not None:
        return best
    others = [
        column
        for column in money
        if column.cells and column is not balance and column.filled > 0.8 and column.says("balance") < 40
    ]
    if not others or (not mapping.has_header and not any(c.negative for c in others) and len(money) > 1):
        return others[0] if len(others) == 1 and len([c for c in money if c.cells]) == 1 else None
    return max(others, key=lambda c: (c.negative > 0, c.fractions > 0, c.negative < len(c.cells), -c.at))


def _unnamed(
    mapping: Mapping, money: list[Column], columns: list[Column], doubts: dict[str, tuple[str, ...]]
) -> Mapping:
    """No name helps: two columns that are never filled both at once are out and in; a running balance tells which."""
    filled = [column for column in money if column.cells and (column.fractions or column.amounts)]
    halves = [column for column in filled if column.filled < 0.95]
    full = [column for column in filled if column.filled >= 0.95]
    if len(halves) == 2:
        out, into = halves
        told = max((_explains(_difference(into, out, mapping), c, mapping) for c in full), key=abs, default=0)
        if told < -1:
            out, into = into, out
        if -1 <= told <= 0:
            doubts["money_out"] = (str(out.at), str(into.at))
        return _in_out(mapping, (out, into))
    if not filled:
        doubts["amount"] = ()
        return mapping
    candidates = full or filled
    column = max(
        candidates,
        key=lambda c: (
            c.negative > 0,
            any(_explains(_values(c, mapping), other, mapping) for other in candidates if other is not c),
            c.fractions > 0,
            -c.at,
        ),
    )
    return _signed(replace(mapping, amount=column.at), column, columns, doubts)


def _flag_column(columns: list[Column], mapping: Mapping) -> Column | None:
    """A column of a few texts, each saying in or out."""
    fitting = [
        column
        for column in columns
        if column.at not in (mapping.date, mapping.amount)
        and column.filled >= 0.9
        and 0 < column.distinct <= 8
        and sum(map(bool, map(headers.flag_side, column.cells))) >= 0.9 * len(column.cells)
    ]
    return max(fitting, key=lambda c: (c.says("flag"), c.distinct), default=None)


def _flagged(mapping: Mapping, flag: Column) -> Mapping:
    texts = sorted(set(flag.cells))
    return replace(
        mapping,
        layout="flag",
        flag=flag.at,
        in_texts=tuple(text for text in texts if headers.flag_side(text) == "in") or _OPPOSITES["in"],
        out_texts=tuple(text for text in texts if headers.flag_side(text) == "out") or _OPPOSITES["out"],
    )


# The file has money one way only so far; the next one may not.
_OPPOSITES = {"in": ("Credit", "In"), "out": ("Debit", "Out")}


def _signed(mapping: Mapping, column: Column, columns: list[Column], doubts: dict[str, tuple[str, ...]]) -> Mapping:
    """Whether money out has the minus: the statement of a card often has it the other way round."""
    if not column.cells or column.negative == len(column.cells):
        return mapping
    values = _values(column, mapping)
    others = [c for c in columns if c is not column and c.is_money and c.filled > 0.9]
    told = max((_explains(values, other, mapping) for other in others), key=abs, default=0)
    if told > 0:
        return mapping
    if told <= -(3 if column.negative else 2):  # one or two steps may be chance
        return replace(mapping, invert=True)
    if column.negative == 0:
        # All one way: purchases of a card, more likely than income alone; one or two rows say nothing.
        many = len(column.cells) > 2
        doubts["invert"] = ("true", "false") if many else ("false", "true")
        return replace(mapping, invert=many)
    if column.negative * 4 <= len(column.cells) and _pays_a_card(column, columns):
        doubts["invert"] = ("true", "false")
        return replace(mapping, invert=True)
    return mapping


_CARD_PAYMENTS = (
    "payment received", "thank you", "autopay", "direct debit payment", "payment - thank", "zahlung erhalten",
    "payment", "einzahlung", "paiement", "pago recibido", "betaling", "refund", "ausgleich",
)  # fmt: skip


def _pays_a_card(column: Column, columns: list[Column]) -> bool:
    """Every row with a minus is a payment to the card or a refund."""
    negative = [at for at, cell in enumerate(column.head) if (apart := amounts.taken_apart(cell)) and apart.negative]
    return bool(negative) and all(
        any(word in other.head[at].casefold() for other in columns for word in _CARD_PAYMENTS) for at in negative
    )


def _values(column: Column, mapping: Mapping) -> list[Decimal | None]:
    return [_value(cell, mapping) if cell else None for cell in column.head]


def _difference(into: Column, out: Column, mapping: Mapping) -> list[Decimal | None]:
    pairs = zip(_values(into, mapping), _values(out, mapping), strict=True)
    return [None if a is None and b is None else (a or Decimal(0)) - (b or Decimal(0)) for a, b in pairs]


def _explains(values: Sequence[Decimal | None], balance: Column, mapping: Mapping) -> int:
    """How well the amounts explain a running balance: above 0 as signed, below 0 the other way round."""
    balances = _values(balance, mapping)
    as_signed = running(values, balances)
    inverted = running([None if value is None else -value for value in values], balances)
    return as_signed if as_signed > inverted and as_signed > 0 else -inverted if inverted > max(as_signed, 0) else 0


def running(values: Sequence[Decimal | None], balances: Sequence[Decimal | None]) -> int:
    """Steps of a running balance that these amounts explain, less those they contradict; either way through time."""
    forward = backward = steps = 0
    for (before_value, before), (value, after) in pairwise(zip(values, balances, strict=True)):
        if before is None or after is None or value is None or before_value is None:
            continue
        steps += 1
        forward += after - before == value
        backward += before - after == before_value
    return 2 * max(forward, backward) - steps if steps else 0


# ── texts ─────────────────────────────────────────────────────────────────────────────────────────


def _told(mapping: Mapping, table: Table, columns: list[Column]) -> Mapping:
    """Who, what for, which account: by name; without names, by what the texts look like."""
    taken = set(mapping.columns().values())
    free = [column for column in columns if column.at not in taken and column.cells]
    account = _account(free, mapping)
    found = {
        "category": _best(free, "category"),
        "currency": _currency(free),
        "account": account,
        "bank_id": _bank_id(free),
    }
    mapping = replace(mapping, **{role: column.at for role, column in found.items() if column})  # type: ignore[arg-type]  # roles are fields of columns
    free = [column for column in free if column not in found.values()]
    mapping = _statused(mapping, free)
    # A column that is empty in this file may be filled in the next one.
    free += [column for column in columns if not column.cells and max(column.says("payee"), column.says("memo")) > 60]
    payee = max(
        (c for c in free if c.says("payee") > 40), key=lambda c: c.says("payee") + 30 * (c.filled > 0.5), default=None
    )
    payer = _best([c for c in free if c is not payee], "payer", 60) if payee else None
    memo = [c for c in free if c not in (payee, payer) and c.says("memo") > 0]
    if payee and payee.filled < 1 and not memo:  # better a "Bank deposit" than nothing
        memo = [c for c in free if c is not payer and c.is_text and c.says("flag") > 60][:1]
    if payee is None and memo:
        payee = max(memo, key=lambda c: (c.says("memo") > 40, c.filled > 0.5, c.says("memo")))
    if payee is None:
        texts = [c for c in free if c.is_text and not c.says("account")]
        payee = max(texts, key=lambda c: (c.filled > 0.5, c.distinct, sum(map(len, c.cells)), -c.at), default=None)
        memo = [c for c in texts if not mapping.has_header]
    return replace(
        mapping,
        payee=payee.at if payee else None,
        payee_in=payer.at if payer else None,
        memo=tuple(c.at for c in memo if c is not payee),
        currency_code="" if found["currency"] else _currency_code(columns, mapping),
        join_continued=_has_continued(table, mapping, payee),
    )


def _currency(free: list[Column]) -> Column | None:
    codes = [c for c in free if all(len(cell) == 3 and cell.isalpha() and cell.isupper() for cell in c.cells)]
    return _best([c for c in codes if c.filled > 0.5], "currency", 0) or next(
        (c for c in codes if not c.name and c.filled > 0.9 and c.distinct <= 5 and c.cells[0] in headers.CODES), None
    )


def _currency_code(columns: list[Column], mapping: Mapping) -> str:
    """What the header of the amount or the signs beside it say."""
    for column in columns:
        if column.at in (mapping.amount, mapping.money_out, mapping.money_in):
            named = [word for word in re.findall(r"[A-Z]{3}", column.name) if word in headers.CODES]
            named += [code for sign, code in (("€", "EUR"), ("£", "GBP")) if sign in column.name]
            signs = {
                apart.currency for cell in column.cells if (apart := amounts.taken_apart(cell)) and apart.currency
            }
            if named or len(signs) == 1:
                return named[0] if named else signs.pop()
    return ""


def _account(free: list[Column], mapping: Mapping) -> Column | None:
    """The own account is in every row, and there are few of them; the other side's is neither."""
    own = [c for c in free if c.filled > 0.9 and c.distinct <= max(3, 0.2 * len(c.cells)) and c.says("account") > 40]
    who = min((c.at for c in free if c.says("payee") > 60), default=None)
    own = [c for c in own if who is None or headers.normalised(c.name) != "iban" or c.at < who]
    return max(own, key=lambda c: c.says("account"), default=None)


def _bank_id(free: list[Column]) -> Column | None:
    """An id is there in every row and never twice."""
    ids = [c for c in free if c.filled > 0.9 and c.distinct == len(c.cells) and len(c.cells) > 1]
    return _best(ids, "bank_id")


def _statused(mapping: Mapping, free: list[Column]) -> Mapping:
    for column in free:
        pending = {cell for cell in column.cells if headers.normalised(cell) in headers.PENDING}
        if pending and column.distinct <= 12:
            return replace(mapping, status=column.at, status_values=tuple(sorted(pending)))
    named = _best([c for c in free if c.distinct <= 12], "status", 60)
    return replace(mapping, status=named.at, status_values=("Pending",)) if named else mapping


def _has_continued(table: Table, mapping: Mapping, payee: Column | None) -> bool:
    """Some row has its text alone: neither a date nor an amount, right below one that has both."""
    if payee is None or mapping.date is None:
        return False
    needed = [at for at in (mapping.date, mapping.amount, mapping.money_in, mapping.money_out) if at is not None]
    return any(
        _is_movement(above)
        and _cell(row, payee.at)
        and not any(_cell(row, at) for at in needed)
        and not headers.is_total(_cell(row, payee.at))
        for above, row in pairwise(table.body[:_SAMPLE])
    )


def _cell(row: tables.Row, at: int) -> str:
    return row.cells[at].strip() if at < len(row.cells) else ""


def _known_apps(mapping: Mapping, columns: list[Column], doubts: dict[str, tuple[str, ...]]) -> Mapping:
    """What no row of these exports tells."""
    by_name = {headers.normalised(column.name): column.at for column in columns}
    if {"original description", "transaction type", "account name", "labels"} <= by_name.keys():
        # Mint was for the United States and Canada and wrote the month first; the person is still asked.
        if "date_order" in doubts:
            doubts["date_order"] = ("MDY", "DMY")
            return replace(mapping, date_order="MDY")
        return mapping
    if {"type", "amount", "source name", "destination name"} <= by_name.keys():
        # Firefly III writes both ends of a movement; its type, not its sign, says which of them is ours.
        doubts.pop("invert", None)
        return replace(
            mapping,
            layout="flag",
            amount=by_name["amount"],
            flag=by_name["type"],
            out_texts=("Withdrawal", "Transfer"),
            in_texts=("Deposit", "Opening balance"),
            invert=False,
            payee=by_name["destination name"],
            payee_in=by_name["source name"],
            account=by_name["source name"],
            account_in=by_name["destination name"],
        )
    return mapping


def _notices(table: Table, columns: list[Column], mapping: Mapping) -> tuple[str, ...]:
    said = []
    if not table.encoding.startswith("utf"):
        said.append(
            f"The file does not say how its letters are written; it was read as {ENCODINGS[table.encoding]}. "
            "Choose another one if names look wrong."
        )
    if table.lost:
        letters = "letter" if table.lost == 1 else "letters"
        said.append(f"{table.lost} {letters} could not be read and are shown as �.")
    said += [
        f"The column “{column.name}” has amounts of its own, which are not read."
        for column in columns
        if {"fee", "fees", "commission"} & set(headers.normalised(column.name).split())
        and column.is_money
        and any(_values(column, mapping))
    ]
    return tuple(said)


# ── finding a profile again ───────────────────────────────────────────────────────────────────────


def column_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns; those without one are numbered."""
    return tuple(name or f"Column {at}" for at, name in enumerate(names, 1))


def _header_signature(row: tables.Row) -> str:
    cells = [headers.normalised(clean(cell)) for cell in row.cells]
    while cells and not cells[-1]:
        cells.pop()
    return "header:" + hashlib.sha256("\x1f".join(cells).encode()).hexdigest()[:40]


def _shape_signature(body: list[tables.Row]) -> str:
    """Without a header: how many columns, and how the dates in them are written."""
    movement = next((row for row in body if _is_movement(row)), body[0])
    shapes = [f"{at}={dates.shape(clean(cell))}" for at, cell in enumerate(movement.cells) if _is_date(clean(cell))]
    widths = Counter(len(row.cells) for row in body[:_SAMPLE])
    return f"shape:{widths.most_common(1)[0][0]}:" + ",".join(shapes)


def signature_of(table: Table) -> str:
    return _header_signature(table.header) if table.header else _shape_signature(table.body)


def signatures(data: bytes) -> tuple[str, ...]:
    """What a profile of this file may be kept under, likeliest first: a person may have moved the header."""
    table = opened(data, HEAD)
    first = [row for row in table.rows[:_HEADER_WITHIN] if len(row.cells) > 1]
    return tuple(dict.fromkeys([signature_of(table), *map(_header_signature, first)]))


def signature_for(data: bytes, mapping: Mapping) -> str:
    """What a profile of this mapping is kept under: the header that the person chose, where there is one."""
    table = opened(data, HEAD)
    if not mapping.has_header:
        return signature_of(table)
    head = (row for row in table.rows[:_HEADER_WITHIN] if row.line > mapping.skip_rows and len(row.cells) > 1)
    return next(map(_header_signature, head), signature_of(table))


def adapt(data: bytes, saved: Mapping, signature: str) -> Mapping:
    """A saved mapping for this file: the preamble may be longer today, the letters written another way."""
    table = opened(data, HEAD)
    encoding = (
        table.encoding if table.encoding.startswith("utf") or saved.encoding.startswith("utf") else saved.encoding
    )
    adapted = replace(saved, encoding=encoding, skip_rows=_skipped(table, saved, signature))
    if _parts_well(data, adapted):
        return adapted
    return replace(adapted, delimiter=table.delimiter, quote=table.quote)


def _skipped(table: Table, saved: Mapping, signature: str) -> int:
    if not saved.has_header and table.header and not _is_movement(table.header):
        return table.body[0].line - 1  # there are names above the rows, which the person did not want read
    if not saved.has_header or signature == signature_of(table):
        return table.skip_rows
    head = table.rows[:_HEADER_WITHIN]
    return next((row.line - 1 for row in head if _header_signature(row) == signature), saved.skip_rows)


def _parts_well(data: bytes, mapping: Mapping) -> bool:
    """Whether the saved delimiter and quotes, which a person may have put right, give movements and every column
    that is used; else the bank has changed them."""
    text, _ = encodings.decode(data, mapping.encoding)
    lines = tables.physical_lines(text)
    rows = tables.rows(lines, mapping.delimiter, mapping.quote, start=mapping.skip_rows + mapping.has_header)
    last = max([*mapping.columns().values(), *mapping.memo], default=0)
    return any(_is_movement(row) and len(row.cells) > last for row in islice(rows, _SAMPLE))
