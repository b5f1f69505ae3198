"""What changed in a month, and why, in sentences: figures in, sentences out, no query (`telling` asks).

Rules, in this order: what the month comes to; categories that cost more or less than in the three months before, or
something after months of nothing, or nothing after months of something, the largest difference first; few expenses
that make up half; a category that rises or falls month by month; the month that cost most. What is within the
household's own ups and downs is not told, nor is anything of which too little is known.

Amounts are in the model's sign: spending positive. An amount with a `query` is what the list of that query comes to.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, Self

from expenses.ledger import spending
from expenses.ledger.models import Spent
from expenses.reports.comparing import MEAN_OF
from expenses.reports.grid import Sums, means
from expenses.reports.saying import shown
from expenses.shared.money import ZERO
from expenses.shared.months import Month

if TYPE_CHECKING:
    from expenses.categories.models import Category
    from expenses.ledger.filters import ExpenseFilter

MOST = 3  # sentences
KNOWN = 11  # months before it that its ups and downs are read from: with it a year
LASTING = 3  # months of nothing, or steps of one direction
LISTED = 5  # months whose amounts are told one by one
FEW = 3  # expenses that make up half
MANY = 10  # expenses of a month that few of them stand out of
DETAILED = 2  # categories of which days are told
SIX = 6  # months of which one can be the highest

# What is less than this is not told.
OF_CATEGORY = Decimal("0.2")  # of its mean
OF_ALL = Decimal("0.01")  # of what a month of the household costs
OF_MONTH = Decimal("0.05")  # of what the month is compared with
CLOSE = Decimal("0.95")  # of the highest

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


# ── sentences ─────────────────────────────────────────────────────────────────────────────────────


class Bit(NamedTuple):
    """A piece of a sentence: words, or an amount. With a query it leads to the list that comes to the amount."""

    text: str = ""
    amount: Decimal | None = None
    query: str | None = None
    is_name: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """`size` is what it is about: of several the largest stands first."""

    bits: tuple[Bit, ...]
    size: Decimal
    name: str = ""  # of the category
    color: str = ""

    def plain(self, decimals: int) -> str:
        """As text, for mails."""
        return "".join(bit.text if bit.amount is None else shown(bit.amount, decimals) for bit in self.bits)


class Day(NamedTuple):
    """What a category cost on a day; `description` is that of the expense where it is one."""

    on: date
    amount: Decimal
    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody asks
    description: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What a category cost in the month and in the mean of the months before."""

    category: "Category"
    spent: Spent
    mean: Decimal
    silent: int = 0  # months before in which it had nothing
    is_first: bool = False  # it had nothing in all of the months that are known

    @property
    def size(self) -> Decimal:
        return abs(self.spent.amount - self.mean)

    @property
    def is_above(self) -> bool:
        return self.spent.amount > self.mean


# ── figures ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Seen:
    """A month among those before it. `chosen` is the report's filter, of which the days do not count; `sums` has the
    months up to it, those that are known as a whole; `until` is today in the running month, None in a closed one."""

    chosen: "ExpenseFilter"
    month: Month
    sums: Sums
    categories: Sequence["Category"]
    until: date | None = None
    year: int = 0  # the running one: months of others are named with theirs
    known: tuple[Month, ...] = field(init=False)  # before it, the oldest first, none before the first expense

    def __post_init__(self) -> None:
        begins = min((month for month, _ in self.sums), default=self.month)
        count = min(max(self.month.minus(begins), 0), KNOWN)
        object.__setattr__(self, "known", tuple(self.month.plus(n - count) for n in range(count)))

    @classmethod
    def of(
        cls,
        chosen: "ExpenseFilter",
        sums: Sums,
        categories: Sequence["Category"],
        *,
        whole: tuple[Month, Month],
        running: Month,
        on: date,
    ) -> Self | None:
        """The last of the months that lie in the report as a whole: the running one once there is something in it.
        None where there is none that has begun."""
        last = min(whole[1], running)
        if last == running and not any(month == running for month, _ in sums):
            last = last.previous
        if last < whole[0]:
            return None
        found = {key: spent for key, spent in sums.items() if whole[0] <= key[0] <= last}
        return cls(chosen, last, found, categories, on if last == running else None, running.year)

    @property
    def is_running(self) -> bool:
        return self.until is not None

    @property
    def closed(self) -> tuple[Month, ...]:
        """The months that are over, the oldest first."""
        return self.known if self.is_running else (*self.known, self.month)

    @property
    def decimals(self) -> int:
        return self.chosen.household.decimals

    def named(self, month: Month) -> str:
        """November; November 2025 in another year than this one."""
        return month.short_name if month.year == self.year else month.name

    def spent(self, category: int, month: Month) -> Spent:
        return self.sums.get((month, category), spending.NOTHING)

    def amount(self, category: int, month: Month) -> Decimal:
        return self.spent(category, month).amount

    def total(self, month: Month) -> Spent:
        return self._totals.get(month, spending.NOTHING)

    @cached_property
    def _totals(self) -> dict[Month, Spent]:
        parts: dict[Month, list[Spent]] = defaultdict(list)
        for (month, _), spent in self.sums.items():
            parts[month].append(spent)
        return {month: spending.add(found) for month, found in parts.items()}

    def query(self, month: Month, *category: "Category") -> str:
        """Of the list of a month, or of a category in it."""
        found = self.chosen.but(month=month, first=None, last=None)
        return found.but(categories=category).query if category else found.query

    def query_of_days(self, first: date, last: date, *category: "Category") -> str:
        found = self.chosen.but(month=None, first=first, last=last)
        return found.but(categories=category).query if category else found.query

    @cached_property
    def differences(self) -> list[Difference]:
        """The categories that are told of, the largest difference first, equal ones by name. As long as the month is
        running, only what costs more already: the rest may still come."""
        if len(self.known) < MEAN_OF:
            return []
        before = self.known[-MEAN_OF:]
        spent = sorted({pk for _, pk in self.sums})  # as the table of Categories has them, with its odd cents
        sums = {pk: sum((self.amount(pk, month) for month in before), ZERO) for pk in spent}
        _, parts = means(list(sums.values()), MEAN_OF, self.decimals)
        mean_of = dict(zip(sums, parts, strict=True))
        floor = OF_ALL * _mean([self.total(month).amount for month in self.known])
        found = []
        for one in self.categories:
            here, mean = self.spent(one.pk, self.month), mean_of.get(one.pk, ZERO)
            amounts = [self.amount(one.pk, month) for month in self.known]
            least = max(OF_CATEGORY * abs(mean), _spread(amounts), floor)
            silent = next(
                (n for n, month in enumerate(reversed(self.known)) if self.spent(one.pk, month).count), len(self.known)
            )
            change = Difference(one, here, mean, silent, silent == len(self.known))
            if change.size >= least > 0 and (change.is_above or not self.is_running):
                found.append(change)
        return sorted(found, key=lambda change: (-change.size, change.category.name))

    @property
    def told(self) -> list["Category"]:
        """Those whose days are told of."""
        above = [change.category for change in self.differences[: MOST - 1] if change.is_above and change.spent.count]
        return above[:DETAILED]


def _mean(amounts: Sequence[Decimal]) -> Decimal:
    return sum(amounts, ZERO) / len(amounts) if amounts else ZERO


def _spread(amounts: Sequence[Decimal]) -> Decimal:
    """How far amounts lie from their mean, on average."""
    mean = _mean(amounts)
    return _mean([abs(amount - mean) for amount in amounts])


# ── what is said ──────────────────────────────────────────────────────────────────────────────────


def sentences(
    seen: Seen,
    *,
    days: Mapping[int, Sequence[Day]] | None = None,
    so_far: Decimal | None = None,
    earlier: Decimal | None = None,
    largest: Sequence[Decimal] = (),
) -> list[Sentence]:
    """At most three. `days` are those of the categories that are told of, by id; `so_far` what the running month cost
    up to today and `earlier` the month before in as many days, None where it has fewer; `largest` the amounts of the
    most expensive expenses of the month, the largest first."""
    of_month = [*(_of_running_month(seen, so_far, earlier) if seen.is_running else _of_closed_month(seen))]
    found = [*of_month]
    changes = [_of_category(seen, change, (days or {}).get(change.category.pk, ())) for change in seen.differences]
    found += changes[: MOST - len(found)]
    told = {sentence.name for sentence in found}
    found += _few(seen, largest)
    found += [sentence for sentence in _steps(seen) if sentence.name not in told]
    found += _dearest(seen, told=seen.month if of_month else None)
    return found[:MOST]


def of_year(seen: Seen) -> list[Sentence]:
    """What a year has to say: the month that cost most, and what rises or falls month by month."""
    return [*_dearest(seen), *_steps(seen)][:MOST]


def _of_running_month(seen: Seen, so_far: Decimal | None, earlier: Decimal | None) -> Iterator[Sentence]:
    """What the running month comes to, against as many days of the one before."""
    before = seen.month.previous
    if seen.until is None or so_far is None or earlier is None or not seen.known or not seen.total(before).count:
        return
    count = (seen.until - seen.month.start).days + 1
    least = max(OF_MONTH * abs(earlier), _spread([seen.total(month).amount for month in seen.known]) / 2)
    change = so_far - earlier
    if abs(change) < least or not change:
        return
    first_days = "the first day" if count == 1 else f"the first {count} days"
    yield Sentence(
        (
            Bit(f"{seen.named(seen.month)} so far comes to "),
            Bit(amount=so_far, query=seen.query_of_days(seen.month.start, seen.until)),
            Bit(", "),
            Bit(amount=abs(change)),
            Bit(f" {_side(change)} {first_days} of {seen.named(before)}, "),
            Bit(amount=earlier, query=_first_days(seen, before, count)),
            Bit("."),
        ),
        abs(change),
    )


def _of_closed_month(seen: Seen) -> Iterator[Sentence]:
    """What a month that is over came to, against the mean of the three before it."""
    amounts = [seen.total(month).amount for month in seen.known]
    if len(amounts) < MEAN_OF:
        return
    mean, _ = means([sum(amounts[-MEAN_OF:], ZERO)], MEAN_OF, seen.decimals)
    total = seen.total(seen.month)
    change = total.amount - mean
    if not total.count or not change or abs(change) < max(OF_MONTH * abs(mean), _spread(amounts)):
        return
    yield Sentence(
        (
            Bit(f"{seen.named(seen.month)} came to "),
            Bit(amount=total.amount, query=seen.query(seen.month)),
            Bit(", "),
            Bit(amount=abs(change)),
            Bit(f" {_side(change)} its three-month mean of "),
            Bit(amount=mean),
            *_highest(seen, total.amount, amounts),
            Bit("."),
        ),
        abs(change),
    )


def _first_days(seen: Seen, month: Month, count: int) -> str:
    return seen.query_of_days(month.start, date.fromordinal(month.start.toordinal() + count - 1))


def _side(change: Decimal) -> str:
    return "above" if change > 0 else "below"


def _of_category(seen: Seen, change: Difference, days: Sequence[Day]) -> Sentence:
    one, spent = change.category, change.spent
    here = Bit(amount=spent.amount, query=seen.query(seen.month, one))
    bits: tuple[Bit, ...]
    if not spent.count:
        before = seen.known[-MEAN_OF:]
        sums = sum((seen.amount(one.pk, month) for month in before), ZERO)
        bits = (
            Bit(f" had nothing in {seen.named(seen.month)}, after "),
            Bit(amount=sums, query=seen.query_of_days(before[0].start, before[-1].last_day, one)),
            Bit(" in the three months before."),
        )
    elif change.silent >= LASTING:
        if change.is_first:
            after = f"; there was nothing in the {NUMBERS[change.silent]} months before"
        else:
            after = f" after {NUMBERS[change.silent]} months with nothing"
        bits = (Bit(f" {_came_to(seen)} "), here, Bit(after), *_on_days(seen, change, days), Bit("."))
    else:
        why = tuple(_on_days(seen, change, days))
        if not why and change.is_above:
            why = tuple(_highest(seen, spent.amount, [seen.amount(one.pk, month) for month in seen.known], one))
        bits = (
            Bit(f" {_came_to(seen)} "),
            here,
            Bit(", "),
            Bit(amount=change.size),
            Bit(f" {_side(spent.amount - change.mean)} its three-month mean of "),
            Bit(amount=change.mean),
            *why,
            Bit("."),
        )
    return Sentence((Bit(one.name, is_name=True), *bits), change.size, one.name, one.color)


def _came_to(seen: Seen) -> str:
    return "already comes to" if seen.is_running else "came to"


def _on_days(seen: Seen, change: Difference, days: Sequence[Day]) -> Iterator[Bit]:
    """The one or two days that hold most of what the category cost, where there are others beside them."""
    if not change.is_above or change.spent.amount <= 0 or change.spent.count < 2:
        return
    ranked = sorted((day for day in days if day.amount > 0), key=lambda day: (-day.amount, day.on))
    for count in (1, 2):
        if len(days) <= count or len(ranked) < count:
            return
        top = ranked[:count]
        if sum((day.amount for day in top), ZERO) * 2 > change.spent.amount:
            yield Bit(f", most of it on {'one day' if count == 1 else 'two days'}: ")
            for number, day in enumerate(sorted(top, key=lambda day: day.on)):
                yield Bit(" and " if number else "")
                yield Bit(amount=day.amount, query=seen.query_of_days(day.on, day.on, change.category))
                yield Bit(f" for “{day.description}”" if day.count == 1 and day.description else "")
                yield Bit(f" on {day.on.day} {day.on:%B}")
            return


def _highest(seen: Seen, amount: Decimal, before: Sequence[Decimal], *category: "Category") -> Iterator[Bit]:
    """That it is the highest of all months known, or close to it."""
    if len(before) < SIX - 1 or amount <= 0:
        return
    high, number = max(before), len(before) + 1
    if amount > high:
        yield Bit(f", the highest of {NUMBERS[number]} months")
    elif category and high * CLOSE <= amount < high:
        month = seen.known[before.index(high)]
        yield Bit(f", close to its highest of {NUMBERS[number]} months, ")
        yield Bit(amount=high, query=seen.query(month, *category))
        yield Bit(f" in {seen.named(month)}")


def _few(seen: Seen, largest: Sequence[Decimal]) -> Iterator[Sentence]:
    """One, two or three expenses that make up half of the month. Those of one amount count together: their list begins
    at an amount."""
    total = seen.total(seen.month)
    if total.count < MANY or total.amount <= 0:
        return
    for count in range(1, FEW + 1):
        if len(largest) <= count or largest[count] == largest[count - 1]:
            continue
        made = sum(largest[:count], ZERO)
        if made * 2 >= total.amount:
            query = seen.chosen.but(month=seen.month, first=None, last=None, at_least=largest[count - 1]).query
            makes = "expense makes" if count == 1 else "expenses make"
            part = "half" if made * 2 == total.amount else "more than half"
            yield Sentence(
                (
                    Bit(f"{NUMBERS[count].capitalize()} {makes} up {part} of {seen.named(seen.month)}: "),
                    Bit(amount=made, query=query),
                    Bit(" of "),
                    Bit(amount=total.amount, query=seen.query(seen.month)),
                    Bit("."),
                ),
                made,
            )
            return


def _steps(seen: Seen) -> list[Sentence]:
    """Categories that rose, or fell, each month; the largest change first."""
    months = seen.closed
    floor = OF_ALL * _mean([seen.total(month).amount for month in months])
    found = []
    for one in seen.categories:
        amounts = [seen.amount(one.pk, month) for month in months]
        begin = _begins(amounts)
        change = amounts[-1] - amounts[begin] if amounts else ZERO
        if len(months) - 1 - begin < LASTING or amounts[begin] <= 0 or amounts[-1] <= 0:
            continue
        if abs(change) < max(OF_CATEGORY * amounts[begin], floor):
            continue
        steps = [Bit(amount=amounts[at], query=seen.query(months[at], one)) for at in range(begin, len(months))]
        if len(steps) > LISTED:
            told = [Bit(", from "), steps[0], Bit(" to "), steps[-1]]
        else:
            told = [bit for number, step in enumerate(steps) for bit in (Bit(", " if number else ": "), step)]
        verb = "risen" if change > 0 else "fallen"
        bits = (Bit(one.name, is_name=True), Bit(f" has {verb} every month since {seen.named(months[begin])}"), *told)
        found.append(Sentence((*bits, Bit(".")), abs(change), one.name, one.color))
    return sorted(found, key=lambda sentence: (-sentence.size, sentence.name))


def _begins(amounts: Sequence[Decimal]) -> int:
    """Where the steps of one direction begin that lead to the last amount."""
    at = len(amounts) - 1
    up = [later > earlier for earlier, later in pairwise(amounts)]
    even = [later == earlier for earlier, later in pairwise(amounts)]
    while at > 0 and not even[at - 1] and up[at - 1] == up[-1]:
        at -= 1
    return max(at, 0)


def _dearest(seen: Seen, *, told: Month | None = None) -> Iterator[Sentence]:
    """The month that cost most, and the category that made it so; unless that month is told of already."""
    months = seen.closed
    if len(months) < SIX:
        return
    totals = [seen.total(month).amount for month in months]
    top = max(totals)
    mean = _mean(totals)
    if totals.count(top) > 1 or top <= 0 or top - mean < max(OF_MONTH * abs(mean), _spread(totals)):
        return
    month = months[totals.index(top)]
    if month == told:
        return
    beyond = {
        one: seen.amount(one.pk, month) - _mean([seen.amount(one.pk, other) for other in months])
        for one in seen.categories
    }
    one = min(beyond, key=lambda one: (-beyond[one], one.name))
    why: tuple[Bit, ...] = ()
    if len(beyond) > 1 and beyond[one] * 2 >= top - mean and 0 < seen.amount(one.pk, month) < top:
        spent = Bit(amount=seen.amount(one.pk, month), query=seen.query(month, one))
        why = (Bit("; "), spent, Bit(f" of it went on {one.name}"))
    yield Sentence(
        (
            Bit(f"{month.name} cost most of {NUMBERS[len(months)]} months, "),
            Bit(amount=top, query=seen.query(month)),
            *why,
            Bit("."),
        ),
        top,
    )
