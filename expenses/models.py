"""The index of all tables; each slice has its own models module."""

from expenses.categories.models import Category
from expenses.imports.models import Import, ImportProfile, ImportRow
from expenses.ledger.models import DeletedExpense, Expense, ExpenseChange, MonthTotal, PaymentMethod
from expenses.people.models import Household, Invitation, Membership, User

__all__ = [
    "Category",
    "DeletedExpense",
    "Expense",
    "ExpenseChange",
    "Household",
    "Import",
    "ImportProfile",
    "ImportRow",
    "Invitation",
    "Membership",
    "MonthTotal",
    "PaymentMethod",
    "User",
]
