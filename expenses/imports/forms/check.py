"""What becomes of the rows, and taking an import back."""

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict

from expenses.imports.choosing import Choice
from expenses.imports.models import Import, ImportRow
from expenses.imports.saying import counted
from expenses.imports.sifting import MISSING, Sieve
from expenses.imports.states import TAKEN, Kind

if TYPE_CHECKING:
    from expenses.people.models import User


# What a button answers for all rows that are looked for: (what is asked, yes or no).
ANSWERS = {
    "same": ("likely", True),
    "both": ("likely", False),
    "replace": ("changed", True),
    "others": ("changed", False),
    "moves": ("moves", True),
    "no_moves": ("moves", False),
}
SCOPES = ("missing", "shown", "selected")


def is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


class ChoicesForm:
    """What the check page says of its rows (`row-7`, `kind-7`, `category-7`; `select` names those selected), and the
    button pressed. `sieve` is what the page shows.

    A page has a hundred rows of three fields each; Django's formsets would ask the database for each of them. The
    rows are always written down first, whichever button it was, so that nothing chosen is lost.
    """

    def __init__(self, data: QueryDict, *, source: Import, sieve: Sieve) -> None:
        self.data, self.source, self.sieve = data, source, sieve
        self.picked = [int(text) for text in data.getlist("select") if is_key(text)]
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
            self.choices[int(text)] = Choice(kind != Kind.LEAVE_OUT, kind, chosen)

    @property
    def scope(self) -> str:
        """Which rows one choice is made for: those shown, of these the ones without a category, or the selected."""
        return self.data.get("bulk_scope", "")

    @property
    def bulk_choice(self) -> str:
        return self.data.get("selected_category" if self.scope == "selected" else "bulk_category", "")

    def _bulk_error(self) -> str:
        if not self.scope:
            return ""
        if self.scope not in SCOPES:
            return "Choose which rows."
        if self.scope == "selected" and not self.picked:
            return "Select the rows that you mean first."
        known = self.bulk_choice in (*self.categories, Kind.INCOME, Kind.LEAVE_OUT)
        return "" if known else "Choose what becomes of them."

    def is_valid(self) -> bool:
        return not self.errors and not self.bulk_error

    def save(self, *, by: "User", at: dt.datetime) -> str:
        """Write the choices down and do what the button says; gives a sentence where there is something to say."""
        self.source.choose(self.choices)
        if self.scope:
            return self._bulk()
        do = self.data.get("do", "")
        if do in ANSWERS:
            name, same = ANSWERS[do]
            number = self.source.answer(self.sieve.asked_at_once(self.source, name).values("pk"), same=same)
            return f"{counted(number, 'row')} answered."
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
        rows = self.sieve.rows(self.source)
        if self.scope == "selected":
            rows = self.source.rows.filter(pk__in=self.picked)
        elif self.scope == "missing":
            rows = rows.filter(MISSING)
        number = self.source.choose_among(
            rows,
            category=self.categories.get(self.bulk_choice),
            leave_out=self.bulk_choice == Kind.LEAVE_OUT,
            income=self.bulk_choice == Kind.INCOME,
            turning=self.scope == "selected" or self.sieve.what in ("in", "left"),
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
