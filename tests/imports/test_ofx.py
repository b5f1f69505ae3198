"""OFX as banks write it: with and without a header, closed and unclosed, honest and not; one small file for each."""

import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ofxtools.Parser import OFXTree

from expenses.imports.statements import Refused, Statement, booked, guess, ofx, read, signatures

pytestmark = pytest.mark.either  # asks no database

STATEMENTS = Path(__file__).parent.parent / "statements" / "ofx"
NAMES = sorted(path.name for path in STATEMENTS.iterdir())

# What each says: physical line, day, amount (money out negative) | currency | account | bank's id | payee | memo.
SAID = {
    "corrections.ofx": """
        13 2026-04-01 -1.00 | USD | 3 | k2 | RIGHT |
        17 2026-04-04 5.00 | USD | 3 | ref7 | KEPT |
    """,
    "damaged_rows.ofx": """
        12 2026-04-01 -1.00 | USD | 3 | d1 | GOOD |
        17 2026-04-05 -2.00 | USD | 3 | d6 | ONLY THE DAY OF PAYING |
        21 2026-04-13 -6.00 | USD | 3 | d10 | AMERICAN DAY |
        22 2026-04-05 -7.00 | USD | 3 | d11 | ANOTHER AMERICAN DAY |
    """,
    "declared_1251.ofx": """
        12 2026-03-11 -350.00 | RUB | 40817 | r1 | Пекарня | Хлеб
    """,
    "fragment_without_signs.ofx": """
        2 2026-04-01 15.00 |  |  | f1 | CUT OFF NAME OF A SH | CUT OFF NAME OF A SHOP IN TOWN
        3 2026-04-02 0.00 |  |  | f2 | Card check | Card check
    """,
    "german_thousands.ofx": """
        12 2026-04-01 -1234.56 | EUR | 3 | g1 | MÖBEL |
        13 2026-04-02 -1000 | EUR | 3 | g2 | MIETE |
        14 2026-04-03 12.5 | EUR | 3 | g3 | KLEIN |
    """,
    "investments.ofx": """
        16 2026-06-05 250.1250 | USD | Z900 | C1 | DEPOSIT |
        18 2026-06-11 -19.9900 | USD | Z900 | C2 | ACCOUNT FEE | ACCOUNT FEE
    """,
    "lower_case_lies.ofx": """
        13 2026-03-12 -4.00 | EUR | ES91-0001 | e1 | Panadería Núñez |
        19 2026-03-13 -60.00 | EUR | ES91-0001 | e2 | CHECK | Check 1042
        26 2026-03-14 -61.00 | EUR | ES91-0001 | e3 | Check 1043 |
    """,
    "old_mac_thousands.ofx": """
        20 2026-03-01 -1234.56 | USD | 12 | 0 | RENT |
        27 2026-03-02 -2000 | USD | 12 | 0 | SCHOOL |
        34 2026-03-03 3000.00 | USD | 12 | 0 | SALARY |
    """,
    "one_line.qfx": """
        1 2026-01-31 -8.99 | USD | 4000111122223333 | 2026013100001 | STREAMING CO |
        1 2026-01-15 150 | USD | 4000111122223333 | 2026011500001 | PAYMENT RECEIVED |
    """,
    "pending.ofx": """
        13 2026-01-07 -9.90 | EUR | DE02120300000000202051 | P1 | Bäckerei Süß |
    """,
    "several_accounts.qbo": """
        16 2026-05-02 -20.00 | CAD | 445566 CHECKING | 1 | GROCER |
        21 2026-05-31 0.07 | CAD | 445566 SAVINGS | 1 | Interest |
        30 2026-05-03 -40.00 | USD | 5100********0001 | 9 | SHOP ABROAD |
        31 2026-05-04 -55.00 | CAD | 5100********0001 | 10 | HOTEL |
    """,
    "sgml_cp1252.ofx": """
        26 2026-02-03 -12.50 | EUR | 00012345678 | L-0001 | CAFÉ DE L'ÉVÊCHÉ | CARTE 1234
        34 2026-02-04 -1234.56 | EUR | 00012345678 | L-0002 | MARTIN & FILS | <loyer> février ét é
        42 2026-02-05 2000.00 | EUR | 00012345678 | L-0003 | H&M AT&T A < B |
    """,
    "utf16.ofx": """
        12 2026-03-10 -7.77 | PLN | 77 | u1 | Żabka Łódź |
    """,
    "xml_cdata.ofx": """
        12 2026-04-02 -3.20 | GBP | 87654321 | A1 | Fish & Chips <Dock> |
        20 2026-04-03 -500.00 | GBP | 87654321 | A2 | Alice Example | Rainy days
        29 2026-04-04 -1.00 | GBP | 87654321 | A3 | Called a move, to nobody |
    """,
}
NOT_BOOKED = "not booked yet"


def statement(name: str) -> Statement:
    return read((STATEMENTS / name).read_bytes())


def of_rows(rows: str, header: str = "OFXHEADER:100\nDATA:OFXSGML\n\n", currency: str = "EUR") -> bytes:
    """A statement of one account; every row begins in a line of its own, the first in line 6."""
    return (
        f"{header}<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>{currency}<BANKACCTFROM><ACCTID>1</BANKACCTFROM>\n"
        f"<BANKTRANLIST>\n{rows}</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
    ).encode()


def row(amount: str = "-1.00", day: str = "20260401", more: str = "<NAME>Shop") -> str:
    return f"<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>{day}<TRNAMT>{amount}<FITID>1{more}</STMTTRN>\n"


def test_every_statement_has_its_rows_written_down():
    assert sorted(SAID) == NAMES


@pytest.mark.parametrize("name", SAID)
def test_a_dialect_is_read_as_it_was_meant(name):
    found = [
        f"{r.line} {r.date} {r.amount} | {r.currency} | {r.account} | {r.bank_id} | {r.payee} | {r.memo}".rstrip()
        for r in statement(name).records
    ]

    assert found == [line.strip() for line in SAID[name].strip().splitlines()]


def test_pending_rows_are_left_out_however_they_are_marked():
    found = statement("pending.ofx")

    assert [(row.line, row.reason) for row in found.left_out] == [(14, NOT_BOOKED), (15, NOT_BOOKED), (18, NOT_BOOKED)]


def test_of_investments_the_cash_lines_alone_are_read():
    found = statement("investments.ofx")

    assert found.left_out_counts() == {
        "an investment bought, sold or credited": 2,
        "an investment held": 1,
        "a security explained": 2,
    }


def test_damaged_rows_are_named_by_line_and_the_others_read():
    found = statement("damaged_rows.ofx")

    assert [(problem.line, problem.reason) for problem in found.problems] == [
        (13, "“1e5” is not an amount."),
        (14, "“20260431” is not a day in the calendar."),
        (15, "There is no amount in this row."),
        (16, "“-0.00001” has more than four decimals."),
        (18, ofx.NEVER_BEGAN),
        (19, "Two amounts, days or ids stand here: the tag between two rows is damaged."),
        (23, booked.CUT_SHORT),
    ]
    assert found.notices == (booked.ENDS_EARLY,)


def test_the_account_of_a_file_in_the_older_ofc_is_known():
    def of(account: str) -> str:
        rows = "".join(f"<STMTTRN><GENTRN>{row()[9:]}" for _ in range(2)).replace("</STMTTRN>", "</GENTRN></STMTTRN>")
        return f"<ACCTSTMT><ACCTFROM><BANKID>1<ACCTID>{account}</ACCTFROM><STMTRS>{rows}</STMTRS></ACCTSTMT>"

    found = read(f"<OFC><DTD>2<CPAGE>1252{of('A-1')}{of('A-2')}</OFC>".encode())

    assert [(record.account, record.payee) for record in found.records] == [("A-1", "Shop")] * 2 + [
        ("A-2", "Shop")
    ] * 2
    assert found.format == "ofx"


def test_a_row_that_another_takes_back_is_left_out_with_it():
    found = statement("corrections.ofx")

    assert [(row.line, row.reason) for row in found.left_out] == [
        (12, "taken back by the bank"),
        (14, "taken back by the bank"),
        (15, "takes back another row"),
        (16, "takes back another row"),
    ]
    assert found.notices == (
        "The bank takes back rows of earlier statements, which are not changed by this file: old9.",
    )


def test_a_row_of_a_very_long_id_is_taken_back_too_and_told_in_short():
    long = "k" * 5_000
    taken_back, of_earlier = row(more=f"<CORRECTFITID>{long}"), row(more=f"<CORRECTFITID>other{long}")

    found = read(of_rows(row().replace("<FITID>1", f"<FITID>{long}") + taken_back + of_earlier))

    assert [left.reason for left in found.left_out] == ["taken back by the bank"]
    assert [len(notice) < 200 for notice in found.notices] == [True]


def test_a_move_is_one_where_the_file_names_the_other_account():
    found = statement("xml_cdata.ofx").records

    assert [record.nature for record in found] == ["", "transfer", ""]


def test_amounts_without_any_minus_are_pointed_out():
    assert statement("fragment_without_signs.ofx").notices == (
        "No amount has a minus, though some rows are called payments: all are read as money in.",
    )


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("-12.50", "-12.50"),
        ("-12,50", "-12.50"),
        ("+12.50", "12.50"),
        ("-00000000000012.5000", "-12.5000"),
        (" - 12.50 ", "-12.50"),
        ("12.50-", "-12.50"),
        ("-1,234.56", "-1234.56"),
        ("-1.234,56", "-1234.56"),
        ("-1 234,56", "-1234.56"),
        ("-1&nbsp;234,56", "-1234.56"),
        ("-1'234.56", "-1234.56"),
        ("-1.234", "-1.234"),
        ("-1,2345", "-1.2345"),
        ("-1.234.567", "-1234567"),
        ("-.5", "-0.5"),
        ("R$ -5,00", "-5.00"),
        ("0", "0"),
    ],
)
def test_an_amount_alone_in_its_file_is_read_exactly(text, amount):
    assert [record.amount for record in read(of_rows(row(text))).records] == [Decimal(amount)]


def test_thousands_without_decimals_anywhere_are_read_as_such_and_said():
    found = read(of_rows(row("-1,234")))

    assert [record.amount for record in found.records] == [Decimal(-1234)]
    assert found.notices == (
        "Amounts such as 1,234 have been read as more than a thousand, since none has other decimals.",
    )


@pytest.mark.parametrize("text", ["1e5", "NaN", "inf", "--5", "1.2.3", "abc", "", "0x10", "1" * 30, "99999999999999"])
def test_what_is_no_amount_is_a_problem_and_never_zero(text):
    found = read(of_rows(row(text)))

    assert found.records == []
    assert [problem.line for problem in found.problems] == [6]


@pytest.mark.parametrize(
    "text",
    [
        "20260401",
        "20260401235959",
        "20260401000000.000[-12:X]",
        "20260401000000[+14:LINT]",
        "20260401120000[-5",
        "202604011200",
        "2026-04-01",
        "2026-04-01T23:59:59Z",
        "2026/04/01",
        "20260401 10:00:00",
        "20260401 100000",
        "20260401T100000.000Z",
        "20260401235959-0500",
        "20260401235959.000 +05:30",
    ],
)
def test_the_day_is_the_one_written_whatever_the_zone(text):
    assert [record.date for record in read(of_rows(row(day=text))).records] == [date(2026, 4, 1)]


@pytest.mark.parametrize("text", ["20260230", "20261301", "00000000", "18991231", "99991231", "tomorrow", "2026", ""])
def test_what_is_no_day_is_a_problem(text):
    found = read(of_rows(row(day=text)))

    assert (found.records, len(found.problems)) == ([], 1)


@pytest.mark.parametrize(
    ("others", "day"), [("25/12/2025", "2026-05-04"), ("12/25/2025", "2026-04-05"), ("25.12.2025 10:00", "2026-05-04")]
)
def test_days_that_are_not_as_the_standard_has_them_explain_each_other(others, day):
    found = read(of_rows(row(day="04/05/2026") + row(day=others)))

    assert [str(record.date) for record in found.records] == [day, "2025-12-25"]


def test_days_that_contradict_each_other_explain_nothing():
    found = read(of_rows(row(day="04/05/2026") + row(day="25/12/2025") + row(day="12/25/2025")))

    assert [str(record.date) for record in found.records] == ["2025-12-25", "2025-12-25"]
    assert [problem.reason for problem in found.problems] == ["“04/05/2026” could be 4 May or 5 April."]


def test_a_day_more_than_a_year_ahead_is_a_problem():
    found = read(of_rows(row(day="20280101") + row()), today=date(2026, 4, 2))

    assert [problem.reason for problem in found.problems] == ["“20280101” is more than a year ahead."]
    assert len(found.records) == 1


def test_a_day_of_paying_more_than_a_year_ahead_is_a_problem_where_it_is_the_only_day():
    found = read(of_rows(row().replace("DTPOSTED", "DTUSER")), today=date(2020, 1, 1))

    assert ["is more than a year ahead." in problem.reason for problem in found.problems] == [True]


@pytest.mark.parametrize(
    ("texts", "payee", "memo"),
    [
        ("<NAME>Shop<MEMO>Card 1", "Shop", "Card 1"),
        ("<MEMO>Card 1", "Card 1", "Card 1"),
        ("<NAME>Shop in To<MEMO>Shop in Town", "Shop in To", "Shop in Town"),
        ("<NAME><MEMO><EXTDNAME>Long name", "Long name", ""),
        ("<PAYEE><NAME>Ann<ADDR1>Road</PAYEE><MEMO>Rent", "Ann", "Rent"),
        ("<NAME>Tom &amp;amp; Ann", "Tom & Ann", ""),
        ("<NAME>Tom &AMP; Ann &#x20AC; &copyright; &nosuch; R&D;", "Tom & Ann € &copyright; &nosuch; R&D;", ""),
        ("<NAME>First\n   second", "First second", ""),
        ("<BANKACCTTO><BANKID>1<ACCTID>9</BANKACCTTO><NAME>Ann", "Ann", ""),
        ("<CHECKNUM>000", "", ""),
        ("<NAME>Shop<CHECKNUM>123456", "Shop", ""),
    ],
)
def test_the_payee_is_the_name_and_the_memo_stays_whole(texts, payee, memo):
    (record,) = read(of_rows(row(more=texts))).records

    assert (record.payee, record.memo, record.account) == (payee, memo, "1")


def test_a_long_text_is_cut_in_the_description_and_whole_in_the_memo():
    (record,) = read(of_rows(row(more=f"<NAME>{'long ' * 100}"))).records

    assert record.description.endswith("…")
    assert record.memo == ("long " * 100).strip()


@pytest.mark.parametrize("currency", ["", "12", "EURO", "<", "R$"])
def test_a_currency_that_is_none_is_left_open(currency):
    (record,) = read(of_rows(row(), currency=currency)).records

    assert record.currency == ("BRL" if currency == "R$" else "")


def test_the_text_of_a_row_is_the_same_in_another_version_and_in_summer():
    sgml = row(day="20260401120000[-5:EST]", more="<NAME>Tom &amp; Ann")
    xml = (
        "<STMTTRN>\n <TRNTYPE>DEBIT</TRNTYPE><DTPOSTED>20260401130000[-4:EDT]</DTPOSTED><TRNAMT>-1.00</TRNAMT>\n"
        " <FITID>1</FITID><NAME><![CDATA[Tom & Ann]]></NAME><MEMO></MEMO>\n</STMTTRN>\n"
    )

    assert read(of_rows(sgml)).records[0].raw == read(of_rows(xml)).records[0].raw


@pytest.mark.parametrize(
    "hidden",
    [
        "<!DOCTYPE OFX>",
        '<!ENTITY a "b">',
        "<!doctype html>",
        f"{' ' * 20_000}<!ENTITY % x SYSTEM 'file:///etc/passwd'>",
        "<!-- <!DOCTYPE OFX> -->",
    ],
)
def test_a_dtd_anywhere_is_refused(hidden):
    with pytest.raises(Refused, match="declares XML entities"):
        ofx.read(of_rows(row() + hidden + row()))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"OFXHEADER:100\n\n<OFX></OFX>", "No transactions found."),
        (of_rows(""), "No transactions found."),
        (
            b"<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>15500<SEVERITY>ERROR<MESSAGE>Signon invalid</STATUS></OFX>",
            "No transactions found. The bank answered: “Signon invalid”.",
        ),
    ],
)
def test_a_file_without_rows_is_refused_with_a_sentence(data, sentence):
    with pytest.raises(Refused) as refused:
        guess(data)

    assert refused.value.reason == sentence


def test_more_rows_than_are_read_are_refused(monkeypatch):
    monkeypatch.setattr("expenses.imports.statements.booked.MOST_ROWS", 2)

    with pytest.raises(Refused, match="more than 200,000 rows"):
        read(of_rows(row() * 3))


def test_the_payment_method_is_remembered_by_the_bank():
    bank = "<OFX><FI><ORG>First Creek<FID>3102</FI>"
    first, second, other = (of_rows(row(), header=header) for header in (bank, bank + "\n", "<FI><ORG>Lake</FI>"))

    assert signatures(first) == signatures(second) == ("ofx:first creek",)
    assert signatures(other) == ("ofx:lake",)


@pytest.mark.parametrize(
    ("bank", "signature"), [("First\x00 \x1bCreek", "ofx:first creek"), ("\x00 \x01", "ofx"), (" ", "ofx")]
)
def test_no_control_character_of_a_bank_is_remembered(bank, signature):
    assert signatures(of_rows(row(), header=f"<OFX><FI><ORG>{bank}</FI>")) == (signature,)


@pytest.mark.parametrize("name", ["sgml_cp1252.ofx", "investments.ofx", "utf16.ofx"])
def test_a_file_cut_into_lines_otherwise_says_the_same(name):
    text = (STATEMENTS / name).read_bytes().decode("utf-16" if name.startswith("utf16") else "cp1252")
    text = text.replace("\r\n", "\n")

    found = [
        [(r.date, r.amount, r.payee, r.memo, r.bank_id) for r in read(text.replace("\n", end).encode(codec)).records]
        for end in ("\n", "\r\n", "\r", "\r\r\n", " ")
        for codec in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le")
    ]

    assert all(rows == found[0] for rows in found)


@pytest.mark.parametrize("name", ["several_accounts.qbo", "investments.ofx"])
def test_another_parser_finds_the_same_rows_in_files_by_the_book(name):
    tree = OFXTree()
    tree.parse(io.BytesIO((STATEMENTS / name).read_bytes()))

    theirs = [(one.findtext("FITID"), Decimal(one.findtext("TRNAMT") or "")) for one in tree.iter("STMTTRN")]

    assert [(r.bank_id, r.amount) for r in statement(name).records] == theirs


# ── what always holds ─────────────────────────────────────────────────────────────────────────────


def damaged(data: bytes, changes: list[tuple[int, int]], end: int) -> bytes:
    found = bytearray(data)
    for at, byte in changes:
        found[at % len(found)] = byte
    return bytes(found[: end % len(found) + 1])


changes = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=8)


@settings(max_examples=300)
@given(st.sampled_from(NAMES), changes, st.integers(0, 10**6) | st.just(-1))
def test_a_damaged_file_is_refused_or_each_row_that_begins_is_accounted_for(name, changes, end):
    data = damaged((STATEMENTS / name).read_bytes(), changes, end)

    try:
        found = ofx.read(data)
    except Refused:
        return

    begun = len(ofx._ROW.findall(ofx._opened(data)))
    assert len(found.records) + len(found.problems) + len(found.left_out) >= begun
    assert all(isinstance(record.amount, Decimal) and record.amount.is_finite() for record in found.records)


@settings(max_examples=100)
@given(st.lists(st.decimals(min_value=-(10**9), max_value=10**9, places=2), min_size=1, max_size=8), st.booleans())
def test_whatever_amounts_a_bank_writes_are_read_to_the_cent(amounts, with_comma):
    rows = "".join(row(f"{amount:f}".replace(".", "," if with_comma else ".")) for amount in amounts)

    assert [record.amount for record in read(of_rows(rows)).records] == amounts


@settings(max_examples=100)
@given(st.text(alphabet="<>/!-[]CDATA&;STMTRN\n x1", max_size=200))
def test_any_text_in_the_middle_of_a_file_loses_no_row_before_it(text):
    found = ofx.read(of_rows(row() + text))

    assert (found.records or found.problems or found.left_out)[0].line <= 6
