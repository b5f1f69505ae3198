"""What the person says of the rows before they are taken in."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Case, Count, OuterRef, Q, Subquery, Sum, Value, When

from expenses.imports.proposing import Standing, moved, propose_kinds
from expenses.imports.states import CHUNK, SPENDING, TAKEN, Kind, Pile, State, chunks
from expenses.ledger.models import Expense, Income
from expenses.recurring.models import RecurringExpense
from expenses.recurring.settling import open_dates
from expenses.shared.money import ZERO

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from expenses.categories.models import Category
    from expenses.imports.models import Import, ImportRow
    from expenses.people.models import User


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
    incomes: int
    received: Decimal
    money_in: int  # rows of money in, also those left out
    merged: int
    missing: int  # rows without a category
    asked: int  # rows that are likely the same as an expense or an income

    @property
    def taken(self) -> int:
        return self.expenses + self.refunds + self.incomes + self.merged

    @property
    def net(self) -> Decimal:
        return self.spent + self.refunded

    @classmethod
    def of(cls, source: "Import") -> "Tally":
        return cls.told(cls.found(source))

    @staticmethod
    def found(source: "Import", **more: Count) -> dict[str, Any]:
        """What `told` asks for, and more counts of the same rows, in one query."""
        new = Q(state=Pile.NEW)
        expense, refund, income = (new & Q(kind=kind) for kind in TAKEN)
        return source.rows.order_by().aggregate(
            new=Count("id", filter=new),
            here=Count("id", filter=Q(state=Pile.HERE)),
            unreadable=Count("id", filter=Q(state=Pile.UNREADABLE)),
            expenses=Count("id", filter=expense),
            spent=Sum("amount", filter=expense),
            refunds=Count("id", filter=refund),
            refunded=Sum("amount", filter=refund),
            incomes=Count("id", filter=income),
            received=Sum("amount", filter=income),
            money_in=Count("id", filter=new & Q(amount__gt=ZERO) & ~Q(kind__in=(Kind.ASK, Kind.MERGE))),
            merged=Count("id", filter=new & Q(kind=Kind.MERGE)),
            missing=Count("id", filter=(expense | refund) & Q(category=None)),
            asked=Count("id", filter=new & Q(kind=Kind.ASK)),
            **more,
        )

    @classmethod
    def told(cls, found: dict[str, Any]) -> "Tally":
        spent, refunded, received = (found[name] or ZERO for name in ("spent", "refunded", "received"))
        return cls(**found | {"spent": -spent, "refunded": -refunded, "received": received})


# What may change of a row that goes from one pile to another.
MOVED = (
    "state", "twin", "occurrence", "kind", "category", "reason", "expense", "income", "recurring", "nominal_on",
)  # fmt: skip
LONGEST_SHIFT = dt.timedelta(days=2)  # from a nominal day to the one it is due on


@transaction.atomic
def match_again(source: "Import") -> int:
    """Look anew which rows are here already: others may have written since. Gives how many rows moved."""
    locked = source.locked(State.MAPPED)
    return rematch(locked)


def rematch(source: "Import") -> int:
    standing = [Standing(*values) for values in source.rows.readable().values_list(*Standing._fields)]
    matches = {standing[at].pk: match for at, match in moved(source, standing).items()}
    closed = _closed(source)
    if not matches and not closed:
        return 0
    found = source.rows.defer("raw", "memo").in_order()
    rows = [row for chunk in chunks([*{**matches, **closed}]) for row in found.filter(pk__in=chunk)]
    fresh = [row for row in rows if row.pk not in matches or (row.state == Pile.HERE and not matches[row.pk].twin)]
    source.rows.filter(pk__in=closed).update(recurring=None, nominal_on=None)  # they claim it no more
    for row in rows:
        if row.pk in matches:
            row.stand(matches[row.pk])
    propose_kinds(source, fresh)
    source.rows.bulk_update(rows, MOVED, batch_size=CHUNK // 4)
    return len(rows)


def _closed(source: "Import") -> dict[int, None]:
    """The new rows, by their ids, that were to settle what was posted or skipped meanwhile, or comes no more."""
    settling = list(source.rows.new().settling().values_list("pk", "recurring", "nominal_on"))
    if not settling:
        return {}
    days = [day for _, _, day in settling if day]
    still = open_dates(source.household, min(days) - LONGEST_SHIFT, max(days) + LONGEST_SHIFT)
    dates = {(date.recurring.pk, date.nominal_on) for date in still}
    return {pk: None for pk, recurring, day in settling if (recurring, day) not in dates}


@transaction.atomic
def choose(source: "Import", choices: Mapping[int, Choice]) -> int:
    """Write down what the person said of these rows, by their ids; gives how many were changed.

    Rows of another import, and rows that are not new, are passed over. Raises `AlreadyDone`.
    """
    locked = source.locked(State.MAPPED)
    changed = [row for row in locked.rows.new().filter(pk__in=choices) if row.take_choice(choices[row.pk])]
    locked.rows.bulk_update(changed, ["kind", "category", "is_chosen", "reason"], batch_size=500)
    return len(changed)


@transaction.atomic
def apply_to_alike(source: "Import", row: "ImportRow") -> int:
    """Give the rows that look like this one its category; gives how many there were."""
    locked = source.locked(State.MAPPED)
    others = locked.rows.new().filter(look=row.look).exclude(pk=row.pk).exclude(kind__in=(Kind.ASK, Kind.MERGE))
    if row.kind == Kind.LEAVE_OUT:
        return others.update(kind=Kind.LEAVE_OUT, is_chosen=True, reason=f"As in line {row.line}")
    of_sign = others.filter(Q(amount__lt=ZERO) if row.cost > 0 else Q(amount__gt=ZERO))
    if row.kind == Kind.INCOME:
        undecided = of_sign.exclude(kind=Kind.LEAVE_OUT, is_chosen=True)
        return undecided.update(kind=Kind.INCOME, category=None, is_chosen=True, reason=f"As in line {row.line}")
    of_sign.filter(kind__in=(Kind.LEAVE_OUT, Kind.INCOME), is_chosen=False).update(kind=row.kind)
    return others.spending().update(category=row.category, is_chosen=True, reason=f"As in line {row.line}")


@transaction.atomic
def choose_for(
    source: "Import",
    scope: str,
    *,
    category: "Category | None" = None,
    leave_out: bool = False,
    income: bool = False,
) -> int:
    """Give one category to many rows, take them for incomes, or leave them out: `missing` are those without a
    category, `all` what becomes expenses, `in` money in, which a category makes refunds. Gives how many they were."""
    locked = source.locked(State.MAPPED)
    rows = locked.rows.new().money_in() if scope == "in" else locked.rows.new().spending()
    if scope == "missing":
        rows = rows.filter(category=None)
    if leave_out:
        return rows.update(kind=Kind.LEAVE_OUT, is_chosen=True, reason="Your choice")
    if income:
        return rows.money_in().update(kind=Kind.INCOME, category=None, is_chosen=True, reason="Your choice")
    if scope == "in":
        rows.update(kind=Kind.REFUND)
    return rows.update(category=category, is_chosen=True, reason="Your choice")


@transaction.atomic
def choose_among(
    source: "Import",
    rows: "QuerySet[ImportRow]",
    *,
    category: "Category | None" = None,
    leave_out: bool = False,
    income: bool = False,
    turning: bool = False,
) -> int:
    """As `choose_for`, of these rows of the import that are new and that nobody has to be asked about.

    A category is given to what is spending; with `turning` also to income, and to what was left out, which becomes an
    expense or a refund by it. Gives how many rows there were.
    """
    source.locked(State.MAPPED)
    rows = rows.filter(state=Pile.NEW).exclude(kind__in=(Kind.ASK, Kind.MERGE))
    if leave_out:
        return rows.update(kind=Kind.LEAVE_OUT, is_chosen=True, reason="Your choice")
    if income:
        of_sign = rows.filter(amount__gt=ZERO)
        return of_sign.update(kind=Kind.INCOME, category=None, is_chosen=True, reason="Your choice")
    if not turning:
        rows = rows.filter(kind__in=SPENDING)
    kind = Case(When(amount__lt=ZERO, then=Value(Kind.EXPENSE)), default=Value(Kind.REFUND))
    return rows.update(kind=kind, category=category, is_chosen=True, reason="Your choice")


@transaction.atomic
def answer(source: "Import", rows: "Collection[int] | QuerySet[Any, Any] | None", *, same: bool) -> int:
    """Whether rows that are likely the same as an expense or an income are, or the date of a recurring expense; None
    answers for all that are asked about.

    What settles a date is taken in as an expense, in the category of what recurs until another one is chosen.
    """
    locked = source.locked(State.MAPPED)
    asked = locked.rows.new().filter(kind=Kind.ASK) if rows is None else locked.rows.new().filter(pk__in=rows)
    spends = When(amount__lt=ZERO, then=Value(Kind.EXPENSE))
    unsaid = asked.filter(kind__in=(Kind.ASK, Kind.MERGE))
    if same:
        settled = (
            asked.settling()
            .filter(kind=Kind.ASK)
            .update(
                kind=Case(spends, default=Value(Kind.REFUND)),
                category=Subquery(_recurring().values("category")[:1]),
                is_chosen=True,
                reason="Your choice: this one",
            )
        )
        return settled + unsaid.update(kind=Kind.MERGE, is_chosen=True, reason="Your choice: the same")
    refunds = When(Q(expense__isnull=False) | Q(recurring__isnull=False), then=Value(Kind.REFUND))
    return (unsaid | asked.settling()).update(
        kind=Case(spends, refunds, default=Value(Kind.INCOME)),
        expense=None,
        income=None,
        recurring=None,
        nominal_on=None,
        is_chosen=True,
        reason="Your choice: another one",
    )


def _recurring() -> "QuerySet[RecurringExpense]":
    """What a row settles, where something can be written into its category."""
    return RecurringExpense.objects.order_by().filter(pk=OuterRef("recurring"), category__archived_on=None)


@transaction.atomic
def keep_another(source: "Import", row: "ImportRow") -> None:
    """The row is none of those here: it counts beside them, under the next free number."""
    locked = source.locked(State.MAPPED)
    found = locked.rows.filter(pk=row.pk, state=Pile.HERE).first()
    if found is None:
        return
    found.is_another, found.is_chosen = True, True
    found.save(update_fields=["is_another", "is_chosen"])
    rematch(locked)


@transaction.atomic
def bring_back(source: "Import", row: "ImportRow", *, by: "User", at: dt.datetime) -> Expense | Income | None:
    """The expense or income that this row's twin became, and that somebody deleted, as it was (an income as the bank
    has it); None where it is there."""
    locked = source.locked(State.MAPPED)
    twin = locked.rows.filter(pk=row.pk, state=Pile.HERE).values_list("twin", flat=True).first()
    held = (
        source.household.import_rows.filter(pk=twin or 0, state=Pile.IMPORTED)
        .select_related("source", "category", "income")
        .first()
    )
    if held is not None and held.income_id is not None:
        return _income_back(source, held, by=by, at=at)
    if held is None or held.expense_id is None or Expense.objects.filter(pk=held.expense_id).exists():
        return None
    deleted = source.household.deletedexpenses.filter(expense_id=held.expense_id).first()
    if deleted:
        expense = deleted.as_expense()
        deleted.delete()
    elif held.category:
        expense = held.as_expense(by=by, at=at, decimals=source.household.decimals)
    else:
        return None
    [back] = Expense.objects.bulk_create([expense])
    source.household.import_rows.filter(expense=held.expense_id).update(expense=back.pk)
    return back


def _income_back(source: "Import", held: "ImportRow", *, by: "User", at: dt.datetime) -> Income | None:
    if held.income_there:
        return None
    income = held.as_income(by=by, at=at, decimals=source.household.decimals)
    income.pk = held.income_id or 0  # the rows that name it find it again
    income.save(force_insert=True)
    return income
