"""The report "Members": who wrote down what, and in which months."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from expenses.ledger import spending
from expenses.ledger.models import Spent
from expenses.people.models import Role
from expenses.reports.charts.colors import OTHERS
from expenses.reports.charts.columns import SERIES, Series, Swatch
from expenses.reports.charts.stacks import Piece, Stacks
from expenses.reports.grid import Cell, Grid
from expenses.reports.saying import figure
from expenses.reports.slots import Slot, slots
from expenses.shared import files
from expenses.shared.money import split
from expenses.shared.months import Month

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.ledger.filters import ExpenseFilter
    from expenses.people.models import User
    from expenses.reports.forms import ReportForm

CHART = "members"  # begins the ids of the picture's parts

Found = Mapping[tuple[Month, int, int], Spent]  # by month, category id and member id


@dataclass(frozen=True, slots=True)
class Part:
    """What a member spent in a category, or in those that are shown together."""

    name: str
    fill: str  # id of a swatch
    cell: Cell


@dataclass(frozen=True, slots=True)
class Line:
    member: "User"
    is_former: bool
    total: Cell
    share: Decimal  # percent; the shares add up to 100.0
    parts: tuple[Part, ...]  # the largest first
    pieces: tuple[Piece, ...]  # of the bar
    cells: tuple[Cell, ...]  # as the slots
    query: str  # of this report about them alone


@dataclass(frozen=True)
class Members:
    slots: tuple[Slot, ...]
    lines: tuple[Line, ...]  # who spent most comes first
    cells: tuple[Cell, ...]  # of all lines together
    total: Cell
    swatches: tuple[Swatch, ...]
    grid: Grid | None  # the categories of the only one there is
    quiet: tuple["User", ...]  # who may write, and wrote nothing down
    is_chosen: bool  # somebody was asked for
    decimals: int

    @classmethod
    def of(cls, form: "ReportForm") -> Self:
        """Two queries."""
        chosen, decimals = form.chosen, form.household.decimals
        sums: Found = chosen.by("month", "category", "member")
        cut = slots(chosen.period, {month for month, _, _ in sums}, on=form.running)
        roles = dict(form.household.memberships.values_list("user", "role"))
        spent = _by_member(sums)
        ranked = sorted((one for one in form.members if one.pk in spent), key=lambda one: -spent[one.pk].amount)
        groups = _groups(sums, form.categories)
        series = [_series(group) for group in groups]
        cells = {one.pk: _cells_by_group(sums, groups, one, chosen) for one in ranked}
        figures = [
            [
                None if cell.is_empty else figure(f"{one}, {each.name}", cell, decimals)
                for each, cell in zip(series, cells[one.pk], strict=True)
            ]
            for one in ranked
        ]
        drawn = Stacks.of(figures, series, id=CHART)
        shares = split(100, [spent[one.pk].amount for one in ranked], unit=Decimal("0.1"))
        lines = []
        for one, pieces, share in zip(ranked, drawn.bars, shares, strict=True):
            parts = [
                Part(each.name, swatch.id, cell)
                for each, swatch, cell in zip(series, drawn.swatches, cells[one.pk], strict=True)
                if not cell.is_empty
            ]
            theirs = chosen.but(members=(one,))
            lines.append(
                Line(
                    one,
                    is_former=one.pk not in roles,
                    total=Cell(spent[one.pk], theirs.query),
                    share=share,
                    parts=tuple(sorted(parts, key=lambda part: -part.cell.amount)),
                    pieces=pieces,
                    cells=_cells_by_slot(sums, cut, theirs, one),
                    query=form.same(member=one.pk),
                )
            )
        alone = {(month, category): amount for (month, category, _), amount in sums.items()}
        return cls(
            tuple(cut),
            tuple(lines),
            _cells_by_slot(sums, cut, chosen),
            Cell(spending.add(sums.values()), chosen.query),
            drawn.swatches,
            Grid.of(alone, cut, chosen, form.categories) if len(lines) == 1 else None,
            tuple(
                one for one in form.members if one.pk not in spent and roles.get(one.pk) in (Role.OWNER, Role.EDITOR)
            ),
            is_chosen=bool(chosen.members),
            decimals=decimals,
        )

    @property
    def running(self) -> int | None:
        """Which of the slots is running, if one is."""
        return next((at for at, slot in enumerate(self.slots) if slot.is_running), None)

    def columns(self) -> list[files.Column]:
        if self.grid:
            return self.grid.columns()
        share, count = (files.Column(name, files.Kind.NUMBER) for name in ("share, percent", "expenses"))
        amounts = [*(slot.name for slot in self.slots), "total"]
        return [
            files.Column("member"),
            share,
            count,
            *(files.Column(name, files.Kind.AMOUNT, self.decimals) for name in amounts),
        ]

    def rows(self) -> Iterator[Sequence[Any]]:
        """Members by months; of one alone, the categories by months."""
        if self.grid:
            yield from self.grid.rows()
            return
        for line in self.lines:
            amounts = (None if cell.is_empty else cell.amount for cell in line.cells)
            yield [str(line.member), line.share, line.total.spent.count, *amounts, line.total.amount]
        amounts = (None if cell.is_empty else cell.amount for cell in self.cells)
        yield ["All", Decimal(100), self.total.spent.count, *amounts, self.total.amount]


def _by_member(sums: Found) -> dict[int, Spent]:
    found: dict[int, list[Spent]] = defaultdict(list)
    for (_, _, member), spent in sums.items():
        found[member].append(spent)
    return {member: spending.add(parts) for member, parts in found.items()}


def _groups(sums: Found, categories: Sequence["Category"]) -> list[tuple["Category", ...]]:
    """What is told apart in the picture: the largest categories of all, and the rest together."""
    found: dict[int, list[Spent]] = defaultdict(list)
    for (_, category, _), spent in sums.items():
        found[category].append(spent)
    totals = {category: spending.add(parts).amount for category, parts in found.items()}
    ranked = sorted((one for one in categories if one.pk in totals), key=lambda one: -totals[one.pk])
    groups: list[tuple[Category, ...]] = [(one,) for one in ranked]
    return [*groups[: SERIES - 1], tuple(ranked[SERIES - 1 :])] if len(groups) > SERIES else groups


def _series(group: Sequence["Category"]) -> Series:
    alone = len(group) == 1
    return Series(group[0].name if alone else f"{len(group)} others", group[0].color if alone else OTHERS)


def _cells_by_group(
    sums: Found, groups: Sequence[tuple["Category", ...]], member: "User", chosen: "ExpenseFilter"
) -> list[Cell]:
    places = {category.pk: at for at, group in enumerate(groups) for category in group}
    found: list[list[Spent]] = [[] for _ in groups]
    for (_, category, pk), spent in sums.items():
        if pk == member.pk:
            found[places[category]].append(spent)
    theirs = chosen.but(members=(member,))
    return [
        Cell(spending.add(parts), theirs.but(categories=group).query)
        for group, parts in zip(groups, found, strict=True)
    ]


def _cells_by_slot(
    sums: Found, cut: Sequence[Slot], chosen: "ExpenseFilter", member: "User | None" = None
) -> tuple[Cell, ...]:
    where = {month: at for at, slot in enumerate(cut) for month, _, _ in sums if slot.holds(month)}
    found: list[list[Spent]] = [[] for _ in cut]
    for (month, _, pk), spent in sums.items():
        if member is None or pk == member.pk:
            found[where[month]].append(spent)
    return tuple(Cell(spending.add(parts), slot.narrow(chosen).query) for slot, parts in zip(cut, found, strict=True))
