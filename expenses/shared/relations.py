"""Which tables name a row of another one, so that a rare change leaves none of them out."""

from typing import Any, cast

from django.db import models


def naming(model: type[models.Model]) -> list[Any]:
    """Every foreign key to the model, also those without a name on its side: `.related_model` and `.field`."""
    fields = cast("list[Any]", model._meta.get_fields(include_hidden=True))
    return [field for field in fields if field.auto_created and (field.one_to_many or field.one_to_one)]


def rows_naming(instance: models.Model, relation: Any) -> models.QuerySet[Any]:
    """The rows of that table that name this very row."""
    return cast("models.QuerySet[Any]", relation.related_model._base_manager.filter(**{relation.field.name: instance}))
