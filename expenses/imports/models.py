"""Import, its rows, and how a bank's statements were read the last time."""

import datetime as dt
import hashlib
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any, Self

from django.db import connections, models, transaction
from django.db.models import Case, Count, F, OuterRef, Q, Subquery, Sum, Value, When, Window

from expenses.imports import matching, statements
from expenses.imports.statements import Mapping, Record, Statement
from expenses.ledger.models import Expense, PaymentMethod
from expenses.shared.constraints import in_household, length_between
from expenses.shared.currencies import CURRENCIES
from expenses.shared.money import PLACES, ZERO, MoneyField, format_amount
from expenses.shared.months import Month
from expenses.shared.text import casefolded, folded, without_controls

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.people.models import Household, User

CHUNK = 2_000  # rows a statement
SHOWN_LEFT_OUT = 20  # rows of which the text is kept, of those that were left out
NAMELESS = "No description"
ZERO_ROWS = "without an amount of money"


class State(models.TextChoices):
    """What was done last. "Checked" is no state of its own: it is the moment of committing, or questions are open."""

    UPLOADED = "uploaded", "Uploaded"
    MAPPED = "mapped", "To check"
    COMMITTED = "committed", "Taken in"
    REVERTED = "reverted", "Taken back"


class Pile(models.TextChoices):
    """Where a row stands: the first three before the commit, the others count from then on."""

    NEW = "new", "New"
    HERE = "here", "Already here"
    UNREADABLE = "unreadable", "Cannot be read"
    IMPORTED = "imported", "Taken in"
    MERGED = "merged", "The same as one here"
    LEFT_OUT = "left_out", "Left out"


class Kind(models.TextChoices):
    """What a row is to become."""

    EXPENSE = "expense", "Expense"
    REFUND = "refund", "Refund"
    LEAVE_OUT = "leave_out", "Leave out"
    ASK = "ask", "Likely the same"  # as `expense`: the person has to say
    MERGE = "merge", "It is the same"


COUNTING = (Pile.IMPORTED, Pile.MERGED, Pile.LEFT_OUT)  # a key of these counts in the household
TAKEN = (Kind.EXPENSE, Kind.REFUND)
SCOPES = ("missing", "all")  # rows that one choice may be made for: those without a category, or all taken in
# What a row takes over from one that counted before it.
INHERITED = (
    "expense_id", "category_id", "occurrence", "fingerprint", "line_key", "amount", "date", "description",
    "memo",
)  # fmt: skip


class NotRead(Exception):
    """The statement cannot be read in this way; the message is a sentence for the person."""


class Unanswered(Exception):
    """Rows wait for a word from the person; the message is a sentence for them."""


class AlreadyDone(Exception):
    """The import is not at this step any more; the message is a sentence for the person."""


def counted(number: int, one: str, many: str = "") -> str:
    """`1 row`, `1,200 rows`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def method_named(household: "Household", name: str) -> PaymentMethod:
    """The payment method of this name, a new one where there is none. Raises `ValidationError`."""
    name = " ".join(name.split())
    found = household.payment_methods.filter(name_key=casefolded(name)).first()
    if found is None:
        found = PaymentMethod(household=household, name=name)
        found.full_clean()
        found.save()
    return found


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
    def reading(self) -> Mapping:
        return Mapping.from_json(self.mapping)

    @property
    def spent(self) -> Decimal:
        """What it put into the budget: expenses, refunds taken off."""
        return Decimal(self.summary.get("spent", "0"))

    @property
    def months(self) -> list[Month]:
        """The budget months that it wrote into."""
        return [self.household.month(Month.parse(name)) for name in self.summary.get("months", [])]

    # ── uploaded ──

    @classmethod
    def upload(
        cls,
        *,
        household: "Household",
        file_name: str,
        data: bytes,
        by: "User",
        at: dt.datetime,
        payment_method: PaymentMethod | None = None,
        key: uuid.UUID | None = None,
    ) -> "Import":
        """Keep a file with our best reading of it, or the one that files of its kind had the last time.

        The same `key` again gives the first import. Raises `Refused` for what is no statement; nothing is kept then.
        """
        key = key or uuid.uuid4()
        if there := household.imports.without_file().filter(key=key).first():
            return there
        guessed = statements.guess(data)
        mapping, questions, profile = guessed.mapping, guessed.alternatives, None
        for signature in statements.signatures(data):
            if profile := household.import_profiles.filter(signature=signature).first():
                adapted = statements.adapt(data, Mapping.from_json(profile.mapping), signature)
                if not adapted.errors(len(guessed.columns)):
                    mapping, questions = adapted, {}
                    break
                profile = None
        if payment_method is None:
            payment_method = _method_of(household, data, mapping) or (profile.payment_method if profile else None)
        return cls.objects.create(
            household=household,
            payment_method=payment_method,
            file_name=_file_name(file_name),
            format=statements.recognise(data),
            data=data,
            signature=guessed.signature,
            mapping=mapping.to_json(),
            questions=questions,
            read_as_before=profile.file_name if profile else "",
            summary={"file_notices": list(guessed.notices)},
            key=key,
            uploaded_by=by,
            uploaded_at=at,
        )

    # ── mapped ──

    @transaction.atomic
    def read_with(
        self, mapping: Mapping, *, payment_method: PaymentMethod, at: dt.datetime, today: dt.date
    ) -> "Import":
        """Read the file in this mapping into rows, each with a proposal; what was chosen before for a line is kept.

        Raises `NotRead` where no row can be read, `Refused` and `MappingError` as the parsers do, and `AlreadyDone`.
        """
        data = bytes(self.data or b"")
        statement = statements.read(data, mapping, today=today) if self.is_open else None
        locked = self._locked(State.UPLOADED, State.MAPPED)
        if statement is None or not any(record.amount for record in statement.records):
            raise NotRead("No row can be read in this way. Look at the reasons beside the rows below.")
        before = locked._choices_by_line()
        locked.rows.all().drop()
        locked.mapping, locked.questions = mapping.to_json(), {}
        locked.payment_method, locked.state, locked.mapped_at = payment_method, State.MAPPED, at
        locked.signature = statements.signature_for(data, mapping)
        notices = {"file_notices": locked.summary.get("file_notices", [])}
        locked.summary = _summary(statement, locked.household) | notices
        locked.save(
            update_fields=["mapping", "questions", "payment_method", "state", "mapped_at", "signature", "summary"]
        )
        locked._remember(at=at)
        rows = locked._rows_of(statement)
        _propose(locked, rows, before)
        ImportRow.objects.bulk_create(rows, batch_size=CHUNK)
        return locked

    def _locked(self, *states: State) -> "Import":
        """This import's row until the transaction ends. Raises `AlreadyDone` where it is at another step.

        The household's row first, as everybody does who then locks rows of it: the merging of two categories writes
        into rows of imports too.
        """
        self.household.locked()
        found = Import.objects.select_for_update(of=("self",), no_key=True).select_related("household")
        locked = found.filter(pk=self.pk, household=self.household_id).first()
        if locked is None or locked.state not in states:
            raise AlreadyDone("This import has gone a step further meanwhile.")
        return locked

    def _choices_by_line(self) -> dict[tuple[int, str], "ImportRow"]:
        return {(row.line, row.raw): row for row in self.rows.filter(Q(is_chosen=True) | Q(is_another=True))}

    def _remember(self, *, at: dt.datetime) -> None:
        """So that the next statement of this kind is read in the same way."""
        ImportProfile.objects.update_or_create(
            household_id=self.household_id,
            signature=self.signature,
            defaults={
                "mapping": self.mapping,
                "payment_method": self.payment_method,
                "file_name": self.file_name,
                "used_at": at,
            },
        )

    def _rows_of(self, statement: Statement) -> list["ImportRow"]:
        """The rows in the order of the file, without those that are no movement of money."""
        decimals = self.household.decimals
        rows = []
        for record in statement.records:
            if not record.amount:
                continue
            if rounded(record.amount, decimals):
                rows.append(ImportRow.of(self, record))
            else:
                said = format_amount(record.amount, decimals)
                reason = f"{said} is less than the smallest amount in {self.household.money.name}."
                rows.append(ImportRow.unreadable(self, record.line, record.raw, reason))
        rows += [ImportRow.unreadable(self, row.line, row.text, row.reason) for row in statement.problems]
        rows.sort(key=lambda row: row.line)
        for position, row in enumerate(rows, 1):
            row.position = position
        return rows

    @transaction.atomic
    def discard(self) -> bool:
        """Forget a file that was not taken in; gives whether there was one to forget."""
        try:
            locked = self._locked(State.UPLOADED, State.MAPPED)
        except AlreadyDone:
            return False
        locked.rows.all().drop()
        locked.delete()
        return True

    # ── checked ──

    @transaction.atomic
    def match_again(self) -> int:
        """Look anew which rows are here already: others may have written since. Gives how many rows moved."""
        locked = self._locked(State.MAPPED)
        return locked._rematch()

    def _rematch(self) -> int:
        rows = list(self.rows.readable().defer("raw", "memo"))
        moved, fresh = _match(self, rows)
        if moved:
            _propose_kinds(self, fresh)
            fields = ["state", "twin", "occurrence", "kind", "category", "reason", "expense"]
            ImportRow.objects.bulk_update(moved, fields, batch_size=CHUNK // 4)
        return len(moved)

    @transaction.atomic
    def choose(self, choices: Dictionary[int, "Choice"]) -> int:
        """Write down what the person said of these rows, by their ids; gives how many were changed.

        Rows of another import, and rows that are not new, are passed over. Raises `AlreadyDone`.
        """
        locked = self._locked(State.MAPPED)
        changed = [row for row in locked.rows.new().filter(pk__in=choices) if row.take_choice(choices[row.pk])]
        ImportRow.objects.bulk_update(changed, ["kind", "category", "is_chosen", "reason"], batch_size=500)
        return len(changed)

    @transaction.atomic
    def apply_to_alike(self, row: "ImportRow") -> int:
        """Give the rows that look like this one its category; gives how many there were."""
        locked = self._locked(State.MAPPED)
        others = locked.rows.new().filter(look=row.look).exclude(pk=row.pk).exclude(kind__in=(Kind.ASK, Kind.MERGE))
        if row.kind == Kind.LEAVE_OUT:
            return others.update(kind=Kind.LEAVE_OUT, is_chosen=True, reason=f"As in line {row.line}")
        of_sign = Q(amount__lt=ZERO) if row.cost > 0 else Q(amount__gt=ZERO)
        others.filter(of_sign, kind=Kind.LEAVE_OUT, is_chosen=False).update(kind=row.natural_kind)
        return others.taken().update(category=row.category, is_chosen=True, reason=f"As in line {row.line}")

    @transaction.atomic
    def choose_for(self, scope: str, *, category: "Category | None" = None, leave_out: bool = False) -> int:
        """Give one category to many rows, or leave them out: `missing` those without a category, `all` what is taken
        in. Gives how many they were."""
        locked = self._locked(State.MAPPED)
        rows = locked.rows.new().taken()
        if scope == "missing":
            rows = rows.filter(category=None)
        if leave_out:
            return rows.update(kind=Kind.LEAVE_OUT, is_chosen=True, reason="Your choice")
        return rows.update(category=category, is_chosen=True, reason="Your choice")

    @transaction.atomic
    def answer(self, rows: Collection[int] | None, *, same: bool) -> int:
        """Whether rows that are likely the same as an expense are; None answers for all that are asked about."""
        locked = self._locked(State.MAPPED)
        asked = locked.rows.new().filter(kind=Kind.ASK) if rows is None else locked.rows.new().filter(pk__in=rows)
        asked = asked.filter(expense__isnull=False)
        if same:
            return asked.update(kind=Kind.MERGE, is_chosen=True, reason="Your choice: the same")
        return asked.update(
            kind=Case(When(amount__lt=ZERO, then=Value(Kind.EXPENSE)), default=Value(Kind.REFUND)),
            is_chosen=True,
            reason="Your choice: another one",
        )

    @transaction.atomic
    def keep_another(self, row: "ImportRow") -> None:
        """The row is none of those here: it counts beside them, under the next free number."""
        locked = self._locked(State.MAPPED)
        found = locked.rows.filter(pk=row.pk, state=Pile.HERE).first()
        if found is None:
            return
        found.is_another, found.is_chosen = True, True
        found.save(update_fields=["is_another", "is_chosen"])
        locked._rematch()

    @transaction.atomic
    def bring_back(self, row: "ImportRow", *, by: "User", at: dt.datetime) -> Expense | None:
        """The expense that this row's twin became, and that somebody deleted, as it was; None where it is there."""
        locked = self._locked(State.MAPPED)
        twin = locked.rows.filter(pk=row.pk, state=Pile.HERE).values_list("twin", flat=True).first()
        held = ImportRow.objects.filter(pk=twin or 0, state=Pile.IMPORTED).select_related("source", "category").first()
        if held is None or held.expense_id is None or Expense.objects.filter(pk=held.expense_id).exists():
            return None
        deleted = self.household.deletedexpenses.filter(expense_id=held.expense_id).first()
        if deleted:
            expense = deleted.as_expense()
            deleted.delete()
        elif held.category:
            expense = held.as_expense(
                by=by, at=at, decimals=self.household.decimals, method=held.source.payment_method_id
            )
        else:
            return None
        [back] = Expense.objects.bulk_create([expense])
        ImportRow.objects.filter(expense=held.expense_id).update(expense=back.pk)
        return back

    def tally(self) -> "Tally":
        """The piles, what stands to be taken in, and what is still asked; in one query."""
        return Tally.of(self)

    # ── committed ──

    @transaction.atomic
    def commit(self, *, by: "User", at: dt.datetime) -> "Import":
        """Take the new rows in as the person chose. A second call changes nothing.

        The household's row is held, as before every write that others must not overtake, and the rows are matched
        once more behind it: of two imports of one file, the second finds everything here. Raises `Unanswered` while
        a row needs a category or an answer; nothing is written then.
        """
        try:
            locked = self._locked(State.MAPPED)
        except AlreadyDone:
            return Import.objects.get(pk=self.pk)
        self.household.payment_methods.select_for_update(no_key=True).filter(pk=locked.payment_method_id or 0).get()
        locked._rematch()
        locked._check_answers()
        expenses = locked._write(by=by, at=at)
        locked._finish(expenses, by=by, at=at)
        return locked

    def _check_answers(self) -> None:
        tally = self.tally()
        if tally.missing:
            needs = "row still needs" if tally.missing == 1 else "rows still need"
            raise Unanswered(f"{tally.missing:,} {needs} a category. Choose one, or leave the row out.")
        if tally.asked:
            may = "row is" if tally.asked == 1 else "rows are"
            raise Unanswered(f"{tally.asked:,} {may} likely here already. Say of each whether it is the same.")

    def _write(self, *, by: "User", at: dt.datetime) -> list[Expense]:
        """Expenses of the rows that are taken in; every row new until now counts from now on."""
        merged = self.rows.new().filter(kind=Kind.MERGE)
        gone = merged.exclude(expense__in=self.household.expenses.all())
        counting = ImportRow.objects.filter(household=self.household_id).counting()
        claimed = merged.filter(expense__in=counting.filter(expense__isnull=False).values("expense"))
        if lost := gone.count() + claimed.count():
            raise Unanswered(
                f"{counted(lost, 'row')} cannot be joined with an expense that is gone, or that another import has "
                "joined meanwhile. Say that it is another one."
            )
        decimals = self.household.decimals
        rows = list(self.rows.new().taken().order_by("position"))
        expenses = [row.as_expense(by=by, at=at, decimals=decimals, method=self.payment_method_id) for row in rows]
        written = Expense.objects.bulk_create(expenses, batch_size=CHUNK)
        ImportRow.objects.assign("expense", [(row.pk, expense.pk) for row, expense in zip(rows, written, strict=True)])
        self.rows.new().taken().update(state=Pile.IMPORTED)
        merged.update(state=Pile.MERGED)
        self.rows.new().update(state=Pile.LEFT_OUT, expense=None)
        return written

    def _finish(self, expenses: Sequence[Expense], *, by: "User", at: dt.datetime) -> None:
        rows_by_pile = self.rows.order_by().values_list("state").annotate(Count("id"))
        piles: dict[str, int] = dict(rows_by_pile)
        amounts = self.rows.imported().values_list("amount", flat=True)
        inexact = sum(amount is not None and rounded(amount, self.household.decimals) != amount for amount in amounts)
        months = sorted({self.household.month_of(expense.spent_on) for expense in expenses})
        done: dict[str, Any] = {
            "expenses": sum(not expense.is_refund for expense in expenses),
            "refunds": sum(expense.is_refund for expense in expenses),
            "spent": str(sum((expense.amount for expense in expenses), ZERO)),
            "months": [str(month) for month in months],
            "rounded": inexact,
        }
        for pile in (Pile.MERGED, Pile.LEFT_OUT, Pile.HERE, Pile.UNREADABLE):
            done[pile] = piles.get(pile, 0)
        self.summary |= done
        self.state, self.data, self.committed_by, self.committed_at = State.COMMITTED, None, by, at
        self.save(update_fields=["summary", "state", "data", "committed_by", "committed_at"])
        self._remember_account()
        self._remember(at=at)

    def _remember_account(self) -> None:
        """Files that name this account are of this payment method from now on."""
        if account := self.summary.get("account"):
            unknown = self.household.payment_methods.filter(pk=self.payment_method_id or 0, account_hash="")
            unknown.update(account_hash=account)

    # ── reverted ──

    def edited(self) -> list["ImportRow"]:
        """The rows whose expense somebody has changed since, of those that no other committed import holds too."""
        held = ImportRow.objects.filter(household=self.household_id).held_twice().values("twin")
        found = self.rows.imported().exclude(pk__in=held).filter(expense__in=self.household.expenses.all())
        rows = found.select_related("expense", "expense__category").in_order()
        return [row for row in rows if row.was_edited(self.payment_method_id, self.household.decimals)]

    @transaction.atomic
    def revert(self, *, by: "User", at: dt.datetime, with_edited: bool) -> "Import":
        """Take everything back that this import brought. A second call changes nothing.

        Rows that another committed import holds too go over to that one, with their expenses. Rows edited since stay,
        with their keys, unless `with_edited`. What was joined with an expense of the household is let go, and the
        expense stays. What is removed is removed for good: the file can be read again.
        """
        try:
            locked = self._locked(State.COMMITTED)
        except AlreadyDone:
            return Import.objects.get(pk=self.pk)
        handed = locked._hand_over()
        kept = [] if with_edited else [row.pk for row in locked.edited()]
        going = locked.rows.counting().exclude(pk__in=kept)
        expenses = going.imported().values("expense")
        removed, _ = locked.household.expenses.filter(pk__in=expenses).delete()
        locked.household.deletedexpenses.filter(expense_id__in=expenses).delete()
        parted = going.filter(state=Pile.MERGED).count()
        locked.rows.exclude(pk__in=kept).drop()
        locked.summary |= {"removed": removed, "handed": handed, "parted": parted, "kept": len(kept)}
        locked.state, locked.reverted_by, locked.reverted_at = State.REVERTED, by, at
        locked.save(update_fields=["summary", "state", "reverted_by", "reverted_at"])
        for other in locked.household.imports.without_file().filter(state=State.MAPPED):
            other.match_again()
        return locked

    def _hand_over(self) -> int:
        """Give what other committed imports hold too to the first of them: keys and expenses. Gives how many rows."""
        held = ImportRow.objects.filter(household=self.household_id, twin__in=self.rows.counting()).held_twice()
        heirs: dict[int, int] = {}  # by the row that goes
        later: list[tuple[int, int]] = []
        of_state: dict[str, list[int]] = {state: [] for state in COUNTING}
        in_turn = held.order_by("source__committed_at", "source", "position")
        for pk, twin, state in in_turn.values_list("pk", "twin", "twin__state"):
            if twin is None:
                continue
            if twin in heirs:
                later.append((pk, heirs[twin]))
            else:
                heirs[twin] = pk
                of_state[state].append(pk)
        ImportRow.objects.inherit(list(heirs.values()))
        # The old row first: a key counts once.
        for chunk in _chunks(list(heirs)):
            ImportRow.objects.filter(pk__in=chunk).update(state=Pile.HERE, twin=None, expense=None)
        for state, rows in of_state.items():
            for chunk in _chunks(rows):
                ImportRow.objects.filter(pk__in=chunk).update(state=state, twin=None)
        ImportRow.objects.assign("twin", later)
        return len(heirs)

    def said(self) -> str:
        """What the last step did, in a sentence or two."""
        done = self.summary
        if self.state == State.REVERTED:
            return _joined(
                "Taken back",
                [
                    counted(done["removed"], "expense") + " removed",
                    done["handed"] and counted(done["handed"], "row") + " left to another import that has them too",
                    done["parted"] and counted(done["parted"], "row") + " parted from expenses that stay",
                    done["kept"] and counted(done["kept"], "edited expense") + " kept",
                ],
            )
        return _joined(
            "Taken in",
            [
                counted(done["expenses"], "expense"),
                done["refunds"] and counted(done["refunds"], "refund"),
                done[Pile.MERGED] and counted(done[Pile.MERGED], "row") + " joined with an expense that was here",
            ],
        )


def _method_of(household: "Household", data: bytes, mapping: Mapping) -> PaymentMethod | None:
    """The payment method whose statements name the account that the first rows of this one name."""
    rows = statements.preview(data, mapping).rows
    accounts = {row.record.account for row in rows if row.record and row.record.account}
    if len(accounts) != 1:
        return None
    known = household.payment_methods.filter(account_hash=account_hash(household, accounts.pop()), archived_on=None)
    return known.order_by("pk").first()


def _joined(head: str, parts: Iterable[str | int]) -> str:
    return f"{head}: {', '.join(str(part) for part in parts if part)}."


def _file_name(name: str) -> str:
    cleaned = " ".join(without_controls(name).split())
    return (cleaned if len(cleaned) <= 200 else f"…{cleaned[-199:]}") or "statement"


def rounded(amount: Decimal, decimals: int) -> Decimal:
    """The amount as the currency writes it."""
    return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)


def _summary(statement: Statement, household: "Household") -> dict[str, Any]:
    """What is told about a reading beside its rows."""
    left_out = statement.left_out_counts()
    if zeros := len(statement.zeros):
        left_out[ZERO_ROWS] = zeros
    shown = [(row.line, row.text[:200], row.reason) for row in statement.left_out[:SHOWN_LEFT_OUT]]
    shown += [(row.line, row.raw[:200], ZERO_ROWS) for row in statement.zeros[: SHOWN_LEFT_OUT - len(shown)]]
    accounts = {record.account for record in statement.records if record.account}
    return {
        "rows": len(statement.records) + len(statement.problems),
        "left_out_of_file": left_out,
        "left_out_rows": sorted(shown),
        "notices": [*statement.notices, *_notices(statement, household, accounts)],
        "account": account_hash(household, accounts.pop()) if len(accounts) == 1 else "",
    }


def _notices(statement: Statement, household: "Household", accounts: Collection[str]) -> list[str]:
    said = []
    currencies = Counter(record.currency for record in statement.records if record.currency)
    for code, number in sorted(currencies.items()):
        if code != household.currency and code in CURRENCIES:
            said.append(
                f"{counted(number, 'amount is', 'amounts are')} in {CURRENCIES[code].name}, and this budget is in "
                f"{household.money.name}. They are taken over as they stand."
            )
    inexact = sum(
        bool(cents) and cents != record.amount
        for record in statement.records
        for cents in [rounded(record.amount, household.decimals)]
    )
    if inexact:
        has = "amount has" if inexact == 1 else "amounts have"
        said.append(f"{inexact:,} {has} more decimals than {household.money.name}: rounded when taken in.")
    if len(accounts) > 1:
        said.append(f"The file has rows of {len(accounts)} accounts. All of them go to the one you chose.")
    return said


def account_hash(household: "Household", account: str) -> str:
    """What is kept of an account number: enough to know it again in this household, and no more."""
    figures = "".join(c for c in account.casefold() if c.isalnum())
    return hashlib.sha256(f"{household.pk}\x1f{figures}".encode()).hexdigest()


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────


class ImportRowQuerySet(models.QuerySet["ImportRow"]):
    def in_order(self) -> Self:
        return self.order_by("position")

    def new(self) -> Self:
        return self.filter(state=Pile.NEW)

    def readable(self) -> Self:
        return self.exclude(state=Pile.UNREADABLE).in_order()

    def counting(self) -> Self:
        """Those whose key counts in the household."""
        return self.filter(state__in=COUNTING)

    def imported(self) -> Self:
        return self.filter(state=Pile.IMPORTED)

    def taken(self) -> Self:
        """Those that are to become expenses."""
        return self.filter(kind__in=TAKEN)

    def to_check(self, *, only: Collection[int] | None = None) -> Self:
        """New rows (or those of these ids) with what a line shows, and how many others look like each."""
        new = self.new()
        if only is None:
            alike: Any = Window(Count("id"), partition_by=[F("look")])
        else:  # a window would see these rows alone
            of_look = new.filter(look=OuterRef("look")).order_by().values("look")
            new, alike = new.filter(pk__in=only), Subquery(of_look.values_list(Count("id")))
        return new.annotate(alike=alike - 1).select_related("category", "expense", "expense__recorded_by").in_order()

    def with_twins(self) -> Self:
        """Rows that are here already, with what they are here as."""
        return (
            self.filter(state=Pile.HERE)
            .select_related("twin", "twin__expense", "twin__source", "twin__expense__recorded_by")
            .in_order()
        )

    def unreadable(self) -> Self:
        return self.filter(state=Pile.UNREADABLE).in_order()

    def held_twice(self) -> Self:
        """Rows of committed imports whose twin counts in another one."""
        return self.filter(state=Pile.HERE, source__state=State.COMMITTED, twin__isnull=False)

    def assign(self, name: str, pairs: Sequence[tuple[int, int]]) -> None:
        """Point rows to others, from pairs of ids: `bulk_update` takes ten times as long, by a CASE of all of them."""
        column, connection = f"{name}_id", connections[self.db]
        for chunk in _chunks(pairs):
            values = ", ".join(["(%s, %s)"] * len(chunk))
            with connection.cursor() as cursor:
                cursor.execute(
                    f"UPDATE expenses_importrow SET {column} = given.column2 FROM (VALUES {values}) AS given "  # noqa: S608 (our own names)
                    "WHERE expenses_importrow.id = given.column1",
                    [pk for pair in chunk for pk in pair],
                )

    def inherit(self, rows: Sequence[int]) -> None:
        """Give these rows, by their ids, the key of their twins, their expenses, and what those were written from."""
        columns = ", ".join(f"{name} = gone.{name}" for name in INHERITED)
        for chunk in _chunks(rows):
            places = ", ".join(["%s"] * len(chunk))
            with connections[self.db].cursor() as cursor:
                cursor.execute(
                    f"UPDATE expenses_importrow SET {columns} FROM expenses_importrow AS gone "  # noqa: S608 (our own names)
                    f"WHERE expenses_importrow.twin_id = gone.id AND expenses_importrow.id IN ({places})",
                    list(chunk),
                )

    def drop(self) -> None:
        """Delete without reading them: a statement may have 200,000 rows, and only twins point at rows."""
        ImportRow.objects.filter(twin__in=self).update(twin=None)
        self.order_by()._raw_delete(self.db)


class ImportRow(models.Model):
    """A row of a statement. `amount` is as the statement says it, money out negative; null where it is unreadable."""

    household = models.ForeignKey("expenses.Household", models.CASCADE, related_name="import_rows")
    source = models.ForeignKey(Import, models.CASCADE, related_name="rows", verbose_name="import")
    position = models.PositiveIntegerField()
    line = models.PositiveIntegerField()
    date = models.DateField(null=True, blank=True)
    amount = MoneyField(null=True, blank=True)
    description = models.CharField(max_length=200, blank=True)
    memo = models.TextField(blank=True)
    raw = models.TextField(blank=True)
    bank_id = models.CharField(max_length=200, blank=True)
    file_category = models.CharField(max_length=200, blank=True)
    look = models.CharField(max_length=matching.LOOK_LENGTH, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    line_key = models.CharField(max_length=64, blank=True)
    # The n-th of its fingerprint in the household. A column of its own, so that the next free number can be asked for.
    occurrence = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=Pile)
    kind = models.CharField(max_length=10, choices=Kind, blank=True)
    category = models.ForeignKey("expenses.Category", models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    is_chosen = models.BooleanField("chosen by hand", default=False)
    is_another = models.BooleanField("another one", default=False)
    twin = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    # No constraint: the id stays when the expense is deleted, so that the row can say so.
    expense = models.ForeignKey(
        Expense, models.DO_NOTHING, null=True, blank=True, db_constraint=False, related_name="+"
    )

    objects = ImportRowQuerySet.as_manager()

    class Meta:
        ordering = ["source_id", "position"]
        constraints = [
            in_household("source", "expenses.Import", name="importrow_import_of_household"),
            in_household("category", "expenses.Category", name="importrow_category_of_household"),
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
                condition=~Q(state=Pile.IMPORTED) | Q(expense__isnull=False), name="importrow_imported_has_expense"
            ),
            models.CheckConstraint(
                condition=~(Q(amount__lt=0) & Q(kind=Kind.REFUND)) & ~(Q(amount__gt=0) & Q(kind=Kind.EXPENSE)),
                name="importrow_kind_of_its_sign",
            ),
        ]
        indexes = [
            models.Index(fields=["source", "state", "position"], name="importrow_by_pile"),
            models.Index(fields=["household", "look"], name="importrow_by_look"),
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
        return self.kind in TAKEN and self.category_id is None

    @property
    def expense_there(self) -> Expense | None:
        """The expense, or None where it was deleted; to be asked of rows loaded with it."""
        try:
            return self.expense
        except Expense.DoesNotExist:
            return None

    @property
    def natural_kind(self) -> str:
        return Kind.EXPENSE if (self.amount or ZERO) < 0 else Kind.REFUND

    @classmethod
    def of(cls, source: Import, record: Record) -> "ImportRow":
        amount = rounded(record.amount, PLACES)
        text = f"{record.payee or record.description} {record.memo}"
        method = source.payment_method_id or 0  # it has one from here on: see import_method_from_mapped_on
        return cls(
            household_id=source.household_id,
            source=source,
            line=record.line,
            date=record.date,
            amount=amount,
            description=record.description,
            memo=record.memo,
            raw=record.raw,
            bank_id=record.bank_id,
            file_category=record.category,
            look=matching.look(record.description),
            fingerprint=matching.fingerprint(method, record.date, record.amount, text, record.bank_id),
            line_key=matching.line_key(method, record.date, record.amount, record.raw),
            state=Pile.NEW,
        )

    @classmethod
    def unreadable(cls, source: Import, line: int, text: str, reason: str) -> "ImportRow":
        return cls(
            household_id=source.household_id,
            source=source,
            line=line,
            raw=text,
            reason=reason[:500],
            state=Pile.UNREADABLE,
        )

    def take_choice(self, choice: "Choice") -> bool:
        """Write the person's choice into this row; gives whether it changed. What was changed in the form wins:
        ticking a row takes it in though its list still says "Leave out"."""
        was = (self.kind, self.category_id)
        if self.kind not in (Kind.ASK, Kind.MERGE):
            takes_now, is_out = choice.take, self.kind == Kind.LEAVE_OUT
            if is_out:
                kind = choice.kind if choice.kind in TAKEN else self.natural_kind if takes_now else Kind.LEAVE_OUT
            else:
                kind = choice.kind if takes_now else Kind.LEAVE_OUT
            self.kind = kind if kind == Kind.LEAVE_OUT else self.natural_kind
        self.category_id = choice.category
        if was == (self.kind, self.category_id):
            return False
        self.is_chosen, self.reason = True, "Your choice"
        return True

    def as_expense(self, *, by: "User", at: dt.datetime, decimals: int, method: int | None) -> Expense:
        """What it is written down as. Raises `Unanswered` where it has no category."""
        if self.category_id is None or self.date is None:
            raise Unanswered(f"Line {self.line} needs a category.")
        return Expense(
            household_id=self.household_id,
            category_id=self.category_id,
            recorded_by=by,
            description=self.title,
            notes=self.memo,
            amount=rounded(self.cost, decimals),
            spent_on=self.date,
            payment_method_id=method,
            created_at=at,
            updated_at=at,
        )

    def was_edited(self, method: int | None, decimals: int) -> bool:
        """Whether its expense is no longer what was written at the commit; to be asked while the expense is there."""
        expense = self.expense_there
        return expense is not None and (
            expense.category_id, expense.description, expense.notes, expense.amount, expense.spent_on,
            expense.payment_method_id,
        ) != (self.category_id, self.title, self.memo, rounded(self.cost, decimals), self.date, method)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """What the form says of a row: taken in or not, as what, in which category (an id)."""

    take: bool
    kind: str
    category: int | None


@dataclass(frozen=True, slots=True)
class Tally:
    """The piles of an import, what stands to be taken in, and what is still asked."""

    new: int
    here: int
    unreadable: int
    expenses: int
    spent: Decimal
    refunds: int
    refunded: Decimal
    merged: int
    missing: int  # rows without a category
    asked: int  # rows that are likely the same as an expense

    @property
    def taken(self) -> int:
        return self.expenses + self.refunds + self.merged

    @property
    def net(self) -> Decimal:
        return self.spent + self.refunded

    @classmethod
    def of(cls, source: Import) -> "Tally":
        new = Q(state=Pile.NEW)
        expense, refund = new & Q(kind=Kind.EXPENSE), new & Q(kind=Kind.REFUND)
        found = source.rows.order_by().aggregate(
            new=Count("id", filter=new),
            here=Count("id", filter=Q(state=Pile.HERE)),
            unreadable=Count("id", filter=Q(state=Pile.UNREADABLE)),
            expenses=Count("id", filter=expense),
            spent=Sum("amount", filter=expense),
            refunds=Count("id", filter=refund),
            refunded=Sum("amount", filter=refund),
            merged=Count("id", filter=new & Q(kind=Kind.MERGE)),
            missing=Count("id", filter=(expense | refund) & Q(category=None)),
            asked=Count("id", filter=new & Q(kind=Kind.ASK)),
        )
        return cls(**found | {"spent": -(found["spent"] or ZERO), "refunded": -(found["refunded"] or ZERO)})


# ── proposals ─────────────────────────────────────────────────────────────────────────────────────


def _match(source: Import, rows: Sequence[ImportRow]) -> tuple[list[ImportRow], list[ImportRow]]:
    """Put rows among those that are here already, or among the new ones; gives those that changed, and of these
    those that are new only now."""
    if not rows:
        return [], []
    days = [row.date for row in rows if row.date]
    counting = ImportRow.objects.filter(household=source.household_id).counting()
    of_method = counting.filter(source__payment_method=source.payment_method_id, date__range=(min(days), max(days)))
    known = [
        matching.Known(*values)
        for values in of_method.order_by().values_list("fingerprint", "line_key", "occurrence", "pk")
    ]
    matches = matching.match([matching.Row(row.fingerprint, row.line_key, row.is_another) for row in rows], known)
    moved, fresh = [], []
    for row, match in zip(rows, matches, strict=True):
        state = Pile.HERE if match.twin else Pile.NEW
        if (row.state, row.twin_id, row.occurrence) != (state, match.twin, match.occurrence):
            if row.state == Pile.HERE and state == Pile.NEW:
                fresh.append(row)
            row.state, row.twin_id, row.occurrence = state, match.twin, match.occurrence
            moved.append(row)
    return moved, fresh


def _propose(source: Import, rows: Sequence[ImportRow], before: Dictionary[tuple[int, str], ImportRow]) -> None:
    """Put rows read just now in their piles, with a proposal each."""
    readable = [row for row in rows if row.state != Pile.UNREADABLE]
    for row in readable:
        if was := before.get((row.line, row.raw)):
            row.is_another = was.is_another
    _match(source, readable)
    fresh = [row for row in readable if row.state == Pile.NEW]
    _propose_kinds(source, fresh)
    for row in fresh:
        was = before.get((row.line, row.raw))
        if was and was.kind in (*TAKEN, Kind.LEAVE_OUT) and was.amount is not None and row.amount is not None:
            row.kind = Kind.LEAVE_OUT if was.kind == Kind.LEAVE_OUT else row.natural_kind
            row.category_id, row.is_chosen, row.reason = was.category_id, True, "Your choice"


def _propose_kinds(source: Import, rows: Sequence[ImportRow]) -> None:
    history = _History.of(source, rows)
    spent_on = {row.look for row in rows if (row.amount or ZERO) < 0}
    for row in rows:
        row.category_id, row.reason = history.category_of(row)
        row.kind, row.expense_id = row.natural_kind, None
        if row.kind == Kind.REFUND:
            if row.look in spent_on or history.knows(row):
                row.reason = "Money back from where it was spent"
            else:
                row.kind, row.category_id, row.reason = Kind.LEAVE_OUT, None, "Money in"
    spendings = [
        matching.Spending(row.date, rounded(row.cost, source.household.decimals), row.title)
        for row in rows
        if row.date
    ]
    for at, pk in matching.likely(spendings, _candidates(source, spendings)).items():
        rows[at].kind, rows[at].expense_id = Kind.ASK, pk
        rows[at].reason = ""


def _candidates(source: Import, spendings: Sequence[matching.Spending]) -> list[matching.Candidate]:
    """Expenses near the rows that did not come in by this payment method's statements: those are told by their keys.

    What came from a statement with the other kind of key (the bank's id, or its text) is as good as written by hand.
    """
    if not spendings:
        return []
    near = dt.timedelta(days=matching.NEAR_DAYS)
    days = [spending.date for spending in spendings]
    amounts = {spending.amount for spending in spendings}
    expenses = source.household.expenses.between(min(days) - near, max(days) + near)
    found = expenses.order_by().values_list("pk", "spent_on", "amount")
    kept = {pk: (day, amount) for pk, day, amount in found.iterator() if amount in amounts}
    links = {}
    with_ids = bool(source.reading.bank_id is not None)
    counting = ImportRow.objects.filter(household=source.household_id).counting()
    rows = counting.filter(date__range=(min(days) - near, max(days) + near), expense__isnull=False)
    for pk, method, bank_id, description in rows.order_by().values_list(
        "expense", "source__payment_method", "bank_id", "description"
    ):
        if method != source.payment_method_id:
            links[pk] = description or NAMELESS
        elif bool(bank_id) == with_ids:
            kept.pop(pk, None)
    return [matching.Candidate(pk, day, amount, links.get(pk)) for pk, (day, amount) in kept.items()]


@dataclass(frozen=True, slots=True)
class _History:
    """What texts like these were given before in this household."""

    by_look: Dictionary[str, tuple[int, int]]  # look → category, times
    by_description: Dictionary[str, tuple[int, int]]
    by_name: Dictionary[str, tuple[int, str]]  # casefolded name of a category → its id and name

    @classmethod
    def of(cls, source: Import, rows: Sequence[ImportRow]) -> "_History":
        household = source.household
        active = {category.name_key: (category.pk, category.name) for category in household.categories.active()}
        offered = {pk for pk, _ in active.values()}
        looks = sorted({row.look for row in rows if row.look})
        by_look: Counter[tuple[str, int]] = Counter()
        rows_before = ImportRow.objects.filter(household=household, state__in=(Pile.IMPORTED, Pile.MERGED))
        for chunk in _chunks(looks):
            counts = rows_before.filter(look__in=chunk, expense__category__in=offered).order_by()
            for text, category, times in counts.values_list("look", "expense__category").annotate(Count("id")):
                by_look[text, category] += times
        keys = sorted({folded(row.title) for row in rows if row.description})
        by_hand: Counter[tuple[str, int]] = Counter()
        for chunk in _chunks(keys):
            found = household.expenses.filter(search_key__in=chunk, category__in=offered).order_by()
            for text, category, times in found.values_list("search_key", "category").annotate(Count("id")):
                by_hand[text, category] += times
        return cls(_most_often(by_look), _most_often(by_hand), active)

    def category_of(self, row: ImportRow) -> tuple[int | None, str]:
        """(category, why)."""
        if named := self.by_name.get(casefolded(row.file_category)):
            return named[0], f"“{named[1]}” in the file"
        found = self.by_look.get(row.look) or self.by_description.get(folded(row.title))
        if found:
            category, times = found
            return category, f"As { ({1: 'once', 2: 'twice'}.get(times) or f'{times:,} times') } before"
        return None, "Not seen before: choose"

    def knows(self, row: ImportRow) -> bool:
        return row.look in self.by_look or folded(row.title) in self.by_description


def _most_often(counts: "Counter[tuple[str, int]]") -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for (text, category), times in sorted(counts.items()):
        if times > found.get(text, (0, 0))[1]:
            found[text] = (category, times)
    return found


def _chunks[T](things: Sequence[T]) -> Iterable[Sequence[T]]:
    return (things[start : start + CHUNK] for start in range(0, len(things), CHUNK))
