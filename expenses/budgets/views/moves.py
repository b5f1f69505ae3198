import uuid

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse as url_of
from django.utils.http import urlencode
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from expenses.budgets import sheets
from expenses.budgets.forms.moves import MoveForm, MovesForm, ReverseForm
from expenses.budgets.models import POOL, MovedAt
from expenses.budgets.moves import Moves
from expenses.people.access import editor
from expenses.shared.files import answer
from expenses.shared.forms import posted
from expenses.shared.messages import say
from expenses.shared.money import format_amount
from expenses.shared.returning import back_of

IN_RAIL = 8  # moves beside a form
QUOTED = f"“{POOL}”"

# The same address answers a page or a part of it: a browser must not take one for the other.
varying = vary_on_headers("HX-Request", "HX-Target")


@require_safe
@varying
def index(request):
    """The ledger of moves; `?month=` and `?category=` narrow it, `?after=` goes on."""
    form = MovesForm(request.GET, household=request.household)
    moves = Moves.of(request.household, month=form.chosen_month, category=form.chosen_category, after=_place(request))
    context = {"form": form, "moves": moves, "transfers": moves.transfers, "category": form.chosen_category}
    return render(request, "budgets/_moves_more.html" if _aims_at(request, "moves") else "budgets/moves.html", context)


@require_safe
def export(request, ending):
    """The ledger as a file, by the same query string."""
    form = MovesForm(request.GET, household=request.household)
    if form.errors:
        return redirect(f"{url_of('transfers:index')}?{request.GET.urlencode()}")
    found = request.household.transfers.narrowed(month=form.chosen_month, category=form.chosen_category)
    return answer(sheets.transfers(request.household, found), ending)


@editor
@varying
def new(request):
    """`?month=`, `?source=`, `?destination=`, `?amount=` and `?note=` are filled in; `pool` is the pool.

    Asked by the form itself (htmx), or with its button "Preview", it shows what the move would do and writes nothing.
    """
    household = request.household
    form = MoveForm(posted(request), household=household, on=household.today(), given=request.GET)
    back = back_of(request, url_of("months:show", args=[form.month]))
    if form.is_valid() and "preview" not in request.POST and (transfer := form.move(by=request.user)):
        return moved(request, form, transfer, back)
    if _aims_at(request, "effects"):
        return render(request, "budgets/_effects_with_gives.html", {"form": form})
    transfers = household.transfers.in_month(form.month).newest_first().with_names()[:IN_RAIL]
    context = {"form": form, "month": form.month, "transfers": transfers, "back": back}
    return render(request, "budgets/move.html", context, status=422 if form.errors else 200)


@editor
def reverse(request, pk):
    """GET asks; POST writes the opposite move, once: `key` is sent with the form, or stands in the address."""
    transfer = get_object_or_404(request.household.transfers.with_names(), pk=pk)
    household, month = request.household, request.household.month(transfer.month)
    given = request.POST.get("key") or request.GET.get("key")
    form = ReverseForm(posted(request), transfer=transfer, household=household, on=household.today(), key=given)
    back = back_of(request, url_of("months:show", args=[month]))
    if form.is_valid() and (reversal := form.reverse(by=request.user)):
        say(request, _sentence(reversal, "Moved {} back from {} to {}."))
        return redirect(back)
    context = {"form": form, "transfer": transfer, "month": month, "back": back}
    return render(request, "budgets/reverse.html", context, status=422 if form.errors else 200)


def moved(request, form, transfer, back):
    """Say what was moved, with its undo: a reversal by a key of its own, so that it happens once."""
    query = urlencode({"key": uuid.uuid4(), "next": back})
    undo = f"{url_of('transfers:reverse', args=[transfer.pk])}?{query}" if form.can_be_undone(transfer) else ""
    say(request, _sentence(transfer, "Moved {} from {} to {}."), undo=undo)
    return redirect(back)


def _sentence(transfer, sentence):
    amount = format_amount(transfer.amount, transfer.household.decimals)
    return sentence.format(amount, transfer.source or QUOTED, transfer.destination or QUOTED)


def _place(request):
    """Where the page before ended; the first page for what is no place in the ledger."""
    try:
        return MovedAt.parse(request.GET.get("after", ""))
    except ValueError:
        return None


def _aims_at(request, target):
    """Whether htmx asks for the part of the page with this id."""
    return bool(request.htmx) and request.htmx.target == target
