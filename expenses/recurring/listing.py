"""The pages of recurring expenses: what is due, what comes next, what was done."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, Self

from expenses.recurring.models import Occurrence, RecurringExpense, State
from expenses.recurring.schedule import Date, Schedule, Unit
from expenses.shared.money import ZERO, rounded

if TYPE_CHECKING:
    from expenses.people.models import Household

NEXT = 12  # dates shown ahead
PAGE = 50  # occurrences
DAYS_OF_A_MONTH = Decimal("365.2425") / 12


@dataclass(frozen=True, slots=True)
class Line:
    """A recurring expense with the next date that is neither posted nor skipped yet; None where none is left."""

    recurring: RecurringExpense
    next: Date | None

    @property
    def goes_on(self) -> bool:
        return self.recurring.is_running and self.next is not None

    @property
    def a_month(self) -> Decimal:
        """What it comes to in a month of mean length."""
        return self.recurring.amount * _times_a_month(self.recurring.schedule)


@dataclass(frozen=True, slots=True)
class Lines:
    due: list[Occurrence]  # what waits for a yes, the oldest first
    running: list[Line]  # the next one first
    paused: list[Line]
    ended: list[Line]  # by a person, or with the last date
    a_month: Decimal  # what the running ones come to in a month of mean length

    @classmethod
    def of(cls, household: "Household") -> Self:
        """Three queries, whatever the number of rows."""
        done = set(household.occurrences.ahead().values_list("recurring_id", "nominal_on"))
        lines = [
            Line(recurring, next((d for d in ahead(recurring) if (recurring.pk, d.nominal_on) not in done), None))
            for recurring in household.recurring_expenses.with_names().in_order()
        ]
        running = [line for line in lines if line.goes_on]
        return cls(
            due=list(household.occurrences.due().with_names().oldest_first()),
            running=sorted(running, key=lambda line: line.next.due_on if line.next else dt.date.max),
            paused=[line for line in lines if line.recurring.paused_on],
            ended=[line for line in lines if not line.goes_on and not line.recurring.paused_on],
            a_month=rounded(sum((line.a_month for line in running), ZERO), household.decimals),
        )


class Ahead(NamedTuple):
    """A date to come, and what was done about it already: posted early, skipped."""

    date: Date
    done: Occurrence | None

    @property
    def is_skipped(self) -> bool:
        return self.done is not None and self.done.state == State.SKIPPED

    @property
    def is_posted(self) -> bool:
        return self.done is not None and self.done.state == State.POSTED


@dataclass(frozen=True, slots=True)
class History:
    """A recurring expense with its next dates and a page of what was done."""

    ahead: list[Ahead]
    due: list[Occurrence]
    done: list[Occurrence]  # the latest first
    next: dt.date | None  # the nominal day where the next page begins; None on the last one

    @classmethod
    def of(cls, recurring: RecurringExpense, *, before: dt.date | None = None) -> Self:
        """Three queries, whatever the number of rows."""
        rows = recurring.occurrences.with_names()
        early = {row.nominal_on: row for row in rows.ahead()}
        dates = islice(ahead(recurring), NEXT) if recurring.is_running else ()
        done = list(rows.done().before(before).newest_first()[: PAGE + 1])
        more, done = len(done) > PAGE, done[:PAGE]
        return cls(
            ahead=[Ahead(date, early.get(date.nominal_on)) for date in dates],
            due=list(rows.due().oldest_first()),
            done=done,
            next=done[-1].nominal_on if more else None,
        )


def ahead(recurring: RecurringExpense) -> Iterable[Date]:
    """Its dates that are not settled, whether anything was done about them or not."""
    return recurring.schedule.after(recurring.settled_until)


def _times_a_month(schedule: Schedule) -> Decimal:
    days = {Unit.DAYS: 1, Unit.WEEKS: 7}.get(schedule.unit)
    if days:
        return DAYS_OF_A_MONTH / (days * schedule.every)
    return Decimal(1) / (schedule.every * (12 if schedule.unit == Unit.YEARS else 1))
