"""Changing an expense, in the list and on a page of its own; deleting it and getting it back."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup

from expenses.ledger.models import DeletedExpense, Expense
from tests.factories import make_expense, make_method
from tests.people import TODAY


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


def page(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def url(expense, what="edit") -> str:
    return f"/expenses/{expense.pk}/{what}/"


def in_row(expense, query="") -> dict[str, str]:
    """What htmx says when a row of the list asks."""
    return {
        "HX-Request": "true",
        "HX-Target": f"expense-{expense.pk}",
        "HX-Current-URL": f"http://testserver/expenses/?{query}",
    }


def form_of(response) -> dict[str, str]:
    """What a browser would send of the form as it stands."""
    html = page(response)
    form = html.select_one("form:has([name=seen])")
    fields = {field["name"]: field.get("value", "") for field in form.select("input[name]")}
    fields |= {area["name"]: area.text.strip("\n") for area in form.select("textarea")}
    for select in form.select("select"):
        option = select.select_one("[selected]")
        fields[select["name"]] = option["value"] if option else ""
    return fields


def test_the_form_sent_back_untouched_changes_nothing(alice, people):
    expense = make_expense(
        people.household, amount="-3.50", notes="Kept", payment_method=make_method(people.household)
    )
    before = Expense.objects.values().get()

    response = alice.post(url(expense), form_of(alice.get(url(expense))))

    after = Expense.objects.values().get()
    assert response.status_code == 302
    assert after | {"updated_at": None} == before | {"updated_at": None}


def test_every_field_can_be_changed(alice, people):
    expense, card = make_expense(people.household), make_method(people.household)
    changed = {
        "amount": "7+1", "description": " Bus  pass ", "category": people.fun.pk, "spent_on": "2026-10-01",
        "payment_method": card.pk, "notes": "Monthly",
    }  # fmt: skip

    response = alice.post(url(expense), form_of(alice.get(url(expense))) | changed | {"next": "/months/2026-10/"})

    expense.refresh_from_db()
    assert response["Location"] == "/months/2026-10/"
    assert (expense.amount, expense.description, expense.category) == (Decimal(8), "Bus pass", people.fun)
    assert (expense.spent_on, expense.payment_method, expense.notes) == (dt.date(2026, 10, 1), card, "Monthly")
    assert expense.recorded_by == people.alice
    assert list(people.household.expenses.matching("monthly")) == [expense]


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", "0"), ("amount", "12.345"), ("amount", "1e999"), ("description", ""), ("description", "x" * 10_000),
     ("description", "nul\x00"), ("spent_on", "9999-01-01"), ("category", "987654"), ("payment_method", "987654"),
     ("seen", "long ago")],
)  # fmt: skip
@pytest.mark.parametrize("asked", ["page", "row"])
def test_what_is_wrong_is_said_and_nothing_is_written(alice, people, field, value, asked):
    expense = make_expense(people.household)
    headers = in_row(expense) if asked == "row" else {}
    form = form_of(alice.get(url(expense), headers=headers)) | {"notes": "Typed"}

    response = alice.post(url(expense), form | {field: value}, headers=headers)

    html = page(response)
    assert response.status_code == 422
    assert html.find(role="alert")
    assert html.select_one("textarea").text.strip() == "Typed"
    assert Expense.objects.get().notes == ""
    assert (html.find("html") is None) == (asked == "row")


def test_a_row_becomes_a_form_and_a_row_again(alice, people):
    expense = make_expense(people.household)

    form = page(alice.get(url(expense), headers=in_row(expense)))
    row = page(alice.get(f"/expenses/{expense.pk}/", headers=in_row(expense)))

    assert form.select_one("li")["id"] == row.select_one("li")["id"] == f"expense-{expense.pk}"
    assert form.find("html") is None
    assert row.find("html") is None
    assert form.find(string="Cancel").parent["hx-get"] == f"/expenses/{expense.pk}/"


def test_saving_a_row_gives_it_back_with_the_sums_around_it(alice, people):
    expense = make_expense(people.household, amount="10", category=people.food)
    make_expense(people.household, amount="5", category=people.food)
    make_expense(people.household, amount="99", category=people.fun)
    headers = in_row(expense, f"category={people.food.pk}")
    form = form_of(alice.get(url(expense), headers=headers))

    html = page(alice.post(url(expense), form | {"amount": "20"}, headers=headers))

    assert html.select_one(f"#expense-{expense.pk} data")["value"] == "20.00"
    assert html.select_one("#total-2026-11-20 data")["value"] == "25.00"
    assert html.select_one("#found[hx-swap-oob] data.total")["value"] == "25.00"
    assert html.select_one("#shares[hx-swap-oob] data")["value"] == "25.00"


@pytest.mark.parametrize(
    ("query", "field", "value"), [("", "spent_on", "2026-11-01"), ("q=groc", "description", "Milk")]
)
def test_a_row_that_leaves_its_place_has_the_list_read_anew(alice, people, query, field, value):
    expense = make_expense(people.household)
    headers = in_row(expense, query)
    form = form_of(alice.get(url(expense), headers=headers))

    response = alice.post(url(expense), form | {field: value}, headers=headers)

    assert (response.status_code, response["HX-Refresh"]) == (204, "true")
    assert str(getattr(Expense.objects.get(), field)) == value


def test_a_row_refused_for_its_date_still_knows_where_it_stood(alice, people):
    expense = make_expense(people.household)
    form = form_of(alice.get(url(expense), headers=in_row(expense)))

    refused = alice.post(url(expense), form | {"spent_on": "2026-11-01", "amount": "x"}, headers=in_row(expense))
    saved = alice.post(url(expense), form_of(refused) | {"amount": "1"}, headers=in_row(expense))

    assert refused.status_code == 422
    assert saved["HX-Refresh"] == "true"


def test_nobody_writes_over_what_they_have_not_seen(alice, people):
    expense = make_expense(people.household, "Groceries", "10")
    opened = form_of(alice.get(url(expense)))
    expense.description = "Bob’s groceries"
    expense.rewrite(seen=expense.updated_at)

    refused = alice.post(url(expense), opened | {"amount": "11"})
    kept = Expense.objects.get()
    again = alice.post(url(expense), form_of(refused))

    html = page(refused)
    assert refused.status_code == 422
    assert "It now reads: “Bob’s groceries”, 10.00, Rent, 20 Nov 2026" in html.find(role="alert").text
    assert html.select_one("[name=amount]")["value"] == "11"
    assert (kept.description, kept.amount) == ("Bob’s groceries", Decimal(10))
    assert again.status_code == 302
    assert (Expense.objects.get().description, Expense.objects.get().amount) == ("Groceries", Decimal(11))


def test_the_archived_category_and_method_of_a_row_can_stay(alice, people):
    card = make_method(people.household)
    expense = make_expense(people.household, category=people.fun, payment_method=card)
    people.fun.archive(on=TODAY)
    card.archive(on=TODAY)
    people.food.archive(on=TODAY)

    html = page(alice.get(url(expense)))
    response = alice.post(url(expense), form_of(alice.get(url(expense))) | {"amount": "2"})

    assert "Fun" in html.select_one("[name=category]").text
    assert "Food" not in html.select_one("[name=category]").text
    assert response.status_code == 302
    assert Expense.objects.get().category == people.fun


def test_an_amount_of_more_decimals_than_can_be_typed_can_stay(alice, people):
    expense = make_expense(people.household, amount="1.2345")

    response = alice.post(url(expense), form_of(alice.get(url(expense))) | {"notes": "From a statement"})

    assert response.status_code == 302
    assert Expense.objects.get().amount == Decimal("1.2345")


def test_deleting_is_one_click_and_so_is_undo(alice, people):
    expense = make_expense(people.household)
    before = Expense.objects.values().get()

    deleted = alice.post(url(expense, "delete"), {"next": "/expenses/?month=2026-11"})
    gone = Expense.objects.exists()
    html = page(alice.get(deleted["Location"]))
    undone = alice.post(html.select_one(".toast form")["action"])

    assert deleted["Location"] == "/expenses/?month=2026-11"
    assert not gone
    assert html.select_one(".toast p").text == "Deleted Groceries."
    assert undone["Location"] == "/expenses/?month=2026-11"
    assert Expense.objects.values().get() == before
    assert page(alice.get("/expenses/")).select_one(".toast p").text == "Brought back 1 expense."


def test_deleting_twice_is_not_found_and_does_no_harm(alice, people):
    expense = make_expense(people.household)

    alice.post(url(expense, "delete"))
    second = alice.post(url(expense, "delete"))

    assert second.status_code == 404
    assert DeletedExpense.objects.count() == 1


def test_a_row_deleted_in_the_list_has_it_read_anew(alice, people):
    expense = make_expense(people.household)

    response = alice.post(url(expense, "delete"), headers=in_row(expense))

    assert (response.status_code, response["HX-Refresh"]) == (204, "true")


def test_what_cannot_be_undone_is_a_sentence(alice, people):
    batch = uuid.uuid4()

    alice.post(f"/expenses/undo/{batch}/")

    assert "nothing left to undo" in page(alice.get("/expenses/")).select_one(".toast p").text


def test_a_stranger_undoes_nothing(client, people):
    make_expense(people.household)
    batch = people.household.expenses.all().put_aside(by=people.alice)
    client.force_login(people.charlie)

    client.post(f"/expenses/undo/{batch}/")

    assert not Expense.objects.exists()


@pytest.mark.parametrize("what", ["", "edit/", "delete/"])
@pytest.mark.parametrize("pk", ["0", "987654", "9" * 30])
def test_what_is_not_there_is_not_found(alice, pk, what):
    path = f"/expenses/{pk}/{what}"

    assert (alice.post(path) if what == "delete/" else alice.get(path)).status_code == 404


@pytest.mark.parametrize("path", ["/expenses/{pk}/delete/", "/expenses/undo/00000000-0000-0000-0000-000000000000/"])
def test_looking_at_an_address_changes_nothing(alice, people, path):
    expense = make_expense(people.household)

    assert alice.get(path.format(pk=expense.pk)).status_code == 405
    assert Expense.objects.exists()
