"""A household as plain lists, and the arithmetic of its months as design says it, as slowly as it can be said.

Nothing here comes from what it is compared with: months are counted by looking at days, amounts are whole cents, and
every figure is asked anew from the lists, back to the first month. Months are numbers: 24322 is November 2026.
"""

import datetime as dt
from dataclasses import dataclass, field
from functools import cache


def number(year: int, month: int) -> int:
    return year * 12 + month - 1


def first_day(month: int, starts_on: int) -> dt.date:
    """A month is named for where most of its days are: one that starts after the 15th starts in the one before."""
    year, of_year = divmod(month if starts_on <= 15 else month - 1, 12)
    return dt.date(year, of_year + 1, starts_on)


def month_of(day: dt.date, starts_on: int) -> int:
    here = number(day.year, day.month)
    found = [month for month in (here - 1, here, here + 1) if first_day(month, starts_on) <= day]
    return max(found)


@dataclass
class Plain:
    """What a household has written down; categories are numbers, the pool is None."""

    since: int
    pool_from: int | None = None
    starts_on: int = 1
    limits: list[tuple[int, int, int | None, str]] = field(default_factory=list)  # month, category, cents, leftover
    expenses: list[tuple[dt.date, int, int]] = field(default_factory=list)  # day, category, cents
    incomes: list[tuple[dt.date, int]] = field(default_factory=list)
    moves: list[tuple[int, int | None, int | None, int]] = field(default_factory=list)  # month, from, to, cents

    @property
    def categories(self) -> set[int]:
        named = {category for _, category, *_ in [*self.limits, *self.expenses]}
        return named | {side for _, source, to, _ in self.moves for side in (source, to) if side is not None}

    @property
    def pool_since(self) -> int | None:
        return None if self.pool_from is None else max(self.pool_from, self.since)


class Slow:
    """The formulas of design.md, word by word."""

    def __init__(self, plain: Plain) -> None:
        self.plain = plain
        # A cache of each figure changes none: without it a month would be asked twice as often as the next one.
        self.left = cache(self._left)
        self.pool = cache(self._pool)

    def rule(self, category, month):
        """The newest limit with month ≤ this one."""
        rules = [row for row in self.plain.limits if row[1] == category and row[0] <= month]
        return max(rules, key=lambda row: row[0]) if rules else None

    def limit(self, category, month):
        rule = self.rule(category, month)
        return rule[2] if rule and rule[2] is not None else 0

    def moved(self, category, month):
        came = sum(cents for when, _, to, cents in self.plain.moves if when == month and to == category)
        return came - sum(cents for when, source, _, cents in self.plain.moves if when == month and source == category)

    def spent(self, category, month):
        return sum(
            cents
            for day, where, cents in self.plain.expenses
            if where == category and month_of(day, self.plain.starts_on) == month
        )

    def _left(self, category, month):
        had = self.limit(category, month) + self.moved(category, month) + self.carried(category, month)
        return had - self.spent(category, month)

    def carried(self, category, month):
        if month <= self.plain.since:
            return 0
        left = self.left(category, month - 1)
        rule = self.rule(category, month - 1)
        leftover = rule[3] if rule else "surplus"
        if leftover == "all":
            return left
        if leftover == "none":
            return 0
        return left if left > 0 else 0

    def income(self, month):
        return sum(cents for day, cents in self.plain.incomes if month_of(day, self.plain.starts_on) == month)

    def _pool(self, month):
        """None while there is no pool."""
        since = self.plain.pool_since
        if since is None or month < since:
            return None
        everything = self.plain.categories
        flow = self.income(month) + self.moved(None, month) - sum(self.limit(c, month) for c in everything)
        if month == since:
            return flow - sum(self.carried(c, month) for c in everything)
        closed = sum(self.left(c, month - 1) - self.carried(c, month) for c in everything)
        return self.pool(month - 1) + flow + closed

    def income_less_spending(self, first, last):
        """From the first day of a month to the last day of another one, by date."""
        begin, end = first_day(first, self.plain.starts_on), first_day(last + 1, self.plain.starts_on)
        income = sum(cents for day, cents in self.plain.incomes if begin <= day < end)
        return income - sum(cents for day, _, cents in self.plain.expenses if begin <= day < end)
