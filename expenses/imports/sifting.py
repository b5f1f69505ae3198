"""What the pages of an import show of its rows: one pile, and of that what somebody wants to see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode

from django.db.models import Count, Q, Subquery
from django.http import QueryDict

from expenses.imports.choosing import Tally
from expenses.imports.models import Import, ImportRow, ImportRowQuerySet
from expenses.imports.states import BY_ANSWER, COUNTING, SPENDING, Kind, Pile, Question
from expenses.ledger.models import PaymentMethod
from expenses.shared.money import ZERO
from expenses.shared.text import normalised, without_controls

if TYPE_CHECKING:
    from expenses.people.models import Household

PAGE = 100  # rows on one page
MOST_PAGES = 10_000  # more than a file may have
LONGEST_TEXT = 100

PILES = {"new": Pile.NEW, "here": Pile.HERE, "unreadable": Pile.UNREADABLE}
PILE_WORDS = {"new": "New", "here": "Already here", "unreadable": "Cannot be read"}
# The same when it was taken in.
OUTCOMES = {
    "in": Pile.IMPORTED,
    "joined": Pile.MERGED,
    "left": Pile.LEFT_OUT,
    "here": Pile.HERE,
    "unreadable": Pile.UNREADABLE,
}
OUTCOME_WORDS = {
    "in": "Taken in",
    "joined": "Joined",
    "left": "Left out",
    "here": "Here already",
    "unreadable": "Could not be read",
}

ASKED, WAITS_OR_SAID = Q(kind=Kind.ASK), Q(kind__in=BY_ANSWER)
LIKELY = ImportRow.asks(Question.SAME) | ImportRow.asks(Question.SETTLE)
# What one answer is given to at once. What has a part in a move that was taken in before is removed from the budget by
# a yes, so that each of these is answered by itself.
ANSWERED_AT_ONCE = {
    "likely": ASKED & LIKELY,
    "changed": ASKED & ImportRow.asks(Question.CHANGED),
    "moves": ASKED & ImportRow.asks(Question.MOVE) & ~Q(counterpart__state=Pile.IMPORTED),
}
MISSING = Q(kind__in=SPENDING, category=None)
# What may be shown of the new rows, by its name in the URL.
KINDS_OF_ROW = {
    "": Q(),
    "decide": ASKED | MISSING,
    "out": Q(amount__lt=ZERO),
    "in": Q(amount__gt=ZERO),
    "same": WAITS_OR_SAID & LIKELY,
    "changed": WAITS_OR_SAID & ImportRow.asks(Question.CHANGED),
    "moves": WAITS_OR_SAID & ImportRow.asks(Question.MOVE),
    "left": Q(kind=Kind.LEAVE_OUT),
}
WORDS = {
    "": "All",
    "decide": "To decide",
    "out": "Money out",
    "in": "Money in",
    "same": "Likely the same",
    "changed": "Changed",
    "moves": "Moves",
    "left": "Left out",
}


class NoSuchPage(Exception):
    """The address names what there is none of."""


@dataclass(frozen=True)
class Sieve:
    """What of an import is shown, as the URL says it. `pile` is empty where nothing was chosen."""

    pile: str = ""
    what: str = ""
    text: str = ""
    category: int | None = None
    method: int | None = None
    page: int = 1

    @classmethod
    def of(cls, query: QueryDict, piles: Mapping[str, Pile] = PILES) -> Self:
        """`piles` are those that there may be. Raises `NoSuchPage` for what no link of ours says."""
        pile, what = query.get("pile", ""), query.get("what", "")
        if (pile and pile not in piles) or what not in KINDS_OF_ROW:
            raise NoSuchPage("There is no such pile.")
        text = " ".join(without_controls(query.get("q", "")).split())[:LONGEST_TEXT]
        category, method, page = (_number(query.get(name, "")) for name in ("category", "method", "page"))
        if page and page > MOST_PAGES:
            raise NoSuchPage("There is no such page.")
        return cls(pile, what, text, category, method, page or 1)

    @property
    def state(self) -> Pile:
        return (OUTCOMES | PILES)[self.pile or "new"]

    @property
    def narrows(self) -> bool:
        """Whether it says more than a pile and the kind of row."""
        return bool(self.text or self.category or self.method)

    @cached_property
    def narrowing(self) -> Q:
        """What rows of any pile have to be, beside the kind of row."""
        found = Q()
        if self.text:
            found &= (
                Q(description__icontains=self.text)
                | Q(memo__icontains=self.text)
                | Q(look__contains=normalised(self.text))  # SQLite's LIKE folds ASCII only
                | Q(state=Pile.UNREADABLE, raw__icontains=self.text)
            )
        if self.category:
            found &= Q(category=self.category)
        if self.method:
            found &= Q(payment_method=self.method)
        return found

    def narrowed(self, source: Import) -> ImportRowQuerySet:
        """Rows of its pile, whatever kind they are of."""
        return source.rows.filter(self.narrowing, state=self.state)

    def rows(self, source: Import) -> ImportRowQuerySet:
        """All rows that it shows, on whatever page."""
        found = self.narrowed(source)
        return found.filter(KINDS_OF_ROW[self.what]) if self.state == Pile.NEW else found

    def asked_at_once(self, source: Import, name: str) -> ImportRowQuerySet:
        """The rows that one answer is given to, of what is looked for."""
        return self.narrowed(source).filter(ANSWERED_AT_ONCE[name], state=Pile.NEW)

    def query(self, **changes: Any) -> str:
        """The URL's query of this, with changes; from its first page on where nothing else is said."""
        other = replace(self, **{"page": 1} | changes)
        said = {
            "pile": other.pile,
            "what": other.what,
            "q": other.text,
            "category": other.category,
            "method": other.method,
            "page": other.page if other.page > 1 else "",
        }
        return urlencode({name: value for name, value in said.items() if value})

    @property
    def here(self) -> str:
        """The query of the very page."""
        return self.query(page=self.page)


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19 and int(text)):
        raise NoSuchPage("There is no such page.")
    return int(text)


@dataclass(frozen=True)
class Counts:
    """How many rows there are of each kind, in one query: those of the piles without, the others with what narrows."""

    tally: Tally
    kinds: dict[str, int]  # of the new rows that are narrowed to, by the name in the URL
    asks: dict[str, int]  # of these, those that one answer may be given to at once
    missing: int  # of those shown, the ones without a category
    deciding: int  # of those shown, the ones that nobody has to be asked about
    narrowed: int  # rows of the pile that the URL names

    @classmethod
    def of(cls, source: Import, sieve: Sieve) -> Self:
        new = Q(state=Pile.NEW) & sieve.narrowing
        shown = new & KINDS_OF_ROW[sieve.what]
        asks = {f"kind_{name}": new & of_kind for name, of_kind in KINDS_OF_ROW.items()}
        asks |= {f"asks_{name}": new & rows for name, rows in ANSWERED_AT_ONCE.items()}
        asks |= {
            "shown_missing": shown & MISSING,
            "shown_decided": shown & ~WAITS_OR_SAID,
            "narrowed": Q(state=sieve.state) & sieve.narrowing,
        }
        found = Tally.found(source, **{name: Count("id", filter=rows) for name, rows in asks.items()})
        ours = {name: found.pop(name) for name in asks}
        kinds = {name: ours[f"kind_{name}"] for name in KINDS_OF_ROW}
        return cls(
            Tally.told(found),
            kinds,
            {name: ours[f"asks_{name}"] for name in ANSWERED_AT_ONCE},
            ours["shown_missing"],
            ours["shown_decided"],
            ours["narrowed"],
        )

    def shown(self, sieve: Sieve) -> int:
        """How many rows are shown on all pages. Without a pile in the URL they may be of another one than was counted,
        but then nothing narrows."""
        if sieve.state == Pile.NEW:
            return self.kinds[sieve.what]
        of_pile = self.tally.here if sieve.state == Pile.HERE else self.tally.unreadable
        return self.narrowed if sieve.narrows else of_pile


def outcomes(source: Import, sieve: Sieve) -> tuple[dict[str, int], int]:
    """(how many rows there are of each outcome, by its name in the URL; how many of the named one are narrowed to), in
    one query."""
    counts = {name: Count("id", filter=Q(state=pile)) for name, pile in OUTCOMES.items()}
    shown = Count("id", filter=Q(state=sieve.state) & sieve.narrowing)
    found = source.rows.order_by().aggregate(**counts, shown=shown)
    narrowed = found.pop("shown")
    return found, narrowed


def methods(source: Import) -> list[PaymentMethod]:
    """The accounts and cards that its rows are of, where there are several."""
    several = len(source.methods) > 1
    return list(source.household.payment_methods.filter(pk__in=source.methods)) if several else []


@dataclass(frozen=True)
class Page:
    """A hundred of what is shown, with the ways to those before and after."""

    rows: Sequence[Any]
    number: int
    count: int
    before: str = ""
    after: str = ""

    @property
    def last(self) -> int:
        return max(1, -(-self.count // PAGE))

    @property
    def first_row(self) -> int:
        return (self.number - 1) * PAGE + 1

    @property
    def last_row(self) -> int:
        return min(self.number * PAGE, self.count)

    @classmethod
    def of(cls, source: Import, sieve: Sieve, count: int) -> Self:
        number = min(sieve.page, max(1, -(-count // PAGE)))
        start = (number - 1) * PAGE
        before = f"?{sieve.query(page=number - 1)}" if start else ""
        after = f"?{sieve.query(page=number + 1)}" if start + PAGE < count else ""
        if not count:
            return cls([], number, count)
        rows = sieve.rows(source)
        if start:  # from the page's first row on, so that what a row shows is joined to none that are passed over
            rows = rows.filter(position__gte=Subquery(rows.in_order().values("position")[start : start + 1]))
        return cls(shown(source, sieve.state, rows), number, count, before, after)


def page_of_imports(household: "Household", query: QueryDict) -> Page:
    """The imports of a household, the newest first. Raises `NoSuchPage`."""
    count = household.imports.count()
    number = min(_number(query.get("page", "")) or 1, max(1, -(-count // PAGE)))
    start = (number - 1) * PAGE
    rows = list(household.imports.for_list().newest_first()[start : start + PAGE])
    before = f"?page={number - 1}" if start else ""
    return Page(rows, number, count, before, f"?page={number + 1}" if start + PAGE < count else "")


def shown(source: Import, pile: Pile, rows: ImportRowQuerySet) -> list[ImportRow]:
    """The first page of these rows of a pile, with what a line shows."""
    if pile == Pile.HERE:
        return list(rows.with_twins()[:PAGE])
    if pile == Pile.UNREADABLE:
        return list(rows.unreadable()[:PAGE])
    if pile in COUNTING:
        return _decided(source, rows.decided()[:PAGE])
    found = list(rows.to_check()[:PAGE])
    _count_alike(source, found)
    return found


def _decided(source: Import, rows: ImportRowQuerySet) -> list[ImportRow]:
    found = list(rows)
    for row in found:
        row.is_edited = row.state == Pile.IMPORTED and row.was_edited(source.household.decimals)
    return found


def _count_alike(source: Import, rows: Sequence[ImportRow]) -> None:
    """How many others look like each, where that is offered: of what somebody decided."""
    offering = [row for row in rows if row.may_be_applied]
    looks = {row.look for row in offering}
    alike = source.rows.new().filter(look__in=looks).order_by().values_list("look")
    counts = dict(alike.annotate(Count("id"))) if looks else {}
    for row in rows:
        row.alike = counts.get(row.look, 1) - 1 if row.may_be_applied else 0
