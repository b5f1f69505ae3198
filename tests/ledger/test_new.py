"""Writing an expense down."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup

from expenses.ledger.models import Expense, MonthTotal
from tests.factories import make_expense, make_method
from tests.people import TODAY

NEW = "/expenses/new/"


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


def entry(people, **fields) -> dict[str, object]:
    return {
        "amount": "12.50", "description": "Groceries", "category": people.food.pk, "spent_on": "2026-11-20",
        "key": str(uuid.uuid4()),
    } | fields  # fmt: skip


def page(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def said(client) -> list[str]:
    return [toast.p.text for toast in page(client.get("/expenses/")).select(".toast")]


def test_an_expense_is_written_with_all_that_was_said(alice, people):
    card = make_method(people.household)

    response = alice.post(NEW, entry(people, notes="For two\nweeks", payment_method=card.pk))

    row = people.household.expenses.get()
    assert response["Location"] == "/expenses/"
    assert (row.amount, row.description, row.category, row.spent_on) == (
        Decimal("12.50"), "Groceries", people.food, dt.date(2026, 11, 20),
    )  # fmt: skip
    assert (row.payment_method, row.notes.split(), row.recorded_by) == (card, ["For", "two", "weeks"], people.alice)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("12,50", "12.50"), ("1 234.50", "1234.50"), ("12.50+3.20", "15.70"), ("-5", "-5"), ("1.234,50", "1234.50")],
)
def test_amounts_are_read_as_people_write_them(alice, people, typed, amount):
    alice.post(NEW, entry(people, amount=typed))

    assert people.household.expenses.get().amount == Decimal(amount)


def test_it_says_what_it_did_to_the_month(alice, people):
    make_expense(people.household, amount="300", category=people.food)
    make_expense(people.household, amount="99", category=people.fun)

    alice.post(NEW, entry(people, amount="17.60"))

    assert said(alice) == ["Saved. Food: 317.60 spent in November."]


def test_a_month_of_another_year_is_named_with_it(alice, people):
    alice.post(NEW, entry(people, spent_on="2025-03-01"))

    assert said(alice) == ["Saved. Food: 12.50 spent in March 2025."]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("amount", "", "Write an amount"),
        ("amount", "0", "zero"),
        ("amount", "NaN", "is not an amount"),
        ("amount", "1e999", "is not an amount"),
        ("amount", "12.345", "unclear"),
        ("amount", "100000000001", "more than"),
        ("amount", "-100000000001", "more than"),
        ("amount", "1.2.3", "strange order"),
        ("amount", "9" * 10_000, ""),
        ("amount", "5\x00", ""),
        ("description", "", "Write what it was"),
        ("description", "x" * 10_000, "at most 200"),
        ("description", "nul\x00", ""),
        ("description", "bell\x07", "control characters"),
        ("notes", "x" * 10_001, "at most 10000"),
        ("notes", "bell\x07", "control characters"),
        ("category", "", "Choose a category"),
        ("category", "987654", "Choose one of the categories"),
        ("category", "x", "Choose one of the categories"),
        ("payment_method", "987654", "Choose one of the payment methods"),
        ("new_method", "y" * 51, "at most 50"),
        ("new_method", "\ufdfa" * 50, "too long"),
        ("new_method", "bell\x07", "control characters"),
        ("spent_on", "", "Choose a date"),
        ("spent_on", "0000-01-01", "Write a date"),
        ("spent_on", "9999-12-31", "Write a date between 1900 and 2200"),
        ("spent_on", "1899-12-31", "Write a date between 1900 and 2200"),
        ("spent_on", "2026-02-30", "Write a date"),
        ("spent_on", "yesterday", "Write a date"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_lost(alice, people, field, value, sentence):
    response = alice.post(NEW, entry(people, notes="Kept") | {field: value})

    html = page(response)
    assert response.status_code == 422
    assert sentence in html.find(id=f"id_{field}_error").text
    assert html.find(role="alert").a["href"] == f"#id_{field}"
    kept = value if field == "description" else "Groceries"
    assert html.select_one("[name=description]").get("value", "") == kept
    assert html.select_one("[name=notes]").text.strip() == (value.strip() if field == "notes" else "Kept")
    assert not Expense.objects.exists()
    assert not people.household.payment_methods.exists()


@pytest.mark.parametrize("starts_on", [1, 15, 16, 28])
@pytest.mark.parametrize("day", ["1900-01-01", "2200-12-31"])
def test_the_first_and_last_days_of_all_never_fail(alice, people, starts_on, day):
    people.household.month_starts_on = starts_on
    people.household.save()

    response = alice.post(NEW, entry(people, spent_on=day))

    assert response.status_code in (302, 422)
    assert people.household.expenses.count() == (response.status_code == 302)
    assert alice.get("/expenses/").status_code == 200


def test_what_belongs_to_others_is_refused_at_the_field(alice, people):
    theirs, method = people.category("Food", people.others), make_method(people.others)

    response = alice.post(NEW, entry(people, category=theirs.pk, payment_method=method.pk))

    assert response.status_code == 422
    assert page(response).find(id="id_category_error")
    assert page(response).find(id="id_payment_method_error")


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\u202eesrever", "𝔘𝔫𝔦 🧾 café", "=1+1", "' OR 1=1 --"])
def test_odd_text_is_kept_as_text(alice, people, text):
    alice.post(NEW, entry(people, description=text, notes=text))

    row = people.household.expenses.get()
    html = page(alice.get("/expenses/"))
    assert (row.description, row.notes) == (text, text)
    assert html.select_one(".expense-what .isolated").text == text


def test_the_same_form_sent_twice_writes_one_expense(alice, people):
    form = entry(people, new_method="Card")

    first, second = alice.post(NEW, form), alice.post(NEW, form)

    assert people.household.expenses.count() == 1
    assert people.household.payment_methods.count() == 1
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert MonthTotal.objects.get().count == 1


def test_a_used_key_with_other_content_is_refused_once_and_nothing_is_lost(alice, people):
    form = entry(people)
    alice.post(NEW, form)

    refused = alice.post(NEW, form | {"description": "Something else"})
    html = page(refused)
    again = alice.post(NEW, form | {"description": "Something else", "key": html.select_one("[name=key]")["value"]})

    assert refused.status_code == 422
    assert "“Groceries” already" in html.find(role="alert").text
    assert html.select_one("[name=description]")["value"] == "Something else"
    assert again.status_code == 302
    assert people.household.expenses.count() == 2


def test_a_form_whose_expense_was_deleted_does_not_write_it_again_unasked(alice, people):
    form = entry(people)
    alice.post(NEW, form)
    batch = people.household.expenses.all().put_aside(by=people.alice)

    refused = alice.post(NEW, form)
    alice.post(NEW, form | {"key": page(refused).select_one("[name=key]")["value"]})
    response = alice.post(f"/expenses/undo/{batch}/")

    assert refused.status_code == 422
    assert "deleted since" in page(refused).find(role="alert").text
    assert response.status_code == 302
    assert people.household.expenses.count() == 2


def test_a_key_of_another_household_is_free_here(client, people):
    key = str(uuid.uuid4())
    make_expense(people.others, key=key)
    client.force_login(people.alice)

    client.post(NEW, entry(people, key=key))

    assert people.household.expenses.count() == 1


def test_an_unreadable_key_costs_nobody_their_typing(alice, people):
    response = alice.post(NEW, entry(people, key="not a uuid"))

    assert response.status_code == 302


def test_one_more_keeps_the_day_the_method_and_the_way_back(alice, people):
    card = make_method(people.household)

    response = alice.post(NEW, entry(people, payment_method=card.pk, another="1", next="/months/2026-11/"))
    html = page(alice.get(response["Location"]))

    assert html.select_one("[name=spent_on]")["value"] == "2026-11-20"
    assert html.select_one("[name=payment_method] [selected]")["value"] == str(card.pk)
    assert html.select_one("[name=next]")["value"] == "/months/2026-11/"
    assert html.select_one("[name=category][checked]") is None
    assert html.select_one("[name=amount]").get("value") is None
    assert html.select_one(".toast p").text.startswith("Saved. Food")


def test_what_a_link_names_is_filled_in(alice, people):
    html = page(alice.get(NEW, {"spent_on": "2026-10-05", "category": people.fun.pk}))

    assert html.select_one("[name=spent_on]")["value"] == "2026-10-05"
    assert html.select_one("[name=category][checked]")["value"] == str(people.fun.pk)


@pytest.mark.parametrize("query", ["spent_on=x&category=x&payment_method=x", "category=987654", "spent_on=2026-02-30"])
def test_what_a_link_names_wrongly_is_left_out(alice, query):
    html = page(alice.get(f"{NEW}?{query}"))

    assert html.select_one("[name=spent_on]")["value"] == "2026-11-22"
    assert html.select_one("[name=category][checked]") is None


def test_categories_stand_most_used_first_without_archived_ones(alice, people):
    people.category("Rent").archive(on=TODAY)
    for category in (people.fun, people.fun, people.food):
        make_expense(people.household, category=category)

    html = page(alice.get(NEW))

    names = [chip.get_text(strip=True) for chip in html.select("#id_category .chip")]
    assert names == ["Fun", "Food", "Transport", "Bills", "Health", "Dining", "Gifts"]
    assert html.select_one("#id_category circle")["fill"] == people.fun.color


def test_past_descriptions_are_offered_once_with_what_they_had_last(alice, people):
    card = make_method(people.household)
    make_expense(people.household, "Bakery", category=people.fun, spent_on=dt.date(2026, 11, 1))
    make_expense(people.household, "bakery", category=people.food, payment_method=card)
    make_expense(people.household, "Cinema", category=people.fun, spent_on=dt.date(2026, 11, 2))

    options = page(alice.get(NEW)).select("datalist option")

    assert [(o["value"], o["data-category"], o.get("data-payment_method")) for o in options] == [
        ("bakery", str(people.food.pk), str(card.pk)),
        ("Cinema", str(people.fun.pk), None),
    ]


def test_a_new_payment_method_is_made_on_the_way(alice, people):
    alice.post(NEW, entry(people, new_method="  Travel   card "))
    alice.post(NEW, entry(people, new_method="TRAVEL CARD"))

    assert [method.name for method in people.household.payment_methods.all()] == ["Travel card"]
    assert {row.payment_method.name for row in people.household.expenses.all()} == {"Travel card"}


def test_an_archived_method_that_is_named_again_is_back(alice, people):
    card = make_method(people.household, "Card")
    card.archive(on=TODAY)

    alice.post(NEW, entry(people, new_method="card"))

    card.refresh_from_db()
    assert not card.is_archived
    assert people.household.expenses.get().payment_method == card


def test_without_a_category_the_page_says_how_to_make_one(alice, people):
    for category in people.household.categories.all():
        category.archive(on=TODAY)

    html = page(alice.get(NEW))

    assert html.select_one("[data-sheet] .is-primary")["href"] == "/categories/new/?next=/expenses/new/"
    assert html.select_one("[name=amount]") is None


def test_a_viewer_may_not(client, people):
    client.force_login(people.vera)

    assert client.get(NEW).status_code == 403
    assert client.post(NEW, entry(people)).status_code == 403
    assert not people.household.expenses.exists()


DIALOG = {"HX-Request": "true", "HX-Target": "dialog"}


def test_in_a_dialog_faults_stay_in_it_and_saving_leads_back(alice, people):
    refused = alice.post(NEW, entry(people, amount="x"), headers=DIALOG)
    saved = alice.post(NEW, entry(people, next="/months/2026-11/"), headers=DIALOG)

    assert refused.status_code == 422
    assert page(refused).select_one("[data-sheet] [name=amount]")["value"] == "x"
    assert (saved.status_code, saved["HX-Redirect"]) == (204, "/months/2026-11/")


@pytest.mark.parametrize(
    ("sent", "back"),
    [
        ({"headers": {"Referer": "http://testserver/months/2026-11/?x=1"}}, "/months/2026-11/?x=1"),
        ({"headers": {"Referer": "http://evil.example/months/"}}, "/expenses/"),
        ({"headers": {"Referer": "http://testserver/expenses/new/"}}, "/expenses/"),
        ({"query_params": {"next": "//evil.example/"}}, "/expenses/"),
        ({"query_params": {"next": "/reports/"}}, "/reports/"),
    ],
)  # fmt: skip
def test_the_way_back_is_the_page_one_came_from(alice, sent, back):
    html = page(alice.get(NEW, **sent))

    assert html.select_one("[name=next]")["value"] == back


@pytest.mark.parametrize(("currency", "typed", "amount"), [("JPY", "1200", "1200"), ("KWD", "1.250", "1.250")])
def test_the_currency_says_how_many_decimals_there_are(alice, people, currency, typed, amount):
    people.household.currency = currency
    people.household.save()

    alice.post(NEW, entry(people, amount=typed))
    refused = alice.post(NEW, entry(people, amount="1.2345"))

    assert people.household.expenses.get().amount == Decimal(amount)
    assert refused.status_code == 422
