"""Categories and Largest over any days: figures, links, faults, cost."""

import datetime as dt
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from tests.factories import make_expense
from tests.people import open_first_page


@pytest.fixture
def alice(client, people, time_machine):
    time_machine.move_to("2026-11-22T12:00:00Z")
    make_expense(people.household, "Weekly shop", "60.00", category=people.food, spent_on=dt.date(2026, 11, 3))
    make_expense(people.household, "Rent", "900.00", category=people.category("Rent"), spent_on=dt.date(2026, 11, 1))
    make_expense(people.household, "Back", "-20.00", category=people.fun, spent_on=dt.date(2026, 11, 4))
    make_expense(
        people.household,
        "Bakery",
        "7.00",
        category=people.food,
        spent_on=dt.date(2026, 10, 30),
        recorded_by=people.bob,
    )
    make_expense(people.household, "Old", "11.00", category=people.food, spent_on=dt.date(2019, 2, 28))
    make_expense(people.others, "Not ours", "5000.00")
    client.force_login(people.alice)
    return client


def ask(client, name, query=""):
    response = client.get(f"{reverse(name)}?{query}")
    return BeautifulSoup(response.content, "html.parser")


def lines(page):
    return {
        (row.th.a or row.th).get_text(strip=True): row.select("data")[-1]["value"]
        for row in page.select(".report-table tbody tr")
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"Rent": "900.00", "Food": "60.00", "Fun": "-20.00"}),
        ("period=month", {"Rent": "900.00", "Food": "60.00", "Fun": "-20.00"}),
        ("period=last", {"Food": "7.00"}),
        ("period=quarter", {"Rent": "900.00", "Food": "67.00", "Fun": "-20.00"}),
        ("period=all", {"Rent": "900.00", "Food": "78.00", "Fun": "-20.00"}),
        ("period=last-year", {}),
        ("month=2026-10", {"Food": "7.00"}),
        ("from=2026-10-30&to=2026-11-01", {"Rent": "900.00", "Food": "7.00"}),
        ("from=2026-11-02", {"Food": "60.00", "Fun": "-20.00"}),
        ("to=2026-10-30", {"Food": "18.00"}),
    ],
)
def test_categories_over_any_days(alice, query, expected):
    assert lines(ask(alice, "reports:categories", query)) == expected


def test_categories_by_member_and_category(alice, people):
    assert lines(ask(alice, "reports:categories", f"period=all&member={people.bob.pk}")) == {"Food": "7.00"}
    assert lines(ask(alice, "reports:categories", f"period=all&category={people.food.pk}")) == {"Food": "78.00"}


def test_all_filters_of_the_list_narrow_a_report_too(alice):
    assert lines(ask(alice, "reports:categories", "period=all&q=weekly")) == {"Food": "60.00"}
    assert lines(ask(alice, "reports:categories", "period=all&at_least=50&at_most=100")) == {"Food": "60.00"}
    assert list(lines(ask(alice, "reports:largest", "period=all&at_most=10"))) == ["Bakery"]


def test_shares_add_up_to_a_hundred(alice):
    page = ask(alice, "reports:categories", "period=all")

    shares = [
        Decimal(row.select_one(".report-share").text.removesuffix(" %"))
        for row in page.select(".report-table tbody tr")
    ]
    assert sum(shares) == 100


def test_each_figure_links_to_exactly_its_rows(alice):
    page = ask(alice, "reports:categories", "from=2026-10-30&to=2026-11-03")

    for row in page.select(".report-table tbody tr, .report-table tfoot tr"):
        behind = BeautifulSoup(alice.get(row.a["href"]).content, "html.parser")
        assert behind.select_one("data.total")["value"] == row.select("data")[-1]["value"]


def test_largest_first_and_no_refunds(alice):
    page = ask(alice, "reports:largest", "period=all")

    assert list(lines(page).items()) == [
        ("Rent", "900.00"),
        ("Weekly shop", "60.00"),
        ("Old", "11.00"),
        ("Bakery", "7.00"),
    ]


def test_largest_shows_ten_and_on_request_fifty(alice, people):
    for number in range(60):
        make_expense(people.household, f"No {number}", "1.00", spent_on=dt.date(2026, 11, 5))

    assert len(lines(ask(alice, "reports:largest"))) == 10
    assert len(lines(ask(alice, "reports:largest", "count=50"))) == 50
    assert len(lines(ask(alice, "reports:largest", "count=5000000"))) == 10


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("from=2026-11-30&to=2026-11-01", "The last day is before the first one."),
        ("from=x", "Enter a valid date."),
        ("to=2026-02-31", "Enter a valid date."),
        ("from=0001-01-01", "Write a date between 1900 and 2200."),
        ("to=9999-12-31", "Write a date between 1900 and 2200."),
        ("month=2026-13", "Write a month like 2026-11."),
        ("category=999999", "This household has no such category."),
        ("category=x", "This household has no such category."),
        ("member=999999", "Nobody of this household is meant by that."),
    ],
)
@pytest.mark.parametrize("name", ["reports:categories", "reports:largest"])
def test_what_makes_no_sense_is_named_and_the_page_stands(alice, name, query, sentence):
    response = alice.get(f"{reverse(name)}?{query}")

    assert response.status_code == 200
    assert sentence in response.text


DECEMBER = [
    ("trends", "", ["12 months"]),
    ("trends", "period=year", ["2026"]),
    ("trends", "from=2026-01-01&to=2026-12-31", ["12 months"]),
    ("trends", "from=2026-01-01&to=2026-12-30", []),
    ("categories", "period=month", ["December"]),
    ("year", "", ["2026"]),
    ("calendar", "", ["December"]),
]


@pytest.mark.parametrize(("name", "query", "words"), DECEMBER)
def test_in_december_too_one_stretch_of_days_is_the_one_that_is_shown(alice, time_machine, name, query, words):
    """Twelve months are then those of the year."""
    time_machine.move_to("2026-12-01T12:00:00Z")
    html = BeautifulSoup(alice.get(f"/reports/{name}/?{query}").content, "html.parser")

    assert [shown.text for shown in html.select(".report-days [aria-current]")] == words


def test_the_category_of_others_is_no_choice(alice, people):
    foreign = people.category("Food", people.others)

    response = alice.get(reverse("reports:categories"), {"category": foreign.pk})

    assert "This household has no such category." in response.text
    assert "5,000.00" not in response.text


def test_without_expenses_it_says_what_would_be_here(client, people):
    client.force_login(people.alice)

    for name in ("reports:categories", "reports:largest"):
        assert "would stand here" in client.get(reverse(name)).text


@pytest.mark.parametrize(
    ("name", "query", "queries"),
    [
        ("reports:categories", "period=all", 7),
        ("reports:categories", "from=2019-01-05&to=2026-11-07", 8),
        ("reports:largest", "period=all", 6),
    ],
)
def test_cost_does_not_grow_with_the_rows(alice, people, django_assert_max_num_queries, name, query, queries):
    for number in range(40):
        make_expense(people.household, spent_on=dt.date(2020, 1, 1) + dt.timedelta(days=30 * number))
    open_first_page(alice)

    with django_assert_max_num_queries(queries):
        ask(alice, name, query)
