"""Writers killed outright, and many at once: what is written is written whole, and the totals are the rows."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import servers
from tests.trials.processes import shell

pytestmark = pytest.mark.either

CHECK = """
from expenses.ledger import totals
from expenses.ledger.models import DeletedExpense, Expense, MonthTotal
from expenses.people.models import Household
from expenses.shared.money import to_units
household = Household.objects.get(name="Trial")
true = {key: (d.units, d.count) for key, d in totals.true_totals(household, household.expenses.all()).items()}
kept = {
    (household.pk, t.month.number, t.category_id, t.recorded_by_id): (to_units(t.spent), t.count)
    for t in household.month_totals.all() if t.count or t.spent
}
assert true == kept, "the totals are not the rows"
both = set(household.expenses.values_list("id", flat=True)) & set(
    household.deletedexpenses.values_list("expense_id", flat=True)
)
assert not both, "an expense is here and deleted at once"
print("sound", household.expenses.count())
"""


def writer(env: dict[str, str], seed: int, rounds: int = 1_000_000) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.trials.writer", str(seed), str(rounds)],
        env=env,
        cwd=Path(servers.ROOT),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()  # it writes from now on
    return process


def kill_writers(env: dict[str, str], kills: int) -> None:
    dice = random.Random(7)
    for number in range(kills):
        process = writer(env, number)
        time.sleep(dice.uniform(0.0, 0.4))
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert shell(["shell", "--no-imports", "-c", CHECK], env).startswith("sound")


def race_writers(env: dict[str, str], writers: int, rounds: int) -> None:
    running = [writer(env, 1000 + number, rounds) for number in range(writers)]
    for process in running:
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
    assert shell(["shell", "--no-imports", "-c", CHECK], env).startswith("sound")


def test_a_writer_killed_outright_leaves_all_or_nothing(database):
    kill_writers(database, 4)


def test_writers_at_once_neither_lose_nor_deadlock(database):
    race_writers(database, writers=3, rounds=25)


@pytest.mark.soak
def test_a_hundred_writers_killed_outright(database):
    kill_writers(database, 100)


@pytest.mark.soak
def test_twenty_writers_at_once(database):
    race_writers(database, writers=20, rounds=40)
