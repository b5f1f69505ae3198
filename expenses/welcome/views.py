from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render

from expenses.people.access import invitation_of, without_household
from expenses.shared.forms import posted, status_of
from expenses.welcome.forms import HouseholdForm


@login_not_required
@without_household
def home(request):
    """Signed out: what this is. Signed in: the running month, or the set-up step where there is no household yet."""
    if not request.user.is_authenticated:
        return render(request, "welcome/landing.html", {"open": get_adapter().is_open_for_signup(request)})
    return redirect("months:index" if request.household else "welcome:new")


@without_household
def new(request):
    """The one step after signing up."""
    if request.household:
        return redirect("months:index")
    # Whoever was invited into a household is asked that first; "Not now" leads back here with `?own`.
    if "own" not in request.GET and (invitation := invitation_of(request)):
        return redirect("invitations:show", invitation.token)
    form = HouseholdForm(posted(request), user=request.user, languages=request.headers.get("Accept-Language", ""))
    if form.is_valid():
        form.save()
        return redirect("months:index")
    return render(request, "welcome/new.html", {"form": form}, status=status_of(form))
