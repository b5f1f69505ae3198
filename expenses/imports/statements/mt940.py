"""MT940 (and its interim sister MT942): what SWIFT banks have sent since the seventies, and each in its own way.

Read line by line here, as the mt-940 package knows no line numbers, gives a whole file up for one row that it cannot
read, and runs the fields of a purpose that is wrapped into each other.

The day is the value date, the only one that all banks write. RC, a credit taken back, is money out; RD is money in.
"""

import calendar
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from expenses.imports.statements import amounts, booked, dates, encodings, purposes, tables
from expenses.imports.statements.delimited import PENDING, TOO_MANY_ROWS
from expenses.imports.statements.mapping import Mapping
from expenses.imports.statements.records import (
    FIELD_LENGTH,
    Guess,
    LeftOut,
    NoRows,
    Problem,
    Record,
    Refused,
    Statement,
    clean,
    described,
)

FIELDS: tuple[str, ...] = ("encoding",)

NO_ROWS = "No transactions found (the statement has no rows of movements, :61:)."
UNKNOWN_ROW = "The line :61: has no day, direction (C or D) and amount where MT940 writes them."
LAST_OF_FEBRUARY = "30 February, by which some banks reckon interest, is read as the last day of that month."
INTERIM = "This is an interim report (MT942): what it says may still change until the bank's statement."

_MOST_LINES = 200  # of a row, that are kept as they stand
_TAG = re.compile(r"\s{0,3}:(13D?|2[015]P?|28C?|34F|60[FM]|61|62[FM]|6[45]|86|90[CD]|NS):(.*)", re.DOTALL)
_END = re.compile(r"-\s*$|-\}|\{[1-5]:")
_ROW = re.compile(
    r"(?P<value>\d{8}(?=[A-Z])|\d{6})(?P<entry>\d{6}|\d{4})?\s*"
    r"(?P<mark>[ER]?[CD])(?P<funds>[A-Z])?\s*(?P<amount>[0-9.,]*[0-9][0-9.,]*)\s*"
    r"(?P<kind>[A-Z][A-Z0-9 ]{3})?(?P<reference>.*?)(?://(?P<bank>.*))?"
)
_BALANCE = re.compile(r"(?P<mark>[CD])(?P<day>\d{6})(?P<currency>[A-Z]{3})(?P<amount>[0-9.,]+)\s*")
_CURRENCY_BEHIND = re.compile(r".*?[^A-Za-z](?P<currency>[A-Z]{3})")


def guess(data: bytes) -> Guess:
    """Nothing to ask but the letters, which the file does not name. Raises `Refused`."""
    mapping = Mapping(encoding=encodings.guessed(data), decimal_mark=",", thousands_mark=".")
    text, _ = _opened(data, mapping)
    if not any(name == "61" for name, _, _ in _fields(text)):
        raise NoRows(NO_ROWS)
    return Guess(mapping, (), {}, "mt940", ())


def read(
    data: bytes, mapping: Mapping | None = None, *, today: date | None = None, most: int = sys.maxsize
) -> Statement:
    """Every row of every statement in the file. Raises `Refused`, and `NoRows` where there is none."""
    mapping = mapping or Mapping(encoding=encodings.guessed(data), decimal_mark=",", thousands_mark=".")
    text, lost = _opened(data, mapping)
    fields = _fields(text)
    del text  # held as long as there are fields in it, and no longer
    reader = _Reader(booked.latest(today))
    for name, line, texts in fields:
        reader.take(name, line, texts)
        if len(reader.records) + len(reader.problems) >= most:
            break
    else:
        reader.end()
    reader.close()
    if not (reader.records or reader.problems or reader.left_out):
        raise NoRows(NO_ROWS)
    notices = [INTERIM] if reader.is_interim else []
    notices += [LAST_OF_FEBRUARY] if reader.has_february_30 else []
    notices += [booked.ENDS_EARLY] if reader.is_cut else []
    if lost:
        letters = "1 letter could not be read and is" if lost == 1 else f"{lost:,} letters could not be read and are"
        notices.append(f"{letters} shown as �.")
    return Statement(
        "mt940",
        reader.identified(),
        reader.problems,
        reader.left_out,
        mapping=mapping,
        notices=(*notices, *booked.few(reader.disagreements)),
    )


# ── lines ─────────────────────────────────────────────────────────────────────────────────────────


def _opened(data: bytes, mapping: Mapping) -> tuple[str, int]:
    """(the text, how many letters of it could not be read). Some banks write @@ for a line's end."""
    text, lost = encodings.decode(data, mapping.encoding)
    if "@@:" in text:
        text = text.replace("@@", "\n")
    # A soft hyphen is what is left of a hyphen.
    return text.replace("\u00ad", "-"), lost


def _fields(text: str) -> Iterator[tuple[str, int, list[str]]]:
    """(name, line, texts: one a physical line) of each field; "" for the end of a message.

    What stands between the messages (names of banks, blocks of SWIFT) is no field.
    """
    name, begun, texts = "", 0, list[str]()
    for at, line in enumerate(tables.each_line(text), 1):
        if not line or line.isspace():
            continue
        found = _TAG.fullmatch(line)
        if not found and "{4:" in line:  # what SWIFT itself says may stand before the first field
            found = _TAG.fullmatch(line.partition("{4:")[2])
        ends = found is None and _END.match(line) is not None
        if name and (found or ends):
            yield name, begun, texts
        if found:
            name, begun, texts = found[1], at, [found[2]]
        elif ends:
            name = ""
            yield "", at, []
        elif name and len(texts) <= tables.LONGEST_ROW:  # too long by then, whatever follows
            texts.append(line)
    if name:
        yield name, begun, texts


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Row:
    """A movement (:61:) and the texts behind it (:86:)."""

    line: int
    texts: list[str]
    purpose: list[str] = field(default_factory=list)

    @property
    def raw(self) -> str:
        return "\n".join(filter(None, map(clean, [*self.texts, *self.purpose][:_MOST_LINES])))[: booked.MOST_TEXT]

    @property
    def is_cut(self) -> bool:
        """Whether it ends with its amount, of which digits may be missing then: what it is stands behind that."""
        text = clean(self.texts[0])
        found = None if self.texts[1:] or self.purpose else _ROW.fullmatch(text)
        return found is not None and found.end("amount") == len(text)

    @property
    def length(self) -> int:
        return sum(map(len, self.texts)) + sum(map(len, self.purpose))


@dataclass(slots=True)
class _Reader:
    """One pass over the fields of a file."""

    latest: date
    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)
    is_interim: bool = False
    is_cut: bool = False
    has_february_30: bool = False
    # of the statement that is being read
    account: str = ""
    currency: str = ""
    opening: Decimal | None = None
    closing: Decimal | None = None
    moved: Decimal = Decimal(0)
    before: tuple[int, int] = (0, 0)  # records and problems of the statements before
    row: _Row | None = None  # that a :86: may still follow

    def take(self, name: str, line: int, texts: list[str]) -> None:
        if name == "86":
            if self.row and len(self.row.purpose) <= tables.LONGEST_ROW:
                self.row.purpose += texts
            return
        if name != "NS":
            self._finish()
        if name in ("", "20", "25", "25P"):
            self.close()
        if name == "61":
            if len(self.records) + len(self.problems) + len(self.left_out) >= booked.MOST_ROWS:
                raise Refused(TOO_MANY_ROWS, line=line)
            self.row = _Row(line, texts)
        elif texts:
            self._about_statement(name, texts[0])

    def _about_statement(self, name: str, text: str) -> None:
        if name in ("25", "25P"):
            self.account = clean(text)[:FIELD_LENGTH]
        elif name in ("60F", "60M"):
            self._begin(text)
        elif name in ("62F", "62M"):
            self.closing = self._balance(text)
        elif name in ("34F", "13D", "90C", "90D"):
            self.is_interim = True
            found = re.match("[A-Z]{3}", clean(text)) if name == "34F" else None
            self.currency = self.currency or (found[0] if found else "")

    def end(self) -> None:
        """The file is at its end: was its last statement?"""
        self.is_cut = self.opening is not None and self.closing is None
        if self.row and self.row.is_cut:
            self.problems.append(Problem(self.row.line, self.row.raw, booked.CUT_SHORT))
            self.row = None

    def close(self) -> None:
        """The statement is at its end: its currency and its balances are known now."""
        self._finish()
        records, problems = self.before
        if not self.currency and (found := _CURRENCY_BEHIND.fullmatch(self.account)):
            self.currency = found["currency"]
        for at in range(records, len(self.records)):
            if not self.currency or self.records[at].currency:
                break
            self.records[at] = replace(self.records[at], currency=self.currency)
        if self.opening is not None and self.closing is not None and len(self.problems) == problems:
            said = booked.disagreement(self.account, self.opening, self.moved, self.closing, self.currency)
            self.disagreements += [said] if said else []
        self.account, self.currency, self.opening, self.closing = "", "", None, None
        self.moved, self.before = Decimal(0), (len(self.records), len(self.problems))

    def identified(self) -> list[Record]:
        """The records, without references that tell no rows apart."""
        for at, text in enumerate(booked.telling([record.bank_id for record in self.records])):
            if text != self.records[at].bank_id:
                self.records[at] = replace(self.records[at], bank_id=text)
        return self.records

    def _begin(self, text: str) -> None:
        """An opening balance; a second one begins another statement of the same account."""
        if self.closing is not None or self.before != (len(self.records), len(self.problems)):
            account = self.account
            self.close()
            self.account = account
        self.opening = self._balance(text)

    def _balance(self, text: str) -> Decimal | None:
        found = _BALANCE.fullmatch(clean(text))
        if not found:
            return None
        self.currency = found["currency"]
        try:
            amount = _amount(found["amount"])
        except amounts.Unreadable:
            return None  # no movement: only the sum cannot be checked
        return -amount if found["mark"] == "D" else amount

    def _finish(self) -> None:
        """The row that is open, as a record or a problem."""
        row, self.row = self.row, None
        if row is None:
            return
        found = _ROW.fullmatch(clean(row.texts[0]))
        if found and found["mark"].startswith("E"):
            self.left_out.append(LeftOut(row.line, row.raw, PENDING))
            return
        try:
            if found is None:
                raise amounts.Unreadable(UNKNOWN_ROW)
            if row.length > tables.LONGEST_ROW:
                raise amounts.Unreadable("The row is longer than 100,000 characters.")
            amount = _amount(found["amount"])
            day = self._day(found["value"])
        except (amounts.Unreadable, dates.Unreadable) as error:
            self.problems.append(Problem(row.line, row.raw, str(error)))
            return
        amount = amount if found["mark"] in ("C", "RD") else -amount
        self.moved += amount
        self.records.append(self._record(row, day, amount, found["reference"], found["bank"] or ""))

    def _day(self, digits: str) -> date:
        """The value date. Where each month has thirty days for the interest, so has February."""
        text = _with_year(digits)
        if text[5:] in ("02-29", "02-30") and int(text[8:]) > (last := calendar.monthrange(int(text[:4]), 2)[1]):
            text = f"{text[:8]}{last}"
            self.has_february_30 = True
        return booked.day(text, self.latest)

    def _record(self, row: _Row, day: date, amount: Decimal, reference: str, bank: str) -> Record:
        said = purposes.understood(row.purpose)
        supplement = " ".join(" ".join(clean(text).split()) for text in row.texts[1:])
        # Some Dutch banks write a name behind the reference, in the same line.
        behind = " ".join(reference.split()[1:]) if booked.is_id(clean(reference)) else ""
        memos = [*said.memos, supplement, clean(behind)]
        if not said.payee and not any(memos) and booked.is_id(clean(reference)):
            memos = [clean(reference)]
        description, memo = described(said.payee, memos)
        return Record(
            line=row.line,
            date=day,
            amount=amount,
            description=description,
            payee=description if len(said.payee) > len(description) else said.payee,
            memo=memo,
            currency=self.currency,
            account=self.account,
            bank_id=clean(bank)[:FIELD_LENGTH],
            raw=row.raw,
        )


def _amount(text: str) -> Decimal:
    """`12,` and `12,5` and `1.234,56`; a point with two digits behind it parts cents. Raises `amounts.Unreadable`."""
    whole, point, behind = text.rpartition(".")
    if not point or "," in behind:
        return amounts.parsed(text, ",", ".")
    if len(behind) != 2 or "." in whole:
        raise amounts.Unreadable(f"“{text[:40]}” can be read in two ways: MT940 parts decimals by a comma.")
    return amounts.parsed(text, ".", ",")


def _with_year(digits: str) -> str:
    """YYMMDD, or YYYYMMDD as some write it, as a date with a year of four digits: all of MT940 is after 1970."""
    if len(digits) == 8:
        return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
    century = "19" if digits >= "70" else "20"
    return f"{century}{digits[:2]}-{digits[2:4]}-{digits[4:]}"
