"""An XLSX workbook of one long list, given away while it is written: neither its rows nor its bytes are ever together.

Texts stand in their cells instead of a list of all texts, and which sheets there are is said after the sheets. Numbers
are written as they are given, figure by figure. A cell is the XML between its style and its end, as `text`, `number`,
`day` and `moment` write it.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from expenses.shared import zips

ROWS = 1_048_576  # what a sheet holds, with its header
LONGEST = 32_767  # UTF-16 units of a cell
LARGEST = 1024 * 1024 * 1024  # bytes of a sheet: programs do not open parts of several GB
CHUNK = 256 * 1024  # characters packed at once
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

GENERAL, TEXT, DAY, MOMENT = "General", "@", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"


@dataclass(frozen=True, slots=True)
class Column:
    """What stands in the header, and how the cells below are written and look; `width` in characters."""

    name: str
    write: Callable[[Any], str]
    looks: str = GENERAL
    width: int = 10


def chunks(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The file in pieces; the first come before any row is read. None is an empty cell. What one sheet does not hold
    goes on in the next, under the same header."""
    return zips.chunks(_members(columns, iter(rows)))


# ── cells ─────────────────────────────────────────────────────────────────────────────────────────


def text(given: Any) -> str:
    """Text, whatever it looks like; what is longer than a cell holds ends with …"""
    value = str(given)
    if not value:
        return ">"  # an empty cell: a text of no letters would be counted as one
    if len(value) > LONGEST // 2:
        value = _cut(value)
    if not value.isprintable() or "_x" in value:
        value = _HIDDEN.sub(lambda found: f"_x{ord(found[0]):04X}_", value)
    if "&" in value or "<" in value or ">" in value:
        value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if value.strip() != value:
        return f' t="inlineStr"><is><t xml:space="preserve">{value}</t></is>'
    return f' t="inlineStr"><is><t>{value}</t></is>'


# What XML cannot hold, or would change, is written by its number, and so is what looks like such a number.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def _cut(value: str) -> str:
    if len(value.encode("utf-16-le")) <= 2 * LONGEST:
        return value
    return value.encode("utf-16-le")[: 2 * (LONGEST - 1)].decode("utf-16-le", "ignore") + "…"


def number(figures: str) -> str:
    """As it is written: a program takes the nearest number that it can hold."""
    return f"><v>{figures}</v>"


@lru_cache(10_000)
def day(value: dt.date) -> str:
    """From 1900 on."""
    return f"><v>{_serial(value)}</v>"


def moment(value: dt.datetime) -> str:
    """In UTC, since a sheet knows no time zones; to the millisecond."""
    clock = value.astimezone(dt.UTC)
    thousandths = ((clock.hour * 60 + clock.minute) * 60 + clock.second) * 1000 + clock.microsecond // 1000
    return f"><v>{_serial(clock.date())}.{(thousandths * 10**11 + _DAY // 2) // _DAY:011d}</v>"


def _serial(value: dt.date) -> int:
    """Days as a sheet counts them: it believes that there was a 29 February 1900."""
    days = value.toordinal() - _BEFORE_FIRST
    return days if days < 60 else days + 1


_BEFORE_FIRST = dt.date(1899, 12, 31).toordinal()
_DAY = 24 * 60 * 60 * 1000


# ── parts ─────────────────────────────────────────────────────────────────────────────────────────

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"


# On paper: all columns beside each other on a page across, each page below the header (`_workbook`).
_FITTED = '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
_PRINTED = '<pageSetup orientation="landscape" fitToHeight="0"/>'


def _members(columns: Sequence[Column], left: Iterator[Sequence[Any]]) -> Iterator[zips.Member]:
    looks = list(dict.fromkeys(column.looks for column in columns))
    yield "_rels/.rels", [_relations(("officeDocument", "xl/workbook.xml"))]
    yield "xl/styles.xml", [_styles(looks)]
    sheets: list[str] = []
    one: list[Sequence[Any]] = []  # the row that tells that there is one more sheet
    while not sheets or (one := list(islice(left, 1))):
        sheets.append(f"worksheets/sheet{len(sheets) + 1}.xml")
        yield f"xl/{sheets[-1]}", _sheet(columns, looks, chain(one, left), is_first=len(sheets) == 1)
    yield "xl/workbook.xml", [_workbook(len(sheets))]
    related = [("worksheet", sheet) for sheet in sheets]
    yield "xl/_rels/workbook.xml.rels", [_relations(*related, ("styles", "styles.xml"))]
    yield "[Content_Types].xml", [_types(sheets)]


def _sheet(
    columns: Sequence[Column], looks: Sequence[str], rows: Iterator[Sequence[Any]], *, is_first: bool
) -> Iterator[bytes]:
    """As many rows as one holds; the others stay where they are."""
    letters = [_letters(at) for at in range(len(columns))]
    styles = [looks.index(column.looks) + _FIRST_LOOK for column in columns]
    widths = "".join(
        f'<col min="{at}" max="{at}" width="{column.width}.7109375" style="{style}" customWidth="1"/>'
        for at, (column, style) in enumerate(zip(columns, styles, strict=True), start=1)
    )
    names = "".join(
        f'<c r="{letter}1" s="{_BOLD if column.looks in _AT_THE_LEFT else _BOLD_RIGHT}"{text(column.name)}</c>'
        for letter, column in zip(letters, columns, strict=True)
    )
    yield (
        f'{_XML}<worksheet xmlns="{_MAIN}">{_FITTED}<sheetViews><sheetView{' tabSelected="1"' if is_first else ""} '
        'workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f'<selection pane="bottomLeft"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>'
        f'<cols>{widths}</cols><sheetData><row r="1">{names}</row>'
    ).encode()
    cells = [
        (f'<c r="{letter}', f'" s="{style}"', column.write)
        for letter, style, column in zip(letters, styles, columns, strict=True)
    ]
    lines, size, whole = [], 0, 0
    for at, row in enumerate(islice(rows, ROWS - 1), start=2):
        filled = [
            f"{start}{at}{style}{write(value)}</c>"
            for (start, style, write), value in zip(cells, row, strict=True)
            if value is not None
        ]
        line = f'<row r="{at}">{"".join(filled)}</row>'
        lines.append(line)
        size += len(line)
        if size > CHUNK:
            piece = "".join(lines).encode()
            yield piece
            lines.clear()
            whole, size = whole + len(piece), 0
            if whole > LARGEST:
                break
    lines.append(f"</sheetData>{_PRINTED}</worksheet>")
    yield "".join(lines).encode()


def _letters(at: int) -> str:
    """A for 0, Z for 25, AA for 26."""
    before, last = divmod(at, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)


_AT_THE_LEFT = {TEXT, DAY, MOMENT}
_BOLD, _BOLD_RIGHT, _FIRST_LOOK = 1, 2, 3  # styles by their places; 0 is a cell without one
_BUILT_IN = {GENERAL: 0, "#,##0": 3, "#,##0.00": 4, TEXT: 49}
_FIRST_OWN = 164  # formats of one's own are numbered from here


def _styles(looks: Sequence[str]) -> bytes:
    fonts = ('<font><sz val="11"/><name val="Calibri"/><family val="2"/></font>',
             '<font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font>')  # fmt: skip
    own = {look: at for at, look in enumerate((one for one in looks if one not in _BUILT_IN), _FIRST_OWN)}
    formats = "".join(f'<numFmt numFmtId="{at}" formatCode="{look}"/>' for look, at in own.items())
    numbers = _BUILT_IN | own
    plain = 'fillId="0" borderId="0" xfId="0"'
    cells = [
        f'<xf numFmtId="0" fontId="0" {plain}/>',
        f'<xf numFmtId="0" fontId="1" {plain} applyFont="1"/>',
        f'<xf numFmtId="0" fontId="1" {plain} applyFont="1" applyAlignment="1"><alignment horizontal="right"/></xf>',
        *(
            f'<xf numFmtId="{numbers[look]}" fontId="0" {plain} applyNumberFormat="1" applyAlignment="1">'
            f'<alignment horizontal="{"left" if look in (DAY, MOMENT) else "general"}"/></xf>'
            for look in looks
        ),
    ]
    return (
        f'{_XML}<styleSheet xmlns="{_MAIN}">{f'<numFmts count="{len(own)}">{formats}</numFmts>' if own else ""}'
        f'<fonts count="2">{"".join(fonts)}</fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(cells)}">{"".join(cells)}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    ).encode()


def _workbook(count: int) -> bytes:
    sheets = "".join(f'<sheet name="Sheet{at}" sheetId="{at}" r:id="rId{at}"/>' for at in range(1, count + 1))
    headers = "".join(
        f'<definedName name="_xlnm.Print_Titles" localSheetId="{at}">Sheet{at + 1}!$1:$1</definedName>'
        for at in range(count)
    )
    return (
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATED}">'
        f"<bookViews><workbookView/></bookViews><sheets>{sheets}</sheets><definedNames>{headers}</definedNames></workbook>"
    ).encode()


def _relations(*related: tuple[str, str]) -> bytes:
    each = "".join(
        f'<Relationship Id="rId{at}" Type="{_RELATED}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(related, start=1)
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{each}</Relationships>'.encode()


def _types(sheets: Sequence[str]) -> bytes:
    parts = [("workbook.xml", "sheet.main"), ("styles.xml", "styles"), *((sheet, "worksheet") for sheet in sheets)]
    each = "".join(
        f'<Override PartName="/xl/{name}" ContentType="{_SPREADSHEET}.{kind}+xml"/>' for name, kind in parts
    )
    return (
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{each}</Types>'
    ).encode()
