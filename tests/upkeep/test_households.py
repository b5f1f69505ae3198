"""A household deleted by its owner; the totals counted anew by command; the currency until there is an amount."""

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from expenses.alerts.models import Alert, AlertMail, Threshold
from expenses.ledger.models import Expense, MonthTotal
from expenses.people.models import CurrencyFixed, Household, Invitation, User
from expenses.shared.months import Month
from expenses.shared.relations import naming
from expenses.upkeep import households
from tests.factories import make_expense, make_income, make_limit, make_method, make_recurring, make_transfer
from tests.ledger.test_totals import counted, kept

PAGE = "/settings/household/delete/"


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


def fill(people, household):
    method = make_method(household)
    by = household.memberships.first().user
    for _ in range(3):
        make_expense(household, payment_method=method)
    household.expenses.filter(pk=household.expenses.first().pk).put_aside(by=by)
    household.expenses.all().recategorise(people.category("Fun", household), by=by)
    Invitation.objects.create(household=household, invited_by=by)
    food, fun = (people.category(name, household) for name in ("Food", "Fun"))
    november = Month(2026, 11)
    make_limit(food, "100", november)
    make_income(household)
    move = make_transfer(household, "5", month=november, source=food, destination=fun)
    make_transfer(household, "5", month=november, source=fun, destination=food, reverses=move)
    recurring = make_recurring(household, category=food, payment_method=method)
    day = {"nominal_on": recurring.anchor, "due_on": recurring.anchor}
    recurring.occurrences.create(household=household, state="posted", expense=household.expenses.first(), **day)
    household.dismissals.create(category=fun, look="phone")
    alert = Alert.objects.create(household=household, category=food, month=november, threshold=Threshold.NEAR)
    AlertMail.objects.create(household=household, alert=alert, membership=household.memberships.first(), round=1)


def rows_of_all_tables():
    return {
        model.__name__: set(model._base_manager.values_list("pk", flat=True))
        for model in apps.get_app_config("expenses").get_models()
    }


def test_everything_of_the_household_goes_and_nothing_else(people):
    fill(people, people.others)
    before = rows_of_all_tables()
    people.household.delete()
    theirs = rows_of_all_tables()
    people.household = Household.objects.create(name="Again", budget_from="2026-01")
    people.household.add_member(people.alice, "owner")
    people.household.categories.start(people.household)
    fill(people, people.household)

    households.delete(people.household)
    connection.check_constraints()

    assert before != theirs
    assert rows_of_all_tables() == theirs


def test_every_table_of_the_budget_names_its_household():
    """What reaches a household only through something else would be left behind."""
    naming_it = {relation.related_model for relation in naming(Household)}
    models = set(apps.get_app_config("expenses").get_models()) - {Household, User}

    through = {
        model
        for model in models - naming_it
        for field in model._meta.concrete_fields
        if field.related_model in naming_it | {Household}
    }
    assert through == set()


def test_the_page_spells_out_what_goes(alice, people):
    fill(people, people.household)

    page = alice.get(PAGE).text

    for line in (
        "2 expenses",
        "8 categories",
        "3 memberships",
        "1 payment method",
        "1 deleted expense",
        "1 invitation",
        "1 limit",
        "1 income",
        "2 transfers",
    ):
        assert f"<li>{line}</li>" in page


@pytest.mark.parametrize("typed", ["", "alice", "Bob’s household", "a\0b", "x" * 10_000])
def test_another_name_than_its_own_deletes_nothing(alice, people, typed):
    response = alice.post(PAGE, {"name": typed})

    assert response.status_code == 422
    assert response.context["form"].errors["name"]
    assert Household.objects.filter(pk=people.household.pk).exists()


def test_its_name_typed_deletes_it_and_leads_on(alice, people):
    fill(people, people.household)

    response = alice.post(PAGE, {"name": " Alice’s household "})

    assert (response.status_code, response["Location"]) == (302, "/")
    assert not Household.objects.filter(pk=people.household.pk).exists()
    assert User.objects.filter(pk=people.alice.pk).exists()
    assert alice.get("/settings/household/")["Location"] == "/welcome/"


# ── the command ───────────────────────────────────────────────────────────────────────────────────


def break_totals():
    MonthTotal.objects.update(count=7)


@pytest.mark.django_db(transaction=True)  # a command drops connections that a transaction holds
def test_all_households_are_counted(people, capsys):
    make_expense(people.household)
    make_expense(people.others)
    break_totals()

    call_command("rebuild_totals")

    assert kept(people.household) == counted(people.household)
    assert kept(people.others) == counted(people.others)
    assert "2 households counted." in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_one_household_is_counted(people):
    make_expense(people.household)
    make_expense(people.others)
    break_totals()

    call_command("rebuild_totals", people.household.pk)

    assert kept(people.household) == counted(people.household)
    assert kept(people.others) != counted(people.others)


@pytest.mark.django_db(transaction=True)
def test_a_household_that_is_not_there_is_named(people):
    with pytest.raises(CommandError, match="There is no household 99"):
        call_command("rebuild_totals", people.household.pk, 99)


# ── the currency ──────────────────────────────────────────────────────────────────────────────────


def test_the_currency_changes_while_there_is_no_amount(people):
    row = make_expense(people.household)
    with pytest.raises(CurrencyFixed, match="The currency stays USD"):
        people.household.change_currency("JPY")
    row.delete()

    people.household.change_currency("JPY")

    assert Household.objects.get(pk=people.household.pk).currency == "JPY"
    assert not Expense.objects.exists()


def test_what_undo_could_bring_back_is_an_amount_too(people):
    make_expense(people.household)
    people.household.expenses.all().put_aside(by=people.alice)

    assert people.household.has_amounts()
    assert not people.others.has_amounts()
