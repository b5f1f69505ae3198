"""The index of all tables; each slice has its own models module."""

from expenses.alerts.models import Alert, AlertMail
from expenses.budgets.models import Limit, Transfer, TransferLeg
from expenses.categories.models import Category
from expenses.exports.models import HouseholdFile
from expenses.imports.models import CategoryRule, Import, ImportProfile, ImportRow
from expenses.ledger.models import DeletedExpense, Expense, ExpenseChange, Income, MonthTotal, PaymentMethod
from expenses.people.models import Household, Invitation, Membership, User
from expenses.recurring.models import Dismissal, Occurrence, RecurringExpense

__all__ = [
    "Alert",
    "AlertMail",
    "Category",
    "CategoryRule",
    "DeletedExpense",
    "Dismissal",
    "Expense",
    "ExpenseChange",
    "Household",
    "HouseholdFile",
    "Import",
    "ImportProfile",
    "ImportRow",
    "Income",
    "Invitation",
    "Limit",
    "Membership",
    "MonthTotal",
    "Occurrence",
    "PaymentMethod",
    "RecurringExpense",
    "Transfer",
    "TransferLeg",
    "User",
]
