"""Whether a workbook may be opened at all.

Nothing of it is trusted: it is a compressed archive whose members may state any size, and a single cell at the far
corner of a sheet would make a reader ask for room for all the cells before it.
"""

import html
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from xml.parsers import expat

from expenses.imports.statements.recognising import ENTITIES, INSTEAD, PROTECTED
from expenses.imports.statements.records import Refused
from expenses.shared import zips

MOST_MEMBERS = 5_000
MOST_BYTES = 250 * 1024 * 1024  # of all members, unpacked
MOST_OF_A_PART = 120 * 1024 * 1024  # of a sheet
MOST_TEXT = 48 * 1024 * 1024  # of the texts, which are kept whole
MOST_CELLS = 2_500_000

DAMAGED = "This Excel workbook is damaged and cannot be opened. Download it again."
BINARY_BOOK = f"This is a binary workbook (XLSB), which cannot be read. Save it as XLSX. {INSTEAD}"
TOO_BIG = "The workbook has more in it than any statement needs. Ask your bank for a shorter period."
SUSPICIOUS = "The workbook is not what it says it is: its parts have other sizes than stated."

_CHUNK = 1024 * 1024

Errors = dict[str, dict[int, dict[int, str]]]  # by sheet, row (from 1) and column (from 0)

# A cell as all usual programs write it. What is written otherwise is looked at by a parser, which is slower.
_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"(?: (?:s|cm|vm|ph)="[0-9]+")*(?: t="([a-zA-Z]+)")?(/?)>')
_ANY_CELL = re.compile(rb"<(?:[\w.-]+:)?c[\s/>]")
_PREFIXED = re.compile(rb"<[\w.-]+:si[\s/>]")
_SHARED = re.compile(rb't="s"[^>]*><v>([0-9]{1,9})</v>')
_ERROR = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]* t="e"[^>]*>(?:<f[^>]*>[^<]*</f>|<f[^>]*/>)?<v>([^<]{1,30})</v>'
)
_TEXT = re.compile(rb"<si\b.*?(?:</si>|/>)", re.DOTALL)
_SHEET = re.compile(rb'<(?:\w+:)?sheet\b[^>]*?\bname="([^"]*)"[^>]*?\br:id="([^"]*)"')
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(rb'\b(Id|Target)="([^"]*)"')


@dataclass(slots=True)
class _Part:
    """What one part of a workbook asks for."""

    rows: int = 0
    columns: int = 0
    cells: int = 0
    uses: Counter[int] = field(default_factory=Counter)  # how often which shared text stands in a cell
    lengths: list[int] = field(default_factory=list)  # of shared texts
    errors: dict[int, dict[int, str]] = field(default_factory=dict)
    is_usual: bool = True

    def filled(self, rows: int, columns: int) -> None:
        """Notes that the cells reach as far as this. Raises `Refused` where there would be too many."""
        self.rows, self.columns = max(self.rows, rows), max(self.columns, columns)
        if self.cells > MOST_CELLS or self.rows * self.columns > MOST_CELLS:
            raise Refused(TOO_BIG)


def weighed(data: bytes) -> Errors:
    """Refuses a workbook that would not fit, or has in it what none needs; gives the errors in its cells (#REF!)."""
    try:
        members = zipfile.ZipFile(BytesIO(data)).infolist()
    except zips.BROKEN as error:
        raise Refused(DAMAGED) from error
    names = Counter(member.filename.lower().replace("\\", "/") for member in members)
    if "xl/workbook.bin" in names:
        raise Refused(BINARY_BOOK)
    if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_BYTES:
        raise Refused(TOO_BIG)
    if max(names.values(), default=0) > 1:
        raise Refused(SUSPICIOUS)
    parts = {
        member.filename: _weighed_part(data, member)
        for member in members
        if member.filename.lower().endswith((".xml", ".rels"))
    }
    lengths = [length for part in parts.values() for length in part.lengths]
    for part in parts.values():
        # Each cell gets its own copy of a shared text.
        copied = sum(count * lengths[at] for at, count in part.uses.items() if at < len(lengths))
        if (copied if part.is_usual else part.cells * max(lengths, default=0)) > MOST_TEXT:
            raise Refused(TOO_BIG)
    if not any(part.errors for part in parts.values()):
        return {}
    paths = _paths(data, {member.filename: member for member in members})
    return {sheet: parts[path].errors for sheet, path in paths.items() if path in parts}


def _weighed_part(data: bytes, member: zipfile.ZipInfo) -> _Part:
    if member.flag_bits & 1:
        raise Refused(PROTECTED)
    if member.file_size > (MOST_TEXT if "sharedstrings" in member.filename.lower() else MOST_OF_A_PART):
        raise Refused(TOO_BIG)
    part = _Part()
    tail, is_first, is_usual = b"", True, True
    for chunk in unpacked(data, member):
        if is_first and b"\x00" in chunk[:4]:
            raise Refused(DAMAGED)  # no program writes its sheets in UTF-16
        is_first = False
        text = tail + chunk
        end = _whole_until(text)
        tail, text = text[end:], text[:end]
        if len(tail) > 2 * _CHUNK:
            raise Refused(TOO_BIG)
        is_usual = _add(text, part) and is_usual
    is_usual = _add(tail, part) and is_usual
    return part if is_usual else _Parsed(data, member).part


def _whole_until(text: bytes) -> int:
    """Where the last cell or text begins that may go on in the next piece."""
    end = text.rfind(b"</si>") + 5 if b"<si" in text else max(text.rfind(b"<c "), text.rfind(b"</sheetData"))
    return end if end > 4 else max(text.rfind(b"<"), 0)


def _add(text: bytes, part: _Part) -> bool:
    """Adds a piece to a part; False if it has cells that are written in no usual way."""
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise Refused(ENTITIES)
    if b"<si" in text:
        part.lengths += map(len, _TEXT.findall(text))
    found = _CELL.findall(text)
    if len(found) != len(_ANY_CELL.findall(text)) or _PREFIXED.search(text):
        return False
    filled = [cell for cell in found if not cell[3]]
    if not filled:
        return True
    part.cells += len(filled)
    part.filled(max(int(cell[1]) for cell in filled), max(map(_column, {cell[0] for cell in filled})))
    shared = [int(at) for at in _SHARED.findall(text)]
    part.uses.update(shared)
    for letters, line, what in _ERROR.findall(text) if b't="e"' in text else ():
        part.errors.setdefault(int(line), {})[_column(letters) - 1] = what.decode("utf-8", errors="replace")
    return len(shared) == len([cell for cell in filled if cell[2] == b"s"])


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


class _Parsed:
    """The weight of a part whose cells are written in an unusual way: without references, say."""

    def __init__(self, data: bytes, member: zipfile.ZipInfo) -> None:
        self.part = _Part(is_usual=False)
        self.row = self.column = 0
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = self._refuse
        try:
            for chunk in unpacked(data, member):
                parser.Parse(chunk)
            parser.Parse(b"", True)  # noqa: FBT003  # expat takes it by position only
        except expat.ExpatError as error:
            raise Refused(DAMAGED) from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "row":
            row = attributes.get("r", "")
            self.row = int(row) if row.isdecimal() and len(row) < 9 else self.row + 1
            self.column = 0
        elif local == "c":
            self._cell(attributes.get("r"))
        elif local == "si":
            raise Refused(DAMAGED)  # texts in a place or a way that could not be counted

    def _cell(self, reference: str | None) -> None:
        found = re.fullmatch(r"([A-Z]{1,3})([0-9]{1,7})", (reference or "").upper())
        if found:
            self.row, self.column = int(found[2]), _column(found[1].encode())
        elif reference is None:
            self.column += 1
        else:
            raise Refused(DAMAGED)
        self.part.cells += 1
        self.part.filled(self.row, self.column)

    @staticmethod
    def _refuse(*_: object) -> None:
        raise Refused(ENTITIES)


def _paths(data: bytes, members: dict[str, zipfile.ZipInfo]) -> dict[str, str]:
    """Where the sheets are in the archive, by their names."""
    targets: dict[bytes, str] = {}
    for relation in _RELATION.findall(_text(data, members.get("xl/_rels/workbook.xml.rels"))):
        said = dict(_ATTRIBUTE.findall(relation))
        target = said.get(b"Target", b"").decode("utf-8", errors="replace")
        targets[said.get(b"Id", b"")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return {
        html.unescape(name.decode("utf-8", errors="replace")): targets[key]
        for name, key in _SHEET.findall(_text(data, members.get("xl/workbook.xml")))
        if key in targets
    }


def _text(data: bytes, member: zipfile.ZipInfo | None) -> bytes:
    return b"".join(unpacked(data, member)) if member and member.file_size < _CHUNK else b""


def unpacked(data: bytes, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The member in pieces, and not a byte more than it states: other readers do not look at what is stated.

    Raises `Refused`."""
    head = data[member.header_offset : member.header_offset + 30]
    if len(head) < 30 or not head.startswith(b"PK\x03\x04"):
        raise Refused(DAMAGED)
    begin = member.header_offset + 30 + sum(struct.unpack("<HH", head[26:30]))
    packed = memoryview(data)[begin : begin + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED and member.compress_size == member.file_size:
        for at in range(0, len(packed), _CHUNK):
            yield bytes(packed[at : at + _CHUNK])
    elif member.compress_type == zipfile.ZIP_DEFLATED:
        yield from _inflated(packed, member.file_size)
    else:
        raise Refused(SUSPICIOUS)


def _inflated(packed: memoryview, stated: int) -> Iterator[bytes]:
    inflating, left = zlib.decompressobj(-15), stated
    try:
        for at in range(0, len(packed), _CHUNK // 16):
            piece = inflating.decompress(packed[at : at + _CHUNK // 16], _CHUNK)
            while piece:
                left -= len(piece)
                if left < 0:
                    raise Refused(SUSPICIOUS)
                yield piece
                piece = inflating.decompress(inflating.unconsumed_tail, _CHUNK)
    except zlib.error as error:
        raise Refused(DAMAGED) from error
    if left:
        raise Refused(SUSPICIOUS)
