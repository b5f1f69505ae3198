"""Why the figures of a month are what they are: each as its parts. No query."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from expenses.budgets.envelope import Envelope, Pool
from expenses.months.planned import Planned
from expenses.shared.money import ZERO
from expenses.shared.months import FIRST_YEAR, Month
from expenses.shared.paths import path_of
from expenses.shared.sums import Part, Sum, added, taken

if TYPE_CHECKING:
    from expenses.months.overview import CategoryLine, Overview


def counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def previous(month: Month) -> Month | None:
    """The month before, unless that is before 1900."""
    return None if (month.year, month.month) == (FIRST_YEAR, 1) else month.previous


class Sums:
    """The sums of a month; made once a page, as they share the addresses of what lies behind."""

    def __init__(self, month: Month) -> None:
        self.month = month
        self.before = previous(month)
        self.limits = path_of("budgets:index", month)
        self.incomes = f"{path_of('incomes:index')}?month={month}"
        self.expenses = f"{path_of('expenses:index')}?month={month}"
        self.moves = f"{path_of('transfers:index')}?month={month}"
        self.month_before = path_of("months:show", self.before) if self.before else ""

    def expenses_of(self, category: int) -> str:
        return f"{self.expenses}&category={category}"

    def moves_of(self, category: int | str) -> str:
        return f"{self.moves}&category={category}"

    @property
    def _before(self) -> str:
        return self.before.short_name if self.before else ""

    # ── a category ──

    def left_in(self, line: "CategoryLine", envelope: Envelope) -> Sum:
        """What is left in a category with a plan."""
        pk, parts = line.category.pk, [self._limit(envelope.limit, line.limit_since)]
        for move in line.moves:
            words = f"{'to' if move.amount < 0 else 'from'} {move.other}, "
            parts.append(added(move.amount, "Moved ", words, self.moves_of(pk), on=move.on))
        if envelope.moved and not line.moves:
            parts.append(added(envelope.moved, "Moved ", "in several moves", self.moves_of(pk)))
        if envelope.carried:
            words = "To pay back " if envelope.carried < 0 else "Carried over "
            url = f"{self.month_before}#category-{pk}"
            parts.append(added(envelope.carried, words, f"from {self._before}", url))
        parts.append(self._spent(envelope.spent, line.spent.count, self.expenses_of(pk)))
        return Sum(parts, envelope.left, "Left")

    def _limit(self, limit: Decimal | None, since: Month | None) -> Part:
        if limit is None:
            return added(ZERO, "No limit")
        if since is None:
            return added(limit, "Limit")
        if since == self.month:
            words = f"of {since.short_name}"
        else:
            words = f"since {since.short_name if since.year == self.month.year else since.name}"
        return added(limit, "Limit, ", words, self.limits)

    def spent_in(self, line: "CategoryLine") -> Sum:
        """What was spent in a category, by what it was the month before."""
        pk, parts = line.category.pk, []
        if self.before:
            url = f"{path_of('expenses:index')}?month={self.before}&category={pk}"
            words = "Less this month" if line.change < 0 else "More this month"
            parts = [added(line.before.amount, linked=self._before, url=url), added(line.change, words)]
        count = counted(line.spent.count, "expense")
        return Sum(
            parts, line.spent.amount, linked=count, url=self.expenses_of(pk), more=f" in {self.month.short_name}"
        )

    # ── the month ──

    def left(self, planned: Planned) -> Sum:
        parts = [
            added(
                planned.limits,
                linked=f"Limits of {counted(planned.limited, 'category', 'categories')}",
                url=self.limits,
            )
        ]
        if planned.moved:
            words = f"{'Given back' if planned.moved < 0 else 'Assigned'} in {self.month.short_name}"
            parts.append(added(planned.moved, linked=words, url=self.moves_of("pool")))
        if planned.carried:
            words = "To pay back " if planned.carried < 0 else "Carried over "
            parts.append(added(planned.carried, words, f"from {self._before}", self.month_before))
        parts.append(self._spent(planned.spent.amount, planned.spent.count, self.expenses))
        return Sum(parts, planned.left, "Left")

    def _spent(self, amount: Decimal, count: int, url: str) -> Part:
        words = "Came back" if amount < 0 else "Spent"
        return taken(amount, f"{words} in ", counted(count, "expense"), url) if count else taken(amount, words)

    def spent(self, lines: "Iterable[CategoryLine]", total: Decimal) -> Sum:
        parts = [
            added(line.spent.amount, linked=str(line.category), url=self.expenses_of(line.category.pk))
            for line in lines
        ]
        return Sum(parts, total, "Spent")

    def free(self, planned: Planned) -> Sum:
        """What may still be spent: without what is put by or still due, nothing less for what is over, which is spent
        already."""
        parts = [added(planned.left, f"{'Over' if planned.left < 0 else 'Left'} in {self.month.short_name}")]
        if planned.over:
            parts.append(added(planned.over, f"Over in {_named(planned.overspent)}"))
        if planned.put_by:
            parts.append(taken(planned.put_by, f"Put by in {_named(planned.saving)}"))
        if planned.due:
            parts.append(taken(planned.due, linked="Still due", url="#due", more=" and paid out of these"))
        return Sum(parts, planned.free, "Free to spend")

    def change(self, overview: "Overview", before: Month) -> Sum:
        url = f"{path_of('expenses:index')}?month={before}"
        parts = [
            added(overview.spent.amount, linked=f"Spent in {self.month.short_name}", url=self.expenses),
            taken(overview.before.amount, linked=f"Spent in {before.short_name}", url=url),
        ]
        return Sum(parts, overview.change, "Change")

    def pool(self, pool: Pool) -> Sum:
        before, month = self._before, self.month.short_name
        parts = []
        if pool.before:
            words = "Planned too much " if pool.before < 0 else "Not assigned "
            parts.append(added(pool.before, words, f"in {before}", self.month_before))
        parts.append(added(pool.income, linked=f"Income in {month}", url=self.incomes))
        if pool.returned:
            parts.append(added(pool.returned, "Given back by categories ", f"as {before} ended", self.month_before))
        if pool.assigned:
            words = "Moved to categories" if pool.assigned < 0 else "Moved back"
            parts.append(added(pool.assigned, linked=words, url=self.moves_of("pool")))
        parts.append(taken(pool.limits, linked=f"Limits of {month}", url=self.limits))
        if pool.overspent:
            parts.append(taken(pool.overspent, "Spent beyond what there was ", f"in {before}", self.month_before))
        if pool.carried:
            words = "To be paid back by categories, " if pool.carried < 0 else "In categories already, "
            parts.append(taken(pool.carried, words, f"from {before}", self.month_before))
        return Sum(parts, pool.amount, "To assign")


def _named(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} categories"
