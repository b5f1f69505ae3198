"""Nothing twice, nothing lost: what must hold of any files that are cut out of one account's days."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expenses.imports import matching
from expenses.imports.matching import Candidate, Known, Spending

DAY = dt.date(2026, 11, 3)
COFFEE = Decimal("-3.20")


class Row(NamedTuple):
    fingerprint: str
    line_key: str
    is_another: bool = False


def row(day=DAY, amount=COFFEE, text="Coffee", bank_id="", line=""):
    return Row(matching.fingerprint(1, day, amount, text, bank_id), matching.line_key(1, day, amount, line or text))


class Household:
    """The keys that count, as the database would hold them."""

    def __init__(self):
        self.known: list[Known] = []

    def bring_in(self, rows):
        """Take the new rows of a file in; gives how many they were."""
        found = matching.match(rows, self.known)
        new = [(row, match) for row, match in zip(rows, found, strict=True) if match.twin is None]
        for row, match in new:
            self.known.append(Known(row.fingerprint, row.line_key, match.occurrence, len(self.known) + 1))
        keys = [(known.fingerprint, known.occurrence) for known in self.known]
        assert len(keys) == len(set(keys))
        return len(new)

    @property
    def counts(self):
        return Counter(known.fingerprint for known in self.known)


# A statement: for each day its rows, some of them equal.
DAYS = st.dates(dt.date(2026, 11, 1), dt.date(2026, 11, 12))
ROWS = st.builds(
    row,
    day=DAYS,
    amount=st.sampled_from([Decimal("-3.20"), Decimal("-12.50"), Decimal("5.00")]),
    text=st.sampled_from(["Coffee", "Shop", "coffee "]),
    bank_id=st.sampled_from(["", "", "0", "A1"]),
)


@st.composite
def statements(draw):
    """Rows by day, in the order of the bank."""
    by_day = {}
    for day in sorted(draw(st.sets(DAYS, min_size=1))):
        amounts = st.sampled_from([Decimal("-3.20"), Decimal("-12.50"), Decimal("5.00")])
        texts = st.sampled_from(["Coffee", "Shop", " COFFEE"])
        found = draw(st.lists(st.tuples(amounts, texts), min_size=1, max_size=6))
        by_day[day] = [row(day, amount, text) for amount, text in found]
    return by_day


def whole(by_day):
    return [row for day in sorted(by_day) for row in by_day[day]]


@given(st.lists(ROWS, max_size=40))
def test_a_file_twice_adds_nothing_the_second_time(rows):
    household = Household()

    assert household.bring_in(rows) == len(rows)
    assert household.bring_in(rows) == 0
    assert household.bring_in(rows[::-1]) == 0


@settings(max_examples=200)
@given(statements(), st.data())
def test_files_cut_between_days_in_any_order_give_the_whole(by_day, data):
    days = sorted(by_day)
    cuts = data.draw(st.lists(st.tuples(st.sampled_from(days), st.sampled_from(days)), max_size=5))
    files = [[r for day in days if min(cut) <= day <= max(cut) for r in by_day[day]] for cut in cuts]
    files.append(whole(by_day))
    household = Household()

    for rows in data.draw(st.permutations(files)):
        household.bring_in(rows)

    assert household.counts == Counter(row.fingerprint for row in whole(by_day))


@given(st.lists(ROWS, min_size=1, max_size=30), st.data())
def test_a_later_export_of_the_same_day_adds_the_surplus_only(rows, data):
    some = [row for row in rows if data.draw(st.booleans())]
    household = Household()
    household.bring_in(some)

    assert household.bring_in(rows) == len(rows) - len(some)


def test_two_equal_rows_stay_two():
    found = matching.match([row(), row()], [])

    assert [match.occurrence for match in found] == [1, 2]


def test_another_one_takes_the_next_free_number():
    known = [Known(row().fingerprint, row().line_key, n, n) for n in (1, 2, 4)]
    another = Row(row().fingerprint, row().line_key, is_another=True)

    assert matching.match([another, another], known) == [matching.Match(3), matching.Match(5)]


def test_a_known_row_is_the_twin_of_one_only():
    known = [Known(row().fingerprint, row().line_key, 1, 7)]

    assert [match.twin for match in matching.match([row(), row()], known)] == [7, None]


def test_the_same_line_read_otherwise_is_known():
    before, now = row(text="Shop", line="2026-11-03;Shop;Bread"), row(text="Bread", line="2026-11-03;Shop;Bread")
    known = [Known(before.fingerprint, before.line_key, 1, 7)]

    assert [match.twin for match in matching.match([now, now], known)] == [7, None]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"text": "Blue  Door COFFEE "}, {"text": "blue door coffee"}),
        ({"amount": Decimal("-3.2")}, {"amount": Decimal("-3.2000")}),
        ({"bank_id": "0", "text": "x"}, {"bank_id": "", "text": "x"}),
        ({"bank_id": "NOTPROVIDED", "text": "x"}, {"bank_id": "", "text": "x"}),
        ({"bank_id": "F1", "text": "one"}, {"bank_id": "f1", "text": "other"}),
    ],
)
def test_keys_that_are_the_same(one, other):
    assert row(**one).fingerprint == row(**other).fingerprint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"text": "Branch 1"}, {"text": "Branch 2"}),
        ({"amount": Decimal("3.2")}, {"amount": Decimal("-3.2")}),
        ({"day": DAY}, {"day": DAY + dt.timedelta(days=1)}),
        ({"bank_id": "F1"}, {"bank_id": "F2"}),
    ],
)
def test_keys_that_differ(one, other):
    assert row(**one).fingerprint != row(**other).fingerprint


def spending(days=0, amount="12.50", text="Shop"):
    return Spending(DAY + dt.timedelta(days=days), Decimal(amount), text, (1, False))


def candidate(pk, days=0, amount="12.50", **fields):
    return Candidate(pk, DAY + dt.timedelta(days=days), Decimal(amount), **fields)


def test_the_nearest_day_wins_over_the_order_of_the_file():
    found = matching.likely([spending(3), spending(0)], [candidate(1, 0)])

    assert found == {1: 1}


def test_each_expense_is_claimed_once():
    assert matching.likely([spending(), spending()], [candidate(1)]) == {0: 1}


@pytest.mark.parametrize(
    ("other", "is_likely"),
    [
        (candidate(1, 7), True),
        (candidate(1, -7), True),
        (candidate(1, 8), False),
        (candidate(1, amount="12.51"), False),
        (candidate(1, amount="-12.50"), False),
        (candidate(1, text="SHOP", held=frozenset({(2, False)})), True),
        (candidate(1, text="Other shop", held=frozenset({(2, False)})), False),
        (candidate(1, 1, text="Shop", held=frozenset({(2, False)})), False),
        (candidate(1, 1, text="x", held=frozenset({(1, True)})), True),
        (candidate(1, 0, text="Shop", held=frozenset({(1, False)})), False),
        (candidate(1, 0, text="Shop", held=frozenset({(1, False), (1, True)})), False),
    ],
)
def test_what_may_be_the_same(other, is_likely):
    assert bool(matching.likely([spending()], [other])) is is_likely


@given(
    st.lists(st.tuples(st.integers(0, 20), st.sampled_from(["1", "2"])), max_size=15),
    st.lists(st.tuples(st.integers(0, 20), st.sampled_from(["1", "2"])), max_size=15),
)
def test_a_match_is_of_the_same_amount_within_a_week_and_nobody_is_claimed_twice(rows, others):
    spendings = [spending(days, amount) for days, amount in rows]
    candidates = {at: candidate(at, days, amount) for at, (days, amount) in enumerate(others, 1)}

    found = matching.likely(spendings, candidates.values())

    assert len(set(found.values())) == len(found)
    for at, pk in found.items():
        assert spendings[at].amount == candidates[pk].amount
        assert abs(spendings[at].date - candidates[pk].date) <= dt.timedelta(days=7)
