"""Changing the month in which a household's budget begins."""

import datetime as dt
from copy import copy
from dataclasses import dataclass, replace

from django.db import transaction

from expenses.budgets import figures
from expenses.budgets.envelope import Standing, standing
from expenses.people.models import Household
from expenses.shared.months import Month


class BeginningRefused(Exception):
    """The budget cannot begin there; the message is a sentence for the person."""


@dataclass(frozen=True)
class Beginning:
    """The running month, before and after, and what counts no more."""

    month: Month  # the first one then
    before: Standing | None  # None: the budget begins later still
    after: Standing | None
    moves: int  # moves in months that are history then, and are not now
    pool_from: Month | None  # the pool's first month then; None: there is no pool
    moves_pool: bool  # whether that is another one than now


def beginning(household: Household, month: Month, *, today: dt.date) -> Beginning:
    """What it would change if the budget began in this month. Raises `BeginningRefused` as `begin_in`."""
    check(household, month, today)
    running, begins = household.month_of(today), household.month(household.budget_from)
    from_both = copy(household)
    from_both.budget_from = min(month, begins)
    read = figures.read(from_both)
    now, then = replace(read, since=begins), replace(read, since=month)
    history = household.transfers.filter(month__gte=begins, month__lt=month)
    return Beginning(
        month,
        standing(now, running),
        standing(then, running),
        history.count(),
        then.pool_since,
        now.pool_since != then.pool_since,
    )


@transaction.atomic
def begin_in(household: Household, month: Month, *, on: dt.date) -> None:
    """Let the budget begin in this month: what is older is history and carries nothing.

    Raises `BeginningRefused` for a month after the running one.
    """
    fresh = household.locked()
    check(fresh, month, on)
    fresh.budget_from = month
    fresh.save(update_fields=["budget_from"])
    household.budget_from = month


def check(household: Household, month: Month, today: dt.date) -> None:
    """Raises `BeginningRefused` for a month after the running one."""
    running = household.month_of(today)
    if month > running:
        raise BeginningRefused(f"The budget cannot begin after the running month, {running.name}.")
