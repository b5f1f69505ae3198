"""Moves between own accounts: recognised as pairs, and left out when somebody says so."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expenses.imports import matching
from expenses.imports.matching import End
from expenses.imports.models import Import
from expenses.imports.states import Kind, Pile, Question, Unanswered
from expenses.ledger.models import DeletedExpense
from tests.factories import make_expense, method_named
from tests.imports.histories import AT, Line, finish, money, read, revert, row_of, spent, take_in
from tests.upkeep.balance import assert_books_balance

DAY = dt.date(2026, 11, 3)
ACCOUNTS = {"1": "Current account", "2": "Savings"}
SAVING = [
    Line(3, "To savings", "-200.00", "1"),
    Line(3, "Shop", "-12.50", "1"),
    Line(4, "From current", "200.00", "2"),
]


def end(method, days=0, amount="-200", **fields):
    return End(method, DAY + dt.timedelta(days=days), Decimal(amount), **fields)


# ── which are pairs ──


def test_the_nearest_day_is_the_other_end():
    assert matching.moves([end(1), end(2, 3, "200"), end(2, 1, "200")]) == [(0, 2)]


def test_each_end_is_in_one_pair():
    assert matching.moves([end(1), end(1), end(2, 0, "200")]) == [(0, 2)]


@pytest.mark.parametrize(
    "other",
    [
        end(2, 5, "200"),
        end(2, -5, "200"),
        end(1, 0, "200"),
        end(2, 0, "200.01"),
        end(2, 0, "-200"),
    ],
)
def test_what_is_no_move(other):
    assert matching.moves([end(1), other]) == []


@pytest.mark.parametrize("days", [-4, 4])
def test_four_days_may_lie_between(days):
    assert matching.moves([end(1), end(2, days, "200")]) == [(0, 1)]


def test_two_ends_that_count_already_are_no_pair():
    assert matching.moves([end(1, is_new=False), end(2, 0, "200", is_new=False)]) == []


ENDS = st.lists(
    st.builds(
        end, st.integers(1, 3), st.integers(0, 9), st.sampled_from(["5", "-5", "7", "-7"]), is_new=st.booleans()
    ),
    max_size=14,
)


def may_be(ends):
    """All pairs that may be, with the days between."""
    return {
        (at, to): abs((one.date - other.date).days)
        for at, one in enumerate(ends)
        for to, other in enumerate(ends)
        if one.amount < 0 and other.amount == -one.amount and one.method != other.method
        and (one.is_new or other.is_new) and abs((one.date - other.date).days) <= 4
    }  # fmt: skip


@given(ENDS)
def test_pairs_are_moves_and_none_is_left_that_could_be_one(ends):
    pairs = matching.moves(ends)

    may = may_be(ends)
    used = [place for pair in pairs for place in pair]
    assert set(pairs) <= set(may)
    assert len(used) == len(set(used))
    assert all(at in used or to in used for at, to in may)
    # A pair that was not taken has an end in one that is as near.
    taken = {place: may[pair] for pair in pairs for place in pair}
    assert all(min(taken.get(at, 99), taken.get(to, 99)) <= days for (at, to), days in may.items())


# ── in an import ──


def test_both_ends_in_one_file_are_asked_about_and_shown_together(people):
    source = read(people, SAVING, accounts=ACCOUNTS)

    out, into = row_of(source, description="To savings"), row_of(source, description="From current")
    assert (out.kind, out.question, into.question) == (Kind.ASK, Question.MOVE, Question.MOVE)
    assert (out.counterpart, into.counterpart) == (into, out)
    assert out.ends == into.ends == (out, into)
    assert row_of(source, description="Shop").kind == Kind.EXPENSE
    tally = source.tally()
    assert (tally.asked, tally.moves, tally.likely) == (2, 1, 0)


def test_nothing_is_taken_in_before_somebody_says_what_it_is(people):
    source = read(people, SAVING, accounts=ACCOUNTS)
    source.choose_among(source.rows.all(), category=people.food)

    with pytest.raises(Unanswered, match="move"):
        source.commit(by=people.alice, at=AT)

    assert spent(people) == []


def test_all_moves_are_left_out_with_one_word(people):
    later = [Line(line.day + 10, line.text, line.amount, line.account) for line in SAVING]
    source = read(people, SAVING + later, accounts=ACCOUNTS)

    assert source.leave_out_moves() == 2
    finish(people, source)

    assert [text for _, text, _ in spent(people)] == ["Shop", "Shop"]
    assert money(people).total() == 2
    assert source.rows.filter(state=Pile.LEFT_OUT, kind=Kind.MOVE).count() == 4
    assert read(people, SAVING + later, accounts=ACCOUNTS).tally().new == 0


def test_an_answer_to_one_end_is_one_to_both(people):
    source = read(people, SAVING, accounts=ACCOUNTS)

    source.answer([row_of(source, description="From current").pk], same=True)

    assert set(source.rows.exclude(description="Shop").values_list("kind", flat=True)) == {Kind.MOVE}
    source.answer([row_of(source, description="To savings").pk], same=False)
    out, into = row_of(source, description="To savings"), row_of(source, description="From current")
    assert (out.kind, into.kind) == (Kind.EXPENSE, Kind.INCOME)
    assert (out.counterpart, into.counterpart) == (None, None)


def test_what_is_none_is_not_asked_again(people):
    source = read(people, SAVING, accounts=ACCOUNTS)
    source.answer([row_of(source, description="To savings").pk], same=False)
    take_in(people, [Line(20, "Other", "-1.00")], "Third")

    source.match_again()
    source.read_with(
        source.reading,
        payment_method=source.payment_method,
        accounts={number: source.household.payment_methods.get(name=name) for number, name in ACCOUNTS.items()},
        at=AT,
        today=dt.date(2026, 11, 22),
    )

    assert source.tally().asked == 0


def test_the_other_end_may_have_been_left_out_before(people):
    first = read(people, SAVING[:2], "Current account")
    first.choose_among(first.rows.all(), leave_out=True)
    finish(people, first)

    source = read(people, SAVING[2:], "Savings")

    into = row_of(source, description="From current")
    assert (into.question, into.counterpart.source, into.takes_out_of_budget) == (Question.MOVE, first, None)
    source.answer([into.pk], same=True)
    finish(people, source)
    assert money(people).total() == 0
    assert row_of(first, description="To savings").counterpart == into


def test_what_the_other_end_became_is_named_and_goes_when_both_are_left_out(people):
    first = take_in(people, SAVING[:2], "Current account")
    source = read(people, SAVING[2:], "Savings")
    into = row_of(source, description="From current")
    wrong = into.takes_out_of_budget

    source.leave_out_moves()
    unasked = source.tally().moves_taken_in
    source.leave_out_moves(also_taken_in=True)
    still_there = len(spent(people))
    finish(people, source)

    assert (wrong.description, wrong.amount) == ("To savings", Decimal(200))
    assert (unasked, still_there) == (1, 2)
    assert spent(people) == [(3, "Shop", Decimal("12.50"))]
    assert DeletedExpense.objects.get().expense_id == wrong.pk
    assert_books_balance(people.household)
    assert read(people, SAVING[:2], "Current account").tally().here == 2
    assert first.rows.counting().count() == 2


def test_an_income_goes_as_well(people):
    take_in(people, SAVING[2:], "Savings")
    source = read(people, SAVING[:2], "Current account")

    source.leave_out_moves(also_taken_in=True)
    finish(people, source)

    assert money(people).total() == 1
    assert not people.household.incomes.exists()
    revert(people, source)
    assert [row.description for row in people.household.incomes.all()] == ["From current"]


def test_taken_back_what_went_for_the_move_is_there_again(people):
    first = take_in(people, SAVING[:2], "Current account")
    before = money(people)
    source = read(people, SAVING[2:], "Savings")
    source.leave_out_moves(also_taken_in=True)
    finish(people, source)

    revert(people, source)

    assert money(people) == before
    row = row_of(first, description="To savings")
    assert (row.counterpart, row.expense.amount) == (None, Decimal(200))
    assert_books_balance(people.household)
    revert(people, first)
    assert money(people).total() == 0


def test_with_the_first_import_gone_the_move_stays_left_out(people):
    first = take_in(people, SAVING[:2], "Current account")
    source = read(people, SAVING[2:], "Savings")
    source.leave_out_moves(also_taken_in=True)
    finish(people, source)

    revert(people, first)
    revert(people, source)

    assert money(people).total() == 0
    assert not DeletedExpense.objects.exists()


def test_an_end_is_of_one_pair_when_two_files_want_it(people):
    first = take_in(people, SAVING[:1], "Current account")
    one, other = (read(people, SAVING[2:], name) for name in ("Savings", "Depot"))
    one.leave_out_moves(also_taken_in=True)
    other.leave_out_moves(also_taken_in=True)
    finish(people, one)

    finish(people, other)

    assert row_of(first).counterpart == row_of(one)
    row = row_of(other)
    assert (row.kind, row.reason, row.counterpart) == (Kind.LEAVE_OUT, "Left out once before", None)


def test_an_end_that_is_here_meanwhile_lets_the_other_go(people):
    source = read(people, SAVING, accounts=ACCOUNTS)
    take_in(people, SAVING[2:], "Savings")

    source.match_again()

    out = row_of(source, description="To savings")
    assert (out.question, out.counterpart.state) == (Question.MOVE, Pile.IMPORTED)
    assert row_of(source, description="From current").state == Pile.HERE


def test_what_was_joined_with_a_persons_own_expense_is_no_end(people):
    make_expense(people.household, "Saved", "200", spent_on=DAY)
    first = read(people, SAVING[:1], "Current account")
    first.answer(None, same=True)
    finish(people, first)

    assert read(people, SAVING[2:], "Savings").tally().moves == 0


def test_a_refund_that_is_known_is_no_move(people):
    take_in(people, [Line(1, "Shoes Ltd", "-80.00")], "Card")
    source = read(people, [Line(3, "Shoes Ltd", "80.00", "1"), Line(3, "Lamp", "-80.00", "2")], accounts=ACCOUNTS)

    assert source.tally().moves == 0


def test_what_the_file_calls_a_move_is_left_out_with_its_reason_and_can_be_taken_in(people):
    data = (
        b'"Account","Flag","Date","Payee","Category Group/Category","Category Group","Category","Memo","Outflow",'
        b'"Inflow","Cleared"\n'
        b'"Checking","","03/11/2026","Transfer : Savings","","","","",\xe2\x82\xac200.00,\xe2\x82\xac0.00,"Cleared"\n'
        b'"Savings","","03/11/2026","Transfer : Checking","","","","",\xe2\x82\xac0.00,\xe2\x82\xac200.00,"Cleared"\n'
        b'"Checking","","13/11/2026","Shop","Food","","Food","",\xe2\x82\xac9.00,\xe2\x82\xac0.00,"Cleared"\n'
    )
    source = Import.upload(household=people.household, file_name="r.csv", data=data, by=people.alice, at=AT)
    accounts = {"Checking": method_named(people.household, "Checking"), "Savings": method_named(people.household, "S")}
    mapping = source.reading
    source.read_with(
        mapping, payment_method=accounts["Checking"], accounts=accounts, at=AT, today=dt.date(2026, 11, 22)
    )
    moves = source.rows.filter(nature="transfer")

    assert {(row.kind, row.reason) for row in moves} == {(Kind.LEAVE_OUT, "The file calls it a move between accounts")}
    assert all(row.counterpart in moves for row in moves)
    assert source.tally().asked == 0
