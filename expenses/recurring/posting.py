"""Writes down what has fallen due, once, however often and late it is asked."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from expenses.ledger.models import Expense
from expenses.recurring.models import Occurrence, RecurringExpense, State
from expenses.recurring.schedule import Date

if TYPE_CHECKING:
    from expenses.people.models import Household


@dataclass(frozen=True, slots=True)
class Posted:
    """What one run did."""

    posted: int = 0  # expenses written down
    due: int = 0  # occurrences that wait to be confirmed


def post_due(household: "Household", *, on: dt.date, at: dt.datetime | None = None) -> Posted:
    """Post what is due by a day, and mark what waits for a yes; catches up with whatever was missed.

    Asked again, it does nothing. Where nothing is due it asks one query and locks nothing.
    """
    if not any(_due(recurring, on) for recurring in household.recurring_expenses.running()):
        return Posted()
    with transaction.atomic():
        household = household.locked()
        return _post(household, on=on, at=at or timezone.now())


def _due(recurring: RecurringExpense, on: dt.date) -> list[Date]:
    return recurring.schedule.due_until(on, settled_until=recurring.settled_until)


def _post(household: "Household", *, on: dt.date, at: dt.datetime) -> Posted:
    """Four statements a batch, whatever the number of dates."""
    found = [(recurring, _due(recurring, on)) for recurring in household.recurring_expenses.running().order_by("pk")]
    found = [(recurring, dates) for recurring, dates in found if dates]
    # Posted early, or skipped before they came.
    known = set(
        household.occurrences.filter(recurring__in=[recurring for recurring, _ in found]).values_list(
            "recurring_id", "nominal_on"
        )
    )
    occurrences: list[Occurrence] = []
    expenses: list[tuple[Occurrence, Expense]] = []
    for recurring, dates in found:
        for date in dates:
            if (recurring.pk, date.nominal_on) in known:
                continue
            occurrence = Occurrence(
                household=household,
                recurring=recurring,
                nominal_on=date.nominal_on,
                due_on=date.due_on,
                state=State.POSTED if recurring.automatic else State.DUE,
            )
            occurrences.append(occurrence)
            if recurring.automatic:
                expenses.append((occurrence, recurring.as_expense(date, at=at)))
        recurring.settled_until = dates[-1].nominal_on
    Expense.objects.bulk_create([expense for _, expense in expenses])
    for occurrence, expense in expenses:
        occurrence.expense = expense
    Occurrence.objects.bulk_create(occurrences, batch_size=500)
    RecurringExpense.objects.bulk_update([recurring for recurring, _ in found], ["settled_until"], batch_size=500)
    return Posted(posted=len(expenses), due=len(occurrences) - len(expenses))
