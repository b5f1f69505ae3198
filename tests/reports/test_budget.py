"""Budget: every figure is the arithmetic's own and leads on, years are sums of months, history has no limits."""

import datetime as dt
import itertools
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.http import QueryDict

from expenses.budgets import figures as plans
from expenses.budgets.envelope import standing
from expenses.reports.budget import Budget
from expenses.reports.forms import BudgetForm, ReportForm
from expenses.shared.months import Month
from tests.factories import make_expense, make_income, make_limit, make_transfer
from tests.people import open_first_page
from tests.reports.households import MOMENT, TODAY, three_years
from tests.reports.test_all_reports import figures, total_of_list

DAY = dt.date


def budget(people, query=""):
    return Budget.of(BudgetForm(QueryDict(query), household=people.household, on=TODAY))


def spend(people, amount, day, name="Food"):
    make_expense(people.household, amount=amount, spent_on=day, category=people.category(name))


def row_of(report, name):
    return next(row for row in report.rows_shown if row.slot.name == name)


@pytest.fixture
def alice(client, people, time_machine):
    time_machine.move_to(MOMENT)
    client.force_login(people.alice)
    return client


def planned(people, *, starts_on=1):
    """Three years of expenses, and a budget since 2025 with limits, moves, carry of every kind and a pool."""
    three_years(people, starts_on=starts_on)
    household = people.household
    household.budget_from, household.pool_from = Month(2025, 1), Month(2025, 6)
    household.save()
    make_limit(people.food, "150", Month(2025, 2), "all")
    make_limit(people.fun, "90", Month(2025, 4))
    make_limit(people.category("Rent"), "200", Month(2026, 3), "none")
    make_limit(people.fun, None, Month(2026, 10))
    make_income(household, amount="900", received_on=DAY(2025, 6, 28))
    make_transfer(household, "20", source=people.food, destination=people.fun, month=Month(2026, 10))


def html_of(client, query=""):
    return BeautifulSoup(client.get(f"/reports/budget/?{query}").content, "html.parser")


# ── the figures are the arithmetic's own ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("starts_on", [1, 25])
@pytest.mark.parametrize("name", ["", "Food", "Fun"])
def test_each_figure_is_one_of_the_month(people, name, starts_on):
    planned(people, starts_on=starts_on)
    plan = plans.read(people.household)
    pk = people.category(name).pk if name else None

    report = budget(people, f"period=twenty-four&category={pk}" if pk else "period=twenty-four")

    assert report.is_planned
    for row in report.rows_shown:
        found = standing(plan, row.slot.first)
        envelopes = {key: one for key, one in plan.planned(found).items() if pk in (None, key)} if found else {}
        assert row.has_plan == bool(envelopes), row.slot.name
        if envelopes:
            each = envelopes.values()
            assert (row.limit.amount or 0) == sum(one.limit or 0 for one in each)
            assert row.moved.amount == sum(one.moved for one in each)
            assert row.carried.amount == sum(one.carried for one in each)
            assert (row.spent.amount or 0) == sum(one.spent for one in each)
            assert row.left.amount == sum(one.left for one in each) == row.had - (row.spent.amount or 0)
            assert row.is_over == (row.left.amount < 0)
        if found and found.pool and pk is None:
            assert row.pool.left.amount == found.pool.amount
        else:
            assert row.pool is None


def test_the_pool_goes_on_from_month_to_month(people):
    planned(people)

    rows = budget(people, "period=twenty-four").pool

    assert rows[0].slot.name == "June 2025"
    for before, row in itertools.pairwise(rows):
        gained = row.pool.income.amount - row.pool.assigned.amount + row.pool.back.amount
        assert row.pool.left.amount == before.pool.left.amount + gained


def test_what_stands_at_the_end(people):
    planned(people)
    plan = plans.read(people.household)
    envelopes = plan.planned(standing(plan, Month(2026, 11)))

    ends = budget(people).ends

    assert {one.name for one, _ in ends} >= {"Food", "Rent"}
    assert {one.pk: left.amount for one, left in ends} == {pk: each.left for pk, each in envelopes.items()}


# ── where each figure leads ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("starts_on", [1, 25])
@pytest.mark.parametrize("query", ["", "period=all", "period=thirty-six", "category=food", "category=food&period=all"])
def test_spending_leads_to_exactly_its_expenses(alice, people, query, starts_on):
    planned(people, starts_on=starts_on)
    query = query.replace("food", str(people.food.pk))

    found = dict.fromkeys(figures(html_of(alice, query)))

    assert len(found) > 3
    for link, amount in found:
        assert total_of_list(alice, link, people.household) == amount, link


def test_every_figure_of_a_month_leads_on(alice, people):
    planned(people)

    row = row_of(budget(people), "October 2026")

    assert row.limit.url == "/budgets/2026-10/"
    assert row.moved.url == "/transfers/?month=2026-10"
    assert row.carried.url == "/months/2026-09/"
    assert row.left.url == "/months/2026-10/"
    assert row.pool.income.url == "/incomes/?month=2026-10"
    for one in (row.limit, row.moved, row.carried, row.left, row.spent, row.pool.income, row.pool.back):
        assert alice.get(one.url).status_code == 200
    one_alone = row_of(budget(people, f"category={people.food.pk}"), "October 2026")
    assert one_alone.moved.url == f"/transfers/?month=2026-10&category={people.food.pk}"


def test_a_year_with_a_limit_in_some_months_leads_to_its_months(alice, people):
    planned(people)
    spend(people, "5", DAY(2020, 5, 5), "Fun")

    report = budget(people, f"category={people.fun.pk}&from=2020-01-01&to=2026-12-31")
    row = row_of(report, "2025")

    assert row.spent.url.startswith("?")
    assert row.beyond.amount
    closer = budget(people, row.spent.url.lstrip("?"))
    assert len(closer.rows_shown) == 12
    assert sum(one.spent.amount or 0 for one in closer.rows_shown) == row.spent.amount
    assert sum(one.limit.amount or 0 for one in closer.rows_shown) == row.limit.amount


def test_years_are_sums_of_their_months(people):
    planned(people)
    spend(people, "5", DAY(2020, 5, 5))

    years = budget(people, "from=2020-01-01&to=2026-12-31")
    months = [budget(people, f"from={year}-01-01&to={year}-12-31") for year in (2025, 2026)]

    for number, found in zip((2025, 2026), months, strict=True):
        row = row_of(years, str(number))
        assert row.limit.amount == found.total.limit.amount
        assert row.spent.amount == found.total.spent.amount
        assert row.beyond.amount == found.total.beyond.amount
        assert row.left.amount == found.rows_shown[-1].left.amount
    assert row_of(years, "2026").carried.amount == row_of(months[1], "January 2026").carried.amount


# ── before the budget, without limits, without anything ───────────────────────────────────────────


def test_months_before_the_budget_are_history(alice, people):
    planned(people)

    html = html_of(alice, "from=2024-11-01&to=2025-03-31")

    rows = {row.th.get_text(" ", strip=True).replace("\xa0", " "): row for row in html.select(".year-table tbody tr")}
    assert "Nov 2024 history" in rows
    assert rows["Nov 2024 history"].td.get_text(strip=True) == "–"
    assert "Jan 2025" in rows
    assert "The budget begins in January 2025" in html.text


def test_without_a_limit_it_says_so_and_shows_what_was_spent(alice, people):
    spend(people, "12.50", DAY(2026, 11, 3))

    html = html_of(alice)

    assert "No limit was set in this time." in html.text
    assert html.select_one("svg.chart")
    assert html.select_one(".report-note a")["href"] == "/budgets/2026-11/"


def test_limits_alone_are_shown_without_expenses(people):
    make_limit(people.food, "100", Month(2026, 10), "all")

    report = budget(people)

    assert [row.left.amount for row in report.rows_shown][-2:] == [100, 200]
    assert report.rows_shown[0].is_empty
    assert report.chart.bars[-1].segments == ()
    assert report.chart.bars[-1].mark.figure.title == "November 2026, limit: 100.00"
    assert report.chart.bars[-1].second.figure.title == "November 2026, with moves and carry: 200.00"


# ── the picture ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("limit", "spent", "expected"),
    [
        pytest.param("200", "150", [("budget-0", 25, 75)], id="within"),
        pytest.param("200", "250", [("budget-0", 20, 80), ("budget-1", 0, 20)], id="over"),
        pytest.param("0", "0.01", [("budget-1", 0, 100)], id="one cent of nothing"),
        pytest.param("1000000", "0.01", [("budget-0", 100, 0)], id="one cent of a million"),
        pytest.param("100", "-50", [("budget-0", 66.67, 33.33)], id="more came back"),
    ],
)
def test_what_is_over_stands_on_what_was_there(people, limit, spent, expected):
    make_limit(people.food, limit, Month(2026, 11))
    spend(people, spent, DAY(2026, 11, 3))

    (bar,) = budget(people, "month=2026-11").chart.bars

    assert [(part.fill, float(part.y), float(part.height)) for part in bar.segments] == expected
    assert len({part.figure.title for part in bar.segments}) == 1


def test_a_mark_says_what_it_is(people):
    make_limit(people.food, "200", Month(2026, 11))
    spend(people, "218.40", DAY(2026, 11, 3))

    bar = budget(people).chart.bars[-1]

    assert bar.whole.title == "November 2026 so far, 18.40 more than the 200.00 there was: 218.40"
    assert bar.second is None


# ── what is asked for ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "query", ["q=shop", "member=alice", "at_least=5", "at_most=5", "method=none", "at_least=0&category=food"]
)
def test_what_a_limit_does_not_know_is_named_and_left_out(alice, people, query):
    spend(people, "4", DAY(2026, 11, 3))
    query = query.replace("alice", str(people.alice.pk)).replace("food", str(people.food.pk))

    html = html_of(alice, query)

    assert "Limits know only months and categories. It is left out." in html.text
    assert [data["value"] for data in html.select(".year-table tfoot data")] == ["4.00"]


def test_it_takes_from_other_reports_what_it_knows(people):
    form = ReportForm(
        QueryDict(f"q=shop&at_least=5&category={people.food.pk}&from=2026-01-01"), household=people.household, on=TODAY
    )
    form.is_valid()

    assert form.carried(BudgetForm) == f"from=2026-01-01&category={people.food.pk}"


def test_a_cut_month_is_shown_as_a_whole_and_said(alice, people):
    spend(people, "4", DAY(2026, 11, 30))

    html = html_of(alice, "from=2026-11-10&to=2026-11-12")

    assert "Limits go by whole months, so all their days are here." in html.text
    assert html.select_one(".year-table tfoot data")["value"] == "4.00"


@pytest.mark.parametrize(
    "query",
    [
        "month=2026-11&from=2027-01-01",
        "from=1900-01-01&to=2200-12-31",
        "month=1900-01",
        "month=2200-12",
        "from=2199-01-01",
        "to=1900-01-15",
    ],
)
@pytest.mark.parametrize("starts_on", [1, 25])
def test_odd_periods_stand(alice, people, query, starts_on):
    planned(people, starts_on=starts_on)

    assert alice.get(f"/reports/budget/?{query}").status_code == 200
    assert alice.get(f"/reports/budget.csv?{query}").status_code == 200


def test_its_queries_do_not_grow(alice, people, django_assert_num_queries):
    make_limit(people.food, "100", Month(2026, 10))
    open_first_page(alice)
    with django_assert_num_queries(6):
        html_of(alice)
    make_transfer(people.household, "20", source=people.food, destination=people.fun, month=Month(2026, 10))
    three_years(people)

    with django_assert_num_queries(6):
        html_of(alice)
    with django_assert_num_queries(7):  # and what was spent before the budget
        html_of(alice, "period=all")


def test_amounts_add_up_in_the_file_too(alice, people):
    planned(people)

    text = b"".join(alice.get("/reports/budget.csv")).decode("utf-8-sig")

    lines = [line.split(",") for line in text.splitlines()]
    assert lines[0][:3] == ["month", "limit", "moved"]
    october = next(line for line in lines if line[0] == "October 2026")
    limit, moved, carried, had, spent, left = (Decimal(cell or 0) for cell in october[1:7])
    assert limit + moved + carried == had
    assert had - spent == left
