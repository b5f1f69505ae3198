"""Who gets in, who may do what. Signing in is required everywhere by default (LoginRequiredMiddleware);
another household's rows are not found because every query starts at `request.household`."""

import functools
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone

from expenses.people.models import EMAIL_LENGTH, Invitation, Membership, User
from expenses.shared.addresses import address_of, site_of
from expenses.shared.prepared import Prepared

log = logging.getLogger(__name__)

INVITED = "invitation"  # the session's key of the link somebody came by

_opened_last = Prepared(
    lambda user: (
        Membership.objects.select_related("user", "household").filter(user=user).order_by("-opened_at", "-id")[:1]
    )
)


class MemberBackend(AuthenticationBackend):
    """Signs in by e-mail and loads the user, the membership and the household of a request in one query."""

    def get_user(self, user_id: Any) -> User | None:
        found = _opened_last(user_id)
        if not found:  # not set up yet, or staff without a budget of their own
            return super().get_user(user_id)
        membership, user = found[0], found[0].user
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
    """Who may sign up, and allauth's sentences and mails in our words."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "This account is switched off.",
        "duplicate_email": "This is the address you sign in with already.",
        "email_password_mismatch": "There is no account with this e-mail and password.",
        "email_taken": "Somebody signs in with this e-mail address already.",
        "enter_current_password": "This is not your current password.",
        "incorrect_code": "This is not the code.",
        "incorrect_password": "This is not your password.",
        "invalid_password_reset": "This link no longer works. Ask for another one.",
        "rate_limited": "Too many at once. Wait a moment, then try again.",
        "same_as_current": "This is the address the code went to already.",
        "too_many_login_attempts": "Too many wrong tries. Wait five minutes, then try again.",
        "unknown_email": "Nobody signs in with this e-mail address.",
        "unverified_primary_email": "Confirm your e-mail address first.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Who may sign up: the SIGNUPS setting, or somebody with an invitation."""
        if settings.SIGNUPS == "open" or invitation_of(request):
            return True
        return settings.SIGNUPS == "first" and not User.objects.exists()

    def clean_email(self, email: str) -> str:
        """Raises a sentence for an address longer than its column; allauth's own field would let it through."""
        if len(email.lower()) > EMAIL_LENGTH:  # as it is kept: İ becomes two characters
            raise ValidationError(f"This address is longer than {EMAIL_LENGTH} characters.", code="too_long")
        return super().clean_email(email)

    def is_safe_url(self, url: str) -> bool:
        """Whether to lead there; what is no address at all (`http://[`) is an error of the server in allauth's own."""
        try:
            return super().is_safe_url(url)
        except ValueError:
            return False

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        user.name = form.cleaned_data.get("name", "")
        return super().save_user(request, user, form, commit)

    def format_email_subject(self, subject: str) -> str:
        return subject  # allauth would put the host's name before it

    def get_reset_password_from_key_url(self, key: str) -> str:
        return self._at_site(super().get_reset_password_from_key_url(key))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Where no mail can be sent, the visitor reads so instead of waiting for it."""
        try:
            self._send(template_prefix, email, context)
        except OSError as fault:
            log.exception("no mail sent: %s", template_prefix)
            page = TemplateResponse(self.request, "account/no_mail.html", status=503)
            raise ImmediateHttpResponse(page) from fault

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """What has been changed stays changed when nobody can be told."""
        try:
            super().send_notification_mail(*args, **kwargs)
        except ImmediateHttpResponse:
            return  # send_mail has written it down

    def render_mail(self, template_prefix: str, email: Any, context: Any, headers: Any = None) -> EmailMessage:
        """The mail as text, and the same text as HTML, so that the two never differ."""
        message: Any = super().render_mail(template_prefix, email, context, headers)
        html = render_to_string("account/email/message.html", {"subject": message.subject, "text": message.body})
        message.attach_alternative(html, "text/html")
        return message

    def _send(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        links = {name: self._at_site(value) for name, value in context.items() if name.endswith("_url")}
        super().send_mail(template_prefix, email, context | links | {"site": site_of(self.request)})

    def _at_site(self, url: str) -> str:
        return address_of(self.request, urlsplit(url)._replace(scheme="", netloc="").geturl())


class SecondStepAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "add_email_blocked": "Switch off the second step before you change your e-mail.",
        "cannot_delete_authenticator": "The second step cannot be switched off.",
        "cannot_generate_recovery_codes": "Set up an app or a key first.",
        "incorrect_code": "This is not the code.",
        "unverified_email": "Confirm your e-mail address before you set up a second step.",
    }

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """What the browser shows when it asks for a passkey."""
        return super().get_public_key_credential_rp_entity() | {"name": "Budget Tracker"}


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
