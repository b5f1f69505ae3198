"""Nothing twice, nothing lost: whatever files are cut out of one true history, in any order, the budget has the most
that one of them had of each row. The reference counts rows per file and asks no key, no database and no pile."""

import datetime as dt
import threading
from collections import Counter
from dataclasses import replace

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from expenses.imports.models import ImportRow
from expenses.imports.states import Kind, Pile, Question, State, Unanswered
from expenses.ledger.models import Expense
from tests.factories import make_expense
from tests.imports.histories import AT, Line, finish, money, read, revert, spent, take_in
from tests.ledger.test_totals import counted, kept
from tests.people import People

ACCOUNTS = {"1": "Current account", "2": "Card"}
DAYS = range(1, 7)

# What one account has on one day: some rows are equal, some go the other way in the other account.
BOOKINGS = st.lists(
    st.tuples(st.sampled_from(["Shop", "Coffee", "shop 2"]), st.sampled_from(["-3.20", "-4.00", "4.00"])), max_size=4
)
HISTORIES = st.fixed_dictionaries({(account, day): BOOKINGS for account in ACCOUNTS for day in DAYS})
SPANS = st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)).map(sorted)
SOME_ACCOUNTS = st.sampled_from([["1"], ["2"], ["1", "2"]])


def lines_of(history, span, accounts, *, most=99):
    """What a file of these days and accounts has, in the order of the bank; the first one has the bank's ids."""
    return [
        Line(day, text, amount, account, f"A{day}-{n}" if account == "1" else "")
        for day in range(span[0], span[1] + 1)
        for account in accounts
        for n, (text, amount) in enumerate(history[account, day][:most])
    ]


def reference(files):
    """The most that one file had of each row, over all files."""
    most = Counter()
    for lines in files:
        most |= Counter(lines)
    return most


def as_money(lines):
    found = Counter()
    for line, number in lines.items():
        found[line.date, line.text, line.amount] += number
    return found


def in_budget(people):
    return Counter({(day, text, f"{amount:.2f}"): n for (day, text, amount), n in money(people).items()})


class Histories(RuleBasedStateMachine):
    """Files of one true history, taken in, left open and taken back in any order."""

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.people = People()
        self.files = {}  # by the id of the import: what counts of it while it is taken in

    @initialize(history=HISTORIES)
    def begin(self, history):
        self.history = history

    def read(self, lines):
        accounts = {number: name for number, name in ACCOUNTS.items() if any(line.account == number for line in lines)}
        source = read(self.people, lines, ACCOUNTS[lines[0].account], accounts=accounts)
        self.files[source.pk] = lines
        return source

    def finish(self, source):
        return finish(self.people, source, description="Coffee")

    @rule(span=SPANS, accounts=SOME_ACCOUNTS)
    def bring_in(self, span, accounts):
        if lines := lines_of(self.history, span, accounts):
            self.finish(self.read(lines))

    @rule(day=st.sampled_from(DAYS), accounts=SOME_ACCOUNTS, most=st.integers(1, 3))
    def bring_in_while_the_day_goes_on(self, day, accounts, most):
        if lines := lines_of(self.history, (day, day), accounts, most=most):
            self.finish(self.read(lines))

    @rule(span=SPANS, accounts=SOME_ACCOUNTS)
    def twice(self, span, accounts):
        if lines := lines_of(self.history, span, accounts):
            self.finish(self.read(lines))
            again = self.finish(self.read(lines[::-1]))
            assert again.rows.exclude(state=Pile.HERE).count() == 0

    @rule(span=SPANS, accounts=SOME_ACCOUNTS)
    def leave_open(self, span, accounts):
        if lines := lines_of(self.history, span, accounts):
            self.read(lines)

    @rule(number=st.integers(0, 20))
    def finish_later(self, number):
        waiting = list(self.people.household.imports.filter(state=State.MAPPED).order_by("pk"))
        if waiting:
            self.finish(waiting[number % len(waiting)])

    @rule(number=st.integers(0, 20), with_edited=st.booleans())
    def take_back(self, number, with_edited):
        done = list(self.people.household.imports.filter(state=State.COMMITTED).order_by("pk"))
        if done:
            revert(self.people, done[number % len(done)], with_edited=with_edited)

    @invariant()
    def the_budget_has_what_the_files_have(self):
        taken = self.people.household.imports.filter(state=State.COMMITTED).values_list("pk", flat=True)
        expected = reference(self.files[pk] for pk in taken)
        assert in_budget(self.people) == as_money(expected)
        self.each_category_has_its_rows()

    def each_category_has_its_rows(self):
        by_text = set(self.people.household.expenses.values_list("description", "category__name"))
        assert by_text <= {("Coffee", "Fun"), ("Shop", "Food"), ("shop 2", "Food")}

    @invariant()
    def each_row_is_held_once_and_the_totals_are_the_rows(self):
        rows = list(ImportRow.objects.imported().values_list("fingerprint", "occurrence", "expense", "income"))
        assert len({row[:2] for row in rows}) == len({row[2:] for row in rows}) == len(rows)
        assert not ImportRow.objects.counting().exclude(source__state=State.COMMITTED).exists()
        assert kept(self.people.household) == counted(self.people.household)

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)


def trial(examples, steps):
    return settings(
        max_examples=examples, stateful_step_count=steps,
        suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate, Phase.shrink),
    )  # fmt: skip


def test_any_files_of_one_history_in_any_order_give_the_most_that_one_had(db):
    run_state_machine_as_test(Histories, settings=trial(8, 10))


@pytest.mark.soak
def test_any_files_of_one_history_for_long(db):
    run_state_machine_as_test(Histories, settings=trial(200, 20))


def test_two_equal_rows_stay_two_and_a_later_export_brings_the_third(people):
    coffees = [Line(4, "Coffee", "-3.20")] * 3
    take_in(people, coffees[:2])

    later = take_in(people, coffees)

    assert later.summary["expenses"] == 1
    assert money(people).total() == 3


def test_two_accounts_of_one_file_have_keys_of_their_own(people):
    lines = [Line(4, "Coffee", "-3.20", "1"), Line(4, "Coffee", "-3.20", "2")]
    take_in(people, lines, accounts=ACCOUNTS)

    again = read(people, lines, accounts=ACCOUNTS)
    alone = read(people, lines[1:], "Card")

    assert (again.tally().new, alone.tally().new) == (0, 0)
    names = [row.payment_method.name for row in people.household.expenses.order_by("pk")]
    assert names == ["Current account", "Card"]


def test_an_account_that_is_left_out_brings_nothing(people):
    lines = [Line(4, "Coffee", "-3.20", "1"), Line(4, "Shop", "-9.00", "2")]

    take_in(people, lines, accounts={"1": "Current account", "2": None})

    assert [text for _, text, _ in money(people)] == ["Coffee"]


def test_one_month_as_csv_then_with_ids_is_asked_about_and_joined(people):
    plain = [Line(4, "Coffee", "-3.20"), Line(4, "Coffee", "-3.20"), Line(5, "Pay", "900.00")]
    first = take_in(people, plain)
    people.household.expenses.update(category=people.fun, notes="With Bob")
    with_ids = [Line(5, "COFFEE X", "-3.20", bank_id="F1"), Line(5, "COFFEE Y", "-3.20", bank_id="F2"),
                Line(5, "PAY", "900.00", bank_id="F3"), Line(6, "New", "-1.00", bank_id="F4")]  # fmt: skip
    before = money(people)

    source = read(people, with_ids)
    asked = source.tally().likely
    source.answer(None, same=True)
    done = finish(people, source)

    assert (asked, done.summary["merged"], done.summary["expenses"]) == (3, 3, 1)
    assert money(people) - before == Counter({(dt.date(2026, 11, 6), "New", -1): 1})
    assert set(people.household.expenses.filter(description="Coffee").values_list("notes", flat=True)) == {"With Bob"}
    assert read(people, plain).tally().new == read(people, with_ids).tally().new == 0
    revert(people, first)
    revert(people, done, with_edited=True)
    assert money(people).total() == 0


@pytest.mark.parametrize("moved", [False, True])
def test_what_was_joined_stays_with_the_file_that_was_joined(people, moved):
    """The first file taken back, the other one still holds the money: on its own day, and under its own key."""
    first = take_in(people, [Line(4, "Coffee", "-3.20"), Line(5, "Pay", "900.00")])
    lines = [Line(5, "COFFEE X", "-3.20", bank_id="F1"), Line(6, "PAY", "900.00", bank_id="F2")]
    source = read(people, lines)
    source.answer(None, same=True)
    joined = finish(people, source)
    if moved:
        people.household.expenses.update(spent_on=dt.date(2026, 11, 9))

    assert first.edited() == []
    said = revert(people, first).said()

    assert [day for day, _, _ in spent(people)] == [9 if moved else 5]
    assert money(people).total() == 2
    assert said == "Taken back: 0 expenses removed, 2 rows left to another import that has them too."
    assert read(people, lines).tally().new == 0
    assert len(joined.edited()) == moved
    revert(people, joined, with_edited=True)
    assert money(people).total() == 0
    assert kept(people.household) == counted(people.household)


def test_two_rows_are_never_joined_with_one_expense(people):
    """The second one is asked about only when what the first one was likely to be is free again."""
    expense = make_expense(people.household, "Lunch", "3.20", spent_on=dt.date(2026, 11, 4))
    source = read(people, [Line(4, "Coffee", "-3.20"), Line(5, "Tea", "-3.20")])
    take_in(people, [Line(20, "Other", "-1.00")], "Cash")

    source.match_again()  # everything is looked at anew: another import was taken in

    assert [row.description for row in source.rows.asked()] == ["Coffee"]
    source.rows.update(kind=Kind.MERGE, expense=expense)  # whoever sends what the page does not offer
    with pytest.raises(Unanswered, match="cannot be joined"):
        source.commit(by=people.alice, at=AT)


# ── a bank that numbers its rows anew in each file ──


def test_a_row_under_another_id_is_asked_about_and_joined(people):
    first = take_in(people, [Line(4, "Coffee", "-3.20", bank_id="A1"), Line(5, "Pay", "900.00", bank_id="A2")])
    again = [Line(4, "Coffee", "-3.20", bank_id="B7"), Line(5, "Pay", "900.00", bank_id="A1"),
             Line(6, "Tea", "-2.00", bank_id="A2")]  # fmt: skip

    source = read(people, again)
    asked = {row.description: row.question for row in source.rows.asked()}
    source.answer(None, same=True)
    done = finish(people, source)

    assert asked == {"Coffee": Question.SAME, "Pay": Question.SAME}
    assert (done.summary["merged"], money(people).total()) == (2, 3)
    assert read(people, again).tally().new == 0
    assert read(people, [replace(line, bank_id=f"C{line.day}") for line in again]).tally().likely == 3
    revert(people, first)
    assert money(people).total() == 3
    revert(people, done)
    assert money(people).total() == 0


def test_the_second_of_two_true_rows_is_not_asked_about_when_another_file_brings_the_first(people):
    lines = [Line(4, "Coffee", "-3.20", bank_id="A1"), Line(4, "Coffee", "-3.20", bank_id="A2")]
    source = read(people, lines)
    take_in(people, lines[:1])

    source.match_again()

    tally = source.tally()
    assert (tally.here, tally.new, tally.likely) == (1, 1, 0)


def test_what_was_left_out_or_deleted_is_so_under_another_id_too(people):
    first = read(people, [Line(4, "To savings", "-200.00", bank_id="A1"), Line(5, "Tea", "-2.00", bank_id="A2")])
    first.rows.filter(description="To savings").update(kind="leave_out", is_chosen=True)
    finish(people, first)
    people.household.expenses.all().delete()

    source = read(people, [Line(4, "To savings", "-200.00", bank_id="B1"), Line(5, "Tea", "-2.00", bank_id="B2")])

    assert dict(source.rows.values_list("description", "reason")) == {
        "To savings": "Left out before, under another id of the bank",
        "Tea": "What it was is deleted; the bank gives it another id",
    }
    assert set(source.rows.values_list("kind", flat=True)) == {Kind.LEAVE_OUT}


@settings(max_examples=25)
@given(BOOKINGS, st.data())
def test_rows_with_ids_of_their_own_in_one_file_stay_as_many(people, bookings, data):
    """Whatever a file before it had of the day, and whatever is answered: one that the bank gives two ids is two."""
    with transaction.atomic():
        day = [Line(4, text, amount, bank_id=f"A{n}") for n, (text, amount) in enumerate(bookings)]
        kept_ids = data.draw(st.lists(st.booleans(), min_size=len(day), max_size=len(day)))
        if before := day[: data.draw(st.integers(0, len(day)))]:
            take_in(people, before)
        later = [
            line if keeps else replace(line, bank_id=f"B{n}")
            for n, (line, keeps) in enumerate(zip(day, kept_ids, strict=True))
        ]

        if later:
            source = read(people, later)
            source.answer(None, same=True)
            finish(people, source)

        assert in_budget(people) == as_money(Counter(later))
        transaction.set_rollback(True)


def test_what_was_left_out_as_csv_is_left_out_with_ids_and_can_be_taken_in(people):
    first = read(people, [Line(4, "To savings", "-200.00"), Line(4, "Shop", "-9.00")])
    first.rows.filter(description="To savings").update(kind="leave_out", is_chosen=True)
    finish(people, first)

    source = read(people, [Line(5, "TO SAVINGS", "-200.00", bank_id="F1"), Line(20, "Shop", "-200.00", bank_id="F2")])

    kinds = dict(source.rows.values_list("description", "kind"))
    assert kinds == {"TO SAVINGS": "leave_out", "Shop": "expense"}
    assert source.rows.get(description="TO SAVINGS").reason == "Left out before, on 4 November"


def test_a_file_that_another_person_took_in_meanwhile_is_asked_about_anew(people):
    """With keys of another kind: the rows are not here already, but likely."""
    source = read(people, [Line(5, "COFFEE X", "-3.20", bank_id="F1")])
    assert source.tally().likely == 0
    take_in(people, [Line(4, "Coffee", "-3.20")])
    source.choose_among(source.rows.all(), category=people.food)

    source.match_again()

    assert source.tally().likely == 1
    finish(people, source)
    assert money(people).total() == 2


def test_the_same_file_read_while_another_is_open_is_here_when_that_one_is_taken_in(people):
    lines = [Line(day, "Coffee", "-3.20") for day in DAYS] + [Line(3, "Pay", "10.00")]
    one, other = read(people, lines), read(people, lines)
    finish(people, one)

    done = finish(people, other)

    assert done.rows.filter(state=Pile.HERE).count() == 7
    assert done.rows.filter(occurrence=1).count() == 7
    assert money(people).total() == 7


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("with_ids", [True, False])
def test_two_accounts_of_one_file_taken_in_by_four_people_at_once_come_in_once(with_ids):
    people = People()
    lines = [
        Line(day, "Coffee", "-3.20", account, f"{account}{day}{n}" if with_ids else "")
        for day in DAYS
        for account in ACCOUNTS
        for n in range(2)
    ]
    sources = [read(people, lines, "Current account", accounts=ACCOUNTS) for _ in range(4)]
    for source in sources:
        source.choose_among(source.rows.filter(category=None), category=people.food)
    start, faults = threading.Barrier(4), []

    def take(source):
        try:
            start.wait()
            source.commit(by=people.alice, at=AT)
        except Exception as error:  # shown below: a thread's own failure would be lost
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=[source]) for source in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert Expense.objects.count() == len(lines)
    assert ImportRow.objects.filter(state=Pile.HERE).count() == 3 * len(lines)
    assert kept(people.household) == counted(people.household)
