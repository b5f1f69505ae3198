"""Lying bars, one below the other, each stacked by the same series; the figures stand beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from expenses.reports.charts.axis import percent
from expenses.reports.charts.columns import Figure, Series, Swatch, swatches_of
from expenses.shared.money import ZERO


@dataclass(frozen=True, slots=True)
class Piece:
    x: Decimal
    width: Decimal
    fill: str  # id of a swatch
    figure: Figure


@dataclass(frozen=True, slots=True)
class Stacks:
    """Drawn by `charts/stack.svg`, a bar at a time; the fillings by the first one. `id` begins the ids of its parts:
    one picture of that name a page."""

    bars: tuple[tuple[Piece, ...], ...]
    swatches: tuple[Swatch, ...]

    @classmethod
    def of(cls, bars: Sequence[Sequence[Figure | None]], series: Sequence[Series], *, id: str = "chart") -> Self:
        """Each bar has a part for each series, None where there is nothing. The longest one is as wide as the
        picture; what came back has no length, since nothing lies left of zero."""
        swatches = swatches_of(series, id=id)
        most = max((_length(parts) for parts in bars), default=ZERO)
        return cls(tuple(_pieces(parts, swatches, most) for parts in bars), swatches)


def _length(parts: Sequence[Figure | None]) -> Decimal:
    return sum((part.amount for part in parts if part and part.amount > 0), ZERO)


def _pieces(parts: Sequence[Figure | None], swatches: Sequence[Swatch], most: Decimal) -> tuple[Piece, ...]:
    """Each begins where the one before it ends, to the hundredth."""
    found, reached = [], ZERO
    for part, swatch in zip(parts, swatches, strict=True):
        if part is None or part.amount <= 0:
            continue
        left, reached = percent(reached, most), reached + part.amount
        found.append(Piece(left, percent(reached, most) - left, swatch.id, part))
    return tuple(found)
