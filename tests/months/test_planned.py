"""What limits, moves and carries come to: left, spent of what there was, free to spend."""

from decimal import Decimal

import pytest

from expenses.budgets.envelope import Envelope, Leftover
from expenses.ledger.models import Spent
from expenses.months.overview import CategoryLine
from expenses.months.planned import Counted, Planned

pytestmark = pytest.mark.either  # asks no database

SURPLUS, ALL, NONE = Leftover.SURPLUS, Leftover.ALL, Leftover.NONE
NOTHING = Spent(Decimal(0), 0)


def envelope(limit, spent, *, moved="0", carried="0", leftover=SURPLUS):
    amount = None if limit is None else Decimal(limit)
    return Envelope(amount, leftover, Decimal(moved), Decimal(carried), Decimal(spent))


def planned(*envelopes, beyond=NOTHING, due=(), due_beyond="0"):
    bills = [*map(Decimal, due), *[Decimal(0)] * len(envelopes)]
    counted = [
        Counted(f"c{number}", each, Spent(each.spent, 1), bills[number]) for number, each in enumerate(envelopes)
    ]
    return Planned.of(counted, beyond=beyond, due_beyond=Decimal(due_beyond))


@pytest.mark.parametrize(
    ("envelopes", "had", "left", "free", "over", "put_by"),
    [
        pytest.param([envelope("100", "30")], "100", "70", "70", "0", "0", id="one limit"),
        pytest.param([envelope("100", "100")], "100", "0", "0", "0", "0", id="used up exactly"),
        pytest.param(
            [envelope("100", "30"), envelope("50", "68.40")],
            "150",
            "51.60",
            "70",
            "18.40",
            "0",
            id="not netted",
        ),
        pytest.param([envelope("50", "68.40")], "50", "-18.40", "0", "18.40", "0", id="only over: never below zero"),
        pytest.param(
            [envelope("100", "30"), envelope("600", "0", leftover=ALL)], "700", "670", "70", "0", "600", id="put by"
        ),
        pytest.param(
            [envelope("100", "30"), envelope("10", "25", leftover=ALL)], "110", "55", "70", "15", "0", id="owes"
        ),
        pytest.param([envelope("100", "30", leftover=NONE)], "100", "70", "70", "0", "0", id="starts again"),
        pytest.param([envelope("100", "-5")], "100", "105", "105", "0", "0", id="a refund"),
        pytest.param([envelope(None, "30", moved="20")], "20", "-10", "0", "10", "0", id="a move without a limit"),
        pytest.param(
            [envelope("100", "30", moved="-20.5", carried="12.40")],
            "91.90",
            "61.90",
            "61.90",
            "0",
            "0",
            id="all parts",
        ),
        pytest.param([envelope("10", "0", carried="-25", leftover=ALL)], "-15", "-15", "0", "15", "0", id="pays back"),
    ],
)
def test_the_figures_come_from_the_categories(envelopes, had, left, free, over, put_by):
    found = planned(*envelopes)

    assert (found.had, found.left, found.free, found.over, found.put_by) == tuple(
        map(Decimal, (had, left, free, over, put_by))
    )
    assert found.free == found.left + found.over - found.put_by


@pytest.mark.parametrize(
    ("envelopes", "due", "due_beyond", "free", "taken"),
    [
        pytest.param([envelope("100", "30")], ["20"], "0", "50", "20", id="one bill"),
        pytest.param([envelope("100", "30")], ["70"], "0", "0", "70", id="all of it"),
        pytest.param([envelope("100", "30"), envelope("50", "0")], ["90"], "0", "50", "70", id="others do not pay"),
        pytest.param([envelope("100", "130"), envelope("50", "0")], ["90"], "0", "50", "0", id="over already"),
        pytest.param([envelope("600", "0", leftover=ALL), envelope("50", "0")], ["412"], "0", "50", "0", id="put by"),
        pytest.param([envelope("100", "30")], [], "25", "45", "25", id="without a limit"),
        pytest.param([envelope("100", "30")], ["20"], "900", "0", "70", id="never below zero"),
    ],
)
def test_what_is_still_due_is_not_free(envelopes, due, due_beyond, free, taken):
    found = planned(*envelopes, due=due, due_beyond=due_beyond)

    assert (found.free, found.due) == (Decimal(free), Decimal(taken))
    assert found.free == found.left + found.over - found.put_by - found.due


def test_what_is_spent_without_a_limit_is_in_none_of_the_figures():
    found = planned(envelope("100", "30"), beyond=Spent(Decimal(1380), 1))

    assert (found.left, found.spent.amount, found.beyond.amount) == (70, 30, 1380)


def test_nothing_planned_has_no_figures():
    assert planned() is None


@pytest.mark.parametrize(
    ("free", "days", "decimals", "a_day"),
    [
        ("424.40", 8, 2, "53.05"),
        ("100", 3, 2, "33.33"),
        ("200", 3, 2, "66.66"),  # down, so that it lasts
        ("1000", 7, 0, "142"),
        ("10.000", 3, 3, "3.333"),
        ("0", 9, 2, "0.00"),
        ("5.55", 1, 2, "5.55"),
    ],
)
def test_what_is_left_per_day_is_rounded_down_to_the_currency(free, days, decimals, a_day):
    found = planned(envelope(free, "0"))

    assert str(found.a_day(days, decimals=decimals)) == a_day


@pytest.mark.parametrize(
    ("each", "is_open", "state"),
    [
        (None, True, "none"),
        (envelope("100", "79.99"), True, "fine"),
        (envelope("100", "80"), True, "near"),
        (envelope("100", "99.99"), True, "near"),
        (envelope("100", "80"), False, "fine"),
        (envelope("100", "100"), True, "spent-up"),
        (envelope("100", "100.01"), True, "over"),
        (envelope("100", "100.01"), False, "over"),
        (envelope("0", "0"), True, "spent-up"),
        (envelope("0", "5"), True, "over"),
        (envelope(None, "0", moved="-5"), True, "over"),
        (envelope("100", "-5"), True, "fine"),
        (envelope(None, "-5", carried="10"), True, "fine"),
    ],
)
def test_a_row_says_how_its_category_stands(each, is_open, state):
    assert CategoryLine(None, NOTHING, NOTHING, Decimal(0), each, is_open=is_open).state == state


@pytest.mark.parametrize(
    ("spent", "posted", "due", "state"),
    [
        ("90", "90", "0", "fine"),  # the rent alone
        ("97", "90", "0", "fine"),
        ("98", "90", "0", "near"),  # 8 of the 10 beside it
        ("8", "0", "90", "near"),
        ("101", "90", "0", "over"),
    ],
)
def test_a_row_is_near_where_the_alerts_would_warn(spent, posted, due, state):
    line = CategoryLine(
        None, NOTHING, NOTHING, Decimal(0), envelope("100", spent), posted=Decimal(posted), due=Decimal(due)
    )

    assert line.state == state
