from django.urls import path

from expenses.reports import views
from expenses.reports.menu import REPORTS

app_name = "reports"
urlpatterns = [
    path("", views.index, name="index"),
    *(path(f"{report.name}/", views.show, {"name": report.name}, name=report.name) for report in REPORTS),
    path("review/", views.latest, name="latest"),
    path("review/<month:month>/", views.review, name="review"),
    path("review/<month:month>.csv", views.review_csv, name="review_csv"),
    path("<slug:name>.csv", views.csv, name="csv"),
]
