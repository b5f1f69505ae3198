"""Whose the rows of a file with several accounts are."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError

from expenses.imports import saying
from expenses.imports.forms.upload import INPUT, NEW, MethodFields, name_field
from expenses.imports.models import Import
from expenses.imports.statements import Account
from expenses.imports.states import State
from expenses.imports.uploading import method_called
from expenses.ledger.models import PaymentMethod
from expenses.shared.named import NAME_LENGTH
from expenses.shared.text import casefolded, without_controls

OUT = "out"
MOST_ACCOUNTS = 50  # a file with more is read by a wrong column
NAMELESS = "Rows that name no account"
GONE = "This account or card is not there any more. Choose another one."


def field_name(number: str) -> str:
    """The form's name for an account: the number may be anything that a file can hold."""
    return f"account-{hashlib.sha256(number.encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class AccountFields:
    """An account of the file beside what is asked about it. `sums`: (in or out, magnitude, the currency's code where
    it is not the budget's)."""

    account: Account
    choice: forms.BoundField
    name: forms.BoundField
    sums: list[tuple[str, Decimal, str]]

    @property
    def title(self) -> str:
        return self.account.number or NAMELESS


class AccountsForm(MethodFields):
    """Where the file has one account: whose it is. Where it has several: that of each, or that it is left out."""

    source: Import
    accounts: Sequence[Account] = ()

    def offer_accounts(self, found: Sequence[Account]) -> None:
        """A choice for each account, in the place of the one for the file."""
        self.accounts = found if 1 < len(found) <= MOST_ACCOUNTS else ()
        if not self.accounts:
            return
        offered = [(pk, method.name) for pk, method in self.methods.items()]
        choices = [("", "Choose…"), *offered, (NEW, "A new one…"), (OUT, "Leave it out")]
        names = proposed_names([account.number for account in self.accounts])
        for account in self.accounts:
            key = field_name(account.number)
            self.fields[key] = forms.ChoiceField(
                label=f"Rows of {account.number or 'no account'} are from",
                required=False,
                choices=choices,
                widget=forms.Select(attrs=INPUT),
                error_messages={"invalid_choice": GONE},
            )
            self.fields[f"{key}-name"] = name_field()
            self.initial[key] = self._likeliest(account.number)
            self.initial[f"{key}-name"] = names[account.number]

    def _likeliest(self, number: str) -> str:
        """What was said before, else the payment method known by this number or called like it."""
        if self.source.state == State.MAPPED and self.source.accounts:
            before = self.source.accounts.get(number, "")
            if before is None or str(before) in self.methods:
                return OUT if before is None else str(before)
        hashed = saying.account_hash(self.household, number)
        for pk, method in self.methods.items():
            if number and (method.account_hash == hashed or method.name_key == casefolded(number)):
                return pk
        return NEW if not self.methods or is_name(number) else ""

    @property
    def account_fields(self) -> Iterator[AccountFields]:
        for account in self.accounts:
            key = field_name(account.number)
            yield AccountFields(account, self[key], self[f"{key}-name"], self._sums(account))

    def _sums(self, account: Account) -> list[tuple[str, Decimal, str]]:
        return [
            (side, amount, "" if code == self.household.currency else code)
            for side, sums in (("in", account.into), ("out", account.out))
            for code, amount in sorted(sums.items())
        ]

    def clean_accounts(self) -> None:
        """Check what was posted for each account. The fields may have come while the form was being cleaned: which
        accounts a table has is known when its columns are."""
        self.chosen: dict[str, PaymentMethod | None] = {}
        called: dict[str, PaymentMethod] = {}
        for account in self.accounts:
            key = field_name(account.number)
            choice, name = self._cleaned(key), self._cleaned(f"{key}-name")
            if choice is None or name is None:
                continue
            if choice == OUT:
                self.chosen[account.number] = None
            elif choice in self.methods:
                self.chosen[account.number] = self.methods[choice]
            elif choice == NEW:
                if method := self._called(key, name.strip(), called):
                    self.chosen[account.number] = method
            else:
                self.add_error(key, "Say which account or card these rows are from, or leave them out.")
        if self.accounts and not self.errors and not any(self.chosen.values()):
            self.add_error(None, "Every account is left out: there is nothing to read. Choose at least one.")

    def _cleaned(self, name: str) -> str | None:
        """The field's value; None where it is faulty."""
        if name in self.cleaned_data:
            return str(self.cleaned_data[name])
        if name in self.errors:
            return None
        field = self.fields[name]
        value = field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name))
        try:
            self.cleaned_data[name] = field.clean(value)
        except ValidationError as error:
            self.add_error(name, error)
            return None
        return str(self.cleaned_data[name])

    def _called(self, key: str, name: str, called: dict[str, PaymentMethod]) -> PaymentMethod | None:
        if not name:
            self.add_error(f"{key}-name", "Write a name for it.")
            return None
        try:
            return called.setdefault(
                casefolded(name), called.get(casefolded(name)) or method_called(self.household, name)
            )
        except ValidationError as error:
            self.add_error(f"{key}-name", error.messages)
            return None


def is_name(number: str) -> bool:
    """Whether the file calls the account by a name ("Checking") and not by a number."""
    return any(map(str.isalpha, number)) and sum(map(str.isdigit, number)) < 4 and len(number) <= NAME_LENGTH


def proposed_names(numbers: Sequence[str]) -> dict[str, str]:
    """What new payment methods of these accounts may be called: no number stands there as a whole."""
    names = {}
    for number in numbers:
        figures = "".join(filter(str.isalnum, number))
        others = ["".join(filter(str.isalnum, other)) for other in numbers if other != number]
        tails = (figures[-length:] for length in (4, 6, 8))
        tail = next((tail for tail in tails if not any(other.endswith(tail) for other in others)), figures[-8:])
        if is_name(number):
            names[number] = " ".join(without_controls(number).split())
        else:
            names[number] = f"Account …{tail}" if tail else "Account"
    return names
