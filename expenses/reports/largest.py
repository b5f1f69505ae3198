"""The report "Largest": the expenses that cost most in a stretch of days."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from expenses.ledger.models import Expense

if TYPE_CHECKING:
    from expenses.people.models import Household
    from expenses.reports.forms import Scope

COUNTS = (10, 50)


@dataclass(frozen=True, slots=True)
class Largest:
    expenses: list[Expense]
    count: int  # how many were asked for

    @classmethod
    def of(cls, household: "Household", scope: "Scope", *, count: int = 10) -> "Largest":
        rows = household.expenses.between(scope.period.first, scope.period.last)
        rows = rows.narrowed(categories=scope.categories, members=scope.members)
        return cls(list(rows.largest(count).with_names()), count)
