"""How a statement is read."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from expenses.imports import statements
from expenses.imports.forms.upload import INPUT, MethodFields
from expenses.imports.models import Import
from expenses.imports.statements import CHOICES, Mapping, MappingError, Preview, PreviewRow, Refused, dates
from expenses.imports.states import NotRead

PREVIEWED = 12  # rows
YES_NO = {"false": "money in", "true": "money out, as on many cards"}
NO_COLUMN = ("", "none")


def texts(value: str) -> tuple[str, ...]:
    """`Debit, D` as its parts."""
    return tuple(part for part in (part.strip() for part in value.split(",")) if part)


class ColumnField(forms.TypedChoiceField):
    """A column of the file, by its number from 0."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(
            label=label, required=False, coerce=int, empty_value=None, widget=forms.Select(attrs=INPUT), **kwargs
        )


class ChosenField(forms.ChoiceField):
    def __init__(self, name: str, label: str, **kwargs: Any) -> None:
        super().__init__(label=label, choices=list(CHOICES[name].items()), widget=forms.Select(attrs=INPUT), **kwargs)


class NumberField(forms.IntegerField):
    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label=label, widget=forms.NumberInput(attrs={**INPUT, "inputmode": "numeric"}), **kwargs)


class TextsField(forms.CharField):
    """Several texts, parted by commas."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(
            label=label, required=False, max_length=1000, widget=forms.TextInput(attrs=INPUT), **kwargs
        )  # fmt: skip

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, (list, tuple)) else value


@dataclass(frozen=True)
class Group:
    """Fields that stand together; those that few need are folded away."""

    key: str
    title: str
    names: tuple[str, ...]


FOLDED = (
    Group(
        "file",
        "The file",
        ("encoding", "delimiter", "quote", "skip_rows", "has_header", "footer_rows", "undated", "leave_out_balances",
         "join_continued"),
    ),
    Group("styles", "Dates and amounts", ("month_names", "year", "century_from", "decimal_mark", "thousands_mark")),
    Group(
        "columns",
        "More columns",
        ("memo", "category", "bank_id", "account", "account_in", "payee_in", "currency", "currency_code", "status",
         "status_values"),
    ),
)  # fmt: skip
# What decides where the columns are: it is looked at before the columns can be offered.
STRUCTURE = ("encoding", "delimiter", "quote", "skip_rows", "has_header", "footer_rows")


class MappingForm(MethodFields):
    """Every parameter of a mapping. What a file leaves open has no default here: it is asked."""

    date = ColumnField("Date")
    date_order = ChosenField("date_order", "Order of the date")
    layout = ChosenField("layout", "Amounts stand in")
    amount = ColumnField("Amount")
    money_out = ColumnField("Money out")
    money_in = ColumnField("Money in")
    out_negative = forms.BooleanField(label="Money out has minus signs of its own", required=False)
    flag = ColumnField("Which way it went")
    out_texts = TextsField("It says, for money out", help_text="For example: D, Debit")
    in_texts = TextsField("It says, for money in", help_text="For example: C, Credit")
    invert = forms.TypedChoiceField(
        label="An amount without a minus is",
        choices=list(YES_NO.items()),
        coerce=lambda value: value == "true",
        widget=forms.Select(attrs=INPUT),
    )
    payee = ColumnField("Description")

    encoding = ChosenField("encoding", "Letters")
    delimiter = ChosenField("delimiter", "Columns are parted by")
    quote = ChosenField("quote", "Texts are in", required=False)
    skip_rows = NumberField("Lines before the table")
    has_header = forms.BooleanField(label="The first row names the columns", required=False)
    footer_rows = NumberField("Rows at the end to leave out")
    undated = ChosenField("undated", "Rows without a date")
    leave_out_balances = forms.BooleanField(label="Leave out opening and closing balances", required=False)
    join_continued = forms.BooleanField(label="A row of text alone goes on with the row before it", required=False)

    month_names = ChosenField("month_names", "Language of month names", required=False)
    year = NumberField("Year of dates without one", required=False)
    century_from = NumberField("Two digits mean the hundred years from")
    decimal_mark = ChosenField("decimal_mark", "Decimals")
    thousands_mark = ChosenField("thousands_mark", "Thousands", required=False)

    memo = forms.TypedMultipleChoiceField(
        label="More of the text",
        required=False,
        coerce=int,
        help_text="Goes into the notes.",
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices"}),
    )
    category = ColumnField("Category")
    bank_id = ColumnField("The bank’s id of a row")
    account = ColumnField("Your account")
    account_in = ColumnField("Your account, for money in")
    payee_in = ColumnField("Description, for money in")
    currency = ColumnField("Currency")
    currency_code = forms.CharField(
        label="Currency of all rows", required=False, max_length=3, widget=forms.TextInput(attrs={**INPUT, "size": 4})
    )
    status = ColumnField("Status")
    status_values = TextsField("Leave out rows of the status", help_text="For example: Pending, Declined")

    preview: Preview

    def __init__(self, data: QueryDict | None, *, source: Import, today: dt.date) -> None:
        self.source, self.household, self.today = source, source.household, today
        saved = source.reading
        super().__init__(
            data, initial=saved.to_json() | {"invert": str(saved.invert).lower()}, use_required_attribute=False
        )
        self.offer_methods(source.payment_method)
        self.base = self._with_structure(saved)
        self._show(self.base)
        self._offer_columns()
        self._ask()

    # ── what can be chosen ──

    def _with_structure(self, saved: Mapping) -> Mapping:
        """The saved reading, cut into columns as the form says now."""
        if not self.is_bound:
            return saved
        said: dict[str, Any] = {}
        for name in STRUCTURE:
            field = self.fields[name]
            try:
                value = field.clean(field.widget.value_from_datadict(self.data, self.files, name))
            except ValidationError:
                continue
            said[name] = value
        return replace(saved, **said)

    def _show(self, mapping: Mapping) -> None:
        try:
            self.preview = statements.preview(
                bytes(self.source.data or b""), mapping, rows=PREVIEWED, today=self.today
            )
            self.refused = ""
        except Refused as error:
            self.refused = error.reason
            self.preview = Preview((), ())
        except MappingError:
            self.refused = ""
            self.preview = Preview((), ())

    @property
    def shown(self) -> list[PreviewRow]:
        """The rows of the preview; its header stands above them, unless nothing could be read yet."""
        rows = self.preview.rows
        return list(rows[1:] if self.base.has_header and not self.preview.errors else rows)

    def _offer_columns(self) -> None:
        names = [(str(at), f"{at + 1}. {name}") for at, name in enumerate(self.preview.columns)]
        for field in self.fields.values():
            if isinstance(field, ColumnField):
                field.choices = [NO_COLUMN, *names]
                field.error_messages["invalid_choice"] = "The file has no such column."
        self.fields["memo"].choices = names

    def _ask(self) -> None:
        """No default for what the file leaves open."""
        for name, values in self.source.questions.items():
            field = self.fields.get(name)
            if field is None:
                continue
            field.required = True
            field.error_messages["required"] = "The file does not say: choose."
            self.initial[name] = None
            if name == "date_order":
                days = self._days_by_order(values)
                field.label, field.choices = self._question(values), [(order, days[order]) for order in values]
                field.widget = forms.RadioSelect(choices=field.choices, attrs={"class": "choices"})
                field.error_messages["required"] = "The dates can be read either way. Say which is right."
            elif name == "invert":
                field.label = "Every amount is without a minus. They are"
            if isinstance(field, forms.ChoiceField) and name != "date_order" and not isinstance(field, ColumnField):
                field.choices = [("", "Choose…"), *CHOICES.get(name, YES_NO).items()]

    def _cells(self) -> list[str]:
        column = self.base.date
        rows = self.preview.rows[1 if self.base.has_header else 0 :]
        return [cell for row in rows if column is not None and column < len(row.cells) and (cell := row.cells[column])]

    def _question(self, orders: list[str]) -> str:
        """ "Is 03/04/2026 3 April 2026 or 4 March 2026?" of the first date that tells them apart."""
        for cell in self._cells():
            days = list(dict.fromkeys(self._day(cell, order) for order in orders))
            if len(days) > 1 and all(days):
                return f"Is {cell} {' or '.join(days)}?"
        return "In which order are the dates written?"

    def _days_by_order(self, orders: list[str]) -> dict[str, str]:
        said = {}
        for order in orders:
            days = [day for cell in self._cells()[:3] if (day := self._day(cell, order))]
            said[order] = f"{dates.IN_WORDS[order].capitalize()}: {', '.join(days)}, …"
        return said

    def _day(self, cell: str, order: Any) -> str:
        try:
            day = dates.parsed(cell, order, century_from=self.base.century_from, year=self.base.year)
        except dates.Unreadable:
            return ""
        return f"{day.day} {day:%B} {day.year}"

    # ── what was chosen ──

    @property
    def main(self) -> list[forms.BoundField]:
        return [self[name] for name in ("date", "date_order", "payee", "layout")]

    @property
    def asked_first(self) -> list[forms.BoundField]:
        """Questions about what is folded away otherwise."""
        folded = {name for group in FOLDED for name in group.names}
        return [self[name] for name in self.source.questions if name in folded]

    @property
    def groups(self) -> Iterator[tuple[Group, list[forms.BoundField], bool]]:
        asked = self.source.questions
        for group in FOLDED:
            fields = [self[name] for name in group.names if name not in asked]
            yield group, fields, any(field.errors for field in fields)

    @property
    def unsaid(self) -> set[str]:
        """The questions that nobody has answered yet: the preview shows no guess for them."""
        if self.is_bound:
            return {name for name in self.source.questions if name in self.errors}
        return set(self.source.questions)

    @property
    def hides_days(self) -> bool:
        return bool(self.unsaid & {"date", "date_order", "year"})

    @property
    def hides_amounts(self) -> bool:
        return bool(self.unsaid & {"amount", "money_out", "invert", "decimal_mark"})

    def clean_out_texts(self) -> tuple[str, ...]:
        return texts(self.cleaned_data["out_texts"])

    def clean_in_texts(self) -> tuple[str, ...]:
        return texts(self.cleaned_data["in_texts"])

    def clean_status_values(self) -> tuple[str, ...]:
        return texts(self.cleaned_data["status_values"])

    def clean_memo(self) -> tuple[int, ...]:
        return tuple(self.cleaned_data["memo"])

    def clean_currency_code(self) -> str:
        return str(self.cleaned_data["currency_code"]).strip().upper()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        values = {name: cleaned[name] for name in Mapping.__dataclass_fields__ if name in cleaned}
        self.mapping = replace(self.base, **values)
        unsaid = {name for name in self.source.questions if name in self.errors}
        width = len(self.preview.columns) or None
        for name, sentence in self.mapping.errors(width).items():
            if name not in self.errors:
                self.add_error(name if name in self.fields else None, sentence)
        if self.refused:
            self.add_error(None, self.refused)
        elif not unsaid:
            self._show(self.mapping)
        return cleaned

    def save(self, *, at: dt.datetime) -> Import | None:
        """Gives None, with the fault in the form, where the file cannot be read in this way."""
        method = self.method(required=True)
        if method is None or self.errors:
            return None
        try:
            return self.source.read_with(self.mapping, payment_method=method, at=at, today=self.today)
        except MappingError as error:
            for name, sentence in error.errors.items():
                self.add_error(name if name in self.fields else None, sentence)
        except (NotRead, Refused) as error:
            self.add_error(None, str(error))
        return None
