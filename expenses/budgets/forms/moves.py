"""Money moved between two sides, what is over covered, a move reversed, the ledger of moves narrowed."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.template.loader import render_to_string

from expenses.budgets.envelope import NOTHING_DUE
from expenses.budgets.models import MoveKeyUsed, PlanRefused, Transfer
from expenses.budgets.moving import POOL_VALUE, Effect, Moving, Payer, Side
from expenses.shared.forms import KeyField, MonthFormField, key_of, use_currency
from expenses.shared.money import AmountField
from expenses.shared.months import Month
from expenses.shared.text import refuse_controls

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.people.models import Household, User


class SideField(forms.ChoiceField):
    """A category of the household, or the pool; gives a `Side`. An archived category is known and not offered."""

    default_error_messages = {
        "required": "Choose a category.",
        "invalid_choice": "Choose one of the categories of this household.",
        "archived": "%(value)s is archived. Bring it back first.",
    }
    sides: dict[str, Side]

    def offer(self, categories: Iterable["Category"], moving: Moving) -> None:
        """The active ones with what each has left, and the pool where there is one."""
        self.sides = {str(category.pk): Side(category) for category in categories} | {POOL_VALUE: Side(None)}
        offered = [side for side in self.sides.values() if side.category and not side.category.is_archived]
        if moving.has_pool:
            offered.append(Side(None))
        self.choices = [("", "Choose"), *((side.value, moving.label(side)) for side in offered)]

    def validate(self, value: str) -> None:
        forms.Field.validate(self, value)
        side = self.sides.get(value)
        if side is None:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        if side.category and side.category.is_archived:
            raise ValidationError(self.error_messages["archived"], code="archived", params={"value": side})

    def clean(self, value: Any) -> Side:
        return self.sides[super().clean(value)]


class MovingForm(forms.Form):
    """What moving and covering share: an amount, and a key that lets the same form move once."""

    amount = AmountField(positive=True, error_messages={"required": "Write an amount, for example 12.50."})
    key = KeyField()

    def __init__(
        self,
        data: Any,
        *,
        household: "Household",
        on: dt.date,
        month: Month,
        categories: Iterable["Category"] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self.household, self.on, self.month = household, on, month
        self.initial["key"] = str(uuid.uuid4())
        self.moving = Moving(household, month, running=household.month_of(on))
        self.categories = list(household.categories.in_order() if categories is None else categories)
        use_currency(self, household.decimals)
        for field in self.fields.values():
            if isinstance(field, SideField):
                field.offer(self.categories, self.moving)

    def said(self, name: str) -> Any:
        """What a field says so far, sent or filled in; None where that cannot be read."""
        text = self.data.get(name) if self.is_bound else self.initial.get(name)
        try:
            return self.fields[name].clean(text)
        except ValidationError:
            return None

    @property
    def is_history(self) -> bool:
        """Whether the month lies before the budget, where nothing can be moved."""
        return self.moving.standing is None

    @property
    def begins(self) -> Month:
        return self.household.month(self.household.budget_from)

    def _move(self, *, source: Side, destination: Side, by: "User", note: str = "") -> Transfer | None:
        """Move it, once. None where a rule speaks against it: the form then says so."""
        try:
            return Transfer.move(
                household=self.household,
                month=self.month,
                source=source.category,
                destination=destination.category,
                amount=self.cleaned_data["amount"],
                by=by,
                on=self.on,
                note=note,
                key=self.cleaned_data["key"],
            )
        except PlanRefused as refused:
            self._refuse(refused)
            return None

    def can_be_undone(self, transfer: Transfer) -> bool:
        """Whether the guard would let it back at once: what covered something stays where it is needed."""
        now = Moving(self.household, self.month, running=self.moving.running)
        return not transfer.speaks_against_reversal(now.figures, running=now.running)

    def _refuse(self, refused: PlanRefused) -> None:
        self.add_error(refused.field if refused.field in self.fields else None, str(refused))
        if isinstance(refused, MoveKeyUsed):
            self._replace("key", str(uuid.uuid4()))

    def _replace(self, name: str, value: str) -> None:
        """Put another value into a hidden field of what was sent."""
        data: Any = self.data.copy()
        data[name] = value
        self.data = data


class MoveForm(MovingForm):
    """Money from one side to another in a month, with what that does to both."""

    month_said = forms.CharField(required=False, widget=forms.HiddenInput)
    source = SideField(label="From")
    destination = SideField(label="To")
    note = forms.CharField(
        required=False,
        max_length=200,
        validators=[refuse_controls],
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": 200}),
    )
    field_order = ["source", "destination", "amount", "note"]

    def __init__(self, data: Any, *, household: "Household", on: dt.date, given: Any) -> None:
        self.running = household.month_of(on)
        asked = (given if data is None else data).get("month", "")
        month, self.month_fault = self._read_month(asked, household)
        initial = {name: given.get(name, "") for name in ("source", "destination", "amount", "note")}
        super().__init__(data, household=household, on=on, month=month, initial=initial | {"month_said": str(month)})
        self.fields["month_said"].validators = []  # clean_month_said says what is wrong with it
        self.fields["amount"].label = f"Amount, {household.money.name}"
        self.fields["amount"].widget.attrs["class"] = "input is-big"
        self.fields["amount"].help_text = render_to_string(
            "budgets/_gives.html", {"form": self, "household": household}
        )

    def add_prefix(self, field_name: str) -> str:
        """`month` is its name in addresses; here it is the month itself."""
        return "month" if field_name == "month_said" else field_name

    def _read_month(self, text: str, household: "Household") -> tuple[Month, str]:
        """The month asked for; the running one where none is, or what is asked for is none."""
        if not text:
            return self.running, ""
        try:
            return Month.parse(text, household.month_starts_on), ""
        except ValueError:
            return self.running, f"What was asked for is no month like 2026-11. This would be in {self.running.name}."

    def clean_month_said(self) -> Month:
        if self.month_fault:
            self._replace("month", str(self.month))
            raise ValidationError(self.month_fault, code="month")
        return self.month

    def move(self, *, by: "User") -> Transfer | None:
        said = self.cleaned_data
        return self._move(source=said["source"], destination=said["destination"], by=by, note=said["note"])

    # ── what it would do ──

    @property
    def source_side(self) -> Side | None:
        side: Side | None = self.said("source")
        return side

    @property
    def effects(self) -> list[Effect]:
        """Before and after; only before, where the guard lets nothing of it pass."""
        amount = None if self.refusal else self.said("amount")
        return self.moving.effects(self.source_side, self.said("destination"), amount=amount)

    @cached_property
    def refusal(self) -> str:
        """The guard's sentence about what is typed so far."""
        source, destination, amount = (self.said(name) for name in ("source", "destination", "amount"))
        if source is None or amount is None or source == destination or self.is_history:
            return ""
        return self.moving.refusal(source, destination, amount)

    @property
    def can_give(self) -> Decimal | None:
        """The most that may leave the source; None while none is chosen."""
        if self.source_side is None or self.is_history:
            return None
        return self.moving.can_give(self.source_side, self.said("destination"))

    @property
    def why_no_more(self) -> str:
        if self.source_side is None or self.is_history:
            return ""
        return self.moving.why_no_more(self.source_side, self.said("destination"))


class CoverForm(MovingForm):
    """What a category is over, paid by another one or by the pool; what is still `due` in one, by category id, it
    needs itself."""

    source = SideField(label="From")
    field_order = ["source", "amount"]

    def __init__(
        self, data: Any, *, category: "Category", due: Mapping[int, Decimal] = NOTHING_DUE, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.category = category
        self.over = self.moving.over(category)
        self.payers: list[Payer] = self.moving.payers(
            category, (other for other in self.categories if not other.is_archived), due
        )
        if self.payers:
            self.initial.update(source=self.payers[0].side.value, amount=self.payers[0].covers)
        self.fields["source"].choices = [
            choice for choice in self.fields["source"].choices if choice[0] != str(category.pk)
        ]

    def move(self, *, by: "User") -> Transfer | None:
        """Cover it, once. None, and a sentence, where nothing is over any more: somebody may have been quicker."""
        with transaction.atomic():
            self.household.locked()
            written = self.household.transfers.keyed(self.cleaned_data["key"]).exists()
            if not written and not Moving(self.household, self.month, running=self.moving.running).over(self.category):
                self.add_error(None, f"{self.category} is not over in {self.month.name}. Nothing was moved.")
                return None
            return self._move(source=self.cleaned_data["source"], destination=Side(self.category), by=by)


class ReverseForm(forms.Form):
    """Whether to reverse a move, with what that does to both sides."""

    key = KeyField()

    def __init__(self, data: Any, *, transfer: Transfer, household: "Household", on: dt.date, key: str | None) -> None:
        super().__init__(data, initial={"key": str(uuid.uuid4())})
        self.transfer, self.on, self.given = transfer, on, key
        self.moving = Moving(household, household.month(transfer.month), running=household.month_of(on))

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["key"] = key_of(self.given or "")
        return self.cleaned_data

    def reverse(self, *, by: "User") -> Transfer | None:
        """Write the opposite move, once. None where a rule speaks against it: the form then says so."""
        try:
            return self.transfer.reverse(by=by, on=self.on, key=self.cleaned_data["key"])
        except PlanRefused as refused:
            self.add_error(None, str(refused))
            return None

    @property
    def speaks_against(self) -> str:
        """Why it cannot be reversed, known before anybody asks; empty where it can."""
        return self.transfer.speaks_against_reversal(self.moving.figures, running=self.moving.running)

    @property
    def effects(self) -> list[Effect]:
        transfer = self.transfer
        if transfer.is_within:
            return []
        return self.moving.effects(Side(transfer.destination), Side(transfer.source), amount=transfer.amount)


class MovesForm(forms.Form):
    """Reads from the URL which moves to show. What is unreadable is named at its field and left out."""

    month = MonthFormField(label="Month", required=False)
    category = forms.CharField(label="Category", required=False, widget=forms.Select)

    def __init__(self, data: Any, *, household: "Household") -> None:
        super().__init__(data)
        self.fields["month"].starts_on = household.month_starts_on
        self.categories = {str(category.pk): category for category in household.categories.in_order()}
        choices = [(key, str(category)) for key, category in self.categories.items()]
        self.fields["category"].widget.choices = [("", "All categories"), *choices]
        self.is_valid()

    def clean_category(self) -> "Category | None":
        text = self.cleaned_data["category"]
        if text and text not in self.categories:
            raise ValidationError("This household has no such category.")
        return self.categories.get(text)

    @property
    def chosen_month(self) -> Month | None:
        return self.cleaned_data.get("month")

    @property
    def chosen_category(self) -> "Category | None":
        return self.cleaned_data.get("category")

    @property
    def query(self) -> str:
        """What is chosen, as the beginning of a query string."""
        month, category = self.chosen_month, self.chosen_category
        return (f"month={month}&" if month else "") + (f"category={category.pk}&" if category else "")
