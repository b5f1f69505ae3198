from django.urls import path

from expenses.recurring import views

app_name = "recurring"

urlpatterns = [
    path("", views.index, name="index"),
    path("new/", views.new, name="new"),
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
