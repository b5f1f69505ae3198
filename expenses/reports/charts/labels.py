"""Words below a picture that do not run into each other, on a desk and on a phone."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDE, NARROW = 14, 6  # words that stand side by side from 48 rem on, and at 320 px
LETTERS = 12  # single letters at 320 px


@dataclass(frozen=True, slots=True)
class Word:
    """What stands below a slot. `order` counts the slots on (January is 0, 2026 is 2026): words that are left out
    leave those whose order is a multiple of one of the steps. `letter` is what can be said with one."""

    text: str
    order: int
    letter: str = ""
    below: str = ""  # in a second line, at the first slot and where the order is 0: the year


MONTHS = (1, 2, 3, 4, 6, 12)
YEARS = (1, 2, 5, 10, 20, 50, 100)
DAYS = (1, 2, 5, 7, 14)


@dataclass(frozen=True, slots=True)
class Label:
    """What is written at a slot, empty where there is no room."""

    wide: str
    narrow: str
    below: str = ""


def labels(words: Sequence[Word], *, steps: Sequence[int] = MONTHS) -> list[Label]:
    wide, narrow = _step(len(words), WIDE, steps), _step(len(words), NARROW, steps)
    in_letters = len(words) <= LETTERS and all(word.letter for word in words) and narrow > 1
    found = []
    for number, word in enumerate(words):
        short = word.letter if in_letters else word.text if word.order % narrow == 0 else ""
        # The first year would run into the next one where that begins a slot or two later.
        turns = next((n for n, other in enumerate(words) if n and other.order == 0), len(words))
        says_below = word.order == 0 or (number == 0 and turns * NARROW >= len(words))
        found.append(Label(word.text if word.order % wide == 0 else "", short, word.below if says_below else ""))
    return found


def _step(count: int, room: int, steps: Sequence[int]) -> int:
    return next((step for step in steps if count <= room * step), steps[-1])
