"""MT940: whole files of a dozen dialects, and what must hold of any."""

import datetime
import time
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expenses.imports.statements import Mapping, MappingError, Refused, adapt, booked, fields_of, guess, read
from expenses.imports.statements.mt940 import LAST_OF_FEBRUARY
from expenses.imports.statements.purposes import understood
from tests.imports.told import told

pytestmark = pytest.mark.either  # asks no database

STATEMENTS = Path(__file__).parent.parent / "statements" / "mt940"

EXPECTED = {
    "belgian_columns.txt": """
4: 2026-01-06 | -7.25 EUR | BE68539007547034 EUR | B26-1
BETALING MET BANKKAART BAKKERIJ DE KORENAAR GENT 06-01 08:12 KAART 1234
7: 2026-01-06 | 1234.56 EUR | BE68539007547034 EUR |
OVERSCHRIJVING VAN BE71096123456769
""",
    "czech_symbols.sta": """
5: 2026-01-06 | -1250.00 CZK | 0100/123456789 | BI-0001
@ Bytové družstvo Růže
VS:2026001 KS:0308 Nájem byt 4
Odchozí úhrada
19-2000145399
7: 2026-01-06 | 99.90 CZK | 0100/123456789 | BI-0002
@ Jiří Černý
Vrácení
Příchozí úhrada
000123
""",
    "dutch_abn_sepa.txt": """
8: 2026-01-06 | -22.5 EUR | NL91ABNA0417164300EUR |
@ SPORTCLUB ROOD
CONTRIBUTIE JANUARI
SEPA INCASSO ALGEMEEN DOORLOPEND
NL20INGB0001234567
CSID NL01ZZZ999999990000
MARF M-1
EREF E-12
12: 2026-01-06 | 10.00 EUR | NL91ABNA0417164300EUR |
@ J. DE WIT
LUNCH
SEPA OVERBOEKING
NL20INGB0001234567
""",
    "dutch_ing.940": """
8: 2026-01-06 | -12.34 EUR | NL20INGB0001234567EUR |
@ Groenteboer Kool
Kassabon 8
NL69RABO0123456789
EREF E-1
MARF M-2
CSID NL02ZZZ1
/TRCD/01016/
11: 2026-01-06 | 5.00 EUR | NL20INGB0001234567EUR |
@ Tante Bep
9876543210
NL91ABNA0417164300
/TRCD/00100/
""",
    "dutch_rabo.swi": """
6: 2026-01-06 | -30.25 EUR | NL69RABO0123456789 EUR |
@ Bakker Bart
Brood en banket
EREF R-9
ISDT 2026-01-06
NL20INGB0001234567
10: 2026-01-06 | 100.00 EUR | NL69RABO0123456789 EUR |
@ W. Ouders
Zakgeld
ISDT 2026-01-06
""",
    "dutch_triodos.txt": """
5: 2026-01-06 | -4.50 EUR | TRIODOSBANK/0390123456 |
@ Cafe De Zon Utrecht
Koffie in de stad met gebak
0417164300
""",
    "german_sparkasse.sta": """
5: 2025-12-31 | -54.30 EUR | 12030000/1020304050 | 8327000272031031
@ Bäckerei Korn & Sohn GmbH und Co KG
Einkauf Bäckerei am Markt 12
SEPA-ELV-LASTSCHRIFT
DE75512108001245126199
EREF 4711-A
MREF M-77
CRED DE98ZZZ09999999999
/OCMT/EUR54,30//
10: 2026-01-05 | 2450 EUR | 12030000/1020304050 | 8327000272031032
@ WEBER GMBH
Gehalt Januar
Weber Holding
GUTSCHRIFT
12: 2026-01-07 | -15.5 EUR | 12030000/1020304050 |
@ Olaf Holm
Zurueck
RUECKLASTSCHRIFT
14: 2026-01-07 | 3.00 EUR | 12030000/1020304050 |
@ Olaf Holm
Alte Zeile ohne SEPA
RUECKBUCHUNG
""",
    "hungarian_at_signs.txt": """
6: 2026-01-06 | -4500 HUF | HU42117730161111101800000000 |
Számlavezetési díj január
8: 2026-01-06 | 12000 HUF | HU42117730161111101800000000 |
SZLA-12
""",
    "interim_942.txt": """
7: 2026-01-06 | -9.90 EUR | AT611904300234573201 |
KAFFEEHAUS SPERL
""",
    "polish_less_than.sta": """
5: 2026-01-06 | -120.00 PLN | /PL61109010140000071219812874 | BR26006000123
@ Wodociągi Miejskie
Opłata za wodę styczeń
PRZELEW WYCHODZĄCY
PL27105010120000009000000001
Wodociągi Miejskie ul. Krótka 1 00-001 Łódź
944-PRZELEW
10: 2026-01-06 | 15.00 PLN | /PL61109010140000071219812874 | BR26006000124
@ Żaneta Nowak Kraków
Zwrot za bilet
PRZELEW
PL83101010230000261395100000
""",
    "rows_in_trouble.sta": """
5: 2026-01-06 | -1.00 EUR | 1 |
Good
18: 2026-01-06 | 0.00 EUR | 1 |
Nothing
20: 2026-01-06 | 2.00 EUR | 1 |
Good again
""",
    "swiss_free_text.mt940": """
6: 2026-01-06 | -88.4 CHF | CH9300762011623852957 | 20260106007
CAFE ZUERICH, 8001 ZUERICH KARTEN-NR. XXXX1234 Betrag 88.40
Kauf/Dienstleistung vom 05.01.2026
17: 2026-01-07 | 1250 CHF | CH9300762011623852957 | 20260107001
MUELLER SOEHNE AG
""",
    "two_accounts.sta": """
5: 2026-01-06 | -4.50 EUR | DE02120300000000202051 |
COFFEE^ 06-01-2026 DOWNTOWN
7: 2026-01-06 | -4.50 EUR | DE02120300000000202051 |
COFFEE^ 06-01-2026 DOWNTOWN
13: 2026-01-06 | 3.50 USD | US-77 |
""",
}


def statement(name: str) -> bytes:
    return (STATEMENTS / name).read_bytes()


def rows(*lines: str, head: str = ":60F:C260105EUR0,00") -> bytes:
    """A statement of one account with these lines."""
    return "\r\n".join([":20:X", ":25:1", ":28C:1", head, *lines, "-", ""]).encode()


def row(said: str, text: str = "Shop") -> str:
    return f":61:{said}\r\n:86:{text}"


def test_every_file_is_expected():
    assert {path.name for path in STATEMENTS.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_dialect_is_read_row_by_row(name):
    found = read(statement(name))

    assert "\n".join(map(told, found.records)) == EXPECTED[name].strip()
    assert found.format == "mt940"
    assert not found.ambiguous
    assert guess(statement(name)).signature == "mt940"


@pytest.mark.parametrize("name", EXPECTED)
def test_a_dialect_is_the_same_whatever_ends_its_lines(name):
    data = statement(name)
    found = read(data)

    for ending in (b"\n", b"\r", b"\r\r\n"):
        other = read(data.replace(b"\r\n", b"\n").replace(b"\n", ending))
        assert other.records == found.records
        assert other.problems == found.problems


@pytest.mark.parametrize(
    ("said", "day", "amount"),
    [
        ("2601060106D12,50NMSCNONREF", "2026-01-06", "-12.50"),
        ("260106C12,NMSCNONREF", "2026-01-06", "12"),
        ("260106D12,5NMSCNONREF", "2026-01-06", "-12.5"),
        ("260106D,50NMSCNONREF", "2026-01-06", "-0.50"),
        ("260106RC1,00NMSCNONREF", "2026-01-06", "-1.00"),
        ("260106RD1,00NMSCNONREF", "2026-01-06", "1.00"),
        ("260106DR1,00NMSCNONREF", "2026-01-06", "-1.00"),
        ("260106CR1,00NMSCNONREF", "2026-01-06", "1.00"),
        ("260106RDR1,00NMSCNONREF", "2026-01-06", "1.00"),
        ("260106CD1,00NMSCNONREF", "2026-01-06", "1.00"),
        ("260106 D 1,00 NMSCNONREF", "2026-01-06", "-1.00"),
        ("260106D1.234,56FMSC", "2026-01-06", "-1234.56"),
        ("260106D1234.56S103", "2026-01-06", "-1234.56"),
        ("260106D1,234,567.89S103", "2026-01-06", "-1234567.89"),
        ("260106D000000000001,00", "2026-01-06", "-1.00"),
        ("260106D1,00NOV NONREF", "2026-01-06", "-1.00"),
        ("2512310101D1,00NMSC", "2025-12-31", "-1.00"),
        ("2601011231D1,00NMSC", "2026-01-01", "-1.00"),
        ("9912311231D1,00NMSC", "1999-12-31", "-1.00"),
        ("240229D1,00NMSC", "2024-02-29", "-1.00"),
        ("20260106D1,00NMSC", "2026-01-06", "-1.00"),
        ("260106D0,0001NMSC", "2026-01-06", "-0.0001"),
    ],
)
def test_a_row_has_its_day_and_sign(said, day, amount):
    [record] = read(rows(row(said))).records

    assert (str(record.date), str(record.amount)) == (day, amount)


@pytest.mark.parametrize(
    ("text", "payee", "memo"),
    [
        ("Free text", "", "Free text"),
        ("166?00GUTSCHRIFT?20Miete?32Ada Byron", "Ada Byron", "Miete · GUTSCHRIFT"),
        ("166?20EREF+NOTPROVIDED?21SVWZ+Miete Mai?32Ada?33 Byron", "Ada Byron", "Miete Mai"),
        ("?20Miete?32Ada Byron", "Ada Byron", "Miete"),
        ("166?20Miete?32Ada Byron?33und Kinder", "Ada Byron und Kinder", "Miete"),
        ("166?20Miete?32Ein Name von 27 Zeichen, wi?33e viele", "Ein Name von 27 Zeichen, wie viele", "Miete"),
        ("020~20Tytul~32SKLEP~33UL. PROSTA 1", "SKLEP UL. PROSTA 1", "Tytul"),
        ("166?20Ein Text von 27 Zeichen, de?21r weitergeht?60und hier endet", "", "Ein Text von 27 Zeichen, der weitergeht und hier endet"),  # noqa: E501 - a row of a table
        ("166?20SVWZ+Brot?21ABWE+Backstube Ost?32Zahldienst", "Zahldienst", "Brot · Backstube Ost"),
        ("SVWZ+Miete Mai EREF+E-7", "", "Miete Mai · EREF E-7"),
        ("020<20Tytul<27Jan Nowak<28Krakow", "Jan Nowak", "Tytul · Jan Nowak Krakow"),
        ("/NAME/J. DE WIT/REMI/LUNCH/EREF/NOTPROVIDED", "J. DE WIT", "LUNCH"),
        ("/EREF/E1//CNTP/NL69RABO0123456789/RABONL2U/Kool///REMI/USTD//Bon 8/", "Kool", "Bon 8 · NL69RABO0123456789 · EREF E1"),  # noqa: E501 - a row of a table
        ("/REMI/no name at all", "", "no name at all"),
        ("What? 20 euros? 30 or so?", "", "What? 20 euros? 30 or so?"),
        ("24/7 /shop/ online", "", "24/7 /shop/ online"),
        ("SEPA OVERBOEKING       IBAN: NL02 BIC: ABNANL2A    NAAM: J JANSEN OMSCHRIJVING: HUUR MEI KENMERK: 7", "J JANSEN", "HUUR MEI · SEPA OVERBOEKING · NL02 · KENMERK 7"),  # noqa: E501 - a row of a table
        ("SEPA INCASSO INCASSANT: NL1 NAAM: ENERGIE BV MACHTIGING: M-1 IBAN: NL02", "ENERGIE BV", "SEPA INCASSO · NL02 · INCASSANT NL1 · MACHTIGING M-1"),  # noqa: E501 - a row of a table
        ("Bons Ober IBAN: NL02 BIC: ABNANL2A thanks for all", "", "Bons Ober · thanks for all · IBAN NL02"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_a_purpose_tells_whom_and_what_for(text, payee, memo):
    found = understood([text])

    assert found.payee == payee
    assert " · ".join(filter(None, found.memos)) == memo


def test_a_purpose_is_understood_wherever_it_is_wrapped():
    text = "166?00GUTSCHRIFT?20SVWZ+Miete fuer Mai und Ju?21ni?30BYLADEM1001?31DE75512108001245126199?32Ada Byron"

    found = {(said.payee, *said.memos) for at in range(len(text)) for said in [understood([text[:at], text[at:]])]}

    assert found == {("Ada Byron", "Miete fuer Mai und Juni", "", "", "", "GUTSCHRIFT", "DE75512108001245126199", "")}


def test_what_stands_behind_the_closing_balance_belongs_to_no_row():
    found = read(statement("dutch_ing.940"))

    assert not any("/SUM/" in record.raw for record in found.records)


def test_balances_are_no_rows():
    found = read(statement("dutch_ing.940"))

    assert (len(found.records), found.problems, found.left_out) == (2, [], [])


def test_expected_rows_of_an_interim_report_are_left_out_as_pending():
    found = read(statement("interim_942.txt"))

    assert found.left_out_counts() == {"not booked yet": 1}
    assert found.notices[0].startswith("This is an interim report (MT942)")


def test_the_mark_of_a_message_within_a_row_hides_no_row():
    found = read(rows(":61:{4:D141,48N426", ":61:2601060106D1,00NTRF{4:REF", "{1:F01}{4::61:2601060106D2,00NTRF"))

    assert [problem.text for problem in found.problems] == ["{4:D141,48N426"]
    assert [record.amount for record in found.records] == [Decimal(-1), Decimal(-2)]


@pytest.mark.parametrize(("said", "currency"), [("EURD0,", "EUR"), ("E\x00URD0,", "EUR"), ("E\x00U0,", "")])
def test_the_currency_of_an_interim_report_is_letters_or_none(said, currency):
    found = read(f":20:X\n:25:1\n:28C:1\n:34F:{said}\n{row('260106D1,00NMSC')}\n".encode())

    assert [record.currency for record in found.records] == [currency]


def test_rows_that_cannot_be_read_are_named_by_line_with_their_text():
    found = read(statement("rows_in_trouble.sta"))

    assert [(problem.line, problem.reason) for problem in found.problems] == [
        (7, "“2026-04-31” is not a day in the calendar."),
        (9, "The line :61: has no day, direction (C or D) and amount where MT940 writes them."),
        (11, "“1.234” can be read in two ways: MT940 parts decimals by a comma."),
        (13, "“1,23456” has more than four decimals."),
        (15, "“999999999999,” is beyond 100,000,000,000."),
        (17, "The line :61: has no day, direction (C or D) and amount where MT940 writes them."),
    ]
    assert found.problems[0].text == "260431D1,00NMSCNONREF\nNo such day"


@pytest.mark.parametrize("last", [":61:260106D1", ":61:2601060106D1,2", ":61:260106D1234,"])
def test_a_last_row_that_ends_with_its_amount_is_no_row(last):
    whole = rows(row("260106D1,00NMSC"))

    found = read(whole.removesuffix(b"-\r\n") + last.encode())

    assert [record.amount for record in found.records] == [Decimal(-1)]
    assert [(problem.line, problem.reason) for problem in found.problems] == [(7, booked.CUT_SHORT)]
    assert found.notices == (booked.ENDS_EARLY,)


def test_a_file_that_ends_before_its_closing_balance_is_pointed_out():
    body = rows(row("260106D1,00NMSC")).removesuffix(b"-\r\n")

    assert read(body).notices == (booked.ENDS_EARLY,)
    assert read(body + b":62F:D260106EUR1,00").notices == ()
    assert read(body + b"-").notices == ()


@pytest.mark.parametrize(
    ("said", "day"), [("260230", "2026-02-28"), ("260229", "2026-02-28"), ("2402300301", "2024-02-29")]
)
def test_the_thirtieth_of_february_is_the_last_day_of_it_and_pointed_out(said, day):
    found = read(rows(row(f"{said}D1,00NMSC")))

    assert [str(record.date) for record in found.records] == [day]
    assert found.notices == (LAST_OF_FEBRUARY,)


def test_a_real_day_of_february_needs_no_word():
    found = read(rows(row("240229D1,00NMSC"), row("260228D1,00NMSC")))

    assert [str(record.date) for record in found.records] == ["2024-02-29", "2026-02-28"]
    assert found.notices == ()


def test_a_day_far_ahead_is_a_problem():
    found = read(rows(row("310106D1,00NMSC"), row("260106D1,00NMSC")), today=datetime.date(2026, 1, 6))

    assert [problem.reason for problem in found.problems] == ["“2031-01-06” is more than a year ahead."]
    assert len(found.records) == 1


def test_balances_that_disagree_are_said_for_their_statement_alone():
    [notice] = read(statement("two_accounts.sta")).notices

    assert notice.startswith("The closing balance of US-77 (-6.00 USD)")
    assert notice.endswith("+0.50 is unexplained.")


@pytest.mark.parametrize("reference", ["NONREF", "000000", "17", ""])
def test_what_banks_write_for_no_reference_is_no_id(reference):
    [record] = read(rows(row(f"260106D1,00NMSCNONREF//{reference}"))).records

    assert record.bank_id == ""


def test_a_repeated_reference_is_no_id_and_one_of_its_own_is():
    same, again, own = read(rows(*[row("260106D1,00NMSC//POS-1")] * 2, row("260106D1,00NMSC//BR-77"))).records

    assert [same.bank_id, again.bank_id, own.bank_id] == ["", "", "BR-77"]


def test_a_name_behind_the_reference_is_kept():
    [record] = read(rows(row("260106D000000000018,90N100NONREF          BAKKER BART"))).records

    assert (record.description, record.memo) == ("Shop", "BAKKER BART")


def test_letters_can_be_said_by_the_person():
    data = statement("german_sparkasse.sta")

    found = read(data, Mapping(encoding="cp850"))

    assert found.records[0].payee.startswith("Bõckerei")
    assert fields_of("mt940") == ("encoding",)


def test_letters_of_another_bank_are_guessed_again_with_a_saved_reading():
    saved = read(statement("german_sparkasse.sta")).mapping

    adapted = adapt(statement("polish_less_than.sta"), saved, "mt940")

    assert (saved.encoding, adapted.encoding) == ("cp1252", "cp1250")


@pytest.mark.parametrize("head", [b"BANK\r\n940\r\n", b"{1:F01X}{2:I940X}{4:\r\n", b"\xef\xbb\xbf", b"\n\n  ", b"{4:"])
def test_lines_before_the_statement_do_no_harm(head):
    assert len(read(head + rows(row("260106D1,00NMSC"))).records) == 1


def test_a_statement_without_rows_is_refused():
    for take in (guess, read):
        with pytest.raises(Refused, match="No transactions found"):
            take(rows(":62F:C260105EUR0,00"))


GOOD = (STATEMENTS / "german_sparkasse.sta").read_bytes()


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=8), st.integers(0, len(GOOD)))
def test_damaged_bytes_never_break_the_reading(changes, end):
    data = bytearray(GOOD)
    for at, byte in changes:
        data[at] = byte

    with suppress(Refused, MappingError):
        found = read(bytes(data[:end] if end % 3 == 0 else data))
        assert all(isinstance(record.amount, Decimal) for record in found.records)


@settings(max_examples=200)
@given(st.lists(st.text(alphabet="0123456789CDRN,./? ABC", max_size=30), min_size=1, max_size=8))
def test_every_row_is_accounted_for(said):
    found = read(rows(*(row(text) for text in said)))

    assert len(found.records) + len(found.problems) + len(found.left_out) == len(said)


@settings(max_examples=200)
@given(st.lists(st.text(alphabet="/?<+: REMINAMECNTPSVWZ0123456789ab", max_size=70), max_size=6))
def test_no_purpose_breaks_the_reading(lines):
    found = understood(lines)

    assert isinstance(found.payee, str)
    assert all(isinstance(memo, str) for memo in found.memos)


@pytest.mark.parametrize(
    "text", ["?20" * 20_000, "/NAME/" * 10_000, "166" + "?" * 60_000, "SVWZ+" * 10_000, "NAAM: VOOR: x " * 7_000]
)
def test_no_purpose_slows_the_reading_down(text):
    started = time.process_time()

    understood([text])

    assert time.process_time() - started < 2


def test_many_rows_take_seconds():
    data = rows(*(row("260106D1,50NMSC", f"166?00X?20SVWZ+Shop {n}?32Ada Byron") for n in range(20_000)))
    started = time.process_time()

    found = read(data)

    assert len(found.records) == 20_000
    assert time.process_time() - started < 8  # 1 s alone on an idle machine
