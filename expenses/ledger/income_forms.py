"""The income as it is written and changed, the question of the first one, and the month that the list shows."""

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError

from expenses.ledger.forms import DayInput
from expenses.ledger.models import (
    ChangedMeanwhile,
    Income,
    KeyUsed,
    PoolRefused,
    PoolStart,
    PoolStarted,
    start_pool,
)
from expenses.people.models import User
from expenses.shared.forms import KeyField, MonthFormField, SeenField, use_currency
from expenses.shared.money import ZERO, AmountField, format_amount
from expenses.shared.months import Month

if TYPE_CHECKING:
    from expenses.people.models import Household

REMEMBERED = 200  # so many past incomes say what a form offers


class IncomeFilterForm(forms.Form):
    """Reads the month from the URL. What is unreadable is named and left out, and the page stands."""

    month = MonthFormField(label="Month", required=False)

    def __init__(self, data: Any, *, household: "Household") -> None:
        super().__init__(data)
        self.fields["month"].starts_on = household.month_starts_on

    @property
    def chosen(self) -> Month | None:
        return self.cleaned_data["month"] if self.is_valid() else None

    @property
    def query(self) -> str:
        """The query string that reads back as this; empty for all incomes."""
        return f"month={self.chosen}" if self.chosen else ""

    @property
    def faults(self) -> list[str]:
        """A sentence where the month was left out."""
        return [f"Month: {sentence} It is left out." for sentence in self.errors.get("month", [])]


# ── the question of the first income ──────────────────────────────────────────────────────────────


class PoolFields(forms.Form):
    """From which month income is planned with, and what there is."""

    pool_from = MonthFormField(label="From the month", required=False)
    there_is = AmountField(
        label="What there is to begin with",
        required=False,
        help_text="On your accounts, not counting the incomes and expenses of that month that stand here. "
        "It is written down as an income, “What was there”.",
    )

    household: "Household"

    def prepare_pool(self, *, on: dt.date) -> None:
        """The month offered is the running one, or the first of the budget where that is later."""
        begins = self.household.month(self.household.budget_from)
        self.proposed = max(begins, self.household.month_of(on))
        self.initial["pool_from"] = str(self.proposed)
        self.fields["pool_from"].starts_on = self.household.month_starts_on
        self.fields["pool_from"].widget.attrs["min"] = str(begins)

    def clean_there_is(self) -> Any:
        amount = self.cleaned_data["there_is"]
        if amount is not None and amount < 0:
            raise ValidationError("Write zero or more.", code="negative")
        return amount

    @property
    def start(self) -> PoolStart:
        said = self.cleaned_data
        return PoolStart(said["pool_from"] or self.proposed, said["there_is"] or ZERO)

    def add_refusal(self, error: PoolRefused) -> None:
        self.add_error(error.field if error.field in self.fields else None, str(error))


class PoolForm(PoolFields):
    """The question alone, where incomes are there and it was never answered."""

    def __init__(self, data: Any, *, household: "Household", on: dt.date) -> None:
        super().__init__(data)
        self.household, self.on = household, on
        use_currency(self, household.decimals)
        self.prepare_pool(on=on)

    def save(self, *, by: User) -> bool:
        """Begin; gives whether it could be. Raises `PoolStarted` where somebody else was quicker."""
        try:
            start_pool(self.household, self.start, by=by, on=self.on)
        except PoolStarted:
            raise
        except PoolRefused as error:
            self.add_refusal(error)
            return False
        return True


# ── one income ────────────────────────────────────────────────────────────────────────────────────


class IncomeForm(forms.ModelForm):
    """What both writing down and changing ask for."""

    amount = AmountField(positive=True, error_messages={"required": "Write an amount, for example 1200.00."})

    class Meta:
        model = Income
        fields = ["amount", "description", "received_on"]
        widgets = {
            "description": forms.TextInput(
                attrs={"autocomplete": "off", "maxlength": 200, "list": "past-descriptions"}
            ),
            "received_on": DayInput(),
        }
        error_messages = {
            "description": {"required": "Write what it was."},
            "received_on": {"required": "Choose a date.", "invalid": "Write a date like 2026-11-22."},
        }

    def __init__(self, *args: Any, household: "Household", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.household = household
        self.instance.household = household
        use_currency(self, household.decimals)
        self.fields["amount"].label = f"Amount, {household.money.name}"
        self.fields["amount"].widget.attrs |= {"class": "input is-big", "autofocus": True}

    @property
    def suggestions(self) -> list[str]:
        return self.household.incomes.recent_descriptions(REMEMBERED)

    def _with(self, name: str, value: str) -> Any:
        """What was sent, with another value in a hidden field."""
        data: Any = self.data.copy()
        data[name] = value
        return data

    def said(self, *, on: dt.date) -> str:
        """What it did: “Saved. Income in November: 3,240.00.”"""
        return f"Saved. {month_said(self.household, self.instance.received_on, on=on)}"


def month_said(household: "Household", day: dt.date, *, on: dt.date) -> str:
    """“Income in November: 3,240.00.”"""
    month = household.month_of(day)
    name = month.short_name if month.year == on.year else month.name
    return f"Income in {name}: {format_amount(household.incomes.in_month(month).sum(), household.decimals)}."


class NewIncomeForm(PoolFields, IncomeForm):
    """An income to write down; while there is no pool it asks whether to plan with it. Sent twice it writes one."""

    PLANS = [("yes", "Yes"), ("no", "Not now: write it down only")]

    plan = forms.ChoiceField(
        label="Give it out to categories, month by month?",
        choices=PLANS,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "choices"}),
        error_messages={"invalid_choice": "Choose one of the two."},
    )
    key = KeyField()
    field_order = ["amount", "description", "received_on", "plan", "pool_from", "there_is"]

    def __init__(self, data: Any, *, household: "Household", on: dt.date, given: Any) -> None:
        day = _day(given.get("received_on")) or on
        super().__init__(data, household=household, initial={"received_on": day, "key": str(uuid.uuid4())})
        self.today, self.yesterday = on, on - dt.timedelta(days=1)
        self.asks = not household.pool_from
        if self.asks:
            # Who has incomes already, and no pool, was asked before.
            self.initial["plan"] = "no" if household.incomes.exists() else "yes"
            self.prepare_pool(on=on)
        else:
            self._ask_no_more()

    def _ask_no_more(self) -> None:
        self.asks = False
        for name in ("plan", "pool_from", "there_is"):
            self.fields.pop(name, None)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if self.asks and "plan" in said:
            said["plan"] = said["plan"] or self.initial["plan"]
            if said["plan"] == "no":  # what the two fields hold is not meant then
                for name in ("pool_from", "there_is"):
                    self.errors.pop(name, None)
        return said

    def save_as(self, by: User) -> Income | None:
        """Write the income down, once, and begin the pool where that was the answer. None where it was refused: the
        form then says so."""
        income = self.instance
        income.recorded_by, income.key = by, self.cleaned_data["key"]
        start = self.start if self.asks and self.cleaned_data["plan"] == "yes" else None
        try:
            return income.write_down(start=start, on=self.today)
        except KeyUsed as error:
            self.add_error(None, str(error))
            self.data = self._with("key", str(uuid.uuid4()))
        except PoolStarted as error:
            self.add_error(None, str(error))
            self._ask_no_more()
        except PoolRefused as error:
            self.add_refusal(error)
        return None


def _day(text: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except (TypeError, ValueError):
        return None


class EditIncomeForm(IncomeForm):
    """An income to change; `seen` is when it was last changed as the form was opened."""

    seen = SeenField()

    def __init__(self, *args: Any, instance: Income, **kwargs: Any) -> None:
        super().__init__(*args, instance=instance, **kwargs)
        self.initial["seen"] = instance.updated_at.isoformat()
        # A statement may have brought more decimals than may be typed: they can stay.
        places = -int(instance.amount.normalize().as_tuple().exponent)
        self.fields["amount"].decimals = max(self.household.decimals, places)

    def save_changes(self) -> bool:
        """Write the changes. Where somebody else was quicker the form says what stands now, and is ready to be sent
        again over that."""
        try:
            self.instance.rewrite(seen=self.cleaned_data["seen"])
        except ChangedMeanwhile as error:
            self.add_error(None, self._stands(error.stored))
            self.data = self._with("seen", error.stored.updated_at.isoformat())
            return False
        except Income.DoesNotExist:
            self.add_error(None, "Somebody deleted this income after you opened it.")
            return False
        return True

    def _stands(self, stored: Income) -> str:
        day = f"{stored.received_on.day} {stored.received_on:%b} {stored.received_on.year}"
        return (
            "Somebody changed this income after you opened it. It now reads: "
            f"“{stored.description}”, {format_amount(stored.amount, self.household.decimals)}, {day}. "
            "Nothing of yours is saved yet; save again to put yours in its place."
        )
