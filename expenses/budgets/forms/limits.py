"""The limit of one category, and the limits of a month on one page."""

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError

from expenses.budgets.envelope import Leftover
from expenses.budgets.models import Limit, PlanRefused, Setting
from expenses.budgets.planning import LEFTOVERS, Consequence, Line, Plan
from expenses.categories.models import Category
from expenses.shared.forms import use_currency
from expenses.shared.money import ZERO, AmountField, format_amount, format_plain
from expenses.shared.months import Month

FROM, ONLY = "from", "only"


def leftovers(plan: Plan) -> list[tuple[str, str]]:
    """The three in words; without a pool none of them speaks of it."""
    words = dict(Leftover.choices)
    if plan.to_assign is None:
        words[Leftover.SURPLUS] = "What is left stays; what was overspent is not carried over"
    return list(words.items())


class LimitField(AmountField):
    """Zero or more; empty for no limit."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        if amount is not None and amount < 0:
            raise ValidationError("Write an amount of zero or more.", code="negative")
        return amount


class LeftoverField(forms.ChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        sentence = "Choose one of the three."
        super().__init__(error_messages={"required": sentence, "invalid_choice": sentence}, **kwargs)

    def clean(self, value: Any) -> Leftover:
        return Leftover(super().clean(value))


class PlanForm(forms.Form):
    """What every form that sets limits asks: from when they count, and, of a past month, whether its consequences
    are meant."""

    reach = forms.ChoiceField(
        label="It counts",
        initial=FROM,
        error_messages={"required": "Choose from when it counts.", "invalid_choice": "Choose from when it counts."},
    )

    def __init__(self, data: Any, *, plan: Plan, running: Month, initial: Mapping[str, Any] | None = None) -> None:
        asked = data is not None and any(name == "back" or name.startswith("fill") for name in data)
        typed = {**data.dict(), **self.fills(data, plan)} if asked else {}
        super().__init__(None if asked else data, initial={**(initial or {}), **typed})
        self.plan, self.running = plan, running
        self.sent = data or {}
        month = plan.month.name
        self.fields["reach"].widget.attrs["aria-label"] = "From when it counts"
        self.fields["reach"].choices = [(FROM, f"From {month} on"), (ONLY, f"In {month} only")]

    def fills(self, data: Mapping[str, str], plan: Plan) -> dict[str, str]:
        """What a button puts into the fields, by their names: `fill-amount` is for `amount`."""
        return {name.removeprefix("fill-"): data[name] for name in data if name.startswith("fill-")}

    @property
    def settings(self) -> dict[Category, Setting]:
        """What is to be set."""
        raise NotImplementedError

    @property
    def only(self) -> bool:
        return bool(self.cleaned_data["reach"] == ONLY)

    @cached_property
    def consequences(self) -> list[Consequence]:
        return self.plan.consequences(self.settings, only=self.only, running=self.running)

    @property
    def agreement(self) -> str:
        """Stands for the consequences as they were shown: others need another look."""
        told = repr([(each.changes, str(each.category)) for each in self.consequences])
        return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()

    @property
    def asks(self) -> bool:
        """Whether there are consequences that nobody has agreed to."""
        return self.is_valid() and bool(self.consequences) and self.sent.get("agreed") != self.agreement

    def save(self) -> str:
        """What was set, in a sentence; nothing where it could not be, with the reason in the form."""
        if not self.settings:
            return "No limit was changed."
        try:
            Limit.set(self.plan.household, self.plan.month, self.settings, only=self.only)
        except PlanRefused as refusal:
            self.add_error(None, str(refusal))
            return ""
        return self.said

    @property
    def said(self) -> str:
        return self._told("are set ")

    @property
    def asked(self) -> str:
        """What would be set."""
        return self._told("")

    def _told(self, done: str) -> str:
        (category, setting), *others = self.settings.items()
        if others:
            when = f"in {self.plan.month.name} only" if self.only else f"from {self.plan.month.name} on"
            return f"{len(others) + 1} limits {done}{when}."
        return f"{category}: {self._sentence(setting)}{self._later(category)}"

    def _sentence(self, setting: Setting) -> str:
        month = self.plan.month.name
        if setting.amount is None:
            return f"no limit in {month}." if self.only else f"no limit from {month} on."
        amount = format_amount(setting.amount, self.plan.household.decimals)
        return f"{amount} in {month} only." if self.only else f"{amount} a month from {month} on."

    def _later(self, category: Category) -> str:
        later = next((line.later for line in self.plan.lines if line.category == category), [])
        if self.only or not later:
            return ""
        month, amount = later[0].month.name, later[0].amount
        if amount is None:
            return f" From {month} there is none."
        return f" From {month} it is {format_amount(amount, self.plan.household.decimals)}."


# ── one category ──────────────────────────────────────────────────────────────────────────────────


class LimitForm(PlanForm):
    """One category: `given` may bring an amount (`?amount=`), the button `end` ends the limit."""

    amount = LimitField(
        label="Limit a month",
        widget=forms.TextInput(attrs={"class": "input is-big", "autofocus": True, "aria-describedby": "limit-help"}),
    )
    leftover = LeftoverField(label="At the end of a month", widget=forms.RadioSelect)
    field_order = ["amount", "leftover", "reach"]

    def __init__(self, data: Any, *, plan: Plan, running: Month, given: Mapping[str, str]) -> None:
        self.line: Line | None = plan.lines[0] if plan.lines else None
        setting = self.line.setting if self.line else Setting(None, Leftover.SURPLUS)
        amount = given.get("amount", setting.amount)
        if data is not None and "end" in data:
            data = data.copy()
            data["amount"] = ""
        super().__init__(data, plan=plan, running=running, initial={"amount": amount, "leftover": setting.leftover})
        use_currency(self, plan.household.decimals)
        self.fields["leftover"].choices = leftovers(plan)
        self.fields["reach"].widget = forms.RadioSelect(choices=self.fields["reach"].choices)

    @property
    def closed(self) -> str:
        """Why no limit can be set here; nothing where one can."""
        if self.line is None:
            begins = self.plan.since.name
            return f"The budget begins in {begins}. {self.plan.month.name} is history: no limits are set in it."
        return "" if self.line.is_open else f"{self.line.category} is archived. Bring it back to set its limit."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.closed:
            self.add_error(None, self.closed)
        elif "amount" in cleaned and "leftover" in cleaned and self.line:
            wanted = Setting(cleaned["amount"], cleaned["leftover"])
            if wanted.amount is None and wanted == self.line.setting:
                self.add_error("amount", "Write an amount. There is no limit now.")
        return cleaned

    @property
    def settings(self) -> dict[Category, Setting]:
        """Nothing where it stands so already: a row more would stop what is later set from a month before."""
        setting = Setting(self.cleaned_data["amount"], self.cleaned_data["leftover"])
        return {self.line.category: setting} if self.line and setting != self.line.setting else {}


# ── all of them ───────────────────────────────────────────────────────────────────────────────────


class Row(NamedTuple):
    line: Line
    amount: forms.BoundField
    leftover: forms.BoundField


class LimitsForm(PlanForm):
    """The limits of all categories in use. Only what differs from what the page showed is set, so that two people may
    change different rows at once."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, plan: Plan, running: Month) -> None:
        initial: dict[str, Any] = {"seen": " ".join(f"{line.category.pk}:{_stands(line)}" for line in plan.open_lines)}
        for line in plan.open_lines:
            pk, setting = line.category.pk, line.setting
            initial |= {f"amount-{pk}": setting.amount, f"leftover-{pk}": setting.leftover}
        super().__init__(data, plan=plan, running=running, initial=initial)
        for line in plan.open_lines:
            self._ask(line)
        use_currency(self, plan.household.decimals)

    def _ask(self, line: Line) -> None:
        pk, name = line.category.pk, str(line.category)
        self.fields[f"amount-{pk}"] = LimitField(
            label=name, widget=forms.TextInput(attrs={"class": "input is-amount", "aria-label": f"Limit of {name}"})
        )
        self.fields[f"leftover-{pk}"] = LeftoverField(
            label=f"{name}, what is left",
            choices=list(LEFTOVERS.items()),
            widget=forms.Select(attrs={"aria-label": f"What is left in {name} at the end of a month"}),
        )

    def fills(self, data: Mapping[str, str], plan: Plan) -> dict[str, str]:
        found = super().fills(data, plan)
        decimals = plan.household.decimals
        for line in plan.open_lines:
            pk, before = line.category.pk, line.setting_before
            if data.get("fill") == "mean" and line.mean > 0:
                found[f"amount-{pk}"] = format_plain(line.mean, decimals)
            elif data.get("fill") == "last":
                amount = "" if before.amount is None else format_plain(before.amount, decimals)
                found |= {f"amount-{pk}": amount, f"leftover-{pk}": before.leftover.value}
        return found

    @property
    def rows(self) -> list[Row]:
        return [
            Row(line, self[f"amount-{line.category.pk}"], self[f"leftover-{line.category.pk}"])
            for line in self.plan.open_lines
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        gone = [name for name in self.data if name.startswith("amount-") and name not in self.fields]
        if self.plan.is_history:
            self.add_error(None, "The budget begins later: no limits are set in a month that is history.")
        elif gone:
            self.add_error(None, "A category was archived or is gone since, and its limit was left out. Look again.")
        return cleaned

    @cached_property
    def settings(self) -> dict[Category, Setting]:
        seen = dict(part.split(":", 1) for part in self.cleaned_data["seen"].split() if ":" in part)
        found = {}
        for line in self.plan.open_lines:
            pk = str(line.category.pk)
            setting = Setting(self.cleaned_data[f"amount-{pk}"], self.cleaned_data[f"leftover-{pk}"])
            if _written(setting) != seen.get(pk, _stands(line)):
                found[line.category] = setting
        return found

    @property
    def words(self) -> list[tuple[str, str]]:
        """The three in few words, and in a sentence."""
        return [(LEFTOVERS[Leftover(value)], sentence) for value, sentence in leftovers(self.plan)]

    # ── what stands below the column ──

    @property
    def total(self) -> Decimal | None:
        """What the limits come to as they stand in the fields; None while one of them cannot be read."""
        try:
            typed = [row.amount.field.clean(row.amount.value()) for row in self.rows]
        except ValidationError:
            return None
        return sum((amount for amount in typed if amount), self.fixed)

    @property
    def fixed(self) -> Decimal:
        """Limits that cannot be changed here."""
        return sum((line.limit for line in self.plan.closed_lines if line.limit), ZERO)

    @property
    def assignable(self) -> Decimal | None:
        """What there would be to assign without any limit; None where there is no pool."""
        return None if self.plan.to_assign is None else self.plan.to_assign + self.plan.total

    @property
    def to_assign(self) -> Decimal | None:
        """What would be to assign with the limits as they stand in the fields."""
        return None if self.assignable is None or self.total is None else self.assignable - self.total


def _stands(line: Line) -> str:
    return _written(line.setting)


def _written(setting: Setting) -> str:
    """A setting in one word, the same however its amount was typed."""
    return f"{'' if setting.amount is None else format_plain(setting.amount, 0)}:{setting.leftover.value}"
