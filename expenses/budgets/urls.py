from django.urls import URLPattern

app_name = "budgets"

# /budgets/…: the limits of a month, covering what is overspent, the proof of the books
urlpatterns: list[URLPattern] = []

# /transfers/…
transfers: tuple[list[URLPattern], str] = ([], "transfers")
