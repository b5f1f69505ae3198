from django.urls import path

from expenses.categories import views

app_name = "categories"

urlpatterns = [
    path("", views.index, name="index"),
    path("export.csv", views.export, {"ending": "csv"}, name="csv"),
    path("export.xlsx", views.export, {"ending": "xlsx"}, name="xlsx"),
    path("new/", views.new, name="new"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/move/", views.move, name="move"),
    path("<int:pk>/bring-back/", views.bring_back, name="bring_back"),
]
