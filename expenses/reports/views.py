from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from expenses.reports.categories import Categories
from expenses.reports.forms import ReportForm
from expenses.reports.largest import COUNTS, Largest


@require_safe
def index(request):
    """To the first report."""
    return redirect("reports:categories")


@require_safe
def categories(request):
    form = ReportForm(request.GET, household=request.household, on=request.household.today())
    chosen = form.chosen
    report = Categories.of(chosen, form.categories)
    return render(request, "reports/categories.html", {"form": form, "chosen": chosen, "report": report})


@require_safe
def largest(request):
    form = ReportForm(request.GET, household=request.household, on=request.household.today())
    chosen = form.chosen
    count = next((count for count in COUNTS if request.GET.get("count") == str(count)), COUNTS[0])
    report = Largest.of(chosen, count=count)
    context = {"form": form, "chosen": chosen, "report": report, "counts": [(n, form.same(count=n)) for n in COUNTS]}
    return render(request, "reports/largest.html", context)
