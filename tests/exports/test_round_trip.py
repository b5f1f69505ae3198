"""A household's file, brought in again: everything is the same, but for ids."""

import io
import zipfile

import pytest
from django.utils import timezone

from expenses.exports.reading import Package
from expenses.exports.restoring import restore
from expenses.exports.writing import write
from expenses.welcome import demo
from tests.exports.files import contents
from tests.people import TODAY, make_household, make_user

pytestmark = pytest.mark.django_db


def exported(household):
    file = io.BytesIO()
    write(household, file, at=timezone.now())
    return file


def test_it_is_packed():
    with zipfile.ZipFile(exported(make_household(make_user("Alice")))) as package:
        assert {info.compress_type for info in package.infolist()} == {zipfile.ZIP_DEFLATED}


def test_the_demo_comes_back():
    first = demo.make(today=TODAY)
    owner = first.memberships.first().user
    second = make_household(owner)
    for membership in first.memberships.exclude(user=owner):
        second.add_member(membership.user, membership.role)

    restore(Package(exported(first)), second, by=owner, on=TODAY)

    assert contents(exported(second)) == contents(exported(first))
