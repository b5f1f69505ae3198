"""The day on which months start, changed later."""

import datetime as dt
from decimal import Decimal

import pytest

from expenses.budgets import figures
from expenses.budgets.envelope import standing
from expenses.ledger.models import MonthTotal
from expenses.shared.months import Month
from expenses.upkeep import month_start
from tests.factories import make_expense, make_income, make_limit, make_transfer
from tests.ledger.test_totals import counted, kept
from tests.people import TODAY, open_first_page
from tests.upkeep.balance import assert_books_balance

PAGE = "/settings/months/"


@pytest.fixture
def household(people):
    return people.household


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


@pytest.mark.parametrize(
    ("from_", "old", "new", "first"),
    [
        ("2026-11", 1, 10, "2026-10"),  # 1 November lies in 10 Oct–9 Nov
        ("2026-11", 1, 25, "2026-11"),  # in 25 Oct–24 Nov
        ("2026-11", 25, 1, "2026-10"),  # 25 October
        ("2026-01", 1, 2, "2025-12"),
        ("2026-12", 25, 26, "2026-11"),  # 25 November lies in 26 Oct–25 Nov
        ("2024-03", 28, 1, "2024-02"),
    ],
)
def test_the_budget_begins_in_the_month_that_holds_its_old_first_day(household, from_, old, new, first):
    household.month_starts_on, household.budget_from = old, Month.parse(from_)
    household.save()

    month_start.start_months_on(household, new)

    household.refresh_from_db()
    assert (household.month_starts_on, str(household.budget_from)) == (new, first)


@pytest.mark.parametrize("day", [1, 2, 15, 16, 28])
def test_the_totals_are_counted_anew(household, people, day):
    for number in range(70):
        spent_on = dt.date(2026, 1, 1) + dt.timedelta(days=number)
        make_expense(household, spent_on=spent_on, recorded_by=people.bob if number % 2 else people.alice)
    make_expense(people.others)

    month_start.start_months_on(household, day)

    assert kept(household) == counted(household)
    assert kept(people.others) == counted(people.others)


def test_the_preview_shows_the_running_month_and_those_before(household):
    make_expense(household, amount="10", spent_on=dt.date(2026, 11, 1))
    make_expense(household, amount="4", spent_on=dt.date(2026, 10, 26))
    make_expense(household, amount="2", spent_on=dt.date(2026, 9, 30))

    november, october, *_ = month_start.preview(household, 25, today=TODAY).changes

    assert (november.before.span, november.after.span) == ("1–30 November", "25 October–24 November")
    assert (november.spent_before, november.spent_after) == (Decimal(10), Decimal(14))
    assert (october.spent_before, october.spent_after, october.difference) == (Decimal(4), Decimal(2), Decimal(-2))


def test_the_preview_names_the_month_that_today_is_in_then(household):
    changes = month_start.preview(household, 20, today=TODAY).changes

    assert changes[0].after.contains(TODAY)


@pytest.mark.parametrize(("day", "spent_on"), [(5, dt.date(1900, 1, 1)), (25, dt.date(2200, 12, 31))])
def test_the_first_and_the_last_day_there_are_keep_a_month(household, day, spent_on):
    household.budget_from = Month(1900, 1)
    household.save()
    make_expense(household, spent_on=spent_on)

    month_start.start_months_on(household, day)

    household.refresh_from_db()
    assert household.budget_from == Month(1900, 1)
    assert kept(household) == counted(household)


# ── the page ──────────────────────────────────────────────────────────────────────────────────────


def test_it_shows_what_changes_and_changes_nothing_yet(alice, household):
    make_expense(household, amount="12.50")

    response = alice.get(PAGE, {"month_starts_on": "25"})

    assert "What changes" in response.text
    household.refresh_from_db()
    assert household.month_starts_on == 1


def test_it_changes(alice, household):
    make_expense(household)

    response = alice.post(PAGE, {"month_starts_on": "25"}, follow=True)

    assert "Months start on day 25 now." in response.text
    household.refresh_from_db()
    assert household.month_starts_on == 25
    assert MonthTotal.objects.get(household=household).month == Month(2026, 11)
    assert kept(household) == counted(household)


@pytest.mark.parametrize("day", ["0", "29", "-1", "", "1e999", "NaN", "2.5", "99999999999999999999", "a\0b", "<b>"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_day_is_refused_at_the_field(alice, household, method, day):
    response = getattr(alice, method)(PAGE, {"month_starts_on": day})

    assert response.status_code == 422
    assert "Choose a day from 1 to 28." in response.text
    household.refresh_from_db()
    assert household.month_starts_on == 1


def test_the_same_day_again_is_no_change(alice):
    assert "What changes" not in alice.get(PAGE, {"month_starts_on": "1"}).text


@pytest.mark.parametrize("rows", [1, 60])
def test_the_preview_asks_as_much_whatever_there_is(alice, household, rows, django_assert_num_queries):
    plan(household, rows)
    for number in range(rows):
        make_expense(household, spent_on=dt.date(2026, 9, 1) + dt.timedelta(days=number))
    open_first_page(alice)

    with django_assert_num_queries(5):
        alice.get(PAGE, {"month_starts_on": "25"})


# ── with limits and a pool ────────────────────────────────────────────────────────────────────────


def plan(household, number=1):
    """A limit for the first categories, an income, and a pool from September on."""
    household.pool_from = Month(2026, 9)
    household.save(update_fields=["pool_from"])
    for month in range(number):
        make_limit(household.categories.first(), "100", Month(2026, 9).plus(-month))
    make_income(household, amount="500", received_on=dt.date(2026, 9, 3))


def test_the_pool_begins_in_the_month_that_holds_its_old_first_day(household):
    household.budget_from, household.pool_from = Month(2026, 1), Month(2026, 11)
    household.save()

    month_start.start_months_on(household, 10)

    household.refresh_from_db()
    assert (household.budget_from, household.pool_from) == (Month(2025, 12), Month(2026, 10))


def test_limits_and_moves_stay_in_the_months_of_their_names_and_incomes_go_by_their_day(household, people):
    plan(household)
    food, fun = people.food, people.fun
    make_limit(food, "200", Month(2026, 11))
    move = make_transfer(household, "5", month=Month(2026, 11), source=food, destination=fun)
    make_income(household, amount="40", received_on=dt.date(2026, 11, 26))

    month_start.start_months_on(household, 25)

    household.refresh_from_db()
    move.refresh_from_db()
    assert move.month == Month(2026, 11)
    assert household.limits.of(food).get().month == Month(2026, 11)
    assert household.incomes.by_month(household)[Month(2026, 12)] == Decimal(40)
    assert_books_balance(household)


def test_the_preview_says_where_the_running_month_will_stand(household, people):
    plan(household)
    make_expense(household, amount="30", spent_on=dt.date(2026, 10, 27))
    make_income(household, amount="70", received_on=dt.date(2026, 11, 26))

    asked = month_start.preview(household, 25, today=TODAY)
    before = standing(figures.read(household), household.month_of(TODAY))
    month_start.start_months_on(household, 25)
    after = standing(figures.read(household), household.month_of(TODAY))

    assert asked.before == before
    assert asked.after == after
    assert asked.before.pool.amount == Decimal(270)
    assert asked.after.pool.amount == Decimal(200)


def test_the_page_shows_left_and_to_assign(alice, household):
    plan(household)
    make_income(household, amount="70", received_on=dt.date(2026, 11, 1))

    page = alice.get(PAGE, {"month_starts_on": "25"}).text

    assert '<th scope="row">Left</th>' in page
    assert "To assign" in page
    assert "limits and moves stay in the months of their names" in page


def test_without_a_plan_the_page_speaks_of_none(alice):
    assert "To assign" not in alice.get(PAGE, {"month_starts_on": "25"}).text
