"""Many rows in one go: as `bulk_create`, in a fraction of its time."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.db import IntegrityError

from expenses.imports.models import Import, ImportRow
from expenses.ledger.models import Expense
from expenses.shared.rows import CHUNK, Stencil, insert
from tests.factories import make_expense, make_import

AT = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def expense(people, description="Bread", **fields):
    fields = {"amount": Decimal("12.5"), "spent_on": dt.date(2026, 11, 20), "category": people.food} | fields
    return Expense(
        household=people.household,
        recorded_by=people.alice,
        description=description,
        created_at=AT,
        updated_at=AT,
        **fields,
    )


def test_rows_are_there_with_what_they_held_and_have_their_ids(people):
    there = make_expense(people.household)

    rows = insert(
        [expense(people, "Bread"), expense(people, "“Tea” 100 %s ?", amount=Decimal("-3.2"))], using="default"
    )

    assert [row.pk for row in rows] == [there.pk + 1, there.pk + 2]
    assert not rows[0]._state.adding
    found = Expense.objects.get(pk=rows[1].pk)
    assert (found.description, found.amount, found.spent_on, found.created_at, found.notes) == (
        "“Tea” 100 %s ?", Decimal("-3.2"), dt.date(2026, 11, 20), AT, "",
    )  # fmt: skip
    assert make_expense(people.household).pk > rows[1].pk


def test_a_row_may_bring_its_own_id(people):
    first = make_expense(people.household)
    own = first.pk + 50

    rows = insert([expense(people, pk=own), expense(people)], using="default")

    assert rows[0].pk == own
    assert rows[1].pk not in (own, first.pk)
    assert Expense.objects.count() == 3


def test_what_is_no_text_or_number_is_prepared_by_its_field(people):
    source = make_import(people.household, by=people.alice)
    rows = [
        Import(
            household=people.household, payment_method=source.payment_method, file_name="b.csv", format="csv",
            mapping={"a": [1, "ü"]}, key=uuid.UUID(int=7), uploaded_by=people.alice, uploaded_at=AT, data=b"\x00\xff",
        )
    ]  # fmt: skip

    [row] = insert(rows, using="default")

    found = Import.objects.get(pk=row.pk)
    assert (found.mapping, found.key, bytes(found.data), found.mapped_at) == (
        {"a": [1, "ü"]}, uuid.UUID(int=7), b"\x00\xff", None,
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_row_that_breaks_a_rule_leaves_none(people):
    rows = [expense(people) for _ in range(CHUNK + 1)]
    rows[-1].amount = Decimal(0)

    with pytest.raises(IntegrityError):
        insert(rows, using="default")

    assert not Expense.objects.exists()


def test_a_float_is_refused_beside_an_amount_of_its_worth(people):
    with pytest.raises(ValueError, match="float"):
        insert([expense(people, amount=Decimal(12)), expense(people, amount=12.0)], using="default")


def test_rows_of_a_query_are_read_as_light_ones(people):
    make_expense(people.household, description="Bread")

    [bread] = Stencil(expense(people, notes="from the bank")).read(Expense.objects.all(), "description", "amount")

    assert (bread.description, bread.notes, bread.is_refund) == ("Bread", "from the bank", False)


def test_none_are_none():
    assert insert([], using="default") == []


def test_many_take_a_statement_for_each_two_thousand(people, django_assert_max_num_queries):
    source = make_import(people.household, by=people.alice)
    rows = [
        ImportRow(household=people.household, source=source, position=n, line=n, state="unreadable", raw=f"{n}")
        for n in range(2, 5_002)
    ]

    with django_assert_max_num_queries(7):
        insert(rows, using="default")

    assert ImportRow.objects.filter(pk__in=[rows[0].pk, rows[-1].pk]).count() == 2
    assert source.rows.count() == 5_001


def test_rows_of_a_stencil_are_alike_but_for_what_is_said(people):
    stencil = Stencil(expense(people, notes="from the bank"))
    bread, tea = stencil.row(description="Bread"), stencil.row(description="Tea", amount=Decimal("-3.2"))

    insert([bread, tea], using="default")

    found = Expense.objects.get(pk=tea.pk)
    assert (found.description, found.notes, found.amount, found.category) == (
        "Tea", "from the bank", Decimal("-3.2"), people.food,
    )  # fmt: skip
    assert tea.is_refund
    assert not bread.is_refund
    with pytest.raises(AttributeError):
        tea.save()
