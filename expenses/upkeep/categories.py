"""Merging a category into another one, and deleting one that nothing needs."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, QuerySet, Subquery

from expenses.alerts.models import Alert
from expenses.budgets import figures
from expenses.budgets.envelope import NO_RULE, Amounts, Envelope, Figures, Leftover, Rule, changes, in_force, standing
from expenses.budgets.figures import Totals
from expenses.budgets.models import Limit
from expenses.categories.models import Category
from expenses.ledger.models import Expense, MonthTotal, Spent
from expenses.people.models import Household
from expenses.recurring.models import Dismissal
from expenses.shared.money import LARGEST, ZERO
from expenses.shared.months import FIRST_MONTH, Month
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


def read(household: Household) -> tuple[Figures, Totals]:
    """The household's figures, and what each category cost in each month there is; one query."""
    return figures.read_with_totals(household, first=Month(*FIRST_MONTH))


def holding(category: Category, totals: Totals) -> Holding:
    """The months have the household's own days."""
    found = {month: of_month[category.pk] for month, of_month in totals.items() if category.pk in of_month}
    amount = sum((spent.amount for spent in found.values()), ZERO)
    return Holding(Spent(amount, sum(spent.count for spent in found.values())), sorted(found))


class Attached(NamedTuple):
    """How much of each kind hangs on a category beside its expenses and limits."""

    deleted: int  # expenses in the last 30 days, which undo would bring back into it
    changed: int  # expenses out of it, many at once, which undo could take back from another one
    recurring: int
    transfers: int


def attached(category: Category) -> Attached:
    """One query."""
    household = category.household

    def number(rows: QuerySet[Any]) -> Subquery:
        return Subquery(rows.order_by().values("household").annotate(number=Count("pk")).values("number"))

    counts = [
        number(household.deletedexpenses.filter(category=category)),
        number(household.expense_changes.filter(category=category)),
        number(household.recurring_expenses.of(category)),
        number(household.transfers.of(category)),
    ]
    found = household.categories.filter(pk=category.pk).values_list(*counts).get()
    return Attached(*(count or 0 for count in found))


@dataclass(frozen=True)
class MergedMonth:
    """A month as two categories and the pool stand in it, before they are one and after."""

    month: Month
    source: Envelope
    into: Envelope
    merged: Envelope
    pool_before: Decimal | None  # None: there is no pool
    pool_after: Decimal | None
    earlier: list[Month]  # months before it in which the pool comes out otherwise

    @property
    def is_planned(self) -> bool:
        return self.source.is_planned or self.into.is_planned

    @property
    def changes_pool(self) -> bool:
        return self.pool_before != self.pool_after


@dataclass(frozen=True)
class Merging:
    """What would happen: the category that takes over, before and after."""

    into: Category
    before: Spent
    after: Spent
    deleted: int  # expenses that undo would bring back into it from then on
    recurring: int  # recurring expenses that follow
    planned: MergedMonth | None  # None where the budget begins later


def merging(category: Category, plan: Figures, totals: Totals, *, into: Category, today: dt.date) -> Merging:
    """What merging the category into the other one would do. One query."""
    source, before = holding(category, totals).spent, holding(into, totals).spent
    found = attached(category)
    return Merging(
        into,
        before,
        Spent(before.amount + source.amount, before.count + source.count),
        found.deleted,
        found.recurring,
        _planned(plan, category.pk, into.pk, category.household.month_of(today)),
    )


def _planned(plan: Figures, source: int, into: int, month: Month) -> MergedMonth | None:
    merged = merged_figures(plan, source, into)
    before, after = standing(plan, month), standing(merged, month)
    if before is None or after is None:
        return None
    nothing = Envelope(None, NO_RULE)
    return MergedMonth(
        month,
        before.envelopes.get(source, nothing),
        before.envelopes.get(into, nothing),
        after.envelopes.get(into, nothing),
        before.pool.amount if before.pool else None,
        after.pool.amount if after.pool else None,
        [change.month for change in changes(plan, merged, last=month, categories=[0]) if change.month < month],
    )


def merged_figures(plan: Figures, source: int, into: int) -> Figures:
    """The figures of a household in which one category is part of another."""
    rules = {category: found for category, found in plan.rules.items() if category != source}
    if together := merged_rules(plan.rules.get(source, ()), plan.rules.get(into, ())):
        rules[into] = together
    return replace(plan, rules=rules, moved=_added(plan.moved, source, into), spent=_added(plan.spent, source, into))


def merged_rules(source: Sequence[Rule], into: Sequence[Rule]) -> list[Rule]:
    """The limits of both, month by month: their amounts add up, and the leftover is that of the one that stays."""
    found = []
    for month in sorted({rule.month for rule in (*source, *into)}):
        given, own = in_force(source, month), in_force(into, month)
        amounts = [rule.amount for rule in (given, own) if rule and rule.amount is not None]
        found.append(Rule(month, sum(amounts, ZERO) if amounts else None, own.leftover if own else NO_RULE))
    return found


def _added(amounts: Amounts, source: int, into: int) -> dict[Month, dict[int, Decimal]]:
    added = {}
    for month, found in amounts.items():
        added[month] = {category: amount for category, amount in found.items() if category != source}
        if source in found:
            added[month][into] = added[month].get(into, ZERO) + found[source]
    return added


@transaction.atomic
def merge(category: Category, *, into: Category) -> int:
    """Give everything of the category to another one of its household, and delete it. Gives how many expenses moved.

    Limits in force add up month by month, the leftover is that of the other one; moves and recurring expenses follow,
    and a move between the two lies within it then. Its alerts go: they are raised anew where there is reason to.

    Raises `CategoryKept` where one of the two is gone or they are the same, or their limits together are beyond what
    a limit can be. When the expenses were written or changed stays as it was, so that bulk changes made before can
    still be undone.
    """
    household = _held(category.household_id)
    found = household.categories.filter(pk__in={category.pk, into.pk}).count()
    if found != 2:
        raise CategoryKept("These two cannot be merged: one of them is gone, or they are the same.")
    _merge_limits(household, category, into)
    household.alerts.filter(category=category).delete()
    _merge_dismissals(household, category, into)
    moved = household.expenses.of(category).update(category=into)
    for relation in naming(Category):
        if relation.related_model not in (Expense, MonthTotal, Limit, Alert, Dismissal):  # totals follow expenses
            rows_naming(category, relation).update(**{relation.field.name: into})
    category.delete()
    return moved


def _merge_limits(household: Household, category: Category, into: Category) -> None:
    rules: dict[int, list[Rule]] = {category.pk: [], into.pk: []}
    both = household.limits.of(category, into)
    for limit in both.oldest_first():
        rules[limit.category_id].append(Rule(limit.month, limit.amount, Leftover(limit.leftover)))
    merged = merged_rules(rules[category.pk], rules[into.pk])
    if any(rule.amount and rule.amount > LARGEST for rule in merged):
        raise CategoryKept("These two cannot be merged: together their limit is more than 100,000,000,000.")
    both.delete()
    household.limits.bulk_create(
        Limit(household=household, category=into, month=rule.month, amount=rule.amount, leftover=rule.leftover)
        for rule in merged
    )


def _merge_dismissals(household: Household, category: Category, into: Category) -> None:
    """What was dismissed in either stays dismissed, once."""
    known = household.dismissals.filter(category=into).values("look")
    theirs = household.dismissals.filter(category=category)
    theirs.filter(look__in=known).delete()
    theirs.update(category=into)


@dataclass(frozen=True)
class Deleting:
    """What would go with a category, and what that does to the pool."""

    limits: int
    attached: Attached  # it stays while it has transfers or recurring expenses; what can be undone then cannot
    pool_before: Decimal | None  # None: there is no pool
    pool_after: Decimal | None

    @property
    def changes_pool(self) -> bool:
        return self.pool_before != self.pool_after


def deleting(category: Category, plan: Figures, *, today: dt.date) -> Deleting:
    """What deleting the category would do. One query."""
    rules = {pk: found for pk, found in plan.rules.items() if pk != category.pk}
    month = category.household.month_of(today)
    before, after = standing(plan, month), standing(replace(plan, rules=rules), month)
    return Deleting(
        len(plan.rules.get(category.pk, ())),
        attached(category),
        before.pool.amount if before and before.pool else None,
        after.pool.amount if after and after.pool else None,
    )


@transaction.atomic
def delete(category: Category) -> None:
    """Delete a category without expenses, moves and recurring expenses, its limits, and what undo could have brought
    back into it.

    Raises `CategoryKept` while it has any of these: they are never deleted under it.
    """
    household = _held(category.household_id)
    found = attached(category)
    if refusal := kept_for(household.expenses.of(category).count(), found.transfers, found.recurring):
        raise CategoryKept(f"{category} has {refusal}. Archive it, or merge it into another category.")
    household.deletedexpenses.filter(category=category).delete()
    category.delete()


def kept_for(expenses: int, transfers: int, recurring: int) -> str:
    """What a category is kept for, in words; nothing where it may go."""
    kinds = (
        (expenses, "expense", "expenses"),
        (transfers, "move", "moves"),
        (recurring, "recurring expense", "recurring expenses"),
    )
    words = [f"{count:,} {one if count == 1 else many}" for count, one, many in kinds if count]
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def _held(pk: int) -> Household:
    """The household's row against all its writers (FOR UPDATE): each holds it before it counts what it wrote, so
    that no expense can be on its way into a category that is about to go."""
    return Household.objects.select_for_update().get(pk=pk)
