"""A category merged into another one, or deleted."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest

from expenses.categories.models import Category
from expenses.imports.models import ImportRow
from expenses.ledger.forms import NewExpenseForm
from expenses.ledger.models import DeletedExpense, Expense, ExpenseChange, MonthTotal, undo
from expenses.shared.relations import naming
from expenses.upkeep import categories
from tests.factories import make_expense, make_import, make_method
from tests.ledger.test_totals import counted, kept


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

    assert {"Expense", "DeletedExpense", "ExpenseChange", "MonthTotal"} <= known


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

    url, into = merge_page(people.food), people.fun.pk

    with django_assert_num_queries(8):
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
