"""The report "Members": who wrote down what, and in which months."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from expenses.ledger import spending
from expenses.ledger.models import Spent
from expenses.people.models import Role
from expenses.reports.charts.columns import SERIES, Series, Swatch
from expenses.reports.charts.stacks import Piece, Stacks
from expenses.reports.grid import Cell, Grid, grouped, name_and_color, places
from expenses.reports.saying import figure
from expenses.reports.slots import Slot, running_one, slots
from expenses.shared import files
from expenses.shared.money import split
from expenses.shared.months import Month

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.ledger.filters import ExpenseFilter
    from expenses.people.models import User
    from expenses.reports.forms import ReportForm

CHART = "members"  # begins the ids of the picture's parts

ByMonth = Mapping[tuple[Month, int], Spent]  # by month and member id
ByCategory = Mapping[tuple[int, int], Spent]  # by category id and member id


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
        """Three queries."""
        chosen, decimals = form.chosen, form.household.decimals
        sums: ByMonth = chosen.by("month", "member")
        cut = slots(chosen.period, {month for month, _ in sums}, on=form.running)
        roles = dict(form.household.memberships.values_list("user", "role"))
        spent = _added((pk, one) for (_, pk), one in sums.items())
        ranked = sorted((one for one in form.members if one.pk in spent), key=lambda one: -spent[one.pk].amount)
        # Never told apart by all three at once: that would be a row for each category of each month of each member.
        alone = ranked[0] if len(ranked) == 1 else None
        monthly = chosen.by("month", "category") if alone else {}
        by_category: ByCategory
        if alone:
            totals = _added((category, one) for (_, category), one in monthly.items())
            by_category = {(category, alone.pk): one for category, one in totals.items()}
        else:
            by_category = chosen.by("category", "member")
        groups = _groups(by_category, form.categories)
        cells = [_cells_by_group(by_category, groups, one, chosen) for one in ranked]
        drawn = _drawn(ranked, groups, cells, decimals)
        shares = split(100, [spent[one.pk].amount for one in ranked], unit=Decimal("0.1"))
        lines = (
            Line(
                one,
                is_former=one.pk not in roles,
                total=Cell(spent[one.pk], chosen.but(members=(one,)).query),
                share=share,
                parts=_parts(theirs, drawn.swatches),
                pieces=pieces,
                cells=_cells_by_slot(sums, cut, chosen.but(members=(one,)), one),
                query=form.same(member=one.pk),
            )
            for one, theirs, pieces, share in zip(ranked, cells, drawn.bars, shares, strict=True)
        )
        return cls(
            tuple(cut),
            tuple(lines),
            _cells_by_slot(sums, cut, chosen),
            Cell(spending.add(sums.values()), chosen.query),
            drawn.swatches,
            Grid.of(monthly, cut, chosen, form.categories) if alone else None,
            tuple(
                one for one in form.members if one.pk not in spent and roles.get(one.pk) in (Role.OWNER, Role.EDITOR)
            ),
            is_chosen=bool(chosen.members),
            decimals=decimals,
        )

    @property
    def running(self) -> int | None:
        return running_one(self.slots)

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


def _added(parts: Iterable[tuple[int, Spent]]) -> dict[int, Spent]:
    found: dict[int, list[Spent]] = defaultdict(list)
    for pk, spent in parts:
        found[pk].append(spent)
    return {pk: spending.add(each) for pk, each in found.items()}


def _groups(sums: ByCategory, categories: Sequence["Category"]) -> list[tuple["Category", ...]]:
    """What is told apart in the picture: the largest categories of all, and the rest together."""
    totals = {category: one.amount for category, one in _added((pk, one) for (pk, _), one in sums.items()).items()}
    return grouped(sorted((one for one in categories if one.pk in totals), key=lambda one: -totals[one.pk]), SERIES)


def _cells_by_group(
    sums: ByCategory, groups: Sequence[tuple["Category", ...]], member: "User", chosen: "ExpenseFilter"
) -> list[Cell]:
    places = {category.pk: at for at, group in enumerate(groups) for category in group}
    found: list[list[Spent]] = [[] for _ in groups]
    for (category, pk), spent in sums.items():
        if pk == member.pk:
            found[places[category]].append(spent)
    theirs = chosen.but(members=(member,))
    return [
        Cell(spending.add(parts), theirs.but(categories=group).query)
        for group, parts in zip(groups, found, strict=True)
    ]


def _drawn(
    members: Sequence["User"], groups: Sequence[tuple["Category", ...]], cells: Sequence[Sequence[Cell]], decimals: int
) -> Stacks:
    series = [Series(*name_and_color(group)) for group in groups]
    figures = [
        [
            None if cell.is_empty else figure(f"{one}, {each.name}", cell, decimals)
            for each, cell in zip(series, theirs, strict=True)
        ]
        for one, theirs in zip(members, cells, strict=True)
    ]
    return Stacks.of(figures, series, id=CHART)


def _parts(cells: Sequence[Cell], swatches: Sequence[Swatch]) -> tuple[Part, ...]:
    found = [
        Part(swatch.name, swatch.id, cell) for swatch, cell in zip(swatches, cells, strict=True) if not cell.is_empty
    ]
    return tuple(sorted(found, key=lambda part: -part.cell.amount))


def _cells_by_slot(
    sums: ByMonth, cut: Sequence[Slot], chosen: "ExpenseFilter", member: "User | None" = None
) -> tuple[Cell, ...]:
    where = places(sums, cut)
    found: list[list[Spent]] = [[] for _ in cut]
    for (month, pk), spent in sums.items():
        if member is None or pk == member.pk:
            found[where[month]].append(spent)
    return tuple(Cell(spending.add(parts), slot.narrow(chosen).query) for slot, parts in zip(cut, found, strict=True))
