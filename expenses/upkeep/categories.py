"""Merging a category into another one, and deleting one that nothing needs."""

from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from expenses.categories.models import Category
from expenses.ledger.models import Expense, MonthTotal, Spent
from expenses.people.models import Household
from expenses.shared.months import Month


class CategoryKept(Exception):
    """The category cannot go; the message is a sentence for the person."""


@dataclass(frozen=True)
class Holding:
    """What hangs on a category."""

    spent: Spent
    first: Month | None  # the months its expenses lie in
    last: Month | None
    months: int
    deleted: int  # expenses deleted in the last 30 days, which undo would bring back
    changed: int  # expenses whose bulk change can still be undone, back into this category

    @property
    def is_used(self) -> bool:
        return self.spent.count > 0


def holding(category: Category) -> Holding:
    """What hangs on the category; the household's months are named with its own start day."""
    household = category.household
    totals = household.month_totals.filter(category=category)
    months = sorted({month for month, _ in totals.by_month_and_category()})
    return Holding(
        spent=totals.sum(),
        first=household.month(months[0]) if months else None,
        last=household.month(months[-1]) if months else None,
        months=len(months),
        deleted=household.deletedexpenses.filter(category=category).count(),
        changed=household.expense_changes.filter(category=category).count(),
    )


@dataclass(frozen=True)
class Merging:
    """What would happen: what moves, and what the other category is before and after."""

    source: Holding
    into: Category
    before: Spent

    @property
    def after(self) -> Spent:
        moved = self.source.spent
        return Spent(self.before.amount + moved.amount, self.before.count + moved.count)


def merging(category: Category, *, into: Category) -> Merging:
    """What merging the category into the other one would do."""
    return Merging(holding(category), into, holding(into).spent)


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
    for rows in _naming(category):
        rows.update(**{_field(rows): into})
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


def _naming(category: Category) -> list[models.QuerySet[Any]]:
    """The rows of every other table that name the category; totals of expenses follow the expenses."""
    return [
        relation.related_model._base_manager.filter(**{relation.field.name: category})
        for relation in Category._meta.related_objects
        if relation.related_model not in (Expense, MonthTotal)
    ]


def _field(rows: models.QuerySet[Any]) -> str:
    return next(f.name for f in rows.model._meta.concrete_fields if f.related_model is Category)
