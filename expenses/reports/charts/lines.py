"""Lines over slots, with points that lead to their expenses; and a small one without axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Self

from expenses.reports.charts.axis import HUNDREDTH, Axis, Tick
from expenses.reports.charts.columns import Figure, Series, Swatch, slots, swatches_of
from expenses.reports.charts.labels import MONTHS, Label, Word, labels
from expenses.shared.money import ZERO


@dataclass(frozen=True, slots=True)
class Point:
    x: Decimal
    y: Decimal
    figure: Figure


@dataclass(frozen=True, slots=True)
class Stroke:
    """From one point to the next; a line has none where a figure is missing."""

    x1: Decimal
    y1: Decimal
    x2: Decimal
    y2: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    swatch: Swatch
    number: int  # 0 is solid, the others are dashed each in its way
    strokes: tuple[Stroke, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """Drawn by `charts/lines.svg`. `id` begins the ids of its parts: one picture of that name a page."""

    id: str
    title: str
    description: str
    ticks: tuple[Tick, ...]
    zero: Decimal
    lines: tuple[Line, ...]
    labels: tuple[tuple[Decimal, Label], ...]  # the middle of each slot, and its words

    @classmethod
    def of(
        cls,
        words: Sequence[Word],
        lines: Sequence[tuple[Series, Sequence[Figure | None]]],
        *,
        decimals: int,
        title: str,
        description: str = "",
        steps: Sequence[int] = MONTHS,
        id: str = "chart",
    ) -> Self:
        """Each line has a figure for each word, None where there is none; else as `Columns.of`."""
        axis = Axis.of([one.amount for _, figures in lines for one in figures if one], decimals=decimals)
        centres = [left + (width / 2).quantize(HUNDREDTH) for left, width in slots(len(words))]
        swatches = swatches_of([series for series, _ in lines], id=id)
        drawn = []
        for number, (swatch, (_, figures)) in enumerate(zip(swatches, lines, strict=True)):
            points = [
                Point(x, axis.y(one.amount), one) if one else None for x, one in zip(centres, figures, strict=True)
            ]
            strokes = tuple(Stroke(a.x, a.y, b.x, b.y) for a, b in pairwise(points) if a and b)
            drawn.append(Line(swatch, number, strokes, tuple(point for point in points if point)))
        said = tuple(zip(centres, labels(words, steps=steps), strict=True))
        return cls(id, title, description, axis.ticks, axis.zero, tuple(drawn), said)

    @property
    def has_second_line(self) -> bool:
        return any(label.below for _, label in self.labels)


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
