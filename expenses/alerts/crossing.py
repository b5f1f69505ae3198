"""When a category of a month crosses a threshold, and when it is back: pure, amounts in the model's sign.

A threshold is armed until it is crossed, and again once spending has fallen 5 points below it: so a category that
hovers about its limit warns once, and one that had a refund warns again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db import models

from expenses.shared.money import ZERO

BACK = 5  # so many points below a threshold it is armed again


class Threshold(models.IntegerChoices):
    """So many percent of what the category had."""

    NEAR = 80, "near its limit"
    OVER = 100, "over its limit"

    def is_crossed(self, had: Decimal, spent: Decimal) -> bool:
        """Near from 80 % on, as long as something is left; over beyond 100 %, and with any spending against nothing.
        Used up exactly is neither."""
        if self == Threshold.OVER:
            return spent > max(had, ZERO)
        return had > 0 and had * self <= spent * 100 and spent < had

    def is_behind(self, had: Decimal, spent: Decimal) -> bool:
        """Whether spending has fallen so far below that the threshold is armed again."""
        if had <= 0:
            return spent <= 0
        return spent * 100 < had * (self - BACK)


@dataclass(frozen=True, slots=True)
class Crossing:
    """What a look at a category finds."""

    true: Threshold | None  # what holds now, whether it is news or not
    raised: Threshold | None  # what holds and is news
    armed: frozenset[Threshold]  # from now on


def cross(had: Decimal, spent: Decimal, *, is_planned: bool, armed: Collection[Threshold]) -> Crossing:
    """The thresholds of a category after a look, by those that were armed before.

    Only the highest one newly crossed is raised, and those below disarm without a word. What has no plan never
    warns, whatever was spent in it.
    """
    true = next((t for t in HIGHEST_FIRST if is_planned and t.is_crossed(had, spent)), None)
    ready = {t for t in Threshold if t in armed or t.is_behind(had, spent)}
    raised = true if true in ready else None
    return Crossing(true, raised, frozenset(t for t in ready if raised is None or t > raised))


HIGHEST_FIRST = sorted(Threshold, reverse=True)
