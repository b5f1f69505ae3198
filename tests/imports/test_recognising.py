"""What a file is, by what it holds and never by its name."""

import pytest

from expenses.imports.statements import FORMATS, Refused
from expenses.imports.statements.recognising import INSTEAD, called, recognise

pytestmark = pytest.mark.either  # asks no database


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b":20:X\r\n:25:1\r\n:60F:C260101EUR0,\r\n", "mt940"),
        (b":20:X\r:25:1\r:28C:1\r", "mt940"),
        (b"MYBANK\r\n940\r\n\r\n:20:X\r\n:25:1\r\n", "mt940"),
        (b"{1:F01X}{2:I940X}{4:\r\n:20:X\r\n", "mt940"),
        (b"@@:20:X@@:25:1@@:28C:0@@", "mt940"),
        (b"Time;What\n:20:;a\n", "csv"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<d:Document xmlns:d='urn:iso:std:iso:20022:tech:xsd:camt.052.001.08'>", "camt"),  # noqa: E501 - a row of a table
        (b"<Document><BkToCstmrStmt>", "camt"),
        (b"<DataPDU><Header/><Body><AppHdr/><Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'>", "camt"),  # noqa: E501 - a row of a table
        ('<?xml version="1.0" encoding="UTF-16"?><Document><BkToCstmrStmt>'.encode("utf-16"), "camt"),
        (b"OFXHEADER:100\r\n\r\n<OFX>", "ofx"),
        (b"<?xml version='1.0'?><?OFX OFXHEADER='200'?><OFX>", "ofx"),
        (b"!Type:Bank\nD1/2/26\n", "qif"),
        (b"Date;Amount\n2026-01-01;1\n", "csv"),
        (b"Date\tAmount\n2026-01-01\t1\n", "csv"),
    ],
)  # fmt: skip
def test_a_format_is_known_by_its_content(data, name):
    assert recognise(data) == name


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"%PDF-1.4", "This is a PDF, which is made for printing."),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "This is an old Excel file (XLS), which cannot be read. Open it"),
        (b"<table><tr><td>2026-01-01</td></tr></table>", "This is a web page or XML that only calls itself an Excel"),
        (
            b'<html xmlns:x="urn:schemas-microsoft-com:office:excel"><body>',
            "This is a web page or XML that only calls",
        ),
        (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
            "This is a web page or XML that only calls itself an Excel file.",
        ),
        (b"<html><head><title>Sign in</title>", "This is a web page, not a statement; download it again."),
        (b"<html><body>Sign in for camt.053", "This is a web page, not a statement; download it again."),
        (b"\x1f\x8b\x08\x00abc", "This is a compressed file (GZIP). Unpack it and choose the statement inside."),
        (b"BZh91AY", "This is a compressed file (BZIP2)."),
        (b"\xfd7zXZ\x00", "This is a compressed file (XZ)."),
        (b"7z\xbc\xaf\x27\x1c", "This is a compressed archive (7Z)."),
        (b"Rar!\x1a\x07", "This is a compressed archive (RAR)."),
        (b"GIF89a", "This is a picture."),
        (b'[{"date": 1}]', "This is a JSON file"),
        (b"{\\rtf1 hello}", "This is a text document (RTF)"),
        (
            b"<?xml version='1.0'?><Document><CstmrCdtTrfInitn>",
            "This is an order of payments (pain), not a statement.",
        ),
        (
            b"<Envelope><Body><Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.001.001.09'>",
            "This is an order of payments (pain), not a statement.",
        ),
        (b"<?xml version='1.0'?><feed/>", "This is an XML file of an unknown kind."),
        (
            b"<OFX>" + b" " * 50_000 + b'<!ENTITY a "b">',
            "The file declares XML entities, which statements never need.",
        ),
    ],
)
def test_what_is_no_statement_is_called_by_its_name(data, sentence):
    with pytest.raises(Refused) as refused:
        recognise(data)

    assert refused.value.reason.startswith(sentence)


def test_a_table_that_only_calls_itself_a_spreadsheet_is_read_as_text():
    assert recognise(b"Date\tPayee\tAmount\n2026-01-01\tShop\t-1.00\n") == "csv"


def test_every_format_has_its_article_and_stands_among_those_that_can_be_read():
    assert [called(name) for name in FORMATS] == [
        "a CSV file",
        "an OFX file",
        "a QIF file",
        "a CAMT.053 file",
        "an MT940 file",
        "an XLSX file",
    ]
    assert all(shown in INSTEAD for shown in FORMATS.values())
