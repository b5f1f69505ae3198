"""Expense and payment method, what was deleted or changed in bulk, and the monthly totals."""

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Case, Count, F, Q, Sum, Value, When
from django.db.models.functions import Cast
from django.utils import timezone

from expenses.ledger import totals
from expenses.people.models import Household
from expenses.shared.constraints import in_household, length_between
from expenses.shared.money import LARGEST, ZERO, MoneyField
from expenses.shared.months import FIRST_YEAR, LAST_YEAR, Month, MonthField, number_of
from expenses.shared.named import Named, NamedQuerySet
from expenses.shared.relations import naming
from expenses.shared.rows import insert
from expenses.shared.text import folded, refuse_controls

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.people.models import User

KEPT_DAYS = 30  # how long a deletion or a bulk change can be undone
CHUNK = 2_000  # rows a statement
SHORT_SEARCH = 10_000  # one or two letters are looked for in so many of the newest rows
FIRST_DAY, LAST_DAY = dt.date(FIRST_YEAR, 1, 1), dt.date(LAST_YEAR, 12, 31)


# ── payment methods ───────────────────────────────────────────────────────────────────────────────


class PaymentMethodQuerySet(NamedQuerySet["PaymentMethod"]):
    def in_order(self) -> Self:
        return self.order_by("name", "id")

    def with_use(self) -> Self:
        """With `is_used`: an expense, or a deleted one that may come back, was paid with it; and `is_kept`: something
        else keeps it from being deleted."""
        here = models.OuterRef("pk")
        # By the household too: that is how the index begins.
        used = Expense.objects.order_by().filter(household=models.OuterRef("household"), payment_method=here)
        return self.annotate(
            is_used=models.Exists(used) | models.Exists(DeletedExpense.objects.filter(payment_method=here)),
            is_kept=reduce(or_, (models.Exists(rows) for rows in _keeping(here))),
        )


def _keeping(method: models.OuterRef) -> Iterator[models.QuerySet[Any]]:
    """What names a payment method and is not written down in it: what comes again, statements."""
    for relation in naming(PaymentMethod):
        model, on_delete = relation.related_model, relation.on_delete
        if on_delete in (models.RESTRICT, models.PROTECT) and model not in (Expense, DeletedExpense):
            yield model._base_manager.filter(**{relation.field.name: method})


class MethodKept(Exception):
    """A payment method that something was paid with is archived, not deleted; the message is a sentence."""


def new_mark() -> str:
    return str(uuid.uuid4())


class PaymentMethod(Named):
    """Card, cash, current account: how something was paid, and whose statement a file is."""

    household = models.ForeignKey("expenses.Household", models.CASCADE, related_name="payment_methods")
    account_hash = models.CharField(max_length=64, blank=True, editable=False)  # of the number its statements name
    # What the keys of its statements' rows are made with: it goes with the household where its id cannot.
    mark = models.CharField(max_length=36, default=new_mark, editable=False)

    objects = PaymentMethodQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["id", "household"], name="paymentmethod_id_household"),
            models.UniqueConstraint(
                fields=["household", "name_key"],
                name="paymentmethod_name_once",
                violation_error_message="There is a payment method of this name already.",
            ),
            length_between("name", 1, 50, name="paymentmethod_name_1_to_50"),
        ]

    def delete_unused(self) -> None:
        """Raises `MethodKept` where an expense, or a deleted one that may come back, was paid with it."""
        try:
            with transaction.atomic():
                self.delete()
        except (models.RestrictedError, models.ProtectedError) as error:
            raise MethodKept(f"{self} is in use and cannot be deleted. Archive it instead.") from error


# ── expenses ──────────────────────────────────────────────────────────────────────────────────────


class Spent(NamedTuple):
    """What some expenses cost: an amount (refunds taken off) and how many they are."""

    amount: Decimal
    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody asks


class Recent(NamedTuple):
    """What a past expense suggests for the next one of that description."""

    description: str
    category_id: int
    payment_method_id: int | None


class Cursor(NamedTuple):
    """Where a page of the list ended: values, never a row, so that a row deleted meanwhile loses nothing."""

    day: dt.date
    pk: int

    def __str__(self) -> str:
        return f"{self.day}.{self.pk}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Read `2026-11-22.115`. Raises `ValueError` for anything else."""
        day, _, pk = text.partition(".")
        if not (pk.isascii() and pk.isdigit()) or len(pk) > 18:
            raise ValueError(f"{text!r} is no place in a list.")
        return cls(dt.date.fromisoformat(day), int(pk))


DIMENSIONS = ("month", "category", "member")  # what sums can be told apart by


class Narrowing(models.QuerySet[Any]):
    """What rows and monthly totals are both narrowed by."""

    def narrowed(self, *, categories: Collection[int] = (), members: Collection[int] = ()) -> Self:
        """To some categories and to what some members wrote down, by their ids; an empty choice narrows nothing."""
        rows = self.filter(category__in=categories) if categories else self
        return rows.filter(recorded_by__in=members) if members else rows


class ExpenseQuerySet(Narrowing, models.QuerySet["Expense"]):
    # ── which ones ──

    def newest_first(self) -> Self:
        return self.order_by("-spent_on", "-id")

    def between(self, first: dt.date | None, last: dt.date | None) -> Self:
        """Spent from the first day to the last, both included; None leaves that side open."""
        found = self if first is None else self.filter(spent_on__gte=first)
        return found if last is None else found.filter(spent_on__lte=last)

    def in_month(self, month: Month) -> Self:
        return self.filter(spent_on__gte=month.start, spent_on__lt=month.end)

    def of(self, *categories: "Category") -> Self:
        return self.filter(category__in=categories)

    def after(self, cursor: Cursor) -> Self:
        """The rows that follow the cursor in `newest_first`."""
        # The first condition alone lets the index begin at the day; the second cuts the day itself.
        return self.filter(spent_on__lte=cursor.day).filter(Q(spent_on__lt=cursor.day) | Q(id__lt=cursor.pk))

    def matching(self, text: str) -> Self:
        """Those whose description or notes hold every word, whatever its case and accents.

        One or two letters are looked for among the newest 10,000 only (`is_short_search`): no index helps there.
        """
        words = folded(text).split()
        if not words:
            return self
        found = self
        if is_short_search(text):
            newest = self._of_household().newest_first().values_list("spent_on", "id")
            edge = next(iter(newest[SHORT_SEARCH - 1 : SHORT_SEARCH]), None)
            if edge is not None:
                # As in `after`: the day bounds the index, else letters that nobody wrote are sought in every row.
                found = self.filter(spent_on__gte=edge[0]).filter(Q(spent_on__gt=edge[0]) | Q(id__gte=edge[1]))
        for word in words:
            found = found.filter(search_key__contains=word)
        return found

    def costing(self, at_least: Decimal | None, at_most: Decimal | None) -> Self:
        """Amounts from one to another, both included, refunds below zero; None leaves that side open."""
        found = self if at_least is None else self.filter(amount__gte=at_least)
        return found if at_most is None else found.filter(amount__lte=at_most)

    def paid_with(self, methods: Collection[int], *, or_unknown: bool = False) -> Self:
        """Paid by one of these methods, by their ids; `or_unknown` adds those without a method."""
        if not or_unknown:
            return self.filter(payment_method__in=methods) if methods else self
        unknown = Q(payment_method=None)
        return self.filter(unknown | Q(payment_method__in=methods) if methods else unknown)

    def with_ids(self, ids: Collection[int]) -> Self:
        """Those of these ids that are there."""
        return self.filter(pk__in=ids)

    def largest(self, count: int = 10) -> Self:
        """The most expensive ones, largest first; refunds are not among them."""
        return self.filter(amount__gt=0).order_by("-amount", "-spent_on", "-id")[:count]

    def with_names(self) -> Self:
        """With what a line shows: category, payment method, who wrote it down."""
        return self.select_related("category", "payment_method")

    def recent(self, count: int) -> list["Recent"]:
        """What was written down last, for what a form may offer."""
        rows = self.newest_first().values_list("description", "category_id", "payment_method_id")
        return [Recent(*row) for row in rows[:count]]

    # ── what they come to ──

    def spent(self) -> Spent:
        found = self.order_by().aggregate(amount=Sum("amount"), count=Count("id"))
        return Spent(found["amount"] or ZERO, found["count"])

    def by_category(self) -> dict[int, Spent]:
        """What each category cost, by its id."""
        return {category: Spent(amount, count) for category, amount, count in self.sums_by_category()}

    def sums_by_category(self) -> "models.QuerySet[Any, tuple[int, Decimal, int]]":
        """(category id, amount, number of expenses)."""
        rows = self.order_by().values_list("category_id")
        return rows.annotate(sum_of_amounts=Sum("amount"), number_of_rows=Count("id"))

    def sums_by(self, *names: str, starts_on: int) -> "models.QuerySet[Any, tuple[Any, ...]]":
        """(what each of the names says, amount, number of expenses) for names out of `DIMENSIONS`; a month is its
        number, of months that start on that day."""
        said: dict[str, Any] = {
            "month": number_of("spent_on", starts_on), "category": F("category_id"), "member": F("recorded_by_id")
        }  # fmt: skip
        rows = self.order_by().values_list(*(said[name] for name in names))
        return rows.annotate(sum_of_amounts=Sum("amount"), number_of_rows=Count("id"))

    def by_day(self, days: Collection[dt.date]) -> dict[dt.date, Decimal]:
        """What each of these days cost as a whole."""
        rows = self.filter(spent_on__in=days).order_by().values_list("spent_on").annotate(amount=Sum("amount"))
        return dict(rows)

    def each_day(self) -> dict[dt.date, Spent]:
        """What each day cost on which there is anything: from an index, no row is read."""
        rows = self.order_by().values_list("spent_on")
        found = rows.annotate(sum_of_amounts=Sum("amount"), number_of_rows=Count("id"))
        return {day: Spent(amount, count) for day, amount, count in found}

    # ── writing: each verb keeps the totals, in one transaction ──

    def bulk_create(self, objs: Iterable["Expense"], *args: Any, **kwargs: Any) -> list["Expense"]:
        expenses = list(objs)
        for expense in expenses:
            expense.search_key = search_key(expense.description, expense.notes)
        with transaction.atomic(using=self.db):
            written = (
                super().bulk_create(expenses, *args, **kwargs) if args or kwargs else insert(expenses, using=self.db)
            )
            totals.keep(using=self.db, come=map(totals.counted, written))
        return written

    def update(self, **values: Any) -> int:
        """Write the same values into all rows of the set; totals follow."""
        touched = {self.model._meta.get_field(name).attname for name in values}
        if not touched & set(totals.COUNTED):
            return super().update(**values)
        with transaction.atomic(using=self.db):
            changed = 0
            for ids, gone in self._locked():
                rows = self.model._base_manager.using(self.db).filter(pk__in=ids)
                changed += models.QuerySet.update(rows, **values)
                totals.keep(using=self.db, gone=gone, come=rows.values_list(*totals.COUNTED))
        return changed

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete for good. What a person deletes goes by `put_aside`, which can be undone."""
        with transaction.atomic(using=self.db):
            deleted = 0
            for ids, gone in self._locked():
                models.QuerySet(self.model, using=self.db).filter(pk__in=ids)._raw_delete(self.db)
                totals.keep(using=self.db, gone=gone)
                deleted += len(ids)
        return deleted, {self.model._meta.label: deleted}

    def _locked(self) -> Iterable[tuple[list[int], list[tuple[Any, ...]]]]:
        """The rows of this set in chunks, locked in the order of their ids: ids, and what the totals count."""
        # The household first, as everybody does: merging a category holds it too, then locks rows.
        totals.hold(self._households(), self.db)
        found = models.QuerySet.values_list(
            self.order_by().select_for_update(of=("self",), no_key=True).order_by("pk"), "pk", *totals.COUNTED
        )
        # One read of all: a row that no longer fits the filter after a chunk was written must still be written.
        rows = list(found)
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            yield [row[0] for row in chunk], [row[1:] for row in chunk]

    def _of_household(self) -> Self:
        """All expenses of the household this set starts from."""
        household = self._household()
        return self.model._default_manager.filter(household=household) if household else self

    def _household(self) -> "Household | None":
        """The household this set starts from (`household.expenses`), if it does."""
        instance = getattr(self, "_hints", {}).get("instance")
        return instance if instance is not None and instance._meta.model_name == "household" else None

    def _households(self) -> set[int]:
        household = self._household()
        if household:
            return {household.pk}
        return set(models.QuerySet.values_list(self.order_by(), "household_id", flat=True).distinct())

    # ── what a person does ──

    @transaction.atomic
    def put_aside(self, *, by: "User", at: dt.datetime | None = None) -> "uuid.UUID":
        """Delete the rows of this set so that they can come back: gives the batch to undo."""
        batch, at = uuid.uuid4(), at or timezone.now()
        for ids, gone in self._locked():
            rows = self.model._base_manager.filter(pk__in=ids)
            DeletedExpense.objects.bulk_create(
                [DeletedExpense.of(row, batch=batch, by=by, at=at) for row in rows], batch_size=CHUNK
            )
            rows._raw_delete(rows.db)
            totals.keep(using=rows.db, gone=gone)
        forget_old(self._households(), at=at)
        return batch

    def recategorise(self, category: "Category", *, by: "User", at: dt.datetime | None = None) -> "uuid.UUID":
        """Give the rows of this set another category; gives the batch to undo."""
        return self.rewrite(category=category, by=by, at=at)

    @transaction.atomic
    def rewrite(
        self,
        *,
        category: "Category | None" = None,
        description: str = "",
        by: "User",
        at: dt.datetime | None = None,
    ) -> "uuid.UUID":
        """Give the rows of this set another category, another description, or both; gives the batch to undo."""
        batch, at = uuid.uuid4(), at or timezone.now()
        other = Q()
        if category:
            other |= ~Q(category=category)
        if description:
            other |= ~Q(description=description)
        for ids, gone in self.filter(other)._locked():
            rows = self.model._base_manager.filter(pk__in=ids)
            before = list(rows.values_list("pk", "household_id", "category_id", "description", "notes"))
            ExpenseChange.objects.bulk_create(
                [
                    ExpenseChange(
                        household_id=household,
                        batch=batch,
                        expense_id=pk,
                        category_id=was,
                        description=said if description else "",
                        changed_by=by,
                        changed_at=at,
                    )
                    for pk, household, was, said, _ in before
                ],
                batch_size=CHUNK,
            )
            values: dict[str, Any] = {"category": category} if category else {}
            if description:
                values |= described_as({pk: (description, notes) for pk, *_, notes in before})
            models.QuerySet.update(rows, **values, updated_at=at)
            if category:
                totals.keep(using=rows.db, gone=gone, come=rows.values_list(*totals.COUNTED))
        forget_old(self._households(), at=at)
        return batch


def described_as(texts: "dict[int, tuple[str, str]]") -> dict[str, Any]:
    """What to write so that expenses have these descriptions, from id to (description, notes), and are found by
    them."""

    def of_each(said: "Callable[[str, str], str]", otherwise: str) -> Case:
        cases = [When(pk=pk, then=Value(said(*text))) for pk, text in texts.items()]
        return Case(*cases, default=F(otherwise), output_field=models.TextField())

    return {
        "description": of_each(lambda description, _: description, "description"),
        "search_key": of_each(search_key, "search_key"),
    }


def writers(household: "Household") -> "models.QuerySet[User]":
    """Who has written expenses down, or may: former members keep theirs."""
    ids = (
        household.memberships.order_by().values("user").union(household.month_totals.order_by().values("recorded_by"))
    )
    return get_user_model().objects.filter(pk__in=ids).order_by("name", "email")


def is_short_search(text: str) -> bool:
    """Whether no word of the search has three letters, so that only the newest 10,000 are looked at."""
    words = folded(text).split()
    return bool(words) and max(map(len, words)) < 3


def search_key(description: str, notes: str) -> str:
    """What a search looks in: description and notes, folded."""
    return folded(f"{description} {notes}")


class KeyUsed(Exception):
    """The form has written another row already; the message is a sentence for the person."""


class ChangedMeanwhile(Exception):
    """Somebody else changed the row since it was shown; `stored` is the row as it stands."""

    def __init__(self, stored: Any) -> None:
        super().__init__("This was changed meanwhile.")
        self.stored = stored


class ExpenseFields(models.Model):
    """The columns that an expense and a deleted expense share."""

    _default_manager: ClassVar[models.Manager[Any]]  # there is none; mypy's Django plugin waits for it

    # That these are there is held by the composite keys of Meta, which hold that they are of one household too: the
    # database looks once for each row, not twice. They are found by the indexes of Meta.
    household = models.ForeignKey(
        "expenses.Household", models.CASCADE, related_name="%(class)ss", db_index=False, db_constraint=False
    )
    category = models.ForeignKey(
        "expenses.Category", models.RESTRICT, related_name="%(class)ss", db_index=False, db_constraint=False
    )
    recorded_by = models.ForeignKey("expenses.User", models.PROTECT, related_name="+", verbose_name="written by")
    description = models.CharField(max_length=200, validators=[refuse_controls])
    amount = MoneyField()
    spent_on = models.DateField("date")
    notes = models.TextField(blank=True, max_length=10_000, validators=[refuse_controls])
    payment_method = models.ForeignKey(
        PaymentMethod,
        models.RESTRICT,
        null=True,
        blank=True,
        related_name="%(class)ss",
        verbose_name="paid with",
        db_index=False,
        db_constraint=False,
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    # A UUID from the form: the same form sent twice writes one expense.
    key = models.UUIDField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True


class Expense(ExpenseFields):
    """Money out on a day, in a category; a refund is a negative expense."""

    search_key = models.TextField(blank=True, editable=False)

    objects = ExpenseQuerySet.as_manager()

    class Meta:
        ordering = ["-spent_on", "-id"]
        constraints = [
            in_household("category", "expenses.Category", name="expense_category_of_household"),
            in_household("payment_method", "expenses.PaymentMethod", name="expense_method_of_household"),
            models.UniqueConstraint(
                fields=["household", "key"], name="expense_key_once", condition=Q(key__isnull=False)
            ),
            models.CheckConstraint(
                condition=~Q(amount=0) & Q(amount__gte=-LARGEST, amount__lte=LARGEST),
                name="expense_amount_in_range",
                violation_error_message="Write an amount other than zero, up to 100,000,000,000.",
            ),
            models.CheckConstraint(
                condition=Q(spent_on__gte=FIRST_DAY, spent_on__lte=LAST_DAY),
                name="expense_spent_on_1900_to_2200",
                violation_error_message="Write a date between 1900 and 2200.",
            ),
            length_between("description", 1, 200, name="expense_description_1_to_200"),
        ]
        # The amount stands in the keys so that sums need no row, on SQLite too (which ignores INCLUDE). A category and
        # a payment method stand first: who deletes one looks for its expenses by that alone.
        indexes = [
            models.Index(fields=["household", "spent_on", "id", "category", "amount"], name="expense_by_day"),
            models.Index(fields=["category", "household", "spent_on", "id", "amount"], name="expense_by_category"),
            models.Index(fields=["household", "amount", "spent_on", "id"], name="expense_by_amount"),
            models.Index(fields=["payment_method", "household", "spent_on", "id"], name="expense_by_method"),
            models.Index(fields=["household", "recorded_by", "spent_on", "id"], name="expense_by_member"),
        ]

    def __str__(self) -> str:
        return self.description

    @property
    def is_refund(self) -> bool:
        return self.amount < 0

    def clean(self) -> None:
        super().clean()
        self.description = " ".join(self.description.split())
        if self.spent_on and not FIRST_DAY <= self.spent_on <= LAST_DAY:
            raise ValidationError({"spent_on": "Write a date between 1900 and 2200."})

    def write_down(self) -> "Expense":
        """Write this new expense, once: a repeat of its `key` gives the one that was written first.

        Raises `KeyUsed` where that one is another expense, or was deleted since.
        """
        if found := self._written():
            return found
        try:
            self.save(force_insert=True)
        except IntegrityError:
            if found := self._written():  # the same form, sent twice at once
                return found
            raise
        return self

    def _written(self) -> "Expense | None":
        if self.key is None:
            return None
        found = Expense.objects.filter(household=self.household_id, key=self.key).first()
        if found is None and DeletedExpense.objects.filter(household=self.household_id, key=self.key).exists():
            raise KeyUsed("This expense was saved before, and deleted since. Save again to write it once more.")
        if found is not None and found._content() != self._content():
            raise KeyUsed(
                f"This form has written “{found.description}” already. Save again to write what stands here as well."
            )
        return found

    def _content(self) -> tuple[Any, ...]:
        return self.description, self.amount, self.spent_on, self.category_id, self.payment_method_id, self.notes

    @transaction.atomic
    def rewrite(self, *, seen: dt.datetime | None, at: dt.datetime | None = None) -> None:
        """Write this changed expense over the row of which `seen` is the `updated_at`; None writes over any.

        Raises `ChangedMeanwhile`, with the row as it stands, and `Expense.DoesNotExist` for one that was deleted.
        """
        totals.hold({self.household_id}, Expense.objects.db)
        rows = Expense.objects.select_for_update(of=("self",), no_key=True).select_related(
            "category", "payment_method"
        )
        stored = rows.get(pk=self.pk)
        if seen is not None and stored.updated_at != seen:
            raise ChangedMeanwhile(stored)
        self.updated_at = at or timezone.now()
        self.save()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row and its total."""
        self.search_key = search_key(self.description, self.notes)
        using = kwargs.get("using") or self._state.db or "default"
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "search_key"} if {"description", "notes"} & set(fields) else fields
        with transaction.atomic(using=using):
            gone: Sequence[tuple[Any, ...]] = ()
            if not self._state.adding:
                totals.hold({self.household_id}, using)
                stored = Expense._base_manager.using(using).select_for_update(of=("self",), no_key=True)
                gone = list(stored.filter(pk=self.pk).values_list(*totals.COUNTED))
            super().save(*args, **kwargs)
            if kwargs.get("update_fields") is None:
                come = [totals.counted(self)]
            else:  # other fields of this object may differ from the row
                come = list(Expense._base_manager.using(using).filter(pk=self.pk).values_list(*totals.COUNTED))
            if list(gone) != come:
                totals.keep(using=using, gone=gone, come=come)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        return Expense.objects.filter(pk=self.pk).delete()


# ── incomes ───────────────────────────────────────────────────────────────────────────────────────


OPENING = "What was there"  # the income that stands for what there was as the pool began


class Received(NamedTuple):
    """What some incomes brought: an amount, positive, and how many they are."""

    amount: Decimal
    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody asks


class PoolStart(NamedTuple):
    """The answer to the question of the first income: from which month on, and what there is (zero or more)."""

    month: Month
    there: Decimal = ZERO


class Loss(NamedTuple):
    """What the deletion of an income does to the pool: nothing where it has no `month`, else it is less from that
    month on where the income `counts`, and `ends` with the last one."""

    month: Month | None
    counts: bool = False
    ends: bool = False


class PoolRefused(Exception):
    """A pool cannot begin so; the message is a sentence for the person, `field` the part that it is about."""

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


class PoolStarted(PoolRefused):
    """There is a pool already: somebody else was quicker."""


class IncomeQuerySet(models.QuerySet["Income"]):
    def newest_first(self) -> Self:
        return self.order_by("-received_on", "-id")

    def after(self, cursor: Cursor) -> Self:
        """The rows that follow the cursor in `newest_first`."""
        return self.filter(received_on__lte=cursor.day).filter(Q(received_on__lt=cursor.day) | Q(id__lt=cursor.pk))

    def recent_descriptions(self, count: int) -> list[str]:
        """What the latest of so many were called, each once, the latest first."""
        return list(dict.fromkeys(self.newest_first().values_list("description", flat=True)[:count]))

    def between(self, first: dt.date | None, last: dt.date | None) -> Self:
        """Received from the first day to the last, both included; None leaves that side open."""
        found = self if first is None else self.filter(received_on__gte=first)
        return found if last is None else found.filter(received_on__lte=last)

    def in_month(self, month: Month) -> Self:
        return self.filter(received_on__gte=month.start, received_on__lt=month.end)

    def sum(self) -> Decimal:
        """What they come to, positive."""
        return self.order_by().aggregate(amount=Sum("amount"))["amount"] or ZERO

    def received(self) -> Received:
        found = self.order_by().aggregate(amount=Sum("amount"), number=Count("id"))
        return Received(found["amount"] or ZERO, found["number"])

    def by_month(self, household: "Household") -> dict[Month, Decimal]:
        """What each month brought, positive; one query grouped by day, folded into the household's months."""
        months: dict[Month, Decimal] = {}
        for day, amount in self.order_by().values_list("received_on").annotate(amount_of_day=Sum("amount")):
            month = household.month_of(day)
            months[month] = months.get(month, ZERO) + amount
        return months

    # ── writing: each verb holds the household's row, since incomes fill the pool ──

    def write_all(self, incomes: Sequence["Income"]) -> list["Income"]:
        """Write many new incomes in one go."""
        with transaction.atomic(using=self.db):
            _hold({income.household_id for income in incomes}, self.db)
            return insert(incomes, using=self.db)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete for good. The pool of a household without any income left ends."""
        with transaction.atomic(using=self.db):
            held = _hold(set(self.order_by().values_list("household_id", flat=True).distinct()), self.db)
            done = super().delete()
            left = self.model._base_manager.using(self.db).filter(household=models.OuterRef("pk"))
            held.filter(pool_from__isnull=False).exclude(models.Exists(left)).update(pool_from=None)
        return done


def _hold(households: Collection[int], using: str) -> "models.QuerySet[Household]":
    """These households, their rows held as by `Household.locked`, in the order of their ids."""
    rows = Household.objects.using(using).filter(pk__in=households)
    list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    return rows


@transaction.atomic
def start_pool(household: "Household", start: PoolStart, *, by: "User", on: dt.date) -> None:
    """Plan with what there is, from a month on: what there was then is written down as an income of its first day.

    `on` is today. Raises `PoolStarted` where there is a pool, and `PoolRefused` for a month before the budget begins
    or later than the next one, a negative amount, and where no income would stand behind the pool.
    """
    household = household.locked()
    month, begins = household.month(start.month), household.month(household.budget_from)
    if household.pool_from:
        raise PoolStarted(f"Planning with income began in {household.month(household.pool_from).name} meanwhile.")
    if month < begins:
        raise PoolRefused(f"The budget begins in {begins.name}: what is older is history.", field="pool_from")
    latest = max(begins, household.month_of(on).next)
    if month > latest:
        raise PoolRefused(f"Choose {latest.name} or an earlier month.", field="pool_from")
    if start.there < 0:
        raise PoolRefused("Write zero or more.", field="there_is")
    if start.there:
        day = max(month.start, FIRST_DAY)
        household.incomes.create(description=OPENING, amount=start.there, received_on=day, recorded_by=by)
    elif not household.incomes.exists():
        raise PoolRefused("Write what is there: no income is written down yet.", field="there_is")
    household.pool_from = month
    household.save(update_fields=["pool_from"])


class Income(models.Model):
    """Money in on a day: it goes to the pool, from where it is given to categories."""

    household = models.ForeignKey("expenses.Household", models.CASCADE, related_name="incomes")
    recorded_by = models.ForeignKey("expenses.User", models.PROTECT, related_name="+", verbose_name="written by")
    description = models.CharField(max_length=200, validators=[refuse_controls])
    amount = MoneyField()
    received_on = models.DateField("date")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    # A UUID from the form: the same form sent twice writes one income.
    key = models.UUIDField(null=True, blank=True, editable=False)

    objects = IncomeQuerySet.as_manager()

    class Meta:
        ordering = ["-received_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["household", "key"], name="income_key_once", condition=Q(key__isnull=False)
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount__lte=LARGEST),
                name="income_amount_in_range",
                violation_error_message="Write an amount above zero, up to 100,000,000,000.",
            ),
            models.CheckConstraint(
                condition=Q(received_on__gte=FIRST_DAY, received_on__lte=LAST_DAY),
                name="income_received_on_1900_to_2200",
                violation_error_message="Write a date between 1900 and 2200.",
            ),
            length_between("description", 1, 200, name="income_description_1_to_200"),
        ]
        indexes = [models.Index(fields=["household", "received_on", "id", "amount"], name="income_by_day")]

    def __str__(self) -> str:
        return self.description

    def clean(self) -> None:
        super().clean()
        self.description = " ".join(self.description.split())
        if self.received_on and not FIRST_DAY <= self.received_on <= LAST_DAY:
            raise ValidationError({"received_on": "Write a date between 1900 and 2200."})

    @transaction.atomic
    def write_down(self, *, on: dt.date, start: PoolStart | None = None) -> "Income":
        """Write this new income, once: a repeat of its `key` gives the one that was written first. `start`, the answer
        to the question of the first income, begins the pool as well; `on` is today.

        Raises `KeyUsed` where the key wrote another income, `PoolStarted` where somebody else began a pool meanwhile,
        `PoolRefused` as `start_pool` does. Then nothing is written.
        """
        household = self.household.locked()
        found = self._written()
        if found is None:
            if start and household.pool_from:
                begins = household.month(household.pool_from).name
                raise PoolStarted(
                    f"Somebody answered this meanwhile: planning begins in {begins}. Nothing of yours is saved yet; "
                    "save again to write this income down."
                )
            self.save(force_insert=True)
        if start and not household.pool_from:
            start_pool(household, start, by=self.recorded_by, on=on)
        return found or self

    def _written(self) -> "Income | None":
        found = Income.objects.filter(household=self.household_id, key=self.key).first() if self.key else None
        if found is not None and found._content() != self._content():
            raise KeyUsed(
                f"This form has written “{found.description}” already. Save again to write what stands here as well."
            )
        return found

    def _content(self) -> tuple[Any, ...]:
        return self.description, self.amount, self.received_on

    @transaction.atomic
    def rewrite(self, *, seen: dt.datetime | None, at: dt.datetime | None = None) -> None:
        """Write this changed income over the row of which `seen` is the `updated_at`; None writes over any. What was
        given out of the pool already stays given out: the pool may become negative.

        Raises `ChangedMeanwhile`, with the row as it stands, and `Income.DoesNotExist` for one that was deleted.
        """
        self.household.locked()
        stored = Income.objects.get(pk=self.pk)
        if seen is not None and stored.updated_at != seen:
            raise ChangedMeanwhile(stored)
        self.updated_at = at or timezone.now()
        self.save(force_update=True)

    def loss(self) -> Loss:
        """What its deletion would do to the pool."""
        household = self.household
        if not household.pool_from:
            return Loss(None)
        month, begins = household.month_of(self.received_on), household.month(household.pool_from)
        ends = not household.incomes.exclude(pk=self.pk).exists()
        return Loss(month, counts=month >= max(begins, household.month(household.budget_from)), ends=ends)

    def save(self, *args: Any, **kwargs: Any) -> None:
        using = kwargs.get("using") or self._state.db or "default"
        with transaction.atomic(using=using):
            _hold({self.household_id}, using)
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        return Income.objects.filter(pk=self.pk).delete()


# ── what was deleted or changed, for undo ─────────────────────────────────────────────────────────


class NothingToUndo(Exception):
    """The batch is unknown, older than 30 days or undone already; the message is a sentence for the person."""


class DeletedExpense(ExpenseFields):
    """An expense as it was when it was deleted; kept 30 days."""

    COPIED = (
        "household_id", "category_id", "recorded_by_id", "description", "amount", "spent_on", "notes",
        "payment_method_id", "created_at", "updated_at", "key",
    )  # fmt: skip

    expense_id = models.BigIntegerField(editable=False)  # its id before, and again after undo
    batch = models.UUIDField(editable=False)
    deleted_by = models.ForeignKey("expenses.User", models.PROTECT, related_name="+")
    deleted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-deleted_at", "-id"]
        constraints = [
            in_household("category", "expenses.Category", name="deletedexpense_category_of_household"),
            in_household("payment_method", "expenses.PaymentMethod", name="deletedexpense_method_of_household"),
            models.UniqueConstraint(fields=["household", "expense_id"], name="deletedexpense_once"),
        ]
        indexes = [
            models.Index(fields=["household", "batch"], name="deletedexpense_by_batch"),
            models.Index(fields=["category"], name="deletedexpense_by_category"),
            models.Index(fields=["payment_method"], name="deletedexpense_by_method"),
            models.Index(fields=["deleted_at"], name="deletedexpense_by_age"),
        ]

    def __str__(self) -> str:
        return self.description

    @classmethod
    def of(cls, expense: Expense, *, batch: uuid.UUID, by: "User", at: dt.datetime) -> "DeletedExpense":
        copied = {name: getattr(expense, name) for name in cls.COPIED}
        return cls(**copied, expense_id=expense.pk, batch=batch, deleted_by=by, deleted_at=at)

    def as_expense(self) -> Expense:
        return Expense(pk=self.expense_id, **{name: getattr(self, name) for name in self.COPIED})


class ExpenseChange(models.Model):
    """The category an expense had before a bulk change, and its description where that was changed; kept 30 days."""

    household = models.ForeignKey("expenses.Household", models.CASCADE, related_name="expense_changes")
    batch = models.UUIDField(editable=False)
    expense_id = models.BigIntegerField(editable=False)
    category = models.ForeignKey("expenses.Category", models.CASCADE, related_name="+")
    description = models.CharField(max_length=200, blank=True)
    changed_by = models.ForeignKey("expenses.User", models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-changed_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["household", "batch", "expense_id"], name="expensechange_once"),
            in_household("category", "expenses.Category", name="expensechange_category_of_household"),
        ]
        indexes = [models.Index(fields=["changed_at"], name="expensechange_by_age")]

    def __str__(self) -> str:
        return f"{self.expense_id} was {self.category}"


@transaction.atomic
def undo(household: "Household", batch: uuid.UUID) -> int:
    """Bring a batch of deleted expenses back with their ids, or take a bulk change back from the rows not changed
    since. Gives how many rows that were; raises `NothingToUndo`."""
    totals.hold({household.pk}, Expense.objects.db)  # before any row: see ExpenseQuerySet._locked
    forget_old({household.pk}, at=timezone.now())
    deleted = list(
        household.deletedexpenses.filter(batch=batch).select_for_update(of=("self",)).order_by("expense_id")
    )
    if deleted:
        Expense.objects.bulk_create([row.as_expense() for row in deleted])
        household.deletedexpenses.filter(batch=batch).delete()
        return len(deleted)
    changed = household.expense_changes.filter(batch=batch)
    changes = list(changed.select_for_update(of=("self",)).order_by("expense_id"))
    if not changes:
        raise NothingToUndo("There is nothing left to undo: it was undone before, or is older than 30 days.")
    restored = 0
    for start in range(0, len(changes), CHUNK):
        chunk = changes[start : start + CHUNK]
        before = Case(
            *[When(pk=row.expense_id, then=Value(row.category_id)) for row in chunk],
            default=F("category_id"),
            output_field=models.BigIntegerField(),
        )
        untouched = household.expenses.filter(pk__in=[row.expense_id for row in chunk], updated_at=chunk[0].changed_at)
        values: dict[str, Any] = {"category": before}
        if said := {row.expense_id: row.description for row in chunk if row.description}:
            notes = dict(untouched.filter(pk__in=said).order_by().values_list("pk", "notes"))
            if notes:
                values |= described_as({pk: (said[pk], text) for pk, text in notes.items()})
        restored += untouched.update(**values, updated_at=timezone.now())
    changed.delete()
    return restored


def undoable(household: "Household", batch: uuid.UUID) -> int:
    """How many expenses a batch deleted or changed."""
    deleted = household.deletedexpenses.filter(batch=batch).count()
    return deleted or household.expense_changes.filter(batch=batch).count()


def forget_old(households: Collection[int], *, at: dt.datetime) -> None:
    """Drop what these households can no longer undo. No clock does this: whoever deletes, changes or undoes does."""
    before = at - dt.timedelta(days=KEPT_DAYS)
    DeletedExpense.objects.filter(household__in=households, deleted_at__lt=before).delete()
    ExpenseChange.objects.filter(household__in=households, changed_at__lt=before).delete()


# ── monthly totals ────────────────────────────────────────────────────────────────────────────────


class MonthTotalQuerySet(Narrowing, models.QuerySet["MonthTotal"]):
    def by_category(self) -> dict[int, Spent]:
        """What each category cost, by its id; those without a row left are not named."""
        return {category: Spent(amount, number) for category, amount, number in self.sums_by_category() if number}

    def sums_by_category(self) -> "models.QuerySet[Any, tuple[int, Decimal, int]]":
        """(category id, amount, number of expenses); a number may be 0."""
        rows = self.order_by().values_list("category_id")
        return rows.annotate(sum_of_amounts=Sum("spent"), number_of_rows=Sum("count"))

    def sums_by(self, *names: str) -> "models.QuerySet[Any, tuple[Any, ...]]":
        """As of the expenses; a number may be 0."""
        number = Cast("month", models.IntegerField())  # as the rows have it, in one list with which it stands
        said: dict[str, Any] = {"month": number, "category": F("category_id"), "member": F("recorded_by_id")}
        rows = self.order_by().values_list(*(said[name] for name in names))
        return rows.annotate(sum_of_amounts=Sum("spent"), number_of_rows=Sum("count"))

    def sum(self) -> Spent:
        found = self.order_by().aggregate(amount=Sum("spent"), number=Sum("count"))
        return Spent(found["amount"] or ZERO, found["number"] or 0)


class MonthTotal(models.Model):
    """What a member wrote down in a category in a month. Written by `totals` only."""

    household = models.ForeignKey("expenses.Household", models.CASCADE, related_name="month_totals")
    month = MonthField()
    category = models.ForeignKey("expenses.Category", models.CASCADE, related_name="+")
    recorded_by = models.ForeignKey("expenses.User", models.PROTECT, related_name="+")
    spent = MoneyField()
    count = models.IntegerField()

    objects = MonthTotalQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "category_id", "recorded_by_id"]
        constraints = [
            models.UniqueConstraint(fields=["household", "month", "category", "recorded_by"], name="monthtotal_once"),
            in_household("category", "expenses.Category", name="monthtotal_category_of_household"),
        ]

    def __str__(self) -> str:
        return f"{self.month}: {self.spent}"
