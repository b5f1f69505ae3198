"""What the banks' own formats (CAMT, MT940) have in common: days, ids that tell rows apart, balances."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from expenses.imports.statements import dates
from expenses.imports.statements.delimited import FURTHEST_AHEAD

MOST_ROWS = 200_000
ENDS_EARLY = "The file ends early: its last lines are missing. Download it again to be sure of all rows."
CUT_SHORT = "The file ends in the middle of this transaction."
MOST_TEXT = 10_000  # characters of a row kept as it stands in the file
_MOST_SAID = 5  # statements of which is told that they do not add up

# What banks write where they have no id.
_NONE = {"NONREF", "NOTPROVIDED", "NOT PROVIDED", "NON", "NONE", "NOREF", "NON REF", "UNKNOWN", "N/A"}


def latest(today: date | None) -> date:
    """The furthest day that a statement may speak of."""
    return today + FURTHEST_AHEAD if today else date.max


def day(text: str, furthest: date) -> date:
    """The day in `text`, the year in front. Raises `dates.Unreadable`."""
    found = dates.parsed(text, "YMD")
    if found > furthest:
        raise dates.Unreadable(f"“{text[:40]}” is more than a year ahead.")
    return found


def is_id(text: str) -> bool:
    """Whether a reference says anything at all: many stand for “none”."""
    return bool(text.strip(" 0-/")) and text.upper() not in _NONE


def telling(references: Sequence[str]) -> list[str]:
    """The references as ids of rows, "" for those that are none.

    Some banks number the rows of each file from 1, or repeat one reference: both would be taken for known rows.
    """
    times = Counter(references)
    return [text if times[text] == 1 and is_id(text) and not _is_count(text) else "" for text in references]


def _is_count(text: str) -> bool:
    return bool(re.fullmatch(r"0*[0-9]{1,5}", text))


def disagreement(account: str, opening: Decimal, moved: Decimal, closing: Decimal, currency: str) -> str:
    """What to say of a statement whose rows do not lead from one balance to the other, or an empty text."""
    missing = closing - opening - moved
    if not missing:
        return ""
    of_account = f" of {account}" if account else ""
    return (
        f"The closing balance{of_account} ({closing:,f} {currency}) is not the opening balance and the rows between: "
        f"{missing:+,f} is unexplained."
    )


def few(said: Sequence[str]) -> tuple[str, ...]:
    """The notices about balances, the many as a number."""
    more = len(said) - _MOST_SAID
    if more <= 0:
        return tuple(said)
    return (*said[:_MOST_SAID], f"So it is with {more:,} more {'statement' if more == 1 else 'statements'} in it.")
