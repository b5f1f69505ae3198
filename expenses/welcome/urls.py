from django.urls import path

from expenses.welcome import views

app_name = "welcome"
urlpatterns = [path("", views.new, name="new")]
