"""What holds for every report: its figures lead to their expenses, what it costs, what it weighs, what it says."""

import csv
import gzip
import io
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from django.http import QueryDict
from django.urls import reverse

from expenses.ledger.forms import FilterForm
from expenses.ledger.listing import Found
from expenses.people.models import Household
from expenses.reports.menu import REPORTS
from expenses.shared.money import MINUS
from tests.factories import make_expense
from tests.people import open_first_page
from tests.reports.households import MOMENT, three_years
from tests.reports.pages import EVERY, PAGES


@pytest.fixture
def alice(client, people, time_machine):
    time_machine.move_to(MOMENT)
    make_expense(people.others, "Not ours", "5000.00")
    client.force_login(people.alice)
    return client


def page(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def address(name, query):
    return f"{reverse(name)}?{query}"


def amount_of(title):
    """The figure at the end of a mark's title: “Food, May 2026: 655.08”, “Fun, May 2026: +5.00” for a refund."""
    text = title.rpartition(": ")[2].replace(",", "")
    if text == "nothing":
        return Decimal(0)
    return -Decimal(text) if text.startswith("+") else Decimal(text.replace(MINUS, "-"))


def figures(html):
    """(address, amount) of each figure in a table and each mark of a picture."""
    for link in html.select("#main a[href*='/expenses/?']"):
        if link.find_parent(class_="finder"):
            continue
        if title := link.find("title"):
            yield link["href"], amount_of(title.text)
        elif link.find("data"):
            yield link["href"], Decimal(link.find("data")["value"])
        else:
            yield link["href"], Decimal(link.find_parent("tr").select("data")[-1]["value"])


def total_of_list(client, link, household=None):
    """What the list says all of it comes to; a search counts in a second request, as the page does it. With a
    household: what its filter finds by the same words, which is the same figure without drawing a page."""
    if household:
        form = FilterForm(QueryDict(urlsplit(link).query), household=household)
        assert form.is_valid(), (link, form.errors)
        return Found.of(form.chosen, form.categories).spent.amount
    html = page(client, link)
    if not html.select_one("#found data.total"):
        counts = link.replace("/expenses/?", f"{reverse('expenses:count')}?")
        html = BeautifulSoup(client.get(counts, headers={"HX-Request": "true"}).content, "html.parser")
    return Decimal(html.select_one("#found data.total")["value"])


def test_every_report_is_walked():
    assert {f"reports:{report.name}" for report in REPORTS} == {name for name, _ in EVERY}


@pytest.mark.parametrize(
    ("name", "query", "starts_on"), [*((*page, 1) for page in PAGES), *((*page, 25) for page in PAGES[:4])]
)
def test_each_figure_and_mark_leads_to_exactly_its_expenses(alice, people, name, query, starts_on):
    three_years(people, starts_on=starts_on, count=15)

    found = dict.fromkeys(figures(page(alice, address(name, query))))
    household = Household.objects.get(pk=people.household.pk)

    assert found
    for number, (link, amount) in enumerate(found):
        assert total_of_list(alice, link, household if number % 20 else None) == amount, link


@pytest.mark.parametrize(("name", "query"), EVERY)
def test_a_report_takes_at_most_eight_queries(alice, people, django_assert_max_num_queries, name, query):
    three_years(people)
    open_first_page(alice)

    with django_assert_max_num_queries(8):
        page(alice, address(name, query))


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("reports:trends", 8),
        ("reports:year", 6),
        ("reports:categories", 8),
        ("reports:budget", 6),
        ("reports:members", 8),
        ("reports:calendar", 6),
    ],
)
def test_its_queries_do_not_grow_with_the_rows(alice, people, django_assert_num_queries, name, queries):
    three_years(people, count=5)
    open_first_page(alice)

    with django_assert_num_queries(queries):
        page(alice, address(name, ""))
    three_years(people)
    with django_assert_num_queries(queries):
        page(alice, address(name, ""))


@pytest.mark.parametrize(("name", "query"), [*EVERY, ("reports:trends", "period=thirty-six")])
def test_it_weighs_at_most_30_kb_compressed(alice, people, name, query):
    for number in range(20):
        people.household.categories.create(name=f"Category {number}", color=f"#{number * 12:02X}8040")
    three_years(people)

    assert len(gzip.compress(alice.get(address(name, query)).content)) <= 30_000


@pytest.mark.parametrize(("name", "query"), EVERY)
def test_without_expenses_it_says_what_would_be_here(alice, people, name, query):
    html = page(alice, address(name, query))

    assert "would stand here" in html.text
    assert not html.select("svg.chart")


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("from=2026-11-30&to=2026-11-01", "The last day is before the first one."),
        ("from=x", "Enter a valid date."),
        ("to=2026-02-31", "Enter a valid date."),
        ("from=0001-01-01&to=9999-12-31", "Write a date between 1900 and 2200."),
        ("month=2026-13", "Write a month like 2026-11."),
        ("period=century", "There is no such period."),
        ("period=%00", "There is no such period."),
        ("category=999999", "This household has no such category."),
        ("category=x", "This household has no such category."),
        ("member=999999", "Nobody of this household is meant by that."),
        ("method=999999", "This household has no such payment method."),
        ("at_least=NaN", "is not an amount"),
        ("at_least=1e999", "is not an amount"),
    ],
)
def test_what_makes_no_sense_is_named_and_the_page_stands(alice, people, report, query, sentence):
    three_years(people, count=3)

    response = alice.get(f"{report.url}?{query}")

    assert response.status_code == 200
    assert sentence in response.text or "Null characters are not allowed" in response.text
    assert alice.get(f"{reverse('reports:csv', args=[report.name])}?{query}").status_code == 302


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_the_category_of_others_is_no_choice(alice, people, report):
    foreign = people.category("Food", people.others)

    response = alice.get(report.url, {"category": foreign.pk, "period": "all"})

    assert "This household has no such category." in response.text
    assert "5,000.00" not in response.text


@pytest.mark.parametrize(("name", "query"), EVERY)
def test_the_file_has_the_figures_of_the_table(alice, people, name, query):
    three_years(people, count=15)
    html = page(alice, address(name, query))

    href = html.select_one("a[href*='.csv']")["href"]
    rows = list(csv.reader(io.StringIO(b"".join(alice.get(href)).decode("utf-8-sig"))))

    filed = [cell for row in rows[1:] for cell in row if cell]
    shown = [data["value"] for data in html.select("#main .table data")]
    assert shown
    assert [value for value in shown if value not in filed] == []


def test_there_is_no_file_of_a_report_that_is_not_there(alice):
    assert alice.get("/reports/nothing.csv").status_code == 404


def test_a_chip_taken_away_keeps_the_period_and_one_of_dates_leads_back_to_it(alice, people):
    html = page(alice, f"/reports/trends/?period=thirty-six&category={people.food.pk}&from=2026-01-01")

    without = [chip["href"] for chip in html.select(".finder .chip.is-on")]

    assert without == [
        f"/reports/trends/?category={people.food.pk}&period=thirty-six",
        "/reports/trends/?from=2026-01-01&period=thirty-six",
    ]


def test_a_search_keeps_the_period(alice):
    html = page(alice, "/reports/trends/?period=thirty-six")

    assert html.select_one(".finder input[name=period]")["value"] == "thirty-six"


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_a_report_names_itself_and_its_days(alice, report):
    html = page(alice, report.url)

    assert html.h1.text == report.word
    assert html.title.text.startswith(f"{report.word}, 1 ")
    assert "2026" in html.title.text


def test_filters_are_folded_and_what_narrows_is_not(alice, people):
    html = page(alice, f"/reports/trends/?category={people.food.pk}")

    assert [menu.summary.text for menu in html.select(".finder > .filters .menu")] == [
        "Dates", "Category", "Paid with", "Amount", "Written by",
    ]  # fmt: skip
    assert [chip.text for chip in html.select(".finder > .chips .is-on")] == ["Food"]


def test_only_where_more_time_is_left_is_all_time_offered(alice, people):
    here, ever = page(alice, "/reports/trends/"), page(alice, "/reports/trends/?period=all")
    of_food = page(alice, f"/reports/trends/?category={people.food.pk}")

    assert here.select_one(".empty a")["href"] == "?period=all"
    assert not ever.select(".empty a")
    assert "Nothing was written down" in ever.text
    assert "Nothing of that kind was written down" in of_food.text


def test_a_budget_without_limits_has_no_columns_of_dashes(alice, people):
    make_expense(people.household, amount="0.01")

    html = page(alice, "/reports/budget/")

    assert [head.text for head in html.select(".year-table thead th")] == ["Month", "Without a limit"]
    assert {len(row.find_all(["th", "td"])) for row in html.select(".year-table tr")} == {2}
