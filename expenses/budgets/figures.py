"""Reads what the arithmetic of a month needs: one query, whatever the number of expenses."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connections

from expenses.budgets.envelope import Figures, Leftover, Rule
from expenses.ledger.models import Spent
from expenses.shared.money import ZERO, from_units
from expenses.shared.months import LAST_MONTH, Month

if TYPE_CHECKING:
    from expenses.people.models import Household

Totals = dict[Month, dict[int, Spent]]  # by month and category id

# Limits, what the legs brought, what came in and what was spent, in one answer: as querysets they take Django longer
# to put together than any database to answer, and a database 20 ms away answers each of them.
PLAN = """
    SELECT 'limit', month, category_id, amount, 0, leftover, CAST(NULL AS date)
      FROM expenses_limit
     WHERE household_id = %(household)s AND month <= %(last)s
    UNION ALL
    SELECT 'moved', month, category_id, CAST(SUM(side * size) AS bigint), 0, '', NULL
      FROM expenses_transferleg
     WHERE household_id = %(household)s AND month <= %(last)s
     GROUP BY month, category_id
    UNION ALL
    SELECT 'income', 0, NULL, CAST(SUM(amount) AS bigint), 0, '', received_on
      FROM expenses_income
     WHERE household_id = %(household)s
     GROUP BY received_on
    UNION ALL
    SELECT 'spent', month, category_id, CAST(SUM(spent) AS bigint), SUM(count), '', NULL
      FROM expenses_monthtotal
     WHERE household_id = %(household)s AND month BETWEEN %(first)s AND %(last)s
       AND (%(always)s OR EXISTS (SELECT 1 FROM expenses_limit WHERE household_id = %(household)s)
                       OR EXISTS (SELECT 1 FROM expenses_transferleg WHERE household_id = %(household)s))
     GROUP BY month, category_id
    HAVING SUM(count) <> 0
     ORDER BY 2
"""


def read(household: "Household", *, until: Month | None = None) -> Figures:
    """The household's figures from `budget_from` to a month, or, without one, to the last month that has any. One
    query."""
    found, _ = read_with_totals(household, until=until)
    return found


def read_with_totals(
    household: "Household", *, first: Month | None = None, until: Month | None = None
) -> tuple[Figures, Totals]:
    """As `read`, and what each category cost in each month from the first one on (`budget_from`, where not given),
    which the figures leave out where it is before the budget begins. One query."""
    return _read(household, first or household.budget_from, until)


def read_where_planned(household: "Household", *, until: Month | None = None) -> Figures:
    """As `read`, but as if nothing was spent in a household that has neither a limit nor a move nor a pool, and so
    nothing to measure it by: of that one it reads next to nothing. One query."""
    found, _ = _read(household, household.budget_from, until, always=household.pool_from is not None)
    return found


def _read(household: "Household", first: Month, until: Month | None, *, always: bool = True) -> tuple[Figures, Totals]:
    starts_on = household.month_starts_on
    rules: dict[int, list[Rule]] = defaultdict(list)
    moved: dict[Month, dict[int, Decimal]] = defaultdict(dict)
    assigned: dict[Month, Decimal] = {}
    income: dict[Month, Decimal] = defaultdict(lambda: ZERO)
    spent: Totals = defaultdict(dict)
    for kind, number, category, units, count, leftover, day in _rows(household, first, until, always=always):
        amount = None if units is None else from_units(units)
        if kind == "income":
            received_on = day if isinstance(day, dt.date) else dt.date.fromisoformat(day)
            income[household.month_of(received_on)] += amount or ZERO
            continue
        month = Month.from_number(number, starts_on)
        if kind == "spent":
            spent[month][category] = Spent(amount or ZERO, count)
        elif kind == "limit":
            rules[category].append(Rule(month, amount, Leftover(leftover)))
        elif category is None:
            assigned[month] = amount or ZERO
        else:
            moved[month][category] = amount or ZERO
    since = household.month(household.budget_from)
    found = Figures(
        since=since,
        rules=dict(rules),
        moved=dict(moved),
        spent={
            month: {category: part.amount for category, part in parts.items()}
            for month, parts in spent.items()
            if month >= since
        },
        pool_from=household.month(household.pool_from) if household.pool_from else None,
        income=dict(income) if household.pool_from else {},
        assigned=assigned,
    )
    return found, spent


def _rows(household: "Household", first: Month, until: Month | None, *, always: bool) -> list[tuple[Any, ...]]:
    """The rows of `PLAN`, by month: kind, month, category (None: the pool), ten-thousandths (None: a limit ends),
    number of expenses, leftover of a limit, day of an income (a text where the database knows no dates). Unless
    `always`, what was spent is among them only where there is a limit or a move."""
    last = until or Month(*LAST_MONTH)
    values = {"household": household.pk, "first": first.number, "last": last.number, "always": always}
    with connections[household._state.db or DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(PLAN, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
