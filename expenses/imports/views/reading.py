"""From a file to rows: the upload, and how the file is read."""

from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from expenses.imports.forms import MappingForm, UploadForm
from expenses.imports.states import State
from expenses.imports.views.steps import PAGE, steps
from expenses.people.access import editor
from expenses.shared.forms import posted, status_of


def index(request):
    """What was brought in, and the way to bring in more."""
    form = UploadForm(household=request.household) if request.membership.is_editor else None
    imports = request.household.imports.for_list().newest_first()[:PAGE]
    return render(request, "imports/index.html", {"form": form, "imports": imports})


@editor
def new(request):
    form = UploadForm(posted(request), request.FILES or None, household=request.household)
    if request.method == "POST" and form.is_valid() and (source := form.save(by=request.user, at=timezone.now())):
        return redirect("imports:mapping" if source.state == State.UPLOADED else "imports:show", source.pk)
    return render(request, "imports/new.html", {"form": form}, status=status_of(form))


@editor
def mapping(request, pk):
    source = get_object_or_404(request.household.imports.select_related("payment_method"), pk=pk)
    if not source.is_open:
        return redirect("imports:show", source.pk)
    form = MappingForm(posted(request), source=source, today=request.household.today())
    looks = request.htmx or "look" in request.POST
    if not looks and form.is_valid() and form.save(at=timezone.now()):
        return redirect("imports:show", source.pk)
    context = {"form": form, "import": source, "steps": steps(source, 2), "looked": looks}
    return render(request, "imports/mapping.html", context, status=422 if form.is_bound and form.errors else 200)
