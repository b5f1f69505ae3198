"""The filter of the list, the expense as it is written and changed, bulk changes, payment methods."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model

from expenses.categories.models import Category
from expenses.ledger import spending
from expenses.ledger.bulk import NotAsSeen, Promise, as_seen
from expenses.ledger.filters import NO_METHOD, ExpenseFilter
from expenses.ledger.models import (
    ChangedMeanwhile,
    Expense,
    ExpenseQuerySet,
    KeyUsed,
    PaymentMethod,
    Recent,
    undoable,
    writers,
)
from expenses.people.models import User
from expenses.shared.forms import KeyField, MonthFormField, SeenField, use_currency
from expenses.shared.money import AmountField, format_amount
from expenses.shared.months import FIRST_YEAR, LAST_YEAR, Month
from expenses.shared.named import KEY_LENGTH
from expenses.shared.periods import Period
from expenses.shared.text import casefolded, folded, refuse_controls

if TYPE_CHECKING:
    from expenses.people.models import Household

REMEMBERED = 500  # so many past expenses say what a form offers
OFFERED = 100  # descriptions
GIVEN = ("category", "payment_method", "spent_on", "notes")  # what a link to a new expense may fill in
CHOSEN = 10_000  # expenses ticked at once


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


# ── fields that choose among rows which the form has loaded already ───────────────────────────────


class RowField(forms.ChoiceField):
    """One of some rows; gives the row."""

    rows: dict[str, Any]

    def offer(self, rows: Iterable[Model], *, empty: str | None = None) -> None:
        self.rows = {str(row.pk): row for row in rows}
        first = [] if empty is None else [("", empty)]
        self.choices = [*first, *((key, str(row)) for key, row in self.rows.items())]

    def clean(self, value: Any) -> Any:
        return self.rows.get(super().clean(value))


class RowsField(forms.MultipleChoiceField):
    """Some of some rows; gives the rows. `extra` values stand for no row and are given as they are."""

    widget = forms.CheckboxSelectMultiple
    rows: dict[str, Any]

    def offer(self, rows: Iterable[Model], *, extra: Sequence[tuple[str, str]] = ()) -> None:
        self.rows = {str(row.pk): row for row in rows}
        self.choices = [*((key, str(row)) for key, row in self.rows.items()), *extra]

    def clean(self, value: Any) -> Any:
        return [self.rows.get(key, key) for key in dict.fromkeys(super().clean(value))]


class ColorChips(forms.RadioSelect):
    """Categories as chips, each with its dot."""

    template_name = "ledger/_chips.html"
    colors: dict[str, str]

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return super().create_option(name, value, *args, **kwargs) | {"color": self.colors.get(str(value), "")}


# ── the filter ────────────────────────────────────────────────────────────────────────────────────


class FilterForm(forms.Form):
    """Reads a filter from the URL. What is unreadable is named and left out, and the page stands."""

    q = forms.CharField(
        label="Search descriptions and notes",
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "placeholder": "Search descriptions and notes",
                "aria-label": "Search descriptions and notes",
                "aria-keyshortcuts": "/",
            }
        ),
    )
    month = MonthFormField(label="Month", required=False)
    first = forms.DateField(label="From", required=False, widget=DayInput())
    last = forms.DateField(label="To", required=False, widget=DayInput())
    category = RowsField(
        label="Categories",
        required=False,
        error_messages={"invalid_choice": "This household has no such category."},
    )
    at_least = AmountField(label="At least", required=False)
    at_most = AmountField(label="At most", required=False)
    method = RowsField(
        label="Paid with",
        required=False,
        error_messages={"invalid_choice": "This household has no such payment method."},
    )
    member = RowsField(
        label="Written by",
        required=False,
        error_messages={"invalid_choice": "Nobody of this household is meant by that."},
    )

    def __init__(self, data: Any, *, household: "Household") -> None:
        super().__init__(data)
        self.household = household
        use_currency(self, household.decimals)
        self.fields["month"].starts_on = household.month_starts_on
        self.categories = list(household.categories.in_order())
        self.methods = list(household.payment_methods.in_order())
        self.members = list(writers(household))
        self.fields["category"].offer(self.categories)
        self.fields["method"].offer(self.methods, extra=[(NO_METHOD, "Nothing said")])
        self.fields["member"].offer(self.members)

    def add_prefix(self, field_name: str) -> str:
        """`from` and `to` are the names in the URL; `from` is a word of Python's."""
        return {"first": "from", "last": "to"}.get(field_name, field_name)

    def clean_first(self) -> dt.date | None:
        return self._in_range("first")

    def clean_last(self) -> dt.date | None:
        return self._in_range("last")

    def _in_range(self, name: str) -> dt.date | None:
        day = self.cleaned_data[name]
        if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValidationError(f"Write a date between {FIRST_YEAR} and {LAST_YEAR}.")
        return day

    def clean(self) -> dict[str, Any]:
        for low, high, sentence in [
            ("first", "last", "The last day is before the first one."),
            ("at_least", "at_most", "This is less than “at least”."),
        ]:
            least, most = self.cleaned_data.get(low), self.cleaned_data.get(high)
            if least is not None and most is not None and most < least:
                self.add_error(high, sentence)
        return self.cleaned_data

    @property
    def chosen(self) -> ExpenseFilter:
        """What is asked for, without what could not be read."""
        self.is_valid()
        said = self.cleaned_data
        methods = said.get("method", [])
        return ExpenseFilter(
            household=self.household,
            q=said.get("q", ""),
            categories=tuple(said.get("category", [])),
            month=said.get("month") or None,
            first=said.get("first"),
            last=said.get("last"),
            at_least=said.get("at_least"),
            at_most=said.get("at_most"),
            methods=tuple(method for method in methods if method != NO_METHOD),
            or_no_method=NO_METHOD in methods,
            members=tuple(said.get("member", [])),
        )

    @property
    def faults(self) -> list[str]:
        """A sentence for each part that was left out."""
        return [
            f"{self.fields[name].label}: {sentence} It is left out."
            for name, sentences in self.errors.items()
            for sentence in sentences
        ]

    def quick(self, on: dt.date) -> list[tuple[str, str]]:
        """Stretches of days to choose with one click: word and query string."""
        month, chosen = self.household.month_of(on), self.chosen.but(month=None, first=None, last=None)
        january = Month(month.year, 1, month.starts_on).start
        stretches = [
            (month.name, chosen.but(month=month)),
            (month.previous.name, chosen.but(month=month.previous)),
            ("The last 7 days", chosen.but(first=on - dt.timedelta(days=6), last=on)),
            (str(month.year), chosen.but(first=january, last=Month(month.year, 12, month.starts_on).last_day)),
            ("All time", chosen),
        ]
        return [(word, filtered.query) for word, filtered in stretches]


# ── one expense ───────────────────────────────────────────────────────────────────────────────────


class SpendingForm(forms.ModelForm):
    """What an expense and one that comes again ask for alike."""

    amount = AmountField(nonzero=True, error_messages={"required": "Write an amount, for example 12.50."})
    category = RowField(
        error_messages={
            "required": "Choose a category.",
            "invalid_choice": "Choose one of the categories of this household.",
        }
    )
    payment_method = RowField(
        label="Paid with",
        required=False,
        error_messages={"invalid_choice": "Choose one of the payment methods of this household."},
    )
    no_category: str | None = None  # what the field says before one is chosen

    def __init__(self, *args: Any, household: "Household", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.household = household
        self.instance.household = household
        use_currency(self, household.decimals)
        self.offer()

    def offer(self) -> None:
        """Put what can be chosen into the fields; what it has already can stay, archived or not."""
        kept = self.instance.category_id
        categories = [c for c in self.household.categories.in_order() if not c.is_archived or c.pk == kept]
        self.fields["category"].offer(self.in_their_order(categories), empty=None if kept else self.no_category)
        kept = self.instance.payment_method_id
        methods = [m for m in self.household.payment_methods.in_order() if not m.is_archived or m.pk == kept]
        self.fields["payment_method"].offer(methods, empty="–")

    def in_their_order(self, categories: list[Category]) -> list[Category]:
        return categories


class ExpenseForm(SpendingForm):
    """What both writing down and changing ask for."""

    new_method = forms.CharField(
        label="Or a new one",
        required=False,
        max_length=50,
        validators=[refuse_controls],
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Card, cash, …"}),
    )

    class Meta:
        model = Expense
        fields = ["amount", "description", "category", "spent_on", "payment_method", "notes"]
        widgets = {
            "description": forms.TextInput(attrs={"autocomplete": "off", "maxlength": 200}),
            "spent_on": DayInput(),
            "notes": forms.Textarea(attrs={"rows": 2, "maxlength": 10_000}),
        }
        error_messages = {
            "description": {"required": "Write what it was."},
            "spent_on": {"required": "Choose a date.", "invalid": "Write a date like 2026-11-22."},
        }

    def clean_new_method(self) -> str:
        name = " ".join(self.cleaned_data["new_method"].split())
        if len(casefolded(name)) > KEY_LENGTH:
            raise ValidationError("This name is too long. Write a shorter one.", code="max_length")
        return name

    def _with(self, name: str, value: str) -> Any:
        """What was sent, with another value in a hidden field."""
        data: Any = self.data.copy()
        data[name] = value
        return data

    def _method(self) -> PaymentMethod | None:
        """The chosen method; a new one is made, and one of that name taken (and brought back) if there is one."""
        name = self.cleaned_data["new_method"]
        if not name:
            return self.cleaned_data["payment_method"]
        found = self.household.payment_methods.named(name).first()
        if found is None:
            return PaymentMethod.objects.create(household=self.household, name=name)
        if found.is_archived:
            found.bring_back()
        return found


class NewExpenseForm(ExpenseForm):
    """An expense to write down, with what past ones suggest; the same form sent twice writes one."""

    category = RowField(widget=ColorChips, error_messages=ExpenseForm.base_fields["category"].error_messages)
    key = KeyField()
    field_order = ["amount", "description", "category", "spent_on", "payment_method", "new_method", "notes"]

    def __init__(self, data: Any, *, household: "Household", on: dt.date, given: Any) -> None:
        self.recent = household.expenses.recent(REMEMBERED)
        initial = {name: given.get(name) for name in GIVEN if given.get(name)}
        initial["spent_on"] = _day(initial.get("spent_on")) or on
        super().__init__(data, household=household, initial=initial | {"key": str(uuid.uuid4())})
        self.today, self.yesterday = on, on - dt.timedelta(days=1)
        self.fields["amount"].label = f"Amount, {household.money.name}"
        self.fields["amount"].widget.attrs |= {"class": "input is-big", "autofocus": True}
        self.fields["description"].widget.attrs |= {"list": "past-descriptions", "data-suggest": ""}
        self.fields["category"].widget.colors = {key: c.color for key, c in self.fields["category"].rows.items()}

    @property
    def has_categories(self) -> bool:
        return bool(self.fields["category"].rows)

    def in_their_order(self, categories: list[Category]) -> list[Category]:
        """The most used first."""
        used = Counter(row.category_id for row in self.recent)
        return sorted(categories, key=lambda category: -used[category.pk])

    @property
    def suggestions(self) -> list[Recent]:
        """Past descriptions, the latest first, each with the category and payment method it had last."""
        latest: dict[str, Recent] = {}
        for row in self.recent:
            latest.setdefault(folded(row.description), row)
        return list(latest.values())[:OFFERED]

    def save_as(self, by: User) -> Expense | None:
        """Write the expense down, once. None where the key was used for another one: the form then says so, and
        holds a fresh key."""
        expense = self.instance
        expense.recorded_by, expense.key = by, self.cleaned_data["key"]
        try:
            with transaction.atomic():
                expense.payment_method = self._method()
                return expense.write_down()
        except KeyUsed as error:
            self.add_error(None, str(error))
            self.data = self._with("key", str(uuid.uuid4()))
            return None

    def said(self, expense: Expense) -> str:
        """What it did: “Food: 317.60 spent in November.”"""
        month = self.household.month_of(expense.spent_on)
        period, category = Period.of(month), expense.category_id
        spent = spending.by_category(self.household, period, categories=[category]).get(category, spending.NOTHING)
        name = month.short_name if month.year == self.today.year else month.name
        return f"{expense.category}: {format_amount(spent.amount, self.household.decimals)} spent in {name}."


def _day(text: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except (TypeError, ValueError):
        return None


class EditExpenseForm(ExpenseForm):
    """An expense to change; `seen` is when it was last changed as the form was opened."""

    seen = SeenField()

    def __init__(self, *args: Any, instance: Expense, **kwargs: Any) -> None:
        super().__init__(*args, instance=instance, **kwargs)
        self.initial["seen"] = instance.updated_at.isoformat()
        # A statement may have brought more decimals than may be typed: they can stay.
        places = -int(instance.amount.normalize().as_tuple().exponent)
        self.fields["amount"].decimals = max(self.household.decimals, places)
        self.fields["payment_method"].label = "Paid with"
        self.fields["amount"].widget.attrs["autofocus"] = True

    def save_changes(self) -> bool:
        """Write the changes. Where somebody else was quicker the form says what stands now, and is ready to be sent
        again over that."""
        try:
            with transaction.atomic():
                self.instance.payment_method = self._method()
                self.instance.rewrite(seen=self.cleaned_data["seen"])
        except ChangedMeanwhile as error:
            self.add_error(None, self._stands(error.stored))
            self.data = self._with("seen", error.stored.updated_at.isoformat())
            return False
        return True

    def _stands(self, stored: Expense) -> str:
        parts = [
            f"“{stored.description}”",
            format_amount(stored.amount, self.household.decimals),
            str(stored.category),
            f"{stored.spent_on.day} {stored.spent_on:%b} {stored.spent_on.year}",
            str(stored.payment_method or "no payment method"),
        ]
        notes = f" with the notes “{stored.notes[:200]}”" if stored.notes else ""
        return (
            "Somebody changed this expense after you opened it. It now reads: "
            f"{', '.join(parts)}{notes}. Nothing of yours is saved yet; save again to put yours in its place."
        )


# ── several expenses ──────────────────────────────────────────────────────────────────────────────


class BulkForm(forms.Form):
    """What to do with some ticked expenses, or with all that a filter found (`promise`, signed)."""

    ACTS = [("recategorise", "Recategorise"), ("delete", "Delete")]

    do = forms.ChoiceField(
        choices=ACTS,
        widget=forms.HiddenInput,  # the buttons say it; what is wrong with it stands on top
        error_messages={"required": "Choose what to do.", "invalid_choice": "Choose what to do."},
    )
    category = RowField(
        label="New category",
        required=False,
        error_messages={"invalid_choice": "Choose one of the categories of this household."},
    )
    promise = forms.CharField(required=False, max_length=10_000, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, household: "Household") -> None:
        super().__init__(data)
        self.household = household
        self.fields["category"].offer(household.categories.active().in_order(), empty="Choose a category")
        texts = data.getlist("expense") if data is not None else []
        self.ids = sorted({int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 18})

    @property
    def promised(self) -> Promise | None:
        """What was counted, where all of it is meant. Raises `NotAsSeen` for an old one."""
        text = self.data.get("promise", "")
        return Promise.read(text, self.household) if text else None

    @property
    def chosen_fault(self) -> str:
        """What is wrong with the ticked ones; empty where nothing is."""
        if not self.ids:
            return "No expense is chosen. Tick some first."
        if len(self.ids) > CHOSEN:
            return f"These are more than {CHOSEN:,}. Choose all that a filter finds instead."
        return ""

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if said.get("do") == "recategorise" and not said.get("category") and "category" not in self.errors:
            self.add_error("category", "Choose a category.")
        if self.chosen_fault and (self.ids or not self.data.get("promise")):
            self.add_error(None, self.chosen_fault)
        return self.cleaned_data

    def apply(
        self, rows: ExpenseQuerySet, *, by: User, promise: Promise | None = None
    ) -> tuple[str, uuid.UUID | None]:
        """Do it; gives a sentence and the batch to undo, if there is anything to. Raises `NotAsSeen`."""

        def change(rows: ExpenseQuerySet) -> uuid.UUID:
            if self.cleaned_data["do"] == "delete":
                return rows.put_aside(by=by)
            return rows.recategorise(self.cleaned_data["category"], by=by)

        batch = as_seen(self.household, rows, promise.spent, change) if promise else change(rows)
        count = undoable(self.household, batch)
        expenses = "1 expense" if count == 1 else f"{count:,} expenses"
        if self.cleaned_data["do"] == "delete":
            if not count:
                raise NotAsSeen("None of these expenses is there any more.")
            return f"Deleted {expenses}.", batch
        category = self.cleaned_data["category"]
        if not count:
            return f"Nothing to change: all of them are in {category} already.", None
        return f"Put {expenses} into {category}.", batch


# ── payment methods ───────────────────────────────────────────────────────────────────────────────


class MethodForm(forms.ModelForm):
    class Meta:
        model = PaymentMethod
        fields = ["name"]
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "placeholder": "Card, cash, …"})
        }
        error_messages = {"name": {"required": "Write a name."}}

    def __init__(self, *args: Any, household: "Household", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.household = household
        self.instance.household = household

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if len(casefolded(name)) > KEY_LENGTH:
            raise ValidationError("This name is too long. Write a shorter one.", code="max_length")
        other = self.household.payment_methods.named(name).exclude(pk=self.instance.pk).first()
        if other and other.is_archived:
            raise ValidationError(f"There is a payment method named {other} already, archived. Bring it back instead.")
        if other:
            raise ValidationError(f"There is a payment method named {other} already.")
        return name
