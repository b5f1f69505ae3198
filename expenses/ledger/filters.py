"""Which expenses are looked at: the list, bulk changes, reports and exports all take one of these."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode

from expenses.ledger import spending
from expenses.ledger.models import SHORT_SEARCH, is_short_search
from expenses.shared.money import format_amount, format_plain
from expenses.shared.periods import Period

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.ledger.models import ExpenseQuerySet, PaymentMethod, Spent
    from expenses.people.models import Household, User
    from expenses.shared.months import Month

NO_METHOD = "none"  # `method=none` in the URL: those of which nobody said how they were paid


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing the list is narrowed by, and the query string without it."""

    text: str
    without: str
    color: str = ""


@dataclass(frozen=True)
class ExpenseFilter:
    """What the list is narrowed by; what is empty narrows nothing. Read from a URL by `forms.FilterForm`."""

    household: "Household"
    q: str = ""
    categories: tuple["Category", ...] = ()
    month: "Month | None" = None  # with the household's days
    first: dt.date | None = None
    last: dt.date | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    methods: tuple["PaymentMethod", ...] = ()
    or_no_method: bool = False
    members: tuple["User", ...] = ()

    # ── rows and sums ──

    def rows(self) -> "ExpenseQuerySet":
        """The expenses, in no order yet."""
        found = self.household.expenses.between(self.period.first, self.period.last)
        found = found.narrowed(categories=_ids(self.categories), members=_ids(self.members))
        found = found.costing(self.at_least, self.at_most)
        found = found.paid_with(_ids(self.methods), or_unknown=self.or_no_method)
        return found.matching(self.q)

    @property
    def period(self) -> Period:
        """The days that are left of the month and the two dates."""
        if self.month is None:
            return Period(self.first, self.last)
        first, last = self.month.start, self.month.last_day
        return Period(max(first, self.first or first), min(last, self.last or last))

    @property
    def is_quick(self) -> bool:
        """Whether its sums stand in the monthly totals, but for the days that cut a month: then one query gives them
        at once, however many expenses there are."""
        first, last = self.period.first, self.period.last
        looks_at_rows = self.q or self.methods or self.or_no_method or self.at_least is not None
        return not (looks_at_rows or self.at_most is not None or (first and last and last < first))

    def by_category(self) -> "dict[int, Spent]":
        """What each category cost, by its id: from the monthly totals as far as they reach, else from the rows."""
        if not self.is_quick:
            return self.rows().by_category()
        return spending.by_category(
            self.household, self.period, categories=_ids(self.categories), members=_ids(self.members)
        )

    def by(self, *names: str) -> "dict[tuple[Any, ...], Spent]":
        """What was spent, told apart by some of "month", "category" and "member": `by("month", "category")` is
        {(Month, category id): Spent}. One query: from the monthly totals as far as they reach, else from the rows."""
        if not self.is_quick:
            starts_on = self.household.month_starts_on
            return spending.by_key(self.rows().sums_by(*names, starts_on=starts_on), names, starts_on=starts_on)
        return spending.by(
            self.household, self.period, *names, categories=_ids(self.categories), members=_ids(self.members)
        )

    def totals(self) -> "Spent":
        """What all of it comes to."""
        return spending.add(self.by_category().values())

    # ── in the URL ──

    @property
    def query(self) -> str:
        """The query string that reads back as this filter; empty for all expenses."""
        return urlencode(self._pairs())

    def _pairs(self) -> list[tuple[str, Any]]:
        decimals = self.household.decimals
        single = [
            ("q", self.q),
            ("month", self.month),
            ("from", self.first),
            ("to", self.last),
            ("at_least", None if self.at_least is None else format_plain(self.at_least, decimals)),
            ("at_most", None if self.at_most is None else format_plain(self.at_most, decimals)),
        ]
        several: list[tuple[str, Any]] = [("category", pk) for pk in _ids(self.categories)]
        several += [("method", pk) for pk in _ids(self.methods)]
        several += [("method", NO_METHOD)] * self.or_no_method
        several += [("member", pk) for pk in _ids(self.members)]
        return [(name, str(value)) for name, value in [*single, *several] if value not in (None, "")]

    def but(self, **changes: Any) -> Self:
        """The same filter with these changed."""
        return replace(self, **changes)

    # ── in words ──

    @property
    def chips(self) -> list[Chip]:
        """What narrows the list, each with the way out of it."""
        chips = [Chip(f"“{self.q}”", self.but(q="").query)] if self.q else []
        if self.month:
            chips.append(Chip(self.month.name, self.but(month=None).query))
        if self.first or self.last:
            chips.append(Chip(str(Period(self.first, self.last)), self.but(first=None, last=None).query))
        chips += [
            Chip(str(one), self.but(categories=_except(self.categories, one)).query, one.color)
            for one in self.categories
        ]
        chips += [Chip(str(one), self.but(methods=_except(self.methods, one)).query) for one in self.methods]
        if self.or_no_method:
            chips.append(Chip("no payment method", self.but(or_no_method=False).query))
        if self.at_least is not None or self.at_most is not None:
            chips.append(Chip(self._amounts(), self.but(at_least=None, at_most=None).query))
        chips += [Chip(f"by {one}", self.but(members=_except(self.members, one)).query) for one in self.members]
        return chips

    def _amounts(self) -> str:
        decimals = self.household.decimals
        if self.at_least is None:
            return f"at most {format_amount(self.at_most or Decimal(0), decimals)}"
        if self.at_most is None:
            return f"at least {format_amount(self.at_least, decimals)}"
        return f"{format_amount(self.at_least, decimals)} to {format_amount(self.at_most, decimals)}"

    @property
    def sentence(self) -> str:
        """“coffee”, November 2026, Food; or: all expenses."""
        return ", ".join(chip.text for chip in self.chips) or "all expenses"

    @property
    def note(self) -> str:
        """What the person must know about the search, or nothing."""
        if not is_short_search(self.q):
            return ""
        return f"One or two letters are looked for in the newest {SHORT_SEARCH:,} expenses only."


def _ids(rows: Iterable[Any]) -> list[int]:
    return [row.pk for row in rows]


def _except(rows: tuple[Any, ...], one: Any) -> tuple[Any, ...]:
    return tuple(row for row in rows if row != one)
