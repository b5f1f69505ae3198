from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from expenses.budgets import sheets
from expenses.budgets.forms.limits import LimitForm, LimitsForm
from expenses.budgets.planning import Plan
from expenses.people.access import editor
from expenses.shared.files import answer
from expenses.shared.forms import posted, status_of
from expenses.shared.messages import say
from expenses.shared.returning import back_of


def index(request, month):
    """All limits of a month; a viewer reads them."""
    return _change(request, month) if request.method == "POST" else _show(request, month)


@require_safe
def export(request, ending):
    """Every limit that was set, of all months, as a file."""
    return answer(sheets.limits(request.household), ending)


def _show(request, month):
    plan = Plan.of(request.household, month)
    form = LimitsForm(None, plan=plan, running=_running(request))
    return render(request, "budgets/limits.html", {"form": form, "plan": plan, "month": month})


@editor
def _change(request, month):
    plan = Plan.of(request.household, month)
    form = LimitsForm(request.POST, plan=plan, running=_running(request))
    if form.is_valid() and not form.asks and (said := form.save()):
        say(request, said)
        return redirect("months:show", month)
    template = "budgets/limits_agree.html" if form.asks else "budgets/limits.html"
    return render(request, template, {"form": form, "plan": plan, "month": month}, status=_status(form))


@editor
def limit(request, month, pk):
    """One category's; `?amount=` is filled in."""
    category = get_object_or_404(request.household.categories, pk=pk)
    plan = Plan.of(request.household, month, [category])
    form = LimitForm(posted(request), plan=plan, running=_running(request), given=request.GET)
    back = back_of(request, reverse("months:show", args=[month]))
    if form.is_valid() and not form.asks and (said := form.save()):
        say(request, said)
        return redirect(back)
    template = "budgets/limit_agree.html" if form.asks else "budgets/limit.html"
    context = {"form": form, "plan": plan, "category": category, "month": month, "back": back}
    return render(request, template, context, status=_status(form))


def _running(request):
    return request.household.month_of(request.household.today())


def _status(form):
    """A question is no fault."""
    return 200 if form.asks else status_of(form)
