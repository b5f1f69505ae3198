"""The scale of amounts: from where to where, and round numbers on the way."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Self

from expenses.shared.money import MINUS, ZERO

MOST = 5  # steps from one end to the other; at least one is marked
ROOM = 5  # characters that fit beside the picture on a phone
UNITS = ((0, ""), (3, "k"), (6, "M"), (9, "bn"), (12, "tn"), (15, "qd"))
HUNDREDTH = Decimal("0.01")


def percent(part: Decimal, whole: Decimal) -> Decimal:
    """The part as a length, in hundredths of a percent."""
    return (part * 100 / whole).quantize(HUNDREDTH) + ZERO  # the sum makes 0 of −0


@dataclass(frozen=True, slots=True)
class Tick:
    amount: Decimal
    y: Decimal
    text: str


@dataclass(frozen=True, slots=True)
class Axis:
    """Zero is always on it; `low` is below zero only where an amount is."""

    low: Decimal
    high: Decimal
    ticks: tuple[Tick, ...]

    @classmethod
    def of(cls, amounts: Iterable[Decimal], *, decimals: int) -> Self:
        """`decimals` are the currency's: no tick is finer than its smallest coin."""
        found = [ZERO, *amounts]
        coin = Decimal(1).scaleb(-decimals)
        low, high = min(found), max(found)
        if low == high:
            high = coin
        step = max(_round(high - low), coin)
        half = step / 2  # so that the highest column is not far below the upper edge
        low = (low / half).to_integral_value(ROUND_FLOOR) * half
        high = (high / half).to_integral_value(ROUND_CEILING) * half
        first = int((low / step).to_integral_value(ROUND_CEILING))
        last = int((high / step).to_integral_value(ROUND_FLOOR))
        marked = [step * number for number in range(first, last + 1) if number]
        texts = _texts(marked, step=step, decimals=decimals)
        ticks = tuple(
            Tick(amount, percent(high - amount, high - low), text) for amount, text in zip(marked, texts, strict=True)
        )
        return cls(low, high, ticks)

    def y(self, amount: Decimal) -> Decimal:
        """How far below the upper edge an amount lies."""
        return percent(self.high - amount, self.high - self.low)

    @property
    def zero(self) -> Decimal:
        return self.y(ZERO)


def _round(span: Decimal) -> Decimal:
    """The smallest of 1, 2, 5 × 10ⁿ of which `MOST` cover the span."""
    least = span / MOST
    power = Decimal(1).scaleb(least.adjusted())
    return next(round_one for figure in (1, 2, 5, 10) if (round_one := figure * power) >= least)


def _texts(amounts: list[Decimal], *, step: Decimal, decimals: int) -> list[str]:
    """All in one unit, the smallest in which they fit."""
    tried = [_in_unit(amounts, power, word, decimals if step < 1 else 0) for power, word in UNITS]
    return next((texts for texts in tried if _length(texts) <= ROOM), min(tried, key=_length))


def _in_unit(amounts: list[Decimal], power: int, word: str, decimals: int) -> list[str]:
    scaled = [abs(amount).scaleb(-power).normalize() for amount in amounts]
    places = max([0 if power else decimals, *(-int(amount.as_tuple().exponent) for amount in scaled)])
    signs = [MINUS if amount < 0 else "" for amount in amounts]
    return [f"{sign}{amount:,.{places}f}{word}" for sign, amount in zip(signs, scaled, strict=True)]


def _length(texts: list[str]) -> int:
    return max((len(text.removeprefix(MINUS)) for text in texts), default=0)
