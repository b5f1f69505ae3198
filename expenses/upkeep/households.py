"""Deleting a household with everything in it."""

from dataclasses import dataclass

from django.db import transaction

from expenses.people.models import Household
from expenses.shared.relations import naming, rows_naming

# Made from the rest, or of use with it only: nothing that a person would miss.
OF_OTHERS = {
    *("monthtotal", "expensechange", "importrow", "importprofile", "transferleg", "alert", "alertmail"),
    *("occurrence", "dismissal", "householdfile"),
}


@dataclass(frozen=True)
class Contents:
    """How much of one kind a household has, in words."""

    count: int
    one: str
    many: str

    def __str__(self) -> str:
        return f"{self.count:,} {self.one if self.count == 1 else self.many}"


def contents(household: Household) -> list[Contents]:
    """What would go with the household: all that a person would miss, by its tables' own names."""
    found = []
    for relation in naming(Household):
        model = relation.related_model
        if model._meta.model_name in OF_OTHERS:
            continue
        count = rows_naming(household, relation).count()
        one, many = model._meta.verbose_name, model._meta.verbose_name_plural
        found.append(Contents(count, str(one), str(many)))
    return [kind for kind in found if kind.count]


@transaction.atomic
def delete(household: Household) -> None:
    """Remove the household and every row of it; the people stay, and what they have in other households.

    By one statement a table, whatever the number of rows. Every table of the budget names its household, and its
    foreign keys are checked at the end of the transaction, so that the order does not matter.
    """
    Household.objects.select_for_update().get(pk=household.pk)
    for relation in naming(Household):
        rows = rows_naming(household, relation)
        rows._raw_delete(rows.db)
    themselves = Household.objects.filter(pk=household.pk)
    themselves._raw_delete(themselves.db)
