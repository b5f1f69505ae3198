"""HouseholdFile: what somebody brought, until it is taken in."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from expenses.shared.constraints import length_between

if TYPE_CHECKING:
    from expenses.people.models import Household, User


class HouseholdFile(models.Model):
    """A household's file that waits for a yes: one at a time."""

    household = models.OneToOneField("expenses.Household", models.CASCADE, related_name="brought_file")
    file_name = models.CharField(max_length=200)
    data = models.BinaryField()
    brought_by = models.ForeignKey("expenses.User", models.PROTECT, related_name="+")
    brought_at = models.DateTimeField()

    objects: Any = models.Manager()

    class Meta:
        verbose_name = "household’s file"
        constraints = [length_between("file_name", 1, 200, name="householdfile_name_1_to_200")]

    def __str__(self) -> str:
        return self.file_name

    @classmethod
    @transaction.atomic
    def keep(cls, household: "Household", *, file_name: str, data: bytes, by: "User", at: dt.datetime) -> None:
        """Keep what somebody brought, in the place of what was brought before."""
        household.locked()
        given = {"file_name": file_name, "data": data, "brought_by": by, "brought_at": at}
        cls.objects.update_or_create(household=household, defaults=given)
