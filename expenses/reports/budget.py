"""The report "Budget": what there was to spend in each month, and what was spent of it.

Every figure of a month is one of `budgets.envelope`; here they are only put side by side, and years are sums of them.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from expenses.budgets import figures
from expenses.budgets.envelope import Figures, Pool, Standing, walk
from expenses.ledger import spending
from expenses.ledger.models import Spent
from expenses.reports.charts.colors import OTHERS
from expenses.reports.charts.columns import Column, Columns, Figure, Series
from expenses.reports.charts.labels import MONTHS, YEARS
from expenses.reports.saying import shown
from expenses.reports.slots import Size, Slot, slots
from expenses.shared import files
from expenses.shared.money import ZERO, format_amount
from expenses.shared.months import FIRST_YEAR, Month
from expenses.shared.paths import path_of

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.ledger.filters import ExpenseFilter
    from expenses.reports.forms import BudgetForm

CHART = "budget"  # begins the ids of the picture's parts
OVER = "#D0453A"
WITHIN_WORD, OVER_WORD, BEYOND_WORD = "spent of what there was", "more than there was", "without a limit"

Spending = Mapping[Month, Mapping[int, Spent]]  # by month and category id


@dataclass(frozen=True, slots=True)
class Linked:
    """A figure and what lies behind it; None where there is none."""

    amount: Decimal | None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """The pool of a slot: what came in, what the categories got and gave back, and what is left to assign."""

    income: Linked
    assigned: Linked
    back: Linked  # negative where the pool paid for what was overspent
    left: Linked


@dataclass(frozen=True, slots=True)
class Row:
    """A slot. Of a year, limits, moves and spending are sums of its months; `carried` came into the first one, and
    `left` stands at the end of the last."""

    slot: Slot
    is_history: bool  # the budget begins later
    limit: Linked
    moved: Linked
    carried: Linked
    spent: Linked  # in categories with a plan
    left: Linked
    beyond: Linked  # spent without a plan
    pool: Given | None

    @property
    def has_plan(self) -> bool:
        return self.moved.amount is not None

    @property
    def had(self) -> Decimal | None:
        """What there was to spend."""
        if not self.has_plan:
            return None
        return sum((one.amount for one in (self.limit, self.moved, self.carried) if one.amount), ZERO)

    @property
    def to_spend(self) -> Linked:
        return Linked(self.had, self.left.url)

    @property
    def is_over(self) -> bool:
        return self.had is not None and (self.spent.amount or ZERO) > self.had

    @property
    def is_empty(self) -> bool:
        return not self.has_plan and self.beyond.amount is None and self.pool is None


@dataclass(frozen=True, slots=True)
class _Month:
    """A month's part of a slot. None where there is nothing of the kind."""

    month: Month
    limit: Decimal | None = None
    moved: Decimal | None = None
    carried: Decimal | None = None
    left: Decimal | None = None
    spent: Mapping[int, Spent] = field(default_factory=dict)  # by category id, of those with a plan
    beyond: Mapping[int, Spent] = field(default_factory=dict)
    pool: Pool | None = None


@dataclass(frozen=True)
class Budget:
    since: Month  # the budget's first month
    rows_shown: tuple[Row, ...]
    total: Row | None
    ends: tuple[tuple["Category", Linked], ...]  # what each of several categories has left at the end
    chart: Columns | None  # None where nothing is planned and nothing was spent
    decimals: int

    @classmethod
    def of(cls, form: "BudgetForm") -> Self:
        """One query, two where the period reaches back before the budget."""
        household, chosen, decimals = form.household, form.chosen, form.household.decimals
        since = household.month(household.budget_from)
        plan, totals = figures.read_with_totals(household)
        spent = {**_history(chosen, since), **totals}
        cut = [] if form.is_reversed else slots(chosen.period, _touched(plan, spent), on=form.running)
        months = {} if not cut else _months(plan, spent, cut[-1].last, chosen, form.categories)
        rows = tuple(_row(slot, _within(months, slot, chosen), chosen, since, form) for slot in cut)
        if all(row.is_empty for row in rows):
            return cls(since, (), None, (), None, decimals)
        parts = [part for slot in cut for part in _within(months, slot, chosen)]
        total = _total(rows, parts, chosen, form.categories)
        ends = _ends(plan, _last_standing(plan, cut[-1], chosen), chosen, form)
        return cls(since, rows, total, ends, _drawn(rows, decimals), decimals)

    @property
    def size(self) -> Size:
        return self.rows_shown[0].slot.size if self.rows_shown else Size.MONTH

    @property
    def last(self) -> Slot:
        return self.rows_shown[-1].slot

    @property
    def is_planned(self) -> bool:
        return any(row.has_plan for row in self.rows_shown)

    @property
    def has_history(self) -> bool:
        return any(row.is_history for row in self.rows_shown)

    @property
    def has_moves(self) -> bool:
        return any(row.moved.amount for row in self.rows_shown)

    @property
    def has_carry(self) -> bool:
        return any(row.carried.amount for row in self.rows_shown)

    @property
    def has_beyond(self) -> bool:
        return any(row.beyond.amount is not None for row in self.rows_shown)

    @property
    def pool(self) -> list[Row]:
        """The rows that know a pool."""
        return [row for row in self.rows_shown if row.pool]

    @property
    def over(self) -> int:
        """In how many of them more was spent than there was."""
        return sum(row.is_over for row in self.rows_shown)

    @property
    def planned(self) -> int:
        return sum(row.has_plan for row in self.rows_shown)

    @property
    def key(self) -> list[tuple[str, str]]:
        """The fillings that the picture shows: id and words."""
        if self.chart is None:
            return []
        used = {part.fill for bar in self.chart.bars for part in bar.segments}
        return [(swatch.id, swatch.name) for swatch in self.chart.swatches if swatch.id in used]

    @property
    def said(self) -> str:
        """What stands below the picture."""
        bars = self.chart.bars if self.chart else ()
        parts = ["The short lines: the limit"] if any(bar.mark for bar in bars) else []
        if any(bar.second for bar in bars):
            parts.append("dashed, with what was moved and carried over")
        return f"{'; '.join(parts)}." if parts else ""

    def columns(self) -> list[files.Column]:
        names = ["limit", "moved", "carried", "to spend", "spent", "left", "spent without a limit"]
        names += ["income", "assigned", "given back", "to assign"]
        return [
            files.Column(self.size.word),
            *(files.Column(name, files.Kind.AMOUNT, self.decimals) for name in names),
        ]

    def rows(self) -> Iterator[Sequence[Any]]:
        for row in [*self.rows_shown, *filter(None, [self.total])]:
            name = "All" if row is self.total else row.slot.name
            plan = [row.limit, row.moved, row.carried, row.to_spend, row.spent, row.left, row.beyond]
            pool = row.pool
            given = [pool.income, pool.assigned, pool.back, pool.left] if pool else [Linked(None)] * 4
            yield [name, *(one.amount for one in (*plan, *given))]


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


def _history(chosen: "ExpenseFilter", since: Month) -> Spending:
    """What was spent before the budget began, as far as the period reaches back; one query, none where it does not."""
    first = chosen.period.first
    if first is not None and first >= since.start:
        return {}
    last = min(filter(None, (chosen.period.last, since.start - dt.timedelta(days=1))))
    found: dict[Month, dict[int, Spent]] = {}
    for (month, category), spent in chosen.but(last=last).by("month", "category").items():
        found.setdefault(month, {})[category] = spent
    return found


def _touched(plan: Figures, spent: Spending) -> set[Month]:
    """The months in which there is anything."""
    rules = (rule.month for rules in plan.rules.values() for rule in rules)
    return {*spent, *rules, *plan.moved, *plan.assigned, *plan.income}


def _months_of(slot: Slot, chosen: "ExpenseFilter") -> Iterator[Month]:
    """The months of a slot that lie in the period."""
    days = chosen.period
    for number in range(slot.last.minus(slot.first) + 1):
        month = slot.first.plus(number)
        if (days.first is None or month.last_day >= days.first) and (days.last is None or month.start <= days.last):
            yield month


def _within(months: Mapping[Month, _Month], slot: Slot, chosen: "ExpenseFilter") -> list[_Month]:
    return [months[month] for month in _months_of(slot, chosen) if month in months]


def _months(
    plan: Figures, spent: Spending, last: Month, chosen: "ExpenseFilter", categories: Sequence["Category"]
) -> dict[Month, _Month]:
    asked = {one.pk for one in chosen.categories or categories}
    found = {
        month: _Month(month, beyond={pk: one for pk, one in parts.items() if pk in asked})
        for month, parts in spent.items()
    }
    for standing in walk(plan, last):
        envelopes = {pk: each for pk, each in plan.planned(standing).items() if pk in asked}
        parts = {pk: one for pk, one in spent.get(standing.month, {}).items() if pk in asked}
        limits = [each.limit for each in envelopes.values() if each.limit is not None]
        found[standing.month] = _Month(
            standing.month,
            limit=sum(limits, ZERO) if limits else None,
            moved=sum((each.moved for each in envelopes.values()), ZERO) if envelopes else None,
            carried=sum((each.carried for each in envelopes.values()), ZERO) if envelopes else None,
            left=sum((each.left for each in envelopes.values()), ZERO) if envelopes else None,
            spent={pk: one for pk, one in parts.items() if pk in envelopes},
            beyond={pk: one for pk, one in parts.items() if pk not in envelopes},
            pool=None if chosen.categories else standing.pool,
        )
    return found


def _last_standing(plan: Figures, slot: Slot, chosen: "ExpenseFilter") -> Standing | None:
    last = max(_months_of(slot, chosen), default=slot.last)
    return next((one for one in walk(plan, last) if one.month == last), None)


def _ends(
    plan: Figures, standing: Standing | None, chosen: "ExpenseFilter", form: "BudgetForm"
) -> tuple[tuple["Category", Linked], ...]:
    if standing is None or len(chosen.categories) == 1:  # its last row says it
        return ()
    envelopes = plan.planned(standing)
    return tuple(
        (one, Linked(envelopes[one.pk].left, f"?{form.of_category(one)}"))
        for one in chosen.categories or form.categories
        if one.pk in envelopes
    )


# ── a slot ────────────────────────────────────────────────────────────────────────────────────────


def _row(slot: Slot, parts: Sequence[_Month], chosen: "ExpenseFilter", since: Month, form: "BudgetForm") -> Row:
    narrowed = slot.narrow(chosen)
    closer = f"?{form.of_slot(slot)}"  # this report, month by month
    if slot.size is Size.MONTH:
        category = f"&category={chosen.categories[0].pk}" if len(chosen.categories) == 1 else ""
        limits = path_of("budgets:index", slot.first)
        moves = f"{path_of('transfers:index')}?month={slot.first}{category}"
        incomes, page = f"{path_of('incomes:index')}?month={slot.first}", path_of("months:show", slot.first)
    else:
        limits = moves = incomes = page = closer
    first = next((one for one in parts if one.left is not None), None)
    month_before = _page_before(first.month) if first else ""
    return Row(
        slot,
        is_history=slot.last < since,
        limit=Linked(_sum(one.limit for one in parts), limits),
        moved=Linked(_sum(one.moved for one in parts), moves),
        carried=Linked(first.carried if first else None, month_before),
        spent=_spent([one.spent for one in parts], [one.beyond for one in parts], narrowed, form.categories, closer),
        left=Linked(parts[-1].left if parts else None, page),
        beyond=_spent([one.beyond for one in parts], [one.spent for one in parts], narrowed, form.categories, closer),
        pool=_given([one.pool for one in parts if one.pool], incomes, limits, month_before, page),
    )


def _page_before(month: Month) -> str:
    return path_of("months:show", month.previous) if month > Month(FIRST_YEAR, 1) else ""


def _spent(
    here: Sequence[Mapping[int, Spent]],
    there: Sequence[Mapping[int, Spent]],
    chosen: "ExpenseFilter",
    known: Sequence["Category"],
    closer: str,
) -> Linked:
    """The list of these categories comes to the sum, unless one of them had a plan in some of the months only: then
    the months one by one."""
    found = spending.add(spent for parts in here for spent in parts.values())
    if not found.count:
        return Linked(None)
    categories, others = _keys(here), _keys(there)
    if categories & others:
        return Linked(found.amount, closer)
    if others:
        chosen = chosen.but(categories=tuple(one for one in known if one.pk in categories))
    return Linked(found.amount, f"{path_of('expenses:index')}?{chosen.query}")


def _keys(parts: Iterable[Mapping[int, Spent]]) -> set[int]:
    return {pk for each in parts for pk in each}


def _given(pools: Sequence[Pool], incomes: str, limits: str, before: str, page: str) -> Given | None:
    if not pools:
        return None
    return Given(
        income=Linked(sum((one.income for one in pools), ZERO), incomes),
        assigned=Linked(sum((one.limits - one.assigned for one in pools), ZERO), limits),
        back=Linked(sum((one.returned - one.overspent - one.carried for one in pools), ZERO), before),
        left=Linked(pools[-1].amount, page),
    )


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    found = [one for one in amounts if one is not None]
    return sum(found, ZERO) if found else None


def _total(rows: Sequence[Row], parts: Sequence[_Month], chosen: "ExpenseFilter", known: Sequence["Category"]) -> Row:
    """Sums; what is carried and left is no sum and stands in the rows."""
    none = Linked(None)
    return Row(
        rows[-1].slot,
        is_history=False,
        limit=Linked(_sum(row.limit.amount for row in rows)),
        moved=Linked(_sum(row.moved.amount for row in rows)),
        carried=none,
        spent=_spent([one.spent for one in parts], [one.beyond for one in parts], chosen, known, ""),
        left=none,
        beyond=_spent([one.beyond for one in parts], [one.spent for one in parts], chosen, known, ""),
        pool=None,
    )


# ── the picture ───────────────────────────────────────────────────────────────────────────────────


def _drawn(rows: Sequence[Row], decimals: int) -> Columns:
    first, last = rows[0].slot, rows[-1].slot
    period = first.name if first == last else f"{first.name} to {last.name}"
    planned, over = sum(row.has_plan for row in rows), sum(row.is_over for row in rows)
    described = (
        f"A column for what was spent in each of {len(rows)} {first.size.word}s" if len(rows) > 1 else "A column"
    )
    return Columns.of(
        [_column(row, decimals) for row in rows],
        [Series(WITHIN_WORD, OTHERS), Series(OVER_WORD, OVER), Series(BEYOND_WORD, OTHERS)],
        decimals=decimals,
        title=f"Spending against what there was to spend, {period}",
        description=(
            f"{described}; short lines at the limit and, dashed, at what there was with moves and what was carried "
            f"over. More was spent than there was in {over} of {planned}. The figures are in the table below."
        ),
        steps=MONTHS if first.size is Size.MONTH else YEARS,
        id=CHART,
    )


def _column(row: Row, decimals: int) -> Column:
    slot, had = row.slot, row.had
    if had is None:
        amount = row.beyond.amount
        text = "nothing" if amount is None else shown(amount, decimals)
        whole = Figure(amount or ZERO, f"{slot.title}, without a limit: {text}", row.beyond.url)
        return Column(slot.word, whole, (None, None, whole if amount else None), is_running=slot.is_not_over)
    amount = row.spent.amount or ZERO
    text = "nothing" if row.spent.amount is None else shown(amount, decimals)
    there = format_amount(had, decimals)
    over = max(amount - max(had, ZERO), ZERO)
    words = f"{format_amount(over, decimals)} more than the {there} there was" if over else f"of {there} to spend"
    title, url = f"{slot.title}, {words}: {text}", row.spent.url
    limit = row.limit.amount
    return Column(
        slot.word,
        Figure(amount, title, url),
        (Figure(amount - over, title, url), Figure(over, title, url) if over else None, None),
        mark=_mark(f"{slot.name}, limit", row.limit, decimals) if limit is not None else None,
        second=_mark(f"{slot.name}, with moves and carry", row.to_spend, decimals) if had != (limit or ZERO) else None,
        is_running=slot.is_not_over,
    )


def _mark(words: str, one: Linked, decimals: int) -> Figure:
    amount = one.amount or ZERO
    return Figure(amount, f"{words}: {format_amount(amount, decimals)}", one.url)
