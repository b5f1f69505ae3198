"""Workbooks: their cells as exact text, their sheets, and what of them is refused before it is opened."""

import datetime
import io
import struct
import time
import zipfile
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from expenses.imports.statements import (
    Mapping,
    MappingError,
    Refused,
    adapt,
    fields_of,
    guess,
    preview,
    read,
    sheets,
    signature_for,
    signatures,
    spreadsheets,
    weighing,
)

pytestmark = pytest.mark.either  # asks no database

FORMATS = {datetime.datetime: "dd/mm/yyyy hh:mm", datetime.date: "dd/mm/yyyy", datetime.time: "hh:mm"}


def workbook(*rows, hidden=(), **more) -> bytes:
    """A workbook with these rows on its first sheet; `more` are further sheets."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        styles = {kind: book.add_format({"num_format": style}) for kind, style in FORMATS.items()}
        for name, found in {"Sheet1": rows, **more}.items():
            sheet = book.add_worksheet(name)
            for line, cells in enumerate(found):
                for column, value in enumerate(cells):
                    write(sheet, line, column, value, styles)
            if name in hidden:
                sheet.hide()
    return out.getvalue()


def write(sheet, line, column, value, styles):
    if type(value) in styles:
        sheet.write_datetime(line, column, value, styles[type(value)])
    elif isinstance(value, str) and value.startswith("#"):
        sheet.write_formula(line, column, "=1/0", None, value)
    elif value is not None:
        sheet.write(line, column, value)


def with_member(data: bytes, name: str, content: bytes | None) -> bytes:
    """The archive with another content of one member, or without it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        if content is not None:
            new.writestr(name, content)
    return out.getvalue()


def sheet_of(rows: str) -> bytes:
    """The XML of a sheet with these rows."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?><worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def said(data: bytes, mapping: Mapping | None = None) -> list[str]:
    return [f"{r.line} {r.date} {r.amount:f} {r.description}".rstrip() for r in read(data, mapping).records]


DAY = datetime.date(2026, 1, 31)
HEADER = ("Date", "Payee", "Amount")
PLAIN = (HEADER, (DAY, "Grocer", -12.5), (datetime.date(2026, 1, 30), "Pay", 2000))


def test_a_sheet_is_read_like_any_table():
    found = read(workbook(*PLAIN))

    assert found.format == "xlsx"
    assert said(workbook(*PLAIN)) == ["2 2026-01-31 -12.5 Grocer", "3 2026-01-30 2000 Pay"]
    assert found.ambiguous == ()
    assert found.notices == ()
    assert fields_of("xlsx") is None


def test_titles_preambles_empty_columns_and_footers_are_passed_by():
    data = workbook(
        (None, "My bank"),
        (),
        (None, "Account", "DE02 1203"),
        (),
        (None, "Buchungstag", "Empfänger", None, "Betrag", "Währung"),
        (None, DAY, "Bäckerei", None, -3.4, "EUR"),
        (None, datetime.date(2026, 1, 30), "Firma", None, 2100, "EUR"),
        (),
        (None, "Summe", None, None, 2096.6),
    )

    found = read(data)

    assert said(data) == ["6 2026-01-31 -3.4 Bäckerei", "7 2026-01-30 2100 Firma"]
    assert found.left_out_counts() == {"before the table": 2, "a balance or a total": 1}
    assert {r.currency for r in found.records} == {"EUR"}


def test_amounts_and_days_that_are_texts_are_guessed_as_everywhere():
    data = workbook(
        ("Datum", "Naam", "Bedrag"), ("31-01-2026", "Kiosk", "-1.012,50"), ("30-01-2026", "Loon", "2.000,00")
    )

    assert said(data) == ["2 2026-01-31 -1012.50 Kiosk", "3 2026-01-30 2000.00 Loon"]


def test_money_in_and_money_out_may_stand_apart():
    data = workbook(("Date", "Details", "Debit", "Credit"), (DAY, "Shop", 4.2, None), (DAY, "Pay", None, 900))

    assert said(data) == ["2 2026-01-31 -4.2 Shop", "3 2026-01-31 900 Pay"]


def test_the_row_of_a_problem_is_the_number_in_the_sheet():
    data = workbook(HEADER, (DAY, "Good", -1), (), (DAY, "Broken", "#REF!"), (DAY, "Words", "twelve"))

    found = read(data)

    assert [(p.line, p.reason) for p in found.problems] == [
        (4, "“#REF!” is not an amount."),
        (5, "“twelve” is not an amount."),
    ]
    assert "Broken | #REF!" in found.problems[0].text


def test_the_errors_of_another_sheet_are_not_mixed_in():
    data = workbook(
        ("Date", "Details", "Debit", "Credit"),
        (DAY, "Shop", 4.2, None),
        (DAY, "Bar", 5.2, None),
        (DAY, "Pay", None, 900),
        Sums=(("a",), ("b", "c", "d", "#DIV/0!"), ("b", "c", "d", "#DIV/0!")),
    )

    found = read(data)

    assert not found.problems
    assert len(found.records) == 3


# ── cells ─────────────────────────────────────────────────────────────────────────────────────────


def cells_of(*values) -> list[str]:
    book = spreadsheets.Workbook(workbook(values))
    return next(book.rows("Sheet1")).cells


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12.5, "12.5"),
        (-12, "-12"),
        (0, "0"),
        (-0.0, "0"),
        (0.1 + 0.2, "0.3"),
        (1234.1 + 0.2, "1234.3"),
        (100 - 133.5000000000005, "-33.5"),  # what a running subtraction leaves behind
        (1e-7, "0.0000001"),
        (12345678901.23, "12345678901.23"),
        (123456789012345678, "123456789012346000"),
        (1e20, "100000000000000000000"),
        (0.125, "0.125"),
        (True, "TRUE"),
        (DAY, "2026-01-31"),
        (datetime.datetime(2026, 1, 31, 13, 5, 7), "2026-01-31 13:05:07"),  # noqa: DTZ001  # cells have no zone
        (datetime.time(12, 30), "12:30:00"),
        ("0012", "0012"),
        ("#N/A", "#N/A"),
    ],
)
def test_a_cell_is_exact_text(value, text):
    assert cells_of("x", value)[1] == text


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_cents_survive_being_kept_as_a_binary_number(value):
    assert Decimal(spreadsheets._number(float(value))) == value


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.dates(min_value=datetime.date(1970, 1, 1), max_value=datetime.date(2069, 12, 31)),
            st.decimals(min_value=-(10**8), max_value=10**8, places=2).filter(bool),
        ),
        min_size=1,
        max_size=10,
    )
)
def test_a_sheet_is_read_row_by_row_exactly(movements):
    data = workbook(HEADER, *((day, f"Shop {at}", float(amount)) for at, (day, amount) in enumerate(movements)))

    found = read(data, Mapping(date=0, payee=1, amount=2))

    assert [(r.date, r.amount) for r in found.records] == movements
    assert [r.line for r in found.records] == list(range(2, len(movements) + 2))


# ── sheets ────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_sheet_with_a_table_is_read_and_another_may_be_chosen():
    data = workbook(
        ("Statement", "of my account"), ("see", "below"), January=PLAIN, February=(HEADER, (DAY, "Other", -1))
    )

    found = guess(data)

    assert sheets(data) == ("Sheet1", "January", "February")
    assert found.mapping.sheet == "January"
    assert said(data) == ["2 2026-01-31 -12.5 Grocer", "3 2026-01-30 2000 Pay"]
    assert said(data, replace(found.mapping, sheet="February")) == ["2 2026-01-31 -1 Other"]
    assert said(data, replace(found.mapping, sheet="")) == said(data)


def test_a_workbook_of_one_sheet_does_not_speak_of_it():
    assert guess(workbook(*PLAIN)).mapping.sheet == ""
    assert sheets(b"Date,Payee,Amount\n") == ()


def test_hidden_sheets_are_not_there():
    data = workbook(("nothing", "here"), Secret=PLAIN, Shown=(HEADER, (DAY, "Seen", -1)), hidden=("Secret",))

    assert sheets(data) == ("Sheet1", "Shown")
    assert said(data) == ["2 2026-01-31 -1 Seen"]


def test_a_sheet_that_is_not_there_is_named():
    mapping = replace(guess(workbook(*PLAIN)).mapping, sheet="March")

    with pytest.raises(MappingError) as error:
        read(workbook(*PLAIN), mapping)

    assert error.value.errors == {"sheet": "The workbook has no sheet “March”."}


def test_a_profile_is_found_again_though_the_sheet_has_another_name():
    january = workbook(("a", "b"), January=PLAIN)
    february = workbook(("a", "b"), ("c", "d"), February=(("Bank", "X"), *PLAIN))
    kept = guess(january).mapping
    signature = signature_for(january, kept)

    adapted = adapt(february, kept, signature)

    assert signature in signatures(february)
    assert (adapted.sheet, adapted.skip_rows) == ("February", 1)
    assert [r.description for r in read(february, adapted).records] == ["Grocer", "Pay"]


def test_the_sheet_that_a_person_chose_has_a_signature_of_its_own():
    data = workbook(*PLAIN, Other=(("Dag", "Naam", "Som"), (DAY, "x", -1)))
    chosen = replace(guess(data).mapping, sheet="Other")

    assert signature_for(data, chosen) != signature_for(data, guess(data).mapping)
    assert signature_for(data, chosen) in signatures(data)


def test_the_preview_shows_the_cells_beside_what_they_are_read_as():
    data = workbook(("Title",), *PLAIN)

    shown = preview(data, guess(data).mapping, rows=5)

    assert shown.columns == HEADER
    assert [row.cells for row in shown.rows][1] == ("2026-01-31", "Grocer", "-12.5")
    assert [row.record.line for row in shown.rows if row.record] == [3, 4]


# ── what is refused ───────────────────────────────────────────────────────────────────────────────

FIRST = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (with_member(workbook(*PLAIN), "xl/workbook.bin", b"x"), weighing.BINARY_BOOK),
        (workbook(*PLAIN)[:-400], weighing.DAMAGED),
        (with_member(workbook(*PLAIN), "xl/workbook.xml", b"<x/>"), "workbook"),
        (with_member(workbook(*PLAIN), FIRST, b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet/>'), "The file declares XML"),
        (with_member(workbook(*PLAIN), FIRST, "<worksheet/>".encode("utf-16")), weighing.DAMAGED),
        (
            with_member(workbook(*PLAIN), FIRST, sheet_of('<row r="1"><c r="XFD1048576"><v>1</v></c></row>')),
            weighing.TOO_BIG,
        ),
        (
            with_member(workbook(*PLAIN), FIRST, sheet_of("<row r='1'><c  r='XFD1048576'><v>1</v></c></row>")),
            weighing.TOO_BIG,
        ),
        (workbook(HEADER), "No transactions found (header only)."),
        (workbook(()), "No table was found in this file"),
        (workbook(("a",), (DAY,)), "No table was found in this file"),
    ],
)
def test_a_workbook_that_is_no_statement_is_refused_with_a_sentence(data, sentence):
    with pytest.raises(Refused) as refused:
        read(data)

    assert sentence in refused.value.reason


def test_a_sheet_without_references_is_read_as_well():
    row = "<row><c t='inlineStr'><is><t>{}</t></is></c><c t='inlineStr'><is><t>{}</t></is></c><c><v>{}</v></c></row>"
    data = with_member(workbook(*PLAIN), FIRST, sheet_of(row.format("2026-01-31", "Shop", -2) * 2))

    assert said(data) == ["1 2026-01-31 -2 Shop", "2 2026-01-31 -2 Shop"]


def test_a_long_text_in_many_cells_does_not_take_all_memory():
    many = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 3001))
    texts = f"<sst><si><t>{'x' * 30_000}</t></si></sst>".encode()
    data = with_member(with_member(workbook(*PLAIN), FIRST, sheet_of(many)), "xl/sharedStrings.xml", texts)

    with pytest.raises(Refused, match="more in it than any statement needs"):
        read(data)


def test_a_part_that_unpacks_to_more_than_it_states_is_refused():
    data = bytearray(workbook(*PLAIN))
    at = data.find(b"PK\x01\x02")  # the directory: what other readers believe
    while data[at + 46 : at + 46 + len(FIRST)] != FIRST.encode():
        at = data.find(b"PK\x01\x02", at + 4)
    data[at + 24 : at + 28] = struct.pack("<I", 10)

    with pytest.raises(Refused) as refused:
        read(bytes(data))

    assert refused.value.reason == weighing.SUSPICIOUS


def test_more_columns_than_any_statement_has_are_refused():
    with pytest.raises(Refused, match="more than 200 columns"):
        read(workbook((*HEADER, *"x" * 250), (DAY, "a", -1, *"y" * 250)), Mapping(date=0, payee=1, amount=2))


SMALL = workbook(HEADER, *((DAY, f"Shop {n}", -n) for n in range(1, 6)), More=PLAIN)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_no_damaged_byte_breaks_the_reading(changes):
    data = bytearray(SMALL)
    for at, byte in changes:
        data[at] = byte

    records = []
    with suppress(Refused, MappingError):
        found = guess(bytes(data))
        preview(bytes(data), found.mapping)
        records = read(bytes(data), found.mapping).records

    assert all(isinstance(record.amount, Decimal) for record in records)


@settings(max_examples=100)
@given(
    st.integers(0, len(sheet_of("<row r='1'><c r='A1'><v>1</v></c></row>" * 3)) - 1),
    st.sampled_from(
        [b"<", b">", b'"', b"<c>", b'<c r="A', b'r="ZZZ9999999"', b"9" * 30, b"<!--", b"]]>", b"\xff", b""]
    ),
)
def test_no_odd_sheet_breaks_the_reading(at, piece):
    whole = sheet_of("<row r='1'><c r='A1'><v>1</v></c></row>" * 3)
    data = with_member(SMALL, FIRST, whole[:at] + piece + whole[at:])

    with suppress(Refused, MappingError):
        read(data)


def test_twenty_thousand_rows_take_a_second():
    rows = [(datetime.date(2026, 1, 1 + n % 28), f"Shop {n}", -n - 0.25) for n in range(1, 20_001)]
    data = workbook(HEADER, *rows)
    started = time.process_time()

    found = read(data)

    assert len(found.records) == 20_000
    assert sum(r.amount for r in found.records) == -sum(Decimal(n) + Decimal("0.25") for n in range(1, 20_001))
    assert time.process_time() - started < 5  # 0.7 s on an idle machine
