"""Rows that a person keeps in an order of their own, by `position`."""

from collections.abc import Iterable
from typing import Any


def move(row: Any, among: Iterable[Any], *, up: bool) -> None:
    """Move a row one place up or down among those given, which stand in their order; the first stays first, the last
    last. The caller holds them against others who move."""
    ordered = list(among)
    at = next((i for i, other in enumerate(ordered) if other.pk == row.pk), None)
    to = at + (-1 if up else 1) if at is not None else -1
    if at is None or not 0 <= to < len(ordered):
        return
    ordered[at], ordered[to] = ordered[to], ordered[at]
    for position, other in enumerate(ordered, start=1):
        other.position = position
    type(row).objects.bulk_update(ordered, ["position"])
