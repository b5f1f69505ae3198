"""Reading a table with a mapping: CSV in all its dialects, and whatever else comes as rows of cells."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from sys import intern

from expenses.imports.statements import amounts, apps, dates, headers, tables
from expenses.imports.statements.guessing import guess_of
from expenses.imports.statements.mapping import MOST_COLUMNS, Mapping, MappingError
from expenses.imports.statements.opening import (
    HEADER_ONLY,
    MOST_ROWS,
    NO_TABLE,
    TOO_MANY_ROWS,
    Source,
    column_names,
)
from expenses.imports.statements.records import (
    FIELD_LENGTH,
    MEMO_LENGTH,
    LeftOut,
    Preview,
    PreviewRow,
    Problem,
    Record,
    Refused,
    Statement,
    clean,
    described,
)
from expenses.shared.text import undefused

TOO_MANY_COLUMNS = "The file has more than 200 columns, which no statement has."

# Why rows are left out, as shown beside their count.
BEFORE = "before the table"
REPEATED = "the header again"
BALANCE = "a balance or a total"
PENDING = "not booked yet"
FOOTER = "after the last row with a date"
UNDATED = "without a date that can be read"
STATUS = "left out by its status"
NOT_YOURS = "not yours"

FURTHEST_AHEAD = timedelta(days=366)
_SHOWN = 2_000  # characters of a row kept with a problem
_SAMPLE = 1_000


@dataclass(frozen=True, slots=True)
class _Undated:
    """A row without a day, on which is decided when it is known what follows."""

    problem: Problem
    may_be_footer: bool


@dataclass(frozen=True, slots=True)
class _Continued:
    """More text for the record before."""

    text: str
    raw: str
    problem: Problem  # if there is none before


_Outcome = Record | Problem | LeftOut | _Undated | _Continued
_Said = tuple[str, list[str]]  # payee, memos


def read(data: bytes, mapping: Mapping | None = None, *, today: date | None = None) -> Statement:
    """Everything the statement says, in this mapping or, without one, in our best reading.

    With `today`, a day more than a year ahead is a problem of its row. Raises `Refused` for a file that is no
    statement and `MappingError` for a mapping that does not fit it.
    """
    ambiguous: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    if mapping is None:
        source = Source.of(data)
        guessed = guess_of(source)
        mapping, ambiguous, notices = guessed.mapping, guessed.ambiguous, guessed.notices
    else:
        source = _source(data, mapping)
    sheet = _Sheet(source, mapping)
    if errors := mapping.errors(sheet.width):
        raise MappingError(errors)
    if not sheet.first:
        raise Refused(HEADER_ONLY, text=sheet.header[0].raw if sheet.header else "")
    reader = _Reader(mapping, sheet, today)
    records, problems, left_out = _collected(reader.outcomes(), sheet)
    if mapping.transfers_name_accounts:
        records = _between_accounts(records)
    return Statement("xlsx" if source.book else "csv", records, problems, left_out, ambiguous, mapping, notices)


def preview(data: bytes, mapping: Mapping, *, rows: int = 20, today: date | None = None) -> Preview:
    """The first rows of the table, each beside what this mapping makes of it; the mapping may be unfinished."""
    sheet = _Sheet(_source(data, mapping), mapping)
    shown = [PreviewRow(row.line, _cells(row)) for row in sheet.header]
    errors = mapping.errors(sheet.width)
    if errors:
        shown += [PreviewRow(row.line, _cells(row)) for row in islice(sheet.body(), rows)]
        return Preview(column_names(sheet.names), tuple(shown), errors)
    found: list[PreviewRow] = []
    for row, outcome in islice(_Reader(mapping, sheet, today).outcomes(), rows):
        found.append(_previewed(row, outcome, found))
    if mapping.transfers_name_accounts:
        told = iter(_between_accounts([row.record for row in found if row.record]))
        found = [replace(row, record=next(told)) if row.record else row for row in found]
    return Preview(column_names(sheet.names), (*shown, *found))


def _previewed(row: tables.Row, outcome: _Outcome, before: list[PreviewRow]) -> PreviewRow:
    cells = _cells(row)
    if isinstance(outcome, _Continued):
        if before and (record := before[-1].record):
            before[-1] = replace(before[-1], record=_extended(record, outcome))
            return PreviewRow(row.line, cells)
        outcome = outcome.problem
    if isinstance(outcome, _Undated):
        outcome = outcome.problem
    if isinstance(outcome, Record):
        return PreviewRow(row.line, cells, record=outcome)
    if isinstance(outcome, Problem):
        return PreviewRow(row.line, cells, problem=outcome)
    return PreviewRow(row.line, cells, left_out=outcome)


def _cells(row: tables.Row) -> tuple[str, ...]:
    return tuple(clean(cell) for cell in row.cells)


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────


_NEEDED_TO_SPLIT = ("encoding", "delimiter", "quote", "skip_rows", "footer_rows")


def _source(data: bytes, mapping: Mapping) -> Source:
    if errors := {name: text for name, text in mapping.errors().items() if name in _NEEDED_TO_SPLIT}:
        raise MappingError(errors)
    return Source.of(data, mapping)


class _Sheet:
    """The file cut into rows as a mapping says. The rows come one by one: they are never held all at once."""

    def __init__(self, source: Source, mapping: Mapping) -> None:
        self._source, self._footer_rows = source, mapping.footer_rows
        self._skip = mapping.skip_rows or source.stated
        head = list(islice(source.rows(self._skip), _SAMPLE + 1))
        self.header = head[:1] if mapping.has_header else []  # one row, or none
        self.first = head[len(self.header) :]
        if not head:
            raise Refused(NO_TABLE)
        # A header names every column; without one, an empty cell at the end may be filled further down.
        widths = Counter(_width(row) if self.header else len(row.cells) for row in self.first)
        usual = widths.most_common(1)[0][0] if widths else 0
        self.width = max(usual, _width(self.header[0]) if self.header else 0)  # columns that a row can have
        if self.width > MOST_COLUMNS:
            raise Refused(TOO_MANY_COLUMNS)
        self.footer: deque[tables.Row] = deque()  # known when the body has been gone through

    @property
    def names(self) -> list[str]:
        given = [clean(cell) for cell in self.header[0].cells[: self.width]] if self.header else []
        return given + [""] * (self.width - len(given))

    @property
    def is_book(self) -> bool:
        return self._source.book is not None

    @property
    def before(self) -> list[tuple[int, str]]:
        """The skipped lines with text."""
        return self._source.text_before(self._skip)

    def body(self) -> Iterator[tables.Row]:
        self.footer.clear()
        for at, row in enumerate(islice(self._source.rows(self._skip), len(self.header), None)):
            if at >= MOST_ROWS:
                raise Refused(TOO_MANY_ROWS, line=row.line)
            self.footer.append(row)
            if len(self.footer) > self._footer_rows:
                yield self.footer.popleft()


def _width(row: tables.Row) -> int:
    """Columns up to the last one with text: some banks end each row with a delimiter or two."""
    cells = row.cells
    width = len(cells)
    while width and not cells[width - 1].strip():
        width -= 1
    return width


class _Nature:
    """The texts that say what a row is; one that ends with `*` stands for all that begin so."""

    def __init__(self, name: str, texts: tuple[str, ...]) -> None:
        self.name = name
        plain = [text.strip().casefold() for text in texts]
        self.texts = {text for text in plain if not text.endswith("*")}
        self.beginnings = tuple(text[:-1] for text in plain if text.endswith("*"))

    def is_said(self, text: str) -> bool:
        return text in self.texts or text.startswith(self.beginnings)


class _Reader:
    """One pass over the rows of a sheet."""

    def __init__(self, mapping: Mapping, sheet: _Sheet, today: date | None) -> None:
        self.mapping = mapping
        self.sheet = sheet
        self.latest = today + FURTHEST_AHEAD if today else date.max
        self.header = [cell.strip() for cell in sheet.header[0].cells] if sheet.header else None
        self.as_meant = undefused if self.header and not sheet.is_book and apps.is_ours(self.header) else str
        self.statuses = {headers.normalised(text) for text in mapping.status_values}
        self.out_texts = {text.strip().casefold() for text in mapping.out_texts}
        self.in_texts = {text.strip().casefold() for text in mapping.in_texts}
        columns = (mapping.amount, mapping.money_in, mapping.money_out)
        self.money = [column for column in columns if column is not None]
        self.texts = [column for column in (mapping.payee, mapping.payee_in, *mapping.memo) if column is not None]
        self.natures = [
            _Nature(name, getattr(mapping, f"{name}_texts")) for name in ("opening", "settlement", "transfer")
        ]
        self.day = lru_cache(maxsize=4096)(self._day)

    def outcomes(self) -> Iterator[tuple[tables.Row, _Outcome]]:
        for row in self.sheet.body():
            yield row, self._outcome(row)

    def _outcome(self, row: tables.Row) -> _Outcome:
        mapping = self.mapping
        if unfit := self._unfit(row):
            return Problem(row.line, _shown(row), unfit)
        if self.header and row.cells[0].strip() == self.header[0] and [c.strip() for c in row.cells] == self.header:
            return LeftOut(row.line, _shown(row), REPEATED)
        if mapping.status is not None and headers.normalised(_at(row, mapping.status)) in self.statuses:
            return LeftOut(row.line, _shown(row), STATUS)
        try:
            day = self.day(_figures(row, mapping.date))
        except dates.Unreadable as error:
            return self._without_a_day(row, str(error))
        said = self._said(row)
        payee, memos = said
        if mapping.leave_out_balances and self._is_balance(row, payee, memos):
            return LeftOut(row.line, _shown(row), BALANCE)
        try:
            amount, sign = self._amount(row)
        except amounts.Unreadable as error:
            told = mapping.leave_out_balances and not any(_figures(row, column) for column in self.money)
            if told and headers.tells_of_balance(payee):
                return LeftOut(row.line, _shown(row), BALANCE)
            return Problem(row.line, _shown(row), str(error))
        nature = self._nature(row) if mapping.nature else ""
        if mapping.member is not None:
            return self._of_member(row, day, amount, sign, nature=nature, said=said)
        return self._record(row, day, amount, sign, nature=nature, said=said)

    def _is_balance(self, row: tables.Row, payee: str, memos: list[str]) -> bool:
        """The name of a balance stands where a row says what it is; anywhere, if it says nothing there."""
        said = [text for text in (payee, *memos[:1]) if text]
        if not said and not any(memos):  # an Übertrag is a transfer there
            said = [cell for cell in row.cells if headers.normalised(cell) != "ubertrag"]
        return any(map(headers.is_balance, said))

    def _unfit(self, row: tables.Row) -> str:
        """Why the cells of the row cannot be told apart, or an empty text."""
        if row.fault == tables.NEVER_CLOSED:
            return f"Quote never closed: one is opened in line {row.line}, and no other ends that text."
        if len(row.raw) > tables.LONGEST_ROW:
            return "The row is longer than 100,000 characters."
        width = _width(row)
        if width > self.sheet.width:
            return (
                f"The row has {width} columns, the others {self.sheet.width}: a text may hold the mark between them."
            )
        if row.fault == tables.DAMAGED and len(row.cells) < self.sheet.width - 1:
            return f"Quote never closed: the quotes in line {row.line} do not come in pairs."
        return ""

    def _day(self, text: str) -> date:
        mapping = self.mapping
        day = dates.parsed(
            text,
            mapping.date_order,
            language=mapping.month_names,
            century_from=mapping.century_from,
            year=mapping.year,
        )
        if day > self.latest:
            raise dates.Unreadable(f"“{text[:40]}” is more than a year ahead.")
        return day

    def _without_a_day(self, row: tables.Row, reason: str) -> _Outcome:
        mapping = self.mapping
        cell = _figures(row, mapping.date)
        said = [text for text in (clean(cell) for cell in row.cells) if text]
        if headers.normalised(cell) in headers.PENDING:
            return LeftOut(row.line, _shown(row), PENDING)
        digits, letters = sum(c.isdigit() for c in cell), sum(c.isalpha() for c in cell)
        looks_dated = bool(dates.taken_apart(cell)) or digits > max(3, letters)
        if not looks_dated and (any(map(headers.is_total, said)) or self._begins_with_total(row)):
            return LeftOut(row.line, _shown(row), BALANCE)
        if not cell and not any(_at(row, column) for column in (*self.money, *self.texts)):
            return LeftOut(row.line, _shown(row), BALANCE)
        problem = Problem(row.line, _shown(row), reason)
        if mapping.undated == "leave_out":
            return LeftOut(row.line, _shown(row), UNDATED)
        has_amount = any(self._has_amount(row, column) for column in self.money)
        texts = [text for column in self.texts if (text := _at(row, column))]
        if mapping.join_continued and not cell and not has_amount and texts:
            return _Continued(" ".join(texts), clean(row.raw), problem)
        return _Undated(problem, may_be_footer=not looks_dated and not has_amount)

    def _begins_with_total(self, row: tables.Row) -> bool:
        """The first text of the row names a total: not where a payee or a description stands, as Total is a shop."""
        at = next((at for at, cell in enumerate(row.cells) if clean(cell)), None)
        return at is not None and at not in self.texts and headers.begins_with_total(clean(row.cells[at]))

    def _has_amount(self, row: tables.Row, column: int) -> bool:
        return amounts.taken_apart(_figures(row, column)) is not None

    def _value(self, text: str) -> Decimal:
        return amounts.parsed(text, self.mapping.decimal_mark, self.mapping.thousands_mark)

    def _amount(self, row: tables.Row) -> tuple[Decimal, str]:
        """(amount, negative for money out; the text it was read from)."""
        mapping = self.mapping
        if mapping.layout == "in_out":
            amount, text = self._in_or_out(row)
        else:
            text = _figures(row, mapping.amount)
            amount = self._value(text)
            if mapping.layout == "flag":
                amount = self._flagged(row, amount)
        amount = -amount if mapping.invert and amount else amount
        return amount - self._fee(row), text

    def _fee(self, row: tables.Row) -> Decimal:
        text = _figures(row, self.mapping.fee)
        return abs(self._value(text)) if text and text not in _DASHES else Decimal(0)

    def _in_or_out(self, row: tables.Row) -> tuple[Decimal, str]:
        into, out = _figures(row, self.mapping.money_in), _figures(row, self.mapping.money_out)
        # A dash alone is how some write "nothing here".
        into, out = ("" if text in _DASHES else text for text in (into, out))
        if not into and not out:
            raise amounts.Unreadable("There is no amount in this row.")
        received = self._value(into) if into else Decimal(0)
        spent = self._value(out) if out else Decimal(0)
        if received and spent:
            raise amounts.Unreadable(f"The row has money in ({into}) and money out ({out}) at once.")
        if received or not out:
            return received, into
        return (spent if self.mapping.out_negative or not spent else -spent), out

    def _flagged(self, row: tables.Row, amount: Decimal) -> Decimal:
        """Money out is negative whether or not it has a minus of its own; money in keeps the sign it has."""
        text = _at(row, self.mapping.flag)
        first = _at(row, self.mapping.flag_first)
        for said in (first.casefold(), text.casefold()) if first else (text.casefold(),):
            if said in self.out_texts:
                return -abs(amount) if amount else amount
            if said in self.in_texts:
                return amount
        raise amounts.Unreadable(f"“{text[:40]}” says neither money in nor money out." if text else _NO_FLAG)

    def _nature(self, row: tables.Row) -> str:
        said = [text.casefold() for column in self.mapping.nature if (text := _at(row, column))]
        return next((nature.name for nature in self.natures if any(map(nature.is_said, said))), "")

    def _of_member(
        self, row: tables.Row, day: date, amount: Decimal, sign: str, *, nature: str, said: _Said
    ) -> _Outcome:
        try:
            share = self._share(row, amount, nature)
        except amounts.Unreadable as error:
            return Problem(row.line, _shown(row), str(error))
        if share is None:
            return LeftOut(row.line, _shown(row), NOT_YOURS)
        return self._record(row, day, share, sign, nature=nature, said=said)

    def _share(self, row: tables.Row, amount: Decimal, nature: str) -> Decimal | None:
        """What of a cost of a group is one person's, or None where it does not concern them.

        Their column has what they paid less what they owe: who paid has the cost less their own share in it, who did
        not has their share with a minus. A settlement is what changed hands: paid, it counts for them.
        """
        net = _figures(row, self.mapping.member)
        value = self._value(net) if net else Decimal(0)
        if not value:
            return None
        if nature == "settlement":
            return -value
        cost = abs(amount)
        if abs(value) > cost:
            raise amounts.Unreadable(f"The share ({net}) is more than the cost.")
        share = cost - value if value > 0 else -value
        return -share if amount < 0 else share

    def _said(self, row: tables.Row) -> _Said:
        mapping = self.mapping
        return self.as_meant(_at(row, mapping.payee)), [self.as_meant(_at(row, memo)) for memo in mapping.memo]

    def _record(self, row: tables.Row, day: date, amount: Decimal, text: str, *, nature: str, said: _Said) -> Record:
        mapping = self.mapping
        payee, memos = said
        if amount > 0 and mapping.payee_in is not None:
            payee = self.as_meant(_at(row, mapping.payee_in))
        description, memo = described(payee, memos)
        account = mapping.account_in if amount > 0 and mapping.account_in is not None else mapping.account
        return Record(
            line=row.line,
            date=day,
            amount=amount,
            description=description,
            payee=description if payee and len(payee) > len(description) else payee,
            memo=memo,
            currency=intern(self._currency(row, text)),  # the same in many rows: kept once
            account=intern(_figures(row, account)[:FIELD_LENGTH]),
            category=intern(self.as_meant(_at(row, mapping.category))[:FIELD_LENGTH]),
            bank_id=_at(row, mapping.bank_id)[:FIELD_LENGTH],
            raw=clean(row.raw),
            nature=nature,
        )

    def _currency(self, row: tables.Row, text: str) -> str:
        written = _at(row, self.mapping.currency).upper()
        if len(written) == 3:
            return written
        if self.mapping.currency_code:
            return self.mapping.currency_code
        apart = None if text[-1:].isdigit() and text[:1] in "-0123456789" else amounts.taken_apart(text)
        return apart.currency if apart else ""


_DASHES = ("-", "–", "—")
_NO_FLAG = "The row does not say whether money came in or went out."


def _at(row: tables.Row, column: int | None) -> str:
    """The text of a cell; a row may end early."""
    if column is None or column >= len(row.cells):
        return ""
    return clean(row.cells[column])


def _figures(row: tables.Row, column: int | None) -> str:
    """A cell with a day, an amount or a number in it, without Excel's wrapping."""
    if column is None or column >= len(row.cells):
        return ""
    return clean(tables.unwrapped(row.cells[column]))


def _shown(row: tables.Row) -> str:
    return clean(row.raw)[:_SHOWN]


def _between_accounts(records: list[Record]) -> list[Record]:
    """The records, those without a category that name another account of theirs as the payee as moves."""
    own = {record.account for record in records if record.account}
    return [
        replace(record, nature="transfer")
        if record.payee in own and record.payee != record.account and not record.category and not record.nature
        else record
        for record in records
    ]


def _extended(record: Record, more: _Continued) -> Record:
    """The record with a further line of its text."""
    payee = f"{record.payee} {more.text}"
    old_memo = [record.memo] if record.memo else []
    description, memo = described(f"{record.description} {more.text}", old_memo)
    return replace(
        record, description=description, payee=payee[:FIELD_LENGTH], memo=memo, raw=f"{record.raw}\n{more.raw}"
    )


def _collected(
    outcomes: Iterable[tuple[tables.Row, _Outcome]], sheet: _Sheet
) -> tuple[list[Record], list[Problem], list[LeftOut]]:
    """The outcomes in three piles. Rows without a day are a footer only where no dated row follows."""
    records: list[Record] = []
    problems: list[Problem] = []
    left_out = [LeftOut(line, clean(text)[:_SHOWN], BEFORE) for line, text in sheet.before]
    waiting: list[_Undated] = []
    for _, outcome in outcomes:
        if isinstance(outcome, LeftOut):
            left_out.append(outcome)
        elif isinstance(outcome, _Undated):
            waiting.append(outcome)
        elif isinstance(outcome, _Continued) and not waiting and records and len(records[-1].raw) < MEMO_LENGTH:
            records[-1] = _extended(records[-1], outcome)
        else:
            problems += [row.problem for row in waiting]
            waiting.clear()
            if isinstance(outcome, Record):
                records.append(outcome)
            else:
                problems.append(outcome.problem if isinstance(outcome, _Continued) else outcome)
    for row in waiting:
        if row.may_be_footer and records:
            left_out.append(LeftOut(row.problem.line, row.problem.text, FOOTER))
        else:
            problems.append(row.problem)
    left_out += [LeftOut(row.line, _shown(row), FOOTER) for row in sheet.footer]
    return records, sorted(problems, key=lambda p: p.line), sorted(left_out, key=lambda row: row.line)
