"""`manage.py read_statement`: what a file says, without the database."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command

pytestmark = pytest.mark.either  # asks no database

STATEMENTS = Path(__file__).parent.parent / "statements" / "csv"


def told(capsys, *args) -> dict:
    """What the command printed, as JSON alone; `code` is how it ended."""
    code = 0
    try:
        call_command("read_statement", *map(str, args), "--json")
    except SystemExit as end:
        code = end.code
    return json.loads(capsys.readouterr().out) | {"code": code}


def test_a_statement_is_printed_as_json_alone(capsys):
    said = told(capsys, STATEMENTS / "german_preamble.csv")

    assert said["code"] == 0
    assert said["format"] == "csv"
    assert said["problems"] == []
    assert said["ambiguous"] == []
    assert said["rows"][1] == {
        "date": "2026-10-15",
        "amount": "2450.00",
        "description": "Weber GmbH",
        "payee": "Weber GmbH",
        "memo": "Gutschrift · Gehalt",
        "currency": "EUR",
        "account": "",
        "category": "",
        "bank_id": "",
        "nature": "",
        "splits": [],
        "line": 8,
    }


def test_the_mapping_it_prints_is_one_it_takes(capsys, tmp_path):
    said = told(capsys, STATEMENTS / "us_card_inverted.csv")
    mapping = tmp_path / "mapping.json"
    mapping.write_text(json.dumps(said["mapping"] | {"invert": False}))

    other = told(capsys, STATEMENTS / "us_card_inverted.csv", "--map", mapping)

    assert said["ambiguous"] == ["invert"]
    assert said["alternatives"] == {"invert": ["true", "false"]}
    assert (said["rows"][0]["amount"], other["rows"][0]["amount"]) == ("-42.17", "42.17")
    assert other["ambiguous"] == []


def test_rows_that_cannot_be_read_and_rows_of_zero_are_printed(capsys, tmp_path):
    file = tmp_path / "statement"
    file.write_text("Date,Payee,Amount\n2026-01-31,a,0.00\n2026-02-01,b,1e5\n2026-02-02,c,-1\n")

    said = told(capsys, file)

    assert [row["amount"] for row in said["rows"]] == ["0.00", "-1"]
    assert said["problems"] == [{"line": 3, "text": "2026-02-01,b,1e5", "reason": "“1e5” is not an amount."}]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "The file is empty."),
        (b"Date,Payee,Amount\n", "No transactions found (header only)."),
        (b"<OFX>", "No transactions found."),
        (b"a,b\nc,d\n", "No row of this file has a day and an amount."),
        (b"a,b\nc,5.20\nd,-6.10\n", "Choose the column with the date."),
    ],
)
def test_a_refusal_is_json_with_a_sentence(capsys, tmp_path, data, reason):
    file = tmp_path / "statement.csv"
    file.write_bytes(data)

    said = told(capsys, file)

    assert said["code"] == 1
    assert said["format"] is None
    assert said["rows"] == []
    assert said["problems"][0]["reason"].startswith(reason)


@pytest.mark.parametrize("missing", ["nowhere.csv", "."])
def test_a_file_that_cannot_be_opened_is_said(capsys, tmp_path, missing):
    said = told(capsys, tmp_path / missing)

    assert said["code"] == 1
    assert "cannot be opened" in said["problems"][0]["reason"]


@pytest.mark.parametrize("mapping", ["not json", "[1]", '{"date": "x"}', '{"date": 99, "amount": 1}', "{}"])
def test_a_mapping_that_does_not_fit_is_said(capsys, tmp_path, mapping):
    file = tmp_path / "mapping.json"
    file.write_text(mapping)

    said = told(capsys, STATEMENTS / "bars.txt", "--map", file)

    assert said["code"] == 1
    assert all(problem["reason"] for problem in said["problems"])


def test_without_json_it_is_a_table_to_read(capsys):
    call_command("read_statement", str(STATEMENTS / "footer_totals.csv"))

    printed = capsys.readouterr().out
    assert "     2  2026-05-13          -20.00  Grocer\n" in printed
    assert "3 rows read." in printed
    assert "line 6: after the last row with a date [Downloaded on 16 May 2026]" in printed


def test_a_refusal_without_json_is_its_sentence(capsys, tmp_path):
    file = tmp_path / "statement.csv"
    file.write_bytes(b"")

    with pytest.raises(SystemExit):
        call_command("read_statement", str(file))

    assert capsys.readouterr().out == "  line 1: The file is empty.\n"


THREE = """Date,Payee,Amount,Account,Currency
2026-11-01,Shop,-1.50,Everyday,EUR
2026-11-03,Shop,-2.50,Everyday,EUR
2026-11-02,Employer,100.00,Savings,USD
"""
SPLIT = "!Type:Bank\nD13/11/2026\nT-30.00\nPMarket\nSFood\nEBread\n$-20.00\nSFun\n$-10.00\n^\n"


def test_the_accounts_of_the_file_are_told(capsys, tmp_path):
    file, mapping = tmp_path / "three.csv", tmp_path / "mapping.json"
    file.write_text(THREE)
    mapping.write_text(json.dumps(told(capsys, file)["mapping"] | {"account": 3, "currency": 4}))

    accounts = told(capsys, file, "--map", mapping)["accounts"]

    assert accounts == [
        {
            "account": "Everyday",
            "rows": 2,
            "first": "2026-11-01",
            "last": "2026-11-03",
            "in": {},
            "out": {"EUR": "4.00"},
        },
        {
            "account": "Savings",
            "rows": 1,
            "first": "2026-11-02",
            "last": "2026-11-02",
            "in": {"USD": "100.00"},
            "out": {},
        },
    ]


def test_the_parts_of_a_row_are_told(capsys, tmp_path):
    file = tmp_path / "split.qif"
    file.write_text(SPLIT)

    said = told(capsys, file)

    assert said["format"] == "qif"
    assert said["rows"][0]["amount"] == "-30.00"
    assert [(part["amount"], part["category"], part["memo"]) for part in said["rows"][0]["splits"]] == [
        ("-20.00", "Food", "Bread"),
        ("-10.00", "Fun", ""),
    ]


def test_parts_and_accounts_are_in_the_table_too(capsys, tmp_path):
    split, three = tmp_path / "split.qif", tmp_path / "three.csv"
    split.write_text(SPLIT)
    three.write_text(THREE)

    call_command("read_statement", str(split))
    call_command("read_statement", str(three))

    printed = capsys.readouterr().out
    assert "-20.00    of it: Food · Bread\n" in printed
    assert "Everyday: 2 rows, 2026-11-01 to 2026-11-03, 4.00 EUR out\n" in printed


def test_what_the_file_calls_a_move_is_told(capsys, tmp_path):
    file = tmp_path / "mint.csv"
    file.write_text(
        "Date,Description,Original Description,Amount,Transaction Type,Category,Account Name,Labels,Notes\n"
        "11/13/2026,To savings,TRANSFER,50.00,debit,Transfer,Checking,,\n"
    )

    assert told(capsys, file)["rows"][0]["nature"] == "transfer"
