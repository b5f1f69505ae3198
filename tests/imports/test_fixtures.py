"""Real exports of banks and apps, kept outside of the project: every row as somebody else has read it."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest

from expenses.imports.statements import Refused, read

FIXTURES = Path(__file__).resolve().parents[2] / ".." / "shared" / "fixtures"

pytestmark = pytest.mark.skipif(
    not FIXTURES.is_dir(), reason="the real statements (../shared/fixtures) are not on this machine"
)

CSV_FILES = [
    "apps/actual_export.csv",
    "apps/firefly_export.csv",
    "apps/mint_small.csv",
    "apps/splitwise_settlement.csv",
    "apps/sure_windows1250.csv",
    "apps/wallet_signed.csv",
    "apps/ynab_register.csv",
    "csv/boi_debit_credit.csv",
    "csv/bunq_en_2019_refunds.csv",
    "csv/hungarian_dot_dates_flag.csv",
    "csv/ing_nl_af_bij.csv",
    "csv/lloyds_uk.csv",
    "csv/nationwide_headerless_pound.csv",
    "csv/openbudgeteer_preamble_bom.csv",
    "csv/raiffeisen_headerless.csv",
    "csv/same_day_duplicates.csv",
]
BANK_FILES = [
    "camt/duplicate_same_day.xml",
    "camt/multicurrency.xml",
    "camt/v2_001_02.xml",
    "camt/v2_four_entries_batch.xml",
    "mt940/abnamro.txt",
    "mt940/ing_dos.txt",
    "mt940/volksbank_many_statements.txt",
]
OFX_FILES = [
    "ofx1/bofa_card_27tx.ofx",
    "ofx1/checking_3tx.ofx",
    "ofx1/creditcard_crlf.ofx",
    "ofx1/invbanktran_savings.ofx",
    "ofx1/three_accounts.qbo",
    "ofx1/utf8_nonstandard_types.ofx",
    "ofx2/three_accounts_xml.ofx",
    "ofx2/two_accounts_v211.ofx",
    "ofx2/v2_good.ofx",
    "qfx/bmo_no_blank_line.qfx",
]
QIF_FILES = [
    "qif/bank_mdyy.qif",
    "qif/quicken_bank_split_address.qif",
    "qif/records_thousands_sep.qif",
]
WORKBOOKS = ["xlsx/odoo_statement.xlsx"]
# The truth of these was written down by a configuration that takes the details for the payee, or has a payee column
# that is empty where we show the note.
OTHER_PAYEE = {"csv/hungarian_dot_dates_flag.csv"}
ASKED = {
    "apps/mint_small.csv": ("date_order",),
    "apps/splitwise_settlement.csv": ("member",),
    "apps/ynab_register.csv": ("date_order",),
    "qif/quicken_bank_split_address.qif": ("date_order",),
}
# What the apps' files themselves say of rows, by the payee; of the others they say nothing.
NATURES_SAID = {
    "apps/actual_export.csv": {"Internal Transfer": "transfer"},
    "apps/firefly_export.csv": {'Initial balance for "Test Account"': "opening", "Test Account2": "transfer"},
    "apps/mint_small.csv": {"Autopay Rautopay Auto": "transfer"},
    "apps/splitwise_settlement.csv": {"Bob paid Alice": "settlement"},
    "apps/ynab_register.csv": {"Transfer : Savings": "transfer"},
}


def truth(name: str) -> dict:
    return json.loads((FIXTURES / "truth" / "dev.json").read_text())[name]


def total(text: str) -> Decimal:
    """Of "12.50", or of "EUR:12.50;USD:1"."""
    return sum((Decimal(part.rpartition(":")[2]) for part in text.split(";")), start=Decimal())


def bad(name: str) -> bytes:
    return (FIXTURES / "bad" / name).read_bytes()


def test_no_file_of_the_fixtures_is_forgotten():
    found = {f"{path.parent.name}/{path.name}" for path in (FIXTURES / "files").glob("*/*")}

    assert found == {*CSV_FILES, *WORKBOOKS, *BANK_FILES, *OFX_FILES, *QIF_FILES}


@pytest.mark.parametrize("name", CSV_FILES + WORKBOOKS + BANK_FILES + OFX_FILES + QIF_FILES)
def test_a_real_statement_gives_the_expected_rows(name):
    expected = truth(name)

    found = read((FIXTURES / "files" / name).read_bytes())

    assert [(str(r.date), r.amount) for r in found.records] == [
        (row["date"], Decimal(row["amount"])) for row in expected["rows"]
    ]
    assert -sum(r.amount for r in found.records if r.amount < 0) == total(expected["sum_out"])
    assert sum(r.amount for r in found.records if r.amount > 0) == total(expected["sum_in"])
    assert len(found.problems) == expected["rejected"]
    assert found.ambiguous == ASKED.get(name, ())


@pytest.mark.parametrize("name", BANK_FILES)
def test_a_real_statement_of_a_bank_names_accounts_currencies_and_whom_the_truth_knows(name):
    expected = truth(name)["rows"]

    found = read((FIXTURES / "files" / name).read_bytes()).records

    assert [(r.account, r.currency) for r in found] == [(row["account"], row["currency"]) for row in expected]
    # Its parser knew hardly any payees of these formats.
    named = [(r.payee, row["payee"]) for r, row in zip(found, expected, strict=True) if row["payee"]]
    assert [ours for ours, _ in named] == [theirs for _, theirs in named]


@pytest.mark.parametrize("name", OFX_FILES)
def test_a_real_ofx_statement_gives_every_text_and_id_as_the_bank_wrote_it(name):
    expected = truth(name)["rows"]

    found = read((FIXTURES / "files" / name).read_bytes()).records

    assert [(r.payee, r.memo, r.currency, r.account, r.bank_id) for r in found] == [
        (row["payee"], row["memo"], row["currency"], row["account"], row["fitid"]) for row in expected
    ]


@pytest.mark.parametrize("name", QIF_FILES)
def test_a_real_qif_file_gives_payees_categories_and_splits(name):
    expected = truth(name)["rows"]

    found = read((FIXTURES / "files" / name).read_bytes()).records

    assert [
        (r.payee, r.category, [part.text if part.amount is None else f"{part.amount:f}" for part in r.splits])
        for r in found
    ] == [(row["payee"], row["category"] or "", row["splits"]) for row in expected]
    assert not any(r.currency or r.account or r.bank_id or r.is_split for r in found)


def test_a_real_ofx_file_without_a_header_is_read():
    found = read(bad("ofx_without_header.ofx")).records

    assert [(str(r.date), r.amount, r.payee, r.bank_id) for r in found] == [
        ("2024-01-05", Decimal("-4.20"), "BAKERY & SONS", "A1")
    ]


def test_real_statements_that_do_not_add_up_are_said_to():
    said = {name: len(read((FIXTURES / "files" / name).read_bytes()).notices) for name in BANK_FILES}

    assert {name: number for name, number in said.items() if number} == {
        "mt940/abnamro.txt": 2,
        "mt940/ing_dos.txt": 1,
    }


@pytest.mark.parametrize("name", CSV_FILES)
def test_a_real_statement_says_what_is_no_spending(name):
    found = read((FIXTURES / "files" / name).read_bytes()).records

    assert {r.payee: r.nature for r in found if r.nature} == NATURES_SAID.get(name, {})


def test_a_real_workbook_tells_the_currency_of_each_row():
    found = read((FIXTURES / "files" / "xlsx" / "odoo_statement.xlsx").read_bytes()).records

    assert [(r.payee, r.currency) for r in found] == [
        (row["payee"], row["currency"]) for row in truth("xlsx/odoo_statement.xlsx")["rows"]
    ]


@pytest.mark.parametrize("name", CSV_FILES + WORKBOOKS)
def test_a_real_statement_tells_who_was_paid_and_from_which_account(name):
    expected = truth(name)["rows"]

    found = read((FIXTURES / "files" / name).read_bytes()).records

    if name not in OTHER_PAYEE:
        assert [r.payee for r in found if r.payee] == [
            row["payee"].strip() for row in expected if row["payee"].strip()
        ]
    assert [r.account for r in found] == [row["account"] or "" for row in expected]
    assert [r.category for r in found if "category" in expected[0]] == [
        row["category"] for row in expected if "category" in row
    ]


def test_the_unreadable_row_of_a_real_statement_is_named():
    found = read((FIXTURES / "files" / "csv" / "raiffeisen_headerless.csv").read_bytes())

    assert [problem.line for problem in found.problems] == [71]
    assert "A null transaction" in found.problems[0].text


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("empty.csv", "The file is empty."),
        ("header_only.csv", "No transactions found (header only)."),
        ("binary_junk.csv", "This is not a text statement (binary data)."),
        ("html_login_page.csv", "This is a web page, not a statement; download it again."),
        ("billion_laughs.ofx", "The file declares XML entities, which statements never need."),
    ],
)
def test_what_is_no_statement_is_refused_in_the_words_agreed_upon(name, sentence):
    with (FIXTURES / "BAD.dev.tsv").open(newline="") as lines:
        agreed = {row["file"]: row["must"] for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)}

    with pytest.raises(Refused) as refused:
        read(bad(name))

    assert refused.value.reason == sentence
    assert sentence in agreed[name].replace('""', '"')


def test_a_statement_with_the_name_of_another_format_is_read_as_what_it_is():
    [record] = read(bad("camt_named.csv")).records

    assert (str(record.date), record.amount, record.currency) == ("2024-01-01", Decimal("-12.50"), "EUR")
    assert record.description == "Groceries"


def test_absurd_amounts_are_named_by_line():
    found = read(bad("absurd_amounts.csv"))

    assert [problem.line for problem in found.problems] == list(range(2, 13))
    assert [(r.line, r.amount) for r in found.records] == [(13, Decimal("-12.34")), (14, Decimal("-0.005"))]


def test_bad_dates_are_named_by_line():
    found = read(bad("bad_dates.csv"))

    assert [problem.line for problem in found.problems] == list(range(2, 10))
    assert [(r.line, str(r.date)) for r in found.records] == [(10, "2024-02-29"), (11, "2024-03-01")]


def test_dates_that_could_be_either_are_asked():
    found = read(bad("ambiguous_dates.csv"))

    assert found.ambiguous == ("date_order",)
    assert len(found.records) == 4


def test_an_unclosed_quote_swallows_nothing():
    found = read(bad("unclosed_quote.csv"))

    assert [problem.line for problem in found.problems] == [3]
    assert "quote never closed" in found.problems[0].reason.lower()
    assert [record.line for record in found.records] == [2, *range(4, 22)]


def test_formulas_and_markup_are_kept_as_text():
    found = read(bad("formula_injection.csv"))

    assert [record.description for record in found.records] == [
        "=cmd|' /C calc'!A0",
        "+1+1",
        "-2+3",
        "@SUM(A1:A9)",
        '\t=HYPERLINK("http://127.0.0.1/","x")',
        "<script>alert(1)</script>",
    ]
    assert [record.amount for record in found.records] == [Decimal(-n) for n in range(1, 7)]
