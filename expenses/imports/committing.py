"""Taking in what was chosen, once."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Count

from expenses.imports.choosing import rematch
from expenses.imports.saying import counted
from expenses.imports.states import AlreadyDone, Kind, Pile, State, Unanswered
from expenses.imports.uploading import remember
from expenses.ledger.models import Expense
from expenses.shared.money import ZERO

if TYPE_CHECKING:
    from expenses.imports.models import Import
    from expenses.people.models import User


@transaction.atomic
def commit(source: "Import", *, by: "User", at: dt.datetime) -> "Import":
    """Take the new rows in as the person chose. A second call changes nothing.

    The household's row is held, as before every write that others must not overtake, and the rows are matched
    once more behind it: of two imports of one file, the second finds everything here. Raises `Unanswered` while
    a row needs a category or an answer; nothing is written then.
    """
    try:
        locked = source.locked(State.MAPPED)
    except AlreadyDone:
        return source.household.imports.get(pk=source.pk)
    source.household.payment_methods.select_for_update(no_key=True).filter(pk=locked.payment_method_id or 0).get()
    rematch(locked)
    _check_answers(locked)
    expenses, inexact = _write(locked, by=by, at=at)
    _finish(locked, expenses, inexact, by=by, at=at)
    return locked


def _check_answers(source: "Import") -> None:
    tally = source.tally()
    if tally.missing:
        needs = "row still needs" if tally.missing == 1 else "rows still need"
        raise Unanswered(f"{tally.missing:,} {needs} a category. Choose one, or leave the row out.")
    if tally.asked:
        may = "row is" if tally.asked == 1 else "rows are"
        raise Unanswered(f"{tally.asked:,} {may} likely here already. Say of each whether it is the same.")


def _write(source: "Import", *, by: "User", at: dt.datetime) -> tuple[list[Expense], int]:
    """Expenses of the rows that are taken in, and of how many the amount was rounded; every row new until now counts
    from now on."""
    merged = source.rows.new().filter(kind=Kind.MERGE)
    gone = merged.exclude(expense__in=source.household.expenses.all())
    counting = source.household.import_rows.counting()
    claimed = merged.filter(expense__in=counting.filter(expense__isnull=False).values("expense"))
    if lost := gone.count() + claimed.count():
        raise Unanswered(
            f"{counted(lost, 'row')} cannot be joined with an expense that is gone, or that another import has "
            "joined meanwhile. Say that it is another one."
        )
    decimals = source.household.decimals
    rows = list(source.rows.new().taken().order_by("position"))
    expenses = [row.as_expense(by=by, at=at, decimals=decimals, method=source.payment_method_id) for row in rows]
    written = Expense.objects.bulk_create(expenses)
    pairs = [(row.pk, expense.pk) for row, expense in zip(rows, written, strict=True)]
    source.rows.assign("expense", pairs, state=Pile.IMPORTED)
    merged.update(state=Pile.MERGED)
    source.rows.new().update(state=Pile.LEFT_OUT, expense=None)
    return written, sum(row.cost != expense.amount for row, expense in zip(rows, written, strict=True))


def _finish(source: "Import", expenses: Sequence[Expense], inexact: int, *, by: "User", at: dt.datetime) -> None:
    rows_by_pile = source.rows.order_by().values_list("state").annotate(Count("id"))
    piles: dict[str, int] = dict(rows_by_pile)
    months = sorted({source.household.month_of(expense.spent_on) for expense in expenses})
    done: dict[str, Any] = {
        "expenses": sum(not expense.is_refund for expense in expenses),
        "refunds": sum(expense.is_refund for expense in expenses),
        "spent": str(sum((expense.amount for expense in expenses), ZERO)),
        "months": [str(month) for month in months],
        "rounded": inexact,
    }
    for pile in (Pile.MERGED, Pile.LEFT_OUT, Pile.HERE, Pile.UNREADABLE):
        done[pile] = piles.get(pile, 0)
    source.summary |= done
    source.state, source.data, source.committed_by, source.committed_at = State.COMMITTED, None, by, at
    source.save(update_fields=["summary", "state", "data", "committed_by", "committed_at"])
    _remember_account(source)
    remember(source, at=at)


def _remember_account(source: "Import") -> None:
    """Files that name this account are of this payment method from now on."""
    if account := source.summary.get("account"):
        unknown = source.household.payment_methods.filter(pk=source.payment_method_id or 0, account_hash="")
        unknown.update(account_hash=account)
