import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from expenses.budgets.envelope import Figures
from expenses.budgets.figures import Totals
from expenses.categories.models import Category
from expenses.people.models import Household
from expenses.shared.forms import MonthFormField
from expenses.shared.months import LAST_START_DAY, Month
from expenses.upkeep import budget_start, categories, households, month_start


class MergeForm(forms.Form):
    """Which category takes over."""

    into = forms.ChoiceField(
        label="Merge it into",
        error_messages={
            "required": "Choose the category that takes over.",
            "invalid_choice": "Choose one of the categories in use.",
        },
    )

    def __init__(self, *args: Any, category: Category, others: Iterable[Category], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.category = category
        self.offered = {str(other.pk): other for other in others if not other.is_archived and other.pk != category.pk}
        names = [(key, str(other)) for key, other in self.offered.items()]
        self.fields["into"].choices = [("", "Choose a category"), *names]

    def clean_into(self) -> Category:
        return self.offered[self.cleaned_data["into"]]

    def preview(self, plan: Figures, totals: Totals, *, today: dt.date) -> categories.Merging | None:
        """What merging would do, once a category is chosen."""
        into = self.cleaned_data.get("into") if self.is_bound and self.is_valid() else None
        return categories.merging(self.category, plan, totals, into=into, today=today) if into else None

    def save(self) -> str:
        """What was done, in a sentence; nothing where it could not be, with the reason in the form."""
        into = self.cleaned_data["into"]
        try:
            moved = categories.merge(self.category, into=into)
        except categories.CategoryKept as refusal:
            self.add_error("into", str(refusal))
            return ""
        what = f"{moved:,} expense{'' if moved == 1 else 's'} moved" if moved else "it had no expenses"
        return f"{self.category} is part of {into} now: {what}."


class MonthStartForm(forms.Form):
    """The day on which months start."""

    month_starts_on = forms.TypedChoiceField(
        label="A month starts on",
        coerce=int,
        choices=[(day, f"day {day}" if day > 1 else "the 1st") for day in range(1, LAST_START_DAY + 1)],
        error_messages={"required": "Choose a day from 1 to 28.", "invalid_choice": "Choose a day from 1 to 28."},
        help_text="Up to day 15 a month is named for the calendar month it starts in, from day 16 for the next one.",
    )

    def __init__(self, *args: Any, household: Household, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["month_starts_on"] = household.month_starts_on
        self.household = household

    def preview(self, *, today: dt.date) -> month_start.Preview | None:
        """How the last months would change, once another day is chosen."""
        day = self.cleaned_data.get("month_starts_on") if self.is_bound and self.is_valid() else None
        if not day or day == self.household.month_starts_on:
            return None
        return month_start.preview(self.household, day, today=today)

    def save(self) -> None:
        month_start.start_months_on(self.household, self.cleaned_data["month_starts_on"])


class BudgetStartForm(forms.Form):
    """The month in which the budget begins."""

    budget_from = MonthFormField(
        label="The budget begins in",
        help_text="A month like 2026-11. What is older is history: it stays, and nothing of it is carried over.",
        widget=forms.TextInput(attrs={"class": "input", "type": "month", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, household: Household, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.household, self.today = household, today
        self.fields["budget_from"].starts_on = household.month_starts_on
        self.initial["budget_from"] = str(household.budget_from)

    def clean_budget_from(self) -> Month:
        month: Month = self.cleaned_data["budget_from"]
        try:
            budget_start.check(self.household, month, self.today)
        except budget_start.BeginningRefused as refusal:
            raise ValidationError(str(refusal), code="later") from refusal
        return month

    def preview(self) -> budget_start.Beginning | None:
        """What would change, once another month is chosen."""
        month = self.cleaned_data.get("budget_from") if self.is_bound and self.is_valid() else None
        if month is None or month == self.household.budget_from:
            return None
        return budget_start.beginning(self.household, month, today=self.today)

    def save(self) -> Month:
        month: Month = self.cleaned_data["budget_from"]
        budget_start.begin_in(self.household, month, on=self.today)
        return month


class DeleteHouseholdForm(forms.Form):
    """The household's name, typed, so that nobody deletes it by a slip."""

    name = forms.CharField(
        label="Type the household’s name to confirm",
        max_length=200,
        error_messages={"required": "Type the household’s name."},
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, household: Household, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.household = household

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name.strip() != self.household.name.strip():
            raise ValidationError("This is not its name. Type it as it is written above.", code="other_name")
        return name

    def save(self) -> None:
        households.delete(self.household)
