"""The month's figures as a file: those of the page."""

import csv
import io
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from expenses.shared.months import Month
from tests.factories import make_expense, make_limit
from tests.months.households import EVERY, NOVEMBER, OCTOBER, mixed, plain, pooled


def rows_of(client, month=NOVEMBER):
    answer = client.get(reverse("months:csv", args=[month]))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert f'filename="{month}.csv"' in answer["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.parametrize("household", EVERY, ids=lambda each: each.__name__)
@pytest.mark.parametrize("month", [OCTOBER, NOVEMBER, Month(2026, 12)], ids=str)
def test_the_file_has_the_figures_of_the_page(client, people, household, month, time_machine):
    time_machine.move_to("2026-11-22T12:00:00Z")
    household(people)
    client.force_login(people.vera)

    page = BeautifulSoup(client.get(reverse("months:show", args=[month])).content, "html.parser")
    found = rows_of(client, month)

    shown = {}
    for row in filter(lambda row: row.select_one(".category-left data"), page.select(".category")):
        amounts = [row.tfoot.data["value"], row.select_one(".category-spent data")["value"]]
        shown[row.select_one(".category-name > span").text] = amounts
    filed = {row["category"]: [row["left"], row["spent"]] for row in found if row["category"] in shown}
    assert filed == shown
    for row in found:
        if row["category"] != "To assign":
            amounts = {name: Decimal(row[name] or 0) for name in ("limit", "moved", "carried", "spent", "left")}
            assert amounts["limit"] + amounts["moved"] + amounts["carried"] - amounts["spent"] == amounts["left"]


def test_the_pool_comes_last(client, people):
    pooled(people)
    client.force_login(people.alice)

    rows = rows_of(client)

    pool = {"category": "To assign", "limit": "", "moved": "", "carried": "", "spent": ""}
    assert rows[-1] == pool | {"left": rows[-1]["left"]}
    assert Decimal(rows[-1]["left"])
    assert "To assign" not in [row["category"] for row in rows[:-1]]


def test_a_category_without_a_limit_has_none(client, people):
    mixed(people)
    client.force_login(people.alice)

    rent = rows_of(client)[0]

    assert rent == {
        "category": "Rent", "limit": "", "moved": "0.00", "carried": "0.00", "spent": "1380.00", "left": "-1380.00",
    }  # fmt: skip


def test_before_the_budget_begins_there_is_only_what_was_spent(client, people):
    plain(people)
    people.household.budget_from = Month(2026, 12)
    people.household.save()
    client.force_login(people.alice)

    rows = rows_of(client)

    assert {row["category"]: row["spent"] for row in rows} == {
        "Rent": "1380.00", "Food": "310.30", "Fun": "118.40", "Gifts": "64.00",
    }  # fmt: skip
    assert not any(row[name] for row in rows for name in ("limit", "moved", "carried", "left"))


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_no_name_is_a_formula_for_a_spreadsheet(client, people, name):
    food = people.food
    food.name = name
    food.save()
    make_expense(people.household, category=food)
    client.force_login(people.alice)

    assert rows_of(client)[0]["category"] == f"'{name}"


@pytest.mark.parametrize(("currency", "amount", "shown"), [("JPY", "1200", "1200"), ("KWD", "1.250", "1.250")])
def test_amounts_have_the_currency_s_decimals(client, people, currency, amount, shown):
    people.household.currency = currency
    people.household.save()
    make_limit(people.food, amount, NOVEMBER)
    client.force_login(people.alice)

    assert rows_of(client)[0]["limit"] == shown


@pytest.mark.parametrize("month", ["1899-12", "2201-01", "2026-13", "x"])
def test_what_is_no_month_has_no_file(client, people, month):
    client.force_login(people.alice)

    assert client.get(f"/months/{month}.csv").status_code == 404


@pytest.mark.parametrize("month", ["1900-01", "2200-12"])
def test_the_first_and_the_last_month_have_one(client, people, month):
    client.force_login(people.alice)

    assert client.get(f"/months/{month}.csv").status_code == 200


def test_a_carried_refund_alone_is_counted_where_there_is_a_pool(client, people):
    household = people.household
    household.pool_from = OCTOBER
    household.save(update_fields=["pool_from"])
    make_expense(household, "Sent back", "-100", spent_on=OCTOBER.start, category=people.category("Food"))
    make_expense(household, "Apple", "1", spent_on=NOVEMBER.start, category=people.category("Food"))
    client.force_login(people.alice)

    rows = {row["category"]: row for row in rows_of(client)}

    assert (rows["Food"]["carried"], rows["Food"]["left"]) == ("100.00", "99.00")
    assert sum(Decimal(row["left"]) for row in rows.values()) == 99  # no income, and 99 came back in all
