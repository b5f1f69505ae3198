"""Whatever the format: the one door to all readers.

A format is a module with `FIELDS`, `guess` and `read` as in `Reader`. Tables (CSV, XLSX) have columns of their own
making besides, so that they need a mapping and can be looked at row by row; the others say themselves what stands
where, and `FIELDS` names what little of a mapping they use.
"""

from datetime import date
from typing import Protocol

from expenses.imports.statements import delimited, guessing, profiles
from expenses.imports.statements.mapping import Mapping
from expenses.imports.statements.recognising import FORMATS, INSTEAD, recognise
from expenses.imports.statements.records import Guess, Preview, PreviewRow, Refused, Statement

TABLES = ("csv", "xlsx")


class Reader(Protocol):
    """A format that says itself what stands where. `FIELDS`: those of a mapping that a person may change."""

    FIELDS: tuple[str, ...]

    def guess(self, data: bytes) -> Guess:
        """The best reading, without questions where the file leaves nothing open. Raises `Refused`."""

    def read(self, data: bytes, mapping: Mapping | None = None, *, today: date | None = None) -> Statement:
        """Everything it says. With `today`, a day more than a year ahead is a problem of its row. Raises
        `Refused`."""


READERS: dict[str, Reader] = {}


def fields_of(name: str) -> tuple[str, ...] | None:
    """What of a mapping a person may change for this format; None for a table: all of it."""
    return None if name in TABLES else READERS[name].FIELDS


def guess(data: bytes) -> Guess:
    """The best reading of a file. Raises `Refused` for what is no statement, or has no rows."""
    reader = _reader(data)
    return reader.guess(data) if reader else guessing.guess(data)


def read(data: bytes, mapping: Mapping | None = None, *, today: date | None = None) -> Statement:
    """Everything the statement says, in this mapping or, without one, in our best reading.

    With `today`, a day more than a year ahead is a problem of its row. Raises `Refused` for a file that is no
    statement and `MappingError` for a mapping that does not fit it.
    """
    reader = _reader(data)
    return (reader or delimited).read(data, mapping, today=today)


def preview(data: bytes, mapping: Mapping, *, rows: int = 20, today: date | None = None) -> Preview:
    """The first rows, each beside what this mapping makes of it; the mapping may be unfinished."""
    reader = _reader(data)
    if reader is None:
        return delimited.preview(data, mapping, rows=rows, today=today)
    statement = reader.read(data, mapping, today=today)
    shown = [PreviewRow(record.line, (), record=record) for record in statement.records[:rows]]
    shown += [PreviewRow(problem.line, (), problem=problem) for problem in statement.problems[:rows]]
    shown.sort(key=lambda row: row.line)
    return Preview((), tuple(shown[:rows]))


def signatures(data: bytes) -> tuple[str, ...]:
    """What a profile of this file may be kept under, likeliest first."""
    reader = _reader(data)
    return (reader.guess(data).signature,) if reader else profiles.signatures(data)


def signature_for(data: bytes, mapping: Mapping) -> str:
    """What a profile of this mapping is kept under."""
    reader = _reader(data)
    return reader.guess(data).signature if reader else profiles.signature_for(data, mapping)


def adapt(data: bytes, saved: Mapping, signature: str) -> Mapping:
    """A saved mapping for this file."""
    return saved if _reader(data) else profiles.adapt(data, saved, signature)


def _reader(data: bytes) -> Reader | None:
    """The reader of a file; None for a table. Raises `Refused` for what cannot be read."""
    name = recognise(data)
    if name in TABLES:
        return None
    if name not in READERS:
        article = "an" if name in ("ofx", "mt940", "xlsx") else "a"
        raise Refused(f"This is {article} {FORMATS[name]} file, which cannot be read yet. {INSTEAD}")
    return READERS[name]
