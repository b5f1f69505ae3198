from copy import copy

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from expenses.people.access import INVITED, owner, without_household
from expenses.people.forms import HouseholdForm, InvitationForm, MailForm, NameForm, RoleForm, send_invitation
from expenses.people.models import Invitation, InvitationClosed, LastOwner, Membership, Role
from expenses.shared.addresses import address_of
from expenses.shared.forms import posted, status_of
from expenses.shared.messages import say

ROLES = [(role.value, role.label.partition(":")[0]) for role in Role]

# ── the household ─────────────────────────────────────────────────────────────────────────────────


@require_safe
def household(request):
    """What the household is, for all its members, and the way to everything that can be set."""
    mine = list(Membership.objects.of(request.user))
    others = [membership for membership in mine if membership.pk != request.membership.pk]
    running = request.household.month_of(request.household.today())
    begins = request.household.budget_from
    return render(request, "people/household.html", {"others": others, "running": running, "begins": begins})


@owner
def edit(request):
    form = HouseholdForm(posted(request), instance=copy(request.household))
    if form.is_valid() and form.save():
        say(request, "The household is saved.")
        return redirect("settings:household")
    return render(request, "people/edit.html", {"form": form}, status=status_of(form))


@require_POST
def open_household(request, pk):
    """Go over to another household of one's own."""
    # By the key of the household: a comparison of relations would hand an id beyond 64 bits on to the database.
    membership = get_object_or_404(Membership.objects.of(request.user), household__pk=pk)
    membership.open(at=timezone.now())
    say(request, f"This is {membership.household}.")
    return redirect("home")


# ── its members ───────────────────────────────────────────────────────────────────────────────────


@require_safe
def members(request):
    return _members(request)


@require_POST
@owner
def change_role(request, pk):
    membership = get_object_or_404(request.household.memberships.with_users(), pk=pk)
    form = RoleForm(posted(request), instance=membership)
    if form.is_valid() and form.save():
        say(request, f"{membership.user} is {membership.as_role} now.")
        return redirect("settings:members")
    return _members(request, refused=form, of=pk)


@owner
def remove(request, pk):
    """End somebody’s membership; what they wrote down stays."""
    membership = get_object_or_404(request.household.memberships.with_users(), pk=pk)
    return _end(request, membership, f"{membership.user} is no longer a member.")


def leave(request):
    """End one’s own membership."""
    membership = get_object_or_404(request.household.memberships.with_users(), user=request.user)
    return _end(request, membership, f"You have left {request.household}.")


def _end(request, membership: Membership, done: str):
    refusal = ""
    own = membership.user_id == request.user.pk
    if request.method == "POST":
        try:
            membership.leave()
        except LastOwner as last:
            refusal = str(last)
        else:
            say(request, done)
            return redirect("home" if own else "settings:members")
    context = {"leaver": membership, "own": own, "refusal": refusal}
    return render(request, "people/leave.html", context, status=422 if refusal else 200)


def _members(request, *, refused: RoleForm | None = None, of: int = 0):
    """The members with a form for each role; one of the forms may come back with the reason why not."""
    memberships = list(request.household.memberships.with_users())
    for membership in memberships:
        asked = refused if refused and membership.pk == of else None
        membership.refusal = asked.errors.get("role") if asked else None
        membership.shown_role = asked.data.get("role") if asked else membership.role
    invitations = list(request.household.invitations.open(at=timezone.now())) if request.membership.is_owner else []
    for invitation in invitations:
        invitation.link = _link(request, invitation)
    context = {"memberships": memberships, "roles": ROLES, "invitations": invitations}
    return render(request, "people/members.html", context, status=422 if refused else 200)


# ── invitations ───────────────────────────────────────────────────────────────────────────────────


@owner
def invite(request):
    form = InvitationForm(posted(request), household=request.household, by=request.user)
    if form.is_valid():
        invitation = form.save()
        if send_invitation(invitation, _link(request, invitation)):
            say(request, f"The invitation is on its way to {invitation.email}. Its link stands below, too.")
        else:
            say(request, "The invitation stands below. Copy its link and hand it over.")
        return redirect("settings:members")
    return render(request, "people/invite.html", {"form": form}, status=status_of(form))


@require_POST
@owner
def take_back(request, pk):
    get_object_or_404(request.household.invitations, pk=pk).delete()
    say(request, "The invitation is taken back; its link leads nowhere now.")
    return redirect("settings:members")


@never_cache
@login_not_required
@without_household
def invitation(request, token):
    """Where an invitation’s link leads: says whose it is; a signed-out visitor signs up or in first."""
    found = Invitation.open_by(token, at=timezone.now())
    if found is None:
        request.session.pop(INVITED, None)
        return render(request, "people/invitation_closed.html", status=404)
    if not request.user.is_authenticated:
        request.session[INVITED] = token
        return render(request, "people/invitation.html", {"invitation": found})
    member = found.household.memberships.of(request.user).first()
    if request.method == "POST" and member is None:
        return _join(request, found)
    return render(request, "people/invitation.html", {"invitation": found, "member": member})


def _join(request, found: Invitation):
    try:
        found.accept(request.user, at=timezone.now())
    except InvitationClosed as closed:
        return render(request, "people/invitation_closed.html", {"reason": str(closed)}, status=404)
    request.session.pop(INVITED, None)
    say(request, f"You are a member of {found.household} now.")
    return redirect("home")


def _link(request, invitation: Invitation) -> str:
    return address_of(request, reverse("invitations:show", args=[invitation.token]))


# ── oneself ───────────────────────────────────────────────────────────────────────────────────────


@without_household
def name(request):
    form = NameForm(posted(request), instance=request.user)
    if form.is_valid():
        form.save()
        say(request, "Your name is saved.")
        return redirect("settings:household" if request.household else "home")
    return render(request, "people/name.html", {"form": form}, status=status_of(form))


NO_MAIL = "Nothing comes by e-mail any more."


def mail(request):
    """What comes to oneself by e-mail, whatever one may do in the household."""
    form = MailForm(posted(request), instance=request.membership)
    if form.is_valid():
        mails = form.save().mails
        come = "come" if "alerts" in mails else "comes"
        what = " and ".join(mails)
        say(request, f"{what[:1].upper()}{what[1:]} {come} by e-mail from now on." if mails else NO_MAIL)
        return redirect("settings:household")
    return render(request, "people/mail.html", {"form": form}, status=status_of(form))
