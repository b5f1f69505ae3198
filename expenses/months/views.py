from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from expenses.budgets.forms.moves import CoverForm
from expenses.budgets.views.moves import moved
from expenses.ledger import spending
from expenses.months import figures_as_csv
from expenses.months.mends import mends
from expenses.months.overview import Overview
from expenses.people.access import editor
from expenses.recurring import coming
from expenses.shared.forms import posted
from expenses.shared.returning import back_of

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
    response = HttpResponse(figures_as_csv.text(overview), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{month}.csv"'
    return response


def category(request, month, pk):
    """The latest expenses of a category in a month: a fragment for its opened row."""
    category = get_object_or_404(request.household.categories, pk=pk)
    expenses = request.household.expenses.in_month(month).of(category).newest_first()[:LATEST_OF_CATEGORY]
    return render(request, "months/_latest_of_category.html", {"category": category, "expenses": expenses})


@editor
def cover(request, month, pk):
    """What a category is over, paid by another one: GET shows who could pay beside their own bills.

    POST moves `amount` from `source` (a category's id, or `pool`) into the category of the address, once for each
    `key` (a UUID made with the form), and leads to `next`, else to the page before, else to the month. A notice or
    the month page may post here directly; refused, it leads to this page, with a sentence and status 422.
    """
    household, today = request.household, request.household.today()
    categories = list(household.categories.in_order())
    category = next((category for category in categories if category.pk == pk), None)
    if category is None:
        raise Http404
    found = {"on": today, "month": month, "categories": categories}
    due = coming.read(household, month, on=today).due
    form = CoverForm(posted(request), household=household, category=category, due=due, **found)
    back = back_of(request, reverse("months:show", args=[month]))
    if form.is_valid() and (transfer := form.move(by=request.user)):
        return moved(request, form, transfer, back)
    context = {"form": form, "category": category, "month": month, "back": back, "due": due}
    return render(request, "budgets/cover.html", context, status=422 if form.errors else 200)
