"""The recurring expense as it is written and changed, with the dates it would have; one date posted by hand."""

import datetime as dt
import uuid
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError

from expenses.ledger.forms import DayInput, SpendingForm
from expenses.ledger.models import FIRST_DAY, LAST_DAY, ChangedMeanwhile, Expense, KeyUsed
from expenses.people.models import User
from expenses.recurring.listing import NEXT
from expenses.recurring.models import SCHEDULED, NotPossible, Occurrence, RecurringExpense
from expenses.recurring.schedule import (
    LONGEST_EVERY,
    MOST_TIMES,
    ONE_DAY,
    Date,
    MonthDay,
    Nth,
    Schedule,
    Unit,
    Weekend,
    in_words,
)
from expenses.shared.forms import KeyField, SeenField
from expenses.shared.money import AmountField, format_amount

if TYPE_CHECKING:
    from expenses.people.models import Household

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
NEVER, ON_A_DATE, AFTER_TIMES = "never", "date", "times"
REPEATED = ("description", "amount", "category", "payment_method", "notes")  # of an expense that is to come again
GIVEN = (*REPEATED, "automatic", "ends", *SCHEDULED)  # what a link to a new one may fill in
KNOWN = ("on", "before", "is_running", "settled_until", "made_of")


def _number(label: str, most: int, **options: Any) -> forms.IntegerField:
    sentence = f"Write a whole number from 1 to {most:,}."
    messages = dict.fromkeys(("required", "invalid", "min_value", "max_value"), sentence)
    widget = forms.NumberInput(attrs={"inputmode": "numeric"})
    return forms.IntegerField(
        label=label, min_value=1, max_value=most, widget=widget, error_messages=messages, **options
    )


def _choice(label: str, choices: Any, sentence: str, **options: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        choices=choices,
        error_messages={"required": sentence, "invalid_choice": sentence},
        **options,
    )


class Past(NamedTuple):
    """Dates that have passed without anything being written down for them."""

    number: int
    first_on: dt.date
    last_on: dt.date


class ScheduleForm(forms.Form):
    """When something comes again, as typed, and the dates it would have then. Asks nothing of the database."""

    anchor = forms.DateField(
        label="First on",
        widget=DayInput(),
        error_messages={"required": "Choose a date.", "invalid": "Write a date like 2026-11-22."},
    )
    every = _number("Every", LONGEST_EVERY, initial=1)
    unit = _choice("Unit", Unit.choices, "Choose days, weeks, months or years.", initial=Unit.MONTHS)
    month_day = _choice(
        "Day of the month",
        [
            (MonthDay.SAME, "The same day as the first"),
            (MonthDay.LAST, "The last day"),
            (MonthDay.WEEKDAY, "A weekday"),
        ],
        "Choose which day of the month.",
        required=False,
        empty_value=MonthDay.SAME,
    )
    nth = _choice(
        "Which one",
        Nth.choices,
        "Choose which one of the month: the first to the fourth, or the last.",
        required=False,
        coerce=int,
        empty_value=None,
    )
    weekday = _choice(
        "Weekday",
        list(enumerate(WEEKDAYS)),
        "Choose a day of the week.",
        required=False,
        coerce=int,
        empty_value=None,
    )
    weekend = _choice(
        "On a weekend",
        Weekend.choices,
        "Choose what happens on a weekend.",
        required=False,
        empty_value=Weekend.KEEP,
    )
    ends = _choice(
        "Ends",
        [(NEVER, "Never"), (ON_A_DATE, "On a date"), (AFTER_TIMES, "After a number of times")],
        "Choose when it ends.",
        required=False,
        empty_value=NEVER,
    )
    ends_on = forms.DateField(
        label="Last day",
        required=False,
        widget=DayInput(),
        error_messages={"invalid": "Write a date like 2026-11-22."},
    )
    times = _number("How many times", MOST_TIMES, required=False, help_text="Counted from the first date.")
    past = forms.BooleanField(required=False)

    on: dt.date  # today
    before: Schedule | None = None  # the one that stands, where one is changed
    is_running = True
    settled_until: dt.date | None = None  # the nominal day up to which everything is done with
    made_of: Expense | None = None  # counts as posted

    def know(self, *, on: dt.date, recurring: RecurringExpense | None = None, of: Expense | None = None) -> None:
        """What the dates depend on besides what is typed."""
        self.on, self.made_of = on, of
        if recurring is not None:
            self.before, self.is_running = recurring.schedule, recurring.is_running
            self.settled_until = recurring.done_until()

    # ── what is typed ──

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if said.get("unit") != Unit.MONTHS:
            self._leave_out("month_day", MonthDay.SAME)
        if said.get("month_day") != MonthDay.WEEKDAY:
            self._leave_out("nth", None)
            self._leave_out("weekday", None)
        for end, name, sentence in [
            (ON_A_DATE, "ends_on", "Choose a date."),
            (AFTER_TIMES, "times", f"Write a whole number from 1 to {MOST_TIMES:,}."),
        ]:
            if said.get("ends") != end:
                self._leave_out(name, None)
            elif name not in self.errors and said.get(name) is None:
                self.add_error(name, sentence)
        schedule = self._read()
        if schedule and schedule != self.before:
            for problem in schedule.problems(today=self.on, settled_until=self.settled_until):
                self.add_error(problem.field, problem.sentence)
        return said

    def _leave_out(self, name: str, value: Any) -> None:
        """What stands in a field that does not count for the rest of what is chosen is no fault."""
        self.errors.pop(name, None)
        self.cleaned_data[name] = value

    def _read(self) -> Schedule | None:
        """The schedule as typed; None where a part of it cannot be read."""
        said = self.cleaned_data
        if any(name in self.errors or name not in said for name in (*SCHEDULED, "ends")):
            return None
        words = {
            "unit": Unit(said["unit"]),
            "month_day": MonthDay(said["month_day"]),
            "weekend": Weekend(said["weekend"]),
        }
        return Schedule(**{name: said[name] for name in SCHEDULED} | words)

    # ── its dates ──

    @cached_property
    def schedule(self) -> Schedule | None:
        """None where it has no dates, or a part cannot be read; `faults` say why."""
        self.is_valid()
        return self._read()

    @property
    def faults(self) -> list[str]:
        self.is_valid()
        return [str(sentence) for name in (*SCHEDULED, "ends") for sentence in self.errors.get(name, [])]

    @cached_property
    def dates(self) -> list[Date]:
        """The next ones; today's is written down at once."""
        if self.schedule is None:
            return []
        after = self.settled_until
        if self.schedule != self.before:
            yesterday = self.schedule.nominal_until(self.on - ONE_DAY)
            after = max(after or yesterday, yesterday)
        return self.schedule.next(NEXT, after=after)

    @property
    def goes_on(self) -> bool:
        """Whether there are dates after those shown."""
        return bool(self.schedule and self.dates and self.schedule.next(1, after=self.dates[-1].nominal_on))

    @cached_property
    def passed(self) -> Past | None:
        """What has passed and could be written down as well; None where nothing has."""
        schedule = self.schedule
        if schedule is None or schedule == self.before or not self.is_running:
            return None
        count = schedule.missed(self.on - ONE_DAY, settled_until=self.settled_until)
        first = schedule.number_after(self.settled_until)
        last = first + count - 1
        if count and self.made_of and self.made_of.spent_on < self.on and schedule.due_on(self.made_of.spent_on):
            count -= 1
            first += schedule.date(first).due_on == self.made_of.spent_on
        return Past(count, schedule.date(first).due_on, schedule.date(last).due_on) if count else None


# ── what comes again ──────────────────────────────────────────────────────────────────────────────


class RecurringForm(ScheduleForm, SpendingForm):
    """What both writing down and changing ask for."""

    automatic = _choice(
        "On its day",
        [("True", "Post automatically"), ("False", "Remind me, and wait for a yes")],
        "Choose what happens on its day.",
        widget=forms.RadioSelect,
        coerce=lambda value: value == "True",
        initial="True",
    )

    class Meta:
        model = RecurringExpense
        fields = ["amount", "description", "category", "payment_method", "notes", *SCHEDULED, "automatic"]
        widgets = {
            "description": forms.TextInput(attrs={"autocomplete": "off", "maxlength": 200}),
            "notes": forms.Textarea(attrs={"rows": 2, "maxlength": 10_000}),
        }
        error_messages = {"description": {"required": "Write what it is."}}

    no_category = "Choose"

    def __init__(self, *args: Any, household: "Household", **kwargs: Any) -> None:
        super().__init__(*args, household=household, **kwargs)
        self.fields["amount"].label = f"Amount, {household.money.name}"

    @cached_property
    def preview(self) -> ScheduleForm:
        """The dates of what was sent, or of what is filled in."""
        data = self.data
        if not self.is_bound:
            filled = {name: self.get_initial_for_field(field, name) for name, field in self.fields.items()}
            data = {name: value for name, value in filled.items() if value is not None}
        form = ScheduleForm(data)
        for name in KNOWN:
            setattr(form, name, getattr(self, name))
        return form

    def _replace(self, name: str, value: str) -> None:
        """Put another value into a hidden field of what was sent."""
        data: Any = self.data.copy()
        data[name] = value
        self.data = data


class NewRecurringForm(RecurringForm):
    """One to begin; the same form sent twice begins one. `of` is the expense it is made of, if any."""

    key = KeyField()

    def __init__(
        self, data: Any, *, household: "Household", on: dt.date, given: Any, of: Expense | None = None
    ) -> None:
        initial = {"key": str(uuid.uuid4()), "anchor": on}
        if of is not None:
            initial |= {name: getattr(of, f"{name}_id", None) or getattr(of, name) for name in REPEATED}
            initial["anchor"] = of.spent_on
        initial |= {name: given[name] for name in GIVEN if given.get(name)}
        super().__init__(data, household=household, initial=initial)
        self.know(on=on, of=of)
        self.fields["amount"].widget.attrs |= {"class": "input is-big", "autofocus": of is None}

    @property
    def has_categories(self) -> bool:
        return bool(self.fields["category"].rows)

    def begin(self, *, by: User) -> RecurringExpense | None:
        """Begin it, once. None where something speaks against it: the form then says so."""
        recurring, of = self.instance, [self.made_of] if self.made_of else []
        recurring.recorded_by, recurring.key = by, self.cleaned_data["key"]
        try:
            return recurring.start(on=self.on, past=self.cleaned_data["past"], of=of)
        except KeyUsed as error:
            self.add_error(None, str(error))
            self._replace("key", str(uuid.uuid4()))
        except NotPossible as error:
            self.add_error(error.field, str(error))
        return None


class EditRecurringForm(RecurringForm):
    """One to change; `seen` is when it was last changed as the form was opened."""

    seen = SeenField()

    def __init__(self, data: Any, *, household: "Household", on: dt.date, instance: RecurringExpense) -> None:
        ends = ON_A_DATE if instance.ends_on else AFTER_TIMES if instance.times else NEVER
        initial = {"seen": instance.updated_at.isoformat(), "ends": ends, "automatic": str(instance.automatic)}
        self.know(on=on, recurring=instance)  # before what is typed changes it
        super().__init__(data, household=household, instance=instance, initial=initial)
        # One made of a statement's expense may have more decimals than may be typed: they can stay.
        self.fields["amount"].decimals = max(household.decimals, _decimals(instance.amount))

    def save_changes(self) -> bool:
        """Write the changes. Where somebody else was quicker the form says what stands now, and is ready to be sent
        again over that."""
        try:
            self.instance.rewrite(seen=self.cleaned_data["seen"], on=self.on, past=self.cleaned_data["past"])
        except ChangedMeanwhile as error:
            self.add_error(None, self._stands(error.stored))
            self._replace("seen", error.stored.updated_at.isoformat())
            return False
        except NotPossible as error:
            self.add_error(error.field, str(error))
            return False
        return True

    def _stands(self, stored: RecurringExpense) -> str:
        parts = [
            f"“{stored.description}”",
            format_amount(stored.amount, self.household.decimals),
            str(stored.category),
            f"{stored.schedule.words} from {in_words(stored.anchor)} on",
            str(stored.payment_method or "no payment method"),
        ]
        return (
            "Somebody changed this after you opened it. It now reads: "
            f"{', '.join(parts)}. Nothing of yours is saved yet; save again to put yours in its place."
        )


def _decimals(amount: Decimal) -> int:
    """How many decimals it has."""
    return max(0, -int(amount.normalize().as_tuple().exponent))


# ── one date ──────────────────────────────────────────────────────────────────────────────────────


class PostForm(forms.Form):
    """One date to post, with the amount and the day to write down."""

    amount = AmountField(nonzero=True, error_messages={"required": "Write an amount, for example 12.50."})
    spent_on = forms.DateField(
        label="Date",
        widget=DayInput(),
        error_messages={"required": "Choose a date.", "invalid": "Write a date like 2026-11-22."},
    )

    def __init__(self, data: Any, *, occurrence: Occurrence) -> None:
        recurring, household = occurrence.recurring, occurrence.recurring.household
        super().__init__(data, initial={"amount": recurring.amount, "spent_on": occurrence.due_on})
        self.occurrence = occurrence
        self.fields["amount"].decimals = max(household.decimals, _decimals(recurring.amount))
        self.fields["amount"].label = f"Amount, {household.money.name}"
        self.fields["amount"].widget.attrs |= {"class": "input is-big", "autofocus": True}

    def clean_spent_on(self) -> dt.date:
        day: dt.date = self.cleaned_data["spent_on"]
        if not FIRST_DAY <= day <= LAST_DAY:
            raise ValidationError(f"Write a date between {FIRST_DAY.year} and {LAST_DAY.year}.")
        return day

    def post(self, *, by: User) -> Occurrence | None:
        """Post it, once. None where it cannot be: the form then says so."""
        try:
            return self.occurrence.recurring.post(self.occurrence.nominal_on, by=by, **self.cleaned_data)
        except NotPossible as error:
            self.add_error(None, str(error))
            return None
