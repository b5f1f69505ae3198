"""A month in which money may be moved: what each side has, how much it can give, what a move would change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from expenses.budgets import figures
from expenses.budgets.envelope import (
    ELSEWHERE,
    NO_RULE,
    NOTHING_DUE,
    Envelope,
    Figures,
    Standing,
    movable,
    payers,
    standing,
)
from expenses.budgets.models import POOL, Transfer
from expenses.shared.money import ZERO, format_amount
from expenses.shared.months import Month

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.people.models import Household

POOL_VALUE = "pool"  # what forms and addresses call the pool


@dataclass(frozen=True, slots=True)
class Side:
    """Where money comes from or goes to: a category, or the pool (None)."""

    category: "Category | None"

    def __str__(self) -> str:
        return str(self.category or POOL)

    @property
    def pk(self) -> int | None:
        return self.category.pk if self.category else None

    @property
    def value(self) -> str:
        """As forms and addresses name it."""
        return str(self.category.pk) if self.category else POOL_VALUE


class Left(NamedTuple):
    """What a side has, in an amount without its sign and a word."""

    amount: Decimal
    word: str
    is_over: bool = False

    @classmethod
    def of(cls, side: Side, found: Standing) -> "Left":
        if side.category is None:
            amount = found.pool.amount if found.pool else ZERO
            return cls(abs(amount), "too much planned", is_over=True) if amount < 0 else cls(amount, "to assign")
        envelope = envelope_of(side, found)
        if envelope.is_over:
            word = "over" if envelope.is_planned else "spent without a limit"
            return cls(envelope.over, word, is_over=envelope.is_planned)
        return cls(envelope.left, "left")


@dataclass(frozen=True, slots=True)
class Effect:
    """What a move does to one of its sides."""

    side: Side
    before: Left
    after: Left | None = None  # None: nothing is moved yet
    had: Envelope | None = None  # the category as it stands before; None for the pool
    has: Envelope | None = None  # and after

    @property
    def now(self) -> Envelope | None:
        """The category with the move, or as it stands where there is none."""
        return self.has or self.had


class Payer(NamedTuple):
    """Who could cover what a category is over."""

    side: Side
    left: Decimal  # what it can give beside what is due in it, in whole units of the currency
    covers: Decimal  # as much of it as is needed
    due: Decimal = ZERO


def envelope_of(side: Side, found: Standing) -> Envelope:
    """A category as it stands; an empty envelope where nothing has happened in it."""
    envelope = found.envelopes.get(side.pk) if side.pk is not None else None
    return envelope or Envelope(None, NO_RULE)


class Moving:
    """Money to move in a month of a household; `running` is the month of today."""

    def __init__(self, household: "Household", month: Month, *, running: Month) -> None:
        self.household, self.month, self.running = household, month, running
        self._most: dict[tuple[Side, Side | None], Decimal] = {}

    @cached_property
    def figures(self) -> Figures:
        """One query, once."""
        return figures.read(self.household)

    @cached_property
    def standing(self) -> Standing | None:
        """As the month page shows it; None before the budget begins."""
        return standing(self.figures, self.month)

    @cached_property
    def guarded(self) -> Standing | None:
        """As the guard counts it: what is not closed yet hands nothing on."""
        return standing(self.figures, self.month, running=self.running)

    @property
    def has_pool(self) -> bool:
        return bool(self.standing and self.standing.pool)

    def left(self, side: Side) -> Left:
        return Left.of(side, self.standing) if self.standing else Left(ZERO, "left")

    def label(self, side: Side) -> str:
        """“Food, 145.55 left”, “Dining, 18.40 over”, “To assign, 120.00”."""
        left = self.left(side)
        amount = format_amount(left.amount, self.household.decimals)
        return f"{side}, {amount}" if left.word == "to assign" else f"{side}, {amount} {left.word}"

    def can_give(self, side: Side, to: Side | None = None) -> Decimal:
        """The most that may leave a side, for another one where it is known, in whole units of the currency."""
        to = None if to == side else to
        if (side, to) not in self._most:
            self._most[side, to] = self._movable(side, to)
        return self._most[side, to].quantize(self._unit, ROUND_FLOOR)

    def _movable(self, side: Side, to: Side | None) -> Decimal:
        if side.category and self.guarded and self.month >= self.running:
            # As the guard finds it, many months sooner: nothing later counts on what an open month leaves.
            return max(envelope_of(side, self.guarded).left, ZERO)
        destination = to.pk if to else ELSEWHERE
        return movable(self.figures, month=self.month, source=side.pk, running=self.running, destination=destination)

    def why_no_more(self, side: Side, to: Side | None = None) -> str:
        """Why a side can give less than it has; empty where it can give all."""
        left, most = self.left(side), self.can_give(side, to)
        if left.is_over or left.amount - most < self._unit:
            return ""
        if self.guarded and Left.of(side, self.guarded).amount - most < self._unit:
            return f"The rest comes over from {self.month.previous.name}, which is not closed yet."
        return self.refusal(side, to if to != side else None, most + self._unit)

    def effects(self, *sides: Side | None, amount: Decimal | None) -> list[Effect]:
        """What moving the amount from the first side to the second does to both; without an amount, or with one side
        only, where they stand."""
        before = self.standing
        if before is None:
            return []
        known = [side for side in sides if side is not None]
        after = None
        if len(known) == 2 and amount is not None and known[0] != known[1]:
            moved = self.figures.with_move(self.month, known[0].pk, known[1].pk, amount)
            after = standing(moved, self.month)
        return [self._effect(side, before, after) for side in dict.fromkeys(known)]

    def _effect(self, side: Side, before: Standing, after: Standing | None) -> Effect:
        return Effect(
            side,
            Left.of(side, before),
            Left.of(side, after) if after else None,
            envelope_of(side, before) if side.category else None,
            envelope_of(side, after) if side.category and after else None,
        )

    def refusal(self, source: Side, destination: Side | None, amount: Decimal) -> str:
        """The guard's sentence about a move, to anywhere without a destination; empty where it lets the money go."""
        asked = Transfer(
            household=self.household,
            month=self.month,
            source=source.category,
            destination_id=destination.pk if destination else ELSEWHERE,
            amount=amount,
        )
        return asked.speaks_against(self.figures, running=self.running)

    # ── covering ──

    def over(self, category: "Category") -> Decimal:
        """What a category is over, rounded up to what the currency can say; 0 where it is not."""
        if self.standing is None:
            return ZERO
        return envelope_of(Side(category), self.standing).over.quantize(self._unit, ROUND_CEILING)

    def payers(
        self, needy: "Category", categories: Iterable["Category"], due: Mapping[int, Decimal] = NOTHING_DUE
    ) -> list[Payer]:
        """Who could cover what a category is over, the one that can give the most beside what is still `due` in it
        (by category id) first, and then the pool."""
        if self.standing is None:
            return []
        offered = {category.pk: Side(category) for category in categories}
        sides = [offered[pk] for pk, _ in payers(self.standing, needy.pk, due) if pk in offered]
        found = [self._payer(side, self.over(needy), due.get(side.pk or 0, ZERO)) for side in sides]
        found.sort(key=lambda payer: -payer.left)
        if self.has_pool:
            found.append(self._payer(Side(None), self.over(needy), ZERO))
        return [payer for payer in found if payer.left > 0]

    def _payer(self, side: Side, over: Decimal, due: Decimal) -> Payer:
        gives = self.can_give(side)
        if due:
            gives = min(gives, (self.left(side).amount - due).quantize(self._unit, ROUND_FLOOR))
        return Payer(side, gives, min(gives, over), due)

    @property
    def _unit(self) -> Decimal:
        return Decimal(1).scaleb(-self.household.decimals)
