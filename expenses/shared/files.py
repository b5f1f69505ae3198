"""Rows as a file to download, CSV or XLSX: one description of the columns serves both.

Rows come from a generator and leave as they come, so that a million of them need no more room than a few, and the
first are there at once. A CSV file is UTF-8 with a byte order mark (by which spreadsheets know the letters),
comma-separated with quotes as in RFC 4180; amounts are plain decimals, dates ISO 8601, and text that a spreadsheet
would take for a formula is defused.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

from django.db import models
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from expenses.shared import xlsx
from expenses.shared.money import format_plain
from expenses.shared.text import defused

CHUNK = 64 * 1024  # characters sent at once
PAGE = 5_000  # rows a query
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


@dataclass(frozen=True)
class Sheet:
    """A list as a file, whatever its ending: `rows` asks the database when it is wanted."""

    name: str
    header: Sequence[Column]
    rows: Callable[[], Iterable[Sequence[Any]]]


def answer(sheet: Sheet, ending: str) -> StreamingHttpResponse:
    """The list as `csv` or `xlsx`."""
    return (as_csv if ending == "csv" else as_xlsx)(sheet.name, sheet.header, sheet.rows())


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
    return sent(csv_chunks(header, rows), file_name(name, "csv"), "text/csv; charset=utf-8")


def as_xlsx(name: str, header: Sequence[Column], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """The rows as a workbook called `name` (without its ending), sent while they are read: amounts are numbers, dates
    are dates, text is text."""
    return sent(xlsx_chunks(header, rows), file_name(name, "xlsx"), xlsx.TYPE)


def sent(chunks: Iterable[bytes], name: str, content_type: str) -> StreamingHttpResponse:
    """A file to download, in pieces as they are made. Where making one fails, the answer breaks off without its end,
    which is no whole file to whoever fetches it."""
    response = StreamingHttpResponse(chunks, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


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


def xlsx_chunks(header: Sequence[Column], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The workbook in pieces, the first at once."""
    return xlsx.chunks([_sheet_column(column) for column in header], rows)


def _sheet_column(column: Column) -> xlsx.Column:
    plain, width = _plain(column), WIDTHS.get(column.kind, OTHERS)
    match column.kind:
        case Kind.AMOUNT:
            looks = "#,##0." + "0" * column.decimals if column.decimals else "#,##0"
            return xlsx.Column(column.name, lambda value: xlsx.number(plain(value)), looks, width)
        case Kind.NUMBER:
            return xlsx.Column(column.name, lambda value: xlsx.number(plain(value)), xlsx.GENERAL, width)
        case Kind.DATE:
            return xlsx.Column(column.name, xlsx.day, xlsx.DAY, width)
        case Kind.MOMENT:
            return xlsx.Column(column.name, xlsx.moment, xlsx.MOMENT, width)
        case Kind.TEXT:  # said to be text: a spreadsheet does not read it anew when the cell is edited
            return xlsx.Column(column.name, xlsx.text, xlsx.TEXT, width)
        case Kind.FLAG | Kind.MONTH:
            return xlsx.Column(column.name, lambda value: xlsx.text(plain(value)), xlsx.TEXT, width)
