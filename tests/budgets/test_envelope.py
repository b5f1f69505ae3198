"""The arithmetic of a month: tables of (input, expected), and two properties against a slow reference (slow.py)."""

import contextlib
import datetime as dt
import uuid
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from expenses.budgets import figures as stored
from expenses.budgets.envelope import (
    Envelope,
    FigureChange,
    Figures,
    Leftover,
    Pool,
    Proof,
    Rule,
    changes,
    first_month,
    movable,
    payers,
    shortage,
    standing,
    walk,
)
from expenses.budgets.models import Limit, PlanRefused, Setting, Transfer
from expenses.ledger.models import Expense, Income
from expenses.shared.months import Month
from tests.budgets.slow import Plain, Slow, first_day, number
from tests.people import People

SURPLUS, ALL, NONE = Leftover.SURPLUS, Leftover.ALL, Leftover.NONE
FOOD, FUN, RENT = 1, 2, 3

OCT, NOV, DEC = Month(2026, 10), Month(2026, 11), Month(2026, 12)
JAN, FEB, MAR = Month(2027, 1), Month(2027, 2), Month(2027, 3)


def d(amount) -> Decimal:
    return Decimal(str(amount))


def by_month(**months):
    """`by_month(nov={FOOD: 12})`: amounts by month and category."""
    named = {"oct": OCT, "nov": NOV, "dec": DEC, "jan": JAN, "feb": FEB, "mar": MAR}
    return {named[name]: {category: d(amount) for category, amount in parts.items()} for name, parts in months.items()}


def sums(**months):
    """`sums(nov=12)`: amounts by month."""
    return {month: parts[0] for month, parts in by_month(**{name: {0: x} for name, x in months.items()}).items()}


def rules(*rows):
    """`rules((NOV, 400, ALL), (DEC, None))`."""
    return [Rule(row[0], None if row[1] is None else d(row[1]), row[2] if len(row) > 2 else SURPLUS) for row in rows]


def food(figures, last):
    """What the category Food is in each month up to the last."""
    return {month.month: month.envelopes.get(FOOD) for month in walk(figures, last)}


def lefts(figures, last, category=FOOD):
    return [month.envelopes[category].left if category in month.envelopes else None for month in walk(figures, last)]


def pools(figures, last):
    return [month.pool.amount if month.pool else None for month in walk(figures, last)]


# ── left ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("limit", "moved", "carried", "spent", "left"),
    [
        (400, 0, 0, 350, 50),
        (400, 20, "12.40", 350, "82.40"),
        (400, -150, 0, 350, -100),
        (400, 0, -30, 350, 20),
        (0, 0, 0, "0.01", "-0.01"),
        (None, 0, 0, 64, -64),
        (None, 100, 0, 64, 36),
        (400, 0, 0, -25, 425),  # only a refund
        ("0.0001", 0, 0, "0.0001", 0),
    ],
)
def test_left_is_limit_and_moved_and_carried_less_spent(limit, moved, carried, spent, left):
    envelope = Envelope(None if limit is None else d(limit), SURPLUS, d(moved), d(carried), d(spent))

    assert envelope.left == d(left)
    assert envelope.had == d(left) + d(spent)
    assert envelope.over == max(-d(left), 0)
    assert envelope.is_over == (d(left) < 0)


@pytest.mark.parametrize(
    ("leftover", "left", "stays", "released"),
    [
        (SURPLUS, 30, 30, 0),
        (SURPLUS, 0, 0, 0),
        (SURPLUS, -30, 0, -30),
        (ALL, 30, 30, 0),
        (ALL, -30, -30, 0),
        (NONE, 30, 0, 30),
        (NONE, -30, 0, -30),
    ],
)
def test_what_stays_and_what_the_pool_gets_or_pays(leftover, left, stays, released):
    envelope = Envelope(d(100), leftover, spent=100 - d(left))

    assert envelope.left == left
    assert envelope.stays == stays
    assert envelope.released == released


@pytest.mark.parametrize(
    ("envelope", "is_planned"),
    [
        (Envelope(None, SURPLUS, spent=d(9)), False),
        (Envelope(d(0), SURPLUS), True),  # a limit of zero is one
        (Envelope(None, SURPLUS, moved=d(5)), True),
        (Envelope(None, SURPLUS, carried=d(-5)), True),
    ],
)
def test_a_limit_a_move_or_a_carry_makes_a_plan(envelope, is_planned):
    assert envelope.is_planned is is_planned


# ── the limit in force ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("set_to", "in_force"),  # October to March
    [
        ([(OCT, 400)], [400] * 6),
        ([(DEC, 400)], [None, None, 400, 400, 400, 400]),
        ([(OCT, 400), (JAN, 300)], [400, 400, 400, 300, 300, 300]),
        ([(OCT, 400), (JAN, None)], [400, 400, 400, None, None, None]),
        ([(OCT, 400), (DEC, None), (FEB, 100)], [400, 400, None, None, 100, 100]),
        ([(OCT, 400), (DEC, 700), (JAN, 400)], [400, 400, 700, 400, 400, 400]),  # December only
        ([(OCT, 400), (NOV, 0)], [400, 0, 0, 0, 0, 0]),
        ([(Month(2020, 1), 400)], [400] * 6),  # set in what is history since
    ],
)
def test_the_newest_limit_not_later_than_the_month_is_in_force(set_to, in_force):
    figures = Figures(since=OCT, rules={FOOD: rules(*set_to)}, spent=by_month(oct={FUN: 1}))

    found = [envelope.limit if envelope else None for envelope in food(figures, MAR).values()]

    assert found == in_force


def test_an_ended_limit_lets_the_surplus_stay():
    figures = Figures(since=OCT, rules={FOOD: rules((OCT, 400), (NOV, None))}, spent=by_month(oct={FOOD: 350}))

    assert lefts(figures, JAN) == [50, 50, 50, 50]


# ── what is carried ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("leftover", "spent", "expected"),  # a limit of 100; what is left in October, November, December
    [
        (SURPLUS, {}, [100, 200, 300]),
        (SURPLUS, {"oct": 130}, [-30, 100, 200]),
        (SURPLUS, {"nov": 250}, [100, -50, 100]),
        (ALL, {}, [100, 200, 300]),
        (ALL, {"oct": 130}, [-30, 70, 170]),
        (ALL, {"oct": 330, "nov": 100}, [-230, -230, -130]),
        (NONE, {}, [100, 100, 100]),
        (NONE, {"oct": 130, "nov": 20}, [-30, 80, 100]),
        (SURPLUS, {"oct": -25}, [125, 225, 325]),  # a refund
        (NONE, {"oct": -25}, [125, 100, 100]),
    ],
)
def test_the_leftover_says_what_is_carried(leftover, spent, expected):
    figures = Figures(
        since=OCT,
        rules={FOOD: rules((OCT, 100, leftover))},
        spent=by_month(**{name: {FOOD: amount} for name, amount in spent.items()}),
    )

    assert lefts(figures, DEC) == expected


@pytest.mark.parametrize(
    ("before", "after", "spent_in_october", "carried_into_november"),
    [
        (SURPLUS, NONE, 40, 60),
        (NONE, SURPLUS, 40, 0),
        (ALL, SURPLUS, 140, -40),
        (SURPLUS, ALL, 140, 0),
        (NONE, ALL, 140, 0),
        (ALL, NONE, 140, -40),
    ],
)
def test_the_leftover_of_the_month_before_decides(before, after, spent_in_october, carried_into_november):
    figures = Figures(
        since=OCT,
        rules={FOOD: rules((OCT, 100, before), (NOV, 100, after))},
        spent=by_month(oct={FOOD: spent_in_october}),
    )

    assert food(figures, NOV)[NOV].carried == carried_into_november


def test_without_a_limit_what_is_left_stays_and_what_is_overspent_does_not():
    moved = Figures(since=OCT, moved=by_month(oct={FOOD: 100}), spent=by_month(oct={FOOD: 30}, dec={FOOD: 90}))

    assert lefts(moved, JAN) == [70, 70, -20, None]


def test_a_limit_that_ended_keeps_its_leftover():
    figures = Figures(
        since=OCT,
        rules={FOOD: rules((OCT, 100, ALL), (NOV, None, NONE))},
        spent=by_month(oct={FOOD: 130}, nov={FOOD: -50}),
    )

    assert lefts(figures, DEC) == [-30, 20, 0]


def test_an_archived_category_returns_what_is_left_to_the_pool():
    figures = Figures(
        since=OCT,
        rules={FOOD: rules((OCT, 100), (NOV, 100, NONE), (DEC, None, NONE))},  # archived in November
        pool_from=OCT,
        income=sums(oct=500),
    )

    assert lefts(figures, DEC) == [100, 200, 0]
    assert pools(figures, DEC) == [400, 300, 500]


def test_nothing_is_carried_into_the_first_month_of_the_budget():
    history = {Month(2019 + year, month): {FOOD: d(900)} for year in range(7) for month in range(1, 13)}
    figures = Figures(
        since=NOV,
        rules={FOOD: rules((Month(2019, 1), 100, ALL))},
        spent={**history, NOV: {FOOD: d(30)}},
        moved={Month(2020, 5): {FOOD: d(77), FUN: d(-77)}},
        pool_from=Month(2020, 1),
        income={Month(2021, 1): d(10_000), NOV: d(500)},
        assigned={Month(2020, 5): d(-10)},
    )

    found = list(walk(figures, DEC))

    assert [month.month for month in found] == [NOV, DEC]
    assert found[0].envelopes[FOOD] == Envelope(d(100), ALL, spent=d(30))
    assert found[0].pool == Pool(d(0), d(500), d(100), d(0), d(0), d(0), d(0))
    assert found[1].envelopes[FOOD].carried == 70


def test_before_the_budget_begins_there_is_no_standing():
    figures = Figures(since=NOV, spent=by_month(oct={FOOD: 1}))

    assert standing(figures, OCT) is None
    assert list(walk(figures, OCT)) == []


def test_december_leads_to_january():
    figures = Figures(since=NOV, rules={FOOD: rules((NOV, 100, ALL))}, spent=by_month(dec={FOOD: 250}))

    found = list(walk(figures, FEB))

    assert [str(month.month) for month in found] == ["2026-11", "2026-12", "2027-01", "2027-02"]
    assert lefts(figures, FEB) == [100, -50, 50, 150]


def test_the_last_month_there_is_has_no_next_one():
    last = Month(2200, 12)
    figures = Figures(since=last.previous, rules={FOOD: rules((last.previous, 1))})

    assert lefts(figures, last) == [1, 2]


def test_months_keep_the_days_of_the_household():
    since = Month(2026, 12, 25)
    figures = Figures(since=since, rules={FOOD: rules((since, 100))})

    found = list(walk(figures, Month(2027, 1, 25)))

    assert [(month.month.start, month.month.last_day) for month in found] == [
        (dt.date(2026, 11, 25), dt.date(2026, 12, 24)),
        (dt.date(2026, 12, 25), dt.date(2027, 1, 24)),
    ]


# ── moves ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_move_changes_two_categories_and_a_reversal_takes_it_back():
    plan = Figures(since=NOV, rules={FOOD: rules((NOV, 100)), FUN: rules((NOV, 50))})

    moved = plan.with_move(NOV, FUN, FOOD, d(20))
    reversed_ = moved.with_move(NOV, FOOD, FUN, d(20))

    assert (lefts(moved, DEC), lefts(moved, DEC, FUN)) == ([120, 220], [30, 80])
    assert (lefts(reversed_, DEC), lefts(reversed_, DEC, FUN)) == ([100, 200], [50, 100])
    assert lefts(plan, DEC) == [100, 200]  # the plan itself stays as it was


def test_what_was_moved_in_is_carried_as_any_other_money():
    figures = Figures(since=NOV, moved=by_month(nov={FOOD: 40, FUN: -40}), rules={FUN: rules((NOV, 100))})

    assert lefts(figures, DEC) == [40, 40]
    assert lefts(figures, DEC, FUN) == [60, 160]


def test_assigning_from_the_pool_and_back():
    plan = Figures(since=NOV, pool_from=NOV, income=sums(nov=100))

    given_out = plan.with_move(NOV, None, FOOD, d(60))
    back = given_out.with_move(DEC, FOOD, None, d(25))

    assert (pools(given_out, DEC), lefts(given_out, DEC)) == ([40, 40], [60, 60])
    assert (pools(back, DEC), lefts(back, DEC)) == ([40, 65], [60, 35])


def test_the_last_move_of_a_category():
    figures = Figures(since=OCT, moved=by_month(oct={FOOD: 1, FUN: -1}, jan={FUN: 2, RENT: -2}))

    assert [figures.last_move_of(category) for category in (FOOD, FUN, RENT, 99)] == [OCT, JAN, JAN, None]


def test_a_limit_set_for_a_preview_takes_the_place_of_the_one_of_its_month():
    plan = Figures(since=OCT, rules={FOOD: rules((OCT, 100), (DEC, 300))})

    changed = plan.with_rules(FOOD, *rules((DEC, 250), (NOV, 200)))

    assert changed.rules[FOOD] == rules((OCT, 100), (NOV, 200), (DEC, 250))
    assert plan.rules[FOOD] == rules((OCT, 100), (DEC, 300))


# ── the pool ──────────────────────────────────────────────────────────────────────────────────────


def test_without_pool_from_there_is_no_pool():
    figures = Figures(since=OCT, income=sums(oct=100), rules={FOOD: rules((OCT, 10))})

    assert pools(figures, DEC) == [None, None, None]


def test_the_first_month_takes_off_what_the_categories_hold_already():
    figures = Figures(
        since=OCT,
        rules={FOOD: rules((OCT, 100)), FUN: rules((OCT, 50, ALL))},
        spent=by_month(oct={FOOD: 40, FUN: 70}),
        pool_from=NOV,
        income=sums(oct=9999, nov=1000),
        assigned=sums(nov=-200),
        moved=by_month(nov={RENT: 200}),
    )

    found = standing(figures, NOV)

    # Food holds 60 of October, Fun owes 20; what came before November is not in the pool.
    assert found.pool == Pool(
        before=d(0), income=d(1000), limits=d(150), assigned=d(-200), returned=d(0), overspent=d(0), carried=d(40)
    )
    assert found.pool.amount == 1000 - 150 - 200 - 40
    assert found.pool.amount + found.left == 1000


def test_later_months_get_what_closed_months_gave_back_and_pay_what_was_overspent():
    figures = Figures(
        since=OCT,
        rules={FOOD: rules((OCT, 100, NONE)), FUN: rules((OCT, 50)), RENT: rules((OCT, 500, ALL))},
        spent=by_month(oct={FOOD: 40, FUN: 70, RENT: 530}),
        pool_from=OCT,
        income=sums(oct=1000, nov=700),
    )

    october, november = walk(figures, NOV)

    assert october.pool.amount == 350
    assert november.pool == Pool(
        before=d(350), income=d(700), limits=d(650), assigned=d(0), returned=d(60), overspent=d(20), carried=d(0)
    )
    assert november.pool.amount == 440
    assert november.envelopes[RENT].carried == -30  # pays it back itself


@pytest.mark.parametrize(
    ("pool_from", "expected"),  # the pool from October to December, the budget begins in November
    [
        (None, [None, None]),
        (OCT, [90, 180]),  # never before the budget
        (NOV, [90, 180]),
        (DEC, [None, 80]),  # November's 10 are held by the category
        (JAN, [None, None]),
    ],
)
def test_the_pool_begins_with_its_month_but_never_before_the_budget(pool_from, expected):
    figures = Figures(
        since=NOV,
        rules={FOOD: rules((NOV, 10))},
        pool_from=pool_from,
        income=sums(oct=5000, nov=100, dec=100),
    )

    assert pools(figures, DEC) == expected
    assert figures.pool_since == (max(pool_from, NOV) if pool_from else None)


def test_a_pool_can_be_negative():
    figures = Figures(since=NOV, pool_from=NOV, rules={FOOD: rules((NOV, 120))})

    assert pools(figures, DEC) == [-120, -240]


def test_a_refund_after_an_overspent_month_does_not_reach_back():
    figures = Figures(
        since=OCT,
        rules={FOOD: rules((OCT, 100))},
        spent=by_month(oct={FOOD: 130}, nov={FOOD: -30}),
        pool_from=OCT,
        income=sums(oct=300),
    )

    assert lefts(figures, NOV) == [-30, 130]
    assert pools(figures, NOV) == [200, 70]


def test_an_income_before_the_first_figure_of_anything_else_is_not_passed_over():
    figures = Figures(since=OCT, pool_from=OCT, income=sums(oct=300), spent=by_month(jan={FOOD: 10}))

    assert [str(month.month) for month in walk(figures, JAN)] == ["2026-10", "2026-11", "2026-12", "2027-01"]
    assert pools(figures, FEB) == [300, 300, 300, 300, 290]


# ── where counting begins ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({}, MAR),
        ({"rules": {FOOD: rules((NOV, 1))}}, NOV),
        ({"rules": {FOOD: rules((Month(2020, 1), 1))}}, OCT),
        ({"rules": {FOOD: []}}, MAR),
        ({"moved": by_month(dec={FOOD: 1})}, DEC),
        ({"spent": by_month(jan={FOOD: 1})}, JAN),
        ({"assigned": sums(feb=1)}, FEB),
        ({"income": sums(nov=1), "pool_from": DEC}, NOV),
        ({"pool_from": DEC}, DEC),
    ],
)
def test_counting_begins_with_the_first_figure(figures, expected):
    assert first_month(Figures(since=OCT, **figures), MAR) == expected


# ── the guard, in short (test_transfers.py goes deeper) ───────────────────────────────────────────


PLAN = Figures(since=OCT, rules={FOOD: rules((OCT, 100)), FUN: rules((OCT, 50))}, spent=by_month(oct={FOOD: 30}))


@pytest.mark.parametrize(
    ("month", "amount", "short"),
    [
        (NOV, 170, None),
        (NOV, "170.01", (NOV, FOOD, "0.01", 170)),
        (OCT, 70, None),
        (OCT, 71, (OCT, FOOD, 1, 70)),
        (DEC, 100, None),  # what November carries is not closed yet
        (DEC, 101, (DEC, FOOD, 1, 100)),
    ],
)
def test_what_speaks_against_a_move_in_november(month, amount, short):
    found = shortage(PLAN, month=month, source=FOOD, destination=FUN, amount=d(amount), running=NOV)

    assert found == (None if short is None else (short[0], short[1], d(short[2]), d(short[3])))


@pytest.mark.parametrize(
    ("figures", "month", "source", "expected"),
    [
        (PLAN, NOV, FOOD, 170),
        (PLAN, DEC, FOOD, 100),
        (PLAN, NOV, RENT, 0),  # has nothing
        (PLAN, NOV, None, 0),  # no pool
        (PLAN.with_move(DEC, FOOD, FUN, d(100)), NOV, FOOD, 170),
        (PLAN.with_move(NOV, FOOD, FUN, d(100)), OCT, FOOD, 70),  # 70 are left in November
        (PLAN.with_move(NOV, FOOD, FUN, d(150)), OCT, FOOD, 20),  # October has 70, November but 20
        (Figures(since=OCT, spent=by_month(oct={FOOD: 9})), OCT, FOOD, 0),  # over
    ],
)
def test_the_most_that_may_be_moved(figures, month, source, expected):
    assert movable(figures, month=month, source=source, running=NOV) == expected


def test_a_pool_that_begins_next_month_gives_nothing_of_what_categories_hold_now():
    plan = replace(PLAN, pool_from=DEC, income=sums(dec=1000))  # Food and Fun hold money as November stands
    there = standing(plan, DEC).pool.amount

    assert there < 1000 - standing(plan, DEC).pool.limits
    assert standing(plan, DEC, running=NOV).pool.amount == there
    assert movable(plan, month=DEC, source=None, running=NOV) == there


def test_the_most_that_may_be_moved_passes_and_a_cent_more_does_not():
    figures = PLAN.with_move(NOV, FOOD, FUN, d(150))
    most = movable(figures, month=OCT, source=FOOD, running=NOV)

    def asked(amount):
        return shortage(figures, month=OCT, source=FOOD, destination=RENT, amount=amount, running=NOV)

    assert asked(most) is None
    assert asked(most + d("0.01")).amount == d("0.01")


def test_those_who_could_pay_have_the_most_first_and_a_plan():
    figures = Figures(
        since=NOV,
        rules={FOOD: rules((NOV, 100)), FUN: rules((NOV, 50)), 4: rules((NOV, 50)), 5: rules((NOV, 10))},
        spent=by_month(nov={FOOD: 130, RENT: -500, 5: 10}),
    )

    # Rent has a refund but no plan; 5 has nothing left.
    assert payers(standing(figures, NOV), FOOD) == [(FUN, 50), (4, 50)]
    assert payers(standing(figures, NOV), FUN) == [(4, 50)]


def test_what_is_still_due_in_it_a_category_cannot_give():
    figures = Figures(since=NOV, rules={FOOD: rules((NOV, 100)), FUN: rules((NOV, 50)), 4: rules((NOV, 50))})

    assert payers(standing(figures, NOV), 9, {FOOD: d("60"), 4: d("50")}) == [(FUN, 50), (FOOD, 40)]


# ── changes ───────────────────────────────────────────────────────────────────────────────────────


def test_a_changed_plan_names_every_later_figure_that_differs():
    before = Figures(
        since=OCT,
        rules={FOOD: rules((OCT, 100)), FUN: rules((OCT, 50))},
        spent=by_month(nov={FOOD: 220}),
        pool_from=OCT,
        income=sums(oct=1000),
    )
    after = before.with_rules(FOOD, *rules((OCT, 110), (NOV, 100)))

    assert changes(before, after, last=DEC) == [
        FigureChange(OCT, FOOD, d(100), d(110)),
        FigureChange(OCT, None, d(850), d(840)),
        FigureChange(NOV, FOOD, d(-20), d(-10)),
        FigureChange(NOV, None, d(700), d(690)),
        # Overspent by ten less: the pool is where it would have been, and so is Food.
    ]
    assert changes(before, after, last=DEC, categories=[FUN]) == [
        FigureChange(OCT, None, d(850), d(840)),
        FigureChange(NOV, None, d(700), d(690)),
    ]
    assert changes(before, before, last=DEC) == []


def test_plans_that_begin_in_different_months_are_compared_month_by_month():
    before = Figures(since=OCT, spent=by_month(jan={FOOD: 5}))
    after = before.with_rules(FOOD, *rules((NOV, 10)))

    assert changes(before, after, last=JAN) == [
        FigureChange(NOV, FOOD, d(0), d(10)),
        FigureChange(DEC, FOOD, d(0), d(20)),
        FigureChange(JAN, FOOD, d(-5), d(25)),
    ]


# ── the proof ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("pool", "left", "income", "spent", "difference"),
    [(440, 60, 1700, 1200, 0), (440, 60, 1700, 1199, -1), (440, "60.0001", 1700, 1200, "0.0001"), (0, -5, 0, 5, 0)],
)
def test_pool_and_left_are_income_less_spending(pool, left, income, spent, difference):
    proof = Proof(d(pool), d(left), d(income), d(spent))

    assert proof.difference == d(difference)
    assert proof.balances == (d(difference) == 0)


# ── any household, without the database ───────────────────────────────────────────────────────────

FIRST = number(2025, 12)  # budget_from of most of them: December, so that a year ends at once
MONTHS = 24
CATEGORIES = st.integers(1, 4)
SIDES = st.none() | CATEGORIES
CENTS = st.integers(1, 60_000)
SPENT = st.integers(-20_000, 60_000).filter(bool)
LEFTOVERS = st.sampled_from(["surplus", "all", "none"])
WHEN = st.integers(FIRST - 6, FIRST + MONTHS + 2)


@st.composite
def households(draw):
    starts_on = draw(st.integers(1, 28))
    days = st.dates(first_day(FIRST - 18, starts_on), first_day(FIRST + MONTHS + 2, starts_on))
    plain = Plain(
        since=FIRST,
        pool_from=draw(st.none() | st.integers(FIRST - 3, FIRST + 8)),
        starts_on=starts_on,
        expenses=draw(st.lists(st.tuples(days, CATEGORIES, SPENT), max_size=40)),
        incomes=draw(st.lists(st.tuples(days, CENTS), max_size=12)),
    )
    limits = {
        (month, category): (cents, leftover)
        for month, category, cents, leftover in draw(
            st.lists(st.tuples(WHEN, CATEGORIES, st.none() | st.integers(0, 60_000), LEFTOVERS), max_size=20)
        )
    }
    for category, month in draw(st.dictionaries(CATEGORIES, WHEN, max_size=2)).items():
        archive(limits, category, month)
    plain.limits = [(month, category, *setting) for (month, category), setting in limits.items()]
    for month, source, to, cents, is_reversed in draw(
        st.lists(st.tuples(WHEN, SIDES, SIDES, CENTS, st.booleans()), max_size=15)
    ):
        plain.moves.append((month, source, to, cents))
        if is_reversed:
            plain.moves.append((month, to, source, cents))
    return plain


def archive(limits, category, month):
    """What archiving writes: the limit ends with the month, and what is left returns to the pool."""
    before = [key for key in limits if key[1] == category and key[0] <= month]
    amount = limits[max(before)][0] if before else None
    for later in [key for key in limits if key[1] == category and key[0] > month]:
        del limits[later]
    limits[month, category] = (amount, "none")
    limits[month + 1, category] = (None, "none")


def as_month(month, starts_on=1):
    return Month(month // 12, month % 12 + 1, starts_on)


def euros(cents):
    return Decimal(cents).scaleb(-2)


def figures_of(plain):
    """The same household as the arithmetic wants it."""

    def month(value):
        return as_month(value, plain.starts_on)

    found = {name: defaultdict(lambda: defaultdict(Decimal)) for name in ("moved", "spent")}
    income, assigned = defaultdict(Decimal), defaultdict(Decimal)
    for day, category, cents in plain.expenses:
        found["spent"][Month.of(day, plain.starts_on)][category] += euros(cents)
    for day, cents in plain.incomes:
        income[Month.of(day, plain.starts_on)] += euros(cents)
    for when, source, to, cents in plain.moves:
        for side, change in ((source, -euros(cents)), (to, euros(cents))):
            if side is None:
                assigned[month(when)] += change
            else:
                found["moved"][month(when)][side] += change
    of_category = defaultdict(list)
    for when, category, cents, leftover in sorted(plain.limits, key=lambda row: row[0]):
        amount = None if cents is None else euros(cents)
        of_category[category].append(Rule(month(when), amount, Leftover(leftover)))
    return Figures(
        since=month(plain.since),
        rules=of_category,
        pool_from=None if plain.pool_from is None else month(plain.pool_from),
        income=income,
        assigned=assigned,
        **found,
    )


def assert_same(figures, plain, last):
    """Each category and the pool in each month, and the proof, as the slow reference has them."""
    slow = Slow(plain)
    months = {month.month: month for month in walk(figures, as_month(last))}
    for at in range(plain.since, last + 1):
        found = months.get(as_month(at))
        for category in plain.categories:
            envelope = found.envelopes.get(category) if found else None
            envelope = envelope or Envelope(None, SURPLUS)
            assert envelope.left == euros(slow.left(category, at)), (category, as_month(at))
            assert envelope.carried == euros(slow.carried(category, at)), (category, as_month(at))
            assert (envelope.limit or 0) == euros(slow.limit(category, at)), (category, as_month(at))
        pool = slow.pool(at)
        if pool is None:
            assert found is None or found.pool is None
            continue
        assert found.pool.amount == euros(pool), as_month(at)
        assert found.pool.amount + found.left == euros(slow.income_less_spending(plain.pool_since, at)), as_month(at)


@given(households())
@settings(max_examples=300)
def test_any_household_walks_as_the_slow_reference(plain):
    assert_same(figures_of(plain), plain, FIRST + MONTHS - 1)


@given(households())
@settings(max_examples=100)
def test_beginning_with_the_first_figure_leaves_nothing_out(plain):
    figures = figures_of(plain)
    last = as_month(FIRST + MONTHS - 1)
    # A limit that ends, in the very first month, changes nothing and makes counting begin there.
    from_the_start = figures.with_rules(99, Rule(figures.since, None, SURPLUS))

    short, whole = list(walk(figures, last)), list(walk(from_the_start, last))

    assert whole[0].month == figures.since
    for month in whole:
        del month.envelopes[99]
    skipped = len(whole) - len(short)
    assert all(not month.envelopes and month.pool is None for month in whole[:skipped])
    assert whole[skipped:] == short


@given(households(), WHEN, CATEGORIES, st.none() | CENTS, LEFTOVERS)
@settings(max_examples=100)
def test_changes_are_what_two_references_differ_in(plain, month, category, cents, leftover):
    last = FIRST + MONTHS - 1
    others = [row for row in plain.limits if row[:2] != (month, category)]
    changed = Plain(**{**vars(plain), "limits": [*others, (month, category, cents, leftover)]})
    amount = None if cents is None else euros(cents)
    before = figures_of(plain)
    after = before.with_rules(category, Rule(as_month(month), amount, Leftover(leftover)))

    found = changes(before, after, last=as_month(last))

    was, becomes = Slow(plain), Slow(changed)
    expected = []
    for at in range(plain.since, last + 1):
        pairs = [(each, was.left(each, at), becomes.left(each, at)) for each in sorted(changed.categories)]
        if was.pool(at) is not None:
            pairs.append((None, was.pool(at), becomes.pool(at)))
        expected += [FigureChange(as_month(at), each, euros(a), euros(b)) for each, a, b in pairs if a != b]
    assert found == expected


# ── any household, written by the verbs ───────────────────────────────────────────────────────────

BEGINS = number(2026, 11)
SPAN = 8  # months that the writers write in, two of them history
TODAY = dt.date(2027, 2, 10)
NAMED = st.sampled_from(["Food", "Rent", "Fun"])
MONTH = st.integers(BEGINS - 2, BEGINS + SPAN)
DAY = st.dates(dt.date(2026, 9, 20), dt.date(2027, 7, 10))


class Household(RuleBasedStateMachine):
    """Any mix of what people do, written by the verbs and, apart, into plain lists."""

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        people = People()
        self.alice, self.household = people.alice, people.household
        self.household.month_starts_on, self.household.budget_from = 25, Month(2026, 11)
        self.household.save()
        self.categories = {category.name: category for category in self.household.categories.all()}
        self.expenses = {}
        self.incomes = {}
        self.limits = {}
        self.moves = []
        self.reversible = {}
        self.pool_from = None

    def category(self, name):
        """Fresh, as a form would have it: somebody may have archived it."""
        return None if name is None else self.household.categories.get(pk=self.categories[name].pk)

    def id_of(self, name):
        return None if name is None else self.categories[name].pk

    @rule(day=DAY, name=NAMED, cents=SPENT)
    def spend(self, day, name, cents):
        row = Expense.objects.create(
            household=self.household,
            category=self.categories[name],
            recorded_by=self.alice,
            description="Something",
            amount=euros(cents),
            spent_on=day,
        )
        self.expenses[row.pk] = (day, self.id_of(name), cents)

    @precondition(lambda self: self.expenses)
    @rule(which=st.integers(0, 99), day=DAY, name=NAMED, cents=SPENT)
    def rewrite(self, which, day, name, cents):
        pk = sorted(self.expenses)[which % len(self.expenses)]
        row = Expense.objects.get(pk=pk)
        row.spent_on, row.category, row.amount = day, self.categories[name], euros(cents)
        row.rewrite(seen=row.updated_at)
        self.expenses[pk] = (day, self.id_of(name), cents)

    @precondition(lambda self: self.expenses)
    @rule(which=st.integers(0, 99))
    def delete(self, which):
        pk = sorted(self.expenses)[which % len(self.expenses)]
        self.household.expenses.with_ids([pk]).put_aside(by=self.alice)
        del self.expenses[pk]

    @rule(day=DAY, cents=CENTS, begins=MONTH)
    def earn(self, day, cents, begins):
        row = Income.objects.create(
            household=self.household, recorded_by=self.alice, description="Pay", amount=euros(cents), received_on=day
        )
        self.incomes[row.pk] = (day, cents)
        if self.pool_from is None:
            self.begin_the_pool(begins)

    @precondition(lambda self: self.incomes)
    @rule(which=st.integers(0, 99), day=DAY, cents=CENTS)
    def earn_otherwise(self, which, day, cents):
        pk = sorted(self.incomes)[which % len(self.incomes)]
        row = Income.objects.get(pk=pk)
        row.received_on, row.amount = day, euros(cents)
        row.save()
        self.incomes[pk] = (day, cents)

    @precondition(lambda self: self.incomes)
    @rule(which=st.integers(0, 99))
    def give_an_income_up(self, which):
        pk = sorted(self.incomes)[which % len(self.incomes)]
        Income.objects.get(pk=pk).delete()
        del self.incomes[pk]
        if not self.incomes:
            self.begin_the_pool(None)

    def begin_the_pool(self, month):
        self.pool_from = month
        self.household.pool_from = None if month is None else as_month(month)
        self.household.save()

    @rule(month=MONTH, name=NAMED, cents=st.none() | st.integers(0, 60_000), leftover=LEFTOVERS, only=st.booleans())
    def set_a_limit(self, month, name, cents, leftover, only):
        setting = Setting(None if cents is None else euros(cents), Leftover(leftover))
        with contextlib.suppress(PlanRefused):
            Limit.set(self.household, as_month(month), {self.category(name): setting}, only=only)
            if only and (month + 1, name) not in self.limits:
                before = [row for row in self.limits if row[1] == name and row[0] <= month]
                self.limits[month + 1, name] = self.limits[max(before)] if before else (None, "surplus")
            self.limits[month, name] = (cents, leftover)

    @rule(month=MONTH, name=NAMED)
    def archive(self, month, name):
        category = self.category(name)
        if category.is_archived or month < BEGINS:
            return
        kept = {key: setting for key, setting in self.limits.items() if key[1] == name}
        archive(kept, name, month)
        self.household.limits.of(category).after(as_month(month)).delete()
        for at in (month, month + 1):
            cents, leftover = kept[at, name]
            amount = None if cents is None else euros(cents)
            Limit.set(self.household, as_month(at), {category: Setting(amount, Leftover(leftover))})
        category.archive(on=TODAY)
        self.limits = {key: setting for key, setting in self.limits.items() if key[1] != name} | kept

    @rule(month=MONTH, source=st.none() | NAMED, to=st.none() | NAMED, cents=CENTS)
    def move(self, month, source, to, cents):
        with contextlib.suppress(PlanRefused):
            moved = Transfer.move(
                household=self.household,
                month=as_month(month),
                source=self.category(source),
                destination=self.category(to),
                amount=euros(cents),
                by=self.alice,
                on=TODAY,
                key=uuid.uuid4(),
            )
            self.moves.append((month, self.id_of(source), self.id_of(to), cents))
            self.reversible[moved.pk] = self.moves[-1]

    @precondition(lambda self: self.reversible)
    @rule(which=st.integers(0, 99))
    def reverse(self, which):
        pk = sorted(self.reversible)[which % len(self.reversible)]
        month, source, to, cents = self.reversible[pk]
        with contextlib.suppress(PlanRefused):
            Transfer.objects.get(pk=pk).reverse(by=self.alice, on=TODAY, key=uuid.uuid4())
            self.moves.append((month, to, source, cents))
            del self.reversible[pk]

    @property
    def plain(self):
        return Plain(
            since=BEGINS,
            pool_from=self.pool_from,
            starts_on=25,
            limits=[(month, self.id_of(name), *setting) for (month, name), setting in self.limits.items()],
            expenses=list(self.expenses.values()),
            incomes=list(self.incomes.values()),
            moves=self.moves,
        )

    @invariant()
    def the_books_are_those_of_the_plain_lists(self):
        last = BEGINS + SPAN + 1
        assert_same(stored.read(self.household), self.plain, last)
        assert_same(stored.read(self.household, until=as_month(last)), self.plain, last)

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)


def test_any_household_written_by_the_verbs_walks_as_its_plain_lists(db):
    run_state_machine_as_test(Household, settings=settings(max_examples=25, stateful_step_count=20))


@pytest.mark.parametrize("pool_from", [None, Month(2025, 1)])
def test_a_move_before_anything_was_written_down_is_looked_at_in_its_own_month(pool_from):
    plan = Figures(since=Month(2024, 1), spent={Month(2026, 11): {1: Decimal(5)}}, pool_from=pool_from)
    asked = {"month": Month(2025, 1), "destination": 2, "amount": Decimal(10), "running": Month(2026, 11)}

    found = shortage(plan, source=1, **asked)

    assert found == (Month(2025, 1), 1, Decimal(10), Decimal(0))
    if pool_from:
        assert shortage(plan, source=None, **asked) == (Month(2025, 1), None, Decimal(10), Decimal(0))
