"""The arithmetic of a month: what each category had, spent and has left, and the pool of money not yet given out.

Pure: exact amounts in, exact amounts out, no query (`figures.read` asks the database). Amounts are in the model's
sign: spending positive, a refund negative, what a move brought in positive. The formulas:

    left    = limit + moved + carried − spent
    carried = the part of left of the month before that stays, by the leftover of the limit in force there
    pool    = pool of the month before + income − limits + pool legs + what the categories gave back
    pool + all left = income − spending, both since the pool began
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

from django.db import models

from expenses.shared.money import ZERO
from expenses.shared.months import LAST_YEAR, Month


class Leftover(models.TextChoices):
    """What becomes of what a month leaves in a category, or what was overspent in it."""

    SURPLUS = "surplus", "What is left stays; what was overspent is taken from the pool"
    ALL = "all", "Both stay: overspending is paid back by the category itself"
    NONE = "none", "Neither stays: the category starts at its limit again"

    def of(self, left: Decimal) -> Decimal:
        """The part of what is left that the next month starts with."""
        if self == Leftover.ALL:
            return left
        return max(left, ZERO) if self == Leftover.SURPLUS else ZERO


class Rule(NamedTuple):
    """A limit as the arithmetic sees it: in force from its month until a later one; None ends it."""

    month: Month
    amount: Decimal | None
    leftover: Leftover


NOTHING_DUE: Mapping[int, Decimal] = {}
NO_RULE = Leftover.SURPLUS  # the leftover where no limit was ever set


def in_force(rules: Sequence[Rule], month: Month) -> Rule | None:
    """Of a category's rules, the oldest first, the newest that is not later than the month."""
    return next((rule for rule in reversed(rules) if rule.month <= month), None)


def rules_set(rules: Sequence[Rule], rule: Rule, *, only: bool) -> list[Rule]:
    """What setting a limit writes beside a category's rules, the oldest first: the limit itself, and, where it is for
    its month `only`, what was in force as the rule of the next month, unless one stands there."""
    after = None if (rule.month.year, rule.month.month) == (LAST_YEAR, 12) else rule.month.next
    if not only or after is None or any(other.month == after for other in rules):
        return [rule]
    before = in_force(rules, rule.month)
    return [rule, Rule(after, before.amount, before.leftover) if before else Rule(after, None, NO_RULE)]


Amounts = Mapping[Month, Mapping[int, Decimal]]  # by month and category id


@dataclass(frozen=True, slots=True)
class Figures:
    """All that the months of a household are computed from."""

    since: Month  # budget_from: what is older is history and carries nothing
    rules: Mapping[int, Sequence[Rule]] = field(default_factory=dict)  # by category id, the oldest first
    moved: Amounts = field(default_factory=dict)
    spent: Amounts = field(default_factory=dict)
    pool_from: Month | None = None  # None: there is no pool
    income: Mapping[Month, Decimal] = field(default_factory=dict)
    assigned: Mapping[Month, Decimal] = field(default_factory=dict)  # legs of the pool: what came in, less what went

    @property
    def pool_since(self) -> Month | None:
        """The pool's first month: never before the budget itself begins."""
        return max(self.pool_from, self.since) if self.pool_from else None

    def last_move_of(self, category: int) -> Month | None:
        """The latest month in which a move touched the category."""
        return max((month for month, moved in self.moved.items() if category in moved), default=None)

    def planned(self, standing: "Standing") -> dict[int, "Envelope"]:
        """The categories of a month with a limit, a move or a carry. None where nobody has planned anything: a refund
        alone carries money over too, and makes no plan (but where there is a pool, all of it must add up)."""
        touched = {*self.rules, *(category for moved in self.moved.values() for category in moved)}
        planned = {pk: each for pk, each in standing.envelopes.items() if each.is_planned}
        return planned if self.pool_from or not touched.isdisjoint(planned) else {}

    def with_move(self, month: Month, source: int | None, destination: int | None, amount: Decimal) -> "Figures":
        """These figures with one more move; None stands for the pool."""
        moved, assigned = dict(self.moved), dict(self.assigned)
        moved[month] = dict(moved.get(month, {}))
        for category, change in ((source, -amount), (destination, amount)):
            if category is None:
                assigned[month] = assigned.get(month, ZERO) + change
            else:
                moved[month] = {**moved[month], category: moved[month].get(category, ZERO) + change}
        return replace(self, moved=moved, assigned=assigned)

    def with_rules(self, category: int, *rules: Rule) -> "Figures":
        """These figures with limits set for a category, each in place of the one of its month."""
        found = {rule.month: rule for rule in (*self.rules.get(category, ()), *rules)}
        return replace(self, rules={**self.rules, category: [found[month] for month in sorted(found)]})


@dataclass(frozen=True, slots=True)
class Envelope:
    """A category in a month."""

    limit: Decimal | None  # None: no limit is in force
    leftover: Leftover
    moved: Decimal = ZERO
    carried: Decimal = ZERO
    spent: Decimal = ZERO

    @property
    def had(self) -> Decimal:
        """What there was to spend."""
        return (self.limit or ZERO) + self.moved + self.carried

    @property
    def left(self) -> Decimal:
        return self.had - self.spent

    @property
    def stays(self) -> Decimal:
        """What the next month starts with."""
        return self.leftover.of(self.left)

    @property
    def released(self) -> Decimal:
        """What goes back to the pool as the month ends; negative where the pool pays for what was overspent."""
        return self.left - self.stays

    @property
    def is_planned(self) -> bool:
        """Whether it has a limit, a move or a carry: others are spent in without a plan."""
        return self.limit is not None or bool(self.moved) or bool(self.carried)

    @property
    def is_over(self) -> bool:
        return self.left < 0

    @property
    def over(self) -> Decimal:
        """What was spent beyond what there was, positive; 0 where nothing was."""
        return max(-self.left, ZERO)


@dataclass(frozen=True, slots=True)
class Pool:
    """The money of a month that no category has yet ("To assign")."""

    before: Decimal  # what was left to assign in the month before; 0 in the pool's first month
    income: Decimal
    limits: Decimal  # given out by the limits of the month
    assigned: Decimal  # legs of the pool: negative where more was assigned than came back
    returned: Decimal  # what the categories gave back as the month before ended
    overspent: Decimal  # what the pool paid for the categories as the month before ended, positive
    carried: Decimal  # what categories held already in the pool's first month; 0 in later ones

    @property
    def amount(self) -> Decimal:
        gained = self.before + self.income + self.assigned + self.returned
        return gained - self.limits - self.overspent - self.carried


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a month stands: each category that has something in it, by its id, and the pool where there is one."""

    month: Month
    envelopes: Mapping[int, Envelope]
    pool: Pool | None

    @property
    def left(self) -> Decimal:
        """What all categories have left, also those without a plan."""
        return sum((envelope.left for envelope in self.envelopes.values()), ZERO)


@dataclass(frozen=True, slots=True)
class Closing:
    """What a month hands on to the next one."""

    carried: Mapping[int, Decimal] = field(default_factory=dict)  # by category id
    held: Decimal = ZERO  # what the categories hold as it ends: a pool that begins then has none of it
    returned: Decimal = ZERO
    overspent: Decimal = ZERO  # positive
    pool: Decimal = ZERO

    @classmethod
    def of(cls, standing: Standing, *, is_open: bool) -> "Closing":
        """Of an open month only what is overspent counts: the rest may still be spent. What its categories hold is
        theirs all the same, and not a pool's that begins next."""
        carried: dict[int, Decimal] = {}
        held = returned = overspent = ZERO
        for category, envelope in standing.envelopes.items():
            left = envelope.left
            stays = envelope.leftover.of(left)
            if left < stays:
                overspent += stays - left
            elif not is_open:
                returned += left - stays
            held += stays
            if stays := min(stays, ZERO) if is_open else stays:
                carried[category] = stays
        return cls(carried, held, returned, overspent, standing.pool.amount if standing.pool else ZERO)


def walk(figures: Figures, last: Month, *, running: Month | None = None) -> Iterator[Standing]:
    """The months up to the last, the oldest first; none where the budget begins later.

    With `running` it counts as a guard does: what that month and later ones leave is not closed yet, so that the
    month after may count on nothing of it, and only bears what is overspent already.
    """
    month = first_month(figures, last)
    ahead = {category: list(reversed(rules)) for category, rules in figures.rules.items()}
    in_force: dict[int, Rule] = {}
    before = Closing()
    while month <= last:
        for category, rules in ahead.items():
            while rules and rules[-1].month <= month:
                in_force[category] = rules.pop()
        envelopes = _envelopes(figures, month, in_force, before.carried)
        standing = Standing(month, envelopes, _pool(figures, month, envelopes, before))
        yield standing
        if month == last:
            return  # the month after the last may be beyond the calendar
        before = Closing.of(standing, is_open=running is not None and month >= running)
        month = month.next


def _envelopes(
    figures: Figures, month: Month, in_force: Mapping[int, Rule], carried: Mapping[int, Decimal]
) -> dict[int, Envelope]:
    moved, spent = figures.moved.get(month, {}), figures.spent.get(month, {})
    envelopes = {}
    for category in {*in_force, *carried, *moved, *spent}:
        rule = in_force.get(category)
        envelopes[category] = Envelope(
            rule.amount if rule else None,
            rule.leftover if rule else NO_RULE,
            moved.get(category, ZERO),
            carried.get(category, ZERO),
            spent.get(category, ZERO),
        )
    return envelopes


def _pool(figures: Figures, month: Month, envelopes: Mapping[int, Envelope], before: Closing) -> Pool | None:
    since = figures.pool_since
    if since is None or month < since:
        return None
    begins = month == since
    return Pool(
        before=ZERO if begins else before.pool,
        income=figures.income.get(month, ZERO),
        limits=sum((envelope.limit for envelope in envelopes.values() if envelope.limit), ZERO),
        assigned=figures.assigned.get(month, ZERO),
        returned=ZERO if begins else before.returned,
        overspent=ZERO if begins else before.overspent,
        carried=before.held if begins else ZERO,
    )


def first_month(figures: Figures, last: Month) -> Month:
    """Where counting begins: in the first month with any figure, as all before it is zero; never before `since`."""
    found = [rules[0].month for rules in figures.rules.values() if rules]
    found += [*figures.moved, *figures.spent, *figures.assigned, *figures.income, last]
    if figures.pool_from:
        found.append(figures.pool_from)
    return max(figures.since, min(found))


def standing(figures: Figures, month: Month, *, running: Month | None = None) -> Standing | None:
    """Where the month stands; None before the budget begins, where all is history."""
    found = deque(walk(figures, month, running=running), maxlen=1)
    return found[0] if found else None


# ── the guard of a move ───────────────────────────────────────────────────────────────────────────


class Shortage(NamedTuple):
    """What a move would leave a category or the pool (None) short of, in a month; positive."""

    month: Month
    category: int | None
    amount: Decimal
    left: Decimal  # there without the move


def shortage(
    figures: Figures, *, month: Month, source: int | None, destination: int | None, amount: Decimal, running: Month
) -> Shortage | None:
    """What speaks against a move; None where nothing does.

    The source must not become negative, or more negative, in the move's month or in a later one up to the running
    month and the last month with a move of it. The pool neither, up to the running month, whoever the source is:
    what a closed month gave back to it may have been given out since. Carried money can move; a carry that is not
    closed yet cannot. (Why later months: take 200 out of November that carries 100 from October, then 100 out of
    October, and November is overdrawn.)
    """
    ends = [month, running]
    if source is not None and (last := figures.last_move_of(source)):
        ends.append(last)
    # A move of nothing: both walks begin in the same month, also where nothing was written down before the move.
    without = walk(figures.with_move(month, source, destination, ZERO), max(ends), running=running)
    moved = walk(figures.with_move(month, source, destination, amount), max(ends), running=running)
    pool_until = max(month, running) if source is None else running
    for before, after in zip(_from(without, month), _from(moved, month), strict=True):
        if source is not None:
            found = _short(before.month, source, _left(before, source), _left(after, source))
            if found:
                return found
        if before.pool and after.pool and before.month <= pool_until:
            found = _short(before.month, None, before.pool.amount, after.pool.amount)
            if found:
                return found
    return None


ELSEWHERE = -1  # no category has this id: what a move to any of them must pass


def movable(
    figures: Figures, *, month: Month, source: int | None, running: Month, destination: int | None = ELSEWHERE
) -> Decimal:
    """The most that the guard lets go from a category, or from the pool (None), to somewhere else; 0 or more.

    More may go to the pool than to a category, where the pool is what speaks against it.
    """
    found = standing(figures, month, running=running)
    if found is None or (source is None and found.pool is None):
        return ZERO
    amount = _left(found, source) if source is not None else found.pool.amount if found.pool else ZERO
    while amount > 0:
        short = shortage(figures, month=month, source=source, destination=destination, amount=amount, running=running)
        if short is None:
            return amount
        amount -= short.amount
    return ZERO


def payers(standing: Standing, needy: int, due: Mapping[int, Decimal] = NOTHING_DUE) -> list[tuple[int, Decimal]]:
    """The categories that could cover what another one is over, with what each has left after what is still due in it
    (by category id); the most first."""
    others = [(pk, each) for pk, each in standing.envelopes.items() if pk != needy and each.is_planned]
    found = [(pk, each.left - due.get(pk, ZERO)) for pk, each in others]
    return sorted((pair for pair in found if pair[1] > 0), key=lambda pair: (-pair[1], pair[0]))


def _from(standings: Iterable[Standing], month: Month) -> Iterator[Standing]:
    return (standing for standing in standings if standing.month >= month)


def _left(standing: Standing, category: int) -> Decimal:
    found = standing.envelopes.get(category)
    return found.left if found else ZERO


def _short(month: Month, category: int | None, before: Decimal, after: Decimal) -> Shortage | None:
    allowed = min(ZERO, before)
    return Shortage(month, category, allowed - after, before) if after < allowed else None


# ── what a change of the plan does to later months ────────────────────────────────────────────────


class FigureChange(NamedTuple):
    """What is left in a category, or to assign (None), in a month, before and after a change of the plan."""

    month: Month
    category: int | None
    before: Decimal
    after: Decimal


def changes(before: Figures, after: Figures, *, last: Month, categories: Collection[int] = ()) -> list[FigureChange]:
    """Every figure that differs up to the last month, by month; of some categories only, and of the pool, where
    given."""
    found = []
    for was, becomes in zip(_whole(before, last), _whole(after, last), strict=True):
        touched = sorted({*was.envelopes, *becomes.envelopes})
        for category in touched:
            if categories and category not in categories:
                continue
            pair = _left(was, category), _left(becomes, category)
            if pair[0] != pair[1]:
                found.append(FigureChange(was.month, category, *pair))
        if was.pool and becomes.pool and was.pool.amount != becomes.pool.amount:
            found.append(FigureChange(was.month, None, was.pool.amount, becomes.pool.amount))
    return found


def _whole(figures: Figures, last: Month) -> list[Standing]:
    """The months from `since` on: two plans may begin in different months."""
    found = list(walk(figures, last))
    months = []
    month = figures.since
    while found and month < found[0].month:
        months.append(Standing(month, {}, None))
        month = month.next
    return months + found


# ── the proof ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether a month's books balance: pool + all left = income − spending, both since the pool began."""

    pool: Decimal
    left: Decimal
    income: Decimal
    spent: Decimal

    @property
    def difference(self) -> Decimal:
        """What is there too much (positive) or too little; 0 where the books balance."""
        return self.pool + self.left - (self.income - self.spent)

    @property
    def balances(self) -> bool:
        return self.difference == 0
