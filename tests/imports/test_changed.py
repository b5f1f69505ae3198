"""A booking that its bank changes: the id comes back with another day or amount."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db.models import F

from expenses.imports import matching
from expenses.imports.matching import Booked, Booking
from expenses.imports.states import Kind, Pile, Question, Unanswered
from expenses.ledger.models import Expense
from tests.factories import make_expense
from tests.imports.histories import AT, Line, finish, money, read, revert, row_of, spent, take_in
from tests.upkeep.balance import assert_books_balance

DAY = dt.date(2026, 11, 3)
HOTEL = Line(3, "Hotel", "-80.00", bank_id="F1")
SHOP = Line(4, "Shop", "-12.50", bank_id="F2")
BOOKED = Line(5, "Hotel", "-83.20", bank_id="F1")  # what the hotel came to


def booking(bank_id="F1", days=0, amount="-80", method=1, *, is_here=False):
    return Booking(method, bank_id, DAY + dt.timedelta(days=days), Decimal(amount), is_here)


def booked(pk=7, bank_id="F1", days=0, amount="-80", method=1):
    return Booked(pk, method, bank_id, DAY + dt.timedelta(days=days), Decimal(amount))


def replaced(people):
    """The hotel taken in, then what it came to in its place."""
    first = take_in(people, [HOTEL, SHOP])
    source = read(people, [SHOP, BOOKED])
    source.answer([row_of(source, bank_id="F1").pk], same=True)
    return first, finish(people, source)


# ── which are changed ──


@pytest.mark.parametrize(
    ("row", "is_changed"),
    [
        (booking(days=1), True),
        (booking(amount="-81"), True),
        (booking("f1", days=1), True),
        (booking(), False),
        (booking(days=1, method=2), False),
        (booking("F2", days=1), False),
        (booking(amount="80"), False),
        (booking(days=1, is_here=True), False),
    ],
)
def test_what_is_changed(row, is_changed):
    assert matching.changed([row], [booked()]) == ({0: 7} if is_changed else {})


@pytest.mark.parametrize("no_id", ["", "0", "000", "NONREF", "NOTPROVIDED", "n/a"])
def test_what_banks_write_for_no_id_is_none(no_id):
    assert matching.changed([booking(no_id, days=1)], [booked(bank_id=no_id)]) == {}


def test_an_id_that_stands_twice_in_the_file_or_counts_twice_is_none():
    twice_here = [booking(days=1), booking(days=2)]
    once_as_it_was = [booking(is_here=True), booking(days=2)]

    assert matching.changed(twice_here, [booked()]) == {}
    assert matching.changed(once_as_it_was, [booked()]) == {}
    assert matching.changed([booking(days=1)], [booked(), booked(8, days=9)]) == {}


def test_a_bank_that_counts_from_one_in_each_statement_has_no_ids():
    known = [booked(n, f"{n}", days=n) for n in range(1, 9)]
    next_month = [booking(f"{n}", days=30 + n) for n in range(1, 9)]
    most_as_they_were = [booking(f"{n}", days=n, is_here=n > 4) for n in range(1, 9)]
    four_changed = [booking(f"{n}", days=n + 1) for n in range(1, 5)] + most_as_they_were[4:]

    assert matching.changed(next_month, known) == {}
    assert matching.changed(four_changed, known) == {0: 1, 1: 2, 2: 3, 3: 4}


# ── at the check, and taken in ──


def test_it_is_asked_and_nothing_changes_before_there_is_an_answer(people):
    first = take_in(people, [HOTEL, SHOP])

    source = read(people, [SHOP, BOOKED])

    row = row_of(source, bank_id="F1")
    assert (row.kind, row.question) == (Kind.ASK, Question.CHANGED)
    assert (row.changes, row.expense) == (row_of(first, bank_id="F1"), row_of(first, bank_id="F1").expense)
    assert (source.tally().changed, source.tally().here, source.tally().new) == (1, 1, 1)
    with pytest.raises(Unanswered, match="changed by the bank"):
        source.commit(by=people.alice, at=AT)
    assert spent(people) == [(3, "Hotel", Decimal(80)), (4, "Shop", Decimal("12.50"))]


def test_it_replaces_the_one_here_with_its_category_and_notes(people):
    first = take_in(people, [HOTEL, SHOP])
    expense = row_of(first, bank_id="F1").expense
    expense.category, expense.notes, expense.description = people.fun, "With Bob", "Weekend"
    expense.save()
    source = read(people, [SHOP, BOOKED])

    source.answer_changed(replaces=True)
    done = finish(people, source)

    expense.refresh_from_db()
    assert (expense.amount, expense.spent_on) == (Decimal("83.20"), dt.date(2026, 11, 5))
    assert (expense.category, expense.notes, expense.description) == (people.fun, "With Bob", "Weekend")
    assert row_of(source, bank_id="F1").state == Pile.MERGED
    assert Expense.objects.count() == 2
    assert_books_balance(people.household)
    assert done.summary["changed"] == 1


def test_both_files_are_here_then(people):
    replaced(people)

    assert read(people, [SHOP, BOOKED]).tally().new == 0
    assert read(people, [HOTEL, SHOP]).tally().new == 0


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ({"amount": Decimal(70)}, (Decimal(70), 5)),
        ({"spent_on": dt.date(2026, 11, 1)}, (Decimal("83.20"), 1)),
        ({"amount": Decimal(70), "spent_on": dt.date(2026, 11, 1)}, (Decimal(70), 1)),
    ],
)
def test_what_somebody_edited_stays_before_and_after(people, edit, expected):
    first = take_in(people, [HOTEL, SHOP])
    expense = row_of(first, bank_id="F1").expense
    for name, value in edit.items():
        setattr(expense, name, value)
    expense.save()
    source = read(people, [SHOP, BOOKED])
    source.answer_changed(replaces=True)
    finish(people, source)

    expense.refresh_from_db()
    then = (expense.amount, expense.spent_on.day)
    revert(people, source)

    expense.refresh_from_db()
    assert then == expected
    assert (expense.amount, expense.spent_on) == (
        edit.get("amount", Decimal(80)), edit.get("spent_on", dt.date(2026, 11, 3)),
    )  # fmt: skip
    assert_books_balance(people.household)


def test_what_somebody_had_put_right_already_stays_when_the_import_is_taken_back(people):
    first = take_in(people, [HOTEL, SHOP])
    expense = row_of(first, bank_id="F1").expense
    expense.amount = Decimal("83.20")
    expense.save()
    source = read(people, [SHOP, BOOKED])
    source.answer_changed(replaces=True)
    finish(people, source)

    revert(people, source)

    expense.refresh_from_db()
    assert (expense.amount, expense.spent_on.day) == (Decimal("83.20"), 3)


def test_it_may_be_another_one(people):
    take_in(people, [HOTEL, SHOP])
    source = read(people, [SHOP, BOOKED])

    source.answer_changed(replaces=False)
    finish(people, source)

    assert [(day, amount) for day, text, amount in spent(people) if text == "Hotel"] == [
        (3, Decimal(80)), (5, Decimal("83.20")),
    ]  # fmt: skip
    assert read(people, [Line(9, "Hotel", "-60.00", bank_id="F1")]).tally().changed == 0  # an id of two is none


def test_an_income_is_changed_as_well(people):
    pay = Line(1, "Employer", "1800.00", bank_id="P1")
    take_in(people, [pay])
    source = read(people, [Line(2, "Employer", "1810.00", bank_id="P1")])

    source.answer_changed(replaces=True)
    finish(people, source)

    income = people.household.incomes.get()
    assert (income.amount, income.received_on.day) == (Decimal(1810), 2)
    revert(people, source)
    income.refresh_from_db()
    assert (income.amount, income.received_on.day) == (Decimal(1800), 1)


def test_what_was_left_out_is_so_again_and_what_was_deleted_is_not_back(people):
    first = read(people, [HOTEL, SHOP])
    first.rows.filter(bank_id="F1").update(kind=Kind.LEAVE_OUT, is_chosen=True)
    finish(people, first)
    people.household.expenses.all().put_aside(by=people.alice)

    source = read(people, [BOOKED, Line(6, "Shop", "-12.50", bank_id="F2")])

    assert {(row.kind, row.reason[:8]) for row in source.rows.all()} == {
        (Kind.LEAVE_OUT, "Left out"), (Kind.LEAVE_OUT, "What it "),
    }  # fmt: skip
    assert source.tally().asked == 0


def test_a_persons_own_expense_keeps_its_day(people):
    mine = make_expense(people.household, "Hotel Post", "80", spent_on=dt.date(2026, 11, 1))
    first = read(people, [HOTEL])
    first.answer(None, same=True)
    finish(people, first)
    source = read(people, [BOOKED])
    source.answer_changed(replaces=True)
    finish(people, source)

    mine.refresh_from_db()
    assert (mine.amount, mine.spent_on.day) == (Decimal("83.20"), 1)
    revert(people, source)
    mine.refresh_from_db()
    assert (mine.amount, mine.spent_on.day) == (Decimal(80), 1)


# ── taken back, in any order ──


def test_taken_back_the_old_day_and_amount_are_there_again(people):
    first, source = replaced(people)

    revert(people, source)

    assert spent(people) == [(3, "Hotel", Decimal(80)), (4, "Shop", Decimal("12.50"))]
    assert_books_balance(people.household)
    assert first.edited() == []
    revert(people, first)
    assert money(people).total() == 0


def test_the_first_one_taken_back_leaves_what_replaced_it(people):
    first, source = replaced(people)
    assert first.edited() == []

    revert(people, first)

    assert spent(people) == [(4, "Shop", Decimal("12.50")), (5, "Hotel", Decimal("83.20"))]
    row = row_of(source, bank_id="F1")
    assert (row.state, row.changes, row.was_edited(2)) == (Pile.IMPORTED, None, False)
    revert(people, source)
    assert money(people).total() == 0
    assert_books_balance(people.household)


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_changed_twice_and_taken_back_in_any_order(people, order):
    lines = [HOTEL, BOOKED, Line(6, "Hotel", "-85.00", bank_id="F1")]
    imports = [take_in(people, [lines[0]])]
    for line in lines[1:]:
        source = read(people, [line])
        source.answer_changed(replaces=True)
        imports.append(finish(people, source))

    left = [0, 1, 2]
    for number in order:
        imports[number].refresh_from_db()
        revert(people, imports[number])
        left.remove(number)
        expected = [(lines[max(left)].day, "Hotel", -Decimal(lines[max(left)].amount))] if left else []
        assert spent(people) == expected
    assert_books_balance(people.household)


def test_of_two_open_files_that_have_it_the_second_one_finds_it_here(people):
    take_in(people, [HOTEL])
    one, other = read(people, [BOOKED]), read(people, [BOOKED])
    for source in (one, other):
        source.answer_changed(replaces=True)
    finish(people, one)

    finish(people, other)

    assert spent(people) == [(5, "Hotel", Decimal("83.20"))]
    assert other.rows.get().state == Pile.HERE


def test_of_two_open_files_that_change_it_otherwise_the_second_one_asks_anew(people):
    take_in(people, [HOTEL])
    one, other = read(people, [BOOKED]), read(people, [Line(6, "Hotel", "-85.00", bank_id="F1")])
    for source in (one, other):
        source.answer_changed(replaces=True)
    finish(people, one)

    with pytest.raises(Unanswered):
        other.commit(by=people.alice, at=AT)
    other.match_again()
    other.answer_changed(replaces=True)
    finish(people, other)

    assert row_of(other).changes == row_of(one)
    assert spent(people) == [(6, "Hotel", Decimal(85))]


def test_the_keys_of_both_count_once(people):
    replaced(people)

    counting = people.household.import_rows.counting()
    assert counting.filter(bank_id="F1").count() == 2
    assert counting.filter(changes=F("pk")).count() == 0
