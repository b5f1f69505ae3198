"""What becomes of the categories that a file has of its own: an existing one, a new one, or row by row."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, F, Q, Sum, Window
from django.db.models.functions import RowNumber

from expenses.categories.models import Category, next_color
from expenses.imports.proposing import SAID, is_of_spending, propose_kinds, taken_for
from expenses.imports.states import CHUNK, SPENDING, Kind, State
from expenses.shared.money import ZERO
from expenses.shared.text import casefolded

if TYPE_CHECKING:
    from expenses.imports.models import Import, ImportRowQuerySet
    from expenses.people.models import Household

MOST = 200  # categories of a file that are asked about; the rows of the others are decided one by one
SHOWN = 3  # descriptions of each
CHANGED = ("kind", "category", "reason", "expense", "income", "recurring", "nominal_on")


@dataclass(frozen=True, slots=True)
class FileCategory:
    """A category of the file: how many new rows are of it, what they cost (money out positive), some of their
    texts."""

    name: str
    rows: int
    cost: Decimal
    descriptions: tuple[str, ...]

    @property
    def last_part(self) -> str:
        """“Groceries” of “Everyday: Groceries”."""
        return self.name.rpartition(":")[2].strip() or self.name


def asked_rows(source: "Import") -> "ImportRowQuerySet":
    """The new rows that have a category in the file and may need one here: no income, nothing left out."""
    spending = Q(kind__in=(*SPENDING, Kind.ASK), amount__lt=ZERO) | Q(kind=Kind.REFUND)
    return source.rows.new().filter(spending).exclude(file_category="").order_by()


def categories_of(source: "Import") -> list[FileCategory]:
    """The file's categories, the one with the most rows first; at most `MOST`."""
    grouped = asked_rows(source).values("file_category").annotate(rows=Count("id"), total=Sum("amount"))
    found = list(grouped.order_by("-rows", "file_category")[:MOST])
    texts: dict[str, list[str]] = {}
    by_use = Window(RowNumber(), partition_by=[F("file_category")], order_by=[F("first").desc(), F("description")])
    if found:
        of_text = asked_rows(source).filter(file_category__in=[row["file_category"] for row in found])
        used = of_text.exclude(description="").values("file_category", "description").annotate(first=Count("id"))
        for row in used.annotate(place=by_use).filter(place__lte=SHOWN).order_by("file_category", "place"):
            texts.setdefault(row["file_category"], []).append(row["description"])
    return [
        FileCategory(name, row["rows"], -row["total"], tuple(texts.get(name, ())))
        for row in found
        for name in [row["file_category"]]
    ]


def said_before(source: "Import") -> dict[str, int | None]:
    """What was chosen for this file: its category → the id of ours, None for row by row."""
    said = source.summary.get("categories", {})
    return {str(name): pk for name, pk in said.items() if pk is None or isinstance(pk, int)}


def likeliest(source: "Import", found: Sequence[FileCategory], ours: Sequence[Category]) -> dict[str, int | None]:
    """What each of the file's categories is likely to be here: as chosen, of the same name, or as it became most often
    before. Those of which nothing is known are not in it."""
    offered = {category.pk for category in ours}
    by_name = {category.name_key: category.pk for category in ours}
    likely: dict[str, int | None] = {}
    for file in found:
        for text in (file.name, file.last_part):
            if pk := by_name.get(casefolded(text)):
                likely.setdefault(file.name, pk)
    unknown = [file.name for file in found if file.name not in likely]
    likely |= {name: pk for name, (pk, _) in taken_for(source.household, unknown, offered).items()}
    said = said_before(source)
    names = {file.name for file in found}
    return likely | {name: pk for name, pk in said.items() if name in names and (pk is None or pk in offered)}


def is_undecided(source: "Import") -> bool:
    """Whether the file has categories that nobody was asked about, and of which we know nothing."""
    if source.state != State.MAPPED or "categories" in source.summary:
        return False
    found = categories_of(source)
    ours = list(source.household.categories.active()) if found else []
    return len(likeliest(source, found, ours)) < len(found)


@transaction.atomic
def take_categories(source: "Import", said: Mapping[str, int | str | None]) -> dict[str, int | None]:
    """Take the file's categories for ours: an id, the name of a new one, or None for row by row. Rows chosen by hand,
    and those that a rule gave a category, keep theirs. Gives what each became. Raises `AlreadyDone`."""
    locked = source.locked(State.MAPPED)
    made = _made(locked.household, [name for name in said.values() if isinstance(name, str)])
    chosen = {file: made[casefolded(to)] if isinstance(to, str) else to for file, to in said.items()}
    before = said_before(locked)
    locked.summary["categories"] = before | chosen
    locked.save(update_fields=["summary"])
    freed = [file for file, pk in chosen.items() if pk is None and before.get(file) is not None]
    files: dict[int, list[str]] = {}
    for file, pk in chosen.items():
        if pk is not None:
            files.setdefault(pk, []).append(file)
    for pk, names in files.items():
        _take(locked, names, pk)
    _propose_again(locked, freed)
    return chosen


def _made(household: "Household", names: Sequence[str]) -> dict[str, int]:
    """New categories of these names, after those that are there; by their casefolded names."""
    wanted = {casefolded(name): name for name in names}
    if not wanted:
        return {}
    colors = list(household.categories.active().values_list("color", flat=True))
    position = household.categories.count() + 1
    new: list[Category] = []
    for key, name in wanted.items():
        color = next_color(colors)
        colors.append(color)
        new.append(Category(household=household, name=name, name_key=key, color=color, position=position + len(new)))
    return {category.name_key: category.pk for category in Category.objects.bulk_create(new)}


def _untouched(source: "Import", files: Collection[str]) -> "ImportRowQuerySet":
    by_rule = Q(rule__category__isnull=False)
    rows = source.rows.new().filter(file_category__in=files, is_chosen=False).exclude(by_rule)
    return source.rows.filter(pk__in=rows.order_by().values("pk")).order_by()


def _take(source: "Import", files: Sequence[str], pk: int) -> None:
    """Money in of a category of spending came back from there."""
    rows = _untouched(source, files)
    said = {"category": pk, "reason": SAID}
    of_file = rows.filter(kind__in=(*SPENDING, Kind.INCOME)).values("file_category")
    counted = of_file.annotate(
        out=Count("id", filter=Q(amount__lt=ZERO)), into=Count("id", filter=Q(amount__gt=ZERO)), total=Sum("amount")
    )
    spent = {row["file_category"] for row in counted if is_of_spending(row["out"], row["into"], row["total"])}
    rows.filter(kind=Kind.INCOME, file_category__in=spent).update(kind=Kind.REFUND, **said)
    rows.filter(kind__in=SPENDING).update(**said)
    rows.filter(kind=Kind.ASK).update(category=pk)


def _propose_again(source: "Import", files: Sequence[str]) -> None:
    """As if nothing had been said of these."""
    if files:
        rows = list(_untouched(source, files).filter(kind__in=(*SPENDING, Kind.INCOME)).defer("raw", "memo"))
        propose_kinds(source, rows)
        source.rows.bulk_update(rows, CHANGED, batch_size=CHUNK // 4)
