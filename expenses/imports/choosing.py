"""What the person says of the rows before they are taken in."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When

from expenses.imports.asking import Counting, Pairs, ask, join
from expenses.imports.matching import Match
from expenses.imports.proposing import Standing, committed_since, propose_kinds, rematched
from expenses.imports.states import BY_ANSWER, CHUNK, SPENDING, TAKEN, Kind, Pile, Question, State, chunks
from expenses.ledger.models import Expense, Income
from expenses.recurring.models import RecurringExpense
from expenses.recurring.settling import open_dates
from expenses.shared.money import ZERO

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.imports.models import Import, ImportRow
    from expenses.people.models import User


@dataclass(frozen=True, slots=True)
class Choice:
    """What the form says of a row: taken in or not, as what, in which category (an id)."""

    take: bool
    kind: str
    category: int | None


@dataclass(frozen=True, slots=True)
class Tally:
    """The piles of an import, what stands to be taken in, and what is still asked."""

    new: int
    here: int
    unreadable: int
    expenses: int
    spent: Decimal
    refunds: int
    refunded: Decimal
    incomes: int
    received: Decimal
    money_in: int  # rows of money in, also those left out
    merged: int
    missing: int  # rows without a category
    asked: int  # rows that wait for an answer
    likely: int  # of these, those that are likely the same as one here, or a date of what recurs
    changed: int  # those that the bank has changed
    moves: int  # moves between own accounts, of which the one end or both wait
    moves_taken_in: int  # of these, those whose other end was taken in before

    @property
    def taken(self) -> int:
        return self.expenses + self.refunds + self.incomes + self.merged

    @property
    def net(self) -> Decimal:
        return self.spent + self.refunded

    @classmethod
    def of(cls, source: "Import") -> "Tally":
        return cls.told(cls.found(source))

    @staticmethod
    def found(source: "Import", **more: Count) -> dict[str, Any]:
        """What `told` asks for, and more counts of the same rows, in one query."""
        new = Q(state=Pile.NEW)
        expense, refund, income = (new & Q(kind=kind) for kind in TAKEN)
        waiting, asks = new & Q(kind=Kind.ASK), source.rows.model.asks
        # Of two ends that both wait, one is counted.
        both = Q(counterpart__source=source.pk, counterpart__kind=Kind.ASK, counterpart__lt=F("id"))
        moving = waiting & asks(Question.MOVE) & ~both
        return source.rows.order_by().aggregate(
            new=Count("id", filter=new),
            here=Count("id", filter=Q(state=Pile.HERE)),
            unreadable=Count("id", filter=Q(state=Pile.UNREADABLE)),
            expenses=Count("id", filter=expense),
            spent=Sum("amount", filter=expense),
            refunds=Count("id", filter=refund),
            refunded=Sum("amount", filter=refund),
            incomes=Count("id", filter=income),
            received=Sum("amount", filter=income),
            money_in=Count("id", filter=new & Q(amount__gt=ZERO) & ~Q(kind__in=BY_ANSWER)),
            merged=Count("id", filter=new & Q(kind=Kind.MERGE)),
            missing=Count("id", filter=(expense | refund) & Q(category=None)),
            asked=Count("id", filter=new & Q(kind=Kind.ASK)),
            likely=Count("id", filter=waiting & _any_of(LIKELY)),
            changed=Count("id", filter=waiting & asks(Question.CHANGED)),
            moves=Count("id", filter=moving),
            moves_taken_in=Count("id", filter=moving & Q(counterpart__state=Pile.IMPORTED)),
            **more,
        )

    @classmethod
    def told(cls, found: dict[str, Any]) -> "Tally":
        spent, refunded, received = (found[name] or ZERO for name in ("spent", "refunded", "received"))
        return cls(**found | {"spent": -spent, "refunded": -refunded, "received": received})


# What may change of a row that goes from one pile to another, or of which something else is asked.
CHANGING = (
    "state", "twin", "occurrence", "kind", "category", "reason", "is_chosen", "expense", "income", "counterpart",
    "changes", "refund_of", "rule", "recurring", "nominal_on",
)  # fmt: skip
_COLUMNS = tuple(
    f"{name}_id"
    if name in ("twin", "category", "expense", "income", "counterpart", "changes", "refund_of", "rule", "recurring")
    else name
    for name in CHANGING
)
NO_POINTERS: dict[str, None] = dict.fromkeys(("expense", "income", "counterpart", "changes", "refund_of"))
LONGEST_SHIFT = dt.timedelta(days=2)  # from a nominal day to the one it is due on


@transaction.atomic
def match_again(source: "Import") -> int:
    """Look anew which rows are here already: others may have written since. Gives how many rows moved."""
    locked = source.locked(State.MAPPED)
    return rematch(locked)


def rematch(source: "Import", *, kept_another: bool = False) -> int:
    """As `match_again`, of an import that is held. Where another one was taken in or back since the last look, all
    that is to be taken in is asked about anew, but for what the person has said no to.

    Keys count and cease to count in no other way, so that the rows are not compared where none was, but for
    `kept_another`: the person has said of a row that it is another one.
    """
    looked = committed_since(source)
    looks_again = looked != source.summary.get("looked")
    if not (looks_again or kept_another or _closed(source) or _stale(source)):
        return 0
    standing = [Standing(*values) for values in source.rows.readable().values_list(*Standing._fields)]
    matches = {}
    for at, stands in rematched(source, standing).items():
        matches[standing[at].pk] = stands
        state = Pile.HERE if stands.twin else Pile.NEW
        standing[at] = standing[at]._replace(state=state, twin_id=stands.twin, occurrence=stands.occurrence)
    to_here = [pk for pk, match in matches.items() if match.twin]
    _bring_here(source, {pk: matches[pk] for pk in to_here})
    # Asked once more: bringing rows here has written.
    fresh_ones = {pk for pk, match in matches.items() if not match.twin} | _closed(source) | _stale(source)
    if not fresh_ones and not looks_again:
        return len(to_here)
    found = source.rows.defer("raw").in_order()
    if looks_again:
        rows = [row for row in found.readable() if row.pk in fresh_ones or row.state == Pile.NEW]
        source.summary["looked"] = looked
        source.save(update_fields=["summary"])
    else:
        rows = [row for chunk in chunks(sorted(fresh_ones)) for row in found.filter(pk__in=chunk)]
    rows.sort(key=lambda row: row.position)
    was = {row.pk: _told(row) for row in rows}
    fresh = [row for row in rows if row.pk in fresh_ones]
    for row in fresh:
        row.recurring = row.nominal_on = None
        if match := matches.get(row.pk):
            row.stand(match)
    source.rows.filter(pk__in=fresh_ones).update(recurring=None, nominal_on=None, counterpart=None)  # claimed no more
    propose_kinds(source, fresh)
    _save(source, rows, was, ask(source, rows, standing))
    return len(to_here) + len(fresh)


def _told(row: "ImportRow") -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in _COLUMNS)


def _save(source: "Import", rows: "Collection[ImportRow]", was: Mapping[int, tuple[Any, ...]], pairs: Pairs) -> None:
    """Write down what has changed of the rows, and of those at the other ends of moves."""
    others = [other for _, other in pairs if not isinstance(other, Counting)]
    by_pk = {row.pk: row for row in [*rows, *(row for row, _ in pairs), *others]}
    changed = [row for pk, row in by_pk.items() if was.get(pk) != _told(row)]
    source.rows.rewrite(changed, CHANGING)
    join(source, pairs)


def _bring_here(source: "Import", matches: Mapping[int, Match]) -> None:
    """Put rows among those that are here already; a whole file may be, where another person was quicker."""
    pairs = [(pk, match.twin) for pk, match in matches.items() if match.twin]
    source.rows.assign("twin", pairs, state=Pile.HERE)
    for chunk in chunks(list(matches)):
        source.rows.filter(pk__in=chunk).update(**NO_POINTERS, recurring=None, nominal_on=None)
    source.rows.inherit(list(matches), names=("occurrence",))


def _stale(source: "Import") -> set[int]:
    """The new rows, by their ids, of which something is asked that has no ground any more: what counted under their
    bank's id does not, or was replaced; the other end of their move is here already, gone, or in another pair."""
    new = source.rows.new().order_by()
    values = new.filter(changes__isnull=False).values_list("pk", "changes")
    asked = {pk: was for pk, was in values if was is not None}
    counting = source.household.import_rows.counting().order_by()
    stale = set(asked)
    for chunk in chunks(sorted(set(asked.values()))):
        held = set(counting.filter(pk__in=chunk).values_list("pk", flat=True))
        held -= set(counting.filter(changes__in=chunk).values_list("changes", flat=True))
        stale -= {pk for pk, was in asked.items() if was in held}
    ends = new.filter(counterpart__isnull=False).values_list(
        "pk", "counterpart__source", "counterpart__state", "counterpart__counterpart"
    )
    for pk, of, state, back in ends:
        if of == source.pk:
            holds = state == Pile.NEW and back == pk
        else:
            holds = state in (Pile.IMPORTED, Pile.LEFT_OUT) and back is None
        if not holds:
            stale.add(pk)
    return stale


def _closed(source: "Import") -> set[int]:
    """The new rows, by their ids, that were to settle what was posted or skipped meanwhile, or comes no more."""
    settling = list(source.rows.new().settling().values_list("pk", "recurring", "nominal_on"))
    if not settling:
        return set()
    days = [day for _, _, day in settling if day]
    still = open_dates(source.household, min(days) - LONGEST_SHIFT, max(days) + LONGEST_SHIFT)
    dates = {(date.recurring.pk, date.nominal_on) for date in still}
    return {pk for pk, recurring, day in settling if (recurring, day) not in dates}


@transaction.atomic
def choose(source: "Import", choices: Mapping[int, Choice]) -> int:
    """Write down what the person said of these rows, by their ids; gives how many were changed.

    Rows of another import, and rows that are not new, are passed over. Raises `AlreadyDone`.
    """
    locked = source.locked(State.MAPPED)
    changed = [row for row in locked.rows.new().filter(pk__in=choices) if row.take_choice(choices[row.pk])]
    locked.rows.bulk_update(changed, ["kind", "category", "is_chosen", "reason", "counterpart"], batch_size=500)
    let_go = [row.pk for row in changed if row.counterpart_id is None]
    locked.rows.filter(counterpart__in=let_go).update(counterpart=None)
    return len(changed)


@transaction.atomic
def apply_to_alike(source: "Import", row: "ImportRow") -> int:
    """Give the rows that look like this one its category; gives how many there were."""
    locked = source.locked(State.MAPPED)
    others = locked.rows.new().filter(look=row.look).exclude(pk=row.pk).exclude(kind__in=BY_ANSWER)
    if row.kind == Kind.LEAVE_OUT:
        return others.update(kind=Kind.LEAVE_OUT, is_chosen=True, reason=f"As in line {row.line}")
    of_sign = others.filter(Q(amount__lt=ZERO) if row.cost > 0 else Q(amount__gt=ZERO))
    if row.kind == Kind.INCOME:
        undecided = of_sign.exclude(kind=Kind.LEAVE_OUT, is_chosen=True)
        return undecided.update(kind=Kind.INCOME, category=None, is_chosen=True, reason=f"As in line {row.line}")
    of_sign.filter(kind__in=(Kind.LEAVE_OUT, Kind.INCOME), is_chosen=False).update(kind=row.kind)
    return others.spending().update(category=row.category, is_chosen=True, reason=f"As in line {row.line}")


@transaction.atomic
def choose_among(
    source: "Import",
    rows: "QuerySet[ImportRow]",
    *,
    category: "Category | None" = None,
    leave_out: bool = False,
    income: bool = False,
    turning: bool = False,
) -> int:
    """Give one category to many rows, take them for incomes, or leave them out: those of these rows of the import that
    are new and that nobody has to be asked about.

    A category is given to what is spending; with `turning` also to income, and to what was left out, which becomes an
    expense or a refund by it. Gives how many rows there were.
    """
    source.locked(State.MAPPED)
    rows = rows.filter(state=Pile.NEW).exclude(kind__in=BY_ANSWER)
    if leave_out:
        return rows.update(kind=Kind.LEAVE_OUT, is_chosen=True, reason="Your choice")
    if income:
        of_sign = rows.filter(amount__gt=ZERO)
        return of_sign.update(kind=Kind.INCOME, category=None, is_chosen=True, reason="Your choice")
    if not turning:
        rows = rows.filter(kind__in=SPENDING)
    kind = Case(When(amount__lt=ZERO, then=Value(Kind.EXPENSE)), default=Value(Kind.REFUND))
    return rows.update(kind=kind, category=category, is_chosen=True, reason="Your choice")


# What one answer may be given to for all rows: what else is asked has an answer of its own.
LIKELY = (Question.SAME, Question.SETTLE)


@transaction.atomic
def answer(source: "Import", rows: "Collection[int] | QuerySet[Any, Any] | None", *, same: bool) -> int:
    """Yes or no to what is asked of these rows, by their ids; None answers for all that are likely the same as one
    here, or a date of a recurring expense. Gives how many rows there were.

    Yes: the row is joined with what is here, replaces the booking that the bank has changed, moves money between own
    accounts, or settles the date (in the category of what recurs until another one is chosen). No: it is another one,
    and what else there is to ask is asked. An answer to one end of a move is one to both.
    """
    locked = source.locked(State.MAPPED)
    new = locked.rows.new()
    if rows is None:
        ids = list(new.filter(kind=Kind.ASK).filter(_any_of(LIKELY)).values_list("pk", flat=True))
    else:
        # Read first: of rows within rows of a new file, of which it knows nothing yet, Postgres reads all for each.
        given = sorted(rows.values_list("pk", flat=True) if isinstance(rows, QuerySet) else rows)
        asked = new.filter(Q(kind__in=BY_ANSWER) | Q(recurring__isnull=False)).order_by("pk")
        ids = [pk for chunk in chunks(given) for pk in asked.filter(pk__in=chunk).values_list("pk", flat=True)]
    return _yes(locked, ids) if same else _no(locked, ids)


@transaction.atomic
def answer_changed(source: "Import", *, replaces: bool) -> int:
    """Whether all rows that the bank seems to have changed replace those here, or are others. Gives how many."""
    locked = source.locked(State.MAPPED)
    ids = list(locked.rows.asked(Question.CHANGED).values_list("pk", flat=True))
    return _yes(locked, ids) if replaces else _no(locked, ids)


@transaction.atomic
def leave_out_moves(source: "Import", *, also_taken_in: bool = False) -> int:
    """Leave all out that looks like a move between own accounts. Where the other end was taken in before, only with
    `also_taken_in`: what it became is removed at the commit then. Gives how many moves there were."""
    locked = source.locked(State.MAPPED)
    asked = locked.rows.asked(Question.MOVE)
    if not also_taken_in:
        asked = asked.exclude(counterpart__state=Pile.IMPORTED)
    ends = dict(asked.values_list("pk", "counterpart"))
    _yes(locked, list(ends))
    return sum(1 for pk, other in ends.items() if other not in ends or pk < other)


def _any_of(questions: Collection[Question]) -> Q:
    from expenses.imports.models import ImportRow

    found = Q()
    for question in questions:
        found |= ImportRow.asks(question)
    return found


def _of(source: "Import", ids: Collection[int], question: Question) -> "QuerySet[ImportRow]":
    """New rows of these of which this is asked, or was answered with yes."""
    return source.rows.new().filter(pk__in=ids, kind__in=BY_ANSWER).filter(source.rows.model.asks(question))


def _yes(source: "Import", ids: Sequence[int]) -> int:
    said = 0
    for chunk in chunks(ids):
        moving = list(_of(source, chunk, Question.MOVE).values_list("pk", "counterpart"))
        both = {pk for pair in moving for pk in pair if pk}
        spends = When(amount__lt=ZERO, then=Value(Kind.EXPENSE))
        said += (
            _of(source, chunk, Question.SETTLE)
            .filter(kind=Kind.ASK)
            .update(
                kind=Case(spends, default=Value(Kind.REFUND)),
                category=Subquery(_recurring().values("category")[:1]),
                is_chosen=True,
                reason="Your choice: this one",
            )
        )
        for question, reason in ((Question.SAME, "the same"), (Question.CHANGED, "it replaces the one here")):
            joined = _of(source, chunk, question)
            said += joined.update(kind=Kind.MERGE, is_chosen=True, reason=f"Your choice: {reason}")
        move = {"kind": Kind.MOVE, "is_chosen": True, "reason": "Your choice: a move"}
        said += source.rows.new().filter(pk__in=both, kind__in=BY_ANSWER).update(**move)
    return said


def _no(source: "Import", ids: Sequence[int]) -> int:
    """They are others: what is asked of them is asked no more, and perhaps something else is."""
    found = source.rows.new().defer("raw")
    rows = {row.pk: row for chunk in chunks(ids) for row in found.filter(pk__in=chunk)}
    others = {row.counterpart_id for row in rows.values() if row.question == Question.MOVE} - set(rows)
    for chunk in chunks(sorted(pk for pk in others if pk)):
        rows.update({row.pk: row for row in found.filter(pk__in=chunk)})
    was = {pk: _told(row) for pk, row in rows.items()}
    source.rows.filter(counterpart__in=others).update(counterpart=None)
    again = []
    for row in rows.values():
        question = row.question or (Question.SETTLE if row.recurring_id else Question.MOVE)
        row.denied = f"{row.denied} {question.value}".strip()
        back = row.cost < 0 and (row.expense_id is not None or row.recurring_id is not None)
        row.expense_id = row.income_id = row.counterpart_id = row.changes_id = None
        row.recurring_id = row.nominal_on = None
        if question == Question.MOVE and row.kind != Kind.LEAVE_OUT:
            row.is_chosen = False
            again.append(row)
        elif row.kind != Kind.LEAVE_OUT:
            row.kind = Kind.REFUND if back else row.natural_kind
            row.is_chosen, row.reason = True, "Your choice: another one"
    propose_kinds(source, again)
    source.rows.bulk_update(rows.values(), ["denied"], batch_size=CHUNK)
    _save(source, rows.values(), was, ask(source, list(rows.values())))
    return len(rows)


def _recurring() -> "QuerySet[RecurringExpense]":
    """What a row settles, where something can be written into its category."""
    return RecurringExpense.objects.order_by().filter(pk=OuterRef("recurring"), category__archived_on=None)


@transaction.atomic
def keep_another(source: "Import", row: "ImportRow") -> None:
    """The row is none of those here: it counts beside them, under the next free number."""
    locked = source.locked(State.MAPPED)
    found = locked.rows.filter(pk=row.pk, state=Pile.HERE).first()
    if found is None:
        return
    found.is_another, found.is_chosen = True, True
    found.save(update_fields=["is_another", "is_chosen"])
    rematch(locked, kept_another=True)


@transaction.atomic
def bring_back(source: "Import", row: "ImportRow", *, by: "User", at: dt.datetime) -> Expense | Income | None:
    """The expense or income that this row's twin became or was joined with, and that somebody deleted, as it was (an
    income as the bank has it); None where it is there, or where nobody has kept what it was."""
    locked = source.locked(State.MAPPED)
    twin = locked.rows.filter(pk=row.pk, state=Pile.HERE).values_list("twin", flat=True).first()
    held = (
        source.household.import_rows.counting()
        .exclude(state=Pile.LEFT_OUT)
        .filter(pk=twin or 0)
        .select_related("category", "income", "expense")
        .first()
    )
    return written_again(held, by=by, at=at) if held is not None else None


def written_again(held: "ImportRow", *, by: "User", at: dt.datetime) -> Expense | Income | None:
    """What a row that counts became, where it was deleted; written anew as the bank has it where nobody has kept it,
    but for what a person wrote by hand. To be called behind the household's lock, on a row loaded with it."""
    if held.written is not None:
        return None
    decimals, by_hand = held.household.decimals, held.state != Pile.IMPORTED
    if held.income_id is not None:
        if by_hand:
            return None
        income = held.as_income(by=by, at=at, decimals=decimals)
        income.pk = held.income_id  # the rows that name it find it again
        income.save(force_insert=True)
        return income
    deleted = held.household.deletedexpenses.filter(expense_id=held.expense_id or 0).first()
    if deleted:
        expense = deleted.as_expense()
        deleted.delete()
    elif held.category and not by_hand:
        expense = held.as_expense(by=by, at=at, decimals=decimals)
    else:
        return None
    [back] = Expense.objects.bulk_create([expense])
    if back.pk != held.expense_id:
        held.household.import_rows.filter(expense=held.expense_id).update(expense=back.pk)
    return back
