from django.urls import path

from expenses.alerts import views

app_name = "alerts"

urlpatterns = [path("<int:pk>/dismiss/", views.dismiss, name="dismiss")]
