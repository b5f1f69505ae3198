from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from expenses.exports.contents import of
from expenses.exports.forms import RestoreForm
from expenses.exports.models import HouseholdFile
from expenses.exports.reading import NotOurs
from expenses.exports.restoring import Broken, Faulty, NotEmpty, is_empty
from expenses.exports.writing import household_chunks
from expenses.people.access import owner
from expenses.shared.files import file_name, sent
from expenses.shared.forms import posted, status_of
from expenses.shared.messages import say


@require_safe
def index(request):
    """What the file holds, and the way to it; any member may have it, as any may read all of it."""
    can_restore = request.membership.is_owner and is_empty(request.household)
    return render(request, "exports/index.html", {"can_restore": can_restore})


@require_safe
def household(request):
    """The zip, sent while it is written."""
    name = file_name(f"{request.household.name} {request.household.today()}", "zip")
    return sent(household_chunks(request.household, at=timezone.now()), name, "application/zip")


# ── back again ────────────────────────────────────────────────────────────────────────────────────


@owner
def restore(request):
    """Bring a file; it is looked at on the next page."""
    if not is_empty(request.household):
        return render(request, "exports/not_empty.html", status=422 if request.method == "POST" else 200)
    form = RestoreForm(posted(request), request.FILES or None, household=request.household)
    if form.is_valid():
        form.save(by=request.user, at=timezone.now())
        return redirect("exports:check")
    return render(request, "exports/restore.html", {"form": form}, status=status_of(form))


@require_safe
@owner
def check(request):
    """What is in the file that was brought, or what is wrong with it."""
    return _checked(request)


@require_POST
@owner
def take_in(request):
    """Write all of it, or nothing."""
    brought = HouseholdFile.of(request.household)
    if brought is None:
        return redirect("exports:restore")
    try:
        taken = brought.take_in(by=request.user, on=request.household.today())
    except (NotEmpty, Broken, NotOurs) as error:
        return render(request, "exports/refused.html", {"reason": str(error)}, status=422)
    except Faulty:
        return _checked(request, status=422)
    say(request, f"{taken.household['name']} is here now: {of(taken).sentence}.")
    return redirect("months:index")


@require_POST
@owner
def discard(request):
    """Forget the file that was brought."""
    if brought := HouseholdFile.of(request.household):
        brought.delete()
        say(request, "The file is forgotten. Nothing was written.")
    return redirect("exports:restore")


def _checked(request, *, status=200):
    brought = HouseholdFile.of(request.household)
    if brought is None:
        return redirect("exports:restore")
    try:
        checked = brought.checked(by=request.user, on=request.household.today())
    except NotOurs as error:
        return render(request, "exports/refused.html", {"reason": str(error)}, status=422)
    context = {"brought": brought, "checked": checked, "contents": None if checked.faults else of(checked)}
    return render(request, "exports/check.html", context, status=status)
