from django.urls import URLPattern, path

from expenses.budgets.views import books, limits, moves

app_name = "budgets"

# /budgets/…: the limits of a month, covering what is overspent, the proof of the books
urlpatterns: list[URLPattern] = [
    path("<month:month>/", limits.index, name="index"),
    path("<month:month>/categories/<int:pk>/", limits.limit, name="limit"),
    path("<month:month>/cover/<int:pk>/", moves.cover, name="cover"),
    path("<month:month>/books/", books.books, name="books"),
]

# /transfers/…
transfers: tuple[list[URLPattern], str] = (
    [
        path("", moves.index, name="index"),
        path("new/", moves.new, name="new"),
        path("<int:pk>/reverse/", moves.reverse, name="reverse"),
    ],
    "transfers",
)
