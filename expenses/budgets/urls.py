from django.urls import URLPattern, path

from expenses.budgets.views import books, limits, moves

app_name = "budgets"

# /budgets/…: the limits of a month, the proof of the books. Covering what is over is among the pages of months
urlpatterns: list[URLPattern] = [
    path("limits.csv", limits.export, {"ending": "csv"}, name="csv"),
    path("limits.xlsx", limits.export, {"ending": "xlsx"}, name="xlsx"),
    path("<month:month>/", limits.index, name="index"),
    path("<month:month>/categories/<int:pk>/", limits.limit, name="limit"),
    path("<month:month>/books/", books.books, name="books"),
]

# /transfers/…
transfers: tuple[list[URLPattern], str] = (
    [
        path("", moves.index, name="index"),
        path("export.csv", moves.export, {"ending": "csv"}, name="csv"),
        path("export.xlsx", moves.export, {"ending": "xlsx"}, name="xlsx"),
        path("new/", moves.new, name="new"),
        path("<int:pk>/reverse/", moves.reverse, name="reverse"),
    ],
    "transfers",
)
