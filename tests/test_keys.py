"""What a row points to is there: the database holds it, by a key of the one column or by one with the household."""

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from expenses.imports.models import ImportRow
from expenses.ledger.models import DeletedExpense, Expense
from expenses.shared.constraints import CompositeForeignKey
from tests.factories import DAY, make_expense, make_import

# What may be gone, so that the row can say so.
MAY_BE_GONE = {
    ("ImportRow", "expense"),
    ("ImportRow", "income"),
    ("ImportRow", "refund_of"),
    ("Occurrence", "expense"),
}
NOBODY = 2**40


def without_key():
    """(model, field) of every foreign key that has no constraint of its own."""
    for model in apps.get_app_config("expenses").get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and not field.db_constraint:
                yield model, field


@transaction.atomic
def point_to_nobody(model, name):
    more = {"nominal_on": DAY} if name == "recurring" else {}
    assert models.QuerySet(model).update(**{f"{name}_id": NOBODY}, **more) == 1
    connection.check_constraints()


def holds(key, field):
    """Whether it looks at each row in which the field is not empty: it passes over rows in which any of its is."""
    model = field.model
    return field.name in key.fields and not any(
        model._meta.get_field(name).null for name in key.fields if name != field.name
    )


@pytest.mark.either
def test_what_has_no_key_of_its_own_is_held_by_one_with_the_household():
    unheld = {
        (model.__name__, field.name)
        for model, field in without_key()
        if not any(holds(one, field) for one in model._meta.constraints if isinstance(one, CompositeForeignKey))
    }

    assert unheld == MAY_BE_GONE


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "name"),
    [
        *((Expense, name) for name in ("household", "category", "payment_method")),
        *((DeletedExpense, name) for name in ("household", "category", "payment_method")),
        *((ImportRow, name) for name in ("household", "source", "payment_method", "category", "rule", "recurring")),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_no_row_points_to_what_is_not_there(people, model, name):
    make_import(people.household, by=people.alice)
    make_expense(people.household)
    if model is DeletedExpense:
        people.household.expenses.all().put_aside(by=people.alice)

    with pytest.raises(IntegrityError):
        point_to_nobody(model, name)
