"""What the month page shows, made of what made each figure, so that every figure can explain itself."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from django.utils import timezone

from expenses.alerts.crossing import Spending, Threshold
from expenses.budgets import figures
from expenses.budgets.envelope import Envelope, Figures, Pool, Standing, standing
from expenses.budgets.models import POOL, Transfer
from expenses.categories.models import Category
from expenses.ledger import spending
from expenses.ledger.models import Expense, Spent
from expenses.months.planned import Counted, Planned
from expenses.months.sums import Sums, previous
from expenses.recurring import coming
from expenses.recurring.coming import Bills, Coming
from expenses.shared.money import ZERO, split
from expenses.shared.months import LAST_YEAR, Month
from expenses.shared.prepared import Prepared
from expenses.shared.sums import Sum

if TYPE_CHECKING:
    from expenses.people.models import Household

EXPENSES_SHOWN = 6  # expenses beside the categories
MOVES = 40  # read of a month; of more, a category tells their sum
MOVES_SHOWN = 5  # beside the categories
MOVES_OF_CATEGORY = 4  # one by one in a category's sum
DUE_SHOWN = 8  # of what is due, beside the categories
NONE_SPENT = spending.NOTHING


class Move(NamedTuple):
    """A transfer as a category sees it."""

    amount: Decimal  # what it brought in; negative what it took
    other: str  # where from, or where to
    on: dt.date


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """One category in a month: amounts in the model's sign (spending positive), `share` in whole percent."""

    category: "Category"
    spent: Spent
    before: Spent  # the month before
    share: Decimal
    envelope: Envelope | None = None  # None where it has neither a limit nor a move nor a carry
    limit_since: Month | None = None
    moves: list[Move] = field(default_factory=list)  # what `moved` is made of; empty where they are too many
    is_open: bool = True  # the month is not over
    sums: Sums | None = None
    posted: Decimal = ZERO  # of what was spent, by recurring expenses
    due: Decimal = ZERO  # what they still have due

    @property
    def after_due(self) -> Decimal:
        """What is left once that is posted; negative where it will not do."""
        return (self.envelope.left if self.envelope else ZERO) - self.due

    @property
    def why(self) -> Sum | None:
        """What is left where there is a plan, else what was spent."""
        if self.sums is None:
            return None
        return self.sums.left_in(self, self.envelope) if self.envelope else self.sums.spent_in(self)

    @property
    def change(self) -> Decimal:
        return self.spent.amount - self.before.amount

    @property
    def state(self) -> str:
        """over, near, spent-up (nothing left, nothing over) or fine; none where there is nothing to measure by. Near
        is what the alerts would warn of."""
        if self.envelope is None:
            return "none"
        left = self.envelope.left
        if left < 0:
            return "over"
        if not left:
            return "spent-up"
        spending = Spending(self.envelope.had, self.envelope.spent, self.posted, self.due)
        return "near" if self.is_open and spending.crosses(Threshold.NEAR) else "fine"


@dataclass(frozen=True, slots=True)
class Overview:
    """A month of a household as seen on a day."""

    month: Month
    on: dt.date
    since: Month  # where the budget begins: what is older is history
    lines: list[CategoryLine]
    spent: Spent
    before: Spent
    planned: Planned | None  # None where no category has a limit, a move or a carry
    pool: Pool | None
    latest: list[Expense]
    moves: list[Transfer]
    decimals: int
    sums: Sums
    figures: Figures | None = None
    standing: Standing | None = None  # None before the budget begins
    bills: Bills = field(default_factory=Bills)

    @classmethod
    def of(cls, household: "Household", month: Month, *, on: dt.date) -> "Overview":
        """At most five queries: totals with the plan, categories, what is due, the latest expenses, the moves of
        the month."""
        since, earlier = household.month(household.budget_from), previous(month)
        # Who could pay for somebody today may have given its money away in a later month.
        last = None if month.contains(on) else month
        read, totals = figures.read_with_totals(household, first=min(earlier or month, since), until=last)
        here, there = totals.get(month, {}), (totals.get(earlier, {}) if earlier else {})
        plan = read if month >= since else None
        found = standing(plan, month) if plan else None
        categories = _categories(household)
        has_moves = plan is not None and bool(plan.moved.get(month) or plan.assigned.get(month))
        moves = _moves(household, month, categories) if has_moves else []
        bills = coming.read(household, month, on=on)
        for each in bills.all:
            each.recurring.category = categories[each.category_id]
        lines = _lines(
            categories.values(),
            here=here,
            there=there,
            envelopes=plan.planned(found) if plan and found else {},
            limits_since=_limits_since(plan, month) if plan else {},
            moves=_by_category(moves, household),
            is_open=month.end > on,
            sums=(sums := Sums(month)),
            bills=bills,
        )
        counted = [Counted(line.category.name, line.envelope, line.spent, line.due) for line in lines if line.envelope]
        due_beyond = bills.total - sum((each.due for each in counted), ZERO)
        spent = spending.add(here.values())
        return cls(
            month=month,
            on=on,
            since=since,
            lines=lines,
            spent=spent,
            before=spending.add(there.values()),
            planned=Planned.of(
                counted,
                beyond=spending.add(line.spent for line in lines if not line.envelope),
                due_beyond=due_beyond,
            ),
            pool=found.pool if found else None,
            latest=_latest(household, month, categories) if spent.count else [],
            moves=moves,
            decimals=household.decimals,
            sums=sums,
            figures=plan,
            standing=found,
            bills=bills,
        )

    # ── the month ──

    @property
    def is_running(self) -> bool:
        return self.month.contains(self.on)

    @property
    def is_future(self) -> bool:
        return self.on < self.month.start

    @property
    def is_history(self) -> bool:
        """Before the budget begins."""
        return self.month < self.since

    @property
    def is_empty(self) -> bool:
        return not self.spent.count and self.planned is None

    @property
    def planned_too_much(self) -> bool:
        """Whether more is given out than there is; of a month to come nobody knows the income yet."""
        return self.pool is not None and self.pool.amount < 0 and not self.is_future

    @property
    def needs_limits(self) -> bool:
        """Whether something is spent in a month of the budget, and no category has a plan."""
        return self.planned is None and not self.is_history and not self.is_empty

    @property
    def days_gone(self) -> int:
        """Days of the month up to and including today; all of them once it is over."""
        return max(0, min((self.on - self.month.start).days + 1, self.month.days))

    @property
    def days_left(self) -> int:
        """Days still to come after today."""
        return self.month.days - self.days_gone

    @property
    def days_to_go(self) -> int:
        """Days left, today included."""
        return self.days_left + 1

    @property
    def pace(self) -> str:
        """Where today is in the running month, as an SVG length; empty in others."""
        return f"{self.days_gone * 100 / self.month.days:.1f}%" if self.is_running else ""

    @property
    def previous(self) -> Month | None:
        return previous(self.month)

    @property
    def next(self) -> Month | None:
        return None if (self.month.year, self.month.month) == (LAST_YEAR, 12) else self.month.next

    # ── its figures ──

    @property
    def a_day(self) -> Decimal:
        """Spent by day so far, rounded to the currency's smallest unit."""
        return (self.spent.amount / max(1, self.days_gone)).quantize(Decimal(1).scaleb(-self.decimals))

    @property
    def left_a_day(self) -> Decimal | None:
        """What may be spent on each day left, today included; None but in the running month."""
        if self.planned is None or not self.is_running:
            return None
        return self.planned.a_day(self.days_to_go, decimals=self.decimals)

    @property
    def change(self) -> Decimal:
        """More (positive) or less than the month before."""
        return self.spent.amount - self.before.amount

    @property
    def gross(self) -> Decimal:
        """What bars are measured by where there is no limit."""
        return spending.gross(line.spent for line in self.lines)

    # ── why they are what they are ──

    @property
    def why_left(self) -> Sum | None:
        return self.sums.left(self.planned) if self.planned else None

    @property
    def why_spent(self) -> Sum:
        """By category: of those with a plan where there is one."""
        return (
            self.sums.spent(self.within, self.planned.spent.amount)
            if self.planned
            else self.sums.spent(self.counted, self.spent.amount)
        )

    @property
    def why_free(self) -> Sum | None:
        return self.sums.free(self.planned) if self.planned else None

    @property
    def why_changed(self) -> Sum | None:
        return self.sums.change(self, self.previous) if self.previous else None

    @property
    def why_to_assign(self) -> Sum | None:
        return self.sums.pool(self.pool) if self.pool else None

    # ── its categories ──

    @property
    def within(self) -> list[CategoryLine]:
        """Categories with a limit, a move or a carry."""
        return [line for line in self.lines if line.envelope]

    @property
    def outside(self) -> list[CategoryLine]:
        """Categories without any of these in which something was spent."""
        return [line for line in self.lines if not line.envelope and line.spent.count]

    @property
    def counted(self) -> list[CategoryLine]:
        """Categories with an expense, most expensive first."""
        return sorted(
            (line for line in self.lines if line.spent.count), key=lambda line: line.spent.amount, reverse=True
        )

    @property
    def unused(self) -> list[CategoryLine]:
        """Categories without a plan and without an expense this month."""
        return [line for line in self.lines if not line.envelope and not line.spent.count]

    @property
    def over(self) -> list[CategoryLine]:
        """Overspent categories, the worst first."""
        found = [line for line in self.lines if line.envelope and line.envelope.is_over]
        return sorted(found, key=lambda line: (-line.envelope.over if line.envelope else ZERO, line.category.pk))

    @property
    def due_shown(self) -> list[Coming]:
        """What waits since earlier months, and what is due in this one."""
        return [*self.bills.earlier, *self.bills.coming][:DUE_SHOWN]

    @property
    def due_hidden(self) -> int:
        return max(len(self.bills.earlier) + len(self.bills.coming) - DUE_SHOWN, 0)

    @property
    def latest_moves(self) -> list[Transfer]:
        return self.moves[:MOVES_SHOWN]

    @property
    def has_more_moves(self) -> bool:
        return len(self.moves) > MOVES_SHOWN


def _lines(
    categories: Iterable["Category"],
    *,
    here: Mapping[int, Spent],
    there: Mapping[int, Spent],
    envelopes: Mapping[int, Envelope],
    limits_since: Mapping[int, Month],
    moves: Mapping[int, list[Move]],
    is_open: bool,
    sums: Sums,
    bills: Bills,
) -> list[CategoryLine]:
    """Each category that has a figure of this month or of the one before, or may get one; in the order given."""
    shown = [
        category
        for category in categories
        if category.pk in here
        or category.pk in envelopes
        or (is_open and not category.is_archived)
        or category.pk in there
    ]
    due = bills.due
    shares = split(100, [here.get(category.pk, NONE_SPENT).amount for category in shown])
    return [
        CategoryLine(
            category,
            here.get(category.pk, NONE_SPENT),
            there.get(category.pk, NONE_SPENT),
            share,
            envelope := envelopes.get(category.pk),
            limits_since.get(category.pk),
            _one_by_one(moves.get(category.pk, []), envelope),
            is_open,
            sums,
            bills.posted.get(category.pk, ZERO),
            due.get(category.pk, ZERO),
        )
        for category, share in zip(shown, shares, strict=True)
    ]


_in_order = Prepared(lambda household: Category.objects.filter(household=household).in_order())
_latest_between = Prepared(
    lambda household, first, last: (
        Expense.objects.filter(household=household).between(first, last).newest_first()[:EXPENSES_SHOWN]
    )
)
_latest_moves = Prepared(
    lambda household, month: (
        Transfer.objects.filter(household=household).in_month(month).newest_first().with_people()[: MOVES + 1]
    )
)


def _categories(household: "Household") -> dict[int, "Category"]:
    found = {category.pk: category for category in _in_order(household.pk, using=household._state.db)}
    for category in found.values():
        category.household = household
    return found


def _limits_since(plan: Figures, month: Month) -> dict[int, Month]:
    """The month from which each limit in force counts."""
    found = {}
    for category, rules in plan.rules.items():
        for rule in rules:
            if rule.month <= month:
                found[category] = rule.month
    return found


def _latest(household: "Household", month: Month, categories: Mapping[int, "Category"]) -> list[Expense]:
    """The latest expenses; their categories are read already."""
    expenses = _latest_between(household.pk, month.start, month.last_day, using=household._state.db)
    for expense in expenses:
        expense.category = categories[expense.category_id]
    return expenses


def _moves(household: "Household", month: Month, categories: Mapping[int, "Category"]) -> list[Transfer]:
    """The latest moves; one more than are told one by one, so that it shows when there are more."""
    moves = _latest_moves(household.pk, month.number, using=household._state.db)
    for move in moves:
        move.source = categories[move.source_id] if move.source_id else None
        move.destination = categories[move.destination_id] if move.destination_id else None
    return moves


def _by_category(moves: Sequence[Transfer], household: "Household") -> dict[int, list[Move]]:
    """What each category gave and got, the oldest first; nothing where there are too many."""
    found: dict[int, list[Move]] = {}
    if len(moves) > MOVES:
        return found
    zone = zoneinfo.ZoneInfo(household.time_zone)
    for transfer in reversed(moves):
        if transfer.source_id == transfer.destination_id:
            continue  # within one category, since two were merged
        moved_on = timezone.localdate(transfer.moved_at, zone)
        for category, amount, other in (
            (transfer.source_id, -transfer.amount, transfer.destination),
            (transfer.destination_id, transfer.amount, transfer.source),
        ):
            if category is not None:
                found.setdefault(category, []).append(Move(amount, str(other or POOL), moved_on))
    return found


def _one_by_one(moves: list[Move], envelope: Envelope | None) -> list[Move]:
    """The moves of a category where they are few and come to what was moved; else none."""
    if envelope is None or len(moves) > MOVES_OF_CATEGORY:
        return []
    return moves if sum((move.amount for move in moves), ZERO) == envelope.moved else []
