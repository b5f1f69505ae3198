"""Columns side by side: one part each, or stacked by series; what is below zero hangs from the zero line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Self

from expenses.reports.charts.axis import HUNDREDTH, Axis, Tick, percent
from expenses.reports.charts.colors import OTHERS, legible
from expenses.reports.charts.labels import MONTHS, Label, Word, labels
from expenses.shared.money import ZERO

FILLED = Decimal("0.65")  # of a slot
WIDEST = Decimal(12)  # percent of the picture: a single month is no wall
SERIES = 8  # more cannot be told from each other; the rest goes together

# One a series, in the order of the stack, so that colour is never alone: paths in a tile of 8 × 8.
HATCHES = (
    "",
    "M-2 2 2-2M0 8 8 0M6 10 10 6",  # rising
    "M0 4H8",
    "M2 2h.01M6 6h.01",  # dots
    "M-2 6 2 10M0 0 8 8M6-2 10 2",  # falling
    "M4 0V8",
    "M0 4H8M4 0V8",
    "M0 0 8 8M0 8 8 0",
)


# ── what is drawn ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount, and the address of its expenses. `title` says all of it: “Food, May 2026: 655.08”."""

    amount: Decimal
    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    name: str
    color: str = OTHERS  # as the household chose it


@dataclass(frozen=True, slots=True)
class Column:
    """`whole` is what the parts come to; `parts` has one for each series, None where there is nothing. `mark` is
    another amount to compare with: the same month a year before, a limit; `second` one more, drawn dashed."""

    word: Word
    whole: Figure
    parts: tuple[Figure | None, ...]
    mark: Figure | None = None
    is_running: bool = False  # drawn paler: it is not over yet
    second: Figure | None = None


# ── the picture ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Swatch:
    """How a series is filled."""

    id: str
    name: str
    color: str
    hatch: str


@dataclass(frozen=True, slots=True)
class Segment:
    y: Decimal
    height: Decimal
    fill: str  # id of a swatch
    figure: Figure


@dataclass(frozen=True, slots=True)
class Mark:
    y: Decimal
    x: Decimal
    end: Decimal
    figure: Figure


@dataclass(frozen=True, slots=True)
class Bar:
    slot: Decimal
    slot_width: Decimal
    x: Decimal
    width: Decimal
    centre: Decimal
    whole: Figure
    segments: tuple[Segment, ...]
    mark: Mark | None
    second: Mark | None
    label: Label
    is_running: bool


@dataclass(frozen=True, slots=True)
class Mean:
    y: Decimal
    text: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Drawn by `charts/columns.svg`. `id` begins the ids of its parts: one picture of that name a page."""

    id: str
    title: str
    description: str
    ticks: tuple[Tick, ...]
    zero: Decimal
    bars: tuple[Bar, ...]
    swatches: tuple[Swatch, ...]  # as the series: the first one lies at the zero line
    mean: Mean | None

    @classmethod
    def of(
        cls,
        columns: Sequence[Column],
        series: Sequence[Series],
        *,
        decimals: int,
        title: str,
        description: str = "",
        mean: tuple[Decimal, str] | None = None,
        steps: Sequence[int] = MONTHS,
        id: str = "chart",
    ) -> Self:
        """`decimals` are the currency's; `mean` is an amount to draw a line at, and its words; `steps` are by how
        many slots words below may be left out (labels.MONTHS, YEARS, DAYS). At most `SERIES` series."""
        axis = Axis.of(_reached(columns, mean), decimals=decimals)
        swatches = swatches_of(series, id=id)
        words = labels([column.word for column in columns], steps=steps)
        bars = [
            _bar(column, axis, slot, swatches, label)
            for column, slot, label in zip(columns, slots(len(columns)), words, strict=True)
        ]
        line = Mean(axis.y(mean[0]), mean[1]) if mean else None
        return cls(id, title, description, axis.ticks, axis.zero, tuple(bars), swatches, line)

    @property
    def has_second_line(self) -> bool:
        return any(bar.label.below for bar in self.bars)


def swatches_of(series: Sequence[Series], *, id: str) -> tuple[Swatch, ...]:
    """How series are filled, in their order; `id` begins the ids."""
    return tuple(
        Swatch(f"{id}-{number}", one.name, legible(one.color), HATCHES[number % len(HATCHES)])
        for number, one in enumerate(series)
    )


def slots(count: int) -> list[tuple[Decimal, Decimal]]:
    """Where each of so many slots begins, and its width: together they are the width of the picture."""
    if not count:
        return []
    edges = [percent(Decimal(number), Decimal(count)) for number in range(count + 1)]
    return [(left, right - left) for left, right in pairwise(edges)]


def _reached(columns: Sequence[Column], mean: tuple[Decimal, str] | None) -> Iterator[Decimal]:
    for column in columns:
        amounts = [part.amount for part in column.parts if part]
        yield sum((amount for amount in amounts if amount > 0), ZERO)
        yield sum((amount for amount in amounts if amount < 0), ZERO)
        yield from (one.amount for one in (column.mark, column.second) if one)
    if mean:
        yield mean[0]


def _bar(column: Column, axis: Axis, slot: tuple[Decimal, Decimal], swatches: Sequence[Swatch], label: Label) -> Bar:
    left, slot_width = slot
    width = min((slot_width * FILLED).quantize(HUNDREDTH), WIDEST)
    x = left + ((slot_width - width) / 2).quantize(HUNDREDTH)
    centre = left + (slot_width / 2).quantize(HUNDREDTH)
    aside = ((slot_width - width) / 4).quantize(HUNDREDTH) if width < WIDEST else Decimal(1)
    mark, second = (
        Mark(axis.y(one.amount), x - aside, x + width + aside, one) if one else None
        for one in (column.mark, column.second)
    )
    segments = tuple(_segments(column, axis, swatches))
    return Bar(left, slot_width, x, width, centre, column.whole, segments, mark, second, label, column.is_running)


def _segments(column: Column, axis: Axis, swatches: Sequence[Swatch]) -> Iterator[Segment]:
    """Each begins where the one before it ends, to the hundredth: no gaps by rounding."""
    above = below = ZERO
    for part, swatch in zip(column.parts, swatches, strict=True):
        if part is None or not part.amount:
            continue
        if part.amount > 0:
            lower, above = above, above + part.amount
            top, bottom = axis.y(above), axis.y(lower)
        else:
            upper, below = below, below + part.amount
            top, bottom = axis.y(upper), axis.y(below)
        yield Segment(top, bottom - top, swatch.id, part)
