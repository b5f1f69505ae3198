"""What comes again in the demo household: rent on the 1st, a phone bill on the 31st, a yearly insurance, and piano
lessons every two weeks, of which somebody has to say whether they were held.

What was posted are the expenses that the household spends anyway; the last piano lesson waits for a yes, on any day.
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from expenses.categories.models import Category
from expenses.ledger.models import Expense, PaymentMethod
from expenses.people.models import Household, User
from expenses.recurring.models import Occurrence, RecurringExpense, State
from expenses.recurring.schedule import ONE_DAY, Date, Schedule, Unit
from expenses.shared.money import ZERO
from expenses.shared.months import Month
from expenses.welcome.demo_plan import ALICE, BOB, rent

RENT, PHONES, INSURANCE, PIANO = "Rent", "Phones", "Car insurance", "Piano lessons"
PHONES_COST, INSURANCE_COST, PIANO_COST = Decimal("36.00"), Decimal("412.00"), Decimal("28.00")
FIRST_LESSON = dt.date(2024, 2, 1)  # a Thursday
TWO_WEEKS = 14


def is_lesson(day: dt.date) -> bool:
    return (day - FIRST_LESSON).days % TWO_WEEKS == 0


def is_last_of_month(day: dt.date) -> bool:
    return (day + ONE_DAY).day == 1


class Again(NamedTuple):
    """A recurring expense to be."""

    category: str
    description: str
    amount: Decimal
    by: str
    method: str
    schedule: Schedule
    automatic: bool = True


def again(first: dt.date, *, card: str, account: str, today: dt.date) -> list[Again]:
    """Each from its first date on, none before the first day."""
    long_month = next(month for month in _months(first) if month.days == 31)
    insured = Month(first.year + (first > dt.date(first.year, 9, 4)), 9)
    lesson = first + ONE_DAY * (-(first - FIRST_LESSON).days % TWO_WEEKS)
    every_two_weeks = Schedule(lesson, every=2, unit=Unit.WEEKS)
    yearly = Schedule(insured.start.replace(day=4), unit=Unit.YEARS)
    return [
        Again("Rent", RENT, rent(today.year), ALICE, account, Schedule(first.replace(day=1))),
        Again("Utilities", PHONES, PHONES_COST, BOB, account, Schedule(long_month.last_day)),
        Again("Transportation", INSURANCE, INSURANCE_COST, ALICE, card, yearly),
        Again("Kids", PIANO, PIANO_COST, BOB, account, every_two_weeks, automatic=False),
    ]


def _months(first: dt.date) -> Iterator[Month]:
    month = Month.of(first)
    while True:
        yield month
        month = month.next


def waits(description: str, day: dt.date, *, today: dt.date) -> bool:
    """Whether it is not written down yet: of the piano lessons the last one is not."""
    return description == PIANO and (today - day).days < TWO_WEEKS


def due(found: list[Again], *, today: dt.date) -> dict[str, Decimal]:
    """What is still due in the running month, by category."""
    month = Month.of(today)
    sums: dict[str, Decimal] = {}
    for each in found:
        for date in each.schedule.due_between(month.start, month.last_day):
            if date.due_on > today or waits(each.description, date.due_on, today=today):
                sums[each.category] = sums.get(each.category, ZERO) + each.amount
    return sums


def write(
    household: Household,
    found: list[Again],
    *,
    categories: dict[str, Category],
    methods: dict[str, PaymentMethod],
    people: dict[str, User],
    today: dt.date,
) -> None:
    """Each with what it has posted: the expenses of its name, on its days."""
    spent = household.expenses.filter(description__in=[each.description for each in found])
    by_day = {(expense.description, expense.spent_on): expense for expense in spent}
    occurrences: list[Occurrence] = []
    for each in found:
        schedule = each.schedule
        begun = dt.datetime.combine(schedule.anchor, dt.time(), tzinfo=dt.UTC)
        recurring = household.recurring_expenses.create(
            category=categories[each.category],
            description=each.description,
            amount=each.amount,
            recorded_by=people[each.by],
            payment_method=methods[each.method],
            anchor=schedule.anchor,
            every=schedule.every,
            unit=schedule.unit,
            automatic=each.automatic,
            settled_until=today,
            created_at=begun,
            updated_at=begun,
        )
        dates = schedule.due_until(today, settled_until=None)
        occurrences += [_done(recurring, date, by_day.get((each.description, date.due_on))) for date in dates]
    Occurrence.objects.bulk_create(occurrences, batch_size=500)


def _done(recurring: RecurringExpense, date: Date, expense: Expense | None) -> Occurrence:
    return Occurrence(
        household_id=recurring.household_id,
        recurring=recurring,
        nominal_on=date.nominal_on,
        due_on=date.due_on,
        state=State.POSTED if expense else State.DUE,
        expense=expense,
    )
