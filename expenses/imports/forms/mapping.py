"""How a statement is read."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from expenses.imports import statements
from expenses.imports.forms.accounts import GONE, MOST_ACCOUNTS, AccountsForm
from expenses.imports.forms.upload import INPUT
from expenses.imports.models import Import
from expenses.imports.statements import (
    CHOICES,
    TABLES,
    Mapping,
    MappingError,
    Preview,
    PreviewRow,
    Refused,
    Statement,
    accounts_of,
    dates,
)
from expenses.imports.states import AlreadyDone, NotRead
from expenses.imports.uploading import read_in_steps
from expenses.ledger.models import PaymentMethod
from expenses.shared.progress import Work, completed

PREVIEWED = 12  # rows
YES_NO = {"false": "money in", "true": "money out, as on many cards"}
NO_COLUMN = ("", "none")
GROUP = "group"
NO_COLUMN_YET = ("", "Choose…")
TOO_MANY = "The rows name {:,} accounts, and at most {} can be told apart."
COLUMN_LISTS = {"memo", "nature"}


def texts(value: str) -> tuple[str, ...]:
    """`Debit, D` as its parts."""
    return tuple(part for part in (part.strip() for part in value.split(",")) if part)


class ColumnField(forms.TypedChoiceField):
    """A column of the file, by its number from 0."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(
            label=label, required=False, coerce=int, empty_value=None, widget=forms.Select(attrs=INPUT), **kwargs
        )


class MemberField(ColumnField):
    """The column of one person's share; none for the costs of the whole group, which can be said too."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.coerce = lambda value: None if value == GROUP else int(value)


class ColumnsField(forms.TypedMultipleChoiceField):
    """Several columns of the file, by their numbers."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(
            label=label,
            required=False,
            coerce=int,
            widget=forms.CheckboxSelectMultiple(attrs={"class": "choices"}),
            error_messages={"invalid_choice": "The file has no such column."},
            **kwargs,
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
        ("sheet", "encoding", "delimiter", "quote", "skip_rows", "has_header", "footer_rows", "undated",
         "leave_out_balances", "join_continued"),
    ),
    Group("styles", "Dates and amounts", ("month_names", "year", "century_from", "decimal_mark", "thousands_mark")),
    Group(
        "columns",
        "More columns",
        ("memo", "category", "bank_id", "account", "account_in", "payee_in", "currency", "currency_code", "fee",
         "flag_first", "status", "status_values", "nature", "transfer_texts", "opening_texts", "settlement_texts",
         "transfers_name_accounts", "member"),
    ),
)  # fmt: skip
# What decides where the columns are: it is looked at before the columns can be offered.
STRUCTURE = ("sheet", "encoding", "delimiter", "quote", "skip_rows", "has_header", "footer_rows")


class MappingForm(AccountsForm):
    """How a file is read: of a table every parameter of a mapping, of other formats the few that they leave open. What
    a file does not say has no default here: it is asked."""

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

    sheet = forms.ChoiceField(
        label="Sheet",
        required=False,
        widget=forms.Select(attrs=INPUT),
        error_messages={"invalid_choice": "The file has no such sheet."},
    )
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

    memo = ColumnsField("More of the text", help_text="Goes into the notes.")
    category = ColumnField("Category")
    bank_id = ColumnField("The bank’s id of a row")
    account = ColumnField("Your account")
    account_in = ColumnField("Your account, for money in")
    payee_in = ColumnField("Description, for money in")
    currency = ColumnField("Currency")
    currency_code = forms.CharField(
        label="Currency of all rows", required=False, max_length=3, widget=forms.TextInput(attrs={**INPUT, "size": 4})
    )
    fee = ColumnField("Fee", help_text="Counted as money out besides the amount.")
    flag_first = ColumnField(
        "Which way it went, before all else", help_text="Goes before the other column where it has one of its texts."
    )
    status = ColumnField("Status")
    status_values = TextsField("Leave out rows of the status", help_text="For example: Pending, Declined")
    nature = ColumnsField("What kind of row it is")
    transfer_texts = TextsField("It says, for a move between accounts", help_text="For example: Transfer*")
    opening_texts = TextsField("It says, for an opening balance")
    settlement_texts = TextsField("It says, for a settlement between people")
    transfers_name_accounts = forms.BooleanField(
        label="A payee that is one of your accounts is a move between them",
        required=False,
        help_text="In rows without a category.",
    )
    member = MemberField("Whose share of the costs")

    preview: Preview
    too_many = 0
    whose: PaymentMethod | None = None

    def __init__(self, data: QueryDict | None, *, source: Import, today: dt.date, afresh: bool = False) -> None:
        """`afresh`: by our own best reading, not as the last file of this kind or as was said before."""
        self.source, self.household, self.today = source, source.household, today
        self.data_read = bytes(source.data or b"")
        self.format = source.format_name
        self.is_table = source.format in TABLES
        saved, self.questions = source.reading, source.questions
        if afresh:
            guessed = statements.guess(self.data_read)
            saved, self.questions = guessed.mapping, {name: list(n) for name, n in guessed.alternatives.items()}
        super().__init__(
            data, initial=saved.to_json() | {"invert": str(saved.invert).lower()}, use_required_attribute=False
        )
        self.offer_methods(source.payment_method)
        self.fields["payment_method"].error_messages["invalid_choice"] = GONE
        self._read: tuple[Mapping, Statement] | None = None
        self.refused = ""
        self._keep_fields()
        self.base = self._with_structure(saved)
        self._show(self.base)
        self._offer_columns()
        self._ask()
        if not self.is_bound:
            self._find_accounts(self.base)

    # ── what can be chosen ──

    def _keep_fields(self) -> None:
        """Those of this format, besides whose it is."""
        if self.is_table:
            if self.source.format != "csv":
                for name in ("encoding", "delimiter", "quote"):
                    del self.fields[name]
                self.fields["sheet"].choices = [(name, name) for name in statements.sheets(self.data_read)]
            else:
                del self.fields["sheet"]
            return
        kept = {"payment_method", "new_method", *(statements.fields_of(self.source.format) or ())}
        for name in [name for name in self.fields if name not in kept]:
            del self.fields[name]

    def _statement(self, mapping: Mapping) -> Statement:
        """The whole file in this reading; read once for each. Raises as `statements.read`."""
        if self._read is None or self._read[0] != mapping:
            self._read = mapping, statements.read(self.data_read, mapping, today=self.today)
        return self._read[1]

    def _find_accounts(self, mapping: Mapping) -> None:
        """The accounts that the rows name. Of a table without a column for it there is nothing to look for."""
        if self.is_table and mapping.account is None and mapping.account_in is None:
            return
        try:
            found = accounts_of(self._statement(mapping).records)
        except (Refused, MappingError):
            return
        self.too_many = len(found) if len(found) > MOST_ACCOUNTS else 0
        self.offer_accounts(found)

    def _with_structure(self, saved: Mapping) -> Mapping:
        """The saved reading, cut into columns as the form says now."""
        if not self.is_bound:
            return saved
        said: dict[str, Any] = {}
        for name in STRUCTURE:
            field = self.fields.get(name)
            if field is None:
                continue
            try:
                value = field.clean(field.widget.value_from_datadict(self.data, self.files, name))
            except ValidationError:
                continue
            said[name] = value
        return replace(saved, **said)

    def _show(self, mapping: Mapping) -> None:
        try:
            if self.is_table:
                self.preview = statements.preview(self.data_read, mapping, rows=PREVIEWED, today=self.today)
            else:
                self.preview = Preview((), first_rows(self._statement(mapping)))
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
        has_header = self.is_table and self.base.has_header and not self.preview.errors
        return list(rows[1:] if has_header else rows)

    @property
    def shows_account(self) -> bool:
        """Whether the preview has a column for it: a table shows its own."""
        return not self.is_table and len({row.record.account for row in self.shown if row.record}) > 1

    @property
    def shows_category(self) -> bool:
        return not self.is_table and any(row.record and row.record.category for row in self.shown)

    @property
    def width(self) -> int:
        """Columns of the preview that a row which is no record fills with its reason."""
        return 3 + self.shows_account + self.shows_category

    def _offer_columns(self) -> None:
        names = [(str(at), f"{at + 1}. {name}") for at, name in enumerate(self.preview.columns)]
        for field in self.fields.values():
            if isinstance(field, ColumnField):
                field.choices = [NO_COLUMN, *names]
                field.error_messages["invalid_choice"] = "The file has no such column."
        for name in COLUMN_LISTS & set(self.fields):
            self.fields[name].choices = names

    def _ask(self) -> None:
        """No default for what the file leaves open."""
        for name, values in self.questions.items():
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
            elif name == "member":
                people = [choice for choice in field.choices if choice[0] in values and choice[0]]
                field.choices = [NO_COLUMN_YET, *people, (GROUP, "that of the whole group")]
                field.label = "Whose share?"
                field.error_messages["required"] = "The file has the costs of a group: say whose share counts here."
            if isinstance(field, forms.ChoiceField) and name != "date_order" and not isinstance(field, ColumnField):
                field.choices = [("", "Choose…"), *CHOICES.get(name, YES_NO).items()]

    def _cells(self) -> list[str]:
        column = self.base.date
        rows = self.preview.rows[1 if self.base.has_header else 0 :]
        return [cell for row in rows if column is not None and column < len(row.cells) and (cell := row.cells[column])]

    def _question(self, orders: list[str]) -> str:
        """ "Is 03/04/2026 3 April 2026 or 4 March 2026?" of the first date that tells them apart."""
        if not self.is_table:
            days = [said[0] for order in orders if (said := self._first_days(order))]
            return f"Is the first day {' or '.join(dict.fromkeys(days))}?"
        for cell in self._cells():
            days = list(dict.fromkeys(self._day(cell, order) for order in orders))
            if len(days) > 1 and all(days):
                return f"Is {cell} {' or '.join(days)}?"
        return "In which order are the dates written?"

    def _days_by_order(self, orders: list[str]) -> dict[str, str]:
        said = {}
        for order in orders:
            days = self._first_days(order)
            said[order] = f"{dates.IN_WORDS[order].capitalize()}: {', '.join(days)}, …"
        return said

    def _first_days(self, order: Any) -> list[str]:
        """Up to three days, in words, as they would be in this order."""
        if self.is_table:
            return [day for cell in self._cells()[:3] if (day := self._day(cell, order))]
        preview = statements.preview(self.data_read, replace(self.base, date_order=order), rows=3, today=self.today)
        return [in_words(row.record.date) for row in preview.rows if row.record]

    def _day(self, cell: str, order: Any) -> str:
        try:
            day = dates.parsed(cell, order, century_from=self.base.century_from, year=self.base.year)
        except dates.Unreadable:
            return ""
        return in_words(day)

    # ── what was chosen ──

    @property
    def main(self) -> list[forms.BoundField]:
        return [self[name] for name in ("date", "date_order", "payee", "layout")]

    @property
    def asked_first(self) -> list[forms.BoundField]:
        """Questions about what is folded away otherwise."""
        folded = {name for group in FOLDED for name in group.names}
        shown = folded if self.is_table else set(self.fields)
        return [self[name] for name in self.questions if name in shown & set(self.fields)]

    @property
    def groups(self) -> Iterator[tuple[Group, list[forms.BoundField], bool]]:
        mine = {"payment_method", "new_method", *(name for name in self.fields if name.startswith("account-"))}
        rest = tuple(name for name in self.fields if name not in mine)
        for group in FOLDED if self.is_table else (Group("reading", "How it is read", rest),):
            fields = [self[name] for name in group.names if name in self.fields and name not in self.questions]
            if fields:
                yield group, fields, any(field.errors for field in fields)

    @property
    def unsaid(self) -> set[str]:
        """The questions that nobody has answered yet: the preview shows no guess for them."""
        if self.is_bound:
            return {name for name in self.questions if name in self.errors}
        return set(self.questions)

    @property
    def hides_days(self) -> bool:
        return bool(self.unsaid & {"date", "date_order", "year"})

    @property
    def hides_amounts(self) -> bool:
        return bool(self.unsaid & {"amount", "money_out", "invert", "decimal_mark", "member"})

    def _as_kept(self, name: str, value: Any) -> Any:
        """A field's value as a mapping has it."""
        if isinstance(self.fields[name], TextsField):
            return texts(value)
        return tuple(value) if name in COLUMN_LISTS else value

    def clean_currency_code(self) -> str:
        return str(self.cleaned_data["currency_code"]).strip().upper()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        values = {name: self._as_kept(name, cleaned[name]) for name in Mapping.__dataclass_fields__ if name in cleaned}
        self.mapping = replace(self.base, **values)
        unsaid = {name for name in self.questions if name in self.errors}
        width = len(self.preview.columns) or None
        for name, sentence in self.mapping.errors(width).items():
            if name not in self.errors and (self.is_table or name in self.fields):
                self.add_error(name if name in self.fields else None, sentence)
        if self.refused:
            self.add_error(None, self.refused)
        elif not unsaid:
            self._show(self.mapping)
        self._find_accounts(self.mapping)
        if self.too_many:
            self.add_error("account" if self.is_table else None, TOO_MANY.format(self.too_many, MOST_ACCOUNTS))
        self.clean_accounts()
        return cleaned

    def is_complete(self) -> bool:
        """Whether it says whose the rows are, besides how they are read."""
        self.whose = self._method()
        return self.whose is not None and not self.errors

    def _method(self) -> PaymentMethod | None:
        """Whose the rows are that name no account of several."""
        if self.accounts:
            return next(filter(None, self.chosen.values()), None)
        return self.method(required=True)

    def in_steps(self, *, at: dt.datetime) -> Work[Import]:
        """Of a form that is complete. Raises as `uploading.read_in_steps`."""
        if self.whose is None:
            raise NotRead("Say which account or card this statement is from.")
        statement = self._read[1] if self._read and self._read[0] == self.mapping else None
        self._read = None  # used up by what follows
        return read_in_steps(
            self.source,
            self.mapping,
            payment_method=self.whose,
            accounts=self.chosen,
            at=at,
            today=self.today,
            statement=statement,
        )

    def save(self, *, at: dt.datetime) -> Import | None:
        """Gives None, with the fault in the form, where the file cannot be read in this way."""
        try:
            return completed(self.in_steps(at=at))
        except MappingError as error:
            for name, sentence in error.errors.items():
                self.add_error(name if name in self.fields else None, sentence)
        except (NotRead, Refused, AlreadyDone) as error:
            self.add_error(None, str(error))
        return None


def first_rows(statement: Statement) -> tuple[PreviewRow, ...]:
    """What a format without columns shows: its first rows, and the first that cannot be read or are left out."""
    rows = [PreviewRow(record.line, (), record=record) for record in statement.records[:PREVIEWED]]
    rows += [PreviewRow(problem.line, (), problem=problem) for problem in statement.problems[:PREVIEWED]]
    rows += [PreviewRow(row.line, (), left_out=row) for row in statement.left_out[:PREVIEWED]]
    return tuple(sorted(rows, key=lambda row: row.line)[:PREVIEWED])


def in_words(day: dt.date) -> str:
    """`3 April 2026`."""
    return f"{day.day} {day:%B} {day.year}"
