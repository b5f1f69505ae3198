"""The same form sent many times at once, and rare things that happen between a page's look and its verb."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection, connections, transaction

from expenses.budgets.envelope import Leftover
from expenses.budgets.models import Limit, MoveKeyUsed, NotEnoughLeft, PlanRefused, Setting, Transfer
from expenses.ledger.models import Income, PoolStart, start_pool
from expenses.shared.months import Month
from expenses.upkeep import archiving, categories, month_start
from tests.factories import make_expense, make_income, make_limit
from tests.people import TODAY, People

pytestmark = pytest.mark.postgres

NOV = Month(2026, 11)
TIMES = 20


@pytest.fixture
def people(transactional_db):
    return People()


@pytest.fixture
def food_has_100(people):
    make_limit(people.food, "100", NOV)


def at_once(job, times=TIMES):
    """What each of the threads that start together gives: what the job returned, or raised."""
    start = threading.Barrier(times)

    def run(number):
        start.wait()
        try:
            return job(number)
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def move(people, amount="30", *, key=None, **fields):
    fields = {"source": people.food, "destination": people.fun} | fields
    return Transfer.move(
        household=people.household,
        month=NOV,
        amount=Decimal(amount),
        by=people.alice,
        on=TODAY,
        key=key or uuid.uuid4(),
        **fields,
    )


def test_the_same_key_twenty_times_at_once_is_one_move(people, food_has_100):
    key = uuid.uuid4()

    results = at_once(lambda number: move(people, key=key))

    [transfer] = people.household.transfers.all()
    assert results == [transfer] * TIMES
    assert sorted(transfer.legs.values_list("side", "size")) == [(-1, Decimal(30)), (1, Decimal(30))]


def test_one_key_for_different_moves_at_once_writes_one_and_refuses_the_others(people, food_has_100):
    key = uuid.uuid4()

    results = at_once(lambda number: move(people, str(number + 1), key=key))

    [transfer] = people.household.transfers.all()
    assert results.count(transfer) == 1
    assert sum(isinstance(result, MoveKeyUsed) for result in results) == TIMES - 1


def test_what_suffices_for_three_moves_suffices_for_three_of_twenty_at_once(people, food_has_100):
    results = at_once(lambda number: move(people))

    assert sum(isinstance(result, Transfer) for result in results) == 3
    assert sum(isinstance(result, NotEnoughLeft) for result in results) == TIMES - 3
    assert people.household.transfer_legs.of(people.food).total() == -90


def test_a_move_reversed_twenty_times_at_once_goes_back_once(people, food_has_100):
    transfer = move(people)

    results = at_once(
        lambda number: Transfer.objects.get(pk=transfer.pk).reverse(by=people.bob, on=TODAY, key=uuid.uuid4())
    )

    [reversal] = [result for result in results if isinstance(result, Transfer)]
    refusals = [str(result) for result in results if isinstance(result, PlanRefused)]
    assert refusals == ["This move was reversed already."] * (TIMES - 1)
    assert reversal.reverses == transfer
    assert people.household.transfers.count() == 2
    assert people.household.transfer_legs.of(people.food).total() == 0


def test_a_reversal_sent_twenty_times_at_once_with_one_key_is_one(people, food_has_100):
    transfer, key = move(people), uuid.uuid4()

    results = at_once(lambda number: Transfer.objects.get(pk=transfer.pk).reverse(by=people.bob, on=TODAY, key=key))

    [reversal] = people.household.transfers.filter(reverses=transfer)
    assert results == [reversal] * TIMES


def test_moves_there_and_back_between_two_categories_wait_for_no_circle(people, food_has_100):
    make_limit(people.fun, "100", NOV)
    sides = [people.food, people.fun]

    results = at_once(
        lambda number: move(people, "1", source=sides[number % 2], destination=sides[(number + 1) % 2]), times=20
    )

    assert {type(result) for result in results} == {Transfer}
    assert people.household.transfer_legs.total() == 0


def test_a_limit_set_many_times_at_once_stands_once(people):
    results = at_once(
        lambda number: Limit.set(people.household, NOV, {people.food: Setting(Decimal(number), Leftover.ALL)})
    )

    assert results == [None] * TIMES
    [limit] = people.household.limits.all()
    assert limit.amount in range(TIMES)


VERBS = {
    "a limit": lambda people: Limit.set(people.household, NOV, {people.food: Setting(Decimal(5), Leftover.ALL)}),
    "a move": lambda people: move(people, "1"),
    "a reversal": lambda people: Transfer.objects.get().reverse(by=people.bob, on=TODAY, key=uuid.uuid4()),
    "an income": lambda people: Income(
        household=people.household, recorded_by=people.bob, description="Gift", amount=Decimal(5), received_on=TODAY
    ).write_down(on=TODAY),
    "a changed income": lambda people: Income.objects.get().rewrite(seen=None),
    "a deleted income": lambda people: Income.objects.get().delete(),
    "imported incomes": lambda people: people.household.incomes.write_all(
        [Income(household=people.household, recorded_by=people.bob, amount=5, description="Pay", received_on=TODAY)]
    ),
    "the pool": lambda people: start_pool(people.household, PoolStart(NOV), by=people.alice, on=TODAY),
    "an archived category": lambda people: archiving.archive(people.food, on=TODAY),
    "a merged category": lambda people: categories.merge(people.food, into=people.fun),
    "a deleted category": lambda people: categories.delete(people.category("Gifts")),
    "months that start otherwise": lambda people: month_start.start_months_on(people.household, 25),
}


def beside_a_move(people, job):
    """What the job gives while somebody is moving money; a job that waits for that raises soon."""

    def impatient(number):
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        return job(people)

    with transaction.atomic():
        people.household.locked()
        [result] = at_once(impatient, times=1)
    return result


@pytest.mark.parametrize("verb", VERBS)
def test_what_a_guard_looks_at_waits_until_the_move_is_committed(people, food_has_100, verb):
    make_income(people.household)
    move(people)

    result = beside_a_move(people, VERBS[verb])

    assert "lock timeout" in str(result)
    assert VERBS[verb](people) != result  # alone, it is done


def test_an_expense_does_not_wait_for_a_move(people, food_has_100):
    result = beside_a_move(people, lambda people: make_expense(people.household))

    assert people.household.expenses.get() == result


def test_a_category_merged_away_while_it_is_archived_is_not_found(people, client, monkeypatch):
    """Between the page's look and the verb's: the page looks once more."""
    archive = archiving.archive

    def beaten(category, **kwargs):
        categories.merge(category, into=people.fun)
        return archive(category, **kwargs)

    monkeypatch.setattr(archiving, "archive", beaten)
    client.force_login(people.alice)

    answer = client.post(f"/categories/{people.food.pk}/archive/")

    assert answer.status_code == 404
