"""When a threshold is crossed, and when it is armed again: tables of what there was and what was spent."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expenses.alerts.crossing import Spending, Threshold, cross

pytestmark = pytest.mark.either  # asks no database

NEAR, OVER = Threshold.NEAR, Threshold.OVER
BOTH, NEITHER = {NEAR, OVER}, set()


def crossing(had, spent, *, posted="0", due="0", armed=BOTH, is_planned=True):
    spending = Spending(Decimal(had), Decimal(spent), Decimal(posted), Decimal(due))
    return cross(spending, is_planned=is_planned, armed=armed)


@pytest.mark.parametrize(
    ("had", "spent", "true"),
    [
        ("100", "0", None),
        ("100", "-20", None),
        ("100", "79.99", None),
        ("100", "80", NEAR),  # exactly 80 %
        ("100", "99.9999", NEAR),
        ("100", "100", None),  # used up exactly
        ("100", "100.0001", OVER),
        ("0.05", "0.04", NEAR),
        ("33.33", "26.66", None),  # 79.98 %
        ("33.33", "26.67", NEAR),
        ("0", "0", None),
        ("0", "0.01", OVER),  # spent against nothing
        ("0", "-5", None),
        ("-20", "0", None),  # overspent before, and nothing spent since
        ("-20", "-30", None),
        ("-20", "1", OVER),
        ("100000000000", "100000000000.0001", OVER),
    ],
)
def test_what_is_true_of_a_month(had, spent, true):
    found = crossing(had, spent)

    assert found.true == true
    assert found.raised == true


@pytest.mark.parametrize(("had", "spent"), [("0", "50"), ("0", "0"), ("0", "-50")])
def test_what_has_no_plan_never_warns(had, spent):
    assert crossing(had, spent, is_planned=False).raised is None


@pytest.mark.parametrize(
    ("spent", "armed", "raised", "then"),
    [
        ("79", BOTH, None, BOTH),
        ("85", BOTH, NEAR, {OVER}),
        ("85", {OVER}, None, {OVER}),  # told already
        ("105", {OVER}, OVER, NEITHER),
        ("105", BOTH, OVER, NEITHER),  # the lower one disarms without a word
        ("105", NEITHER, None, NEITHER),
        ("98", NEITHER, None, NEITHER),  # from over back to near: nothing new
        ("95", NEITHER, None, NEITHER),  # exactly 5 points below 100 %
        ("94.99", NEITHER, None, {OVER}),
        ("106", {OVER}, OVER, NEITHER),  # the second round
        ("75", NEITHER, None, {OVER}),  # exactly 5 points below 80 %
        ("74.99", NEITHER, None, BOTH),
        ("-10", NEITHER, None, BOTH),
        ("100", BOTH, None, BOTH),  # used up exactly says nothing, and changes nothing
        ("100", NEITHER, None, NEITHER),
    ],
)
def test_a_threshold_disarms_when_it_is_crossed_and_arms_again_5_points_below(spent, armed, raised, then):
    found = crossing("100", spent, armed=armed)

    assert found.raised == raised
    assert found.armed == then


@pytest.mark.parametrize(
    ("had", "spent", "then"),
    [("0", "5", NEITHER), ("0", "0.01", NEITHER), ("0", "0", BOTH), ("-20", "5", NEITHER), ("-20", "-1", BOTH)],
)
def test_where_there_was_nothing_it_arms_again_once_nothing_is_spent(had, spent, then):
    assert crossing(had, spent, armed=NEITHER).armed == then


# ── beside recurring expenses ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("had", "spent", "posted", "due", "true"),
    [
        ("900", "900", "900", "0", None),  # the rent on the 1st
        ("950", "900", "900", "0", None),  # and of a limit that is hardly more
        ("900", "0", "0", "900", None),  # before it is posted
        ("800", "0", "0", "900", None),  # it will not fit, and nothing was spent yet
        ("800", "900", "900", "0", OVER),  # it did not fit
        ("0", "900", "900", "0", OVER),
        ("950", "939.99", "900", "0", None),  # groceries beside it: 79.98 % of the 50 that it leaves
        ("950", "940", "900", "0", NEAR),
        ("950", "950", "900", "0", None),  # used up exactly
        ("950", "950.01", "900", "0", OVER),
        ("950", "39.99", "0", "900", None),  # the same while it is still due
        ("950", "40", "0", "900", NEAR),
        ("950", "50", "0", "900", None),
        ("950", "50.01", "0", "900", NEAR),  # what is left is less than what is still due, and not over yet
        ("950", "949", "0", "900", NEAR),
        ("950", "950.01", "0", "900", OVER),
        ("500", "340", "100", "100", NEAR),  # one posted and one to come: 240 of 300
        ("500", "339", "100", "100", None),
        ("100", "-10", "0", "120", None),
        ("100", "30", "-50", "0", None),  # a deposit that came back: 80 of 150
    ],
)
def test_what_recurring_expenses_posted_or_have_due_is_taken_off_both_sides(had, spent, posted, due, true):
    found = crossing(had, spent, posted=posted, due=due)

    assert found.true == true
    assert found.raised == true


@pytest.mark.parametrize(
    ("had", "spent", "posted", "due", "armed", "then"),
    [
        ("950", "947.50", "900", "0", NEITHER, NEITHER),  # exactly 5 points below the 50 beside the rent
        ("950", "947.49", "900", "0", NEITHER, {OVER}),
        ("950", "937.50", "900", "0", NEITHER, {OVER}),
        ("950", "937.49", "900", "0", NEITHER, BOTH),
        ("950", "37.49", "0", "900", NEITHER, BOTH),
        ("900", "900", "900", "0", NEITHER, BOTH),  # nothing beside it
        ("800", "900", "900", "0", NEITHER, NEITHER),  # still over
    ],
)
def test_it_arms_again_by_what_lies_beside_them(had, spent, posted, due, armed, then):
    assert crossing(had, spent, posted=posted, due=due, armed=armed).armed == then


amounts = st.decimals(min_value=-200, max_value=200, places=2)
spendings = st.builds(Spending, amounts, amounts, amounts, amounts.filter(lambda due: due >= 0))
states = st.sampled_from([frozenset(BOTH), frozenset({OVER}), frozenset()])  # what crossing itself leads to


@given(spending=spendings, armed=states, is_planned=st.booleans())
def test_a_second_look_at_the_same_month_finds_nothing_new(spending, armed, is_planned):
    first = cross(spending, is_planned=is_planned, armed=armed)

    second = cross(spending, is_planned=is_planned, armed=first.armed)

    assert second.raised is None
    assert second.armed == first.armed
    assert second.true == first.true
    assert first.armed in (frozenset(BOTH), frozenset({OVER}), frozenset())


@given(spending=spendings, armed=states)
def test_what_is_raised_is_true_and_was_armed(spending, armed):
    found = cross(spending, is_planned=True, armed=armed)

    assert found.raised is None or (found.raised == found.true and found.raised in armed)


@given(spending=spendings)
def test_what_was_posted_warns_no_more_than_when_it_was_due(spending):
    """A bill that is posted changes nothing, unless it leaves less than nothing."""
    posted = Spending(
        spending.had, spending.spent + spending.due, spending.posted + spending.due, spending.due - spending.due
    )

    before, after = (cross(each, is_planned=True, armed=BOTH).true for each in (spending, posted))

    assert after in (before, OVER) or (before == NEAR and after is None and posted.had == posted.spent)
