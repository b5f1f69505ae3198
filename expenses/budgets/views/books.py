from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from expenses.budgets.books import Books, one_moment


# The same address answers a page or a part of it: a browser must not take one for the other.
@require_safe
@vary_on_headers("HX-Request")
def books(request, month):
    """The proof of a month; htmx asks for the verdict alone."""
    begins = request.household.month(request.household.budget_from)
    if month < begins and request.htmx:
        return HttpResponse(status=204)
    if month < begins:
        return render(request, "budgets/no_books.html", {"month": month, "begins": begins})
    with one_moment():
        found = Books.of(request.household, month)
    template = "budgets/_books_pill.html" if request.htmx else "budgets/books.html"
    return render(request, template, {"books": found, "month": month})
