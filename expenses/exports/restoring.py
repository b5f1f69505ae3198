"""A household's file brought in: into an empty household, all of it or nothing."""

import datetime as dt
import uuid
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db import IntegrityError, connections, models, transaction
from django.utils import timezone

from expenses.alerts.looking import look as look_for_alerts
from expenses.budgets.models import TransferLeg
from expenses.exports.cells import Book
from expenses.exports.reading import Check, Checked, Package, rows_of
from expenses.exports.tables import HOUSEHOLD, MEMBERS, TABLES, Table, Values
from expenses.ledger.models import Expense, Income
from expenses.people.models import Household, User
from expenses.shared.rows import insert
from expenses.shared.text import casefolded, look

CHUNK = 5_000  # rows written at once
# With a row of one of these a household is not empty.
KEPT = ("expenses", "incomes", "limits", "transfers", "imports", "recurring_expenses")
# What an empty household may still have, which goes: in the order in which one names the other.
CLEARED = (
    "alert_mails", "alerts", "category_rules", "import_profiles", "dismissals", "expense_changes",
    "deletedexpenses", "month_totals", "categories", "payment_methods",
)  # fmt: skip


class NotEmpty(Exception):
    """Something is written down in the household; the message is a sentence for the person."""


class Faulty(Exception):
    """The file has faults; nothing of it was written."""

    def __init__(self, checked: Checked) -> None:
        super().__init__(str(checked.faults[0]) if checked.faults else "The file has faults.")
        self.checked = checked


def is_empty(household: Household) -> bool:
    """Whether a household's file can be brought in: nothing is written down yet. One query."""
    rows = [models.Exists(getattr(household, name).order_by()) for name in KEPT]
    return not Household.objects.filter(reduce(or_, map(models.Q, rows)), pk=household.pk).exists()


def check(package: Package, household: Household, *, by: User, on: dt.date) -> Checked:
    """What the file holds and what is wrong with it; `on` is today."""
    return Check(package, people=_people(household), by=by.pk, on=on).run()


def _people(household: Household) -> dict[str, int]:
    return {membership.user.email: membership.user_id for membership in household.memberships.with_users()}


@transaction.atomic
def restore(package: Package, household: Household, *, by: User, on: dt.date) -> Checked:
    """Make the household what the file says: its name, currency and months too. `on` is today.

    Ids are not kept but mapped; what people wrote down who are no members here becomes that of `by`; alerts count as
    mailed. Raises `NotEmpty` where something is written down already and `Faulty` for a file with faults.
    """
    locked = household.locked()
    if not is_empty(locked):
        raise NotEmpty("Something is written down in this household already. A file goes into an empty one.")
    checked = check(package, locked, by=by, on=on)
    if checked.faults:
        raise Faulty(checked)
    try:
        with transaction.atomic():
            _Writing(package, locked, checked, by=by, on=on).run()
    except IntegrityError as error:
        # Every rule that a person can break has its sentence in the check; what is left says so, and writes nothing.
        raise Broken from error
    look_for_alerts(locked, on=on, loud=False)
    return checked


class Broken(Exception):
    """The database refuses what the check let pass."""

    def __init__(self) -> None:
        super().__init__("The file contradicts itself, and nothing of it was written.")


class _Writing:
    """The second reading of a file that was checked: each row is written."""

    def __init__(self, package: Package, household: Household, checked: Checked, *, by: User, on: dt.date) -> None:
        self.package, self.household, self.at = package, household, timezone.now()
        self.book = Book(people=_people(household), by=by.pk, decimals=checked.decimals, on=on, ids=checked.ids)
        self.values = checked.household

    def run(self) -> None:
        self._become()
        for table in TABLES:
            if table not in (HOUSEHOLD, MEMBERS):
                self._table(table)

    def _become(self) -> None:
        for name in CLEARED:
            rows = getattr(self.household, name).order_by()
            rows._raw_delete(rows.db)
        for name, value in self.values.items():
            setattr(self.household, name, value)
        self.household.notices = []
        self.household.save()

    def _table(self, table: Table) -> None:
        if table.is_numbered:
            ids = self.book.ids[table.name]
            ids.new = new_ids(table.model, len(ids.old))
        names = self.book.names.setdefault(table.name, {})
        for rows in _batched(self._rows(table)):
            written = WRITERS.get(table.name, _insert)(rows)
            if table.cells[0].name == "name":
                names |= {row.name_key: row.pk for row in written}

    def _rows(self, table: Table) -> Iterator[models.Model]:
        for _, values, _ in rows_of(self.package, table, self.book, _no_fault):
            for _sentence in table.check(values, self.book):
                raise Broken
            if table.is_numbered:
                values["id"] = self.book.ids[table.name].find(values["id"])
            yield table.model(**values, **self._derived(table, values))

    def _derived(self, table: Table, values: Values) -> Values:
        """What does not stand in the file: it follows from the rest."""
        derived: Values = {"household_id": self.household.pk}
        if table.name in ("categories", "payment_methods"):
            derived["name_key"] = casefolded(values["name"])
        elif table.name == "import_rows":
            derived["look"] = look(values["description"])
        elif table.name == "transfers":
            derived["key"] = uuid.uuid4()
        elif table.name == "alerts":
            derived["emailed_at"] = values["raised_at"] and self.at
        elif table.name == "imports":
            derived |= {"accounts": {}, "questions": {}}
        return derived


def _no_fault(fault: Any) -> None:
    raise Broken


def _batched(rows: Iterator[models.Model]) -> Iterator[list[Any]]:
    chunk = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _insert(rows: Sequence[Any]) -> Sequence[Any]:
    return insert(rows, using=type(rows[0]).objects.db)


def _expenses(rows: Sequence[Any]) -> Sequence[Any]:
    return Expense.objects.bulk_create(rows)  # with what is searched in, and the totals


def _incomes(rows: Sequence[Any]) -> Sequence[Any]:
    return Income.objects.write_all(rows)


def _transfers(rows: Sequence[Any]) -> Sequence[Any]:
    written = _insert(rows)
    sides = [(row, side, row.source_id if side < 0 else row.destination_id) for row in rows for side in (-1, 1)]
    _insert(
        [
            TransferLeg(
                household_id=row.household_id,
                transfer_id=row.pk,
                month=row.month,
                side=side,
                size=row.amount,
                category_id=category,
            )
            for row, side, category in sides
        ]
    )
    return written


WRITERS: dict[str, Callable[[Sequence[Any]], Sequence[Any]]] = {
    "expenses": _expenses,
    "incomes": _incomes,
    "transfers": _transfers,
}


def new_ids(model: type[models.Model], count: int) -> "array[int]":
    """So many ids that no row of the table has, rising; to be asked under a lock on SQLite, where nobody else writes
    meanwhile."""
    connection = connections[model._default_manager.db]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [model._meta.db_table, count],
            )
            return array("q", sorted(pk for (pk,) in cursor))
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [model._meta.db_table])
        last = (cursor.fetchone() or (0,))[0]
    return array("q", range(last + 1, last + 1 + count))
