"""From the check page on: what is taken in, and what is taken back."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from expenses.imports.forms import ChoicesForm, RevertForm
from expenses.imports.models import Import, ImportRowQuerySet
from expenses.imports.states import AlreadyDone, State, Unanswered
from expenses.imports.views.steps import PAGE, found, steps
from expenses.people.access import editor
from expenses.shared.forms import posted, status_of
from expenses.shared.messages import say

EDITED_SHOWN = 50


def show(request, pk):
    """The import at the step where it is."""
    source = found(request, pk)
    if source.state == State.MAPPED:
        return check(request, source)
    if source.state == State.UPLOADED and request.membership.is_editor:
        return redirect("imports:mapping", source.pk)
    return render(request, "imports/done.html", {"import": source, "steps": steps(source, 0)})


@editor
@require_POST
def choices(request, pk):
    """Write down what was chosen on the check page. A change of one row answers with that row."""
    source = found(request, pk)
    if source.state != State.MAPPED:
        return redirect("imports:show", source.pk)
    form = ChoicesForm(request.POST, source=source)
    if not form.is_valid():
        return check(request, source, form=form, status=422)
    said = form.save(by=request.user, at=timezone.now())
    if request.htmx:
        return saved(request, source, form)
    if said:
        say(request, said)
    return redirect(f"{reverse('imports:show', args=[source.pk])}?{request.GET.urlencode()}{anchor(request.POST)}")


@editor
@require_POST
def commit(request, pk):
    """Take in what was chosen; what the page says is written down first."""
    source = found(request, pk)
    form = ChoicesForm(request.POST, source=source)
    if source.state == State.MAPPED and not form.is_valid():
        return check(request, source, form=form, status=422)
    try:
        if source.state == State.MAPPED:
            source.choose(form.choices)
        done = source.commit(by=request.user, at=timezone.now())
    except Unanswered as error:
        source.match_again()
        return check(request, source, error=str(error), status=422)
    except AlreadyDone:
        return redirect("imports:show", source.pk)
    if source.state == State.MAPPED and done.is_committed:
        say(request, done.said())
    return redirect("imports:show", source.pk)


@editor
def revert(request, pk):
    source = found(request, pk)
    if not source.is_committed:
        return redirect("imports:show", source.pk)
    edited = source.edited()
    form = RevertForm(posted(request), asks=bool(edited))
    if form.is_valid():
        done = source.revert(by=request.user, at=timezone.now(), with_edited=form.cleaned_data["with_edited"] is True)
        say(request, done.said())
        return redirect("imports:show", source.pk)
    context = {"form": form, "import": source, "edited": edited[:EDITED_SHOWN], "edited_count": len(edited)}
    return render(request, "imports/revert.html", context, status=status_of(form))


@editor
@require_POST
def discard(request, pk):
    """Forget a file that was not taken in."""
    source = found(request, pk)
    if not source.discard():
        return redirect("imports:show", source.pk)
    say(request, f"{source} is forgotten. Nothing was taken in.")
    return redirect("imports:index")


# ── what the views share ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Page:
    """A hundred rows of a pile, with the ways to those before and after."""

    rows: list[Any]
    number: int
    count: int
    before: str = ""
    after: str = ""

    @property
    def last(self) -> int:
        return max(1, -(-self.count // PAGE))


def page(query: QueryDict, name: str, rows: ImportRowQuerySet, count: int) -> Page:
    """The page that the URL names (`?new=2`). Raises Http404 for one that is none."""
    text = query.get(name, "1")
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= 10_000):
        raise Http404("There is no such page.")
    number = min(int(text[:9]), max(1, -(-count // PAGE)))
    start = (number - 1) * PAGE
    others = {key: value for key, value in query.items() if key in ("new", "here", "unreadable") and key != name}
    before = f"?{urlencode(others | {name: number - 1})}#{name}" if start else ""
    after = f"?{urlencode(others | {name: number + 1})}#{name}" if start + PAGE < count else ""
    return Page(list(rows[start : start + PAGE]) if count else [], number, count, before, after)


def check(request, source: Import, *, form: ChoicesForm | None = None, error: str = "", status: int = 200):
    """The check page: three piles, and what stands to be taken in."""
    tally = source.tally()
    errors = form.errors if form else {}
    new = page(request.GET, "new", source.rows.to_check(), tally.new)
    for row in new.rows:
        row.error = errors.get(row.pk, "")
    context = {
        "import": source,
        "steps": steps(source, 3),
        "tally": tally,
        "new": new,
        "here": page(request.GET, "here", source.rows.with_twins(), tally.here),
        "unreadable": page(request.GET, "unreadable", source.rows.unreadable(), tally.unreadable),
        "categories": list(source.household.categories.in_order()),
        "error": error or (errors and "Some choices cannot be used. They are named below.") or "",
        "bulk_error": form.bulk_error if form else "",
        "query": request.GET.urlencode(),
    }
    return render(request, "imports/check.html", context, status=status)


def saved(request, source: Import, form: ChoicesForm):
    """The rows that were sent, as they are now, and the bar below."""
    rows = list(source.rows.to_check(only=form.choices))
    context = {
        "import": source,
        "rows": rows,
        "tally": source.tally(),
        "categories": source.household.categories.in_order(),
    }
    return render(request, "imports/_saved.html", context)


def anchor(data: QueryDict) -> str:
    """To the row whose button was pressed."""
    for name in ("alike", "same", "both"):
        if data.get(name, "").isdigit():
            return f"#row-{data[name]}"
    return ""
