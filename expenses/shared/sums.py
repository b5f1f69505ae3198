"""Why a figure is what it is: parts that come to it, each with a way to what is behind it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from expenses.shared.money import MINUS, ZERO


class Part(NamedTuple):
    """A line of a sum: `words`, then a link where there is an address, then `more`."""

    sign: str  # + or −
    size: Decimal  # not negative
    words: str = ""
    linked: str = ""
    url: str = ""
    more: str = ""
    on: dt.date | None = None  # told at the link's end

    @property
    def amount(self) -> Decimal:
        return -self.size if self.sign == MINUS else self.size


def added(
    amount: Decimal, words: str = "", linked: str = "", url: str = "", more: str = "", **kwargs: dt.date
) -> Part:
    """What counts as it is: a negative amount takes away."""
    return Part(MINUS if amount < 0 else "+", abs(amount), words, linked, url, more, **kwargs)


def taken(amount: Decimal, words: str = "", linked: str = "", url: str = "", more: str = "") -> Part:
    """What is taken off: a negative amount, such as a refund, adds."""
    return Part("+" if amount < 0 else MINUS, abs(amount), words, linked, url, more)


@dataclass(frozen=True, slots=True)
class Sum:
    """Parts and what they come to; drawn by `{% sum %}`."""

    parts: Sequence[Part]
    total: Decimal
    words: str = ""  # of the total, as those of a part
    linked: str = ""
    url: str = ""
    more: str = ""

    @property
    def adds_up(self) -> bool:
        return sum((part.amount for part in self.parts), ZERO) == self.total
