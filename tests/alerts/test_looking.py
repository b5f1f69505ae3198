"""The look at the running month: what it raises, writes, and leaves alone."""

import datetime as dt
import logging
from decimal import Decimal

import pytest

from expenses.alerts import looking
from expenses.alerts.looking import look
from expenses.alerts.models import Alert
from expenses.alerts.notices import Notice
from expenses.alerts.saying import sentence
from expenses.months.overview import Overview
from expenses.people.models import Household
from expenses.shared.months import Month
from tests.alerts import NEAR, NOV, OVER, looked, move, set_limit, told
from tests.factories import make_expense, make_limit, make_recurring
from tests.people import TODAY

D = Decimal


@pytest.fixture
def household(people):
    return people.household


@pytest.fixture
def food(people):
    """Food may cost 100 a month."""
    set_limit(people.food, "100")
    return people.food


def spend(category, amount, **fields):
    return make_expense(category.household, amount=amount, category=category, **fields)


def row(category, threshold):
    return Alert.objects.get(category=category, threshold=threshold)


def test_what_comes_near_its_limit_is_raised_once(household, food):
    spend(food, "85")

    assert looked(household) == [("Food", NEAR)]
    assert looked(household) == []
    assert told(household) == [("Food", NEAR, D(15))]
    assert Alert.objects.count() == 1
    assert (row(food, NEAR).round, row(food, NEAR).armed, row(food, NEAR).month) == (1, False, NOV)


def test_while_nothing_is_crossed_nothing_is_written(household, food):
    spend(food, "79.99")

    assert looked(household) == []
    assert not Alert.objects.exists()
    assert told(household) == []


def test_only_the_higher_of_two_is_raised_and_the_lower_disarms_silently(household, food):
    spend(food, "118.40")

    assert looked(household) == [("Food", OVER)]
    assert told(household) == [("Food", OVER, D("-18.40"))]
    near = row(food, NEAR)
    assert (near.armed, near.raised_at) == (False, None)


def test_from_over_back_to_near_nothing_is_raised_or_said(household, food):
    spend(food, "110")
    looked(household)

    spend(food, "-14")

    assert looked(household) == []
    assert told(household) == []
    assert not row(food, OVER).armed


def test_a_refund_arms_it_again_and_opens_a_second_round(household, food):
    spend(food, "110")
    looked(household)
    spend(food, "-15.01")
    assert looked(household) == []
    over = row(food, OVER)
    assert (over.armed, over.raised_at, over.round) == (True, None, 1)

    spend(food, "30")

    assert looked(household) == [("Food", OVER)]
    over.refresh_from_db()
    assert (over.armed, over.round, over.dismissed_at, over.emailed_at) == (False, 2, None, None)
    assert over.raised_at is not None


def test_what_was_used_up_exactly_says_nothing(household, food):
    spend(food, "100")

    assert looked(household) == []
    assert told(household) == []


def test_what_is_left_is_kept_up_to_date(household, food):
    spend(food, "110")
    looked(household)

    spend(food, "5.50")

    assert looked(household) == []
    assert told(household) == [("Food", OVER, D("-15.50"))]


def test_without_a_plan_nothing_warns(household, people):
    spend(people.food, "5000")

    assert looked(household) == []


def test_spending_against_a_limit_of_nothing_is_over(household, people):
    set_limit(people.food, "0")
    spend(people.food, "0.01")

    assert looked(household) == [("Food", OVER)]


def test_overspent_months_that_are_paid_back_leave_less_than_nothing(household, people):
    set_limit(people.food, "100", month=Month(2026, 10), leftover="all")
    set_limit(people.food, "0")
    spend(people.food, "150", spent_on=dt.date(2026, 10, 5))
    assert looked(household) == []  # 50.00 over from October, and nothing spent since

    spend(people.food, "1")

    assert looked(household) == [("Food", OVER)]


def test_what_is_carried_and_moved_counts(household, people, food):
    set_limit(people.food, "100", month=Month(2026, 10))
    set_limit(people.fun, "50")
    move(people.fun, food, "50", by=people.alice)  # 100 carried, 100 limit, 50 moved
    spend(food, "199")
    assert looked(household) == []

    spend(food, "1")

    assert looked(household) == [("Food", NEAR)]


def test_a_move_away_can_raise_and_is_never_mailed(household, people, food):
    spend(food, "70")
    set_limit(people.fun, "10")
    move(food, people.fun, "20", by=people.alice)

    assert looked(household, loud=False) == [("Food", NEAR)]
    assert row(food, NEAR).emailed_at is not None
    assert told(household) == [("Food", NEAR, D(10))]


def test_a_lower_limit_is_shown_and_never_mailed_and_a_higher_one_takes_it_back(household, food):
    spend(food, "70")
    set_limit(food, "60")
    assert looked(household, loud=False) == [("Food", OVER)]
    assert not Alert.objects.to_mail().exists()

    set_limit(food, "400")

    assert looked(household, loud=False) == []
    assert told(household) == []
    assert row(food, OVER).armed


def test_an_ended_limit_warns_no_more(household, food):
    spend(food, "110")
    looked(household)

    set_limit(food, None)

    assert looked(household, loud=False) == []
    assert told(household) == []


def test_once_it_is_over_that_it_was_near_needs_no_mail(household, food):
    spend(food, "85")
    looked(household)

    spend(food, "40")
    looked(household)

    assert [alert.threshold for alert in Alert.objects.to_mail()] == [OVER]


@pytest.mark.parametrize("spent_on", [dt.date(2026, 10, 31), dt.date(2026, 12, 1)])
def test_only_the_running_month_warns(household, people, spent_on):
    set_limit(people.food, "100", month=Month(2026, 1))
    spend(people.food, "5000", spent_on=spent_on)
    set_limit(people.food, "100")  # November's own, from which nothing of October is taken: it was paid by the pool

    assert looked(household) == []
    assert not Alert.objects.exists()


def test_a_new_month_begins_with_everything_armed_and_says_nothing_of_the_old_one(household, food):
    spend(food, "110")
    looked(household)

    household.refresh_from_db()
    seen = look(household, on=dt.date(2026, 12, 1))

    assert seen.raised == []
    assert told(household) == []
    assert Alert.objects.count() == 2  # November’s


def test_a_month_is_the_households_own(household, people):
    Household.objects.filter(pk=household.pk).update(month_starts_on=25)
    household.refresh_from_db()
    set_limit(people.food, "100")
    spend(people.food, "90", spent_on=dt.date(2026, 10, 26))

    assert looked(household) == [("Food", NEAR)]


def test_a_budget_that_begins_later_warns_of_nothing(household, food):
    Household.objects.filter(pk=household.pk).update(budget_from=Month(2027, 1))
    spend(food, "110")

    assert looked(household) == []


def test_taken_over_silently_nothing_is_raised_shown_or_mailed(household, food):
    spend(food, "110")

    assert looked(household, raising=False) == []
    assert told(household) == []
    assert not Alert.objects.to_mail().exists()
    assert not row(food, OVER).armed
    assert looked(household) == []  # nor later


def test_what_is_over_stands_first_by_how_much(household, people):
    for name, amount in [("Food", "110"), ("Fun", "85"), ("Dining", "150"), ("Health", "95")]:
        set_limit(people.category(name), "100")
        spend(people.category(name), amount)

    looked(household)

    assert [(name, left) for name, _, left in told(household)] == [
        ("Dining", D(-50)), ("Food", D(-10)), ("Health", D(5)), ("Fun", D(15)),
    ]  # fmt: skip


def test_a_new_name_is_told_after_the_next_look(household, food):
    spend(food, "110")
    looked(household)
    food.name = "Groceries"
    food.save()

    looked(household)

    assert told(household) == [("Groceries", OVER, D(-10))]


def test_nothing_of_others_is_looked_at(household, people, food):
    spend(food, "110")

    assert looked(people.others) == []
    assert told(people.others) == []


def test_it_writes_nothing_but_its_own_column_of_the_household(household, food):
    spend(food, "110")
    stale = Household.objects.get(pk=household.pk)
    Household.objects.filter(pk=household.pk).update(name="Renamed meanwhile")

    look(stale, on=TODAY)

    household.refresh_from_db()
    assert household.name == "Renamed meanwhile"
    assert len(household.notices) == 1


def test_what_somebody_writes_while_it_looks_is_seen(household, food, monkeypatch):
    spend(food, "110")
    write, refunds = looking.View.write, [D(-60)]

    def write_and_refund(view, **kwargs):
        raised = write(view, **kwargs)
        if refunds:
            spend(food, refunds.pop())
        return raised

    monkeypatch.setattr(looking.View, "write", write_and_refund)

    assert looked(household) == [("Food", OVER)]
    assert told(household) == []
    assert row(food, OVER).armed


def test_what_pages_say_is_set_right_though_the_household_was_read_before(household, food):
    before = Household.objects.get(pk=household.pk)  # as a request reads it that takes its time
    spend(food, "110")
    looked(household)
    spend(food, "-60")

    look(before, on=TODAY)

    assert told(household) == []


# ── what it costs ─────────────────────────────────────────────────────────────────────────────────


# ── beside recurring expenses ─────────────────────────────────────────────────────────────────────


def repeat(category, amount, *, nominal_on, posted, **fields):
    """A recurring expense of the category that posted this month's, or has it still to come."""
    fields.setdefault("settled_until", TODAY)
    recurring = make_recurring(category.household, amount=amount, category=category, anchor=nominal_on, **fields)
    if posted:
        expense = spend(category, amount, spent_on=nominal_on)
        recurring.occurrences.create(
            household=category.household, nominal_on=nominal_on, due_on=nominal_on, state="posted", expense=expense
        )
    return recurring


def test_the_rent_on_the_1st_warns_nobody(household, food):
    repeat(food, "95", nominal_on=dt.date(2026, 11, 1), posted=True)

    assert looked(household) == []
    assert not Alert.objects.exists()


def test_what_lies_beside_the_rent_is_measured_by_what_it_leaves(household, food):
    repeat(food, "50", nominal_on=dt.date(2026, 11, 1), posted=True)
    spend(food, "39")
    assert looked(household) == []

    spend(food, "1")

    assert looked(household) == [("Food", NEAR)]
    assert told(household) == [("Food", NEAR, D(10))]


def test_what_is_still_due_counts_as_if_it_were_posted(household, food):
    repeat(food, "50", nominal_on=dt.date(2026, 11, 29), posted=False)

    spend(food, "45")

    assert looked(household) == [("Food", NEAR)]
    notice = Notice.read(Household.objects.get(pk=household.pk).notices[0])
    assert (notice.left, notice.due) == (D(55), D(50))
    assert sentence(notice, 2) == "Food is near its limit: 55.00 left, and 50.00 still due."


def test_a_rent_beyond_its_limit_is_over_once_it_is_posted(household, food):
    repeat(food, "120", nominal_on=dt.date(2026, 11, 1), posted=True)

    assert looked(household) == [("Food", OVER)]


def test_a_refund_carried_over_makes_no_plan(household, people):
    """Nor where it had one, which has ended."""
    spend(people.food, "-20", spent_on=dt.date(2026, 10, 3))
    spend(people.food, "19")
    make_limit(people.fun, "30", Month(2026, 8))
    make_limit(people.fun, None, Month(2026, 9), leftover="none")

    assert looked(household) == []


def test_where_there_is_a_pool_a_refund_carried_over_is_to_be_spent(household, people):
    """As the month page has it: all that is left must add up to what came in."""
    Household.objects.filter(pk=household.pk).update(pool_from=Month(2026, 10))
    spend(people.food, "-20", spent_on=dt.date(2026, 10, 3))
    spend(people.food, "19")

    assert looked(household) == [("Food", NEAR)]
    assert told(household) == [("Food", NEAR, D(1))]
    (line,) = Overview.of(household, NOV, on=TODAY).within
    assert (line.category, line.state, line.envelope.left) == (people.food, "near", D(1))


def test_a_refund_taken_back_takes_back_what_was_said_of_it(household, people):
    Household.objects.filter(pk=household.pk).update(pool_from=Month(2026, 10))
    refund = spend(people.food, "-20", spent_on=dt.date(2026, 10, 3))
    spend(people.food, "19")
    looked(household)

    household.expenses.with_ids([refund.pk]).put_aside(by=people.alice)

    assert looked(household) == []
    assert told(household) == []


@pytest.mark.parametrize("pool_from", [None, Month(2026, 10)])
def test_without_a_plan_a_look_is_one_query(household, people, pool_from, django_assert_num_queries):
    household.pool_from = pool_from
    spend(people.food, "110")

    with django_assert_num_queries(1):
        look(household, on=TODAY)


@pytest.mark.parametrize("count", [1, 9])
def test_where_nothing_differs_a_look_is_three_queries(household, people, count, django_assert_num_queries):
    categories = list(household.categories.in_order())[:count]
    for category in categories:
        set_limit(category, "100")
        for _ in range(count):
            spend(category, "110")
    looked(household)
    household.refresh_from_db()

    with django_assert_num_queries(3):
        look(household, on=TODAY)


@pytest.mark.parametrize("count", [1, 6])
def test_what_is_raised_costs_as_many_queries_whatever_the_number(household, people, count, django_assert_num_queries):
    for category in list(household.categories.in_order())[:count]:
        set_limit(category, "100")
        spend(category, "110")

    # A look; behind the lock and between two savepoints: another, the names, the alerts, the notices; and a last look.
    with django_assert_num_queries(3 + 2 + 1 + 3 + 1 + 1 + 1 + 3):
        look(household, on=TODAY)


def test_a_look_that_fails_breaks_no_answer(alice, people, food, monkeypatch, caplog):
    def fail(*args, **kwargs):
        raise RuntimeError("out of order")

    monkeypatch.setattr("expenses.alerts.middleware.look", fail)
    caplog.set_level(logging.ERROR)

    response = alice.post(
        "/expenses/new/",
        {"amount": "110", "description": "Groceries", "category": food.pk, "spent_on": "2026-11-20"},
    )

    assert response.status_code == 302
    assert household_expenses(people) == 1
    assert "no look at the alerts" in caplog.text


def household_expenses(people):
    return people.household.expenses.count()
