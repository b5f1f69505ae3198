"""What a household's file holds: one description of each of its tables, by which it is written, read and checked.

Categories and payment methods are named by their names, people by their e-mail addresses, all other rows by ids that
count in the file alone. Tables stand in the order in which they can be written: what a row names stands before it.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Case, F, When

from expenses.alerts.crossing import Threshold
from expenses.alerts.models import Alert
from expenses.budgets.envelope import Leftover
from expenses.budgets.models import Limit, Transfer
from expenses.categories.models import Category
from expenses.exports.cells import (
    GONE,
    Book,
    Cell,
    amount,
    day,
    document,
    email,
    fitting,
    flag,
    moment,
    month,
    named,
    number,
    numbered,
    one_of,
    one_of_many,
    person,
    text,
)
from expenses.imports.models import CategoryRule, Import, ImportProfile, ImportRow
from expenses.imports.statements import NATURES, Mapping
from expenses.imports.states import Direction, Matching, Pile, State
from expenses.imports.states import Kind as RowKind
from expenses.ledger.models import Expense, Income, PaymentMethod
from expenses.people.models import Household, Role
from expenses.recurring.models import Dismissal, Occurrence, RecurringExpense
from expenses.recurring.models import State as Done
from expenses.recurring.schedule import (
    LONGEST_EVERY,
    MOST_MISSED,
    MOST_TIMES,
    MonthDay,
    Nth,
    Schedule,
    Unit,
    Weekend,
)
from expenses.shared.currencies import CURRENCIES
from expenses.shared.files import Column, Kind
from expenses.shared.money import LARGEST, ZERO
from expenses.shared.months import LAST_START_DAY, Month

if TYPE_CHECKING:
    from expenses.people.models import User

CHUNK = 5_000  # rows a query
Rows = models.QuerySet[Any]
Values = dict[str, Any]  # of a row, by the attributes that they set
LONG = 100_000  # characters of what a bank wrote
KEY = fitting("[0-9a-f]{64}", "a key of 64 figures and letters from a to f", empty=True)
MARK = fitting("[0-9a-zA-Z-]{1,36}", "a mark of letters, figures and hyphens")
HASH = fitting("[0-9a-zA-Z]{1,64}", "a fingerprint of an account", empty=True)


def nothing(values: Values, book: Book) -> Iterator[str]:
    """No sentence about a row whose cells can be read."""
    yield from ()


@dataclass(frozen=True)
class Table:
    """A file of rows. `check` says what is wrong between the cells of a row that could be read one by one."""

    name: str
    words: str  # how many of what, for a person: "expenses"
    model: type[models.Model]
    cells: tuple[Cell, ...]
    rows: Callable[["Table", Household], Rows] | None = None
    check: Callable[[Values, Book], Iterator[str]] = nothing
    once: tuple[str, ...] = ()  # the attributes of which no two rows have the same
    key: str = "pk"

    @property
    def file(self) -> str:
        return f"{self.name}.csv"

    @property
    def is_numbered(self) -> bool:
        """Whether other rows may name one by its id."""
        return self.cells[0].name == "id"

    def header(self, decimals: int) -> list[Column]:
        """The columns, whose amounts have at least so many decimals."""
        return [Column(cell.name, cell.kind, decimals) for cell in self.cells]

    def of(self, household: Household) -> Rows:
        """The household's rows that go into the file."""
        if self.rows is not None:
            return self.rows(self, household)
        return self.model._default_manager.filter(household=household)

    def exported(self, household: Household) -> Iterator[Sequence[Any]]:
        """The rows as they stand in the file, by key: each query reads so many, whatever there are."""
        found = self.of(household).order_by(self.key)
        asked = [cell.asked for cell in self.cells]
        turned = [(at, cell.writes) for at, cell in enumerate(self.cells) if cell.writes]
        last = 0
        while page := list(found.filter(**{f"{self.key}__gt": last}).values_list(self.key, *asked)[:CHUNK]):
            for pk, *values in page:
                for at, writes in turned:
                    values[at] = writes(values[at])
                yield values
                last = pk


def _id() -> Cell:
    return Cell("id", number(1, 2**62), Kind.NUMBER)


def _named(name: str, table: str, *, empty: bool = False) -> Cell:
    return Cell(name, named(table, empty=empty), path=f"{name}__name", sets=f"{name}_id")


def _person(name: str, *, empty: bool = False) -> Cell:
    return Cell(name, person(empty=empty), path=f"{name}__email", sets=f"{name}_id")


def _moment(name: str, *, empty: bool = False) -> Cell:
    return Cell(name, moment(empty=empty), Kind.MOMENT)


def _day(name: str, *, empty: bool = False) -> Cell:
    return Cell(name, day(empty=empty), Kind.DATE)


def _numbered(name: str, table: str, **how: Any) -> Cell:
    return Cell(name, numbered(table, **how), Kind.NUMBER, path=f"{name}_id", sets=f"{name}_id")


def _there(name: str, table: str, **how: Any) -> Cell:
    """As `_numbered`, empty where that row is not in the file: see `_with_those_there`."""
    return Cell(name, numbered(table, **how), Kind.NUMBER, path=f"{name}_there", sets=f"{name}_id")


def _with_those_there(rows: Rows, *names: str, by: str) -> Rows:
    """With the ids of rows that are there: an id stays where the row itself was deleted."""
    there = {f"{name}_there": Case(When(**{f"{name}__{by}__isnull": False}, then=F(f"{name}_id"))) for name in names}
    found: Rows = rows.annotate(**there)
    return found


# ── the household and its people ──────────────────────────────────────────────────────────────────


def _itself(table: Table, household: Household) -> Rows:
    return Household.objects.filter(pk=household.pk)


HOUSEHOLD = Table(
    "household",
    "households",
    Household,
    (
        Cell("name", text(100, shortest=1)),
        Cell("currency", one_of_many(CURRENCIES, "a currency that is known here")),
        Cell("month_starts_on", number(1, LAST_START_DAY), Kind.NUMBER),
        Cell("budget_from", month(), Kind.MONTH),
        Cell("pool_from", month(empty=True), Kind.MONTH),
        Cell("time_zone", one_of_many(available_timezones(), "a time zone that is known here")),
    ),
    rows=_itself,
)


def _people(table: Table, household: Household) -> "models.QuerySet[User]":
    """Members, and former ones whom a row of the household names."""
    naming = [
        (model, cell.attribute)
        for model, cell in ((table.model, cell) for table in TABLES for cell in table.cells)
        if cell.asked.endswith("__email")
    ]
    ids = household.memberships.order_by().values("user")
    others = [
        model._base_manager.filter(household=household, **{f"{attribute}__isnull": False}).order_by().values(attribute)
        for model, attribute in naming
    ]
    role = household.memberships.filter(user=models.OuterRef("pk")).values("role")
    found = get_user_model().objects.filter(pk__in=ids.union(*others))
    return found.annotate(role=models.Subquery(role))


MEMBERS = Table(
    "members",
    "people",
    get_user_model(),
    (
        Cell("email", email),
        Cell("name", text(100)),
        Cell("role", one_of(["", *Role.values]), writes=lambda role: role or ""),
    ),
    rows=_people,
    once=("email",),
)


# ── what there is to choose from ──────────────────────────────────────────────────────────────────

COLOR = fitting("#[0-9A-Fa-f]{6}", "a colour like #FF6B6B")
CATEGORIES = Table(
    "categories",
    "categories",
    Category,
    (
        Cell("name", text(50, shortest=1)),
        Cell("color", COLOR),
        Cell("position", number(), Kind.NUMBER),
        _day("archived_on", empty=True),
    ),
)
METHODS = Table(
    "payment_methods",
    "payment methods",
    PaymentMethod,
    (
        Cell("name", text(50, shortest=1)),
        _day("archived_on", empty=True),
        Cell("account_hash", HASH),
        Cell("mark", MARK),
    ),
    once=("mark",),
)


# ── the ledger ────────────────────────────────────────────────────────────────────────────────────

EXPENSES = Table(
    "expenses",
    "expenses",
    Expense,
    (
        _id(),
        _day("spent_on"),
        Cell("description", text(200, shortest=1)),
        Cell("amount", amount(), Kind.AMOUNT),
        _named("category", "categories"),
        _named("payment_method", "payment_methods", empty=True),
        _person("recorded_by"),
        Cell("notes", text(LONG, lines=True)),
        _moment("created_at"),
        _moment("updated_at"),
    ),
)
INCOMES = Table(
    "incomes",
    "incomes",
    Income,
    (
        _id(),
        _day("received_on"),
        Cell("description", text(200, shortest=1)),
        Cell("amount", amount(above=ZERO), Kind.AMOUNT),
        _person("recorded_by"),
        _moment("created_at"),
        _moment("updated_at"),
    ),
)


# ── the budget ────────────────────────────────────────────────────────────────────────────────────

LIMITS = Table(
    "limits",
    "limits",
    Limit,
    (
        _named("category", "categories"),
        Cell("month", month(), Kind.MONTH),
        Cell("amount", amount(above=ZERO, zero=True, empty=True), Kind.AMOUNT),
        Cell("leftover", one_of(Leftover.values)),
    ),
    once=("category_id", "month"),
)


def _moves(values: Values, book: Book) -> Iterator[str]:
    if values["source_id"] is None and values["destination_id"] is None:
        yield "It moves money from nowhere to nowhere: source or destination is a category."
    reversed_one = values["reverses_id"]
    what = values["month"], values["amount"]
    if reversed_one is not None and book.moved.get(reversed_one) != what:
        yield "What it reverses is a move of another month or another amount."
    if (here := book.ids["transfers"].find(values["id"])) is not None:
        book.moved[here] = what


TRANSFERS = Table(
    "transfers",
    "moves",
    Transfer,
    (
        _id(),
        Cell("month", month(), Kind.MONTH),
        _named("source", "categories", empty=True),
        _named("destination", "categories", empty=True),
        Cell("amount", amount(above=ZERO), Kind.AMOUNT),
        Cell("note", text(200)),
        _person("moved_by"),
        _moment("moved_at"),
        _numbered("reverses", "transfers"),
    ),
    check=_moves,
    once=("reverses_id",),
)
ALERTS = Table(
    "alerts",
    "alerts",
    Alert,
    (
        _named("category", "categories"),
        Cell("month", month(), Kind.MONTH),
        Cell("threshold", one_of(Threshold.values), Kind.NUMBER),
        Cell("armed", flag, Kind.FLAG),
        Cell("round", number(), Kind.NUMBER),
        _moment("raised_at", empty=True),
        _moment("dismissed_at", empty=True),
    ),
    once=("category_id", "month", "threshold"),
)


# ── what comes again ──────────────────────────────────────────────────────────────────────────────


def _schedules(values: Values, book: Book) -> Iterator[str]:
    ends_on, times = values["ends_on"], values["times"]
    if values["month_day"] == MonthDay.WEEKDAY and None in (values["nth"], values["weekday"]):
        yield "A schedule by weekday needs nth and weekday."
        return
    if ends_on and times:
        yield "It ends on a date or after a number of times, not both."
    elif ends_on and ends_on < values["anchor"]:
        yield "It ends before its first date."
    elif not (values["paused_on"] or values["ended_on"]):
        missed = _schedule(values).missed(book.on, settled_until=values["settled_until"])
        if missed > MOST_MISSED:
            yield f"{missed:,} of its dates would be posted at once; {MOST_MISSED:,} at most may be."


def _schedule(values: Values) -> Schedule:
    return Schedule(
        anchor=values["anchor"],
        every=values["every"],
        unit=Unit(values["unit"]),
        month_day=MonthDay(values["month_day"]),
        nth=values["nth"],
        weekday=values["weekday"],
        weekend=Weekend(values["weekend"]),
        ends_on=values["ends_on"],
        times=values["times"],
    )


RECURRING = Table(
    "recurring_expenses",
    "recurring expenses",
    RecurringExpense,
    (
        _id(),
        Cell("description", text(200, shortest=1)),
        Cell("amount", amount(), Kind.AMOUNT),
        _named("category", "categories"),
        _named("payment_method", "payment_methods", empty=True),
        Cell("notes", text(LONG, lines=True)),
        _day("anchor"),
        Cell("every", number(1, LONGEST_EVERY), Kind.NUMBER),
        Cell("unit", one_of(Unit.values)),
        Cell("month_day", one_of(MonthDay.values)),
        Cell("nth", number(1, max(Nth.values), empty=True), Kind.NUMBER),
        Cell("weekday", number(0, 6, empty=True), Kind.NUMBER),
        Cell("weekend", one_of(Weekend.values)),
        _day("ends_on", empty=True),
        Cell("times", number(1, MOST_TIMES, empty=True), Kind.NUMBER),
        Cell("automatic", flag, Kind.FLAG),
        _day("settled_until", empty=True),
        _day("paused_on", empty=True),
        _day("ended_on", empty=True),
        _person("recorded_by"),
        _moment("created_at"),
        _moment("updated_at"),
    ),
    check=_schedules,
)


def _done(values: Values, book: Book) -> Iterator[str]:
    if values["state"] != Done.POSTED:
        if values["expense_id"]:
            yield "Only a date that was posted has an expense."
        values["expense_id"] = None


def _occurrences(table: Table, household: Household) -> Rows:
    return _with_those_there(household.occurrences.all(), "expense", by="spent_on")


OCCURRENCES = Table(
    "occurrences",
    "dates of recurring expenses",
    Occurrence,
    (
        _numbered("recurring", "recurring_expenses", empty=False),
        _day("nominal_on"),
        _day("due_on"),
        Cell("state", one_of(Done.values)),
        _there("expense", "expenses", gone=True),
    ),
    rows=_occurrences,
    check=_done,
    once=("recurring_id", "nominal_on"),
)
DISMISSALS = Table(
    "dismissals",
    "dismissed proposals",
    Dismissal,
    (_named("category", "categories"), Cell("look", text(200))),
    once=("category_id", "look"),
)


# ── statements ────────────────────────────────────────────────────────────────────────────────────


def _rules(values: Values, book: Book) -> Iterator[str]:
    least, most = values["amount_from"], values["amount_to"]
    asks = values["text"] or values["payment_method_id"] is not None or least is not None or most is not None
    says = values["category_id"] is not None or values["description"]
    if not asks:
        yield "A rule asks for a text, an amount or a payment method."
    if bool(says) == values["leave_out"]:
        yield "A rule leaves rows out, or gives them a category or a description."
    if least is not None and most is not None and least > most:
        yield "Its smallest amount is larger than its largest."


RULES = Table(
    "rules",
    "rules",
    CategoryRule,
    (
        _id(),
        Cell("position", number(), Kind.NUMBER),
        Cell("matching", one_of(Matching.values)),
        Cell("text", text(200)),
        Cell("direction", one_of(["", *Direction.values])),
        Cell("amount_from", amount(above=ZERO, zero=True, empty=True, exact=True), Kind.AMOUNT),
        Cell("amount_to", amount(above=ZERO, zero=True, empty=True, exact=True), Kind.AMOUNT),
        _named("payment_method", "payment_methods", empty=True),
        _named("category", "categories", empty=True),
        Cell("description", text(200)),
        Cell("leave_out", flag, Kind.FLAG),
        _person("created_by"),
        _moment("created_at"),
    ),
    check=_rules,
)


def as_json(said: Any) -> str:
    return json.dumps(said, ensure_ascii=False, sort_keys=True)


def _mapping(said: Any) -> Any:
    if not isinstance(said, dict):
        raise TypeError
    Mapping.from_json(said)
    return said


def _kept(said: Any) -> dict[str, Any]:
    """Of what an import did: numbers, amounts and months."""
    if not isinstance(said, dict):
        raise TypeError
    kept: dict[str, Any] = {}
    for name, value in said.items():
        if name in ("spent", "received"):
            if not Decimal(value).is_finite() or abs(Decimal(value)) > LARGEST * 200_000:
                raise ValueError
            kept[name] = str(value)
        elif name == "months":
            kept[name] = [str(Month.parse(month)) for month in value]
        elif type(value) is int and 0 <= value < 10**9 and len(name) <= 50:
            kept[name] = value
    return kept


PROFILES = Table(
    "import_profiles",
    "readings of statements",
    ImportProfile,
    (
        Cell("signature", text(200, shortest=1, lines=True)),
        Cell("mapping", document(_mapping), writes=as_json),
        _named("payment_method", "payment_methods", empty=True),
        Cell("file_name", text(200, shortest=1, lines=True)),
        _moment("used_at"),
    ),
    once=("signature",),
)


def _done_imports(table: Table, household: Household) -> Rows:
    return household.imports.filter(state__in=CLOSED)


CLOSED = (State.COMMITTED, State.REVERTED)
IMPORTS = Table(
    "imports",
    "statements",
    Import,
    (
        _id(),
        Cell("file_name", text(200, shortest=1, lines=True)),
        Cell("format", text(10)),
        _named("payment_method", "payment_methods"),
        Cell("signature", text(200, lines=True)),
        Cell("mapping", document(_mapping), writes=as_json),
        Cell("read_as_before", text(200, lines=True)),
        Cell("state", one_of(CLOSED)),
        Cell("summary", document(_kept), writes=lambda summary: as_json(_kept(summary))),
        _person("uploaded_by"),
        _moment("uploaded_at"),
        _moment("mapped_at", empty=True),
        _person("committed_by", empty=True),
        _moment("committed_at", empty=True),
        _person("reverted_by", empty=True),
        _moment("reverted_at", empty=True),
    ),
    rows=_done_imports,
)


def _rows(table: Table, household: Household) -> Rows:
    """Of the statements in the file; what such a row names elsewhere is left out."""
    rows: Rows = household.import_rows.filter(source__state__in=CLOSED)
    rows = _with_those_there(rows, "expense", "refund_of", by="spent_on")
    rows = _with_those_there(rows, "income", by="received_on")
    closed = {
        f"{name}_there": Case(When(**{f"{name}__source__state__in": CLOSED}, then=F(f"{name}_id")))
        for name in ("twin", "counterpart", "changes")
    }
    found: Rows = rows.annotate(**closed)
    return found


def _statement_row(values: Values, book: Book) -> Iterator[str]:
    state, kind, money = values["state"], values["kind"], values["amount"]
    if state == Pile.UNREADABLE:
        values |= {"expense_id": None, "income_id": None}
        return
    if values["date"] is None or money is None or not values["fingerprint"]:
        yield "A row that was read has a date, an amount and a fingerprint."
        return
    if values["payment_method_id"] is None:
        yield "A row that was read has a payment method."
    if (money < 0 and kind in (RowKind.REFUND, RowKind.INCOME)) or (money > 0 and kind == RowKind.EXPENSE):
        yield "Its kind does not go with the sign of its amount."
    if values["recurring_id"] is not None and values["nominal_on"] is None:
        yield "A row that settles a recurring expense has a nominal date."
    _what_it_became(values)


def _what_it_became(values: Values) -> None:
    """Nothing in the file where that was deleted since: the row goes on counting."""
    taken = values["state"] in (Pile.IMPORTED, Pile.MERGED)
    if taken and values["expense_id"] is None and values["income_id"] is None:
        is_income = values["amount"] > 0 and values["kind"] != RowKind.REFUND
        values["income_id" if is_income else "expense_id"] = GONE


def _cut(written: str) -> str:
    """What a bank wrote, as far as it can be read back: its keys stand beside it."""
    return written[:LONG]


ROWS = Table(
    "import_rows",
    "rows of statements",
    ImportRow,
    (
        _id(),
        Cell("import", numbered("imports", empty=False), Kind.NUMBER, path="source_id", sets="source_id"),
        _named("payment_method", "payment_methods", empty=True),
        Cell("position", number(), Kind.NUMBER),
        Cell("line", number(), Kind.NUMBER),
        _day("date", empty=True),
        Cell("amount", amount(empty=True, exact=True), Kind.AMOUNT),
        Cell("description", text(200, lines=True)),
        Cell("memo", text(LONG, lines=True), writes=_cut),
        Cell("raw", text(LONG, lines=True), writes=_cut),
        Cell("bank_id", text(200, lines=True)),
        Cell("file_category", text(200, lines=True)),
        Cell("nature", one_of(["", *NATURES])),
        Cell("fingerprint", KEY),
        Cell("line_key", KEY),
        Cell("occurrence", number(), Kind.NUMBER),
        Cell("state", one_of(Pile.values)),
        Cell("kind", one_of(["", *RowKind.values])),
        _named("category", "categories", empty=True),
        Cell("reason", text(500, lines=True)),
        Cell("is_chosen", flag, Kind.FLAG),
        Cell("is_another", flag, Kind.FLAG),
        _there("twin", "import_rows", later=True),
        _there("counterpart", "import_rows", later=True),
        _there("changes", "import_rows", later=True),
        _there("expense", "expenses"),
        _there("income", "incomes"),
        _there("refund_of", "expenses"),
        _numbered("rule", "rules"),
        _numbered("recurring", "recurring_expenses"),
        _day("nominal_on", empty=True),
    ),
    rows=_rows,
    check=_statement_row,
)

TABLES = (
    HOUSEHOLD,
    MEMBERS,
    CATEGORIES,
    METHODS,
    EXPENSES,
    INCOMES,
    LIMITS,
    TRANSFERS,
    ALERTS,
    RECURRING,
    OCCURRENCES,
    DISMISSALS,
    RULES,
    PROFILES,
    IMPORTS,
    ROWS,
)
BY_NAME = {table.name: table for table in TABLES}
