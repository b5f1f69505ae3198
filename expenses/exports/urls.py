from django.urls import path

from expenses.exports import views

app_name = "exports"

urlpatterns = [
    path("", views.index, name="index"),
    path("household.zip", views.household, name="household"),
    path("restore/", views.restore, name="restore"),
    path("restore/check/", views.check, name="check"),
    path("restore/take-in/", views.take_in, name="take_in"),
    path("restore/discard/", views.discard, name="discard"),
]
