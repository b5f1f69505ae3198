from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from django.core.validators import RegexValidator
from django.db import models, transaction

from expenses.shared import ordering
from expenses.shared.constraints import length_between
from expenses.shared.named import Named, NamedQuerySet
from expenses.shared.text import casefolded

if TYPE_CHECKING:
    from expenses.people.models import Household

DEFAULT_COLOR = "#FF6B6B"

# Distinct in hue and lightness, so that neighbours in a chart can be told apart.
PALETTE = [
    ("#6B7C93", "Slate"),
    ("#4C9A6A", "Green"),
    ("#D9793A", "Orange"),
    ("#3C8DBC", "Blue"),
    ("#D9A93A", "Gold"),
    ("#C2557A", "Rose"),
    ("#8A6CC8", "Violet"),
    ("#3AA39B", "Teal"),
    ("#FF6B6B", "Coral"),
    ("#A0785A", "Brown"),
    ("#7FA650", "Olive"),
    ("#5566B8", "Indigo"),
]

# A new household begins with these; it can rename them.
STARTERS = ["Rent", "Food", "Transport", "Bills", "Health", "Dining", "Fun", "Gifts"]


def next_color(used: Iterable[str]) -> str:
    """The first colour of the palette that none has yet, or the one that the fewest have."""
    counts = Counter(color.upper() for color in used)
    return min((color for color, _ in PALETTE), key=lambda color: counts[color])


class CategoryQuerySet(NamedQuerySet["Category"]):
    def in_order(self) -> Self:
        return self.order_by("position", "id")

    def next_color(self) -> str:
        """The colour to begin a new one with: one not used yet."""
        return next_color(self.active().values_list("color", flat=True))

    @transaction.atomic
    def start(self, household: "Household") -> list["Category"]:
        """The eight categories of a new household."""
        return Category.objects.bulk_create(
            [
                Category(household=household, name=name, name_key=casefolded(name), color=color, position=position)
                for position, (name, (color, _)) in enumerate(zip(STARTERS, PALETTE, strict=False), start=1)
            ]
        )


class Category(Named):
    household = models.ForeignKey("expenses.Household", models.CASCADE, related_name="categories")
    color = models.CharField(
        "colour",
        max_length=7,
        default=DEFAULT_COLOR,
        validators=[RegexValidator(r"^#[0-9A-Fa-f]{6}\Z", "Write a colour like #FF6B6B.")],
    )
    position = models.PositiveIntegerField(default=0)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "categories"
        constraints = [
            models.UniqueConstraint(fields=["id", "household"], name="category_id_household"),
            models.UniqueConstraint(
                fields=["household", "name_key"],
                name="category_name_once",
                violation_error_message="There is a category of this name already.",
            ),
            models.CheckConstraint(
                # Not by a regular expression: SQLite has none of its own, and a backup tool could not read the table.
                condition=models.Q(color__startswith="#", color__length=7),
                name="category_color_hex",
                violation_error_message="Write a colour like #FF6B6B.",
            ),
            length_between("name", 1, 50, name="category_name_1_to_50"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding and not self.position:
            last = Category.objects.filter(household=self.household_id).aggregate(last=models.Max("position"))["last"]
            self.position = (last or 0) + 1
        super().save(*args, **kwargs)

    @transaction.atomic
    def move(self, *, up: bool) -> None:
        """One place up or down among the active ones; the first stays first, the last last."""
        self.household.locked()
        ordering.move(self, self.household.categories.active().in_order(), up=up)
