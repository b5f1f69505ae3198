from django.urls import path

from expenses.months import views

app_name = "months"
urlpatterns = [
    path("", views.index, name="index"),
    path("<month:month>/", views.show, name="show"),
    path("<month:month>.csv", views.csv, name="csv"),
    path("<month:month>/categories/<int:pk>/", views.category, name="category"),
]

# /budgets/…, among those of budgets
covering = [path("<month:month>/cover/<int:pk>/", views.cover, name="cover")]
