"""Households of any size, over ten years up to yesterday: rows by COPY, then the totals, then fresh statistics."""

import datetime as dt
import itertools
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

from expenses.budgets.envelope import Leftover
from expenses.budgets.models import Limit, Transfer, TransferLeg
from expenses.categories.models import Category
from expenses.ledger import totals
from expenses.ledger.models import Income, PaymentMethod
from expenses.people.models import Household, Role, User
from expenses.shared.months import Month
from expenses.shared.text import folded
from tests.servers import Postgres

YEARS = 10
PLANNED = 24  # months of limits and carry, up to the running one
MOVES = 6  # a month
OTHERS, OTHERS_SIZE = 5, 2_000  # households beside the two that are measured

COMMON = "market"  # in about one description of twelve
RARE, RARE_RIDE = "zeppelin", "Zeppelin ride"  # in three rows of a household, however large
ABSENT = "xylophone"
TWO_LETTERS = "ca"
IN_NOTES = "reimbursed"  # in about one note of six, and in no description

PLACES = [
    "Supermarket", "Farmers market", "Corner shop", "Bakery", "Butcher", "Café Lumière", "Pharmacy", "Cinema",
    "Bookshop", "Gas station", "Parking garage", "Train tickets", "Taxi", "Swimming pool", "Hardware store",
    "Garden centre", "Ramen bar", "Pizzeria", "Ice cream", "Dentist", "Gym", "Internet", "Electricity", "Water",
]  # fmt: skip
NOTES = [
    "Shared with Bob", "Reimbursed by the office", "For the children", "Two of them", "Paid in advance",
    "Receipt in the drawer",
]  # fmt: skip

COLUMNS = (
    "household_id, category_id, recorded_by_id, payment_method_id, description, notes, search_key, amount, spent_on, "
    "created_at, updated_at"
)


@dataclass(frozen=True)
class Filled:
    """A household to ask about, and who signs in."""

    household: int
    email: str
    count: int


def fill(server: Postgres, sizes: list[int], *, today: dt.date) -> list[Filled]:
    """Makes a household of each size, and some others; gives those of the sizes."""
    filled = [household(f"of-{size}", size, today) for size in sizes]
    others = [household(f"other-{number}", OTHERS_SIZE, today) for number in range(OTHERS)]
    with _connected(server) as connection:
        # Rows that are right by construction need no foreign key looked up, and indexes are built faster at the end.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET maintenance_work_mem = '256MB'")
        indexes = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'expenses_expense' AND indexname NOT IN "
            "(SELECT conname FROM pg_constraint WHERE conrelid = 'expenses_expense'::regclass)"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"')
        for number, one in enumerate([*filled, *others]):
            with connection.cursor() as cursor, cursor.copy(f"COPY expenses_expense ({COLUMNS}) FROM STDIN") as copy:
                for line in rows(one, today, chance=random.Random(number)):
                    copy.write(line)
        for _, definition in indexes:
            connection.execute(definition)
        for one in [*filled, *others]:
            found = Household.objects.get(pk=one.household)
            totals.rebuild(found)
            assert found.month_totals.sum() == found.expenses.spent(), "The totals are not the sum of the rows."
            assert found.expenses.count() == one.count
            plan(found, today)
    rest(server)
    return filled


def rest(server: Postgres) -> None:
    """Clears away what was deleted and counts anew, or Postgres would do so while the next is measured."""
    with _connected(server) as connection:
        connection.execute("VACUUM (ANALYZE)")


def _connected(server: Postgres) -> psycopg.Connection[Any]:
    return psycopg.connect(server.superuser_url.rsplit("/", 1)[0] + "/budget", autocommit=True)


def household(name: str, count: int, today: dt.date) -> Filled:
    """An empty household of two, to hold so many expenses."""
    owner = User.objects.create_user(f"{name}@example.com", name=name)
    partner = User.objects.create_user(f"{name}-partner@example.com", name=f"{name} partner")
    made = Household.objects.create(name=name, budget_from=Month.of(today).plus(1 - PLANNED))
    made.add_member(owner, Role.OWNER)
    made.add_member(partner, Role.EDITOR)
    Category.objects.start(made)
    for method in ("Card", "Cash", "Current account"):
        PaymentMethod.objects.create(household=made, name=method)
    return Filled(made.pk, owner.email, count)


def plan(made: Household, today: dt.date) -> None:
    """A budget of so many months: limits near what is spent that change twice a year, all three leftovers, a pool with
    two incomes a month, moves."""
    last = Month.of(today)
    months = [last.plus(-back) for back in reversed(range(PLANNED))]
    categories = list(made.categories.in_order())
    owner = made.memberships.select_related("user").first().user
    share = made.expenses.in_month(last.previous).spent().amount / len(categories)
    limited = categories[:-1]  # the last one is spent in without a limit
    for category, leftover in zip(limited, itertools.cycle(Leftover), strict=False):
        made.limits.bulk_create(
            Limit(household=made, category=category, month=month, amount=round(share) + number, leftover=leftover)
            for number, month in enumerate(months[::6])
        )
    made.incomes.bulk_create(
        Income(household=made, recorded_by=owner, description="Pay", amount=round(share * 5), received_on=day)
        for month in months
        for day in (month.start, month.start + dt.timedelta(days=14))
    )
    made.pool_from = months[0]
    made.save(update_fields=["pool_from"])
    ways = list(itertools.islice(itertools.permutations([None, *limited], 2), 0, None, 3))
    moved_at = dt.datetime.combine(today, dt.time(), tzinfo=dt.UTC)
    transfers = Transfer.objects.bulk_create(
        Transfer(
            household=made,
            month=month,
            source=source,
            destination=destination,
            amount=5 + number,
            moved_by=owner,
            moved_at=moved_at,
            key=uuid.uuid4(),
        )
        for month in months
        for number, (source, destination) in enumerate(ways[:MOVES])
    )
    TransferLeg.objects.bulk_create(TransferLeg.of(each, side=side) for each in transfers for side in (-1, 1))


def rows(filled: Filled, today: dt.date, *, chance: random.Random) -> Iterator[str]:
    """Lines of COPY's text format, oldest first, as they come into being."""
    made = Household.objects.get(pk=filled.household)
    categories = list(made.categories.values_list("pk", flat=True))
    people = list(made.memberships.values_list("user_id", flat=True))
    methods = list(made.payment_methods.values_list("pk", flat=True))
    days = [today - dt.timedelta(days=back) for back in range(365 * YEARS, 0, -1)]
    rare = {filled.count * part // 10 for part in (2, 5, 9)}
    plain = {text: folded(text) for text in [*PLACES, *NOTES, RARE_RIDE, ""]}
    for number in range(filled.count):
        place, branch, notes = chance.choice(PLACES), "", ""
        if number in rare:
            place = RARE_RIDE
        else:
            branch = f" {chance.randrange(10_000)}" if chance.random() < 0.3 else ""
            notes = chance.choice(NOTES) if chance.random() < 0.1 else ""
        key = f"{plain[place]}{branch} {plain[notes]}".rstrip()
        units = int(chance.triangular(1_00, 250_00, 12_00)) * 100
        day = days[number * len(days) // filled.count].isoformat()
        moment = f"{day} 12:00:00+00"
        columns = (
            filled.household, chance.choice(categories), chance.choice(people), chance.choice(methods),
            place + branch, notes, key, -units if number % 50 == 49 else units, day, moment, moment,
        )  # fmt: skip
        yield "\t".join(map(str, columns)) + "\n"
