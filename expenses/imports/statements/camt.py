"""CAMT.053, .052 and .054 (ISO 20022), any version: what the bank has booked, entry by entry.

An entry is one record, also one that holds several payments: its amount is what the account saw. `CdtDbtInd` is the
direction of the entry itself, so that a reversed credit (`RvslInd`) is money out like any other debit.
"""

import sys
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element

from expenses.imports.statements import amounts, booked, dates, elements
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

FIELDS: tuple[str, ...] = ()

NO_ENTRIES = "No transactions found (the statement has no entries)."
INFORMATION = "told for information only"
_LEFT_OUT = {"PDNG": PENDING, "FUTR": PENDING, "INFO": INFORMATION}

_ENTRIES = frozenset({"Ntry"})
_WANTED = frozenset({"Acct", "Bal", "Ntry"})
_STATEMENTS = frozenset({"Stmt", "Rpt", "Ntfctn"})
_KINDS = {
    "Rpt": "This is a report within the day (camt.052): what it says may still change until the bank's statement.",
    "Ntfctn": "This is an advice of single movements (camt.054), which the bank's statement will hold again.",
}
_NOBODY = {"", "NOTPROVIDED", "NOT PROVIDED", "KEINE INFORMATION VORHANDEN", "N/A", "-"}
_MOST_DETAILS = 200  # payments of one entry that are told in its memo


def guess(data: bytes) -> Guess:
    """Nothing to ask: the format says what stands where. Raises `Refused`."""
    if next(elements.pieces(elements.opened(data), wanted=_ENTRIES, marks=frozenset()), None) is None:
        raise NoRows(NO_ENTRIES)
    return Guess(Mapping(), (), {}, "camt", ())


def read(
    data: bytes, mapping: Mapping | None = None, *, today: date | None = None, most: int = sys.maxsize
) -> Statement:
    """Every entry of every statement in the file. Raises `Refused`, and `NoRows` where there is none."""
    xml = elements.opened(data)
    reader = _Reader(booked.latest(today))
    for piece in elements.pieces(xml, wanted=_WANTED, marks=_STATEMENTS):
        reader.take(piece)
        if len(reader.records) + len(reader.problems) >= most:
            elements.refuse_broken(xml)
            break
    reader.close()
    if not (reader.records or reader.problems or reader.left_out):
        raise NoRows(NO_ENTRIES)
    return Statement(
        "camt",
        reader.identified(),
        reader.problems,
        reader.left_out,
        mapping=mapping or Mapping(),
        notices=(*xml.notices, *reader.kinds, *booked.few(reader.disagreements)),
    )


@dataclass(slots=True)
class _Balances:
    """What one statement says of one currency."""

    opening: tuple[str, Decimal] | None = None  # (day, amount)
    closing: tuple[str, Decimal] | None = None
    moved: Decimal = Decimal(0)


@dataclass(slots=True)
class _Reader:
    """One pass over the pieces of a file."""

    latest: date
    records: list[Record] = field(default_factory=list)
    own_ids: list[str] = field(default_factory=list)  # NtryRef of each record
    problems: list[Problem] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)
    account: str = ""
    currency: str = ""
    balances: dict[str, _Balances] = field(default_factory=dict)
    problems_before: int = 0

    def take(self, piece: elements.Piece) -> None:
        line, element = piece
        match element.tag:
            case "Ntry":
                self._entry(line, element)
            case "Bal":
                self._balance(element)
            case "Acct":
                self.account = _account(element)
                self.currency = _text(element, "Ccy")
            case _:
                self.close()
                if (said := _KINDS.get(element.tag)) and said not in self.kinds:
                    self.kinds.append(said)

    def close(self) -> None:
        """The statement is at its end: do its rows lead from one balance to the other?"""
        for currency, of in self.balances.items():
            if of.opening and of.closing and len(self.problems) == self.problems_before:
                said = booked.disagreement(self.account, of.opening[1], of.moved, of.closing[1], currency)
                self.disagreements += [said] if said else []
        self.balances, self.account, self.currency = {}, "", ""
        self.problems_before = len(self.problems)

    def identified(self) -> list[Record]:
        """The records; an entry without the bank's reference is known by its number where that is one of its own."""
        for at, own in enumerate(booked.telling(self.own_ids)):
            if own and not self.records[at].bank_id:
                self.records[at] = replace(self.records[at], bank_id=own)
        return self.records

    def _of_currency(self, currency: str) -> _Balances:
        return self.balances.setdefault(currency, _Balances())

    def _balance(self, element: Element) -> None:
        code = _text(element, "Tp/CdOrPrtry/Cd")
        try:
            amount, currency = self._amount(element)
        except amounts.Unreadable:
            return  # no movement: only the sum cannot be checked
        of, at = self._of_currency(currency), _day_text(element, "Dt")
        if code in ("OPBD", "PRCD") and (of.opening is None or at < of.opening[0]):
            of.opening = at, amount
        if code == "CLBD" and (of.closing is None or at >= of.closing[0]):
            of.closing = at, amount

    def _entry(self, line: int, entry: Element) -> None:
        if len(self.records) + len(self.problems) + len(self.left_out) >= booked.MOST_ROWS:
            raise Refused(TOO_MANY_ROWS, line=line)
        raw = _raw(entry)
        if reason := _LEFT_OUT.get((_text(entry, "Sts") or _text(entry, "Sts/Cd")).upper()):
            self.left_out.append(LeftOut(line, raw, reason))
            return
        try:
            amount, currency = self._amount(entry)
            day = self._day(entry)
        except (amounts.Unreadable, dates.Unreadable) as error:
            self.problems.append(Problem(line, raw, str(error)))
            return
        self._of_currency(currency).moved += amount
        said = _Said(entry, self.account, amount)
        description, memo = described(said.payee, said.memos)
        self.own_ids.append(_text(entry, "NtryRef")[:FIELD_LENGTH])
        self.records.append(
            Record(
                line=line,
                date=day,
                amount=amount,
                description=description,
                payee=description if len(said.payee) > len(description) else said.payee,
                memo=memo,
                currency=sys.intern(currency),  # kept once
                account=self.account,
                bank_id=_bank_id(entry)[:FIELD_LENGTH],
                raw=raw,
            )
        )

    def _amount(self, element: Element) -> tuple[Decimal, str]:
        """(amount, negative for a debit; its currency). Raises `amounts.Unreadable`."""
        found = element.find("Amt")
        text = clean(found.text or "") if found is not None else ""
        amount = amounts.parsed(text, ".", "")
        if text.startswith("-") or amount < 0:
            raise amounts.Unreadable(
                f"“{text[:40]}” has a sign of its own beside CdtDbtInd, which says the direction."
            )
        currency = clean(found.get("Ccy", "")) if found is not None else ""
        direction = _text(element, "CdtDbtInd").upper()
        if direction not in ("CRDT", "DBIT"):
            said = f"“{direction[:40]}” says" if direction else "The entry says"
            raise amounts.Unreadable(f"{said} neither money in (CRDT) nor money out (DBIT).")
        return amount if direction == "CRDT" else -amount, (currency or self.currency).strip().upper()[:10]

    def _day(self, entry: Element) -> date:
        """The day of booking as the bank writes it, whatever the zone behind its time; else that of the value."""
        text = _day_text(entry, "BookgDt") or _day_text(entry, "ValDt")
        return booked.day(text, self.latest)


# ── what stands where ─────────────────────────────────────────────────────────────────────────────


def _at(elements: list[Element], path: str) -> list[Element]:
    """What stands at a path of names below each, in the order of the file: `findall` of a whole path takes four times
    as long."""
    for name in path.split("/"):
        elements = [child for element in elements for child in element.findall(name)]
    return elements


def _first(element: Element, path: str) -> Element | None:
    return next(iter(_at([element], path)), None)


def _text(element: Element, path: str) -> str:
    found = _first(element, path)
    return clean(found.text or "") if found is not None else ""


def _texts(elements: list[Element], path: str) -> list[str]:
    """The texts at the path, on one line each, without those that say nothing."""
    return [text for found in _at(elements, path) if (text := " ".join(clean(found.text or "").split()))]


def _day_text(element: Element, name: str) -> str:
    """The day alone: a time and a zone stand behind it."""
    return (_text(element, f"{name}/Dt") or _text(element, f"{name}/DtTm"))[:10]


def _account(element: Element) -> str:
    return (_text(element, "Id/IBAN") or _text(element, "Id/Othr/Id"))[:FIELD_LENGTH]


def _payments(entry: Element) -> list[Element]:
    """The payments that an entry is made of: in the first version they stand in it themselves."""
    return _at([entry], "NtryDtls/TxDtls") or entry.findall("TxDtls")


def _bank_id(entry: Element) -> str:
    """The bank's reference of the entry, or of its only payment."""
    if booked.is_id(own := _text(entry, "AcctSvcrRef")):
        return own
    payments = _payments(entry)
    references = _texts(payments, "Refs/AcctSvcrRef")
    alone = len(references) == 1 == len(payments)
    return references[0] if alone and booked.is_id(references[0]) else ""


def _raw(entry: Element) -> str:
    """The texts of the entry in their order. Its number in the file is none of them: it is another in the next."""
    texts = (
        " ".join([*text.split(), *element.attrib.values()])
        for element in entry.iter()
        if not len(element) and element.tag != "NtryRef" and (text := clean(element.text or ""))
    )
    return " ".join(texts)[: booked.MOST_TEXT]


class _Said:
    """Who is at the other end of an entry, and what it is for."""

    def __init__(self, entry: Element, account: str, amount: Decimal) -> None:
        is_reversed = _text(entry, "RvslInd").lower() in ("true", "1")
        # A payment taken back keeps its parties: whoever had been paid is the creditor still.
        self.other, self.own = ("Dbtr", "Cdtr") if (amount > 0) != is_reversed else ("Cdtr", "Dbtr")
        self.account = account
        payments = _payments(entry)
        more = _texts([entry], "AddtlNtryInf")
        if len(payments) == 1:
            role = self._role(payments[0])
            self.payee = _name(payments[0], role)
            self.memos = [*_purpose(payments[0], role), *more]
        else:
            names = {_name(payment, self._role(payment)) for payment in payments}
            self.payee = names.pop() if len(names) == 1 else ""
            self.memos = [*more, *map(self._told, payments[:_MOST_DETAILS])]
        if not self.payee and not any(self.memos):
            references = (text for path in _REFERENCES for text in _texts([entry], path))
            self.memos = [text for text in references if booked.is_id(text)][:1]

    def _role(self, payment: Element) -> str:
        """Which of the two is the other end: not the one with our own account."""
        own, other = (_first(payment, f"RltdPties/{role}Acct") for role in (self.own, self.other))
        is_ours = other is not None and bool(self.account) and _account(other) == self.account
        return self.own if is_ours and (own is None or _account(own) != self.account) else self.other

    def _told(self, payment: Element) -> str:
        """One payment of several."""
        amount = _first(payment, "AmtDtls/TxAmt/Amt")
        amount = payment.find("Amt") if amount is None else amount
        role = self._role(payment)
        figures = f"{clean(amount.text or '')} {amount.get('Ccy', '')}" if amount is not None else ""
        return " ".join(filter(None, [figures.strip(), _name(payment, role), *_purpose(payment, role)]))


def _name(payment: Element, role: str) -> str:
    for party in (role, f"Ultmt{role}"):
        if name := _name_at(payment, f"RltdPties/{party}"):
            return name
    has_purpose = payment.find("RmtInf") is not None or payment.find("AddtlTxInf") is not None
    return "" if has_purpose else _known(_text(payment, f"RltdAgts/{role}Agt/FinInstnId/Nm"))


def _purpose(payment: Element, role: str) -> list[str]:
    """What the payment is for, then whom it reached in the end, from or to which account, in which currency."""
    remittances = _at([payment], "RmtInf")
    said = [" ".join(_texts(remittances, "Ustrd"))]
    structured = _at(remittances, "Strd")
    for path in _STRUCTURED:
        said += _texts(structured, path)
    said += _texts([payment], "AddtlTxInf")
    said.append(_name_at(payment, f"RltdPties/Ultmt{role}"))
    account = _first(payment, f"RltdPties/{role}Acct")
    said.append(_account(account) if account is not None else "")
    return [*said, _foreign(payment)]


_STRUCTURED = ("CdtrRefInf/Ref", "CdtrRefInf/CdtrRef", "RfrdDocInf/Nb", "AddtlRmtInf")
_REFERENCES = (
    "NtryDtls/TxDtls/Refs/EndToEndId",
    "NtryDtls/Btch/PmtInfId",
    "NtryDtls/Btch/MsgId",
    "AcctSvcrRef",
    "BkTxCd/Prtry/Cd",
)


def _known(name: str) -> str:
    name = " ".join(name.split())
    return "" if name.upper() in _NOBODY else name


def _name_at(payment: Element, path: str) -> str:
    """The name of a party (since version 8 a level deeper), else the first line of its address."""
    parties = _at([payment], path)
    for deeper in ("Nm", "Pty/Nm", "Agt/FinInstnId/Nm", "PstlAdr/AdrLine", "Pty/PstlAdr/AdrLine"):
        found = _at(parties, deeper)
        if found and (name := _known(clean(found[0].text or ""))):
            return name
    return ""


def _foreign(payment: Element) -> str:
    """What was paid in another currency, as `USD 12.00`."""
    booked_in = _first(payment, "AmtDtls/TxAmt/Amt")
    instructed = _first(payment, "AmtDtls/InstdAmt/Amt")
    if booked_in is None or instructed is None or booked_in.get("Ccy") == instructed.get("Ccy"):
        return ""
    return f"{instructed.get('Ccy', '')} {clean(instructed.text or '')}".strip()
