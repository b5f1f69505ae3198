from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError

from expenses.exports.models import HouseholdFile
from expenses.exports.reading import LARGEST, NotOurs, Package
from expenses.shared.text import without_controls

if TYPE_CHECKING:
    import datetime as dt

    from django.core.files.uploadedfile import UploadedFile

    from expenses.people.models import Household, User


class RestoreForm(forms.Form):
    """The file of a household."""

    file = forms.FileField(
        label="The household’s file",
        allow_empty_file=True,
        help_text="The ZIP file that “Download everything” gave, here or on another site, up to 20 MB. "
        "You see what is in it before anything is written.",
        error_messages={"required": "Choose the ZIP file.", "max_length": "The name of the file is too long."},
        widget=forms.FileInput(attrs={"class": "input", "accept": ".zip,application/zip"}),
    )

    def __init__(self, *args: Any, household: "Household", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.household = household

    def clean_file(self) -> "UploadedFile":
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            raise ValidationError("This file is larger than 20 MB. Bring it in by the command import_household.")
        try:
            Package(file)
        except NotOurs as error:
            raise ValidationError(str(error)) from error
        return file

    def save(self, *, by: "User", at: "dt.datetime") -> None:
        file = self.cleaned_data["file"]
        file.seek(0)
        name = without_controls(file.name)[:200] or "household.zip"
        HouseholdFile.keep(self.household, file_name=name, data=file.read(), by=by, at=at)
