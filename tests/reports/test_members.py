"""Members: who wrote down what, one alone, who has left, and the bars of their categories."""

import datetime as dt
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.http import QueryDict

from expenses.reports.charts.columns import Figure, Series
from expenses.reports.charts.stacks import Stacks
from expenses.reports.forms import MembersForm
from expenses.reports.members import Members
from tests.factories import make_expense
from tests.reports.households import MOMENT, TODAY

DAY = dt.date(2026, 11, 3)


def members(people, query=""):
    return Members.of(MembersForm(QueryDict(query), household=people.household, on=TODAY))


def spend(people, amount, by, name="Food", day=DAY):
    make_expense(people.household, amount=amount, spent_on=day, category=people.category(name), recorded_by=by)


@pytest.fixture
def page(client, people, time_machine):
    time_machine.move_to(MOMENT)
    client.force_login(people.alice)

    def ask(query=""):
        return BeautifulSoup(client.get(f"/reports/members/?{query}").content, "html.parser")

    return ask


def test_each_member_with_total_number_and_share(people):
    spend(people, "30", people.bob)
    spend(people, "50", people.alice)
    spend(people, "10", people.alice, "Fun")

    alice, bob = members(people).lines

    assert (alice.member, alice.total.spent, alice.share) == (people.alice, (60, 2), Decimal("66.7"))
    assert (bob.member, bob.total.spent, bob.share) == (people.bob, (30, 1), Decimal("33.3"))
    assert [(part.name, part.cell.amount) for part in alice.parts] == [("Food", 50), ("Fun", 10)]


def test_their_largest_categories_stand_alone_and_the_rest_together(people):
    for number in range(12):
        people.household.categories.create(name=f"Category {number}", color="#123456")
        spend(people, str(10 + number), people.bob, f"Category {number}")
    spend(people, "1", people.alice)

    bob, _ = members(people).lines

    assert [part.name for part in bob.parts][:2] == ["6 others", "Category 11"]
    assert bob.parts[0].cell.amount == 10 + 11 + 12 + 13 + 14
    assert sum(part.cell.amount for part in bob.parts) == bob.total.amount


def test_members_by_months(people):
    spend(people, "30", people.bob, day=dt.date(2026, 10, 3))
    spend(people, "50", people.alice)

    report = members(people)

    assert [[cell.amount for cell in line.cells][-2:] for line in report.lines] == [[0, 50], [30, 0]]
    assert [cell.amount for cell in report.cells][-2:] == [30, 50]
    assert report.cells[-1].query == "month=2026-11"


def test_who_has_left_is_named(people, page):
    spend(people, "30", people.bob)
    spend(people, "50", people.alice)
    people.household.memberships.filter(user=people.bob).delete()

    said = page().select_one(".shared").get_text(" ", strip=True)

    assert "Bob no longer a member" in said
    assert "Alice no longer" not in said


def test_one_alone_is_said_and_shown_by_category(people, page):
    people.household.memberships.exclude(user=people.alice).delete()
    spend(people, "50", people.alice)

    html = page()

    assert "Alice is the only one who has written expenses down here." in html.text
    assert [row.th.get_text(strip=True) for row in html.select(".year-table tbody tr")] == ["Food"]


def test_who_wrote_nothing_is_named_but_viewers_cannot(people, page):
    spend(people, "50", people.alice)

    said = page().select_one(".report-note").get_text(" ", strip=True)

    assert said == "Nothing from Bob in this time."


def test_one_that_is_chosen_has_a_way_back_to_all(people, page):
    spend(people, "30", people.bob)
    spend(people, "50", people.alice)

    html = page()
    link = next(one for one in html.select(".shared h3 a") if one.text == "Bob")
    bob = page(link["href"].lstrip("?"))

    assert [row.th.get_text(strip=True) for row in bob.select(".year-table tbody tr")] == ["Food"]
    assert bob.select_one(".section-head .link")["href"] == "?"
    assert not bob.select_one(".report-note")


# ── the bars ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.either
@pytest.mark.parametrize(
    ("bars", "expected"),
    [
        pytest.param([], [], id="nobody"),
        pytest.param([["0.01"]], [[(0, 100)]], id="one cent"),
        pytest.param([["1000000", "0.01"]], [[(0, 100), (100, 0)]], id="a million and a cent"),
        pytest.param([["60", "40"], ["25", None]], [[(0, 60), (60, 40)], [(0, 25)]], id="beside the longest"),
        pytest.param([["-5", "10"]], [[(0, 100)]], id="what came back has no length"),
        pytest.param([["-5"]], [[]], id="only what came back"),
        pytest.param([["1", "1", "1"]], [[(0, 33.33), (33.33, 33.34), (66.67, 33.33)]], id="no gaps"),
    ],
)
def test_lying_bars(bars, expected):
    figures = [[None if one is None else Figure(Decimal(one), one, "/p/") for one in parts] for parts in bars]
    series = [Series(str(number)) for number in range(max(map(len, bars), default=0))]

    drawn = Stacks.of(figures, series)

    assert [[(float(piece.x), float(piece.width)) for piece in pieces] for pieces in drawn.bars] == expected
