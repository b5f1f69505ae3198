from django.urls import path

from expenses.reports import views

app_name = "reports"
urlpatterns = [
    path("", views.index, name="index"),
    path("categories/", views.categories, name="categories"),
    path("largest/", views.largest, name="largest"),
]
