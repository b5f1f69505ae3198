"""Rows as files: what stands in the cells of a CSV file, how much room it takes, what comes when reading fails."""

import csv
import io
import tracemalloc
import zipfile
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expenses.shared.files import Column, Kind, Sheet, answer, as_csv, csv_chunks, file_name, xlsx_chunks
from expenses.shared.text import defused, undefused
from tests.shared.columns import HEADER, ROW

pytestmark = pytest.mark.either


def written(header, rows):
    return b"".join(csv_chunks(header, rows))


def read(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_a_csv_cell_is_plain_whatever_it_is():
    data = written(HEADER, [ROW, (None,) * 7])

    assert data.startswith(b"\xef\xbb\xbfDate,Description,Amount,Month,At,Count,Archived\r\n")
    assert read(data)[1:] == [
        ["2026-11-22", 'Café, "new"\nline', "-1234.50", "2026-11", "2026-11-22T08:30:00.123456+00:00", "3", "yes"],
        [""] * 7,
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "'=1", "''+1"])
def test_what_a_spreadsheet_takes_for_a_formula_gets_an_apostrophe(text):
    assert read(written([Column("Text")], [(text,)]))[1] == ["'" + text]


@pytest.mark.parametrize("text", ["", "1-1", "'quoted'", "O'Brien", " =1", "a=b"])
def test_other_text_stays_as_it_is(text):
    assert defused(text) == text
    assert undefused(text) == text


def test_an_amount_below_zero_is_never_defused():
    assert read(written([Column("Amount", Kind.AMOUNT)], [(Decimal(-5),)]))[1] == ["-5.00"]


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_comes_back_from_a_csv_file(text):
    rows = read(written([Column("Text"), Column("Else")], [(text, "x")]))

    assert undefused(rows[1][0]) == text


@given(st.text("'=+-@\t\ra", max_size=6))
def test_what_was_defused_is_undone_and_never_a_formula(text):
    assert undefused(defused(text)) == text
    assert not defused(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_amounts_keep_at_least_the_decimals_of_their_currency():
    header = [Column("Yen", Kind.AMOUNT, 0), Column("Dinar", Kind.AMOUNT, 3), Column("Share", Kind.NUMBER)]
    row = (Decimal(1200), Decimal("1.5"), Decimal("12.50"))

    assert read(written(header, [row]))[1] == ["1200", "1.500", "12.50"]


def test_a_csv_file_begins_before_its_rows_are_read():
    def rows():
        raise AssertionError("not yet")
        yield ()

    response = as_csv("x", HEADER, rows())

    assert next(iter(response.streaming_content)).startswith(b"\xef\xbb\xbfDate")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("expenses 2026-11", "expenses 2026-11.csv"),
        ('a"b\r\nX-Header: 1/../c', "a-b-X-Header- 1-..-c.csv"),
        ("Müllers’ Küche", "Müllers- Küche.csv"),
        ("../..", "budget.csv"),
        ("", "budget.csv"),
        ("x" * 300, "x" * 100 + ".csv"),
    ],
)
def test_a_file_name_is_safe_everywhere(name, expected):
    assert file_name(name, "csv") == expected


def test_a_download_says_its_name_and_type():
    response = as_csv("Küche", HEADER, [])

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''K%C3%BCche.csv"


def test_a_list_leaves_as_it_is_asked_for():
    sheet = Sheet("Moves", HEADER, lambda: [ROW])

    plain, workbook = answer(sheet, "csv"), answer(sheet, "xlsx")

    assert plain.getvalue() == written(HEADER, [ROW])
    assert plain["Content-Disposition"] == 'attachment; filename="Moves.csv"'
    assert workbook.getvalue() == b"".join(xlsx_chunks(HEADER, [ROW]))
    assert workbook["Content-Disposition"] == 'attachment; filename="Moves.xlsx"'
    assert workbook["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize("chunks", [csv_chunks, xlsx_chunks])
def test_a_file_that_cannot_be_read_to_its_end_breaks_off(chunks):
    def rows():
        yield from [ROW] * 10_000
        raise ConnectionError("the database is gone")

    sent = []
    with pytest.raises(ConnectionError):
        sent.extend(chunks(HEADER, rows()))

    assert not zipfile.is_zipfile(io.BytesIO(b"".join(sent)))


@pytest.mark.parametrize("chunks", [csv_chunks, xlsx_chunks])
def test_a_long_file_takes_no_more_room_than_a_short_one(chunks):
    def peak(count):
        tracemalloc.start()
        for _ in chunks(HEADER, (ROW for _ in range(count))):
            pass
        taken = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return taken

    assert peak(20_000) < 1.2 * peak(4_000)
