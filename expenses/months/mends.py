"""What needs somebody in the running month: overspent categories, each with the one that could pay for it."""

import uuid
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from expenses.alerts.notices import of_month
from expenses.budgets.moving import Moving, Payer
from expenses.months.overview import CategoryLine, Overview
from expenses.shared.money import ZERO

if TYPE_CHECKING:
    from expenses.people.models import Household


@dataclass(frozen=True, slots=True)
class Mend:
    line: CategoryLine
    over: Decimal  # positive
    payer: Payer | None  # None where nobody has anything left, or the category is archived
    alert: int  # what a dismissal names
    key: uuid.UUID = field(default_factory=uuid.uuid4)  # the same button pressed twice covers once


def mends(household: "Household", overview: Overview) -> list[Mend]:
    """The worst first; only what the alerts have to say, so that what was dismissed stays away. No query."""
    if not overview.is_running:
        return []
    alerts = {
        notice.category: notice.alert for notice in of_month(household.notices, overview.month) if notice.is_over
    }
    found = [line for line in overview.over if line.category.pk in alerts]
    return [
        Mend(
            line,
            line.envelope.over if line.envelope else ZERO,
            _payer(household, overview, line),
            alerts[line.category.pk],
        )
        for line in found
    ]


def _payer(household: "Household", overview: Overview, line: CategoryLine) -> Payer | None:
    """The category that can give the most, or else the pool: what that can give takes looking at all months."""
    if line.category.is_archived or overview.figures is None or overview.standing is None:
        return None
    active = [other.category for other in overview.lines if not other.category.is_archived]
    moving = Moving(household, overview.month, running=overview.month)
    moving.figures = overview.figures  # the page has read them
    for standing in (replace(overview.standing, pool=None), overview.standing):
        moving.standing = standing
        if payers := moving.payers(line.category, active, overview.bills.due):
            return payers[0]
    return None
