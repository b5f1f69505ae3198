"""What is proposed, and not wanted."""

from typing import TYPE_CHECKING, Any

from django import forms

from expenses.ledger.forms import RowField
from expenses.recurring.found import dismiss
from expenses.recurring.models import Dismissal
from expenses.shared.text import refuse_controls

if TYPE_CHECKING:
    from expenses.people.models import Household

CHOOSE = "Choose one of the proposals."


class DismissForm(forms.Form):
    """Names a proposal by its description and category."""

    description = forms.CharField(
        max_length=200, validators=[refuse_controls], error_messages={"required": CHOOSE, "max_length": CHOOSE}
    )
    category = RowField(error_messages={"required": CHOOSE, "invalid_choice": CHOOSE})

    def __init__(self, data: Any, *, household: "Household") -> None:
        super().__init__(data)
        self.household = household
        category: Any = self.fields["category"]
        category.offer(household.categories.all())

    def save(self) -> Dismissal:
        return dismiss(self.household, **self.cleaned_data)
