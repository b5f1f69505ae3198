"""What becomes of the rows, and taking an import back."""

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict

from expenses.imports.choosing import Choice
from expenses.imports.models import Import, ImportRow
from expenses.imports.saying import counted
from expenses.imports.states import SCOPES, TAKEN, Kind

if TYPE_CHECKING:
    from expenses.people.models import User


def is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


class ChoicesForm:
    """What the check page says of its rows (`row-7`, `take-7`, `kind-7`, `category-7`), and the button pressed.

    A page has a hundred rows of three fields each; Django's formsets would ask the database for each of them. The
    rows are always written down first, whichever button it was, so that nothing chosen is lost.
    """

    def __init__(self, data: QueryDict, *, source: Import) -> None:
        self.data, self.source = data, source
        self.errors: dict[int, str] = {}
        self.choices: dict[int, Choice] = {}
        self.categories = {str(category.pk): category for category in source.household.categories.all()}
        for name in data:
            prefix, _, text = name.partition("-")
            if prefix == "row" and is_key(text):
                self._read(text)
        self.bulk_error = self._bulk_error()

    def _read(self, text: str) -> None:
        kind, category = self.data.get(f"kind-{text}", ""), self.data.get(f"category-{text}", "")
        if kind not in (*TAKEN, Kind.LEAVE_OUT, ""):
            self.errors[int(text)] = "Choose one of the list."
        elif category and category not in self.categories:
            self.errors[int(text)] = "Choose a category of your own household."
        else:
            chosen = self.categories[category].pk if category else None
            self.choices[int(text)] = Choice(f"take-{text}" in self.data, kind, chosen)

    def _bulk_error(self) -> str:
        if self.data.get("do") != "bulk":
            return ""
        if self.data.get("bulk_category") not in (*self.categories, Kind.INCOME, Kind.LEAVE_OUT):
            return "Choose what becomes of them."
        return "" if self.data.get("bulk_scope") in SCOPES else "Choose which rows."

    def is_valid(self) -> bool:
        return not self.errors and not self.bulk_error

    def save(self, *, by: "User", at: dt.datetime) -> str:
        """Write the choices down and do what the button says; gives a sentence where there is something to say."""
        self.source.choose(self.choices)
        do = self.data.get("do", "")
        if do == "bulk":
            return self._bulk()
        if do in ("same", "both"):
            self.source.answer(None, same=do == "same")
        for button, act in self._buttons(by, at).items():
            row = self._row(self.data.get(button, ""))
            if row is not None:
                return act(row)
        return ""

    def _buttons(self, by: "User", at: dt.datetime) -> dict[str, Callable[[ImportRow], str]]:
        return {
            "alike": self._alike,
            "same": lambda row: self._answer(row, same=True),
            "both": lambda row: self._answer(row, same=False),
            "another": self._another,
            "back": lambda row: self._back(row, by, at),
        }

    def _row(self, text: str) -> ImportRow | None:
        return self.source.rows.filter(pk=int(text)).first() if is_key(text) else None

    def _bulk(self) -> str:
        choice, scope = str(self.data["bulk_category"]), str(self.data["bulk_scope"])
        number = self.source.choose_for(
            scope,
            category=self.categories.get(choice),
            leave_out=choice == Kind.LEAVE_OUT,
            income=choice == Kind.INCOME,
        )
        return f"{counted(number, 'row')} changed."

    def _alike(self, row: ImportRow) -> str:
        return f"{counted(self.source.apply_to_alike(row), 'other row')} changed."

    def _answer(self, row: ImportRow, *, same: bool) -> str:
        self.source.answer([row.pk], same=same)
        return ""

    def _another(self, row: ImportRow) -> str:
        self.source.keep_another(row)
        return ""

    def _back(self, row: ImportRow, by: "User", at: dt.datetime) -> str:
        written = self.source.bring_back(row, by=by, at=at)
        return f"{written.description} is back." if written else "It is there already."


class RevertForm(forms.Form):
    with_edited = forms.TypedChoiceField(
        label="Those that were edited",
        choices=[("no", "Keep them"), ("yes", "Remove them too")],
        coerce=lambda value: value == "yes",
        initial="no",
        widget=forms.RadioSelect(attrs={"class": "choices"}),
        error_messages={"required": "Say whether those that were edited stay."},
    )

    def __init__(self, *args: Any, asks: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks:
            self.fields["with_edited"].required = False
            self.fields["with_edited"].widget = forms.HiddenInput()
