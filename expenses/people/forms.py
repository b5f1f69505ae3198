import zoneinfo
from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string

from expenses.people.models import CurrencyFixed, Household, Invitation, LastOwner, Membership, Role, User
from expenses.shared.currencies import CHOICES
from expenses.shared.text import refuse_controls


class SignupForm(AllauthSignupForm):
    """E-mail, name, password."""

    name = forms.CharField(
        label="Your name",
        max_length=100,
        required=False,
        validators=[refuse_controls],
        help_text="Shown to those you share a budget with.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ["name", "email", "password1"]


class NameForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["name"]
        labels = {"name": "Your name"}
        help_texts = {"name": "Shown to those you share a budget with. Without one they see your e-mail address."}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


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
