from expenses.imports.views.checking import choices, commit, discard, revert, show
from expenses.imports.views.reading import index, mapping, new

__all__ = ["choices", "commit", "discard", "index", "mapping", "new", "revert", "show"]
