"""Lists as files: what the page is narrowed to, at once, in few queries, by anybody who may read."""

import csv
import io

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from expenses.ledger import forms
from expenses.shared import files, xlsx
from expenses.shared.months import Month
from tests.factories import make_expense, make_income, make_limit, make_method, make_recurring, make_transfer
from tests.people import open_first_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def vera(client, people):
    client.force_login(people.vera)
    return client


def read(response):
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"), newline="")))


def sheet(response):
    assert response.status_code == 200
    return CalamineWorkbook.from_filelike(io.BytesIO(response.getvalue())).get_sheet_by_index(0).to_python()


def test_a_viewer_downloads_the_expenses_that_the_list_is_narrowed_to(vera, people):
    card = make_method(people.household)
    make_expense(people.household, "=Lunch", "12.5", category=people.food, notes="two\nlines", payment_method=card)
    make_expense(people.household, "Cinema", category=people.fun)
    make_expense(people.others, "Not hers")

    found = read(vera.get(reverse("expenses:csv"), {"category": people.food.pk}))

    assert found == [
        {
            "Date": "2026-11-20",
            "Description": "'=Lunch",
            "Category": "Food",
            "Amount": "12.50",
            "Currency": "USD",
            "Paid with": "Card",
            "Written by": "Alice",
            "Notes": "two\nlines",
        }
    ]


def test_the_same_as_a_sheet(vera, people):
    make_expense(people.household, "=Lunch", "12.5", category=people.food)

    found = sheet(vera.get(reverse("expenses:xlsx"), {"q": "lunch"}))

    assert found[0] == ["Date", "Description", "Category", "Amount", "Currency", "Paid with", "Written by", "Notes"]
    assert [str(found[1][0]), *found[1][1:5]] == ["2026-11-20", "=Lunch", "Food", 12.5, "USD"]


def test_ticked_expenses(vera, people):
    chosen, _ = make_expense(people.household, "Chosen"), make_expense(people.household, "Other")
    theirs = make_expense(people.others, "Not hers")

    found = read(vera.post(reverse("expenses:csv"), {"expense": [chosen.pk, theirs.pk]}))

    assert [row["Description"] for row in found] == ["Chosen"]


@pytest.mark.parametrize("given", [{}, {"expense": "x"}, {"expense": "9" * 30}, {"expense": [1, 2, 3]}])
def test_nothing_ticked_or_too_many_leads_back_with_a_sentence(vera, people, given, monkeypatch):
    monkeypatch.setattr(forms, "CHOSEN", 2)

    response = vera.post(reverse("expenses:csv"), given, follow=True)

    assert response.redirect_chain[-1][0] == reverse("expenses:index")
    sentence = "These are more than 2." if len(given.get("expense", "")) == 3 else "No expense is chosen."
    assert sentence in response.content.decode()


@pytest.mark.parametrize(
    "query", [{"from": "2026-13-01"}, {"category": "9" * 30}, {"at_least": "NaN"}, {"month": "nul\0"}]
)
def test_a_filter_that_cannot_be_read_leads_to_the_list_that_names_it(vera, query):
    response = vera.get(reverse("expenses:csv"), query)

    assert response.status_code == 302
    assert response.url.startswith(reverse("expenses:index"))


def test_more_than_a_sheet_holds_goes_on_in_the_next(vera, people, monkeypatch):
    monkeypatch.setattr(xlsx, "ROWS", 2)
    make_expense(people.household, "First")
    make_expense(people.household, "Second")

    response = vera.get(reverse("expenses:xlsx"))

    book = CalamineWorkbook.from_filelike(io.BytesIO(response.getvalue()))
    found = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    assert [[row[1] for row in rows] for rows in found] == [["Description", "Second"], ["Description", "First"]]


def test_incomes(vera, people):
    make_income(people.household, "Salary", "3240")
    make_income(people.household, "Earlier", "1", received_on="2026-10-01")

    assert read(vera.get(reverse("incomes:csv"), {"month": "2026-11"})) == [
        {"Date": "2026-11-20", "Description": "Salary", "Amount": "3240.00", "Currency": "USD", "Written by": "Alice"}
    ]


def test_moves_limits_categories_and_what_comes_again(vera, people):
    make_limit(people.food, "400", Month(2026, 1))
    make_limit(people.food, None, Month(2026, 5))
    make_transfer(people.household, "20", month=Month(2026, 11), source=None, destination=people.food)
    make_recurring(people.household, "Rent", "900")
    make_expense(people.household, category=people.food)

    moves, limits = read(vera.get(reverse("transfers:csv"))), read(vera.get(reverse("budgets:csv")))
    categories, recurring = read(vera.get(reverse("categories:csv"))), read(vera.get(reverse("recurring:csv")))

    assert (moves[0]["From"], moves[0]["To"], moves[0]["Amount"]) == ("To assign", "Food", "20.00")
    assert [(row["From month"], row["Limit"]) for row in limits] == [("2026-01", "400.00"), ("2026-05", "")]
    assert [(row["Expenses"], row["Spent"]) for row in categories if row["Category"] == "Food"] == [("1", "12.50")]
    assert (recurring[0]["Description"], recurring[0]["First on"]) == ("Rent", "2026-12-01")


@pytest.mark.parametrize("name", ["expenses", "incomes", "transfers", "budgets", "categories", "recurring"])
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_empty_list_is_a_header(vera, name, ending):
    response = vera.get(reverse(f"{name}:{ending}"))

    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment; ")
    assert response.getvalue()


# Session and member; what the filter of the expenses may choose from; one for each page.
@pytest.mark.parametrize(("name", "queries"), [("expenses", 2 + 3 + 3), ("incomes", 2 + 3)])
def test_the_queries_follow_the_pages_and_not_the_rows(
    vera, people, name, queries, django_assert_num_queries, monkeypatch
):
    monkeypatch.setattr(files, "PAGE", 4)
    for number in range(10):
        make_expense(people.household, f"{number}")
        make_income(people.household, f"{number}")
    open_first_page(vera)

    with django_assert_num_queries(queries):
        found = read(vera.get(reverse(f"{name}:csv")))

    assert [row["Description"] for row in found] == [str(number) for number in reversed(range(10))]


def test_the_pages_lead_to_their_files(vera, people):
    make_expense(people.household)
    make_income(people.household)
    make_recurring(people.household)
    make_transfer(people.household, "20", month=Month(2026, 11), source=people.fun, destination=people.food)

    for name in ("expenses", "incomes", "transfers", "recurring", "categories"):
        page = vera.get(reverse(f"{name}:index")).content.decode()
        assert f'href="{reverse(f"{name}:csv")}"' in page, name
        assert f'href="{reverse(f"{name}:xlsx")}"' in page, name
    assert reverse("budgets:csv") in vera.get(reverse("budgets:index", args=["2026-11"])).content.decode()
