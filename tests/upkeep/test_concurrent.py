"""Rare changes beside running writers. SQLite has one writer at a time; Postgres shows what a lock forgets."""

import datetime as dt
import random
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import IntegrityError, close_old_connections, connection, connections, transaction

from expenses.budgets.envelope import Leftover
from expenses.budgets.models import Limit, PlanRefused, Setting, Transfer
from expenses.categories.models import Category
from expenses.ledger.models import Expense
from expenses.people.models import LastOwner, Membership, Role
from expenses.shared.months import Month
from expenses.upkeep import archiving, categories, month_start
from tests.factories import make_expense, make_limit
from tests.ledger.test_totals import counted, kept
from tests.people import TODAY
from tests.upkeep.balance import assert_books_balance

WRITERS = 6


@pytest.fixture
def household(transactional_db):
    from tests.people import People

    return People().household


def at_once(*jobs):
    """Run the jobs in threads that start together; gives what each returned or raised."""
    start = threading.Barrier(len(jobs))

    def run(job):
        start.wait()
        try:
            return job()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def writer(household, seed, until):
    """Adds, changes and deletes expenses in all categories, as people and imports do; gives what went wrong."""
    chance = random.Random(seed)
    user = household.memberships.get(role=Role.OWNER).user
    wrong = []

    def write():
        while not until.is_set():
            close_old_connections()
            category = chance.choice(list(household.categories.all()))
            day = dt.date(2026, 1, 1) + dt.timedelta(days=chance.randrange(300))
            rows = household.expenses.filter(spent_on=day)
            try:
                match chance.randrange(5):
                    case 0 | 1:
                        make_expense(household, category=category, spent_on=day, recorded_by=user)
                    case 2:
                        rows.recategorise(category, by=user)
                    case 3:
                        for row in household.expenses.order_by("?")[:1]:
                            row.amount += Decimal(1)
                            row.spent_on = day
                            row.save()
                    case 4:
                        rows.put_aside(by=user)
            except (IntegrityError, Expense.NotUpdated, Expense.DoesNotExist):
                continue  # the category or the row went meanwhile: nothing of it is written, see RaceMiddleware
            except Exception as error:
                wrong.append(error)
        return wrong

    return write


def mover(household, seed, until):
    """Sets limits and moves money between all categories; gives what went wrong."""
    chance = random.Random(seed)
    user = household.memberships.get(role=Role.OWNER).user
    month = Month(2026, 11)
    wrong = []

    def move():
        while not until.is_set():
            close_old_connections()
            source, destination = chance.sample(list(household.categories.all()), 2)
            try:
                if chance.random() < 0.4:
                    Limit.set(household, month, {source: Setting(Decimal(chance.randrange(100)), Leftover.ALL)})
                else:
                    Transfer.move(
                        household=household,
                        month=month,
                        source=source,
                        destination=destination,
                        amount=Decimal(chance.randrange(1, 20)),
                        by=user,
                        on=TODAY,
                        key=uuid.uuid4(),
                    )
            except (IntegrityError, PlanRefused):
                continue
            except Exception as error:
                wrong.append(error)
        return wrong

    return move


def beside_writers(household, job, *others):
    """Do the job while others write; gives what went wrong with any of them."""
    until = threading.Event()

    def done():
        try:
            return [job()]
        finally:
            until.set()

    writers = [writer(household, seed, until) for seed in range(WRITERS)]
    faults = at_once(done, *writers, *[other(household, seed, until) for seed, other in enumerate(others)])
    return [fault for found in faults for fault in (found if isinstance(found, list) else [found]) if fault]


@pytest.mark.postgres
def test_merging_beside_writers_loses_nothing_and_nobody_waits_in_a_circle(household):
    for day in range(200):
        make_expense(household, spent_on=dt.date(2026, 1, 1) + dt.timedelta(days=day))

    def merge_all():
        for i in range(20):
            time.sleep(0.05)
            source = Category.objects.create(household=household, name=f"Short-lived {i}")
            time.sleep(0.05)
            categories.merge(source, into=household.categories.order_by("pk").first())

    faults = beside_writers(household, merge_all)

    assert faults == []
    assert kept(household) == counted(household)
    assert not household.categories.filter(name__startswith="Short-lived").exists()


@pytest.mark.postgres
def test_merging_and_archiving_beside_moves_and_limits_keep_the_books(household):
    for category in household.categories.all():
        make_limit(category, "100", Month(2026, 11))

    def merge_and_archive():
        for i in range(15):
            time.sleep(0.05)
            source = Category.objects.create(household=household, name=f"Short-lived {i}")
            make_limit(source, "50", Month(2026, 11))
            time.sleep(0.05)
            if i % 3 == 0:
                archiving.archive(source, on=TODAY)
            categories.merge(source, into=household.categories.order_by("pk").first())

    faults = beside_writers(household, merge_and_archive, mover, mover, mover)

    assert faults == []
    assert kept(household) == counted(household)
    assert household.transfers.exists()
    assert not household.categories.filter(name__startswith="Short-lived").exists()
    assert_books_balance(household)


@pytest.mark.postgres
def test_who_locks_expenses_holds_the_household_first(household):
    """Otherwise a merge that comes between would hold it and wait for the rows, and this one the other way round."""
    food, fun = household.categories.named("Food").get(), household.categories.named("Fun").get()
    make_expense(household, category=food)
    locked = threading.Event()

    def change():
        with transaction.atomic():
            list(household.expenses.of(food)._locked())
            locked.set()
            time.sleep(0.5)
            household.expenses.of(food).update(amount=Decimal(5))

    def merge():
        assert locked.wait(60)
        categories.merge(food, into=fun)

    assert at_once(change, merge) == [None, None]
    assert household.expenses.of(fun).spent() == (Decimal(5), 1)
    assert kept(household) == counted(household)


@pytest.mark.postgres
def test_the_start_of_months_changes_beside_writers_and_the_totals_stay_true(household):
    for day in range(200):
        make_expense(household, spent_on=dt.date(2026, 1, 1) + dt.timedelta(days=day))

    def change():
        for day in (25, 1, 10, 28, 16, 15, 25):
            time.sleep(0.1)
            month_start.start_months_on(household, day)

    faults = beside_writers(household, change)

    assert faults == []
    household.refresh_from_db()
    assert household.month_starts_on == 25
    assert kept(household) == counted(household)


@pytest.mark.postgres
@pytest.mark.parametrize("turn", range(5))
def test_two_owners_who_leave_at_once_do_not_both_go(household, turn):
    bob = Membership.objects.get(user__email="bob@example.com")
    bob.change_role(Role.OWNER)
    owners = [
        Membership.objects.get(pk=pk) for pk in household.memberships.filter(role="owner").values_list("pk", flat=True)
    ]

    results = at_once(*[owner.leave for owner in owners])

    assert sorted(type(result).__name__ for result in results) == ["LastOwner", "NoneType"]
    assert household.memberships.filter(role=Role.OWNER).count() == 1


@pytest.mark.postgres
@pytest.mark.parametrize("turn", range(5))
def test_two_owners_who_demote_each_other_at_once_leave_one(household, turn):
    bob = Membership.objects.get(user__email="bob@example.com")
    bob.change_role(Role.OWNER)
    owners = list(household.memberships.filter(role=Role.OWNER))

    results = at_once(*[lambda owner=owner: owner.change_role(Role.VIEWER) for owner in owners])

    assert sum(isinstance(result, LastOwner) for result in results) == 1
    assert household.memberships.filter(role=Role.OWNER).count() == 1


@pytest.mark.postgres
def test_the_currency_waits_for_the_first_amount_on_its_way(household):
    """Whoever writes the first expense holds the household; the change comes after it, and is refused."""
    written, release = threading.Event(), threading.Event()

    def first():
        with transaction.atomic():
            make_expense(household)
            written.set()
            release.wait(60)

    def change():
        written.wait(60)
        threading.Timer(0.3, release.set).start()
        household.change_currency("JPY")

    results = at_once(first, change)

    assert "The currency stays USD" in str(results[1])
    household.refresh_from_db()
    assert household.currency == "USD"
    assert connection.vendor == "postgresql"
