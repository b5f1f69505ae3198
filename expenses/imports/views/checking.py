"""From the check page on: what is taken in, and what is taken back."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import reselect, retarget

from expenses.imports.choosing import Tally
from expenses.imports.forms import ChoicesForm, RevertForm
from expenses.imports.forms.check import is_key
from expenses.imports.models import Import
from expenses.imports.sheets import rows_of
from expenses.imports.sifting import (
    OUTCOME_WORDS,
    OUTCOMES,
    PILE_WORDS,
    PILES,
    WORDS,
    Counts,
    NoSuchPage,
    Page,
    Sieve,
    methods,
    outcomes,
    shown,
)
from expenses.imports.states import AlreadyDone, Pile, State, Unanswered
from expenses.imports.views.steps import found, steps
from expenses.people.access import editor
from expenses.people.models import User
from expenses.shared import progress
from expenses.shared.files import answer
from expenses.shared.forms import posted, status_of
from expenses.shared.messages import say
from expenses.shared.progress import Ended, Work

EDITED_SHOWN = 50
LONG = 2_000  # rows whose taking in is told step by step
FEW = 20  # rows among which nobody has to search


def show(request, pk):
    """The import at the step where it is."""
    source = found(request, pk)
    if source.state == State.MAPPED:
        return check(request, source)
    if source.state == State.UPLOADED and request.membership.is_editor:
        return redirect("imports:mapping", source.pk)
    return done(request, source)


def done(request, source: Import):
    """What an import did, and what became of each of its rows."""
    sieve = sieve_of(request, OUTCOMES)
    counts, narrowed = outcomes(source, sieve)
    if not sieve.pile:
        sieve = replace(sieve, pile=next((name for name in OUTCOMES if counts[name]), "in"))
    count = narrowed if sieve.narrows else counts[sieve.pile]
    context = {
        "import": source,
        "steps": steps(source, 0),
        "sieve": sieve,
        "tabs": tabs(counts, OUTCOME_WORDS, sieve.pile) if any(counts.values()) else [],
        "word": OUTCOME_WORDS[sieve.pile],
        "page": Page.of(source, sieve, count),
        "finds": count > FEW or sieve.narrows,
        "categories": list(source.household.categories.in_order()) if sieve.pile == "in" else [],
        "methods": methods(source),
    }
    return render(request, "imports/done.html", context)


@require_safe
def export(request, pk, ending):
    """All rows of the statement as a file, with what became of each."""
    source = found(request, pk)
    return answer(rows_of(source), ending)


@editor
@require_POST
def choices(request, pk):
    """Write down what was chosen on the check page. A change of one row answers with that row."""
    source = found(request, pk)
    if source.state != State.MAPPED:
        return redirect("imports:show", source.pk)
    form = ChoicesForm(request.POST, source=source, sieve=sieve_of(request))
    if not form.is_valid():
        response = check(request, source, form=form, status=422)
        return reselect(retarget(response, "main"), "main")  # of all the page, also where one row was sent
    said = form.save(by=request.user, at=timezone.now())
    if request.htmx:
        return saved(request, source, form)
    if said:
        say(request, said)
    return redirect(f"{at_step(source)}?{form.sieve.here}{anchor(form)}")


@editor
@require_POST
def commit(request, pk):
    """Take in what was chosen; what the page says is written down first."""
    source = found(request, pk)
    if source.state != State.MAPPED:
        return redirect("imports:show", source.pk)
    form = ChoicesForm(request.POST, source=source, sieve=sieve_of(request))
    if not form.is_valid():
        return check(request, source, form=form, status=422)
    is_long = source.rows.new().count() > LONG
    try:
        source.choose(form.choices)
        if is_long:
            source.check_answers()
            work = partial(taking_in, source, by=request.user, at=timezone.now())
            return progress.page(request, work, heading=f"Taking in {source}", back=at_step(source))
        done = source.commit(by=request.user, at=timezone.now())
    except Unanswered as error:
        if not is_long:  # other questions may have come up, which the commit has asked in vain
            source.match_again()
        return check(request, source, error=str(error), status=422)
    except AlreadyDone:
        return redirect("imports:show", source.pk)
    if done.is_committed:
        say(request, done.said())
    return redirect("imports:show", source.pk)


def taking_in(source: Import, *, by: User, at: dt.datetime) -> Work[Ended]:
    """A long commit, told step by step."""
    try:
        done = yield from source.commit_in_steps(by=by, at=at)
    except Unanswered as error:
        source.match_again()
        return Ended(str(error), at_step(source), "Back to the rows", failed=True)
    return Ended(done.said(), at_step(source), "See what came in")


def at_step(source: Import) -> str:
    return reverse("imports:show", args=[source.pk])


@editor
def revert(request, pk):
    source = found(request, pk)
    if not source.is_committed:
        return redirect("imports:show", source.pk)
    edited = source.edited()
    form = RevertForm(posted(request), asks=bool(edited))
    if form.is_valid():
        how = {"by": request.user, "at": timezone.now(), "with_edited": form.cleaned_data["with_edited"] is True}
        if source.summary.get("rows", 0) > LONG:
            work = partial(taking_back, source, **how)
            return progress.page(request, work, heading=f"Taking back {source}", back=at_step(source))
        say(request, source.revert(**how).said())
        return redirect("imports:show", source.pk)
    context = {"form": form, "import": source, "edited": edited[:EDITED_SHOWN], "edited_count": len(edited)}
    return render(request, "imports/revert.html", context, status=status_of(form))


def taking_back(source: Import, *, by: User, at: dt.datetime, with_edited: bool) -> Work[Ended]:
    """A long revert, told step by step."""
    done = yield from source.revert_in_steps(by=by, at=at, with_edited=with_edited)
    return Ended(done.said(), at_step(source), "See what it did")


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


def sieve_of(request, piles: Mapping[str, Pile] = PILES) -> Sieve:
    try:
        return Sieve.of(request.GET, piles)
    except NoSuchPage as error:
        raise Http404(str(error)) from error


def check(request, source: Import, *, form: ChoicesForm | None = None, error: str = "", status: int = 200):
    """The check page: what the URL asks for of three piles, and what stands to be taken in."""
    context = looked(source, form.sieve if form else sieve_of(request))
    page = context["page"] = Page.of(source, context["sieve"], context["count"])
    errors = form.errors if form else {}
    for row in page.rows:
        row.fault = errors.get(row.pk, "")
    context |= {
        "steps": steps(source, 3),
        "tabs": tabs(of_piles(context["tally"]), PILE_WORDS, context["sieve"].pile or "new"),
        "finds": context["count"] > FEW or context["sieve"].narrows,
        "error": error or (errors and "Some choices cannot be used. They are named below.") or "",
        "bulk_error": form.bulk_error if form else "",
        "bulk_scope": form.scope if form else "",
    }
    return render(request, "imports/check.html", context, status=status)


def saved(request, source: Import, form: ChoicesForm):
    """The rows that were sent, as they are now, with the numbers around them."""
    context = looked(source, form.sieve) | {"rows": shown(source, Pile.NEW, source.rows.with_ids(form.choices))}
    return render(request, "imports/_saved.html", context)


def looked(source: Import, sieve: Sieve) -> dict[str, Any]:
    """What there is of each kind; the pile that has rows, where the URL names none."""
    counts = Counts.of(source, sieve)
    tally = counts.tally
    if not sieve.pile and not sieve.narrows and not tally.new:
        sieve = replace(sieve, pile="here" if tally.here else "unreadable" if tally.unreadable else "")
    return {
        "import": source,
        "sieve": sieve,
        "choices_url": f"{reverse('imports:choices', args=[source.pk])}?{sieve.here}",
        "counts": counts,
        "tally": tally,
        "kinds": kinds(counts, sieve) if sieve.state == Pile.NEW else [],
        "count": counts.shown(sieve),
        "categories": list(source.household.categories.in_order()),
        "methods": methods(source),
    }


def of_piles(tally: Tally) -> dict[str, int]:
    return {"new": tally.new, "here": tally.here, "unreadable": tally.unreadable}


def tabs(numbers: Mapping[str, int], words: Mapping[str, str], current: str) -> list[dict[str, Any]]:
    """Those of the piles that have rows, the new ones in any case, and the one that is shown."""
    return [
        {"word": words[pile], "count": number, "url": f"?pile={pile}", "current": pile == current}
        for pile, number in numbers.items()
        if number or pile in ("new", current)
    ]


def kinds(counts: Counts, sieve: Sieve) -> list[dict[str, Any]]:
    """The kinds of row that there are, to be shown alone."""
    return [
        {"word": WORDS[what], "count": number, "query": sieve.query(what=what), "current": what == sieve.what}
        for what, number in counts.kinds.items()
        if number or what in ("", sieve.what)
    ]


def anchor(form: ChoicesForm) -> str:
    """To the row whose button was pressed, or the first one that was selected."""
    if form.scope == "selected":
        return f"#row-{form.picked[0]}"
    for name in ("alike", "same", "both"):
        if is_key(form.data.get(name, "")):
            return f"#row-{form.data[name]}"
    return ""
