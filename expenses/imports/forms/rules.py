"""A rule, as it is written and tried before it is kept."""

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

from django import forms

from expenses.imports import ruling
from expenses.imports.models import CategoryRule, ImportRow
from expenses.imports.rules import expression
from expenses.imports.ruling import Trial
from expenses.imports.states import Kind, Matching
from expenses.ledger.forms import RowField
from expenses.shared.forms import use_currency
from expenses.shared.money import AmountField
from expenses.shared.text import refuse_controls

if TYPE_CHECKING:
    from expenses.people.models import Household, User

LISTED = "Choose one of the list."


class RuleForm(forms.ModelForm):
    text = forms.CharField(label="Text", required=False, max_length=200, validators=[refuse_controls])
    amount_from = AmountField(label="From", required=False)
    amount_to = AmountField(label="To", required=False)
    payment_method = RowField(label="Account or card", required=False, error_messages={"invalid_choice": LISTED})
    leave_out = forms.TypedChoiceField(
        label="Such a row is",
        choices=[("no", "taken in"), ("yes", "left out")],
        coerce=lambda value: value == "yes",
        initial="no",
        widget=forms.RadioSelect(attrs={"class": "choices"}),
        error_messages={"required": "Say what becomes of such a row.", "invalid_choice": LISTED},
    )
    category = RowField(label="Category", required=False, error_messages={"invalid_choice": LISTED})
    description = forms.CharField(
        label="Called",
        required=False,
        max_length=200,
        validators=[refuse_controls],
        help_text="Instead of the bank’s text, which stays in the notes.",
    )
    apply = forms.BooleanField(label="Change these expenses too", required=False)

    class Meta:
        model = CategoryRule
        fields = [
            "matching", "text", "direction", "amount_from", "amount_to", "payment_method", "leave_out", "category",
            "description",
        ]  # fmt: skip
        error_messages = {name: {"required": LISTED, "invalid_choice": LISTED} for name in ("matching", "direction")}

    def __init__(self, data: Any, *, household: "Household", instance: CategoryRule, initial: Any = None) -> None:
        left = {"leave_out": "yes" if instance.leave_out else "no"}
        super().__init__(data, instance=instance, initial=left | (initial or {}), use_required_attribute=False)
        instance.household = household
        self.fields["matching"].label = "Description or notes"
        self.fields["direction"].label = "Money"
        self.fields["direction"].choices = [("", "in or out"), ("out", "out"), ("in", "in")]
        methods = household.payment_methods.filter(archived_on=None).order_by("name", "pk")
        if instance.payment_method_id:
            methods |= household.payment_methods.filter(pk=instance.payment_method_id)
        self.fields["payment_method"].offer(methods, empty="Any")
        self.fields["category"].offer(household.categories.active().in_order(), empty="As proposed")
        use_currency(self, household.decimals)
        for field in self.fields.values():
            if isinstance(field.widget, (forms.Select, forms.TextInput)) and not isinstance(
                field.widget, forms.RadioSelect
            ):
                field.widget.attrs.setdefault("class", "input")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._check_conditions(cleaned)
        self._check_outcome(cleaned)
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """Rows are chosen from those of the household: they are not looked up once more."""
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # not in the stubs
        return excluded | {"category", "payment_method"}

    def validate_constraints(self) -> None:
        """All of them are checked above, with a sentence each and without the database, which is asked at each key."""

    def _check_conditions(self, cleaned: dict[str, Any]) -> None:
        least, most = cleaned.get("amount_from"), cleaned.get("amount_to")
        for name, amount in (("amount_from", least), ("amount_to", most)):
            if amount is not None and amount < 0:
                self.add_error(
                    name, "Write an amount without a minus, and say above whether the money goes in or out."
                )
        if least is not None and most is not None and least > most:
            self.add_error("amount_to", "The amounts are the wrong way round.")
        if cleaned.get("text") and cleaned.get("matching") == Matching.REGEX:
            try:
                expression(cleaned["text"])
            except ValueError as error:
                self.add_error("text", str(error))
        asked = [cleaned.get(name) for name in ("text", "amount_from", "amount_to", "payment_method")]
        named = {"text", "amount_from", "amount_to", "payment_method"} & set(self.errors)
        if not named and all(value in (None, "") for value in asked):
            self.add_error("text", "Write a text, an amount, or choose an account: else every row would fit.")

    def _check_outcome(self, cleaned: dict[str, Any]) -> None:
        if cleaned.get("leave_out"):
            for name in ("category", "description"):
                if cleaned.get(name):
                    self.add_error(name, "A row that is left out needs none.")
        elif not (
            {"leave_out", "category", "description"} & set(self.errors)
            or cleaned.get("category")
            or cleaned.get("description")
        ):
            self.add_error("category", "Choose a category, or write what it is called.")

    def trial(self) -> Trial | None:
        """What the rule would do to the expenses written down; None while it has faults."""
        if not self.is_bound or not self.is_valid():
            return None
        found = ruling.trial(self.instance)
        self.fields["apply"].label = f"Change {'it' if found.count == 1 else f'these {found.count:,}'} too"
        return found

    def save_as(self, by: "User", *, at: dt.datetime, row: ImportRow | None) -> tuple[str, uuid.UUID | None]:
        """Keep it, and do what was asked for beside: what is told, and the batch of changed expenses to undo."""
        if self.instance.pk is None:
            self.instance.created_by, self.instance.created_at = by, at
        rule = ruling.keep(self.instance)
        said, batch = "The rule is kept.", None
        if row is not None and (rows := ruling.follow(row.source, rule)):
            said = f"{said} {rows:,} {'row follows' if rows == 1 else 'rows follow'} it."
        if self.cleaned_data["apply"]:
            count, batch = ruling.apply(rule, by=by, at=at)
            said = f"{said} {count:,} {'expense was' if count == 1 else 'expenses were'} changed."
        return said, batch


def given_by(row: ImportRow) -> dict[str, Any]:
    """What a rule made from a row of the check page begins with."""
    left_out = row.kind == Kind.LEAVE_OUT
    return {
        "text": ruling.phrase_of(row.description),
        "leave_out": "yes" if left_out else "no",
        "category": None if left_out else row.category_id,
    }
