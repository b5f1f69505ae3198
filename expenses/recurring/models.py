"""RecurringExpense and its occurrences: what comes again, what of it is due, and what was posted.

Every verb takes the household's row first (`household.locked()`), so that two at once post one.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from expenses.ledger.models import FIRST_DAY, LAST_DAY, ChangedMeanwhile, Expense, KeyUsed
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
from expenses.shared.constraints import in_household, length_between
from expenses.shared.money import LARGEST, MoneyField
from expenses.shared.rows import insert
from expenses.shared.text import refuse_controls

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.people.models import User


class NotPossible(Exception):
    """It cannot be done as the recurring expense or the occurrence stands; the message is a sentence for the
    person, `field` the part that it is about."""

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


class RecurringQuerySet(models.QuerySet["RecurringExpense"]):
    def in_order(self) -> Self:
        return self.order_by("description", "id")

    def running(self) -> Self:
        """Neither paused nor ended."""
        return self.filter(paused_on=None, ended_on=None)

    def of(self, category: "Category") -> Self:
        return self.filter(category=category)

    def with_names(self) -> Self:
        return self.select_related("category", "payment_method")

    def beside_occurrences(self, first: dt.date, last: dt.date | None) -> Self:
        """A row for each occurrence due on one of these days (all from the first one on for None), or waiting since
        before, as `done_…`; and one for each running one without any."""
        near = Q(occurrences__due_on__gte=first)
        if last:
            near &= Q(occurrences__due_on__lte=last)
        waits = Q(occurrences__due_on__lt=first, occurrences__state=State.DUE)
        found = self.annotate(done=models.FilteredRelation("occurrences", condition=near | waits))
        parts = {
            "done_pk": "done__pk",
            "done_nominal_on": "done__nominal_on",
            "done_due_on": "done__due_on",
            "done_state": "done__state",
            "done_amount": "done__expense__amount",
            "done_category": "done__expense__category_id",
            "done_spent_on": "done__expense__spent_on",
        }
        return found.filter(Q(paused_on=None, ended_on=None) | Q(done__isnull=False)).annotate(
            **{name: models.F(path) for name, path in parts.items()}
        )

    def that_posted(self, expense: Expense) -> "RecurringExpense | None":
        """The one that an expense was posted by, if any."""
        return self.filter(occurrences__expense=expense.pk).first()


# What a person writes down, in a form: all of it is written over by `rewrite`.
SCHEDULED = ("anchor", "every", "unit", "month_day", "nth", "weekday", "weekend", "ends_on", "times")
WRITTEN = ("description", "amount", "category", "payment_method", "notes", *SCHEDULED, "automatic")


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

    # ── what a person does: each verb holds the household's row, so that no date is posted meanwhile ──

    @transaction.atomic
    def start(
        self, *, on: dt.date, past: bool = False, of: Iterable[Expense] = (), at: dt.datetime | None = None
    ) -> "RecurringExpense":
        """Write this new recurring expense, once: a repeat of its `key` gives the one that was written first.

        What is due by `on`, today, is posted at once. Nothing earlier is, unless `past` asks for it. The expenses it
        is made `of` count as posted by it where they lie on one of its dates, so that none comes twice.

        Raises `KeyUsed` where the key wrote another one, and `NotPossible` for a schedule with a problem and for an
        archived category.
        """
        self.household.locked()
        if found := self._started():
            return found
        self._refuse_what_cannot_be(on=on)
        at, yesterday = at or timezone.now(), on - ONE_DAY
        self.settled_until = self.schedule.nominal_until(yesterday)
        self.save(force_insert=True)
        known = self._take_over(of)
        if past:
            dates = self.schedule.due_until(yesterday, settled_until=None)
            self._post_all([date for date in dates if date.nominal_on not in known], at=at)
        self._catch_up(on=on, at=at)
        return self

    @transaction.atomic
    def rewrite(
        self, *, seen: dt.datetime | None, on: dt.date, past: bool = False, at: dt.datetime | None = None
    ) -> None:
        """Write what was changed over the row of which `seen` is the `updated_at`; None writes over any.

        It counts from the next date on: what was posted stays, and what fell due before is posted as it was. Another
        schedule begins after the last date that was posted, and after yesterday; with `past` its dates in between are
        written as well.

        Raises `ChangedMeanwhile`, with the row as it stands, `NotPossible` as `start` does, and
        `RecurringExpense.DoesNotExist` for one that was deleted.
        """
        self.household.locked()
        at, stored = at or timezone.now(), self._stored()
        if seen is not None and stored.updated_at != seen:
            raise ChangedMeanwhile(stored)
        stored._catch_up(on=on, at=at)
        stored = self._stored()
        self.settled_until, self.paused_on, self.ended_on = stored.settled_until, stored.paused_on, stored.ended_on
        if self.schedule != stored.schedule:
            self.settled_until = stored.done_until()
            self._refuse_what_cannot_be(on=on)
            if self.is_running:
                self._begin_after(on - ONE_DAY, past=past, at=at)
        else:
            self._refuse_archived()
        self.updated_at = at
        self.save(update_fields=[*WRITTEN, "settled_until", "updated_at"])
        self._catch_up(on=on, at=at)

    @transaction.atomic
    def pause(self, *, on: dt.date, at: dt.datetime | None = None) -> None:
        """Post nothing more until it is resumed; what fell due by then is posted. Raises `NotPossible` for an ended
        one."""
        stored = self._held()
        if stored.ended_on:
            raise NotPossible(f"{stored} has ended already.")
        if stored.is_running:
            stored._catch_up(on=on, at=at)
            RecurringExpense.objects.filter(pk=self.pk).update(paused_on=on)

    @transaction.atomic
    def end(self, *, on: dt.date, at: dt.datetime | None = None) -> None:
        """Post nothing more; what fell due by then is posted, and what waits for a yes goes on waiting."""
        stored = self._held()
        if stored.ended_on is None:
            stored._catch_up(on=on, at=at)
            RecurringExpense.objects.filter(pk=self.pk).update(ended_on=on, paused_on=None)

    @transaction.atomic
    def resume(self, *, on: dt.date, at: dt.datetime | None = None) -> None:
        """Go on after a pause or an end. Dates that passed meanwhile are not posted; what is due today is. Raises
        `NotPossible` where its category is archived, and where no date is left."""
        stored = self._held()
        if stored.is_running:
            return
        stored._refuse_archived()
        stored.paused_on = stored.ended_on = None
        stored._begin_after(on - ONE_DAY)
        last = stored.schedule.last
        if last and stored.settled_until and last.nominal_on <= stored.settled_until:
            raise NotPossible(f"No date of {stored} is left: the last one was {in_words(last.due_on)}.")
        stored.save(update_fields=["paused_on", "ended_on", "settled_until"])
        stored._catch_up(on=on, at=at)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """What it posted stays; its occurrences go with it."""
        with transaction.atomic():
            self.household.locked()
            return super().delete(*args, **kwargs)

    @transaction.atomic
    def post(
        self,
        nominal_on: dt.date,
        *,
        by: "User",
        amount: Decimal | None = None,
        spent_on: dt.date | None = None,
        at: dt.datetime | None = None,
    ) -> "Occurrence":
        """Post one date, due or still to come, as it is or with another amount and day. Asked again, it gives what
        was posted.

        Raises `NotPossible` where there is no such date, it was skipped, its expense was deleted since, or the
        category is archived.
        """
        stored = self._held()
        occurrence = stored.to_post(nominal_on)
        if occurrence.expense is not None:
            return occurrence
        expense = stored.as_expense(occurrence, at=at or timezone.now(), amount=amount)
        expense.household, expense.recorded_by = stored.household, by
        expense.category, expense.payment_method = stored.category, stored.payment_method
        expense.spent_on = spent_on or occurrence.due_on
        expense.save(force_insert=True)
        occurrence.state, occurrence.expense = State.POSTED, expense
        occurrence.save()
        return occurrence

    @transaction.atomic
    def skip(self, nominal_on: dt.date) -> "Occurrence":
        """Leave one date out, due or still to come. Raises `NotPossible` where there is no such date or it was
        posted."""
        occurrence = self._held()._occurrence(nominal_on)
        if occurrence.state == State.POSTED:
            raise NotPossible(f"{occurrence.in_words} was posted already.")
        occurrence.state = State.SKIPPED
        occurrence.save()
        return occurrence

    @transaction.atomic
    def unskip(self, nominal_on: dt.date) -> "Occurrence":
        """Take a skip back: a date that has passed waits for a yes, one still to come is posted on its day. Raises
        `NotPossible` where there is no such date or it was posted."""
        stored = self._held()
        occurrence = stored._occurrence(nominal_on)
        if occurrence.state == State.POSTED:
            raise NotPossible(f"{occurrence.in_words} was posted already.")
        if occurrence.state == State.SKIPPED:
            occurrence.state = State.DUE
            if stored.settled_until is not None and nominal_on <= stored.settled_until:
                occurrence.save()
            else:
                occurrence.delete()
        return occurrence

    def to_post(self, nominal_on: dt.date) -> "Occurrence":
        """What `post` would post, or has posted already. Raises `NotPossible` as it does."""
        occurrence = self._occurrence(nominal_on)
        if occurrence.state == State.SKIPPED:
            raise NotPossible(f"{occurrence.in_words} is skipped. Take that back first.")
        if occurrence.state == State.DUE:
            self._refuse_archived()
        elif occurrence.expense is None:
            raise NotPossible(f"{occurrence.in_words} was posted, and its expense deleted since.")
        return occurrence

    # ── parts of the verbs ──

    def done_until(self) -> dt.date | None:
        """The nominal day up to which every date is done with, those posted early in their turn included. One posted
        out of turn, a year ahead, does not settle the dates before it."""
        early = set(self.occurrences.ahead().posted().values_list("nominal_on", flat=True))
        until = self.settled_until
        for date in self.schedule.after(until):
            if date.nominal_on not in early:
                break
            until = date.nominal_on
        return until

    def _stored(self) -> "RecurringExpense":
        return RecurringExpense.objects.with_names().select_related("household").get(pk=self.pk)

    def _held(self) -> "RecurringExpense":
        """The row as it stands, once the household's is held."""
        self.household.locked()
        return self._stored()

    def _started(self) -> "RecurringExpense | None":
        found = (
            RecurringExpense.objects.filter(household=self.household_id, key=self.key).first() if self.key else None
        )
        if found is not None and found._content() != self._content():
            raise KeyUsed(
                f"This form has written “{found.description}” already. Save again to write what stands here as well."
            )
        return found

    def _content(self) -> tuple[Any, ...]:
        ids = {"category": self.category_id, "payment_method": self.payment_method_id}
        return tuple(ids[name] if name in ids else getattr(self, name) for name in WRITTEN)

    def _refuse_what_cannot_be(self, *, on: dt.date) -> None:
        self._refuse_archived()
        for problem in self.schedule.problems(today=on, settled_until=self.settled_until):
            raise NotPossible(problem.sentence, field=problem.field)

    def _refuse_archived(self) -> None:
        if self.category.is_archived:
            raise NotPossible(
                f"{self.category} is archived. Bring it back, or choose another category.", field="category"
            )

    def _begin_after(self, day: dt.date, *, past: bool = False, at: dt.datetime | None = None) -> None:
        """Let the schedule count after what is due by a day, having written that down if `past` asks for it."""
        until = self.schedule.nominal_until(day)
        if past:
            dates = self.schedule.due_until(day, settled_until=self.settled_until)
            known = set(self.occurrences.values_list("nominal_on", flat=True))
            self._post_all([date for date in dates if date.nominal_on not in known], at=at or timezone.now())
        self.settled_until = max(self.settled_until or until, until)

    def _post_all(self, dates: Collection[Date], *, at: dt.datetime) -> None:
        write_all([self._on(date, State.POSTED) for date in dates], at=at)

    def _take_over(self, expenses: Iterable[Expense]) -> set[dt.date]:
        """Let each of these expenses stand for a date of its day; gives their nominal days."""
        taken: dict[dt.date, Occurrence] = {}
        theirs = list(expenses)
        others = Occurrence.objects.filter(household=self.household_id, expense__in=[expense.pk for expense in theirs])
        posted = set(others.values_list("expense_id", flat=True))
        for expense in theirs:
            date = self.schedule.due_on(expense.spent_on) if expense.pk not in posted else None
            if date and date.nominal_on not in taken:
                taken[date.nominal_on] = self._on(date, State.POSTED, expense)
        Occurrence.objects.bulk_create(taken.values(), batch_size=500)
        return set(taken)

    def _on(self, date: Date, state: "State", expense: Expense | None = None) -> "Occurrence":
        return Occurrence(
            household_id=self.household_id,
            recurring=self,
            nominal_on=date.nominal_on,
            due_on=date.due_on,
            state=state,
            expense=expense,
        )

    def _catch_up(self, *, on: dt.date, at: dt.datetime | None) -> None:
        from expenses.recurring.posting import post_due  # it is made of these models

        post_due(self.household, on=on, at=at)

    def _occurrence(self, nominal_on: dt.date) -> "Occurrence":
        """What stands for a nominal day: its row, or a new one for a date still to come."""
        found = self.occurrences.select_related("expense").filter(nominal_on=nominal_on).first()
        if found is not None:
            found.recurring = self
            return found
        date = self.schedule.on(nominal_on)
        if date is None or (self.settled_until is not None and nominal_on <= self.settled_until):
            raise NotPossible(f"Nothing of {self} is due on {in_words(nominal_on)}.")
        if not self.is_running:
            raise NotPossible(f"{self} {'has ended' if self.ended_on else 'is paused'}. Resume it first.")
        return self._on(date, State.DUE)


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

    def done(self) -> Self:
        """Posted or skipped."""
        return self.exclude(state=State.DUE)

    def with_names(self) -> Self:
        """With what a line shows."""
        return self.select_related("recurring__category", "expense")

    def before(self, nominal_on: dt.date | None) -> Self:
        """Those of earlier nominal days; all for None."""
        return self if nominal_on is None else self.filter(nominal_on__lt=nominal_on)

    def ahead(self) -> Self:
        """Those of dates which have not come yet: posted early, or skipped already."""
        settled = models.F("recurring__settled_until")
        return self.filter(Q(recurring__settled_until=None) | Q(nominal_on__gt=settled))


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

    @property
    def in_words(self) -> str:
        """Rent of 1 November 2026."""
        return f"{self.recurring} of {in_words(self.nominal_on)}"


def write_all(occurrences: Sequence[Occurrence], *, at: dt.datetime) -> None:
    """Write new occurrences, and an expense for each posted one; a few statements, whatever their number."""
    posted = [occurrence for occurrence in occurrences if occurrence.state == State.POSTED]
    expenses = Expense.objects.bulk_create([one.recurring.as_expense(one, at=at) for one in posted])
    for occurrence, expense in zip(posted, expenses, strict=True):
        occurrence.expense = expense
    insert(occurrences, using=Expense.objects.db)


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
