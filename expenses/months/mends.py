"""What needs somebody in the running month: overspent categories, each with the one that could pay for it."""

import uuid
from dataclasses import dataclass, field
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
    moving = Moving(household, overview.month, running=overview.month)
    if overview.figures:  # the page has read them
        moving.figures, moving.standing = overview.figures, overview.standing
    active = [line.category for line in overview.lines if not line.category.is_archived]
    return [
        Mend(
            line,
            line.envelope.over if line.envelope else ZERO,
            None if line.category.is_archived else next(iter(moving.payers(line.category, active)), None),
            alerts[line.category.pk],
        )
        for line in found
    ]
