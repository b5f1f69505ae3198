"""A file, and whose statement it is."""

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError

from expenses.imports.models import Import
from expenses.imports.statements import Refused
from expenses.imports.statements.recognising import LARGEST, TOO_LARGE
from expenses.imports.uploading import method_called
from expenses.ledger.models import PaymentMethod
from expenses.shared.named import NAME_LENGTH
from expenses.shared.text import refuse_controls

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from expenses.people.models import Household, User

NEW = "new"
INPUT = {"class": "input"}
# What a file dialog shows first. The format is told by the content: a phone that knows none of these names offers all.
ACCEPTED = (
    ".csv,.txt,.tsv,.tab,.dat,.xlsx,.ofx,.qfx,.qbo,.qif,.xml,.camt,.c53,.053,.zip,.sta,.mt940,.940,.mta,.swi,"
    "text/csv,text/plain,text/xml,application/xml,application/zip,application/x-ofx,application/vnd.ms-excel,"
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)


def name_field(help_text: str = "") -> forms.CharField:
    """The name of a new one, beside a choice that offers `NEW`."""
    return forms.CharField(
        label="Name of the new one",
        required=False,
        max_length=NAME_LENGTH,
        validators=[refuse_controls],
        help_text=help_text,
        widget=forms.TextInput(attrs={**INPUT, "autocomplete": "off"}),
    )


class MethodFields(forms.Form):
    """Whose statement it is: one of the payment methods, or a new one."""

    payment_method = forms.ChoiceField(
        label="From which account or card", required=False, widget=forms.Select(attrs=INPUT)
    )
    new_method = name_field("As you call it: Current account, Visa, Cash.")

    household: "Household"

    def offer_methods(self, chosen: PaymentMethod | None = None, *, none: str = "Choose…") -> None:
        methods = list(self.household.payment_methods.filter(archived_on=None).order_by("name", "pk"))
        offered = [(str(method.pk), method.name) for method in methods]
        self.fields["payment_method"].choices = [("", none), *offered, (NEW, "A new one…")]
        self.initial.setdefault("payment_method", str(chosen.pk) if chosen else "" if methods else NEW)
        if not methods:  # then the name alone is asked
            self.fields["new_method"].label = self.fields["payment_method"].label
        self.methods = {str(method.pk): method for method in methods}

    def method(self, *, required: bool) -> PaymentMethod | None:
        """The one chosen; a new one is not written down yet. Puts the fault at its field and gives None."""
        choice = self.cleaned_data.get("payment_method", "")
        name = self.cleaned_data.get("new_method", "").strip()
        if choice in self.methods:
            return self.methods[choice]
        if name and (choice == NEW or not choice):
            try:
                return method_called(self.household, name)
            except ValidationError as error:
                self.add_error("new_method", error.messages)
                return None
        if required and "payment_method" not in self.errors and "new_method" not in self.errors:
            if choice == NEW:
                self.add_error("new_method", "Write a name for it.")
            else:
                self.add_error("payment_method", "Say which account or card this statement is from.")
        return None


class UploadForm(MethodFields):
    file = forms.FileField(
        label="Statement",
        allow_empty_file=True,
        help_text="CSV, Excel (XLSX), OFX, QFX, QBO, QIF, CAMT.053 (XML or ZIP) or MT940, from your bank or from "
        "another budget app, up to 20 MB. Nothing is written before you have checked it.",
        error_messages={"required": "Choose the file that your bank gave you."},
        widget=forms.FileInput(attrs={**INPUT, "accept": ACCEPTED}),
    )
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    field_order = ["file", "payment_method", "new_method"]

    def __init__(self, *args: Any, household: "Household", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.household = household
        self.initial.setdefault("key", uuid.uuid4())
        self.offer_methods(none="As the file says, or choose later")

    def clean_file(self) -> "UploadedFile":
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise ValidationError(TOO_LARGE)
        return file

    def save(self, *, by: "User", at: dt.datetime) -> Import | None:
        """Gives None where the file is no statement: the reason stands at the field then."""
        method = self.method(required=False)
        if self.errors:
            return None
        file = self.cleaned_data["file"]
        try:
            return Import.upload(
                household=self.household,
                file_name=file.name,
                data=file.read(),
                by=by,
                at=at,
                payment_method=method,
                key=self.cleaned_data["key"],
            )
        except Refused as error:
            self.add_error("file", error.reason)
            return None
