"""What is sent while it is written: at once, in pieces, and never a half that looks whole."""

import io
import select
import zipfile
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from expenses.budgets.books import one_moment
from expenses.exports import writing
from expenses.exports.tables import Table
from expenses.exports.writing import household_chunks
from expenses.imports.statements import reading
from expenses.ledger.models import Expense
from tests.factories import make_expense
from tests.people import make_household, make_user


@pytest.fixture
def vera(client, people):
    client.force_login(people.vera)
    return client


@pytest.mark.django_db
def test_the_household_s_file_is_away_before_its_rows_are_read(vera, people, monkeypatch):
    def unread(table, household):
        raise ConnectionError("the database is gone")

    monkeypatch.setattr(Table, "exported", unread)
    response = vera.get(reverse("exports:household"))

    sent = []
    with pytest.raises(ConnectionError):
        sent.extend(response.streaming_content)

    assert response.streaming
    assert b"manifest.json" in sent[0]
    assert not zipfile.is_zipfile(io.BytesIO(b"".join(sent)))


@pytest.mark.django_db
def test_who_takes_the_household_s_file_for_too_long_gets_half_of_it(vera, people, monkeypatch):
    monkeypatch.setattr(writing, "LONGEST", 0)
    response = vera.get(reverse("exports:household"))

    sent = []
    with pytest.raises(TimeoutError):
        sent.extend(response.streaming_content)

    assert not zipfile.is_zipfile(io.BytesIO(b"".join(sent)))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "is_packed_again"), [("exports:household", False), ("expenses:xlsx", False), ("expenses:csv", True)]
)
def test_what_is_packed_is_not_packed_again(vera, people, name, is_packed_again):
    make_expense(people.household)

    response = vera.get(reverse(name), headers={"Accept-Encoding": "gzip"})

    assert response.streaming
    assert ("Content-Encoding" in response) == is_packed_again
    assert response.getvalue().startswith(b"\x1f\x8b" if is_packed_again else b"PK")


@pytest.mark.django_db
def test_the_rows_of_a_sheet_come_back_as_they_were(vera, people):
    make_expense(people.household, "=Lunch & <more>", "1234.5", category=people.food, notes="two\nlines")

    data = vera.get(reverse("expenses:xlsx")).getvalue()

    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert rows[1][1:4] == ["=Lunch & <more>", "Food", 1234.5]
    assert rows[1][7] == "two\nlines"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["expenses:csv", "expenses:xlsx"])
def test_the_list_is_a_statement_that_can_be_brought(vera, people, name):
    make_expense(people.household, "=Lunch & <more>", "1234.5", category=people.food, notes="of two")
    make_expense(people.household, "Refund", "-7", category=people.fun)

    statement = reading.read(vera.get(reverse(name)).getvalue(), today=people.household.today())

    assert not statement.problems
    assert {(one.description, one.amount, one.category, one.currency) for one in statement.records} == {
        ("=Lunch & <more>", Decimal("-1234.50"), "Food", "USD"),
        ("Refund", Decimal(7), "Fun", "USD"),
    }


@pytest.mark.django_db(transaction=True)
def test_it_is_of_one_moment_until_it_is_given_up():
    household = make_household(make_user("Alice"))
    make_expense(household, "Before")
    chunks = household_chunks(household, at=timezone.now())

    next(chunks)
    chunks.close()

    assert not connection.in_atomic_block
    make_expense(household, "Afterwards")
    assert Expense.objects.count() == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_moment_is_not_held_for_somebody_who_does_not_go_on():
    def read_slowly():
        with one_moment(patience=1):
            select.select([connection.connection], [], [], 60)  # until the server has hung up
            Expense.objects.count()

    with pytest.raises(DatabaseError):
        read_slowly()

    connection.close()
    assert Expense.objects.count() == 0
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("0",)
