"""Who gets in, who may do what. Signing in is required everywhere by default (LoginRequiredMiddleware);
another household's rows are not found because every query starts at `request.household`."""

import functools
from collections.abc import Callable
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from expenses.people.models import EMAIL_LENGTH, Invitation, Membership, User

INVITED = "invitation"  # the session's key of the link somebody came by


class MemberBackend(AuthenticationBackend):
    """Signs in by e-mail and loads the user, the membership and the household of a request in one query."""

    def get_user(self, user_id: Any) -> User | None:
        membership = (
            Membership.objects.select_related("user", "household")
            .filter(user=user_id)
            .order_by("-opened_at", "-id")
            .first()
        )
        if membership is None:  # not set up yet, or staff without a budget of their own
            return super().get_user(user_id)
        user = membership.user
        if not self.user_can_authenticate(user):
            return None
        user.membership = membership
        return user


def display_name(user: User) -> str:
    return str(user)


def invitation_of(request: HttpRequest) -> Invitation | None:
    """The open invitation by whose link the visitor came."""
    token = request.session.get(INVITED, "")
    return Invitation.open_by(token, at=timezone.now()) if token else None


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Who may sign up: the SIGNUPS setting, or somebody with an invitation."""
        if settings.SIGNUPS == "open" or invitation_of(request):
            return True
        return settings.SIGNUPS == "first" and not User.objects.exists()

    def clean_email(self, email: str) -> str:
        """Raises a sentence for an address longer than its column; allauth's own field would let it through."""
        if len(email) > EMAIL_LENGTH:
            raise ValidationError(f"This address is longer than {EMAIL_LENGTH} characters.", code="too_long")
        return super().clean_email(email)

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        user.name = form.cleaned_data.get("name", "")
        return super().save_user(request, user, form, commit)


View = Callable[..., HttpResponse]


def editor(view: View) -> View:
    """A viewer meets a 403 with a sentence; owners and editors pass."""

    @functools.wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.membership.is_editor:
            raise PermissionDenied("You may read this household’s budget, but not change it. Ask one of its owners.")
        return view(request, *args, **kwargs)

    return guarded


def owner(view: View) -> View:
    """Only owners pass; others meet a 403 with a sentence."""

    @functools.wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.membership.is_owner:
            raise PermissionDenied("Only an owner of this household may change this.")
        return view(request, *args, **kwargs)

    return guarded


def without_household(view: View) -> View:
    """Mark a page that a signed-in user without a household may see (all others lead to the set-up step)."""
    view.without_household = True
    return view
