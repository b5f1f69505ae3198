"""Every page of the product, slice by slice."""

from django.urls import include, path

from expenses.budgets import urls as budgets
from expenses.ledger.urls import incomes, methods
from expenses.months import urls as months
from expenses.people.urls import invitations
from expenses.welcome.views import home

urlpatterns = [
    path("", home, name="home"),
    path("expenses/", include("expenses.ledger.urls")),
    path("incomes/", include(incomes)),
    path("budgets/", include(([*budgets.urlpatterns, *months.covering], budgets.app_name))),
    path("transfers/", include(budgets.transfers)),
    path("recurring/", include("expenses.recurring.urls")),
    path("imports/", include("expenses.imports.urls")),
    path("alerts/", include("expenses.alerts.urls")),
    path("months/", include(months)),
    path("reports/", include("expenses.reports.urls")),
    path("exports/", include("expenses.exports.urls")),
    path("welcome/", include("expenses.welcome.urls")),
    path("categories/", include("expenses.categories.urls")),
    path("settings/payment-methods/", include(methods)),
    path("settings/", include("expenses.people.urls")),
    path("invitations/", include(invitations)),
    path("", include("expenses.upkeep.urls")),
]
