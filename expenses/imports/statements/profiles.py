"""Finding the saved reading of a table again."""

import hashlib
from collections import Counter
from dataclasses import replace
from itertools import islice

from expenses.imports.statements import dates, headers, tables
from expenses.imports.statements.mapping import Mapping
from expenses.imports.statements.opening import HEADER_WITHIN, SAMPLE, Source, Table, is_date, is_movement, opened
from expenses.imports.statements.records import clean

MOST_SHEETS = 20
LONGEST_SHAPE = 150  # characters that are kept as they are: a profile has room for 200


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def _header_signature(row: tables.Row) -> str:
    cells = [headers.normalised(clean(cell)) for cell in row.cells]
    while cells and not cells[-1]:
        cells.pop()
    return "header:" + _hash("\x1f".join(cells))


def _shape_signature(body: list[tables.Row]) -> str:
    """Without a header: how many columns, and how the dates in them are written."""
    movement = next((row for row in body if is_movement(row)), body[0])
    shapes = [f"{at}={dates.shape(clean(cell))}" for at, cell in enumerate(movement.cells) if is_date(clean(cell))]
    widths = Counter(len(row.cells) for row in body[:SAMPLE])
    shape = ",".join(shapes)
    return f"shape:{widths.most_common(1)[0][0]}:{shape if len(shape) <= LONGEST_SHAPE else _hash(shape)}"


def signature_of(table: Table) -> str:
    return _header_signature(table.header) if table.header else _shape_signature(table.first)


def signatures(data: bytes) -> tuple[str, ...]:
    """What a profile of this file may be kept under, likeliest first: a person may have moved the header, or chosen
    another sheet."""
    source = Source.of(data)
    table = opened(source)
    first = [row for row in table.head[:HEADER_WITHIN] if len(row.cells) > 1]
    others = [
        row
        for sheet in (source.book.sheets[:MOST_SHEETS] if source.book else ())
        if sheet != source.sheet
        for row in islice(replace(source, sheet=sheet).rows(), HEADER_WITHIN)
    ]
    return tuple(dict.fromkeys([signature_of(table), *map(_header_signature, first + others)]))


def signature_for(data: bytes, mapping: Mapping) -> str:
    """What a profile of this mapping is kept under: the header that the person chose, where there is one."""
    source = Source.of(data)
    table = opened(_chosen(source, mapping.sheet))
    if not mapping.has_header:
        return signature_of(table)
    head = (row for row in table.head[:HEADER_WITHIN] if row.line > mapping.skip_rows and len(row.cells) > 1)
    return next(map(_header_signature, head), signature_of(table))


def adapt(data: bytes, saved: Mapping, signature: str) -> Mapping:
    """A saved mapping for this file: the preamble may be longer today, the letters written another way, the sheet be
    called after another month."""
    source = _chosen(Source.of(data), saved.sheet)
    table = opened(source)
    adapted = replace(saved, skip_rows=_skipped(table, saved, signature))
    if source.book:
        return replace(adapted, sheet=source.sheet if len(source.book.sheets) > 1 else "")
    if source.encoding.startswith("utf") or saved.encoding.startswith("utf"):
        adapted = replace(adapted, encoding=source.encoding)
    if _parts_well(data, adapted):
        return adapted
    return replace(adapted, delimiter=source.delimiter, quote=source.quote)


def _chosen(source: Source, sheet: str) -> Source:
    """The source with the sheet of this name, where it has one."""
    return replace(source, sheet=sheet) if source.book and sheet in source.book.sheets else source


def _skipped(table: Table, saved: Mapping, signature: str) -> int:
    if not saved.has_header and table.header and not is_movement(table.header):
        return table.first[0].line - 1  # there are names above the rows, which the person did not want read
    if not saved.has_header or signature == signature_of(table):
        return table.skip_rows
    head = table.head[:HEADER_WITHIN]
    return next((row.line - 1 for row in head if _header_signature(row) == signature), saved.skip_rows)


def _parts_well(data: bytes, mapping: Mapping) -> bool:
    """Whether the saved delimiter and quotes, which a person may have put right, give movements and every column
    that is used; else the bank has changed them."""
    rows = Source.of(data, mapping).rows(mapping.skip_rows + mapping.has_header)
    last = max([*mapping.columns().values(), *mapping.memo], default=0)
    return any(is_movement(row) and len(row.cells) > last for row in islice(rows, SAMPLE))
