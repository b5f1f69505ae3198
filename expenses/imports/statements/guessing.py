"""A best reading of a table that nobody has described: its columns and styles, and what stays open."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import islice, pairwise

from expenses.imports.statements import amounts, apps, dates, headers, tables
from expenses.imports.statements.columns import Column, Texts, looked_at
from expenses.imports.statements.mapping import ENCODINGS, Mapping
from expenses.imports.statements.opening import SAMPLE, Source, Table, column_names, is_movement, opened
from expenses.imports.statements.profiles import signature_of
from expenses.imports.statements.recognising import INSTEAD
from expenses.imports.statements.records import Guess, Refused

NO_MOVEMENTS = f"No row of this file has a day and an amount. {INSTEAD}"
MOST_WEIGHED = 12  # columns that are weighed against each other
MOST_FEES = 3  # columns of fees that are

_EAST_ASIAN = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")  # whose writers part thousands with commas
# Names, signs and words of the currencies in which nothing costs less than one. (¥ is the yuan's sign too, which has
# hundredths, but no thousandths.)
_NO_CENTS = re.compile(r"[¥￥]|円|원|₩|₫|\b(?:JPY|KRW|VND|CLP|ISK|PYG|UGX|XAF|XOF|XPF|[Yy]en|KR[Ww]on)\b")


def guess(data: bytes) -> Guess:
    """The best reading of a table. Raises `Refused` for what is none, or has no rows."""
    return guess_of(Source.of(data))


def guess_of(source: Source) -> Guess:
    table = opened(source)
    apps.refuse_plans(table.header or table.head[0])
    columns, texts = looked_at(table)
    doubts: dict[str, tuple[str, ...]] = {}
    mapping = Mapping(
        encoding=source.encoding,
        delimiter=source.delimiter,
        quote=source.quote,
        sheet=source.sheet if source.book and len(source.book.sheets) > 1 else "",
        skip_rows=table.skip_rows,
        has_header=table.header is not None,
    )
    mapping = _dated(mapping, table, columns, texts, doubts)
    mapping = _marked(mapping, columns, texts, doubts)
    mapping = _paid(mapping, columns, doubts)
    if {"date", "amount"} <= doubts.keys() and not any(column.amounts for column in columns):
        raise Refused(NO_MOVEMENTS, text=table.first[0].raw)
    mapping = _charged(_told(mapping, table, columns), columns)
    mapping = apps.known(mapping, columns, doubts)
    return Guess(
        mapping=mapping,
        ambiguous=tuple(doubts),
        alternatives=doubts,
        signature=signature_of(table),
        columns=column_names(table.names),
        notices=_notices(table, columns, mapping),
    )


# ── dates ─────────────────────────────────────────────────────────────────────────────────────────


def _dated(
    mapping: Mapping, table: Table, columns: list[Column], texts: Texts, doubts: dict[str, tuple[str, ...]]
) -> Mapping:
    column = _date_column(columns)
    if column is None:
        doubts["date"] = ()
        return mapping
    found = _parts_in(texts, column)
    alike = _alike(texts, columns, column)
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


def _parts_in(texts: Texts, column: Column) -> list[dates.Parts]:
    return [parts for text in texts.get(column.at, column.cells) if (parts := dates.taken_apart(text))]


def _alike(texts: Texts, columns: list[Column], column: Column) -> list[dates.Parts]:
    """The dates of the other columns that are written as this one's: one hand writes one order."""
    shapes = {dates.shape(cell) for cell in column.cells[:50]}
    others = [
        other
        for other in columns
        if other is not column and other.is_dates and {dates.shape(cell) for cell in other.cells[:50]} & shapes
    ]
    return [parts for other in others for parts in _parts_in(texts, other)]


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
    dollars = any("$" in row.raw for row in table.first[:20])
    tie = 0 if (order == "MDY") == dollars else 1
    span = (max(days) - min(days)) // 45
    return (span + 10 * min(up, down) / len(days), tie, dates.ORDERS.index(order))


# ── amounts ───────────────────────────────────────────────────────────────────────────────────────


def _marked(mapping: Mapping, columns: list[Column], texts: Texts, doubts: dict[str, tuple[str, ...]]) -> Mapping:
    money = [column for column in columns if column.is_money and not column.is_dates]
    money += [column for column in columns if column.says("amount") > 60 and column not in money]
    # A balance may be written by another hand: -12,50 beside 1234.56.
    named = [column for column in money if max(map(column.says, ("amount", "in", "out"))) > 60]
    found = amounts.marks(text for column in named for text in texts.get(column.at, column.cells))
    if not found.sure or not any(column.fractions for column in named):
        found = amounts.marks(text for column in money for text in texts.get(column.at, column.cells))
    if not found.sure and not _has_no_cents(columns, money):
        doubts["decimal_mark"] = (found.decimal, "," if found.decimal == "." else ".")
    return replace(mapping, decimal_mark=found.decimal, thousands_mark=found.thousands)


def _has_no_cents(columns: list[Column], money: list[Column]) -> bool:
    """Whether the file says that its money has no smaller part: then 4,500 of it is four thousand and five hundred."""
    said = [column.name for column in columns] + [cell for column in money for cell in column.cells[:20]]
    said += [cell for column in columns if column.distinct == 1 for cell in column.cells[:1] if len(cell) == 3]
    return any(map(_NO_CENTS.search, said)) or any(_EAST_ASIAN.search(column.name) for column in columns)


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
    sided = None if mapping.has_header else _sided_by_balance(mapping, money, columns)
    if sided:
        return sided
    if signed is None:
        return _unnamed(mapping, money, columns, doubts)
    signed = _net(signed, money, columns, mapping)
    mapping = replace(mapping, layout="signed", amount=signed.at)
    flag = _flag_column(columns, mapping)
    if flag is not None and not signed.negative:
        return _flagged(mapping, flag)
    if flag is not None and _is_turned(signed, flag):
        # Who sells is paid for it, a card pays; and it may not say of all rows which way they went.
        if not all(map(headers.flag_side, flag.cells)) or "sale" in map(headers.normalised_flag, flag.cells):
            doubts["invert"] = ("true", "false")
        return replace(mapping, invert=True)
    return _signed(mapping, signed, columns, doubts)


def _is_turned(signed: Column, flag: Column) -> bool:
    """Every row that is called money in has a minus, every row that is called money out has none; there are both."""
    sides = {
        (side, apart.negative)
        for text, cell in zip(flag.head, signed.head, strict=True)
        if (side := headers.flag_side(text)) and cell and (apart := amounts.taken_apart(cell))
    }
    return sides == {("in", True), ("out", False)}


def _net(signed: Column, money: list[Column], columns: list[Column], mapping: Mapping) -> Column:
    """The column with what was moved in all, where another one has the fee of it."""
    for fee in _fees(columns, mapping):
        charged = _values(fee, mapping)
        others = [column for column in money if column not in (signed, fee) and column.says("amount") > 0]
        for net in others[:MOST_WEIGHED]:
            if _is_less(net, signed, charged, mapping):
                return net
    return signed


_FEES = {"fee", "fees", "commission", "entgelt", "gebuhr", "kosten", "frais", "comision", "tariffa", "oplata"}


def _is_less(net: Column, gross: Column, charged: list[Decimal | None], mapping: Mapping) -> bool:
    """Whether it is the other one less the fee, however the fee is signed."""
    sign = 1 if sum(fee or 0 for fee in charged) < 0 else -1
    rows = zip(_values(net, mapping), _values(gross, mapping), charged, strict=True)
    told = [(left, whole, fee or Decimal(0)) for left, whole, fee in rows if left is not None and whole is not None]
    return bool(told) and all(left == whole + sign * fee for left, whole, fee in told)


def _charged(mapping: Mapping, columns: list[Column]) -> Mapping:
    """With the fee that a running balance needs to be explained."""
    status = next((column.head for column in columns if column.at == mapping.status), [])
    booked = [at for at, text in enumerate(status) if text not in mapping.status_values] if status else None
    moved = _moved(mapping, columns)
    balances = [column for column in columns if column.is_money and column.says("balance") > 40][:MOST_WEIGHED]
    rising = _rising(columns, mapping)
    for fee in _fees(columns, mapping) if moved else ():
        both = [
            None if value is None else value - abs(charged or Decimal(0))
            for value, charged in zip(moved, _values(fee, mapping), strict=True)
        ]
        for balance in balances:
            left = [_picked(values, booked) for values in (both, moved, _values(balance, mapping))]
            if running(left[0], left[2], rising) > max(0, running(left[1], left[2], rising)):
                return replace(mapping, fee=fee.at)
    return mapping


def _picked(values: list[Decimal | None], at: list[int] | None) -> list[Decimal | None]:
    return values if at is None else [values[number] for number in at]


def _moved(mapping: Mapping, columns: list[Column]) -> list[Decimal | None]:
    """What the first rows say was moved, money out negative."""
    at = {column.at: column for column in columns}
    if mapping.layout == "in_out":
        into, out = ((at[c] if c is not None else None) for c in (mapping.money_in, mapping.money_out))
        found = [_values(column, mapping) if column else [] for column in (into, out)]
        received, spent = (values or [None] * len(other) for values, other in (found, found[::-1]))
        return [
            None if a is None and b is None else abs(a or Decimal(0)) - abs(b or Decimal(0))
            for a, b in zip(received, spent, strict=True)
        ]
    if mapping.amount is None:
        return []
    if mapping.layout == "flag" and mapping.flag is not None:
        return _sided(at[mapping.amount], at[mapping.flag], mapping)
    return [-value if value and mapping.invert else value for value in _values(at[mapping.amount], mapping)]


def _fees(columns: list[Column], mapping: Mapping) -> list[Column]:
    """Columns with fees of which one is not zero."""
    used = set(mapping.columns().values())
    words = [(c, set(headers.normalised(c.name).split())) for c in columns if c.is_money and c.at not in used]
    named = (c for c, said in words if _FEES & said and "after" not in said)
    return list(islice((c for c in named if any(_values(c, mapping))), MOST_FEES))


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
    # Some cards write what comes in with a minus, beside purchases without one.
    turned = bool(into and into.negative > into.positive and not (out and out.negative))
    return replace(
        mapping,
        layout="in_out",
        money_out=out.at if out else None,
        money_in=into.at if into else None,
        out_negative=turned or bool(out and out.negative > out.positive),
        invert=turned,
    )


def _signed_column(
    money: list[Column], columns: list[Column], mapping: Mapping, balance: Column | None
) -> Column | None:
    if not mapping.has_header and _has_halves(money):
        return None
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
    rising = _rising(columns, mapping)
    explained = [
        c
        for c in others[:MOST_WEIGHED]
        if any(
            _explains(_values(c, mapping), other, mapping, rising) for other in others[:MOST_WEIGHED] if other is not c
        )
    ]
    return max(explained or others, key=lambda c: (c.negative > 0, c.fractions > 0, c.negative < len(c.cells), -c.at))


def _has_halves(money: list[Column]) -> bool:
    """Two columns, of which every row has one: out and in, whatever signs a balance beside them has."""
    halves = [column for column in money if column.cells and column.filled < 0.95]
    return len(halves) == 2 and all(bool(a) != bool(b) for a, b in zip(halves[0].head, halves[1].head, strict=True))


def _unnamed(
    mapping: Mapping, money: list[Column], columns: list[Column], doubts: dict[str, tuple[str, ...]]
) -> Mapping:
    """No name helps: two columns that are never filled both at once are out and in; a running balance tells which."""
    filled = [column for column in money if column.cells and (column.fractions or column.amounts)]
    halves = [column for column in filled if column.filled < 0.95]
    full = [column for column in filled if column.filled >= 0.95]
    if len(halves) == 2:
        out, into = halves
        difference = _difference(into, out, mapping)
        rising = _rising(columns, mapping)
        told = max((_explains(difference, c, mapping, rising) for c in full[:MOST_WEIGHED]), key=abs, default=0)
        if told < -1:
            out, into = into, out
        if -1 <= told <= 0:
            doubts["money_out"] = (str(out.at), str(into.at))
        return _in_out(mapping, (out, into))
    if not filled:
        doubts["amount"] = ()
        return mapping
    candidates = (full or filled)[:MOST_WEIGHED]
    rising = _rising(columns, mapping)
    column = max(
        candidates,
        key=lambda c: (
            c.negative > 0,
            any(_explains(_values(c, mapping), other, mapping, rising) for other in candidates if other is not c),
            c.fractions > 0,
            -c.at,
        ),
    )
    mapping = replace(mapping, amount=column.at)
    flag = None if column.negative else _flag_column(columns, mapping)
    return _flagged(mapping, flag) if flag else _signed(mapping, column, columns, doubts)


def _sided_by_balance(mapping: Mapping, money: list[Column], columns: list[Column]) -> Mapping | None:
    """With the amount whose sides, as another column calls them, explain a running balance."""
    flag = _flag_column(columns, mapping)
    full = [column for column in money if column.cells and column.filled >= 0.95][:MOST_WEIGHED]
    for column in full:
        if flag is None or column.negative:
            continue
        sided = _sided(column, flag, mapping)
        if any(
            _explains(sided, other, mapping, _rising(columns, mapping)) > 0 for other in full if other is not column
        ):
            return _flagged(replace(mapping, amount=column.at), flag)
    return None


def _sided(column: Column, flag: Column, mapping: Mapping) -> list[Decimal | None]:
    """The amounts with the signs that the other column gives them."""
    pairs = zip(_values(column, mapping), flag.head, strict=True)
    return [-value if value and headers.flag_side(side) == "out" else value for value, side in pairs]


def _flag_column(columns: list[Column], mapping: Mapping) -> Column | None:
    """A column of a few texts, each saying in or out."""
    fitting = [
        column
        for column in columns
        if column.at not in (mapping.date, mapping.amount)
        and (column.filled >= 0.9 or (column.filled >= 0.5 and column.says("flag") > 60))
        and 0 < column.distinct <= 8
        and _tells_sides(column)
    ]
    return max(fitting, key=lambda c: (c.says("flag"), c.distinct), default=None)


def _tells_sides(column: Column) -> bool:
    """Whether nearly all of its texts say in or out; in a column of that name most will do, if they say both."""
    told = [cell for cell in column.cells if headers.normalised_flag(cell) not in headers.NEITHER]
    is_named = column.says("flag") > 60
    sides = [side for cell in told if (side := headers.flag_side(cell, of_kind=is_named))]
    least = 0.6 if is_named and len(set(sides)) == 2 else 0.9
    return len(told) >= 0.5 * len(column.cells) and len(sides) >= least * len(told)


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
    others = [c for c in columns if c is not column and c.is_money and c.filled > 0.9][:MOST_WEIGHED]
    rising = _rising(columns, mapping)
    told = max((_explains(values, other, mapping, rising) for other in others), key=abs, default=0)
    if told > 0:
        return mapping
    if told <= -(3 if column.negative else 2):  # one or two steps may be chance
        return replace(mapping, invert=True)
    if column.negative == 0:
        # All one way: purchases of a card, more likely than income alone; one or two rows say nothing.
        many = len(column.cells) > 2 and not _is_earned(column, columns)
        doubts["invert"] = ("true", "false") if many else ("false", "true")
        return replace(mapping, invert=many)
    buys = _says_all(column, columns, _PURCHASES, negative=False)
    thanks = column.negative * 2 <= len(column.cells) and _is_thanked(column, columns)
    if buys or thanks or column.negative * 4 <= len(column.cells):
        is_card = buys or thanks or _says_all(column, columns, _CARD_PAYMENTS, negative=True)
        doubts["invert"] = ("true", "false") if is_card else ("false", "true")
        return replace(mapping, invert=is_card)
    return mapping


_CARD_PAYMENTS = (
    "payment", "thank you", "autopay", "paiement", "pago recibido", "su pago", "betaling", "refund", "ausgleich",
    "pagamento", "inbetalning", "zahlung", "wpłata", "spłata", "ödeme", "estorno", "erstattung",
)  # fmt: skip

# What a card says of a payment, however few rows there are beside it; and what it never says of money out.
_THANKS = (
    "thank you", "payment received", "payments and credits", "zahlung erhalten", "zahlung - besten dank",
    "zahlung – besten dank", "paiement recu", "paiement reçu", "pago recibido", "pagamento recebido",
)  # fmt: skip
_WAGES = (
    "salary", "payroll", "wages", "gehalt", "lohn", "salaire", "nómina", "nomina", "salario", "stipendio", "salaris",
)  # fmt: skip
_PURCHASES = ("purchase", "sale", "achat", "compra", "acquisto", "aankoop", "kortköp", "varekjøp", "zakup", "nákup")


def _says_all(column: Column, columns: list[Column], words: tuple[str, ...], *, negative: bool) -> bool:
    """Every row with a minus is a payment to the card or a refund; every row without one is a purchase."""
    said = _texts_of(column, columns, negative=negative)
    return bool(said) and all(any(word in text for word in words) for text in said)


def _is_thanked(column: Column, columns: list[Column]) -> bool:
    """Every row with a minus is a payment to the card or a refund, one is thanked for, and nobody is paid wages."""
    said = _texts_of(column, columns, negative=True)
    return (
        not _is_earned(column, columns)
        and any(word in text for text in said for word in _THANKS)
        and all(any(word in text for word in _THANKS + _CARD_PAYMENTS) for text in said)
    )


def _is_earned(column: Column, columns: list[Column]) -> bool:
    """Some row without a minus is somebody's wages."""
    return any(word in text for text in _texts_of(column, columns, negative=False) for word in _WAGES)


def _texts_of(column: Column, columns: list[Column], *, negative: bool) -> list[str]:
    """What stands in the rows with a minus, or in those without one."""
    return [
        "\n".join(other.head[at] for other in columns).casefold()
        for at, cell in enumerate(column.head)
        if (apart := amounts.taken_apart(cell)) and apart.negative == negative
    ]


def _values(column: Column, mapping: Mapping) -> list[Decimal | None]:
    return [_value(cell, mapping) if cell else None for cell in column.head]


def _difference(into: Column, out: Column, mapping: Mapping) -> list[Decimal | None]:
    pairs = zip(_values(into, mapping), _values(out, mapping), strict=True)
    return [None if a is None and b is None else (a or Decimal(0)) - (b or Decimal(0)) for a, b in pairs]


def _rising(columns: list[Column], mapping: Mapping) -> bool | None:
    """Whether the rows go on through time or back; None where that cannot be told."""
    column = next((column for column in columns if column.at == mapping.date), None)
    found = [dates.taken_apart(cell) for cell in column.head] if column else []
    days = [day for parts in found if parts and (day := dates.fits(parts, mapping.date_order))]
    up, down = sum(a < b for a, b in pairwise(days)), sum(a > b for a, b in pairwise(days))
    return None if up == down else up > down


def _explains(values: Sequence[Decimal | None], balance: Column, mapping: Mapping, rising: bool | None = None) -> int:
    """How well the amounts explain a running balance: above 0 as signed, below 0 the other way round."""
    balances = _values(balance, mapping)
    as_signed = running(values, balances, rising)
    inverted = running([None if value is None else -value for value in values], balances, rising)
    return as_signed if as_signed > inverted and as_signed > 0 else -inverted if inverted > max(as_signed, 0) else 0


def running(values: Sequence[Decimal | None], balances: Sequence[Decimal | None], rising: bool | None = None) -> int:
    """Steps of a running balance that these amounts explain, less those they contradict.

    The balance may be the one after each row or the one before it. With the days `rising` or not, only the steps that
    way through time count: a balance before, told backwards, looks like a balance after with the signs turned.
    """
    counts = [0, 0, 0]  # after a row going on, after a row going back, before a row
    steps = 0
    for (before_value, before), (value, after) in pairwise(zip(values, balances, strict=True)):
        if before is None or after is None or value is None or before_value is None:
            continue
        steps += 1
        step = after - before
        counts[0] += rising is not False and step == value
        counts[1] += rising is not True and step == -before_value
        counts[2] += rising is not None and step == (before_value if rising else -value)
    return 2 * max(counts) - steps if steps else 0


# ── texts ─────────────────────────────────────────────────────────────────────────────────────────


def _told(mapping: Mapping, table: Table, columns: list[Column]) -> Mapping:
    """Who, what for, which account: by name; without names, by what the texts look like."""
    taken = set(mapping.columns().values())
    free = [column for column in columns if column.at not in taken and column.cells]
    account = _account(free, mapping)
    found = {
        "category": _best(free, "category"),
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
    payer = _best([c for c in free if c is not payee], "payer", 60) if payee else None
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
    named = _best((c for c in codes if c.at in _beside(columns, mapping) and c.filled > 0.5), "currency", 0)
    named = named or _best([c for c in codes if c.filled > 0.5], "currency", 0)
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
    return _best(before or (c for c in own if not _is_of_payee(c, changes=changes)), "account")


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
    return _best(ids, "bank_id")


def _statused(mapping: Mapping, free: list[Column]) -> Mapping:
    texts = [c for c in free if max(c.says("payee"), c.says("memo")) > max(60, c.says("status"))]
    for column in free:
        if column in texts and (column.distinct > 1 or len(texts) == 1):
            continue  # what was paid for may be called so too: Refuse
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
        is_movement(above)
        and _cell(row, payee.at)
        and not any(_cell(row, at) for at in needed)
        and not headers.is_total(_cell(row, payee.at))
        for above, row in pairwise(table.first[:SAMPLE])
    )


def _cell(row: tables.Row, at: int) -> str:
    return row.cells[at].strip() if at < len(row.cells) else ""


def _notices(table: Table, columns: list[Column], mapping: Mapping) -> tuple[str, ...]:
    said = []
    if not table.source.encoding.startswith("utf"):
        said.append(
            f"The file does not say how its letters are written; it was read as {ENCODINGS[table.source.encoding]}. "
            "Choose another one if names look wrong."
        )
    if table.source.lost:
        letters = "letter" if table.source.lost == 1 else "letters"
        said.append(f"{table.source.lost} {letters} could not be read and are shown as �.")
    if mapping.fee is not None:
        said.append(f"The amounts of the column “{columns[mapping.fee].name}” are counted as money out besides.")
    said += [
        f"The column “{fee.name}” has amounts of its own, which are not read."
        for fee in _fees(columns, mapping)
        if mapping.fee is None and not _is_taken_off(fee, columns, mapping)
    ]
    return tuple(said)


def _is_taken_off(fee: Column, columns: list[Column], mapping: Mapping) -> bool:
    """Whether the amounts that are read are those of another column less the fee."""
    net = next((column for column in columns if column.at == mapping.amount), None)
    charged = _values(fee, mapping)
    others = [column for column in columns if column.is_money and column is not net and column is not fee]
    return net is not None and any(_is_less(net, other, charged, mapping) for other in others[:MOST_WEIGHED])
