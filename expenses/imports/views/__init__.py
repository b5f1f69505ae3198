from expenses.imports.views.checking import choices, commit, discard, export, revert, show
from expenses.imports.views.reading import categories, index, mapping, new
from expenses.imports.views.rules import rule_delete, rule_edit, rule_move, rule_new, rules

__all__ = [
    "categories",
    "choices",
    "commit",
    "discard",
    "export",
    "index",
    "mapping",
    "new",
    "revert",
    "rule_delete",
    "rule_edit",
    "rule_move",
    "rule_new",
    "rules",
    "show",
]
