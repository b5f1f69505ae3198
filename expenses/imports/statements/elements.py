"""XML piece by piece: the wanted elements, each with the line it begins on; memory does not grow with the file.

Namespaces and prefixes are dropped. The parser is expat itself, not ElementTree's `iterparse`, which knows no lines.
"""

import codecs
import html
import re
from collections.abc import Iterator
from html.entities import html5
from itertools import islice
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement
from xml.parsers import expat

from expenses.imports.statements import encodings
from expenses.imports.statements.mapping import ENCODINGS
from expenses.imports.statements.recognising import ENTITIES, wide
from expenses.imports.statements.records import Refused

_CHUNK = 1 << 16
_MOST_DOCUMENTS = 1_000  # in one file
_DEEPEST = 100
_MOST = 400_000  # elements in one piece
TOO_LARGE = "A single entry is larger than any bank writes it."
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_AMPERSAND = re.compile(rb"&(?:#(?:[xX]([0-9a-fA-F]{1,6})|([0-9]{1,7}));|([A-Za-z][A-Za-z0-9]{1,30});)?")
_MOST_AMPERSANDS = 500_000  # that are looked at one by one
_XML_NAMES = {b"amp", b"lt", b"gt", b"quot", b"apos"}
_NEXT = re.compile(rb">\s*(\xef\xbb\xbf)?(?=<\?xml\s)")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r"))  # XML knows none of them, some banks do
# Western files that call themselves ISO 8859-1 hold the euro sign of Windows-1252.
_READ_AS = {"iso8859-1": "cp1252", "ascii": "utf-8"}


class Piece(NamedTuple):
    line: int
    element: Element


class Xml(NamedTuple):
    """A file as UTF-8, and what is to be said of its letters."""

    data: bytes
    lines_before: int
    notices: tuple[str, ...] = ()


def opened(data: bytes) -> Xml:
    """The file in the encoding that it declares, or in the one that it is in."""
    found = _DECLARED.match(data.removeprefix(codecs.BOM_UTF8))
    declared = _codec(found[1].decode("ascii")) if found else "utf-8"
    notices: tuple[str, ...] = ()
    encoding = wide(data) or declared
    is_utf8 = encoding == "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        is_utf8 = False  # not all of it, at least
        encoding = encodings.guessed(data)
        text, _ = encodings.decode(data, encoding)
        said = (
            f"The file says that it is written in {ENCODINGS.get(declared, declared)}, which does not fit its letters"
        )
        notices = (f"{said}: they were read as {ENCODINGS[encoding]}.",)
    body = text.lstrip("\ufeff \t\r\n")
    before = text[: len(text) - len(body)]
    # Lone surrogates are no letters in any encoding.
    utf8 = data[len(before.encode()) :] if is_utf8 else body.encode("utf-8", errors="replace")
    # Within CDATA an ampersand is nothing but itself.
    if 0 < utf8.count(b"&") <= _MOST_AMPERSANDS and b"<![CDATA[" not in utf8:
        utf8 = _AMPERSAND.sub(_escaped, utf8)
    return Xml(utf8, len(before.splitlines()) if before.strip("\ufeff") else 0, notices)


def _escaped(found: re.Match[bytes]) -> bytes:
    """An ampersand as XML wants it: not all who write “A & B” or “&uuml;” know that they have to say it otherwise."""
    hexadecimal, digits, name = found.groups()
    if hexadecimal or digits:
        number = int(hexadecimal, 16) if hexadecimal else int(digits)
        is_letter = number in (9, 10, 13) or 32 <= number < 0xD800 or 0xE000 <= number < 0xFFFE or number >= 0x10000
        return found[0] if is_letter and number <= 0x10FFFF else b""
    if name in _XML_NAMES:
        return found[0]
    known = html5.get(f"{name.decode()};", "") if name else ""
    return html.escape(known).encode() or b"&amp;" + found[0][1:]


def _codec(declared: str) -> str:
    """The codec of a declared encoding; UTF-8 for one that is unknown, or that the file is visibly not in."""
    try:
        name = codecs.lookup(declared).name
    except (LookupError, ValueError):
        return "utf-8"
    known = {codecs.lookup(codec).name for codec in ENCODINGS}
    name = _READ_AS.get(name, name)
    return name if name in known and not name.startswith("utf-16") else "utf-8"


def pieces(xml: Xml, *, wanted: frozenset[str], marks: frozenset[str]) -> Iterator[Piece]:
    """The outermost elements with a wanted name, whole; of those that are marks the beginning alone, in the order of
    the file. Raises `Refused` for XML that is broken or declares anything."""
    lines_before, is_final = xml.lines_before, True
    for start, stop in _documents(xml.data):
        parser = expat.ParserCreate("utf-8")
        builder = _Builder(parser, wanted, marks, lines_before)
        try:
            for at in range(start, stop, _CHUNK):
                parser.Parse(xml.data[at : min(at + _CHUNK, stop)].translate(None, _CONTROLS))
                yield from builder.taken()
            parser.Parse(b"", is_final)
        except expat.ExpatError as error:
            raise _broken(error, lines_before) from error
        yield from builder.taken()
        lines_before += parser.CurrentLineNumber - 1


def refuse_broken(xml: Xml) -> None:
    """Raises `Refused` where the XML is broken anywhere."""
    lines_before, is_final = xml.lines_before, True
    for start, stop in _documents(xml.data):
        parser = expat.ParserCreate("utf-8")
        try:
            parser.Parse(xml.data[start:stop].translate(None, _CONTROLS), is_final)
        except expat.ExpatError as error:
            raise _broken(error, lines_before) from error
        lines_before += parser.CurrentLineNumber - 1


def _documents(data: bytes) -> Iterator[tuple[int, int]]:
    """(start, stop) of each XML document: the statements of several days may stand in one file, end to end."""
    start = 0
    for found in islice(_NEXT.finditer(data), _MOST_DOCUMENTS):
        yield start, found.start(1) if found[1] else found.end()
        start = found.end()
    yield start, len(data)


def _broken(error: expat.ExpatError, lines_before: int) -> Refused:
    line = error.lineno + lines_before
    reason = expat.errors.messages[error.code]
    return Refused(f"The XML is broken in line {line:,} ({reason}): download the file again.", line=line)


class _Builder:
    """Elements out of the parser's events."""

    def __init__(
        self, parser: expat.XMLParserType, wanted: frozenset[str], marks: frozenset[str], lines_before: int
    ) -> None:
        self.parser, self.wanted, self.marks, self.lines_before = parser, wanted, marks, lines_before
        self.found: list[Piece] = []
        self.open: list[Element] = []  # from the wanted one down
        self.line = 1
        self.depth = 0
        self.number = 0  # of elements in the piece
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self.declared
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.text

    def taken(self) -> list[Piece]:
        found, self.found = self.found, []
        return found

    def declared(self, *_: object) -> None:
        raise Refused(ENTITIES, line=self.parser.CurrentLineNumber + self.lines_before)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        local = name.rpartition(":")[2]
        if self.depth > _DEEPEST:
            raise Refused("The XML is nested deeper than any statement.", line=self.parser.CurrentLineNumber)
        if self.open:
            self.open.append(SubElement(self.open[-1], local, attributes))
            self.number += 1
            if self.number > _MOST:
                raise Refused(TOO_LARGE, line=self.line)
        elif local in self.wanted or local in self.marks:
            self.line = self.parser.CurrentLineNumber + self.lines_before
            self.number = 0
            element = Element(local, attributes)
            if local in self.wanted:
                self.open.append(element)
            else:
                self.found.append(Piece(self.line, element))

    def end(self, _: str) -> None:
        self.depth -= 1
        if self.open:
            element = self.open.pop()
            if not self.open:
                self.found.append(Piece(self.line, element))

    def text(self, data: str) -> None:
        if self.open and not len(self.open[-1]):  # what stands between elements are blanks
            self.open[-1].text = (self.open[-1].text or "") + data
