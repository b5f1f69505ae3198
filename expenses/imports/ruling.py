"""Rules at work: kept in their order, tried against what was written down, followed by rows and by expenses."""

import datetime as dt
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q, QuerySet

from expenses.imports.rules import Book, Subject
from expenses.imports.states import CHUNK, Direction, Kind, Matching, State
from expenses.ledger.models import Expense, ExpenseQuerySet
from expenses.shared import ordering
from expenses.shared.money import ZERO
from expenses.shared.text import folded

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.imports.models import CategoryRule, Import, ImportRow
    from expenses.people.models import Household, User

NEWEST = 20_000  # expenses that a rule is tried against at most, of those that its text may be in
SHOWN = 8
_RUN = re.compile(r"(?:^|(?<=\s))[^\d\s]+(?:\s+[^\d\s]+)*(?=\s|$)")


# ── kept in order ─────────────────────────────────────────────────────────────────────────────────


def book(household: "Household") -> Book:
    """The rules of a household, ready to decide. One whose category is archived says nothing."""
    return Book(_speaking(household))


def _speaking(household: "Household") -> "QuerySet[CategoryRule]":
    return household.category_rules.filter(Q(category=None) | Q(category__archived_on=None)).in_order()


SAME = (
    "matching", "text", "direction", "amount_from", "amount_to", "payment_method", "category", "description",
    "leave_out",
)  # fmt: skip


@transaction.atomic
def keep(rule: "CategoryRule") -> "CategoryRule":
    """Write a rule down; a new one is tried after all others. A new one that is there already is that one: a form
    sent twice writes once."""
    rule.household.locked()
    rules = rule.household.category_rules
    if rule.pk is None:
        if there := rules.filter(**{name: getattr(rule, name) for name in SAME}).first():
            return there
        last = rules.order_by("-position").values_list("position", flat=True).first()
        rule.position = (last or 0) + 1
    rule.save()
    return rule


@transaction.atomic
def move(rule: "CategoryRule", *, up: bool) -> None:
    """One place up or down; the first stays first, the last last."""
    rule.household.locked()
    ordering.move(rule, rule.household.category_rules.in_order(), up=up)


def phrase_of(description: str) -> str:
    """The longest stretch of words without a figure: what rows of one shop are likely to have in common."""
    runs = [found[0] for found in _RUN.finditer(description)]
    return max(runs, key=len, default="") or description


# ── followed by rows ──────────────────────────────────────────────────────────────────────────────


def subject_of(row: "ImportRow") -> Subject:
    return Subject(row.title, row.memo, row.cost, row.payment_method_id)


@transaction.atomic
def follow(source: "Import", rule: "CategoryRule") -> int:
    """Let the rows that wait in this import follow a rule, but those that a person decided or is asked about. Gives
    how many did."""
    locked = source.locked(State.MAPPED)
    known = book(locked.household)
    waiting = locked.rows.new().filter(is_chosen=False).exclude(kind__in=(Kind.ASK, Kind.MERGE))
    rows = []
    for row in waiting.defer("raw").iterator(chunk_size=CHUNK):
        decision = known.decide(subject_of(row))
        if decision is not None and decision.rule == rule.pk:
            row.follow(decision)
            rows.append(row)
    fields = ["kind", "category", "reason", "rule", "description", "memo"]
    locked.rows.bulk_update(rows, fields, batch_size=CHUNK // 4)
    return len(rows)


# ── tried against what was written down ───────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Change:
    """An expense as it is, and what the rule would make of it; None and "" where it stays."""

    expense: Expense
    category: "Category | None"
    description: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would do to the expenses written down."""

    fitting: int
    changing: Sequence[int]  # the ids of expenses
    shown: Sequence[Change]  # the newest of them
    newest_only: bool  # there are more than were looked at

    @property
    def count(self) -> int:
        return len(self.changing)


def trial(rule: "CategoryRule") -> Trial:
    """Try a rule, written down or not, against the expenses of its household. What an earlier rule decides is not its
    own, and what it leaves out of statements stays where it is written down already. Two queries and the rules."""
    fitting, changing, newest_only = _tried(rule)
    return Trial(fitting, changing, _shown(rule, changing[:SHOWN]), newest_only)


def _tried(rule: "CategoryRule") -> tuple[int, list[int], bool]:
    """(how many expenses it fits, the ids of those that it would change, whether there are more than were looked
    at)."""
    fitting, changing, seen = 0, [], 0
    known = Book(_with_its_place(rule))
    for pk, title, notes, amount, method, category in _candidates(rule):
        seen += 1
        decision = known.decide(Subject(title, notes, amount, method))
        if decision is None or decision.rule != rule.pk:
            continue
        fitting += 1
        if decision.leave_out:
            continue
        if decision.category not in (None, category) or decision.description not in ("", title):
            changing.append(pk)
    return fitting, changing, seen == NEWEST


def _with_its_place(rule: "CategoryRule") -> "Iterator[CategoryRule]":
    """The rules up to this one, which may be written anew."""
    for other in _speaking(rule.household):
        if other.pk == rule.pk:
            break
        yield other
    yield rule


def _candidates(rule: "CategoryRule") -> "Iterator[tuple[int, str, str, Any, int | None, int]]":
    """(id, description, notes, amount, payment method, category) of the newest expenses that it may fit."""
    found: ExpenseQuerySet = rule.household.expenses.all()
    if rule.text and rule.matching != Matching.REGEX:
        found = found.filter(search_key__contains=folded(rule.text))
    if rule.payment_method_id:
        found = found.filter(payment_method=rule.payment_method_id)
    if rule.direction:
        found = found.filter(amount__gt=ZERO) if rule.direction == Direction.OUT else found.filter(amount__lt=ZERO)
    newest = found.order_by("-spent_on", "-pk")
    columns = ("pk", "description", "notes", "amount", "payment_method", "category")
    return iter(newest.values_list(*columns)[:NEWEST])


def _shown(rule: "CategoryRule", ids: Sequence[int]) -> list[Change]:
    expenses = rule.household.expenses.filter(pk__in=ids).select_related("category")
    newest = expenses.order_by("-spent_on", "-pk")
    return [
        Change(
            expense,
            rule.category if rule.category_id not in (None, expense.category_id) else None,
            rule.description if rule.description not in ("", expense.description) else "",
        )
        for expense in newest
    ]


@transaction.atomic
def apply(rule: "CategoryRule", *, by: "User", at: dt.datetime) -> tuple[int, uuid.UUID]:
    """Change what is written down as the rule says: (how many expenses, the batch to undo)."""
    rule.household.locked()
    _, changing, _ = _tried(rule)
    expenses = rule.household.expenses.with_ids(changing)
    batch = expenses.rewrite(category=rule.category, description=rule.description, by=by, at=at)
    return len(changing), batch
