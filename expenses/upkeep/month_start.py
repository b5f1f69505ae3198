"""Changing the day on which a household's months start."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

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


@transaction.atomic
def start_months_on(household: Household, day: int) -> None:
    """Let months start on this day: `budget_from` becomes the month that holds its old first day, and the totals are
    counted anew.

    FOR UPDATE on the household: whoever writes expenses holds its row for the start day (see ledger.totals).
    """
    fresh = Household.objects.select_for_update().get(pk=household.pk)
    old_first = fresh.month(fresh.budget_from).start
    fresh.budget_from = max(Month.of(old_first, day), Month(FIRST_YEAR, 1, day))
    fresh.month_starts_on = day
    fresh.save(update_fields=["month_starts_on", "budget_from"])
    totals.rebuild(fresh)
    household.month_starts_on, household.budget_from = fresh.month_starts_on, fresh.budget_from
