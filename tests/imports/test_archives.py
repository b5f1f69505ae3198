"""ZIP archives: what is inside is read, and nothing is unpacked that could do harm."""

import io
import struct
import time
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expenses.imports.statements import (
    MappingError,
    Refused,
    adapt,
    archives,
    guess,
    preview,
    read,
    recognise,
    signature_for,
    signatures,
)
from expenses.imports.statements.recognising import INSTEAD

pytestmark = pytest.mark.either  # asks no database

STATEMENTS = Path(__file__).parent.parent / "statements"
CAMT = (STATEMENTS / "camt" / "v02_german.xml").read_bytes()
SWISS = (STATEMENTS / "camt" / "v04_swiss_latin1.xml").read_bytes()
MT940 = (STATEMENTS / "mt940" / "dutch_abn_sepa.txt").read_bytes()
CZECH = (STATEMENTS / "mt940" / "czech_symbols.sta").read_bytes()
CSV = (STATEMENTS / "csv" / "german_preamble.csv").read_bytes()
EMPTY_CAMT = (
    b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">'
    b"<BkToCstmrStmt><Stmt/></BkToCstmrStmt></Document>"
)
PDF = b"%PDF-1.7 for printing"


def packed(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def refusal(data: bytes) -> str:
    with pytest.raises(Refused) as refused:
        read(data)
    return refused.value.reason


@pytest.mark.parametrize("inside", [CAMT, MT940, CSV])
def test_a_statement_alone_in_an_archive_is_read_as_itself(inside):
    data = packed(("statements/January.bin", inside))

    guessed = guess(data)

    assert read(data) == read(inside)
    assert read(data, guessed.mapping).records == read(inside).records
    assert guessed == guess(inside)
    assert recognise(data) == recognise(inside)
    assert preview(data, guessed.mapping) == preview(inside, guessed.mapping)
    assert signatures(data) == signatures(inside)
    assert signature_for(data, guessed.mapping) == signature_for(inside, guessed.mapping)
    assert adapt(data, guessed.mapping, guessed.signature) == adapt(inside, guessed.mapping, guessed.signature)


def test_several_statements_of_one_format_are_read_as_one():
    data = packed(("b.xml", SWISS), ("a.xml", CAMT))

    found = read(data)

    assert found.records == [*read(CAMT).records, *read(SWISS).records]
    assert {record.account for record in found.records} == {"DE02120300000000202051", "CH9300762011623852957"}
    assert (found.format, recognise(data), guess(data).signature) == ("camt", "camt", "camt")
    assert len(preview(data, guess(data).mapping).rows) == len(found.records)


def test_each_file_is_read_in_its_own_letters():
    found = read(packed(("1.sta", MT940), ("2.sta", CZECH)), guess(MT940).mapping)

    assert {"SPORTCLUB ROOD", "Jiří Černý"} <= {record.payee for record in found.records}


def test_a_file_without_rows_beside_others_is_nothing_missing():
    data = packed(("1.xml", EMPTY_CAMT), ("2.xml", CAMT), ("3.xml", EMPTY_CAMT + b"\n"))

    assert read(data).records == read(CAMT).records
    assert guess(data).signature == "camt"
    assert "No transactions found" in refusal(packed(("1.xml", EMPTY_CAMT), ("3.xml", EMPTY_CAMT + b"\n")))


def test_rows_that_cannot_be_read_name_their_file():
    trouble = (STATEMENTS / "camt" / "rows_in_trouble.xml").read_bytes()

    found = read(packed(("good.xml", CAMT), ("trouble.xml", trouble)))

    assert [(problem.line, problem.reason) for problem in found.problems] == [
        (problem.line, problem.reason) for problem in read(trouble).problems
    ]
    assert all(problem.text.startswith("trouble.xml: ") for problem in found.problems)


def test_what_a_file_leaves_out_and_says_names_the_file():
    report = (STATEMENTS / "camt" / "v03_report_052.xml").read_bytes()

    found = read(packed(("good.xml", CAMT), ("report.xml", report)))

    assert [row.text.partition(":")[0] for row in found.left_out] == ["report.xml", "report.xml"]
    assert [notice.partition(":")[0] for notice in found.notices] == ["report.xml"]


def test_what_several_files_say_alike_is_said_once():
    report = (STATEMENTS / "camt" / "v03_report_052.xml").read_bytes()

    found = read(packed(("1.xml", report), ("2.xml", report.replace(b"R-77", b"R-78"))))

    assert len(found.notices) == 1
    assert found.notices[0].startswith("This is a report within the day")


def test_the_same_file_twice_is_read_once():
    data = packed(("a.xml", CAMT), ("copy/a.xml", CAMT))

    assert read(data).records == read(CAMT).records
    assert guess(data).notices == ("“copy/a.xml” is the same file as “a.xml”: read once.",)


def test_a_movement_with_an_id_that_several_files_tell_is_read_once():
    longer = CAMT.replace(b"2026010500001", b"2026010500009")

    found = read(packed(("january.xml", CAMT), ("quarter.xml", longer)))

    ids = [record.bank_id for record in read(CAMT).records]
    assert [record.bank_id for record in found.records] == [*ids, "2026010500009", ""]
    assert found.left_out_counts() == {archives.ANOTHER_FILE: len(ids) - 2}
    assert all(row.text.startswith("quarter.xml: ") for row in found.left_out)


def test_equal_movements_without_an_id_in_several_files_are_all_real():
    purchase = b":61:260106D4,50NMSCNONREF//7\r\n:86:Coffee\r\n"
    morning, evening = (b":20:%d\r\n:25:1\r\n:60F:C260106EUR0,\r\n%b-\r\n" % (n, purchase) for n in (1, 2))

    assert len(read(packed(("1.sta", morning), ("2.sta", evening))).records) == 2


def test_equal_ids_within_one_file_are_left_to_whoever_compares_rows():
    twice = CAMT.replace(b"</Stmt>", b"</Stmt>" + CAMT[CAMT.index(b"<Stmt>") : CAMT.index(b"</Stmt>") + 7])

    found = read(packed(("a.xml", twice), ("b.xml", SWISS)))

    assert len(found.records) == len(read(twice).records) + len(read(SWISS).records)


def test_a_broken_file_among_several_is_named():
    assert refusal(packed(("a.xml", CAMT), ("b.xml", SWISS[:-40]))).startswith("b.xml: The XML is broken in line ")


def test_what_is_no_statement_beside_one_is_left_out_and_said():
    data = packed(("a.xml", CAMT), ("a.pdf", PDF))

    assert read(data).records == read(CAMT).records
    assert read(data).notices == guess(data).notices
    assert guess(data).notices[0].startswith("“a.pdf” in the archive is left out. This is a PDF")


def test_what_systems_put_in_by_themselves_is_ignored():
    data = packed(
        ("folder/", b""), ("__MACOSX/._a.xml", b"\x00\x05\x16\x07"), (".DS_Store", b"x"), ("folder/a.xml", CAMT)
    )

    assert read(data) == read(CAMT)


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ([("a.csv", CSV), ("b.csv", CSV + b"\n")], "(CSV)"),
        ([("a.csv", CSV), ("b.xml", CAMT)], "(CAMT.053 and CSV)"),
        ([("a.sta", MT940), ("b.xml", CAMT)], "(CAMT.053 and MT940)"),
    ],
)
def test_several_that_cannot_be_one_are_refused_by_their_names(files, named):
    said = refusal(packed(*files))

    assert said.startswith(f"The archive holds several statements {named} that cannot be read as one: “{files[0][0]}”")
    assert f"“{files[1][0]}”" in said


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([], archives.NOTHING),
        ([("folder/", b"")], archives.NOTHING),
        ([("a.pdf", PDF)], f"The archive holds “a.pdf”. This is a PDF, which is made for printing. {INSTEAD}"),
        ([("a.zip", packed(("b.xml", CAMT)))], archives.NESTED),
        ([("../a.xml", CAMT)], archives.STRANGE_NAME),
        ([("a/../../b.xml", CAMT)], archives.STRANGE_NAME),
        ([("..\\a.xml", CAMT)], archives.STRANGE_NAME),
        ([("C:\\a.xml", CAMT)], archives.STRANGE_NAME),
        ([("/etc/a.xml", CAMT)], archives.STRANGE_NAME),
        ([(f"{n}.xml", CAMT) for n in range(101)], archives.TOO_MANY),
    ],
)
def test_archives_without_a_statement_or_with_strange_files_are_refused(files, sentence):
    assert refusal(packed(*files)) == sentence


def test_an_entity_inside_an_archive_is_refused():
    bomb = CAMT.replace(b"<Document", b'<!DOCTYPE d [<!ENTITY a "b">]><Document')

    assert "declares XML entities" in refusal(packed(("a.xml", bomb)))


def test_other_ways_of_packing_are_refused():
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        assert refusal(packed(("a.xml", CAMT), method=method)) == archives.UNKNOWN_PACKING


def test_a_bomb_is_refused_by_its_list_of_files():
    assert refusal(packed(("a.xml", b"<" + b" " * 19_000_000))) == archives.BOMB
    assert refusal(packed(("a.xml", b"\0" * 21_000_000))) == archives.TOO_LARGE
    assert refusal(packed(*((f"{n}.csv", b"," * 16_000_000) for n in range(4)))) == archives.TOO_LARGE


def test_a_list_that_lies_about_the_size_is_not_believed():
    data = bytearray(packed(("a.xml", CAMT + b" " * 30_000_000)))
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", len(CAMT))
    started = time.process_time()

    assert refusal(bytes(data)) == "The ZIP archive is damaged: pack or download it again."
    assert time.process_time() - started < 5


def test_a_locked_archive_is_refused():
    data = bytearray(packed(("a.xml", CAMT)))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(mark) + offset] |= 1

    assert refusal(bytes(data)) == archives.LOCKED


def test_a_damaged_archive_is_refused():
    data = packed(("a.xml", CAMT))

    for damaged in (data[:-30], data[:200], b"PK\x03\x04 and no more", data.replace(b"PK\x01\x02", b"PK\x01\x03")):
        assert refusal(damaged) == "The ZIP archive is damaged: pack or download it again."


def test_a_list_without_end_is_counted_before_it_is_read():
    assert refusal(b"PK\x03\x04" + b"PK\x01\x02" * 200_000) == (
        "The archive has more than 5,000 files. Unpack it and choose the statement inside."
    )


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["xl/workbook.bin"], "This is a binary Excel file (XLSB)"),
        (["mimetype", "content.xml"], "This is an OpenDocument file (ODS)"),
        (["word/document.xml"], "This is a text document (DOCX)"),
        (["mine/manifest.json", "mine/household.csv", "mine/expenses.csv"], "This is the file of a whole household"),
        (["Index/Document.iwa"], "This is a Numbers or Pages document"),
    ],
)
def test_documents_that_are_archives_inside_are_called_by_their_name(names, sentence):
    assert refusal(packed(*((name, b"x") for name in names))).startswith(sentence)


def test_a_workbook_is_known_by_its_parts_and_not_by_a_text_that_names_them():
    assert recognise(packed(("[Content_Types].xml", b"x"), ("xl/workbook.xml", b"x"))) == "xlsx"
    assert (
        recognise(packed(("a.xml", CAMT.replace(b"Weber", b"xl/workbook.xml")), method=zipfile.ZIP_STORED)) == "camt"
    )


GOOD = packed(("a.xml", CAMT), ("b.xml", SWISS))


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(4, len(GOOD) - 1), st.integers(0, 255)), max_size=8), st.integers(0, len(GOOD)))
def test_damaged_bytes_never_break_the_reading(changes, end):
    data = bytearray(GOOD)
    for at, byte in changes:
        data[at] = byte

    with suppress(Refused, MappingError):
        read(bytes(data[:end] if end % 3 == 0 else data))
