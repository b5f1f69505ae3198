"""OFX of any version (1.x SGML, 2.x XML), QFX and QBO: the bank's own list of movements.

The tags are found by a reader of our own. That of `ofxtools` gives up a whole file for one text behind a closing tag,
drops what stands behind a bare "<" and tags in small letters, leaves "&amp;" as it is and does not know the line of a
row. Nor is anything left to `TRNTYPE`, which many banks fill at random: the way of the money is the sign's.
"""

import codecs
import html
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from html.entities import html5
from typing import NamedTuple

from expenses.imports.statements import amounts, booked, dates, encodings
from expenses.imports.statements.delimited import PENDING, TOO_MANY_ROWS
from expenses.imports.statements.mapping import ENCODINGS, Mapping
from expenses.imports.statements.recognising import ENTITIES, wide
from expenses.imports.statements.records import (
    FIELD_LENGTH,
    MEMO_LENGTH,
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

FIELDS: tuple[str, ...] = ()

NO_TRANSACTIONS = "No transactions found."
NEVER_BEGAN = "A transaction ends here that never begins: its first tag is damaged."
CORRECTION = "takes back another row"
CORRECTED = "taken back by the bank"

# What else a file lists, by a tag that each of its rows has once.
_LISTS = {
    "INVTRAN": "an investment bought, sold or credited",
    "INVPOS": "an investment held",
    "SECINFO": "a security explained",
    "OO": "an order not carried out",
}
_ROWS = ("STMTTRN", "STMTTRNP")
_STATEMENTS = ("STMTRS", "CCSTMTRS", "INVSTMTRS", "LOANSTMTRS", "ACCTSTMT")
_OF_OFC = "ACCTSTMT"  # the format before OFX, which names the account in front of the list
_SENDERS = ("BANKACCTFROM", "CCACCTFROM", "INVACCTFROM", "LOANACCTFROM")
# Where a row ends at the latest, though its own closing tag is missing.
_ENDS = (*_ROWS, *_STATEMENTS, "BANKTRANLIST", "BANKTRANLISTP", "INVTRANLIST", "INVBANKTRAN", "LEDGERBAL", "AVAILBAL")
_OF_ACCOUNT = {"ACCTID": "number", "ACCTTYPE": "kind", "CURDEF": "currency"}
_NAMES = "|".join(sorted({*_ENDS, *_SENDERS, *_OF_ACCOUNT, *_LISTS, "PENDING", "OFX"}, key=len, reverse=True))

_MARK = re.compile(rf"<(/?)(?:\w+:)?({_NAMES})(?:\s[^<>]*)?>", re.IGNORECASE)
_TAG = re.compile(r"<(/?)(?:\w+:)?([A-Za-z][\w.\-]*)(?:\s[^<>]*)?/?>")
_LISTED = re.compile(rf"</?(?:\w+:)?(?:STMTTRNP?|{'|'.join(_LISTS)})\b", re.IGNORECASE)
_ROW = re.compile(r"<(?:\w+:)?STMTTRNP?(?:\s[^<>]*)?>", re.IGNORECASE)
_AMOUNT = re.compile(r"<(?:\w+:)?TRNAMT\b[^<>]*>([^<]*)", re.IGNORECASE)
_NO_STANDARD_DAY = re.compile(
    r"<(?:\w+:)?DT(?:POSTED|USER)\b[^<>]*>\s*([0-9]{1,2}[./\-][0-9]{1,2}[./\-][0-9]{2,4})(?![0-9])", re.IGNORECASE
)
_DOCTYPE = re.compile(r"<!\s*(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST)\b", re.IGNORECASE)
_ANSWER = re.compile(r"<SEVERITY>\s*ERROR\b.*?<MESSAGE>([^<]{1,200})", re.IGNORECASE | re.DOTALL)
_BANK = re.compile(r"<(?:FID|INTU\.BID|ORG|BANKID)>([^<\n]{1,60})", re.IGNORECASE)
_DECLARED = re.compile(
    r"(?:CHARSET:\s*([\w-]+?)|<\?xml[^>]{0,60}encoding=[\"']([\w-]+)[\"'])(?=\s|COMPRESSION|[<?]|$)"
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_DAY = re.compile(
    r"([0-9]{8})(?:[T ]?[0-9]{2}(?::?[0-9]{2}){0,2}(?:[.,:]?[0-9]{1,6})?)?\s*(?:Z|[+-][0-9]{1,2}(?::?[0-9]{2})?)?"
)

# Those of one byte a letter, as Python calls them: the others are known by the bytes.
_CODECS = frozenset(codecs.lookup(name).name for name in ENCODINGS if not name.startswith("utf"))

_HEAD = 8_000
_LONGEST_ROW = 100_000
_SHOWN = 2_000  # characters of a row kept with a problem
# Aggregates within a row, and the tags in them that a row has in its own right too.
_AGGREGATES = frozenset({"PAYEE", "BANKACCTTO", "CCACCTTO", "CURRENCY", "ORIGCURRENCY"})
_TWICE = frozenset({"NAME", "ACCTID", "CURSYM", "CURRATE", "BANKID", "ACCTTYPE"})
_ONCE = frozenset({"TRNAMT", "DTPOSTED", "FITID"})
_TWO = "two of them"  # in place of a tag
_OTHER_SIDE = frozenset({"BANKACCTTO.ACCTID", "CCACCTTO.ACCTID"})
_OUTGOING = frozenset({"DEBIT", "FEE", "SRVCHG", "ATM", "POS", "CHECK", "PAYMENT", "DIRECTDEBIT"})
# What a row without any text is called.
_TYPES = {
    "INT": "Interest",
    "DIV": "Dividend",
    "FEE": "Fee",
    "SRVCHG": "Service charge",
    "DEP": "Deposit",
    "ATM": "Cash machine",
    "CHECK": "Check",
    "CASH": "Cash",
    "XFER": "Transfer",
}


def guess(data: bytes) -> Guess:
    """Nothing to ask: the format says what stands where. Raises `Refused`, and `NoRows` where there are none."""
    text = _opened(data)
    found = _BANK.search(text)
    bank = " ".join(clean(found[1]).casefold().split()) if found else ""
    signature = f"ofx:{bank}" if bank else "ofx"
    return Guess(Mapping(), (), {}, signature, (), _notices(text, _AMOUNT.findall(text)))


def read(
    data: bytes, mapping: Mapping | None = None, *, today: date | None = None, most: int = sys.maxsize
) -> Statement:
    """Every transaction of every account in the file; of investments the cash lines alone.

    Days are those written, whatever the time zone. Raises `Refused`, and `NoRows` where there are none.
    """
    text = _opened(data)
    pieces = list(_first(_pieces(text), most))
    said = _AMOUNT.findall(text)
    marks, doubt = _marks(said)
    reader = _Reader(marks, booked.latest(today), _accounts(pieces), _order(text))
    notices = _notices(text, said)
    del text, said
    pieces.reverse()
    while pieces:  # each is let go when it is read: as texts they take as much room again as the file
        reader.take(pieces.pop())
    reader.correct()
    return Statement(
        "ofx",
        reader.records,
        sorted(reader.problems, key=lambda problem: problem.line),
        sorted(reader.left_out, key=lambda row: row.line),
        mapping=mapping or Mapping(),
        notices=tuple(filter(None, (*notices, doubt, *reader.notices))),
    )


# ── text ──────────────────────────────────────────────────────────────────────────────────────────


def _opened(data: bytes) -> str:
    """The file as text, a line of it being a line. Raises `Refused` for a DTD and where there are no rows."""
    text = _decoded(data)
    if "<!" in text and _DOCTYPE.search(text):  # nothing here would resolve them, but who sends them means no good
        raise Refused(ENTITIES)
    text = text.replace("\r\r\n", "\n").replace("\r\n", "\n")
    text = text.replace("\r", " " if "\n" in text else "\n")
    text = _without(text, "<!--", "-->", keep=False)
    text = _without(text, "<![CDATA[", "]]>", keep=True)
    if not _LISTED.search(text):
        answer = _ANSWER.search(text, 0, _HEAD)
        said = f" The bank answered: “{_value(answer[1])}”." if answer else ""
        raise NoRows(NO_TRANSACTIONS + said)
    return text


def _decoded(data: bytes) -> str:
    """UTF-8 wherever the bytes are: what the header declares is copied from bank to bank and seldom true."""
    if codec := wide(data):
        return data.decode(codec, errors="replace").removeprefix("\ufeff")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        guessed = encodings.guessed(data)
    if guessed != "utf-8":  # else some letters of it are damaged
        try:
            return data.decode(_declared(data) or guessed)
        except UnicodeDecodeError:
            pass
    return data.decode(guessed, errors="replace")


def _declared(data: bytes) -> str:
    """The codec that the header names, or an empty text where it names none that these bytes could be in."""
    for said in _DECLARED.finditer(data[:_HEAD].decode("latin-1")):
        name = (said[1] or said[2]).upper().removeprefix("WINDOWS-").removeprefix("CP")
        try:
            codec = codecs.lookup(f"cp{name}" if name.isdigit() else name).name
        except LookupError:
            continue
        if codec == "iso8859-1":  # has nothing but controls where Windows has letters
            return "cp1252"
        if codec in _CODECS:
            return codec
    return ""


def _without(text: str, opening: str, closing: str, *, keep: bool) -> str:
    """The text without comments, or with the content of CDATA as text like any other; lines stay where they are."""
    if opening not in text:
        return text
    parts: list[str] = []
    at = 0
    while (start := text.find(opening, at)) >= 0 and (stop := text.find(closing, start)) >= 0:
        inner = text[start + len(opening) : stop]
        parts += [text[at:start], html.escape(inner, quote=False) if keep else "\n" * inner.count("\n")]
        at = stop + len(closing)
    return "".join([*parts, text[at:]])


def _value(text: str) -> str:
    """What stands behind a tag, on one line, with its entities resolved: twice, since some banks escape twice."""
    if "&" in text:
        text = _ENTITY.sub(_resolved, _ENTITY.sub(_resolved, text))
    text = text.strip()
    if "\n" in text:
        text = " ".join(filter(None, (line.strip() for line in text.split("\n"))))
    return clean(text)


def _resolved(found: re.Match[str]) -> str:
    name = found[0][1:]
    if name.startswith("#"):
        return html.unescape(found[0])
    return html5.get(name) or html5.get(name.lower()) or found[0]


def _notices(text: str, said: list[str]) -> tuple[str, ...]:
    """What can be said of the file before a row is read."""
    found = []
    if re.search(r"<OFX\b", text[: 2 * _HEAD], re.IGNORECASE) and not re.search(r"</OFX\s*>", text[-_HEAD:], re.I):
        found.append(booked.ENDS_EARLY)
    if said and not any(mark in one for one in said for mark in "-−–(") and _pays(text):
        found.append("No amount has a minus, though some rows are called payments: all are read as money in.")
    return tuple(found)


def _pays(text: str) -> bool:
    types = re.finditer(r"<TRNTYPE>\s*([A-Z]+)", text, re.IGNORECASE)
    return any(found[1].upper() in _OUTGOING for found in types)


# ── pieces ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True, eq=False)
class _Account:
    """The account that a list of rows is of, as far as the file has told by now."""

    number: str = ""
    kind: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class _Piece:
    """One row of a list: `left_out` or `problem` says why it is no transaction to be read."""

    line: int
    text: str
    account: _Account
    left_out: str = ""
    problem: str = ""


def _pieces(text: str) -> Iterator[_Piece]:
    """The rows in the order of the file. Raises `Refused` for more than 200,000."""
    cutter = _Cutter(text)
    found = 0
    for mark in _MARK.finditer(text):
        piece = cutter.take(mark)
        if piece:
            found += 1
            if found > booked.MOST_ROWS:
                raise Refused(TOO_MANY_ROWS, line=piece.line)
            yield piece
    if cutter.row:
        yield cutter.ended(cutter.row, len(text), booked.CUT_SHORT)


class _Cutter:
    """Goes from mark to mark, and knows which account it is in."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.account = _Account()
        self.is_pending = False
        self.is_ofc = False
        self.row: re.Match[str] | None = None
        self.counted, self.line = 0, 1  # up to where lines are counted
        self.before = 0  # end of the last mark

    def take(self, mark: re.Match[str]) -> _Piece | None:
        """The row that ends at this mark, or that is it."""
        is_closing, name = bool(mark[1]), mark[2].upper()
        piece = None
        if self.row:
            if name not in _ENDS:
                return None  # the number and the currency of the other side
            piece = self.ended(self.row, mark.start())
            if is_closing and name in _ROWS:
                self.before = mark.end()
                return piece
        elif is_closing and name in _ROWS:
            gap = self.text[self.before : mark.start()]
            piece = self.piece(mark.start() - len(gap.lstrip()), mark.start(), problem=NEVER_BEGAN)
        elif name in _LISTS and not is_closing:
            shown = self.text.find("</", mark.end(), mark.end() + _SHOWN)
            piece = self.piece(mark.start(), shown if shown >= 0 else mark.end() + 200, left_out=_LISTS[name])
        self.enter(mark, name, is_closing)
        self.before = mark.end()
        return piece

    def enter(self, mark: re.Match[str], name: str, is_closing: bool) -> None:
        if name == "PENDING":  # some banks put a list into it
            self.is_pending = not is_closing and not self.value(mark)
        elif name in ("BANKTRANLIST", "BANKTRANLISTP"):
            self.is_pending = name.endswith("P") and not is_closing
        elif is_closing:
            return
        elif name in _ROWS:
            self.row = mark
        elif name == _OF_OFC or (name in _STATEMENTS and not self.is_ofc):
            self.account, self.is_pending, self.is_ofc = _Account(), False, name == _OF_OFC
        elif name in _SENDERS and self.account.number:
            self.account = _Account(currency=self.account.currency)
        elif (field := _OF_ACCOUNT.get(name)) and not getattr(self.account, field):
            setattr(self.account, field, self.value(mark))

    def value(self, mark: re.Match[str]) -> str:
        return _value(self.text[mark.end() : mark.end() + 200].partition("<")[0])

    def ended(self, row: re.Match[str], stop: int, problem: str = "") -> _Piece:
        """The row that is open, up to `stop`."""
        self.row = None
        is_pending = self.is_pending or row[2].upper() == "STMTTRNP"
        return self.piece(row.start(), stop, problem=problem, left_out=PENDING if is_pending else "")

    def piece(self, start: int, stop: int, *, problem: str = "", left_out: str = "") -> _Piece:
        self.line += self.text.count("\n", self.counted, start)
        self.counted = start
        return _Piece(self.line, self.text[start:stop], self.account, left_out, problem)


def _first(pieces: Iterator[_Piece], most: int) -> Iterator[_Piece]:
    """Those from which so many rows can be read, if any can."""
    for piece in pieces:
        yield piece
        most -= not piece.left_out
        if most <= 0:
            return


def _accounts(pieces: list[_Piece]) -> dict[_Account, str]:
    """What each account is called: its number, and its kind where one number stands for several (a member's)."""
    accounts = {piece.account: None for piece in pieces}
    kinds: dict[str, set[str]] = {}
    for account in accounts:
        kinds.setdefault(account.number, set()).add(account.kind)
    return {
        account: f"{account.number} {account.kind}".strip() if len(kinds[account.number]) > 1 else account.number
        for account in accounts
    }


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────


class _Marks(NamedTuple):
    decimal: str
    thousands: str


def _marks(said: list[str]) -> tuple[_Marks, str]:
    """(How the file writes its amounts, what to say of it). The standard has a point or a comma for the decimals and
    nothing for the thousands, but not all keep to it."""
    if not any("," in one for one in said):
        return _Marks(".", ","), ""
    found = amounts.marks(_value(one) for one in said)
    marks = _Marks(found.decimal, found.thousands)
    if found.sure:
        return marks, ""
    return marks, "Amounts such as 1,234 have been read as more than a thousand, since none has other decimals."


def _amount(text: str, marks: _Marks) -> Decimal:
    """The amount, signed as written. Raises `amounts.Unreadable`."""
    try:
        return amounts.parsed(text, *marks)
    except amounts.Unreadable:
        own = amounts.marks([text])
        if not own.sure or (own.decimal, own.thousands) == marks:
            raise
        return amounts.parsed(text, own.decimal, own.thousands)


def _order(text: str) -> dates.Order | None:
    """The order of all days that are not written as the standard has them, where together they leave one."""
    days = {found[1] for found in _NO_STANDARD_DAY.finditer(text)}
    found = [parts for day in days if (parts := dates.taken_apart(day))]
    orders: list[dates.Order] = ["DMY", "MDY"]
    left = [order for order in orders if all(dates.fits(parts, order) for parts in found)]
    return left[0] if len(left) == 1 else None


@lru_cache(maxsize=4096)
def _day(text: str, order: dates.Order | None) -> date:
    """The day as written: a time and a zone behind it do not move it. Raises `dates.Unreadable`."""
    written = text.partition("[")[0].strip()
    if found := _DAY.fullmatch(written):
        return dates.parsed(found[1], "YMD")
    if not written or re.match("[0-9]{4}", written):
        return dates.parsed(written, "YMD")
    days = []
    for one in (order,) if order else ("DMY", "MDY"):
        with suppress(dates.Unreadable):
            days.append(dates.parsed(written, one))
    if len(set(days)) == 2:
        raise dates.Unreadable(f"“{written[:40]}” could be {days[0]:%-d %B} or {days[1]:%-d %B}.")
    return days[0] if days else dates.parsed(written, "YMD")


class _Correction(NamedTuple):
    """What a row takes back: the id of another one. A deletion does nothing else."""

    of: str
    is_deletion: bool


class _Reader:
    """Sorts pieces into rows, problems and what is left out."""

    def __init__(
        self, marks: _Marks, furthest: date, accounts: dict[_Account, str], order: dates.Order | None
    ) -> None:
        self.marks = marks
        self.order = order
        self.furthest = furthest
        self.accounts = accounts
        self.records: list[Record] = []
        self.corrections: dict[int, _Correction] = {}  # by the place of the record that is one
        self.problems: list[Problem] = []
        self.left_out: list[LeftOut] = []
        self.notices: list[str] = []

    def take(self, piece: _Piece) -> None:
        if len(piece.text) > _LONGEST_ROW:
            self.problems.append(Problem(piece.line, _shown(piece.text), "The row is longer than 100,000 characters."))
            return
        fields = _fields(piece.text)
        is_pending = fields.get("PENDING", "").upper() in ("Y", "YES", "TRUE", "1")
        if piece.left_out or is_pending or fields.get("TRNTYPE", "").upper() in ("PENDING", "HOLD"):
            self.left_out.append(LeftOut(piece.line, _shown(piece.text), piece.left_out or PENDING))
        elif piece.problem:
            self.problems.append(Problem(piece.line, _shown(piece.text), piece.problem))
        else:
            try:
                record = self.record(piece, fields)
            except (amounts.Unreadable, dates.Unreadable) as error:
                self.problems.append(Problem(piece.line, _shown(piece.text), str(error)))
                return
            if corrected := fields.get("CORRECTFITID"):
                is_deletion = fields.get("CORRECTACTION", "").upper() == "DELETE"
                self.corrections[len(self.records)] = _Correction(corrected[:FIELD_LENGTH], is_deletion)
            self.records.append(record)

    def record(self, piece: _Piece, fields: dict[str, str]) -> Record:
        """Raises `amounts.Unreadable` and `dates.Unreadable`."""
        if _TWO in fields:
            raise amounts.Unreadable("Two amounts, days or ids stand here: the tag between two rows is damaged.")
        written = fields.get("DTPOSTED") or fields.get("DTUSER") or ""
        day = _day(written, self.order)
        if day > self.furthest:
            raise dates.Unreadable(f"“{written[:40]}” is more than a year ahead.")
        amount = _amount(fields.get("TRNAMT", ""), self.marks)
        payee, memos = _said(fields)
        description, memo = described(payee, memos)
        is_cut = len(payee) > len(description)
        return Record(
            line=piece.line,
            date=day,
            amount=amount,
            description=description,
            payee=description if is_cut else payee,
            # As the file has it, also where it repeats the payee.
            memo=memo if is_cut else " · ".join(memos)[:MEMO_LENGTH],
            currency=sys.intern(_currency(fields.get("CURRENCY.CURSYM") or piece.account.currency)),  # kept once
            account=self.accounts[piece.account][:FIELD_LENGTH],
            bank_id=(fields.get("FITID") or fields.get("REFNUM", ""))[:FIELD_LENGTH],
            raw=_raw(fields),
            nature="transfer" if fields.get("TRNTYPE", "").upper() == "XFER" and _OTHER_SIDE & fields.keys() else "",
        )

    def correct(self) -> None:
        """Leave out the rows that others take back, and those that do nothing else."""
        corrected = {(self.records[at].account, correction.of) for at, correction in self.corrections.items()}
        if not corrected:
            return
        kept, seen = [], set()
        for at, record in enumerate(self.records):
            correction, own = self.corrections.get(at), (record.account, record.bank_id)
            is_taken_back = own in corrected and not (correction and correction.of == record.bank_id)
            seen |= {own} if is_taken_back else set()
            if is_taken_back or (correction and correction.is_deletion):
                reason = CORRECTED if is_taken_back else CORRECTION
                self.left_out.append(LeftOut(record.line, record.raw[:_SHOWN], reason))
            else:
                kept.append(record)
        self.records = kept
        elsewhere = sorted(fitid[:40] for account, fitid in corrected - seen)
        if elsewhere:
            self.notices.append(
                f"The bank takes back rows of earlier statements, which are not changed by this file: "
                f"{', '.join(elsewhere[:5])}{'…' if len(elsewhere) > 5 else ''}."
            )


def _fields(text: str) -> dict[str, str]:
    """What a row says, by tag, in the order of the file; within an aggregate as `PAYEE.NAME`."""
    parts = _TAG.split(text)
    fields: dict[str, str] = {}
    within = ""
    for closing, tag, behind in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        name, value = tag.upper(), "" if closing else _value(behind)
        if name in _AGGREGATES and not value:
            within = "" if closing else f"{name}."
        elif value:
            key = within + name if name in _TWICE else name
            if key in _ONCE and fields.get(key, value) != value:
                fields[_TWO] = value
            fields.setdefault(key, value)
    return fields


def _said(fields: dict[str, str]) -> tuple[str, list[str]]:
    """(payee, memos) of a row. A longer name that begins with the payee is told beside it."""
    memo = fields.get("MEMO") or fields.get("MEMO2", "")
    more = fields.get("EXTDNAME", "")
    payee = fields.get("NAME") or fields.get("PAYEE.NAME") or memo or more
    check, kind = fields.get("CHECKNUM", "").lstrip("0"), fields.get("TRNTYPE", "").upper()
    check = f"Check {check}" if check and (kind == "CHECK" or not payee) and check not in payee + memo else ""
    payee = payee or check or _TYPES.get(kind, "")
    return payee, list(dict.fromkeys(text for text in (memo, more, check) if text and (text is memo or text != payee)))


def _currency(text: str) -> str:
    """A currency code, empty where the file names none."""
    text = text.upper()
    return text if len(text) == 3 and text.isalpha() and text.isascii() else amounts.SIGNS.get(text, "")


def _raw(fields: dict[str, str]) -> str:
    """The row as another export of the bank would have it: of moments the day, since their zone changes in summer."""
    return " ".join(f"<{name}>{value[:8] if name.startswith('DT') else value}" for name, value in fields.items())


def _shown(text: str) -> str:
    return " ".join(clean(text[:_SHOWN]).split())
