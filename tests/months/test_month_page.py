"""The month page: its figures, their explanations, its neighbours, its cost."""

import datetime as dt
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from expenses.months.overview import Overview
from expenses.shared.months import Month
from tests.factories import make_expense, make_limit, make_recurring
from tests.months.households import many_moves, mixed, plain, pooled
from tests.people import open_first_page

NOVEMBER = Month(2026, 11)
TODAY = dt.date(2026, 11, 22)


def overview(household, month=NOVEMBER, on=TODAY):
    return Overview.of(household, household.month(month), on=on)


@pytest.fixture
def spent(people):
    make_expense(people.household, "Weekly shop", "60.00", category=people.food, spent_on=dt.date(2026, 11, 3))
    make_expense(people.household, "Bakery", "15.00", category=people.food, spent_on=dt.date(2026, 11, 22))
    make_expense(people.household, "Cinema", "30.00", category=people.fun, spent_on=dt.date(2026, 11, 30))
    make_expense(people.household, "Returned", "-5.00", category=people.category("Gifts"))
    make_expense(people.household, "October", "80.00", category=people.food, spent_on=dt.date(2026, 10, 31))
    make_expense(people.others, "Not ours", "999.00")
    return people


def test_counts_the_month_of_the_household(spent):
    seen = overview(spent.household)

    assert seen.spent == (Decimal(100), 4)
    assert seen.before == (Decimal(80), 1)
    assert [(line.category.name, line.spent.amount, line.share) for line in seen.counted] == [
        ("Food", Decimal(75), 71),
        ("Fun", Decimal(30), 29),
        ("Gifts", Decimal(-5), 0),
    ]
    assert [expense.description for expense in seen.latest] == ["Cinema", "Bakery", "Returned", "Weekly shop"]


def test_a_month_that_starts_on_the_25th(spent):
    spent.household.month_starts_on = 25
    spent.household.save()
    from expenses.ledger import totals

    totals.rebuild(spent.household)

    assert overview(spent.household).spent == (Decimal(150), 4)  # 25 October to 24 November
    assert overview(spent.household, Month(2026, 12)).spent == (Decimal(30), 1)


@pytest.mark.parametrize(
    ("on", "gone", "left", "running", "future"),
    [
        (dt.date(2026, 11, 1), 1, 29, True, False),
        (dt.date(2026, 11, 30), 30, 0, True, False),
        (dt.date(2026, 12, 1), 30, 0, False, False),
        (dt.date(2026, 10, 31), 0, 30, False, True),
    ],
)
def test_knows_where_today_is(spent, on, gone, left, running, future):
    seen = overview(spent.household, on=on)

    assert (seen.days_gone, seen.days_left, seen.is_running, seen.is_future) == (gone, left, running, future)


def test_the_figures_on_the_page_explain_themselves(client, spent, time_machine):
    time_machine.move_to("2026-11-22T12:00:00Z")
    client.force_login(spent.alice)

    page = BeautifulSoup(client.get(reverse("months:show", args=["2026-11"])).content, "html.parser")

    assert page.select_one("data.total")["value"] == "100.00"
    sums = page.select(".figure .sum")
    for table in sums[:1] + sums[2:]:
        parts = [(row.td.text.strip(), Decimal(row.select_one("data")["value"])) for row in table.select("tbody tr")]
        total = Decimal(table.select_one("tfoot data")["value"])
        assert sum(-value if sign == "−" else value for sign, value in parts) == total
    assert "25 October" not in page.text


def test_a_category_row_opens_to_its_latest_expenses(client, spent):
    client.force_login(spent.vera)

    page = client.get(reverse("months:category", args=["2026-11", spent.food.pk]))

    assert "Weekly shop" in page.text
    assert "October" not in page.text


def test_an_empty_month_says_what_to_do_first(client, people):
    client.force_login(people.alice)

    page = client.get(reverse("months:index"), follow=True)

    assert "Write down your first expense" in page.text
    assert "Bring in a bank statement" in page.text


def test_an_empty_month_of_a_household_with_expenses_says_where_they_are(client, spent):
    client.force_login(spent.alice)

    page = client.get(reverse("months:show", args=["2031-05"]))

    assert "October 2026" in page.text
    assert "November 2026" in page.text


def test_a_viewer_is_offered_nothing_that_writes(client, spent):
    client.force_login(spent.vera)

    page = client.get(reverse("months:show", args=["2026-11"]))

    assert reverse("expenses:new") not in page.text


@pytest.mark.parametrize("month", ["1899-12", "2201-01", "2026-13", "2026-1", "x"])
def test_what_is_no_month_is_not_found(client, people, month):
    client.force_login(people.alice)

    assert client.get(f"/months/{month}/").status_code == 404


@pytest.mark.parametrize("month", ["1900-01", "2200-12"])
def test_the_first_and_the_last_month_stand(client, people, month):
    client.force_login(people.alice)

    assert client.get(f"/months/{month}/").status_code == 200


@pytest.mark.parametrize("starts_on", [1, 25])
@pytest.mark.parametrize("month", ["2026-11", "2026-10"])
def test_costs_six_queries_whatever_the_rows(client, people, django_assert_num_queries, starts_on, month):
    people.household.month_starts_on = starts_on
    people.household.save()
    client.force_login(people.alice)
    for number in range(60):
        make_expense(
            people.household,
            spent_on=dt.date(2026, 10, 1) + dt.timedelta(days=number),
            category=people.household.categories.in_order()[number % 8],
        )
    open_first_page(client)

    with django_assert_num_queries(6):
        client.get(reverse("months:show", args=[month]))


def test_history_costs_six_queries(client, spent, django_assert_num_queries):
    spent.household.budget_from = Month(2026, 12)
    spent.household.save()
    client.force_login(spent.alice)
    open_first_page(client)

    with django_assert_num_queries(6):
        page = client.get(reverse("months:show", args=["2026-11"]))

    assert "The budget begins in" in page.text
    assert "Set a limit" not in page.text


@pytest.mark.parametrize(("household", "queries"), [(mixed, 6), (plain, 6), (pooled, 7), (many_moves, 7)])
def test_limits_a_pool_moves_and_bills_cost_seven_queries_at_most(
    client, people, django_assert_num_queries, household, queries, time_machine
):
    time_machine.move_to("2026-11-22T12:00:00Z")
    household(people)
    for number in range(24):
        month = NOVEMBER.plus(-number)
        make_limit(people.category("Health"), f"{number}.50", month)
        make_limit(people.category("Dining"), "1", month)
        make_expense(people.household, category=people.category("Dining"), spent_on=month.start)
        make_recurring(people.household, category=people.category("Health"), anchor=dt.date(2026, 11, 30))
    client.force_login(people.alice)
    open_first_page(client)

    with django_assert_num_queries(queries):
        client.get(reverse("months:show", args=["2026-11"]))


def test_hostile_text_is_shown_harmlessly(client, people):
    make_expense(people.household, "<script>alert(1)</script>\u202egnp", category=people.food, spent_on=TODAY)
    client.force_login(people.alice)

    page = client.get(reverse("months:show", args=["2026-11"]))

    assert "<script>alert(1)" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
