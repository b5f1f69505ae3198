from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from expenses.ledger import sheets
from expenses.ledger.bulk import NotAsSeen, Promise
from expenses.ledger.forms import BulkForm, EditExpenseForm, FilterForm, MethodForm, NewExpenseForm
from expenses.ledger.income_forms import EditIncomeForm, IncomeFilterForm, NewIncomeForm, PoolForm, month_said
from expenses.ledger.incomes import Incomes
from expenses.ledger.listing import Found, Listing
from expenses.ledger.models import Cursor, MethodKept, NothingToUndo, PoolStarted
from expenses.ledger.models import undo as bring_back_batch
from expenses.people.access import editor
from expenses.shared.files import answer
from expenses.shared.forms import posted, status_of
from expenses.shared.messages import say
from expenses.shared.returning import back_of, leading_back

# ── the list ──────────────────────────────────────────────────────────────────────────────────────


# The same address answers a page or a part of it: a browser must not take one for the other.
varying = vary_on_headers("HX-Request", "HX-Target")


@require_safe
@varying
def index(request):
    form = FilterForm(request.GET, household=request.household)
    chosen = form.chosen
    listing = Listing.of(chosen, after=_cursor(request))
    found = Found.of(chosen, form.categories) if chosen.is_quick else None
    context = {"form": form, "chosen": chosen, "listing": listing, "found": found, "today": request.household.today()}
    if _aims_at(request, "ledger"):
        return render(request, "ledger/_more.html", context)
    return render(request, "ledger/index.html", context | {"quick": form.quick(context["today"])})


@require_safe
@varying
def count(request):
    """What the filter finds comes to: a part of the list that follows it, or a page of its own."""
    form = FilterForm(request.GET, household=request.household)
    chosen = form.chosen
    context = {"form": form, "chosen": chosen, "found": Found.of(chosen, form.categories)}
    return render(request, "ledger/_counted.html" if request.htmx else "ledger/count.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def export(request, ending):
    """What the filter finds as a file, or the ticked expenses (`expense`); a POST only since a choice may be long."""
    household = request.household
    if request.method == "POST":
        ticked = BulkForm(request.POST, household=household)
        if ticked.chosen_fault:
            say(request, ticked.chosen_fault)
            return redirect(back_of(request, reverse("expenses:index")))
        return answer(sheets.expenses(household, household.expenses.with_ids(ticked.ids)), ending)
    form = FilterForm(request.GET, household=household)
    if form.errors:  # the list says what it has left out: a file could not
        return redirect(f"{reverse('expenses:index')}?{request.GET.urlencode()}")
    return answer(sheets.expenses(household, form.chosen.rows()), ending)


def _cursor(request):
    """Where the page before ended; the first page for what is no place in the list."""
    try:
        return Cursor.parse(request.GET.get("after", ""))
    except ValueError:
        return None


def _aims_at(request, prefix):
    """Whether htmx asks for a part of the page with this id, or one that begins so."""
    return bool(request.htmx) and (request.htmx.target or "").startswith(prefix)


# ── one expense ───────────────────────────────────────────────────────────────────────────────────


@editor
def new(request):
    """`?spent_on=`, `?category=` and `?payment_method=` are filled in."""
    back = back_of(request, reverse("expenses:index"))
    form = NewExpenseForm(
        posted(request), household=request.household, on=request.household.today(), given=request.GET
    )
    if form.is_valid() and (expense := form.save_as(request.user)):
        say(request, "Saved.", about=expense, otherwise=lambda: form.said(expense))
        return redirect(_another(request, expense, back) if "another" in request.POST else back)
    template = "ledger/new.html" if form.has_categories else "ledger/no_category.html"
    return render(request, template, {"form": form, "back": back}, status=status_of(form))


def _another(request, expense, back):
    """The form for one more expense of that day, paid the same way."""
    kept = {"spent_on": expense.spent_on, "payment_method": expense.payment_method_id or "", "next": back}
    return f"{reverse('expenses:new')}?{urlencode({name: value for name, value in kept.items() if value})}"


@require_safe
@varying
def show(request, pk):
    expense = _expense(request, pk)
    in_row = _aims_at(request, "expense-")
    context = {"expense": expense, "back": back_of(request, reverse("expenses:index")), "swapped": in_row}
    return render(request, "ledger/_row.html" if in_row else "ledger/show.html", context)


@editor
@varying
def edit(request, pk):
    """A page of its own, or, asked by a row of the list, that row as a form."""
    expense, in_row = _expense(request, pk), _aims_at(request, "expense-")
    form = EditExpenseForm(
        posted(request),
        household=request.household,
        instance=expense,
        auto_id=f"id_{pk}_%s" if in_row else "id_%s",
    )
    back = back_of(request, reverse("expenses:index"))
    if form.is_valid() and form.save_changes():
        if in_row:
            return _saved_row(request, pk)
        say(request, f"Saved {form.instance.description}.", about=form.instance)
        return redirect(back)
    context = {"form": form, "expense": expense, "back": back}
    return render(request, "ledger/_edit_row.html" if in_row else "ledger/edit.html", context, status=status_of(form))


def _saved_row(request, pk):
    """The row as it stands, with the sums around it; the whole list anew where the row has left its place."""
    query = (request.htmx.current_url or "").partition("?")[2].partition("#")[0]
    form = FilterForm(QueryDict(query), household=request.household)
    chosen = form.chosen
    expense = chosen.rows().with_names().with_ids([pk]).first()
    if expense is None or str(expense.spent_on) != request.POST.get("stood_on"):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    context = {
        "chosen": chosen,
        "expense": expense,
        "total": chosen.rows().by_day([expense.spent_on])[expense.spent_on],
        "found": Found.of(chosen, form.categories) if chosen.is_quick else None,
    }
    return render(request, "ledger/_saved_row.html", context)


@require_POST
@editor
def delete(request, pk):
    expense = _expense(request, pk)
    back = back_of(request, reverse("expenses:index"))
    batch = request.household.expenses.with_ids([pk]).put_aside(by=request.user)
    say(request, f"Deleted {expense.description}.", undo=_undo_url(batch, back), about=expense)
    if _aims_at(request, "expense-"):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return redirect(back)


def _expense(request, pk):
    return get_object_or_404(request.household.expenses.with_names(), pk=pk)


# ── several ───────────────────────────────────────────────────────────────────────────────────────


@editor
def bulk(request):
    """Ticked expenses (`expense`), or all that the filter in the URL finds, counted and signed."""
    form = BulkForm(posted(request), household=request.household)
    back = back_of(request, reverse("expenses:index"))
    query = request.GET.urlencode()
    try:
        promise = form.promised
        query = promise.query if promise else query
        if form.is_valid():
            rows = _found(request, query).rows() if promise else request.household.expenses.with_ids(form.ids)
            said, batch = form.apply(rows, by=request.user, promise=promise)
            say(request, said, undo=_undo_url(batch, back) if batch else "")
            return redirect(back)
    except NotAsSeen as error:
        form.add_error(None, str(error))
    return render(request, "ledger/bulk.html", _of_bulk(request, form, query) | {"back": back}, status=status_of(form))


def _of_bulk(request, form, query):
    """What the page about several expenses shows: the ticked ones, or what a filter finds, counted anew."""
    if form.ids:
        return {"form": form, "spent": request.household.expenses.with_ids(form.ids).spent()}
    chosen = _found(request, query)
    promise = Promise.of(chosen)
    return {"form": form, "chosen": chosen, "spent": promise.spent, "promise": promise.sign(request.household)}


def _found(request, query):
    return FilterForm(QueryDict(query), household=request.household).chosen


@require_POST
@editor
def undo(request, batch):
    back = back_of(request, reverse("expenses:index"))
    try:
        count = bring_back_batch(request.household, batch)
        say(
            request,
            f"Brought back {count:,} expense{'' if count == 1 else 's'}." if count else "Nothing to bring back.",
        )
    except NothingToUndo as error:
        say(request, str(error))
    return redirect(back)


def _undo_url(batch, back):
    return leading_back(reverse("expenses:undo", args=[batch]), back)


# ── incomes ───────────────────────────────────────────────────────────────────────────────────────


@require_safe
def incomes(request):
    form = IncomeFilterForm(request.GET, household=request.household)
    listing = Incomes.of(request.household, month=form.chosen, after=_cursor(request))
    context = {"form": form, "month": form.chosen, "listing": listing, "today": request.household.today()}
    return render(request, "ledger/incomes.html", context)


@require_safe
def export_incomes(request, ending):
    """The list as a file, by the same query string."""
    form = IncomeFilterForm(request.GET, household=request.household)
    if form.errors:
        return redirect(f"{reverse('incomes:index')}?{request.GET.urlencode()}")
    found, month = request.household.incomes.all(), form.chosen
    found = found.in_month(month) if month else found
    return answer(sheets.incomes(request.household, found), ending)


@editor
def new_income(request):
    """`?received_on=` is filled in. While there is no pool, the form asks whether to begin one."""
    back = back_of(request, reverse("incomes:index"))
    today = request.household.today()
    form = NewIncomeForm(posted(request), household=request.household, on=today, given=request.GET)
    if form.is_valid() and form.save_as(request.user):
        say(request, form.said(on=today))
        return redirect(back)
    return render(request, "ledger/new_income.html", {"form": form, "back": back}, status=status_of(form))


@editor
def edit_income(request, pk):
    income = get_object_or_404(request.household.incomes, pk=pk)
    name, back = income.description, back_of(request, reverse("incomes:index"))
    form = EditIncomeForm(posted(request), household=request.household, instance=income)
    if form.is_valid() and form.save_changes():
        say(request, form.said(on=request.household.today()))
        return redirect(back)
    context = {"form": form, "income": income, "name": name, "back": back}
    return render(request, "ledger/edit_income.html", context, status=status_of(form))


@editor
def delete_income(request, pk):
    income = get_object_or_404(request.household.incomes, pk=pk)
    if request.method == "POST":
        income.delete()
        said = month_said(request.household, income.received_on, on=request.household.today())
        say(request, f"Deleted {income.description}. {said}")
        return redirect("incomes:index")
    return render(request, "ledger/delete_income.html", {"income": income, "loss": income.loss()})


@editor
def pool(request):
    """Begin to plan with what there is, where incomes were written down or brought in without that."""
    back = back_of(request, reverse("incomes:index"))
    form = PoolForm(posted(request), household=request.household, on=request.household.today())
    try:
        if request.household.pool_from:
            return redirect(back)
        if form.is_valid() and form.save(by=request.user):
            say(request, f"Planning with income begins in {form.start.month.name}.")
            return redirect(back)
    except PoolStarted as error:
        say(request, str(error))
        return redirect(back)
    return render(request, "ledger/pool.html", {"form": form, "back": back}, status=status_of(form))


# ── payment methods ───────────────────────────────────────────────────────────────────────────────


@require_safe
def methods(request):
    found = list(request.household.payment_methods.in_order().with_use())
    context = {
        "active": [method for method in found if not method.is_archived],
        "archived": [method for method in found if method.is_archived],
    }
    return render(request, "ledger/methods.html", context)


@editor
def new_method(request):
    form = MethodForm(posted(request), household=request.household)
    if form.is_valid():
        say(request, f"{form.save()} is a payment method now.")
        return redirect("methods:index")
    return render(request, "ledger/new_method.html", {"form": form}, status=status_of(form))


@editor
def edit_method(request, pk):
    method = get_object_or_404(request.household.payment_methods.with_use(), pk=pk)
    name = method.name
    form = MethodForm(posted(request), household=request.household, instance=method)
    if form.is_valid():
        say(request, f"{form.save()} is saved.")
        return redirect("methods:index")
    context = {"form": form, "method": method, "name": name}
    return render(request, "ledger/edit_method.html", context, status=status_of(form))


@require_POST
@editor
def archive_method(request, pk):
    method = get_object_or_404(request.household.payment_methods, pk=pk)
    method.archive(on=request.household.today())
    say(request, f"{method} is archived: no longer offered, and still on what was paid with it.")
    return redirect("methods:index")


@require_POST
@editor
def bring_back_method(request, pk):
    method = get_object_or_404(request.household.payment_methods, pk=pk)
    method.bring_back()
    say(request, f"{method} is back.")
    return redirect("methods:index")


@require_POST
@editor
def delete_method(request, pk):
    method = get_object_or_404(request.household.payment_methods, pk=pk)
    try:
        method.delete_unused()
        say(request, f"{method} is deleted.")
    except MethodKept as error:
        say(request, str(error))
    return redirect("methods:index")
