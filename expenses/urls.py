"""Every page of the product, slice by slice."""

from django.urls import include, path

from expenses.budgets.urls import transfers
from expenses.ledger.urls import incomes, methods
from expenses.people.urls import invitations
from expenses.welcome.views import home

urlpatterns = [
    path("", home, name="home"),
    path("expenses/", include("expenses.ledger.urls")),
    path("incomes/", include(incomes)),
    path("budgets/", include("expenses.budgets.urls")),
    path("transfers/", include(transfers)),
    path("recurring/", include("expenses.recurring.urls")),
    path("imports/", include("expenses.imports.urls")),
    path("alerts/", include("expenses.alerts.urls")),
    path("months/", include("expenses.months.urls")),
    path("reports/", include("expenses.reports.urls")),
    path("welcome/", include("expenses.welcome.urls")),
    path("categories/", include("expenses.categories.urls")),
    path("settings/payment-methods/", include(methods)),
    path("settings/", include("expenses.people.urls")),
    path("invitations/", include(invitations)),
    path("", include("expenses.upkeep.urls")),
]
