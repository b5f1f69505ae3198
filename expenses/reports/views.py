from django.shortcuts import redirect, render

from expenses.reports.categories import Categories
from expenses.reports.forms import ScopeForm
from expenses.reports.largest import COUNTS, Largest


def index(request):
    """To the first report."""
    return redirect("reports:categories")


def categories(request):
    form = ScopeForm(request.GET, household=request.household, on=request.household.today())
    scope = form.scope()
    report = Categories.of(request.household, scope)
    return render(request, "reports/categories.html", {"form": form, "scope": scope, "report": report})


def largest(request):
    form = ScopeForm(request.GET, household=request.household, on=request.household.today())
    scope = form.scope()
    count = next((count for count in COUNTS if request.GET.get("count") == str(count)), COUNTS[0])
    report = Largest.of(request.household, scope, count=count)
    context = {"form": form, "scope": scope, "report": report, "counts": [(n, form.same(count=n)) for n in COUNTS]}
    return render(request, "reports/largest.html", context)
