"""Which rows of a statement are here already, and which are likely to be. Pure: rows and known keys in, answers out.

A file is taken to hold all rows of each day that it touches. So equal rows are counted: where a file has three and
two are known, one is new. The same file again adds nothing, files that overlap add only the surplus, and two equal
coffees on one day stay two.
"""

import datetime as dt
import hashlib
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count

from expenses.shared.text import normalised

NEAR_DAYS = 7  # a bank books a purchase up to so many days after it was written down by hand
# What banks write where they have no id.
_NO_ID = {"", "-", "none", "null", "n/a", "na", "nonref", "notprovided", "not provided"}


# ── keys ──────────────────────────────────────────────────────────────────────────────────────────


def fingerprint(method: int | str, date: dt.date, amount: Decimal, text: str, bank_id: str = "") -> str:
    """The key of a row: payment method, day, amount and the bank's id, else the bank's text. Hexadecimal SHA-256.

    Banks use an id again ("0", a mandate's number), so that the day and the amount stand beside it.
    """
    id_text = normalised(bank_id)
    has_id = id_text not in _NO_ID and bool(id_text.strip("0"))
    return _hash(method, date, amount, *(("id", id_text) if has_id else ("text", normalised(text))))


def line_key(method: int | str, date: dt.date, amount: Decimal, raw: str) -> str:
    """The key of the whole line as it stands in the file, whatever its columns were read as."""
    return _hash(method, date, amount, "line", normalised(raw))


def _hash(method: int | str, date: dt.date, amount: Decimal, kind: str, text: str) -> str:
    said = "\x1f".join([str(method), date.isoformat(), f"{amount.normalize():f}", kind, text])
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


# ── here already ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file. `is_another`: the person says that it is none of those known."""

    fingerprint: str
    line_key: str
    is_another: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """A row that counts in the household: the `occurrence`-th of its key, from 1."""

    fingerprint: str
    line_key: str
    occurrence: int
    pk: int


@dataclass(frozen=True, slots=True)
class Match:
    """A row that is here already has its `twin`; a new one has the number it will count under."""

    occurrence: int
    twin: int | None = None


def match(rows: Sequence[Row], known: Iterable[Known]) -> list[Match]:
    """What becomes of each row of one file; each known row is the twin of one at most.

    A row whose key is not known may still be known by its whole line: the same file read with other columns.
    """
    found = sorted(known, key=lambda row: (row.occurrence, row.pk))
    matches = _by_fingerprint(rows, found)
    _by_line(rows, found, matches)
    taken: dict[str, set[int]] = defaultdict(set)
    for one in found:
        taken[one.fingerprint].add(one.occurrence)
    last: dict[str, int] = {}
    for at, row in enumerate(rows):
        if at not in matches:
            after = last.get(row.fingerprint, 0) + 1
            last[row.fingerprint] = next(n for n in count(after) if n not in taken.get(row.fingerprint, ()))
            matches[at] = Match(last[row.fingerprint])
    return [matches[at] for at in range(len(rows))]


def _by_fingerprint(rows: Sequence[Row], known: Sequence[Known]) -> dict[int, Match]:
    waiting: dict[str, deque[Known]] = defaultdict(deque)
    for one in known:
        waiting[one.fingerprint].append(one)
    matches = {}
    for at, row in enumerate(rows):
        if not row.is_another and (twins := waiting.get(row.fingerprint)):
            twin = twins.popleft()
            matches[at] = Match(twin.occurrence, twin.pk)
    return matches


def _by_line(rows: Sequence[Row], known: Sequence[Known], matches: dict[int, Match]) -> None:
    claimed = {match.twin for match in matches.values()}
    waiting: dict[str, deque[Known]] = defaultdict(deque)
    for one in known:
        if one.pk not in claimed:
            waiting[one.line_key].append(one)
    for at, row in enumerate(rows):
        if at not in matches and not row.is_another and (twins := waiting.get(row.line_key)):
            twin = twins.popleft()
            matches[at] = Match(twin.occurrence, twin.pk)


# ── likely the same ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Spending:
    """A new row, as what it would be written down as: `amount` positive for money out."""

    date: dt.date
    amount: Decimal
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """An expense that a row of this kind may stand for. With `only_text` it must be of that day and that text: it
    came from the statement of another payment method, and may have been read under the wrong one."""

    pk: int
    date: dt.date
    amount: Decimal
    only_text: str | None = None


def likely(rows: Sequence[Spending], candidates: Iterable[Candidate]) -> dict[int, int]:
    """Which expense each row is likely to be, by the row's place: of the same amount, within seven days, the nearest
    day first over all rows, so that a good match is not lost to a weak one. Each expense is claimed once."""
    by_day: dict[tuple[Decimal, dt.date], deque[int]] = defaultdict(deque)
    by_text: dict[tuple[Decimal, dt.date, str], deque[int]] = defaultdict(deque)
    for candidate in sorted(candidates, key=lambda c: c.pk):
        if candidate.only_text is None:
            by_day[candidate.amount, candidate.date].append(candidate.pk)
        else:
            by_text[candidate.amount, candidate.date, normalised(candidate.only_text)].append(candidate.pk)
    found: dict[int, int] = {}
    for at, row in enumerate(rows if by_text else ()):
        if expenses := by_text.get((row.amount, row.date, normalised(row.text))):
            found[at] = expenses.popleft()
    for days in range(NEAR_DAYS + 1 if by_day else 0):
        for at, row in enumerate(rows):
            if at not in found and (pk := _nearest(by_day, row, days)):
                found[at] = pk
    return found


def _nearest(by_day: dict[tuple[Decimal, dt.date], deque[int]], row: Spending, days: int) -> int | None:
    for day in dict.fromkeys([-days, days]):
        if expenses := by_day.get((row.amount, row.date + dt.timedelta(days=day))):
            return expenses.popleft()
    return None
