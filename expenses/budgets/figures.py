"""Reads what the arithmetic of a month needs: four queries, whatever the number of expenses."""

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from expenses.budgets.envelope import Figures
from expenses.ledger import spending
from expenses.ledger.models import Spent
from expenses.shared.money import ZERO
from expenses.shared.months import Month

if TYPE_CHECKING:
    from expenses.people.models import Household

Totals = dict[Month, dict[int, Spent]]  # by month and category id


def read(household: "Household", *, until: Month | None = None) -> Figures:
    """The household's figures from `budget_from` to a month, or, without one, to the last month that has a limit or a
    move. Four queries, three where there is no pool."""
    return from_totals(household, totals(household, until=until), until=until)


def totals(household: "Household", *, until: Month | None = None) -> Totals:
    """What each category cost in each month from `budget_from` on; one query."""
    return spending.by_month_and_category(household, household.budget_from, until)


def from_totals(household: "Household", spent: Totals, *, until: Month | None = None) -> Figures:
    """As `read`, where what was spent is known already."""
    since = household.month(household.budget_from)
    moved, assigned = _moved(household, until)
    return Figures(
        since=since,
        rules=household.limits.until(until).rules(household),
        moved=moved,
        spent={
            month: {category: part.amount for category, part in parts.items()}
            for month, parts in spent.items()
            if month >= since
        },
        pool_from=household.month(household.pool_from) if household.pool_from else None,
        income=household.incomes.by_month(household) if household.pool_from else {},
        assigned=assigned,
    )


def _moved(
    household: "Household", until: Month | None
) -> tuple[dict[Month, dict[int, Decimal]], dict[Month, Decimal]]:
    """What the legs brought each category, and the pool, by month."""
    moved: dict[Month, dict[int, Decimal]] = defaultdict(dict)
    assigned: dict[Month, Decimal] = defaultdict(lambda: ZERO)
    for month, category, amount in household.transfer_legs.until(until).sums():
        if category is None:
            assigned[household.month(month)] += amount
        else:
            moved[household.month(month)][category] = amount
    return dict(moved), dict(assigned)
