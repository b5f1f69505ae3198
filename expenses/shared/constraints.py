"""Constraints that Django has no class for."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Length

# SQLite checks no lengths: check constraints say `name__length__range=(1, 50)`.
models.CharField.register_lookup(Length, "length")
models.TextField.register_lookup(Length, "length")


class CompositeForeignKey(models.BaseConstraint):
    """`(category, household)` must be a row of the parent: a row's category belongs to the row's household.

    Held by the database on SQLite (part of CREATE TABLE, so that it survives table rebuilds) and on Postgres
    (ALTER TABLE). The parent needs a unique constraint over `to_fields`, created before this one. A row where one
    of the fields is empty is not checked, as SQL says for composite keys.
    """

    def __init__(self, *, fields: Iterable[str], to: str, to_fields: Iterable[str], name: str, **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.fields = tuple(fields)
        self.to = to
        self.to_fields = tuple(to_fields)

    def _reference(self, model: type[models.Model], editor: Any) -> str:
        # The app registry that SQLite's table rebuild works with holds one model only: ask the global one.
        parent = apps.get_model(self.to)

        def columns(of: Any, names: Iterable[str]) -> str:
            return ", ".join(editor.quote_name(of._meta.get_field(name).column) for name in names)

        return (
            f"FOREIGN KEY ({columns(model, self.fields)}) REFERENCES {editor.quote_name(parent._meta.db_table)} "
            f"({columns(parent, self.to_fields)}) DEFERRABLE INITIALLY DEFERRED"
        )

    def constraint_sql(self, model: Any, schema_editor: Any) -> str:
        return f"CONSTRAINT {schema_editor.quote_name(self.name)} {self._reference(model, schema_editor)}"

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        if schema_editor.connection.vendor == "sqlite":
            schema_editor._remake_table(model)
            return None
        table = schema_editor.quote_name(model._meta.db_table)
        return f"ALTER TABLE {table} ADD {self.constraint_sql(model, schema_editor)}"

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        if schema_editor.connection.vendor == "sqlite":
            schema_editor._remake_table(model)
            return None
        table = schema_editor.quote_name(model._meta.db_table)
        return f"ALTER TABLE {table} DROP CONSTRAINT {schema_editor.quote_name(self.name)}"

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: Any = "default") -> None:
        values = {
            to: getattr(instance, model._meta.get_field(name).attname)
            for to, name in zip(self.to_fields, self.fields, strict=True)
        }
        if None in values.values() or (exclude and set(self.fields) & set(exclude)):
            return
        if not apps.get_model(self.to)._base_manager.using(using).filter(**values).exists():
            raise ValidationError(self.get_violation_error_message(), code=self.violation_error_code)

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "fields": self.fields, "to": self.to, "to_fields": self.to_fields}

    def __eq__(self, other: object) -> bool:
        if isinstance(other, CompositeForeignKey):
            return bool(self.deconstruct() == other.deconstruct())
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.name)


def length_between(field: str, shortest: int, longest: int, *, name: str) -> models.CheckConstraint:
    """The text has so many characters, on SQLite too."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__length__range": (shortest, longest)}), name=name)


def in_household(field: str, to: str, *, name: str) -> CompositeForeignKey:
    """The row that `field` points to belongs to this row's household."""
    return CompositeForeignKey(
        fields=[field, "household"],
        to=to,
        to_fields=["id", "household"],
        name=name,
        violation_error_message="Choose one of your own household.",
    )
