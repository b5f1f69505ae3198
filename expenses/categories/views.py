from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from expenses.categories import sheets
from expenses.categories.forms import CategoryForm
from expenses.people.access import editor
from expenses.shared.files import answer
from expenses.shared.forms import posted, status_of
from expenses.shared.messages import say
from expenses.shared.returning import back_of


@require_safe
def index(request):
    categories = list(request.household.categories.in_order())
    spent = request.household.month_totals.by_category()
    for category in categories:
        category.spent = spent.get(category.pk)
    return render(
        request,
        "categories/index.html",
        {
            "active": [category for category in categories if not category.is_archived],
            "archived": [category for category in categories if category.is_archived],
        },
    )


@require_safe
def export(request, ending):
    """The list as a file."""
    return answer(sheets.categories(request.household), ending)


@editor
def new(request):
    """A new category; `next` leads back to the page that asked for one."""
    form = CategoryForm(posted(request), household=request.household)
    back = back_of(request, reverse("categories:index"))
    if form.is_valid():
        category = form.save()
        say(request, f"{category} is a category now.")
        return redirect(back)
    return render(request, "categories/new.html", {"form": form, "back": back}, status=status_of(form))


@editor
def edit(request, pk):
    category = get_object_or_404(request.household.categories, pk=pk)
    form = CategoryForm(posted(request), household=request.household, instance=category)
    if form.is_valid():
        form.save()
        say(request, f"{category} is saved.")
        return redirect("categories:index")
    stored = get_object_or_404(request.household.categories, pk=pk) if form.is_bound else category
    return render(request, "categories/edit.html", {"form": form, "category": stored}, status=status_of(form))


@require_POST
@editor
def move(request, pk):
    category = get_object_or_404(request.household.categories, pk=pk)
    category.move(up=request.POST.get("to") == "up")
    return redirect("categories:index")


@require_POST
@editor
def bring_back(request, pk):
    category = get_object_or_404(request.household.categories, pk=pk)
    category.bring_back()
    say(request, f"{category} is back. Its limit, if it had one, ended with the archiving.")
    return redirect("categories:index")
