"""Exact money: how it is stored, typed and shown.

An amount is a `Decimal` in Python and a BIGINT of ten-thousandths in the database, the same for every currency
(ISO 4217 decimals are 0 to 4), so that neither a column nor a `Sum` needs to know whose it is, and so that a
sum is exact on SQLite too, where decimals would be added as floats.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models

PLACES = 4  # decimals kept in the database
LARGEST = Decimal("1e11")  # beyond this an amount is a slip of the keyboard
ZERO = Decimal(0)
_UNIT = Decimal(1).scaleb(-PLACES)

MINUS = "−"  # U+2212, as wide as the plus sign


class AmountError(ValueError):
    """The typed text is no amount; the message is a sentence for the person."""


# ── stored ────────────────────────────────────────────────────────────────────────────────────────


def to_units(value: Decimal | int | str) -> int:
    """The amount in ten-thousandths. Raises `ValueError` where that would lose something, or for a float."""
    if isinstance(value, float):
        raise ValueError("Money is never a float.")
    try:
        units = Decimal(value).scaleb(PLACES)
        whole = int(units)
    except (InvalidOperation, OverflowError, ValueError) as error:
        raise ValueError(f"{value!r} is not an amount.") from error
    if whole != units:
        raise ValueError(f"{value!r} has more than {PLACES} decimals.")
    return whole


def from_units(units: int | Decimal) -> Decimal:
    """The amount of so many ten-thousandths."""
    return _UNIT * int(units)


class MoneyField(models.BigIntegerField):
    """An exact amount of money; sums and differences of it in queries are amounts as well."""

    _pyi_private_set_type: Any  # these three tell mypy's Django plugin what goes in and what comes out
    _pyi_private_get_type: Decimal  # type: ignore[assignment]  # BigIntegerField says int
    _pyi_lookup_exact_type: Any

    description = "Exact amount of money"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else from_units(value)

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        try:
            return from_units(to_units(value))
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error

    def get_prep_value(self, value: Any) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        return to_units(value)

    @property
    def validators(self) -> Any:  # those of BigIntegerField compare with the range of the column, in other units
        return self._validators  # type: ignore[attr-defined]  # the stubs leave it out

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return models.Field.formfield(self, **{"form_class": AmountField, **kwargs})


# ── typed ─────────────────────────────────────────────────────────────────────────────────────────

SPACES = dict.fromkeys(map(ord, " \t\u00a0\u202f\u2007\u2009\u2008'’"))
NUMBER = re.compile(r"[0-9.,]+")


def parse_amount(text: str, decimals: int = 2) -> Decimal:
    """Read a typed amount or sum of amounts in a currency of so many decimals.

    Reads `12,50`, `12.50`, `1 234.50`, `1,234.50`, `1.234,50` and sums such as `12.50+3.20-1`.
    Raises `AmountError` with a sentence: nothing typed, no number, unclear separators, too many decimals,
    beyond ±1e11.
    """
    cleaned = unicodedata.normalize("NFKC", text).translate(SPACES).replace(MINUS, "-").replace("–", "-")
    if not cleaned:
        raise AmountError("Write an amount, for example 12.50.")
    if len(cleaned) > 200:
        raise AmountError("This is too long for an amount.")
    total = ZERO
    for sign, number in _terms(cleaned, text):
        total += sign * _number(number, decimals)
    if abs(total) > LARGEST:
        raise AmountError("This is more than 100,000,000,000. Check the number of digits.")
    return total


def _terms(cleaned: str, typed: str) -> Iterable[tuple[int, str]]:
    parts = re.split(r"([+-])", cleaned)
    parts = parts[1:] if parts[0] == "" else ["+", *parts]  # a sign in front, or none
    for sign, number in zip(parts[::2], parts[1::2], strict=True):
        if not NUMBER.fullmatch(number) or not number.isascii() or not any(map(str.isdigit, number)):
            raise AmountError(f"“{_short(typed)}” is not an amount. Write it like 12.50, or a sum like 12.50+3.20.")
        yield (-1 if sign == "-" else 1), number


def _short(text: str) -> str:
    text = "".join(c for c in text.strip() if c.isprintable())
    return text if len(text) <= 30 else text[:29] + "…"


def _number(text: str, decimals: int) -> Decimal:
    """One unsigned number whose decimal mark is the last separator, unless that would be unclear."""
    marks = [c for c in text if c in ".,"]
    if not marks:
        return _bounded(text)
    last = text.rfind(marks[-1])
    head, tail = text[:last], text[last + 1 :]
    if len(set(marks)) == 2:
        # Two kinds: the last one, once, is the decimal mark; the other one groups by three.
        grouping = "," if marks[-1] == "." else "."
        if marks.count(marks[-1]) > 1 or not _grouped(head.split(grouping)):
            raise AmountError(f"“{text}” has its separators in a strange order. Write it like 1234.50.")
        return _with_decimals(head.replace(grouping, ""), tail, decimals)
    if len(marks) > 1:
        groups = text.split(marks[0])
        if not _grouped(groups):
            raise AmountError(f"“{text}” has its separators in a strange order. Write it like 1234.50.")
        return _bounded("".join(groups))
    if len(tail) == 3 and decimals != 3 and head.strip("0"):
        raise AmountError(f"“{text}” is unclear. Write {head}{tail} or {_example(head, tail, decimals)}.")
    return _with_decimals(head, tail, decimals)


def _grouped(groups: Sequence[str]) -> bool:
    return 1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])


def _example(head: str, tail: str, decimals: int) -> str:
    rounded = Decimal(f"{head}.{tail}").quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    return str(rounded)


def _with_decimals(head: str, tail: str, decimals: int) -> Decimal:
    if len(tail.rstrip("0")) > decimals:
        kept = {0: "no decimals", 1: "one decimal"}.get(decimals, f"{decimals} decimals")
        raise AmountError(f"“{head}.{tail}” has too many decimals: this currency has {kept}.")
    return _bounded(f"{head or '0'}.{tail or '0'}")


def _bounded(text: str) -> Decimal:
    if len(text) > 40:
        raise AmountError("This is more than 100,000,000,000. Check the number of digits.")
    return Decimal(text)


class AmountField(forms.CharField):
    """Reads a typed amount; set `decimals` to those of the household's currency (`use_currency`)."""

    decimals = 2
    positive = False  # refuse zero and less
    nonzero = False

    def __init__(self, *, positive: bool = False, nonzero: bool = False, **kwargs: Any) -> None:
        for of_numbers in ("min_value", "max_value"):
            kwargs.pop(of_numbers, None)
        kwargs.setdefault("max_length", 200)
        super().__init__(**kwargs)
        # Those of a CharField measure the text; the value is a Decimal by then, and parse_amount has measured it.
        self.validators = [check for check in self.validators if not isinstance(check, MaxLengthValidator)]
        self.positive = positive
        self.nonzero = nonzero
        self.widget.attrs.setdefault("inputmode", "decimal")
        self.widget.attrs.setdefault("autocomplete", "off")
        self.widget.attrs.setdefault("class", "input is-amount")

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # a CharField that gives a Decimal
        text = super().to_python(value)
        if text is None or text in self.empty_values:
            return None
        try:
            amount = parse_amount(text, self.decimals)
        except AmountError as error:
            raise ValidationError(str(error), code="invalid") from error
        if self.positive and amount <= 0:
            raise ValidationError("Write an amount above zero.", code="positive")
        if self.nonzero and amount == 0:
            raise ValidationError("An amount of zero changes nothing. Write another one.", code="zero")
        return amount

    def prepare_value(self, value: Any) -> Any:
        return format_plain(value, self.decimals) if isinstance(value, Decimal) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(initial != self.to_python(data))
        except ValidationError:
            return True


# ── shown ─────────────────────────────────────────────────────────────────────────────────────────


def quantize(value: Decimal, decimals: int) -> Decimal:
    """The amount with at least so many decimals; more where it has more (a statement's fourth decimal)."""
    written = value.quantize(_UNITS[decimals])
    if written == value:
        return written
    places = -int(value.normalize().as_tuple().exponent)
    return value.quantize(Decimal(1).scaleb(-places))


def rounded(value: Decimal, decimals: int) -> Decimal:
    """The amount with exactly so many decimals, a half going to the even side: as a currency writes it."""
    return value.quantize(_UNITS[decimals], ROUND_HALF_EVEN)


_UNITS = [Decimal(1).scaleb(-decimals) for decimals in range(PLACES + 1)]


def format_plain(value: Decimal, decimals: int) -> str:
    """`-1234.50`: for form fields, `<data value>` and files."""
    return f"{quantize(value, decimals):f}"


def format_amount(value: Decimal, decimals: int, *, plus: bool = False) -> str:
    """`−1,234.50`, with a plus sign on request."""
    text = f"{quantize(abs(value), decimals):,f}"
    if value < 0:
        return MINUS + text
    return f"+{text}" if plus and value > 0 else text


# ── parts that add up ─────────────────────────────────────────────────────────────────────────────


def split(whole: Decimal | int, weights: Sequence[Decimal | int], *, unit: Decimal = Decimal(1)) -> list[Decimal]:
    """Share `whole` by `weights` in multiples of `unit` so that the parts add up to it: largest remainder.

    `split(100, [1, 1, 1])` is 34, 33, 33. Negative or zero weights get nothing; without any weight all get nothing.
    The whole must itself be a multiple of the unit.
    """
    counted = [max(Decimal(weight), ZERO) for weight in weights]
    sum_of_weights = sum(counted, ZERO)
    if not sum_of_weights:
        return [ZERO] * len(counted)
    units = int(Decimal(whole) / unit)
    exact = [units * weight / sum_of_weights for weight in counted]
    parts = [int(share) for share in exact]
    missing = units - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[:missing]:
        parts[i] += 1
    return [part * unit for part in map(Decimal, parts)]
