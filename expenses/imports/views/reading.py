"""From a file to rows: the upload, and how the file is read."""

from collections.abc import Callable
from functools import partial

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from expenses.imports.categorising import is_undecided
from expenses.imports.forms import CategoriesForm, MappingForm, UploadForm
from expenses.imports.models import Import
from expenses.imports.sifting import NoSuchPage, page_of_imports
from expenses.imports.statements import MappingError, Refused
from expenses.imports.states import AlreadyDone, NotRead, State
from expenses.imports.uploading import is_long, read_at_once
from expenses.imports.views.steps import found, steps
from expenses.people.access import editor
from expenses.shared import progress
from expenses.shared.forms import posted, status_of
from expenses.shared.messages import say
from expenses.shared.progress import Ended, Work, completed


def index(request):
    """What was brought in, and the way to bring in more."""
    form = UploadForm(household=request.household) if request.membership.is_editor else None
    try:
        page = page_of_imports(request.household, request.GET)
    except NoSuchPage as error:
        raise Http404(str(error)) from error
    return render(request, "imports/index.html", {"form": form, "page": page})


@editor
def new(request):
    form = UploadForm(posted(request), request.FILES or None, household=request.household)
    if form.is_valid() and (source := form.save(by=request.user, at=timezone.now())):
        reading = partial(read_at_once, source, at=timezone.now(), today=request.household.today())
        if is_long(source):
            return told(request, source, reading)
        return redirect(after_reading(completed(reading())))
    return render(request, "imports/new.html", {"form": form}, status=status_of(form))


@editor
def mapping(request, pk):
    source = get_object_or_404(request.household.imports.select_related("payment_method"), pk=pk)
    source.household = request.household
    if not source.is_open:
        return redirect("imports:show", source.pk)
    afresh = "afresh" in request.GET
    form = MappingForm(posted(request), source=source, today=request.household.today(), afresh=afresh)
    looks = request.htmx or "look" in request.POST
    if not looks and form.is_valid() and form.is_complete():
        if is_long(source):
            return told(request, source, partial(form.in_steps, at=timezone.now()))
        if read := form.save(at=timezone.now()):
            return redirect(after_reading(read))
    context = {"form": form, "import": source, "steps": steps(source, 2), "looked": looks, "afresh": afresh}
    return render(request, "imports/mapping.html", context, status=422 if form.is_bound and form.errors else 200)


def told(request, source: Import, reading: Callable[[], Work[Import]]):
    """The page of a long reading, which leads on by itself."""
    work = partial(read_to_the_end, source, reading)
    return progress.page(request, work, heading=f"Reading {source}", back=after_reading(source))


def read_to_the_end(source: Import, reading: Callable[[], Work[Import]]) -> Work[Ended]:
    try:
        read = yield from reading()
    except (NotRead, Refused, MappingError, AlreadyDone) as error:
        return Ended(str(error), reverse("imports:show", args=[source.pk]), "Back", failed=True)
    return Ended(
        "The file is read." if read.state == State.MAPPED else "A word is needed.", after_reading(read), "Go on"
    )


@editor
def categories(request, pk):
    """What becomes of the categories that the file has of its own."""
    source = found(request, pk)
    if source.state != State.MAPPED:
        return redirect("imports:show", source.pk)
    form = CategoriesForm(posted(request), source=source)
    if form.is_valid():
        say(request, form.save())
        return redirect("imports:show", source.pk)
    context = {"form": form, "import": source, "steps": steps(source, 3)}
    return render(request, "imports/categories.html", context, status=status_of(form))


def after_reading(source: Import) -> str:
    """The page of the step that the import is at, when a file has been read or kept."""
    if source.state == State.UPLOADED:
        return reverse("imports:mapping", args=[source.pk])
    return reverse("imports:categories" if is_undecided(source) else "imports:show", args=[source.pk])
