"""Imports beside everything else that writes: the totals are the rows, and every key counts once."""

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from expenses.imports.models import Import, ImportRow
from expenses.imports.states import AlreadyDone, Pile, State, Unanswered
from expenses.ledger.models import Expense
from tests.factories import make_expense, method_named
from tests.ledger.test_totals import counted, kept
from tests.people import TODAY, People

AT = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
SIMPLE = b"Date,Payee,Amount\n2026-11-03,Shop,-12.50\n2026-11-04,Coffee,-3.20\n2026-11-04,Coffee,-3.20\n"


def statement(rows) -> bytes:
    return b"Date,Payee,Amount\n" + b"".join(
        f"2026-11-{day:02d},{text},{amount}\n".encode() for day, text, amount in rows
    )


def mapped(people, data=SIMPLE, name="Card"):
    household = people.household
    source = Import.upload(household=household, file_name="a.csv", data=data, by=people.alice, at=AT)
    method = method_named(household, name)
    source.read_with(source.reading, payment_method=method, at=AT, today=TODAY)
    source = household.imports.get(pk=source.pk)
    source.choose_among(source.rows.all(), category=people.food)
    source.answer(None, same=False)
    source.choose_among(source.rows.all(), category=people.food)
    return source


def committed(people, data=SIMPLE, name="Card"):
    return mapped(people, data, name).commit(by=people.alice, at=AT)


ROWS = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from(["Shop", "Coffee"]), st.sampled_from(["-1.00", "-2.50", "4.00"])),
    min_size=1,
    max_size=6,
)


class Imports(RuleBasedStateMachine):
    """Any mix of files, deletions, edits and reverts."""

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.people = People()
        self.household = self.people.household

    def some(self, rows, number):
        found = list(rows)
        return found[number % len(found)] if found else None

    @rule(rows=ROWS, name=st.sampled_from(["Card", "Cash"]))
    def bring_in(self, rows, name):
        source = committed(self.people, statement(rows), name)
        again = committed(self.people, statement(rows), name)
        assert (again.summary["expenses"], again.summary["refunds"], again.summary["incomes"]) == (0, 0, 0)
        assert source.state == State.COMMITTED

    @rule(rows=ROWS)
    def leave_open(self, rows):
        mapped(self.people, statement(rows))

    @rule(number=st.integers(0, 20))
    def finish(self, number):
        if source := self.some(self.household.imports.filter(state=State.MAPPED).order_by("pk"), number):
            source.choose_among(source.rows.all(), category=self.people.fun)
            source.commit(by=self.people.bob, at=AT)

    @rule(number=st.integers(0, 20), with_edited=st.booleans())
    def revert(self, number, with_edited):
        if source := self.some(self.household.imports.filter(state=State.COMMITTED).order_by("pk"), number):
            source.revert(by=self.people.alice, at=AT, with_edited=with_edited)

    @rule(number=st.integers(0, 20))
    def edit(self, number):
        if row := self.some(self.household.expenses.order_by("pk"), number):
            row.amount += 1
            row.description = "Edited"
            row.save()

    @rule(number=st.integers(0, 20))
    def edit_an_income(self, number):
        if row := self.some(self.household.incomes.order_by("pk"), number):
            row.description = "Edited"
            row.rewrite(seen=None)

    @rule(number=st.integers(0, 20))
    def delete_an_income(self, number):
        if row := self.some(self.household.incomes.order_by("pk"), number):
            row.delete()

    @rule(number=st.integers(0, 20))
    def delete(self, number):
        if row := self.some(self.household.expenses.order_by("pk"), number):
            self.household.expenses.filter(pk=row.pk).put_aside(by=self.people.bob)

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    @invariant()
    def the_totals_are_the_rows(self):
        assert kept(self.household) == counted(self.household)

    @invariant()
    def what_came_in_is_held_by_one_row_and_each_key_counts_once(self):
        rows = list(ImportRow.objects.imported().values_list("fingerprint", "occurrence", "expense", "income"))
        assert len({row[:2] for row in rows}) == len({row[2:] for row in rows}) == len(rows)
        assert all((row[2] is None) != (row[3] is None) for row in rows)
        assert {row[2] for row in rows} >= set(self.household.expenses.values_list("pk", flat=True))
        assert {row[3] for row in rows} >= set(self.household.incomes.values_list("pk", flat=True))

    @invariant()
    def nothing_that_was_taken_back_counts(self):
        rows = (
            ImportRow.objects.counting()
            .filter(source__state=State.REVERTED)
            .select_related("expense", "income", "source")
        )
        assert all(row.was_edited(2) for row in rows if row.written)


def test_the_totals_are_the_rows_after_any_mix_of_imports_and_reverts(db):
    trial = settings(max_examples=20, stateful_step_count=12, suppress_health_check=list(HealthCheck))

    run_state_machine_as_test(Imports, settings=trial)


def test_what_was_decided_for_a_line_is_kept_when_the_columns_are_read_anew(people):
    source = mapped(people)
    row = source.rows.first()
    source.choose_among(source.rows.all(), category=people.fun)

    source.read_with(source.reading, payment_method=source.payment_method, at=AT, today=TODAY)

    assert source.rows.get(line=row.line).category == people.fun


def test_rows_of_two_days_in_one_week_at_one_price_are_not_taken_for_each_other(people):
    committed(people)

    later = mapped(people, b"Date,Payee,Amount\n2026-11-06,Coffee,-3.20\n")

    assert later.tally().asked == 0
    assert later.tally().expenses == 1


def test_a_file_read_for_the_wrong_card_is_shown_as_likely_here(people):
    committed(people, name="Card")
    source = Import.upload(household=people.household, file_name="b.csv", data=SIMPLE, by=people.alice, at=AT)

    source.read_with(source.reading, payment_method=method_named(people.household, "Visa"), at=AT, today=TODAY)

    assert source.tally().asked == 3


def test_what_came_with_the_banks_ids_is_likely_what_came_without(people):
    committed(people)
    data = b"Date,Payee,Amount,Transaction ID\n2026-11-03,SHOP 17,-12.50,F001\n2026-11-04,COFFEE X,-3.20,F002\n"
    source = Import.upload(household=people.household, file_name="b.csv", data=data, by=people.alice, at=AT)

    source.read_with(source.reading, payment_method=method_named(people.household, "Card"), at=AT, today=TODAY)

    assert source.rows.first().bank_id == "F001"
    assert source.tally().asked == 2


def test_the_method_of_an_account_is_known_by_the_number_in_the_file(people):
    data = b"Date,Payee,Amount,Account number\n2026-11-03,Shop,-12.50,DE123\n2026-11-04,Coffee,-3.20,DE123\n"
    committed(people, data, "Girokonto")
    mapped(people, b"Date,Payee,Amount,Account number\n2026-11-03,Boat,-9.50,DE999\n", "Visa")

    source = Import.upload(
        household=people.household, file_name="c.csv", data=data.replace(b"-03", b"-05"), by=people.alice, at=AT
    )

    assert source.payment_method.name == "Girokonto"
    assert "DE123" not in source.payment_method.account_hash


def test_a_key_counts_once_in_a_household(people):
    source = committed(people)
    row = source.rows.first()
    row.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_a_category_of_another_household_is_refused_by_the_database(people):
    source = mapped(people)

    with pytest.raises(IntegrityError):
        write_and_check(source.rows, category=people.category("Food", people.others))


def write_and_check(rows, **values):
    """Deferred constraints are checked at once, as a commit would."""
    with transaction.atomic():
        rows.update(**values)
        connection.check_constraints()


def test_what_is_past_a_step_cannot_go_back_to_it(people):
    source = committed(people)

    with pytest.raises(AlreadyDone):
        source.choose_among(source.rows.all(), category=people.fun)
    assert source.discard() is False


def test_a_deleted_expense_that_nobody_keeps_any_more_is_written_anew(people):
    committed(people)
    people.household.expenses.filter(description="Shop").delete()
    source = mapped(people)
    row = source.rows.get(description="Shop")

    back = source.bring_back(row, by=people.bob, at=AT)

    assert (back.amount, back.category, back.description) == (Decimal("12.50"), people.food, "Shop")
    assert mapped(people).tally().new == 0


def test_an_open_import_looks_anew_when_another_is_taken_back(people):
    first = committed(people)
    waiting = mapped(people)
    assert waiting.tally().here == 3

    first.revert(by=people.alice, at=AT, with_edited=False)

    assert (waiting.tally().here, waiting.tally().new) == (0, 3)


def test_a_merged_category_goes_with_its_rows(people):
    from expenses.upkeep.categories import merge

    source = mapped(people)

    merge(people.food, into=people.fun)
    source.commit(by=people.alice, at=AT)

    assert {expense.category for expense in people.household.expenses.all()} == {people.fun}
    assert source.edited() == []


def test_an_expense_that_two_imports_want_to_join_with_is_joined_once(people):
    make_expense(people.household, "Bread", "12.50", spent_on=dt.date(2026, 11, 3))
    sources = []
    for name in ("Card", "Visa"):
        source = Import.upload(household=people.household, file_name="b.csv", data=SIMPLE, by=people.alice, at=AT)
        source.read_with(source.reading, payment_method=method_named(people.household, name), at=AT, today=TODAY)
        source.choose_among(source.rows.all(), category=people.food)
        source.answer(None, same=True)
        sources.append(source)

    sources[0].commit(by=people.alice, at=AT)
    with pytest.raises(Unanswered):
        sources[1].commit(by=people.alice, at=AT)

    assert sources[1].rows.counting().count() == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_one_file_taken_in_by_two_people_at_once_comes_in_once():
    people = People()
    sources = [mapped(people), mapped(people)]
    start, faults = threading.Barrier(2), []

    def take_in(source):
        try:
            start.wait()
            source.commit(by=people.alice, at=AT)
        except Exception as error:  # shown below: a thread's own failure would be lost
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=take_in, args=[source]) for source in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert Expense.objects.count() == 3
    assert ImportRow.objects.filter(state=Pile.HERE).count() == 3
    assert kept(people.household) == counted(people.household)
