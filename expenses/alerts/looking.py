"""Compares the running month with the alerts there are, and writes what differs."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from expenses.alerts.crossing import Crossing, Spending, Threshold, cross
from expenses.alerts.models import Alert
from expenses.alerts.notices import Notice, in_order
from expenses.budgets import figures
from expenses.budgets.envelope import NO_RULE, Envelope, Figures, Standing, standing
from expenses.recurring import coming
from expenses.recurring.coming import Bills
from expenses.shared.money import ZERO
from expenses.shared.months import Month

if TYPE_CHECKING:
    from expenses.people.models import Household

TRIES = 5  # looks, where others change the figures meanwhile
NOTHING = Envelope(None, NO_RULE)
CHANGING = ["armed", "round", "raised_at", "emailed_at", "dismissed_at"]


@dataclass(frozen=True)
class Seen:
    """What a look found: the figures that it read, what it raised, and all that was raised in this round and is true,
    whether a page still says so or somebody dismissed it."""

    figures: Figures
    raised: list[Notice]
    true: list[Notice]


def look(
    household: "Household", *, on: dt.date, loud: bool = True, raising: bool = True, until: Month | None = None
) -> Seen:
    """Bring the alerts of the running month, and what pages say of them, up to date.

    `on` is today. What is raised is mailed later only where `loud`; without `raising` the state is taken over and
    nothing is said. The figures given back reach to `until`, where that is later than the running month.

    Where nothing differs it takes three queries, and one in a household without a plan. What differs is written
    under the household's lock, by figures read again behind it; then it looks once more, for what somebody else wrote
    meanwhile.
    """
    found = View.of(household, on, until)
    raised: list[Notice] = []
    for _ in range(TRIES):
        if not found.differs:
            break
        with transaction.atomic():
            raised += View.of(household.locked(), on, until).write(loud=loud, raising=raising)
        found = View.of(household, on, until)
    return Seen(found.figures, raised, found.true)


@dataclass(frozen=True)
class View:
    """The running month as it stands, beside the alerts as they are written."""

    household: "Household"
    month: Month
    figures: Figures
    alerts: dict[tuple[int, Threshold], Alert]
    bills: Bills = field(default_factory=Bills)

    @classmethod
    def of(cls, household: "Household", on: dt.date, until: Month | None = None) -> "View":
        month = household.month_of(on)
        last = max(month, until) if until else month
        read = figures.read_where_planned(household, until=last)
        view = cls(household, month, read, {})
        if not (read.rules or read.moved or view.planned):  # nothing to measure spending against
            return view
        found = list(household.alerts.in_month(month).with_names())
        alerts = {(alert.category_id, Threshold(alert.threshold)): alert for alert in found}
        fresh = found[0].household if found else household  # what pages say may have been written meanwhile
        return cls(fresh, month, read, alerts, coming.read(household, month, on=on))

    @cached_property
    def envelopes(self) -> dict[int, Envelope]:
        """The categories that can warn, or have: those with a plan, and those with an alert."""
        there = self.now.envelopes if self.now else {}
        return {category: there.get(category, NOTHING) for category in self.planned | {pk for pk, _ in self.alerts}}

    @cached_property
    def now(self) -> Standing | None:
        return standing(self.figures, self.month)

    @cached_property
    def planned(self) -> set[int]:
        return set(self.figures.planned(self.now)) if self.now else set()

    @cached_property
    def due(self) -> dict[int, Decimal]:
        return self.bills.due

    @cached_property
    def crossings(self) -> dict[int, Crossing]:
        return {
            category: cross(
                Spending(envelope.had, envelope.spent, self.bills.posted.get(category, ZERO), self._due(category)),
                is_planned=category in self.planned,
                armed=self._armed(category),
            )
            for category, envelope in self.envelopes.items()
        }

    def _due(self, category: int) -> Decimal:
        return self.due.get(category, ZERO)

    def _armed(self, category: int) -> frozenset[Threshold]:
        """An alert not written yet was never crossed."""
        gone = {threshold for pk, threshold in self.alerts if pk == category}
        armed = {threshold for threshold in gone if self.alerts[category, threshold].armed}
        return frozenset(armed | (set(Threshold) - gone))

    @property
    def differs(self) -> bool:
        changed = any(crossing.armed != self._armed(category) for category, crossing in self.crossings.items())
        return changed or self._stored(self.alerts) != self.household.notices

    @property
    def true(self) -> list[Notice]:
        return self._notices({key: alert for key, alert in self.alerts.items() if alert.raised_at})

    def write(self, *, loud: bool, raising: bool) -> list[Notice]:
        """Write what differs, and give what was raised. To be called under the household's lock, on figures read
        behind it."""
        at = timezone.now()
        changed: dict[tuple[int, Threshold], Alert] = {}
        for category, crossing in self.crossings.items():
            changed |= self._cross(category, crossing, at=at, loud=loud, raising=raising)
        Alert.objects.bulk_update([alert for alert in changed.values() if alert.pk], CHANGING)
        Alert.objects.bulk_create(self._named([alert for alert in changed.values() if not alert.pk]))
        self._tell(self.alerts | changed)
        return self._notices({key: alert for key, alert in changed.items() if alert.raised_at == at})

    def _cross(
        self, category: int, crossing: Crossing, *, at: dt.datetime, loud: bool, raising: bool
    ) -> dict[tuple[int, Threshold], Alert]:
        """The alerts of a category that change, in memory."""
        changed = {}
        for threshold in crossing.armed ^ self._armed(category):
            alert = self.alerts.get((category, threshold)) or Alert(
                household=self.household, category_id=category, month=self.month, threshold=threshold
            )
            if threshold in crossing.armed:
                alert.arm()
            else:
                alert.disarm()
            changed[category, threshold] = alert
        if crossing.raised:
            highest = changed[category, crossing.raised]
            highest.raised_at = at if raising else None
            highest.emailed_at = None if loud and raising else at
            for threshold in (lower for lower in Threshold if lower < crossing.raised):
                key = category, threshold  # it disarms with the higher one, or did before: its row is there
                overtaken = changed[key] = changed.get(key) or self.alerts[key]
                overtaken.emailed_at = overtaken.emailed_at or at
        return changed

    def _named(self, alerts: list[Alert]) -> list[Alert]:
        """The same, each with its category, whose name will be told."""
        categories = self.household.categories.in_bulk({alert.category_id for alert in alerts}) if alerts else {}
        for alert in alerts:
            alert.category = categories[alert.category_id]
        return alerts

    def _tell(self, alerts: dict[tuple[int, Threshold], Alert]) -> None:
        """Let pages say what is true, and no more than that."""
        stored = self._stored(alerts)
        if stored != self.household.notices:
            self.household.notices = stored
            self.household.save(update_fields=["notices"])

    def _stored(self, alerts: dict[tuple[int, Threshold], Alert]) -> list[dict[str, Any]]:
        shown = {key: alert for key, alert in alerts.items() if alert.is_shown}
        return [notice.stored() for notice in self._notices(shown)]

    def _notices(self, alerts: dict[tuple[int, Threshold], Alert]) -> list[Notice]:
        """What there is to say of those that are true."""
        return in_order(
            Notice(
                alert.pk,
                self.month,
                category,
                alert.category.name,
                threshold,
                self.envelopes[category].left,
                self._due(category),
            )
            for (category, threshold), alert in alerts.items()
            if self.crossings[category].true == threshold
        )
