"""Rows as a file to download, CSV or XLSX: one description of the columns serves both.

Rows come from a generator and leave as they come, so that a million of them need no more room than a few. A CSV file
is UTF-8 with a byte order mark (by which spreadsheets know the letters), comma-separated with quotes as in RFC 4180;
amounts are plain decimals, dates ISO 8601, and text that a spreadsheet would take for a formula is defused.
"""

import csv
import datetime as dt
import io
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import IO, Any

from django.db import models
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from expenses.shared.messages import say
from expenses.shared.money import format_plain
from expenses.shared.text import defused

CHUNK = 64 * 1024  # characters sent at once
PAGE = 5_000  # rows a query
XLSX_ROWS = 1_048_576  # what a sheet holds, with its header
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BOM = "\ufeff"


class Kind(Enum):
    """What the cells of a column are."""

    TEXT = "text"
    AMOUNT = "amount"  # a Decimal of the household's currency
    NUMBER = "number"  # a whole number, or a Decimal as it is
    DATE = "date"
    MOMENT = "moment"  # with its time zone; written in UTC
    MONTH = "month"  # a Month, 2026-11
    FLAG = "flag"  # yes or no


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in the header, what its cells are, and how many decimals its amounts have at least. None
    is an empty cell in any of them."""

    name: str
    kind: Kind = Kind.TEXT
    decimals: int = 2


class TooManyRows(Exception):
    """More rows than a sheet holds; the message is a sentence for the person."""

    def __init__(self) -> None:
        super().__init__(
            f"A spreadsheet file holds {XLSX_ROWS - 1:,} rows, and these are more. Download CSV, or narrow the list."
        )


@dataclass(frozen=True)
class Sheet:
    """A list as a file, whatever its ending: `rows` and `count` ask the database when they are wanted."""

    name: str
    header: Sequence[Column]
    rows: Callable[[], Iterable[Sequence[Any]]]
    count: Callable[[], int]


def answer(request: HttpRequest, sheet: Sheet, ending: str, *, back: str) -> HttpResponseBase:
    """The list as `csv` or `xlsx`; where it is too long for a sheet, back to the page with a sentence that says so."""
    if ending == "csv":
        return as_csv(sheet.name, sheet.header, sheet.rows())
    try:
        return as_xlsx(sheet.name, sheet.header, sheet.rows(), count=sheet.count())
    except TooManyRows as error:
        say(request, str(error))
        return redirect(back)


def in_pages[Row](
    rows: "models.QuerySet[Any, Row]", after: Callable[["models.QuerySet[Any, Row]", Row], "models.QuerySet[Any, Row]"]
) -> Iterator[Row]:
    """All rows of a list that names its order, so many a query; `after` gives those that follow a row. No cursor is
    held while somebody reads slowly."""
    page = list(rows[:PAGE])
    while page:
        yield from page
        page = list(after(rows, page[-1])[:PAGE]) if len(page) == PAGE else []


def as_csv(name: str, header: Sequence[Column], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """The rows as a CSV file called `name` (without its ending), sent while they are read."""
    response = StreamingHttpResponse(csv_chunks(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=file_name(name, "csv"))
    return response


def as_xlsx(
    name: str, header: Sequence[Column], rows: Iterable[Sequence[Any]], *, count: int | None = None
) -> FileResponse:
    """The rows as a sheet called `name` (without its ending): amounts are numbers, dates are dates, text is text.

    It is written to a temporary file before any of it is sent. Raises `TooManyRows`: at once where `count` says how
    many there are, else when they have turned out to be.
    """
    if count is not None and count >= XLSX_ROWS:
        raise TooManyRows
    return written_first(partial(write_xlsx, header=header, rows=rows), file_name(name, "xlsx"), XLSX_TYPE)


def written_first(write: Callable[[IO[bytes]], object], name: str, content_type: str) -> FileResponse:
    """A file that is written to a temporary one before any of it is sent: half of it would be of no use."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  (the response closes it)
    try:
        write(file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=content_type)


def file_name(name: str, ending: str) -> str:
    """A name that every system takes: letters, figures and few signs."""
    safe = re.sub(r"[^\w .()-]+", "-", name).strip(" .-")[:100]
    return f"{safe or 'budget'}.{ending}"


# ── CSV ───────────────────────────────────────────────────────────────────────────────────────────


def csv_chunks(header: Sequence[Column], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The file in pieces, the header first and at once."""
    file = io.StringIO()
    writer = csv.writer(file)
    file.write(BOM)
    writer.writerow([defused(column.name) for column in header])
    yield _taken(file)
    plain = [_plain(column) for column in header]
    for row in rows:
        writer.writerow(["" if value is None else cell(value) for cell, value in zip(plain, row, strict=True)])
        if file.tell() > CHUNK:
            yield _taken(file)
    if file.tell():
        yield _taken(file)


def _taken(file: io.StringIO) -> bytes:
    text = file.getvalue()
    file.seek(0)
    file.truncate()
    return text.encode()


def _plain(column: Column) -> Callable[[Any], str]:
    """How the cells of a column are written."""
    match column.kind:
        case Kind.TEXT:
            return lambda value: defused(str(value))
        case Kind.AMOUNT:
            return lambda value: format_plain(value, column.decimals)
        case Kind.NUMBER:
            return lambda value: f"{value:f}" if isinstance(value, Decimal) else str(value)
        case Kind.DATE:
            return dt.date.isoformat
        case Kind.MOMENT:
            return lambda value: value.astimezone(dt.UTC).isoformat()
        case Kind.FLAG:
            return lambda value: "yes" if value else "no"
        case Kind.MONTH:
            return str


# ── XLSX ──────────────────────────────────────────────────────────────────────────────────────────

WIDTHS = {Kind.TEXT: 24, Kind.DATE: 12, Kind.MOMENT: 20, Kind.AMOUNT: 14}  # characters
OTHERS = 10


def write_xlsx(file: IO[bytes], header: Sequence[Column], rows: Iterable[Sequence[Any]]) -> None:
    """One sheet with a header that stays in sight. Raises `TooManyRows`."""
    with Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        cells = []
        for at, column in enumerate(header):
            looks = book.add_format({"num_format": _number_format(column)})
            sheet.set_column(at, at, WIDTHS.get(column.kind, OTHERS), looks)
            sheet.write_string(0, at, column.name, bold)
            cells.append((at, _cell(sheet, column.kind), looks))
        sheet.freeze_panes(1, 0)
        for line, row in enumerate(rows, start=1):
            if line >= XLSX_ROWS:
                raise TooManyRows
            for (at, write, looks), value in zip(cells, row, strict=True):
                if value is not None:
                    write(line, at, value, looks)


def _number_format(column: Column) -> str:
    match column.kind:
        case Kind.AMOUNT:
            return "#,##0." + "0" * column.decimals if column.decimals else "#,##0"
        case Kind.DATE:
            return "yyyy-mm-dd"
        case Kind.MOMENT:
            return "yyyy-mm-dd hh:mm:ss"
        case Kind.NUMBER:
            return "General"
        case _:
            return "@"  # text: a spreadsheet does not read it anew when the cell is edited


def _cell(sheet: Worksheet, kind: Kind) -> Any:
    """How a value of a kind is written: called with its row, its column, the value and how it looks."""
    match kind:
        case Kind.AMOUNT | Kind.NUMBER:
            return sheet.write_number
        case Kind.DATE:
            return sheet.write_datetime
        case Kind.MOMENT:
            return lambda row, at, value, looks: sheet.write_datetime(row, at, _without_zone(value), looks)
        case Kind.FLAG:
            return lambda row, at, value, looks: sheet.write_string(row, at, "yes" if value else "no", looks)
        case _:
            return lambda row, at, value, looks: sheet.write_string(row, at, str(value), looks)


def _without_zone(moment: dt.datetime) -> dt.datetime:
    """In UTC: a sheet knows no time zones."""
    return moment.astimezone(dt.UTC).replace(tzinfo=None)
