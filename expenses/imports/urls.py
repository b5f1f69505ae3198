from django.urls import path

from expenses.imports import views

app_name = "imports"

urlpatterns = [
    path("", views.index, name="index"),
    path("new/", views.new, name="new"),
    path("<int:pk>/", views.show, name="show"),
    path("<int:pk>/mapping/", views.mapping, name="mapping"),
    path("<int:pk>/choices/", views.choices, name="choices"),
    path("<int:pk>/commit/", views.commit, name="commit"),
    path("<int:pk>/revert/", views.revert, name="revert"),
    path("<int:pk>/discard/", views.discard, name="discard"),
]
