"""MonthTotal, kept true in the writer's transaction. Nobody outside `ledger` knows that it exists.

Writers say what they took away and what they put in (`Change`); the difference is added to the totals by one
upsert in key order, so that two writers never wait for each other in a circle.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.db import connections, models, transaction

from expenses.shared.money import to_units
from expenses.shared.months import Month

if TYPE_CHECKING:
    from expenses.ledger.models import Expense
    from expenses.people.models import Household

# What decides which total a row belongs to, and its amount.
COUNTED = ("household_id", "spent_on", "category_id", "recorded_by_id", "amount")
CHUNK = 500  # totals in one statement

Key = tuple[int, int, int, int]  # household, month (202611), category, recorded by


@dataclass(slots=True)
class Delta:
    units: int = 0  # ten-thousandths
    count: int = 0


counted = attrgetter(*COUNTED)


def keep(*, using: str, gone: Iterable[Sequence[Any]] = (), come: Iterable[Sequence[Any]] = ()) -> None:
    """Take the rows that are gone out of the totals and add those that came; rows are tuples of COUNTED.

    To be called in the transaction that writes the rows.
    """
    gone, come = list(gone), list(come)
    starts_on = hold({row[0] for row in gone} | {row[0] for row in come}, using)
    deltas: dict[Key, Delta] = defaultdict(Delta)

    @cache
    def month_of(household: int, day: dt.date) -> int:
        return Month.of(day, starts_on[household]).number

    for sign, rows in ((-1, gone), (1, come)):
        for household, spent_on, category, recorded_by, amount in rows:
            delta = deltas[household, month_of(household, spent_on), category, recorded_by]
            delta.units += sign * to_units(amount)
            delta.count += sign
    _add({key: delta for key, delta in deltas.items() if delta.units or delta.count}, using)


def hold(households: Iterable[int], using: str) -> dict[int, int]:
    """Gives the day each household's months start on, held until the transaction ends: FOR KEY SHARE lets other
    writers of expenses and of limits pass, and makes who holds FOR UPDATE wait (a change of the start day, a merge of
    categories). Who locks rows of expenses holds first, or two would wait in a circle. SQLite has one writer."""
    connection = connections[using]
    ids = sorted(households)
    if not ids:
        return {}
    held = " FOR KEY SHARE" if connection.vendor == "postgresql" else ""
    places = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, month_starts_on FROM expenses_household WHERE id IN ({places}) ORDER BY id{held}",  # noqa: S608
            ids,
        )
        return dict(cursor.fetchall())


def _add(deltas: dict[Key, Delta], using: str) -> None:
    ordered = sorted(deltas.items())
    for start in range(0, len(ordered), CHUNK):
        chunk = ordered[start : start + CHUNK]
        rows = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(chunk))
        values = [value for key, delta in chunk for value in (*key, delta.units, delta.count)]
        with connections[using].cursor() as cursor:
            cursor.execute(
                "INSERT INTO expenses_monthtotal (household_id, month, category_id, recorded_by_id, spent, count) "  # noqa: S608
                f"VALUES {rows} ON CONFLICT (household_id, month, category_id, recorded_by_id) DO UPDATE SET "
                "spent = expenses_monthtotal.spent + excluded.spent, "
                "count = expenses_monthtotal.count + excluded.count",
                values,
            )


def rebuild(household: "Household") -> int:
    """Count the household's totals anew from its rows, for raw writers and a changed start day.

    Holds the household's row against all writers meanwhile. Gives the number of totals written.
    """
    from expenses.ledger.models import Expense, MonthTotal
    from expenses.people.models import Household

    with transaction.atomic():
        fresh = Household.objects.select_for_update().get(pk=household.pk)
        MonthTotal.objects.filter(household=fresh).delete()
        totals = true_totals(fresh, Expense.objects.filter(household=fresh))
        _add(totals, Expense.objects.db)
        return len(totals)


def true_totals(household: "Household", expenses: "models.QuerySet[Expense]") -> dict[Key, Delta]:
    """The totals by direct sums over the rows: one grouped query by day, folded into months here."""
    by_day = (
        expenses.order_by()
        .values_list("spent_on", "category_id", "recorded_by_id")
        .annotate(spent=models.Sum("amount"), count=models.Count("id"))
    )
    totals: dict[Key, Delta] = defaultdict(Delta)
    for spent_on, category, recorded_by, spent, count in by_day.iterator():
        month = Month.of(spent_on, household.month_starts_on)
        delta = totals[(household.pk, month.number, category, recorded_by)]
        delta.units += to_units(spent)
        delta.count += count
    return totals
