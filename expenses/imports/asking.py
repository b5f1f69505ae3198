"""What is asked of new rows: whether the bank has changed them, whether they are here, whether they move money
between own accounts, whether they settle a date of what comes again. One question a row, the first that there is
reason for."""

import datetime as dt
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from operator import attrgetter
from sys import intern
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import BigIntegerField, Exists, ExpressionWrapper, F, OuterRef, Q

from expenses.imports import matching
from expenses.imports.refunding import propose_refunds
from expenses.imports.states import TAKEN, Kind, Pile, Question, chunks
from expenses.recurring.settling import open_dates
from expenses.shared.money import ZERO, from_units, rounded, to_units

if TYPE_CHECKING:
    from expenses.imports.models import Import, ImportRow
    from expenses.imports.proposing import Standing

NEAR = dt.timedelta(days=matching.NEAR_DAYS)
MOVING = dt.timedelta(days=matching.MOVE_DAYS)
QUARTER = dt.timedelta(days=92)
ELSEWHERE = "Left out before, with another day or amount"
GONE = "What it was is deleted; the bank gives it another day or amount"
UNDER_ANOTHER_ID = "Left out before, under another id of the bank"
GONE_UNDER_ANOTHER_ID = "What it was is deleted; the bank gives it another id"


class Counting(NamedTuple):
    """A row that counts, as an end of a move."""

    pk: int
    payment_method_id: int
    date: dt.date
    amount: Decimal


class Holding(NamedTuple):
    """Of a row that is, or is to be, joined with an expense (or an income), what tells it from others."""

    written_id: int  # of that expense or income
    source_id: int
    payment_method_id: int | None
    date: dt.date | None
    amount: Decimal | None
    look: str
    bank_id: str
    state: str


Pairs = list[tuple["ImportRow", "ImportRow | Counting"]]


def ask(source: "Import", rows: "Sequence[ImportRow]", file: "Sequence[ImportRow | Standing]" = ()) -> Pairs:
    """Ask what there is reason to ask of rows that have a proposal, and say which take back what was spent. `file` has
    all rows of the import where it may be that the bank has changed some.

    Gives the ends of moves, a row of this import first: `join` writes them down when all rows have an id. The other
    end may be a row of the import that is not among these, which is to be saved too.
    """
    _ask_renumbered(source, rows, file)
    _ask_changed(source, rows, file)
    _ask_same(source, rows, "expense")
    _ask_same(source, rows, "income")
    _leave_out_as_before(source, rows)
    propose_refunds(source, rows)
    pairs = _ask_moves(source, rows)
    _ask_to_settle(source, rows)
    return pairs


def join(source: "Import", pairs: Pairs) -> None:
    """Let both ends of each move point at each other; an end that counts is left as it is until the commit."""
    ids = [(row.pk, other.pk) for row, other in pairs]
    ids += [(other.pk, row.pk) for row, other in pairs if not isinstance(other, Counting)]
    source.rows.assign("counterpart", ids, state=Pile.NEW)


def _open(rows: "Iterable[ImportRow]", question: Question) -> "list[ImportRow]":
    """The rows that are to be taken in as it stands, and of which this may be asked."""
    return [row for row in rows if row.kind in TAKEN and row.may_be_asked(question)]


# ── under another id ──────────────────────────────────────────────────────────────────────────────


def _ask_renumbered(source: "Import", rows: "Sequence[ImportRow]", file: "Sequence[ImportRow | Standing]") -> None:
    """Ask about the rows that are here under another id of the bank, as far as can be told: some banks number their
    rows anew in each file."""
    asked = [row for row in _open(rows, Question.SAME) if row.bank_id and row.look and not row.is_another]
    if not asked or not file:
        return
    counting = source.household.import_rows.counting().filter(payment_method__in=source.methods).order_by()
    of_days = counting.filter(date__range=_between(asked)).exclude(bank_id="")
    if not of_days.exists():
        return
    names = ("payment_method_id", "date", "amount", "look", "expense_id", "income_id", "state")
    looks = sorted({row.look for row in asked})
    known = [row for chunk in chunks(looks) for row in of_days.filter(look__in=chunk).only(*names).iterator()]
    there = _there(source, known)
    claimed = [_claimed(source, rows, name) for name in ("expense", "income")]
    held = {row.twin_id for row in file}
    waiting: dict[tuple[Any, ...], deque[ImportRow]] = defaultdict(deque)
    for was in sorted(known, key=lambda row: row.pk):
        if was.pk not in held and was.expense_id not in claimed[0] and was.income_id not in claimed[1]:
            waiting[_told_by(was)].append(was)
    joined: set[tuple[int | None, int | None]] = set()
    for row in asked:
        same = waiting.get(_told_by(row))
        if not same:
            continue
        was = same.popleft()
        became = was.expense_id, was.income_id
        if was.expense_id in there["expense"] or was.income_id in there["income"]:
            if became not in joined:
                row.expense_id, row.income_id = became
                row.kind, row.reason = Kind.ASK, ""
            joined.add(became)
        elif not row.is_chosen:
            row.kind = Kind.LEAVE_OUT
            row.reason = UNDER_ANOTHER_ID if was.state == Pile.LEFT_OUT else GONE_UNDER_ANOTHER_ID


def _told_by(row: "ImportRow | Holding") -> tuple[Any, ...]:
    return row.payment_method_id, row.date, row.amount, row.look


def is_renumbered(was: "ImportRow | Holding", row: "ImportRow | Holding") -> bool:
    """Whether both are the same but for the id that the bank gave each."""
    ids = {was.bank_id, row.bank_id}
    return len(ids) == 2 and all(ids) and _told_by(was) == _told_by(row)


def _claimed(source: "Import", rows: "Sequence[ImportRow]", name: str) -> set[int]:
    """The expenses (or incomes), by their ids, of which a row of this import is asked already, or joined with; `rows`
    are as they stand here, whatever the database has."""
    among = {row.pk for row in rows if row.pk}
    others = source.rows.new().filter(**{f"{name}__isnull": False}).order_by().values_list("pk", name)
    claimed = set(map(attrgetter(f"{name}_id"), rows)) - {None}
    return claimed | {there for pk, there in others if pk not in among}


# ── changed by the bank ───────────────────────────────────────────────────────────────────────────


def _ask_changed(source: "Import", rows: "Sequence[ImportRow]", file: "Sequence[ImportRow | Standing]") -> None:
    """Ask about the rows to which the bank gives another day or amount than it did under the same id; those of which
    nothing is there any more are left out again."""
    asked = {
        row.pk or id(row): row
        for row in rows
        if row.may_be_asked(Question.CHANGED)
        and not row.is_another
        and not (row.is_chosen and row.kind == Kind.LEAVE_OUT)
        and row.bank_id
    }
    if not asked or not file:
        return
    renumbered = {(row.expense_id, row.income_id) for row in rows if row.kind == Kind.ASK}
    booked = {
        one.pk: one
        for one in _booked(source, {row.bank_id for row in asked.values()})
        if (one.expense_id, one.income_id) not in renumbered - {(None, None)}
    }
    if not booked:
        return
    known = [
        matching.Booked(one.pk, one.payment_method_id or 0, one.bank_id, one.date, one.amount)
        for one in booked.values()
        if one.date is not None and one.amount is not None
    ]
    readable = [row for row in file if row.bank_id and row.date is not None and row.amount is not None]
    bookings = [
        matching.Booking(row.payment_method_id or 0, row.bank_id, row.date, row.amount, row.state == Pile.HERE)
        for row in readable
        if row.date is not None and row.amount is not None
    ]
    there = _there(source, booked.values())
    for at, pk in matching.changed(bookings, known).items():
        standing = readable[at]
        row = asked.get(standing.pk or id(standing))
        if row is None:
            continue
        was = booked[pk]
        row.changes_id = pk
        if was.expense_id in there["expense"] or was.income_id in there["income"]:
            row.expense_id, row.income_id = was.expense_id, was.income_id
            row.kind, row.reason = Kind.ASK, ""
        else:
            row.kind, row.reason = Kind.LEAVE_OUT, GONE if was.state != Pile.LEFT_OUT else ELSEWHERE


def _booked(source: "Import", ids: Collection[str]) -> "Iterator[ImportRow]":
    """The rows that count under these ids of the bank, and that no other has replaced."""
    counting = source.household.import_rows.counting()
    replaced = counting.order_by().filter(changes=OuterRef("pk"))
    of_methods = counting.filter(payment_method__in=source.methods).exclude(Exists(replaced)).order_by()
    of_methods = of_methods.exclude(bank_id="")  # said for the index, which has no others
    names = ("payment_method_id", "bank_id", "date", "amount", "expense_id", "income_id", "state")
    for chunk in chunks(sorted(ids)) if of_methods.exists() else ():
        yield from of_methods.filter(bank_id__in=chunk).only(*names).iterator()


def _there(source: "Import", rows: "Iterable[ImportRow]") -> dict[str, set[int]]:
    """Which expenses and incomes of the rows are there."""
    found: dict[str, set[int]] = {"expense": set(), "income": set()}
    held = list(rows)
    for name, there in found.items():
        ids = sorted({pk for row in held if (pk := getattr(row, f"{name}_id"))})
        for chunk in chunks(ids):
            there.update(getattr(source.household, f"{name}s").filter(pk__in=chunk).values_list("pk", flat=True))
    return found


# ── likely the same ───────────────────────────────────────────────────────────────────────────────


def _ask_same(source: "Import", rows: "Sequence[ImportRow]", name: str) -> None:
    """Ask about the rows that are likely the same as an expense, or an income, that is here."""
    asked = _open(rows, Question.SAME)
    if name == "income":
        asked = [row for row in asked if row.cost < 0]
    if not asked:
        return
    costs = _costs(source, asked)
    near = _near(source, name, asked, costs, _claimed(source, rows, name))
    candidates = _candidates(source, name, _about(asked), near)
    asked, spendings = _spendings(source, asked, costs, {amount for _, amount in near.values()})
    for at, pk in matching.likely(spendings, candidates).items():
        setattr(asked[at], f"{name}_id", pk)
        asked[at].kind, asked[at].reason = Kind.ASK, ""


def _costs(source: "Import", rows: "Sequence[ImportRow]") -> list[Decimal]:
    """What each row would be written down with."""
    decimals = source.household.decimals
    return [rounded(row.cost, decimals) for row in rows]


def _about(rows: "Sequence[ImportRow]") -> tuple[dt.date, dt.date]:
    """The days on which what the rows are likely to be may stand."""
    first, last = _between(rows)
    return first - NEAR, last + NEAR


def _spendings(
    source: "Import", rows: "Sequence[ImportRow]", costs: Sequence[Decimal], amounts: Collection[Decimal]
) -> "tuple[list[ImportRow], list[matching.Spending]]":
    """Those of the rows that cost one of these amounts, and what they would be written down as."""
    if not amounts:
        return [], []
    with_ids = {row.payment_method_id for row in rows if row.bank_id}
    with_ids |= set(source.rows.exclude(bank_id="").order_by().values_list("payment_method", flat=True).distinct())
    found = [(row, cost) for row, cost in zip(rows, costs, strict=True) if cost in amounts]
    spendings = [
        matching.Spending(
            row.date or dt.date.min, cost, row.title, (row.payment_method_id or 0, row.payment_method_id in with_ids)
        )
        for row, cost in found
    ]
    return [row for row, _ in found], spendings


Near = dict[int, tuple[dt.date, Decimal]]  # id → day, and amount in an expense's sign


def _near(
    source: "Import", name: str, rows: "Sequence[ImportRow]", costs: Sequence[Decimal], claimed: Collection[int]
) -> Near:
    """The expenses (or incomes) that cost what one of the rows does, within the days of it, and are not claimed: of a
    million expenses of these years, few."""
    near: Near = {}
    amount_of = cache(from_units)  # many cost the same: kept once
    stands, units = _Days(rows, costs), ExpressionWrapper(F("amount"), BigIntegerField())
    of, day, sign = ("expenses", "spent_on", 1) if name == "expense" else ("incomes", "received_on", -1)
    for days in _quarters(rows):
        there = getattr(source.household, of).between(*days).order_by()
        for pk, on, amount in there.values_list("pk", day, units):
            if stands.near(on, sign * amount) and pk not in claimed:
                near[pk] = on, amount_of(sign * amount)
    return near


def _quarters(rows: "Sequence[ImportRow]") -> Iterator[tuple[dt.date, dt.date]]:
    """The days about the rows in stretches of three months: what is read of one is let go before the next."""
    stretch: list[dt.date] = []
    for day in sorted({row.date for row in rows if row.date}):
        if stretch and day - stretch[0] > QUARTER:
            yield stretch[0] - NEAR, stretch[-1] + NEAR
            stretch = []
        stretch.append(day)
    if stretch:
        yield stretch[0] - NEAR, stretch[-1] + NEAR


class _Days:
    """On which days each amount stands; in ten-thousandths, which are compared in a third of the time."""

    def __init__(self, rows: "Sequence[ImportRow]", costs: Sequence[Decimal]) -> None:
        self.of: dict[int, list[int]] = defaultdict(list)
        for row, cost in zip(rows, costs, strict=True):
            if row.date:
                self.of[to_units(cost)].append(row.date.toordinal())
        for days in self.of.values():
            days.sort()

    def near(self, day: dt.date, amount: int) -> bool:
        """Whether the amount stands on one of the days that are as near as a bank may be."""
        days = self.of.get(amount)
        if not days:
            return False
        first = day.toordinal() - matching.NEAR_DAYS
        at = bisect_left(days, first)
        return at < len(days) and days[at] <= first + 2 * matching.NEAR_DAYS


def _candidates(source: "Import", name: str, days: tuple[dt.date, dt.date], near: Near) -> list[matching.Candidate]:
    """These expenses (or incomes), each with whose statements have it by which keys."""
    if not near:
        return []
    held: dict[int, tuple[tuple[int, int], ...]] = {}
    alike: dict[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]] = {}
    texts: dict[int, str] = {}
    counting = source.household.import_rows.counting().order_by()
    rows = counting.filter(date__range=(days[0] - NEAR, days[1] + NEAR), **{f"{name}__isnull": False})
    for pk, of, method, text in rows.values_list(name, "source", "payment_method", "description").iterator():
        if pk in near:  # what is said of many is kept once
            holders = (*held.get(pk, ()), (of, method))
            held[pk] = alike.setdefault(holders, holders)
            texts[pk] = intern(text)
    with_ids = having_ids(source, {of for holders in held.values() for of, _ in holders})

    @cache  # few are held by other files than the next one is
    def sources(holders: tuple[tuple[int, int], ...]) -> frozenset[matching.Source]:
        return frozenset((method, (of, method) in with_ids) for of, method in holders)

    return [
        matching.Candidate(pk, day, amount, texts.get(pk, ""), sources(held.get(pk, ())))
        for pk, (day, amount) in near.items()
    ]


def having_ids(source: "Import", imports: Collection[int]) -> set[tuple[int, int | None]]:
    """The files, by the id of the import and of the payment method, whose rows have the bank's ids: those that have
    them for some rows are told by them as well."""
    with_ids = source.household.import_rows.exclude(bank_id="").order_by()
    return {
        found
        for chunk in chunks(sorted(imports))
        for found in with_ids.filter(source__in=chunk).values_list("source", "payment_method").distinct()
    }


def _leave_out_as_before(source: "Import", rows: "Sequence[ImportRow]") -> None:
    """What was left out when it came in the statement of this method with keys of the other kind, is so again."""
    asked = [row for row in _open(rows, Question.SAME) if not row.is_chosen]
    if not asked:
        return
    counting = source.household.import_rows.counting().order_by()
    before = counting.filter(state=Pile.LEFT_OUT, payment_method__in=source.methods, date__range=_about(asked))
    if not before.exists():
        return
    costs = _costs(source, asked)
    stands = _Days(asked, costs)
    left: dict[int, tuple[int, int, dt.date, Decimal]] = {}
    for pk, of, method, day, amount in before.values_list(
        "pk", "source", "payment_method", "date", "amount"
    ).iterator():
        if amount is None or day is None:
            continue
        cost = rounded(-amount, source.household.decimals)
        if stands.near(day, to_units(cost)):
            left[pk] = (of, method or 0, day, cost)
    with_ids = having_ids(source, {of for of, *_ in left.values()})
    candidates = [
        # Of one method only: the text, by which statements of others are compared, is nobody's.
        matching.Candidate(pk, day, cost, f"\x1f{pk}", frozenset({(method, (of, method) in with_ids)}))
        for pk, (of, method, day, cost) in left.items()
    ]
    asked, spendings = _spendings(source, asked, costs, {cost for *_, cost in left.values()})
    for at, pk in matching.likely(spendings, candidates).items():
        day = left[pk][2]
        asked[at].kind, asked[at].reason = Kind.LEAVE_OUT, f"Left out before, on {day.day} {day:%B}"


# ── moves between own accounts ────────────────────────────────────────────────────────────────────


def _ask_moves(source: "Import", rows: "Sequence[ImportRow]") -> Pairs:
    """Pair the rows that look like the two ends of a move. Who is left out already is not asked."""
    told = [row for row in rows if _may_move(row) and row.nature == "transfer"]
    pairs: Pairs = [(told[out], told[into]) for out, into in matching.moves([_end(row) for row in told])]
    paired = {id(row) for pair in pairs for row in pair}
    own: list[ImportRow] = [row for row in rows if _may_move(row) and id(row) not in paired]
    if own:
        own += _others_of_import(source, rows, own)
        elsewhere = _counting_ends(source, own)
        # Of an end alone there is nothing to ask where neither this import nor another one has a second method.
        ends: list[ImportRow | Counting] = [*own, *elsewhere] if elsewhere or len(source.methods) > 1 else []
        for out, into in matching.moves([_end(end) for end in ends]):
            one, other = ends[out], ends[into]
            if isinstance(one, Counting):
                one, other = other, one
            if not isinstance(one, Counting):
                pairs.append((one, other))
    for pair in pairs:
        for row in pair:
            if not isinstance(row, Counting) and row.kind in TAKEN:
                row.kind, row.reason = Kind.ASK, ""
    return pairs


def _end(row: "ImportRow | Counting") -> matching.End:
    return matching.End(
        row.payment_method_id or 0, row.date or dt.date.min, row.amount or ZERO, not isinstance(row, Counting)
    )


def _may_move(row: "ImportRow") -> bool:
    return (
        row.may_be_asked(Question.MOVE)
        and row.nature in ("", "transfer")
        and row.refund_of_id is None
        and row.changes_id is None
        and row.recurring_id is None
    )


def _others_of_import(source: "Import", rows: "Sequence[ImportRow]", own: "Sequence[ImportRow]") -> "list[ImportRow]":
    """Rows of the import that are not among these, in the database already, and may be the other end."""
    if len(source.methods) < 2:
        return []
    there = source.rows.new().filter(kind__in=(*TAKEN, Kind.LEAVE_OUT), counterpart=None)
    among = {row.pk for row in rows}
    opposite = {-row.amount for row in own if row.amount}
    found = there.filter(date__range=_days(own)).defer("raw", "memo")
    return [row for row in found.iterator() if row.amount in opposite and row.pk not in among and _may_move(row)]


def _counting_ends(source: "Import", own: "Sequence[ImportRow]") -> list[Counting]:
    """Rows that count and may be the other end: left out, or taken in (and still there), and in no pair."""
    of_other = Q() if len(source.methods) > 1 else ~Q(payment_method__in=source.methods)
    counting = source.household.import_rows.counting().order_by()
    settled = Q(state=Pile.LEFT_OUT) | Q(state=Pile.IMPORTED, refund_of=None, recurring=None)
    found = counting.filter(of_other, settled, date__range=_days(own), counterpart=None, nature__in=("", "transfer"))
    if not found.exists():
        return []
    opposite = {-row.amount for row in own if row.amount}
    claimed = source.rows.new().filter(counterpart__isnull=False).values_list("counterpart", flat=True)
    taken = set(claimed)
    values: Any = found.values_list("pk", "payment_method", "date", "amount")
    return [Counting(*row) for row in values.iterator() if row[3] in opposite and row[0] not in taken]


def _days(rows: "Sequence[ImportRow]") -> tuple[dt.date, dt.date]:
    first, last = _between(rows)
    return first - MOVING, last + MOVING


def _between(rows: "Sequence[ImportRow]") -> tuple[dt.date, dt.date]:
    days = [row.date for row in rows if row.date]
    return min(days), max(days)


# ── what comes again ──────────────────────────────────────────────────────────────────────────────


def _ask_to_settle(source: "Import", rows: "Sequence[ImportRow]") -> None:
    """Ask about the rows that are likely a date of a recurring expense which nobody has posted yet."""
    asked = [row for row in _open(rows, Question.SETTLE) if row.recurring_id is None]
    if not asked:
        return
    claimed = set(source.rows.new().settling().values_list("recurring", "nominal_on"))
    dates = [
        date
        for date in open_dates(source.household, *_about(asked))
        if (date.recurring.pk, date.nominal_on) not in claimed
    ]
    if not dates:
        return
    amounts = {date.recurring.amount for date in dates}
    asked, spendings = _spendings(source, asked, _costs(source, asked), amounts)
    candidates = [matching.Candidate(n, date.due_on, date.recurring.amount) for n, date in enumerate(dates, 1)]
    for at, n in matching.likely(spendings, candidates).items():
        asked[at].recurring_id, asked[at].nominal_on = dates[n - 1].recurring.pk, dates[n - 1].nominal_on
        asked[at].kind, asked[at].reason = Kind.ASK, ""
