"""Writers killed outright, and many at once: what is written is written whole, and the totals are the rows."""

import random
import time

import pytest

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


def kill_writers(nursery, times: int) -> None:
    dice = random.Random(7)
    for number in range(times):
        writer = nursery.ask("write", number, 1_000_000)
        time.sleep(dice.uniform(0.0, 0.4))
        nursery.kill(writer["pid"])


def race_writers(nursery, writers: int, rounds: int) -> None:
    for number in range(writers):
        nursery.start("write", 1000 + number, rounds)
    said = [nursery.hear(600) for _ in range(2 * writers)]  # each says that it starts, and that it is done

    assert sum("done" in each for each in said) == writers


def assert_sound(env: dict[str, str]) -> None:
    assert shell(["shell", "--no-imports", "-c", CHECK], env).startswith("sound")


def test_a_writer_killed_outright_leaves_all_or_nothing(nursery, database):
    kill_writers(nursery, 4)
    assert_sound(database)


def test_writers_at_once_neither_lose_nor_deadlock(nursery, database):
    race_writers(nursery, writers=3, rounds=25)
    assert_sound(database)


@pytest.mark.soak
def test_a_hundred_writers_killed_outright(nursery, database):
    kill_writers(nursery, 100)
    assert_sound(database)


@pytest.mark.soak
def test_twenty_writers_at_once(nursery, database):
    race_writers(nursery, writers=20, rounds=40)
    assert_sound(database)
