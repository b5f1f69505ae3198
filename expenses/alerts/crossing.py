"""When a category of a month crosses a threshold, and when it is back: pure, amounts in the model's sign.

A threshold is armed until it is crossed, and again once spending has fallen 5 points below it: so a category that
hovers about its limit warns once, and one that had a refund warns again.

What recurring expenses posted, or still have due, is taken off what there was and off what was spent, so that the
rent on the 1st warns nobody, and the groceries beside it are measured by what the rent leaves them.
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


@dataclass(frozen=True, slots=True)
class Spending:
    """What a category had and what was spent of it, with what recurring expenses have of both."""

    had: Decimal
    spent: Decimal
    posted: Decimal = ZERO
    due: Decimal = ZERO  # not spent yet

    @property
    def own(self) -> Decimal:
        """Spent on all that does not come again by itself."""
        return self.spent - self.posted

    @property
    def is_over(self) -> bool:
        """What is still due is not spent yet: it may be skipped, or covered before."""
        return self.spent > max(self.had, ZERO)

    def rest(self, threshold: Threshold) -> Decimal:
        """What the rest is measured by."""
        paid = self.had - self.posted
        return paid - self.due if threshold == Threshold.NEAR else paid

    def crosses(self, threshold: Threshold) -> bool:
        """Over beyond 100 %, and with any spending against nothing; near from 80 % on, and where what is left is
        less than what is still due. Used up exactly is neither."""
        if self.is_over or threshold == Threshold.OVER:
            return self.is_over and threshold == Threshold.OVER
        rest = self.rest(threshold)
        return self.own > 0 and rest * threshold <= self.own * 100 and self.own != rest

    def is_behind(self, threshold: Threshold) -> bool:
        """Whether spending has fallen so far below that the threshold is armed again."""
        rest = self.rest(threshold)
        if self.is_over or rest <= 0:
            return not self.is_over and self.own <= 0
        return self.own * 100 < rest * (threshold - BACK)


@dataclass(frozen=True, slots=True)
class Crossing:
    """What a look at a category finds."""

    true: Threshold | None  # what holds now, whether it is news or not
    raised: Threshold | None  # what holds and is news
    armed: frozenset[Threshold]  # from now on


def cross(spending: Spending, *, is_planned: bool, armed: Collection[Threshold]) -> Crossing:
    """The thresholds of a category after a look, by those that were armed before.

    Only the highest one newly crossed is raised, and those below disarm without a word. What has no plan never
    warns, whatever was spent in it.
    """
    true = next((t for t in HIGHEST_FIRST if is_planned and spending.crosses(t)), None)
    ready = {t for t in Threshold if t in armed or spending.is_behind(t)}
    raised = true if true in ready else None
    return Crossing(true, raised, frozenset(t for t in ready if raised is None or t > raised))


HIGHEST_FIRST = sorted(Threshold, reverse=True)
