"""Limit, Transfer and its two legs, and the verbs that write them. Amounts are in the household's currency.

Every verb takes the household's row first (`household.locked()`), so that what it checks stays true until it has
written; expenses may be written meanwhile.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from django.db import models, transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from expenses.budgets import figures
from expenses.budgets.envelope import Figures, Leftover, Rule, Shortage, rules_set, shortage
from expenses.shared.constraints import CompositeForeignKey, in_household, length_between
from expenses.shared.money import LARGEST, ZERO, MoneyField, format_amount
from expenses.shared.months import FIRST_YEAR, LAST_YEAR, Month, MonthField
from expenses.shared.text import refuse_controls

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.people.models import Household, User

MONTHS = Q(month__gte=FIRST_YEAR * 100 + 1, month__lte=LAST_YEAR * 100 + 12)


class PlanRefused(Exception):
    """A rule of the budget speaks against it; the message is a sentence for the person, `field` where it belongs."""

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


class NotEnoughLeft(PlanRefused):
    """The guard of a move: the source, or the pool, would become negative."""


class MoveKeyUsed(PlanRefused):
    """The form's key has written another move already."""


# ── limits ────────────────────────────────────────────────────────────────────────────────────────


class LimitQuerySet(models.QuerySet["Limit"]):
    def oldest_first(self) -> Self:
        return self.order_by("month", "id")

    def by_category(self) -> Self:
        """Of one category after the other, the oldest first."""
        return self.order_by("category__position", "category_id", "month")

    def until(self, month: Month | None) -> Self:
        """Up to a month, itself included; all of them without one."""
        return self if month is None else self.filter(month__lte=month)

    def after(self, month: Month) -> Self:
        return self.filter(month__gt=month)

    def of(self, *categories: "Category") -> Self:
        return self.filter(category__in=categories)

    def in_force(self, month: Month) -> "Limit | None":
        """The newest of this set that is not later than the month; it may be one that ends the limit."""
        return self.until(month).order_by("-month").first()

    def rules(self, household: "Household") -> dict[int, list[Rule]]:
        """As the arithmetic sees them: by category id, the oldest first; one query."""
        rules: dict[int, list[Rule]] = defaultdict(list)
        found = self.oldest_first().values_list("category_id", "month", "amount", "leftover")
        for category, month, amount, leftover in found:
            rules[category].append(Rule(household.month(month), amount, Leftover(leftover)))
        return dict(rules)


class Setting(NamedTuple):
    """What a limit is set to: an amount of zero or more, or None to end it."""

    amount: Decimal | None
    leftover: Leftover


class Limit(models.Model):
    """What a category may cost a month, from its month until a later limit; empty ends it."""

    household = models.ForeignKey("expenses.Household", models.CASCADE, related_name="limits")
    category = models.ForeignKey("expenses.Category", models.CASCADE, related_name="limits")
    month = MonthField()
    amount = MoneyField(null=True, blank=True)
    leftover = models.CharField(max_length=7, choices=Leftover, default=Leftover.SURPLUS)

    objects = LimitQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "category_id"]
        constraints = [
            in_household("category", "expenses.Category", name="limit_category_of_household"),
            models.UniqueConstraint(fields=["household", "category", "month"], name="limit_once_a_month"),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0, amount__lte=LARGEST),
                name="limit_amount_in_range",
                violation_error_message="Write an amount from zero to 100,000,000,000.",
            ),
            models.CheckConstraint(condition=Q(leftover__in=Leftover.values), name="limit_leftover_known"),
            models.CheckConstraint(condition=MONTHS, name="limit_month_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.category} from {self.month}"

    @classmethod
    @transaction.atomic
    def set(
        cls, household: "Household", month: Month, settings: Mapping["Category", Setting], *, only: bool = False
    ) -> None:
        """Set limits from a month on, until a later one; with `only`, for that month alone: what was in force
        then stands from the next month on, unless a limit is set there.

        Raises `PlanRefused` for a month before the budget begins, an archived category and an amount that is negative
        or has too many decimals; then nothing is written.
        """
        household = household.locked()
        _check_month(household, month)
        stored = {category.pk: category for category in household.categories.all()}
        rules = household.limits.of(*settings).rules(household)
        written = []
        for category, setting in settings.items():
            _check_category(stored.get(category.pk), category)
            _check_limit(household, setting.amount)
            rule = Rule(month, setting.amount, setting.leftover)
            written += [
                cls(household=household, category=category, month=new.month, amount=new.amount, leftover=new.leftover)
                for new in rules_set(rules.get(category.pk, ()), rule, only=only)
            ]
        cls.objects.bulk_create(
            written,
            update_conflicts=True,
            unique_fields=["household", "category", "month"],
            update_fields=["amount", "leftover"],
        )


# ── transfers ─────────────────────────────────────────────────────────────────────────────────────


class MovedAt(NamedTuple):
    """Where a page of the ledger of moves ended: values, never a row."""

    moved_at: dt.datetime
    pk: int

    def __str__(self) -> str:
        return f"{self.moved_at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%f}.{self.pk}"

    @classmethod
    def parse(cls, text: str) -> "MovedAt":
        """Read `2026-11-22T09:30:00.000000.115`, in UTC. Raises `ValueError` for anything else."""
        moment, _, pk = text.rpartition(".")
        if not (pk.isascii() and pk.isdigit()) or len(pk) > 18:
            raise ValueError(f"{text!r} is no place in the ledger.")
        return cls(dt.datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%f").replace(tzinfo=dt.UTC), int(pk))


class TransferQuerySet(models.QuerySet["Transfer"]):
    def in_month(self, month: Month) -> Self:
        return self.filter(month=month)

    def newest_first(self) -> Self:
        return self.order_by("-moved_at", "-id")

    def after(self, place: MovedAt) -> Self:
        """Those that follow a place, the newest first."""
        return self.filter(Q(moved_at__lt=place.moved_at) | Q(moved_at=place.moved_at, pk__lt=place.pk))

    def of(self, category: "Category") -> Self:
        return self.filter(Q(source=category) | Q(destination=category))

    def narrowed(self, *, month: Month | None, category: "Category | None") -> Self:
        """Of a month, and of what touches a category; None narrows nothing."""
        found = self.in_month(month) if month else self
        return found.of(category) if category else found

    def keyed(self, key: uuid.UUID) -> Self:
        """The one that a form has written."""
        return self.filter(key=key)

    def with_names(self) -> Self:
        """With what a line shows: both sides, who moved, what it reverses and what reversed it."""
        return self.with_people().select_related("source", "destination")

    def with_people(self) -> Self:
        """As `with_names`, for who knows both sides already."""
        return self.select_related("moved_by", "reverses", "reversal")


class Transfer(models.Model):
    """Money moved from one category to another in a month; an empty side is the pool. Never changed, never deleted:
    a reversal takes it back."""

    household = models.ForeignKey("expenses.Household", models.CASCADE, related_name="transfers")
    month = MonthField()
    source = models.ForeignKey("expenses.Category", models.RESTRICT, null=True, related_name="transfers_out")
    destination = models.ForeignKey("expenses.Category", models.RESTRICT, null=True, related_name="transfers_in")
    amount = MoneyField()
    note = models.CharField(max_length=200, blank=True, validators=[refuse_controls])
    moved_by = models.ForeignKey("expenses.User", models.PROTECT, related_name="+")
    moved_at = models.DateTimeField(default=timezone.now)
    key = models.UUIDField()  # from the form: the same form sent twice moves once
    reverses = models.OneToOneField("self", models.RESTRICT, null=True, related_name="reversal")

    change: Decimal | None = None  # what it did to the category whose moves are looked at; set by `moves.Moves`

    objects = TransferQuerySet.as_manager()

    class Meta:
        ordering = ["-moved_at", "-id"]
        constraints = [
            # What its legs and its reversal must agree with.
            models.UniqueConstraint(fields=["id", "household", "month", "amount"], name="transfer_id_and_content"),
            models.UniqueConstraint(fields=["household", "key"], name="transfer_key_once"),
            models.CheckConstraint(condition=Q(amount__gt=0, amount__lte=LARGEST), name="transfer_amount_in_range"),
            models.CheckConstraint(condition=MONTHS, name="transfer_month_in_range"),
            models.CheckConstraint(
                condition=Q(source__isnull=False) | Q(destination__isnull=False), name="transfer_touches_a_category"
            ),
            in_household("source", "expenses.Category", name="transfer_source_of_household"),
            in_household("destination", "expenses.Category", name="transfer_destination_of_household"),
            CompositeForeignKey(
                fields=["reverses", "household", "month", "amount"],
                to="expenses.Transfer",
                to_fields=["id", "household", "month", "amount"],
                name="transfer_reverses_its_like",
            ),
            length_between("note", 0, 200, name="transfer_note_up_to_200"),
        ]
        indexes = [models.Index(fields=["household", "month", "-moved_at"], name="transfer_by_month")]

    def __str__(self) -> str:
        if self.is_within:
            return f"within {self.source}"
        return f"{self.source or POOL} to {self.destination or POOL}"

    @classmethod
    @transaction.atomic
    def move(
        cls,
        *,
        household: "Household",
        month: Month,
        source: "Category | None",
        destination: "Category | None",
        amount: Decimal,
        by: "User",
        on: dt.date,
        note: str = "",
        key: uuid.UUID,
        reverses: "Transfer | None" = None,
    ) -> "Transfer":
        """Move money in a month, once: a repeat of the key gives the transfer that was written first.

        `source` and `destination` are categories of the household, or None for the pool; `on` is today. Raises
        `NotEnoughLeft` where the guard speaks against it (see `envelope.shortage`), `MoveKeyUsed` where the key wrote
        another move, `PlanRefused` for an amount that is not above zero or has too many decimals, the same side twice,
        an archived category, a month before the budget or the pool begins. Then nothing is written.
        """
        household = household.locked()
        month = household.month(month)
        asked = cls(
            household=household,
            month=month,
            source=source,
            destination=destination,
            amount=amount,
            note=note,
            moved_by=by,
            key=key,
            # By its id: the object would take an unsaved reversal for its own, and keep it where this one is refused.
            reverses_id=reverses.pk if reverses else None,
        )
        if found := household.transfers.keyed(key).first():
            if found._content() != asked._content():
                raise MoveKeyUsed("This form has moved money already. Send it again to move what stands here as well.")
            return found
        asked._check()
        asked._guard(figures.read(household), running=household.month_of(on))
        asked.save(force_insert=True)
        TransferLeg.objects.bulk_create([TransferLeg.of(asked, side=-1), TransferLeg.of(asked, side=1)])
        return asked

    def reverse(self, *, by: "User", on: dt.date, key: uuid.UUID, note: str = "") -> "Transfer":
        """The opposite move in the same month, under the same guard, once. Raises as `move`, and `PlanRefused` for a
        reversal, for what was reversed already and for a move within one category."""
        with transaction.atomic():
            household = self.household.locked()
            if self._never_reversed:
                raise PlanRefused(self._never_reversed)
            reversal = Transfer.objects.filter(reverses=self).first()
            if reversal and reversal.key != key:
                raise PlanRefused(REVERSED)
            return Transfer.move(
                household=household,
                month=self.month,
                source=self.destination,
                destination=self.source,
                amount=self.amount,
                by=by,
                on=on,
                note=note,
                key=key,
                reverses=self,
            )

    @property
    def is_within(self) -> bool:
        """Whether both sides are one category, since two were merged."""
        return self.source_id == self.destination_id

    def change_of(self, category: "Category") -> Decimal:
        """What it brought to a category of its own, negative where it took something away."""
        into, out = self.destination_id == category.pk, self.source_id == category.pk
        return self.amount * (into - out)

    @property
    def is_reversed(self) -> bool:
        """Needs `with_names`, or asks the database."""
        return hasattr(self, "reversal")

    @property
    def is_reversible(self) -> bool:
        """Whether it can be reversed as far as it goes itself; the guard may still speak against it."""
        return not (self._never_reversed or self.is_reversed)

    def speaks_against_reversal(self, plan: Figures, *, running: Month) -> str:
        """The sentence with which `reverse` would refuse, for the page that asks first; empty where it would not."""
        if not self.is_reversible:
            return self._never_reversed or REVERSED
        opposite = Transfer(
            household=self.household,
            month=self.household.month(self.month),
            source=self.destination,
            destination=self.source,
            amount=self.amount,
        )
        try:
            opposite._check()
        except PlanRefused as refused:
            return str(refused)
        return opposite.speaks_against(plan, running=running)

    def speaks_against(self, plan: Figures, *, running: Month) -> str:
        """The guard's sentence about this move, written or not; empty where it lets the money go. Asks nothing."""
        try:
            self._guard(plan, running=running)
        except NotEnoughLeft as refused:
            return str(refused)
        return ""

    @property
    def _never_reversed(self) -> str:
        if self.reverses_id:
            return "This is a reversal. A reversal is not reversed: move the money again instead."
        if self.is_within:
            return "This move lies within one category since two were merged. There is nothing to reverse."
        return ""

    def _content(self) -> tuple[Any, ...]:
        return self.month, self.source_id, self.destination_id, self.amount, self.note, self.reverses_id

    def _check(self) -> None:
        if self.amount <= 0 or self.amount > LARGEST:
            raise PlanRefused("Write an amount above zero, up to 100,000,000,000.", field="amount")
        _check_decimals(self.household, self.amount)
        if self.source_id == self.destination_id:
            raise PlanRefused("Choose two different categories.", field="destination")
        _check_month(self.household, self.month)
        stored = {
            category.pk: category
            for category in self.household.categories.filter(pk__in=[self.source_id or 0, self.destination_id or 0])
        }
        for name in ("source", "destination"):
            category = getattr(self, name)
            if category is None:
                self._check_pool(name)
            else:
                _check_category(stored.get(category.pk), category, field=name)

    def _check_pool(self, field: str) -> None:
        begins = self.household.pool_from
        if begins is None:
            raise PlanRefused("There is no money to assign yet. Write an income down first.", field=field)
        if self.month < begins:
            raise PlanRefused(f"Money to assign begins in {begins.name}.", field=field)

    def _guard(self, plan: Figures, *, running: Month) -> None:
        short = shortage(
            plan,
            month=self.month,
            source=self.source_id,
            destination=self.destination_id,
            amount=self.amount,
            running=running,
        )
        if short:
            raise NotEnoughLeft(self._sentence(short, running), field="amount")

    def _sentence(self, short: Shortage, running: Month) -> str:
        name = short.month.short_name if short.month.year == running.year else short.month.name

        def money(amount: Decimal) -> str:
            return format_amount(amount, self.household.decimals)

        if short.category is not None and short.month == self.month:
            left = f"has {money(short.left)} left" if short.left >= 0 else f"is {money(-short.left)} over"
            return f"{self.source} {left} in {name}."
        if short.category is not None:
            return f"This would leave {self.source} {money(short.amount)} short in {name}."
        if self.source is None and short.month == self.month:
            there = max(short.left, ZERO)
            return f"There is {money(there)} to assign in {name}."
        return f"This would leave {money(short.amount)} too little to assign in {name}."


POOL = "To assign"
REVERSED = "This move was reversed already."


class TransferLegQuerySet(models.QuerySet["TransferLeg"]):
    def in_month(self, month: Month) -> Self:
        return self.filter(month=month)

    def of(self, category: "Category") -> Self:
        return self.filter(category=category)

    def total(self) -> Decimal:
        """What came in less what went."""
        signed = models.ExpressionWrapper(F("side") * F("size"), output_field=MoneyField())
        found: Decimal | None = self.aggregate(total=Sum(signed))["total"]
        return found or ZERO

    def sums(self) -> "models.QuerySet[Any, tuple[Month, int | None, Decimal]]":
        """(month, category id or None for the pool, what came in less what went)."""
        rows = self.order_by().values_list("month", "category_id")
        signed = models.ExpressionWrapper(F("side") * F("size"), output_field=MoneyField())
        return rows.annotate(change=Sum(signed))


class TransferLeg(models.Model):
    """One side of a transfer: −1 takes its size from a category, +1 brings it; an empty category is the pool."""

    household = models.ForeignKey("expenses.Household", models.CASCADE, related_name="transfer_legs")
    transfer = models.ForeignKey(Transfer, models.CASCADE, related_name="legs")
    month = MonthField()
    side = models.SmallIntegerField()
    size = MoneyField()
    category = models.ForeignKey("expenses.Category", models.RESTRICT, null=True, related_name="transfer_legs")

    objects = TransferLegQuerySet.as_manager()

    class Meta:
        ordering = ["-transfer_id", "side"]
        constraints = [
            models.CheckConstraint(condition=Q(side__in=(-1, 1)), name="transferleg_side_known"),
            models.CheckConstraint(condition=Q(size__gt=0), name="transferleg_size_above_zero"),
            models.UniqueConstraint(fields=["transfer", "side"], name="transferleg_one_a_side"),
            CompositeForeignKey(
                fields=["transfer", "household", "month", "size"],
                to="expenses.Transfer",
                to_fields=["id", "household", "month", "amount"],
                name="transferleg_as_its_transfer",
            ),
            in_household("category", "expenses.Category", name="transferleg_category_of_household"),
        ]
        indexes = [models.Index(fields=["household", "month", "category"], name="transferleg_by_month")]

    def __str__(self) -> str:
        return f"{self.category or POOL}: {self.side * self.size}"

    @classmethod
    def of(cls, transfer: Transfer, *, side: int) -> "TransferLeg":
        return cls(
            household_id=transfer.household_id,
            transfer=transfer,
            month=transfer.month,
            side=side,
            size=transfer.amount,
            category=transfer.source if side < 0 else transfer.destination,
        )


# ── rules that both share ─────────────────────────────────────────────────────────────────────────


def _check_month(household: "Household", month: Month) -> None:
    if month < household.budget_from:
        begins = household.month(household.budget_from)
        raise PlanRefused(f"The budget begins in {begins.name}: what is older is history.", field="month")


def _check_category(stored: "Category | None", asked: "Category", *, field: str = "category") -> None:
    if stored is None:
        raise PlanRefused(f"{asked} is not there any more.", field=field)
    if stored.is_archived:
        raise PlanRefused(f"{asked} is archived. Bring it back first.", field=field)


def _check_limit(household: "Household", amount: Decimal | None) -> None:
    if amount is not None and not 0 <= amount <= LARGEST:
        raise PlanRefused("Write an amount from zero to 100,000,000,000.", field="amount")
    if amount is not None:
        _check_decimals(household, amount)


def _check_decimals(household: "Household", amount: Decimal) -> None:
    if -int(amount.normalize().as_tuple().exponent) > household.decimals:
        allowed = f"{household.decimals} decimals at most" if household.decimals else "no decimals"
        raise PlanRefused(f"Amounts in {household.currency} have {allowed}.", field="amount")
