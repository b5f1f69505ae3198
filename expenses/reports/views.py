from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from expenses.reports.menu import BY_NAME, REPORTS, tabs
from expenses.shared.files import as_csv


@require_safe
def index(request):
    """To the first report."""
    return redirect(REPORTS[0].url)


@require_safe
def show(request, name):
    report, form = _asked(request, name)
    made = report.make(form)
    context = {"form": form, "chosen": form.chosen, "report": made, "tabs": tabs(report, form), "name": name}
    return render(request, f"reports/{name}.html", context)


@require_safe
def csv(request, name):
    """The report's table as a file; where something asked could not be read, its page, which says so."""
    report, form = _asked(request, name)
    if form.faults:
        return redirect(f"{report.url}?{request.GET.urlencode()}")
    made = report.make(form)
    return as_csv(f"{name} {form.chosen.period}", made.columns(), made.rows())


def _asked(request, name):
    if name not in BY_NAME:
        raise Http404
    report = BY_NAME[name]
    return report, report.form(request.GET, household=request.household, on=request.household.today())
