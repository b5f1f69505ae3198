"""Import, its rows, and how a bank's statements were read the last time."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import cache, cached_property
from sys import intern
from typing import TYPE_CHECKING, Any, Self

from django.core.exceptions import ObjectDoesNotExist
from django.db import connections, models
from django.db.models import F, Q

from expenses.imports import choosing, committing, matching, reverting, saying, uploading
from expenses.imports.choosing import Choice, Tally
from expenses.imports.rules import Decision
from expenses.imports.statements import FORMATS, NATURES, Mapping, Record
from expenses.imports.statements.records import FIELD_LENGTH, MEMO_LENGTH
from expenses.imports.states import (
    BY_ANSWER,
    COUNTING,
    NAMELESS,
    SPENDING,
    TAKEN,
    AlreadyDone,
    Direction,
    Kind,
    Matching,
    Pile,
    Question,
    State,
    Unanswered,
    chunks,
)
from expenses.ledger.models import Expense, Income, PaymentMethod
from expenses.shared.constraints import in_household, length_between
from expenses.shared.money import PLACES, ZERO, MoneyField, rounded
from expenses.shared.months import Month
from expenses.shared.rows import Stencil
from expenses.shared.text import LOOK_LENGTH, look

if TYPE_CHECKING:
    from expenses.people.models import User

# What a row takes over from one that counted before it.
INHERITED = (
    "expense_id", "income_id", "category_id", "occurrence", "fingerprint", "line_key", "amount", "date", "description",
    "memo", "kind", "is_chosen", "counterpart_id", "changes_id", "refund_of_id", "rule_id", "recurring_id",
    "nominal_on",
)  # fmt: skip
POINTERS = ("twin", "counterpart", "changes")  # to other rows
POINTING = (*POINTERS, "category", "expense", "income", "refund_of", "rule", "recurring")


# ── how a bank's statements are read ──────────────────────────────────────────────────────────────


class ImportProfile(models.Model):
    """How statements with this header (or, without one, of this shape) were read the last time."""

    household = models.ForeignKey("expenses.Household", models.CASCADE, related_name="import_profiles")
    signature = models.CharField(max_length=200)
    mapping = models.JSONField()
    payment_method = models.ForeignKey(PaymentMethod, models.CASCADE, null=True, related_name="+")
    file_name = models.CharField(max_length=200)
    used_at = models.DateTimeField()

    class Meta:
        ordering = ["-used_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["household", "signature"], name="importprofile_once"),
            in_household("payment_method", "expenses.PaymentMethod", name="importprofile_method_of_household"),
        ]

    def __str__(self) -> str:
        return self.file_name


# ── rules ─────────────────────────────────────────────────────────────────────────────────────────


class CategoryRuleQuerySet(models.QuerySet["CategoryRule"]):
    def in_order(self) -> Self:
        """As they are tried: the first that fits decides."""
        return self.order_by("position", "pk")

    def with_names(self) -> Self:
        return self.select_related("category", "payment_method")


class CategoryRule(models.Model):
    """What becomes of rows whose text, amount and payment method fit: the household's own word, tried in its order.

    Amounts are magnitudes; `direction` says of which way the money goes. What is empty is not asked.
    """

    household = models.ForeignKey("expenses.Household", models.CASCADE, related_name="category_rules")
    position = models.PositiveIntegerField()
    matching = models.CharField("text", max_length=10, choices=Matching, default=Matching.CONTAINS)
    text = models.CharField(max_length=200, blank=True)
    direction = models.CharField(max_length=3, choices=Direction, blank=True)
    amount_from = MoneyField(null=True, blank=True)
    amount_to = MoneyField(null=True, blank=True)
    payment_method = models.ForeignKey(PaymentMethod, models.CASCADE, null=True, blank=True, related_name="+")
    category = models.ForeignKey("expenses.Category", models.CASCADE, null=True, blank=True, related_name="+")
    description = models.CharField(max_length=200, blank=True)
    leave_out = models.BooleanField(default=False)
    created_by = models.ForeignKey("expenses.User", models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects = CategoryRuleQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["id", "household"], name="categoryrule_id_household"),
            in_household("category", "expenses.Category", name="categoryrule_category_of_household"),
            in_household("payment_method", "expenses.PaymentMethod", name="categoryrule_method_of_household"),
            models.CheckConstraint(condition=Q(matching__in=Matching.values), name="categoryrule_matching_known"),
            models.CheckConstraint(
                condition=Q(direction__in=["", *Direction.values]), name="categoryrule_direction_known"
            ),
            models.CheckConstraint(
                condition=~Q(text="")
                | Q(amount_from__isnull=False)
                | Q(amount_to__isnull=False)
                | Q(payment_method__isnull=False),
                name="categoryrule_asks_something",
            ),
            models.CheckConstraint(
                condition=Q(leave_out=True, category__isnull=True, description="")
                | Q(leave_out=False) & (Q(category__isnull=False) | ~Q(description="")),
                name="categoryrule_says_something",
            ),
            models.CheckConstraint(
                condition=(Q(amount_from__isnull=True) | Q(amount_from__gte=0))
                & (Q(amount_to__isnull=True) | Q(amount_to__gte=0))
                & (Q(amount_from__isnull=True) | Q(amount_to__isnull=True) | Q(amount_from__lte=F("amount_to"))),
                name="categoryrule_amounts_in_order",
            ),
            length_between("text", 0, 200, name="categoryrule_text_to_200"),
            length_between("description", 0, 200, name="categoryrule_description_to_200"),
        ]
        indexes = [models.Index(fields=["household", "position"], name="categoryrule_in_order")]

    def __str__(self) -> str:
        return self.text or self.description or "Rule"


# ── an import ─────────────────────────────────────────────────────────────────────────────────────


class ImportQuerySet(models.QuerySet["Import"]):
    def newest_first(self) -> Self:
        return self.order_by("-uploaded_at", "-id")

    def for_list(self) -> Self:
        """With what a line shows, without the files."""
        return self.defer("data").select_related("payment_method", "uploaded_by")

    def without_file(self) -> Self:
        return self.defer("data").select_related("payment_method")


class Import(models.Model):
    """One reading of a bank's file, from its upload to what it put into the budget, and back."""

    household = models.ForeignKey("expenses.Household", models.CASCADE, related_name="imports")
    payment_method = models.ForeignKey(
        PaymentMethod, models.RESTRICT, null=True, blank=True, related_name="imports", verbose_name="account or card"
    )
    file_name = models.CharField(max_length=200)
    format = models.CharField(max_length=10)
    data = models.BinaryField(null=True, blank=True)  # until the commit
    signature = models.CharField(max_length=200, blank=True)
    mapping = models.JSONField()
    # Where the file has several accounts: the number of each → its payment method's id, null where it is left out.
    accounts = models.JSONField(default=dict, blank=True)
    questions = models.JSONField(default=dict)  # what only a person can say: field of the mapping → what it may be
    read_as_before = models.CharField(max_length=200, blank=True)  # the file whose reading was taken over
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    summary = models.JSONField(default=dict)
    key = models.UUIDField(default=uuid.uuid4, editable=False)  # from the form: sent twice, it uploads once
    uploaded_by = models.ForeignKey("expenses.User", models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    mapped_at = models.DateTimeField(null=True, blank=True)
    committed_by = models.ForeignKey("expenses.User", models.PROTECT, null=True, blank=True, related_name="+")
    committed_at = models.DateTimeField(null=True, blank=True)
    reverted_by = models.ForeignKey("expenses.User", models.PROTECT, null=True, blank=True, related_name="+")
    reverted_at = models.DateTimeField(null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["id", "household"], name="import_id_household"),
            models.UniqueConstraint(fields=["household", "key"], name="import_key_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="import_state_known"),
            models.CheckConstraint(
                condition=Q(state=State.UPLOADED) | Q(payment_method__isnull=False),
                name="import_method_from_mapped_on",
            ),
            in_household("payment_method", "expenses.PaymentMethod", name="import_method_of_household"),
            length_between("file_name", 1, 200, name="import_file_name_1_to_200"),
        ]
        indexes = [models.Index(fields=["household", "-uploaded_at"], name="import_newest")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_open(self) -> bool:
        return self.state in (State.UPLOADED, State.MAPPED)

    @property
    def is_committed(self) -> bool:
        return self.state == State.COMMITTED

    @property
    def format_name(self) -> str:
        return FORMATS.get(self.format, self.format.upper())

    @property
    def reading(self) -> Mapping:
        return Mapping.from_json(self.mapping)

    @property
    def spent(self) -> Decimal:
        """What it put into the budget: expenses, refunds taken off."""
        return Decimal(self.summary.get("spent", "0"))

    @property
    def received(self) -> Decimal:
        """What it put into the budget as income."""
        return Decimal(self.summary.get("received", "0"))

    @property
    def months(self) -> list[Month]:
        """The budget months that it wrote into."""
        return [self.household.month(Month.parse(name)) for name in self.summary.get("months", [])]

    def locked(self, *states: State) -> "Import":
        """This import's row until the transaction ends. Raises `AlreadyDone` where it is at another step.

        The household's row first, as everybody does who then locks rows of it: the merging of two categories writes
        into rows of imports too. The file is left where it is: it may have 20 MB.
        """
        self.household.locked()
        found = Import.objects.select_for_update(of=("self",), no_key=True).select_related("household").defer("data")
        locked = found.filter(pk=self.pk, household=self.household_id).first()
        if locked is None or locked.state not in states:
            raise AlreadyDone("This import has gone a step further meanwhile.")
        return locked

    def method_of(self, account: str) -> int | None:
        """The id of the payment method whose rows of this account are; None where they are left out."""
        return self.accounts.get(account, self.payment_method_id)

    @property
    def methods(self) -> set[int]:
        """The ids of all payment methods whose rows it has."""
        return {method for method in (self.payment_method_id, *self.accounts.values()) if method}

    @cached_property
    def _marks(self) -> dict[int, str]:
        """By the id of each payment method: what its rows are keyed with."""
        return dict(self.household.payment_methods.order_by().values_list("pk", "mark"))

    @cached_property
    def new_rows(self) -> Stencil["ImportRow"]:
        """Makes new rows of this import."""
        return Stencil(ImportRow(household_id=self.household_id, source_id=self.pk, state=Pile.NEW))

    # Most statements have the same few shops and amounts again and again: what is made of one is made and kept once.

    @cached_property
    def _look(self) -> Callable[[str], str]:
        return cache(look)

    @cached_property
    def _as_kept(self) -> Callable[[Decimal], Decimal]:
        return cache(lambda amount: rounded(amount, PLACES))

    def row_of(self, record: Record) -> "ImportRow":
        """The row that a record of the statement becomes in this import, in no pile yet but the new ones. Its account
        is not left out."""
        text = f"{record.payee or record.description} {record.memo}"
        method = self.method_of(record.account) or 0  # there is one from here on: see import_method_from_mapped_on
        mark = self._marks.get(method, "")
        # Where nobody wrote a text, as many do in an app, Groceries says more than nothing.
        description = intern(record.description or record.category.replace("\n", " "))
        return self.new_rows.row(
            payment_method_id=method,
            nature=record.nature,
            line=record.line,
            date=record.date,
            amount=self._as_kept(record.amount),
            description=description,
            memo="" if record.memo == record.description else record.memo,  # a memo may repeat the name
            raw=record.raw,
            bank_id=record.bank_id if matching.is_id(record.bank_id) else "",
            file_category=record.category,
            look=self._look(description),
            fingerprint=matching.fingerprint(mark, record.date, record.amount, text, record.bank_id),
            line_key=matching.line_key(mark, record.date, record.amount, record.raw),
        )

    def unreadable_row(self, line: int, text: str, reason: str) -> "ImportRow":
        return self.new_rows.row(line=line, raw=text, reason=reason[:500], state=Pile.UNREADABLE)

    # What can be done with it: each verb owns its transaction, and stands in the module of its name.

    upload = staticmethod(uploading.upload)
    read_with = uploading.read_with
    discard = uploading.discard
    match_again = choosing.match_again
    choose = choosing.choose
    choose_among = choosing.choose_among
    apply_to_alike = choosing.apply_to_alike
    answer = choosing.answer
    answer_changed = choosing.answer_changed
    leave_out_moves = choosing.leave_out_moves
    keep_another = choosing.keep_another
    bring_back = choosing.bring_back
    commit = committing.commit
    commit_in_steps = committing.commit_in_steps
    check_answers = committing.check_answers
    edited = reverting.edited
    revert = reverting.revert
    revert_in_steps = reverting.revert_in_steps
    said = saying.said

    def tally(self) -> Tally:
        """The piles, what stands to be taken in, and what is still asked; in one query."""
        return Tally.of(self)


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────


class ImportRowQuerySet(models.QuerySet["ImportRow"]):
    def in_order(self) -> Self:
        return self.order_by("position")

    def with_ids(self, ids: Iterable[int]) -> Self:
        return self.filter(pk__in=ids)

    def new(self) -> Self:
        return self.filter(state=Pile.NEW)

    def readable(self) -> Self:
        return self.exclude(state=Pile.UNREADABLE).in_order()

    def counting(self) -> Self:
        """Those whose key counts in the household."""
        return self.filter(state__in=COUNTING)

    def imported(self) -> Self:
        return self.filter(state=Pile.IMPORTED)

    def joined(self) -> Self:
        """Those that stand for what was here before them, as it is."""
        return self.filter(state=Pile.MERGED, changes=None)

    def taken(self) -> Self:
        """Those that are to become expenses or incomes."""
        return self.filter(kind__in=TAKEN)

    def asked(self, question: Question | None = None) -> Self:
        """New rows of which something, or just this, is asked."""
        found = self.new().filter(kind=Kind.ASK)
        return found.filter(self.model.asks(question)) if question else found

    def settling(self) -> Self:
        """Those that settle, or may settle, a date of a recurring expense."""
        return self.filter(recurring__isnull=False)

    def spending(self) -> Self:
        """Those that are to become expenses, refunds among them."""
        return self.filter(kind__in=SPENDING)

    def money_in(self) -> Self:
        """Those of money in that nobody is asked about."""
        return self.filter(amount__gt=ZERO).exclude(kind__in=BY_ANSWER)

    def deciding(self) -> Self:
        """Those of money in whose text was decided on: taken in, joined, or left out by hand."""
        by_hand = Q(state=Pile.LEFT_OUT, is_chosen=True)
        return self.filter(Q(state__in=(Pile.IMPORTED, Pile.MERGED)) | by_hand, amount__gt=ZERO)

    def to_check(self) -> Self:
        """New rows with what a line shows."""
        shown = (
            "category", "expense", "expense__recorded_by", "income", "income__recorded_by", "recurring",
            "payment_method", "counterpart", "counterpart__payment_method", "counterpart__expense",
            "counterpart__income", "changes", "refund_of", "rule",
        )  # fmt: skip
        return self.new().select_related(*shown).in_order()

    def with_twins(self) -> Self:
        """Rows that are here already, with what they are here as."""
        return (
            self.filter(state=Pile.HERE)
            .select_related("twin", "twin__expense", "twin__income", "twin__source")
            .in_order()
        )

    def unreadable(self) -> Self:
        return self.filter(state=Pile.UNREADABLE).in_order()

    def decided(self) -> Self:
        """Rows that were taken in, joined or left out, with what became of them."""
        shown = (
            "expense", "expense__category", "income", "payment_method", "counterpart", "counterpart__payment_method",
            "refund_of", "changes",
        )  # fmt: skip
        return self.counting().select_related(*shown).in_order()

    def held_twice(self) -> Self:
        """Rows of committed imports whose twin counts in another one."""
        return self.filter(state=Pile.HERE, source__state=State.COMMITTED, twin__isnull=False)

    def assign(self, name: str, pairs: Sequence[tuple[int, int]], *, state: Pile) -> None:
        """Point rows to others, from pairs of ids, and put them in a pile: `bulk_update` takes ten times as long, by
        a CASE of all of them."""
        connection = connections[self.db]
        for chunk in chunks(pairs):
            if connection.vendor == "postgresql":  # two values, however many rows
                given = "unnest(%s::bigint[], %s::bigint[]) AS given (column1, column2)"
                values: list[Any] = [[pk for pk, _ in chunk], [pk for _, pk in chunk]]
            else:
                given = f"(VALUES {', '.join(['(%s, %s)'] * len(chunk))}) AS given"
                values = [pk for pair in chunk for pk in pair]
            with connection.cursor() as cursor:
                cursor.execute(
                    f"UPDATE expenses_importrow SET {name}_id = given.column2, state = %s "  # noqa: S608 (our own names)
                    f"FROM {given} WHERE expenses_importrow.id = given.column1",
                    [state.value, *values],
                )

    def rewrite(self, rows: Sequence["ImportRow"], names: Sequence[str]) -> None:
        """As `bulk_update`, which it is on SQLite; on Postgres in a tenth of the time."""
        if connections[self.db].vendor != "postgresql":
            ImportRow.objects.bulk_update(rows, names, batch_size=500)
            return
        connection, fields = connections[self.db], [self.model._meta.get_field(name) for name in names]
        columns = [field for field in fields if isinstance(field, models.Field)]
        pairs = enumerate(columns, start=2)
        said = ", ".join(f"{field.column} = given.column{n}::{field.db_type(connection)}" for n, field in pairs)
        place = f"({', '.join(['%s'] * (len(columns) + 1))})"
        for chunk in chunks(rows):
            values = [
                value
                for row in chunk
                for value in (
                    row.pk,
                    *(field.get_db_prep_save(getattr(row, field.attname), connection=connection) for field in columns),
                )
            ]
            with connection.cursor() as cursor:
                cursor.execute(
                    f"UPDATE expenses_importrow SET {said} FROM (VALUES {', '.join([place] * len(chunk))}) AS given "  # noqa: S608 (our own names)
                    "WHERE expenses_importrow.id = given.column1::bigint",
                    values,
                )

    def inherit(self, rows: Sequence[int], *, of: str = "twin", names: Sequence[str] = INHERITED) -> None:
        """Give these rows, by their ids, the key of their twins (or what else they point at), what they became, and
        what that was written from. Rows that pointed at those point at these."""
        columns = ", ".join(f"{name} = gone.{name}" for name in names)
        for chunk in chunks(rows):
            places = ", ".join(["%s"] * len(chunk))
            with connections[self.db].cursor() as cursor:
                cursor.execute(
                    f"UPDATE expenses_importrow SET {columns} FROM expenses_importrow AS gone "  # noqa: S608 (our own names)
                    f"WHERE expenses_importrow.{of}_id = gone.id AND expenses_importrow.id IN ({places})",
                    list(chunk),
                )
                for name in {"counterpart", "changes"} - {of}:
                    cursor.execute(
                        f"UPDATE expenses_importrow SET {name}_id = heir.id FROM expenses_importrow AS heir "  # noqa: S608 (our own names)
                        f"WHERE expenses_importrow.{name}_id = heir.{of}_id AND expenses_importrow.id <> heir.id "
                        f"AND heir.id IN ({places})",
                        list(chunk),
                    )

    def drop(self) -> None:
        """Delete without reading them: a statement may have 200,000 rows. Rows that point at them let go."""
        for name in POINTERS:
            ImportRow.objects.filter(**{f"{name}__in": self.order_by().values("pk")}).update(**{name: None})
        self.order_by()._raw_delete(self.db)


class ImportRow(models.Model):
    """A row of a statement. `amount` is as the statement says it, money out negative; null where it is unreadable."""

    # What has no constraint of its own here is held by a composite key of Meta, or not at all where that is said.
    household = models.ForeignKey(
        "expenses.Household", models.CASCADE, related_name="import_rows", db_index=False, db_constraint=False
    )
    source = models.ForeignKey(
        Import, models.CASCADE, related_name="rows", verbose_name="import", db_index=False, db_constraint=False
    )
    payment_method = models.ForeignKey(
        PaymentMethod, models.RESTRICT, null=True, blank=True, related_name="+", db_constraint=False
    )
    position = models.PositiveIntegerField()
    line = models.PositiveIntegerField()
    date = models.DateField(null=True, blank=True)
    amount = MoneyField(null=True, blank=True)
    description = models.CharField(max_length=FIELD_LENGTH, blank=True)
    memo = models.TextField(blank=True)
    raw = models.TextField(blank=True)
    bank_id = models.CharField(max_length=FIELD_LENGTH, blank=True)
    file_category = models.CharField(max_length=FIELD_LENGTH, blank=True)
    nature = models.CharField(max_length=12, blank=True)  # of statements.NATURES
    look = models.CharField(max_length=LOOK_LENGTH, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    line_key = models.CharField(max_length=64, blank=True)
    # The n-th of its fingerprint in the household. A column of its own, so that the next free number can be asked for.
    occurrence = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=Pile)
    kind = models.CharField(max_length=10, choices=Kind, blank=True)
    category = models.ForeignKey(
        "expenses.Category",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    reason = models.CharField(max_length=500, blank=True)
    is_chosen = models.BooleanField("chosen by hand", default=False)
    is_another = models.BooleanField("another one", default=False)
    # The questions (of Question) that the person has answered with no, which are not asked again.
    denied = models.CharField(max_length=40, blank=True)
    twin = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    # The other end of a move between own accounts, in this import or in one that is committed.
    counterpart = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    # The row that counts under the bank's id of this one, with another day or amount.
    changes = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    # No constraint: the id stays when the expense is deleted, so that the row can say so.
    expense = models.ForeignKey(
        Expense, models.DO_NOTHING, null=True, blank=True, db_constraint=False, related_name="+", db_index=False
    )
    income = models.ForeignKey(
        Income, models.DO_NOTHING, null=True, blank=True, db_constraint=False, related_name="+", db_index=False
    )
    # Money back: the expense that it takes back, where that can be told. No constraint, as above.
    refund_of = models.ForeignKey(
        Expense, models.DO_NOTHING, null=True, blank=True, db_constraint=False, related_name="+", db_index=False
    )
    # The rule of the household that decided it.
    rule = models.ForeignKey(
        "expenses.CategoryRule",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    # The date that it settles, or may settle, of a recurring expense.
    recurring = models.ForeignKey(
        "expenses.RecurringExpense",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    nominal_on = models.DateField(null=True, blank=True)

    alike: int = 0  # how many others look like it, where the check page has counted them
    is_edited: bool = False  # since it was taken in, where the page of what was done has looked
    fault: str = ""  # what is wrong with what was sent for it

    objects = ImportRowQuerySet.as_manager()

    class Meta:
        ordering = ["source_id", "position"]
        constraints = [
            in_household("source", "expenses.Import", name="importrow_import_of_household"),
            in_household("category", "expenses.Category", name="importrow_category_of_household"),
            in_household("payment_method", "expenses.PaymentMethod", name="importrow_method_of_household"),
            in_household("rule", "expenses.CategoryRule", name="importrow_rule_of_household"),
            in_household("recurring", "expenses.RecurringExpense", name="importrow_recurring_of_household"),
            models.UniqueConstraint(
                fields=["household", "fingerprint", "occurrence"],
                condition=Q(state__in=COUNTING),
                name="importrow_counts_once",
            ),
            models.CheckConstraint(condition=Q(state__in=Pile.values), name="importrow_state_known"),
            models.CheckConstraint(condition=Q(kind__in=["", *Kind.values]), name="importrow_kind_known"),
            models.CheckConstraint(
                condition=Q(state=Pile.UNREADABLE)
                | (Q(date__isnull=False, amount__isnull=False) & ~Q(amount=0) & ~Q(fingerprint="")),
                name="importrow_read_has_date_and_amount",
            ),
            models.CheckConstraint(
                condition=Q(state=Pile.UNREADABLE) | Q(payment_method__isnull=False), name="importrow_has_its_method"
            ),
            models.CheckConstraint(condition=Q(nature__in=["", *NATURES]), name="importrow_nature_known"),
            models.CheckConstraint(
                condition=~Q(state=Pile.IMPORTED) | Q(expense__isnull=False) | Q(income__isnull=False),
                name="importrow_imported_has_its_row",
            ),
            models.CheckConstraint(
                condition=Q(recurring__isnull=True) | Q(nominal_on__isnull=False), name="importrow_settles_a_date"
            ),
            models.CheckConstraint(
                condition=~(Q(amount__lt=0) & Q(kind__in=(Kind.REFUND, Kind.INCOME)))
                & ~(Q(amount__gt=0) & Q(kind=Kind.EXPENSE)),
                name="importrow_kind_of_its_sign",
            ),
        ]
        indexes = [
            models.Index(fields=["source", "state", "position"], name="importrow_by_pile"),
            models.Index(fields=["household", "look"], name="importrow_by_look"),
            models.Index(
                fields=["household", "file_category"],
                condition=~Q(file_category=""),
                name="importrow_by_category",
            ),
            models.Index(
                fields=["household", "payment_method", "bank_id"],
                condition=~Q(bank_id=""),
                name="importrow_by_id",
            ),
            # Of those that point somewhere only: most rows do not, and whatever becomes of a row is written into each
            # whole index. The household and the import are found by those above.
            *(
                models.Index(fields=[name], condition=Q(**{f"{name}__isnull": False}), name=f"importrow_with_{name}")
                for name in POINTING
            ),
        ]

    def __str__(self) -> str:
        return self.description or self.raw[:80]

    @property
    def title(self) -> str:
        return self.description or NAMELESS

    @property
    def cost(self) -> Decimal:
        """The amount in an expense's sign: money out positive."""
        return -(self.amount or ZERO)

    @property
    def needs_category(self) -> bool:
        return self.kind in SPENDING and self.category_id is None

    @property
    def is_taken(self) -> bool:
        return self.kind in TAKEN

    @staticmethod
    def asks(question: Question) -> Q:
        """The rows of which this is asked, among those that wait for an answer or have it."""
        changed, move = Q(changes__isnull=False), Q(counterpart__isnull=False)
        same = Q(expense__isnull=False) | Q(income__isnull=False)
        return {
            Question.CHANGED: changed,
            Question.SAME: same & ~changed,
            Question.MOVE: move & ~changed & ~same,
            Question.SETTLE: Q(recurring__isnull=False) & ~changed & ~same & ~move,
        }[question]

    @property
    def question(self) -> Question | None:
        """What is asked of it, or was and has been answered with yes."""
        if self.kind not in BY_ANSWER:
            return None
        if self.changes_id:
            return Question.CHANGED
        if self.expense_id or self.income_id:
            return Question.SAME
        if self.counterpart_id:
            return Question.MOVE
        return Question.SETTLE if self.recurring_id else Question.SAME

    def may_be_asked(self, question: Question) -> bool:
        """Whether it is not asked something else, and the person has not said no."""
        return self.kind not in BY_ANSWER and not (self.denied and question.value in self.denied.split())

    @property
    def refunded(self) -> Expense | None:
        """The expense that it takes back, or None where that was deleted; to be asked of rows loaded with it."""
        return _unless_deleted(lambda: self.refund_of)

    @property
    def ends(self) -> "tuple[ImportRow, ImportRow] | None":
        """Where money moves between own accounts: the row of the account that it leaves, and that of the other; to be
        asked of rows loaded with their counterpart."""
        other = self.counterpart
        if other is None:
            return None
        return (self, other) if (self.amount or ZERO) < 0 else (other, self)

    @property
    def takes_out_of_budget(self) -> Expense | Income | None:
        """What the other end of the move became, which goes when this is answered with yes; to be asked of rows loaded
        with their counterpart, its expense and its income."""
        other = self.counterpart
        there = other is not None and other.source_id != self.source_id and other.state == Pile.IMPORTED
        return other.written if there and other is not None else None

    @property
    def may_be_applied(self) -> bool:
        """Whether what somebody chose for it can be said of those that look like it."""
        decided = self.category_id is not None and self.kind in SPENDING
        return self.is_chosen and (decided or self.kind in (Kind.LEAVE_OUT, Kind.INCOME))

    @property
    def expense_there(self) -> Expense | None:
        """The expense, or None where it was deleted; to be asked of rows loaded with it."""
        return _unless_deleted(lambda: self.expense)

    @property
    def income_there(self) -> Income | None:
        """The income, or None where it was deleted; to be asked of rows loaded with it."""
        return _unless_deleted(lambda: self.income)

    @property
    def written(self) -> Expense | Income | None:
        """What it became or is joined with, or may be, where that is there."""
        return self.expense_there or self.income_there

    @property
    def written_on(self) -> dt.date | None:
        """The day of what it became."""
        expense, income = self.expense_there, self.income_there
        return expense.spent_on if expense else income.received_on if income else None

    @property
    def settles_on(self) -> dt.date | None:
        """The day on which what it settles is due; to be asked of rows loaded with it."""
        return self.recurring.schedule.due(self.nominal_on) if self.recurring and self.nominal_on else None

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What it can be taken in as, by its sign; the likeliest first."""
        return (Kind.EXPENSE,) if (self.amount or ZERO) < 0 else (Kind.INCOME, Kind.REFUND)

    @property
    def natural_kind(self) -> Kind:
        return self.kinds[0]

    def stand(self, match: matching.Match) -> None:
        """Among the rows that are here already, or among the new ones."""
        self.state = Pile.HERE if match.twin else Pile.NEW
        self.twin_id, self.occurrence = match.twin, match.occurrence

    def follow(self, decision: Decision) -> None:
        """What a rule of the household says of it. A text that gives way to the rule's stays in the notes; keys are of
        what the file says."""
        self.rule_id = decision.rule
        if decision.description and decision.description != self.description:
            self.memo = " · ".join(filter(None, (self.description, self.memo)))[:MEMO_LENGTH]
            self.description = decision.description
        if decision.leave_out:
            self.kind, self.category_id, self.reason = Kind.LEAVE_OUT, None, "Your rule"
        elif decision.category is not None:
            # Money in that has a category came back from where it was spent.
            self.kind, self.category_id, self.reason = self.kinds[-1], decision.category, "Your rule"

    def take_choice(self, choice: Choice) -> bool:
        """Write the person's choice into this row; gives whether it changed. What was changed in the form wins:
        ticking a row takes it in though its list still says "Leave out"."""
        was = (self.kind, self.category_id)
        if self.kind not in BY_ANSWER:
            if self.kind == Kind.LEAVE_OUT:
                comes_in = choice.take or choice.kind in TAKEN
            else:
                comes_in = choice.take and choice.kind != Kind.LEAVE_OUT
            if not comes_in:
                self.kind = Kind.LEAVE_OUT
            elif choice.kind in self.kinds:
                self.kind = choice.kind
            elif self.kind == Kind.LEAVE_OUT:  # money in that has a category came back from where it was spent
                self.kind = self.kinds[-1] if choice.category else self.natural_kind
        self.category_id = None if self.kind == Kind.INCOME else choice.category
        if self.kind in TAKEN:
            self.counterpart_id = None
        if was == (self.kind, self.category_id):
            return False
        self.is_chosen, self.reason = True, "Your choice"
        return True

    def as_expense(self, *, by: "User", at: dt.datetime, decimals: int) -> Expense:
        """What it is written down as. Raises `Unanswered` where it has no category."""
        shared = {"household_id": self.household_id, "recorded_by_id": by.pk, "created_at": at, "updated_at": at}
        return Expense(**shared, **self.of_expense(decimals))

    def of_expense(self, decimals: int) -> dict[str, Any]:
        """What the row says of the expense that it is written down as. Raises `Unanswered` as `as_expense`."""
        if self.category_id is None or self.date is None:
            raise Unanswered(f"Line {self.line} needs a category.")
        return {
            "category_id": self.category_id,
            "description": self.title,
            "notes": self.memo,
            "amount": rounded(self.cost, decimals),
            "spent_on": self.date,
            "payment_method_id": self.payment_method_id,
        }

    def as_income(self, *, by: "User", at: dt.datetime, decimals: int) -> Income:
        """What a row of money in is written down as. Raises `Unanswered` where it has no date."""
        if self.date is None:
            raise Unanswered(f"Line {self.line} needs a date.")
        return Income(
            household_id=self.household_id,
            recorded_by_id=by.pk,
            description=self.title,
            amount=rounded(-self.cost, decimals),
            received_on=self.date,
            created_at=at,
            updated_at=at,
        )

    def was_edited(self, decimals: int) -> bool:
        """Whether what it became is no longer what was written at the commit; to be asked while that is there."""
        income = self.income_there
        if income is not None:
            written = self.title, rounded(-self.cost, decimals), self.date
            return (income.description, income.amount, income.received_on) != written
        expense = self.expense_there
        return expense is not None and (
            expense.category_id, expense.description, expense.notes, expense.amount, expense.spent_on,
            expense.payment_method_id,
        ) != (self.category_id, self.title, self.memo, rounded(self.cost, decimals), self.date,
            self.payment_method_id,
        )  # fmt: skip


def _unless_deleted[Row: models.Model](of: Callable[[], Row | None]) -> Row | None:
    """What a key points at, where that was not deleted: the database keeps the key."""
    try:
        return of()
    except ObjectDoesNotExist:
        return None
