"""What each row is likely to be: here already, an expense of some category, money back, income, or none of these."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count

from expenses.imports import matching
from expenses.imports.states import NAMELESS, TAKEN, Kind, Pile, chunks
from expenses.recurring.settling import open_dates
from expenses.shared.money import ZERO, rounded
from expenses.shared.text import casefolded, folded

if TYPE_CHECKING:
    from expenses.imports.models import Import, ImportRow


SAID = "As you said of its category in the file"


class Standing(NamedTuple):
    """Of a row, what decides whether it is here already, and what was found the last time."""

    pk: int
    date: dt.date | None
    fingerprint: str
    line_key: str
    is_another: bool
    state: str
    twin_id: int | None
    occurrence: int


def moved(source: "Import", rows: "Sequence[ImportRow | Standing]") -> dict[int, matching.Match]:
    """Which rows are here already, and which are new: what is another than the last time, by the row's place."""
    if not rows:
        return {}
    days = [row.date for row in rows if row.date]
    counting = source.household.import_rows.counting()
    of_method = counting.filter(payment_method__in=source.methods, date__range=(min(days), max(days)))
    known = [
        matching.Known(*values)
        for values in of_method.order_by().values_list("fingerprint", "line_key", "occurrence", "pk")
    ]
    matches = matching.match([matching.Row(row.fingerprint, row.line_key, row.is_another) for row in rows], known)
    return {
        at: match
        for at, (row, match) in enumerate(zip(rows, matches, strict=True))
        if (row.state == Pile.HERE, row.twin_id, row.occurrence) != (bool(match.twin), match.twin, match.occurrence)
    }


def propose(source: "Import", rows: Sequence["ImportRow"], before: Mapping[tuple[int, str], "ImportRow"]) -> None:
    """Put rows read just now in their piles, with a proposal each."""
    readable = [row for row in rows if row.state != Pile.UNREADABLE]
    for row in readable:
        if was := before.get((row.line, row.raw)):
            row.is_another = was.is_another
    for at, match in moved(source, readable).items():
        readable[at].stand(match)
    fresh = [row for row in readable if row.state == Pile.NEW]
    propose_kinds(source, fresh)
    for row in fresh:
        was = before.get((row.line, row.raw))
        if was and was.kind in (*TAKEN, Kind.LEAVE_OUT) and was.amount is not None and row.amount is not None:
            row.kind = was.kind if was.kind in (*row.kinds, Kind.LEAVE_OUT) else row.natural_kind
            row.category_id = None if row.kind == Kind.INCOME else was.category_id
            row.recurring_id, row.nominal_on = was.recurring_id, was.nominal_on
            row.is_chosen, row.reason = True, "Your choice"


def propose_kinds(source: "Import", rows: Sequence["ImportRow"]) -> None:
    history = _History.of(source, rows)
    spent_on = {row.look for row in rows if (row.amount or ZERO) < 0}
    spent_in = {row.file_category for row in rows if (row.amount or ZERO) < 0 and row.file_category in history.said}
    for row in rows:
        row.category_id, row.reason = history.category_of(row)
        row.kind, row.expense_id, row.income_id = row.natural_kind, None, None
        row.recurring_id = row.nominal_on = None
        if row.kind == Kind.INCOME:
            is_spent_on = row.look in spent_on or row.file_category in spent_in
            _propose_money_in(row, history, is_spent_on=is_spent_on)
    _ask(source, rows, "expense")
    _ask(source, [row for row in rows if row.kind != Kind.ASK and (row.amount or ZERO) > 0], "income")
    _ask_to_settle(source, [row for row in rows if row.kind != Kind.ASK])


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


def _ask(source: "Import", rows: Sequence["ImportRow"], name: str) -> None:
    """Ask about the rows that are likely the same as an expense, or an income, that is here."""
    spendings = [
        matching.Spending(row.date, rounded(row.cost, source.household.decimals), row.title)
        for row in rows
        if row.date
    ]
    for at, pk in matching.likely(spendings, _candidates(source, spendings, name)).items():
        setattr(rows[at], f"{name}_id", pk)
        rows[at].kind, rows[at].reason = Kind.ASK, ""


def _ask_to_settle(source: "Import", rows: Sequence["ImportRow"]) -> None:
    """Ask about the rows that are likely a date of a recurring expense which nobody has posted yet."""
    spendings = [
        matching.Spending(row.date, rounded(row.cost, source.household.decimals), row.title)
        for row in rows
        if row.date
    ]
    if not spendings:
        return
    near, days = dt.timedelta(days=matching.NEAR_DAYS), [spending.date for spending in spendings]
    claimed = set(source.rows.new().settling().values_list("recurring", "nominal_on"))
    dates = [
        date
        for date in open_dates(source.household, min(days) - near, max(days) + near)
        if (date.recurring.pk, date.nominal_on) not in claimed
    ]
    candidates = [matching.Candidate(n, date.due_on, date.recurring.amount) for n, date in enumerate(dates, 1)]
    for at, n in matching.likely(spendings, candidates).items():
        rows[at].recurring, rows[at].nominal_on = dates[n - 1].recurring, dates[n - 1].nominal_on
        rows[at].kind, rows[at].reason = Kind.ASK, ""


def _candidates(source: "Import", spendings: Sequence[matching.Spending], name: str) -> list[matching.Candidate]:
    """Expenses (or incomes, as negative amounts) near the rows that did not come in by this payment method's
    statements: those are told by their keys.

    What came from a statement with the other kind of key (the bank's id, or its text) is as good as written by hand.
    """
    if not spendings:
        return []
    near = dt.timedelta(days=matching.NEAR_DAYS)
    days = [spending.date for spending in spendings]
    amounts = {spending.amount for spending in spendings}
    if name == "expense":
        expenses = source.household.expenses.between(min(days) - near, max(days) + near)
        found = expenses.order_by().values_list("pk", "spent_on", "amount").iterator()
    else:
        incomes = source.household.incomes.between(min(days) - near, max(days) + near)
        received = incomes.order_by().values_list("pk", "received_on", "amount")
        found = ((pk, day, -amount) for pk, day, amount in received.iterator())
    kept = {pk: (day, amount) for pk, day, amount in found if amount in amounts}
    if not kept:
        return []
    links = {}
    with_ids = bool(source.reading.bank_id is not None)
    counting = source.household.import_rows.counting()
    rows = counting.filter(date__range=(min(days) - near, max(days) + near), **{f"{name}__isnull": False})
    for pk, method, bank_id, description in rows.order_by().values_list(
        name, "payment_method", "bank_id", "description"
    ):
        if method != source.payment_method_id:
            links[pk] = description or NAMELESS
        elif bool(bank_id) == with_ids:
            kept.pop(pk, None)
    return [matching.Candidate(pk, day, amount, links.get(pk)) for pk, (day, amount) in kept.items()]


@dataclass(frozen=True, slots=True)
class _History:
    """What texts like these were given before in this household."""

    by_look: Mapping[str, tuple[int, int]]  # look → category, times
    by_title: Mapping[str, tuple[int, int]]
    by_name: Mapping[str, tuple[int, str]]  # casefolded name of a category → its id and name
    money_in: Mapping[str, Mapping[Kind, int]]  # look → what money in of it was taken for, and how often
    incomes: Mapping[str, int]  # title → how many incomes have it
    said: Mapping[str, int]  # category of the file → the one that it was taken for in this import

    @classmethod
    def of(cls, source: "Import", rows: Sequence["ImportRow"]) -> "_History":
        household = source.household
        active = {category.name_key: (category.pk, category.name) for category in household.categories.active()}
        offered = {pk for pk, _ in active.values()}
        looks = sorted({row.look for row in rows if row.look})
        by_look: Counter[tuple[str, int]] = Counter()
        rows_before = household.import_rows.filter(state__in=(Pile.IMPORTED, Pile.MERGED))
        for chunk in chunks(looks):
            counts = rows_before.filter(look__in=chunk, expense__category__in=offered).order_by()
            for text, category, times in counts.values_list("look", "expense__category").annotate(Count("id")):
                by_look[text, category] += times
        keys = {title: folded(title) for title in {row.title for row in rows if row.description}}
        by_hand: Counter[tuple[str, int]] = Counter()
        for chunk in chunks(sorted(set(keys.values()))):
            found = household.expenses.filter(search_key__in=chunk, category__in=offered).order_by()
            for text, category, times in found.values_list("search_key", "category").annotate(Count("id")):
                by_hand[text, category] += times
        most_often = _most_often(by_hand)
        by_title = {title: most_often[key] for title, key in keys.items() if key in most_often}
        into = [row for row in rows if (row.amount or ZERO) > 0]
        incomes = cls._incomes(source) if into else Counter()
        titled = {title: incomes[key] for title in {row.title for row in into} if (key := folded(title)) in incomes}
        said = {name: pk for name, pk in source.summary.get("categories", {}).items() if pk in offered}
        return cls(_most_often(by_look), by_title, active, cls._money_in(source, into), titled, said)

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
        often = {1: "once", 2: "twice"}.get(times[kind]) or f"{times[kind]:,} times"
        return kind, f"Left out {often} before" if kind == Kind.LEAVE_OUT else f"Income {often} before"

    def category_of(self, row: "ImportRow") -> tuple[int | None, str]:
        """(category, why)."""
        if said := self.said.get(row.file_category):
            return said, SAID
        if named := self.by_name.get(casefolded(row.file_category)):
            return named[0], f"“{named[1]}” in the file"
        found = self.by_look.get(row.look) or self.by_title.get(row.title)
        if found:
            category, times = found
            return category, f"As { ({1: 'once', 2: 'twice'}.get(times) or f'{times:,} times') } before"
        return None, "Not seen before: choose"

    def knows(self, row: "ImportRow") -> bool:
        return row.look in self.by_look or row.title in self.by_title


def _most_often(counts: "Counter[tuple[str, int]]") -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for (text, category), times in sorted(counts.items()):
        if times > found.get(text, (0, 0))[1]:
            found[text] = (category, times)
    return found
