"""What is still due in a month, and what was posted in it: tables of dates, and the same from the database."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expenses.recurring.coming import Bills, Done, read
from expenses.recurring.models import RecurringExpense, State
from expenses.recurring.schedule import MonthDay, Unit, Weekend
from expenses.shared.months import Month
from tests.factories import make_expense, make_recurring
from tests.people import TODAY

NOVEMBER = Month(2026, 11)
numbers = iter(range(1, 10_000_000))


def rent(amount="900", *, anchor=dt.date(2026, 1, 1), description="Rent", category=1, **fields):
    return RecurringExpense(
        pk=next(numbers),
        description=description,
        amount=Decimal(amount),
        category_id=category,
        anchor=anchor,
        **fields,
    )


def posted(nominal_on, amount, *, category=1, spent_on=None, due_on=None):
    due_on = due_on or nominal_on
    found = (Decimal(amount), category, spent_on or due_on)
    return Done(next(numbers), nominal_on, due_on, State.POSTED, *found)


def waiting(nominal_on, due_on=None):
    return Done(next(numbers), nominal_on, due_on or nominal_on, State.DUE)


def skipped(nominal_on):
    return Done(next(numbers), nominal_on, nominal_on, State.SKIPPED)


def bills(*found, month=NOVEMBER, on=TODAY):
    return Bills.of(found, month=month, on=on)


def days(found):
    return [each.due_on.isoformat() for each in found]


# ── what is due ───────────────────────────────────────────────────────────────────────────────────


def test_dates_to_come_are_computed_and_those_settled_are_done_with():
    every_ten_days = rent("10", anchor=dt.date(2026, 11, 5), every=10, unit=Unit.DAYS, settled_until=TODAY)

    found = bills((every_ten_days, [posted(dt.date(2026, 11, 5), "10"), posted(dt.date(2026, 11, 15), "10")]))

    assert days(found.coming) == ["2026-11-25"]
    assert found.due == {1: Decimal(10)}
    assert found.posted == {1: Decimal(20)}


def test_what_waits_is_overdue_from_the_day_after():
    phone = rent("36", anchor=dt.date(2026, 10, 21), settled_until=TODAY)

    before = bills((phone, [waiting(dt.date(2026, 11, 21))]), on=dt.date(2026, 11, 21)).coming
    after = bills((phone, [waiting(dt.date(2026, 11, 21))])).coming

    assert [(each.is_overdue, each.occurrence is not None) for each in (*before, *after)] == [
        (False, True),
        (True, True),
    ]


@pytest.mark.parametrize("done", [posted, skipped], ids=["posted early", "skipped"])
def test_a_date_to_come_that_something_was_done_about_is_not_due(done):
    nominal_on = dt.date(2026, 11, 30)
    made = done(nominal_on, "900") if done is posted else done(nominal_on)

    assert bills((rent(anchor=dt.date(2026, 1, 30), settled_until=TODAY), [made])).coming == []


@pytest.mark.parametrize("stopped", ["paused_on", "ended_on"])
def test_what_is_paused_or_ended_has_no_dates_to_come_and_still_waits(stopped):
    phone = rent("36", anchor=dt.date(2026, 1, 10), settled_until=dt.date(2026, 11, 10), **{stopped: TODAY})

    found = bills((phone, [waiting(dt.date(2026, 11, 10))]))

    assert days(found.coming) == ["2026-11-10"]
    assert found.then is None


def test_a_month_holds_what_is_due_in_it_whatever_the_nominal_day():
    """Sunday 1 November is due on Friday 30 October, Sunday 31 January on the 29th."""
    before = rent(anchor=dt.date(2026, 1, 1), weekend=Weekend.BEFORE, settled_until=dt.date(2026, 9, 30))

    october = bills((before, []), month=Month(2026, 10), on=dt.date(2026, 10, 2))
    november = bills((before, []), on=dt.date(2026, 10, 2))

    assert [(each.nominal_on, each.due_on) for each in october.coming[1:]] == [
        (dt.date(2026, 11, 1), dt.date(2026, 10, 30))
    ]
    assert november.coming == []
    assert november.then.due_on == dt.date(2026, 12, 1)


def test_a_month_of_the_household_s_own_days():
    salary_month = Month(2026, 12, 25)  # 25 November to 24 December

    found = bills((rent(settled_until=TODAY), []), month=salary_month)

    assert days(found.coming) == ["2026-12-01"]
    assert days([found.then]) == ["2027-01-01"]


def test_past_months_have_only_what_waits():
    never_posted = rent(settled_until=None)

    found = bills((never_posted, [waiting(dt.date(2026, 10, 1))]), month=Month(2026, 10))

    assert days(found.coming) == ["2026-10-01"]
    assert found.earlier == []
    assert found.then is None


def test_months_to_come_have_what_will_come():
    found = bills((rent(settled_until=TODAY), []), month=Month(2027, 3))

    assert days(found.coming) == ["2027-03-01"]
    assert days([found.then]) == ["2027-04-01"]


def test_what_waits_since_earlier_months_stands_apart_in_the_running_month_only():
    phone = rent("36", anchor=dt.date(2026, 1, 31), settled_until=TODAY)
    since_october = (phone, [waiting(dt.date(2026, 10, 31))])

    running, coming = bills(since_october), bills(since_october, month=Month(2026, 12))

    assert days(running.earlier) == ["2026-10-31"]
    assert running.due == {1: Decimal(36)}  # that of November
    assert coming.earlier == []


def test_the_next_one_is_the_first_of_all():
    yearly = rent("412", anchor=dt.date(2026, 9, 4), unit=Unit.YEARS, description="Insurance", settled_until=TODAY)
    monthly = rent(settled_until=TODAY)

    assert bills((yearly, []), (monthly, [])).then.recurring is monthly
    assert days([bills((yearly, [])).then]) == ["2027-09-04"]


def test_the_next_one_is_none_that_was_posted_early():
    early = posted(dt.date(2026, 12, 1), "900", spent_on=TODAY)

    assert days([bills((rent(settled_until=TODAY), [early])).then]) == ["2027-01-01"]


def test_what_is_to_come_back_is_no_bill():
    """A deposit to be returned is listed, and counted on only once it is there."""
    deposit = rent("-50", anchor=dt.date(2026, 11, 28), settled_until=TODAY)

    found = bills((deposit, []))

    assert days(found.coming) == ["2026-11-28"]
    assert found.due == {}
    assert found.total == 0


# ── what was posted ───────────────────────────────────────────────────────────────────────────────


def test_what_was_posted_counts_where_its_expense_lies_now():
    """In another category, with another amount, on another day than it was posted."""
    found = bills(
        (
            rent(settled_until=TODAY),
            [
                posted(dt.date(2026, 11, 1), "950", category=2),
                posted(dt.date(2026, 12, 1), "900", spent_on=TODAY),  # early
                posted(dt.date(2026, 10, 1), "900"),
                Done(1, dt.date(2026, 11, 2), dt.date(2026, 11, 2), State.POSTED),  # deleted since
            ],
        )
    )

    assert found.posted == {2: Decimal(950), 1: Decimal(900)}


# ── all of it ─────────────────────────────────────────────────────────────────────────────────────


schedules = st.builds(
    rent,
    st.just("10"),
    anchor=st.dates(dt.date(2025, 6, 1), dt.date(2026, 12, 31)),
    every=st.integers(1, 3),
    unit=st.sampled_from(Unit),
    month_day=st.sampled_from([MonthDay.SAME, MonthDay.LAST]),
    weekend=st.sampled_from(Weekend),
)


@settings(max_examples=150)
@given(
    schedules,
    st.integers(1, 28),
    st.integers(0, 40),
    st.lists(st.sampled_from(State.values), min_size=40, max_size=40),  # weekends move dates into the month
)
def test_posted_skipped_and_coming_are_all_dates_of_a_month_and_none_comes_twice(recurring, starts_on, done, states):
    """Whatever was done about the first dates of the month, and some of the later ones."""
    month = Month(2026, 11, starts_on)
    dates = recurring.schedule.due_between(month.start, month.last_day)
    first = dates[: min(done, len(dates))]
    if first:
        recurring.settled_until = first[-1].nominal_on
    occurrences = [
        Done(
            number, date.nominal_on, date.due_on, state, *([Decimal(10), 1, date.due_on] if state == "posted" else [])
        )
        for number, (date, state) in enumerate(zip(first, states, strict=False))
    ]

    found = bills((recurring, occurrences), month=month, on=month.start)

    answered = [done.nominal_on for done in occurrences if done.state != State.DUE]
    coming = [each.nominal_on for each in found.coming]
    assert sorted([*answered, *coming]) == [date.nominal_on for date in dates]
    assert found.posted.get(1, 0) == 10 * sum(done.state == State.POSTED for done in occurrences)
    assert found.total == 10 * len(coming)


# ── from the database ─────────────────────────────────────────────────────────────────────────────


def _done(recurring, nominal_on, state, expense=None):
    return recurring.occurrences.create(
        household=recurring.household, nominal_on=nominal_on, due_on=nominal_on, state=state, expense=expense
    )


def test_a_household_s_bills_are_read_by_one_query(people, django_assert_num_queries):
    household = people.household
    monthly = make_recurring(household, anchor=dt.date(2026, 1, 1), settled_until=TODAY, category=people.food)
    phone = make_recurring(household, "Phone", "36", anchor=dt.date(2026, 1, 31), settled_until=TODAY)
    for month in range(1, 12):
        paid = make_expense(household, "Rent", "900", spent_on=dt.date(2026, month, 1), category=people.food)
        _done(monthly, paid.spent_on, State.POSTED, paid)
    overdue = _done(phone, dt.date(2026, 10, 31), State.DUE)
    make_recurring(people.others, settled_until=TODAY)

    with django_assert_num_queries(1):
        found = read(household, NOVEMBER, on=TODAY)

    assert days(found.coming) == ["2026-11-30"]
    assert [(each.occurrence, each.recurring) for each in found.earlier] == [(overdue.pk, phone)]
    assert found.posted == {people.food.pk: Decimal(900)}
    assert found.then.recurring == monthly
    assert found.then.due_on == dt.date(2026, 12, 1)


def test_a_deleted_expense_is_not_posted_and_its_date_not_due(people):
    recurring = make_recurring(people.household, anchor=dt.date(2026, 11, 1), settled_until=TODAY)
    paid = make_expense(people.household, spent_on=dt.date(2026, 11, 1))
    _done(recurring, paid.spent_on, State.POSTED, paid)
    people.household.expenses.filter(pk=paid.pk).delete()

    found = read(people.household, NOVEMBER, on=TODAY)

    assert found.coming == []
    assert found.posted == {}


def test_what_was_paused_since_is_read_for_what_it_posted_and_what_waits(people):
    recurring = make_recurring(people.household, anchor=dt.date(2026, 10, 1), settled_until=TODAY, paused_on=TODAY)
    paid = make_expense(people.household, "Rent", "900", spent_on=dt.date(2026, 11, 1))
    _done(recurring, paid.spent_on, State.POSTED, paid)
    _done(recurring, dt.date(2026, 10, 1), State.DUE)

    found = read(people.household, NOVEMBER, on=TODAY)

    assert found.coming == []
    assert days(found.earlier) == ["2026-10-01"]
    assert found.posted == {paid.category_id: Decimal(900)}


def test_the_next_one_is_none_that_was_skipped_or_posted_long_before_its_day(people):
    years = {"unit": Unit.YEARS, "settled_until": TODAY}
    insurance = make_recurring(people.household, "Insurance", anchor=dt.date(2026, 3, 1), **years)
    insurance.skip(dt.date(2027, 3, 1))
    tax = make_recurring(people.household, "Tax", "200", anchor=dt.date(2026, 6, 1), category=people.fun, **years)
    tax.post(dt.date(2027, 6, 1), by=people.alice, spent_on=TODAY)

    found = read(people.household, NOVEMBER, on=TODAY)

    assert (found.then.recurring, found.then.due_on) == (insurance, dt.date(2028, 3, 1))
    assert found.posted == {people.fun.pk: Decimal(200)}
