"""QIF: rows of lines that begin with a letter for what they say, each row ended by a line with ^ alone.

Read by ourselves: `quiffen` stops at the first row that it cannot read and at a file without a header, takes no
apostrophe for the years after 1999, and knows of no line numbers.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from expenses.imports.statements import amounts, booked, dates, encodings, tables
from expenses.imports.statements.delimited import TOO_MANY_ROWS
from expenses.imports.statements.mapping import Mapping, MappingError
from expenses.imports.statements.records import (
    FIELD_LENGTH,
    Guess,
    LeftOut,
    NoRows,
    Problem,
    Record,
    Refused,
    Split,
    Statement,
    clean,
    described,
)
from expenses.shared.text import normalised

FIELDS: tuple[str, ...] = ("encoding", "date_order", "decimal_mark")

NO_TRANSACTIONS = "No transactions found."
NO_END = "The last row has no end mark (^): the file may have been cut off there."

# Lists beside the rows of accounts, by the beginning of what stands behind !Type:, with what each of theirs is called.
_LISTS = {
    "cat": "a category of a list",
    "class": "a class of a list",
    "tag": "a tag of a list",
    "memorized": "a remembered transaction, not one that was made",
    "invst": "an investment bought, sold or credited",
    "port": "an investment bought, sold or credited",
    "security": "a security explained",
    "prices": "a price of a security",
    "budget": "a budget",
    "template": "a template",
}
_OPENING = frozenset(
    {
        "opening balance", "initial balance", "starting balance", "balance brought forward", "anfangssaldo",
        "anfangsbestand", "eröffnungssaldo", "solde initial", "solde d'ouverture", "saldo inicial", "saldo iniziale",
        "saldo di apertura", "beginsaldo", "openingssaldo", "startsaldo", "ingående saldo", "počáteční zůstatek",
        "saldo początkowe", "bilans otwarcia",
    }
)  # fmt: skip
_WHOLE = frozenset({"--split--", "|--split--|", "split"})  # in place of a category, where a row falls into parts
_HEADER = re.compile(r"!\s*(Type|Account|Option|Clear)\s*:?\s*(.*)", re.IGNORECASE)
_BRACKETS = re.compile(r"\[([^\]]*)\]\s*(?:/.*)?")
# 6/ 1'04 and 6/1' 4: the apostrophe stands for the years from 2000 on.
_APOSTROPHE = re.compile(r"([0-9]{1,2}\s*[./\-]\s*[0-9]{1,2})\s*[./\-]?\s*['’]\s*([0-9]{1,4})")
_PADDED = re.compile(r"(?<=[./\-])\s+|\s+(?=[./\-])")
_LONGEST_ROW = 100_000
_SHOWN = 2_000  # characters of a row kept with a problem


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Part:
    """A part of a row, as it is written."""

    category: str = ""
    memo: str = ""
    amount: str = ""
    percent: str = ""


@dataclass(slots=True)
class _Row:
    """The lines of a row, by what they say."""

    line: int
    account: str = ""
    of_list: str = ""  # why it is none of an account
    lines: list[str] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    parts: list[_Part] = field(default_factory=list)
    fault: str = ""
    length: int = 0

    @property
    def amounts(self) -> list[str]:
        return [self.said[code] for code in "TU" if self.said.get(code)]

    @property
    def text(self) -> str:
        """As it stands in the file, without whether it was cleared, which changes from one export to the next."""
        return clean("\n".join(line for line in self.lines if line[0] not in "Cc"))

    def take(self, line: str) -> None:
        self.length += len(line)
        if self.length > _LONGEST_ROW:
            self.fault = "The row is longer than 100,000 characters."
            return
        self.lines.append(line)
        code, text = line[0].upper(), clean(line[1:])
        if code in "SE$%":
            self.take_part(code, text)
        elif code not in self.said:
            self.said[code] = text
        elif code in "DTU" and not any(c.isdigit() for c in text):
            # A memo of several lines, one of which happens to begin with this letter.
            self.said["M"] = f"{self.said.get('M', '')} {clean(line)}".strip()
        elif code == "M":
            self.said["M"] += f" {text}"
        elif code in "DTU" and text != self.said[code]:
            self.fault = "Two days or two amounts stand in this row: the mark (^) between two rows is missing."

    def take_part(self, code: str, text: str) -> None:
        name = {"S": "category", "E": "memo", "$": "amount", "%": "percent"}[code]
        if code == "S" or not self.parts or (code != "E" and getattr(self.parts[-1], name)):
            self.parts.append(_Part())
        before = getattr(self.parts[-1], name)
        setattr(self.parts[-1], name, f"{before} {text}".strip())

    def begins_again(self, line: str) -> bool:
        """The line is the day of another row: the mark before it is missing."""
        return line[:1] in ("D", "d") and "D" in self.said and bool(self.amounts) and _is_day(line[1:])


def _rows(text: str) -> Iterator[_Row]:
    """Rows of accounts and of lists, in the order of the file. Raises `Refused` for more than 200,000."""
    count = 0
    for row in _each(text):
        count += max(1, len(row.parts))  # each part becomes a row
        if count > booked.MOST_ROWS:
            raise Refused(TOO_MANY_ROWS, line=row.line)
        yield row


def _each(text: str) -> Iterator[_Row]:
    """The rows, each with the account it is of."""
    account, of_list, in_accounts = "", "", False
    row: _Row | None = None
    text = text.rstrip("\x1a\x00").replace("\ufeff", "")  # as each file begins that was put behind another
    for at, line in enumerate(map(str.strip, tables.each_line(text)), 1):
        header = _HEADER.match(line) if line.startswith("!") else None
        ends = header or line.startswith("^") or (row and not in_accounts and not of_list and row.begins_again(line))
        if row and ends:
            if in_accounts:
                account = row.said.get("N", "")
            else:
                yield row
            row = None
        if header:
            kind, said = header[1].casefold(), header[2].strip()
            if kind == "type":
                of_list, in_accounts = _list_named(said), False
            elif kind == "account":
                account, of_list, in_accounts = "", "", True
            elif kind == "clear":
                account = ""
        elif line and line[0] not in "^#":
            row = row or _Row(at, account, of_list)
            row.take(line)
    if row and not in_accounts:
        yield row


def _list_named(said: str) -> str:
    """Why what follows this header is no row of an account, or an empty text."""
    name = said.casefold()
    return next((reason for beginning, reason in _LISTS.items() if name.startswith(beginning)), "")


@lru_cache(maxsize=4096)
def _plain_day(text: str) -> str:
    """The day without blanks within it and with a year of four digits where an apostrophe stands for them."""
    text = text.strip()
    if found := _APOSTROPHE.fullmatch(text):
        year = int(found[2])
        begin = _PADDED.sub("", found[1])
        return f"{begin}{'/' if '/' in begin else begin[-3:].lstrip('0123456789')[:1]}{year + 2000 * (year < 1000):04}"
    return _PADDED.sub("", text)


def _is_day(text: str) -> bool:
    return dates.taken_apart(_plain_day(text)) is not None


# ── guessing ──────────────────────────────────────────────────────────────────────────────────────


def guess(data: bytes) -> Guess:
    """What the rows together say of how days and amounts are written. Raises `Refused`."""
    encoding = encodings.guessed(data)
    return _guessed(encodings.decode(data, encoding)[0], encoding)


def _guessed(text: str, encoding: str) -> Guess:
    days: set[str] = set()
    said: list[str] = []
    for row in _rows(text):
        if not row.of_list:
            said += [*row.amounts, *(part.amount for part in row.parts)]
            days.add(_plain_day(row.said.get("D", "")))
    if not days:
        raise NoRows(NO_TRANSACTIONS)
    marks = amounts.marks(said)
    orders = _orders(days, first="DMY" if marks.decimal == "," else "MDY")
    open_ones: dict[str, tuple[str, ...]] = {}
    if len(orders) > 1:
        open_ones["date_order"] = orders
    if not marks.sure:
        open_ones["decimal_mark"] = (marks.decimal, "," if marks.decimal == "." else ".")
    mapping = Mapping(
        encoding=encoding, date_order=orders[0], decimal_mark=marks.decimal, thousands_mark=marks.thousands
    )
    notices = () if text.rstrip(" \t\r\n\x1a\x00").endswith("^") else (NO_END,)
    return Guess(mapping, tuple(open_ones), open_ones, f"qif:{_style(days)}{marks.decimal}", (), notices)


def _style(days: set[str]) -> str:
    """How the days are written, not which: "9/9/9999" and "9/9/99" come from two programs."""
    shapes = {re.sub("[0-9]+", lambda digits: "9999" if len(digits[0]) > 2 else "9", day) for day in days}
    return " ".join(sorted(shapes))[:100]


def _orders(days: set[str], *, first: dates.Order) -> tuple[dates.Order, ...]:
    """The orders that the days may be in, the likeliest first; one where they decide it."""
    found = [parts for day in days if (parts := dates.taken_apart(day)) and parts.kind not in ("ymd", "named")]
    if not found or all(parts.kind == "eight" and dates.fits(parts, "YMD") for parts in found):
        return ("YMD",)
    if all(parts.mark == "." for parts in found):
        first = "DMY"
    wrong = {order: sum(dates.fits(parts, order) is None for parts in found) for order in dates.ORDERS}
    second: dates.Order = "MDY" if first == "DMY" else "DMY"
    left = [order for order in (first, second) if wrong[order] == min(wrong[first], wrong[second])]
    if wrong["YMD"] < wrong[left[0]]:
        return ("YMD",)
    if wrong["YMD"] == wrong[left[0]] and _span(found, "YMD") < _span(found, left[0]):
        return ("YMD", *left)  # the same year in front, days of all years behind
    is_one = all(dates.fits(parts, first) == dates.fits(parts, second) for parts in found)
    nobody_asks = is_one or all(parts.mark == "." for parts in found)  # with points the day comes first everywhere
    return tuple(left[:1] if nobody_asks else left)


def _span(found: list[dates.Parts], order: dates.Order) -> timedelta:
    days = [day for parts in found if (day := dates.fits(parts, order))]
    return max(days) - min(days) if days else timedelta.max


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


def read(
    data: bytes, mapping: Mapping | None = None, *, today: date | None = None, most: int = sys.maxsize
) -> Statement:
    """Every row of every account, in this mapping or in our best reading; lists are left out and counted.

    Raises `Refused`, `NoRows` where there are none, and `MappingError`.
    """
    guessed: Guess | None = None
    if mapping is None:
        guessed = guess(data)
        mapping = guessed.mapping
    elif errors := {name: text for name, text in mapping.errors().items() if name in FIELDS}:
        raise MappingError(errors)
    if mapping.thousands_mark == mapping.decimal_mark:
        mapping = replace(mapping, thousands_mark="," if mapping.decimal_mark == "." else ".")
    reader = _Reader(mapping, booked.latest(today))
    for row in _rows(encodings.decode(data, mapping.encoding)[0]):
        reader.take(row)
        if len(reader.records) + len(reader.problems) >= most:
            break
    if not (reader.records or reader.problems):
        raise NoRows(NO_TRANSACTIONS)
    ambiguous, notices = (guessed.ambiguous, guessed.notices) if guessed else ((), ())
    return Statement("qif", reader.records, reader.problems, reader.left_out, ambiguous, mapping, notices)


def _shown(row: _Row) -> str:
    return row.text[:_SHOWN]


class _Reader:
    """Sorts rows into records, problems and what is left out."""

    def __init__(self, mapping: Mapping, furthest: date) -> None:
        self.mapping = mapping
        self.furthest = furthest
        self.classes: set[str] = set()
        self.records: list[Record] = []
        self.problems: list[Problem] = []
        self.left_out: list[LeftOut] = []

    def take(self, row: _Row) -> None:
        if row.of_list:
            if row.of_list == _LISTS["class"]:
                self.classes.add(row.said.get("N", ""))
            self.left_out.append(LeftOut(row.line, _shown(row), row.of_list))
            return
        try:
            self.records.append(self.record(row))
        except (amounts.Unreadable, dates.Unreadable) as error:
            self.problems.append(Problem(row.line, _shown(row), str(error)))

    def record(self, row: _Row) -> Record:
        """Raises `amounts.Unreadable` and `dates.Unreadable`."""
        if row.fault:
            raise amounts.Unreadable(row.fault)
        day, amount = self.day(row), self.amount(row)
        splits = tuple(self.split(part) for part in row.parts)
        category, klass = self.categorised(row.said.get("L", ""))
        if normalised(category) in _WHOLE:
            category = ""
        if len(splits) == 1 and not category:
            category = splits[0].category
        payee = row.said.get("P", "")
        memos = [row.said.get("M", ""), *(part.memo for part in splits if len(splits) == 1), klass]
        description, memo = described(payee, memos)
        return Record(
            line=row.line,
            date=day,
            amount=amount,
            description=description or _named_by_rest(row, category),
            payee=description if len(payee) > len(description) else payee,
            memo=memo,
            currency=_currency(row),
            account=row.account[:FIELD_LENGTH],
            category=sys.intern(category[:FIELD_LENGTH]),  # the same in many rows: kept once
            raw=row.text,
            nature=_nature(row, category, splits),
            splits=splits,
        )

    def day(self, row: _Row) -> date:
        text = row.said.get("D", "")
        try:
            day = dates.parsed(_plain_day(text), self.mapping.date_order, century_from=self.mapping.century_from)
        except dates.Unreadable as error:
            raise dates.Unreadable(str(error).replace(_plain_day(text), text[:40]) if text else str(error)) from None
        if day > self.furthest:
            raise dates.Unreadable(f"“{text[:40]}” is more than a year ahead.")
        return day

    def amount(self, row: _Row) -> Decimal:
        """That of T; or of U, which holds larger ones."""
        found: list[Decimal] = []
        failed: amounts.Unreadable | None = None
        for text in row.amounts or [""]:
            try:
                found.append(self.value(text))
            except amounts.Unreadable as error:
                failed = failed or error
        if failed and not found:
            raise failed
        if len(set(found)) > 1:
            raise amounts.Unreadable(f"The row has two amounts: {row.said['T']} and {row.said['U']}.")
        return found[0]

    def value(self, text: str) -> Decimal:
        return amounts.parsed(text, self.mapping.decimal_mark, self.mapping.thousands_mark)

    def split(self, part: _Part) -> Split:
        category, klass = self.categorised(part.category)
        text = part.amount or (part.percent and f"{part.percent.removesuffix('%')}%")
        try:
            amount = self.value(part.amount)
        except amounts.Unreadable:
            amount = None
        nature = "transfer" if _BRACKETS.fullmatch(category) else ""
        return Split(amount, category[:FIELD_LENGTH], " · ".join(filter(None, (part.memo, klass))), text, nature)

    def categorised(self, text: str) -> tuple[str, str]:
        """(category, class): what stands behind a slash is a class where the file lists it as one, since other
        programs have slashes in the names of categories."""
        category, _, klass = text.rpartition("/")
        return (category, klass) if category and klass in self.classes else (text, "")


def _nature(row: _Row, category: str, splits: tuple[Split, ...]) -> str:
    """What the row itself says that it is: brackets stand around the account at the other end."""
    if normalised(row.said.get("P", "")) in _OPENING:
        return "opening"
    ends = [
        _BRACKETS.fullmatch(one) for one in ([part.category for part in splits] if len(splits) > 1 else [category])
    ]
    if not all(ends):
        return ""
    names = {normalised(end[1]) for end in ends if end}
    return "opening" if row.account and names == {normalised(row.account)} else "transfer"


def _named_by_rest(row: _Row, category: str) -> str:
    """What to call a row without payee and memo."""
    number = row.said.get("N", "")
    if number.isdigit():
        return f"Check {number.lstrip('0')}"
    other_end = _BRACKETS.fullmatch(category)
    return (row.said.get("A") or (other_end[1] if other_end else category) or number)[:FIELD_LENGTH]


def _currency(row: _Row) -> str:
    for text in row.amounts:
        if not text[-1:].isdigit() or text[:1] not in "-0123456789":
            apart = amounts.taken_apart(text)
            if apart and apart.currency:
                return apart.currency
    return ""
