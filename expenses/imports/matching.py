"""Which rows of a statement are here already, and which are likely to be. Pure: rows and known keys in, answers out.

A file is taken to hold all rows of each day that it touches. So equal rows are counted: where a file has three and
two are known, one is new. The same file again adds nothing, files that overlap add only the surplus, and two equal
coffees on one day stay two.
"""

import datetime as dt
import hashlib
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import NamedTuple, Protocol

from expenses.shared.text import normalised

NEAR_DAYS = 7  # a bank books a purchase up to so many days after it was written down by hand
MOVE_DAYS = 4  # what leaves one account is in the other one within so many
REFUND_DAYS = 180  # money comes back within so many
FEW_CHANGES = 3  # bookings of one file that a bank changes; with more, its ids mean something else
MOST_BOUGHT = 500  # purchases with one text that are looked through for the one that was refunded
# What banks write where they have no id.
_NO_ID = {"", "-", "none", "null", "n/a", "na", "nonref", "notprovided", "not provided"}


# ── keys ──────────────────────────────────────────────────────────────────────────────────────────


def fingerprint(method: int | str, date: dt.date, amount: Decimal, text: str, bank_id: str = "") -> str:
    """The key of a row: payment method, day, amount and the bank's id, else the bank's text. Hexadecimal SHA-256.

    Banks use an id again ("0", a mandate's number), so that the day and the amount stand beside it.
    """
    kind, said = ("id", bank_id) if is_id(bank_id) else ("text", text)
    return _hash(method, date, amount, kind, normalised(said))


def is_id(bank_id: str) -> bool:
    """Whether this is an id, and not what banks write where they have none."""
    text = normalised(bank_id)
    return text not in _NO_ID and bool(text.strip("0"))


def line_key(method: int | str, date: dt.date, amount: Decimal, raw: str) -> str:
    """The key of the whole line as it stands in the file, whatever its columns were read as."""
    return _hash(method, date, amount, "line", normalised(raw))


def _hash(method: int | str, date: dt.date, amount: Decimal, kind: str, text: str) -> str:
    said = "\x1f".join([str(method), date.isoformat(), f"{amount.normalize():f}", kind, text])
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


# ── here already ──────────────────────────────────────────────────────────────────────────────────


class Row(Protocol):
    """A row of the file. `is_another`: the person says that it is none of those known."""

    @property
    def fingerprint(self) -> str: ...
    @property
    def line_key(self) -> str: ...
    @property
    def is_another(self) -> bool: ...


class Known(NamedTuple):
    """A row that counts in the household: the `occurrence`-th of its key, from 1."""

    fingerprint: str
    line_key: str
    occurrence: int
    pk: int


class Match(NamedTuple):
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
            after, others = last.get(row.fingerprint, 0) + 1, taken.get(row.fingerprint)
            last[row.fingerprint] = next(n for n in count(after) if n not in others) if others else after
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


# ── changed ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Booking:
    """A row with a bank's id. `is_here`: it counts already, as it stands."""

    method: int
    bank_id: str
    date: dt.date
    amount: Decimal
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class Booked:
    """A row that counts under a bank's id and that no other has replaced."""

    pk: int
    method: int
    bank_id: str
    date: dt.date
    amount: Decimal


def changed(rows: Sequence[Booking], booked: Iterable[Booked]) -> dict[int, int]:
    """Which known row each row of a file gives another day or amount, by the row's place.

    An id that stands several times in the file, or counts several times, is no id. Nor are those of a bank that has
    most of them come back otherwise: it counts its bookings from one in each statement.
    """
    times = Counter((row.method, normalised(row.bank_id)) for row in rows)
    known: dict[tuple[int, str], list[Booked]] = defaultdict(list)
    for one in booked:
        known[one.method, normalised(one.bank_id)].append(one)
    found: dict[int, dict[int, int]] = defaultdict(dict)
    same: Counter[int] = Counter()
    for at, row in enumerate(rows):
        if row.is_here:
            same[row.method] += 1
            continue
        key = row.method, normalised(row.bank_id)
        if not is_id(row.bank_id) or times[key] > 1 or len(known.get(key, ())) != 1:
            continue
        [was] = known[key]
        differs = (was.date, was.amount) != (row.date, row.amount)
        if differs and (was.amount < 0) == (row.amount < 0):
            found[row.method][at] = was.pk
    return {
        at: pk
        for method, changes in found.items()
        if len(changes) <= max(FEW_CHANGES, same[method])
        for at, pk in changes.items()
    }


# ── likely the same ───────────────────────────────────────────────────────────────────────────────


# A payment method, and whether its file has the bank's ids: rows with keys of one kind are told by these.
Source = tuple[int, bool]
NOWHERE: Source = (0, False)


class Spending(NamedTuple):
    """A new row, as what it would be written down as: `amount` positive for money out."""

    date: dt.date
    amount: Decimal
    text: str
    source: Source = NOWHERE


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a row may stand for: an expense, say. `text` is what it is called, `held` whose statements it is in."""

    pk: int
    date: dt.date
    amount: Decimal
    text: str = ""
    held: frozenset[Source] = frozenset()

    def nears(self, source: Source) -> bool:
        """Whether a row of this source may be it though the days differ: nobody's statement has it, or only one of
        this method with keys of the other kind."""
        method, has_ids = source
        return not self.held or (source not in self.held and (method, not has_ids) in self.held)

    def equals(self, source: Source) -> bool:
        """Whether a row of this source may be it on that day with that text: it is in the statement of another
        method, and may have been read under the wrong one."""
        return bool(self.held) and all(method != source[0] for method, _ in self.held)


def likely(rows: Sequence[Spending], candidates: Iterable[Candidate]) -> dict[int, int]:
    """What each row is likely to be, by the row's place: of the same amount, within seven days, the nearest day first
    over all rows, so that a good match is not lost to a weak one. Each candidate is claimed once."""
    sources = {row.source for row in rows}
    # The oldest of each day last, where it is taken from: a deque of one takes seven times the room.
    by_day: dict[tuple[Source, Decimal], dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    by_text: dict[tuple[Source, Decimal, dt.date, str], list[int]] = defaultdict(list)
    for candidate in sorted(candidates, key=lambda c: c.pk, reverse=True):
        for source in sources:
            if candidate.nears(source):
                by_day[source, candidate.amount][candidate.date.toordinal()].append(candidate.pk)
            elif candidate.equals(source):
                key = source, candidate.amount, candidate.date, normalised(candidate.text)
                by_text[key].append(candidate.pk)
    found: dict[int, int] = {}
    claimed: set[int] = set()
    for at, row in enumerate(rows if by_text else ()):
        pk = _unclaimed(by_text.get((row.source, row.amount, row.date, normalised(row.text))), claimed)
        if pk is not None:
            found[at] = pk
    asked = [
        (at, row.date.toordinal(), waiting)
        for at, row in enumerate(rows)
        if (waiting := by_day.get((row.source, row.amount)))
    ]
    for days in range(NEAR_DAYS + 1):
        for at, day, waiting in asked:
            if at not in found and (pk := _nearest(waiting, day, days, claimed)) is not None:
                found[at] = pk
    return found


def _nearest(waiting: dict[int, list[int]], day: int, days: int, claimed: set[int]) -> int | None:
    """The next that nobody has claimed so many days before, else after; it is claimed then."""
    before = _unclaimed(waiting.get(day - days), claimed)
    return _unclaimed(waiting.get(day + days), claimed) if before is None else before


def _unclaimed(waiting: list[int] | None, claimed: set[int]) -> int | None:
    """The next that nobody has claimed, which is claimed then."""
    while waiting:
        pk = waiting.pop()
        if pk not in claimed:
            claimed.add(pk)
            return pk
    return None


# ── moves between own accounts ────────────────────────────────────────────────────────────────────


class End(NamedTuple):
    """A row that may be one end of a move; `is_new`: it is of the file, and not one that counts already."""

    method: int
    date: dt.date
    amount: Decimal
    is_new: bool = True


# Money in of one amount: whether it is new and its day, as an ordinal → method → places.
_Into = dict[tuple[bool, int], dict[int, deque[int]]]


def moves(ends: Sequence[End]) -> list[tuple[int, int]]:
    """Pairs of places, money out first: the same amount out of one method and into another, within four days, the
    nearest first; each end is in one pair, and one of the two at least is new."""
    into: dict[Decimal, _Into] = defaultdict(lambda: defaultdict(lambda: defaultdict(deque)))
    for at, end in enumerate(ends):
        if end.amount > 0:
            into[end.amount][end.is_new, end.date.toordinal()][end.method].append(at)
    out = [
        (at, end, end.date.toordinal(), waiting)
        for at, end in enumerate(ends)
        if end.amount < 0 and (waiting := into.get(-end.amount))
    ]
    pairs: dict[int, int] = {}
    for days in range(MOVE_DAYS + 1):
        for new_out, new_in in ((True, True), (True, False), (False, True)):
            for at, end, day, waiting in out:
                if at in pairs or end.is_new != new_out:
                    continue
                other = _of_another(waiting.get((new_in, day + days)), end.method)
                if other is None:
                    other = _of_another(waiting.get((new_in, day - days)), end.method)
                if other is not None:
                    pairs[at] = other
    return sorted(pairs.items())


def _of_another(waiting: dict[int, deque[int]] | None, method: int) -> int | None:
    """The first end of another method, taken out."""
    if not waiting:
        return None
    found = [places for of, places in waiting.items() if of != method and places]
    return min(found, key=lambda places: places[0]).popleft() if found else None


# ── money back ────────────────────────────────────────────────────────────────────────────────────


class Back(NamedTuple):
    """Money in, positive; `texts` are what it goes by."""

    date: dt.date
    amount: Decimal
    texts: tuple[Hashable, ...]


class Bought(Protocol):
    """Money that was spent and has not come back; `amount` is positive."""

    @property
    def date(self) -> dt.date: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def texts(self) -> tuple[Hashable, ...]: ...


def refunded(rows: Sequence[Back], bought: Sequence[Bought]) -> dict[int, int]:
    """Which purchase each row takes back, by the places of both: with a text in common, not later and at most 180 days
    before, of that amount, else the only one that is not smaller. None where several may be. Each is taken back once.
    """
    purchases = _Purchases(rows, bought)
    found: dict[int, int] = {}
    taken: set[int] = set()
    for fitting in (purchases.of_amount, purchases.not_smaller):  # the very amount is not lost to a row of another one
        for at, row in enumerate(rows):
            if at not in found:
                place = _only(place for place in fitting(row) if place not in taken)
                if place is not None:
                    found[at] = place
                    taken.add(place)
    return found


class _Purchases:
    """Places of what was bought, the earliest day first, by the texts that the rows go by."""

    def __init__(self, rows: Sequence[Back], bought: Sequence[Bought]) -> None:
        self.bought = bought
        self.by_text: dict[Hashable, list[int]] = {text: [] for row in rows for text in row.texts}
        self.by_amount: dict[tuple[Hashable, Decimal], list[int]] = {
            (text, row.amount): [] for row in rows for text in row.texts
        }
        for place in sorted(range(len(bought)), key=lambda place: bought[place].date):
            for text in dict.fromkeys(bought[place].texts):
                if text in self.by_text:
                    self.by_text[text].append(place)
                    if (text, bought[place].amount) in self.by_amount:
                        self.by_amount[text, bought[place].amount].append(place)
        self.days = {text: [bought[place].date for place in places] for text, places in self.by_text.items()}

    def of_amount(self, row: Back) -> Iterator[int]:
        first_day = row.date - dt.timedelta(days=REFUND_DAYS)
        for text in self._within(row):
            for place in self.by_amount[text, row.amount]:
                if first_day <= self.bought[place].date <= row.date:
                    yield place

    def not_smaller(self, row: Back) -> Iterator[int]:
        for text, (first, last) in self._within(row).items():
            for place in self.by_text[text][first:last]:
                if self.bought[place].amount >= row.amount:
                    yield place

    def _within(self, row: Back) -> dict[Hashable, tuple[int, int]]:
        """From where to where its days reach among those of each text; of no text where they are too many to tell."""
        first_day = row.date - dt.timedelta(days=REFUND_DAYS)
        found = {
            text: (bisect_left(self.days[text], first_day), bisect_right(self.days[text], row.date))
            for text in row.texts
        }
        return found if all(last - first <= MOST_BOUGHT for first, last in found.values()) else {}


def _only(places: Iterable[int]) -> int | None:
    """The one place that there is, however often; None where there are others."""
    first = None
    for place in places:
        if first is None:
            first = place
        elif place != first:
            return None
    return first
