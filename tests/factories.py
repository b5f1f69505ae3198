"""Rows for tests, with defaults that a test may override."""

import datetime as dt
import uuid
from decimal import Decimal

from expenses.budgets.models import Limit, Transfer, TransferLeg
from expenses.categories.models import Category
from expenses.imports.models import CategoryRule, Import
from expenses.imports.states import Kind, Pile
from expenses.imports.uploading import method_called, written_down
from expenses.ledger.models import Expense, Income, PaymentMethod
from expenses.people.models import Household, User
from expenses.recurring.models import Occurrence, RecurringExpense
from expenses.shared.months import Month

DAY = dt.date(2026, 11, 20)


def make_expense(household: Household, description: str = "Groceries", amount: str = "12.50", **fields) -> Expense:
    """An expense of the household's owner, in its first category, on 20 November 2026."""
    fields.setdefault("spent_on", DAY)
    fields.setdefault("category", household.categories.first())
    if "recorded_by" not in fields:
        fields["recorded_by"] = household.memberships.select_related("user").first().user
    return Expense.objects.create(household=household, description=description, amount=Decimal(amount), **fields)


def make_income(household: Household, description: str = "Salary", amount: str = "3240", **fields) -> Income:
    """An income of the household's owner on 20 November 2026; no pool begins by it."""
    fields.setdefault("received_on", DAY)
    if "recorded_by" not in fields:
        fields["recorded_by"] = household.memberships.select_related("user").first().user
    return Income.objects.create(household=household, description=description, amount=Decimal(amount), **fields)


def make_recurring(household: Household, description: str = "Rent", amount: str = "900", **fields) -> RecurringExpense:
    """Every month on the 1st from 1 December 2026 on, in the household's first category, by its owner; nothing of it
    was posted yet."""
    fields.setdefault("anchor", dt.date(2026, 12, 1))
    fields.setdefault("category", household.categories.first())
    if "recorded_by" not in fields:
        fields["recorded_by"] = household.memberships.select_related("user").first().user
    return household.recurring_expenses.create(description=description, amount=Decimal(amount), **fields)


def make_method(household: Household, name: str = "Card") -> PaymentMethod:
    return PaymentMethod.objects.create(household=household, name=name)


def method_named(household: Household, name: str) -> PaymentMethod:
    """The payment method of this name, a new one where there is none."""
    return written_down(method_called(household, name))


def make_import(household: Household, *, by: User) -> Import:
    """A statement read into one row, to be taken in into the household's first category, and its profile."""
    at = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    method = household.payment_methods.first() or make_method(household)
    file = {"file_name": "bank.csv", "mapping": {}, "payment_method": method}
    household.import_profiles.create(signature=uuid.uuid4().hex, used_at=at, **file)
    statement = household.imports.create(format="csv", data=b"a,b", uploaded_by=by, uploaded_at=at, **file)
    statement.rows.create(
        household=household,
        payment_method=method,
        position=1,
        line=2,
        date=DAY,
        amount=Decimal("-12.50"),
        description="Groceries",
        fingerprint=uuid.uuid4().hex,
        line_key=uuid.uuid4().hex,
        state=Pile.NEW,
        kind=Kind.EXPENSE,
        category=household.categories.first(),
    )
    return statement


def make_rule(household: Household, text: str = "Groceries", **fields) -> CategoryRule:
    """What contains the text goes into the household's first category; tried after the rules that are there."""
    if not fields.keys() & {"category", "description", "leave_out"}:
        fields["category"] = household.categories.first()
    fields.setdefault("created_by", household.memberships.select_related("user").first().user)
    return household.category_rules.create(
        text=text,
        position=household.category_rules.count() + 1,
        created_at=dt.datetime(2026, 11, 20, tzinfo=dt.UTC),
        **fields,
    )


def make_limit(category: Category, amount: str | None, month: Month, leftover: str = "surplus") -> Limit:
    """What a category may cost from a month on; None ends it."""
    return category.household.limits.create(
        category=category, month=month, amount=None if amount is None else Decimal(amount), leftover=leftover
    )


def make_transfer(
    household: Household,
    amount: str,
    *,
    month: Month,
    source: Category | None,
    destination: Category | None,
    reverses: Transfer | None = None,
) -> Transfer:
    """A move with its two legs, by the household's owner, past the guard; None is the pool."""
    transfer = household.transfers.create(
        month=month,
        source=source,
        destination=destination,
        amount=Decimal(amount),
        moved_by=household.memberships.select_related("user").first().user,
        key=uuid.uuid4(),
        reverses=reverses,
    )
    TransferLeg.objects.bulk_create([TransferLeg.of(transfer, side=-1), TransferLeg.of(transfer, side=1)])
    return transfer


def make_occurrence(recurring: RecurringExpense, nominal_on: dt.date, state: str = "due", **fields) -> Occurrence:
    """What was done about a date of it; waiting for a yes, unless said otherwise."""
    fields.setdefault("due_on", nominal_on)
    return recurring.occurrences.create(household=recurring.household, nominal_on=nominal_on, state=state, **fields)
