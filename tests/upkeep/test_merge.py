"""A category merged into another one, or deleted."""

import datetime as dt
import random
import uuid
from decimal import Decimal

import pytest

from expenses.alerts.models import Alert, Threshold
from expenses.budgets import figures
from expenses.budgets.envelope import walk
from expenses.categories.models import Category
from expenses.imports.models import ImportRow
from expenses.ledger.forms import NewExpenseForm
from expenses.ledger.models import DeletedExpense, Expense, ExpenseChange, MonthTotal, undo
from expenses.shared.months import Month
from expenses.shared.relations import naming
from expenses.upkeep import archiving, categories
from tests.factories import (
    make_expense,
    make_import,
    make_income,
    make_limit,
    make_method,
    make_recurring,
    make_transfer,
)
from tests.ledger.test_totals import counted, kept
from tests.people import TODAY, open_first_page
from tests.upkeep.balance import assert_books_balance, make_things


@pytest.fixture
def household(people):
    return people.household


@pytest.fixture
def bob(client, people):
    client.force_login(people.bob)
    return client


# ── merging ───────────────────────────────────────────────────────────────────────────────────────


def test_everything_of_a_category_goes_to_the_other(household, people):
    food, fun = people.food, people.fun
    rows = [make_expense(household, category=food, spent_on=dt.date(2026, month, 5)) for month in (9, 10, 11)]
    own = make_expense(household, category=fun)
    household.expenses.filter(pk=rows[2].pk).put_aside(by=people.bob)

    assert categories.merge(food, into=fun) == 2

    assert set(household.expenses.of(fun)) == {rows[0], rows[1], own}
    assert DeletedExpense.objects.get().category == fun
    assert not household.categories.named("Food").exists()
    assert kept(household) == counted(household)
    assert not MonthTotal.objects.exclude(category__in=household.categories.all()).exists()


def test_other_categories_and_other_households_stay(household, people):
    make_expense(household, category=people.category("Rent"))
    make_expense(people.others, category=people.category("Food", people.others))

    categories.merge(people.food, into=people.fun)

    assert household.expenses.get().category.name == "Rent"
    assert people.others.expenses.get().category.name == "Food"
    assert kept(people.others) == counted(people.others)


def test_deleted_expenses_come_back_into_the_other(household, people):
    make_expense(household, category=people.food)
    batch = household.expenses.all().put_aside(by=people.bob)

    categories.merge(people.food, into=people.fun)
    undo(household, batch)

    assert household.expenses.get().category == people.fun
    assert kept(household) == counted(household)


def test_a_bulk_change_before_the_merge_can_still_be_undone(household, people):
    make_expense(household, category=people.food)
    batch = household.expenses.all().recategorise(people.category("Rent"), by=people.bob)

    categories.merge(people.category("Rent"), into=people.fun)
    assert undo(household, batch) == 1

    assert household.expenses.get().category == people.food
    assert kept(household) == counted(household)


def test_a_bulk_change_out_of_the_merged_one_is_undone_into_the_other(household, people):
    make_expense(household, category=people.food)
    batch = household.expenses.all().recategorise(people.category("Rent"), by=people.bob)

    categories.merge(people.food, into=people.fun)
    undo(household, batch)

    assert household.expenses.get().category == people.fun


def test_rows_of_an_import_that_were_to_go_there_follow(household, people):
    make_import(household, by=people.bob)
    ImportRow.objects.update(category=people.food)

    categories.merge(people.food, into=people.fun)

    assert ImportRow.objects.get().category == people.fun


def test_it_is_neither_merged_into_itself_nor_into_one_that_is_gone(household, people):
    gone = Category.objects.create(household=household, name="Gone")
    Category.objects.filter(pk=gone.pk).delete()

    for into in (people.food, gone, people.category("Food", people.others)):
        with pytest.raises(categories.CategoryKept):
            categories.merge(people.food, into=into)


def test_every_table_that_names_a_category_is_known_to_the_merge():
    """A new one: say here that its rows follow (they do, by themselves), or how they are put together."""
    known = {relation.related_model.__name__ for relation in naming(Category)}

    assert known == {
        "Alert",  # dropped
        "CategoryRule",
        "DeletedExpense",
        "Dismissal",  # once for both
        "Expense",
        "ExpenseChange",
        "ImportRow",
        "Limit",  # put together
        "MonthTotal",  # follow the expenses
        "RecurringExpense",
        "Transfer",
        "TransferLeg",
    }


# ── the pages ─────────────────────────────────────────────────────────────────────────────────────


def merge_page(category):
    return f"/categories/{category.pk}/merge/"


def test_the_preview_says_how_many_how_much_and_which_months(bob, household, people):
    make_expense(household, category=people.food, amount="10", spent_on=dt.date(2026, 3, 1))
    make_expense(household, category=people.food, amount="2.50", spent_on=dt.date(2026, 11, 1))
    make_expense(household, category=people.fun, amount="5")

    page = bob.get(merge_page(people.food), {"into": people.fun.pk}).text

    assert "2 expenses" in page
    assert 'value="12.50"' in page
    assert "in 2 months from March 2026 to November 2026" in page
    assert '<data class="amount total" value="17.50">' in page
    assert household.categories.named("Food").exists()


def test_merging_says_what_it_did(bob, household, people):
    make_expense(household, category=people.food)

    response = bob.post(merge_page(people.food), {"into": people.fun.pk}, follow=True)

    assert "Food is part of Fun now: 1 expense moved." in response.text


@pytest.mark.parametrize("rows", [1, 40])
def test_the_preview_asks_as_much_whatever_there_is(bob, household, people, rows, django_assert_num_queries):
    for i in range(rows):
        make_expense(household, category=people.food, spent_on=dt.date(2020 + i // 12, i % 12 + 1, 1))

        make_limit(people.food, "100", Month(2024 + i // 12, i % 12 + 1))
    household.pool_from = Month(2026, 9)
    household.save(update_fields=["pool_from"])
    url, into = merge_page(people.food), people.fun.pk
    open_first_page(bob)

    with django_assert_num_queries(5):
        bob.get(url, {"into": into})


@pytest.mark.parametrize("into", ["", "0", "nobody", "99999999999999999999", "a\0b", "foreign", "itself", "archived"])
def test_a_merge_into_something_else_is_refused_at_the_field(bob, household, people, into):
    people.category("Rent").archive(on=dt.date(2026, 11, 22))
    foreign = people.category("Food", people.others)
    keys = {"foreign": foreign.pk, "itself": people.food.pk, "archived": people.category("Rent").pk}

    response = bob.post(merge_page(people.food), {"into": keys.get(into, into)})

    assert response.status_code == 422
    assert response.context["form"].errors["into"]
    assert household.categories.named("Food").exists()


def test_a_merge_sent_twice_is_done_once(bob, people):
    url, data = merge_page(people.food), {"into": people.fun.pk}

    assert [bob.post(url, data).status_code for _ in range(2)] == [302, 404]


# ── with limits and moves ─────────────────────────────────────────────────────────────────────────

SEP, OCT, NOV, DEC = (Month(2026, month) for month in (9, 10, 11, 12))


def rules(household, category):
    return [(str(limit.month), limit.amount, limit.leftover) for limit in household.limits.of(category).oldest_first()]


def with_pool(household, since=SEP):
    household.pool_from = since
    household.save(update_fields=["pool_from"])
    make_income(household, amount="5000", received_on=since.start)


def test_limits_in_force_add_up_month_by_month_and_the_leftover_of_the_other_stands(household, people):
    make_limit(people.food, "100", SEP, "all")
    make_limit(people.food, "150", NOV, "all")
    make_limit(people.fun, "40", OCT, "none")
    make_limit(people.fun, None, DEC, "surplus")

    categories.merge(people.food, into=people.fun)

    assert rules(household, people.fun) == [
        ("2026-09", Decimal(100), "surplus"),  # it had no limit of its own yet
        ("2026-10", Decimal(140), "none"),
        ("2026-11", Decimal(190), "none"),
        ("2026-12", Decimal(150), "surplus"),
    ]
    assert not household.limits.exclude(category=people.fun).exists()


def test_where_both_limits_ended_none_is_in_force(household, people):
    make_limit(people.food, "100", SEP)
    make_limit(people.food, None, OCT)
    make_limit(people.fun, None, NOV)

    categories.merge(people.food, into=people.fun)

    assert [amount for _, amount, _ in rules(household, people.fun)] == [Decimal(100), None, None]


def test_limits_that_are_too_large_together_are_refused_at_the_field(bob, household, people):
    make_limit(people.food, "100000000000", SEP)
    make_limit(people.fun, "0.01", NOV)
    url, into = merge_page(people.food), {"into": people.fun.pk}

    told = bob.post(url, into)

    assert bob.get(url, into).status_code == 200
    assert told.status_code == 422
    assert "together their limit is more than" in told.context["form"].errors["into"][0]
    assert household.limits.count() == 2


def test_moves_follow_and_one_between_the_two_lies_within_the_other(household, people):
    rent = people.category("Rent")
    between = make_transfer(household, "10", month=NOV, source=people.food, destination=people.fun)
    back = make_transfer(household, "10", month=NOV, source=people.fun, destination=people.food, reverses=between)
    other = make_transfer(household, "5", month=NOV, source=rent, destination=people.food)

    categories.merge(people.food, into=people.fun)

    for transfer in (between, back, other):
        transfer.refresh_from_db()
    assert str(between) == str(back) == "within Fun"
    assert str(other) == "Rent to Fun"
    assert {leg.category for leg in household.transfer_legs.all()} == {rent, people.fun}
    assert household.transfer_legs.count() == 6


def test_alerts_of_the_merged_one_are_dropped(household, people):
    for category in (people.food, people.fun):
        Alert.objects.create(household=household, category=category, month=NOV, threshold=Threshold.OVER)

    categories.merge(people.food, into=people.fun)

    assert [alert.category for alert in household.alerts.all()] == [people.fun]


@pytest.mark.parametrize("seed", range(12))
def test_the_preview_says_what_merging_does_and_the_books_balance(household, people, seed):
    chance = random.Random(seed)
    with_pool(household)
    some = [people.food, people.fun, people.category("Rent")]
    make_things(household, some, chance)
    if seed % 3 == 0:
        archiving.archive(people.food, on=TODAY)
    food = people.food
    planned = categories.merging(food, *categories.read(household), into=people.fun, today=TODAY).planned
    pools = {found.month: found.pool.amount for found in walk(figures.read(household), NOV) if found.pool}

    categories.merge(food, into=people.fun)

    found = list(walk(figures.read(household), NOV))
    assert planned.merged == found[-1].envelopes.get(people.fun.pk, planned.merged)
    assert planned.pool_after == found[-1].pool.amount
    assert planned.earlier == [at.month for at in found[:-1] if at.pool and at.pool.amount != pools[at.month]]
    assert_books_balance(household)


def test_the_page_shows_left_and_to_assign_before_and_after(bob, household, people):
    with_pool(household, NOV)
    make_limit(people.food, "100", OCT)
    make_limit(people.fun, "40", OCT)
    make_expense(household, category=people.food, amount="112.50", spent_on=dt.date(2026, 10, 5))
    make_expense(household, category=people.fun, amount="20", spent_on=dt.date(2026, 10, 5))

    page = bob.get(merge_page(people.food), {"into": people.fun.pk}).text

    assert 'value="147.50"' in page  # left then: 7.50 of October stays, and 140 comes
    assert 'value="4840.00"' in page
    assert 'value="4852.50"' in page  # what Food was over is paid by what Fun had left
    assert "Its limit is" in page
    assert "to assign now" in page


# ── deleting ──────────────────────────────────────────────────────────────────────────────────────


def test_a_category_with_expenses_is_kept_and_says_why(bob, household, people):
    make_expense(household, category=people.food)
    url = f"/categories/{people.food.pk}/delete/"

    asked, told = bob.get(url), bob.post(url)

    assert "Delete category" not in asked.text
    assert told.status_code == 422
    assert "Food has 1 expense. Archive it, or merge it into another category." in told.text
    assert household.expenses.count() == 1


def test_deleting_says_what_undo_can_no_longer_bring_back(bob, household, people):
    make_expense(household, category=people.food)
    household.expenses.all().put_aside(by=people.bob)
    make_expense(household, category=people.food)
    household.expenses.all().recategorise(people.fun, by=people.bob)
    url = f"/categories/{people.food.pk}/delete/"

    asked = bob.get(url).text
    bob.post(url)

    assert "1 expense of it was deleted in the last 30 days" in asked
    assert "1 expense left it by a change of many at once" in asked
    assert not household.categories.named("Food").exists()
    assert not DeletedExpense.objects.exists()
    assert not ExpenseChange.objects.exists()
    assert kept(household) == counted(household)


def test_a_category_that_money_was_moved_to_is_kept_and_says_why(bob, household, people):
    make_transfer(household, "5", month=NOV, source=None, destination=people.food)
    url = f"/categories/{people.food.pk}/delete/"

    asked, told = bob.get(url), bob.post(url)

    assert "Delete category" not in asked.text
    assert "Money was moved to it or from it once." in asked.text
    assert told.status_code == 422
    assert "Food has 1 move. Archive it, or merge it into another category." in told.text
    assert household.transfers.exists()


def test_what_a_category_is_kept_for_is_counted(household, people):
    make_expense(household, category=people.food)
    for _ in range(2):
        make_transfer(household, "5", month=NOV, source=people.food, destination=people.fun)

    with pytest.raises(categories.CategoryKept, match="Food has 1 expense and 2 moves"):
        categories.delete(people.food)

    make_recurring(household, category=people.food)

    with pytest.raises(categories.CategoryKept, match="Food has 1 expense, 2 moves and 1 recurring expense"):
        categories.delete(people.food)


def test_a_category_with_a_recurring_expense_stays(bob, household, people):
    recurring = make_recurring(household, category=people.food)
    url = f"/categories/{people.food.pk}/delete/"

    asked = bob.get(url).text
    refused = bob.post(url)

    assert "1 recurring expense is written down in it." in asked
    assert f'action="{url}"' not in asked
    assert refused.status_code == 422
    assert "Food has 1 recurring expense. Archive it, or merge it into another category." in refused.text
    recurring.refresh_from_db()
    assert recurring.category == people.food


def test_recurring_expenses_and_what_was_dismissed_follow_into_the_other(bob, household, people):
    """What was dismissed in both is dismissed once."""
    recurring = make_recurring(household, category=people.food, settled_until=TODAY)
    for category, look in ((people.food, "rent"), (people.food, "phone"), (people.fun, "phone")):
        household.dismissals.create(category=category, look=look)
    url = f"/categories/{people.food.pk}/merge/"

    asked = bob.get(url, {"into": people.fun.pk}).text
    bob.post(url, {"into": people.fun.pk})

    assert "1 recurring expense follows: what it posts from then on lies in" in asked
    recurring.refresh_from_db()
    assert recurring.category == people.fun
    assert sorted(household.dismissals.values_list("category", "look")) == [
        (people.fun.pk, "phone"),
        (people.fun.pk, "rent"),
    ]


def test_its_limits_go_with_it_and_the_page_says_what_is_to_assign_then(bob, household, people):
    with_pool(household)
    make_limit(people.food, "100", SEP)
    make_limit(people.food, "120", NOV)
    url = f"/categories/{people.food.pk}/delete/"

    asked = bob.get(url).text
    bob.post(url)

    assert "Its 2 limits, of different months, go with it." in asked
    assert 'value="4680.00"' in asked
    assert 'value="5000.00"' in asked
    assert not household.limits.exists()
    assert_books_balance(household)


@pytest.mark.parametrize("rows", [1, 30])
def test_the_page_that_asks_before_deleting_asks_as_much_whatever_there_is(
    bob, household, people, rows, django_assert_num_queries
):
    with_pool(household)
    for i in range(rows):
        make_limit(people.food, "100", Month(2024 + i // 12, i % 12 + 1))
        make_expense(household, category=people.fun, spent_on=dt.date(2024 + i // 12, i % 12 + 1, 1))
    url = f"/categories/{people.food.pk}/delete/"
    open_first_page(bob)

    with django_assert_num_queries(5):
        bob.get(url)


# ── at the same time ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_an_expense_for_a_category_merged_meanwhile_asks_for_another(client, people, monkeypatch):
    """The category was there when the form looked, and merged when the row was written."""
    client.force_login(people.bob)
    food, fun = people.food, people.fun
    save_as = NewExpenseForm.save_as

    def overtaken(self, *args):
        monkeypatch.setattr(NewExpenseForm, "save_as", save_as)
        categories.merge(food, into=fun)
        return save_as(self, *args)

    monkeypatch.setattr(NewExpenseForm, "save_as", overtaken)
    data = {
        "description": "Lunch",
        "amount": "12.50",
        "category": food.pk,
        "spent_on": "2026-11-20",
        "key": str(uuid.uuid4()),
    }

    response = client.post("/expenses/new/", data)

    assert response.status_code == 422
    assert "category" in response.context["form"].errors
    assert "Lunch" in response.text
    assert not Expense.objects.exists()


def test_amounts_of_four_decimals_stay_exact(household, people):
    make_expense(household, category=people.food, amount="0.0001", payment_method=make_method(household))

    categories.merge(people.food, into=people.fun)

    assert household.expenses.of(people.fun).spent() == (Decimal("0.0001"), 1)
