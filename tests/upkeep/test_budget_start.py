"""The month in which the budget begins, changed later."""

import datetime as dt
import random
from decimal import Decimal

import pytest

from expenses.budgets import figures
from expenses.budgets.envelope import standing
from expenses.shared.months import Month
from expenses.upkeep import budget_start
from tests.factories import make_expense, make_income, make_limit, make_transfer
from tests.people import TODAY, open_first_page
from tests.upkeep.balance import assert_books_balance, make_things

PAGE = "/settings/budget-from/"
JAN, SEP, OCT, NOV = Month(2026, 1), Month(2026, 9), Month(2026, 10), Month(2026, 11)


@pytest.fixture
def household(people):
    people.household.budget_from = JAN
    people.household.save()
    return people.household


@pytest.fixture
def alice(client, people, time_machine):
    time_machine.move_to("2026-11-22T12:00:00Z")
    client.force_login(people.alice)
    return client


def stand(household, month=NOV):
    return standing(figures.read(household), month)


def fill(household, people):
    household.pool_from = SEP
    household.save(update_fields=["pool_from"])
    make_limit(people.food, "100", Month(2025, 6), "all")
    make_expense(household, category=people.food, amount="30", spent_on=dt.date(2025, 12, 3))
    make_expense(household, category=people.food, amount="130", spent_on=dt.date(2026, 9, 3))
    make_income(household, amount="2000", received_on=dt.date(2026, 9, 1))
    make_income(household, amount="500", received_on=dt.date(2026, 11, 1))
    make_transfer(household, "20", month=OCT, source=None, destination=people.food)


# ── what it does ──────────────────────────────────────────────────────────────────────────────────


def test_what_is_older_carries_nothing(household, people):
    make_limit(people.food, "100", JAN)

    budget_start.begin_in(household, OCT, on=TODAY)

    household.refresh_from_db()
    assert household.budget_from == OCT
    assert stand(household).envelopes[people.food.pk].carried == 100


def test_it_can_begin_earlier_again(household, people):
    fill(household, people)
    before = stand(household)

    budget_start.begin_in(household, OCT, on=TODAY)
    budget_start.begin_in(household, JAN, on=TODAY)

    assert stand(household) == before


def test_it_does_not_begin_after_the_running_month(household):
    with pytest.raises(budget_start.BeginningRefused, match="cannot begin after the running month, November 2026"):
        budget_start.begin_in(household, NOV.next, on=TODAY)

    household.refresh_from_db()
    assert household.budget_from == JAN


@pytest.mark.parametrize("month", [Month(1900, 1), Month(2025, 6), Month(2025, 12), SEP, OCT, NOV])
def test_the_preview_says_what_comes_and_the_books_balance(household, people, month):
    fill(household, people)
    asked = budget_start.beginning(household, month, today=TODAY)
    before = stand(household)

    budget_start.begin_in(household, month, on=TODAY)

    assert asked.before == before
    assert asked.after == stand(household)
    assert asked.pool_from == max(month, SEP)
    assert asked.moves_pool == (month > SEP)
    assert asked.moves == (1 if month > OCT else 0)
    if month.year > 1900:
        assert_books_balance(household)


@pytest.mark.parametrize("seed", range(8))
def test_the_books_balance_whatever_there_was(household, people, seed):
    household.pool_from = SEP
    household.save()
    make_things(household, [people.food, people.fun], random.Random(seed))

    for month in (OCT, Month(2026, 5), SEP):
        budget_start.begin_in(household, month, on=TODAY)
        assert_books_balance(household)


# ── the page ──────────────────────────────────────────────────────────────────────────────────────


def test_it_shows_what_changes_and_changes_nothing_yet(alice, household, people):
    fill(household, people)

    page = alice.get(PAGE, {"budget_from": "2026-11"}).text

    assert "It begins in January 2026" in page
    assert '<th scope="row">Left</th>' in page
    assert "Money to assign begins in November 2026 then." in page
    assert "1 move before November 2026 is history then, and counts no more." in page
    household.refresh_from_db()
    assert household.budget_from == JAN


def test_it_changes(alice, household):
    response = alice.post(PAGE, {"budget_from": "2026-10"}, follow=True)

    assert "The budget begins in October 2026 now." in response.text
    household.refresh_from_db()
    assert household.budget_from == OCT


def test_the_household_says_where_it_begins(alice, household):
    assert "Begins in January 2026" in alice.get("/settings/household/").text


def test_the_same_month_again_is_no_change(alice, household):
    assert "What changes" not in alice.get(PAGE, {"budget_from": "2026-01"}).text


@pytest.mark.parametrize(
    "typed",
    ["", "0", "-1", "2026", "2026-13", "2026-1", "1899-12", "2201-01", "NaN", "1e999", "a\0b", "<b>x", "9" * 10000],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_no_month_is_refused_at_the_field_and_stays_typed(alice, household, method, typed):
    response = getattr(alice, method)(PAGE, {"budget_from": typed})

    assert response.status_code == 422
    assert response.context["form"].errors["budget_from"]
    assert response.context["form"]["budget_from"].value() == typed
    household.refresh_from_db()
    assert household.budget_from == JAN


def test_a_month_to_come_is_refused_with_a_sentence(alice, household):
    response = alice.post(PAGE, {"budget_from": "2026-12"})

    assert response.status_code == 422
    assert "The budget cannot begin after the running month, November 2026." in response.text


@pytest.mark.parametrize("rows", [1, 30])
def test_the_preview_asks_as_much_whatever_there_is(alice, household, people, rows, django_assert_num_queries):
    fill(household, people)
    for number in range(rows):
        make_limit(people.fun, "100", SEP.plus(-number))
        make_expense(household, category=people.fun, spent_on=SEP.plus(-number).start)
    open_first_page(alice)

    with django_assert_num_queries(4):  # session; user; totals, limits, moves and incomes; moves of the months between
        alice.get(PAGE, {"budget_from": "2026-10"})


def test_amounts_on_it_are_exact(alice, household, people):
    fill(household, people)

    asked = alice.get(PAGE, {"budget_from": "2026-10"}).context["beginning"]

    assert asked.before.pool.amount == Decimal(2500) - 3 * 100 - 20 - 800  # held already as the pool began
    assert asked.after.pool.amount == Decimal(500) - 2 * 100 - 20
