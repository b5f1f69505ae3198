"""What comes again by itself: found in what was written down, and proposed as a recurring expense.

The same description (its look) and category at a regular distance. Pure up to what a household has: rows in,
proposals out. A distance is tried as a `Schedule`, so that what is proposed is exactly what would be posted.
"""

import calendar
import datetime as dt
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, NamedTuple, Self
from urllib.parse import urlencode

from dateutil.relativedelta import relativedelta

from expenses.recurring.models import Dismissal
from expenses.recurring.schedule import ONE_DAY, WEEK, Date, MonthDay, Nth, Schedule, Unit, Weekend
from expenses.shared.money import format_plain
from expenses.shared.text import look, normalised

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.people.models import Household

MONTHS_BACK = 40  # three yearly ones, the last of which may be some months old
MOST_ROWS = 10_000
LEAST = 3  # times it was seen
LOOKED_AT = 24  # the newest so many times decide
ENOUGH = 6  # regular so many times, what was before does not matter
ENDED_AFTER = 1.5  # distances without it: it has come to an end
NEAR = Decimal("1.1")  # from one amount to the next of a group
SHORTEST_MONTH, LONGEST_MONTH, LEAP = 28, 31, 9
MONTH_NAMES = frozenset(name.casefold() for names in (calendar.month_name, calendar.month_abbr) for name in names)


# ── in, out ───────────────────────────────────────────────────────────────────────────────────────


class Row(NamedTuple):
    """An expense that was written down."""

    spent_on: dt.date
    description: str
    category_id: int
    amount: Decimal
    payment_method_id: int | None


class Known(NamedTuple):
    """What a recurring expense covers already."""

    look: str
    category_id: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was seen, and the schedule that would go on with it."""

    look: str
    description: str  # as written last
    category_id: int
    amount: Decimal
    payment_method_id: int | None
    schedule: Schedule  # its anchor is the first date after the last that was seen, or an earlier one
    seen_on: tuple[dt.date, ...]  # oldest first
    next_on: dt.date
    days_off: int  # the farthest that a day was from the schedule's
    missed: int  # dates of the schedule between those seen on which there was none
    varies: bool  # whether the amount changes more often than not

    @property
    def last_seen_on(self) -> tuple[dt.date, ...]:
        return self.seen_on[-LEAST:]

    @property
    def seen_before(self) -> str:
        """How often besides, in words: how much oftener than was looked at nobody has counted."""
        before = len(self.seen_on) - LEAST
        if not before:
            return ""
        return "many times before" if len(self.seen_on) == LOOKED_AT else f"{before} time{'s'[: before - 1]} before"


def look_of(description: str) -> str:
    """What the descriptions of one bill have in common: no figures, and no names of months (“Rent November 2026”)."""
    words = look(description).split()
    return " ".join(word for word in words if word.strip(".,") not in MONTH_NAMES) or " ".join(words)


# ── distances ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Distance:
    """How far apart two dates may be, and how much of it may vary."""

    every: int
    unit: Unit
    days: float  # about
    slack: int  # days that a date may be off: a bank's holiday, a weekend
    spread: Decimal  # how far an amount may be from the usual one, as a part of it


# By the week almost nothing varies but shopping, which is not a bill.
DISTANCES = [
    Distance(1, Unit.WEEKS, 7, 1, Decimal("0.15")),
    Distance(2, Unit.WEEKS, 14, 2, Decimal("0.15")),
    Distance(4, Unit.WEEKS, 28, 2, Decimal("0.15")),
    Distance(1, Unit.MONTHS, 30.4, 3, Decimal("0.40")),
    Distance(2, Unit.MONTHS, 60.9, 3, Decimal("0.40")),
    Distance(3, Unit.MONTHS, 91.3, 3, Decimal("0.40")),
    Distance(6, Unit.MONTHS, 182.6, 3, Decimal("0.40")),
    Distance(1, Unit.YEARS, 365.2, 3, Decimal("0.40")),
]


# ── finding ───────────────────────────────────────────────────────────────────────────────────────


def proposals(
    rows: Iterable[Row], known: Iterable[Known], dismissed: Collection[tuple[str, int]], *, on: dt.date
) -> list[Proposal]:
    """What comes again among these expenses and is not covered by a recurring one, the most regular first.

    `rows` newest first and none later than the day `on`; `dismissed` names (look, category id). Refunds are passed
    over.
    """
    looks: dict[str, str] = {}
    streams: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in rows:
        if row.amount <= 0:
            continue
        if row.description not in looks:
            looks[row.description] = look_of(row.description)
        streams[looks[row.description], row.category_id].append(row)
    covering: dict[tuple[str, int], list[Decimal]] = defaultdict(list)
    for one in known:
        covering[one.look, one.category_id].append(one.amount)
    found: list[Proposal] = []
    for key, stream in streams.items():
        if len(stream) >= LEAST and key not in dismissed:
            found += _not_covered(list(_in_stream(key[0], stream[::-1], on)), covering[key])
    return sorted(
        found, key=lambda one: (one.days_off + one.missed > 0, -len(one.seen_on), one.description.casefold())
    )


def _not_covered(found: list[Proposal], amounts: list[Decimal]) -> list[Proposal]:
    """Each recurring expense stands for one: of two that look alike, the one nearest to its amount."""
    left = list(found)
    for amount in amounts:
        if left:
            left.remove(min(left, key=lambda one: abs(one.amount - amount)))
    return left


def _in_stream(name: str, stream: list[Row], on: dt.date) -> Iterator[Proposal]:
    """What is regular in the expenses of one look and category, oldest first: all of them, or, where two bills of one
    name go side by side, those of about the same amount, or of the very same."""
    one_a_day = len({row.spent_on for row in stream}) == len(stream)
    if one_a_day and (whole := _regular(name, stream, on)):
        yield whole
        return
    for near in _of_near_amounts(stream):
        if found := _regular(name, near, on):
            yield found
            continue
        by_amount: dict[Decimal, list[Row]] = defaultdict(list)
        for row in near:
            by_amount[row.amount].append(row)
        for same in by_amount.values():
            if len(same) > LEAST and (found := _regular(name, same, on)):
                yield found


def _of_near_amounts(stream: list[Row]) -> Iterator[list[Row]]:
    groups: list[list[Row]] = []
    for row in sorted(stream, key=lambda row: row.amount):
        if groups and row.amount <= groups[-1][-1].amount * NEAR:
            groups[-1].append(row)
        else:
            groups.append([row])
    return (sorted(group, key=lambda row: row.spent_on) for group in groups if len(group) >= LEAST)


def _regular(name: str, stream: list[Row], on: dt.date) -> Proposal | None:
    """The proposal that these expenses make, oldest first, if they are regular up to now."""
    rows = list({row.spent_on: row for row in stream}.values())  # two on one day are one
    fits = [fit for distance in DISTANCES if (fit := _fit(distance, rows, on))]
    if not fits:
        return None
    return min(fits, key=lambda fit: (fit.misfit, fit.missed, -len(fit.rows), -fit.distance.days)).proposal(name, on)


# ── one distance ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Fit:
    """Expenses, oldest first, and the dates of a schedule that they stand for."""

    distance: Distance
    schedule: Schedule
    rows: list[Row]
    dates: list[Date]

    @property
    def off(self) -> list[int]:
        """By how many days each is not on its date."""
        return [abs((row.spent_on - date.due_on).days) for row, date in zip(self.rows, self.dates, strict=True)]

    @property
    def misfit(self) -> float:
        """Days off, on average."""
        return sum(self.off) / len(self.rows)

    @property
    def missed(self) -> int:
        return self.dates[-1].number - self.dates[0].number + 1 - len(self.dates)

    def convinces(self, seen: int) -> bool:
        """Whether these are regular enough, of so many that were seen in all."""
        count, off = len(self.rows), self.off
        if self.missed > (count - 1) // 3:
            return False
        if self.distance.unit == Unit.WEEKS and 2 * off.count(0) < count:
            return False
        if count < min(seen, ENOUGH) and (count <= LEAST or count < seen - 1):
            return False
        return self._costs_about_the_same or self._is_the_same_but_for_its_amount

    @property
    def _costs_about_the_same(self) -> bool:
        amounts = [row.amount for row in self.rows]
        usual = median(amounts)
        return all(abs(amount - usual) <= usual * self.distance.spread for amount in amounts)

    @property
    def _is_the_same_but_for_its_amount(self) -> bool:
        return (
            self.distance.unit != Unit.WEEKS
            and not any(self.off)
            and not self.missed
            and len({normalised(row.description) for row in self.rows}) == 1
        )

    def proposal(self, name: str, on: dt.date) -> Proposal | None:
        """None where the schedule has no date any more."""
        last, amounts = self.rows[-1], [row.amount for row in self.rows]
        following = (date for date in self.schedule.after(self.dates[-1].nominal_on) if date.due_on >= on)
        following_on = next((date.due_on for date in following), None)
        if following_on is None:
            return None
        return Proposal(
            look=name,
            description=last.description,
            category_id=last.category_id,
            amount=_usual(amounts),
            payment_method_id=last.payment_method_id,
            schedule=_going_on(self.schedule, self.dates[-1].number + 1),
            seen_on=tuple(row.spent_on for row in self.rows),
            next_on=following_on,
            days_off=max(self.off),
            missed=self.missed,
            varies=not _is_steady(amounts),
        )


def _usual(amounts: list[Decimal]) -> Decimal:
    """What the next one is likely to cost: the last amount where it stays or rises now and then, else the middle one
    of the last three."""
    if _is_steady(amounts) or all(one <= other for one, other in pairwise(amounts)):
        return amounts[-1]
    return sorted(amounts[-3:])[1]


def _is_steady(amounts: list[Decimal]) -> bool:
    return 2 * sum(one == other for one, other in pairwise(amounts)) >= len(amounts) - 1


def _going_on(schedule: Schedule, number: int) -> Schedule:
    """The same dates from the one of this number on, or, where that is a shorter month's last day, from the one before
    it that has the day itself, so that the day is not lost."""
    if schedule.unit == Unit.MONTHS and schedule.month_day == MonthDay.SAME and schedule.anchor.day == LONGEST_MONTH:
        schedule = replace(schedule, month_day=MonthDay.LAST)
    by_days = schedule.unit == Unit.WEEKS or schedule.month_day != MonthDay.SAME
    dates = (schedule.date(at) for at in range(number, 0, -1))
    anchors = (date.nominal_on for date in dates if date and (by_days or date.nominal_on.day == schedule.anchor.day))
    return replace(schedule, anchor=next(anchors, schedule.anchor))


def _fit(distance: Distance, rows: list[Row], on: dt.date) -> Fit | None:
    """The newest of the rows that come at this distance; None where they are too few, or the last is too old."""
    if (on - rows[-1].spent_on).days > distance.days * ENDED_AFTER:
        return None
    run = _run(distance, rows)
    while len(run) >= LEAST:
        fit = min(_tried(distance, run), key=lambda fit: sum(fit.off), default=None)
        if fit is None:
            return None
        amiss = [at for at, off in enumerate(fit.off) if off > distance.slack]
        if not amiss:
            return fit if fit.convinces(len(rows)) else None
        run = run[amiss[-1] + 1 :]
    return None


def _run(distance: Distance, rows: list[Row]) -> list[Row]:
    """The newest rows that are about one distance apart, or two where one was missed."""
    start = len(rows) - 1
    while start and len(rows) - start < LOOKED_AT:
        gap = (rows[start].spent_on - rows[start - 1].spent_on).days
        if min(abs(gap - distance.days), abs(gap - 2 * distance.days)) > 2 * distance.slack:
            break
        start -= 1
    return rows[start:]


def _tried(distance: Distance, rows: list[Row]) -> Iterator[Fit]:
    """How the schedules of this distance explain the rows, the likeliest first."""
    if distance.unit == Unit.WEEKS:
        yield from _matched(distance, rows, _by_week(distance, rows))
        return
    plain = list(_matched(distance, rows, _by_day(distance, rows)))
    yield from plain
    if all(any(fit.off) for fit in plain):
        # These are told only where they explain every day: a bill that is a day late now and then has no such rule.
        others = [*_by_weekday(distance, rows), *_by_day(distance, rows, Weekend.BEFORE, Weekend.AFTER)]
        yield from (fit for fit in _matched(distance, rows, others) if not any(fit.off))


def _by_week(distance: Distance, rows: list[Row]) -> Iterator[Schedule]:
    """From the first of the rows on, or a day or two beside it, where most of the others are."""
    step, first = WEEK * distance.every, rows[0].spent_on
    for beside, _ in Counter((row.spent_on - first).days % step for row in rows).most_common(2):
        yield Schedule(
            first + ONE_DAY * (beside if beside <= step // 2 else beside - step), distance.every, Unit.WEEKS
        )


def _by_day(distance: Distance, rows: list[Row], *weekends: Weekend) -> Iterator[Schedule]:
    """By the days that were seen most; the last ones of a month may stand for a later one, which it does not have."""
    days = [day for day, _ in Counter(row.spent_on.day for row in rows).most_common(4)]
    if max(row.spent_on.day for row in rows) >= SHORTEST_MONTH:
        days += [day for day in range(SHORTEST_MONTH + 1, LONGEST_MONTH + 1) if day not in days]
    for day in days:
        anchor = _anchor(distance, rows[0].spent_on, day)
        for weekend in weekends or (Weekend.KEEP,):
            if anchor:
                yield Schedule(anchor, distance.every, distance.unit, weekend=weekend)


def _anchor(distance: Distance, first: dt.date, day: int) -> dt.date | None:
    """The date of this day of the month that the first row stands for, or one before it whose month has that day."""
    around = [first + relativedelta(months=by, day=day) for by in (-1, 0, 1)]
    anchor = min(around, key=lambda date: abs(date - first))
    step = relativedelta(months=distance.every * (12 if distance.unit == Unit.YEARS else 1), day=day)
    for _ in range(LEAP):
        if anchor.day == day:
            return anchor
        anchor -= step
    return None


def _by_weekday(distance: Distance, rows: list[Row]) -> Iterator[Schedule]:
    """By the weekday of the month, where all rows agree: with three, that may be every four weeks as well."""
    if distance.unit != Unit.MONTHS or len(rows) <= LEAST or len({row.spent_on.weekday() for row in rows}) > 1:
        return
    if {(later.spent_on - sooner.spent_on).days for sooner, later in pairwise(rows)} == {4 * WEEK}:
        return  # around a February, four of these are on the second Monday of each month
    first = rows[0].spent_on
    nths = {(row.spent_on.day - 1) // WEEK + 1 for row in rows}
    for nth in {min(nths), Nth.LAST.value}:
        yield Schedule(
            first, distance.every, Unit.MONTHS, month_day=MonthDay.WEEKDAY, nth=nth, weekday=first.weekday()
        )


def _matched(distance: Distance, rows: list[Row], schedules: Iterable[Schedule]) -> Iterator[Fit]:
    """Each row with the date nearest to it; nothing where two would stand for one date."""
    around = dt.timedelta(days=distance.days)
    for schedule in schedules:
        dates = schedule.between(rows[0].spent_on - around, rows[-1].spent_on + around)
        due_on = [date.due_on for date in dates]
        near = [_nearest(due_on, row.spent_on) for row in rows] if dates else []
        if len(set(near)) == len(rows):
            yield Fit(distance, schedule, rows, [dates[at] for at in near])


def _nearest(days: Sequence[dt.date], day: dt.date) -> int:
    """The place of the day in `days` (in order) that is nearest."""
    after = bisect_left(days, day)
    return min(range(max(after - 1, 0), min(after + 1, len(days))), key=lambda at: abs(days[at] - day))


# ── in a household ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Found:
    proposal: Proposal
    category: "Category"
    decimals: int

    @property
    def query(self) -> str:
        """The fields of the form of a new recurring expense, filled in."""
        one, schedule = self.proposal, self.proposal.schedule
        fields = {
            "description": one.description,
            "amount": format_plain(one.amount, self.decimals),
            "category": one.category_id,
            "payment_method": one.payment_method_id,
            "anchor": schedule.anchor.isoformat(),
            "every": schedule.every,
            "unit": schedule.unit.value,
            "month_day": schedule.month_day.value,
            "nth": schedule.nth,
            "weekday": schedule.weekday,
            "weekend": schedule.weekend.value,
        }
        return urlencode({name: value for name, value in fields.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Findings:
    """What comes again in a household, and what of it nobody wants to hear of."""

    found: list[Found]
    dismissed: list[tuple[Dismissal, "Category"]]

    @classmethod
    def of(cls, household: "Household", *, on: dt.date) -> Self:
        """Up to a day. Four queries, over the newest 10,000 expenses at most."""
        categories = household.categories.in_bulk()
        dismissed = list(household.dismissals.order_by("look", "id"))
        found = proposals(
            (row for row in _rows(household, on) if not categories[row.category_id].is_archived),
            (Known(look_of(what), category, amount) for what, category, amount in _known(household)),
            {(one.look, one.category_id) for one in dismissed},
            on=on,
        )
        return cls(
            [Found(one, categories[one.category_id], household.decimals) for one in found],
            [(one, categories[one.category_id]) for one in dismissed],
        )


def _rows(household: "Household", on: dt.date) -> list[Row]:
    """What was written down by hand or brought in, newest first."""
    written = household.expenses.between(on - relativedelta(months=MONTHS_BACK), on).newest_first()
    posted = household.occurrences.posted().order_by().values("expense")
    return [Row(*values) for values in written.exclude(pk__in=posted).values_list(*Row._fields)[:MOST_ROWS]]


def _known(household: "Household") -> Iterable[tuple[str, int, Decimal]]:
    return household.recurring_expenses.order_by().values_list("description", "category_id", "amount")


def dismiss(household: "Household", *, description: str, category: "Category") -> Dismissal:
    """Propose nothing of this look and category again."""
    dismissal, _ = household.dismissals.get_or_create(category=category, look=look_of(description))
    return dismissal
