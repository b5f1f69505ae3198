"""Whatever the format: the one door to all readers.

A format is a module with `FIELDS`, `guess` and `read` as in `Reader`. Tables (CSV, XLSX) have columns of their own
making besides, so that they need a mapping and can be looked at row by row; the others say themselves what stands
where, and `FIELDS` names what little of a mapping they use.
"""

from dataclasses import replace
from datetime import date
from typing import NamedTuple

from expenses.imports.statements import archives, camt, delimited, guessing, mt940, ofx, profiles, qif, recognising
from expenses.imports.statements.mapping import Mapping
from expenses.imports.statements.recognising import INSTEAD, ZIP
from expenses.imports.statements.records import Guess, Preview, PreviewRow, Reader, Refused, Statement
from expenses.shared.collecting import uncollected

TABLES = ("csv", "xlsx")


READERS: dict[str, Reader] = {
    "camt": camt,
    "mt940": mt940,
    "ofx": ofx,
    "qif": qif,
}


def fields_of(name: str) -> tuple[str, ...] | None:
    """What of a mapping a person may change for this format; None for a table: all of it."""
    return None if name in TABLES else READERS[name].FIELDS


def recognise(data: bytes) -> str:
    """The format of a file, or of what is in the archive: a key of `FORMATS`. Raises `Refused`."""
    return _opened(data).format


def guess(data: bytes) -> Guess:
    """The best reading of a file. Raises `Refused` for what is no statement, or has no rows."""
    file = _opened(data)
    found = (file.reader or guessing).guess(file.data)
    return replace(found, notices=(*file.notices, *found.notices))


@uncollected()
def read(data: bytes, mapping: Mapping | None = None, *, today: date | None = None) -> Statement:
    """Everything the statement says, in this mapping or, without one, in our best reading.

    With `today`, a day more than a year ahead is a problem of its row. Raises `Refused` for a file that is no
    statement and `MappingError` for a mapping that does not fit it.
    """
    file = _opened(data)
    found = (file.reader or delimited).read(file.data, mapping, today=today)
    return replace(found, notices=(*file.notices, *found.notices)) if mapping is None else found


def preview(data: bytes, mapping: Mapping, *, rows: int = 20, today: date | None = None) -> Preview:
    """The first rows, each beside what this mapping makes of it; the mapping may be unfinished."""
    file = _opened(data)
    if file.reader is None:
        return delimited.preview(file.data, mapping, rows=rows, today=today)
    statement = file.reader.read(file.data, mapping, today=today, most=rows)
    shown = [PreviewRow(record.line, (), record=record) for record in statement.records[:rows]]
    shown += [PreviewRow(problem.line, (), problem=problem) for problem in statement.problems[:rows]]
    shown.sort(key=lambda row: row.line)
    return Preview((), tuple(shown[:rows]))


def signatures(data: bytes) -> tuple[str, ...]:
    """What a profile of this file may be kept under, likeliest first."""
    file = _opened(data)
    return (file.reader.guess(file.data).signature,) if file.reader else profiles.signatures(file.data)


def signature_for(data: bytes, mapping: Mapping) -> str:
    """What a profile of this mapping is kept under."""
    file = _opened(data)
    return file.reader.guess(file.data).signature if file.reader else profiles.signature_for(file.data, mapping)


def adapt(data: bytes, saved: Mapping, signature: str) -> Mapping:
    """A saved mapping for this file. Formats that say themselves what stands where take from it what this file leaves
    open: the next one of a bank may be written in other letters, or have a 13th that tells days from months."""
    file = _opened(data)
    if file.reader is None:
        return profiles.adapt(file.data, saved, signature)
    guessed = file.reader.guess(file.data)
    return replace(guessed.mapping, **{name: getattr(saved, name) for name in guessed.ambiguous})


class _File(NamedTuple):
    """What is to be read. `reader` is None for a table."""

    format: str
    reader: Reader | None
    data: bytes
    notices: tuple[str, ...] = ()


def _opened(data: bytes) -> _File:
    """The file, or what is in the archive. Raises `Refused` for what cannot be read."""
    name = recognising.recognise(data)
    if name != ZIP:
        return _File(name, _reader(name), data)
    inside = archives.contents(data)
    first = inside.files[0]
    reader = _reader(first.format)
    if reader and len(inside.files) > 1:
        return _File(first.format, archives.Joined(reader, inside.files), data, inside.notices)
    return _File(first.format, reader, first.data, inside.notices)


def _reader(name: str) -> Reader | None:
    """The reader of a format; None for a table."""
    if name in TABLES:
        return None
    if name not in READERS:
        raise Refused(f"This is {recognising.called(name)}, which cannot be read yet. {INSTEAD}")
    return READERS[name]
