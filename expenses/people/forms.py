from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms

from expenses.people.models import Household, Invitation, Membership, User
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


class InvitationForm(forms.ModelForm):
    class Meta:
        model = Invitation
        fields = ["email", "role"]
        labels = {"email": "E-mail", "role": "May do"}
        help_texts = {"email": "Optional. Without it you get a link to hand over yourself."}


class RoleForm(forms.ModelForm):
    class Meta:
        model = Membership
        fields = ["role"]


class HouseholdNameForm(forms.ModelForm):
    class Meta:
        model = Household
        fields = ["name", "time_zone"]
