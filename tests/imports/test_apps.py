"""Exports of budgeting apps: what no row of them tells, and what of them is no spending."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from expenses.imports.statements import Mapping, MappingError, Refused, guess, preview, read

pytestmark = pytest.mark.either  # asks no database


def table(*rows: str) -> bytes:
    return "\n".join(rows).encode()


def said(data: bytes, mapping: Mapping | None = None) -> list[str]:
    return [f"{r.date} {r.amount} {r.description} {r.nature}".strip() for r in read(data, mapping).records]


YNAB = table(
    '"Account","Flag","Date","Payee","Category Group/Category","Category Group","Category","Memo","Outflow","Inflow",'
    '"Cleared"',
    '"Giro","","31/01/2026","Starting Balance","Inflow: Ready to Assign","Inflow","Ready to Assign","",0.00€,900.00€,'
    '"Reconciled"',
    '"Giro","","31/01/2026","Grocer","Food: Groceries","Food","Groceries","(Split 1/2) milk",4.00€,0.00€,"Cleared"',
    '"Giro","","31/01/2026","Grocer","Home: Cleaning","Home","Cleaning","(Split 2/2) soap",2.50€,0.00€,"Cleared"',
    '"Giro","","30/01/2026","Transfer : Savings","","","","put by",100.00€,0.00€,"Uncleared"',
)


def test_the_register_of_ynab_tells_moves_and_openings_and_its_splits_are_rows():
    found = read(YNAB)

    assert said(YNAB) == [
        "2026-01-31 900.00 Starting Balance opening",
        "2026-01-31 -4.00 Grocer",
        "2026-01-31 -2.50 Grocer",
        "2026-01-30 -100.00 Transfer : Savings transfer",
    ]
    assert [r.category for r in found.records] == [
        "Inflow: Ready to Assign",
        "Food: Groceries",
        "Home: Cleaning",
        "",
    ]
    assert {r.account for r in found.records} == {"Giro"}
    assert found.records[1].memo == "(Split 1/2) milk"
    assert not found.ambiguous


def test_the_register_of_ynab_4_is_known_too():
    data = table(
        "Account,Flag,Check Number,Date,Payee,Category,Master Category,Sub Category,Memo,Outflow,Inflow,Cleared,"
        "Running Balance",
        "Giro,,,14/02/2016,Baker,Food: Bread,Food,Bread,rolls,$3.20,$0.00,C,$96.80",
        "Giro,,,15/02/2016,Transfer : Cash,,,,,$20.00,$0.00,C,$76.80",
        "Giro,,,16/02/2016,Employer,Income: Available next month,Income,Available next month,,$0.00,$500.00,U,$576.80",
    )

    assert said(data) == ["2016-02-14 -3.20 Baker", "2016-02-15 -20.00 Transfer : Cash transfer",
                          "2016-02-16 500.00 Employer"]  # fmt: skip
    assert [r.category for r in read(data).records] == ["Food: Bread", "", "Income: Available next month"]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (
            "Month,Category Group/Category,Category Group,Category,Assigned,Activity,Available",
            "Jan 2026,Food: Groceries,Food,Groceries,400.00,-20.00,380.00",
        ),
        (
            "Month,Category,Master Category,Sub Category,Budgeted,Outflows,Category Balance",
            "Jan 2016,Food: Groceries,Food,Groceries,400.00,-20.00,380.00",
        ),
    ],
)
def test_a_budget_is_no_statement(header, row):
    with pytest.raises(Refused, match=r"This is YNAB's (plan|budget), which has no transactions in it\."):
        read(table(header, row))


def test_nobody_is_asked_what_a_comma_among_yen_is():
    data = table(
        '"Account","Flag","Date","Payee","Category Group/Category","Category Group","Category","Memo","Outflow",'
        '"Inflow","Cleared"',
        '"Giro","","2026/01/30","Grocer","Food: Noodles","Food","Noodles","",¥1200,¥0,"Cleared"',
        '"Giro","","2026/01/31","Firm","Inflow: Ready","Inflow","Ready","",¥0,"¥250,000","Cleared"',
    )

    assert said(data) == ["2026-01-30 -1200 Grocer", "2026-01-31 250000 Firm"]
    assert not read(data).ambiguous


def test_actual_names_the_other_account_as_the_payee_of_a_move():
    data = table(
        "Account,Date,Payee,Notes,Category_Group,Category,Amount,Split_Amount,Cleared",
        "Giro,2026-01-02,Savings,,,,-250.00,0,Cleared",
        "Savings,2026-01-02,Giro,,,,250.00,0,Cleared",
        "Giro,2026-01-01,Starting Balance,,Income,Starting Balances,1000.00,0,Reconciled",
        "Giro,2026-01-03,Market,both,,Split,0,-30.00,Cleared",
        "Giro,2026-01-03,Market,bread,Food,Bread,-10.00,0,Cleared",
        "Giro,2026-01-03,Market,soap,Home,Soap,-20.00,0,Cleared",
    )

    found = read(data)

    assert [(r.amount, r.nature) for r in found.records] == [
        (Decimal("-250.00"), "transfer"),
        (Decimal("250.00"), "transfer"),
        (Decimal("1000.00"), "opening"),
        (Decimal(0), ""),
        (Decimal("-10.00"), ""),
        (Decimal("-20.00"), ""),
    ]
    assert [r.line for r in found.zeros] == [5]
    assert not found.ambiguous


def test_a_row_of_mint_that_does_not_say_which_way_is_not_guessed():
    data = table(
        '"Date","Description","Original Description","Amount","Transaction Type","Category","Account Name","Labels",'
        '"Notes"',
        '"1/25/2026","Cafe","CAFE 12","3.50","debit","Coffee Shops","Card","",""',
        '"1/24/2026","Film","FILM","9.00","","Films","Card","",""',
        '"1/23/2026","Firm","FIRM","900.00","credit","Pay","Card","",""',
    )

    found = read(data)

    assert said(data) == ["2026-01-25 -3.50 Cafe", "2026-01-23 900.00 Firm"]
    assert [problem.line for problem in found.problems] == [3]
    assert not found.ambiguous


def test_the_other_side_of_kmymoney_is_a_category_and_no_account():
    data = table(
        "Date;Payee;Amount;Account/Cat;Memo;Status;Number",
        "25-01-2026;Grocer;-54,31;Food;;C;",
        "24-01-2026;Firm;90,00;Pay;;R;",
    )

    assert [(r.account, r.category) for r in read(data).records] == [("", "Food"), ("", "Pay")]


def test_actual_of_old_had_fewer_columns():
    data = table(
        "Account,Date,Payee,Notes,Category,Amount",
        "Giro,2026-01-02,Savings,,,-250",
        "Savings,2026-01-02,Giro,,,250",
        "Giro,2026-01-01,Starting Balance,,Starting Balances,1000",
        "Giro,2026-01-03,Market,bread,Food,-10.5",
    )

    found = read(data)

    assert [(r.amount, r.nature) for r in found.records] == [
        (Decimal(-250), "transfer"),
        (Decimal(250), "transfer"),
        (Decimal(1000), "opening"),
        (Decimal("-10.5"), ""),
    ]
    assert [row.record.nature for row in preview(data, found.mapping).rows if row.record] == [
        r.nature for r in found.records
    ]


def test_a_category_of_actual_that_is_called_as_an_account_makes_no_move():
    data = table(
        "Account,Date,Payee,Notes,Category_Group,Category,Amount,Split_Amount,Cleared",
        "Giro,2026-01-02,Savings,,,,-250.00,0,Cleared",
        "Savings,2026-01-02,Giro,,,,250.00,0,Cleared",
        "Giro,2026-01-03,Coins,,Put by,Savings,-20.00,0,Cleared",
    )

    assert [r.nature for r in read(data).records] == ["transfer", "transfer", ""]


def test_a_table_that_has_more_than_actual_of_old_is_not_taken_for_it():
    data = table(
        "Account,Date,Payee,Notes,Category,Amount,Balance",
        "Giro,2026-01-02,Savings,,,-250,750",
        "Savings,2026-01-02,Giro,,,250,250",
    )

    assert not guess(data).mapping.transfers_name_accounts


def test_mint_wrote_the_month_first_and_is_asked_all_the_same():
    data = table(
        '"Date","Description","Original Description","Amount","Transaction Type","Category","Account Name","Labels",'
        '"Notes"',
        '"8/02/2016","Cafe","CAFE 12","3.50","debit","Coffee Shops","Card","",""',
        '"8/03/2016","Payment","AUTOPAY","100.00","credit","Credit Card Payment","Card","",""',
    )

    found = guess(data)

    assert found.alternatives["date_order"] == ("MDY", "DMY")
    assert said(data) == ["2016-08-02 -3.50 Cafe", "2016-08-03 100.00 Payment transfer"]


FIREFLY = table(
    "user_id,group_id,journal_id,created_at,updated_at,group_title,type,currency_code,amount,foreign_currency_code,"
    "foreign_amount,description,date,source_name,source_iban,source_type,destination_name,destination_iban,"
    "destination_type,reconciled,category,budget,bill,tags,notes",
    '1,10,20,2026-01-05T10:00:00+01:00,2026-01-05T10:00:00+01:00,,Withdrawal,EUR,"-12.50",USD,"-13.60",Lunch,'
    "2026-01-05T00:00:00+01:00,Giro,,Asset account,Diner,,Expense account,,Eating out,,,fun,with Ann",
    '1,11,21,2026-01-06T10:00:00+01:00,2026-01-06T10:00:00+01:00,,Deposit,EUR,"2000.00",,,Pay,'
    "2026-01-06T00:00:00+01:00,Employer,,Revenue account,Giro,,Asset account,,Salary,,,,",
    '1,12,22,2026-01-07T10:00:00+01:00,2026-01-07T10:00:00+01:00,,Transfer,EUR,"300.00",,,Put by,'
    "2026-01-07T00:00:00+01:00,Giro,,Asset account,Savings,,Asset account,,,,,,",
    '1,13,23,2026-01-01T10:00:00+01:00,2026-01-01T10:00:00+01:00,,Opening balance,EUR,"-50.00",,,Start,'
    "2026-01-01T00:00:00+01:00,Card,,Asset account,Initial balance of Card,,Initial balance account,,,,,,",
    '1,14,24,2026-01-08T10:00:00+01:00,2026-01-08T10:00:00+01:00,,Reconciliation,EUR,"0.43",,,Found,'
    "2026-01-08T00:00:00+01:00,Reconciliation,,Reconciliation account,Giro,,Asset account,,,,,,",
)


def test_firefly_says_by_the_type_which_way_the_money_went():
    found = read(FIREFLY)

    assert [(r.amount, r.payee, r.account, r.nature) for r in found.records] == [
        (Decimal("-12.50"), "Diner", "Giro", ""),
        (Decimal("2000.00"), "Employer", "Giro", ""),
        (Decimal("-300.00"), "Savings", "Giro", "transfer"),
        (Decimal("-50.00"), "Initial balance of Card", "Card", "opening"),
        (Decimal("0.43"), "Reconciliation", "Giro", ""),
    ]
    assert [r.bank_id for r in found.records] == ["20", "21", "22", "23", "24"]
    assert (found.records[0].currency, found.records[0].category) == ("EUR", "Eating out")
    assert found.records[0].memo == "Lunch · with Ann · fun"
    assert not found.ambiguous
    assert not found.problems


def test_firefly_says_by_the_kind_of_account_which_way_a_correction_went():
    def row(number: int, kind: str, amount: str, source: str, destination: str) -> str:
        return f"1,{number},{number},{at},{at},,{kind},EUR,{amount},,,Text,{at},{source},{destination},,,,,,"

    at = "2026-01-05T10:00:00+01:00"
    own, other = "Giro,,Asset account", "Correction,,Reconciliation account"
    rows = [
        row(1, "Reconciliation", "3.00", own, other),
        row(2, "Reconciliation", "4.00", other, own),
        row(3, "Deposit", "500.00", "Aunt,,Debt", own),
    ]

    found = read(table(FIREFLY.decode().splitlines()[0], *rows))

    assert [(r.amount, r.payee, r.account) for r in found.records] == [
        (Decimal("-3.00"), "Correction", "Giro"),
        (Decimal("4.00"), "Correction", "Giro"),
        (Decimal("500.00"), "Aunt", "Giro"),
    ]


@pytest.mark.parametrize(
    ("moves", "expected"), [(("true", "false"), ["transfer", ""]), (("TRUE", "0"), ["transfer", ""])]
)
def test_wallet_says_which_rows_are_moves(moves, expected):
    first, second = moves
    data = table(
        "account;category;currency;amount;ref_currency_amount;type;payment_type;payment_type_local;note;date;"
        "gps_latitude;gps_longitude;gps_accuracy_in_meters;warranty_in_month;transfer;payee;labels",
        f"Giro;TRANSFER;EUR;-100;-100;Expenses;TRANSFER;Transfer;;2026-01-03 10:00:00;;;;0;{first};;",
        f"Cash;Food;EUR;-3.00;-3.00;Expenses;CASH;Cash;bread;2026-01-04 10:00:00;;;;0;{second};Baker;",
    )

    found = read(data)

    assert [r.nature for r in found.records] == expected
    assert [r.amount for r in found.records] == [Decimal(-100), Decimal("-3.00")]
    assert found.records[1].payee == "Baker"


def test_wallet_of_old_wrote_no_signs():
    data = table(
        "account;category;currency;amount;ref_currency_amount;type;payment_type;note;date;transfer;payee;labels",
        "Giro;Food;EUR;3.00;3.00;Expenses;CASH;;2026-01-03 10:00:00;false;Baker;",
        "Giro;Pay;EUR;900;900;Income;TRANSFER;;2026-01-04 10:00:00;false;Firm;",
    )

    assert said(data) == ["2026-01-03 -3.00 Baker", "2026-01-04 900 Firm"]
    assert read(data).ambiguous == ()


# ── Splitwise ─────────────────────────────────────────────────────────────────────────────────────

SPLITWISE = table(
    "Date,Description,Category,Cost,Currency,Ann,Ben,Cleo",
    "",
    "2026-01-15,Dinner,Dining out,90.00,EUR,60.00,-30.00,-30.00",
    "2026-01-16,Taxi,Taxi,45.00,EUR,-15.00,30.00,-15.00",
    "2026-01-17,Ben paid Ann,Payment,20.00,EUR,-20.00,20.00,0.00",
    "2026-01-18,Cinema,Movies,24.00,EUR,0.00,12.00,-12.00",
    "2026-01-19,Gift for Ben,Gifts,10.00,EUR,10.00,-10.00,0.00",
    ",Total balance,,0.00,EUR,35.00,-8.00,-57.00",
)


def test_splitwise_asks_whose_share_and_offers_the_whole_group_first():
    found = guess(SPLITWISE)

    assert found.alternatives == {"member": ("", "5", "6", "7")}
    assert [found.columns[int(at)] for at in found.alternatives["member"][1:]] == ["Ann", "Ben", "Cleo"]


def test_the_costs_of_the_whole_group_are_money_out():
    assert said(SPLITWISE) == [
        "2026-01-15 -90.00 Dinner",
        "2026-01-16 -45.00 Taxi",
        "2026-01-17 -20.00 Ben paid Ann settlement",
        "2026-01-18 -24.00 Cinema",
        "2026-01-19 -10.00 Gift for Ben",
    ]


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        (5, ["-30.00 Dinner", "-15.00 Taxi", "20.00 Ben paid Ann", "0.00 Gift for Ben"]),
        (6, ["-30.00 Dinner", "-15.00 Taxi", "-20.00 Ben paid Ann", "-12.00 Cinema", "-10.00 Gift for Ben"]),
        (7, ["-30.00 Dinner", "-15.00 Taxi", "-12.00 Cinema"]),
    ],
)
def test_a_person_sees_their_own_share(member, expected):
    mapping = replace(guess(SPLITWISE).mapping, member=member)

    found = read(SPLITWISE, mapping)

    assert [f"{r.amount:f} {r.description}" for r in found.records] == expected
    assert len(found.records) + found.left_out_counts().get("not yours", 0) == 5
    assert not found.problems


def test_a_share_beyond_the_cost_is_a_row_that_cannot_be_read():
    data = table(
        "Date,Description,Category,Cost,Currency,Ann,Ben",
        "2026-01-15,Dinner,Dining out,90.00,EUR,-95.00,95.00",
        "2026-01-16,Dinner,Dining out,90.00,EUR,-45.00,45.00",
    )

    found = read(data, replace(guess(data).mapping, member=5))

    assert [(p.line, p.reason) for p in found.problems] == [(2, "The share (-95.00) is more than the cost.")]


@pytest.mark.parametrize(
    ("header", "settled", "total"),
    [
        ("Datum,Beschreibung,Kategorie,Kosten,Währung,Ann,Ben", "Zahlung", "Gesamtsaldo"),
        ("Date,Description,Catégorie,Coût,Devise,Ann,Ben", "Paiement", "Solde total"),
        ("Fecha,Descripción,Categoría,Coste,Moneda,Ann,Ben", "Pago", "Saldo total"),
    ],
)
def test_splitwise_is_known_in_any_language(header, settled, total):
    data = table(
        header,
        "",
        "2026-01-15,Pizza,Restaurant,30.00,EUR,15.00,-15.00",
        f"2026-01-18,Ben → Ann,{settled},15.00,EUR,-15.00,15.00",
        "2026-01-19,Taxi,Taxi,9.00,EUR,-4.50,4.50",
        f"2026-01-31,{total}, , ,EUR,-4.50,4.50",
    )

    found = guess(data)

    assert found.alternatives == {"member": ("", "5", "6")}
    assert said(data) == ["2026-01-15 -30.00 Pizza", "2026-01-18 -15.00 Ben → Ann settlement", "2026-01-19 -9.00 Taxi"]
    assert said(data, replace(found.mapping, member=6)) == [
        "2026-01-15 -15.00 Pizza",
        "2026-01-18 -15.00 Ben → Ann settlement",
        "2026-01-19 -4.50 Taxi",
    ]


def test_columns_of_amounts_that_do_not_come_out_even_are_no_people():
    data = table(
        "Date,Text,Kind,Amount,Currency,Fee,Balance",
        "2026-01-15,Pizza,Card,-30.00,EUR,0.50,69.50",
        "2026-01-18,Pay,Wire,15.00,EUR,-0.20,84.30",
    )

    assert "member" not in guess(data).alternatives


def test_costs_without_people_are_a_table_like_any_other():
    data = table("Date,Description,Category,Cost,Currency,Shop", "2026-01-15,Bread,Food,-9.00,EUR,Baker")

    assert guess(data).mapping.settlement_texts == ()


# ── others ────────────────────────────────────────────────────────────────────────────────────────


def test_our_own_lists_are_read_with_the_signs_that_they_have():
    spending = table(
        "\ufeffDate,Description,Category,Amount,Currency,Paid with,Written by,Notes",
        "2026-01-02,Bread,Food,3.20,EUR,Card,Ann,fresh",
        "2026-01-03,Bread back,Food,-3.20,EUR,Card,Ann,",
    )
    income = table("\ufeffDate,Description,Amount,Currency,Written by", "2026-01-02,Pay,2000.00,EUR,Ann")

    assert said(spending) == ["2026-01-02 -3.20 Bread", "2026-01-03 3.20 Bread back"]
    assert [(r.account, r.category, r.memo) for r in read(spending).records] == [
        ("Card", "Food", "fresh"),
        ("Card", "Food", ""),
    ]
    assert said(income) == ["2026-01-02 2000.00 Pay"]
    assert read(spending).ambiguous == read(income).ambiguous == ()


def test_the_lists_in_the_file_of_a_household_are_read_as_our_own():
    spending = table(
        "id,spent_on,description,amount,category,payment_method,recorded_by,notes,created_at,updated_at",
        "1,2026-01-02,'=Bread,3.20,Food,Card,ann@example.com,'+fresh,2026-01-05T08:00:00+00:00,2026-01-05T08:00:00+00:00",
        "2,2026-01-03,Bread back,-3.20,Food,,ann@example.com,,2026-01-05T08:00:00+00:00,2026-01-05T08:00:00+00:00",
    )
    income = table(
        "id,received_on,description,amount,recorded_by,created_at,updated_at",
        "1,2026-01-02,Pay,2000.00,ann@example.com,2026-01-05T08:00:00+00:00,2026-01-05T08:00:00+00:00",
    )

    assert [(str(r.date), r.amount, r.description, r.category, r.account, r.memo) for r in read(spending).records] == [
        ("2026-01-02", Decimal("-3.20"), "=Bread", "Food", "Card", "+fresh"),
        ("2026-01-03", Decimal("3.20"), "Bread back", "Food", "", ""),
    ]
    assert said(income) == ["2026-01-02 2000.00 Pay"]
    assert read(spending).ambiguous == read(income).ambiguous == ()


def test_what_an_app_calls_as_a_balance_is_called_is_a_row_all_the_same():
    ours = table(
        "Date,Description,Category,Amount,Currency,Paid with,Written by,Notes",
        "2026-01-02,Saldo,Food,3.20,EUR,Card,Ann,",
        "2026-01-03,Bread,Food,3.20,EUR,Card,Ann,Opening balance",
    )

    assert said(ours) == ["2026-01-02 -3.20 Saldo", "2026-01-03 -3.20 Bread"]
    assert not read(ours).left_out


@pytest.mark.parametrize(
    ("header", "row", "name"),
    [
        ("Category,From month,Limit,Currency,Leftover", "Food,2026-01,400.00,EUR,surplus", "a list of limits"),
        ("category,month,amount,leftover", "Food,2026-01,400.00,surplus", "a list of limits"),
        (
            "Month,From,To,Amount,Currency,Note,Moved by,Moved at,Reversal",
            "2026-01,Food,Fun,5.00,EUR,,Ann,2026-01-02T10:00:00+00:00,no",
            "a list of moves",
        ),
        ("Category,Colour,Archived on,Expenses,Spent,Currency", "Food,#aabbcc,,3,20.00,EUR", "a list of categories"),
        ("name,color,position,archived_on", "Food,#aabbcc,1,", "a list of categories"),
        (
            "name,currency,month_starts_on,budget_from,pool_from,time_zone",
            "Home,EUR,1,2026-01,,Europe/Berlin",
            "a part of a household's file",
        ),
    ],
)
def test_what_else_we_write_is_no_statement(header, row, name):
    with pytest.raises(Refused) as refused:
        read(table(header, row))

    assert refused.value.reason == f"This is {name}, which has no transactions in it. Download the expenses instead."


def test_money_manager_has_moves_among_its_kinds():
    data = table(
        "Date\tAccount\tCategory\tSubcategory\tNote\tEUR\tIncome/Expense\tDescription\tAmount\tCurrency",
        "01/31/2026 10:00:00\tCash\tFood\t\tBread\t3.20\tExp.\t\t3.20\tEUR",
        "01/30/2026 10:00:00\tGiro\tPay\t\tFirm\t900\tIncome\t\t900\tEUR",
        "01/29/2026 10:00:00\tGiro\tCash\t\tDrawn\t50\tTransfer-Out\t\t50\tEUR",
    )

    assert [(r.amount, r.nature) for r in read(data).records] == [
        (Decimal("-3.20"), ""),
        (Decimal(900), ""),
        (Decimal(-50), "transfer"),
    ]


ROCKET_MONEY = "Date,Original Date,Account Type,Account Name,Account Number,Institution Name,Name,Custom Name,Amount"
EZBOOKKEEPING = "Time,Timezone,Type,Category,Sub Category,Account,Account Currency,Amount,Account2,Account2 Currency"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [
                "Date,Description,Category,Amount,Account,Account #,Institution,Transaction ID,Full Description",
                "1/25/2026,Grocer,Food,-$54.31,Giro,x12,Bank,a1,GROCER 55",
                "1/24/2026,To savings,Transfer,-$100.00,Giro,x12,Bank,a2,TO SAV",
            ],
            ["2026-01-25 -54.31 Grocer", "2026-01-24 -100.00 To savings transfer"],
            id="Tiller",
        ),
        pytest.param(
            [
                "Date,Account,Description,Category,Tags,Amount",
                "2026-01-25,Giro,Grocer,Food,,-54.31",
                "2026-01-24,Card,Thanks,Credit Card Payments,,100",
            ],
            ["2026-01-25 -54.31 Grocer", "2026-01-24 100 Thanks transfer"],
            id="Empower",
        ),
        pytest.param(
            [
                f"{ROCKET_MONEY},Description,Category,Note,Ignored From,Tax Deductible,Transaction Tags",
                "2026-01-25,2026-01-24,Checking,Giro,12,Bank,Grocer,,54.31,GROCER 5,Food,,,,",
                "2026-01-24,2026-01-24,Checking,Giro,12,Bank,Firm,,-2500.00,FIRM PAY,Income,,,,",
                "2026-01-23,2026-01-23,Checking,Giro,12,Bank,Saved,,100.00,TO SAV,Internal Transfers,,,,",
            ],
            ["2026-01-25 -54.31 Grocer", "2026-01-24 2500.00 Firm", "2026-01-23 -100.00 Saved transfer"],
            id="Rocket Money",
        ),
        pytest.param(
            [
                f"{EZBOOKKEEPING},Account2 Amount,Geographic Location,Tags,Description",
                "2026-01-01 00:00:00,+01:00,Balance Modification,,,Giro,EUR,1000.00,,,,,,",
                "2026-01-02 12:00:00,+01:00,Expense,Food,Lunch,Giro,EUR,12.50,,,,,,Noodles",
                "2026-01-03 12:00:00,+01:00,Income,Work,Pay,Giro,EUR,900.00,,,,,,Firm",
                "2026-01-04 12:00:00,+01:00,Transfer,General,Bank,Giro,EUR,70.00,Card,USD,80.00,,,Moved",
            ],
            [
                "2026-01-01 1000.00  opening",
                "2026-01-02 -12.50 Noodles",
                "2026-01-03 900.00 Firm",
                "2026-01-04 -70.00 Moved transfer",
            ],
            id="ezBookkeeping",
        ),
        pytest.param(
            [
                "Id;Note;Amount;Category;Account;Currency;Date;Event;Exclude Report",
                "1;noodles;-12.50;Food;Cash;EUR;25/01/2026;;",
                "2;drawn;-50;Outgoing Transfer;Giro;EUR;23/01/2026;;1",
            ],
            ["2026-01-25 -12.50 noodles", "2026-01-23 -50 drawn transfer"],
            id="Money Lover",
        ),
        pytest.param(
            [
                "Date,Description,Currency,Amount,Type,Tags,Account,Status,Memo",
                "2026-01-25,Grocer,EUR,-54.31,Expense,Food,Giro,Cleared,",
                "2026-01-23,Saved,EUR,-100.00,Transfer,,Giro,Cleared,",
            ],
            ["2026-01-25 -54.31 Grocer", "2026-01-23 -100.00 Saved transfer"],
            id="Buxfer",
        ),
        pytest.param(
            [
                "Account,Date,Payee,Category,Memo,Deposit,Withdrawal",
                "Giro,1/25/2026,Grocer,Food,,,54.31",
                "Giro,1/23/2026,Saved,[Savings],,,100.00",
            ],
            ["2026-01-25 -54.31 Grocer", "2026-01-23 -100.00 Saved transfer"],
            id="an account in brackets",
        ),
    ],
)
def test_the_exports_of_other_apps_tell_moves_from_spending(rows, expected):
    assert said(table(*rows)) == expected


def test_who_is_called_as_the_account_itself_is_no_move():
    data = table(
        "Account,Date,Payee,Notes,Category,Amount",
        "Cash,2026-01-25,Cash,,,-9.50",
        "Giro,2026-01-26,Cash,,,-3.50",
    )

    assert said(data) == ["2026-01-25 -9.50 Cash", "2026-01-26 -3.50 Cash transfer"]


@pytest.mark.parametrize("category", ["[Food]", "[Uncategorized]"])
def test_categories_in_brackets_are_no_accounts(category):
    other = "[Bus]" if category == "[Food]" else "Bus"
    data = table("Date,Payee,Category,Amount", f"2026-01-25,Shop,{category},-9.50", f"2026-01-26,Line,{other},-3.50")

    assert said(data) == ["2026-01-25 -9.50 Shop", "2026-01-26 -3.50 Line"]


def test_the_envelopes_of_goodbudget_are_categories():
    data = table(
        "Date,Envelope,Account,Name,Notes,Amount,Status,Details",
        "01/25/2026,Food,Giro,Grocer,,-50.00,,",
        "01/24/2026,,Giro,Market,,-75.00,,Food|-50.00||Home|-25.00",
    )

    assert [(r.category, r.memo) for r in read(data).records] == [("Food", ""), ("", "Food|-50.00||Home|-25.00")]


def test_the_totals_of_quicken_are_no_rows():
    data = table(
        "Date,Payee,Category,Amount,Account",
        "1/25/2026,Grocer,Food,-54.31,Giro",
        "1/24/2026,Firm,Pay,900.00,Giro",
        "Total Inflows,,,900.00,",
        "Total Outflows,,,-54.31,",
        "Net Total,,,845.69,",
    )

    found = read(data)

    assert (len(found.records), found.problems, found.left_out_counts()) == (2, [], {"a balance or a total": 3})


def test_currencies_may_be_written_small():
    data = table("date,payee,amount,currency", "2026-01-25,Grocer,-5.00,eur", "2026-01-26,Firm,9.00,usd")

    assert [r.currency for r in read(data).records] == ["EUR", "USD"]


def test_the_books_of_gnucash_name_the_account_of_each_entry():
    data = table(
        "Date,Transaction ID,Number,Description,Notes,Commodity/Currency,Void Reason,Action,Memo,Full Account Name,"
        "Account Name,Amount With Sym,Amount Num.,Value With Sym,Value Num.,Reconcile,Reconcile Date,Rate/Price",
        "01/31/2026,aa11,,Market,,CURRENCY::EUR,,,,Assets:Giro,Giro,-€20.00,-20.00,-€20.00,-20.00,n,,1.00",
        "01/31/2026,aa11,,Market,,CURRENCY::EUR,,,,Expenses:Food,Food,€20.00,20.00,€20.00,20.00,n,,1.00",
    )

    assert [(r.amount, r.account, r.payee) for r in read(data).records] == [
        (Decimal("-20.00"), "Assets:Giro", "Market"),
        (Decimal("20.00"), "Expenses:Food", "Market"),
    ]


def test_an_app_whose_signs_are_in_doubt_is_asked():
    data = table(
        "date,account_name,amount,name,category,tags,notes,currency",
        "2026-01-02,Giro,3.20,Baker,Food,,,EUR",
        "2026-01-03,Giro,-900,Firm,Pay,,,EUR",
    )

    assert guess(data).alternatives["invert"] == ("true", "false")
    assert [r.amount for r in read(data).records] == [Decimal("-3.20"), Decimal(900)]


# ── what a mapping says of it ─────────────────────────────────────────────────────────────────────


def test_any_column_may_say_what_a_row_is():
    data = table(
        "Date,Payee,Amount,Kind", "2026-01-02,a,-1,Internal move", "2026-01-03,b,-2,", "2026-01-04,c,-3,START"
    )
    mapping = Mapping(
        date=0, payee=1, amount=2, nature=(3, 1), transfer_texts=("internal*",), opening_texts=("start",)
    )

    assert [r.nature for r in read(data, mapping).records] == ["transfer", "", "opening"]
    assert [row.record.nature for row in preview(data, mapping).rows if row.record] == ["transfer", "", "opening"]


def test_mappings_kept_before_there_were_natures_are_read():
    kept = {"date": 0, "amount": 2, "payee": 1, "memo": [3]}

    mapping = Mapping.from_json(kept)

    assert (mapping.nature, mapping.member, mapping.sheet) == ((), None, "")
    assert Mapping.from_json(json.loads(json.dumps(mapping.to_json()))) == mapping


@pytest.mark.parametrize(
    ("found", "field"),
    [
        ({"nature": 3}, "nature"),
        ({"nature": ["a"]}, "nature"),
        ({"transfer_texts": "true"}, "transfer_texts"),
        ({"member": "5"}, "member"),
        ({"flag_first": True}, "flag_first"),
        ({"transfers_name_accounts": 1}, "transfers_name_accounts"),
        ({"sheet": 1}, "sheet"),
    ],
)
def test_natures_of_another_type_are_named(found, field):
    with pytest.raises(MappingError) as error:
        Mapping.from_json(found)

    assert list(error.value.errors) == [field]


@pytest.mark.parametrize(
    ("wrong", "field"), [({"nature": (9,)}, "nature"), ({"member": 9}, "member"), ({"flag_first": 9}, "flag_first")]
)
def test_columns_that_the_file_does_not_have_are_named(wrong, field):
    data = table("Date,Payee,Amount", "2026-01-02,a,-1")

    with pytest.raises(MappingError) as error:
        read(data, replace(Mapping(date=0, payee=1, amount=2), **wrong))

    assert field in error.value.errors
