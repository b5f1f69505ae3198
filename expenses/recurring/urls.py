from django.urls import path

from expenses.recurring import views

app_name = "recurring"

urlpatterns = [
    path("", views.index, name="index"),
    path("export.csv", views.export, {"ending": "csv"}, name="csv"),
    path("export.xlsx", views.export, {"ending": "xlsx"}, name="xlsx"),
    path("new/", views.new, name="new"),
    path("found/", views.found, name="found"),
    path("found/dismiss/", views.dismiss, name="dismiss"),
    path("found/<int:pk>/again/", views.propose_again, name="propose_again"),
    path("<int:pk>/", views.show, name="show"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/pause/", views.pause, name="pause"),
    path("<int:pk>/resume/", views.resume, name="resume"),
    path("<int:pk>/end/", views.end, name="end"),
    path("<int:pk>/delete/", views.delete, name="delete"),
    path("<int:pk>/<day:nominal_on>/post/", views.post, name="post"),
    path("<int:pk>/<day:nominal_on>/skip/", views.skip, name="skip"),
    path("<int:pk>/<day:nominal_on>/unskip/", views.unskip, name="unskip"),
]
