"""The forms of the steps: upload, mapping, check, and taking back."""

from expenses.imports.forms.categories import CategoriesForm
from expenses.imports.forms.check import ChoicesForm, RevertForm
from expenses.imports.forms.mapping import MappingForm
from expenses.imports.forms.upload import UploadForm

__all__ = ["CategoriesForm", "ChoicesForm", "MappingForm", "RevertForm", "UploadForm"]
