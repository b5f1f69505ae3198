"""Many new rows in one go."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field, make_dataclass
from functools import lru_cache, partial
from operator import attrgetter
from types import FunctionType
from typing import Any

from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from expenses.shared.money import MoneyField

CHUNK = 2_000  # rows a statement
# What these fields hold, of this type, the column holds as it is.
PLAIN: dict[type, type] = {
    models.CharField: str,
    models.TextField: str,
    models.PositiveIntegerField: int,
    models.BigAutoField: int,
    models.BooleanField: bool,
    models.ForeignKey: int,
}
# What these hold is the same in many rows of one go.
REPEATED = (models.DateField, MoneyField)


class Stencil[M: models.Model]:
    """Makes new rows that are alike but for some columns: light ones, in a third of the room and time of a model.

    They have the columns of the model (`category_id`) and what it says of itself: its own properties and methods. They
    have nothing that Django adds, no related rows and no `save`: `insert` writes them.
    """

    def __init__(self, like: M) -> None:
        columns = [column.attname for column in like._meta.concrete_fields]
        own = {name: of for name, of in vars(type(like)).items() if isinstance(of, property | FunctionType)}
        key = property(attrgetter(like._meta.pk.attname), lambda row, pk: setattr(row, like._meta.pk.attname, pk))
        self.row: Callable[..., M] = make_dataclass(
            type(like).__name__,
            [(column, Any, field(default=getattr(like, column))) for column in columns],
            namespace=own | {"pk": key, "_meta": like._meta},
            slots=True,
            eq=False,
            repr=False,
        )

    def read(self, found: "models.QuerySet[M]", *columns: str) -> list[M]:
        """The rows of a query, with these columns of theirs. What is not asked for is as all have it, and is not read
        later on either."""
        return [self.row(**dict(zip(columns, values, strict=True))) for values in found.values_list(*columns)]


def insert[M: models.Model](rows: Sequence[M], *, using: str) -> list[M]:
    """Write new rows of one table, which have their ids then; some may bring an id of their own.

    As `bulk_create`, which builds a statement of all values and takes five times as long. No field's `pre_save` is
    asked.
    """
    if not rows:
        return []
    write = _copy if connections[using].vendor == "postgresql" else _execute
    with transaction.atomic(using=using, savepoint=False):
        write(rows, connections[using])
    for row in rows:
        if isinstance(row, models.Model):  # not of a stencil
            row._state.adding, row._state.db = False, using
    return list(rows)


def count_anew(model: type[models.Model], *, using: str) -> None:
    """After very many new rows: Postgres plans by what it last counted in a table, and counts on its own later."""
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute(f"ANALYZE {connections[using].ops.quote_name(model._meta.db_table)}")


def _copy(rows: Sequence[models.Model], connection: BaseDatabaseWrapper) -> None:
    """Postgres, by COPY."""
    with connection.cursor() as cursor:
        if new := [row for row in rows if row.pk is None]:
            cursor.execute(
                "SELECT nextval((SELECT pg_get_serial_sequence(%s, 'id')::regclass)) FROM generate_series(1, %s)",
                [rows[0]._meta.db_table, len(new)],
            )
            _number(new, [pk for (pk,) in cursor.fetchall()])
        with connection.wrap_database_errors, cursor.copy(f"COPY {_table(rows, connection)} FROM STDIN") as copy:
            for start in range(0, len(rows), CHUNK):
                for values in _values(rows[start : start + CHUNK], connection):
                    copy.write_row(values)


def _execute(rows: Sequence[models.Model], connection: BaseDatabaseWrapper) -> None:
    """SQLite, by one prepared statement. What it has counted so far is written over first: who has written may read
    it, and nobody else counts on until the transaction ends."""
    name = rows[0]._meta.db_table
    places = ", ".join(["%s"] * len(rows[0]._meta.local_concrete_fields))
    with connection.cursor() as cursor:
        if new := [row for row in rows if row.pk is None]:
            cursor.execute("UPDATE sqlite_sequence SET seq = seq WHERE name = %s", [name])
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [name])
            last = max((cursor.fetchone() or (0,))[0], *(row.pk or 0 for row in rows))
            _number(new, range(last + 1, last + 1 + len(new)))
        statement = f"INSERT INTO {_table(rows, connection)} VALUES ({places})"  # noqa: S608 (our own names)
        for start in range(0, len(rows), CHUNK):
            cursor.executemany(statement, list(_values(rows[start : start + CHUNK], connection)))


def _table(rows: Sequence[models.Model], connection: BaseDatabaseWrapper) -> str:
    """The table and its columns, quoted, in the order of `_values`."""
    quote, meta = connection.ops.quote_name, rows[0]._meta
    return f"{quote(meta.db_table)} ({', '.join(quote(str(field.column)) for field in meta.local_concrete_fields)})"


def _number(rows: Sequence[models.Model], ids: Sequence[int]) -> None:
    for row, pk in zip(rows, ids, strict=True):
        row.pk = pk


def _values(rows: Sequence[models.Model], connection: BaseDatabaseWrapper) -> Iterator[tuple[Any, ...]]:
    """The rows as what the columns hold, column by column."""
    fields = rows[0]._meta.local_concrete_fields
    columns = [_column(field, map(attrgetter(field.attname), rows), connection) for field in fields]
    return zip(*columns, strict=True)


def _column(field: "models.Field[Any, Any]", given: Iterable[Any], connection: BaseDatabaseWrapper) -> list[Any]:
    """The field is asked how it prepares its values, but not about those that are as they should be, and of those that
    come again and again once."""
    prepare: Callable[[Any], Any] = partial(field.get_db_prep_save, connection=connection)
    if isinstance(field, REPEATED) or field.choices:
        return list(map(lru_cache(maxsize=None, typed=True)(prepare), given))
    plain = PLAIN.get(type(field))
    return [value if value is None or type(value) is plain else prepare(value) for value in given]
