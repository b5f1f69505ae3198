"""What a bank books anew under an id of its own: the expense or income gets the new day and amount, and the old ones
back when the import is taken back. What a person has edited stays as it is."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from expenses.imports.states import chunks
from expenses.ledger.models import Expense, Income
from expenses.shared.money import rounded

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from expenses.imports.models import Import, ImportRow

DAY, AMOUNT = "day", "amount"


def replace(source: "Import", rows: "QuerySet[ImportRow]", *, at: dt.datetime) -> dict[str, list[int]]:
    """Give what the rows change their day and their amount. Gives the rows, by their ids, whose day or amount was not
    taken over: what is there had been edited."""
    pairs = {row.pk: (row.changes, row) for row in _loaded(rows) if row.changes}
    return _write(source, pairs, {}, at=at)


def restore(source: "Import", rows: "QuerySet[ImportRow]", *, at: dt.datetime) -> int:
    """The other way round: the day and the amount of what they changed. Gives how many rows they are."""
    kept = source.summary.get("edited_before", {})
    pairs = {row.pk: (row, row.changes) for row in _loaded(rows) if row.changes}
    _write(source, pairs, {name: set(ids) for name, ids in kept.items()}, at=at)
    return len(pairs)


def _loaded(rows: "QuerySet[ImportRow]") -> "Collection[ImportRow]":
    shown = ("changes", "expense", "income")
    return list(rows.filter(changes__isnull=False).select_related(*shown).defer("raw", "memo", "changes__raw"))


def _write(
    source: "Import",
    pairs: "Mapping[int, tuple[ImportRow, ImportRow]]",
    untouched: Mapping[str, Collection[int]],
    *,
    at: dt.datetime,
) -> dict[str, list[int]]:
    """From one row of each pair to the other, where what is there says what the first one does."""
    decimals = source.household.decimals
    edited: dict[str, list[int]] = {DAY: [], AMOUNT: []}
    expenses: list[Expense] = []
    incomes: list[Income] = []
    for pk, (was, becomes) in pairs.items():
        row = was if pk == was.pk else becomes
        expense, income = row.expense_there, row.income_there
        there = expense or income
        if there is None or was.date is None or becomes.date is None:
            continue
        sign = 1 if expense else -1
        before, after = rounded(sign * was.cost, decimals), rounded(sign * becomes.cost, decimals)
        day = expense.spent_on if expense else income.received_on if income else was.date
        if there.amount != before or pk in untouched.get(AMOUNT, ()):
            edited[AMOUNT].append(pk)
            after = there.amount
        new_day = becomes.date
        if day != was.date or pk in untouched.get(DAY, ()):
            edited[DAY].append(pk)
            new_day = day
        if (there.amount, day) == (after, new_day):
            continue
        there.amount, there.updated_at = after, at
        if expense:
            expense.spent_on = new_day
            expenses.append(expense)
        elif income:
            income.received_on = new_day
            incomes.append(income)
    for chunk in chunks(expenses):
        source.household.expenses.bulk_update(chunk, ["amount", "spent_on", "updated_at"], batch_size=500)
    for received in chunks(incomes):
        source.household.incomes.bulk_update(received, ["amount", "received_on", "updated_at"], batch_size=500)
    return edited
