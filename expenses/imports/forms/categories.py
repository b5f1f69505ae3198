"""What becomes of the categories that a file has of its own."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from expenses.categories.forms import free_name
from expenses.imports.categorising import FileCategory, categories_of, likeliest, take_categories
from expenses.imports.forms.upload import INPUT, NEW, name_field
from expenses.imports.models import Import
from expenses.imports.saying import counted
from expenses.imports.states import AlreadyDone
from expenses.shared.named import NAME_LENGTH
from expenses.shared.text import casefolded

BY_ROW = "As proposed, row by row"


def field_name(file_category: str) -> str:
    """The form's name for a category of the file, which may be any text."""
    return f"category-{hashlib.sha256(file_category.encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class CategoryFields:
    """A category of the file beside what is asked about it."""

    file: FileCategory
    choice: forms.BoundField
    name: forms.BoundField


class CategoriesForm(forms.Form):
    """For each category of the file one of ours, a new one, or none for all of its rows."""

    def __init__(self, data: QueryDict | None, *, source: Import) -> None:
        makes_new = data is not None and "all-new" in data
        super().__init__(None if makes_new else data, use_required_attribute=False)
        self.source, self.household = source, source.household
        self.all = list(self.household.categories.in_order())
        self.ours = [category for category in self.all if not category.is_archived]
        self.found = categories_of(source)
        self.likely = likeliest(source, self.found, self.ours)
        choices = [("", BY_ROW), *((str(ours.pk), ours.name) for ours in self.ours), (NEW, "A new one…")]
        for file in self.found:
            self._ask(file, choices)
        if makes_new and data is not None:
            self._make_new_of_the_rest(data)

    def _ask(self, file: FileCategory, choices: list[tuple[str, str]]) -> None:
        key = field_name(file.name)
        self.fields[key] = forms.ChoiceField(
            label=f"{file.name} becomes",
            required=False,
            choices=choices,
            widget=forms.Select(attrs=INPUT),
            error_messages={"invalid_choice": "This category is not there any more. Choose another one."},
        )
        self.fields[f"{key}-name"] = name_field()
        pk = self.likely.get(file.name)
        self.initial[key] = str(pk) if pk else ""
        self.initial[f"{key}-name"] = " ".join(file.last_part.split())[:NAME_LENGTH].strip()

    def _make_new_of_the_rest(self, sent: QueryDict) -> None:
        """As it was sent, with a new category for each that has none. Nothing is checked or written yet."""
        for file in self.found:
            key = field_name(file.name)
            self.initial[key] = sent.get(key) or NEW
            self.initial[f"{key}-name"] = sent.get(f"{key}-name") or self.initial[f"{key}-name"]

    @property
    def shown(self) -> Iterator[CategoryFields]:
        for file in self.found:
            key = field_name(file.name)
            yield CategoryFields(file, self[key], self[f"{key}-name"])

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or self.cleaned_data
        self.said: dict[str, int | str | None] = {}
        for file in self.found:
            key = field_name(file.name)
            if key in self.errors or (f"{key}-name" in self.errors and cleaned.get(key) == NEW):
                continue
            choice = cleaned[key]
            self.said[file.name] = self._new(file, key) if choice == NEW else int(choice) if choice else None
        for name in list(self.errors):
            if name.endswith("-name") and cleaned.get(name.removesuffix("-name")) != NEW:
                del self.errors[name]  # nobody asks for it
        return cleaned

    def _new(self, file: FileCategory, key: str) -> int | str | None:
        """The name of the new category; sent twice, the category that the first time has made."""
        name = " ".join(self.cleaned_data[f"{key}-name"].split())
        if not name:
            self.add_error(f"{key}-name", "Write a name for it.")
            return None
        there = next((ours for ours in self.all if ours.name_key == casefolded(name)), None)
        if there and there.pk == self.likely.get(file.name) and not there.is_archived:
            return there.pk
        try:
            return free_name(name, there)
        except ValidationError as error:
            self.add_error(f"{key}-name", error)
            return None

    def save(self) -> str:
        """Says what was done."""
        try:
            take_categories(self.source, self.said)
        except AlreadyDone as error:
            return str(error)
        new = len({casefolded(to) for to in self.said.values() if isinstance(to, str)})
        by_row = sum(to is None for to in self.said.values())
        said = counted(
            len(self.said) - by_row, "category of the file has its place", "categories of the file have their place"
        )
        more = [new and counted(new, "new category", "new categories"), by_row and f"{by_row:,} row by row"]
        return f"{said}{''.join(f', {part}' for part in more if part)}."
