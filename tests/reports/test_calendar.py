"""Calendar: which days stand where, what they cost, how they are tinted, and what the days of a week cost."""

import datetime as dt
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from expenses.reports.calendar import Calendar
from expenses.reports.forms import CalendarForm, ReportForm, YearForm
from expenses.shared.months import Month
from tests.factories import make_expense
from tests.reports.households import MOMENT, TODAY

DAY = dt.date


def form(people, query=""):
    return CalendarForm(QueryDict(query), household=people.household, on=TODAY)


def calendar(people, query=""):
    return Calendar.of(form(people, query))


def spend(people, amount, day, name="Food"):
    make_expense(people.household, amount=amount, spent_on=day, category=people.category(name))


def starting_on(people, day):
    people.household.month_starts_on = day
    people.household.save()


def numbers(report):
    return [[day and day.day.day for day in week.days] for week in report.weeks]


def test_weeks_begin_on_monday(people):
    found = numbers(calendar(people, "month=2026-11"))

    assert found[0] == [None] * 6 + [1]
    assert found[1] == [2, 3, 4, 5, 6, 7, 8]
    assert found[-1] == [30] + [None] * 6
    assert [week.number for week in calendar(people, "month=2026-01").weeks] == [1, 2, 3, 4, 5]


def test_a_month_may_begin_on_the_25th(people):
    starting_on(people, 25)
    for day, amount in ((DAY(2026, 11, 24), "1"), (DAY(2026, 11, 25), "2"), (DAY(2026, 12, 24), "4")):
        spend(people, amount, day)

    report = calendar(people, "month=2026-12")

    assert numbers(report)[0] == [None, None, 25, 26, 27, 28, 29]
    assert [day.day for day in report.days if day.names_month] == [DAY(2026, 11, 25), DAY(2026, 12, 1)]
    assert report.total.amount == 6


def test_a_day_is_tinted_by_the_middle_one(people):
    for number, amount in enumerate(["10", "20", "30", "1380", "-50"], start=1):
        spend(people, amount, DAY(2026, 11, number))

    heats = [day.heat for day in calendar(people).days][:6]

    assert heats == [1, 2, 3, 5, 0, 0]


@pytest.mark.parametrize(
    ("amounts", "heats"), [(["0.01"], [3]), (["1000000"], [3]), (["-5"], [0]), (["0.01", "1000000"], [1, 5])]
)
def test_one_cent_a_million_and_more_that_came_back(people, amounts, heats):
    for number, amount in enumerate(amounts, start=1):
        spend(people, amount, DAY(2026, 11, number))

    assert [day.heat for day in calendar(people).days][: len(heats)] == heats


def test_the_mean_of_a_weekday_is_of_those_that_are_over_and_today(people):
    # Sundays of November 2026: 1, 8, 15, 22 (today), 29; Mondays: 2, 9, 16, 23, 30.
    spend(people, "10", DAY(2026, 11, 1))
    spend(people, "10.02", DAY(2026, 11, 22))
    spend(people, "99", DAY(2026, 11, 29))
    spend(people, "1", DAY(2026, 11, 9))

    means = {one.name: one.mean for one in calendar(people).weekdays}

    assert means["Sundays"] == Decimal("5.00")
    assert means["Mondays"] == Decimal("0.33")
    assert means["Tuesdays"] == 0


def test_a_month_to_come_has_no_means(people):
    spend(people, "1", DAY(2026, 12, 5))

    report = calendar(people, "month=2026-12")

    assert {one.mean for one in report.weekdays} == {None}
    assert all(day.is_ahead for day in report.days)


def test_today_and_what_comes_are_marked(people, client, time_machine):
    time_machine.move_to(MOMENT)
    spend(people, "12.50", DAY(2026, 11, 3))
    client.force_login(people.vera)

    html = BeautifulSoup(client.get("/reports/calendar/").content, "html.parser")

    assert html.select_one("[aria-current=date] time")["datetime"] == "2026-11-22"
    assert html.select_one(".calendar .is-ahead time")["datetime"] == "2026-11-23"
    link = html.select_one(".calendar a")
    assert link["href"] == "/expenses/?from=2026-11-03&to=2026-11-03"
    assert link.get_text(" ", strip=True).split() == ["3", "Nov", "12.50"]
    assert html.select_one(".calendar thead th[abbr]")["abbr"] == "Monday"
    assert len(html.select(".calendar tbody th[scope=row]")) == len(html.select(".calendar tbody tr"))


def test_the_months_beside_it_keep_what_is_looked_at(people):
    report = calendar(people, f"month=2026-01&category={people.food.pk}")

    assert report.before == (Month(2025, 12), f"category={people.food.pk}&month=2025-12")
    assert report.after == (Month(2026, 2), f"category={people.food.pk}&month=2026-02")


@pytest.mark.parametrize(("month", "before", "after"), [("1900-01", False, True), ("2200-12", True, False)])
@pytest.mark.parametrize("starts_on", [1, 10, 25])
def test_the_ends_of_time_stand(people, month, before, after, starts_on):
    starting_on(people, starts_on)

    report = calendar(people, f"month={month}")

    assert (bool(report.before), bool(report.after)) == (before, after)
    assert all(1900 <= day.day.year <= 2200 for day in report.days)


def test_days_within_the_month_are_not_chosen(people, client, time_machine):
    time_machine.move_to(MOMENT)
    client.force_login(people.vera)

    html = client.get("/reports/calendar/?from=2026-11-03&to=2026-11-05").text

    assert "From: A calendar has all days of its month. It is left out." in html


def test_the_month_goes_along_to_other_reports_and_comes_from_them(people):
    at = form(people, f"month=2026-10&category={people.food.pk}")
    at.is_valid()
    there = ReportForm(QueryDict(f"month=2026-10&category={people.food.pk}"), household=people.household, on=TODAY)
    there.is_valid()

    assert at.carried(ReportForm) == f"month=2026-10&category={people.food.pk}"
    assert at.carried(YearForm) == f"category={people.food.pk}"
    assert there.carried(CalendarForm) == f"month=2026-10&category={people.food.pk}"


def test_the_days_are_read_from_an_index(people):
    spend(people, "12.50", DAY(2026, 11, 3))
    with CaptureQueriesContext(connection) as asked:
        people.household.expenses.in_month(Month(2026, 11)).each_day()

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # a table of one row is read as it is
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' * (connection.vendor == 'sqlite')}{asked[-1]['sql']}")
        plan = "\n".join(str(row) for row in cursor.fetchall())

    assert "expense_by_day" in plan
    if connection.vendor == "sqlite":
        assert "COVERING INDEX" in plan
