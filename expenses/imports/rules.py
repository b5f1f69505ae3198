"""What a household's rules say of rows. Pure: rules and rows in, decisions out.

The first rule that fits decides, in the order in which the household keeps them. Expressions are those of RE2, which
reads a text once from front to back: no expression can take longer than its text is long.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

import re2  # type: ignore[import-untyped]  # has no types

from expenses.imports.states import Direction, Matching
from expenses.shared.text import folded

MOST_MEMORY = 1 << 20  # bytes that an expression may take when it is put together


class Stored(Protocol):
    """A rule as the household keeps it; amounts are magnitudes, what is empty is not asked."""

    pk: int
    matching: str
    text: str
    direction: str
    amount_from: Decimal | None
    amount_to: Decimal | None
    payment_method_id: int | None
    category_id: int | None
    description: str
    leave_out: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """What a rule looks at: a row of a statement, or an expense. `cost` is positive for money out."""

    title: str
    notes: str
    cost: Decimal
    method: int | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rule of this id says; None and "" where it says nothing."""

    rule: int
    category: int | None
    description: str
    leave_out: bool


def expression(text: str) -> Any:
    """The expression, ready to look for: case does not matter, ^ and $ are the ends of the description or of a line of
    the notes. Raises `ValueError` with a sentence where it is none."""
    options = re2.Options()
    options.max_mem, options.log_errors, options.case_sensitive = MOST_MEMORY, False, False
    try:
        return re2.compile(f"(?m){text}", options)
    except re2.error as error:
        said = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else str(error)
        raise ValueError(f"This is no expression that can be read: {said}.") from error


class _Rule:
    """A stored rule, made ready for many rows."""

    __slots__ = ("_expression", "_text", "decision", "stored")

    def __init__(self, stored: Stored) -> None:
        self.stored = stored
        self.decision = Decision(stored.pk, stored.category_id, stored.description, stored.leave_out)
        self._text = folded(stored.text)
        self._expression = expression(stored.text) if stored.text and stored.matching == Matching.REGEX else None

    def fits(self, subject: Subject, title: str, whole: str) -> bool:
        """`title` and `whole` (with the notes) are folded: made once for all rules."""
        rule, size = self.stored, abs(subject.cost)
        if rule.payment_method_id is not None and rule.payment_method_id != subject.method:
            return False
        if rule.direction and (rule.direction == Direction.OUT) != (subject.cost > 0):
            return False
        if rule.amount_from is not None and size < rule.amount_from:
            return False
        if rule.amount_to is not None and size > rule.amount_to:
            return False
        if not rule.text:
            return True
        if self._expression is not None:
            return bool(self._expression.search(f"{subject.title}\n{subject.notes}"))
        return self._text == title if rule.matching == Matching.IS else self._text in whole


class Book:
    """The rules of a household, in its order. An expression that can no longer be read fits nothing."""

    def __init__(self, stored: Iterable[Stored]) -> None:
        self.rules = [rule for one in stored if (rule := _readable(one))]

    def decide(self, subject: Subject) -> Decision | None:
        """What the first rule that fits says; None where none does."""
        if not self.rules:
            return None
        title = folded(subject.title)
        whole = f"{title}\n{folded(subject.notes)}" if subject.notes else title
        return next((rule.decision for rule in self.rules if rule.fits(subject, title, whole)), None)

    def decisions(self, subjects: Sequence[Subject]) -> list[Decision | None]:
        return [self.decide(subject) for subject in subjects]


def _readable(stored: Stored) -> _Rule | None:
    try:
        return _Rule(stored)
    except ValueError:
        return None
