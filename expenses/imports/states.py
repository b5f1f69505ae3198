"""Where an import and its rows stand, what a row is to become, and why a step may be refused."""

from collections.abc import Iterable, Sequence

from django.db import models

CHUNK = 2_000  # rows a statement
# Texts a statement, where no index has them and each reads all that there is; SQLite takes 32,766 values.
UNINDEXED = 30_000
NAMELESS = "No description"


class State(models.TextChoices):
    """What was done last. "Checked" is no state of its own: it is the moment of committing, or questions are open."""

    UPLOADED = "uploaded", "Uploaded"
    MAPPED = "mapped", "To check"
    COMMITTED = "committed", "Taken in"
    REVERTED = "reverted", "Taken back"


class Pile(models.TextChoices):
    """Where a row stands: the first three before the commit, the others count from then on."""

    NEW = "new", "New"
    HERE = "here", "Already here"
    UNREADABLE = "unreadable", "Cannot be read"
    IMPORTED = "imported", "Taken in"
    MERGED = "merged", "The same as one here"
    LEFT_OUT = "left_out", "Left out"


class Kind(models.TextChoices):
    """What a row is to become."""

    EXPENSE = "expense", "Expense"
    REFUND = "refund", "Refund"
    INCOME = "income", "Income"
    LEAVE_OUT = "leave_out", "Leave out"
    ASK = "ask", "To answer"  # the person has to say: see Question
    MERGE = "merge", "It is the same"
    MOVE = "move", "A move between own accounts"  # left out, and the other end too


class Question(models.TextChoices):
    """What is asked of a row, the first that there is reason for."""

    CHANGED = "changed", "Changed by the bank"
    SAME = "same", "Likely the same"
    MOVE = "move", "Looks like a move"
    SETTLE = "settle", "Likely what comes again"


class Matching(models.TextChoices):
    """How a rule compares its text with a row's; case and accents never matter, but in an expression."""

    CONTAINS = "contains", "contains"
    IS = "is", "is exactly"
    REGEX = "regex", "fits the expression"


class Direction(models.TextChoices):
    OUT = "out", "Money out"
    IN = "in", "Money in"


COUNTING = (Pile.IMPORTED, Pile.MERGED, Pile.LEFT_OUT)  # a key of these counts in the household
SPENDING = (Kind.EXPENSE, Kind.REFUND)  # becomes an expense, and needs a category
TAKEN = (*SPENDING, Kind.INCOME)
BY_ANSWER = (Kind.ASK, Kind.MERGE, Kind.MOVE)  # no tick or list changes these, but the answer to a question


class NotRead(Exception):
    """The statement cannot be read in this way; the message is a sentence for the person."""


class Unanswered(Exception):
    """Rows wait for a word from the person; the message is a sentence for them."""


class AlreadyDone(Exception):
    """The import is not at this step any more; the message is a sentence for the person."""


def chunks[T](things: Sequence[T], size: int = CHUNK) -> Iterable[Sequence[T]]:
    return (things[start : start + size] for start in range(0, len(things), size))
