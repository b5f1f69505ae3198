from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from expenses.ledger import spending
from expenses.reports.menu import BY_NAME, REPORTS, tabs, tabs_of_review
from expenses.reports.review import Review
from expenses.shared.files import as_csv


@require_safe
def index(request):
    """To the first report."""
    return redirect(REPORTS[0].url)


@require_safe
def show(request, name):
    report, form = _asked(request, name)
    made = report.make(form)
    context = {"form": form, "chosen": form.chosen, "report": made, "tabs": tabs(report, form)}
    return render(request, f"reports/{name}.html", context | {"name": name, "word": report.word})


@require_safe
def csv(request, name):
    """The report's table as a file; where something asked could not be read, its page, which says so."""
    report, form = _asked(request, name)
    if form.faults:
        return redirect(f"{report.url}?{request.GET.urlencode()}")
    made = report.make(form)
    return as_csv(f"{name} {form.chosen.period}", made.columns(), made.rows())


@require_safe
def latest(request):
    """To the review of the last month that is over."""
    household = request.household
    return redirect("reports:review", household.month_of(household.today()).previous)


@require_safe
def review(request, month):
    """A closed month on a page; of one that is not over, when it will be there."""
    household, today = request.household, request.household.today()
    month, running = household.month(month), household.month_of(today)
    context = {"month": month, "closed": running.previous, "tabs": tabs_of_review()}
    if month < running:
        context["review"] = made = Review.of(household, month, on=today)
        if made.is_empty:
            context["held"] = spending.first_and_last_month(household)
    return render(request, "reports/review.html", context)


@require_safe
def review_csv(request, month):
    """The review's table of categories as a file; of a month that is not over, its page, which says so."""
    household, today = request.household, request.household.today()
    month = household.month(month)
    if month >= household.month_of(today):
        return redirect("reports:review", month)
    made = Review.of(household, month, on=today)
    return as_csv(f"review {month}", made.columns(), made.rows())


def _asked(request, name):
    if name not in BY_NAME:
        raise Http404
    report = BY_NAME[name]
    return report, report.form(request.GET, household=request.household, on=request.household.today())
