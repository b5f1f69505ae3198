"""Statements of every format, from the file to the budget, and the check page by the keyboard alone."""

import datetime as dt
import io
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from playwright.sync_api import expect

from expenses.imports import statements
from tests.browser.conftest import Person
from tests.browser.test_main_job import SHARED, reads_on, take_in

OWN = Path(__file__).resolve().parents[1] / "statements"
TODAY = dt.date(2026, 11, 22)


def workbook() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("November")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, ["Date", "Payee", "Amount"])
        for row, (number, payee, amount) in enumerate(
            [(3, "Bakery", -4.5), (17, "Tram", -2.9), (18, "Bakery", -6)], 1
        ):
            sheet.write_datetime(row, 0, dt.date(2026, 11, number), day)
            sheet.write_row(row, 1, [payee, amount])
    return file.getvalue()


YNAB = b"""\xef\xbb\xbf"Account","Flag","Date","Payee","Category Group/Category","Category Group","Category","Memo","Outflow","Inflow","Cleared"
"Checking","","2026-11-03","Corner shop","Daily: Groceries","Daily","Groceries","",$12.50,$0.00,"Cleared"
"Checking","","2026-11-17","Vet","Pets: Dog","Pets","Dog","Rex",$80.00,$0.00,"Cleared"
"""  # noqa: E501  (a header that is known as a whole)

FILES = [  # format, name, content
    ("ofx", "sgml.ofx", OWN / "ofx/sgml_cp1252.ofx"),
    ("qfx", "one-line.qfx", OWN / "ofx/one_line.qfx"),
    ("qif", "quicken.qif", OWN / "qif/quicken_apostrophes.qif"),
    ("camt", "swiss.xml", OWN / "camt/v04_swiss_latin1.xml"),
    ("mt940", "sparkasse.sta", OWN / "mt940/german_sparkasse.sta"),
    ("xlsx", "november.xlsx", workbook),
    ("csv", "preamble.csv", OWN / "csv/german_preamble.csv"),
    ("app", "register.csv", YNAB),
]
REAL = ["ofx1/checking_3tx.ofx", "qfx/bmo_no_blank_line.qfx", "qif/bank_mdyy.qif", "camt/v2_001_02.xml",
        "mt940/abnamro.txt", "xlsx/odoo_statement.xlsx", "apps/mint_small.csv"]  # fmt: skip


def content_of(source) -> bytes:
    return source.read_bytes() if isinstance(source, Path) else source if isinstance(source, bytes) else source()


def spent_by(data: bytes) -> Decimal:
    """The money out that the rows of a file come to, as its reader says; moves of one's own are proposed to be left
    out."""
    guess = statements.guess(data)
    mapping = replace(guess.mapping, date_order="MDY") if "date_order" in guess.alternatives else guess.mapping
    records = statements.read(data, mapping, today=TODAY).records
    return sum(
        (-record.amount for record in records if record.amount and record.amount < 0 and not record.nature), Decimal(0)
    )


def upload(person: Person, name: str, data: bytes) -> None:
    person.goes("/imports/new/")
    person.page.get_by_label("Statement", exact=True).set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    )
    known = person.page.locator("select[name=payment_method]")
    if known.count():
        known.select_option("new")
    person.page.locator("input[name=new_method]").fill(f"Method of {name}")
    person.presses(person.page.get_by_role("button", name="Read it"))


def choose_for_all(person: Person, choice: str) -> None:
    """By the one choice for all that is shown, or in the row where there is one only."""
    page, become = person.page, person.page.get_by_label("become", exact=True)
    if become.count():
        become.select_option(label=choice)
        person.presses(page.locator("#bulk-buttons button").last)
    elif page.locator(".import-table tbody tr").count():
        name = re.compile("^Read " if choice == "Leave out" else "^Category of ")
        page.get_by_label(name).select_option(label=choice)
        settled = page.locator(".import-table tr.is-out") if choice == "Leave out" else page.get_by_text("Your choice")
        expect(settled).to_be_visible()


def checks(person: Person) -> None:
    """Leaves money in out, says that nothing is the same as anything, and gives all else a category."""
    page = person.page
    here = page.url.split("?")[0]
    while page.get_by_role("button", name=re.compile("^(Keep both|It is none|It is another one)$")).count():
        person.presses(page.get_by_role("button", name=re.compile("^(Keep both|It is none|It is another one)$")).first)
    person.goes(f"{here}?what=in")
    choose_for_all(person, "Leave out")
    person.goes(f"{here}?what=decide")
    choose_for_all(person, "Food")
    expect(page.locator("#commit")).not_to_contain_text(re.compile("need|wait"))


def comes_in(person: Person, name: str, data: bytes) -> None:
    upload(person, name, data)
    unsaid = person.page.locator("input[name=date_order][value=MDY]")
    if unsaid.count():
        unsaid.check(force=True)
    reads_on(person)
    checks(person)
    take_in(person)
    spent = person.page.locator("data.total").first.get_attribute("value") or "0"
    assert Decimal(spent) == spent_by(data), name


def test_statements_of_every_format_come_in(person: Person):
    person.signs_up()

    for _, name, source in FILES:
        comes_in(person, name, content_of(source))


@pytest.mark.skipif(not SHARED.exists(), reason="the shared statement files are not beside this project")
def test_real_statements_of_every_format_come_in(person: Person):
    person.signs_up()

    for name in REAL:
        comes_in(person, Path(name).name, (SHARED / name).read_bytes())


@pytest.mark.parametrize("person", [(True, 1280, "dark")], indirect=True)
def test_the_rows_of_a_statement_are_given_categories_by_the_keyboard_alone(person: Person):
    page = person.page
    person.signs_up()
    lines = ["Date,Payee,Amount", *(f"2026-11-{n + 10},Shop {'ABC'[n % 3]},-{n + 1}.50" for n in range(6))]
    upload(person, "six.csv", "\n".join(lines).encode())
    reads_on(person)

    # The first of them by typing its name; Enter leads on.
    fields = page.locator("[data-next-row]")
    fields.first.focus()
    page.keyboard.type("Food")
    page.keyboard.press("Enter")
    expect(fields.nth(1)).to_be_focused()
    expect(page.get_by_text("Your choice")).to_have_count(1)
    expect(fields.nth(1)).to_be_focused()
    page.keyboard.type("Fun")
    expect(page.get_by_text("Your choice")).to_have_count(2)
    expect(fields.nth(1)).to_be_focused()

    # What looks alike follows, and the row has the focus again.
    with person.turns():
        page.keyboard.press("Control+Enter")
    expect(page.get_by_text("As in line 3")).to_have_count(1)
    expect(fields.nth(1)).to_be_focused()
    page.keyboard.press("Shift+Enter")
    expect(fields.first).to_be_focused()
    with person.turns():
        page.keyboard.press("Control+Enter")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(fields.nth(2)).to_be_focused()
    page.keyboard.type("Fun")
    expect(page.get_by_text("Your choice")).to_have_count(3)
    with person.turns():
        page.keyboard.press("Control+Enter")
    expect(page.locator("#commit")).not_to_contain_text("need")
    person.looks()
    button = page.get_by_role("button", name="Take in 6 rows")
    button.focus()
    with person.turns():
        page.keyboard.press("Enter")
    expect(page.get_by_text("Taken in: 6 expenses.").first).to_be_visible()
