"""Changing everything that a filter finds, but only while it is what the person saw."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.db import transaction

from expenses.ledger.models import ExpenseQuerySet, Spent
from expenses.people.models import Household

if TYPE_CHECKING:
    from expenses.ledger.filters import ExpenseFilter

SALT = "expenses.ledger.bulk"
VALID = 24 * 60 * 60  # seconds


class NotAsSeen(Exception):
    """The expenses are not those that were counted; the message is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Promise:
    """“All 1,243 found, 45,678.90 together”, signed so that nobody but us can have said it."""

    query: str
    spent: Spent

    @classmethod
    def of(cls, chosen: "ExpenseFilter") -> "Promise":
        return cls(chosen.query, chosen.rows().spent())

    def sign(self, household: Household) -> str:
        content = {
            "household": household.pk,
            "query": self.query,
            "count": self.spent.count,
            "amount": str(self.spent.amount),
        }
        return signing.dumps(content, salt=SALT, compress=True)

    @classmethod
    def read(cls, text: str, household: Household) -> "Promise":
        """Raises `NotAsSeen` for one that is not ours, of another household or older than a day."""
        try:
            content: dict[str, Any] = signing.loads(text, salt=SALT, max_age=VALID)
        except signing.BadSignature:
            content = {}
        if content.get("household") != household.pk:
            raise NotAsSeen("This choice has grown too old. Choose again.")
        return cls(content["query"], Spent(Decimal(content["amount"]), content["count"]))


@transaction.atomic
def as_seen[T](household: Household, rows: ExpenseQuerySet, spent: Spent, change: Callable[[ExpenseQuerySet], T]) -> T:
    """Change the rows if they still are as many and come to as much. Raises `NotAsSeen`, and nothing is done."""
    # Against all writers until the change is done, or one of theirs could slip in between.
    Household.objects.select_for_update().get(pk=household.pk)
    if rows.spent() != spent:
        raise NotAsSeen("The expenses found have changed meanwhile. Nothing was done; look again.")
    return change(rows)
