"""A best reading of a table that nobody has described, and what stays open.

Which columns have what: `guessing_dates.py`, then `guessing_amounts.py`, then of what is left `guessing_texts.py`.
"""

from expenses.imports.statements import apps
from expenses.imports.statements.columns import Column, looked_at
from expenses.imports.statements.guessing_amounts import (
    MOST_WEIGHED,
    fees_of,
    is_less,
    values_of,
    with_amounts,
    with_fee,
    with_marks,
)
from expenses.imports.statements.guessing_dates import with_date
from expenses.imports.statements.guessing_texts import with_texts
from expenses.imports.statements.mapping import ENCODINGS, Mapping
from expenses.imports.statements.opening import Source, Table, column_names, opened
from expenses.imports.statements.profiles import signature_of
from expenses.imports.statements.recognising import INSTEAD
from expenses.imports.statements.records import Guess, Refused

NO_MOVEMENTS = f"No row of this file has a day and an amount. {INSTEAD}"


def guess(data: bytes) -> Guess:
    """The best reading of a table. Raises `Refused` for what is none, or has no rows."""
    return guess_of(Source.of(data))


def guess_of(source: Source) -> Guess:
    table = opened(source)
    apps.refuse_plans(table.header or table.head[0])
    columns, texts = looked_at(table)
    doubts: dict[str, tuple[str, ...]] = {}
    mapping = Mapping(
        encoding=source.encoding,
        delimiter=source.delimiter,
        quote=source.quote,
        sheet=source.sheet if source.book and len(source.book.sheets) > 1 else "",
        skip_rows=table.skip_rows,
        has_header=table.header is not None,
    )
    mapping = with_date(mapping, table, columns, texts, doubts)
    mapping = with_marks(mapping, columns, texts, doubts)
    mapping = with_amounts(mapping, columns, doubts)
    if {"date", "amount"} <= doubts.keys() and not any(column.amounts for column in columns):
        raise Refused(NO_MOVEMENTS, text=table.first[0].raw)
    mapping = with_fee(with_texts(mapping, table, columns), columns)
    mapping = apps.known(mapping, columns, doubts)
    return Guess(
        mapping=mapping,
        ambiguous=tuple(doubts),
        alternatives=doubts,
        signature=signature_of(table),
        columns=column_names(table.names),
        notices=_notices(table, columns, mapping),
    )


def _notices(table: Table, columns: list[Column], mapping: Mapping) -> tuple[str, ...]:
    said = []
    if not table.source.encoding.startswith("utf"):
        said.append(
            f"The file does not say how its letters are written; it was read as {ENCODINGS[table.source.encoding]}. "
            "Choose another one if names look wrong."
        )
    if table.source.lost:
        letters = "letter" if table.source.lost == 1 else "letters"
        said.append(f"{table.source.lost} {letters} could not be read and are shown as �.")
    if mapping.fee is not None:
        said.append(f"The amounts of the column “{columns[mapping.fee].name}” are counted as money out besides.")
    said += [
        f"The column “{fee.name}” has amounts of its own, which are not read."
        for fee in fees_of(columns, mapping)
        if mapping.fee is None and not _is_taken_off(fee, columns, mapping)
    ]
    return tuple(said)


def _is_taken_off(fee: Column, columns: list[Column], mapping: Mapping) -> bool:
    """Whether the amounts that are read are those of another column less the fee."""
    net = next((column for column in columns if column.at == mapping.amount), None)
    charged = values_of(fee, mapping)
    others = [column for column in columns if column.is_money and column is not net and column is not fee]
    return net is not None and any(is_less(net, other, charged, mapping) for other in others[:MOST_WEIGHED])
