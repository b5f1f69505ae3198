"""A household's file, brought in again: every figure is the same to the cent, whatever the household did."""

import datetime as dt
import io
import random
import uuid

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from expenses.alerts.looking import look
from expenses.budgets import figures
from expenses.budgets.envelope import walk
from expenses.exports.reading import Package
from expenses.exports.restoring import is_empty, restore
from expenses.exports.writing import write
from expenses.imports.models import Import
from expenses.imports.states import Kind, State
from expenses.ledger.filters import ExpenseFilter
from expenses.months.overview import Overview
from expenses.people.models import Role
from expenses.recurring.listing import Lines
from expenses.shared.months import Month
from tests.exports.files import contents, rows
from tests.factories import make_expense, make_import, make_income, make_method, make_occurrence, make_recurring
from tests.people import TODAY, make_household
from tests.upkeep.balance import assert_books_balance, make_things

pytestmark = pytest.mark.django_db

TEXTS = ["Lunch", "=1+1", "-5", "'quoted'", "'=x", '"a", b;c', "two words", "日本 🧾", "@home", "\u202eright"]
NOTES = ["", "line\nline", "=HYPERLINK(1)", "'", "\ttab", 'comma, "quote"\r\nend']


OF_MEMBER = ("recorded_by__email", "spent", "count")
OF_MOVE = ("month", "source__name", "destination__name", "amount", "reverses__month")


def exported(household):
    file = io.BytesIO()
    write(household, file, at=timezone.now())
    return file


def brought_in(file, owner, *members, on=TODAY):
    household = make_household(owner, "Empty")
    for user in members:
        household.add_member(user, Role.EDITOR)
    restore(Package(file), household, by=owner, on=on)
    household.refresh_from_db()
    return household


def standing(household):
    """What the pages show of all months, by names instead of ids."""
    names = dict(household.categories.values_list("pk", "name"))
    plan = figures.read(household)
    months = [
        (
            str(at.month),
            {names[pk]: (e.limit, e.moved, e.carried, e.spent, e.left) for pk, e in at.envelopes.items()},
            at.pool and at.pool.amount,
        )
        for at in walk(plan, household.month_of(TODAY).plus(3))
    ]
    everything = ExpenseFilter(household)
    lines = Lines.of(household)
    return {
        "months": months,
        "categories": {names[pk]: spent for pk, spent in everything.by_category().items()},
        "members": sorted(
            household.month_totals.values_list("month", "category__name", "recorded_by__email", "spent", "count")
        ),
        "methods": [
            (method.name, household.expenses.paid_with([method.pk]).spent())
            for method in household.payment_methods.in_order()
        ],
        "incomes": sorted(household.incomes.values_list("received_on", "description", "amount")),
        "transfers": sorted(
            map(
                str,
                household.transfers.values_list(
                    "month", "source__name", "destination__name", "amount", "reverses__month"
                ),
            )
        ),
        "legs": sorted(map(str, household.transfer_legs.values_list("month", "category__name", "side", "size"))),
        "next": [(line.recurring.description, line.next) for line in [*lines.running, *lines.paused, *lines.ended]],
        "due": [(one.recurring.description, one.nominal_on) for one in lines.due],
        "shown": [
            (line.category.name, line.spent)
            for line in Overview.of(household, household.month_of(TODAY), on=TODAY).lines
        ],
    }


@settings(max_examples=12)
@given(
    seed=st.integers(0, 2**32),
    starts_on=st.sampled_from([1, 15, 16, 25, 28]),
    currency=st.sampled_from(["USD", "KWD"]),
    pool=st.booleans(),
)
def test_every_figure_is_the_same(people, seed, starts_on, currency, pool):
    chance = random.Random(seed)
    first = make_household(
        people.alice, "=First", month_starts_on=starts_on, currency="USD", budget_from=Month(2026, 6)
    )
    first.add_member(people.bob, Role.EDITOR)
    fill(first, people, chance, pool=pool)
    first.currency = currency
    first.save()
    look(first, on=TODAY)
    file = exported(first)

    second = brought_in(file, people.alice, people.bob)

    assert standing(second) == standing(first)
    assert contents(exported(second)) == contents(file)
    assert_books_balance(second)
    assert not second.alerts.to_mail().exists()


def fill(household, people, chance, *, pool):
    categories = list(household.categories.in_order())
    methods = [make_method(household, name) for name in ("Card", "=Cash")]
    categories[-1].archive(on=TODAY)
    make_things(household, categories[:4], chance)
    if pool:
        household.pool_from = Month(2026, 8)
        make_income(household, "Salary", "3240", received_on=dt.date(2026, 8, 3), recorded_by=people.bob)
    household.save()
    for _ in range(20):
        make_expense(
            household,
            chance.choice(TEXTS),
            chance.choice(["0.01", "12.50", "-3", "99999999999"]),
            category=chance.choice(categories),
            notes=chance.choice(NOTES),
            recorded_by=chance.choice([people.alice, people.bob]),
            payment_method=chance.choice([None, *methods]),
            spent_on=TODAY - dt.timedelta(days=chance.randrange(400)),
        )
    reversed_one = household.transfers.filter(reverses=None).exclude(source=None, destination=None).first()
    if reversed_one:
        back = household.transfers.create(
            month=reversed_one.month, source=reversed_one.destination, destination=reversed_one.source,
            amount=reversed_one.amount, moved_by=people.alice, key=uuid.uuid4(), reverses=reversed_one,
        )  # fmt: skip
        for side in (-1, 1):
            back.legs.model.of(back, side=side).save()
    rent = make_recurring(
        household, "Rent", "900", category=categories[0], anchor=dt.date(2026, 9, 1), automatic=False
    )
    make_occurrence(rent, dt.date(2026, 9, 1), "posted", expense=household.expenses.first())
    make_occurrence(rent, dt.date(2026, 10, 1), "skipped")
    make_occurrence(rent, dt.date(2026, 11, 1))
    rent.settled_until = dt.date(2026, 11, 1)
    rent.save()
    household.dismissals.create(category=categories[1], look="netflix")


STATEMENT = b"""Date,Payee,Amount
2026-11-03,Corner shop,-12.50
2026-11-04,Coffee,-3.20
2026-11-04,Coffee,-3.20
2026-11-05,Employer,1800.00
"""


def taken_in(household, method, *, by, data=STATEMENT):
    at = timezone.now()
    source = Import.upload(
        household=household, file_name="bank.csv", data=data, by=by, at=at, payment_method=method, key=uuid.uuid4()
    )
    if source.state == State.UPLOADED:
        source = source.read_with(source.reading, payment_method=method, at=at, today=TODAY) or source
    source = household.imports.get(pk=source.pk)
    source.rows.filter(amount__lt=0).update(category=household.categories.first(), kind=Kind.EXPENSE)
    return source


def test_the_same_statement_adds_nothing_afterwards(people):
    first = people.household
    source = taken_in(first, make_method(first), by=people.alice)
    source.commit(by=people.alice, at=timezone.now())
    first.expenses.filter(description="Corner shop").put_aside(by=people.alice)
    file = exported(first)
    assert len(rows(file, "import_rows")) == 4

    second = brought_in(file, people.alice, people.bob, people.vera)
    afterwards = contents(exported(second))
    again = taken_in(second, second.payment_methods.get(), by=people.alice)

    assert again.rows.new().count() == 0
    assert afterwards | {"members": []} == contents(file) | {"members": []}  # Vera is an editor there
    assert second.imports.filter(state=State.COMMITTED).get().spent == first.imports.get().spent


def test_what_was_taken_in_can_be_taken_back_afterwards(people):
    source = taken_in(people.household, make_method(people.household), by=people.alice)
    source.commit(by=people.alice, at=timezone.now())
    second = brought_in(exported(people.household), people.alice)

    second.imports.get().revert(by=people.alice, at=timezone.now(), with_edited=False)

    assert not second.expenses.exists()
    assert not second.incomes.exists()


def test_an_open_statement_stays_behind(people):
    make_import(people.household, by=people.alice)

    second = brought_in(exported(people.household), people.alice)

    assert not second.imports.exists()
    assert second.import_profiles.count() == 1


def test_whoever_is_no_member_here_leaves_it_to_whom_brings_it(people):
    make_expense(people.household, recorded_by=people.bob)
    people.household.memberships.filter(user=people.bob).delete()
    household = make_household(people.charlie, "Empty")
    package = Package(exported(people.household))

    taken = restore(package, household, by=people.charlie, on=TODAY)

    assert taken.strangers["bob@example.com"] == "Bob"
    assert household.expenses.get().recorded_by == people.charlie
    assert household.memberships.count() == 1


@pytest.mark.parametrize("name", ["expense", "income", "import", "recurring"])
def test_a_household_with_anything_in_it_is_not_empty(people, name):
    assert is_empty(people.household)

    if name == "expense":
        make_expense(people.household)
    elif name == "income":
        make_income(people.household)
    elif name == "import":
        make_import(people.household, by=people.alice)
    else:
        make_recurring(people.household)

    assert not is_empty(people.household)
