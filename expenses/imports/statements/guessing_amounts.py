"""Which columns of a table have what was moved, how it is written, and which way it went."""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import islice, pairwise

from expenses.imports.statements import amounts, dates, headers
from expenses.imports.statements.columns import Column, Texts, best_of
from expenses.imports.statements.mapping import Mapping

MOST_WEIGHED = 12  # columns that are weighed against each other
MOST_FEES = 3  # columns of fees that are

_EAST_ASIAN = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")  # whose writers part thousands with commas
# Names, signs and words of the currencies in which nothing costs less than one. (¥ is the yuan's sign too, which has
# hundredths, but no thousandths.)
_NO_CENTS = re.compile(r"[¥￥]|円|원|₩|₫|\b(?:JPY|KRW|VND|CLP|ISK|PYG|UGX|XAF|XOF|XPF|[Yy]en|KR[Ww]on)\b")


def with_marks(mapping: Mapping, columns: list[Column], texts: Texts, doubts: dict[str, tuple[str, ...]]) -> Mapping:
    """With the marks of decimals and thousands."""
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


def with_amounts(mapping: Mapping, columns: list[Column], doubts: dict[str, tuple[str, ...]]) -> Mapping:
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
    for fee in fees_of(columns, mapping):
        charged = values_of(fee, mapping)
        others = [column for column in money if column not in (signed, fee) and column.says("amount") > 0]
        for net in others[:MOST_WEIGHED]:
            if is_less(net, signed, charged, mapping):
                return net
    return signed


_FEES = {"fee", "fees", "commission", "entgelt", "gebuhr", "kosten", "frais", "comision", "tariffa", "oplata"}


def is_less(net: Column, gross: Column, charged: list[Decimal | None], mapping: Mapping) -> bool:
    """Whether it is the other one less the fee, however the fee is signed."""
    sign = 1 if sum(fee or 0 for fee in charged) < 0 else -1
    rows = zip(values_of(net, mapping), values_of(gross, mapping), charged, strict=True)
    told = [(left, whole, fee or Decimal(0)) for left, whole, fee in rows if left is not None and whole is not None]
    return bool(told) and all(left == whole + sign * fee for left, whole, fee in told)


def with_fee(mapping: Mapping, columns: list[Column]) -> Mapping:
    """With the fee that a running balance needs to be explained."""
    status = next((column.head for column in columns if column.at == mapping.status), [])
    booked = [at for at, text in enumerate(status) if text not in mapping.status_values] if status else None
    moved = _moved(mapping, columns)
    balances = [column for column in columns if column.is_money and column.says("balance") > 40][:MOST_WEIGHED]
    rising = _rising(columns, mapping)
    for fee in fees_of(columns, mapping) if moved else ():
        both = [
            None if value is None else value - abs(charged or Decimal(0))
            for value, charged in zip(moved, values_of(fee, mapping), strict=True)
        ]
        for balance in balances:
            left = [_picked(values, booked) for values in (both, moved, values_of(balance, mapping))]
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
        found = [values_of(column, mapping) if column else [] for column in (into, out)]
        received, spent = (values or [None] * len(other) for values, other in (found, found[::-1]))
        return [
            None if a is None and b is None else abs(a or Decimal(0)) - abs(b or Decimal(0))
            for a, b in zip(received, spent, strict=True)
        ]
    if mapping.amount is None:
        return []
    if mapping.layout == "flag" and mapping.flag is not None:
        return _sided(at[mapping.amount], at[mapping.flag], mapping)
    return [-value if value and mapping.invert else value for value in values_of(at[mapping.amount], mapping)]


def fees_of(columns: list[Column], mapping: Mapping) -> list[Column]:
    """Columns with fees of which one is not zero."""
    used = set(mapping.columns().values())
    words = [(c, set(headers.normalised(c.name).split())) for c in columns if c.is_money and c.at not in used]
    named = (c for c, said in words if _FEES & said and "after" not in said)
    return list(islice((c for c in named if any(values_of(c, mapping))), MOST_FEES))


def _in_and_out(money: list[Column], columns: list[Column]) -> tuple[Column | None, Column | None] | None:
    """(out, in) by their names. A name for both, as "Debit/Credit", is neither."""
    sided = [column for column in money if not (column.says("out") and column.says("in"))]
    out, into = best_of(sided, "out"), best_of(sided, "in")
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
            _explains(values_of(c, mapping), other, mapping, rising)
            for other in others[:MOST_WEIGHED]
            if other is not c
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
            any(_explains(values_of(c, mapping), other, mapping, rising) for other in candidates if other is not c),
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
    pairs = zip(values_of(column, mapping), flag.head, strict=True)
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
    values = values_of(column, mapping)
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


def values_of(column: Column, mapping: Mapping) -> list[Decimal | None]:
    return [_value(cell, mapping) if cell else None for cell in column.head]


def _difference(into: Column, out: Column, mapping: Mapping) -> list[Decimal | None]:
    pairs = zip(values_of(into, mapping), values_of(out, mapping), strict=True)
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
    balances = values_of(balance, mapping)
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
