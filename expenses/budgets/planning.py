"""What limits are set by: those in force and those that come later, what was spent before, what a change does."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from expenses.budgets import figures as reading
from expenses.budgets.envelope import (
    NO_RULE,
    FigureChange,
    Figures,
    Leftover,
    Rule,
    changes,
    in_force,
    rules_set,
    standing,
)
from expenses.budgets.models import Setting
from expenses.ledger import spending
from expenses.shared.money import ZERO, rounded
from expenses.shared.months import FIRST_YEAR, LAST_YEAR, Month

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.people.models import Household

# The three in few words, for a column.
LEFTOVERS = {Leftover.SURPLUS: "Keep what is left", Leftover.ALL: "Keep overspending too", Leftover.NONE: "Start anew"}

COMPARED = 3  # months before, of whose spending the mean is taken


@dataclass(frozen=True, slots=True)
class Line:
    """A category in the plan of a month. What was spent is in the model's sign: spending positive."""

    category: "Category"
    rule: Rule | None  # in force in the month; it may be one that ends the limit
    before: Rule | None  # in force in the month before
    later: list[Rule]  # set for later months
    spent: Decimal  # in the month before
    mean: Decimal  # a month, of the months compared

    @property
    def setting(self) -> Setting:
        return _setting(self.rule)

    @property
    def setting_before(self) -> Setting:
        return _setting(self.before)

    @property
    def limit(self) -> Decimal | None:
        return self.rule.amount if self.rule else None

    @property
    def leftover_words(self) -> str:
        return LEFTOVERS[self.setting.leftover]

    @property
    def is_open(self) -> bool:
        """Whether its limit may be set."""
        return not self.category.is_archived


def _setting(rule: Rule | None) -> Setting:
    return Setting(rule.amount, rule.leftover) if rule else Setting(None, NO_RULE)


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a change does to what is left in a category, or to assign (None), month by month."""

    category: "Category | None"
    changes: list[FigureChange]

    @property
    def last(self) -> FigureChange:
        return self.changes[-1]


@dataclass(frozen=True)
class Plan:
    """The limits of a month: of the categories in use, and of archived ones whose limit is still in force."""

    household: "Household"
    month: Month
    lines: list[Line]
    compared: list[Month]  # the oldest first; of the three months before, those since something was written down
    figures: Figures

    @classmethod
    def of(cls, household: "Household", month: Month, categories: "Iterable[Category] | None" = None) -> "Plan":
        """Of all categories, or of some: four queries at most, one of them for all categories. Of a month before the
        budget begins there is no plan, and nothing is asked but the categories."""
        rows = list(household.categories.in_order() if categories is None else categories)
        since = household.month(household.budget_from)
        if month < since:
            return cls(household, month, [], [], Figures(since=since))
        earlier = _months_before(month)
        figures, spent = reading.read_with_totals(household, first=min([since, *earlier]))
        used = [each for each in earlier if any(part.count for part in spent.get(each, {}).values())]
        compared = [each for each in earlier if used and used[0] <= each]
        lines = []
        for category in rows:
            rules = figures.rules.get(category.pk, ())
            costs = {each: _cost(spent, each, category) for each in earlier}
            line = Line(
                category,
                rule=in_force(rules, month),
                before=in_force(rules, earlier[-1]) if earlier else None,
                later=[rule for rule in rules if rule.month > month],
                spent=costs[earlier[-1]] if earlier else ZERO,
                mean=rounded(sum(costs.values(), ZERO) / max(1, len(compared)), household.decimals),
            )
            if line.is_open or line.limit is not None or categories is not None:
                lines.append(line)
        return cls(household, month, lines, compared, figures)

    @property
    def is_history(self) -> bool:
        """Whether the budget begins later."""
        return self.month < self.figures.since

    @property
    def since(self) -> Month:
        """The month in which the budget begins."""
        return self.figures.since

    @property
    def open_lines(self) -> list[Line]:
        return [line for line in self.lines if line.is_open]

    @property
    def closed_lines(self) -> list[Line]:
        """Of archived categories whose limit is still in force."""
        return [line for line in self.lines if not line.is_open]

    @property
    def total(self) -> Decimal:
        """What the limits in force come to."""
        return sum((line.limit for line in self.lines if line.limit), ZERO)

    @property
    def next(self) -> Month | None:
        return None if (self.month.year, self.month.month) == (LAST_YEAR, 12) else self.month.next

    @property
    def previous(self) -> Month | None:
        return None if (self.month.year, self.month.month) == (FIRST_YEAR, 1) else self.month.previous

    @property
    def can_copy(self) -> bool:
        """Whether the month before had limits, and other ones."""
        return any(
            line.limit != line.setting_before.amount and line.setting_before.amount is not None
            for line in self.open_lines
        )

    @cached_property
    def to_assign(self) -> Decimal | None:
        """What the pool has in the month; None where there is no pool."""
        found = standing(self.figures, self.month)
        return found.pool.amount if found and found.pool else None

    def consequences(self, settings: "Mapping[Category, Setting]", *, only: bool, running: Month) -> list[Consequence]:
        """What setting limits changes up to the running month, where the month is a past one: the pool last."""
        if self.month >= running:
            return []
        after = self.figures
        for category, setting in settings.items():
            rules = self.figures.rules.get(category.pk, ())
            after = after.with_rules(category.pk, *rules_set(rules, Rule(self.month, *setting), only=only))
        touched = {category.pk: category for category in settings}
        found = changes(self.figures, after, last=running, categories=touched) if settings else []
        by_place = [(touched.get(pk or 0), [each for each in found if each.category == pk]) for pk in [*touched, None]]
        return [Consequence(category, changed) for category, changed in by_place if changed]


def _months_before(month: Month) -> list[Month]:
    """Those that are compared, the oldest first; fewer where the calendar begins."""
    found: list[Month] = []
    while len(found) < COMPARED and (month.year, month.month) != (FIRST_YEAR, 1):
        month = month.previous
        found.insert(0, month)
    return found


def _cost(spent: reading.Totals, month: Month, category: "Category") -> Decimal:
    return spent.get(month, {}).get(category.pk, spending.NOTHING).amount
