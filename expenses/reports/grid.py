"""Categories × slots of time: the figures of Trends and of Year, each with the list of its expenses."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from expenses.ledger import spending
from expenses.ledger.models import Spent
from expenses.reports.charts.colors import OTHERS
from expenses.reports.slots import Slot, When, running_one
from expenses.shared import files
from expenses.shared.money import ZERO, rounded
from expenses.shared.months import Month

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.ledger.filters import ExpenseFilter

Sums = Mapping[tuple[Month, int], Spent]  # by month and category id, as ExpenseFilter.by gives them


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure, and the query string of the list that shows exactly its expenses; of none, where there are none."""

    spent: Spent
    query: str

    @property
    def amount(self) -> Decimal:
        return self.spent.amount

    @property
    def is_empty(self) -> bool:
        return not self.spent.count


@dataclass(frozen=True, slots=True)
class Line:
    """A category, or what is left of them together."""

    name: str
    color: str
    categories: tuple["Category", ...]
    cells: tuple[Cell, ...]
    total: Cell
    average: Decimal | None


@dataclass(frozen=True)
class Grid:
    slots: tuple[Slot, ...]
    lines: tuple[Line, ...]
    cells: tuple[Cell, ...]  # of all lines together
    total: Cell
    average: Decimal | None  # of a slot; None while none of them is over
    averaged: tuple[Slot, ...]
    decimals: int

    @classmethod
    def of(
        cls,
        sums: Sums,
        slots: Sequence[Slot],
        chosen: "ExpenseFilter",
        categories: Sequence["Category"],
        *,
        most: int | None = None,
    ) -> Self:
        """The lines that cost most come first; beyond `most` of them the rest goes together as the last.

        The average leaves out slots that are not over, are cut by the period, or lie before the first expense. Those
        of the lines add up to the one of all.
        """
        where = places(sums, slots)
        found: dict[int, list[list[Spent]]] = defaultdict(lambda: [[] for _ in slots])
        for (month, category), spent in sums.items():
            found[category][where[month]].append(spent)
        totals = {pk: spending.add(spent for parts in cells for spent in parts) for pk, cells in found.items()}
        ranked = sorted((one for one in categories if one.pk in found), key=lambda one: -totals[one.pk].amount)
        groups = grouped(ranked, most or len(ranked))
        begins = min((month for month, _ in sums), default=None)
        averaged = tuple(
            slot for slot in slots if slot.when is When.PAST and slot.is_whole and begins and slot.first >= begins
        )
        decimals = chosen.household.decimals

        def cells_of(group: "Sequence[Category]", narrowed: "ExpenseFilter") -> tuple[Cell, ...]:
            return tuple(
                Cell(spending.add(part for one in group for part in found[one.pk][at]), slot.narrow(narrowed).query)
                for at, slot in enumerate(slots)
            )

        by_line = [cells_of(group, chosen.but(categories=group)) for group in groups]
        average, averages = _averages(by_line, slots, averaged, decimals)
        lines = [
            Line(
                *name_and_color(group),
                categories=group,
                cells=cells,
                total=Cell(spending.add(totals[one.pk] for one in group), chosen.but(categories=group).query),
                average=mean,
            )
            for group, cells, mean in zip(groups, by_line, averages, strict=True)
        ]
        total = Cell(spending.add(totals.values()), chosen.query)
        return cls(tuple(slots), tuple(lines), cells_of(ranked, chosen), total, average, averaged, decimals)

    @property
    def running(self) -> int | None:
        return running_one(self.slots)

    def columns(self) -> list[files.Column]:
        amounts = [*(slot.name for slot in self.slots), "total", "average"]
        return [files.Column("category"), *(files.Column(name, files.Kind.AMOUNT, self.decimals) for name in amounts)]

    def rows(self) -> Iterator[Sequence[Any]]:
        """As the table has them; nothing spent is an empty cell."""
        for line in self.lines:
            yield [line.name, *map(_amount, line.cells), line.total.amount, line.average]
        yield ["All", *map(_amount, self.cells), self.total.amount, self.average]


def grouped(ranked: Sequence["Category"], most: int) -> list[tuple["Category", ...]]:
    """Each by itself; where there are more than `most`, the rest goes together as the last."""
    alone = ranked if len(ranked) <= most else ranked[: most - 1]
    rest = tuple(ranked[len(alone) :])
    return [*((one,) for one in alone), *([rest] if rest else [])]


def name_and_color(group: Sequence["Category"]) -> tuple[str, str]:
    """Of a category, or of those that are shown together."""
    return (group[0].name, group[0].color) if len(group) == 1 else (f"{len(group)} others", OTHERS)


def places(sums: Mapping[tuple[Month, int], Spent], slots: Sequence[Slot]) -> dict[Month, int]:
    """Which of the slots each month lies in."""
    return {month: at for at, slot in enumerate(slots) for month, _ in sums if slot.holds(month)}


def _amount(cell: Cell) -> Decimal | None:
    return None if cell.is_empty else cell.amount


def _averages(
    lines: Sequence[Sequence[Cell]], slots: Sequence[Slot], averaged: Sequence[Slot], decimals: int
) -> tuple[Decimal | None, list[Decimal | None]]:
    """Of all lines, and of each."""
    if not averaged or not lines:
        return None, [None] * len(lines)
    sums = [
        sum((cell.amount for cell, slot in zip(cells, slots, strict=True) if slot in averaged), ZERO)
        for cells in lines
    ]
    average, parts = means(sums, len(averaged), decimals)
    return average, list(parts)


def means(sums: Sequence[Decimal], count: int, decimals: int) -> tuple[Decimal, list[Decimal]]:
    """Of all of them together, and of each: the parts add up. Odd cents go where rounding took most, so that 1,380.00
    every month stays 1,380.00."""
    mean = rounded(sum(sums, ZERO) / count, decimals)
    parts = [rounded(one / count, decimals) for one in sums]
    missing, coin = mean - sum(parts, ZERO), Decimal(1).scaleb(-decimals)
    step = coin.copy_sign(missing)
    by_rounding = sorted(range(len(parts)), key=lambda at: (parts[at] - sums[at] / count) * step)
    for at in by_rounding[: int(abs(missing) / coin)]:
        parts[at] += step
    return mean, parts
