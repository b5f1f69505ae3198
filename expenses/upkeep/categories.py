"""Merging a category into another one, and deleting one that nothing needs."""

from dataclasses import dataclass

from django.db import transaction

from expenses.categories.models import Category
from expenses.ledger.models import Expense, MonthTotal, Spent
from expenses.people.models import Household
from expenses.shared.money import ZERO
from expenses.shared.months import Month
from expenses.shared.relations import naming, rows_naming


class CategoryKept(Exception):
    """The category cannot go; the message is a sentence for the person."""


@dataclass(frozen=True)
class Holding:
    """What a category has: its expenses, and the months they lie in, the oldest first."""

    spent: Spent
    months: list[Month]

    @property
    def is_used(self) -> bool:
        return self.spent.count > 0


def holding(category: Category) -> Holding:
    """One query; the months have the household's own days."""
    household = category.household
    found = household.month_totals.filter(category=category).by_month_and_category()
    amount = sum((spent.amount for spent in found.values()), ZERO)
    count = sum(spent.count for spent in found.values())
    return Holding(Spent(amount, count), [household.month(month) for month, _ in sorted(found)])


def deleted_of(category: Category) -> int:
    """How many expenses, deleted in the last 30 days, undo would bring back into it."""
    return category.household.deletedexpenses.filter(category=category).count()


def changed_of(category: Category) -> int:
    """How many expenses left it by a bulk change that can still be undone."""
    return category.household.expense_changes.filter(category=category).count()


@dataclass(frozen=True)
class Merging:
    """What would happen: the category that takes over, before and after."""

    into: Category
    before: Spent
    after: Spent
    deleted: int  # expenses that undo would bring back into it from then on


def merging(category: Category, source: Holding, *, into: Category) -> Merging:
    """What merging the category, which has this, into the other one would do."""
    before = holding(into).spent
    after = Spent(before.amount + source.spent.amount, before.count + source.spent.count)
    return Merging(into, before, after, deleted_of(category))


@transaction.atomic
def merge(category: Category, *, into: Category) -> int:
    """Give everything of the category to another one of its household, and delete it. Gives how many expenses moved.

    Raises `CategoryKept` where one of the two is gone or they are the same. When the expenses were written or
    changed stays as it was, so that bulk changes made before can still be undone.
    """
    household = _held(category.household_id)
    found = household.categories.filter(pk__in={category.pk, into.pk}).count()
    if found != 2:
        raise CategoryKept("These two cannot be merged: one of them is gone, or they are the same.")
    moved = household.expenses.of(category).update(category=into)
    for relation in naming(Category):
        if relation.related_model not in (Expense, MonthTotal):  # totals follow the expenses
            rows_naming(category, relation).update(**{relation.field.name: into})
    category.delete()
    return moved


@transaction.atomic
def delete(category: Category) -> None:
    """Delete a category without expenses, and what undo could have brought back into it.

    Raises `CategoryKept` while it has expenses: they are never deleted under it.
    """
    household = _held(category.household_id)
    count = household.expenses.of(category).count()
    if count:
        has = "1 expense" if count == 1 else f"{count:,} expenses"
        raise CategoryKept(f"{category} has {has}. Archive it, or merge it into another category.")
    household.deletedexpenses.filter(category=category).delete()
    category.delete()


def _held(pk: int) -> Household:
    """The household's row against all its writers (FOR UPDATE): each holds it before it counts what it wrote, so
    that no expense can be on its way into a category that is about to go."""
    return Household.objects.select_for_update().get(pk=pk)
