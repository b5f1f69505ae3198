from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from expenses.ledger import spending
from expenses.months import figures_as_csv
from expenses.months.mends import mends
from expenses.months.overview import Overview

LATEST_OF_CATEGORY = 5


def index(request):
    """To the running month."""
    household = request.household
    return redirect("months:show", household.month_of(household.today()))


def show(request, month):
    household = request.household
    overview = Overview.of(household, month, on=household.today())
    context = {"overview": overview, "month": month, "mends": mends(household, overview)}
    if overview.is_empty:
        context["held"] = spending.first_and_last_month(household)
    return render(request, "months/show.html", context)


def csv(request, month):
    """The figures of the page as a file."""
    overview = Overview.of(request.household, month, on=request.household.today())
    response = HttpResponse(figures_as_csv.written(overview), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{month}.csv"'
    return response


def category(request, month, pk):
    """The latest expenses of a category in a month: a fragment for its opened row."""
    category = get_object_or_404(request.household.categories, pk=pk)
    expenses = request.household.expenses.in_month(month).of(category).newest_first()[:LATEST_OF_CATEGORY]
    return render(request, "months/_latest_of_category.html", {"category": category, "expenses": expenses})
