"""A page of the ledger of moves."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Self

from expenses.budgets.models import MovedAt, Transfer
from expenses.shared.months import Month

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.people.models import Household

PAGE = 50  # moves


@dataclass(frozen=True)
class Moves:
    transfers: list[Transfer]
    next: MovedAt | None  # where the next page begins; None on the last one
    moved: Decimal | None  # what came into the chosen category less what went, on all pages; None without one

    @classmethod
    def of(
        cls,
        household: "Household",
        *,
        month: Month | None = None,
        category: "Category | None" = None,
        after: MovedAt | None = None,
    ) -> Self:
        """One query, two where a category is chosen, whatever the number of moves."""
        rows = household.transfers.newest_first().with_names().narrowed(month=month, category=category)
        legs = household.transfer_legs.in_month(month) if month is not None else household.transfer_legs.all()
        found = list((rows.after(after) if after else rows)[: PAGE + 1])
        shown = found[:PAGE]
        if category is not None:
            for transfer in shown:
                transfer.change = transfer.change_of(category)
        more = MovedAt(shown[-1].moved_at, shown[-1].pk) if len(found) > PAGE else None
        return cls(shown, more, legs.of(category).total() if category is not None else None)
