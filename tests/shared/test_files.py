"""Rows as CSV and XLSX: what stands in the cells, what is refused, how much room it takes."""

import csv
import datetime as dt
import io
import tracemalloc
import zipfile
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from expenses.shared import files
from expenses.shared.files import Column, Kind, TooManyRows, as_csv, as_xlsx, csv_chunks, file_name, write_xlsx
from expenses.shared.months import Month
from expenses.shared.text import defused, undefused

pytestmark = pytest.mark.either

HEADER = (
    Column("Date", Kind.DATE),
    Column("Description"),
    Column("Amount", Kind.AMOUNT),
    Column("Month", Kind.MONTH),
    Column("At", Kind.MOMENT),
    Column("Count", Kind.NUMBER),
    Column("Archived", Kind.FLAG),
)
AT = dt.datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=dt.timezone(dt.timedelta(hours=1)))
ROW = (dt.date(2026, 11, 22), 'Café, "new"\nline', Decimal("-1234.5"), Month(2026, 11), AT, 3, True)


def written(header, rows):
    return b"".join(csv_chunks(header, rows))


def read(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def sheet(header, rows):
    file = io.BytesIO()
    write_xlsx(file, header, rows)
    return file.getvalue()


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


def test_a_sheet_holds_numbers_dates_and_text():
    rows = CalamineWorkbook.from_filelike(io.BytesIO(sheet(HEADER, [ROW]))).get_sheet_by_index(0).to_python()

    assert rows[0] == [column.name for column in HEADER]
    day, text, amount, month, at, count, archived = rows[1]
    assert (day, text, amount, month) == (dt.date(2026, 11, 22), 'Café, "new"\nline', -1234.5, "2026-11")
    assert (f"{at:%Y-%m-%d %H:%M}", count, archived) == ("2026-11-22 08:30", 3, "yes")


@pytest.mark.parametrize(
    "text", ["=1+1", "https://example.com", "mailto:a@example.com", "0123", "{=1}", "\x01x", "_x0041_"]
)
def test_text_in_a_sheet_is_text(text):
    data = sheet([Column("Text")], [(text,)])

    with zipfile.ZipFile(io.BytesIO(data)) as package:
        cells = package.read("xl/worksheets/sheet1.xml").decode()
        assert not any("rels" in name for name in package.namelist() if "worksheets" in name)
    assert "<f>" not in cells
    assert "hyperlink" not in cells
    assert cells.count('t="inlineStr"') == 2


def test_an_amount_in_a_sheet_is_written_to_the_last_figure():
    data = sheet([Column("Amount", Kind.AMOUNT, 4)], [(Decimal("99999999999.1234"),)])

    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert "<v>99999999999.1234</v>" in package.read("xl/worksheets/sheet1.xml").decode()


def test_more_rows_than_a_sheet_holds_are_refused_before_any_is_read():
    def rows():
        raise AssertionError("not to be read")
        yield ()

    with pytest.raises(TooManyRows, match="holds 1,048,575 rows"):
        as_xlsx("x", HEADER, rows(), count=1_048_576)


def test_more_rows_than_a_sheet_holds_are_refused_when_nobody_has_counted(monkeypatch):
    monkeypatch.setattr(files, "XLSX_ROWS", 11)

    assert as_xlsx("x", [Column("A")], (("x",) for _ in range(10))).streaming
    with pytest.raises(TooManyRows):
        as_xlsx("x", [Column("A")], (("x",) for _ in range(11)))


def test_a_long_file_takes_no_more_room_than_a_short_one():
    def peak(count):
        tracemalloc.start()
        for _ in csv_chunks(HEADER, (ROW for _ in range(count))):
            pass
        taken = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return taken

    assert peak(20_000) < 1.2 * peak(4_000)
