"""Which columns of a table have whom and what a row was for, its currency, account, number and state."""

import re
from dataclasses import replace
from itertools import pairwise

from expenses.imports.statements import amounts, headers, tables
from expenses.imports.statements.columns import Column, best_of
from expenses.imports.statements.mapping import Mapping
from expenses.imports.statements.opening import SAMPLE, Table, is_movement


def with_texts(mapping: Mapping, table: Table, columns: list[Column]) -> Mapping:
    """Who, what for, which account: by name; without names, by what the texts look like."""
    taken = set(mapping.columns().values())
    free = [column for column in columns if column.at not in taken and column.cells]
    account = _account(free, mapping)
    found = {
        "category": best_of(free, "category"),
        "currency": _currency(free, columns, mapping),
        "account": account,
        "bank_id": _bank_id(free),
    }
    mapping = replace(mapping, **{role: column.at for role, column in found.items() if column})  # type: ignore[arg-type]  # roles are fields of columns
    free = [column for column in free if column not in found.values()]
    mapping = _statused(mapping, free)
    # A column that is empty in this file may be filled in the next one.
    free += [column for column in columns if not column.cells and max(column.says("payee"), column.says("memo")) > 60]
    payee = _payee(free)
    payer = best_of([c for c in free if c is not payee], "payer", 60) if payee else None
    memo = [c for c in free if c not in (payee, payer) and c.says("memo") > 0]
    if payee and payee.filled < 1 and not memo:  # better a "Bank deposit" than nothing
        memo = [c for c in free if c is not payer and c.is_text and c.says("flag") > 60][:1]
    if payee is None and memo:
        payee = max(memo, key=lambda c: (c.says("memo") > 40, c.filled > 0.5, c.says("memo")))
    if payee is None or not any(column.cells for column in (payee, *memo)):
        texts = [c for c in free if c.is_text and not c.says("account")]
        payee = max(texts, key=lambda c: (c.filled > 0.5, c.distinct, sum(map(len, c.cells)), -c.at), default=payee)
        memo = [c for c in texts if not mapping.has_header]
    return replace(
        mapping,
        payee=payee.at if payee else None,
        payee_in=payer.at if payer else None,
        memo=tuple(c.at for c in memo if c is not payee),
        currency_code="" if found["currency"] else _currency_code(columns, mapping),
        join_continued=_has_continued(table, mapping, payee),
    )


def _payee(free: list[Column]) -> Column | None:
    """Who was paid: not the holder, who is the same in all rows, nor an account."""
    named = [c for c in free if c.says("payee") > 40]
    others = [c for c in named if c.says("payer") < 60 and not _are_numbers(c)]
    changing = [c for c in others if c.distinct != 1 or (len(c.cells) == 1 and c.rows > 1)]
    return max(changing or others or named, key=lambda c: c.says("payee") + 30 * (c.filled > 0.5), default=None)


def _are_numbers(column: Column) -> bool:
    return sum(map(bool, map(_NUMBER.fullmatch, column.cells))) * 2 > len(column.cells)


# An IBAN, or figures as many as no day and no amount has.
_NUMBER = re.compile(r"[A-Z]{2}[0-9]{2}(?: ?[0-9A-Z]){8,30}|[0-9]{9,30}")


def _currency(free: list[Column], columns: list[Column], mapping: Mapping) -> Column | None:
    """Of several, the one beside the amount: there may be another one for what was paid abroad."""
    codes = [c for c in free if all(_is_code(cell) for cell in c.cells)]
    own = next((_named_currency(c.name) for c in columns if c.at == mapping.amount), "")
    if own:  # whatever another column says, it says it of another amount
        return next((c for c in codes if c.says("currency") and set(map(str.upper, c.cells)) == {own}), None)
    if any(headers.normalised(c.name) == "currency amount" and c.at != mapping.amount for c in columns):
        codes = [c for c in codes if headers.normalised(c.name) != "currency"]  # is of that amount, not of the booked
    named = best_of((c for c in codes if c.at in _beside(columns, mapping) and c.filled > 0.5), "currency", 0)
    named = named or best_of([c for c in codes if c.filled > 0.5], "currency", 0)
    return named or next(
        (c for c in codes if not c.name and c.filled > 0.9 and c.distinct <= 5 and c.cells[0] in headers.CODES), None
    )


def _beside(columns: list[Column], mapping: Mapping) -> list[int]:
    """The places beside the amount: behind it, and in front unless that is behind another amount."""
    if mapping.amount is None:
        return []
    in_front = mapping.amount - 1
    return [mapping.amount + 1, *([in_front] if in_front < 1 or not columns[in_front - 1].is_money else [])]


def _is_code(cell: str) -> bool:
    return len(cell) == 3 and cell.isalpha() and (cell.isupper() or cell.upper() in headers.CODES)


def _currency_code(columns: list[Column], mapping: Mapping) -> str:
    """What the header of the amount or the signs beside it say."""
    for column in columns:
        if column.at in (mapping.amount, mapping.money_out, mapping.money_in):
            named = _named_currency(column.name)
            signs = {
                apart.currency for cell in column.cells if (apart := amounts.taken_apart(cell)) and apart.currency
            }
            if named or len(signs) == 1:
                return named or signs.pop()
    return ""


def _named_currency(name: str) -> str:
    """The currency that the name of a column says its amounts are in."""
    named = [code for code in _CODE.findall(name) if code in headers.CODES]
    named += [code for sign, code in (("€", "EUR"), ("£", "GBP"), ("R$", "BRL")) if sign in name]
    named += ["EUR"] if {"euro", "euros", "euroa"} & set(headers.normalised(name).split()) else []
    return named[0] if named else ""


_CODE = re.compile(r"(?<![^\W\d])[A-Z]{3}(?![^\W\d])")


def _account(free: list[Column], mapping: Mapping) -> Column | None:
    """The own account is in every row, and there are few of them; the other side's is neither."""
    if not mapping.has_header:
        numbers = [c for c in free if c.filled == 1 and not c.is_dates and all(map(_NUMBER.fullmatch, c.cells))]
        # Where all rows say the same, it may be that of whoever was paid.
        changes = any(c.is_text and c.distinct > 1 for c in free if c not in numbers)
        return next((c for c in numbers if c.distinct == 1 and changes), None)
    own = [c for c in free if c.filled > 0.9 and c.distinct <= max(3, 0.2 * len(c.cells)) and c.says("account") > 40]
    payees = [c for c in free if c.says("payee") > 40]
    before = [c for c in own if all(c.at < payee.at for payee in payees)]
    changes = any(payee.distinct > 1 for payee in payees)
    return best_of(before or (c for c in own if not _is_of_payee(c, changes=changes)), "account")


def _is_of_payee(column: Column, *, changes: bool) -> bool:
    """Of a column behind the payee: whether its numbers are the payee's, who `changes` or is the same in all rows."""
    words = set(headers.normalised(column.name).split())
    if words == {"iban"}:
        return True
    if not any(map(_NUMBER.fullmatch, column.cells)):
        return False
    may_be = bool({"iban", "kontonummer", "bank"} & words)
    if column.distinct == 1:
        return may_be and not changes
    return may_be or column.distinct == len(column.cells)


def _bank_id(free: list[Column]) -> Column | None:
    """An id is there in every row and never twice."""
    ids = [c for c in free if c.filled > 0.9 and c.distinct == len(c.cells) and len(c.cells) > 1]
    return best_of(ids, "bank_id")


def _statused(mapping: Mapping, free: list[Column]) -> Mapping:
    texts = [c for c in free if max(c.says("payee"), c.says("memo")) > max(60, c.says("status"))]
    for column in free:
        if column in texts and (column.distinct > 1 or len(texts) == 1):
            continue  # what was paid for may be called so too: Refuse
        pending = {cell for cell in column.cells if headers.normalised(cell) in headers.PENDING}
        if pending and column.distinct <= 12:
            return replace(mapping, status=column.at, status_values=tuple(sorted(pending)))
    named = best_of([c for c in free if c.distinct <= 12], "status", 60)
    return replace(mapping, status=named.at, status_values=("Pending",)) if named else mapping


def _has_continued(table: Table, mapping: Mapping, payee: Column | None) -> bool:
    """Some row has its text alone: neither a date nor an amount, right below one that has both."""
    if payee is None or mapping.date is None:
        return False
    needed = [at for at in (mapping.date, mapping.amount, mapping.money_in, mapping.money_out) if at is not None]
    return any(
        is_movement(above)
        and _cell(row, payee.at)
        and not any(_cell(row, at) for at in needed)
        and not headers.is_total(_cell(row, payee.at))
        for above, row in pairwise(table.first[:SAMPLE])
    )


def _cell(row: tables.Row, at: int) -> str:
    return row.cells[at].strip() if at < len(row.cells) else ""
