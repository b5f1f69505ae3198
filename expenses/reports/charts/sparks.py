"""A small line without axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from expenses.shared.money import ZERO

SPARK = (80, 20)  # px


@dataclass(frozen=True, slots=True)
class Spark:
    """A small line in a table, for the eye: the figures stand beside it. Drawn by `charts/spark.svg`."""

    points: str  # of a polyline, px
    x: Decimal  # its end
    y: Decimal
    zero: Decimal
    width: int
    height: int

    @classmethod
    def of(cls, amounts: Sequence[Decimal]) -> Self | None:
        """None for fewer than two amounts: they are no line."""
        if len(amounts) < 2:
            return None
        width, height = SPARK
        low, high = min(ZERO, *amounts), max(ZERO, *amounts)
        span = high - low or Decimal(1)
        places = [
            ((number * Decimal(width - 6) / (len(amounts) - 1) + 3).quantize(Decimal("0.1")), _px(amount, low, span))
            for number, amount in enumerate(amounts)
        ]
        points = " ".join(f"{x},{y}" for x, y in places)
        return cls(points, *places[-1], _px(ZERO, low, span), width, height)


def _px(amount: Decimal, low: Decimal, span: Decimal) -> Decimal:
    room = SPARK[1] - 6
    return (room - (amount - low) * room / span + 3).quantize(Decimal("0.1"))
