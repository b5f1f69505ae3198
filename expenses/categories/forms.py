from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from expenses.categories.models import PALETTE, Category
from expenses.people.models import Household
from expenses.shared.named import KEY_LENGTH
from expenses.shared.text import casefolded

RESERVED = {"to assign"}  # the pool: in lists to choose from nobody could tell the two apart


def free_name(name: str, other: Category | None) -> str:
    """The name as it is kept. `other` is the category that has it already. Raises `ValidationError`."""
    name = " ".join(name.split())
    if len(casefolded(name)) > KEY_LENGTH:  # one character may be many: ﷺ is eighteen
        raise ValidationError("This name is too long. Write a shorter one.", code="max_length")
    if casefolded(name) in RESERVED:
        raise ValidationError("This is what money without a category is called. Choose another name.")
    if other and other.is_archived:
        raise ValidationError(
            f"There is a category named {other} already, archived. Bring it back, or choose another name."
        )
    if other:
        raise ValidationError(f"There is a category named {other} already. Choose another name.")
    return name


class Swatches(forms.RadioSelect):
    """The palette as radio buttons; any other colour goes through too, for the validators to judge."""

    template_name = "components/palette.html"


class CategoryForm(forms.ModelForm):
    """Name and colour: one of the palette, or one's own."""

    color = forms.CharField(label="Colour", required=False, widget=Swatches(choices=PALETTE))
    own_color = forms.CharField(
        label="Or a colour of your own",
        required=False,
        max_length=7,
        help_text="Six digits after a #, like #FF6B6B.",
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off", "spellcheck": "false", "size": 8}),
    )

    class Meta:
        model = Category
        fields = ["name", "color"]
        widgets = {"name": forms.TextInput(attrs={"class": "input", "autocomplete": "off", "autofocus": True})}

    def __init__(self, *args: Any, household: Household, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.household = household
        self.instance.household = household
        color = self.instance.color.upper() if self.instance.pk else household.categories.next_color()
        in_palette = color in dict(PALETTE)
        self.initial.update(color=color if in_palette else "", own_color="" if in_palette else color)

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        return free_name(name, self.household.categories.named(name).exclude(pk=self.instance.pk).first())

    def clean(self) -> dict[str, Any]:
        """What was typed counts where it was changed; the swatch counts otherwise."""
        cleaned = super().clean() or self.cleaned_data
        own, color = cleaned.get("own_color", ""), cleaned.get("color", "")
        if "own_color" in self.errors:
            return cleaned
        if own and ("own_color" in self.changed_data or not color):
            self._judge("own_color", own)
            color = own
        elif color:
            self._judge("color", color)
        else:
            self.add_error("color", "Choose a colour.")
        cleaned["color"] = color.upper()
        return cleaned

    def _judge(self, field: str, color: str) -> None:
        try:
            Category._meta.get_field("color").run_validators(color)
        except ValidationError as error:
            self.add_error(field, error)

    def _get_validation_exclusions(self) -> set[str]:
        # The colour is judged above, at the field it was typed in.
        return super()._get_validation_exclusions() | {"color"}  # type: ignore[misc]  # Django's hook, not in the stubs
