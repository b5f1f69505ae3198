"""What every form shares: how it is drawn, how a post is told from a first look."""

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import DjangoTemplates, TemplatesSetting
from django.http import HttpRequest, QueryDict

from expenses.shared.money import AmountField
from expenses.shared.months import NO_MONTH, Month

__all__ = ["KeyField", "MonthFormField", "Renderer", "SeenField", "key_of", "posted", "status_of", "use_currency"]


class Renderer(TemplatesSetting):
    """Draws every form and field by our templates (one field template: label, help, error, aria-describedby)."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"

    def get_template(self, template_name: str) -> Any:
        try:
            return super().get_template(template_name)
        except Exception:  # Django's own widgets live in its package, not among the project's templates
            return DjangoTemplates().get_template(template_name)


def posted(request: HttpRequest) -> QueryDict | None:
    """The POST data on a POST and None otherwise (`request.POST or None` takes an empty post for none)."""
    return request.POST if request.method == "POST" else None


def status_of(form: forms.BaseForm) -> int:
    """422 for a form that came back with faults, 200 for a fresh one."""
    return 422 if form.is_bound else 200


def use_currency(form: forms.BaseForm, decimals: int) -> None:
    """Let each amount field of the form take so many decimals."""
    for field in form.fields.values():
        if isinstance(field, AmountField):
            field.decimals = decimals


def key_of(text: str) -> uuid.UUID:
    """The key of one form, by which it writes once; a fresh one for what is none, since nobody has typed it."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()


class KeyField(forms.CharField):
    """The form's key, hidden: the same form sent twice writes once. Gives a UUID."""

    widget = forms.HiddenInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "max_length": 100, **kwargs})

    def clean(self, value: Any) -> Any:
        return key_of(super().clean(value))


class MonthFormField(forms.CharField):
    """`2026-11`; gives the household's month, or None for nothing. Set `starts_on` before it is asked."""

    default_error_messages = {"required": NO_MONTH}
    starts_on: int

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"widget": forms.TextInput(attrs={"type": "month"}), **kwargs})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return Month.parse(text, self.starts_on)
        except ValueError as error:
            raise ValidationError(NO_MONTH, code="invalid") from error


class SeenField(forms.CharField):
    """When the row was last changed as the form was opened, hidden: a change over somebody else's is seen by it.
    Gives a moment, or None where it says nothing."""

    widget = forms.HiddenInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "max_length": 40, **kwargs})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return dt.datetime.fromisoformat(text) if text else None
        except ValueError as error:
            raise ValidationError("This form has grown too old. Open it again.") from error
