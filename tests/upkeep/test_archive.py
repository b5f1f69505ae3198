"""A category archived: out of the pickers, its limit ended, what is left given back."""

import datetime as dt
import random
from decimal import Decimal

import pytest

from expenses.budgets import figures
from expenses.budgets.envelope import standing
from expenses.ledger.models import Expense
from expenses.shared.months import LAST_YEAR, Month
from expenses.upkeep import archiving
from tests.factories import make_expense, make_income, make_limit, make_recurring, make_transfer
from tests.people import TODAY, open_first_page
from tests.upkeep.balance import assert_books_balance, make_things

SEP, OCT, NOV, DEC, JAN = (Month(2026, 9).plus(number) for number in range(5))


@pytest.fixture
def household(people):
    return people.household


@pytest.fixture
def bob(client, people):
    client.force_login(people.bob)
    return client


def page_of(category):
    return f"/categories/{category.pk}/archive/"


def rules(household, category):
    return [(limit.month, limit.amount, limit.leftover) for limit in household.limits.of(category).oldest_first()]


def with_pool(household, since=SEP):
    household.pool_from = since
    household.save(update_fields=["pool_from"])
    make_income(household, amount="5000", received_on=since.start)


# ── what it does ──────────────────────────────────────────────────────────────────────────────────


def test_one_without_limits_and_moves_only_leaves_the_pickers(household, people):
    make_expense(household, category=people.food)
    food = people.food

    archiving.archive(food, on=TODAY)

    assert food.archived_on == people.food.archived_on == TODAY
    assert not household.limits.exists()


def test_what_comes_again_in_it_is_named_and_paused(bob, household, people):
    """What is due today is posted before; what waits for a yes goes on waiting; others go on."""
    rent = make_recurring(household, category=people.food, anchor=TODAY)
    phone = make_recurring(household, "Phone", "36", category=people.food, anchor=TODAY, automatic=False)
    other = make_recurring(household, "Gym", category=people.fun)
    paused = make_recurring(household, "Old", category=people.food, paused_on=dt.date(2026, 3, 1))

    asked = bob.get(page_of(people.food)).text
    archiving.archive(people.food, on=TODAY)

    assert "These recurring expenses are paused:" in asked
    assert "every month on the 22nd" in asked
    assert "Gym" not in asked
    assert "Old" not in asked
    states = {each.pk: each.paused_on for each in household.recurring_expenses.all()}
    assert states == {rent.pk: TODAY, phone.pk: TODAY, other.pk: None, paused.pk: dt.date(2026, 3, 1)}
    assert sorted(household.occurrences.values_list("recurring", "state")) == sorted(
        [(rent.pk, "posted"), (phone.pk, "due")]
    )


def test_its_limit_ends_with_the_running_month(household, people):
    make_limit(people.food, "100", SEP)
    make_limit(people.food, "150", DEC, "all")
    make_limit(people.food, "180", JAN.next)
    make_limit(people.fun, "40", JAN)

    archiving.archive(people.food, on=TODAY)

    assert rules(household, people.food) == [
        (SEP, Decimal(100), "surplus"),
        (NOV, Decimal(100), "none"),
        (DEC, None, "none"),
    ]
    assert rules(household, people.fun) == [(JAN, Decimal(40), "surplus")]


def test_a_limit_of_the_running_month_keeps_its_amount(household, people):
    make_limit(people.food, "100", SEP)
    make_limit(people.food, "130", NOV, "all")

    archiving.archive(people.food, on=TODAY)

    assert rules(household, people.food)[1:] == [(NOV, Decimal(130), "none"), (DEC, None, "none")]


@pytest.mark.parametrize("leftover", ["surplus", "all", "none"])
@pytest.mark.parametrize(("spent", "returned"), [("30", "70"), ("130", "-30"), ("100", "0")])
def test_what_is_left_goes_back_to_the_pool_and_what_is_over_is_taken_from_it(
    household, people, leftover, spent, returned
):
    with_pool(household, NOV)
    make_limit(people.food, "100", NOV, leftover)
    make_expense(household, category=people.food, amount=spent, spent_on=dt.date(2026, 11, 3))

    archiving.archive(people.food, on=TODAY)

    plan = figures.read(household)
    november, december = standing(plan, NOV), standing(plan, DEC)
    assert november.pool.amount == 4900
    assert december.pool.amount == 4900 + Decimal(returned)
    assert december.left == 0
    assert_books_balance(household)


def test_past_months_stay_as_they_are(household, people):
    with_pool(household)
    make_limit(people.food, "100", SEP, "all")
    make_expense(household, category=people.food, amount="140", spent_on=dt.date(2026, 9, 3))
    before = [standing(figures.read(household), month) for month in (SEP, OCT)]

    archiving.archive(people.food, on=TODAY)

    assert [standing(figures.read(household), month) for month in (SEP, OCT)] == before


def test_what_a_move_left_in_it_goes_back_too(household, people):
    with_pool(household)
    make_transfer(household, "25", month=OCT, source=None, destination=people.food)

    archiving.archive(people.food, on=TODAY)

    assert rules(household, people.food) == [(NOV, None, "none"), (DEC, None, "none")]
    assert standing(figures.read(household), DEC).pool.amount == 5000


def test_a_refund_that_comes_later_does_not_stay_in_it(household, people):
    with_pool(household)
    make_limit(people.food, "100", SEP)
    archiving.archive(people.food, on=TODAY)

    make_expense(household, category=people.food, amount="-12", spent_on=dt.date(2026, 12, 3))

    assert standing(figures.read(household), JAN).left == 0
    assert_books_balance(household)


def test_what_is_archived_already_stays_as_it_was(household, people):
    make_limit(people.food, "100", SEP)
    archiving.archive(people.food, on=TODAY)
    before = rules(household, people.food)

    archiving.archive(people.food, on=dt.date(2027, 3, 1))

    assert people.food.archived_on == TODAY
    assert rules(household, people.food) == before


def test_a_budget_that_begins_later_gets_no_limit_before_it(household, people):
    household.budget_from = JAN
    household.save()
    make_limit(people.food, "100", JAN)

    archiving.archive(people.food, on=TODAY)

    assert rules(household, people.food) == [(JAN, Decimal(100), "none"), (JAN.next, None, "none")]


def test_the_last_month_there_is_has_none_after_it(household, people):
    make_limit(people.food, "100", SEP)

    archiving.archive(people.food, on=dt.date(LAST_YEAR, 12, 31))

    assert rules(household, people.food)[1:] == [(Month(LAST_YEAR, 12), Decimal(100), "none")]


def test_another_first_day_of_months_counts(household, people):
    household.month_starts_on = 20
    household.save()
    make_limit(people.food, "100", SEP)

    archiving.archive(people.food, on=TODAY)  # 22 November is in December

    assert [month for month, _, _ in rules(household, people.food)] == [SEP, DEC, JAN]


@pytest.mark.parametrize("seed", range(12))
def test_the_books_balance_whatever_there_was(household, people, seed):
    with_pool(household)
    make_things(household, [people.food, people.fun, people.category("Rent")], random.Random(seed))

    archiving.archive(people.food, on=TODAY)

    assert_books_balance(household)
    assert all(
        food.left == food.moved
        for month in (DEC, JAN, JAN.next)
        if (food := standing(figures.read(household), month).envelopes.get(people.food.pk))
    )


# ── the page ──────────────────────────────────────────────────────────────────────────────────────


def test_it_is_archived_and_brought_back(bob, people):
    response = bob.post(page_of(people.food), follow=True)

    assert "Food is archived: no longer offered, and still there in past months." in response.text
    assert people.food.is_archived
    bob.post(f"/categories/{people.food.pk}/bring-back/")
    assert not people.food.is_archived


def test_the_page_says_what_happens_and_nothing_happens_yet(bob, household, people, time_machine):
    time_machine.move_to("2026-11-22T12:00:00Z")
    with_pool(household)
    make_limit(people.food, "100", OCT)
    make_limit(people.food, "150", JAN)
    make_expense(household, category=people.food, amount="30", spent_on=dt.date(2026, 11, 3))

    page = " ".join(bob.get(page_of(people.food)).text.split())

    assert "ends with November 2026." in page
    assert "Limits set for later go: January 2027." in page
    assert '<data class="amount" value="170.00">170.00</data> today, goes back to the money to assign' in page
    assert household.limits.count() == 2
    assert not people.food.is_archived


def test_without_a_pool_the_page_speaks_of_none(bob, household, people):
    make_limit(people.food, "100", Month(2026, 1))

    page = bob.get(page_of(people.food)).text

    assert "is not carried into the next month" in page
    assert "to assign" not in page


def test_what_is_over_is_said(bob, household, people, time_machine):
    time_machine.move_to("2026-11-22T12:00:00Z")
    with_pool(household)
    make_limit(people.food, "10", NOV)
    make_expense(household, category=people.food, amount="30", spent_on=dt.date(2026, 11, 3))

    page = bob.get(page_of(people.food)).text

    assert "What it is over" in page
    assert "is taken from the money to assign" in page


def test_one_without_a_plan_is_asked_about_in_a_sentence(bob, household, people):
    make_expense(household, category=people.food)

    page = bob.get(page_of(people.food)).text

    assert "It is no longer offered." in page
    assert "Limit" not in page.split("<main")[1].split("</main")[0]


@pytest.mark.parametrize("rows", [1, 30])
def test_the_page_asks_as_much_whatever_there_is(bob, household, people, rows, django_assert_num_queries):
    with_pool(household)
    for number in range(rows):
        make_limit(people.food, "100", SEP.plus(-number))
        make_expense(household, category=people.food, spent_on=SEP.plus(-number).start)

    url = page_of(people.food)
    open_first_page(bob)

    with django_assert_num_queries(5):  # session; user; category; recurring; totals, limits, moves and incomes
        bob.get(url)
    assert Expense.objects.count() == rows
