"""What the categories with a limit, a move or a carry come to together: the figures on top of a month.

Pure. Amounts are in the model's sign; each figure has the parts that made it beside it, so that it can explain itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple, Self

from expenses.budgets.envelope import Envelope, Leftover
from expenses.ledger import spending
from expenses.ledger.models import Spent
from expenses.shared.money import ZERO


class Counted(NamedTuple):
    """A category's envelope and what was written down in it."""

    name: str
    envelope: Envelope
    spent: Spent
    due: Decimal = ZERO  # still to be posted in it this month


@dataclass(frozen=True, slots=True)
class Planned:
    """Categories with a plan; what was spent in others stands beside them (`beyond`)."""

    limits: Decimal
    limited: int  # categories with a limit
    moved: Decimal
    carried: Decimal
    spent: Spent
    beyond: Spent
    free: Decimal  # left, where it may be spent: nothing of what a category puts by or still has due, nor of what is
    # due in categories without a plan; nothing less for others' excess
    put_by: Decimal  # left in categories that keep what is left and pay back what is overspent
    saving: list[str]  # their names
    over: Decimal  # positive
    overspent: list[str]  # who is over
    due: Decimal  # taken off what is free, as far as there is something to take it off

    @classmethod
    def of(cls, counted: Sequence[Counted], *, beyond: Spent, due_beyond: Decimal = ZERO) -> Self | None:
        """None where nothing is planned."""
        if not counted:
            return None
        limits = moved = carried = free = put_by = over = due = ZERO
        limited = 0
        saving, overspent = [], []
        for name, envelope, _, due_here in counted:
            if envelope.limit is not None:
                limits += envelope.limit
                limited += 1
            moved += envelope.moved
            carried += envelope.carried
            left = envelope.left
            if left < 0:
                over -= left
                overspent.append(name)
            elif envelope.leftover is not Leftover.ALL:
                due += min(left, due_here)
                free += left - min(left, due_here)
            elif left:
                put_by += left
                saving.append(name)
        spent = spending.add(each.spent for each in counted)
        due, free = due + min(free, due_beyond), free - min(free, due_beyond)
        return cls(limits, limited, moved, carried, spent, beyond, free, put_by, saving, over, overspent, due)

    @property
    def had(self) -> Decimal:
        return self.limits + self.moved + self.carried

    @property
    def left(self) -> Decimal:
        return self.had - self.spent.amount

    def a_day(self, days: int, *, decimals: int) -> Decimal:
        """What may be spent on each of so many days, rounded down to the currency's unit."""
        return (self.free / days).quantize(Decimal(1).scaleb(-decimals), ROUND_FLOOR)
