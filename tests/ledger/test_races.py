"""Many at once: nothing is lost, nothing is written twice. Real rivals need Postgres; SQLite has its processes in
tests/trials."""

import threading
import uuid
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection

from expenses.ledger.models import ChangedMeanwhile, Expense, MonthTotal
from tests.factories import DAY, make_expense
from tests.people import People

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(count: int, work: Callable[[int], None]) -> list[Exception]:
    """Do it in so many threads that start together; gives what went wrong."""
    start, errors = threading.Barrier(count), []

    def run(number: int) -> None:
        try:
            start.wait(timeout=30)
            work(number)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return errors


def unsaved(people, **fields) -> Expense:
    values = {
        "household": people.household, "category": people.food, "recorded_by": people.alice,
        "description": "Groceries", "amount": Decimal("1.25"), "spent_on": DAY,
    }  # fmt: skip
    return Expense(**(values | fields))


def test_twenty_writers_lose_nothing():
    people = People()
    rows = [[unsaved(people, description=f"{writer} {n}") for n in range(10)] for writer in range(20)]

    def write(number):
        for row in rows[number]:
            row.write_down()
        people.household.expenses.with_ids([rows[number][0].pk]).put_aside(by=people.alice)
        rows[number][1].amount = Decimal(2)
        rows[number][1].rewrite(seen=rows[number][1].updated_at)

    errors = at_once(20, write)

    assert errors == []
    assert people.household.expenses.count() == 180
    assert people.household.expenses.spent() == people.household.month_totals.sum()
    assert MonthTotal.objects.count() == 1


def test_one_form_sent_twenty_times_at_once_writes_one_expense():
    people = People()
    rows = [unsaved(people, key=uuid.UUID(int=7)) for _ in range(20)]
    written = set()

    errors = at_once(20, lambda number: written.add(rows[number].write_down().pk))

    assert errors == []
    assert len(written) == 1
    assert people.household.expenses.count() == 1
    assert people.household.month_totals.sum() == (Decimal("1.25"), 1)


def test_of_twenty_who_saw_the_same_row_one_changes_it():
    people = People()
    pk = make_expense(people.household).pk
    rows = [Expense.objects.get(pk=pk) for _ in range(20)]
    for number, row in enumerate(rows):
        row.amount = Decimal(number + 100)

    errors = at_once(20, lambda number: rows[number].rewrite(seen=rows[number].updated_at))

    assert len(errors) == 19
    assert {type(error) for error in errors} == {ChangedMeanwhile}
    assert people.household.month_totals.sum().amount == Expense.objects.get().amount
