"""A household to look at: the first script's four expenses of January 2024, two years of plausible spending, and a
budget (`demo_plan`).

`spending` is pure and the same for everybody: a day's expenses depend on that day alone, so the demo made tomorrow
is today's with one more day.
"""

import datetime as dt
import random
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from allauth.account.models import EmailAddress
from django.db import transaction

from expenses.alerts.looking import look
from expenses.budgets.models import Limit, Transfer, TransferLeg
from expenses.categories.models import Category
from expenses.ledger.models import Expense, Income, PaymentMethod
from expenses.people.models import Household, Role, User
from expenses.shared.months import Month
from expenses.shared.text import casefolded
from expenses.welcome import demo_recurring
from expenses.welcome.demo_plan import ALICE, BOB, Plan, plan, rent

PASSWORD = "demo-budget"  # noqa: S105  (printed for everybody; the command refuses with DEBUG off)
OWNER, ADMIN = "alice@example.com", "admin@example.com"
CARD, CASH, ACCOUNT = "Card", "Cash", "Current account"

CATEGORIES = [
    ("Rent", "#6B7C93"),
    ("Food", "#FF6B6B"),
    ("Transportation", "#3AA39B"),
    ("Utilities", "#D9A93A"),
    ("Health", "#4C9A6A"),
    ("Dining", "#D9793A"),
    ("Entertainment", "#8A6CC8"),
    ("Kids", "#3C8DBC"),
    ("Gifts", "#C2557A"),
]


class Entry(NamedTuple):
    """An expense to be: amounts in dollars, a refund negative."""

    spent_on: dt.date
    category: str
    description: str
    amount: Decimal
    by: str = ALICE
    method: str = CARD
    notes: str = ""


# The sample data of the script that this grew from; docs/from-sqlalchemy.md has the rest of it.
SAMPLE = [
    Entry(dt.date(2024, 1, 15), "Food", "Groceries at Trader Joe's", Decimal("52.50")),
    Entry(dt.date(2024, 1, 16), "Food", "Lunch at Restaurant", Decimal("18.75")),
    Entry(dt.date(2024, 1, 17), "Transportation", "Gas", Decimal("45.00")),
    Entry(dt.date(2024, 1, 18), "Entertainment", "Movie tickets", Decimal("30.00")),
]
AFTER_SAMPLE = dt.date(2024, 2, 1)  # the rest starts no earlier, so that January 2024 stays what it is


# ── two years of spending ─────────────────────────────────────────────────────────────────────────


class Habit(NamedTuple):
    """What happens on about one day in `every`, for an amount from `least` to `most`."""

    every: float
    category: str
    descriptions: tuple[str, ...]
    least: str
    most: str
    method: str = CARD
    weekend: bool | None = None  # only then, only not then, or on any day


HABITS = [
    Habit(3, "Food", ("Bakery",), "2.80", "9.60", CASH),
    Habit(7, "Food", ("Corner shop", "Milk and eggs"), "4.60", "14.50", CASH),
    Habit(9, "Food", ("Butcher", "Fishmonger", "Farmers market"), "12.00", "46.00"),
    Habit(3, "Dining", ("Coffee",), "3.60", "5.80", weekend=False),
    Habit(4.5, "Dining", ("Sandwich", "Lunch", "Noodle soup"), "8.40", "17.00", weekend=False),
    Habit(3, "Dining", ("Ramen", "Pizza", "Tacos", "Brunch", "Thai takeaway"), "24.00", "62.00", weekend=True),
    Habit(9, "Transportation", ("Gas",), "31.00", "52.00"),
    Habit(18, "Transportation", ("Parking",), "3.00", "12.00", CASH),
    Habit(26, "Transportation", ("Taxi", "Train tickets"), "12.00", "38.00"),
    Habit(24, "Health", ("Pharmacy",), "6.50", "31.00"),
    Habit(80, "Health", ("Dentist", "Eye test", "Doctor"), "30.00", "120.00"),
    Habit(4.2, "Entertainment", ("Cinema", "Bowling", "Museum", "Climbing hall"), "14.00", "44.00", weekend=True),
    Habit(30, "Entertainment", ("Paperbacks", "Board game"), "9.00", "34.00"),
    Habit(60, "Entertainment", ("Concert tickets",), "48.00", "96.00"),
    Habit(13, "Kids", ("Art supplies", "Children’s shoes", "School trip", "T-shirts"), "11.00", "58.00"),
    Habit(30, "Gifts", ("Flowers", "Birthday present"), "14.00", "55.00"),
]

GROCERIES = ("Groceries at Trader Joe's", "Weekly shop", "Supermarket")
NOTED = {
    "Dentist": "Half of it comes back from the insurance.",
    "Concert tickets": "Bob’s share is in here too.",
    "Taxi": "Missed the last bus.",
    "Children’s shoes": "One size up, for the autumn.",
    "Birthday present": "From both of us.",
}


def spending(first: dt.date, last: dt.date) -> Iterator[Entry]:
    """What the demo household spends from the first day to the last, both included, oldest first."""
    day = first
    while day <= last:
        chance = random.Random(day.isoformat())  # noqa: S311  (the same for everybody, on purpose)
        yield from _fixed(day)
        yield from _groceries(day, chance)
        yield from _habits(day, chance)
        yield from _seasonal(day)
        yield from _refunds(day, chance)
        day += dt.timedelta(days=1)


def _fixed(day: dt.date) -> Iterator[Entry]:
    """What comes each month on its day. The first has one of most kinds, so that a month never begins empty."""
    if day.day == 1:
        yield Entry(day, "Rent", demo_recurring.RENT, rent(day.year), ALICE, ACCOUNT)
        yield Entry(day, "Transportation", "Bus passes", Decimal("65.00"), BOB, CARD, "Two adults, one month.")
        yield Entry(day, "Entertainment", "Video streaming", Decimal("13.99"), ALICE, CARD)
        yield Entry(day, "Dining", "Coffee", Decimal("4.75"), BOB, CARD)
        yield Entry(day, "Kids", "Swimming lessons", Decimal("48.00"), BOB, ACCOUNT)
    elif day.day == 5:
        heating = {12: 62, 1: 71, 2: 66, 3: 48, 11: 41}.get(day.month, 14)
        yield Entry(day, "Utilities", "Electricity and gas", Decimal(58 + heating) + Decimal("0.40"), ALICE, ACCOUNT)
    elif day.day == 8:
        yield Entry(day, "Utilities", "Internet", Decimal("39.90"), BOB, ACCOUNT)
    elif day.day == 12:
        yield Entry(day, "Entertainment", "Music streaming", Decimal("10.99"), BOB, CARD)
    elif day.day == 15 and day.month % 3 == 2:
        yield Entry(day, "Utilities", "Water", Decimal("84.30"), ALICE, ACCOUNT)
    elif day.day == 20:
        yield Entry(day, "Health", "Gym", Decimal("29.50"), ALICE, ACCOUNT)
    if demo_recurring.is_last_of_month(day):
        yield Entry(day, "Utilities", demo_recurring.PHONES, demo_recurring.PHONES_COST, BOB, ACCOUNT)
    if demo_recurring.is_lesson(day):
        yield Entry(day, "Kids", demo_recurring.PIANO, demo_recurring.PIANO_COST, BOB, ACCOUNT)


def _groceries(day: dt.date, chance: random.Random) -> Iterator[Entry]:
    """Twice a week, and on the first of a month."""
    if day.weekday() == 5:
        yield Entry(day, "Food", "Weekly shop", _amount(chance, "68.00", "124.00"), ALICE, CARD)
    elif day.weekday() == 2 or day.day == 1:
        who = BOB if chance.random() < 0.6 else ALICE
        yield Entry(day, "Food", chance.choice(GROCERIES), _amount(chance, "24.00", "61.00"), who, CARD)


def _habits(day: dt.date, chance: random.Random) -> Iterator[Entry]:
    weekend = day.weekday() >= 5
    for habit in HABITS:
        happens = chance.random() < 1 / habit.every and habit.weekend in (None, weekend)
        if happens:
            description = chance.choice(habit.descriptions)
            who = BOB if chance.random() < 0.45 else ALICE
            notes = NOTED.get(description, "")
            amount = _amount(chance, habit.least, habit.most)
            yield Entry(day, habit.category, description, amount, who, habit.method, notes)


def _seasonal(day: dt.date) -> Iterator[Entry]:
    """What comes once a year."""
    yearly: dict[tuple[int, int], tuple[str, str, str, str]] = {
        (2, 14): ("Dining", "Dinner for two", "96.40", "Table by the window."),
        (3, 12): ("Transportation", "Bicycle repair", "74.00", "New chain and brakes."),
        (4, 18): ("Kids", "Rain jacket", "46.50", ""),
        (5, 9): ("Gifts", "Mother’s Day flowers", "38.00", ""),
        (6, 21): ("Entertainment", "Summer festival", "118.00", "Four day tickets."),
        (7, 17): ("Transportation", "Train to the sea", "164.80", "Return, with seats."),
        (7, 18): ("Entertainment", "Holiday flat", "640.00", "One week."),
        (8, 27): ("Kids", "School books", "87.35", ""),
        (9, 4): (
            "Transportation",
            demo_recurring.INSURANCE,
            str(demo_recurring.INSURANCE_COST),
            "For the whole year.",
        ),
        (10, 11): ("Health", "Flu shots", "50.00", "For all of us."),
        (11, 10): ("Kids", "Winter boots", "52.00", ""),
        (12, 6): ("Food", "Christmas baking", "43.20", ""),
        (12, 14): ("Gifts", "Christmas presents", "236.70", "The list is in the kitchen drawer."),
        (12, 23): ("Food", "Christmas dinner", "121.60", ""),
        (12, 31): ("Dining", "New Year’s Eve", "88.00", ""),
    }
    if found := yearly.get((day.month, day.day)):
        category, description, amount, notes = found
        yield Entry(day, category, description, Decimal(amount), ALICE if day.month % 2 else BOB, CARD, notes)


def _refunds(day: dt.date, chance: random.Random) -> Iterator[Entry]:
    if (day.month, day.day) == (11, 16):
        yield Entry(day, "Kids", "Winter boots, wrong size", Decimal("-52.00"), BOB, CARD, "Sent back.")
        yield Entry(day, "Kids", "Winter boots", Decimal("48.50"), BOB, CARD)
    elif day.day == 17 and day.month in (1, 6):
        yield Entry(day, "Utilities", "Electricity refund", -_amount(chance, "12.00", "37.00"), ALICE, ACCOUNT)
    elif day.day == 23 and day.month % 2:
        yield Entry(day, "Entertainment", "Deposit returned", -_amount(chance, "5.00", "20.00"), BOB, CASH)


def _amount(chance: random.Random, least: str, most: str) -> Decimal:
    """Between the two, nearer to the lower one; mostly in steps of five cents, as in a shop."""
    low, high = int(Decimal(least) * 100), int(Decimal(most) * 100)
    cents = int(chance.triangular(low, high, low + (high - low) / 3))
    return Decimal(cents - cents % 5).scaleb(-2)


# ── writing it down ───────────────────────────────────────────────────────────────────────────────


def first_day(today: dt.date) -> dt.date:
    """The first of the month two years ago, though not before the sample month has ended."""
    return max(dt.date(today.year - 2, today.month, 1), AFTER_SAMPLE)


def recorded(today: dt.date) -> list[Entry]:
    """What was spent and is written down by a day."""
    found = spending(first_day(today), today)
    return [entry for entry in found if not demo_recurring.waits(entry.description, entry.spent_on, today=today)]


@transaction.atomic
def make(*, today: dt.date) -> Household:
    """Alice (owner), Bob (editor) and Vera (viewer) with their household, spending, a budget and its alerts up to
    today, and an admin."""
    alice, bob, vera = (_person(name, surname) for name, surname in (("Alice", "Smith"), ("Bob", ""), ("Vera", "")))
    _confirmed(User.objects.create_superuser(ADMIN, PASSWORD, name="Admin"))
    household = Household.objects.create(
        name="Alice and Bob", currency="USD", time_zone="UTC", budget_from=Month.of(first_day(today))
    )
    for user, role in ((alice, Role.OWNER), (bob, Role.EDITOR), (vera, Role.VIEWER)):
        household.add_member(user, role)
    people = {ALICE: alice, BOB: bob}
    entries = recorded(today)
    again = demo_recurring.again(first_day(today), card=CARD, account=ACCOUNT, today=today)
    categories, methods = _write(household, [*SAMPLE, *entries], people)
    budget = plan(
        ((entry.spent_on, entry.category, entry.amount) for entry in entries),
        since=household.month(household.budget_from),
        today=today,
        due=demo_recurring.due(again, today=today),
    )
    demo_recurring.write(household, again, categories=categories, methods=methods, people=people, today=today)
    _write_budget(household, budget, categories, people)
    look(household, on=today)
    return household


def made(household: Household) -> str:
    """What the household has, in words."""
    kinds = (
        (household.expenses, "expenses"),
        (household.recurring_expenses, "recurring ones"),
        (household.limits, "limits"),
        (household.incomes, "incomes"),
        (household.transfers, "moves between categories"),
    )
    words = [f"{rows.count():,} {name}" for rows, name in kinds]
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _person(name: str, surname: str) -> User:
    full_name = f"{name} {surname}".strip()
    return _confirmed(User.objects.create_user(f"{name.lower()}@example.com", PASSWORD, name=full_name))


def _confirmed(user: User) -> User:
    """Where sign-in asks for a confirmed address, a demo address cannot be asked."""
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _write(
    household: Household, entries: list[Entry], people: dict[str, User]
) -> tuple[dict[str, Category], dict[str, PaymentMethod]]:
    categories = {
        category.name: category
        for category in Category.objects.bulk_create(
            Category(household=household, name=name, name_key=casefolded(name), color=color, position=position)
            for position, (name, color) in enumerate(CATEGORIES, start=1)
        )
    }
    methods = {name: PaymentMethod.objects.create(household=household, name=name) for name in (CARD, CASH, ACCOUNT)}
    Expense.objects.bulk_create(
        [
            Expense(
                household=household,
                category=categories[entry.category],
                recorded_by=people[entry.by],
                description=entry.description,
                amount=entry.amount,
                spent_on=entry.spent_on,
                notes=entry.notes,
                payment_method=methods[entry.method],
            )
            for entry in entries
        ],
        batch_size=500,
    )
    return categories, methods


def _write_budget(
    household: Household, budget: Plan, categories: dict[str, Category], people: dict[str, User]
) -> None:
    """In bulk: moves that were made before the last expenses would not pass the guard of today."""
    household.pool_from = budget.pool_from
    household.save(update_fields=["pool_from"])
    Limit.objects.bulk_create(
        Limit(
            household=household,
            category=categories[limit.category],
            month=limit.month,
            amount=limit.amount,
            leftover=limit.leftover,
        )
        for limit in budget.limits
    )
    Income.objects.bulk_create(
        Income(
            household=household,
            recorded_by=people[income.by],
            description=income.description,
            amount=income.amount,
            received_on=income.received_on,
        )
        for income in budget.incomes
    )
    before = None
    for number, move in enumerate(budget.moves):
        before = Transfer.objects.create(
            household=household,
            month=move.month,
            source=categories[move.source] if move.source else None,
            destination=categories[move.destination] if move.destination else None,
            amount=move.amount,
            note=move.note,
            moved_by=people[move.by],
            moved_at=dt.datetime.combine(move.moved_on, dt.time(0, number), tzinfo=dt.UTC),
            key=uuid.uuid5(uuid.NAMESPACE_URL, f"demo:{number}"),
            reverses=before if move.reverses else None,
        )
        TransferLeg.objects.bulk_create([TransferLeg.of(before, side=-1), TransferLeg.of(before, side=1)])
