"""The demo household's budget: limits, incomes and moves, from what it spends.

Pure, and the same for everybody on a day: the amounts of the running month follow what was spent in it so far, so
that whoever looks sees a category near its limit, one over it and one used up exactly, on any day of any month.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from expenses.budgets.envelope import Envelope, Figures, Leftover, Rule, Standing, standing
from expenses.shared.money import ZERO
from expenses.shared.months import Month

LIMITS_SINCE, POOL_SINCE = 14, 5  # months before the running one
IN_POOL = 100  # dollars that stay to assign, or a little more
ALICE, BOB = "alice", "bob"
MOST_COVERED = Decimal(120)
OPENING = "On the account when we began"


class Line(NamedTuple):
    """A limit from so many months after the first one on; Rent's follows the year."""

    after: int
    category: str
    amount: int
    leftover: Leftover = Leftover.SURPLUS


NOTHING_DUE: Mapping[str, Decimal] = {}

LINES = [
    Line(0, "Food", 800),
    Line(0, "Transportation", 270),
    Line(0, "Utilities", 190),
    Line(0, "Health", 70),
    Line(0, "Dining", 220),
    Line(0, "Entertainment", 210, Leftover.ALL),  # a week by the sea is paid out of it in July
    Line(0, "Kids", 200, Leftover.ALL),
    Line(4, "Dining", 200),
    Line(4, "Utilities", 200),
    Line(9, "Food", 840),
    Line(9, "Transportation", 290),
]
LOOSE = ("Food", "Utilities", "Health", "Entertainment", "Kids")  # have enough in the running month
NOTES = {
    "Food": "Guests for a week",
    "Utilities": "It is colder than last year",
    "Health": "Glasses",
    "Entertainment": "For the summer",
    "Kids": "They grow",
}


class Setting(NamedTuple):
    category: str
    month: Month
    amount: Decimal
    leftover: Leftover


class Receipt(NamedTuple):
    """An income to be."""

    received_on: dt.date
    description: str
    amount: Decimal
    by: str


class Move(NamedTuple):
    """A transfer to be, the pool being None. What `reverses` takes back is the move just before it."""

    moved_on: dt.date
    month: Month
    source: str | None
    destination: str | None
    amount: Decimal
    by: str
    note: str = ""
    reverses: bool = False


@dataclass
class Plan:
    pool_from: Month
    limits: list[Setting]
    incomes: list[Receipt] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)


def plan(
    spent: Iterable[tuple[dt.date, str, Decimal]],
    *,
    since: Month,
    today: dt.date,
    due: Mapping[str, Decimal] = NOTHING_DUE,
) -> Plan:
    """The budget of a household that spent this (day, category, amount) from `since` to today, and has this still
    due by category."""
    return _Planning(_sums(spent), since, today, due).made()


class _Planning:
    """Month by month, each with what those before it left."""

    def __init__(
        self,
        spent: Mapping[Month, Mapping[str, Decimal]],
        since: Month,
        today: dt.date,
        due: Mapping[str, Decimal],
    ) -> None:
        self.due = due
        self.running = Month.of(today)
        self.today = today
        self.numbers: dict[str, int] = {}
        begins = max(since, self.running.plus(-LIMITS_SINCE))
        self.plan = Plan(max(since, self.running.plus(-POOL_SINCE)), list(_limits(begins, self.running)))
        rules: dict[int, list[Rule]] = {}
        for limit in self.plan.limits:
            rules.setdefault(self.number(limit.category), []).append(Rule(limit.month, limit.amount, limit.leftover))
        self.income: dict[Month, Decimal] = {}
        self.figures = Figures(
            since=since,
            rules=rules,
            spent={month: {self.number(name): amount for name, amount in by.items()} for month, by in spent.items()},
            pool_from=self.plan.pool_from,
            income=self.income,
        )

    def number(self, category: str) -> int:
        return self.numbers.setdefault(category, len(self.numbers))

    def made(self) -> Plan:
        month = self.plan.pool_from
        while month < self.running:
            self._past(month)
            self._pay(month)
            month = month.next
        self._over()
        self._near()
        self._loosen()
        self._pay(month)
        self.plan.moves.sort(key=lambda move: move.moved_on)
        return self.plan

    def _past(self, month: Month) -> None:
        """What was over most is covered by what had most left; some months see a change of mind as well."""
        names = {number: name for name, number in self.numbers.items()}
        found = sorted((each.left, names[number]) for number, each in self._at(month).envelopes.items() if each.limit)
        (least, needy), (most, payer) = found[0], found[-1]
        if least < 0 < most:
            day = month.last_day
            amount = min(-least, most, MOST_COVERED)
            self._move(Move(day, month, payer, needy, amount, BOB, "Covered at the month’s end"))
        day = month.start.replace(day=20)
        self._move(Move(day, month, None, "Entertainment", Decimal(15), ALICE, NOTES["Entertainment"]))
        if self.running.minus(month) == 2:
            tickets = Move(month.start.replace(day=9), month, "Dining", "Entertainment", Decimal(40), BOB, "Concert")
            self._move(tickets)
            self._move(
                tickets._replace(
                    moved_on=month.start.replace(day=11),
                    source="Entertainment",
                    destination="Dining",
                    by=ALICE,
                    note="We stay at home",
                    reverses=True,
                )
            )

    def _over(self) -> None:
        """Somebody trusted that less would be spent, and it was not."""
        for name in ("Dining", "Kids"):
            found = self._of(name)
            if found.spent >= 20:
                break
        self.over = name
        away = _up(found.left + 8, 5)
        if away > 0:
            self._move(Move(self._day(1), self.running, name, "Food", away, BOB, "We cook more this month"))
        elif away < 0:
            self._move(Move(self._day(13), self.running, None, name, -away, ALICE, "Two birthdays"))

    def _near(self) -> None:
        found = self._of("Transportation")
        away = _up(found.left - found.spent * 15 / 100, 5)
        if away > 0:
            self._move(
                Move(self._day(3), self.running, "Transportation", None, away, ALICE, "Less driving this month")
            )
        elif away < 0:
            self._move(Move(self._day(9), self.running, None, "Transportation", -away, ALICE, "New tyres"))

    def _loosen(self) -> None:
        """The others have about a quarter left, if need be from the pool."""
        self._move(Move(self._day(5), self.running, None, "Entertainment", Decimal(15), BOB, NOTES["Entertainment"]))
        self._move(Move(self._day(14), self.running, "Entertainment", "Food", Decimal(20), ALICE, "Cheese for guests"))
        for name in LOOSE:
            found = self._of(name)
            missing = max((found.spent + self.due.get(name, ZERO)) * 4 / 3, Decimal(40)) - found.had
            if missing > 0 and name != self.over:
                who = BOB if name in ("Health", "Kids") else ALICE
                self._move(Move(self._day(6), self.running, None, name, _up(missing, 10), who, NOTES[name]))

    def _pay(self, month: Month) -> None:
        """Alice's salary, and as much work for Bob that a modest amount remains to assign."""
        if month == self.plan.pool_from:
            found = self._at(month).pool
            there = max(found.carried, Decimal(320)) if found else ZERO
            self._receive(Receipt(month.start, OPENING, there + Decimal("64.30"), ALICE))
        self._receive(Receipt(month.start, "Salary", Decimal(2180 if month.month < 4 else 2260), ALICE))
        found = self._at(month).pool
        missing = _up(IN_POOL - found.amount, 10) if found else ZERO
        if missing > 0:
            self._receive(Receipt(month.start, "Translations", missing, BOB))

    def _at(self, month: Month) -> Standing:
        return standing(self.figures, month) or Standing(month, {}, None)

    def _of(self, name: str) -> Envelope:
        nothing = Envelope(None, Leftover.SURPLUS)
        return self._at(self.running).envelopes.get(self.number(name), nothing)

    def _day(self, day: int) -> dt.date:
        """A day of the running month that has come."""
        return self.running.start.replace(day=min(day, self.today.day))

    def _move(self, move: Move) -> None:
        source, destination = (name if name is None else self.number(name) for name in (move.source, move.destination))
        self.plan.moves.append(move)
        self.figures = self.figures.with_move(move.month, source, destination, move.amount)

    def _receive(self, receipt: Receipt) -> None:
        month = Month.of(receipt.received_on)
        self.plan.incomes.append(receipt)
        self.income[month] = self.income.get(month, ZERO) + receipt.amount


def _limits(begins: Month, running: Month) -> Iterator[Setting]:
    """Every limit that was set, the oldest first."""
    for after in range(running.minus(begins) + 1):
        month = begins.plus(after)
        if after == 0 or month.month == 1:
            yield Setting("Rent", month, rent(month.year), Leftover.NONE)
        for line in LINES:
            if line.after == after:
                yield Setting(line.category, month, Decimal(line.amount), line.leftover)


def rent(year: int) -> Decimal:
    return Decimal(1320 + 30 * (year - 2024))


def _sums(spent: Iterable[tuple[dt.date, str, Decimal]]) -> dict[Month, dict[str, Decimal]]:
    sums: dict[Month, dict[str, Decimal]] = {}
    for day, category, amount in spent:
        of_month = sums.setdefault(Month.of(day), {})
        of_month[category] = of_month.get(category, ZERO) + amount
    return sums


def _up(amount: Decimal, step: int) -> Decimal:
    """The next multiple of the step that is not less; of a negative amount the one nearer to zero."""
    return (amount / step).to_integral_value(ROUND_CEILING) * step
