"""Many people at once move money, plan, import and tidy up, on Postgres: no rule is broken, nobody waits in a circle.

Threads of this process, each with a connection of its own; what needs processes of their own is in test_kills.py.
"""

import contextlib
import datetime as dt
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, connections, transaction

from expenses.budgets import figures
from expenses.budgets.envelope import Leftover
from expenses.budgets.models import Limit, PlanRefused, Setting
from expenses.categories.models import Category
from expenses.ledger.models import ChangedMeanwhile, Expense, Income
from expenses.upkeep import archiving, categories
from tests.factories import make_expense, make_limit
from tests.people import TODAY
from tests.trials.moving import MONTHS, Written, assert_sound, begin, expenses, move, replay, sides

pytestmark = pytest.mark.postgres


@pytest.fixture
def household(transactional_db):
    return begin()


SLOW = 120  # seconds after which a busy machine, too, should have done enough


def crowd(jobs, seconds: float, enough: Callable[[], bool]) -> list[Exception]:
    """Each job in a thread of its own, again and again until the time is over and enough has happened to show
    anything; gives what went wrong."""
    wrong: list[Exception] = []
    start, over = threading.Barrier(len(jobs) + 1), threading.Event()

    def work(number, job):
        dice = random.Random(number)
        try:
            start.wait()
            while not over.is_set():
                job(dice)
        except Exception as error:
            wrong.append(error)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        for number, job in enumerate(jobs):
            pool.submit(work, number, job)
        start.wait()
        try:
            time.sleep(seconds)
            end = time.monotonic() + SLOW
            while not wrong and time.monotonic() < end and not enough():
                time.sleep(0.2)
        finally:
            over.set()
    return wrong


class Order:
    """In which order expenses were committed and guards read them.

    A commit of expenses and a guard's reading of what was spent exclude each other here, so that each move knows
    exactly which expenses it saw. All else stays as it is: expenses are written, wait and are committed while moves
    hold the household's row, also between a guard's reading and its commit.
    """

    def __init__(self) -> None:
        self.mutex = threading.Lock()
        self.written: list[Written] = []
        self.seen: dict[int, int] = {}  # by the move's id: how many of `written` its guard saw
        self.reading = threading.local()
        self._rows = figures._rows

    def rows(self, *args, **kwargs):
        """In place of `figures._rows`."""
        with self.mutex:
            self.reading.count = len(self.written)
            return self._rows(*args, **kwargs)

    @contextlib.contextmanager
    def writing(self):
        """A transaction that writes expenses; takes a list of what it did."""
        did: list[Written] = []
        with contextlib.ExitStack() as stack:
            with transaction.atomic():
                yield did
                stack.enter_context(self.mutex)
            self.written += did


def move_beside_an_import(household, monkeypatch, *, movers: int, seconds: float) -> None:
    """What is shown: put in the order in which moves held the household's row, each with the expenses that its guard
    saw, no accepted move breaks the guard, counted anew from the state before it. Nothing else that the guard looks
    at can change while the row is held, so that it was true when the move committed, but for expenses that were
    committed after it had looked: they bind nobody (they are not made to wait for a move, nor a move for them) and
    are the same as if written just after the move."""
    order = Order()
    monkeypatch.setattr(figures, "_rows", order.rows)
    user, between = household.memberships.get().user, sides(household)
    refused = []

    def mover(dice):
        moved = move(household, user, between, dice)
        if moved is None:
            refused.append(1)
        else:
            assert order.seen.setdefault(moved.pk, order.reading.count) == order.reading.count

    def importer(dice):
        with order.writing() as did:
            did.extend(map(Written.of, Expense.objects.bulk_create(expenses(household, user, between, dice, 40))))

    def writer(dice):
        [expense] = expenses(household, user, between, dice, 1)
        with order.writing() as did:
            expense.save()
            did.append(Written.of(expense))
        if dice.random() < 0.5:  # nobody else deletes, and an import never changes what it wrote
            old = household.expenses.order_by("?").first()
            with order.writing() as did:
                did.append(Written.of(old, gone=True))
                old.delete()

    def is_enough():
        is_reversed = household.transfers.filter(reverses__isnull=False).exists()
        return is_reversed and len(order.seen) > seconds * 5 and len(refused) > seconds

    wrong = crowd([mover] * movers + [importer, writer], seconds, is_enough)

    assert wrong == []
    assert is_enough(), f"{len(order.seen)} moves, {len(refused)} refused"
    assert set(order.seen) == set(household.transfers.values_list("pk", flat=True))
    assert replay(household, order.written, order.seen) == []
    assert_sound(household)


def test_moves_beside_an_import_keep_the_guard(household, monkeypatch):
    move_beside_an_import(household, monkeypatch, movers=12, seconds=2)


@pytest.mark.soak
def test_fifty_move_beside_an_import_and_keep_the_guard(household, monkeypatch):
    move_beside_an_import(household, monkeypatch, movers=50, seconds=10)


# ── with all else that touches a budget ───────────────────────────────────────────────────────────


BEATEN = (
    PlanRefused,
    IntegrityError,
    ObjectDoesNotExist,
    Expense.NotUpdated,
    ChangedMeanwhile,
    categories.CategoryKept,
)


class Work:
    """What members do at once; `done` counts it."""

    def __init__(self, household) -> None:
        self.household, self.user = household, household.memberships.get().user
        self.done: Counter[str] = Counter()

    def job(self, name):
        """One of the methods below. Lets pass what a page asks again for, or answers with a sentence: somebody else
        was quicker. A deadlock, or a wait that took too long, is no such thing."""

        def tried(dice):
            with contextlib.suppress(*BEATEN):
                getattr(self, name)(dice)
                self.done[name] += 1

        return tried

    def move(self, dice):
        if move(self.household, self.user, [*self.household.categories.all(), None], dice) is None:
            raise PlanRefused("counted as not done")

    def plan(self, dice):
        chosen = dice.sample(list(self.household.categories.active()), 3)
        settings = {
            category: Setting(Decimal(dice.randint(50, 150)), dice.choice(Leftover.values)) for category in chosen
        }
        Limit.set(self.household, dice.choice(MONTHS), settings, only=dice.random() < 0.3)

    def earn(self, dice):
        new = Income(household=self.household, recorded_by=self.user, description="Side job")
        new.amount, new.received_on = Decimal(dice.randint(1, 50)), dice.choice(MONTHS).start
        new.write_down(on=TODAY)

    def earn_otherwise(self, dice):
        income = dice.choice(list(self.household.incomes.all()))
        income.amount = Decimal(dice.randint(1, 900))
        income.rewrite(seen=income.updated_at)
        for income in self.household.incomes.filter(description="Side job")[:1]:
            income.delete()

    def spend(self, dice):
        between = list(self.household.categories.all())
        Expense.objects.bulk_create(expenses(self.household, self.user, between, dice, 10))
        for row in self.household.expenses.order_by("?")[:2]:
            row.category, row.amount = dice.choice(between), row.amount + 1
            row.save()
        day = MONTHS[0].start + dt.timedelta(days=dice.randrange(28))
        self.household.expenses.filter(spent_on=day).put_aside(by=self.user)

    def archive(self, dice):
        category = dice.choice(list(self.household.categories.in_order()[4:]))
        archiving.archive(category, on=TODAY)
        time.sleep(dice.random() / 50)
        self.household.categories.get(pk=category.pk).bring_back()

    def merge(self, dice):
        short_lived = Category.objects.create(household=self.household, name=f"Short-lived {dice.random()}")
        make_limit(short_lived, "40", dice.choice(MONTHS))
        make_expense(self.household, category=short_lived, recorded_by=self.user)
        time.sleep(dice.random() / 20)
        categories.merge(short_lived, into=dice.choice(list(self.household.categories.in_order()[:8])))


def plan_beside_everything(household, *, movers: int, seconds: float) -> None:
    work = Work(household)
    others = ["plan", "earn", "earn_otherwise", "spend", "spend", "archive", "merge"]

    jobs = [work.job(name) for name in ["move"] * movers + others]
    wrong = crowd(jobs, seconds, lambda: set(work.done) == {"move", *others})

    assert wrong == []
    assert set(work.done) == {"move", *others}
    household.refresh_from_db()
    assert household.pool_from == MONTHS[0]
    assert_sound(household)


def test_moves_beside_limits_incomes_archives_and_merges_keep_the_books(household):
    plan_beside_everything(household, movers=6, seconds=2)


@pytest.mark.soak
def test_many_move_beside_limits_incomes_archives_and_merges_and_keep_the_books(household):
    plan_beside_everything(household, movers=24, seconds=10)
