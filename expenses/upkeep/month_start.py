"""Changing the day on which a household's months start."""

import datetime as dt
from copy import copy
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from expenses.budgets import figures
from expenses.budgets.envelope import Standing, standing
from expenses.ledger import totals
from expenses.people.models import Household
from expenses.shared.money import ZERO
from expenses.shared.months import FIRST_YEAR, Month

SHOWN = 6  # months in the preview


@dataclass(frozen=True)
class Change:
    """One month of a name, with its days and what was spent in it, before and after."""

    before: Month
    after: Month
    spent_before: Decimal
    spent_after: Decimal

    @property
    def difference(self) -> Decimal:
        return self.spent_after - self.spent_before


def preview(household: Household, day: int, *, today: dt.date) -> list[Change]:
    """How the months up to the running one would change, the newest first. One query."""
    running = max(household.month_of(today), Month.of(today, day))
    names = [running.plus(-back) for back in range(SHOWN)]
    pairs = [(household.month(name), name.starting_on(day)) for name in names]
    first = min(month.start for pair in pairs for month in pair)
    last = max(month.last_day for pair in pairs for month in pair)
    days = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
    spent = household.expenses.by_day(days)

    def sum_of(month: Month) -> Decimal:
        return sum((amount for on, amount in spent.items() if month.contains(on)), ZERO)

    return [Change(before, after, sum_of(before), sum_of(after)) for before, after in pairs]


@dataclass(frozen=True)
class Standings:
    """Where the running month stands before and after: the month that holds today, with either first day."""

    before: Standing | None  # None: the budget begins later
    after: Standing | None


def standings(household: Household, day: int, *, today: dt.date) -> Standings | None:
    """What is left and to assign in the running month, before and after; None where nothing is planned. Six queries,
    of which one counts the rows by day, as the change itself does."""
    plan = figures.read(household)
    if not (plan.rules or plan.moved or plan.pool_from):
        return None
    changed = copy(household)
    changed.month_starts_on = day
    changed.budget_from, changed.pool_from = first_months(household, day)
    other = replace(
        plan,
        since=changed.budget_from,
        spent=_spent(changed),
        pool_from=changed.pool_from,
        income=household.incomes.by_month(changed) if changed.pool_from else {},
    )
    return Standings(standing(plan, household.month_of(today)), standing(other, changed.month_of(today)))


def _spent(household: Household) -> dict[Month, dict[int, Decimal]]:
    """What each category cost in each month of the budget, from the rows: the totals have other months."""
    rows = household.expenses.between(household.budget_from.start, None).order_by()
    days = rows.values_list("spent_on", "category_id").annotate(amount_of_day=Sum("amount"))
    spent: dict[Month, dict[int, Decimal]] = {}
    for on, category, amount in days.iterator():
        of_month = spent.setdefault(household.month_of(on), {})
        of_month[category] = of_month.get(category, ZERO) + amount
    return spent


def first_months(household: Household, day: int) -> tuple[Month, Month | None]:
    """The months that hold the old first day of the budget, and of the pool."""
    return _holding(household, household.budget_from, day), (
        _holding(household, household.pool_from, day) if household.pool_from else None
    )


def _holding(household: Household, named: Month, day: int) -> Month:
    return max(Month.of(household.month(named).start, day), Month(FIRST_YEAR, 1, day))


@transaction.atomic
def start_months_on(household: Household, day: int) -> None:
    """Let months start on this day: `budget_from` and `pool_from` become the months that hold their old first days,
    limits and moves stay in the months of their names, and the totals are counted anew.

    FOR UPDATE on the household: whoever writes expenses holds its row for the start day (see ledger.totals).
    """
    fresh = Household.objects.select_for_update().get(pk=household.pk)
    fresh.budget_from, fresh.pool_from = first_months(fresh, day)
    fresh.month_starts_on = day
    changed = ["month_starts_on", "budget_from", "pool_from"]
    fresh.save(update_fields=changed)
    totals.rebuild(fresh)
    for name in changed:
        setattr(household, name, getattr(fresh, name))
