"""The list: days, paging, what it comes to, and what it asks of the database."""

import datetime as dt
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup

from expenses.ledger import models
from expenses.ledger.listing import PAGE
from tests.factories import DAY, make_expense, make_method
from tests.people import open_first_page


def page(client, path="/expenses/", **headers) -> BeautifulSoup:
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def described(html) -> list[str]:
    return [link.get_text(strip=True) for link in html.select(".expense-what")]


def fill(people, count: int) -> None:
    category, method = people.food, make_method(people.household)
    models.Expense.objects.bulk_create(
        models.Expense(
            household=people.household,
            category=category,
            recorded_by=people.alice,
            payment_method=method,
            description=f"Number {number}",
            amount=Decimal(number + 1),
            spent_on=DAY - dt.timedelta(days=number // 40),
        )
        for number in range(count)
    )


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


def test_expenses_stand_under_their_day_newest_first(alice, people):
    make_expense(people.household, "Old", "5", spent_on=dt.date(2025, 3, 1))
    make_expense(people.household, "First", "10")
    make_expense(people.household, "Refund", "-2.50")

    html = page(alice)

    assert described(html) == ["Refund", "First", "Old"]
    days = html.select(".day-head")
    assert [day.time["datetime"] for day in days] == ["2026-11-20", "2025-03-01"]
    assert [day.select_one("data.amount.total")["value"] for day in days] == ["7.50", "5.00"]
    assert "2025" in days[1].time.text
    assert html.select_one(".is-refund data.amount").text == "+2.50"
    assert html.select_one(".found data.total")["value"] == "12.50"


def test_a_day_total_is_of_the_whole_day_whatever_the_page_shows(alice, people):
    fill(people, 60)

    first = page(alice)
    second = page(alice, first.select_one("#next-link")["href"])

    heads = {day.time["datetime"]: day.select_one("data")["value"] for day in first.select(".day-head")}
    assert heads["2026-11-20"] == f"{sum(range(1, 41))}.00"
    assert heads["2026-11-19"] == f"{sum(range(41, 61))}.00"  # half of it stands on the next page
    assert len(first.select(".expense")) == PAGE
    assert len(second.select(".expense")) == 10
    assert "continued" in second.select_one(".day-head").text
    assert second.select_one("#total-2026-11-19") is None  # the page before has it


def test_day_totals_are_of_what_was_filtered(alice, people):
    make_expense(people.household, "Apples", "3")
    make_expense(people.household, "Pears", "4")

    html = page(alice, "/expenses/?q=pear")

    assert html.select_one(".day-head data")["value"] == "4.00"


def test_paging_shows_each_row_once_though_rows_come_and_go(alice, people):
    fill(people, 130)
    seen, path, household = [], "/expenses/", people.household
    there = set(household.expenses.values_list("pk", flat=True))

    while path:
        html = page(alice, path)
        shown = [int(row["id"].removeprefix("expense-")) for row in html.select(".expense")]
        seen += shown
        household.expenses.with_ids([shown[-1], shown[0]]).put_aside(by=people.bob)  # the cursor's own row as well
        make_expense(household, "New", spent_on=DAY + dt.timedelta(days=1))
        link = html.select_one("#next-link")
        path = link["href"] if link else None

    assert len(seen) == len(set(seen))
    assert set(seen) == there


def test_more_rows_come_as_a_part_of_the_page(alice, people):
    fill(people, 60)
    path = page(alice).select_one("#next-link")["href"]

    html = page(alice, path, hx_request="true", hx_target="ledger")

    assert html.find("html") is None
    assert len(html.select(".expense")) == 10
    assert html.select_one("#next")["hx-swap-oob"] == "true"


def test_a_browser_is_told_that_the_answer_depends_on_who_asks(alice):
    assert "HX-Target" in alice.get("/expenses/")["Vary"]


@pytest.mark.parametrize("count", [1, 200])
@pytest.mark.parametrize(("query", "expected"), [("", 8), ("month=2026-11", 8), ("q=number", 7), ("q=nu", 8)])
def test_the_list_asks_as_much_for_one_row_as_for_many(
    alice, people, django_assert_num_queries, count, query, expected, monkeypatch
):
    monkeypatch.setattr(models, "SHORT_SEARCH", 1)
    fill(people, count)
    open_first_page(alice)

    with django_assert_num_queries(expected):
        html = page(alice, f"/expenses/?{query}")

    assert html.select(".expense")


OTHER_PAGES = [
    "/expenses/new/",
    "/expenses/count/?q=nu",
    "/expenses/bulk/?q=nu",
    "/expenses/{pk}/edit/",
    "/expenses/{pk}/",
    "/settings/payment-methods/",
]


@pytest.mark.parametrize("path", OTHER_PAGES)
@pytest.mark.parametrize("count", [1, 200])
def test_other_pages_stay_within_eight_queries(alice, people, django_assert_max_num_queries, path, count):
    fill(people, count)
    pk = people.household.expenses.first().pk
    open_first_page(alice)

    with django_assert_max_num_queries(8):
        page(alice, path.format(pk=pk))


def test_the_total_of_a_search_follows_the_list(alice, people):
    make_expense(people.household, "Coffee", "4.50")
    make_expense(people.household, "Tea", "2")

    found = page(alice, "/expenses/?q=coffee").select_one("#found")
    part = page(alice, found["hx-get"], hx_request="true", hx_target="found")
    whole = page(alice, found.a["href"])

    assert found.select_one("data") is None
    assert found["hx-trigger"] == "load"
    assert part.select_one("#found data.total")["value"] == "4.50"
    assert part.select_one("#shares data.amount")["value"] == "4.50"
    assert whole.h1
    assert whole.select_one("#found data.total")["value"] == "4.50"


def test_a_search_of_two_letters_says_that_it_looks_at_the_newest_only(alice, people, monkeypatch):
    monkeypatch.setattr(models, "SHORT_SEARCH", 2)
    make_expense(people.household, "Tea, too old", spent_on=dt.date(2020, 1, 1))
    make_expense(people.household, "Tea", spent_on=dt.date(2026, 1, 1))
    make_expense(people.household, "Milk")

    short, long = page(alice, "/expenses/?q=te"), page(alice, "/expenses/?q=tea")

    assert described(short) == ["Tea"]
    assert "newest 10,000" in short.text
    assert described(long) == ["Tea", "Tea, too old"]
    assert "newest" not in long.text


def test_by_category_stands_beside_whole_months(alice, people):
    make_expense(people.household, amount="30", category=people.fun)
    make_expense(people.household, amount="10", category=people.food)
    make_expense(people.household, amount="99", category=people.food, spent_on=dt.date(2026, 10, 1))

    shares = page(alice, "/expenses/?month=2026-11").select(".shares li")

    assert [(s.a.get_text(strip=True), s.data["value"]) for s in shares] == [("Fun", "30.00"), ("Food", "10.00")]
    assert f"month=2026-11&category={people.fun.pk}" in shares[0].a["href"]


def test_notes_stand_behind_a_mark(alice, people):
    make_expense(people.household, notes='Two <b>adults</b> "each"')

    html = page(alice)

    assert html.select_one(".expense-what svg title").text == 'Two <b>adults</b> "each"'
    assert html.select_one(".expense-what b") is None


def test_an_empty_household_is_told_how_to_begin(alice):
    html = page(alice)

    assert html.select_one(".empty a")["href"] == "/expenses/new/"


def test_a_search_without_a_match_says_so(alice, people):
    make_expense(people.household)

    assert "Nothing found." in page(alice, "/expenses/?q=zzz").text


def test_a_viewer_reads_and_finds_nothing_to_change_with(client, people):
    expense = make_expense(people.household, notes="Kept")
    client.force_login(people.vera)

    html = page(client)

    assert html.select_one("input[name=expense], #bulk, .empty a") is None
    assert html.select_one(".expense-what")["href"] == f"/expenses/{expense.pk}/"
    shown = page(client, f"/expenses/{expense.pk}/")
    assert "Kept" in shown.text
    assert "Change" not in shown.main.text


def test_strange_text_is_shown_as_text(alice, people):
    make_expense(people.household, "<script>alert(1)</script> \u202eevil")

    html = page(alice)

    assert html.select_one(".expense script") is None
    assert html.select_one(".expense-what .isolated").text == "<script>alert(1)</script> \u202eevil"
