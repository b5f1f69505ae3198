"""ZIP archives: counted and sized before anything is inflated, and never written to a disk.

    contents(data)    the statements inside, each with its name
    Joined(...)       several statements of one format, read as one

Some banks pack each day or each account into a file of its own.
"""

import io
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import PurePosixPath

from expenses.imports.statements.booked import MOST_ROWS, telling
from expenses.imports.statements.mapping import Mapping
from expenses.imports.statements.recognising import DAMAGED_ZIP, FORMATS, ZIP, recognise
from expenses.imports.statements.records import (
    FIELD_LENGTH,
    Guess,
    LeftOut,
    NoRows,
    Reader,
    Record,
    Refused,
    Statement,
    clean,
)
from expenses.shared import zips

MOST_FILES = 100
LARGEST_FILE = 20 * 1024 * 1024
LARGEST_TOGETHER = 40 * 1024 * 1024
_MOST_TIMES = 250  # of its packed size: no statement repeats itself as often
_SMALL = 1024 * 1024  # below, nothing is a bomb

JOINED = ("camt", "mt940", "ofx")  # say themselves what stands where, and in which account

TOO_MANY = f"The archive has more than {MOST_FILES} files. Unpack it and choose a statement inside."
TOO_LARGE = "The files in the archive are larger than 20 MB each or 40 MB together. Unpack it and choose one inside."
LOCKED = "The archive is locked with a password. Unpack it and choose the statement inside."
NESTED = "The archive holds another archive. Unpack it and choose a statement inside."
STRANGE_NAME = "The archive names a file outside of itself, which no bank does."
BOMB = "The archive unpacks to far more than a statement can be."
UNKNOWN_PACKING = "The archive is packed in a way that cannot be read. Unpack it and choose the statement inside."
NOTHING = "The archive holds no files."
ANOTHER_FILE = "in another file of the archive too"
TOO_MANY_ROWS = "The files in the archive have more than 200,000 rows together. Unpack it and choose one inside."

_LITTER = {".ds_store", "thumbs.db", "desktop.ini"}


@dataclass(frozen=True, slots=True)
class File:
    """A statement in an archive. `format` is a key of `FORMATS`."""

    name: str
    format: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Contents:
    """The statements in an archive, all of one format, and what is to be said of the rest."""

    files: tuple[File, ...]
    notices: tuple[str, ...] = ()


def contents(data: bytes) -> Contents:
    """The statements inside. Raises `Refused` for what cannot be opened or cannot be read as one statement."""
    files, refusals, notices = [], [], []
    seen: dict[bytes, str] = {}
    for name, inside in _inflated(data):
        if inside in seen:
            notices.append(f"“{name}” is the same file as “{seen[inside]}”: read once.")
            continue
        seen[inside] = name
        try:
            found = recognise(inside)
        except Refused as refused:
            refusals.append((name, refused))
            continue
        if found == ZIP:
            raise Refused(NESTED, text=name)
        files.append(File(name, found, inside))
    if not files:
        raise _nothing_inside(refusals)
    _refuse_mixed(files)
    notices += [f"“{name}” in the archive is left out. {refused.reason}" for name, refused in refusals]
    return Contents(tuple(files), tuple(notices))


def _nothing_inside(refusals: list[tuple[str, Refused]]) -> Refused:
    if not refusals:
        return Refused(NOTHING)
    name, refused = refusals[0]
    more = f" There are {len(refusals) - 1} more files in it, none of them a statement." if refusals[1:] else ""
    return Refused(f"The archive holds “{name}”. {refused.reason}{more}")


def _refuse_mixed(files: list[File]) -> None:
    formats = sorted({FORMATS[file.format] for file in files})
    if len(files) == 1 or (len(formats) == 1 and files[0].format in JOINED):
        return
    names = ", ".join(f"“{file.name}”" for file in files[:5])
    more = f" and {len(files) - 5} more" if len(files) > 5 else ""
    raise Refused(
        f"The archive holds several statements ({' and '.join(formats)}) that cannot be read as one: {names}{more}. "
        "Unpack it and take them in one by one."
    )


# ── unpacking ─────────────────────────────────────────────────────────────────────────────────────


def _inflated(data: bytes) -> list[tuple[str, bytes]]:
    """(name, bytes) of each file, in the order of their names."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if not _is_litter(info)]
            _refuse_unreadable(infos)
            found = []
            left = LARGEST_TOGETHER
            for info in sorted(infos, key=lambda info: info.filename):
                with archive.open(info) as packed:
                    inside = packed.read(min(LARGEST_FILE, left) + 1)
                left -= len(inside)
                if len(inside) > LARGEST_FILE or left < 0:
                    raise Refused(TOO_LARGE)
                found.append((clean(info.filename)[:FIELD_LENGTH], inside))
            return found
    except zips.BROKEN as error:
        raise Refused(DAMAGED_ZIP) from error
    except RuntimeError as error:  # a password, which the list of files did not tell of
        raise Refused(LOCKED) from error


def _is_litter(info: zipfile.ZipInfo) -> bool:
    """What systems put into archives by themselves."""
    path = PurePosixPath(info.filename)
    hidden = path.name.startswith("._") or path.name.lower() in _LITTER
    return info.is_dir() or hidden or "__MACOSX" in path.parts


def _refuse_unreadable(infos: list[zipfile.ZipInfo]) -> None:
    """Judged by the list of files alone."""
    if len(infos) > MOST_FILES:
        raise Refused(TOO_MANY)
    if any(info.file_size > LARGEST_FILE for info in infos) or sum(i.file_size for i in infos) > LARGEST_TOGETHER:
        raise Refused(TOO_LARGE)
    for info in infos:
        name = info.filename.replace("\\", "/")
        if info.flag_bits & 0x1:
            raise Refused(LOCKED, text=info.filename)
        if name.startswith("/") or name[1:2] == ":" or ".." in name.split("/"):
            raise Refused(STRANGE_NAME, text=clean(info.filename))
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refused(UNKNOWN_PACKING, text=info.filename)
        if info.file_size > _SMALL and info.file_size > _MOST_TIMES * info.compress_size:
            raise Refused(BOMB, text=info.filename)


# ── several as one ────────────────────────────────────────────────────────────────────────────────


class Joined:
    """A reader of several statements of one format as one. Lines are those of each row's own file."""

    FIELDS: tuple[str, ...] = ()

    def __init__(self, reader: Reader, files: tuple[File, ...]) -> None:
        self.reader = reader
        self.files = files

    def guess(self, data: bytes) -> Guess:
        """The reading of the first with rows. Raises `Refused`."""
        return next(self._each(lambda file: self.reader.guess(file.data)))[1]

    def read(
        self, data: bytes, mapping: Mapping | None = None, *, today: date | None = None, most: int = sys.maxsize
    ) -> Statement:
        """All of them. A file without rows is nothing missing. Raises `Refused`."""
        found, rows = [], 0
        # Each file is read in its own letters.
        for file, statement in self._each(lambda file: self.reader.read(file.data, None, today=today, most=most)):
            rows += len(statement.records) + len(statement.problems) + len(statement.left_out)
            if rows > MOST_ROWS:
                raise Refused(TOO_MANY_ROWS)
            found.append((file, statement))
        found = list(_told_once(found))
        return Statement(
            self.files[0].format,
            [record for _, statement in found for record in statement.records],
            [replace(p, text=f"{file.name}: {p.text}") for file, statement in found for p in statement.problems],
            [replace(row, text=f"{file.name}: {row.text}") for file, statement in found for row in statement.left_out],
            mapping=mapping or found[0][1].mapping,
            notices=_said_once(found),
        )

    def _each[Found](self, take: Callable[[File], Found]) -> Iterator[tuple[File, Found]]:
        """What is taken of each file with rows; a refusal names its file. Raises `NoRows` where none has any."""
        has_rows = False
        empty: NoRows | None = None
        for file in self.files:
            try:
                taken = take(file)
            except NoRows as refused:
                empty = refused
            except Refused as refused:
                raise Refused(f"{file.name}: {refused.reason}", line=refused.line, text=refused.text) from refused
            else:
                has_rows = True
                yield file, taken
        if not has_rows and empty:
            raise empty


def _told_once(found: list[tuple[File, Statement]]) -> Iterator[tuple[File, Statement]]:
    """Each movement with a bank's id in the first of the files alone: their periods may overlap, and what an advice
    tells the statement beside it tells too. Without an id, two equal rows may be two real ones."""
    seen: set[tuple[str, str, date, Decimal]] = set()
    for file, statement in found:
        kept: list[Record] = []
        left_out: list[LeftOut] = []
        here = set()
        for record in statement.records:
            key = record.account, record.bank_id, record.date, record.amount
            if key in seen:
                left_out.append(LeftOut(record.line, record.raw, ANOTHER_FILE))
            else:
                kept.append(record)
                here |= {key} if any(telling([record.bank_id])) else set()
        seen |= here
        yield file, replace(statement, records=kept, left_out=[*statement.left_out, *left_out])


def _said_once(found: list[tuple[File, Statement]]) -> tuple[str, ...]:
    """What several files say alike is said once, without their names."""
    files: dict[str, list[str]] = {}
    for file, statement in found:
        for notice in statement.notices:
            files.setdefault(notice, []).append(file.name)
    return tuple(notice if len(names) > 1 else f"{names[0]}: {notice}" for notice, names in files.items())
