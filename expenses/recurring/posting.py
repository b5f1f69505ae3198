"""Writes down what has fallen due, once, however often and late it is asked."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Self

from django.db import transaction
from django.utils import timezone

from expenses.recurring.models import Occurrence, RecurringExpense, State, write_all
from expenses.recurring.schedule import Date
from expenses.shared.rows import CHUNK

if TYPE_CHECKING:
    from expenses.people.models import Household


@dataclass(frozen=True, slots=True)
class Posted:
    """What one run did."""

    posted: int = 0  # expenses written down
    due: int = 0  # occurrences that wait to be confirmed

    def __add__(self, other: Self) -> "Posted":
        return Posted(self.posted + other.posted, self.due + other.due)

    def __bool__(self) -> bool:
        return bool(self.posted or self.due)


def post_due(household: "Household", *, on: dt.date, at: dt.datetime | None = None) -> Posted:
    """Post what is due by a day, and mark what waits for a yes; catches up with whatever was missed, all or nothing.

    Asked again, or for an earlier day, it does nothing. Where nothing is due it asks one query and locks nothing.
    What belongs to an archived category waits as well: nothing can be written into one.
    """
    if not any(_missed(recurring, on) for recurring in household.recurring_expenses.running()):
        return Posted()
    with transaction.atomic():
        return _post(household.locked(), on=on, at=at or timezone.now())


def _missed(recurring: RecurringExpense, on: dt.date) -> int:
    return recurring.schedule.missed(on, settled_until=recurring.settled_until)


def _dates(recurring: RecurringExpense, on: dt.date) -> list[Date]:
    return recurring.schedule.due_until(on, settled_until=recurring.settled_until)


def _post(household: "Household", *, on: dt.date, at: dt.datetime) -> Posted:
    """What was true before the lock is asked again behind it: somebody else may have posted."""
    running = household.recurring_expenses.running().select_related("category").order_by("pk")
    late = {recurring: _dates(recurring, on) for recurring in running if _missed(recurring, on)}
    known = set(household.occurrences.ahead().values_list("recurring_id", "nominal_on"))
    new = (
        (recurring, date)
        for recurring, dates in late.items()
        for date in dates
        if (recurring.pk, date.nominal_on) not in known
    )
    done = Posted()
    for batch in batched(new, CHUNK):
        done += _write(household, batch, at=at)
    for recurring, dates in late.items():
        recurring.settled_until = dates[-1].nominal_on  # also where that one was posted early, or skipped
    RecurringExpense.objects.bulk_update(late, ["settled_until"], batch_size=CHUNK // 4)
    return done


def _write(household: "Household", dates: Sequence[tuple[RecurringExpense, Date]], *, at: dt.datetime) -> Posted:
    """A few statements, whatever the number of dates."""
    occurrences = [
        Occurrence(
            household=household,
            recurring=recurring,
            nominal_on=date.nominal_on,
            due_on=date.due_on,
            state=State.POSTED if recurring.automatic and not recurring.category.is_archived else State.DUE,
        )
        for recurring, date in dates
    ]
    write_all(occurrences, at=at)
    posted = sum(occurrence.state == State.POSTED for occurrence in occurrences)
    return Posted(posted=posted, due=len(occurrences) - posted)
