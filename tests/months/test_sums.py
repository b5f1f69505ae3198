"""Every figure of the month page opens to a sum, and the parts of each sum come to the figure, to the cent."""

from decimal import ROUND_FLOOR, Decimal

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from expenses.months.overview import Overview
from tests.months.households import DECEMBER, EVERY, NOVEMBER, OCTOBER, SEPTEMBER, many_moves, pooled

MONTHS = [SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER, NOVEMBER.plus(30)]


def page_of(client, people, month, time_machine):
    time_machine.move_to("2026-11-22T12:00:00Z")
    client.force_login(people.alice)
    return BeautifulSoup(client.get(reverse("months:show", args=[month])).content, "html.parser")


def value(element):
    return Decimal(element.select_one("data.amount")["value"])


def planned_rows(page):
    return [row for row in page.select(".category") if row.select_one(".category-left data")]


def parts(table):
    """The lines of a sum with their signs, and what stands under the line."""
    found = []
    for row in table.select("tbody tr"):
        sign = row.td.text.strip()
        assert sign in ("", "+", "−", "÷")
        if sign != "÷":
            found.append(-value(row) if sign == "−" else value(row))
    return found, value(table.tfoot)


@pytest.mark.parametrize("household", EVERY, ids=lambda each: each.__name__)
@pytest.mark.parametrize("month", MONTHS, ids=str)
def test_every_sum_adds_up(client, people, household, month, time_machine):
    household(people)

    page = page_of(client, people, month, time_machine)

    tables = [table for table in page.select(".sum") if "÷" not in table.text]
    assert tables or month != NOVEMBER
    for table in tables:
        found, total = parts(table)
        assert sum(found) == total, table
    for figure in page.select(".figure"):
        shown, label = value(figure.select_one(".figure-value")), figure.select_one(".figure-label").text.strip()
        total = value(figure.tfoot)
        if label == "Left per day":
            days = int(figure.select_one(".figure-note").text.split()[1])
            assert (total / days).quantize(Decimal("0.01"), ROUND_FLOOR) == shown
        else:
            assert shown == total, label
    for row in planned_rows(page):
        assert value(row.select_one(".category-left")) == abs(value(row.tfoot))
        had = value(row.select_one(".category-spent > span"))
        assert had - value(row.select_one(".category-spent")) == value(row.tfoot)


@pytest.mark.parametrize("household", EVERY, ids=lambda each: each.__name__)
@pytest.mark.parametrize("month", MONTHS, ids=str)
def test_the_parts_of_each_figure_come_to_it(people, household, month):
    household(people)

    overview = Overview.of(people.household, month, on=NOVEMBER.start.replace(day=22))

    whys = [overview.why_left, overview.why_spent, overview.why_free, overview.why_changed, overview.why_to_assign]
    whys += [line.why for line in overview.lines]
    for why in filter(None, whys):
        assert why.adds_up, why


@pytest.mark.parametrize("household", EVERY, ids=lambda each: each.__name__)
def test_the_rows_come_to_the_figures_on_top(client, people, household, time_machine):
    household(people)

    page = page_of(client, people, NOVEMBER, time_machine)

    rows = planned_rows(page)
    figures = {figure.select_one(".figure-label").text.strip(): figure for figure in page.select(".figure")}
    assert sum(value(row.tfoot) for row in rows) == value(figures["Left"].select_one(".figure-value"))
    spent = sum(value(row.select_one(".category-spent")) for row in rows)
    assert spent == value(figures["Spent"].select_one(".figure-value"))
    assert figures["Spent"].select_one(".figure-value small data")["value"] == str(
        sum(value(row.select_one(".category-spent > span")) for row in rows)
    )


def test_each_part_leads_to_the_rows_behind_it(client, people, time_machine):
    pooled(people)

    page = page_of(client, people, NOVEMBER, time_machine)

    links = {link["href"] for link in page.select(".sum a")}
    food = people.food.pk
    assert {
        f"/expenses/?month=2026-11&category={food}",
        "/expenses/?month=2026-11",
        "/incomes/?month=2026-11",
        "/transfers/?month=2026-11&category=pool",
        f"/transfers/?month=2026-11&category={food}",
        "/budgets/2026-11/",
        "/months/2026-10/",
        f"/months/2026-10/#category-{food}",
    } <= links
    for link in links:
        assert client.get(link.partition("#")[0]).status_code == 200, link


def test_few_moves_are_told_one_by_one_and_many_as_their_sum(client, people, time_machine):
    time_machine.move_to("2026-11-22T12:00:00Z")
    many_moves(people)

    page = page_of(client, people, NOVEMBER, time_machine)

    food = page.select_one(f"#category-{people.food.pk}").text
    transport = page.select_one(f"#category-{people.category('Transport').pk}").text
    assert "in several moves" in food
    assert "to To assign, 22 Nov" in " ".join(transport.split())
