"""Every dialect of CSV that we know of, read without being told: one small statement for each."""

import datetime
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from expenses.imports.statements import (
    Mapping,
    MappingError,
    Refused,
    adapt,
    guess,
    preview,
    read,
    signature_for,
    signatures,
)
from expenses.imports.statements.dates import ORDERS
from expenses.imports.statements.mapping import CHOICES

pytestmark = pytest.mark.either  # asks no database

STATEMENTS = Path(__file__).parent.parent / "statements" / "csv"

# What each says: physical line, day, amount (money out negative), description.
SAID = {
    "american_no_header_card.csv": """
        1 2026-02-13 -15.20 PARKING GARAGE
        2 2026-02-15 2000.00 PAYCHECK
        3 2026-02-15 -7.00 LUNCH TRUCK
    """,
    "australian_headerless_balance.csv": """
        1 2025-11-14 -42.50 WOOLWORTHS 1234 SYDNEY
        2 2025-11-13 1000.00 SALARY
    """,
    "bars.txt": """
        2 2025-12-31 -12.00 CARD 22 PUB
        3 2026-01-01 0.05 INTEREST
    """,
    "chinese_gb18030.csv": """
        6 2026-05-21 -18.00 兰州拉面
        7 2026-05-22 200.00 李四
    """,
    "compact_day_first.csv": """
        2 2026-01-31 -900.00 Huur
        3 2026-02-02 2000.00 Loon
    """,
    "concatenated_exports.csv": """
        2 2026-01-30 -3.00 Cafe
        4 2026-02-01 -3.00 Cafe
    """,
    "continued_rows.csv": """
        2 2026-01-21 -14.00 CARD PAYMENT TO CORNER SHOP LEEDS
        4 2026-01-22 1100.00 SALARY ACME LTD
    """,
    "cyrillic_cp1251.csv": """
        2 2026-02-21 -350.40 Пятёрочка
        3 2026-02-22 50000.00 Зарплата
    """,
    "czech_cp1250_no_diacritic_marks.csv": """
        2 2026-01-13 -129.00 Pekařství Růžička
        3 2026-01-20 38500.00 Zaměstnavatel s.r.o.
    """,
    "damaged_utf8.csv": """
        2 2026-01-01 -1.00 Café Zürich
        3 2026-01-02 -2.00 Käse é
        4 2026-01-03 -3.00 Abgeschnittene �
        5 2026-01-04 -4.00 Süße Ecke
    """,
    "dr_cr_suffix.csv": """
        2 2026-03-17 -1200.00 Cheque 114
        3 2026-03-18 3000.00 Deposit
    """,
    "dutch_headerless_tab.tab": """
        1 2026-01-19 -12.50 BEA   Kiosk Utrecht
        2 2026-01-20 2000.00 SEPA Overboeking Werkgever
        3 2026-01-21 -87.50 SEPA Incasso Energie
    """,
    "estonian_rows_of_balances.csv": """
        3 2026-04-03 -18.62 Rimi
        4 2026-04-21 1500.00 Tööandja OÜ
    """,
    "excel_formula_cells.csv": """
        2 2026-02-13 -12.50 Shop
        3 2026-02-14 100.00 Pay
    """,
    "excel_sep_line.csv": """
        3 2026-08-01 -3.10 Bakker
        4 2026-08-31 1750.00 Loon
    """,
    "expense_tracker_positive.csv": """
        2 2026-01-30 -9.50 Noodles
        3 2026-02-01 -12 Cinema
    """,
    "footer_totals.csv": """
        2 2026-05-13 -20.00 Grocer
        3 2026-05-14 -55.00 Total
        4 2026-05-15 900.00 Pay
    """,
    "french_semicolon_names.csv": """
        5 2026-01-28 -64.10 PRLVM EDF
        6 2026-01-30 1980.00 VIREMENT SALAIRE
        7 2026-02-02 -3.40 CARTE BOULANGERIE
    """,
    "german_preamble.csv": """
        7 2026-10-30 -84.00 Stadtwerke Lindau
        8 2026-10-15 2450.00 Weber GmbH
        9 2026-10-03 -7.35 Bäckerei Öztürk
    """,
    "hungarian_in_words.csv": """
        2 2026-01-05 -4500 Piac
        3 2026-01-09 412000 Fizetés
        4 2026-01-22 -12780 Gázszámla
    """,
    "income_or_expense_words.csv": """
        2 2026-01-19 -3.20 Bread
        3 2026-01-20 1500
    """,
    "indian_lakhs.csv": """
        2 2026-04-03 -1250.00 UPI/GROCER
        3 2026-04-30 125000.00 SALARY
    """,
    "line_breaks_in_quotes.csv": """
        2 2026-03-01 -220.00 Hotel Lux Room 12, 2 nights
        4 2026-03-02 -18.00 Taxi
    """,
    "month_first_words.csv": """
        2 2026-02-03 -120.00 Plumber
        3 2026-03-14 40.00 Rent back
    """,
    "no_year.csv": """
    """,
    "old_mac_lines.csv": """
        2 2026-01-01 -1.00 One
        3 2026-01-02 -2.00 Two
    """,
    "one_decimal_style_unknown.csv": """
        2 2026-01-30 -1234 Kasse
        3 2026-02-01 2500 Lohn
    """,
    "parentheses_and_signs.csv": """
        2 2026-01-03 -45.00 Bus pass
        3 2026-01-14 2100.50 Salary
        4 2026-01-21 -80.25 Dentist
        5 2026-01-29 59.90 Refund, shoes
    """,
    "pending_state.csv": """
        2 2026-09-18 -21.00 Bookshop
        3 2026-09-19 50.00 Top-up
    """,
    "single_quotes.csv": """
        2 2026-01-31 -4.00 Joe; Sons
        3 2026-02-01 -5.50 Ann's
    """,
    "soll_haben.csv": """
        2 2026-05-28 -120.50 Versicherung Nord
        3 2026-05-29 1900.00 Arbeitgeber
    """,
    "spanish_two_dates.csv": """
        2 2026-02-28 -33.10 Supermercado
        3 2026-03-03 1400.00 Nómina
    """,
    "swiss_apostrophe_in_out.csv": """
        5 2026-03-31 5200.00 Lohn Aare AG
        6 2026-03-28 -88.15 Migros Bern
        7 2026-03-25 -1450.00 Miete
    """,
    "toshl_like.csv": """
        2 2026-01-22 -12.40 Soup
        3 2026-01-25 2000.00
    """,
    "trailing_minus_nbsp.csv": """
        2 2026-02-01 -12.40 Żabka
        3 2026-02-03 4210.00 Wypłata
        4 2026-02-04 -1350.00 Czynsz
    """,
    "two_ends.csv": """
        2 2026-06-23 -1.80 Eisdiele
        4 2026-06-30 1500.00 Firma
    """,
    "unicode_minus.csv": """
        2 2026-02-05 -249.00 Kiwi Torshov
        3 2026-02-06 31400.00 Lønn
        4 2026-02-17 -1120.50 Strøm
    """,
    "us_bank_preamble_balance.csv": """
        9 2026-09-04 -20.49 DINER, THE OLD
        10 2026-09-15 1500.00 PAYROLL
        11 2026-09-28 -100.00 PHARMACY
    """,
    "us_card_inverted.csv": """
        2 2026-10-03 -42.17 HARDWARE STORE 118
        3 2026-10-11 310.00 INTERNET PAYMENT - THANK YOU
        4 2026-10-14 -4.85 COFFEE AT THE PIER
        5 2026-10-20 -38.00 GAS AND GO
        6 2026-10-21 -19.99 BOOKS BY THE BAY
        7 2026-10-28 -61.02 GROCER
    """,
    "utf16_no_mark.csv": """
        2 2026-07-01 -12.00 Señor Taco
        3 2026-07-03 100.00 Pay
    """,
    "utf16_tab.txt": """
        2 2026-06-13 -3.20 Café Zoë
        3 2026-06-14 1250.00 Wages
    """,
    "balance_with_its_day_above.csv": """
        4 2026-01-30 -19.90 Florist
        5 2026-01-31 2500.00 Wage
    """,
    "polish_summary_above.csv": """
        10 2026-03-09 -41.20 ZAKUP KARTĄ
        11 2026-03-28 3100.00 FIRMA
    """,
    "swedish_name_or_heading.csv": """
        2 2026-01-05 -64.00 Blommor AB
        3 2026-01-25 25000.00 Lön
    """,
    "wallet_from_to.csv": """
        4 2026-01-05 -12.50 Bob
        5 2026-01-25 1400.00 Ann
    """,
}

# What the rows of a file cannot tell, and so must be asked.
ASKED = {
    "no_year.csv": ("year",),
    "one_decimal_style_unknown.csv": ("decimal_mark",),
    "us_card_inverted.csv": ("invert",),
}

# Rows that are no movement of money.
LEFT_OUT = {
    "balance_with_its_day_above.csv": {"before the table": 2},
    "polish_summary_above.csv": {"before the table": 5, "a balance or a total": 1},
    "wallet_from_to.csv": {"before the table": 1, "a balance or a total": 2},
    "chinese_gb18030.csv": {"before the table": 4},
    "concatenated_exports.csv": {"the header again": 1},
    "estonian_rows_of_balances.csv": {"a balance or a total": 3},
    "footer_totals.csv": {"a balance or a total": 1, "after the last row with a date": 1},
    "french_semicolon_names.csv": {"before the table": 2},
    "german_preamble.csv": {"before the table": 4},
    "pending_state.csv": {"left out by its status": 1},
    "swiss_apostrophe_in_out.csv": {"before the table": 2, "after the last row with a date": 2},
    "two_ends.csv": {"left out by its status": 1},
    "us_bank_preamble_balance.csv": {"before the table": 5, "a balance or a total": 1},
}


def statement(name: str) -> bytes:
    return (STATEMENTS / name).read_bytes()


def table(*rows: str) -> bytes:
    return "\n".join(rows).encode()


def amounts_of(data: bytes, mapping: Mapping | None = None) -> list[str]:
    return [f"{record.amount:f}" for record in read(data, mapping).records]


def test_every_statement_here_is_expected_to_say_something():
    assert {path.name for path in STATEMENTS.iterdir()} == set(SAID)


@pytest.mark.parametrize("name", SAID)
def test_a_statement_is_read_without_being_told_how_it_is_written(name):
    found = read(statement(name))

    said = [f"{r.line} {r.date} {r.amount:f} {r.description}".rstrip() for r in found.records]
    assert said == [line.strip() for line in SAID[name].strip().splitlines() if line.strip()]
    assert found.ambiguous == ASKED.get(name, ())
    assert found.left_out_counts() == LEFT_OUT.get(name, {})
    assert [problem.line for problem in found.problems] == ([2, 3] if name == "no_year.csv" else [])


@pytest.mark.parametrize("name", SAID)
def test_the_guess_can_be_kept_as_json_and_reads_the_same(name):
    data = statement(name)

    kept = Mapping.from_json(guess(data).mapping.to_json())

    assert read(data, kept).records == read(data).records


@pytest.mark.parametrize("name", SAID)
def test_the_preview_shows_what_the_statement_says(name):
    data = statement(name)

    shown = preview(data, guess(data).mapping, rows=50)

    assert [row.record for row in shown.rows if row.record] == read(data).records
    assert not shown.errors


def test_more_of_a_row_comes_along_where_the_file_has_it():
    record = read(statement("estonian_rows_of_balances.csv")).records[0]

    assert record.payee == "Rimi"
    assert record.memo == "Ostukorv"
    assert record.currency == "EUR"
    assert record.account == "EE382200221020145685"
    assert record.raw.startswith('"EE382200221020145685","20","03.04.2026","Rimi"')


def test_dates_without_a_year_are_read_in_the_year_one_says():
    data = statement("no_year.csv")

    found = read(data, replace(guess(data).mapping, year=2025))

    assert [record.date for record in found.records] == [datetime.date(2025, 12, 31), datetime.date(2025, 12, 28)]


# ── what must be asked ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("days", "asked"),
    [
        (["01/02/2024", "03/04/2024"], True),
        (["01/02/2024", "13/04/2024"], False),
        (["01/02/2024", "04/13/2024"], False),
        (["01.02.2024", "03.04.2024"], False),  # nobody who parts with points writes the month first
        (["05/05/2024", "06/06/2024"], False),  # the same day either way
        (["2024-01-02", "2024-03-04"], False),
        (["01-02-24", "03-04-24"], True),
        (["3 Feb 2024", "4 Mar 2024"], False),
    ],
)
def test_an_order_of_day_and_month_that_the_dates_do_not_tell_is_asked(days, asked):
    found = guess(table("Date,Payee,Amount", *(f"{day},a,-1.50" for day in days)))

    assert ("date_order" in found.ambiguous) is asked
    assert not asked or {"DMY", "MDY"} <= set(found.alternatives["date_order"])


def test_another_date_column_of_the_same_hand_tells_the_order():
    found = guess(table("Date,Value date,Payee,Amount", "01/02/2024,01/02/2024,a,-1", "02/02/2024,13/02/2024,b,-2.50"))

    assert found.mapping.date == 0
    assert found.mapping.date_order == "DMY"
    assert found.ambiguous == ()


def test_each_order_can_be_chosen():
    data = table("Date,Payee,Amount", "01/02/2024,a,-1.00")
    mapping = guess(data).mapping

    days = [read(data, replace(mapping, date_order=order)).records[0].date for order in ("DMY", "MDY")]

    assert days == [datetime.date(2024, 2, 1), datetime.date(2024, 1, 2)]


def test_purchases_without_a_minus_are_taken_for_money_out_and_asked_about():
    found = read(table("Date,Shop,Amount", "2024-01-02,a,5.00", "2024-01-03,b,6.00", "2024-01-04,c,7.00"))

    assert [record.amount for record in found.records] == [Decimal("-5.00"), Decimal("-6.00"), Decimal("-7.00")]
    assert found.ambiguous == ("invert",)


def test_an_account_that_pays_a_card_by_itself_is_no_card():
    data = table(
        "Date,Description,Amount",
        "01/25/2026,CARD AUTOPAY,-500.00",
        "01/24/2026,PAYROLL,1500.00",
        "01/23/2026,PAYROLL,1500.00",
    )

    assert amounts_of(data) == ["-500.00", "1500.00", "1500.00"]


@pytest.mark.parametrize("is_newest_first", [False, True])
def test_the_balance_before_a_row_turns_no_sign(is_newest_first):
    rows = ["03.01.2026;987,50;-10,00;Shop", "04.01.2026;977,50;-20,00;Cafe", "05.01.2026;957,50;-5,00;Bus",
            "06.01.2026;952,50;100,00;Firm"]  # fmt: skip
    expected = ["-10.00", "-20.00", "-5.00", "100.00"]

    found = amounts_of(table("Datum;Saldo;Betrag;Text", *(rows[::-1] if is_newest_first else rows)))

    assert found == (expected[::-1] if is_newest_first else expected)


@pytest.mark.parametrize("first", ["1.01.2026", "01.01.2026"])
def test_a_day_of_one_figure_in_the_first_row_is_a_row_like_the_others(first):
    data = table(f"{first};Shop;-10,00", "12.01.2026;Cafe;-20,00", "13.01.2026;Bus;-5,00")

    assert amounts_of(data) == ["-10.00", "-20.00", "-5.00"]


def test_a_running_balance_tells_which_way_money_went():
    rows = ["2024-01-02,a,5.00,95.00", "2024-01-03,b,6.00,89.00", "2024-01-04,c,7.00,82.00"]

    found = read(table("Date,Shop,Amount,Balance", *rows))

    assert [record.amount for record in found.records] == [Decimal("-5.00"), Decimal("-6.00"), Decimal("-7.00")]
    assert found.ambiguous == ()


def test_without_names_a_running_balance_tells_in_from_out():
    rows = ["02 Jan 2024,Pay,100.00,,100.00", "03 Jan 2024,Pub,,9.00,91.00", "04 Jan 2024,Shop,,1.00,90.00"]

    found = read(table(*rows))

    assert [record.amount for record in found.records] == [Decimal("100.00"), Decimal("-9.00"), Decimal("-1.00")]
    assert found.ambiguous == ()


def test_without_names_and_balance_in_and_out_are_asked():
    found = guess(table("02 Jan 2024,Pay,100.00,", "03 Jan 2024,Pub,,9.00"))

    assert found.ambiguous == ("money_out",)


# ── rows that cannot be read ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        ("", "There is no amount in this row."),
        ("NaN", "“NaN” is not an amount."),
        ("1e3", "“1e3” is not an amount."),
        ('"1,2,3"', "“1,2,3” is not an amount."),
        ("--5", "“--5” is not an amount."),
        ("-5-", "“-5-” is not an amount."),
        ("(5", "“(5” is not an amount."),
        ("XYZ 5", "“XYZ 5” is not an amount."),
        ("5.12345", "“5.12345” has more than four decimals."),
        ("100000000000.01", "“100000000000.01” is beyond 100,000,000,000."),
        ("12 34.50", "“12 34.50” is not an amount."),
        ("١٢", "“١٢” is not an amount."),
    ],
)
def test_an_amount_that_is_none_is_named_with_its_line(amount, reason):
    found = read(table("Date,Payee,Amount", "2024-01-01,a,-1.00", f"2024-01-02,b,{amount}", "2024-01-03,c,-3.00"))

    assert [(p.line, p.reason) for p in found.problems] == [(3, reason)]
    assert len(found.records) == 2


@pytest.mark.parametrize(
    ("amount", "value"),
    [
        ("100000000000", "100000000000"),
        ("-12.500000000000", "-12.50"),
        ("£5", "5"),
        ("-£5.10", "-5.10"),
        ("£-5.10", "-5.10"),
        ("5.10 EUR", "5.10"),
        ("EUR 5.10-", "-5.10"),
        ("(5.10)", "-5.10"),
        ("+5.10", "5.10"),
        ("5.10DR", "-5.10"),
        ('"1,234.50"', "1234.50"),
        ("1 234.50", "1234.50"),
        (".5", "0.5"),
        ("5.", "5"),
        ("0.00", "0.00"),
    ],
)
def test_an_amount_is_read_as_written(amount, value):
    mapping = Mapping(date=0, payee=1, amount=2)

    assert amounts_of(table("Date,Payee,Amount", f"2024-01-01,a,{amount}"), mapping) == [value]


def test_a_quote_that_never_closes_costs_its_own_line_only():
    rows = [f'2024-01-{day:02},"Shop {day}",-{day}.00' for day in range(1, 20)]
    rows[1] = '2024-01-02,"Bad,-2.00'

    found = read(table("Date,Payee,Amount", *rows))

    assert [problem.line for problem in found.problems] == [3]
    assert "Quote never closed" in found.problems[0].reason
    assert len(found.records) == 18


def test_a_quote_that_never_closes_does_not_borrow_one_from_a_later_row():
    rows = ['Shop,"3 Jan 2026",-1.00', '"Bad,4 Jan 2026,-2.00', '"Cafe","5 Jan 2026",-3.00', 'Bar,"6 Jan 2026",-4.00']

    found = read(table("Payee,Date,Amount", *rows))

    assert [problem.line for problem in found.problems] == [3]
    assert [record.description for record in found.records] == ["Shop", "Cafe", "Bar"]


def test_thousands_stand_in_groups_of_three():
    mapping = Mapping(delimiter=";", date=0, payee=1, amount=2, decimal_mark=",", thousands_mark=".")

    found = read(table("Date;Payee;Amount", "2024-01-01;a;1.234.567,00", "2024-01-02;b;1.23.456,00"), mapping)

    assert [f"{record.amount:f}" for record in found.records] == ["1234567.00"]
    assert [problem.line for problem in found.problems] == [3]


def test_a_row_with_a_delimiter_too_many_is_not_guessed_at():
    found = read(table("Date,Payee,Amount,Note", "2024-01-01,a,-1.00,x", "2024-01-02,Cafe,4,-2.00,y"))

    assert [(p.line, p.text) for p in found.problems] == [(3, "2024-01-02,Cafe,4,-2.00,y")]
    assert "5 columns, the others 4" in found.problems[0].reason


def test_money_in_and_out_at_once_is_a_problem():
    found = read(
        table("Date,Payee,Debit,Credit", "2024-01-14,a,1.00,", "2024-01-15,b,2.00,3.00", "2024-01-16,c,,3.50")
    )

    assert [problem.line for problem in found.problems] == [3]


def test_a_day_more_than_a_year_ahead_is_a_problem_for_who_knows_today():
    data = table("Date,Payee,Amount", "2026-01-31,a,-1.00", "2062-01-31,b,-1.00")

    found = read(data, today=datetime.date(2026, 2, 1))

    assert [problem.line for problem in found.problems] == [3]
    assert len(read(data).records) == 2


def test_a_row_of_zero_is_read_and_told_apart():
    found = read(table("Date,Payee,Amount", "2026-01-31,a,-1.00", "2026-01-31,b,0.00"))

    assert [record.description for record in found.zeros] == ["b"]


def test_rows_without_a_date_can_be_left_out():
    data = table("Date,Payee,Amount", "2026-01-31,a,-1.00", "soon,b,-2.00", "2026-02-01,c,-3.00")
    mapping = guess(data).mapping

    assert [p.line for p in read(data, mapping).problems] == [3]
    assert read(data, replace(mapping, undated="leave_out")).left_out_counts() == {
        "without a date that can be read": 1
    }


def test_footer_rows_are_left_out_when_told():
    data = table("Date,Payee,Amount", "2026-01-31,a,-1.00", "2026-02-28,All of it,-1.00")

    found = read(data, replace(guess(data).mapping, footer_rows=1))

    assert len(found.records) == 1
    assert len(found.left_out) == 1


def test_control_characters_are_cleaned_and_markup_is_kept():
    data = b"Date,Payee,Amount\n2026-01-31,Pa\x00y\x07ee \xe2\x80\xae<b>x</b>,-1.00\n2026-02-01,b,-2.00\n"

    record = read(data).records[0]

    assert record.description == "Payee \u202e<b>x</b>"
    assert "\x00" not in record.raw


def test_a_long_description_is_cut_and_stands_whole_in_the_memo():
    text = "word " * 100

    record = read(table("Date,Payee,Amount", f"2026-01-31,{text},-1.00")).records[0]

    assert len(record.description) <= 200
    assert record.description.endswith("…")
    assert record.memo == text.strip()
    assert text.strip() in record.raw


# ── files that are none ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf\r\n  \n", "The file is empty."),
        (b"Date,Payee,Amount\n", "No transactions found (header only)."),
        (b"My bank;;\n\nDatum;Naam;Bedrag\n", "No transactions found (header only)."),
        (bytes(range(256)) * 8, "This is not a text statement (binary data)."),
        (b"\x89PNG\r\n\x1a\n" + b"abc", "This is a picture."),
        (b"<html><body>Sign in</body></html>", "This is a web page, not a statement; download it again."),
        (b"\n<!-- x --><!DOCTYPE html><p>", "This is a web page, not a statement; download it again."),
        (
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a/>',
            "The file declares XML entities, which statements never need.",
        ),
        (b"Dear customer\nplease find enclosed\n", "No table was found in this file: its lines are not parted"),
        (
            b"Dear all,\nthis is a letter, with commas, and no table.\nYours,\nAnn\n",
            "No row of this file has a day and an amount.",
        ),
        (
            b"From: Bank <bank@example.com>\nDate: Mon, 2 Nov 2026\nSubject: Statement\n\nDear Ann,\nlog in.\n",
            "No row of this file has a day and an amount.",
        ),
        (b"%PDF-1.7 ...", "This is a PDF"),
        (b"PK\x03\x04....xl/workbook.xml", "This Excel workbook is damaged and cannot be opened."),
        (b'{"rows": []}', "This is a JSON file"),
    ],
)
def test_what_is_no_statement_is_refused_with_a_sentence(data, sentence):
    with pytest.raises(Refused) as refused:
        guess(data)

    assert refused.value.reason.startswith(sentence)


def test_limits_are_refused_with_a_sentence():
    wide = table(*[",".join(["2024-01-01", "-1.00", *"x" * 200])] * 2)
    many = b"Date,Payee,Amount\n" + b"2024-01-01,a,-1\n" * 200_001

    for data, words in (
        (wide, "more than 200 columns"),
        (many, "more than 200,000 rows"),
        (b"a,b\n" * 6_000_000, "20 MB"),
    ):
        with pytest.raises(Refused, match=words):
            read(data, Mapping(date=0, amount=1))


# ── mappings and profiles ─────────────────────────────────────────────────────────────────────────


def test_an_unfinished_mapping_says_at_each_field_what_is_missing():
    errors = Mapping(date_order="XYZ", amount=7, currency_code="QQQ", thousands_mark=".").errors(width=3)  # type: ignore[arg-type]  # what a form may send

    assert set(errors) == {"date_order", "amount", "currency_code", "thousands_mark", "date"}
    assert errors["date"] == "Choose the column with the date."


def test_a_mapping_from_json_names_what_it_does_not_understand():
    with pytest.raises(MappingError) as wrong:
        Mapping.from_json({"date": "first", "colour": 1, "invert": 1, "memo": [1, "x"]})

    assert set(wrong.value.errors) == {"date", "colour", "invert", "memo"}


def test_the_preview_of_an_unfinished_mapping_shows_cells_and_errors():
    shown = preview(table("Date,Payee,Amount", "2024-01-02,a,-1.00"), Mapping())

    assert set(shown.errors) == {"date", "amount"}
    assert shown.columns == ("Date", "Payee", "Amount")
    assert shown.rows[1].cells == ("2024-01-02", "a", "-1.00")


def test_every_choice_can_be_made():
    assert set(CHOICES["date_order"]) == set(ORDERS)
    for name, choices in CHOICES.items():
        for choice in choices:
            other = "," if choice == "." else "."
            marks = (
                {"thousands_mark": other}
                if name == "decimal_mark"
                else {"decimal_mark": other}
                if choice in ",."
                else {}
            )
            assert name not in replace(Mapping(), **{**marks, name: choice}).errors()


def test_a_profile_is_found_by_the_header_wherever_it_stands_and_whatever_the_letters():
    first = table("Bank", "", "Dátum;Név;Összeg", "2024-01-02;a;-1,50")
    second = "\n".join(["Bank", "Bálint", "", "", "Dátum;Név;Összeg", "2024-02-02;é;-2,50"]).encode("cp1250")
    known = guess(first)
    saved = replace(known.mapping, payee=None, memo=(1,))

    assert known.signature in signatures(second)
    adapted = adapt(second, saved, known.signature)

    assert adapted.skip_rows == 4
    assert adapted.payee is None
    assert [(r.amount, r.description) for r in read(second, adapted).records] == [(Decimal("-2.50"), "é")]


def test_a_profile_without_a_header_is_found_by_columns_and_the_shape_of_dates():
    january = guess(table("31.01.2024;Rent;-700,00", "01.02.2024;Pay;900,00"))
    february = guess(table("28.02.2024;Shop;-7,00"))
    other = guess(table("2024-02-28;Shop;-7,00"))

    assert january.signature == february.signature != other.signature


@pytest.mark.parametrize("chosen", [Mapping(delimiter=",", quote="'"), Mapping(delimiter=";", quote="")])
def test_marks_that_a_person_chose_are_kept_unless_the_bank_has_changed_them(chosen):
    either_way = b"2026-02-02,-9.50,x;2026-02-03;-1.25\n2026-02-04,-3.50,y;2026-02-05;-2.25\n"
    by_bars = b"x|2026-02-02|-9.50\ny|2026-02-03|-1.25\n"
    saved = replace(chosen, has_header=False, date=0, amount=1)

    kept = adapt(either_way, saved, guess(either_way).signature)
    changed = adapt(by_bars, saved, guess(by_bars).signature)

    assert (kept.delimiter, kept.quote) == (chosen.delimiter, chosen.quote)
    assert (changed.delimiter, changed.quote) == ("|", '"')


def test_names_above_the_rows_that_a_person_left_out_are_left_out_of_the_next_file_too():
    january = table("Datum;Name;Betrag", "31.01.2024;Rent;-700,00")
    february = table("Auszug", "", "Datum;Name;Betrag", "28.02.2024;Shop;-7,00")
    known = guess(january)
    saved = replace(known.mapping, has_header=False, skip_rows=1)

    adapted = adapt(february, saved, signature_for(january, saved))

    assert adapted.skip_rows == 3
    assert [r.description for r in read(february, adapted).records] == ["Shop"]
    assert read(february, adapted).problems == []


# ── what looks like something else ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "texts", [("Refuse", "Groceries", "Bus"), ("Salary", "Salary", "Fee"), ("Storniert", "a", "b")]
)
def test_a_description_is_neither_a_status_nor_a_side(texts):
    rows = [f"2026-01-0{day},{text},1{day}.50" for day, text in enumerate(texts, 1)]

    found = read(table("Date,Description,Amount", *rows))

    assert tuple(record.description for record in found.records) == texts
    assert found.left_out == found.problems == []
    assert found.ambiguous == ("invert",)


@pytest.mark.parametrize(
    "rows",
    [
        ("Date,Name,Bank account,Note,Amount", "2026-01-02,Power,NL02TEST0123456789,a,-9.50",
         "2026-02-02,Power,NL02TEST0123456789,b,-9.50"),
        ("2026-01-02;-9,50;DE02000000000000000001;Power", "2026-02-02;-9,50;DE02000000000000000001;Power"),
        ("2026-01-02;-9,50;DE02000000000000000001;Power",),
    ],
)  # fmt: skip
def test_the_number_of_the_only_one_who_was_paid_is_no_account_of_ours(rows):
    assert {record.account for record in read(table(*rows)).records} == {""}


def test_the_own_account_goes_before_the_payees_in_a_file_of_one_row_too():
    data = table(
        "Auftragskonto;Buchungstag;Verwendungszweck;Beguenstigter/Zahlungspflichtiger;Kontonummer;BLZ;Betrag",
        "DE11000000000000000001;15.01.2026;Strom;Werke;DE02000000000000000001;TESTDEXX;-12,50",
    )

    assert [record.account for record in read(data).records] == ["DE11000000000000000001"]


@pytest.mark.parametrize(
    ("header", "row", "currency"),
    [
        ("Date,Name,Currency,Amount,Fee Currency,Fee", "2026-01-02,Shop,USD,-14.00,EUR,0.10", "USD"),
        ("Date,Name,Original Amount,Currency,Amount (EUR)", "2026-01-02,Shop,-14.00,USD,-12.50", "EUR"),
        ("Date,Name,Currency,Amount,Local Currency,Local Amount", "2026-01-02,Shop,GBP,-12.50,EUR,-14.00", "GBP"),
        ("Date,Name,Balance,Currency,Amount,Currency", "2026-01-02,Shop,90.00,USD,-12.50,EUR", "EUR"),
    ],
)
def test_the_currency_is_that_of_the_amount_that_is_read(header, row, currency):
    assert [record.currency for record in read(table(header, row, row)).records] == [currency] * 2


@pytest.mark.parametrize(
    "first", ["5 Jan 2026,-12.50,Shop,20260105", "2026-01-05,-12.50,Shop,20260105", "2026-01-05,-12.50,Shop,x"]
)
def test_a_first_row_with_another_day_than_the_others_is_a_row(first):
    data = table(
        first, "2026-01-06,-1.50,Shop,84840106", "2026-01-07,-2.50,Bus,84840107", "2026-01-08,-3.50,Bus,84840108"
    )

    assert amounts_of(data) == ["-12.50", "-1.50", "-2.50", "-3.50"]


def test_a_row_without_a_day_is_no_total_because_a_place_is_called_so():
    found = read(table("Date,Merchant,City,Amount", "2026-01-02,Shop,Bern,-1.00", ",Esso,Total Wine Town,-50.00"))

    assert [problem.line for problem in found.problems] == [3]


def test_who_is_paid_wages_and_thanked_by_a_card_is_read_as_an_account():
    data = table("Date,Description,Amount", "2026-01-02,Salary,3000.00", "2026-01-03,Payment thank you Visa,-500.00")

    assert amounts_of(data) == ["3000.00", "-500.00"]


@pytest.mark.parametrize(
    ("out", "into", "third", "ambiguous"),
    [
        ("Debit", "Credit", "Credit", ()),
        ("Debit", "Credit", "?", ("invert",)),
        ("Sale", "Refund", "Refund", ("invert",)),
    ],
)
def test_sides_against_the_signs_turn_them_and_who_may_sell_is_asked(out, into, third, ambiguous):
    data = table("Date,Type,Name,Amount", f"2026-01-02,{out},a,9.50", f"2026-01-03,{into},b,-3.50",
                 f"2026-01-04,{third},c,-1.00", f"2026-01-05,{out},d,2.50")  # fmt: skip

    found = read(data)

    assert [f"{record.amount:f}" for record in found.records] == ["-9.50", "3.50", "1.00", "-2.50"]
    assert found.ambiguous == ambiguous


def test_wages_alone_are_money_in_by_default_and_asked_about():
    found = read(table("Date,Description,Amount", *(f"2026-0{month}-15,Salary,3000.00" for month in (1, 2, 3))))

    assert [f"{record.amount:f}" for record in found.records] == ["3000.00"] * 3
    assert found.ambiguous == ("invert",)


def test_of_many_columns_of_fees_no_more_than_three_are_weighed():
    fees = [f"Fee {n}" for n in range(50)]

    found = guess(table(",".join(["Date", "Name", "Amount", *fees]), "2026-01-02,Shop,-9.50" + ",0.25" * 50))

    assert len(found.notices) == 3


def test_the_column_with_the_amount_is_not_the_fee_too():
    assert set(Mapping(date=0, amount=1, fee=1).errors()) == {"fee"}
    assert not Mapping(date=0, amount=1, fee=2).errors()
