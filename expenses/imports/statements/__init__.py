"""What a bank's file says: bytes in, records and problems out. Pure: no database, no settings, no float.

    guess(data)                 a best reading, and what it could not decide
    read(data, mapping)         every record, every problem, every row left out and why
    preview(data, mapping)      the first rows as cells, beside what each was read as

Each raises `Refused`, with a sentence for the person, for a file that holds no statement at all. A format is one
module with `read`; only those with columns of their own making (CSV) need a mapping.
"""

from expenses.imports.statements.delimited import Preview, PreviewRow, preview, read
from expenses.imports.statements.guessing import Guess, adapt, guess, signature_for, signatures
from expenses.imports.statements.mapping import CHOICES, ENCODINGS, Mapping, MappingError
from expenses.imports.statements.recognising import FORMATS, recognise
from expenses.imports.statements.records import LeftOut, Problem, Record, Refused, Statement

__all__ = [
    "CHOICES",
    "ENCODINGS",
    "FORMATS",
    "Guess",
    "LeftOut",
    "Mapping",
    "MappingError",
    "Preview",
    "PreviewRow",
    "Problem",
    "Record",
    "Refused",
    "Statement",
    "adapt",
    "guess",
    "preview",
    "read",
    "recognise",
    "signature_for",
    "signatures",
]
