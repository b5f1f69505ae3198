"""Trends and Year: which slots, what they come to, the average, the year before, what is written."""

import datetime as dt
from decimal import Decimal
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup
from django.http import QueryDict

from expenses.reports.forms import TrendsForm, YearForm
from expenses.reports.slots import Size, When, slots
from expenses.reports.trends import Trends
from expenses.reports.year import Year
from expenses.shared.months import Month
from expenses.shared.periods import Period
from tests.factories import make_expense
from tests.reports.households import MOMENT, TODAY

ON = Month(2026, 11)
DAY = dt.date


def trends(people, query=""):
    return Trends.of(TrendsForm(QueryDict(query), household=people.household, on=TODAY))


def year(people, query=""):
    return Year.of(YearForm(QueryDict(query), household=people.household, on=TODAY))


def spend(people, amount, day, name="Food"):
    make_expense(people.household, amount=amount, spent_on=day, category=people.category(name))


# ── slots ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.either
@pytest.mark.parametrize(
    ("period", "spent", "names"),
    [
        (Period(), [Month(2026, 9)], ["September 2026", "October 2026", "November 2026"]),
        (Period(), [Month(2026, 12)], ["November 2026", "December 2026"]),
        (Period(DAY(2026, 10, 5), DAY(2026, 11, 3)), [Month(2026, 10)], ["October 2026", "November 2026"]),
        (Period(), [Month(2023, 11)], ["2023", "2024", "2025", "2026"]),
        (Period(DAY(1900, 1, 1), DAY(2200, 12, 31)), [Month(2020, 2)], [str(year) for year in range(2020, 2027)]),
        (Period(DAY(1900, 1, 1), DAY(1950, 12, 31)), [Month(1930, 2)], [str(year) for year in range(1930, 1951)]),
        (Period(), [Month(1989, 1)], ["1980–1989", "1990–1999", "2000–2009", "2010–2019", "2020–2029"]),
        (Period(), [], []),
    ],
)
def test_a_period_is_cut_into_what_fits_a_picture(period, spent, names):
    assert [slot.name for slot in slots(period, spent, on=ON)] == names


@pytest.mark.either
@pytest.mark.parametrize("starts_on", [1, 10, 16, 28])
@pytest.mark.parametrize("spent", [(1900, 1), (2200, 12), (1950, 6)])
def test_slots_cover_their_period_without_a_gap(starts_on, spent):
    on = Month(2026, 11, starts_on)

    found = slots(Period(), [Month(*spent, starts_on)], on=on)

    assert len(found) <= 36
    for one, other in pairwise(found):
        assert one.period.last + dt.timedelta(days=1) == other.period.first
    assert any(slot.holds(on) for slot in found)
    assert [slot.when for slot in found].count(When.RUNNING) == 1


@pytest.mark.either
def test_a_day_at_the_ends_of_time_has_a_slot():
    for day, starts_on in ((DAY(1900, 1, 1), 10), (DAY(2200, 12, 31), 25)):
        month = Month.of(day, starts_on)

        for on in (month, Month(2026, 11, starts_on)):
            found = slots(Period(), [month], on=on)
            (slot,) = [slot for slot in found if slot.holds(month)]
            assert slot.period.first <= day <= slot.period.last


# ── trends ────────────────────────────────────────────────────────────────────────────────────────


def test_the_average_leaves_out_the_running_month_and_those_before_the_first(people):
    spend(people, "100", DAY(2026, 9, 3))
    spend(people, "200", DAY(2026, 10, 3))
    spend(people, "999", DAY(2026, 11, 3))

    report = trends(people)

    assert report.grid.average == Decimal("150.00")
    assert [str(slot.first) for slot in report.grid.averaged] == ["2026-09", "2026-10"]
    assert [bar.is_running for bar in report.chart.bars] == [False] * 11 + [True]
    assert report.chart.mean.text == "average 150.00"


def test_a_month_cut_by_the_period_is_no_month_of_the_average(people):
    spend(people, "100", DAY(2026, 9, 20))
    spend(people, "200", DAY(2026, 10, 3))

    report = trends(people, "from=2026-09-15&to=2026-10-31")

    assert report.grid.average == Decimal("200.00")
    assert [slot.title for slot in report.grid.slots] == ["15 Sep 2026 – 30 Sep 2026", "October 2026"]


def test_averages_of_the_lines_add_up_to_the_one_of_all(people):
    for month in (8, 9, 10):
        for name, amount in (("Food", "0.01" if month == 8 else "10"), ("Fun", "3.33"), ("Rent", "0.05")):
            spend(people, amount, DAY(2026, month, 3), name)

    grid = trends(people).grid

    assert sum(line.average for line in grid.lines) == grid.average


def test_the_same_month_a_year_before_is_marked_and_in_the_table(people):
    spend(people, "80", DAY(2025, 10, 31))
    spend(people, "100", DAY(2026, 10, 1))

    report = trends(people, "period=twelve")

    october = report.chart.bars[-2]
    assert october.mark.figure.title == "October 2025, a year before: 80.00"
    assert october.mark.figure.url.endswith("?month=2025-10")
    assert report.before[-2].amount == Decimal(80)


def test_days_are_compared_with_the_same_days(people):
    for day in (DAY(2025, 10, 9), DAY(2025, 10, 10), DAY(2025, 11, 5), DAY(2025, 11, 6)):
        spend(people, "10", day)
    spend(people, "1", DAY(2026, 10, 12))

    report = trends(people, "from=2026-10-10&to=2026-11-05")

    assert [cell.amount for cell in report.before] == [10, 10]


def test_all_time_has_no_year_before_it(people):
    spend(people, "80", DAY(2025, 10, 31))

    assert trends(people, "period=all").before == ()


def test_the_most_expensive_stand_alone_and_the_rest_together(people):
    for number in range(12):
        people.household.categories.create(name=f"Category {number}", color="#123456")
        spend(people, str(10 + number), DAY(2026, 11, 3), f"Category {number}")

    report = trends(people)

    assert [line.name for line in report.grid.lines] == [f"Category {n}" for n in range(11, 4, -1)] + ["5 others"]
    assert report.grid.lines[-1].total.amount == 10 + 11 + 12 + 13 + 14
    assert report.legend[0][1].name == "5 others"


def test_one_category_alone(people):
    spend(people, "80", DAY(2026, 10, 31))
    spend(people, "5", DAY(2026, 10, 31), "Fun")

    report = trends(people, f"category={people.food.pk}")

    assert [line.name for line in report.grid.lines] == ["Food"]
    assert report.grid.total.amount == 80


def test_more_refunds_than_spending_hang_below_the_line(people):
    spend(people, "-80", DAY(2026, 10, 31))
    spend(people, "20", DAY(2026, 10, 30), "Fun")

    chart = trends(people).chart

    (down, up) = sorted(chart.bars[-2].segments, key=lambda segment: -segment.y)
    assert down.y == chart.zero
    assert up.y + up.height == chart.zero
    assert chart.bars[-2].whole.title == "October 2026: +60.00"


def test_what_came_to_nothing_is_drawn_as_nothing_and_still_leads_to_its_expenses(people):
    spend(people, "-80", DAY(2026, 10, 31))
    spend(people, "80", DAY(2026, 10, 30))

    report = trends(people)

    assert report.chart.bars[-2].segments == ()
    assert report.chart.bars[-2].whole.title == "October 2026: 0.00"


def test_each_part_says_what_it_is(people, client, time_machine):
    time_machine.move_to(MOMENT)
    spend(people, "655.08", DAY(2026, 10, 31))
    client.force_login(people.vera)

    html = BeautifulSoup(client.get("/reports/trends/").content, "html.parser")

    svg = html.select_one("svg.chart")
    assert [html.find(id=one).text for one in svg["aria-labelledby"].split()] == [
        "Spending by month and category, December 2025 to November 2026",
        (
            "A stacked column for each of 12 months; a line at the average of one full month, 655.08. "
            "The figures are in the table below."
        ),
    ]
    titles = [link.title.text for link in svg.select("a")]
    assert "Food, October 2026: 655.08" in titles
    assert "November 2026 so far: nothing" in titles
    # One stop for the keyboard a month; the table beside it has the parts.
    assert len(svg.select("a:not([tabindex])")) == 12


# ── year ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_year_has_the_household_s_own_months(people):
    people.household.month_starts_on = 25
    people.household.save()
    spend(people, "1", DAY(2025, 12, 24))
    spend(people, "2", DAY(2025, 12, 25))
    spend(people, "4", DAY(2026, 12, 24))
    spend(people, "8", DAY(2026, 12, 25))

    report = year(people, "year=2026")

    assert [str(slot.first) for slot in report.grid.slots] == [f"2026-{month:02}" for month in range(1, 13)]
    assert [cell.amount for cell in report.grid.cells] == [2, *[0] * 10, 4]
    assert report.grid.total.amount == 6


def test_a_cell_is_tinted_by_how_far_it_is_above_the_average(people):
    for month, amount in ((1, "100"), (2, "100"), (3, "300"), (4, "100")):
        spend(people, amount, DAY(2025, month, 3))

    ((_, cells),) = year(people, "year=2025").tinted

    assert report_average(people) == Decimal("50.00")
    assert [heat for _, heat in cells] == [5, 5, 5, 5, *[0] * 8]


def report_average(people):
    return year(people, "year=2025").grid.average


@pytest.mark.parametrize("text", ["1899", "2201", "x", "20 26", "９９９９", "1e3", "-2026", "2026.5"])
def test_a_year_that_is_none_is_named(people, client, text, time_machine):
    time_machine.move_to(MOMENT)
    client.force_login(people.alice)

    response = client.get("/reports/year/", {"year": text})

    assert response.status_code == 200
    assert "Year: Write a year between 1900 and 2200. It is left out." in response.text


@pytest.mark.parametrize("number", [1900, 2200])
@pytest.mark.parametrize("starts_on", [1, 10, 25])
def test_the_first_and_the_last_year_stand(people, number, starts_on):
    people.household.month_starts_on = starts_on
    people.household.save()
    spend(people, "3", DAY(number, 6, 1))

    report = year(people, f"year={number}")

    assert report.grid.total.amount == 3
    assert {slot.size for slot in report.grid.slots} == {Size.MONTH}
