"""The report "Largest": the expenses that cost most in a stretch of days."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from expenses.ledger.models import Expense

if TYPE_CHECKING:
    from expenses.ledger.filters import ExpenseFilter

COUNTS = (10, 50)


@dataclass(frozen=True, slots=True)
class Largest:
    expenses: list[Expense]
    count: int  # how many were asked for

    @classmethod
    def of(cls, chosen: "ExpenseFilter", *, count: int = 10) -> "Largest":
        """One query."""
        return cls(list(chosen.rows().largest(count).with_names()), count)
