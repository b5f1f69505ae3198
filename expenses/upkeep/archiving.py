"""Archiving a category: its limit ends with the running month, what is left in it goes back, and what comes again in
it is paused."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from expenses.budgets import figures
from expenses.budgets.envelope import NO_RULE, Envelope, Figures, Leftover, Rule, standing
from expenses.categories.models import Category
from expenses.recurring.models import RecurringExpense
from expenses.shared.months import LAST_YEAR, Month


@dataclass(frozen=True)
class Archiving:
    """What would happen: amounts positive, and what is over as well."""

    month: Month  # in which the limit ends: the running one, or the budget's first where that is later
    envelope: Envelope  # of that month
    later: list[Month]  # in which a limit was set that is dropped
    has_pool: bool  # in the month that follows
    recurring: list[RecurringExpense]  # that are running, and are paused

    @property
    def is_planned(self) -> bool:
        """Whether there is anything to end."""
        return self.envelope.is_planned or bool(self.envelope.left > 0 or self.later)

    @property
    def returned(self) -> Decimal:
        """What is left now, and goes back as the month ends; 0 where it is over."""
        return max(self.envelope.left, Decimal(0))


def archiving(category: Category, *, today: dt.date) -> Archiving:
    """What archiving it today would do. Four queries at most."""
    household = category.household
    month = _last_month(household.month_of(today), household.month(household.budget_from))
    found = figures.read(household)
    now = standing(found, month)
    envelope = now.envelopes.get(category.pk) if now else None
    return Archiving(
        month,
        envelope or Envelope(None, NO_RULE),
        [rule.month for rule in found.rules.get(category.pk, ()) if rule.month > month and rule.amount is not None],
        found.pool_since is not None and found.pool_since <= month,
        list(household.recurring_expenses.running().of(category).in_order()),
    )


@transaction.atomic
def archive(category: Category, *, on: dt.date) -> None:
    """Let it leave the pickers, end its limit with the month of that day, and let what is left then go back to the
    pool. Limits of later months go; past months stay as they are. Its recurring expenses are paused, after what is due
    by that day. Does nothing where it is archived already."""
    household = category.household.locked()
    fresh = household.categories.get(pk=category.pk)
    if fresh.is_archived:
        return
    for recurring in household.recurring_expenses.running().of(fresh):
        recurring.pause(on=on)
    month = _last_month(household.month_of(on), household.month(household.budget_from))
    plan = figures.read(household)
    if has_plan(plan, fresh):
        rules = last_rules(plan.rules.get(fresh.pk, ()), month)
        household.limits.of(fresh).after(month).delete()
        for rule in rules:
            household.limits.update_or_create(
                category=fresh, month=rule.month, defaults={"amount": rule.amount, "leftover": rule.leftover}
            )
    fresh.archive(on=on)
    category.archived_on = fresh.archived_on


def has_plan(plan: Figures, category: Category) -> bool:
    """Whether a limit, a move or a refund could leave something in it."""
    if plan.rules.get(category.pk) or plan.last_move_of(category.pk):
        return True
    return any(spent.get(category.pk, 0) < 0 for spent in plan.spent.values())


def last_rules(rules: Sequence[Rule], month: Month) -> list[Rule]:
    """What ends a limit with a month: the amount in force there, of which nothing stays, and none from then on."""
    in_force = [rule for rule in rules if rule.month <= month]
    amount = in_force[-1].amount if in_force else None
    ended = [Rule(month, amount, Leftover.NONE)]
    if (month.year, month.month) != (LAST_YEAR, 12):
        ended.append(Rule(month.next, None, Leftover.NONE))
    return ended


def _last_month(running: Month, begins: Month) -> Month:
    """A budget may begin in a month to come."""
    return max(running, begins)
