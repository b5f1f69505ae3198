"""Money that comes back, and the expense that it takes back."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expenses.imports import matching
from expenses.imports.matching import Back
from expenses.imports.refunding import Purchase
from expenses.imports.states import Kind
from tests.factories import make_expense, make_income
from tests.imports.histories import Line, finish, read, revert, row_of, take_in

DAY = dt.date(2026, 11, 12)
SHOES = [Line(12, "Shoes", "-80.00")]
BACK = [Line(20, "Shoes", "80.00")]


def back(amount="80", days=0, *texts):
    return Back(DAY + dt.timedelta(days=days), Decimal(amount), texts or ("shoes",))


def bought(amount="80", days=0, *texts):
    return Purchase(None, DAY + dt.timedelta(days=days), Decimal(amount), "Shoes", None, texts or ("shoes",))


# ── which one ──


@pytest.mark.parametrize(
    ("purchases", "which"),
    [
        ([bought()], 0),
        ([bought("100")], 0),
        ([bought("79.99")], None),
        ([bought(days=1)], None),
        ([bought(days=-180)], 0),
        ([bought(days=-181)], None),
        ([bought("80", 0, "hats")], None),
        ([bought("100"), bought("80", -9)], 1),
        ([bought("100"), bought("90")], None),
        ([bought("100"), bought("20")], 0),
        ([bought(), bought(days=-1)], None),
        ([bought("80", 0, "hats", "shoes")], 0),
    ],
)
def test_which_purchase_is_taken_back(purchases, which):
    assert matching.refunded([back()], purchases) == ({} if which is None else {0: which})


def test_a_purchase_is_taken_back_once_and_by_the_row_of_its_amount():
    assert matching.refunded([back("50"), back("80")], [bought()]) == {1: 0}
    assert matching.refunded([back(), back()], [bought()]) == {0: 0}


def test_of_too_many_purchases_none_is_told():
    assert matching.refunded([back()], [bought("1"), *[bought("2")] * 500, bought("90")]) == {}


@given(
    st.lists(st.builds(back, st.sampled_from(["5", "8"]), st.integers(0, 9)), max_size=6),
    st.lists(st.builds(bought, st.sampled_from(["5", "8", "9"]), st.integers(-9, 9)), max_size=6),
)
def test_what_is_taken_back_is_not_smaller_nor_later_and_is_so_once(rows, purchases):
    found = matching.refunded(rows, purchases)

    assert len(set(found.values())) == len(found)
    for at, place in found.items():
        assert purchases[place].amount >= rows[at].amount
        assert purchases[place].date <= rows[at].date


# ── in an import ──


def test_it_is_a_refund_in_the_category_of_what_it_takes_back(people):
    shoes = make_expense(people.household, "Shoes", "80", category=people.fun, spent_on=DAY)

    row = row_of(read(people, BACK))

    assert (row.kind, row.category, row.refund_of) == (Kind.REFUND, people.fun, shoes)
    assert row.reason == "Back from Shoes, 12 November"


def test_a_purchase_of_last_year_is_named_with_its_year(people):
    make_expense(people.household, "Shoes", "80", spent_on=dt.date(2025, 12, 30))

    row = row_of(read(people, [Line(20, "Shoes", "80.00", month=1)]))

    assert row.reason == "Back from Shoes, 30 December 2025"


def test_what_was_bought_in_another_branch_is_known_by_its_look(people):
    first = take_in(people, [Line(12, "SHOES 4711", "-80.00")])
    expense = row_of(first).expense
    expense.description, expense.notes = "New shoes", "For Bob"
    expense.save()

    assert row_of(read(people, [Line(20, "SHOES 17", "80.00")])).refund_of == expense


def test_bought_and_taken_back_in_one_file_are_linked_when_taken_in(people):
    source = read(people, SHOES + BACK)
    proposed = row_of(source, amount=80)

    finish(people, source)

    assert (proposed.kind, proposed.reason) == (Kind.REFUND, "Back from Shoes, 12 November")
    assert row_of(source, amount=80).refund_of == row_of(source, amount=-80).expense


def test_what_was_taken_back_once_is_not_so_again(people):
    take_in(people, SHOES)
    take_in(people, BACK)

    row = row_of(read(people, [Line(21, "Shoes", "80.00")]))

    assert (row.kind, row.refund_of) == (Kind.REFUND, None)
    assert "Back from" not in row.reason


def test_of_two_open_files_one_takes_it_back(people):
    first = take_in(people, SHOES)
    one, other = read(people, BACK), read(people, [Line(21, "Shoes", "80.00")])
    finish(people, one)

    finish(people, other)

    assert row_of(one).refund_of == row_of(first).expense
    assert row_of(other).refund_of is None


def test_it_is_open_again_when_the_refund_is_taken_back(people):
    take_in(people, SHOES)
    refund = take_in(people, BACK)
    revert(people, refund)

    assert row_of(read(people, BACK)).refund_of is not None


def test_when_several_may_be_it_stays_unsaid(people):
    make_expense(people.household, "Shoes", "80", spent_on=DAY)
    make_expense(people.household, "Shoes", "80", spent_on=DAY)

    row = row_of(read(people, BACK))

    assert (row.kind, row.refund_of) == (Kind.REFUND, None)


def test_taken_for_an_income_it_takes_nothing_back(people):
    take_in(people, SHOES)
    source = read(people, BACK)
    source.choose_among(source.rows.money_in(), income=True)

    finish(people, source)

    assert row_of(source).refund_of is None


def test_what_is_an_income_by_habit_is_no_refund_of_something_dearer(people):
    make_expense(people.household, "Friend", "100", spent_on=DAY)
    make_income(people.household, "Friend", "10")

    dear, very = row_of(read(people, [Line(20, "Friend", "40.00")])), row_of(read(people, [Line(20, "Friend", "100")]))

    assert (dear.kind, dear.reason) == (Kind.INCOME, "Income once before")
    assert (very.kind, very.reason) == (Kind.REFUND, "Back from Friend, 12 November")


def test_a_purchase_that_is_gone_can_be_asked_for(people):
    shoes = make_expense(people.household, "Shoes", "80", spent_on=DAY)
    source = read(people, BACK)
    shoes.delete()

    assert row_of(source).refunded is None
