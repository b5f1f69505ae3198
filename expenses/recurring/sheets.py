"""What comes again, as a file."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from expenses.recurring.listing import Line, Lines
from expenses.shared.files import Column, Kind, Sheet

if TYPE_CHECKING:
    from expenses.people.models import Household


def columns(decimals: int) -> list[Column]:
    return [
        Column("Description"),
        Column("Category"),
        Column("Amount", Kind.AMOUNT, decimals),
        Column("Currency"),
        Column("When"),
        Column("Next on", Kind.DATE),
        Column("First on", Kind.DATE),
        Column("State"),
        Column("Posted automatically", Kind.FLAG),
        Column("Paid with"),
        Column("Notes"),
    ]


def recurring(household: "Household") -> Sheet:
    """As on their page: what runs by its next date, then what is paused, then what has ended."""

    def rows() -> Iterator[Sequence[Any]]:
        lines = Lines.of(household)
        for state, of_state in (("running", lines.running), ("paused", lines.paused), ("ended", lines.ended)):
            for line in of_state:
                yield _row(household, line, state)

    return Sheet("Recurring", columns(household.decimals), rows)


def _row(household: "Household", line: Line, state: str) -> Sequence[Any]:
    one = line.recurring
    return (
        one.description,
        one.category.name,
        one.amount,
        household.currency,
        one.schedule.words,
        line.next.due_on if line.next and state == "running" else None,
        one.anchor,
        state,
        one.automatic,
        one.payment_method and one.payment_method.name,
        one.notes,
    )
