"""The cells of a household's file: how each is read back, and what is said where it cannot be.

Pure: a reader takes the text of a cell and the book of what was read before, and gives the value or raises `Wrong`
with the reason.
"""

import datetime as dt
import json
import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from expenses.shared.files import Column, Kind
from expenses.shared.money import LARGEST, format_amount
from expenses.shared.months import FIRST_YEAR, LAST_YEAR, Month
from expenses.shared.text import casefolded, without_controls

FIRST_DAY, LAST_DAY = dt.date(FIRST_YEAR, 1, 1), dt.date(LAST_YEAR, 12, 31)
AMOUNT = re.compile(r"-?[0-9]{1,12}(?:\.([0-9]{1,4}))?")
LARGEST_NUMBER = 2**31 - 1  # of a column
LARGEST_ID = 2**62
GONE = 0  # an id that no row has: what was deleted since is named by none in the file
ALL_DECIMALS = 4


class Wrong(Exception):
    """The cell or the row cannot be read; the message is a sentence."""


class Ids:
    """The ids of a table in the file, and those that its rows get here. Two numbers a row, whatever the row is."""

    def __init__(self) -> None:
        self.old = array("q")
        self.new = array("q")

    def add(self, number: int) -> None:
        """Raises `Wrong` for one that does not rise: so that none comes twice."""
        if self.old and number <= self.old[-1]:
            raise Wrong(f"The id {number} comes again or out of order. Each id is larger than the one before.")
        self.old.append(number)

    def find(self, number: int) -> int | None:
        """The id here, or the file's own while there is none here yet; None where the file has no such row."""
        at = bisect_left(self.old, number)
        if at == len(self.old) or self.old[at] != number:
            return None
        return self.new[at] if self.new else number


@dataclass
class Book:
    """What was read before: a cell may name it."""

    people: Mapping[str, int] = field(default_factory=dict)  # e-mail → id of a member here
    by: int = 0  # the id of whoever brings it in: what others wrote becomes theirs
    decimals: int = 2  # of the file's currency
    on: dt.date = dt.date.min  # today
    names: dict[str, dict[str, int]] = field(default_factory=dict)  # table → folded name → id here
    ids: dict[str, Ids] = field(default_factory=dict)  # table → ids
    strangers: set[str] = field(default_factory=set)  # people who are no members here
    waiting: list[int] = field(default_factory=list)  # ids of rows that may still come
    moved: dict[int, tuple[Month, Decimal]] = field(default_factory=dict)  # transfers, by their id in the file

    def user(self, email: str) -> int:
        """The id of a member here, else of whoever brings it in."""
        found = self.people.get(email.lower())
        if found is None:
            self.strangers.add(email.lower())
        return self.by if found is None else found


Reads = Callable[[str, Book], Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of a file: what it is called, how it is read, what is asked of the database for it (`path`), and which
    attribute of the row it sets."""

    name: str
    reads: Reads
    kind: Kind = Kind.TEXT
    path: str = ""
    sets: str = ""
    writes: Callable[[Any], Any] | None = None  # what stands in the database → what stands in the file

    @property
    def column(self) -> Column:
        return Column(self.name, self.kind)

    @property
    def asked(self) -> str:
        return self.path or self.name

    @property
    def attribute(self) -> str:
        return self.sets or self.name


# ── text ──────────────────────────────────────────────────────────────────────────────────────────


def text(longest: int, *, shortest: int = 0, lines: bool = False) -> Reads:
    """So many characters; with `lines`, of any kind but NUL."""

    def read(said: str, book: Book) -> str:
        if "\0" in said or (not lines and without_controls(said) != said):
            raise Wrong("It has invisible control characters.")
        if len(said) > longest:
            raise Wrong(f"It is longer than {longest:,} characters.")
        if len(said.strip()) < shortest:
            raise Wrong("It is empty.")
        return said

    return read


def one_of(values: Iterable[Any]) -> Reads:
    known = {str(value): value for value in values}

    def read(said: str, book: Book) -> Any:
        if said not in known:
            raise Wrong(f"It is none of: {', '.join(value or 'empty' for value in known)}.")
        return known[said]

    return read


def fitting(pattern: str, words: str, *, empty: bool = False) -> Reads:
    """What an expression fits; `words` say what that is."""
    expression = re.compile(pattern)

    def read(said: str, book: Book) -> str:
        if not (expression.fullmatch(said) or (empty and not said)):
            raise Wrong(f"It is not {words}.")
        return said

    return read


def document(check: Callable[[Any], Any]) -> Reads:
    """JSON; `check` gives what is kept of it, or raises."""

    def read(said: str, book: Book) -> Any:
        try:
            return check(json.loads(said))
        except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError) as error:
            raise Wrong("It is not what this column holds.") from error

    return read


# ── numbers, days ─────────────────────────────────────────────────────────────────────────────────


def amount(*, above: Decimal | None = None, zero: bool = False, empty: bool = False, exact: bool = False) -> Reads:
    """A plain decimal; `above` bounds it from below, itself included where `zero` may be; `exact` takes four decimals
    whatever the currency."""

    def read(said: str, book: Book) -> Decimal | None:
        if empty and not said:
            return None
        found = AMOUNT.fullmatch(said)
        if not found or not said.isascii():
            raise Wrong("It is not an amount like 12.50.")
        decimals = ALL_DECIMALS if exact else book.decimals
        if len((found[1] or "").rstrip("0")) > decimals:
            raise Wrong("It has more decimals than the currency of the household.")
        value = Decimal(said)
        if not zero and not value:
            raise Wrong("It is zero.")
        if abs(value) > LARGEST or (above is not None and value < above):
            least = format_amount(-LARGEST if above is None else above, 0)
            raise Wrong(f"It lies outside {least} to {format_amount(LARGEST, 0)}.")
        return value

    return read


def number(least: int = 0, most: int = LARGEST_NUMBER, *, empty: bool = False) -> Reads:
    def read(said: str, book: Book) -> int | None:
        if empty and not said:
            return None
        if not re.fullmatch(r"-?[0-9]{1,19}", said, re.ASCII):
            raise Wrong("It is not a whole number.")
        if not least <= int(said) <= most:
            raise Wrong(f"It lies outside {least:,} to {most:,}.")
        return int(said)

    return read


def day(*, empty: bool = False) -> Reads:
    def read(said: str, book: Book) -> dt.date | None:
        if empty and not said:
            return None
        try:
            found = dt.date.fromisoformat(said) if re.fullmatch(r"\d{4}-\d\d-\d\d", said, re.ASCII) else None
        except ValueError:
            found = None
        if found is None:
            raise Wrong("It is not a date like 2026-11-22.")
        if not FIRST_DAY <= found <= LAST_DAY:
            raise Wrong("It is not a date between 1900 and 2200.")
        return found

    return read


def moment(*, empty: bool = False) -> Reads:
    def read(said: str, book: Book) -> dt.datetime | None:
        if empty and not said:
            return None
        try:
            clock = dt.datetime.fromisoformat(said)
            found = clock.astimezone(dt.UTC) if clock.tzinfo else None  # without a zone it is no moment
        except (ValueError, OverflowError):
            found = None
        if found is None:
            raise Wrong("It is not a moment like 2026-11-22T08:30:00+00:00.")
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise Wrong("It is not a moment between 1900 and 2200.")
        return found

    return read


def month(*, empty: bool = False) -> Reads:
    def read(said: str, book: Book) -> Month | None:
        if empty and not said:
            return None
        try:
            return Month.parse(said)
        except ValueError as error:
            raise Wrong("It is not a month like 2026-11, between 1900 and 2200.") from error

    return read


def flag(said: str, book: Book) -> bool:
    if said not in ("yes", "no"):
        raise Wrong("It is neither yes nor no.")
    return said == "yes"


# ── what names something else ─────────────────────────────────────────────────────────────────────


def named(table: str, *, empty: bool = False) -> Reads:
    """A row of a table by its name; gives its id here."""

    def read(said: str, book: Book) -> int | None:
        if empty and not said:
            return None
        found = book.names.get(table, {}).get(casefolded(said))
        if found is None:
            raise Wrong(f"{table}.csv has no row of this name.")
        return found

    return read


def numbered(table: str, *, empty: bool = True, gone: bool = False, later: bool = False) -> Reads:
    """A row of a table by its id; gives its id here. Empty is none, or with `gone` one that was deleted; with `later`
    the row may stand further down."""

    def read(said: str, book: Book) -> int | None:
        if not said and (empty or gone):
            return GONE if gone else None
        old = number_of_row(said, book)
        found = book.ids[table].find(old) if table in book.ids else None
        if found is None:
            if not later:
                raise Wrong(f"{table}.csv has no row of this id.")
            book.waiting.append(old)
        return found or old

    return read


number_of_row = number(1, LARGEST_ID)


def person(*, empty: bool = False) -> Reads:
    """An e-mail address; gives the id of a member here."""

    def read(said: str, book: Book) -> int | None:
        if empty and not said:
            return None
        return book.user(email(said, book))

    return read


email = fitting(r"[^\s@]{1,200}@[^\s@]{1,253}", "an e-mail address")


def one_of_many(names: Collection[str], words: str) -> Reads:
    """One of more than a fault can name; `words` say what it is."""

    def read(said: str, book: Book) -> str:
        if said not in names:
            raise Wrong(f"It is not {words}.")
        return said

    return read
