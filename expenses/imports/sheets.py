"""The rows of a statement as a file, with what became of each."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from expenses.imports.states import Kind, Pile
from expenses.shared.files import Column, Sheet, in_pages
from expenses.shared.files import Kind as Cells

if TYPE_CHECKING:
    from expenses.imports.models import Import


def columns(decimals: int) -> list[Column]:
    return [
        Column("Line", Cells.NUMBER),
        Column("Date", Cells.DATE),
        Column("From the bank"),
        Column("Notes"),
        Column("Amount", Cells.AMOUNT, decimals),
        Column("Account"),
        Column("Pile"),
        Column("Read as"),
        Column("Is here as"),
        Column("Category"),
        Column("Counted", Cells.AMOUNT, decimals),
        Column("Why"),
        Column("Text of the line"),
    ]


ASKED = (
    "position", "line", "date", "description", "memo", "amount", "payment_method__name", "state", "kind", "reason",
    "raw", "category__name", "expense__description", "expense__category__name", "expense__amount",
    "income__description", "income__amount", "twin__expense__description", "twin__expense__category__name",
    "twin__income__description",
)  # fmt: skip


def rows_of(source: "Import") -> Sheet:
    """The rows in the order of the file. Amounts are as the statement has them, money out negative; what counts is so
    too, of the rows of this import alone: what is here already counts where it was taken in."""

    def rows() -> Iterator[Sequence[Any]]:
        asked = source.rows.in_order().values_list(*ASKED, named=True)
        for row in in_pages(asked, lambda found, last: found.filter(position__gt=last[0])):
            is_in = row.state == Pile.IMPORTED
            counted: Decimal | None = None
            if is_in and row.expense__amount is not None:
                counted = -row.expense__amount
            elif is_in and row.income__amount is not None:
                counted = row.income__amount
            here = row.expense__description or row.income__description
            yield (
                row.line,
                row.date,
                row.description,
                row.memo,
                row.amount,
                row.payment_method__name,
                Pile(row.state).label,
                Kind(row.kind).label if row.kind else "",
                here or row.twin__expense__description or row.twin__income__description,
                row.expense__category__name or row.twin__expense__category__name or row.category__name,
                counted,
                row.reason,
                row.raw,
            )

    return Sheet(f"Rows of {source}", columns(source.household.decimals), rows)
