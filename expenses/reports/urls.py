from django.urls import path

from expenses.reports import views
from expenses.reports.menu import REPORTS

app_name = "reports"
urlpatterns = [
    path("", views.index, name="index"),
    *(path(f"{report.name}/", views.show, {"name": report.name}, name=report.name) for report in REPORTS),
    path("<slug:name>.csv", views.csv, name="csv"),
]
