"""Moves and limits as files."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from expenses.budgets.models import POOL, MovedAt
from expenses.shared.files import Column, Kind, Sheet, in_pages

if TYPE_CHECKING:
    from expenses.budgets.models import TransferQuerySet
    from expenses.people.models import Household


def transfer_columns(decimals: int) -> list[Column]:
    return [
        Column("Month", Kind.MONTH),
        Column("From"),
        Column("To"),
        Column("Amount", Kind.AMOUNT, decimals),
        Column("Currency"),
        Column("Note"),
        Column("Moved by"),
        Column("Moved at", Kind.MOMENT),
        Column("Reversal", Kind.FLAG),
    ]


def limit_columns(decimals: int) -> list[Column]:
    return [
        Column("Category"),
        Column("From month", Kind.MONTH),
        Column("Limit", Kind.AMOUNT, decimals),
        Column("Currency"),
        Column("Leftover"),
    ]


def transfers(household: "Household", found: "TransferQuerySet") -> Sheet:
    """Moves of the household, the latest first; a side that is no category is what is to assign."""

    def rows() -> Iterator[Sequence[Any]]:
        names = "source__name", "destination__name", "moved_by__name", "moved_by__email"
        asked = found.newest_first().values_list("id", "moved_at", "month", "amount", "note", "reverses", *names)
        for _, at, month, amount, note, reverses, source, destination, name, email in in_pages(asked, _after):
            sides = source or POOL, destination or POOL
            yield month, *sides, amount, household.currency, note, name or email, at, reverses is not None

    return Sheet("Moves", transfer_columns(household.decimals), rows)


def limits(household: "Household") -> Sheet:
    """Every limit that was set, by category and month; one without an amount ends the one before."""
    found = household.limits.by_category()

    def rows() -> Iterator[Sequence[Any]]:
        for name, month, amount, leftover in found.values_list("category__name", "month", "amount", "leftover"):
            yield name, month, amount, household.currency, leftover

    return Sheet("Limits", limit_columns(household.decimals), rows)


def _after(rows: Any, last: Sequence[Any]) -> Any:
    return rows.after(MovedAt(moved_at=last[1], pk=last[0]))
