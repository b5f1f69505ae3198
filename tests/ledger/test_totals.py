"""The monthly totals are the sum of the rows after anything."""

import contextlib
import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from expenses.ledger import totals
from expenses.ledger.models import Expense, MonthTotal, NothingToUndo, undo
from tests.factories import make_expense
from tests.people import People

AMOUNTS = st.integers(-10_000, 10_000).filter(bool).map(lambda units: Decimal(units).scaleb(-2))
DAYS = st.dates(dt.date(2025, 11, 20), dt.date(2026, 2, 10))
NAMES = st.sampled_from(["Food", "Rent", "Fun"])


def kept(household):
    """The totals as they are kept, without those of no rows."""
    return {
        (total.month.number, total.category_id, total.recorded_by_id): (total.spent, total.count)
        for total in MonthTotal.objects.filter(household=household)
        if total.count or total.spent
    }


def counted(household):
    """The totals as a plain loop over the rows gives them."""
    sums: dict[tuple[int, int, int], tuple[Decimal, int]] = {}
    for row in Expense.objects.filter(household=household):
        key = (household.month_of(row.spent_on).number, row.category_id, row.recorded_by_id)
        spent, count = sums.get(key, (Decimal(0), 0))
        sums[key] = (spent + row.amount, count + 1)
    return sums


class Writers(RuleBasedStateMachine):
    """Any mix of the ways in which expenses are written."""

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.people = People()
        self.household = self.people.household
        self.household.month_starts_on = 25
        self.household.save()
        self.batches: list[uuid.UUID] = []

    def some(self, number: int) -> Expense | None:
        rows = list(self.household.expenses.order_by("id"))
        return rows[number % len(rows)] if rows else None

    @rule(amount=AMOUNTS, day=DAYS, name=NAMES, bob=st.booleans())
    def add(self, amount, day, name, bob):
        make_expense(
            self.household,
            amount=str(amount),
            spent_on=day,
            category=self.people.category(name),
            recorded_by=self.people.bob if bob else self.people.alice,
        )

    @rule(number=st.integers(0, 50), amount=AMOUNTS, day=DAYS, name=NAMES)
    def change(self, number, amount, day, name):
        if row := self.some(number):
            row.amount, row.spent_on, row.category = amount, day, self.people.category(name)
            row.save()

    @rule(number=st.integers(0, 50), amount=AMOUNTS)
    def change_one_field(self, number, amount):
        if row := self.some(number):
            row.amount, row.description = amount, "changed, but not saved"
            row.save(update_fields=["amount"])

    @rule(number=st.integers(0, 50))
    def delete_row(self, number):
        if row := self.some(number):
            row.delete()

    @rule(rows=st.lists(st.tuples(AMOUNTS, DAYS, NAMES), max_size=5))
    def import_rows(self, rows):
        Expense.objects.bulk_create(
            Expense(
                household=self.household,
                description="Imported",
                amount=amount,
                spent_on=day,
                category=self.people.category(name),
                recorded_by=self.people.alice,
            )
            for amount, day, name in rows
        )

    @rule(day=DAYS, name=NAMES)
    def put_aside(self, day, name):
        rows = self.household.expenses.between(day, None).of(self.people.category(name))
        self.batches.append(rows.put_aside(by=self.people.alice))

    @rule(day=DAYS, name=NAMES)
    def recategorise(self, day, name):
        rows = self.household.expenses.between(None, day)
        self.batches.append(rows.recategorise(self.people.category(name), by=self.people.bob))

    @rule(number=st.integers(0, 50))
    def undo(self, number):
        if self.batches:
            with contextlib.suppress(NothingToUndo):
                undo(self.household, self.batches[number % len(self.batches)])

    @rule(day=DAYS, name=NAMES, amount=AMOUNTS)
    def update(self, day, name, amount):
        self.household.expenses.between(day, None).update(category=self.people.category(name), amount=amount)

    @rule(days=st.integers(-40, 40))
    def bulk_update(self, days):
        rows = list(self.household.expenses.all()[:4])
        for row in rows:
            row.spent_on += dt.timedelta(days=days)
        Expense.objects.bulk_update(rows, ["spent_on"])

    @rule(name=NAMES)
    def delete_set(self, name):
        self.household.expenses.of(self.people.category(name)).delete()

    @rule()
    def rebuild(self):
        totals.rebuild(self.household)

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    @invariant()
    def the_totals_are_the_rows(self):
        assert kept(self.household) == counted(self.household)


def test_the_totals_are_the_rows_after_any_mix_of_writes(db):
    trial = settings(max_examples=30, stateful_step_count=15, suppress_health_check=list(HealthCheck))

    run_state_machine_as_test(Writers, settings=trial)


@pytest.fixture
def household(people):
    return people.household


def test_rebuild_mends_what_a_raw_writer_broke(household):
    make_expense(household)
    MonthTotal.objects.update(count=7)

    totals.rebuild(household)

    assert kept(household) == counted(household)


def test_a_write_that_fails_leaves_no_total_behind(household):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_expense(household, amount="200000000000")

    assert kept(household) == {}


def test_a_category_of_another_household_is_refused_by_the_database(people):
    foreign = people.category("Food", people.others)

    with pytest.raises(IntegrityError):
        make_and_check(people.household, category=foreign)


def make_and_check(household, **fields):
    """Deferred constraints are checked at once, as a commit would."""
    with transaction.atomic():
        make_expense(household, **fields)
        connection.check_constraints()


def test_undo_brings_the_rows_back_with_their_ids_and_every_field(household, people):
    row = make_expense(household, notes="two of them", key=uuid.uuid4())
    batch = household.expenses.all().put_aside(by=people.bob)

    assert undo(household, batch) == 1

    back = household.expenses.get()
    assert {f.attname: getattr(back, f.attname) for f in Expense._meta.concrete_fields} == {
        f.attname: getattr(row, f.attname) for f in Expense._meta.concrete_fields
    }
    with pytest.raises(NothingToUndo):
        undo(household, batch)


@pytest.mark.parametrize(("days", "comes_back"), [(29, True), (31, False)])
def test_what_was_deleted_can_come_back_for_30_days(household, people, days, comes_back):
    make_expense(household)
    at = timezone.now() - dt.timedelta(days=days)
    batch = household.expenses.all().put_aside(by=people.bob, at=at)

    if comes_back:
        assert undo(household, batch) == 1
    else:
        with pytest.raises(NothingToUndo, match="older than 30 days"):
            undo(household, batch)


def test_deleting_drops_what_is_older_than_30_days_and_nothing_of_others(household, people):
    old = timezone.now() - dt.timedelta(days=31)
    make_expense(people.others).category.household.expenses.all().put_aside(by=people.charlie, at=old)
    for moment in (old, timezone.now()):
        make_expense(household)
        household.expenses.all().put_aside(by=people.alice, at=moment)

    assert household.deletedexpenses.count() == 1
    assert people.others.deletedexpenses.count() == 1


def test_undo_of_a_bulk_change_leaves_rows_changed_since(household, people):
    first, second = make_expense(household), make_expense(household)
    was = first.category
    batch = household.expenses.all().recategorise(people.fun, by=people.alice)
    second.refresh_from_db()
    second.category, second.updated_at = people.food, dt.datetime.now(dt.UTC)
    second.save()

    assert undo(household, batch) == 1

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.category, second.category) == (was, people.food)


def test_sums_are_exact_where_floats_are_not(household):
    for amount in ("0.10", "0.20", "-0.30", "0.0001"):
        make_expense(household, amount=amount)

    assert household.expenses.all().spent() == (Decimal("0.0001"), 4)
    assert household.expenses.filter(amount__gt=Decimal("0.1999")).count() == 1
