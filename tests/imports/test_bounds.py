"""Tables made to cost: none takes long or much room, whatever is in it. Each is small here; the cost must not grow
faster than the file."""

import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expenses.imports.statements import MappingError, Refused, guess, preview, read
from expenses.imports.statements.opening import MOST_LINES

pytestmark = pytest.mark.either  # asks no database

STATEMENTS = Path(__file__).parent.parent / "statements"
FILES = sorted(path for folder in ("banks", "csv") for path in (STATEMENTS / folder).iterdir())

MEGABYTE = 1024 * 1024
SHAPES = {
    "one line of text": "a",
    "one line of delimiters": "a,",
    "one line of quotes": '"',
    "rows of delimiters": "," * 199 + "\n",
    "rows of amounts": "2024-01-01" + ",1.5" * 190 + "\n",
    "rows of days": "2024-01-01," * 50 + "\n",
    "quotes that never close": '2024-01-01,"x,-1.00\n',
    "quotes inside of quotes": '2024-01-01,"x"y",-1.00\n',
    "quotes over lines": '"a\n""b\n',
    "long rows in open quotes": '"' + "x" * 90_000 + "\n",
    "long cells": "2024-01-01," + "x" * 90_000 + ",-1.00\n",
    "rows of text alone": "2024-01-01,a,-1.00\n" + ",more text,\n" * 5_000,
    "lines ended by carriage returns": "a,b\r",
    "headers again and again": "Date,Payee,Amount\n",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_megabyte_of_anything_takes_a_second(shape):
    unit = SHAPES[shape]
    data = (unit * (MEGABYTE // len(unit) + 1)).encode()
    started = time.process_time()

    with suppress(Refused, MappingError):
        read(data)

    assert time.process_time() - started < 3  # 0.4 s for the worst on an idle machine


def test_more_lines_than_a_statement_can_have_are_refused_at_once():
    started = time.process_time()

    with pytest.raises(Refused, match="more than 200,000 rows"):
        read(b"a\n" * (MOST_LINES + 1))

    assert time.process_time() - started < 1


@settings(max_examples=200)
@given(st.data())
def test_no_damaged_export_breaks_the_reading_or_loses_a_row(data):
    whole = bytearray(data.draw(st.sampled_from(FILES)).read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))

    with suppress(Refused, MappingError):
        found = guess(bytes(whole))
        preview(bytes(whole), found.mapping)
        statement = read(bytes(whole), found.mapping)

        lines = {row.line for row in [*statement.records, *statement.problems, *statement.left_out]}
        assert len(lines) == len(statement.records) + len(statement.problems) + len(statement.left_out)
        assert not any(isinstance(record.amount, float) for record in statement.records)
