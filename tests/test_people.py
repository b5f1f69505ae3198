"""The four of people.py, with whom most tests begin, are written in few statements: they have to be as the verbs
leave them."""

import pytest
from django.apps import apps
from django.db import models

from expenses.people.models import Membership, Role
from tests.people import PASSWORD, People, make_household, make_user

OF_ONE = (models.DateTimeField, models.ForeignKey)


def by_the_verbs():
    household = make_household(make_user("Ann"))
    household.add_member(make_user("Ben"), Role.EDITOR)
    household.add_member(make_user("Vic"), Role.VIEWER)
    make_household(make_user("Chris"))


def written(make):
    """What each table has then that it had not, but for what is of one row alone."""
    tables = [model for model in apps.get_models() if model._meta.managed]
    before = {model: set(model._base_manager.values_list("pk", flat=True)) for model in tables}
    make()
    return {
        model._meta.label: [values(row) for row in model._base_manager.exclude(pk__in=before[model]).order_by("pk")]
        for model in tables
    }


def values(row):
    return {
        field.name: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not (field.unique or isinstance(field, OF_ONE) or (field.name in ("name", "password") and is_own(row)))
    }


def is_own(row):
    return row._meta.model_name in ("user", "household")


@pytest.mark.django_db
def test_the_four_are_as_the_verbs_leave_them():
    verbs, four = written(by_the_verbs), written(People)

    assert {label: sorted(map(repr, rows)) for label, rows in four.items()} == {
        label: sorted(map(repr, rows)) for label, rows in verbs.items()
    }


@pytest.mark.django_db
def test_each_of_the_four_has_the_role_and_the_password_that_tests_take_for_granted():
    people = People()

    roles = dict(Membership.objects.filter(household=people.household).values_list("user__name", "role"))
    assert roles == {"Alice": "owner", "Bob": "editor", "Vera": "viewer"}
    assert people.others.memberships.get().user == people.charlie
    assert all(one.check_password(PASSWORD) for one in (people.alice, people.bob, people.vera, people.charlie))
