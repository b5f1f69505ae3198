import datetime as dt

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from expenses.people.access import editor
from expenses.recurring import sheets
from expenses.recurring.forms import EditRecurringForm, NewRecurringForm, PostForm, ScheduleForm
from expenses.recurring.found import Findings
from expenses.recurring.found_forms import DismissForm
from expenses.recurring.listing import History, Lines
from expenses.recurring.models import NotPossible
from expenses.shared.files import answer
from expenses.shared.forms import posted, status_of
from expenses.shared.messages import say
from expenses.shared.money import format_amount
from expenses.shared.returning import back_of

# The same address answers a page or a part of it: a browser must not take one for the other.
varying = vary_on_headers("HX-Request", "HX-Target")


@require_safe
def index(request):
    context = {"lines": Lines.of(request.household), "today": request.household.today()}
    return render(request, "recurring/index.html", context)


@require_safe
def export(request, ending):
    """The list as a file."""
    return answer(sheets.recurring(request.household), ending)


@require_safe
def show(request, pk):
    """`?before=2026-05-01` goes on with what was done before that nominal day."""
    recurring = _recurring(request, pk)
    context = {
        "recurring": recurring,
        "history": History.of(recurring, before=_day(request.GET.get("before"))),
        "today": request.household.today(),
    }
    return render(request, "recurring/show.html", context)


# ── one to begin, one to change ───────────────────────────────────────────────────────────────────


@editor
@varying
def new(request):
    """`?expense=12` repeats that expense, or leads to what posted it; the fields of the form are filled in by name.

    Asked by the form itself (htmx), or with its button "Preview", it shows the next dates and writes nothing.
    """
    household, of = request.household, _expense(request)
    if _asks_for_dates(request):
        return _dates(request, of=of)
    if of and request.method == "GET" and (recurring := household.recurring_expenses.that_posted(of)):
        return redirect("recurring:show", recurring.pk)
    form = NewRecurringForm(posted(request), household=household, on=household.today(), given=request.GET, of=of)
    if "preview" not in request.POST and form.is_valid() and (recurring := form.begin(by=request.user)):
        say(request, f"Saved. {_first_word(recurring.schedule.words)}.")
        return redirect("recurring:show", recurring.pk)
    context = {"form": form, "preview": form.preview, "back": back_of(request, reverse("recurring:index"))}
    template = "recurring/new.html" if form.has_categories else "ledger/no_category.html"
    return render(request, template, context, status=422 if form.errors else 200)


@editor
@varying
def edit(request, pk):
    """Asked by the form itself (htmx), or with its button "Preview", it shows the next dates and writes nothing."""
    household, recurring = request.household, _recurring(request, pk)
    last = recurring.occurrences.posted().newest_first().first()
    if _asks_for_dates(request):
        return _dates(request, recurring=recurring, last=last)
    name = recurring.description
    form = EditRecurringForm(posted(request), household=household, on=household.today(), instance=recurring)
    if "preview" not in request.POST and form.is_valid() and form.save_changes():
        say(request, f"Saved {form.instance.description}.")
        return redirect("recurring:show", pk)
    context = {"form": form, "preview": form.preview, "recurring": recurring, "name": name, "last": last}
    return render(request, "recurring/edit.html", context, status=422 if form.errors else 200)


def _expense(request):
    """The expense to repeat, if one is named. A page of another one's is not found; while a form was filled in it may
    have been deleted, and is let go."""
    text = request.POST.get("expense") or request.GET.get("expense", "")
    if not text:
        return None
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0
    if request.method == "POST":
        return request.household.expenses.with_ids([number]).first()
    return get_object_or_404(request.household.expenses, pk=number)


def _asks_for_dates(request):
    return bool(request.htmx) and request.htmx.target == "dates"


def _dates(request, *, last=None, **known):
    form = ScheduleForm(request.GET)
    form.know(on=request.household.today(), **known)
    return render(request, "recurring/_dates.html", {"preview": form, "last": last})


def _first_word(words):
    return words[:1].upper() + words[1:]


# ── what it is in ─────────────────────────────────────────────────────────────────────────────────


@require_POST
@editor
def pause(request, pk):
    recurring = _recurring(request, pk)
    return _done(request, recurring, lambda: recurring.pause(on=request.household.today()), "{} is paused.")


@require_POST
@editor
def resume(request, pk):
    recurring = _recurring(request, pk)
    return _done(request, recurring, lambda: recurring.resume(on=request.household.today()), "{} goes on.")


@require_POST
@editor
def end(request, pk):
    recurring = _recurring(request, pk)
    return _done(request, recurring, lambda: recurring.end(on=request.household.today()), "{} has ended.")


def _done(request, recurring, verb, sentence):
    try:
        verb()
        say(request, sentence.format(recurring))
    except NotPossible as error:
        say(request, str(error))
    return redirect("recurring:show", recurring.pk)


@editor
def delete(request, pk):
    recurring = _recurring(request, pk)
    if request.method == "POST":
        recurring.delete()
        say(request, f"Deleted {recurring}. What it posted stays.")
        return redirect("recurring:index")
    rows = recurring.occurrences.all()
    context = {"recurring": recurring, "posted": rows.posted().count(), "due": rows.due().count()}
    return render(request, "recurring/delete.html", context)


# ── one date ──────────────────────────────────────────────────────────────────────────────────────


@editor
def post(request, pk, nominal_on):
    """GET asks for amount and date. A POST without either posts it as it is. Where it cannot be posted both lead back,
    with a sentence."""
    recurring, back = _recurring(request, pk), back_of(request, reverse("recurring:show", args=[pk]))
    try:
        occurrence = recurring.to_post(nominal_on)
        if request.method == "POST" and not {"amount", "spent_on"} & set(request.POST):
            return _say_posted(request, recurring.post(nominal_on, by=request.user), back)
    except NotPossible as error:
        say(request, str(error))
        return redirect(back)
    form = PostForm(posted(request), occurrence=occurrence)
    if form.is_valid() and (done := form.post(by=request.user)):
        return _say_posted(request, done, back)
    context = {"form": form, "occurrence": occurrence, "back": back}
    return render(request, "recurring/post.html", context, status=status_of(form))


def _say_posted(request, occurrence, back):
    expense = occurrence.expense
    amount = format_amount(expense.amount, request.household.decimals)
    say(request, f"Posted {expense}, {amount}, on {expense.spent_on.day} {expense.spent_on:%B}.", about=expense)
    return redirect(back)


@require_POST
@editor
def skip(request, pk, nominal_on):
    recurring, back = _recurring(request, pk), back_of(request, reverse("recurring:show", args=[pk]))
    try:
        occurrence = recurring.skip(nominal_on)
        undo = f"{reverse('recurring:unskip', args=[pk, nominal_on])}?{urlencode({'next': back})}"
        say(request, f"Skipped {occurrence.in_words}.", undo=undo)
    except NotPossible as error:
        say(request, str(error))
    return redirect(back)


@require_POST
@editor
def unskip(request, pk, nominal_on):
    recurring, back = _recurring(request, pk), back_of(request, reverse("recurring:show", args=[pk]))
    try:
        occurrence = recurring.unskip(nominal_on)
        say(request, f"{occurrence.in_words} is not skipped any more.")
    except NotPossible as error:
        say(request, str(error))
    return redirect(back)


# ── found in the history ──────────────────────────────────────────────────────────────────────────


@require_safe
@varying
def found(request):
    """What comes again by itself. The index asks only how much that is (htmx)."""
    hint = bool(request.htmx) and request.htmx.target == "found-hint"
    return _found(request, "recurring/_found_count.html" if hint else "recurring/found.html")


@require_POST
@editor
def dismiss(request):
    """`description` and `category` name the proposal."""
    form = DismissForm(request.POST, household=request.household)
    if not form.is_valid():
        return _found(request, "recurring/found.html", form=form, status=422)
    dismissal = form.save()
    undo = reverse("recurring:propose_again", args=[dismissal.pk])
    say(request, f"{form.cleaned_data['description']} is not proposed again.", undo=undo)
    return redirect("recurring:found")


@require_POST
@editor
def propose_again(request, pk):
    get_object_or_404(request.household.dismissals, pk=pk).delete()
    return redirect("recurring:found")


def _found(request, template, *, form=None, status=200):
    findings = Findings.of(request.household, on=request.household.today())
    return render(request, template, {"findings": findings, "form": form}, status=status)


def _recurring(request, pk):
    return get_object_or_404(request.household.recurring_expenses.with_names(), pk=pk)


def _day(text):
    """The day that a part of an address names, or None."""
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        return None
