import logging
import zoneinfo
from typing import Any

from allauth.account import forms as allauth
from allauth.account.models import EmailAddress
from allauth.mfa.webauthn import forms as keys
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.forms.fields import InvalidJSONInput
from django.http import HttpRequest
from django.template.loader import render_to_string

from expenses.people.models import CurrencyFixed, Household, Invitation, LastOwner, Membership, Role, User
from expenses.shared.currencies import CHOICES
from expenses.shared.text import refuse_controls

log = logging.getLogger(__name__)

NO_ADDRESS = "Write an e-mail address, like anna@example.com."
LABELS = {
    "email": "E-mail",
    "login": "E-mail",
    "oldpassword": "Current password",
    "password": "Password",
    "password1": "New password",
    "password2": "New password, again",
}


class OurWords:
    """A form of allauth's with our labels, and no second copy of each inside its field."""

    labels: dict[str, str] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = (LABELS | self.labels).get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
            if isinstance(field, forms.EmailField):
                field.error_messages["invalid"] = NO_ADDRESS


class LoginForm(OurWords, allauth.LoginForm):
    pass


class ReauthenticateForm(OurWords, allauth.ReauthenticateForm):
    pass


class PasswordChangeForm(OurWords, allauth.ChangePasswordForm):
    pass


class PasswordResetForm(OurWords, allauth.ResetPasswordForm):
    pass


class NewPasswordForm(OurWords, allauth.ResetPasswordKeyForm):
    pass


class CodeForm(OurWords, allauth.ConfirmEmailVerificationCodeForm):
    pass


class OtherAddressForm(OurWords, allauth.ChangeEmailForm):
    """Another address for the code, while signing up."""


class EmailForm(OurWords, allauth.AddEmailForm):
    """Another address to sign in with: once a code has proved it, or at once where no mail can be sent."""

    labels = {"email": "New e-mail"}

    def clean_email(self) -> str:
        email: str = super().clean_email()
        if not settings.EMAIL_URL and User.objects.filter(email=email).exists():
            raise ValidationError("Somebody signs in with this e-mail address already.", code="email_taken")
        return email

    def save(self, request: HttpRequest) -> EmailAddress:
        if settings.EMAIL_URL:
            return super().save(request)
        return self._change()

    @transaction.atomic
    def _change(self) -> EmailAddress:
        # allauth would take the present address away and wait for a confirmation that never comes.
        EmailAddress.objects.filter(user=self.user).delete()
        self.user.email = self.cleaned_data["email"]
        self.user.save(update_fields=["email"])
        return EmailAddress.objects.create(user=self.user, email=self.user.email, primary=True)


class SignupForm(OurWords, allauth.SignupForm):
    """E-mail, name, password."""

    labels = {"password1": "Password"}

    name = forms.CharField(
        label="Your name",
        max_length=100,
        required=False,
        validators=[refuse_controls],
        help_text="Shown to those you share a budget with.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ["name", "email", "password1"]


class CredentialField(forms.JSONField):
    """What a browser says for a key; never shown again."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (ValueError, RecursionError) as fault:  # a number of 5,000 digits, brackets without end
            raise ValidationError("This is not what a key says.", code="invalid") from fault

    def bound_data(self, data: Any, initial: Any) -> Any:
        return InvalidJSONInput("")


class OfKey(forms.Form):
    """A form of allauth's that takes a key. What comes in its place may be anything, and the parsers behind it fail
    in as many ways: each is a key that is refused."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = CredentialField()

    def full_clean(self) -> None:
        try:
            super().full_clean()
        except Exception:
            log.warning("a key that cannot be read", exc_info=True)
            self.cleaned_data: dict[str, Any] = {}
            self.add_error("credential", "The key was not accepted. Try again.")


class KeyForm(OfKey, keys.AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = "Name"
        self.fields[
            "passwordless"
        ].help_text = "It signs you in without a password, and asks for your finger, face or PIN."


class KeySignInForm(OfKey, keys.LoginWebAuthnForm):
    pass


class KeyStepForm(OfKey, keys.AuthenticateWebAuthnForm):
    pass


class KeyReauthenticateForm(OfKey, keys.ReauthenticateWebAuthnForm):
    pass


class NameForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["name"]
        labels = {"name": "Your name"}
        help_texts = {"name": "Shown to those you share a budget with. Without one they see your e-mail address."}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


class MailForm(forms.ModelForm):
    """What comes by e-mail from one household to one of its members."""

    class Meta:
        model = Membership
        fields = ["wants_alerts", "wants_review"]
        labels = {"wants_alerts": "Alerts by e-mail", "wants_review": "Review of the month by e-mail"}

    def save(self, commit: bool = True) -> Membership:
        self.instance.save(update_fields=self.Meta.fields)  # the role may have been changed meanwhile
        return self.instance


class HouseholdForm(forms.ModelForm):
    """Name, time zone and, while there is no amount in it, the currency."""

    currency = forms.ChoiceField(choices=CHOICES, required=False)
    time_zone = forms.ChoiceField(label="Time zone", choices=[], help_text="Says when today begins.")

    class Meta:
        model = Household
        fields = ["name", "currency", "time_zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zoneinfo.available_timezones())
        self.fields["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in zones]
        currency = self.fields["currency"]
        if self.instance.has_amounts():
            currency.widget.attrs["disabled"] = True  # a disabled field is not sent: see clean_currency
            currency.help_text = "Fixed, since there are amounts in this household."
        else:
            currency.help_text = "Fixed once there is an amount in this household."
        self.stored_currency = self.instance.currency

    def clean_currency(self) -> str:
        return self.cleaned_data["currency"] or self.stored_currency

    @transaction.atomic
    def _write(self) -> Household:
        chosen = self.instance.currency
        if chosen != self.stored_currency:
            self.instance.currency = self.stored_currency
            self.instance.change_currency(chosen)
        self.instance.save(update_fields=["name", "time_zone"])
        return self.instance

    def save(self, commit: bool = True) -> Household | None:
        """None where the currency cannot change any more, with the reason in the form."""
        try:
            return self._write()
        except CurrencyFixed as refusal:
            self.add_error("currency", str(refusal))
            return None


class RoleForm(forms.ModelForm):
    class Meta:
        model = Membership
        fields = ["role"]
        error_messages = {"role": {"invalid_choice": "Choose owner, editor or viewer."}}

    def save(self, commit: bool = True) -> Membership | None:
        """None for the last owner, with the reason in the form."""
        try:
            self.instance.change_role(self.cleaned_data["role"])
        except LastOwner as refusal:
            self.add_error("role", str(refusal))
            return None
        return self.instance


class InvitationForm(forms.ModelForm):
    """Whom to invite, and as what. The link is shown to hand over; with an address and a mail server it is sent."""

    role = forms.ChoiceField(label="May do", choices=Role, initial=Role.EDITOR)

    class Meta:
        model = Invitation
        fields = ["email", "role"]
        labels = {"email": "E-mail"}
        error_messages = {"email": {"invalid": NO_ADDRESS}}

    def __init__(self, *args: Any, household: Household, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.household, self.instance.invited_by = household, by
        self.fields["email"].widget.attrs["autocomplete"] = "off"
        self.fields["email"].help_text = (
            "The link is sent there. Leave it empty to hand the link over yourself."
            if settings.EMAIL_URL
            else "Optional, so that you know whom the link is for. You hand it over yourself."
        )

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        members = self.instance.household.memberships
        if email and members.filter(user__email=email).exists():
            raise ValidationError("Somebody with this address is a member already.", code="member")
        return email


def send_invitation(invitation: Invitation, link: str) -> bool:
    """Mail the link where there is an address and a mail server; whether it was sent."""
    if not (invitation.email and settings.EMAIL_URL):
        return False
    text = render_to_string("people/invitation_mail.txt", {"invitation": invitation, "link": link})
    try:
        send_mail(f"{invitation.invited_by} invites you to a budget", text, None, [invitation.email])
    except OSError:  # refused, unreachable, too slow: the link is there to be handed over
        return False
    return True
