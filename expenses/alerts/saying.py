"""What is told of alerts after a write, and in a mail."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from expenses.alerts.notices import Notice
from expenses.budgets.envelope import Figures, standing
from expenses.shared.money import format_amount
from expenses.shared.months import Month
from expenses.shared.text import without_controls

if TYPE_CHECKING:
    from expenses.ledger.models import Expense

NAMED = 5  # categories


def left(figures: Figures, expense: "Expense", *, running: Month) -> str:
    """“Food: 29.90 left.”, of the month the expense lies in; nothing for a category without a plan there."""
    household = expense.household
    month = household.month_of(expense.spent_on)
    now = standing(figures, month)
    envelope = figures.planned(now).get(expense.category_id) if now else None
    if envelope is None:
        return ""
    amount = format_amount(abs(envelope.left), household.decimals)
    name = month.short_name if month.year == running.year else month.name
    where = "" if month == running else f" in {name}"
    return f"{expense.category}: {amount} {'over' if envelope.is_over else 'left'}{where}."


def sentence(notice: Notice, decimals: int) -> str:
    """“Dining is 18.40 over its limit.”, “Food is near its limit: 60.00 left, and 40.00 still due.”"""
    amount = format_amount(abs(notice.left), decimals)
    if notice.is_over:
        return f"{notice.name} is {amount} over its limit."
    due = f", and {format_amount(notice.due, decimals)} still due" if notice.due else ""
    return f"{notice.name} is near its limit: {amount} left{due}."


def subject(notices: Sequence[Notice]) -> str:
    """Of a mail: “Dining is over its limit”, on one line whatever the name."""
    if len(notices) > 1:
        return _of_several(notices)
    text = f"{notices[0].name} is {notices[0].threshold.label}"
    return " ".join(without_controls(text).split())


def digest(raised: Sequence[Notice]) -> str:
    """“3 categories are over or near their limits: Dining, Food and Fun.”"""
    names = [notice.name for notice in raised]
    if len(names) > NAMED:
        names = [*names[: NAMED - 1], f"{len(names) - NAMED + 1} more"]
    return f"{_of_several(raised)}: {', '.join(names[:-1])} and {names[-1]}."


def _of_several(notices: Sequence[Notice]) -> str:
    over = sum(notice.is_over for notice in notices)
    what = {len(notices): "over", 0: "near"}.get(over, "over or near")
    return f"{len(notices)} categories are {what} their limits"
