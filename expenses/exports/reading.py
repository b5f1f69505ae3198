"""A household's file as somebody brings it: opened with care, read row by row, each fault with its place."""

import csv
import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO, Any

from expenses.exports.cells import Book, Ids, Wrong
from expenses.exports.tables import BY_NAME, HOUSEHOLD, MEMBERS, TABLES, Table, Values
from expenses.exports.writing import FORMAT, MANIFEST, VERSION
from expenses.imports.states import COUNTING
from expenses.shared import zips
from expenses.shared.currencies import decimals_of
from expenses.shared.files import Kind
from expenses.shared.money import ZERO
from expenses.shared.text import casefolded, undefused, without_controls

LARGEST = 20 * 1024 * 1024  # bytes of a file that comes by a page
INFLATED = 400 * 1024 * 1024  # bytes of all its members
OF_A_COMMAND = 8 * 1024 * 1024 * 1024
LARGEST_MANIFEST = 1024 * 1024
LONGEST_LINE = 1_000_000  # characters
SHOWN = 50  # faults
SHOWN_TEXT = 80  # characters
BROKEN = (*zips.BROKEN, RuntimeError)  # RuntimeError: it asks for a password
NO_ZIP = "This is no ZIP file. Choose the one that “Download everything” gave you."


class NotOurs(Exception):
    """The file is no household's file, or cannot be opened; the message is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a place: the file in the zip, its line (0 for the whole of it), the text there, and why."""

    file: str
    line: int
    text: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{where}: {f'“{self.text}”: ' if self.text else ''}{self.reason}"


class _Enough(Exception):
    """More faults than anybody reads."""


@dataclass
class Checked:
    """What is in the file, and what is wrong with it; with any fault nothing of it is written."""

    household: Values = field(default_factory=dict)
    exported_at: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    spent: Decimal = ZERO
    received: Decimal = ZERO
    first: dt.date | None = None
    last: dt.date | None = None
    strangers: dict[str, str] = field(default_factory=dict)  # e-mail → name of those who are no members here
    ids: dict[str, Ids] = field(default_factory=dict)

    @property
    def is_cut(self) -> bool:
        """Whether there may be more faults than these."""
        return len(self.faults) >= SHOWN

    @property
    def decimals(self) -> int:
        return decimals_of(self.household.get("currency", ""))

    def add(self, fault: Fault) -> None:
        self.faults.append(fault)
        if self.is_cut:
            raise _Enough

    def count(self, table: Table, values: Values) -> None:
        self.counts[table.name] = self.counts.get(table.name, 0) + 1
        day = None
        if table.name == "expenses":
            self.spent += values["amount"]
            day = values["spent_on"]
        elif table.name == "incomes":
            self.received += values["amount"]
            day = values["received_on"]
        if day:
            self.first = min(self.first or day, day)
            self.last = max(self.last or day, day)


# ── the zip ───────────────────────────────────────────────────────────────────────────────────────


def _plain(name: str) -> str:
    """A member's name without the folder that some systems pack it in."""
    return name.rpartition("/")[2]


class Package:
    """The zip, opened: only as many members as there are tables, each no larger than it says."""

    def __init__(self, file: IO[bytes], *, inflated: int = INFLATED) -> None:
        """Raises `NotOurs`."""
        try:
            self._zip = zipfile.ZipFile(file)
        except BROKEN as error:
            raise NotOurs(NO_ZIP) from error
        self._members: dict[str, zipfile.ZipInfo] = {}
        self._take_members(inflated)
        self.manifest = self._manifest()

    def _take_members(self, inflated: int) -> None:
        size = 0
        for info in self._zip.infolist():
            name = _plain(info.filename)
            if info.is_dir() or info.filename.startswith("__MACOSX/") or name == ".DS_Store":
                continue
            size += info.file_size
            if name in self._members:
                raise NotOurs(f"The ZIP file has {_shown(name)} twice.")
            if name != MANIFEST and name.removesuffix(".csv") not in BY_NAME:
                raise NotOurs(f"The ZIP file has {_shown(name)} in it, which is no part of a household’s file.")
            if info.flag_bits & 1:
                raise NotOurs("The ZIP file has a password. Pack it without one.")
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise NotOurs("The ZIP file is packed in a way that is not read here. Pack it as a plain ZIP.")
            self._members[name] = info
        if size > inflated:
            raise NotOurs(f"Unpacked, this is more than {inflated // 1024 // 1024:,} MB. Bring it in by the command.")

    def _manifest(self) -> dict[str, Any]:
        if MANIFEST not in self._members:
            raise NotOurs(f"The ZIP file has no {MANIFEST}: it is no household’s file.")
        if self._members[MANIFEST].file_size > LARGEST_MANIFEST:
            raise NotOurs(f"{MANIFEST} is larger than 1 MB.")
        try:
            found = json.loads(self._zip.read(self._members[MANIFEST]).decode("utf-8-sig"))
        except (*BROKEN, RecursionError) as error:
            raise NotOurs(f"{MANIFEST} cannot be read.") from error
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise NotOurs(f"{MANIFEST} does not say that this is a household’s file.")
        version = found.get("version")
        if type(version) is not int or version < 1:
            raise NotOurs(f"{MANIFEST} does not say which version this is.")
        if version > VERSION:
            raise NotOurs(
                f"This file is of version {_shown(str(version))}, and version {VERSION} is the newest that is read "
                "here. Update this site first."
            )
        if missing := [table.file for table in TABLES if table.file not in self._members]:
            raise NotOurs(f"The ZIP file has no {missing[0]}.")
        return found

    @contextmanager
    def lines(self, table: Table) -> Iterator[Iterator[str]]:
        """The text of a table's file; a line without an end is not read to its end."""
        with (
            self._zip.open(self._members[table.file]) as member,
            io.TextIOWrapper(member, encoding="utf-8-sig", newline="") as file,
        ):
            yield _bounded(file)


def _bounded(file: IO[str]) -> Iterator[str]:
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise Wrong("A line is longer than a million characters.")
        yield line


def _shown(text: str) -> str:
    text = " ".join(without_controls(text).split())
    return text if len(text) <= SHOWN_TEXT else text[: SHOWN_TEXT - 1] + "…"


# ── its rows ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    cells: list[str]


def _lines(package: Package, table: Table, tell: Any) -> Iterator[Line]:
    """The rows of a file after its header; `tell` is given what is wrong, and the reading ends where it must."""
    number = 1
    try:
        with package.lines(table) as text:
            # A reader of a field of more than 131,072 characters would stop there: none of ours is as long.
            rows = csv.reader(text, strict=True)
            header = next(rows, [])
            names = [cell.name for cell in table.cells]
            if header != names:
                tell(Fault(table.file, 1, _shown(",".join(header)), _about_header(header, names)))
                return
            for cells in rows:
                number, before = rows.line_num, number
                if cells and len(cells) != len(names):
                    reason = f"It has {len(cells)} columns, and the header has {len(names)}."
                    tell(Fault(table.file, before + 1, _shown(",".join(cells)), reason))
                elif cells:
                    yield Line(before + 1, cells)
    except UnicodeDecodeError:
        tell(Fault(table.file, number + 1, "", "The file is not UTF-8 from here on."))
    except Wrong as wrong:
        tell(Fault(table.file, number + 1, "", str(wrong)))
    except csv.Error as error:
        tell(Fault(table.file, number + 1, "", f"From here on it cannot be read as CSV: {error}."))
    except BROKEN:
        tell(Fault(table.file, 0, "", "It is damaged: it cannot be unpacked."))


def _about_header(header: list[str], names: list[str]) -> str:
    if missing := [name for name in names if name not in header]:
        return f"The column {missing[0]} is missing from the header."
    if unknown := [name for name in header if name not in names]:
        return f"The column {_shown(unknown[0]) or 'without a name'} is not known."
    return f"The columns stand in another order: {', '.join(names)}."


def rows_of(package: Package, table: Table, book: Book, tell: Any) -> Iterator[tuple[Line, Values, bool]]:
    """The rows of a table as what they set, and whether they could be read: one that could not is told, and has what
    stands before its fault."""
    texts = [cell.kind == Kind.TEXT for cell in table.cells]
    for line in _lines(package, table, tell):
        values: Values = {}
        try:
            for cell, is_text, said in zip(table.cells, texts, line.cells, strict=True):
                values[cell.attribute] = cell.reads(undefused(said) if is_text else said, book)
        except Wrong as wrong:
            at = table.cells[len(values)]
            tell(Fault(table.file, line.number, _shown(line.cells[len(values)]), f"{at.name}: {wrong}"))
            yield line, values, False
        else:
            yield line, values, True


class Check:
    """One reading of the whole file, which writes nothing."""

    def __init__(self, package: Package, *, people: dict[str, int], by: int, on: dt.date) -> None:
        self.package = package
        self.book = Book(people=people, by=by, on=on)
        self.names: dict[str, str] = {}  # of people, by their e-mail
        self.found = Checked(ids=self.book.ids, exported_at=_shown(str(package.manifest.get("exported_at", ""))))

    def run(self) -> Checked:
        try:
            for table in TABLES:
                self._table(table)
        except _Enough:
            pass
        self.found.strangers = {email: self.names.get(email, "") for email in sorted(self.book.strangers)}
        return self.found

    def _table(self, table: Table) -> None:
        seen: dict[Any, int] = {}
        self.book.names[table.name] = {}
        if table.is_numbered:
            self.book.ids[table.name] = Ids()
        for line, values, is_whole in rows_of(self.package, table, self.book, self.found.add):
            if not is_whole:
                if table.cells[0].attribute in values:  # what names it has no fault of its own
                    list(self._identity(table, values))
                continue
            reasons = [*self._identity(table, values), *table.check(values, self.book)]
            reasons += self._repeats(table, values, seen, line.number)
            for reason in reasons:
                self.found.add(Fault(table.file, line.number, _shown(", ".join(filter(None, line.cells))), reason))
            self.found.count(table, values)
            if table is HOUSEHOLD:
                self.found.household = values
                self.book.decimals = decimals_of(values["currency"])
        self._end(table)

    def _identity(self, table: Table, values: Values) -> Iterable[str]:
        """Its id, or the name by which it is called."""
        if table.is_numbered:
            try:
                self.book.ids[table.name].add(values["id"])
            except Wrong as wrong:
                yield str(wrong)
        elif table.name in NAMED:
            key = casefolded(values["name"])
            if key in self.book.names[table.name]:
                yield f"There are two {table.words} of this name."
            self.book.names[table.name][key] = len(self.book.names[table.name]) + 1  # an id to tell it by, for now
        elif table is MEMBERS:
            self.names[values["email"].lower()] = values.get("name", "")

    def _repeats(self, table: Table, values: Values, seen: dict[Any, int], line: int) -> Iterable[str]:
        key = _key(table, values)
        if key is None:
            return
        if key in seen:
            yield f"It says the same as line {seen[key]}, and may stand once."
        seen[key] = line

    def _end(self, table: Table) -> None:
        waiting, self.book.waiting = self.book.waiting, []
        ids = self.book.ids.get(table.name)
        for old in waiting:
            if ids is None or ids.find(old) is None:
                self.found.add(Fault(table.file, 0, str(old), f"{table.file} has no row of this id."))
        if table is HOUSEHOLD and self.found.counts.get(table.name) != 1:
            if not self.found.faults:
                self.found.add(Fault(table.file, 0, "", "It has one row: the household."))
            raise _Enough  # its currency says how amounts are read


NAMED = ("categories", "payment_methods")


def _key(table: Table, values: Values) -> Any:
    """What no two rows of a table share; None where it may come again."""
    if table.name == "import_rows":
        return _counting_key(values)
    if not table.once:
        return None
    key = tuple(values[name] for name in table.once)
    return None if key == (None,) else key


def _counting_key(values: Values) -> int | None:
    """Of a row that counts, in few bytes: there may be many."""
    if values["state"] not in COUNTING or not values["fingerprint"]:
        return None
    return int(values["fingerprint"][:15], 16) * 1_000_003 + int(values["occurrence"])
