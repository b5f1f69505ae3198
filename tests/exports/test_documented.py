"""docs/export.md says of every file which columns it has, of what kind, in which order."""

import re
from pathlib import Path

import pytest

from expenses.budgets.sheets import limit_columns, transfer_columns
from expenses.categories import sheets as categories
from expenses.exports.tables import TABLES
from expenses.exports.writing import FORMAT, VERSION
from expenses.imports import sheets as imports
from expenses.ledger.sheets import expense_columns, income_columns
from expenses.recurring import sheets as recurring

pytestmark = pytest.mark.either

DOC = (Path(__file__).resolve().parents[2] / "docs" / "export.md").read_text()
FILES = {table.file: table.header(2) for table in TABLES} | {
    "Expenses": expense_columns(2),
    "Income": income_columns(2),
    "Moves": transfer_columns(2),
    "Limits": limit_columns(2),
    "Recurring": recurring.columns(2),
    "Rows of a statement": imports.columns(2),
    "Categories": categories.columns(2),
}


def tables():
    """The table beneath each heading: (column, kind, words)."""
    found = {}
    for part in re.split(r"(?m)^### ", DOC)[1:]:
        lines = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| ")]
        if lines:
            found[part.splitlines()[0]] = lines[1:]
    return found


@pytest.mark.parametrize("name", FILES)
def test_every_column_of_a_file_is_documented(name):
    documented = tables()[name]

    assert [tuple(line[:2]) for line in documented] == [(column.name, column.kind.value) for column in FILES[name]]
    assert all(len(line) == 3 and line[2].endswith(".") for line in documented)


def test_no_file_is_documented_that_is_not_there():
    assert set(tables()) == set(FILES)


def test_format_and_version():
    assert f"`format` (`{FORMAT}`), `version` ({VERSION})" in DOC
