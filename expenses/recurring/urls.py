from django.urls import URLPattern

app_name = "recurring"

urlpatterns: list[URLPattern] = []
