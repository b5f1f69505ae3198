"""The report "Largest": the expenses that cost most in a stretch of days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from expenses.ledger.models import Expense
from expenses.shared import files

if TYPE_CHECKING:
    from expenses.reports.forms import LargestForm


@dataclass(frozen=True, slots=True)
class Largest:
    expenses: list[Expense]
    count: int  # how many were asked for
    decimals: int

    @classmethod
    def of(cls, form: "LargestForm") -> Self:
        """One query."""
        rows = form.chosen.rows().largest(form.counted).with_names()
        return cls(list(rows), form.counted, form.household.decimals)

    def columns(self) -> list[files.Column]:
        amount = files.Column("amount", files.Kind.AMOUNT, self.decimals)
        return [files.Column("date", files.Kind.DATE), files.Column("description"), files.Column("category"), amount]

    def rows(self) -> Iterator[Sequence[Any]]:
        return ([one.spent_on, one.description, one.category.name, one.amount] for one in self.expenses)
