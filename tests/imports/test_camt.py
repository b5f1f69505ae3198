"""CAMT.053, .052 and .054: whole files of all versions, and what must hold of any."""

import datetime
import time
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expenses.imports.statements import Mapping, MappingError, Refused, guess, preview, read
from tests.imports.told import told

pytestmark = pytest.mark.either  # asks no database

STATEMENTS = Path(__file__).parent.parent / "statements" / "camt"

EXPECTED = {
    "notification_054.xml": """
8: 2026-01-05 | 199.00 DKK | DK5000400440116243 | N-1
@ Rasmus Holm
Tak for sidst
""",
    "numbers_of_rows.xml": """
8: 2026-01-05 | -4.50 EUR | DE02120300000000202051 |
Coffee
13: 2026-01-05 | -4.50 EUR | DE02120300000000202051 |
Coffee
18: 2026-01-05 | -4.50 EUR | DE02120300000000202051 | K-2026-000815
Coffee
23: 2026-01-05 | -6.00 EUR | DE02120300000000202051 |
Tea
28: 2026-01-05 | -6.00 EUR | DE02120300000000202051 |
Tea
33: 2026-01-05 | -7.00 EUR | DE02120300000000202051 | T-9
Cake
""",
    "rows_in_trouble.xml": """
8: 2026-01-05 | -1.00 EUR | DE02120300000000202051 | P1
Good
68: 2026-01-05 | -2.00 EUR | DE02120300000000202051 | P2
Good again
""",
    "says_utf8_is_cp1252.xml": """
8: 2026-01-05 | -23.10 EUR | FR1420041010050500013M02606 | F1
@ Crémerie Élysée
Fromage à 5 €
""",
    "utf16_with_mark.xml": """
8: 2026-01-05 | -8.50 EUR | GR1601101250000000012300695 | E1
@ Φούρνος Ήλιος
Ψωμί
""",
    "v02_german.xml": """
10: 2026-01-05 | -54.30 EUR | DE02120300000000202051 | 2026010500001
@ Bäckerei Korn & Sohn
Einkauf vom 03.01. Filiale 12
DE75512108001245126199
15: 2026-01-07 | 2450.00 EUR | DE02120300000000202051 | 2026010700044
@ Weber GmbH
Gehalt Januar
20: 2026-01-08 | -19.99 EUR | DE02120300000000202051 | 2026010800002
@ Zahldienst Europe
Bestellung 4711
Buchladen Leseratte
25: 2026-01-09 | -60.00 EUR | DE02120300000000202051 | 2026010900003
Sammelüberweisung
25.00 EUR Turnverein Nord Beitrag
35.00 EUR Musikschule Ton Flöte
31: 2026-01-30 | -4.90 EUR | DE02120300000000202051 |
Entgelt Kontoführung
""",
    "v03_report_052.xml": """
8: 2026-01-05 | -12.00 EUR | FI2112345600000785 | R-77
@ Kauppa Oy
Ruoka
""",
    "v04_swiss_latin1.xml": """
8: 2026-01-12 | 1250.00 CHF | CH9300762011623852957 | CS-1
@ Müller Söhne AG
210000000003139471430009017
Rechnung 17
13: 2026-01-13 | -88.40 CHF | CH9300762011623852957 | CS-2
@ Café Zürich
18: 2026-01-31 | -2.00 CHF | CH9300762011623852957 |
Kontoführung
""",
    "v06_times_and_days.xml": """
8: 2026-01-31 | -9.95 GBP | 60161331926819 |
@ Corner Shop
13: 2026-01-02 | -20 GBP | 60161331926819 |
@ Bank of Nowhere
18: 2026-01-05 | 0.00 GBP | 60161331926819 |
Interest rate changed
23: 2026-01-06 | -7.1234 GBP | 60161331926819 |
Four decimals
""",
    "v08_parties_and_reversals.xml": """
8: 2026-01-05 | -15.00 EUR | NL20INGB0001234567 | A1
@ Groenteboer Kool
Kassabon 8
13: 2026-01-05 | 40.00 EUR | NL20INGB0001234567 | A2
@ Sportclub Rood
Storno incasso
18: 2026-01-05 | -25.00 EUR | NL20INGB0001234567 | A3
@ Tante Bep
Credit taken back
28: 2026-01-05 | -33.00 EUR | NL20INGB0001234567 | A4
@ Verhuur Huis
Incasso huur
NL91ABNA0417164300
""",
    "v10_two_accounts.xml": """
10: 2026-01-05 | -500 SEK | SE4550000000058398257466 | S1
@ Fiskaffären
EUR 44.10
21: 2026-01-05 | 3.50 USD | US-77 | S2
Interest
""",
}


def statement(name: str) -> bytes:
    return (STATEMENTS / name).read_bytes()


def entries(*written: str, head: str = "", version: str = "camt.053.001.02", encoding: str = "UTF-8") -> bytes:
    """A statement of these entries; `head` stands before them."""
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{version}">'
        f"<BkToCstmrStmt><Stmt>{head}\n{''.join(written)}</Stmt></BkToCstmrStmt></Document>\n"
    )
    return text.encode(encoding)


def entry(amount: str = "4.50", direction: str = "DBIT", day: str = "2026-01-05", more: str = "") -> str:
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd><Sts>BOOK</Sts>'
        f"<BookgDt><Dt>{day}</Dt></BookgDt>{more}</Ntry>\n"
    )


def test_a_currency_has_no_control_characters():
    [record] = read(entries(entry().replace("EUR", "E\x85UR"))).records

    assert record.currency == "EUR"


def test_every_file_is_expected():
    assert {path.name for path in STATEMENTS.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_each_entry_of_a_statement_is_one_record(name):
    found = read(statement(name))

    assert "\n".join(map(told, found.records)) == EXPECTED[name].strip()
    assert found.format == "camt"
    assert not found.ambiguous
    assert guess(statement(name)).signature == "camt"


def test_pending_entries_and_those_told_for_information_are_left_out():
    found = read(statement("v03_report_052.xml"))

    assert found.left_out_counts() == {"not booked yet": 1, "told for information only": 1}
    assert [row.line for row in found.left_out] == [13, 18]


def test_a_report_and_an_advice_are_said_to_be_no_statement():
    assert "camt.052" in read(statement("v03_report_052.xml")).notices[0]
    assert "camt.054" in read(statement("notification_054.xml")).notices[0]


def test_entries_that_cannot_be_read_are_named_by_line():
    found = read(statement("rows_in_trouble.xml"))

    assert [(problem.line, problem.reason) for problem in found.problems] == [
        (13, "“1e3” is not an amount."),
        (18, "“NaN” is not an amount."),
        (23, "“-5.00” has a sign of its own beside CdtDbtInd, which says the direction."),
        (28, "“12,50” is not an amount."),
        (33, "“1.23456” has more than four decimals."),
        (38, "There is no amount in this row."),
        (43, "The entry says neither money in (CRDT) nor money out (DBIT)."),
        (48, "“DEBIT” says neither money in (CRDT) nor money out (DBIT)."),
        (53, "“2026-02-30” is not a day in the calendar."),
        (58, "“1024-01-01”: the year 1024 is outside 1900 to 2200."),
        (63, "“999999999999” is beyond 100,000,000,000."),
    ]
    assert "No such day" in found.problems[8].text


def test_a_day_far_ahead_is_a_problem():
    found = read(entries(entry(day="2031-01-05"), entry()), today=datetime.date(2026, 1, 6))

    assert [problem.reason for problem in found.problems] == ["“2031-01-05” is more than a year ahead."]
    assert len(found.records) == 1


def test_two_equal_entries_without_a_reference_are_both_real():
    found = read(entries(entry(), entry()))

    assert [record.amount for record in found.records] == [Decimal("-4.50")] * 2
    assert len({record.raw for record in found.records}) == 1


def test_an_entry_is_known_by_no_longer_number_than_a_row_has_room_for():
    text = entries(f"<Ntry><NtryRef>K-{'7' * 300}</NtryRef>{entry()[6:]}")

    [record] = read(text).records

    assert record.bank_id == "K-" + "7" * 198


def test_a_number_in_the_file_makes_no_other_row_of_the_next_export():
    first, second = (
        read(entries(f"<Ntry><NtryRef>{number}</NtryRef>{entry()[6:]}")).records[0] for number in ("1", "2")
    )

    assert (first.raw, first.bank_id) == (second.raw, second.bank_id)


def test_balances_that_disagree_are_said_once_for_the_statement():
    found = read(statement("v10_two_accounts.xml"))

    [notice] = found.notices
    assert notice.startswith(
        "The closing balance of US-77 (-6.00 USD) is not the opening balance and the rows between"
    )
    assert notice.endswith("+0.50 is unexplained.")
    assert not read(statement("v02_german.xml")).notices


def test_of_many_statements_that_disagree_a_few_are_named():
    balance = "<Bal><Tp><CdOrPrtry><Cd>{}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>5</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>"
    head = balance.format("OPBD") + balance.format("CLBD")

    found = read(entries(*[f"</Stmt><Stmt>{head}{entry()}"] * 8))

    assert len(found.notices) == 6
    assert found.notices[-1] == "So it is with 3 more statements in it."


@pytest.mark.parametrize("version", ["camt.053.001.02", "camt.053.001.13", "x:camt.054.001.09"])
def test_any_version_is_read_whatever_its_namespace(version):
    assert len(read(entries(entry(), version=version)).records) == 1


@pytest.mark.parametrize(
    "encoding", ["utf-8", "iso-8859-1", "windows-1252", "iso-8859-15", "iso-8859-2", "utf-16", "utf-16-le", "cp850"]
)
def test_letters_are_read_as_the_file_declares_them(encoding):
    found = read(entries(entry(more="<AddtlNtryInf>Müller é</AddtlNtryInf>"), encoding=encoding))

    assert found.records[0].description == "Müller é"
    assert not found.notices


def test_a_declaration_that_lies_is_seen_through():
    data = statement("says_utf8_is_cp1252.xml")

    assert read(data).notices[0].startswith("The file says that it is written in Unicode (UTF-8), which does not fit")
    unread = entries(entry(more="<AddtlNtryInf>Müller</AddtlNtryInf>")).replace(b"UTF-8", b"UTF-16")
    assert read(unread).records[0].description == "Müller"


def test_marks_and_blanks_before_the_declaration_and_controls_within_do_no_harm():
    data = b"\xef\xbb\xbf\r\n\n" + entries(entry(more="<AddtlNtryInf>A\x01\x00B</AddtlNtryInf>")) + b"\x1a\x00"

    [record] = read(data).records

    assert (record.description, record.line) == ("AB", 5)


DECLARATIONS = [
    '<!DOCTYPE Document SYSTEM "http://127.0.0.1/x.dtd">',
    '<!DOCTYPE d [<!ENTITY a "b">]>',
    "<!doctype d>",
]


@pytest.mark.parametrize("declaration", DECLARATIONS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("filling", [0, 30_000])
def test_whatever_declares_entities_is_refused(declaration, encoding, filling):
    text = entries(entry()).decode().replace("UTF-8", encoding)
    head, _, body = text.partition("\n")
    data = f"{head}\n<!-- camt.053 {'x' * filling} -->{declaration}{body}".encode(encoding)

    with pytest.raises(Refused, match=r"The file declares XML entities, which statements never need\."):
        read(data)


def test_an_entity_in_the_middle_of_the_file_is_refused():
    with pytest.raises(Refused, match="declares XML entities"):
        read(entries(*[entry()] * 500, '<!ENTITY x "y">', entry()))


def test_broken_xml_is_refused_with_its_line():
    with pytest.raises(Refused, match="The XML is broken in line 4 ") as refused:
        read(entries(entry(), entry().replace("</Ntry>", "</Entry>")))

    assert refused.value.line == 4


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("Tom & Ann", "Tom & Ann"),
        ("Tom &amp; Ann", "Tom & Ann"),
        ("M&S; R&amp;D &", "M&S; R&D &"),
        ("B&auml;cker&nbsp;Korn &#8364; &#x20AC;", "Bäcker\u00a0Korn € €"),
        ("a&#2;b&#0;c&#xD800;d&#xFFFFFF;e&#xFFFE;f", "abcdef"),
        ("&lt;b&gt; &LT;b&GT; &#60;", "<b> <b> <"),
        ("<![CDATA[Tom & Ann &amp;]]>", "Tom & Ann &amp;"),
        ("&unheardof;", "&unheardof;"),
    ],
)
def test_an_ampersand_is_what_was_meant_by_it(written, read_as):
    [record] = read(entries(entry(more=f"<AddtlNtryInf>{written}</AddtlNtryInf>"))).records

    assert record.description == " ".join(read_as.split())


def test_payments_stand_in_the_entry_itself_in_the_first_version():
    who = "<RltdPties><Cdtr><Nm>Ada</Nm></Cdtr></RltdPties>"
    more = f"<TxDtls><Refs><AcctSvcrRef>P-1</AcctSvcrRef></Refs>{who}</TxDtls>"

    [record] = read(entries(entry(more=more), version="camt.053.001.01")).records

    assert (record.payee, record.bank_id) == ("Ada", "P-1")


@pytest.mark.parametrize("between", [b"", b"\n", b"\r\n\n", b"\n\xef\xbb\xbf"])
def test_the_statements_of_several_days_are_read_end_to_end(between):
    first, second = (statement(name).rstrip() for name in ("v02_german.xml", "v08_parties_and_reversals.xml"))

    found = read(first + between + second)

    alone = [*read(first).records, *read(second).records]
    assert [replace(row, line=0) for row in found.records] == [replace(row, line=0) for row in alone]
    assert not found.notices


def test_broken_xml_behind_another_statement_is_refused_with_its_line():
    broken = entries(entry().replace("</Ntry>", "</Entry>"))

    for take in (read, lambda data: preview(data, Mapping(), rows=1)):
        with pytest.raises(Refused, match="The XML is broken in line 9 "):
            take(entries(entry(), entry()) + b"\n" + broken)


def test_a_file_of_countless_documents_is_refused_at_once():
    with pytest.raises(Refused, match="The XML is broken in line 5 "):
        read(entries(entry()) + b"<?xml version='1.0'?><a/>" * 100_000)


def test_xml_nested_without_end_is_refused():
    with pytest.raises(Refused, match="nested deeper"):
        read(entries("<a>" * 50_000))


def test_a_statement_without_entries_is_refused():
    for take in (guess, read):
        with pytest.raises(Refused, match="No transactions found"):
            take(entries())


GOOD = (STATEMENTS / "v02_german.xml").read_bytes()


@settings(max_examples=150)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=6), st.integers(0, len(GOOD)))
def test_damaged_bytes_never_break_the_reading(changes, end):
    data = bytearray(GOOD)
    for at, byte in changes:
        data[at] = byte

    with suppress(Refused, MappingError):
        found = read(bytes(data[:end] if end % 3 == 0 else data))
        assert all(isinstance(record.amount, Decimal) for record in found.records)


amounts = st.sampled_from(["1.00", "0", "x", "", "-1", "1e5", "12.345", "1.23456"])
days = st.sampled_from(["2026-01-05", "2026-02-30", "", "05.01.2026", "2026-01-05T10:00:00"])


@settings(max_examples=100)
@given(st.lists(st.tuples(amounts, st.sampled_from(["CRDT", "DBIT", ""]), days), min_size=1, max_size=8))
def test_every_entry_is_accounted_for(rows):
    found = read(entries(*(entry(*row) for row in rows)))

    assert len(found.records) + len(found.problems) + len(found.left_out) == len(rows)


def test_many_entries_take_seconds():
    data = entries(*(entry(f"{n}.50", more=f"<AddtlNtryInf>Shop {n}</AddtlNtryInf>") for n in range(20_000)))
    started = time.process_time()

    found = read(data)

    assert len(found.records) == 20_000
    assert time.process_time() - started < 8  # 1 s alone on an idle machine


def test_a_preview_shows_the_first_entries_and_refuses_what_is_broken_behind_them():
    whole = (STATEMENTS / "v10_two_accounts.xml").read_bytes()

    shown = preview(whole, Mapping(), rows=1).rows

    assert [row.record for row in shown] == read(whole).records[:1]
    with pytest.raises(Refused, match="The XML is broken in line"):
        preview(whole.replace(b"</Document>", b""), Mapping(), rows=1)
