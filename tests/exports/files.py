"""A household's file in memory: what is in it, and the same with something else in it."""

import csv
import io
import zipfile

REFERRING = {
    "transfers": {"reverses": "transfers"},
    "occurrences": {"recurring": "recurring_expenses", "expense": "expenses"},
    "import_rows": {
        "import": "imports", "twin": "import_rows", "counterpart": "import_rows", "changes": "import_rows",
        "expense": "expenses", "income": "incomes", "refund_of": "expenses", "rule": "rules",
        "recurring": "recurring_expenses",
    },
}  # fmt: skip


def rows(file, name):
    """The rows of one of its tables, by column."""
    with zipfile.ZipFile(file) as package:
        return list(csv.DictReader(io.StringIO(package.read(f"{name}.csv").decode("utf-8-sig"), newline="")))


def contents(file):
    """All of its tables, each id replaced by the number of its row."""
    with zipfile.ZipFile(file) as package:
        names = [name.removesuffix(".csv") for name in package.namelist() if name.endswith(".csv")]
    tables = {name: rows(file, name) for name in names}
    numbered = {name: found for name, found in tables.items() if found and "id" in found[0]}
    places = {name: {row["id"]: str(at) for at, row in enumerate(found)} for name, found in numbered.items()}
    for name, found in tables.items():
        for row in found:
            if "id" in row:
                row["id"] = places[name][row["id"]]
            for column, to in REFERRING.get(name, {}).items():
                row[column] = row[column] and places[to][row[column]]
    return tables


def with_(file, changes):
    """The same zip with other members: bytes in the place of one, None takes it out."""
    other = io.BytesIO()
    with zipfile.ZipFile(file) as package, zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as made:
        for name in package.namelist():
            if name not in changes:
                made.writestr(name, package.read(name))
        for name, data in changes.items():
            if data is not None:
                made.writestr(name, data)
    other.seek(0)
    return other


def with_cell(file, name, line, column, value):
    """The same zip, where one cell says something else; lines count from 2, as in the file."""
    found = rows(file, name)
    found[line - 2][column] = value
    return with_(file, {f"{name}.csv": as_csv(found)})


def as_csv(found, columns=None):
    text = io.StringIO()
    writer = csv.DictWriter(text, columns or list(found[0]))
    writer.writeheader()
    writer.writerows(found)
    return text.getvalue().encode()
