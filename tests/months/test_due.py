"""What is still due on the month page: the list beside the categories, what a day has left, what a row says."""

import datetime as dt

import pytest

from tests.factories import make_limit, make_recurring
from tests.months.households import DECEMBER, NOVEMBER, OCTOBER, plain
from tests.months.test_planned_page import figure, page_of, row, warn, words
from tests.people import TODAY


@pytest.fixture(autouse=True)
def today(time_machine):
    time_machine.move_to("2026-11-22T12:00:00Z")


def spoken(element):
    return " ".join(" ".join(element.stripped_strings).split())


def due_of(page):
    return page.select_one("section[aria-labelledby=due]")


def lines(page):
    return [spoken(line) for line in due_of(page).select("li")]


@pytest.fixture
def bills(people):
    """Of the households of `plain`: a phone bill that waits since Friday, one of October, insurance on the 30th, and a
    gift to come without a limit."""
    plain(people)
    household = people.household
    phone = make_recurring(
        household, "Phone", "36", category=people.food, anchor=dt.date(2026, 11, 20), automatic=False
    )
    old = make_recurring(household, "Paper", "9", category=people.food, anchor=dt.date(2026, 10, 30), every=2)
    for recurring in (phone, old):
        recurring.settled_until = TODAY
        recurring.save()
        day = {"nominal_on": recurring.anchor, "due_on": recurring.anchor}
        recurring.occurrences.create(household=household, state="due", **day)
    make_recurring(household, "Insurance", "20", category=people.food, anchor=dt.date(2026, 11, 30))
    make_recurring(household, "Flowers", "5", category=people.category("Gifts"), anchor=dt.date(2026, 11, 25))
    return phone


def test_what_is_due_stands_beside_the_categories(client, people, bills):
    page = page_of(client, people)

    assert words(due_of(page).select_one(".section-head")) == "Due 61.00 by 30 Nov"
    assert lines(page) == [
        "Paper 9.00 Fri 30 Oct overdue Food Post Skip",
        "Phone 36.00 Fri 20 Nov overdue Food Post Skip",
        "Flowers 5.00 Wed 25 Nov Gifts",
        "Insurance 20.00 Mon 30 Nov Food",
    ]
    assert words(due_of(page).select_one(".entry-after")) == "Then Phone, 36.00, on Sun 20 Dec."


def test_post_and_skip_do_so(client, people, bills):
    forms = due_of(page_of(client, people)).select("form")

    client.post(forms[2]["action"])  # Phone
    client.post(forms[1]["action"])  # Paper

    assert bills.occurrences.posted().get().expense.spent_on == dt.date(2026, 11, 20)
    assert people.household.occurrences.due().count() == 0
    assert people.household.occurrences.filter(state="skipped").count() == 1


def test_a_viewer_sees_no_buttons(client, people, bills):
    page = page_of(client, people, by=people.vera)

    assert len(lines(page)) == 4
    assert not due_of(page).select("form")


def test_what_is_due_is_not_for_today(client, people, bills):
    """Food has 102.10 left, of which 56 are due; 5 are due without a limit."""
    found = figure(page_of(client, people), "Left per day")

    assert words(found.select_one(".figure-note")).startswith("after 61.00 still due, for 9 days")
    assert "− Still due and paid out of these 61.00 = Free to spend 1,421.10" in spoken(found.select_one(".sum"))
    assert found.select_one(".figure-value data")["value"] == "157.90"  # 1,421.10 over 9 days


def test_a_category_says_what_is_still_due_in_it(client, people, bills):
    page = page_of(client, people)

    assert "Still due here: 56.00, which leaves 46.10." in words(row(page, people.food))
    assert "Still due here: 5.00." in words(row(page, people.category("Gifts")))


def test_more_due_than_left_is_said(client, people):
    make_limit(people.food, "50", NOVEMBER)
    make_recurring(people.household, "Insurance", "62.50", category=people.food, anchor=dt.date(2026, 11, 30))

    assert "Still due here: 62.50, 12.50 more than is left." in words(row(page_of(client, people), people.food))


def test_months_to_come_show_what_will_come(client, people, bills):
    page = page_of(client, people, DECEMBER)

    assert words(due_of(page).h2) == "To come"
    assert [line.split(" ")[0] for line in lines(page)] == ["Phone", "Flowers", "Insurance", "Paper"]
    assert not due_of(page).select("form")


def test_past_months_show_what_waits_only(client, people, bills):
    page = page_of(client, people, OCTOBER)

    assert words(due_of(page).h2) == "Overdue"
    assert lines(page) == ["Paper 9.00 Fri 30 Oct overdue Food Post Skip"]
    assert due_of(page).select_one(".entry-after") is None


def test_where_nothing_comes_again_nothing_is_said_of_it(client, people):
    plain(people)

    assert due_of(page_of(client, people)) is None


def test_of_many_the_first_are_shown_with_a_way_to_the_rest(client, people):
    for number in range(11):
        make_recurring(people.household, f"Bill {number}", category=people.food, anchor=dt.date(2026, 11, 23))

    page = page_of(client, people)

    assert len(lines(page)) == 8
    assert words(due_of(page).select_one("a[href='/recurring/']")) == "3 more"


def test_who_pays_keeps_what_is_due(client, people):
    """Rent has most left, 1,380.00, and needs nearly all of it."""
    plain(people)
    make_recurring(people.household, "Deposit", "1370", category=people.category("Rent"), anchor=dt.date(2026, 11, 30))
    warn(people, people.fun)

    assert "Food has the most left, 102.10." in words(page_of(client, people).select_one(".notices"))
