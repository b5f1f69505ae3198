"""The parts of a figure and how they are drawn."""

import datetime as dt
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.template import Context, Template

from expenses.shared.sums import Sum, added, taken

pytestmark = pytest.mark.either  # asks no database


def drawn(found):
    return BeautifulSoup(Template("{% sum found %}").render(Context({"found": found})), "html.parser")


def lines(found):
    return [[cell.get_text() for cell in row.select("td, th")] for row in drawn(found).select("tr")]


def test_what_is_added_and_what_is_taken_have_their_sign_and_no_sign_stands_first():
    found = Sum(
        [
            added(Decimal(100), "Limit"),
            added(Decimal(-5), "Moved"),
            taken(Decimal(30), "Spent"),
            taken(Decimal(-2), "Back"),
        ],
        Decimal(67),
        "Left",
    )

    assert found.adds_up
    assert lines(found) == [
        ["", "Limit", "100.00"],
        ["−", "Moved", "5.00"],
        ["−", "Spent", "30.00"],
        ["+", "Back", "2.00"],
        ["=", "Left", "67.00"],
    ]


def test_a_sum_that_begins_below_zero_says_so():
    found = Sum([added(Decimal(-8), "Too much"), added(Decimal(3), "Income")], Decimal(-5), "To assign")

    assert found.adds_up
    assert lines(found) == [["−", "Too much", "8.00"], ["+", "Income", "3.00"], ["=", "To assign", "−5.00"]]


def test_nothing_taken_is_still_taken():
    found = Sum([added(Decimal(1), "Limit"), taken(Decimal(0), "Spent")], Decimal(1), "Left")

    assert [line[0] for line in lines(found)] == ["", "−", "="]


def test_parts_that_do_not_come_to_the_figure_are_found_out():
    assert not Sum([added(Decimal("0.01"))], Decimal(0)).adds_up


def test_a_link_stands_between_its_words_and_tells_its_day():
    part = added(
        Decimal(1), "Moved ", "from Food, ", "/transfers/?month=2026-11&category=1", " or so", on=dt.date(2026, 11, 9)
    )

    head = drawn(Sum([part], Decimal(1), "Left")).th

    assert head.get_text() == "Moved from Food, 9 Nov or so"
    assert head.a["href"] == "/transfers/?month=2026-11&category=1"
    assert head.a.time["datetime"] == "2026-11-09"


def test_names_are_never_taken_for_html():
    part = added(Decimal(1), "<b>", "<script>alert(1)</script>", '"><img src=x>', "<i>")

    html = drawn(Sum([part], Decimal(1), "<u>", more="&lt;"))

    assert not html.select("b, script, img, i, u")
    assert html.tfoot.th.get_text() == "<u>&lt;"
