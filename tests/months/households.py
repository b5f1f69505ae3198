"""Households with a budget, for the tests of the month page."""

import datetime as dt

from expenses.ledger import totals
from expenses.shared.months import Month
from tests.factories import make_expense, make_income, make_limit, make_transfer

SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER = (Month(2026, number) for number in (9, 10, 11, 12))


def plain(people):
    """Limits of three categories, one of them over, one used up, one near; Gifts without a limit."""
    household, food, fun = people.household, people.food, people.fun
    rent, gifts = people.category("Rent"), people.category("Gifts")
    make_limit(food, "400.00", OCTOBER)
    make_limit(fun, "100.00", NOVEMBER)
    make_limit(rent, "1380.00", OCTOBER)
    for description, amount, category, day in (
        ("Rent", "1380.00", rent, dt.date(2026, 11, 1)),
        ("Weekly shop", "317.60", food, dt.date(2026, 11, 3)),
        ("Returned", "-7.30", food, dt.date(2026, 11, 5)),
        ("Concert", "118.40", fun, dt.date(2026, 11, 7)),
        ("Flowers", "64.00", gifts, dt.date(2026, 11, 9)),
        ("October shop", "387.60", food, dt.date(2026, 10, 9)),
    ):
        make_expense(household, description, amount, category=category, spent_on=day)


def pooled(people):
    """As `plain`, with a pool from October on, moves of every kind and all three leftovers."""
    plain(people)
    household, food, fun = people.household, people.food, people.fun
    bills, transport = people.category("Bills"), people.category("Transport")
    make_limit(bills, "200.00", OCTOBER, "all")
    make_limit(transport, "90.50", OCTOBER, "none")
    make_expense(household, "Electricity", "74.31", category=bills, spent_on=dt.date(2026, 11, 12))
    make_expense(household, "Boots", "120.00", category=transport, spent_on=dt.date(2026, 10, 12))
    make_expense(household, "Birthday", "31.00", category=people.category("Gifts"), spent_on=dt.date(2026, 10, 12))
    make_income(household, "Pay", "3000.00", received_on=dt.date(2026, 10, 1))
    make_income(household, "Pay", "3240.00", received_on=dt.date(2026, 11, 1))
    household.pool_from = OCTOBER
    household.save()
    make_transfer(household, "20.00", month=NOVEMBER, source=fun, destination=food)
    make_transfer(household, "15.00", month=NOVEMBER, source=None, destination=fun)
    make_transfer(household, "35.00", month=NOVEMBER, source=transport, destination=None)
    make_transfer(household, "5.00", month=OCTOBER, source=None, destination=bills)


def many_moves(people):
    """As `pooled`, with more moves of a category than its sum tells one by one."""
    pooled(people)
    for amount in ("1.00", "2.00", "3.00", "4.00", "5.00", "6.00"):
        make_transfer(people.household, amount, month=NOVEMBER, source=people.food, destination=people.fun)


def negative(people):
    """A pool that gave out more than there was; categories that owe."""
    pooled(people)
    make_limit(people.category("Rent"), "9000.00", DECEMBER, "all")
    make_limit(people.category("Gifts"), "10.00", OCTOBER, "all")


def from_the_25th(people):
    """As `pooled`, in months that start on the 25th."""
    pooled(people)
    people.household.month_starts_on = 25
    people.household.save()
    totals.rebuild(people.household)


def archived(people):
    """As `pooled`, with Food archived after it was spent in."""
    pooled(people)
    food = people.food
    make_limit(food, None, DECEMBER)
    food.archived_on = dt.date(2026, 11, 20)
    food.save()


def mixed(people):
    """Only Fun has a limit; the rent has none."""
    make_limit(people.fun, "100.00", NOVEMBER)
    rent = people.category("Rent")
    make_expense(people.household, "Rent", "1380.00", category=rent, spent_on=dt.date(2026, 11, 1))
    make_expense(people.household, "Cinema", "30.00", category=people.fun, spent_on=dt.date(2026, 11, 2))


EVERY = [plain, pooled, many_moves, negative, from_the_25th, archived, mixed]
