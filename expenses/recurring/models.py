"""RecurringExpense and its occurrences: what comes again, what of it is due, and what was posted.

Every verb takes the household's row first (`household.locked()`), so that two at once post one.
"""

import datetime as dt
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from expenses.ledger.models import FIRST_DAY, LAST_DAY, Expense
from expenses.recurring.schedule import LONGEST_EVERY, MOST_TIMES, Date, MonthDay, Nth, Schedule, Unit, Weekend
from expenses.shared.constraints import in_household, length_between
from expenses.shared.money import LARGEST, MoneyField
from expenses.shared.text import refuse_controls


class NotPossible(Exception):
    """It cannot be done as the recurring expense or the occurrence stands; the message is a sentence for the
    person."""


class RecurringQuerySet(models.QuerySet["RecurringExpense"]):
    def in_order(self) -> Self:
        return self.order_by("description", "id")

    def running(self) -> Self:
        """Neither paused nor ended."""
        return self.filter(paused_on=None, ended_on=None)

    def with_names(self) -> Self:
        return self.select_related("category", "payment_method")


class RecurringExpense(models.Model):
    """An expense that comes again: what it is, and when. A change counts from the next date on; what was posted
    stays as it was."""

    household = models.ForeignKey("expenses.Household", models.CASCADE, related_name="recurring_expenses")
    category = models.ForeignKey("expenses.Category", models.RESTRICT, related_name="recurring_expenses")
    recorded_by = models.ForeignKey("expenses.User", models.PROTECT, related_name="+", verbose_name="written by")
    description = models.CharField(max_length=200, validators=[refuse_controls])
    amount = MoneyField()
    payment_method = models.ForeignKey(
        "expenses.PaymentMethod", models.RESTRICT, null=True, blank=True, related_name="+", verbose_name="paid with"
    )
    notes = models.TextField(blank=True, max_length=10_000, validators=[refuse_controls])
    # The schedule, by the names of its fields.
    anchor = models.DateField("first on")
    every = models.PositiveSmallIntegerField(default=1)
    unit = models.CharField(max_length=6, choices=Unit, default=Unit.MONTHS)
    month_day = models.CharField(max_length=7, choices=MonthDay, default=MonthDay.SAME)
    nth = models.PositiveSmallIntegerField(null=True, blank=True, choices=Nth)
    weekday = models.PositiveSmallIntegerField(null=True, blank=True)
    weekend = models.CharField(max_length=6, choices=Weekend, default=Weekend.KEEP)
    ends_on = models.DateField(null=True, blank=True)
    times = models.PositiveIntegerField(null=True, blank=True)
    automatic = models.BooleanField("post automatically", default=True, help_text="Or be reminded and confirm each.")
    # Nominal days up to this one are done with: posted, due, skipped, or before there was anything to post.
    settled_until = models.DateField(null=True, blank=True, editable=False)
    paused_on = models.DateField(null=True, blank=True, editable=False)
    ended_on = models.DateField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    key = models.UUIDField(null=True, blank=True, editable=False)  # from the form: sent twice, it makes one

    objects = RecurringQuerySet.as_manager()

    class Meta:
        ordering = ["description", "id"]
        verbose_name = "recurring expense"
        constraints = [
            models.UniqueConstraint(fields=["id", "household"], name="recurringexpense_id_household"),
            models.UniqueConstraint(
                fields=["household", "key"], name="recurringexpense_key_once", condition=Q(key__isnull=False)
            ),
            in_household("category", "expenses.Category", name="recurringexpense_category_of_household"),
            in_household("payment_method", "expenses.PaymentMethod", name="recurringexpense_method_of_household"),
            models.CheckConstraint(
                condition=~Q(amount=0) & Q(amount__gte=-LARGEST, amount__lte=LARGEST),
                name="recurringexpense_amount_in_range",
                violation_error_message="Write an amount other than zero, up to 100,000,000,000.",
            ),
            models.CheckConstraint(
                condition=Q(anchor__gte=FIRST_DAY, anchor__lte=LAST_DAY), name="recurringexpense_anchor_1900_to_2200"
            ),
            models.CheckConstraint(
                condition=Q(every__gte=1, every__lte=LONGEST_EVERY), name="recurringexpense_every_in_range"
            ),
            models.CheckConstraint(
                condition=Q(unit__in=Unit.values, month_day__in=MonthDay.values, weekend__in=Weekend.values),
                name="recurringexpense_words_known",
            ),
            models.CheckConstraint(
                condition=~Q(month_day=MonthDay.WEEKDAY) | Q(nth__gte=1, nth__lte=5, weekday__gte=0, weekday__lte=6),
                name="recurringexpense_weekday_known",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("anchor")),
                name="recurringexpense_ends_after_anchor",
            ),
            models.CheckConstraint(
                condition=Q(times__isnull=True) | Q(times__gte=1, times__lte=MOST_TIMES, ends_on__isnull=True),
                name="recurringexpense_one_end",
            ),
            length_between("description", 1, 200, name="recurringexpense_description_1_to_200"),
        ]

    def __str__(self) -> str:
        return self.description

    @property
    def schedule(self) -> Schedule:
        return Schedule(
            anchor=self.anchor,
            every=self.every,
            unit=Unit(self.unit),
            month_day=MonthDay(self.month_day),
            nth=self.nth,
            weekday=self.weekday,
            weekend=Weekend(self.weekend),
            ends_on=self.ends_on,
            times=self.times,
        )

    @property
    def is_running(self) -> bool:
        return self.paused_on is None and self.ended_on is None

    def as_expense(self, date: "Date | Occurrence", *, at: dt.datetime, amount: Decimal | None = None) -> Expense:
        """What is posted on a date."""
        return Expense(
            household_id=self.household_id,
            category_id=self.category_id,
            recorded_by_id=self.recorded_by_id,
            description=self.description,
            amount=self.amount if amount is None else amount,
            spent_on=date.due_on,
            notes=self.notes,
            payment_method_id=self.payment_method_id,
            created_at=at,
            updated_at=at,
        )


class State(models.TextChoices):
    DUE = "due", "Due"
    POSTED = "posted", "Posted"
    SKIPPED = "skipped", "Skipped"


class OccurrenceQuerySet(models.QuerySet["Occurrence"]):
    def oldest_first(self) -> Self:
        return self.order_by("due_on", "id")

    def newest_first(self) -> Self:
        return self.order_by("-nominal_on", "-id")

    def due(self) -> Self:
        return self.filter(state=State.DUE)

    def posted(self) -> Self:
        return self.filter(state=State.POSTED)


class Occurrence(models.Model):
    """A date of a recurring expense that something was done about: posted, skipped, or waiting to be confirmed.
    Dates to come have no row; they are computed."""

    household = models.ForeignKey("expenses.Household", models.CASCADE, related_name="occurrences")
    recurring = models.ForeignKey(RecurringExpense, models.CASCADE, related_name="occurrences")
    nominal_on = models.DateField()
    due_on = models.DateField()
    state = models.CharField(max_length=7, choices=State)
    # No constraint: the id stays when the expense is deleted, as it comes back with the same one.
    expense = models.ForeignKey(
        "expenses.Expense", models.DO_NOTHING, null=True, blank=True, db_constraint=False, related_name="+"
    )

    objects = OccurrenceQuerySet.as_manager()

    class Meta:
        ordering = ["-nominal_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["recurring", "nominal_on"], name="occurrence_once_a_date"),
            in_household("recurring", "expenses.RecurringExpense", name="occurrence_recurring_of_household"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="occurrence_state_known"),
            models.CheckConstraint(
                condition=Q(state=State.POSTED, expense__isnull=False)
                | (~Q(state=State.POSTED) & Q(expense__isnull=True)),
                name="occurrence_posted_has_expense",
            ),
        ]
        indexes = [models.Index(fields=["household", "due_on", "state"], name="occurrence_by_day")]

    def __str__(self) -> str:
        return f"{self.recurring} on {self.nominal_on}"


class Dismissal(models.Model):
    """A proposal that was dismissed for good: nothing of this look and category is proposed again."""

    household = models.ForeignKey("expenses.Household", models.CASCADE, related_name="dismissals")
    category = models.ForeignKey("expenses.Category", models.CASCADE, related_name="+")
    look = models.CharField(max_length=200)  # the description, normalised

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["household", "category", "look"], name="dismissal_once"),
            in_household("category", "expenses.Category", name="dismissal_category_of_household"),
        ]

    def __str__(self) -> str:
        return self.look
