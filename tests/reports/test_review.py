"""The review of a month: its figures are those of the budget and of the lists, and each leads there."""

import csv
import datetime as dt
import gzip
import io
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup

from expenses.reports.review import Review
from expenses.shared.months import Month
from tests.factories import make_expense, make_income, make_limit, make_transfer
from tests.people import open_first_page
from tests.reports.households import MOMENT, TODAY, three_years
from tests.reports.test_all_reports import figures, total_of_list

OCT = Month(2026, 10)
DAY = dt.date


@pytest.fixture
def alice(client, people, time_machine):
    time_machine.move_to(MOMENT)
    make_expense(people.others, "Not ours", "5000.00", spent_on=DAY(2026, 10, 5))
    client.force_login(people.alice)
    return client


@pytest.fixture
def planned(people):
    """Food: 400 a month since September, of which October carried 100; 450 spent and 30 moved in. Rent: used up.
    Dining: 20 over. Gifts has no limit."""
    household = people.household
    for name, amount in (("Food", "400"), ("Rent", "900"), ("Dining", "100")):
        make_limit(people.category(name), amount, Month(2026, 9))
    make_transfer(household, "30", month=OCT, source=people.category("Dining"), destination=people.food)
    for name, amount, day in (
        ("Food", "300", DAY(2026, 9, 5)),
        ("Rent", "900", DAY(2026, 9, 1)),
        ("Dining", "100", DAY(2026, 9, 9)),
        ("Food", "200", DAY(2026, 10, 5)),
        ("Food", "250", DAY(2026, 10, 6)),
        ("Rent", "900", DAY(2026, 10, 1)),
        ("Dining", "90", DAY(2026, 10, 31)),
        ("Gifts", "64", DAY(2026, 10, 30)),
        ("Gifts", "-14", DAY(2026, 10, 31)),
        ("Food", "77", DAY(2026, 11, 1)),
        ("Food", "70", DAY(2025, 10, 31)),
    ):
        make_expense(household, f"{name} {amount}", amount, category=people.category(name), spent_on=day)
    make_income(household, amount="2000", received_on=DAY(2026, 10, 25))
    return people


def page(client, month="2026-10"):
    response = client.get(f"/reports/review/{month}/")
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def table(html, heading):
    rows = html.select(f"section[aria-labelledby={heading}] tr")
    return [[" ".join(cell.text.split()) for cell in row.select("th, td")] for row in rows]


def review(people, month=OCT, on=TODAY):
    return Review.of(people.household, month, on=on)


# ── figures ───────────────────────────────────────────────────────────────────────────────────────


def test_what_the_month_came_to(alice, planned):
    html = page(alice)

    said = [" ".join(figure.text.split()) for figure in html.select(".summary .figure")]
    # Had: limits 1,400, carried 100; spent of it 1,440.
    assert said == [
        "Spent 1,490.00 in 6 expenses",
        "Left 60.00 of 1,500.00; and 50.00 without a limit",
        "Income 2,000.00 written down once",
        "Carried on 80.00 into November",
    ]


def test_against_limits(alice, planned):
    assert table(page(alice), "limits") == [
        ["Category", "Limit", "Moved", "Carried", "Spent", "Left", "Carried on"],
        ["Rent", "900.00", "–", "–", "900.00", "0.00", "–"],
        ["Food", "400.00", "30.00", "100.00", "450.00", "80.00", "80.00"],
        ["Dining", "100.00", "−30.00", "–", "90.00", "20.00 over", "–"],
        ["All of these", "1,400.00", "0.00", "100.00", "1,440.00", "60.00", "80.00"],
    ]


def test_what_changed_most(alice, planned):
    html = page(alice)

    assert "against the month before, September 2026" in html.text
    assert table(html, "changes") == [
        ["Category", "Spent", "Mean", "Change", "A year before", "Change"],
        ["Food", "450.00", "300.00", "↑ 150.00 more", "70.00", "↑ 380.00 more"],
        ["Gifts", "50.00", "0.00", "↑ 50.00 more", "–", "↑ 50.00 more"],
        ["Dining", "90.00", "100.00", "↓ 10.00 less", "–", "↑ 90.00 more"],
        ["All together", "1,490.00", "1,300.00", "↑ 190.00 more", "70.00", "↑ 1,420.00 more"],
    ]


def test_the_largest_expenses_are_ten_and_no_refunds(alice, planned):
    for number in range(12):
        make_expense(planned.household, f"No {number}", "1.00", spent_on=DAY(2026, 10, 7))

    rows = table(page(alice), "largest")[1:]

    assert [row[-1] for row in rows[:5]] == ["900.00", "250.00", "200.00", "90.00", "64.00"]
    assert len(rows) == 10


def test_a_column_for_each_day_with_its_expenses(alice, planned):
    chart = review(planned).chart

    assert len(chart.bars) == 31
    assert chart.bars[4].whole.title == "Monday 5 October: 200.00"
    assert chart.bars[4].whole.url.endswith("from=2026-10-05&to=2026-10-05")
    assert chart.bars[30].whole.title == "Saturday 31 October: 76.00"
    assert [bar.label.wide for bar in chart.bars if bar.label.wide] == ["5", "10", "15", "20", "25", "30"]


def test_its_figures_are_those_of_the_month_page(alice, planned):
    filed = list(csv.DictReader(io.StringIO(alice.get("/months/2026-10.csv").text)))

    found = review(planned)

    assert [
        (line.category.name, line.envelope.had - line.envelope.carried, line.envelope.left) for line in found.within
    ] == [
        (row["category"], Decimal(row["limit"]) + Decimal(row["moved"]), Decimal(row["left"]))
        for row in filed
        if row["limit"]
    ]


@pytest.mark.parametrize("starts_on", [1, 25])
def test_each_figure_and_mark_leads_to_exactly_its_expenses(alice, people, starts_on):
    three_years(people, starts_on=starts_on, count=15)

    found = dict.fromkeys(figures(page(alice)))

    assert len(found) > 31
    for link, amount in found:
        assert total_of_list(alice, link, people.household) == amount, link


def test_other_figures_lead_to_where_they_come_from(alice, planned):
    html = page(alice)

    links = {link["href"] for link in html.select("#main .summary a, #main .table a")}
    assert {
        "/months/2026-10/",
        "/months/2026-11/",
        "/incomes/?month=2026-10",
        "/budgets/2026-10/",
        f"/transfers/?month=2026-10&category={planned.food.pk}",
        f"/months/2026-09/#category-{planned.food.pk}",
        f"/months/2026-10/#category-{planned.food.pk}",
    } <= links
    for link in links:
        assert alice.get(link).status_code == 200, link


def test_sentences_stand_on_it_and_say_how_few_make_up_half(alice, planned):
    for number in range(10):
        make_expense(planned.household, f"No {number}", "1.00", spent_on=DAY(2026, 10, 7))

    (sentence,) = page(alice).select(".findings li")

    assert sentence.text == "One expense makes up more than half of October: 900.00 of 1,500.00."
    assert sentence.a["href"] == "/expenses/?month=2026-10&at_least=900.00"


# ── what is not there ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("month", "day"), [("2026-11", "1 Dec 2026"), ("2026-12", "1 Jan 2027"), ("2200-12", "1 Jan 2201")]
)
def test_a_month_that_is_not_over_says_when_its_review_will_be_there(alice, planned, month, day):
    html = page(alice, month)

    assert f"is not over. Its review will be here on {day}." in html.text
    assert html.select_one(".empty a")["href"] == "/reports/review/2026-10/"
    assert alice.get(f"/reports/review/{month}.csv").headers["Location"] == f"/reports/review/{month}/"


@pytest.mark.parametrize("month", ["0000-00", "2026-13", "2026-00", "1899-12", "9999-12", "2201-01", "2026-1", "x"])
def test_what_is_no_month_is_not_there(alice, month):
    assert alice.get(f"/reports/review/{month}/").status_code == 404
    assert alice.get(f"/reports/review/{month}.csv").status_code == 404


@pytest.mark.parametrize(("month", "link"), [("1900-01", "2025-10"), ("2023-12", "2025-10"), ("2026-08", "2026-10")])
def test_a_month_without_anything_says_so(alice, planned, month, link):
    html = page(alice, month)

    assert "Nothing was written down in" in html.text
    assert "The oldest expense is of October 2025, the newest of November 2026." in html.text
    assert html.select_one(".empty a")["href"] == f"/reports/review/{link}/"
    assert not html.select("svg.chart, .table")


def test_a_household_without_anything_has_an_empty_review(alice, people):
    html = page(alice)

    assert "Nothing was written down in October 2026." in html.text
    assert not html.select(".empty a")


def test_a_month_with_limits_alone_has_a_review(alice, people):
    make_limit(people.food, "400", OCT)

    html = page(alice)

    assert table(html, "limits")[1] == ["Food", "400.00", "–", "400.00", "400.00"]
    assert not html.select("svg.chart, .findings")


def test_a_month_before_the_budget_begins_has_no_limits(alice, planned):
    planned.household.budget_from = Month(2026, 11)
    planned.household.save()

    html = page(alice)

    assert not table(html, "limits")
    assert [figure.p.text for figure in html.select(".summary .figure")] == ["Spent", "Income"]


def test_it_leads_to_the_months_beside_it(alice, planned):
    assert [link["href"] for link in page(alice, "2026-09").select("#main .icon-button")] == [
        "/reports/review/2026-08/",
        "/reports/review/2026-10/",
    ]
    assert [link["href"] for link in page(alice).select("#main .icon-button")] == ["/reports/review/2026-09/"]
    make_expense(planned.household, spent_on=DAY(1900, 1, 5))
    assert [link["href"] for link in page(alice, "1900-01").select("#main .icon-button")] == [
        "/reports/review/1900-02/"
    ]


def test_the_menu_and_past_months_lead_to_it(alice, planned):
    assert alice.get("/reports/review/").headers["Location"] == "/reports/review/2026-10/"
    assert 'href="/reports/review/"' in alice.get("/reports/trends/").text
    assert 'href="/reports/review/2026-10/"' in alice.get("/months/2026-10/").text
    assert "/reports/review/" not in alice.get("/months/2026-11/").text
    assert "/reports/review/" not in alice.get("/months/2026-12/").text


# ── file, cost ────────────────────────────────────────────────────────────────────────────────────


def test_its_file_has_a_category_a_line(alice, planned):
    text = b"".join(alice.get("/reports/review/2026-10.csv")).decode("utf-8-sig")

    assert text.splitlines() == [
        "category,limit,moved,carried,spent,left,carried on,mean before,change,a year before,change since",
        "Rent,900.00,0.00,0.00,900.00,0.00,0.00,900.00,0.00,0.00,900.00",
        "Food,400.00,30.00,100.00,450.00,80.00,80.00,300.00,150.00,70.00,380.00",
        "Dining,100.00,-30.00,0.00,90.00,-20.00,0.00,100.00,-10.00,0.00,90.00",
        "Gifts,,,,50.00,,,0.00,50.00,0.00,50.00",
        "All,1400.00,0.00,100.00,1490.00,60.00,80.00,1300.00,190.00,70.00,1420.00",
    ]


def test_it_takes_seven_queries_whatever_the_rows(alice, planned, django_assert_num_queries):
    open_first_page(alice)

    with django_assert_num_queries(7):
        page(alice)
    three_years(planned)
    with django_assert_num_queries(7):
        page(alice)
    with django_assert_num_queries(7):  # before the budget begins there is no plan, and two ask where expenses are
        page(alice, "1950-01")


def test_it_weighs_at_most_30_kb_compressed(alice, people):
    for number in range(20):
        category = people.household.categories.create(name=f"Category {number}", color=f"#{number * 12:02X}8040")
        make_limit(category, "100", Month(2026, 9))
    three_years(people)

    assert len(gzip.compress(alice.get("/reports/review/2026-10/").content)) <= 30_000
