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
class MonthChange:
    """One month of a name, with its days and what was spent in it, before and after."""

    before: Month
    after: Month
    spent_before: Decimal
    spent_after: Decimal

    @property
    def difference(self) -> Decimal:
        return self.spent_after - self.spent_before


@dataclass(frozen=True)
class Preview:
    """The last months, and where the running one stands: the month that holds today, with either first day."""

    changes: list[MonthChange]  # the newest first
    before: Standing | None  # None: the budget begins later
    after: Standing | None
    is_planned: bool  # whether there is a limit, a move or a pool


def preview(household: Household, day: int, *, today: dt.date) -> Preview:
    """How the months up to the running one would change. Five queries at most; one of them counts the rows of the
    budget by day, as the change itself does."""
    plan = figures.read(household)
    is_planned = bool(plan.rules or plan.moved or plan.pool_from)
    pairs = _pairs(household, day, today)
    first = min(month.start for pair in pairs for month in pair)
    changed = copy(household)
    changed.month_starts_on = day
    changed.budget_from, changed.pool_from = first_months(household, day)
    spent = _spent(household, min(first, changed.budget_from.start) if is_planned else first)
    changes = [MonthChange(*pair, *(_sum_of(month, spent) for month in pair)) for pair in pairs]
    other = replace(
        plan,
        since=changed.budget_from,
        spent=_by_month(spent, changed),
        pool_from=changed.pool_from,
        income=household.incomes.by_month(changed) if changed.pool_from else {},
    )
    before = standing(plan, household.month_of(today))
    return Preview(changes, before, standing(other, changed.month_of(today)), is_planned)


def _pairs(household: Household, day: int, today: dt.date) -> list[tuple[Month, Month]]:
    """The last months by name, each with the days it has and those it would have; the newest first."""
    running = max(household.month_of(today), Month.of(today, day))
    names = [running.plus(-back) for back in range(SHOWN)]
    return [(household.month(name), name.starting_on(day)) for name in names]


Days = dict[dt.date, dict[int, Decimal]]  # by day and category id


def _spent(household: Household, first: dt.date) -> Days:
    """What each category cost on each day from the first on, from the rows: the totals have other months."""
    rows = household.expenses.between(first, None).order_by().values_list("spent_on", "category_id")
    days: Days = {}
    for on, category, amount in rows.annotate(amount_of_day=Sum("amount")).iterator():
        days.setdefault(on, {})[category] = amount
    return days


def _sum_of(month: Month, spent: Days) -> Decimal:
    return sum((sum(of_day.values(), ZERO) for on, of_day in spent.items() if month.contains(on)), ZERO)


def _by_month(spent: Days, household: Household) -> dict[Month, dict[int, Decimal]]:
    months: dict[Month, dict[int, Decimal]] = {}
    for on, of_day in spent.items():
        of_month = months.setdefault(household.month_of(on), {})
        for category, amount in of_day.items():
            of_month[category] = of_month.get(category, ZERO) + amount
    return months


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
