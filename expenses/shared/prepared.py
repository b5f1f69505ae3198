"""Queries that Django puts together once a process.

To turn a queryset into SQL takes Django longer than a database takes to answer what a page asks. What each page asks
alike is therefore written as a queryset of values to come, and only these are sent along each time:

    latest = Prepared(lambda household, first: Expense.objects.filter(household=household).between(first, None)[:6])
    latest(household.pk, month.start)
"""

import copy
import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections, models


class Given(models.Expression):
    """A value that comes with each asking, by its place."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", (self,)


class Kept(NamedTuple):
    """A queryset with the SQL that its compiler has made of it; where a value goes, `params` has its `Given`."""

    queryset: Any
    compiler: Any
    sql: str
    params: tuple[Any, ...]


class Prepared[Row: models.Model]:
    """A queryset of models, by a function that makes it of values to come; called with the values, it asks for the
    rows.

    The values are what the columns hold (a key, a month's number, a day). None stands for itself: the function may
    leave a condition out for it, and each such shape is put together by itself.
    """

    def __init__(self, made: Callable[..., "models.QuerySet[Row]"]) -> None:
        self.made = made
        self.kept: dict[tuple[Any, ...], Kept] = {}

    def __call__(self, *values: Any, using: str | None = None) -> list[Row]:
        """One query."""
        using = using or DEFAULT_DB_ALIAS
        connection = connections[using]
        shape = connection.vendor, *(value is None for value in values)
        kept = self.kept.get(shape) or self.kept.setdefault(shape, self._put_together(values, using))
        compiler = copy.copy(kept.compiler)  # threads share what is kept, and each has connections of its own
        compiler.connection, compiler.using = connection, using
        sent = [_adapted(value, connection.ops) for value in values]
        params = tuple(sent[each.place] if isinstance(each, Given) else each for each in kept.params)
        compiler.as_sql = lambda: (kept.sql, params)
        found = kept.queryset.using(using)
        found.query.get_compiler = lambda **_: compiler
        return list(found)

    def _put_together(self, values: tuple[Any, ...], using: str) -> Kept:
        places = [None if value is None else Given(place) for place, value in enumerate(values)]
        queryset = self.made(*places)
        compiler = queryset.query.get_compiler(using)
        sql, params = compiler.as_sql()
        return Kept(queryset, compiler, sql, tuple(params))


def _adapted(value: Any, ops: Any) -> Any:
    """As the database writes it: SQLite has neither days nor moments."""
    if isinstance(value, dt.datetime):
        return ops.adapt_datetimefield_value(value)
    return ops.adapt_datefield_value(value) if isinstance(value, dt.date) else value
