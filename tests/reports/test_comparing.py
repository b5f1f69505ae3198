"""Categories: with what each is compared, what changed, and the small line of its months."""

import datetime as dt
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.http import QueryDict
from django.urls import reverse

from expenses.reports.categories import Categories
from expenses.reports.forms import ReportForm
from tests.factories import make_expense
from tests.reports.households import MOMENT, TODAY

DAY = dt.date


def categories(people, query=""):
    return Categories.of(ReportForm(QueryDict(query), household=people.household, on=TODAY))


def spend(people, amount, day, name="Food"):
    make_expense(people.household, amount=amount, spent_on=day, category=people.category(name))


def changes(report):
    return {line.category.name: (line.before.amount, line.change) for line in report.lines}


def test_a_month_is_compared_with_the_mean_of_the_three_before(people):
    for month, amount in ((7, "999"), (8, "10"), (9, "20"), (10, "31")):
        spend(people, amount, DAY(2026, month, 3))
    spend(people, "50", DAY(2026, 11, 3))

    report = categories(people)

    assert report.compared.words == "the mean of the three months before, August to October 2026"
    assert changes(report) == {"Food": (Decimal("20.33"), Decimal("29.67"))}
    assert report.is_running
    assert report.before.query == ""


def test_months_before_the_first_expense_are_no_months_of_the_mean(people):
    spend(people, "30", DAY(2026, 10, 3))
    spend(people, "50", DAY(2026, 11, 3))

    report = categories(people, "month=2026-11")

    assert report.compared.words == "the month before, October 2026"
    assert report.change == 20


def test_a_month_without_the_category_counts_where_the_household_was_there(people):
    spend(people, "5", DAY(2026, 1, 3), "Fun")
    spend(people, "30", DAY(2026, 10, 3))
    spend(people, "50", DAY(2026, 11, 3))

    report = categories(people, f"category={people.food.pk}")

    assert report.compared.words == "the mean of the three months before, August to October 2026"
    assert report.before.amount == 10


def test_means_add_up_to_the_mean_of_all(people):
    for month in (8, 9, 10):
        spend(people, "0.01" if month == 8 else "10", DAY(2026, month, 3))
        spend(people, "3.33" if month == 8 else "3.34", DAY(2026, month, 3), "Fun")
    spend(people, "1", DAY(2026, 11, 3))

    report = categories(people)

    assert sum(line.before.amount for line in report.lines) == report.before.amount
    assert sum(line.change for line in report.lines) == report.change


def test_what_cost_something_before_and_nothing_now_has_a_line(people):
    spend(people, "30", DAY(2026, 10, 3), "Fun")
    spend(people, "50", DAY(2026, 11, 3))

    assert changes(categories(people)) == {"Food": (0, 50), "Fun": (30, -30)}


@pytest.mark.parametrize(
    ("query", "words", "before"),
    [
        ("period=quarter", "the 3 months before, June to August 2026", 8),
        ("period=twelve", "the 12 months before, December 2024 to November 2025", 64),
        ("from=2026-11-01&to=2026-11-03", "the 3 days before, 29 Oct 2026 – 31 Oct 2026", 2),
        ("from=2026-11-01&to=2026-11-01", "the day before, 31 Oct 2026", 2),
    ],
)
def test_longer_and_shorter_stretches_are_compared_with_as_much_time_before(people, query, words, before):
    for day, amount in (
        (DAY(2026, 11, 1), "1"),
        (DAY(2026, 10, 31), "2"),
        (DAY(2026, 10, 28), "4"),
        (DAY(2026, 8, 31), "8"),
        (DAY(2025, 11, 30), "64"),
    ):
        spend(people, amount, day)

    report = categories(people, query)

    assert report.compared.words == words
    assert report.before.amount == before
    assert report.before.query


@pytest.mark.parametrize(
    "query",
    [
        "period=all",
        "from=2026-11-01",
        "to=2026-11-30",
        "month=2026-11",
        "from=1900-01-01&to=2200-12-31",
        "period=year",
    ],
)
def test_where_there_is_nothing_before_nothing_is_compared(people, client, query, time_machine):
    time_machine.move_to(MOMENT)
    spend(people, "1", DAY(2026, 11, 1))

    report = categories(people, query)
    client.force_login(people.vera)
    html = client.get(f"/reports/categories/?{query}").text

    assert report.compared is None
    assert "There is nothing before to compare it with." in html


@pytest.mark.parametrize("month", ["1900-01", "1900-02", "2200-12"])
@pytest.mark.parametrize("starts_on", [1, 10, 25])
def test_the_ends_of_time_stand(people, month, starts_on):
    people.household.month_starts_on = starts_on
    people.household.save()
    spend(people, "1", DAY(int(month[:4]), int(month[5:]), 12))

    report = categories(people, f"month={month}")

    assert report.spent.amount == 1
    assert report.compared is None


def test_a_spark_shows_twelve_months_and_leads_to_the_trends_of_the_category(people, client, time_machine):
    time_machine.move_to(MOMENT)
    spend(people, "10", DAY(2025, 12, 1))
    spend(people, "40", DAY(2026, 11, 1))
    client.force_login(people.vera)

    html = BeautifulSoup(client.get("/reports/categories/?month=2026-11").content, "html.parser")

    spark = html.select_one("svg.spark")
    assert spark.title.text == "Food, December 2025 to November 2026: between 0.00 and 40.00 a month"
    assert len(spark.polyline["points"].split()) == 12
    assert spark.parent["href"] == f"{reverse('reports:trends')}?category={people.food.pk}&period=twelve"
    assert client.get(spark.parent["href"]).status_code == 200


def test_a_change_is_said_in_words_too(people, client, time_machine):
    time_machine.move_to(MOMENT)
    for name, before, now in (("Food", "10", "30"), ("Fun", "30", "10"), ("Rent", "5", "5")):
        spend(people, before, DAY(2026, 10, 1), name)
        spend(people, now, DAY(2026, 11, 1), name)
    client.force_login(people.vera)

    html = BeautifulSoup(client.get("/reports/categories/").content, "html.parser")

    texts = [row.select("td")[-2].get_text(" ", strip=True) for row in html.select(".report-table tbody tr")]
    assert texts == ["↑ 20.00 more", "↓ 20.00 less", "same"]
