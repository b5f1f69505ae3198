"""Payment methods: named, archived, brought back, deleted while nothing was paid with them."""

import pytest
from bs4 import BeautifulSoup

from tests.factories import make_expense, make_method, make_recurring
from tests.people import TODAY

METHODS = "/settings/payment-methods/"


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


def page(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def test_a_method_is_added_and_renamed(alice, people):
    alice.post(f"{METHODS}new/", {"name": " Credit   card "})
    method = people.household.payment_methods.get()
    alice.post(f"{METHODS}{method.pk}/edit/", {"name": "CREDIT CARD"})

    assert method.name == "Credit card"
    assert people.household.payment_methods.get().name == "CREDIT CARD"
    assert "CREDIT CARD" in page(alice.get(METHODS)).select_one(".row-name").text


@pytest.mark.parametrize(
    "name", ["", " ", "x" * 51, "x" * 10_000, "card", "CASH", "bell\x07", "nul\x00", "\ufdfa" * 50]
)
@pytest.mark.parametrize("path", ["new/", "{pk}/edit/"])
def test_names_that_will_not_do_are_a_sentence_at_the_field(alice, people, name, path):
    make_method(people.household, "Card")
    make_method(people.household, "Cash").archive(on=TODAY)
    mine = make_method(people.household, "Mine")

    response = alice.post(METHODS + path.format(pk=mine.pk), {"name": name})

    html = page(response)
    assert response.status_code == 422
    assert html.find(id="id_name_error")
    assert (html.select_one("[name=name]").get("value") or "").strip() == name.strip()
    assert "Mine" in html.h1.text or path == "new/"
    assert people.household.payment_methods.count() == 3


def test_the_same_name_in_two_households_is_two_methods(alice, people):
    make_method(people.others, "Card")

    assert alice.post(f"{METHODS}new/", {"name": "Card"}).status_code == 302


def test_a_method_of_a_recurring_expense_is_not_deleted(alice, people):
    card = make_method(people.household, "Card")
    make_recurring(people.household, payment_method=card)

    asked = alice.get(f"{METHODS}{card.pk}/edit/").text
    refused = alice.post(f"{METHODS}{card.pk}/delete/", follow=True).text

    assert "Not while a recurring expense or a statement names it: archive it instead." in asked
    assert f"{METHODS}{card.pk}/delete/" not in asked
    assert "Card is in use and cannot be deleted. Archive it instead." in refused
    assert people.household.payment_methods.filter(pk=card.pk).exists()


def test_an_archived_method_leaves_the_pickers_and_stays_on_its_expenses(alice, people):
    card = make_method(people.household, "Card")
    expense = make_expense(people.household, payment_method=card)

    alice.post(f"{METHODS}{card.pk}/archive/")
    picker = page(alice.get("/expenses/new/")).select_one("[name=payment_method]")
    expense.refresh_from_db()
    alice.post(f"{METHODS}{card.pk}/bring-back/")
    again = page(alice.get("/expenses/new/")).select_one("[name=payment_method]")

    assert "Card" not in picker.text
    assert expense.payment_method == card
    assert "Card" in again.text


def test_only_an_unused_method_is_deleted(alice, people):
    used, free = make_method(people.household, "Used"), make_method(people.household, "Free")
    make_expense(people.household, payment_method=used)

    for method in (used, free):
        alice.post(f"{METHODS}{method.pk}/delete/")

    assert list(people.household.payment_methods.all()) == [used]
    toasts = [toast.p.text for toast in page(alice.get(METHODS)).select(".toast")]
    assert toasts == ["Used is in use and cannot be deleted. Archive it instead.", "Free is deleted."]


def test_a_deleted_expense_keeps_its_method_so_that_it_can_come_back(alice, people):
    card = make_method(people.household, "Card")
    make_expense(people.household, payment_method=card)
    batch = people.household.expenses.all().put_aside(by=people.alice)

    html = page(alice.get(f"{METHODS}{card.pk}/edit/"))
    alice.post(f"{METHODS}{card.pk}/delete/")
    alice.post(f"/expenses/undo/{batch}/")

    assert html.select_one(f"form[action$='{card.pk}/delete/']") is None
    assert people.household.expenses.get().payment_method == card


def test_a_viewer_sees_them_and_changes_none(client, people):
    make_method(people.household, "Card")
    client.force_login(people.vera)

    html = page(client.get(METHODS))

    assert "Card" in html.main.text
    assert html.main.find("form") is None
    assert html.main.select_one("a.button") is None
