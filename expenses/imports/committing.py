"""Taking in what was chosen, once."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import Count, Q

from expenses.imports.asking import Holding, having_ids, is_renumbered
from expenses.imports.choosing import rematch
from expenses.imports.refunding import link_refunds
from expenses.imports.replacing import replace
from expenses.imports.saying import counted
from expenses.imports.states import AlreadyDone, Kind, Pile, State, Unanswered, chunks
from expenses.imports.uploading import remember
from expenses.ledger.models import Expense, Income
from expenses.recurring.settling import settle
from expenses.shared.collecting import uncollected
from expenses.shared.money import ZERO
from expenses.shared.progress import Step, Work, completed
from expenses.shared.rows import Stencil

if TYPE_CHECKING:
    from expenses.imports.models import Import, ImportRow
    from expenses.people.models import User

AT_ONCE = 4_000  # rows, held in memory, of a file that may have 200,000; and a step of what is told
# What of a row becomes an expense; loading the rest takes as long as writing it.
OF_EXPENSE = (
    "id", "position", "line", "date", "amount", "description", "memo", "category_id", "payment_method_id",
    "recurring_id", "nominal_on",
)  # fmt: skip


@dataclass(slots=True)
class _Written:
    """What a commit put into the budget."""

    expenses: int = 0
    refunds: int = 0
    spent: Decimal = ZERO
    incomes: int = 0
    received: Decimal = ZERO
    rounded: int = 0
    changed: int = 0
    edited: dict[str, list[int]] = field(default_factory=dict)
    moved_out: list[int] = field(default_factory=list)
    days: set[dt.date] = field(default_factory=set)

    @property
    def count(self) -> int:
        return self.expenses + self.refunds + self.incomes

    def add_incomes(self, rows: Sequence["ImportRow"], incomes: Sequence[Income]) -> None:
        self.incomes += len(incomes)
        self.received += sum(income.amount for income in incomes)
        self.rounded += sum(-row.cost != income.amount for row, income in zip(rows, incomes, strict=True))
        self.days |= {income.received_on for income in incomes}

    def add(self, rows: Sequence["ImportRow"], expenses: Sequence[Expense]) -> None:
        refunds = sum(expense.is_refund for expense in expenses)
        self.refunds += refunds
        self.expenses += len(expenses) - refunds
        self.spent += sum(expense.amount for expense in expenses)
        self.rounded += sum(row.cost != expense.amount for row, expense in zip(rows, expenses, strict=True))
        self.days |= {expense.spent_on for expense in expenses}


def commit(source: "Import", *, by: "User", at: dt.datetime) -> "Import":
    """Take the new rows in as the person chose. A second call changes nothing.

    The household's row is held, as before every write that others must not overtake, and where another import was
    taken in or back since the last look, the rows are matched once more behind it: of two imports of one file, the
    second finds everything here. Raises `Unanswered` while a row needs a category or an answer; nothing is written
    then.
    """
    return completed(commit_in_steps(source, by=by, at=at))


def commit_in_steps(source: "Import", *, by: "User", at: dt.datetime) -> Work["Import"]:
    """As `commit`, telling how far it is. It is one transaction from the first step to the end: closed in between, it
    has written nothing."""
    with transaction.atomic():
        yield Step("Comparing with what is here")
        try:
            locked = source.locked(State.MAPPED)
        except AlreadyDone:
            return source.household.imports.get(pk=source.pk)
        methods = source.household.payment_methods.select_for_update(no_key=True).filter(pk__in=locked.methods)
        list(methods.order_by("pk"))
        rematch(locked)
        check_answers(locked)
        written = yield from _write(locked, by=by, at=at)
        _finish(locked, written, by=by, at=at)
        return locked


def check_answers(source: "Import") -> None:
    """Raises `Unanswered` while a row needs a category or an answer."""
    tally = source.tally()
    if tally.missing:
        needs = "row still needs" if tally.missing == 1 else "rows still need"
        raise Unanswered(f"{tally.missing:,} {needs} a category. Choose one, or leave the row out.")
    if tally.likely:
        may = "row is" if tally.likely == 1 else "rows are"
        raise Unanswered(f"{tally.likely:,} {may} likely here already. Say of each whether it is the same.")
    if tally.changed:
        has = "row was" if tally.changed == 1 else "rows were"
        raise Unanswered(f"{tally.changed:,} {has} changed by the bank. Say of each whether it replaces the one here.")
    if tally.moves:
        like = "pair looks like a move" if tally.moves == 1 else "pairs look like moves"
        raise Unanswered(f"{tally.moves:,} {like} between own accounts. Say of each whether it is one.")


def _write(source: "Import", *, by: "User", at: dt.datetime) -> Work[_Written]:
    """Expenses and incomes of the rows that are taken in; every row new until now counts from now on."""
    joined = source.rows.new().filter(kind=Kind.MERGE)
    merged, changing = joined.filter(changes=None), joined.filter(changes__isnull=False)
    names = ("expense", "income")
    lost = joined.count() - sum(_joinable(source, merged, name) + _there(source, changing, name) for name in names)
    if lost:
        raise Unanswered(
            f"{counted(lost, 'row')} cannot be joined with what is gone, or what another import has joined meanwhile. "
            "Say that it is another one."
        )
    written = _Written()
    spending, incomes = source.rows.new().spending().in_order(), source.rows.new().filter(kind=Kind.INCOME).in_order()
    of = source.rows.new().taken().count()
    reached = 0  # rows taken in just now are still in the way of a search that begins before them
    while rows := source.new_rows.read(spending.filter(position__gte=reached)[:AT_ONCE], *OF_EXPENSE):
        reached = rows[-1].position
        written.add(rows, _expenses(source, rows, by=by, at=at))
        yield Step("Taking in", written.count, of)
    while rows := list(incomes.defer("raw")[:AT_ONCE]):
        written.add_incomes(rows, _incomes(source, rows, by=by, at=at))
        yield Step("Taking in", written.count, of)
    written.changed = changing.count()
    written.edited = replace(source, changing, at=at)
    merged.update(state=Pile.MERGED)
    changing.update(state=Pile.MERGED)
    written.moved_out = _take_out_other_ends(source, by=by, at=at)
    gone: dict[str, None] = dict.fromkeys(("expense", "income", "changes", "recurring", "nominal_on"))
    source.rows.new().update(state=Pile.LEFT_OUT, **gone)
    link_refunds(source)
    return written


def _there(source: "Import", changing: "models.QuerySet[ImportRow]", name: str) -> int:
    """How many of the rows name an expense (or an income) that is there."""
    return changing.filter(**{f"{name}__in": getattr(source.household, f"{name}s").all()}).count()


def _take_out_other_ends(source: "Import", *, by: "User", at: dt.datetime) -> list[int]:
    """The other ends of the moves are in a pair from now on. What those became that were taken in before is deleted,
    so that it can come back; gives the ids of these rows."""
    moved = source.rows.new().filter(kind=Kind.MOVE, counterpart__isnull=False)
    ends = moved.exclude(counterpart__source=source.pk).values_list("counterpart", "pk", "counterpart__state")
    elsewhere = [(other, pk, state) for other, pk, state in ends if other is not None]
    taken_in = [pk for pk, _, state in elsewhere if state == Pile.IMPORTED]
    removed: list[int] = []
    rows = source.household.import_rows.order_by()
    for chunk in chunks(taken_in):
        others = rows.filter(pk__in=chunk)
        expenses = source.household.expenses.filter(pk__in=others.values("expense"))
        incomes = source.household.incomes.filter(pk__in=others.values("income"))
        there = Q(expense__in=expenses) | Q(income__in=incomes)
        removed += others.filter(there).values_list("pk", flat=True)
        expenses.put_aside(by=by, at=at)
        incomes.delete()
    for state in (Pile.IMPORTED, Pile.LEFT_OUT):
        rows.assign("counterpart", [(other, pk) for other, pk, was in elsewhere if was == state], state=state)
    return removed


def _joinable(source: "Import", merged: "models.QuerySet[ImportRow]", name: str) -> int:
    """How many of the rows can be joined with the expense (or the income) that they name: it is there, no other row of
    this import is joined with it, and no row that counts has it by which this one would be known, nor one of another
    payment method that was joined with it since this file was read."""
    there = merged.filter(**{f"{name}__in": getattr(source.household, f"{name}s").all()}).order_by()
    asked = name, "source", "payment_method", "date", "amount", "look", "bank_id", "state"
    rows = {values[0]: Holding(*values) for values in there.values_list(*asked)}
    counting = source.household.import_rows.counting().order_by()
    held: dict[int, list[Holding]] = defaultdict(list)
    for chunk in chunks(list(rows)):
        for values in counting.filter(**{f"{name}__in": chunk}).values_list(*asked):
            held[values[0]].append(Holding(*values))
    holders = {holder.source_id for holding in held.values() for holder in holding}
    with_ids = having_ids(source, {source.pk, *holders})
    committed = source.household.imports.filter(pk__in=holders).values_list("pk", "committed_at")
    before = {pk for pk, at in committed if at and source.mapped_at and at < source.mapped_at}

    def lets(holder: Holding, row: Holding) -> bool:
        if holder.payment_method_id != row.payment_method_id:
            return holder.state != Pile.MERGED or holder.source_id in before
        ids = {(one.source_id, one.payment_method_id) in with_ids for one in (holder, row)}
        return len(ids) > 1 or is_renumbered(holder, row)

    return sum(all(lets(holder, row) for holder in held.get(pk, ())) for pk, row in rows.items())


@uncollected()
def _expenses(source: "Import", rows: Sequence["ImportRow"], *, by: "User", at: dt.datetime) -> list[Expense]:
    """What the rows are written down as; they count from now on."""
    decimals = source.household.decimals
    blank = Stencil(Expense(household_id=source.household_id, recorded_by_id=by.pk, created_at=at, updated_at=at))
    expenses = [blank.row(**row.of_expense(decimals)) for row in rows]
    written = Expense.objects.bulk_create(expenses)
    pairs = [(row.pk, expense.pk) for row, expense in zip(rows, written, strict=True)]
    source.rows.assign("expense", pairs, state=Pile.IMPORTED)
    dates = [(row.recurring_id, row.nominal_on, pk) for row, (_, pk) in zip(rows, pairs, strict=True)]
    settle(source.household, [(pk, day, expense) for pk, day, expense in dates if pk and day])
    return written


def _incomes(source: "Import", rows: Sequence["ImportRow"], *, by: "User", at: dt.datetime) -> list[Income]:
    """As `_expenses`. No pool begins by them: that is asked."""
    written = Income.objects.write_all(
        [row.as_income(by=by, at=at, decimals=source.household.decimals) for row in rows]
    )
    pairs = [(row.pk, income.pk) for row, income in zip(rows, written, strict=True)]
    source.rows.assign("income", pairs, state=Pile.IMPORTED)
    return written


def _finish(source: "Import", written: _Written, *, by: "User", at: dt.datetime) -> None:
    piles: dict[str, int] = dict(source.rows.order_by().values_list("state").annotate(Count("id")))
    done: dict[str, Any] = {
        "expenses": written.expenses,
        "refunds": written.refunds,
        "spent": str(written.spent),
        "incomes": written.incomes,
        "received": str(written.received),
        "months": [str(month) for month in sorted(set(map(source.household.month_of, written.days)))],
        "rounded": written.rounded,
        "changed": written.changed,
        "edited_before": written.edited,  # see `replace`
        "moves": source.rows.filter(kind=Kind.MOVE).count(),
        "moved_out": written.moved_out,  # ids of rows elsewhere: what they became was removed
    }
    for pile in (Pile.MERGED, Pile.LEFT_OUT, Pile.HERE, Pile.UNREADABLE):
        done[pile] = piles.get(pile, 0)
    source.summary |= done
    source.state, source.data, source.accounts = State.COMMITTED, None, {}
    source.committed_by, source.committed_at = by, at
    source.save(update_fields=["summary", "state", "data", "accounts", "committed_by", "committed_at"])
    _remember_accounts(source)
    remember(source, at=at)


def _remember_accounts(source: "Import") -> None:
    """Files that name these accounts are of these payment methods from now on, and of no other."""
    methods = source.household.payment_methods
    for account, method in source.summary.get("accounts", []):
        if method and methods.filter(pk=method).exclude(account_hash=account).exists():
            methods.filter(account_hash=account).update(account_hash="")
            methods.filter(pk=method).update(account_hash=account)
