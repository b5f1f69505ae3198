"""What is told after a write: what it left, and what it raised."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from expenses.alerts.notices import Notice
from expenses.budgets.envelope import Figures, standing
from expenses.shared.money import format_amount
from expenses.shared.months import Month

if TYPE_CHECKING:
    from expenses.ledger.models import Expense

NAMED = 5  # categories


def left(figures: Figures, expense: "Expense", *, running: Month) -> str:
    """“Food: 29.90 left.”, of the month the expense lies in; nothing for a category without a plan there."""
    household = expense.household
    month = household.month_of(expense.spent_on)
    now = standing(figures, month)
    envelope = now.envelopes.get(expense.category_id) if now else None
    if envelope is None or not envelope.is_planned:
        return ""
    amount = format_amount(abs(envelope.left), household.decimals)
    name = month.short_name if month.year == running.year else month.name
    where = "" if month == running else f" in {name}"
    return f"{expense.category}: {amount} {'over' if envelope.is_over else 'left'}{where}."


def digest(raised: Sequence[Notice]) -> str:
    """“3 categories are over or near their limits: Dining, Food and Fun.”"""
    over = sum(notice.is_over for notice in raised)
    what = {len(raised): "over", 0: "near"}.get(over, "over or near")
    names = [notice.name for notice in raised]
    if len(names) > NAMED:
        names = [*names[: NAMED - 1], f"{len(names) - NAMED + 1} more"]
    return f"{len(raised)} categories are {what} their limits: {', '.join(names[:-1])} and {names[-1]}."
