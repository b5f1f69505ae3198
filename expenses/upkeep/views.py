from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render

from expenses.people.access import editor, owner
from expenses.shared.forms import posted, status_of
from expenses.shared.messages import say
from expenses.upkeep import archiving, categories, households
from expenses.upkeep.forms import BudgetStartForm, DeleteHouseholdForm, MergeForm, MonthStartForm


@editor
def archive(request, pk):
    category = get_object_or_404(request.household.categories, pk=pk)
    today = request.household.today()
    if request.method == "POST":
        archiving.archive(category, on=today)
        say(request, f"{category} is archived: no longer offered, and still there in past months.")
        return redirect("categories:index")
    context = {"category": category, "archiving": archiving.archiving(category, today=today)}
    return render(request, "upkeep/archive.html", context)


@editor
def merge(request, pk):
    """Asked with `?into=`, it shows what would happen."""
    category, others = _with_others(request, pk)
    form = MergeForm(_sent(request, "into"), category=category, others=others)
    if request.method == "POST" and form.is_valid() and (done := form.save()):
        say(request, done)
        return redirect("categories:index")
    plan, totals = categories.read(request.household)
    context = {
        "form": form,
        "category": category,
        "holding": categories.holding(category, totals),
        "merging": form.preview(plan, totals, today=request.household.today()),
    }
    return render(request, "upkeep/merge.html", context, status=422 if form.errors else 200)


def _with_others(request, pk):
    """The category, and all of the household, by one query."""
    found = list(request.household.categories.in_order())
    category = next((category for category in found if category.pk == pk), None)
    if category is None:
        raise Http404
    return category, found


@editor
def delete(request, pk):
    category = get_object_or_404(request.household.categories, pk=pk)
    refusal = ""
    if request.method == "POST":
        try:
            categories.delete(category)
        except categories.CategoryKept as kept:
            refusal = str(kept)
        else:
            say(request, f"{category} is deleted.")
            return redirect("categories:index")
    return _ask_to_delete(request, category, refusal)


def _ask_to_delete(request, category, refusal):
    plan, totals = categories.read(request.household)
    deleting = categories.deleting(category, plan, today=request.household.today())
    context = {
        "category": category,
        "holding": categories.holding(category, totals),
        "deleting": deleting,
        "refusal": refusal,
    }
    return render(request, "upkeep/delete.html", context, status=422 if refusal else 200)


@owner
def months(request):
    """The day months start on; asked with `?month_starts_on=`, it shows what would change."""
    household, today = request.household, request.household.today()
    form = MonthStartForm(_sent(request, "month_starts_on"), household=household)
    if request.method == "POST" and form.is_valid():
        form.save()
        say(request, f"Months start on day {household.month_starts_on} now.")
        return redirect("settings:household")
    context = {
        "form": form,
        "running": household.month_of(today),
        "preview": form.preview(today=today),
    }
    return render(request, "upkeep/months.html", context, status=422 if form.errors else 200)


@owner
def budget_from(request):
    """The month in which the budget begins; asked with `?budget_from=`, it shows what would change."""
    household = request.household
    form = BudgetStartForm(_sent(request, "budget_from"), household=household, today=household.today())
    if request.method == "POST" and form.is_valid():
        say(request, f"The budget begins in {form.save().name} now.")
        return redirect("settings:household")
    context = {"form": form, "begins": household.month(household.budget_from), "beginning": form.preview()}
    return render(request, "upkeep/budget_from.html", context, status=422 if form.errors else 200)


@owner
def delete_household(request):
    form = DeleteHouseholdForm(posted(request), household=request.household)
    if form.is_valid():
        form.save()
        say(request, f"{request.household} is deleted, with everything in it.")
        return redirect("home")
    context = {"form": form, "contents": households.contents(request.household)}
    return render(request, "upkeep/delete_household.html", context, status=status_of(form))


def _sent(request, field):
    """What was posted, or what a link asks to be shown beforehand."""
    if request.method == "POST":
        return request.POST
    return request.GET if field in request.GET else None
