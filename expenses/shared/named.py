"""What a household names and may archive: categories, payment methods."""

import datetime as dt
from typing import Any, Self

from django.db import models

from expenses.shared.text import casefolded, refuse_controls

NAME_LENGTH = 50
KEY_LENGTH = 150  # casefold may lengthen: ß is ss, ﬃ is ffi


class NamedQuerySet[Model: models.Model](models.QuerySet[Model]):
    def active(self) -> Self:
        """Those offered in pickers."""
        return self.filter(archived_on=None)

    def archived(self) -> Self:
        return self.exclude(archived_on=None)

    def named(self, name: str) -> Self:
        """The one of this name, whatever its case."""
        return self.filter(name_key=casefolded(name))


class Named(models.Model):
    """A name that no other of the household has, whatever its case, and a place in the pickers until archived."""

    name = models.CharField(max_length=NAME_LENGTH, validators=[refuse_controls])
    name_key = models.CharField(max_length=KEY_LENGTH, editable=False)
    archived_on = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        self.name = " ".join(self.name.split())
        self.name_key = casefolded(self.name)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name_key = casefolded(self.name)
        super().save(*args, **kwargs)

    @property
    def is_archived(self) -> bool:
        return self.archived_on is not None

    def archive(self, *, on: dt.date) -> None:
        """Leave the pickers; what has it keeps it."""
        self.archived_on = on
        self.save(update_fields=["archived_on"])

    def bring_back(self) -> None:
        """Into the pickers again."""
        self.archived_on = None
        self.save(update_fields=["archived_on"])
