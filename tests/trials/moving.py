"""A household whose money is moved at random, and, counted by other means, whether each move was allowed."""

import datetime as dt
import random
import uuid
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Sum

from expenses.budgets.envelope import Leftover
from expenses.budgets.models import PlanRefused, Transfer
from expenses.ledger.models import Expense
from expenses.people.models import Household
from expenses.shared.months import Month
from tests.factories import make_income, make_limit
from tests.people import TODAY, make_household, make_user
from tests.upkeep.balance import assert_books_balance

NAME = "Moves"
MONTHS = PAST, RUNNING, FUTURE = Month(2026, 10), Month(2026, 11), Month(2026, 12)
MOVED = 6  # categories between which money is moved at random; the other two of a new household lie still
RUNNING_AT = MONTHS.index(RUNNING)


def begin() -> Household:
    """Limits for three months with every leftover, income that is just enough for them, and nothing spent."""
    owner = make_user(NAME)
    household = make_household(owner, NAME, budget_from=PAST, pool_from=PAST)
    for place, category in enumerate(household.categories.in_order()):
        for at, month in enumerate(MONTHS):
            leftover = Leftover.values[(place + at) % 3] if place < MOVED else Leftover.SURPLUS
            make_limit(category, "100", month, leftover)
    for month in MONTHS:
        make_income(household, "Salary", "900", received_on=month.start)
    return household


def sides(household):
    """What money is moved between: categories and, as None, the pool."""
    return [*household.categories.in_order()[:MOVED], None]


# ── what is done at random ────────────────────────────────────────────────────────────────────────


def move(household, user, between, dice: random.Random) -> Transfer | None:
    """Move money, or take an earlier move back; None where that was refused."""
    try:
        if dice.random() < 0.25 and (moves := list(household.transfers.newest_first().with_names()[:30])):
            return dice.choice(moves).reverse(by=user, on=TODAY, key=uuid.uuid4())
        source, destination = dice.sample(between, 2)
        return Transfer.move(
            household=household,
            month=dice.choice([PAST, PAST, RUNNING, RUNNING, FUTURE]),
            source=source,
            destination=destination,
            amount=Decimal(dice.randint(1, dice.choice([3000, 15000]))) / 100,
            by=user,
            on=TODAY,
            key=uuid.uuid4(),
        )
    except PlanRefused:
        return None


def expenses(household, user, between, dice: random.Random, count: int, notes: str = "") -> list[Expense]:
    """Not yet written; as much comes back as is spent, so that what is left stays near the edge."""
    categories = [side for side in between if side]
    return [
        Expense(
            household=household,
            recorded_by=user,
            category=dice.choice(categories),
            description="Trial",
            notes=notes,
            amount=Decimal(dice.choice([-1, 1]) * dice.randint(1, 999)) / 100,
            spent_on=dice.choice(MONTHS).start + dt.timedelta(days=dice.randrange(28)),
        )
        for _ in range(count)
    ]


# ── whether it was allowed ────────────────────────────────────────────────────────────────────────


class Written(NamedTuple):
    """An expense as it came, or, negative, as it went."""

    category: int
    at: int  # the month's place in MONTHS
    cents: int

    @classmethod
    def of(cls, expense: Expense, *, gone: bool = False) -> "Written":
        at = next(at for at, month in enumerate(MONTHS) if month.contains(expense.spent_on))
        return cls(expense.category_id, at, cents(-expense.amount if gone else expense.amount))


def cents(amount: Decimal) -> int:
    whole = int(amount * 100)
    assert whole == amount * 100, amount
    return whole


class Replay:
    """The three months in whole cents, as they stood before each move: the guard's rules in words of their own."""

    def __init__(self, household) -> None:
        self.limits = {
            (limit.category_id, MONTHS.index(limit.month)): (cents(limit.amount), limit.leftover)
            for limit in household.limits.all()
        }
        self.categories = {category for category, _ in self.limits}
        self.income = [cents(household.incomes.in_month(month).sum()) for month in MONTHS]
        self.spent: dict[tuple[int, int], int] = defaultdict(int)
        self.moved: dict[tuple[int | None, int], int] = defaultdict(int)  # by category, None for the pool, and month

    def write(self, written: Written, *, sign: int = 1) -> None:
        self.spent[written.category, written.at] += sign * written.cents

    def move(self, transfer: Transfer, *, sign: int = 1) -> None:
        at = MONTHS.index(transfer.month)
        self.moved[transfer.source_id, at] -= sign * cents(transfer.amount)
        self.moved[transfer.destination_id, at] += sign * cents(transfer.amount)

    def forbids(self, transfer: Transfer) -> str:
        """Why the move breaks the guard as things stand without it; empty where it keeps it."""
        source, at = transfer.source_id, MONTHS.index(transfer.month)
        touched = [month for side, month in self.moved if side == source]
        before = self.standing()
        self.move(transfer)
        after = self.standing()
        self.move(transfer, sign=-1)
        looked_at = [(None, month) for month in range(at, (RUNNING_AT if source else max(at, RUNNING_AT)) + 1)]
        if source:
            looked_at += [(source, month) for month in range(at, max(at, RUNNING_AT, *touched, 0) + 1)]
        for side, month in looked_at:
            was, becomes = before[month][side], after[month][side]
            if becomes < min(0, was):
                who = side or "the pool"
                return (
                    f"Move {transfer.pk} in {transfer.month} takes {who} from {was} to {becomes} in {MONTHS[month]}."
                )
        return ""

    def standing(self) -> list[dict[int | None, int]]:
        """What each category, and the pool, has in each month: nothing of a month not closed yet is counted on."""
        found, pool, carried = [], 0, dict.fromkeys(self.categories, 0)
        for at in range(len(MONTHS)):
            left: dict[int | None, int] = {}
            pool += self.income[at] + self.moved.get((None, at), 0)
            for category in self.categories:
                limit = self.limits[category, at][0]
                pool -= limit
                left[category] = limit + carried[category] + self.moved.get((category, at), 0)
                left[category] -= self.spent.get((category, at), 0)
            found.append(left | {None: pool})
            for category in self.categories:
                rest = left[category]
                stays = {"surplus": max(rest, 0), "all": rest, "none": 0}[self.limits[category, at][1]]
                returned = rest - stays
                if at >= RUNNING_AT:
                    stays, returned = min(stays, 0), min(returned, 0)
                carried[category] = stays
                pool += returned
        return found


def replay(household, written: Sequence[Written], seen: Mapping[int, int]) -> list[str]:
    """Every move of the household against the state it was written into; gives those that the guard forbids.

    The state before a move: all moves of smaller ids, since ids are given while the household's row is held, and the
    first so many of the expenses `written`, by the move's id in `seen`.
    """
    state, faults, at = Replay(household), [], 0
    for transfer in household.transfers.order_by("id"):
        to = seen[transfer.pk]
        for place in range(at, to):
            state.write(written[place])
        for place in range(to, at):
            state.write(written[place], sign=-1)
        at = to
        if fault := state.forbids(transfer):
            faults.append(fault)
        state.move(transfer)
    for place in range(at, len(written)):
        state.write(written[place])
    assert_nothing_forgotten(household, state)
    return faults


def assert_nothing_forgotten(household, state: Replay) -> None:
    """What was replayed is what the database has."""
    for at, month in enumerate(MONTHS):
        spent = dict(household.expenses.in_month(month).order_by().values_list("category").annotate(Sum("amount")))
        legs = {category: amount for _, category, amount in household.transfer_legs.filter(month=month).sums()}
        for category in state.categories:
            assert state.spent[category, at] == cents(spent.get(category, Decimal(0))), (category, month)
        for side in (*state.categories, None):
            assert state.moved[side, at] == cents(legs.get(side, Decimal(0))), (side, month)


AFTER = "after move "  # in the notes of an expense: the last move there was when it was written


def replay_by_notes(household) -> list[str]:
    """As `replay`, where each expense says itself after which move it was written: exact where there is one writer
    at a time, on SQLite."""
    noted = sorted((int(row.notes.removeprefix(AFTER)), row.pk, row) for row in household.expenses.all())
    last = [move for move, _, _ in noted]
    seen = {pk: bisect_left(last, pk) for pk in household.transfers.values_list("pk", flat=True)}
    return replay(household, [Written.of(row) for _, _, row in noted], seen)


def assert_sound(household) -> None:
    """Each move has two opposite legs, and the books balance."""
    for transfer in household.transfers.prefetch_related("legs"):
        legs = sorted((leg.side, leg.size, leg.month, leg.category_id) for leg in transfer.legs.all())
        assert legs == [
            (-1, transfer.amount, transfer.month, transfer.source_id),
            (1, transfer.amount, transfer.month, transfer.destination_id),
        ], transfer.pk
    assert_books_balance(household)
