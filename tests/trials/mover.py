"""A nursery of processes that write: each line on its input is a task, done by a process forked for it.

Each says what it has to say as a line of JSON. Django is loaded once, so that hundreds can be killed in seconds.
"""

import contextlib
import json
import os
import random
import signal
import sys
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from unittest import mock

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "budget_tracker.settings")
django.setup()

from django.db import OperationalError, connection, transaction  # noqa: E402  (Django comes first)
from django.db.models import Max  # noqa: E402

from expenses.budgets.models import Transfer, TransferLeg  # noqa: E402
from expenses.ledger.models import Expense  # noqa: E402
from expenses.people.models import Household  # noqa: E402
from tests.people import TODAY  # noqa: E402
from tests.trials import moving, writer  # noqa: E402

SLOW = 40  # seconds; well within what a trial waits for its processes to say something


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who ends is gone at once
    for line in sys.stdin:
        task, *arguments = line.split()
        if os.fork() == 0:
            try:
                TASKS[task](*arguments)
            except BaseException:
                say(fault=traceback.format_exc())
            finally:
                os._exit(0)  # nothing of the nursery's own is ended or flushed


def say(**said: object) -> None:
    os.write(1, json.dumps(said | {"pid": os.getpid()}).encode() + b"\n")


def household() -> Household:
    return Household.objects.get(name=moving.NAME)


@contextlib.contextmanager
def between_legs(pause: Callable[[], None]) -> Iterator[None]:
    """Inside, legs are written one after the other, with a pause between."""
    write = TransferLeg.objects.bulk_create

    def one_by_one(legs):
        first, second = legs
        write([first])
        pause()
        write([second])

    with mock.patch.object(TransferLeg.objects, "bulk_create", one_by_one):
        yield


def move_once(key: str) -> Transfer:
    """A cent between the two categories that are left alone otherwise: no rule is ever against it."""
    of = household()
    source, destination = of.categories.in_order()[moving.MOVED :]
    return Transfer.move(
        household=of,
        month=moving.RUNNING,
        source=source,
        destination=destination,
        amount=Decimal("0.01"),
        by=of.memberships.get().user,
        on=TODAY,
        key=uuid.UUID(key),
    )


def halt(key: str) -> None:
    """Move, and stop between the legs until told to go on by SIGUSR1. A connection that is lost meanwhile is said, and
    the move sent again, as a person would."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})

    def pause():
        backend = None
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                [backend] = cursor.fetchone()
        say(backend=backend, legs=TransferLeg.objects.filter(transfer__key=key).count())
        signal.sigtimedwait({signal.SIGUSR1}, 60)

    try:
        with between_legs(pause):
            move_once(key)
    except OperationalError as error:
        connection.close()
        say(lost=str(error), **counted(key))
        move_once(key)
    say(**counted(key))


def again(key: str) -> None:
    move_once(key)
    say(**counted(key))


def state(key: str) -> None:
    say(**counted(key))


def counted(key: str) -> dict[str, int | None]:
    moves = household().transfers.filter(key=key)
    return {
        "moves": moves.count(),
        "legs": household().transfer_legs.filter(transfer__key=key).count(),
        "reversals": household().transfers.filter(reverses__key=key).count(),
        "id": moves.values_list("pk", flat=True).first(),
    }


def categories() -> None:
    say(ids=list(household().categories.in_order().values_list("pk", flat=True)))


def at_random(seed: str, seconds: str, pause: str, least: str = "0") -> None:
    """Move, reverse and spend until the time is over or somebody ends it, with pauses up to `pause` s between legs; on
    a slow machine longer, until so many moves were accepted and as many refused."""
    dice = random.Random(int(seed))
    of = household()
    user, between = of.memberships.get().user, moving.sides(of)
    say(started=True)
    end, accepted, refused = time.monotonic() + float(seconds), 0, 0
    with between_legs(lambda: time.sleep(dice.uniform(0, float(pause)))):
        while time.monotonic() < end or (min(accepted, refused) < int(least) and time.monotonic() < end + SLOW):
            if dice.random() < 0.3:
                spend(of, user, between, dice)
            elif moving.move(of, user, between, dice):
                accepted += 1
            else:
                refused += 1
    say(accepted=accepted, refused=refused)


@transaction.atomic
def spend(of, user, between, dice) -> None:
    last = of.transfers.aggregate(last=Max("id"))["last"] or 0
    notes = f"{moving.AFTER}{last}"
    Expense.objects.bulk_create(moving.expenses(of, user, between, dice, dice.choice([1, 20]), notes))


def check() -> None:
    moving.assert_sound(household())
    say(sound=household().transfers.count())


def check_guard() -> None:
    """What it finds is true only where one process at a time writes."""
    say(broken=moving.replay_by_notes(household()))


def write(seed: str, rounds: str) -> None:
    writer.write(int(seed), 1)  # connected, so that a kill a moment later comes while it writes
    say(started=True)
    writer.write(int(seed), int(rounds))
    say(done=True)


TASKS = {
    "again": again,
    "categories": categories,
    "check": check,
    "check_guard": check_guard,
    "halt": halt,
    "random": at_random,
    "state": state,
    "write": write,
}

if __name__ == "__main__":
    main()
