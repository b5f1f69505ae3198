"""A query put together once answers as the queryset that it is made of."""

import datetime as dt
import threading

import pytest
from django.db import connection
from django.utils import timezone

from expenses.ledger.models import Expense
from expenses.people.models import Membership
from expenses.shared.prepared import Prepared
from tests.factories import DAY, make_expense

YESTERDAY = DAY - dt.timedelta(days=1)


@pytest.fixture
def between():
    return Prepared(
        lambda household, first, last: (
            Expense.objects.filter(household=household).between(first, last).newest_first()[:2]
        )
    )


def test_each_asking_has_values_of_its_own(people, between):
    old = make_expense(people.household, spent_on=YESTERDAY)
    new = make_expense(people.household)

    first, second = between(people.household.pk, DAY, DAY), between(people.household.pk, YESTERDAY, YESTERDAY)

    assert (first, second) == ([new], [old])


def test_what_was_kept_holds_no_rows(people, between):
    between(people.household.pk, DAY, DAY)

    new = make_expense(people.household)

    assert between(people.household.pk, DAY, DAY) == [new]


def test_none_leaves_a_condition_out_where_the_queryset_does(people, between):
    old, new = make_expense(people.household, spent_on=YESTERDAY), make_expense(people.household)
    between(people.household.pk, DAY, DAY)

    assert between(people.household.pk, YESTERDAY, None) == [new, old]
    assert between(people.household.pk, None, YESTERDAY) == [old]


def test_it_is_one_query_and_its_rows_are_whole(people, between, django_assert_num_queries):
    make_expense(people.household, notes="Two of them")
    between(people.household.pk, DAY, DAY)

    with django_assert_num_queries(1):
        found = between(people.household.pk, DAY, DAY)
        values = {field.attname: getattr(found[0], field.attname) for field in Expense._meta.concrete_fields}

    asked = people.household.expenses.get()
    assert values == {name: getattr(asked, name) for name in values}


def test_others_that_it_selects_come_along(people, django_assert_num_queries):
    of_user = Prepared(lambda user: Membership.objects.select_related("user", "household").filter(user=user))

    with django_assert_num_queries(1):
        found = of_user(people.alice.pk)
        names = [(each.user, each.household) for each in found]

    assert names == [(people.alice, people.household)]


def test_a_moment_is_compared_as_a_moment(people):
    written_after = Prepared(lambda moment: Expense.objects.filter(created_at__gt=moment))
    expense = make_expense(people.household)
    zone = dt.timezone(dt.timedelta(hours=-11))
    expense.refresh_from_db()
    just_before = (expense.created_at - dt.timedelta(microseconds=1)).astimezone(zone)

    assert written_after(just_before) == [expense]
    assert written_after(expense.created_at.astimezone(zone)) == []
    assert written_after(timezone.now() + dt.timedelta(days=1)) == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_by_its_own_connection(between):
    from tests.people import People

    people = People()
    new = make_expense(people.household)
    found = [between(people.household.pk, DAY, DAY)]

    def ask() -> None:
        found.append(between(people.household.pk, DAY, DAY))
        connection.close()

    thread = threading.Thread(target=ask)
    connection.close()
    thread.start()
    thread.join()

    assert found == [[new], [new]]
