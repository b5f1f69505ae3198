import zoneinfo
from typing import Any

from django import forms
from django.db import transaction

from expenses.categories.models import STARTERS, Category
from expenses.people.models import Household, Role, User
from expenses.shared.currencies import CHOICES, CURRENCIES
from expenses.shared.months import LAST_START_DAY

# Where a browser's language names a country, its currency is the better first guess.
OF_COUNTRY = {
    "US": "USD", "GB": "GBP", "CA": "CAD", "AU": "AUD", "NZ": "NZD", "CH": "CHF", "JP": "JPY", "CN": "CNY",
    "IN": "INR", "BR": "BRL", "MX": "MXN", "SE": "SEK", "NO": "NOK", "DK": "DKK", "PL": "PLN", "CZ": "CZK",
    "HU": "HUF", "RO": "RON", "TR": "TRY", "UA": "UAH", "ZA": "ZAR", "KR": "KRW", "SG": "SGD",
    "HK": "HKD", "TW": "TWD", "TH": "THB", "ID": "IDR", "MY": "MYR", "PH": "PHP", "VN": "VND", "IL": "ILS",
    "AE": "AED", "SA": "SAR", "KW": "KWD", "EG": "EGP", "AR": "ARS", "CL": "CLP", "CO": "COP", "PE": "PEN",
}  # fmt: skip
EURO_COUNTRIES = {
    "AT", "BE", "BG", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PT", "SI", "SK",
}  # fmt: skip


def currency_of(languages: str) -> str:
    """The likely currency of a browser that accepts these languages (`en-GB,en;q=0.9`); USD where none is named."""
    for language in languages.split(","):
        country = language.split(";")[0].strip().partition("-")[2].upper()
        if country in EURO_COUNTRIES:
            return "EUR"
        if OF_COUNTRY.get(country) in CURRENCIES:
            return OF_COUNTRY[country]
    return "USD"


class HouseholdForm(forms.ModelForm):
    """Name, currency, time zone and month start of a new household, with defaults that most can keep."""

    currency = forms.ChoiceField(choices=CHOICES, help_text="Fixed once there is an amount in it.")
    time_zone = forms.ChoiceField(choices=[], help_text="Says when today begins.")
    month_starts_on = forms.TypedChoiceField(
        label="A month starts on",
        coerce=int,
        choices=[(day, f"day {day}" if day > 1 else "the 1st") for day in range(1, LAST_START_DAY + 1)],
        initial=1,
        help_text="The day your pay comes, if you like: with day 25, December is 25 November–24 December.",
    )

    class Meta:
        model = Household
        fields = ["name", "currency", "time_zone", "month_starts_on"]
        labels = {"name": "What do you call this household?"}

    def __init__(self, *args: Any, user: User, languages: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("initial", {})
        kwargs["initial"] = {
            "name": f"{user.name}’s household" if user.name else "Our household",
            "currency": currency_of(languages),
            "time_zone": "UTC",
        } | kwargs["initial"]
        super().__init__(*args, **kwargs)
        self.user = user
        zones = sorted(zoneinfo.available_timezones())
        self.fields["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in zones]
        self.fields["time_zone"].widget.attrs["data-guess"] = "time-zone"

    @property
    def starters(self) -> list[str]:
        return STARTERS

    @transaction.atomic
    def save(self, commit: bool = True) -> Household:
        """The household with its owner and its first categories."""
        household: Household = super().save(commit=False)
        household.budget_from = household.month_of(household.today())
        household.save()
        household.add_member(self.user, Role.OWNER)
        Category.objects.start(household)
        return household
