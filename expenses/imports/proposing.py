"""What each row is likely to be: here already, an expense of some category, money back, income, or none of these."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Count

from expenses.imports import matching
from expenses.imports.asking import Pairs, ask
from expenses.imports.ruling import book, subject_of
from expenses.imports.statements import NATURES
from expenses.imports.states import TAKEN, UNINDEXED, Kind, Pile, State, chunks
from expenses.shared.money import ZERO
from expenses.shared.text import casefolded, folded

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from expenses.imports.models import Import, ImportRow, ImportRowQuerySet
    from expenses.people.models import Household

AT_ONCE = 10_000  # rows fetched
SAID = "As you said of its category in the file"


class Standing(NamedTuple):
    """Of a row, what decides whether it is here already or changed, and what was found the last time."""

    pk: int
    date: dt.date | None
    fingerprint: str
    line_key: str
    is_another: bool
    state: str
    twin_id: int | None
    occurrence: int
    payment_method_id: int | None
    bank_id: str
    amount: Decimal | None


def rematched(source: "Import", rows: "Sequence[ImportRow | Standing]") -> dict[int, matching.Match]:
    """Which rows are here already, and which are new, where that was otherwise the last time: by the row's place."""
    if not rows:
        return {}
    days = [row.date for row in rows if row.date]
    counting = source.household.import_rows.counting()
    of_method = counting.filter(payment_method__in=source.methods, date__range=(min(days), max(days)))
    matches = matching.match(rows, list(_known(of_method, rows)) if of_method.exists() else [])
    return {
        at: match
        for at, (row, match) in enumerate(zip(rows, matches, strict=True))
        if (row.state == Pile.HERE, row.twin_id, row.occurrence) != (bool(match.twin), match.twin, match.occurrence)
    }


def _known(counting: "ImportRowQuerySet", rows: "Sequence[ImportRow | Standing]") -> Iterator[matching.Known]:
    """Those that have the key of one of these rows: of a million others, none is kept."""
    fingerprints, lines = {row.fingerprint for row in rows}, {row.line_key for row in rows}
    values = counting.order_by().values_list("fingerprint", "line_key", "occurrence", "pk")
    for value in values.iterator(chunk_size=AT_ONCE):
        if value[0] in fingerprints or value[1] in lines:
            yield matching.Known(*value)


Place = tuple[int, str, int]  # line, text, and the n-th row of these: a row that falls into parts is several


def places(lines: Iterable[tuple[int, str]]) -> Iterator[Place]:
    """Where each row stands, from the lines and texts of all in their order."""
    nth: Counter[tuple[int, str]] = Counter()
    for line, raw in lines:
        nth[line, raw] += 1
        yield line, raw, nth[line, raw]


def propose(source: "Import", rows: Sequence["ImportRow"], before: Mapping[Place, "ImportRow"]) -> Pairs:
    """Put rows read just now in their piles, with a proposal each; `before` are those of the last reading of which the
    person has said something. Gives the ends of moves, to be joined when the rows are written."""
    readable = [row for row in rows if row.state != Pile.UNREADABLE]
    said = {}
    if before:
        stand = places((row.line, row.raw) for row in rows)
        said = {id(row): before[place] for row, place in zip(rows, stand, strict=True) if place in before}
    for row in readable:
        if was := said.get(id(row)):
            row.is_another = was.is_another
    for at, match in rematched(source, readable).items():
        readable[at].stand(match)
    fresh = [row for row in readable if row.state == Pile.NEW]
    for row in fresh:
        if was := said.get(id(row)):
            _choose_as_before(row, was)
    propose_kinds(source, fresh)
    pairs = ask(source, fresh, readable)
    source.summary["looked"] = committed_since(source)
    source.save(update_fields=["summary"])
    return pairs


def _choose_as_before(row: "ImportRow", was: "ImportRow") -> None:
    row.denied = was.denied
    if was.is_chosen and was.kind in (*TAKEN, Kind.LEAVE_OUT) and was.amount is not None and row.amount is not None:
        row.kind = was.kind if was.kind in (*row.kinds, Kind.LEAVE_OUT) else row.natural_kind
        row.category_id = None if row.kind == Kind.INCOME else was.category_id
        row.recurring_id, row.nominal_on = was.recurring_id, was.nominal_on
        row.is_chosen, row.reason = True, "Your choice"


def committed_since(source: "Import") -> str:
    """What tells whether another import was taken in or taken back since the last look."""
    states = source.household.imports.order_by().values_list("state").annotate(Count("id"))
    times: dict[str, int] = dict(states.filter(state__in=(State.COMMITTED, State.REVERTED)))
    return f"{times.get(State.COMMITTED, 0)} {times.get(State.REVERTED, 0)}"


def propose_kinds(source: "Import", rows: Sequence["ImportRow"]) -> None:
    """Say what the rows are to become, but for what the person has chosen."""
    history = _History.of(source, rows)
    spent_on = {row.look for row in rows if row.look and (row.amount or ZERO) < 0}
    known = {name for name in {row.file_category for row in rows} if name in history.said or history.has(name)}
    spent_in = _of_spending(rows, known)
    for row in rows:
        row.expense_id = row.income_id = row.counterpart_id = row.changes_id = None
        if row.is_chosen and row.kind in (*TAKEN, Kind.LEAVE_OUT):
            continue
        row.is_chosen, row.rule_id, row.refund_of_id = False, None, None
        row.recurring_id = row.nominal_on = None
        row.category_id, row.reason = history.category_of(row)
        row.kind = row.natural_kind
        if row.kind == Kind.INCOME:
            is_spent_on = row.look in spent_on or row.file_category in spent_in
            _propose_money_in(row, history, is_spent_on=is_spent_on)
        if row.nature:
            row.kind, row.reason = Kind.LEAVE_OUT, NATURES[row.nature]
    _follow_rules(source, rows)


def _of_spending(rows: Sequence["ImportRow"], names: Collection[str]) -> set[str]:
    """Which of these categories of the file are of spending."""
    amounts: dict[str, list[Decimal]] = {}
    for row in rows:
        if row.file_category in names:
            amounts.setdefault(row.file_category, []).append(row.amount or ZERO)
    return {
        name
        for name, found in amounts.items()
        if is_of_spending(sum(a < 0 for a in found), sum(a > 0 for a in found), sum(found, start=ZERO))
    }


def is_of_spending(out: int, into: int, total: Decimal) -> bool:
    """Whether rows of one category are spending with a refund among it, not income with a correction."""
    return out > into or (out == into and total < 0)


def _follow_rules(source: "Import", rows: Sequence["ImportRow"]) -> None:
    """The household's own word goes before all other proposals."""
    rules = book(source.household)
    for row in rows if rules.rules else ():
        if row.is_chosen:
            continue
        decision = rules.decide(subject_of(row))
        if decision is not None:
            row.follow(decision)


def _propose_money_in(row: "ImportRow", history: "_History", *, is_spent_on: bool) -> None:
    """What its text was taken for most often; a refund where money was spent on it; else income."""
    kind, row.reason = history.money_in_of(row)
    if not kind and (is_spent_on or history.knows(row)):
        kind = Kind.REFUND
    row.kind = kind or Kind.INCOME
    if row.kind == Kind.REFUND:
        row.reason = "Money back from where it was spent"
    else:
        row.category_id = None


@dataclass(frozen=True, slots=True)
class _History:
    """What texts like these were given before in this household."""

    by_look: Mapping[str, tuple[int, int]]  # look → category, times
    by_title: Mapping[str, tuple[int, int]]
    by_file: Mapping[str, tuple[int, int]]  # category as the file calls it → category, times
    by_name: Mapping[str, tuple[int, str]]  # casefolded name of a category → its id and name
    money_in: Mapping[str, Mapping[Kind, int]]  # look → what money in of it was taken for, and how often
    incomes: Mapping[str, int]  # title → how many incomes have it
    said: Mapping[str, int]  # category of the file → the one that it was taken for in this import

    @classmethod
    def of(cls, source: "Import", rows: Sequence["ImportRow"]) -> "_History":
        household = source.household
        active = {category.name_key: (category.pk, category.name) for category in household.categories.active()}
        offered = {pk for pk, _ in active.values()}
        taken = household.import_rows.filter(state__in=(Pile.IMPORTED, Pile.MERGED), expense__category__in=offered)
        by_look = most_often(taken, "look", {row.look for row in rows}, "expense__category")
        by_file = taken_for(household, {row.file_category for row in rows}, offered)
        keys = {title: folded(title) for title in {row.title for row in rows if row.description}}
        by_hand = most_often(household.expenses.filter(category__in=offered), "search_key", keys.values(), "category")
        by_title = {title: by_hand[key] for title, key in keys.items() if key in by_hand}
        into = [row for row in rows if (row.amount or ZERO) > 0]
        incomes = cls._incomes(source) if into else Counter()
        titled = {title: incomes[key] for title in {row.title for row in into} if (key := folded(title)) in incomes}
        said = {name: pk for name, pk in source.summary.get("categories", {}).items() if pk in offered}
        return cls(by_look, by_title, by_file, active, cls._money_in(source, into), titled, said)

    @staticmethod
    def _incomes(source: "Import") -> "Counter[str]":
        """How many incomes have a description, folded."""
        found: Counter[str] = Counter()
        described = source.household.incomes.order_by().values_list("description")
        for text, times in described.annotate(Count("id")):
            found[folded(text)] += times
        return found

    @staticmethod
    def _money_in(source: "Import", rows: Sequence["ImportRow"]) -> dict[str, dict[Kind, int]]:
        decided = source.household.import_rows.deciding().order_by()
        found: dict[str, dict[Kind, int]] = {}
        for chunk in chunks(sorted({row.look for row in rows if row.look})):
            counts = decided.filter(look__in=chunk).values_list("look")
            # A row that was left out became neither.
            for text, incomes, refunds, times in counts.annotate(Count("income"), Count("expense"), Count("id")):
                left_out = times - incomes - refunds
                found[text] = {Kind.INCOME: incomes, Kind.REFUND: refunds, Kind.LEAVE_OUT: left_out}
        return found

    def money_in_of(self, row: "ImportRow") -> tuple[Kind | None, str]:
        """(what money in of this text was taken for most often, why); None where nothing was decided on it."""
        times = dict(self.money_in.get(row.look, {}))
        times[Kind.INCOME] = max(times.get(Kind.INCOME, 0), self.incomes.get(row.title, 0))
        kind = max(times, key=lambda kind: times[kind])
        if not times[kind]:
            return None, "Money in"
        said = often(times[kind])
        return kind, f"Left out {said} before" if kind == Kind.LEAVE_OUT else f"Income {said} before"

    def category_of(self, row: "ImportRow") -> tuple[int | None, str]:
        """(category, why)."""
        if said := self.said.get(row.file_category):
            return said, SAID
        if named := self.by_name.get(casefolded(row.file_category)):
            return named[0], f"“{named[1]}” in the file"
        if found := self.by_file.get(row.file_category):
            return found[0], f"As “{row.file_category}” in the file {often(found[1])} before"
        if found := self.by_look.get(row.look) or self.by_title.get(row.title):
            return found[0], f"As {often(found[1])} before"
        return None, "Not seen before: choose"

    def has(self, name: str) -> bool:
        """Whether a category of ours is called so."""
        return casefolded(name) in self.by_name

    def knows(self, row: "ImportRow") -> bool:
        return row.look in self.by_look or row.title in self.by_title


def often(times: int) -> str:
    return {1: "once", 2: "twice"}.get(times) or f"{times:,} times"


def taken_for(household: "Household", names: Iterable[str], offered: Collection[int]) -> dict[str, tuple[int, int]]:
    """(category, times) that rows with these categories of their files became most often; only of those offered."""
    taken = household.import_rows.filter(state__in=(Pile.IMPORTED, Pile.MERGED), expense__category__in=offered)
    return most_often(taken, "file_category", names, "expense__category")


def most_often(rows: "QuerySet[Any]", by: str, texts: Iterable[str], category: str) -> dict[str, tuple[int, int]]:
    """(category, times) that each of the texts has most often in these rows, of equals the older category."""
    found: dict[str, tuple[int, int]] = {}
    for chunk in chunks(sorted({text for text in texts if text}), UNINDEXED):
        counts = rows.filter(**{f"{by}__in": chunk}).order_by().values_list(by, category).annotate(times=Count("id"))
        for text, pk, times in counts.order_by(by, category):
            if times > found.get(text, (0, 0))[1]:
                found[text] = pk, times
    return found
