from django.urls import path

from expenses.ledger import views

app_name = "expenses"

methods = (
    [
        path("", views.methods, name="index"),
        path("new/", views.new_method, name="new"),
        path("<int:pk>/edit/", views.edit_method, name="edit"),
        path("<int:pk>/archive/", views.archive_method, name="archive"),
        path("<int:pk>/bring-back/", views.bring_back_method, name="bring_back"),
        path("<int:pk>/delete/", views.delete_method, name="delete"),
    ],
    "methods",
)

urlpatterns = [
    path("", views.index, name="index"),
    path("count/", views.count, name="count"),
    path("export.csv", views.export, {"ending": "csv"}, name="csv"),
    path("export.xlsx", views.export, {"ending": "xlsx"}, name="xlsx"),
    path("new/", views.new, name="new"),
    path("bulk/", views.bulk, name="bulk"),
    path("undo/<uuid:batch>/", views.undo, name="undo"),
    path("<int:pk>/", views.show, name="show"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/delete/", views.delete, name="delete"),
]

incomes = (
    [
        path("", views.incomes, name="index"),
        path("export.csv", views.export_incomes, {"ending": "csv"}, name="csv"),
        path("export.xlsx", views.export_incomes, {"ending": "xlsx"}, name="xlsx"),
        path("new/", views.new_income, name="new"),
        path("pool/", views.pool, name="pool"),
        path("<int:pk>/edit/", views.edit_income, name="edit"),
        path("<int:pk>/delete/", views.delete_income, name="delete"),
    ],
    "incomes",
)
