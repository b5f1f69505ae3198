"""Taking an import back, as a whole."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef

from expenses.imports.choosing import written_again
from expenses.imports.replacing import replace, restore
from expenses.imports.states import COUNTING, AlreadyDone, Pile, State, chunks
from expenses.recurring.settling import unsettle
from expenses.shared.progress import Step, Work, completed

if TYPE_CHECKING:
    from expenses.imports.models import Import, ImportRow
    from expenses.people.models import User

# What a row takes over from one that it changed: all but its key, its day and its amount.
OF_CHANGED = (
    "expense_id", "income_id", "category_id", "description", "memo", "kind", "refund_of_id", "rule_id", "recurring_id",
    "nominal_on", "changes_id",
)  # fmt: skip
JOINED_BY = ("expense", "income")


def edited(source: "Import") -> list["ImportRow"]:
    """The rows whose expense or income somebody has changed since, of those that no other committed import holds
    too, has a newer booking of, or joined with them."""
    rows_of_all = source.household.import_rows.order_by()
    held = rows_of_all.held_twice().filter(twin=OuterRef("pk"))
    newer = rows_of_all.counting().filter(changes=OuterRef("pk"))
    of_this = source.rows.imported().exclude(Exists(held)).exclude(Exists(newer))
    for name in JOINED_BY:
        joined = rows_of_all.joined().exclude(source=source.pk).filter(**{name: OuterRef(name)})
        of_this = of_this.exclude(Exists(joined))
    found = of_this.select_related("expense", "expense__category", "income")
    # Two questions: one with OR would look into both tables for each row.
    rows = [
        row
        for of_one_table in (
            found.filter(expense__in=source.household.expenses.all()).exclude(pk__in=_as_written(of_this)),
            found.filter(income__in=source.household.incomes.all()),
        )
        for row in of_one_table.in_order()
        if row.was_edited(source.household.decimals)
    ]
    return sorted(rows, key=lambda row: row.position)


def _as_written(rows: "models.QuerySet[ImportRow]") -> "models.QuerySet[Any, Any]":
    """Of rows that became expenses, those that are so to the letter: nearly all, which need not be loaded then. What
    was rounded or named by us is not among them."""
    to_the_letter = rows.annotate(difference=F("expense__amount") + F("amount")).filter(
        difference=0,
        expense__category=F("category"),
        expense__description=F("description"),
        expense__notes=F("memo"),
        expense__spent_on=F("date"),
        expense__payment_method=F("payment_method"),
    )
    return to_the_letter.values("pk")


def revert(source: "Import", *, by: "User", at: dt.datetime, with_edited: bool) -> "Import":
    """Take everything back that this import brought. A second call changes nothing.

    Rows that another committed import holds too, has a newer booking of, or joined with one of its own, go over to
    that one, with what they became. Rows edited since stay, with their keys, unless `with_edited`. What was joined
    with an expense or income of the household is let go, and that stays; what the bank had changed gets its day and
    amount back where nobody has edited them since; what was removed as the other end of a move comes back, and pairs
    are let go. The date of a recurring expense that a row settled is open again. What is removed is removed for good:
    the file can be read again.
    """
    return completed(revert_in_steps(source, by=by, at=at, with_edited=with_edited))


def revert_in_steps(source: "Import", *, by: "User", at: dt.datetime, with_edited: bool) -> Work["Import"]:
    """As `revert`, telling what it is at. It is one transaction: closed in between, it has changed nothing."""
    with transaction.atomic():
        yield Step("Looking for what other statements hold too")
        try:
            locked = source.locked(State.COMMITTED)
        except AlreadyDone:
            return source.household.imports.get(pk=source.pk)
        handed = _hand_over(locked)
        _hand_over_joined(locked, at=at)
        handed += _hand_over_changed(locked)
        changed = _change_back(locked, at=at)
        moved_back = _bring_ends_back(locked, by=by, at=at)
        kept = [] if with_edited else [row.pk for row in locked.edited()]
        going = locked.rows.counting().exclude(pk__in=kept)
        yield Step("Removing what it brought")
        expenses = going.imported().values("expense")
        unsettle(locked.household, expenses)
        removed, _ = locked.household.expenses.filter(pk__in=expenses).delete()
        incomes, _ = locked.household.incomes.filter(pk__in=going.imported().values("income")).delete()
        locked.household.deletedexpenses.filter(expense_id__in=expenses).delete()
        parted = going.filter(state=Pile.MERGED).count()
        locked.rows.exclude(pk__in=kept).drop()
        locked.summary |= {
            "removed": removed,
            "incomes_removed": incomes,
            "handed": handed,
            "parted": parted,
            "kept": len(kept),
            "changed_back": changed,
            "moved_back": moved_back,
        }
        yield Step("Comparing with the statements that wait")
        locked.state, locked.reverted_by, locked.reverted_at = State.REVERTED, by, at
        locked.save(update_fields=["summary", "state", "reverted_by", "reverted_at"])
        for other in locked.household.imports.without_file().filter(state=State.MAPPED):
            other.match_again()
        return locked


def _change_back(source: "Import", *, at: dt.datetime) -> int:
    """What this import changed has its old day and amount again, and what was booked after it follows on that. Gives
    how many rows they are."""
    changing = source.rows.filter(state=Pile.MERGED, changes__isnull=False)
    number = restore(source, changing, at=at)
    for pk, was in list(changing.values_list("pk", "changes")):
        source.household.import_rows.filter(changes=pk).update(changes=was)
    return number


def _bring_ends_back(source: "Import", *, by: "User", at: dt.datetime) -> int:
    """What the other ends of its moves had become is there again, where it was removed for them. Gives how many."""
    removed = source.summary.get("moved_out", [])
    back = 0
    for chunk in chunks(removed):
        ends = source.household.import_rows.imported().filter(pk__in=chunk, counterpart__source=source.pk)
        for row in ends.select_related("household", "category", "expense", "income"):
            back += written_again(row, by=by, at=at) is not None
    return back


def _hand_over_joined(source: "Import", *, at: dt.datetime) -> None:
    """What a row of another committed import was joined with is that one's from now on, as if the bank had booked it
    anew there: under that row's day and key, with what people have said of it."""
    for name in JOINED_BY:
        brought = source.rows.imported().filter(**{f"{name}__isnull": False}).order_by()
        joined = source.household.import_rows.joined().exclude(source=source.pk)
        found = joined.filter(**{f"{name}__in": brought.values(name)}).order_by("source__committed_at", "pk")
        first: dict[int, int] = {}  # expense or income → the row that was joined with it first
        for pk, there in found.values_list("pk", name):
            first.setdefault(there, pk)
        for chunk in chunks(sorted(first)):
            pairs = brought.filter(**{f"{name}__in": chunk}).values_list(name, "pk")
            heirs = [(first[there], was) for there, was in pairs]
            source.household.import_rows.assign("changes", heirs, state=Pile.MERGED)
            replace(source, source.household.import_rows.filter(pk__in=[pk for pk, _ in heirs]), at=at)


def _hand_over_changed(source: "Import") -> int:
    """What another committed import has a newer booking of is that one's from now on. Gives how many rows."""
    newer = source.household.import_rows.filter(state=Pile.MERGED, changes__in=source.rows.imported())
    values = newer.exclude(source=source.pk).order_by("-pk").values_list("changes", "pk")
    heirs = {was: pk for was, pk in values if was is not None}
    source.household.import_rows.inherit(list(heirs.values()), of="changes", names=OF_CHANGED)
    for chunk in chunks(list(heirs)):
        source.rows.filter(pk__in=chunk).update(state=Pile.HERE, expense=None, income=None, changes=None)
    for chunk in chunks(list(heirs.values())):
        source.household.import_rows.filter(pk__in=chunk).update(state=Pile.IMPORTED)
    return len(heirs)


def _hand_over(source: "Import") -> int:
    """Give what other committed imports hold too to the first of them: keys and what rows became. Gives how many
    rows."""
    held = source.household.import_rows.filter(twin__in=source.rows.counting()).held_twice()
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
    source.household.import_rows.inherit(list(heirs.values()))
    # The old row first: a key counts once.
    for chunk in chunks(list(heirs)):
        source.household.import_rows.filter(pk__in=chunk).update(state=Pile.HERE, twin=None, expense=None, income=None)
    for state, rows in of_state.items():
        for chunk in chunks(rows):
            source.household.import_rows.filter(pk__in=chunk).update(state=state, twin=None)
    source.household.import_rows.assign("twin", later, state=Pile.HERE)
    return len(heirs)
