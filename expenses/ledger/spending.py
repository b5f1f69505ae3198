"""What was spent: whole months from the monthly totals, the days at the edges from the rows.

So a figure over ten years costs no more than one over a month, however many expenses there are.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from expenses.ledger.models import Spent
from expenses.shared.money import ZERO
from expenses.shared.months import Month
from expenses.shared.periods import Period

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from expenses.people.models import Household

NOTHING = Spent(ZERO, 0)


def add(parts: Iterable[Spent]) -> Spent:
    """What several spendings come to."""
    amount, count = ZERO, 0
    for part in parts:
        amount += part.amount
        count += part.count
    return Spent(amount, count)


def gross(parts: Iterable[Spent]) -> Decimal:
    """What shares and bars are measured by: the parts together, without those that came out as a refund."""
    return sum((part.amount for part in parts if part.amount > 0), ZERO)


def by_category(
    household: "Household",
    period: Period,
    *,
    categories: Collection[int] = (),
    members: Collection[int] = (),
) -> dict[int, Spent]:
    """What each category cost in a period, by its id; narrowed to some categories and members where given.

    One query: the totals of the whole months, and the rows of the days at the edges.
    """
    starts_on = household.month_starts_on
    parts = []
    if months := period.whole_months(starts_on):
        totals = household.month_totals.filter(month__range=months)
        parts.append(totals.narrowed(categories=categories, members=members).sums_by_category())
    for edge in period.edges(starts_on):
        rows = household.expenses.between(edge.first, edge.last)
        parts.append(rows.narrowed(categories=categories, members=members).sums_by_category())
    first, *others = parts
    sums: dict[int, list[Spent]] = defaultdict(list)
    for category, amount, count in first.union(*others, all=True).order_by() if others else first:
        sums[category].append(Spent(amount, count))
    return {category: spent for category, found in sums.items() if (spent := add(found)).count}


def by(
    household: "Household",
    period: Period,
    *names: str,
    categories: Collection[int] = (),
    members: Collection[int] = (),
) -> dict[tuple[Any, ...], Spent]:
    """What was spent in a period, told apart by some of "month", "category" and "member", in that order of the key:
    `by(household, period, "month", "category")` is {(Month, category id): Spent}. A month is the household's, and has
    in it only what lies in the period. What has no expense is not named. Narrowed as `by_category`.

    One query: the totals of the whole months, and the rows of the days at the edges.
    """
    starts_on = household.month_starts_on
    parts: list[QuerySet[Any, Any]] = []
    if months := period.whole_months(starts_on):
        totals = household.month_totals.filter(month__range=months)
        parts.append(totals.narrowed(categories=categories, members=members).sums_by(*names))
    for edge in period.edges(starts_on):
        rows = household.expenses.between(edge.first, edge.last)
        parts.append(rows.narrowed(categories=categories, members=members).sums_by(*names, starts_on=starts_on))
    first, *others = parts
    return by_key(first.union(*others, all=True).order_by() if others else first, names, starts_on=starts_on)


def by_key(rows: Iterable[tuple[Any, ...]], names: Sequence[str], *, starts_on: int) -> dict[tuple[Any, ...], Spent]:
    """Rows of `sums_by`, those of one key together; a month's number becomes the month."""
    sums: dict[tuple[Any, ...], list[Spent]] = defaultdict(list)
    for *key, amount, count in rows:
        sums[tuple(key)].append(Spent(amount, count))
    at = names.index("month") if "month" in names else None

    def read(key: tuple[Any, ...]) -> tuple[Any, ...]:
        return key if at is None else (*key[:at], Month.from_number(key[at], starts_on), *key[at + 1 :])

    return {read(key): spent for key, found in sums.items() if (spent := add(found)).count}


def first_month(household: "Household") -> Month | None:
    """The month of the oldest expense; None while there is none. One query."""
    first = household.month_totals.filter(count__gt=0).order_by("month").values_list("month", flat=True).first()
    return household.month(first) if first else None


def first_and_last_month(household: "Household") -> tuple[Month, Month] | None:
    """The months of the oldest and of the newest expense; None while there is none."""
    held = household.month_totals.filter(count__gt=0).order_by("month").values_list("month", flat=True)
    first, last = held.first(), held.last()
    return (household.month(first), household.month(last)) if first and last else None
