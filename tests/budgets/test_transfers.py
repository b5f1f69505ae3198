"""Money moved between categories and the pool: both legs or neither, once, and never more than there is."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from expenses.budgets import figures
from expenses.budgets.envelope import Envelope, Figures, Leftover, Rule, movable, shortage, standing, walk
from expenses.budgets.models import Limit, MoveKeyUsed, NotEnoughLeft, PlanRefused, Setting, Transfer, TransferLeg
from expenses.ledger.models import Income
from expenses.shared.constraints import CompositeForeignKey
from expenses.shared.months import Month
from tests.factories import make_expense
from tests.people import TODAY, People

OCTOBER, NOVEMBER, DECEMBER, JANUARY = Month(2026, 10), Month(2026, 11), Month(2026, 12), Month(2027, 1)
CENT = Decimal("0.01")


def d(amount) -> Decimal:
    return Decimal(str(amount))


def limit(people, category, amount, month=NOVEMBER, leftover=Leftover.SURPLUS) -> None:
    setting = Setting(None if amount is None else d(amount), leftover)
    Limit.set(people.household, month, {category: setting})


def begin_pool(people, month=NOVEMBER, amount=1000) -> None:
    """A pool from that month on, with an income on its first day."""
    household = people.household
    Income.objects.create(
        household=household, recorded_by=people.alice, description="Pay", amount=d(amount), received_on=month.start
    )
    household.pool_from = month
    household.save(update_fields=["pool_from"])


def move(people, source, destination, amount, month=NOVEMBER, *, on=TODAY, **fields) -> Transfer:
    fields = {"by": people.bob, "key": uuid.uuid4(), "household": people.household} | fields
    return Transfer.move(month=month, source=source, destination=destination, amount=d(amount), on=on, **fields)


def left(people, category, month=NOVEMBER) -> Decimal:
    return standing(figures.read(people.household, until=month), month).envelopes[category.pk].left


def to_assign(people, month=NOVEMBER) -> Decimal:
    return standing(figures.read(people.household, until=month), month).pool.amount


def written() -> tuple[int, int]:
    return Transfer.objects.count(), TransferLeg.objects.count()


# ── what is written ───────────────────────────────────────────────────────────────────────────────


def test_a_move_has_a_leg_out_and_a_leg_in(people):
    limit(people, people.food, 400)

    transfer = move(people, people.food, people.fun, "18.40", note="For the film")

    legs = [(leg.side, leg.category, leg.size, leg.month, leg.household) for leg in transfer.legs.order_by("side")]
    assert legs == [
        (-1, people.food, d("18.40"), NOVEMBER, people.household),
        (1, people.fun, d("18.40"), NOVEMBER, people.household),
    ]
    assert (transfer.moved_by, transfer.note, str(transfer)) == (people.bob, "For the film", "Food to Fun")
    assert (left(people, people.food), left(people, people.fun)) == (d("381.60"), d("18.40"))


def test_a_leg_without_a_category_is_the_pools(people):
    begin_pool(people)

    given_out = move(people, None, people.food, 300)
    given_back = move(people, people.food, None, 100)

    assert [leg.category for leg in given_out.legs.order_by("side")] == [None, people.food]
    assert [leg.category for leg in given_back.legs.order_by("side")] == [people.food, None]
    assert (to_assign(people), left(people, people.food)) == (800, 200)
    assert (str(given_out), str(given_back)) == ("To assign to Food", "Food to To assign")


def test_the_same_key_again_gives_the_first_move(people):
    limit(people, people.food, 400)
    key = uuid.uuid4()

    first = move(people, people.food, people.fun, 300, key=key)
    again = move(people, people.food, people.fun, 300, key=key)

    assert again == first  # though the guard would refuse a second one
    assert written() == (1, 2)


@pytest.mark.parametrize(
    "other", [{"amount": 21}, {"note": "Why"}, {"month": DECEMBER}, {"source": "Fun", "destination": "Food"}]
)
def test_the_same_key_with_something_else_is_refused(people, other):
    limit(people, people.food, 400)
    limit(people, people.fun, 400)
    key = uuid.uuid4()
    move(people, people.food, people.fun, 20, key=key)
    said = {"source": "Food", "destination": "Fun", "amount": 20, "note": "", "month": NOVEMBER} | other

    with pytest.raises(MoveKeyUsed):
        move(people, people.category(said.pop("source")), people.category(said.pop("destination")), key=key, **said)

    assert written() == (1, 2)


def test_the_same_key_in_another_household_is_another_one(people):
    limit(people, people.food, 400)
    theirs = [people.category(name, people.others) for name in ("Food", "Fun")]
    Limit.set(people.others, NOVEMBER, {theirs[0]: Setting(d(400), Leftover.SURPLUS)})
    key = uuid.uuid4()

    move(people, people.food, people.fun, 20, key=key)
    move(people, *theirs, 20, key=key, household=people.others)

    assert written() == (2, 4)


def test_a_month_that_begins_on_the_25th_is_moved_in_by_its_name(people):
    people.household.month_starts_on = 25
    people.household.save()
    limit(people, people.food, 400)
    make_expense(people.household, amount="50", category=people.food, spent_on=dt.date(2026, 11, 26))

    move(people, people.food, people.fun, 400, NOVEMBER, on=dt.date(2026, 11, 26))

    assert left(people, people.food) == 0
    with pytest.raises(NotEnoughLeft, match=r"^Food has 350\.00 left in December\.$"):
        move(people, people.food, people.fun, 400, DECEMBER, on=dt.date(2026, 11, 26))


# ── what is refused ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("0", "Write an amount above zero, up to 100,000,000,000."),
        ("-5", "Write an amount above zero, up to 100,000,000,000."),
        ("100000000000.01", "Write an amount above zero, up to 100,000,000,000."),
        ("0.005", "Amounts in USD have 2 decimals at most."),
    ],
)
def test_an_amount_that_is_none(people, amount, sentence):
    limit(people, people.food, 400)

    with pytest.raises(PlanRefused) as refused:
        move(people, people.food, people.fun, amount)

    assert (str(refused.value), refused.value.field) == (sentence, "amount")
    assert written() == (0, 0)


def test_the_same_side_twice(people):
    begin_pool(people)
    for side in (people.food, None):
        with pytest.raises(PlanRefused, match="Choose two different categories") as refused:
            move(people, side, side, 5)

        assert refused.value.field == "destination"
    assert written() == (0, 0)


@pytest.mark.parametrize("side", ["source", "destination"])
def test_a_category_of_another_household(people, side):
    limit(people, people.food, 400)
    sides = {"source": people.food, "destination": people.fun, side: people.category("Food", people.others)}

    with pytest.raises(PlanRefused, match="is not there any more") as refused:
        move(people, sides["source"], sides["destination"], 5)

    assert refused.value.field == side
    assert written() == (0, 0)


@pytest.mark.parametrize("side", ["source", "destination"])
def test_an_archived_category(people, side):
    limit(people, people.food, 400)
    limit(people, people.fun, 400)
    sides = {"source": people.food, "destination": people.fun}
    sides[side].archived_on = TODAY
    sides[side].save()

    with pytest.raises(PlanRefused, match=r"is archived\. Bring it back first") as refused:
        move(people, people.food, people.fun, 5)

    assert refused.value.field == side
    assert written() == (0, 0)


def test_a_month_before_the_budget_begins(people):
    with pytest.raises(PlanRefused, match="The budget begins in January 2024") as refused:
        move(people, people.food, people.fun, 5, Month(2023, 12))

    assert refused.value.field == "month"
    assert written() == (0, 0)


def test_the_pool_where_there_is_none_or_not_yet(people):
    with pytest.raises(PlanRefused, match="There is no money to assign yet"):
        move(people, None, people.fun, 5)
    begin_pool(people)
    with pytest.raises(PlanRefused, match="Money to assign begins in November 2026"):
        move(people, None, people.fun, 5, OCTOBER)

    assert written() == (0, 0)


@pytest.mark.parametrize(
    ("spent", "amount", "sentence"),
    [
        ("370", "30.01", "Food has 30.00 left in November."),
        ("400", "0.01", "Food has 0.00 left in November."),
        ("418.40", "0.01", "Food is 18.40 over in November."),
    ],
)
def test_more_than_there_is(people, spent, amount, sentence):
    limit(people, people.food, 400)
    make_expense(people.household, amount=spent, category=people.food)

    with pytest.raises(NotEnoughLeft) as refused:
        move(people, people.food, people.fun, amount)

    assert (str(refused.value), refused.value.field) == (sentence, "amount")
    assert written() == (0, 0)


def test_all_there_is_can_go_to_the_cent(people):
    limit(people, people.food, 400)
    make_expense(people.household, amount="370", category=people.food)

    move(people, people.food, people.fun, 30)

    assert left(people, people.food) == 0


def test_an_overspent_category_can_be_given_money_though_it_stays_over(people):
    limit(people, people.food, 400)
    make_expense(people.household, amount="100", category=people.fun)

    move(people, people.food, people.fun, 30)

    assert left(people, people.fun) == -70


def test_a_pool_that_is_overplanned_gives_nothing_and_takes_back(people):
    limit(people, people.food, 1200)
    begin_pool(people)

    with pytest.raises(NotEnoughLeft, match=r"^There is 0\.00 to assign in November\.$"):
        move(people, None, people.fun, 1)
    move(people, people.food, None, 50)

    assert to_assign(people) == -150


# ── the guard over other months ───────────────────────────────────────────────────────────────────


def test_carried_money_is_moved_once(people):
    """The counterexample of the design: out of November, which carries from October, then out of October."""
    limit(people, people.food, 100, OCTOBER)
    move(people, people.food, people.fun, 200)

    with pytest.raises(NotEnoughLeft, match=r"^This would leave Food 100\.00 short in November\.$"):
        move(people, people.food, people.fun, 100, OCTOBER)

    assert left(people, people.food) == 0


def test_money_that_a_closed_month_needed_stays_where_it_was(people):
    limit(people, people.food, 100, Month(2026, 9))
    limit(people, people.food, 0, OCTOBER)
    make_expense(people.household, amount="60", category=people.food, spent_on=dt.date(2026, 10, 5))

    with pytest.raises(NotEnoughLeft, match=r"^This would leave Food 10\.00 short in October\.$"):
        move(people, people.food, people.fun, 50, Month(2026, 9))
    move(people, people.food, people.fun, 40, Month(2026, 9))

    assert left(people, people.food, OCTOBER) == 0


def test_what_the_running_month_leaves_cannot_be_moved_out_of_the_next_one(people):
    limit(people, people.food, 100)

    with pytest.raises(NotEnoughLeft, match=r"^Food has 100\.00 left in December\.$"):
        move(people, people.food, people.fun, 150, DECEMBER)
    move(people, people.food, people.fun, 100, DECEMBER)
    move(people, people.food, people.fun, 100, NOVEMBER)

    assert (left(people, people.food), left(people, people.food, DECEMBER)) == (0, 0)


def test_what_the_running_month_is_over_weighs_on_the_next_one(people):
    limit(people, people.food, 100, leftover=Leftover.ALL)
    make_expense(people.household, amount="130", category=people.food)

    with pytest.raises(NotEnoughLeft, match=r"^Food has 70\.00 left in December\.$"):
        move(people, people.food, people.fun, "70.01", DECEMBER)

    move(people, people.food, people.fun, 70, DECEMBER)


def test_a_move_in_a_month_to_come_is_guarded_before_and_after_that_month_has_come(people):
    limit(people, people.food, 100)
    move(people, people.food, people.fun, 100, JANUARY)
    with pytest.raises(NotEnoughLeft, match=r"^Food has 0\.00 left in January 2027\.$"):
        move(people, people.food, people.fun, 1, JANUARY)
    move(people, people.food, people.fun, 60, NOVEMBER)  # January does without what November leaves
    in_january = dt.date(2027, 1, 10)
    move(people, people.food, people.fun, 140, JANUARY, on=in_january)  # carried from November and December

    with pytest.raises(NotEnoughLeft, match=r"^This would leave Food 40\.00 short in January\.$"):
        move(people, people.food, people.fun, 40, NOVEMBER, on=in_january)

    assert left(people, people.food, JANUARY) == 0


def test_what_a_category_gave_back_and_was_given_out_since_is_gone(people):
    limit(people, people.food, 100, OCTOBER, Leftover.NONE)
    begin_pool(people, OCTOBER, 200)
    assert to_assign(people) == 100  # October's 100 came back, November's were given out
    move(people, None, people.fun, 100)

    with pytest.raises(NotEnoughLeft, match=r"^This would leave 60\.00 too little to assign in November\.$"):
        move(people, people.food, people.fun, 60, OCTOBER)
    move(people, people.food, None, 60, OCTOBER)  # a month earlier into the same pool: nothing changes since

    assert to_assign(people) == 0


def test_the_pool_cannot_give_in_a_past_month_what_it_gave_since(people):
    begin_pool(people, OCTOBER, 100)
    move(people, None, people.fun, 100)

    with pytest.raises(NotEnoughLeft, match=r"^This would leave 100\.00 too little to assign in November\.$"):
        move(people, None, people.food, 100, OCTOBER)

    assert to_assign(people, OCTOBER) == 100


@pytest.mark.parametrize(
    ("leftover", "from_october", "from_november"),
    [(Leftover.SURPLUS, 60, 160), (Leftover.ALL, 60, 160), (Leftover.NONE, 60, 100)],
)
def test_how_much_may_go_by_what_stays_of_a_month(people, leftover, from_october, from_november):
    limit(people, people.food, 100, OCTOBER, leftover)
    make_expense(people.household, amount="40", category=people.food, spent_on=dt.date(2026, 10, 5))
    found = figures.read(people.household)

    most = [movable(found, month=m, source=people.food.pk, running=NOVEMBER) for m in (OCTOBER, NOVEMBER)]

    assert most == [from_october, from_november]


def test_what_was_overspent_later_does_not_hold_up_a_move_that_makes_it_no_worse(people):
    """October's surplus reaches a November that is over anyway: taking it would leave November more over."""
    limit(people, people.food, 100, OCTOBER)
    make_expense(people.household, amount="250", category=people.food)

    with pytest.raises(NotEnoughLeft, match=r"^This would leave Food 1\.00 short in November\.$"):
        move(people, people.food, people.fun, 1, OCTOBER)

    limit(people, people.food, 100, OCTOBER, Leftover.NONE)  # without a carry November has no say
    move(people, people.food, people.fun, 1, OCTOBER)


# ── reversing ─────────────────────────────────────────────────────────────────────────────────────


def test_a_reversal_is_the_opposite_move_in_the_same_month(people):
    limit(people, people.food, 400)
    transfer = move(people, people.food, people.fun, 20)

    reversal = transfer.reverse(by=people.alice, on=TODAY, key=uuid.uuid4())

    assert (reversal.source, reversal.destination, reversal.amount) == (people.fun, people.food, 20)
    assert (reversal.month, reversal.reverses, reversal.moved_by) == (NOVEMBER, transfer, people.alice)
    assert left(people, people.food) == 400
    assert written() == (2, 4)


def test_a_move_is_reversed_once(people):
    limit(people, people.food, 400)
    transfer, key = move(people, people.food, people.fun, 20), uuid.uuid4()
    reversal = transfer.reverse(by=people.alice, on=TODAY, key=key)

    assert transfer.reverse(by=people.alice, on=TODAY, key=key) == reversal  # the same form sent twice
    with pytest.raises(PlanRefused, match="was reversed already"):
        transfer.reverse(by=people.bob, on=TODAY, key=uuid.uuid4())
    with pytest.raises(PlanRefused, match="A reversal is not reversed"):
        reversal.reverse(by=people.bob, on=TODAY, key=uuid.uuid4())

    assert written() == (2, 4)


def test_a_reversal_is_guarded(people):
    limit(people, people.food, 400)
    transfer = move(people, people.food, people.fun, 20)
    make_expense(people.household, amount="15", category=people.fun)

    with pytest.raises(NotEnoughLeft, match=r"^Fun has 5\.00 left in November\.$"):
        transfer.reverse(by=people.bob, on=TODAY, key=uuid.uuid4())

    said = transfer.speaks_against_reversal(figures.read(people.household), running=NOVEMBER)
    assert said == "Fun has 5.00 left in November."
    assert written() == (1, 2)


def test_a_move_between_two_that_were_merged_reads_within_and_stays(people):
    limit(people, people.food, 400)
    transfer = move(people, people.food, people.fun, 20)
    Transfer.objects.update(destination=people.food)  # as merging does
    TransferLeg.objects.update(category=people.food)
    transfer.refresh_from_db()

    with pytest.raises(PlanRefused, match="There is nothing to reverse"):
        transfer.reverse(by=people.bob, on=TODAY, key=uuid.uuid4())

    assert str(transfer) == "within Food"
    assert not transfer.is_reversible
    assert transfer.change_of(people.food) == 0


def test_a_move_of_an_archived_category_waits_for_it_to_come_back(people):
    limit(people, people.food, 400)
    transfer = move(people, people.food, people.fun, 20)
    people.household.categories.filter(pk=people.fun.pk).update(archived_on=TODAY)

    said = transfer.speaks_against_reversal(figures.read(people.household), running=NOVEMBER)

    assert said == "Fun is archived. Bring it back first."


# ── what the database holds ───────────────────────────────────────────────────────────────────────


@pytest.fixture
def moved(people) -> Transfer:
    limit(people, people.food, 400)
    return move(people, people.food, people.fun, 20)


def refused_by(name: str, write) -> None:
    """The database refuses the write, for the constraint of this name. SQLite names only checks: for the others it is
    seen to have the constraint at all."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        _write_and_look(write)
    if connection.vendor == "postgresql":
        assert f'"{name}"' in str(refused.value)
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_master WHERE name = %s OR sql LIKE %s", [name, f'%"{name}"%'])
        assert cursor.fetchone()[0]
    is_check = name.endswith(("_known", "_above_zero", "_in_range", "_a_category", "_up_to_200"))
    assert is_check is (str(refused.value) == f"CHECK constraint failed: {name}")


def _write_and_look(write) -> None:
    """Foreign keys are looked at when the transaction ends, or when asked."""
    write()
    connection.check_constraints()


def leg(transfer, **fields):
    """One more leg, in the place of the one that brought the money."""
    values = {"household": transfer.household, "transfer": transfer, "month": transfer.month, "side": 1,
              "size": transfer.amount, "category": transfer.destination}  # fmt: skip
    transfer.legs.filter(side=1).delete()
    return lambda: TransferLeg.objects.create(**(values | fields))


@pytest.mark.parametrize("side", [-1, 1])
def test_no_third_leg(moved, side):
    refused_by(
        "transferleg_one_a_side",
        lambda: TransferLeg.objects.create(
            household=moved.household, transfer=moved, month=moved.month, side=side, size=20, category=moved.source
        ),
    )


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"side": 0}, "transferleg_side_known"),
        ({"side": 2}, "transferleg_side_known"),
        ({"size": d(0)}, "transferleg_size_above_zero"),
        ({"size": d(-20)}, "transferleg_size_above_zero"),
        ({"size": d(21)}, "transferleg_as_its_transfer"),
        ({"month": DECEMBER}, "transferleg_as_its_transfer"),
    ],
)
def test_a_leg_is_as_its_transfer(moved, fields, name):
    refused_by(name, leg(moved, **fields))


def test_a_leg_stays_in_the_household_of_its_transfer(moved, people):
    refused_by("transferleg_as_its_transfer", leg(moved, household=people.others, category=None))


def test_a_leg_stays_with_a_category_of_the_household(moved, people):
    refused_by("transferleg_category_of_household", leg(moved, category=people.category("Food", people.others)))


def transfer_like(moved, **fields):
    values = {"household": moved.household, "month": moved.month, "source": moved.source, "amount": moved.amount,
              "destination": moved.destination, "moved_by": moved.moved_by, "key": uuid.uuid4()}  # fmt: skip
    return lambda: Transfer.objects.create(**(values | fields))


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"source": None, "destination": None}, "transfer_touches_a_category"),
        ({"amount": d(0)}, "transfer_amount_in_range"),
        ({"amount": d("100000000000.01")}, "transfer_amount_in_range"),
    ],
)
def test_a_transfer_says_how_much_and_where(moved, fields, name):
    refused_by(name, transfer_like(moved, **fields))


@pytest.mark.sqlite  # on Postgres the column itself is no longer
def test_a_note_is_no_longer_than_its_field(moved):
    refused_by("transfer_note_up_to_200", transfer_like(moved, note="x" * 201))


@pytest.mark.parametrize("side", ["source", "destination"])
def test_a_transfer_stays_within_its_household(moved, people, side):
    theirs = people.category("Food", people.others)

    refused_by(f"transfer_{side}_of_household", transfer_like(moved, **{side: theirs}))


def test_a_key_is_used_once_in_a_household(moved):
    refused_by("transfer_key_once", transfer_like(moved, key=moved.key))


def test_no_second_reversal(moved, people):
    moved.reverse(by=people.bob, on=TODAY, key=uuid.uuid4())

    with pytest.raises(IntegrityError), transaction.atomic():
        transfer_like(moved, reverses=moved)()


@pytest.mark.parametrize("fields", [{"amount": d(19)}, {"month": DECEMBER}])
def test_a_reversal_is_as_large_as_what_it_reverses(moved, fields):
    refused_by("transfer_reverses_its_like", transfer_like(moved, reverses=moved, **fields))


def test_every_composite_key_is_there():
    """That the tests above are about all of them."""
    found = {
        constraint.name
        for model in (Transfer, TransferLeg)
        for constraint in model._meta.constraints
        if isinstance(constraint, CompositeForeignKey)
    }

    assert found == {"transfer_source_of_household", "transfer_destination_of_household", "transfer_reverses_its_like",
                     "transferleg_as_its_transfer", "transferleg_category_of_household"}  # fmt: skip


# ── what always holds ─────────────────────────────────────────────────────────────────────────────

MONTHS = [Month(2026, 8), Month(2026, 9), OCTOBER, NOVEMBER, DECEMBER, JANUARY]  # November is the running one
SIDES = [None, 1, 2, 3]

NOTHING = Envelope(None, Leftover.SURPLUS)

cents = st.integers(-30_000, 30_000).map(lambda n: Decimal(n) / 100)
above_zero = st.integers(0, 30_000).map(lambda n: Decimal(n) / 100)
by_category = st.dictionaries(st.sampled_from([1, 2, 3]), cents, max_size=3)


@st.composite
def plans(draw) -> Figures:
    """Three categories over six months with anything in them, and a pool or none."""
    rules = {}
    for category in (1, 2, 3):
        found = draw(
            st.dictionaries(
                st.sampled_from(MONTHS), st.tuples(st.none() | above_zero, st.sampled_from(Leftover)), max_size=3
            )
        )
        rules[category] = [Rule(month, *found[month]) for month in sorted(found)]
    with_pool = draw(st.booleans())
    return Figures(
        since=MONTHS[0],
        rules=rules,
        moved=draw(st.dictionaries(st.sampled_from(MONTHS), by_category, max_size=4)),
        spent=draw(st.dictionaries(st.sampled_from(MONTHS), by_category, max_size=6)),
        pool_from=draw(st.sampled_from(MONTHS[:4])) if with_pool else None,
        income=draw(st.dictionaries(st.sampled_from(MONTHS), above_zero, max_size=4)) if with_pool else {},
        assigned=draw(st.dictionaries(st.sampled_from(MONTHS), cents, max_size=3)) if with_pool else {},
    )


def worse(before: Figures, after: Figures, month: Month) -> list[tuple[Month, int | None]]:
    """Which category or pool is more negative after than before, from a month on; of months to come what is not
    closed yet counts as the guard counts it."""
    found = []
    last = MONTHS[-1]
    for was, becomes in zip(walk(before, last, running=NOVEMBER), walk(after, last, running=NOVEMBER), strict=False):
        if was.month < month:
            assert was == becomes  # what is past stays
            continue
        for category in {*was.envelopes, *becomes.envelopes}:
            had, has = (found.envelopes.get(category, NOTHING).left for found in (was, becomes))
            if has < min(had, 0):
                found.append((was.month, category))
        until = NOVEMBER  # the pool is guarded up to the running month
        if was.pool and was.month <= until and becomes.pool.amount < min(was.pool.amount, 0):
            found.append((was.month, None))
    return found


@settings(max_examples=300)
@given(plans(), st.sampled_from(MONTHS), st.permutations(SIDES), above_zero)
def test_what_the_guard_lets_pass_makes_nothing_worse(plan, month, sides, amount):
    source, destination, *_ = sides
    assume(amount > 0)
    assume(None not in (source, destination) or (plan.pool_since and month >= plan.pool_since))
    plan = reach(plan)
    moved = plan.with_move(month, source, destination, amount)

    refused = shortage(plan, month=month, source=source, destination=destination, amount=amount, running=NOVEMBER)

    if refused is None:
        assert worse(plan, moved, month) == []
    else:
        assert refused.amount > 0


def reach(plan: Figures) -> Figures:
    """The same figures counted from their first month on, whatever it holds, so that two plans walk side by side."""
    zero = {category: Decimal(0) for category in (1, 2, 3)}
    first, last = MONTHS[0], MONTHS[-1]
    moved = {**plan.moved, first: zero | plan.moved.get(first, {}), last: zero | plan.moved.get(last, {})}
    return Figures(plan.since, plan.rules, moved, plan.spent, plan.pool_from, plan.income, plan.assigned)


@settings(max_examples=300)
@given(plans(), st.sampled_from(MONTHS), st.permutations(SIDES))
def test_the_most_that_may_go_passes_and_a_cent_more_does_not(plan, month, sides):
    source, destination, *_ = sides
    assume(None not in (source, destination) or (plan.pool_since and month >= plan.pool_since))

    most = movable(plan, month=month, source=source, destination=destination, running=NOVEMBER)

    def speaks_against(amount):
        return shortage(plan, month=month, source=source, destination=destination, amount=amount, running=NOVEMBER)

    assert most >= 0
    assert most == 0 or speaks_against(most) is None
    assert speaks_against(most + CENT) is not None


@settings(max_examples=200)
@given(plans(), st.sampled_from(MONTHS[3:]), st.sampled_from([1, 2, 3]), st.sampled_from([None, 4]))
def test_an_open_month_gives_all_that_is_its_own(plan, month, source, destination):
    """What `Moving.can_give` takes for granted; no leg of a later month changes it."""
    assume(destination or (plan.pool_since and month >= plan.pool_since))
    there = standing(plan, month, running=NOVEMBER).envelopes.get(source, NOTHING).left

    most = movable(plan, month=month, source=source, destination=destination, running=NOVEMBER)

    assert most == max(there, 0)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.sampled_from(MONTHS), st.permutations(SIDES), st.integers(1, 20_000)),
        st.tuples(st.just("reverse"), st.integers(0, 20)),
        st.tuples(st.just("spend"), st.sampled_from(MONTHS), st.sampled_from([1, 2, 3]), st.integers(-9_000, 9_000)),
    ),
    min_size=3,
    max_size=10,
)
starts = st.lists(
    st.tuples(st.sampled_from([1, 2, 3]), st.sampled_from(MONTHS), st.integers(0, 30_000), st.sampled_from(Leftover)),
    max_size=5,
)


@settings(max_examples=25)
@given(starts, st.booleans(), steps)
def test_no_sequence_of_moves_and_reversals_makes_a_category_or_the_pool_worse(db, limits, with_pool, steps):
    with transaction.atomic():
        people = People()
        people.household.budget_from = MONTHS[0]
        people.household.save()
        categories = dict(enumerate([people.food, people.fun, people.category("Gifts")], start=1)) | {None: None}
        if with_pool:
            begin_pool(people, MONTHS[1], 200)
        for category, month, amount, leftover in limits:
            limit(people, categories[category], Decimal(amount) / 100, month, leftover)
        for step in steps:
            take(people, categories, step)
        legs = list(TransferLeg.objects.values_list("transfer", "side", "size"))
        assert sum(side * size for _, side, size in legs) == 0
        assert sorted((pk, side) for pk, side, _ in legs) == [
            (pk, side) for pk in sorted(Transfer.objects.values_list("pk", flat=True)) for side in (-1, 1)
        ]
        transaction.set_rollback(True)


def take(people, categories, step) -> None:
    """One step; a move or a reversal that was let pass has made nothing worse, a refused one has written nothing."""
    kind, *said = step
    if kind == "spend":
        month, category, amount = said
        if amount:
            make_expense(people.household, amount=d(amount) / 100, category=categories[category], spent_on=month.start)
        return
    before, count = reach(figures.read(people.household)), written()
    try:
        if kind == "move":
            month, (source, destination, *_), amount = said
            done = move(people, categories[source], categories[destination], Decimal(amount) / 100, month)
        else:
            made = list(Transfer.objects.order_by("pk"))
            if not made:
                return
            done = made[said[0] % len(made)].reverse(by=people.bob, on=TODAY, key=uuid.uuid4())
    except PlanRefused:
        assert written() == count
        return
    assert worse(before, reach(figures.read(people.household)), done.month) == []
