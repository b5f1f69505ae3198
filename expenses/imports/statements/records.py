"""What every format gives: records, problems, and rows left out."""

import datetime
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from expenses.imports.statements.mapping import Mapping
from expenses.shared.text import without_controls

FIELD_LENGTH = 200  # what a row has room for in a text: its description, an id, the number of an account, a category
MEMO_LENGTH = 10_000


class Refused(Exception):
    """The file is no statement that can be read. The message is a sentence for the person."""

    def __init__(self, reason: str, *, line: int = 1, text: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.text = without_controls(text[:FIELD_LENGTH])


class NoRows(Refused):
    """A statement without a single row: nothing to read alone, and nothing missing beside others."""


# What a file says a movement is, where it says more than the amount, with the words for it.
NATURES = {
    "transfer": "The file calls it a move between accounts",
    "opening": "An opening balance",
    "settlement": "A settlement between people",
}


@dataclass(frozen=True, slots=True)
class Split:
    """A part of a record that has a category of its own. `amount` is signed as the record's, None where the file's
    text for it (`text`) is no amount: the record then stands as a whole. `nature` is as a record's."""

    amount: Decimal | None
    category: str = ""
    memo: str = ""
    text: str = ""
    nature: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One movement of money as the statement says it.

    `amount` is signed: money out is negative. `description` is what a person would call it, at most 200 characters:
    the payee, else the first of the memo columns. Longer texts are cut with "…" and stand whole at the head of
    `memo`. `line` counts physical lines from 1. `raw` is the row as it stands in the file. `nature` is a key of
    `NATURES` or empty. `splits` are its parts, whether or not they add up.
    """

    line: int
    date: datetime.date
    amount: Decimal
    description: str
    payee: str = ""
    memo: str = ""
    currency: str = ""
    account: str = ""
    category: str = ""
    bank_id: str = ""
    raw: str = ""
    nature: str = ""
    splits: tuple[Split, ...] = ()

    @property
    def is_split(self) -> bool:
        """Whether it falls into parts that add up to it."""
        parts = [part.amount for part in self.splits]
        return len(parts) > 1 and all(parts) and sum(part for part in parts if part) == self.amount


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that could not be read: never turned into zero, never dropped in silence."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that is no movement of money (a balance, a total, a pending booking), and why we think so."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Statement:
    format: str
    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    ambiguous: tuple[str, ...] = ()
    mapping: Mapping | None = None
    notices: tuple[str, ...] = ()

    @property
    def zeros(self) -> list[Record]:
        """Records without an amount of money: read, but nothing to write down."""
        return [record for record in self.records if not record.amount]

    def left_out_counts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for row in self.left_out:
            counts[row.reason] = counts.get(row.reason, 0) + 1
        return counts


@dataclass(frozen=True, slots=True)
class Account:
    """What a statement has of one account: `number` as the file writes it, "" for rows that name none. `into` and
    `out` are magnitudes, by currency."""

    number: str
    rows: int
    first: datetime.date
    last: datetime.date
    into: dict[str, Decimal]
    out: dict[str, Decimal]


def accounts_of(records: Iterable[Record]) -> list[Account]:
    """The accounts that movements of money name, the one with the most rows first."""
    of_number: dict[str, list[Record]] = {}
    for record in records:
        if record.amount:
            of_number.setdefault(record.account, []).append(record)
    found = [_account(number, rows) for number, rows in of_number.items()]
    return sorted(found, key=lambda account: (-account.rows, account.number))


def _account(number: str, rows: list[Record]) -> Account:
    into: dict[str, Decimal] = {}
    out: dict[str, Decimal] = {}
    for row in rows:
        side, zero = (into if row.amount > 0 else out), Decimal(0)
        side[row.currency] = side.get(row.currency, zero) + abs(row.amount)
    days = [row.date for row in rows]
    return Account(number, len(rows), min(days), max(days), into, out)


@dataclass(frozen=True, slots=True)
class Guess:
    """A reading, and the questions that only a person can answer.

    `ambiguous` names fields of the mapping in doubt; `alternatives` has what each could be, the guess first.
    `signature` finds a profile again; `columns` are the names of the columns as a person knows them, none for formats
    that say themselves where what stands.
    """

    mapping: Mapping
    ambiguous: tuple[str, ...]
    alternatives: dict[str, tuple[str, ...]]
    signature: str
    columns: tuple[str, ...]
    notices: tuple[str, ...] = ()


class Reader(Protocol):
    """A format that says itself what stands where. `FIELDS`: those of a mapping that a person may change."""

    FIELDS: tuple[str, ...]

    def guess(self, data: bytes) -> Guess:
        """The best reading, without questions where the file leaves nothing open. Raises `Refused`."""

    def read(
        self,
        data: bytes,
        mapping: Mapping | None = None,
        *,
        today: datetime.date | None = None,
        most: int = sys.maxsize,
    ) -> Statement:
        """Everything it says. With `today`, a day more than a year ahead is a problem of its row. With `most`, so many
        records and problems of its beginning, as far as these tell without the rows behind them. Raises `Refused`."""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row as cells, and what it was read as: a record, a problem, or left out; none of them for the header."""

    line: int
    cells: tuple[str, ...]
    record: Record | None = None
    problem: Problem | None = None
    left_out: LeftOut | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows of a file in one reading. `errors` are those of the mapping: with any, no row is read."""

    columns: tuple[str, ...]
    rows: tuple[PreviewRow, ...]
    errors: dict[str, str] = field(default_factory=dict)


# Invisible marks that spreadsheets and banks leave at the ends of cells, and the blanks around them.
_EDGES = " \n\r\u00a0\u200b\u2060\ufeff"


def clean(text: str) -> str:
    """A cell as text for people: no control characters, no lone surrogates, nothing around it."""
    if text.isprintable():
        return text.strip(_EDGES)
    return without_controls(text).strip(_EDGES)


def described(payee: str, memos: list[str]) -> tuple[str, str]:
    """(description, memo) of a row: nothing said twice, nothing lost when the description is cut."""
    parts = [payee, *memos] if payee else list(memos)
    said = list(dict.fromkeys(part for part in parts if part))
    if not said:
        return "", ""
    description = said[0].replace("\n", " ")
    rest = said[1:]
    if len(description) > FIELD_LENGTH:
        rest = said
        description = description[: FIELD_LENGTH - 1].rstrip() + "…"
    return description, " · ".join(rest)[:MEMO_LENGTH]
