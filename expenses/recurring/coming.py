"""What recurring expenses still have due in a month, and what they have posted in it.

`Bills.of` is pure; `read` asks one query, whatever the number of dates.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from expenses.recurring.models import RecurringExpense, State
from expenses.shared.money import ZERO
from expenses.shared.months import Month
from expenses.shared.prepared import Prepared

if TYPE_CHECKING:
    from expenses.people.models import Household

# What is posted may be dated some days off, and the next one after a month may be posted already.
AROUND = dt.timedelta(days=31)
SHIFT = dt.timedelta(days=2)  # the most that a weekend moves a date


class Done(NamedTuple):
    """An occurrence: a date that something was done about, with its expense where that is still there."""

    pk: int
    nominal_on: dt.date
    due_on: dt.date
    state: str
    amount: Decimal | None = None
    category_id: int | None = None
    spent_on: dt.date | None = None


class Coming(NamedTuple):
    """A date of a recurring expense that is neither posted nor skipped."""

    recurring: RecurringExpense
    nominal_on: dt.date
    due_on: dt.date
    occurrence: int | None = None  # the one that waits for a yes; None for a date to come
    is_overdue: bool = False  # it waits since before today

    @property
    def amount(self) -> Decimal:
        return self.recurring.amount

    @property
    def category_id(self) -> int:
        return self.recurring.category_id


@dataclass(frozen=True, slots=True)
class Bills:
    """The recurring expenses of a month as seen on a day."""

    coming: list[Coming] = field(default_factory=list)  # due in the month, the oldest first
    earlier: list[Coming] = field(default_factory=list)  # overdue from months before; in the running month only
    then: Coming | None = None  # the first one after the month; None in past months
    posted: Mapping[int, Decimal] = field(default_factory=dict)  # written down in the month, by category id

    @classmethod
    def of(cls, found: Iterable[tuple[RecurringExpense, Iterable[Done]]], *, month: Month, on: dt.date) -> Self:
        """Of recurring expenses with their occurrences in the month and around it, and all that wait.

        In a past month only what waits is due; dates are computed from the running month on.
        """
        coming: list[Coming] = []
        earlier: list[Coming] = []
        later: list[Coming] = []
        posted: dict[int, Decimal] = defaultdict(lambda: ZERO)
        for recurring, occurrences in found:
            known = set()
            for done in occurrences:
                known.add(done.nominal_on)
                if done.category_id is not None and done.amount is not None and _within(month, done.spent_on):
                    posted[done.category_id] += done.amount
                if done.state != State.DUE:
                    continue
                waiting = Coming(recurring, done.nominal_on, done.due_on, done.pk, done.due_on < on)
                if month.contains(done.due_on):
                    coming.append(waiting)
                elif done.due_on < month.start and month.contains(on):
                    earlier.append(waiting)
            if recurring.is_running and on < month.end:
                coming += _dates(recurring, known, month)
                later += _first_after(recurring, known, month)
        return cls(_in_order(coming), _in_order(earlier), next(iter(_in_order(later)), None), dict(posted))

    @property
    def due(self) -> dict[int, Decimal]:
        """What is still due in the month, by category id. What is to come back is not counted on before it is
        there."""
        found: dict[int, Decimal] = {}
        for each in self.coming:
            if each.amount > 0:
                found[each.category_id] = found.get(each.category_id, ZERO) + each.amount
        return found

    @property
    def all(self) -> list[Coming]:
        """Every date there is a word about."""
        return [*self.earlier, *self.coming, *([self.then] if self.then else [])]

    @property
    def total(self) -> Decimal:
        """What is still due in all."""
        return sum(self.due.values(), ZERO)


_beside_occurrences = Prepared(
    lambda household, first, last: (
        RecurringExpense.objects.filter(household=household).in_order().beside_occurrences(first, last)
    )
)


def read(household: "Household", month: Month, *, on: dt.date) -> Bills:
    """The bills of a month; one query."""
    # From the running month on no date is computed that was skipped or posted, however early.
    last = None if on < month.end else month.last_day + AROUND
    rows: Iterable[Any] = _beside_occurrences(household.pk, month.start - AROUND, last, using=household._state.db)
    found: dict[int, tuple[RecurringExpense, list[Done]]] = {}
    for row in rows:
        _, occurrences = found.setdefault(row.pk, (row, []))
        if row.done_pk is not None:
            occurrences.append(
                Done(
                    row.done_pk,
                    row.done_nominal_on,
                    row.done_due_on,
                    row.done_state,
                    row.done_amount,
                    row.done_category,
                    row.done_spent_on,
                )
            )
    return Bills.of(found.values(), month=month, on=on)


def _within(month: Month, day: dt.date | None) -> bool:
    return day is not None and month.contains(day)


def _dates(recurring: RecurringExpense, known: set[dt.date], month: Month) -> list[Coming]:
    """The dates that are due in the month and that nothing was done about."""
    dates = recurring.schedule.due_between(month.start, month.last_day)
    return [
        Coming(recurring, date.nominal_on, date.due_on)
        for date in dates
        if date.nominal_on not in known and not _settled(recurring, date.nominal_on)
    ]


def _first_after(recurring: RecurringExpense, known: set[dt.date], month: Month) -> list[Coming]:
    """The first date due after the month; none where the schedule ends before."""
    settled = recurring.settled_until or dt.date.min
    for date in recurring.schedule.after(max(settled, month.last_day - SHIFT)):
        if date.due_on > month.last_day and date.nominal_on not in known:
            return [Coming(recurring, date.nominal_on, date.due_on)]
    return []


def _settled(recurring: RecurringExpense, nominal_on: dt.date) -> bool:
    return recurring.settled_until is not None and nominal_on <= recurring.settled_until


def _in_order(found: list[Coming]) -> list[Coming]:
    return sorted(
        found, key=lambda each: (each.due_on, each.recurring.description, each.recurring.pk, each.nominal_on)
    )
