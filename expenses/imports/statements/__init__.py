"""What a bank's file says: bytes in, records and problems out. Pure: no database, no settings, no float.

    guess(data)                 a best reading, and what it could not decide
    read(data, mapping)         every record, every problem, every row left out and why
    preview(data, mapping)      the first rows as cells, beside what each was read as

Each raises `Refused`, with a sentence for the person, for a file that holds no statement at all. `reading` finds the
module of the format: CSV and XLSX are tables, which need a mapping; the others say themselves what stands where.
"""

from expenses.imports.statements.mapping import CHOICES, ENCODINGS, Mapping, MappingError
from expenses.imports.statements.reading import (
    TABLES,
    adapt,
    fields_of,
    guess,
    preview,
    read,
    recognise,
    signature_for,
    signatures,
)
from expenses.imports.statements.recognising import FORMATS
from expenses.imports.statements.records import (
    NATURES,
    Account,
    Guess,
    LeftOut,
    Preview,
    PreviewRow,
    Problem,
    Record,
    Refused,
    Split,
    Statement,
    accounts_of,
)
from expenses.imports.statements.spreadsheets import sheets

__all__ = [
    "CHOICES",
    "ENCODINGS",
    "FORMATS",
    "NATURES",
    "TABLES",
    "Account",
    "Guess",
    "LeftOut",
    "Mapping",
    "MappingError",
    "Preview",
    "PreviewRow",
    "Problem",
    "Record",
    "Refused",
    "Split",
    "Statement",
    "accounts_of",
    "adapt",
    "fields_of",
    "guess",
    "preview",
    "read",
    "recognise",
    "sheets",
    "signature_for",
    "signatures",
]
