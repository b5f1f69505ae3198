from django.urls import path

from expenses.upkeep import views

app_name = "upkeep"

urlpatterns = [
    path("categories/<int:pk>/archive/", views.archive, name="archive"),
    path("categories/<int:pk>/merge/", views.merge, name="merge"),
    path("categories/<int:pk>/delete/", views.delete, name="delete"),
    path("settings/months/", views.months, name="month_start"),
    path("settings/budget-from/", views.budget_from, name="budget_from"),
    path("settings/household/delete/", views.delete_household, name="delete_household"),
]
