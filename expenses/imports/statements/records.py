"""What every format gives: records, problems, and rows left out."""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal

from expenses.imports.statements.mapping import Mapping
from expenses.shared.text import without_controls

DESCRIPTION_LENGTH = 200
MEMO_LENGTH = 10_000


class Refused(Exception):
    """The file is no statement that can be read. The message is a sentence for the person."""

    def __init__(self, reason: str, *, line: int = 1, text: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.text = text[:DESCRIPTION_LENGTH]


@dataclass(frozen=True, slots=True)
class Record:
    """One movement of money as the statement says it.

    `amount` is signed: money out is negative. `description` is what a person would call it, at most 200 characters:
    the payee, else the first of the memo columns. Longer texts are cut with "…" and stand whole at the head of
    `memo`. `line` counts physical lines from 1. `raw` is the row as it stands in the file.
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
    description = " ".join(said[0].split("\n"))
    rest = said[1:]
    if len(description) > DESCRIPTION_LENGTH:
        rest = said
        description = description[: DESCRIPTION_LENGTH - 1].rstrip() + "…"
    return description, " · ".join(rest)[:MEMO_LENGTH]
