"""An expense that a statement brought stands for a date of a recurring one: nothing is written down twice."""

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from expenses.recurring.models import NotPossible, Occurrence, RecurringExpense, State

if TYPE_CHECKING:
    from expenses.people.models import Household

AHEAD = 31  # dates of one recurring expense that a statement may be ahead of: a month, where it comes each day


class Open(NamedTuple):
    """A date that nobody has posted or skipped."""

    recurring: RecurringExpense
    nominal_on: dt.date
    due_on: dt.date


def open_dates(household: "Household", first: dt.date, last: dt.date) -> list[Open]:
    """The dates due from the first day to the last, both included, that an expense may settle: those that wait for a
    yes, and the next ones to come, since a bank may book before the day. Three queries, whatever the number."""
    waiting = household.occurrences.due().filter(due_on__range=(first, last)).select_related("recurring")
    found = [Open(one.recurring, one.nominal_on, one.due_on) for one in waiting.oldest_first()]
    done = set(household.occurrences.ahead().values_list("recurring_id", "nominal_on"))
    for recurring in household.recurring_expenses.running().order_by("pk"):
        found += [
            Open(recurring, date.nominal_on, date.due_on)
            for date in recurring.schedule.next(AHEAD, after=recurring.settled_until)
            if first <= date.due_on <= last and (recurring.pk, date.nominal_on) not in done
        ]
    return found


def settle(household: "Household", expenses: Iterable[tuple[int, dt.date, int]]) -> None:
    """Let expenses stand for dates: (recurring expense, nominal day, expense), by ids. To be called behind the
    household's lock, in the transaction that wrote them. Raises `NotPossible` where a date is open no more."""
    by_date = {(recurring, nominal_on): expense for recurring, nominal_on, expense in expenses}
    if not by_date:
        return
    named = {recurring for recurring, _ in by_date}
    rows = household.occurrences.filter(recurring__in=named, nominal_on__in={day for _, day in by_date})
    there = {(row.recurring_id, row.nominal_on): row for row in rows}
    of = household.recurring_expenses.in_bulk(named)
    written: list[Occurrence] = []
    new: list[Occurrence] = []
    for (pk, nominal_on), expense in by_date.items():
        row = there.get((pk, nominal_on))
        if pk not in of or (row is not None and row.state != State.DUE):
            raise NotPossible("What this was to settle was posted or skipped meanwhile.")
        if row is None:
            due_on = of[pk].schedule.due(nominal_on)
            row = Occurrence(household=household, recurring=of[pk], nominal_on=nominal_on, due_on=due_on)
        row.state, row.expense_id = State.POSTED, expense
        (written if row.pk else new).append(row)
    Occurrence.objects.bulk_update(written, ["state", "expense"], batch_size=500)
    Occurrence.objects.bulk_create(new, batch_size=500)


def unsettle(household: "Household", expenses: Any) -> None:
    """The dates that these expenses (ids, or a query of them) stood for are open again: what has passed waits for a
    yes, what is to come will be posted on its day. To be called where the expenses are removed for good."""
    posted = household.occurrences.posted().filter(expense__in=expenses)
    posted.ahead().delete()
    posted.update(state=State.DUE, expense=None)
