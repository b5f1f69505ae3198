"""HouseholdFile: what somebody brought, until it is taken in."""

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from expenses.exports.reading import Checked, Package
from expenses.exports.restoring import check, restore
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
    def of(cls, household: "Household") -> "HouseholdFile | None":
        """The one that waits, if any."""
        found: HouseholdFile | None = cls.objects.filter(household=household).select_related("household").first()
        return found

    @classmethod
    @transaction.atomic
    def keep(cls, household: "Household", *, file_name: str, data: bytes, by: "User", at: dt.datetime) -> None:
        """Keep what somebody brought, in the place of what was brought before."""
        household.locked()
        given = {"file_name": file_name, "data": data, "brought_by": by, "brought_at": at}
        cls.objects.update_or_create(household=household, defaults=given)

    @property
    def package(self) -> Package:
        """Raises `NotOurs` where it can no longer be opened."""
        return Package(io.BytesIO(self.data))

    def checked(self, *, by: "User", on: dt.date) -> Checked:
        """What is in it and what is wrong with it; `on` is today. Raises `NotOurs`."""
        return check(self.package, self.household, by=by, on=on)

    @transaction.atomic
    def take_in(self, *, by: "User", on: dt.date) -> Checked:
        """Make the household what the file says, all of it or nothing. Raises as `restore`, and `NotOurs`."""
        taken = restore(self.package, self.household, by=by, on=on)
        self.delete()
        return taken
