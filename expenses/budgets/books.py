"""The proof of a household's books, independent of what it proves.

What the pages show comes from monthly totals, limits and legs, by `envelope.walk`. Here the same is counted once more,
slowly and by other means: expenses and incomes by their dates, moves by the transfers and not by their legs, and what
is left of one category at a time, in whole ten-thousandths. Where the two differ, a sentence says so.

Nothing is read row by row: a million expenses come as one line for each month, category and member.
"""

import contextlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection, models, transaction
from django.db.models import Case, Count, F, Min, Q, Value, When

from expenses.budgets import figures
from expenses.budgets.envelope import Leftover, Proof, Standing, walk
from expenses.budgets.models import POOL, Limit, Transfer, TransferLeg
from expenses.shared.constraints import CompositeForeignKey
from expenses.shared.money import ZERO, format_amount, from_units
from expenses.shared.months import Month

if TYPE_CHECKING:
    from expenses.people.models import Household

NAMED_AT_MOST = 100  # moves that a check names one by one


@contextlib.contextmanager
def one_moment(*, patience: int | None = None) -> Iterator[None]:
    """All that is read inside is of one moment: what is written between two queries is not taken for a fault.
    Writers do not wait for it. Where so many seconds pass without a query, `patience`, Postgres ends it: a moment held
    for long keeps old rows from being cleared away."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            if patience is not None:
                cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = '{patience}s'")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")  # atomic() would begin as a writer does, one at a time
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


class Left(NamedTuple):
    """What a category has left; negative where it is over."""

    category: int
    name: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Books:
    """What a check of the books found, up to a month; amounts in the model's sign."""

    month: Month
    since: Month  # from which month on income and spending are counted
    proof: Proof | None  # None: there is no pool in this month
    lefts: list[Left]  # of every category that has something left or is over
    left: Decimal  # of all categories
    expenses: int  # so many of each were counted
    incomes: int
    moves: int
    faults: list[str]  # plain sentences; empty where the books balance

    @property
    def balance(self) -> bool:
        return not self.faults

    @property
    def held(self) -> Decimal:
        """What is there: left, and to assign."""
        return self.left + (self.proof.pool if self.proof else ZERO)

    @property
    def due(self) -> Decimal:
        """What must be there where there is a pool: income less spending, since it began."""
        return self.proof.income - self.proof.spent if self.proof else self.held

    @classmethod
    def of(
        cls, household: "Household", month: Month, *, thorough: bool = False, amiss: "Amiss | None" = None
    ) -> "Books":
        """Check the books as they stand in a month, which is not before the budget begins: everything that a figure
        up to that month is made of. `thorough` also looks at later months, at what each member wrote down, and at
        every table of the household; `amiss` is what `look` found for it, where many are looked at together.

        Three queries, and a few more to name what is wrong; to be called inside `one_moment`.
        """
        month = household.month(month)
        plan = figures.read(household, until=month)
        since = plan.pool_since if plan.pool_since and plan.pool_since <= month else None
        counted = Counted.of(household, since or plan.since, month, thorough=thorough)
        chain = {standing.month.number: standing for standing in walk(plan, month)}
        last = chain[month.number]
        proof = Proof(last.pool.amount, last.left, counted.income, counted.spent) if last.pool else None
        check = _Check(household, counted, thorough=thorough)
        faults = [
            *check.structure(look([household.pk], thorough=thorough)[household.pk] if amiss is None else amiss),
            *check.totals(),
            *check.lefts(chain, plan.since, month),
            *(check.proof(proof, since) if proof and since else ()),
        ]
        lefts = [
            Left(category, counted.name(category), last.envelopes[category].left)
            for category in counted.in_order(last.envelopes)
            if last.envelopes[category].left
        ]
        numbers = counted.numbers
        return cls(
            month=month,
            since=since or plan.since,
            proof=proof,
            lefts=lefts,
            left=last.left,
            expenses=numbers["spent"],
            incomes=numbers["income"],
            moves=numbers["out"],
            faults=faults,
        )


# ── counting the rows ─────────────────────────────────────────────────────────────────────────────

# By day first: a day and category has one line, however many expenses, and only lines are folded into months.
# Months come as numbers without a gap: 12 × year + month − 1.
COUNT = """
WITH days AS (
    SELECT spent_on AS day, category_id, {member} AS member, SUM(amount) AS units, COUNT(*) AS number
    FROM expenses_expense WHERE household_id = %(household)s AND spent_on < %(until)s
    GROUP BY spent_on, category_id, member
)
SELECT 'spent', {month_of_day}, category_id, member, SUM(units), SUM(number), '' FROM days GROUP BY 2, 3, 4
UNION ALL
SELECT 'total', {month}, category_id, {member}, SUM(spent), SUM(count), '' FROM expenses_monthtotal
    WHERE household_id = %(household)s AND month <= %(until_month)s GROUP BY 2, 3, 4
UNION ALL
SELECT 'spent since', NULL, NULL, NULL, SUM(units), SUM(number), '' FROM days WHERE day >= %(start)s AND day < %(end)s
UNION ALL
SELECT 'income', NULL, NULL, NULL, SUM(amount), COUNT(*), '' FROM expenses_income
    WHERE household_id = %(household)s AND received_on >= %(start)s AND received_on < %(end)s
UNION ALL
SELECT 'limit', {month}, category_id, NULL, amount, 1, leftover FROM expenses_limit
    WHERE household_id = %(household)s AND month <= %(until_month)s
UNION ALL
SELECT 'out', {month}, source_id, NULL, SUM(amount), COUNT(*), '' FROM expenses_transfer
    WHERE household_id = %(household)s AND month <= %(until_month)s GROUP BY month, source_id
UNION ALL
SELECT 'in', {month}, destination_id, NULL, SUM(amount), COUNT(*), '' FROM expenses_transfer
    WHERE household_id = %(household)s AND month <= %(until_month)s GROUP BY month, destination_id
UNION ALL
SELECT 'category', position, id, NULL, 0, 0, name FROM expenses_category WHERE household_id = %(household)s
"""

MONTH = "month / 100 * 12 + month %% 100 - 1"
MONTH_OF_DAY = {
    "postgresql": (
        "EXTRACT(YEAR FROM day)::int * 12 + EXTRACT(MONTH FROM day)::int - 1"
        " + %(offset)s - (EXTRACT(DAY FROM day) < %(starts_on)s)::int"
    ),
    "sqlite": (
        "CAST(strftime('%%Y', day) AS INTEGER) * 12 + CAST(strftime('%%m', day) AS INTEGER) - 1"
        " + %(offset)s - (CAST(strftime('%%d', day) AS INTEGER) < %(starts_on)s)"
    ),
}
FOREVER = "9999-12-31", 999912
ANYBODY = "CAST(NULL AS bigint)"  # without the member an index alone answers: a third of the time

Units = dict[int, int]  # by month: ten-thousandths
Key = tuple[int, int, int | None]  # month, category, member


class Lot(NamedTuple):
    """What some expenses cost, in ten-thousandths, and how many they are."""

    units: int = 0
    number: int = 0


@dataclass(slots=True)
class Counted:
    """What the rows of a household come to, counted in the database by one statement."""

    rows: dict[Key, Lot] = field(default_factory=dict)
    totals: dict[Key, Lot] = field(default_factory=dict)
    limits: dict[int, dict[int, tuple[int, str]]] = field(default_factory=lambda: defaultdict(dict))
    moved: dict[int | None, Units] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    names: dict[int, str] = field(default_factory=dict)
    places: dict[int, tuple[int, int]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    income: Decimal = ZERO  # since the first month asked for, by date
    spent: Decimal = ZERO

    @classmethod
    def of(cls, household: "Household", first: Month, last: Month, *, thorough: bool) -> "Counted":
        found = cls()
        starts_on = household.month_starts_on
        member = "recorded_by_id" if thorough else ANYBODY
        sql = COUNT.format(month=MONTH, month_of_day=MONTH_OF_DAY[connection.vendor], member=member)
        until, until_month = FOREVER if thorough else (last.end.isoformat(), last.number)
        given: dict[str, int | str] = {
            "household": household.pk,
            "start": first.start.isoformat(),
            "end": last.end.isoformat(),
            "until": until,
            "until_month": until_month,
            "starts_on": starts_on,
            "offset": 0 if starts_on <= 15 else 1,
        }
        with connection.cursor() as cursor:
            cursor.execute(sql, given)
            while lines := cursor.fetchmany(1_000):
                for line in lines:
                    found._take(line)
        return found

    def _take(self, line: tuple[Any, ...]) -> None:
        kind, month, category, member, units, number, text = line
        units, number = int(units or 0), int(number or 0)  # Postgres sums integers to decimals
        self.numbers[kind] += number
        match kind:
            case "spent":
                self.rows[month, category, member] = Lot(units, number)
            case "total":
                self.totals[month, category, member] = Lot(units, number)
            case "spent since":
                self.spent = from_units(units)
            case "income":
                self.income = from_units(units)
            case "limit":  # one that ends is no money either
                self.limits[category][month] = (units, text)
            case "out":
                self.moved[category][month] -= units
            case "in":
                self.moved[category][month] += units
            case "category":
                self.names[category], self.places[category] = text, (month, category)

    def spent_of(self) -> dict[int, Units]:
        """What each category cost in each month."""
        found: dict[int, Units] = defaultdict(lambda: defaultdict(int))
        for (month, category, _), lot in self.rows.items():
            found[category][month] += lot.units
        return found

    def left(self, category: int, spent: Units, first: int, last: int) -> Iterator[tuple[int, int]]:
        """What the category has left in each month from the first on, in ten-thousandths."""
        limits, moved = self.limits.get(category, {}), self.moved.get(category, {})
        in_force = max((month for month in limits if month < first), default=None)
        limit, leftover = limits[in_force] if in_force is not None else (0, Leftover.SURPLUS.value)
        held = 0
        for month in range(first, last + 1):
            if month in limits:
                limit, leftover = limits[month]
            held += limit + moved.get(month, 0) - spent.get(month, 0)
            yield month, held
            if leftover == Leftover.NONE or (leftover == Leftover.SURPLUS and held < 0):
                held = 0

    def name(self, category: int | None) -> str:
        return POOL if category is None else self.names.get(category, f"category {category}")

    def in_order(self, categories: Mapping[int, Any]) -> list[int]:
        return sorted(categories, key=lambda pk: self.places.get(pk, (1 << 31, pk)))


def _index(month: Month) -> int:
    return month.year * 12 + month.month - 1


# ── what is wrong ─────────────────────────────────────────────────────────────────────────────────


class _Check:
    """Compares, and says what differs."""

    def __init__(self, household: "Household", counted: Counted, *, thorough: bool) -> None:
        self.household = household
        self.counted = counted
        self.thorough = thorough

    def money(self, amount: Decimal) -> str:
        return format_amount(amount, self.household.decimals)

    def units(self, units: int) -> str:
        return self.money(from_units(units))

    def month(self, index: int) -> str:
        return Month(index // 12, index % 12 + 1).name

    # ── totals ──

    def totals(self) -> Iterator[str]:
        """Each total is the sum of its expenses, and their number."""
        rows, totals = self.counted.rows, self.counted.totals
        wrong = sorted(key for key in {*rows, *totals} if rows.get(key, Lot()) != totals.get(key, Lot()))
        members = {member for _, _, member in wrong if member is not None}
        users = get_user_model().objects.in_bulk(members) if members else {}
        for month, category, member in wrong:
            told, true = (lots.get((month, category, member), Lot()) for lots in (totals, rows))
            who = f", written by {users.get(member) or f'user {member}'}" if member is not None else ""
            yield (
                f"{self.counted.name(category)} in {self.month(month)}{who}: the total is "
                f"{self.units(told.units)} for {_expenses(told.number)}, the rows come to "
                f"{self.units(true.units)} in {_expenses(true.number)}."
            )

    # ── left ──

    def lefts(self, chain: Mapping[int, Standing], first: Month, last: Month) -> Iterator[str]:
        """What the chain says is left, for each category in each month; its first month that differs."""
        spent = self.counted.spent_of()
        named = {category for standing in chain.values() for category in standing.envelopes}
        known = named | {*self.counted.limits, *spent} | {pk for pk in self.counted.moved if pk is not None}
        for category in sorted(known):
            for at, units in self.counted.left(category, spent.get(category, {}), _index(first), _index(last)):
                standing = chain.get(at // 12 * 100 + at % 12 + 1)
                envelope = standing.envelopes.get(category) if standing else None
                told = envelope.left if envelope else ZERO
                if told != from_units(units):
                    yield (
                        f"{self.counted.name(category)} in {self.month(at)}: {self.money(told)} is shown as left, "
                        f"counted from the rows it is {self.units(units)}."
                    )
                    break

    def proof(self, proof: Proof, since: Month) -> Iterator[str]:
        if not proof.balances:
            excess = "too much" if proof.difference > 0 else "too little"
            yield (
                f"{POOL} and what is left come to {self.money(proof.pool + proof.left)}, income less spending since "
                f"{since.name} to {self.money(proof.income - proof.spent)}: {self.money(abs(proof.difference))} "
                f"{excess}."
            )

    # ── structure ──

    def structure(self, amiss: "Amiss") -> Iterator[str]:
        """Transfers have their legs, reversals mirror what they reverse, rows name rows of their own household."""
        yield from self._legs([pk for pk, _ in sorted(amiss["legs"])])
        yield from self._mirrors([pk for pk, _ in sorted(amiss["mirror"])])
        for pk, number in sorted(amiss["again"]):
            yield f"Move {pk} is reversed {number} times."
        for model, key in _composite_keys(thorough=self.thorough):
            for pk, number in amiss[key.name]:
                yield _stray(model, key, pk, number)
        if not self.thorough:  # else the keys of all tables were looked at
            yield from self._categories()

    def _categories(self) -> Iterator[str]:
        """What was counted stands in categories of the household."""
        strange: dict[int, int] = defaultdict(int)
        for (_, category, _), lot in self.counted.rows.items():
            if category not in self.counted.names:
                strange[category] += lot.number
        for category, number in strange.items():
            yield f"{_expenses(number)} in category {category}: it is not of this household."

    def _legs(self, pks: list[int]) -> Iterator[str]:
        named = Transfer.objects.filter(pk__in=pks[:NAMED_AT_MOST]).prefetch_related("legs").order_by("pk")
        for move in named:
            yield f"{self._move(move)}: {' '.join(self._faults_of_legs(move))}"
        yield from _more(pks, "moves do not have their two legs")

    def _faults_of_legs(self, move: Transfer) -> Iterator[str]:
        legs = list(move.legs.all())
        if len(legs) != 2:
            yield f"It has {len(legs)} leg{'' if len(legs) == 1 else 's'}, not two."
        for side, category, word in ((-1, move.source_id, "from"), (1, move.destination_id, "to")):
            of_side = [leg for leg in legs if leg.side == side]
            if not of_side:
                yield f"Its leg {word} {self.counted.name(category)} is missing."
            for leg in of_side:
                if leg.category_id != category:
                    yield f"Its leg {word} {self.counted.name(category)} names {self.counted.name(leg.category_id)}."
                if leg.size != move.amount:
                    yield f"Its leg {word} {self.counted.name(category)} is of {self.money(leg.size)}."
                if leg.month != move.month:
                    yield f"Its leg {word} {self.counted.name(category)} lies in {leg.month.name}."
                if leg.household_id != move.household_id:
                    yield f"Its leg {word} {self.counted.name(category)} is another household’s."

    def _mirrors(self, pks: list[int]) -> Iterator[str]:
        named = Transfer.objects.filter(pk__in=pks[:NAMED_AT_MOST]).order_by("pk")
        originals = Transfer.objects.in_bulk([move.reverses_id for move in named])
        for move in named:
            original = originals.get(move.reverses_id)
            against = self._move(original) if original else f"move {move.reverses_id}, which is gone"
            yield f"{self._move(move)} is not the reversal of {against[0].lower()}{against[1:]}."
        yield from _more(pks, "reversals are not the mirror of their move")

    def _move(self, move: Transfer) -> str:
        """Move 7 (25.00 from Fun to Food in November 2026)."""
        source, destination = self.counted.name(move.source_id), self.counted.name(move.destination_id)
        return f"Move {move.pk} ({self.money(move.amount)} from {source} to {destination} in {move.month.name})"


# ── what names what it must not ───────────────────────────────────────────────────────────────────

Amiss = dict[str, list[tuple[int, int]]]  # by what is wrong: an id, and how often
Pks = Collection[int]


def look(households: Pks, *, thorough: bool) -> dict[int, Amiss]:
    """What is amiss between the rows of some households, by their ids; one query."""
    found: dict[int, Amiss] = {household: defaultdict(list) for household in households}
    strays = [_strays(households, model, key) for model, key in _composite_keys(thorough=thorough)]
    rows = _without_legs(households).union(_not_mirrored(households), _reversed_again(households), *strays, all=True)
    for name, household, pk, number in rows.order_by():
        found[household][name].append((pk, number))
    return found


def _same(one: str, other: str) -> Q:
    """The same category, or both the pool."""
    return Q(**{one: F(other)}) | Q(**{f"{one}__isnull": True, f"{other}__isnull": True})


def _as(of: str, **fields: str) -> Q:
    """What the related rows have is what the row itself has."""
    return Q(**{f"{of}__{theirs}": F(ours) for theirs, ours in fields.items()})


def _transfers(households: Pks) -> "models.QuerySet[Transfer]":
    return Transfer.objects.order_by().filter(household__in=households)


def _without_legs(households: Pks) -> "models.QuerySet[Any, Any]":
    """Moves without exactly two opposite legs that are as the move is."""
    alike = _as("legs", size="amount", month="month", household="household")
    legs = _transfers(households).annotate(
        all_legs=Count("legs"),
        taking=Count("legs", filter=alike & Q(legs__side=-1) & _same("legs__category", "source")),
        bringing=Count("legs", filter=alike & Q(legs__side=1) & _same("legs__category", "destination")),
    )
    return legs.exclude(all_legs=2, taking=1, bringing=1).values_list(Value("legs"), "household", "pk", Value(1))


def _not_mirrored(households: Pks) -> "models.QuerySet[Any, Any]":
    """Reversals that are not the mirror of what they reverse, or reverse a reversal."""
    mirror = (
        _as("reverses", household="household", month="month", amount="amount")
        & Q(reverses__reverses__isnull=True)
        & _same("source", "reverses__destination")
        & _same("destination", "reverses__source")
    )
    # By a case: where something is empty, "not the same" is neither true nor false.
    reversals = _transfers(households).filter(reverses__isnull=False)
    reversals = reversals.annotate(is_mirror=Case(When(mirror, then=Value(1)), default=Value(0)))
    return reversals.filter(is_mirror=0).values_list(Value("mirror"), "household", "pk", Value(1))


def _reversed_again(households: Pks) -> "models.QuerySet[Any, Any]":
    reversed_ = (
        _transfers(households).filter(reverses__isnull=False).values_list(Value("again"), "household", "reverses")
    )
    return reversed_.annotate(times=Count("pk")).filter(times__gt=1)


def _composite_keys(*, thorough: bool) -> list[tuple[type[models.Model], CompositeForeignKey]]:
    """Every key that holds a row to its household: of all tables there are, or of those that figures come from."""
    return [
        (model, constraint)
        for model in (apps.get_app_config("expenses").get_models() if thorough else (Limit, Transfer, TransferLeg))
        for constraint in model._meta.constraints
        if isinstance(constraint, CompositeForeignKey)
    ]


def _strays(households: Pks, model: type[models.Model], key: CompositeForeignKey) -> "models.QuerySet[Any, Any]":
    """Rows of the households that name a row which is not there, or not as they say: the first, and how many."""
    parents = apps.get_model(key.to)._base_manager.filter(
        **{to: models.OuterRef(name) for to, name in zip(key.to_fields, key.fields, strict=True)}
    )
    there = Q(**{f"{name}__isnull": False for name in key.fields})
    rows = model._base_manager.order_by().filter(there, ~models.Exists(parents), household__in=households)
    found: models.QuerySet[Any, Any] = rows.values_list(Value(key.name), "household").annotate(
        first=Min("pk"), number=Count("pk")
    )
    return found


def _stray(model: type[models.Model], key: CompositeForeignKey, pk: int, number: int) -> str:
    name = str(model._meta.verbose_name)
    pointing, *others = (field.replace("_", " ") for field in key.fields)
    which = f"{name[0].upper()}{name[1:]} {pk}" + (f" and {number - 1:,} more" if number > 1 else "")
    if len(key.fields) == 2:
        return f"{which}: the {pointing} is not of this household."
    return f"{which}: {', '.join(others[:-1])} or {others[-1]} is not as in the {pointing}."


def _more(pks: list[int], what: str) -> Iterator[str]:
    if len(pks) > NAMED_AT_MOST:
        yield f"{len(pks) - NAMED_AT_MOST:,} more {what}."


def _expenses(number: int) -> str:
    return f"{number:,} expense{'' if number == 1 else 's'}"
