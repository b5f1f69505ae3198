"""A workbook as two other programs read it, and as its XML says."""

import datetime as dt
import io
import re
import zipfile
from decimal import Decimal
from xml.etree import ElementTree

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from expenses.shared import xlsx
from expenses.shared.files import Column, Kind, xlsx_chunks
from tests.shared.columns import HEADER, ROW

pytestmark = pytest.mark.either

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def written(header, rows):
    return b"".join(xlsx_chunks(header, rows))


def sheets(data):
    """The rows of each sheet."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]


def cell(kind, value, place="A2", **of_column):
    """A cell of the only column, as XML."""
    with zipfile.ZipFile(io.BytesIO(written([Column("X", kind, **of_column)], [(value,)]))) as package:
        root = ElementTree.fromstring(package.read("xl/worksheets/sheet1.xml"))
    return next(found for found in root.iter(f"{MAIN}c") if found.get("r") == place)


def text_of(found):
    """As a spreadsheet takes it: what is written by its number is the letter of that number."""
    said = "".join(found.itertext())
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda number: chr(int(number[1], 16)), said)


def test_a_sheet_holds_numbers_dates_and_text():
    rows = sheets(written(HEADER, [ROW]))[0]

    assert rows[0] == [column.name for column in HEADER]
    day, text, amount, month, at, count, archived = rows[1]
    assert (day, text, amount, month) == (dt.date(2026, 11, 22), 'Café, "new"\nline', -1234.5, "2026-11")
    assert (f"{at:%Y-%m-%d %H:%M}", count, archived) == ("2026-11-22 08:30", 3, "yes")


def test_it_looks_as_a_list_should():
    header = (*HEADER, Column("Yen", Kind.AMOUNT, 0), Column("Dinar", Kind.AMOUNT, 3))
    sheet = openpyxl.load_workbook(io.BytesIO(written(header, [(*ROW, Decimal(12), Decimal("1.5"))]))).active

    assert sheet.freeze_panes == "A2"
    assert all(found.font.b for found in sheet[1])
    assert not any(found.font.b for found in sheet[2])
    assert [found.number_format for found in sheet[2]] == [
        "yyyy-mm-dd", "@", "#,##0.00", "@", "yyyy-mm-dd hh:mm:ss", "General", "@", "#,##0", "#,##0.000",
    ]  # fmt: skip
    assert [found.alignment.horizontal for found in sheet[1]] == [
        None, None, "right", None, None, "right", None, "right", "right",
    ]  # fmt: skip
    assert [found.alignment.horizontal for found in sheet[2]] == ["left", *["general"] * 3, "left", *["general"] * 4]
    assert [found.data_type for found in sheet[2]] == ["d", "s", "n", "s", "d", "n", "s", "n", "n"]
    assert [round(sheet.column_dimensions[name].width) for name in "ABCDEFG"] == [13, 25, 15, 11, 21, 11, 11]


def test_on_paper_every_page_has_all_columns_and_the_header(monkeypatch):
    monkeypatch.setattr(xlsx, "ROWS", 2)  # a sheet for each row
    book = openpyxl.load_workbook(io.BytesIO(written([Column("X", Kind.NUMBER)], [(1,), (2,)])))

    assert [sheet.title for sheet in book] == ["Sheet1", "Sheet2"]
    for sheet in book:
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == "$1:$1"


def test_an_empty_cell_is_empty():
    rows = [(None,) * 7, (None, "", None, None, None, 0, False)]

    found = openpyxl.load_workbook(io.BytesIO(written(HEADER, rows))).active

    assert [each.value for each in found[2]] == [None] * 7
    assert [each.value for each in found[3]] == [None, None, None, None, None, 0, "no"]


@pytest.mark.parametrize("text", ["=1+1", "https://example.com", "mailto:a@example.com", "0123", "{=1}", "-5", "TRUE"])
def test_text_is_text_whatever_it_looks_like(text):
    data = written([Column("Text")], [(text,)])

    with zipfile.ZipFile(io.BytesIO(data)) as package:
        cells = package.read("xl/worksheets/sheet1.xml").decode()
        assert not any("rels" in name for name in package.namelist() if "worksheets" in name)
    assert "<f>" not in cells
    assert "hyperlink" not in cells
    assert cells.count('t="inlineStr"') == 2
    assert sheets(data)[0][1] == [text]


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_any_text_comes_back(text):
    assert text_of(cell(Kind.TEXT, text)) == text


@given(st.lists(st.sampled_from(["_x0041_", "_x005F_", "x0041_", "_", "A"]), min_size=1).map("".join))
def test_numbers_of_letters_in_a_row_stay_as_they_are(text):
    assert text_of(cell(Kind.TEXT, text)) == text


@given(st.text("_x0041&<>\"' \r\n\t\x01\ufffe\uffff]", min_size=1))
def test_text_that_xml_would_change_comes_back(text):
    assert text_of(cell(Kind.TEXT, text)) == text


@pytest.mark.parametrize("text", ["_x0041_", "_x005F_x0041_", "a\r\nb", "\x01x", "]]>", "&amp;", "_x", "\ufffe"])
def test_what_looks_like_the_number_of_a_letter_stays_as_it_is(text):
    assert text_of(cell(Kind.TEXT, text)) == text


@pytest.mark.parametrize(
    ("text", "kept"), [("x y", None), (" x", "preserve"), ("x\n", "preserve"), ("  ", "preserve")]
)
def test_a_program_is_told_to_keep_space_at_the_ends(text, kept):
    found = cell(Kind.TEXT, text).find(f".//{MAIN}t")

    assert found.get("{http://www.w3.org/XML/1998/namespace}space") == kept


def test_a_name_in_the_header_is_text_as_well():
    assert text_of(cell(Kind.TEXT, "x", place="A1")) == "X"
    assert sheets(written([Column("<Tom & Jerry>")], []))[0] == [["<Tom & Jerry>"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x" * 32_767, "x" * 32_767),
        ("x" * 32_768, "x" * 32_766 + "…"),
        ("x" + "🙂" * 16_383, "x" + "🙂" * 16_383),
        ("🙂" * 16_384, "🙂" * 16_383 + "…"),
        ("x" + "🙂" * 16_384, "x" + "🙂" * 16_382 + "…"),
    ],
)
def test_text_longer_than_a_cell_holds_is_cut(text, expected):
    assert text_of(cell(Kind.TEXT, text)) == expected


@pytest.mark.parametrize(
    ("kind", "value", "decimals", "figures"),
    [
        (Kind.AMOUNT, Decimal("99999999999.1234"), 4, "99999999999.1234"),
        (Kind.AMOUNT, Decimal("-12.5000"), 2, "-12.50"),
        (Kind.AMOUNT, Decimal("12.3456"), 2, "12.3456"),
        (Kind.AMOUNT, Decimal("1E+3"), 0, "1000"),
        (Kind.NUMBER, Decimal("33.3"), 2, "33.3"),
        (Kind.NUMBER, 2**62, 2, str(2**62)),
    ],
)
def test_numbers_are_written_to_the_last_figure(kind, value, decimals, figures):
    found = cell(kind, value, decimals=decimals)

    assert (found.get("t"), found.findtext(f"{MAIN}v")) == (None, figures)


@pytest.mark.parametrize(
    ("day", "serial"),
    [
        (dt.date(1900, 1, 1), "1"),
        (dt.date(1900, 2, 28), "59"),
        (dt.date(1900, 3, 1), "61"),  # a sheet believes in a 29 February 1900
        (dt.date(2026, 11, 22), "46348"),
        (dt.date(2200, 12, 31), "109939"),
    ],
)
def test_a_day_is_counted_as_a_sheet_counts(day, serial):
    assert cell(Kind.DATE, day).findtext(f"{MAIN}v") == serial
    assert sheets(written([Column("X", Kind.DATE)], [(day,)]))[0][1] == [day]


@pytest.mark.parametrize(
    ("clock", "fraction"),
    [
        (dt.time(0, 0), "00000000000"),
        (dt.time(6, 0), "25000000000"),
        (dt.time(23, 59, 59, 999_999), "99999998843"),
    ],
)
def test_a_moment_never_moves_to_the_next_day(clock, fraction):
    moment = dt.datetime.combine(dt.date(2026, 11, 22), clock, dt.UTC)

    assert cell(Kind.MOMENT, moment).findtext(f"{MAIN}v") == f"46348.{fraction}"


def test_columns_beyond_the_alphabet_have_two_letters():
    header = [Column(str(at), Kind.NUMBER) for at in range(703)]

    found = openpyxl.load_workbook(io.BytesIO(written(header, [range(703)]))).active

    assert [found[place].value for place in ("A2", "Z2", "AA2", "AZ2", "ZZ2", "AAA2")] == [0, 25, 26, 51, 701, 702]


@pytest.mark.parametrize(
    ("count", "expected"), [(0, [0]), (10, [10]), (11, [10, 1]), (20, [10, 10]), (25, [10, 10, 5])]
)
def test_what_one_sheet_does_not_hold_goes_on_in_the_next(monkeypatch, count, expected):
    monkeypatch.setattr(xlsx, "ROWS", 11)

    found = sheets(written([Column("A", Kind.NUMBER)], ((at,) for at in range(count))))

    assert [rows[0] for rows in found] == [["A"]] * len(expected)
    assert [len(rows) - 1 for rows in found] == expected
    assert [value for rows in found for [value] in rows[1:]] == list(range(count))


def test_a_sheet_does_not_grow_beyond_what_programs_open(monkeypatch):
    monkeypatch.setattr(xlsx, "CHUNK", 1_000)
    monkeypatch.setattr(xlsx, "LARGEST", 5_000)

    found = sheets(written([Column("A")], ((f"{at:>100}",) for at in range(100))))

    assert len(found) == 4
    assert [int(value) for rows in found for [value] in rows[1:]] == list(range(100))


def test_what_a_sheet_grows_to_is_counted_in_bytes(monkeypatch):
    monkeypatch.setattr(xlsx, "CHUNK", 1_000)
    monkeypatch.setattr(xlsx, "LARGEST", 10_000)

    with zipfile.ZipFile(io.BytesIO(written([Column("A")], [("費" * 300,)] * 30))) as package:
        sizes = [info.file_size for info in package.infolist() if "sheet" in info.filename]

    assert len(sizes) > 1
    assert max(sizes) < 10_000 + 4_000  # what stands around the rows, and the last piece


def test_the_first_pieces_come_before_any_row_is_read():
    def rows():
        raise AssertionError("not yet")
        yield ()

    sent = []
    with pytest.raises(AssertionError, match="not yet"):
        sent.extend(xlsx_chunks(HEADER, rows()))

    assert b"".join(sent).startswith(b"PK\3\4")
    assert b"xl/styles.xml" in b"".join(sent)


def test_every_part_is_told_of_and_stands_there():
    with zipfile.ZipFile(io.BytesIO(written(HEADER, [ROW]))) as package:
        names = set(package.namelist())
        said = package.read("[Content_Types].xml").decode()
        related = package.read("xl/_rels/workbook.xml.rels").decode()

    parts = {name for name in names if not name.endswith(".rels")} - {"[Content_Types].xml"}
    assert {name.removeprefix("/") for name in re.findall('PartName="([^"]+)"', said)} == parts
    assert {f"xl/{name}" for name in re.findall('Target="([^"]+)"', related)} == parts - {"xl/workbook.xml"}
