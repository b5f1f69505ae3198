"""The main job of a person: sign up, bring a statement in, write down, find, change, delete, read the month.

Each walk goes with script and without, on a phone and at a desk, in the light and in the dark; axe on each page.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MONTH, Person

SHARED = Path(__file__).resolve().parents[3] / "shared" / "fixtures" / "files"

# A statement of our own: eight rows, two of them equal, one refund of a shop that is known, one salary.
STATEMENT = """Date;Payee;Amount
03.11.2026;CORNER SHOP;-12,50
04.11.2026;CORNER SHOP;-7,25
04.11.2026;BLUE DOOR COFFEE;-3,10
04.11.2026;BLUE DOOR COFFEE;-3,10
17.11.2026;BOOKS AND MORE;-18,95
18.11.2026;BOOKS AND MORE;5,00
20.11.2026;CITY TRANSIT;-45,00
21.11.2026;EMPLOYER INC;2500,00
"""
COMES_TO = "84.90"  # 89.90 spent, 5.00 back; the salary is no expense

ways = pytest.mark.parametrize(
    "person",
    [
        pytest.param((True, 1280, "light"), id="script-desk-light"),
        pytest.param((True, 390, "dark"), id="script-phone-dark"),
        pytest.param((False, 1280, "dark"), id="plain-desk-dark"),
        pytest.param((False, 390, "light"), id="plain-phone-light"),
    ],
    indirect=True,
)


def total(person: Person) -> str:
    """What the list on the page comes to."""
    found = person.page.locator("#found data.total")
    if not person.script and not found.count():
        person.presses(person.page.get_by_role("link", name="Count"))
    expect(found).to_be_visible()
    return found.get_attribute("value") or ""


def add_expense(
    person: Person, amount: str, description: str, category: str, *, another: bool = False, stays: bool = False
) -> None:
    page = person.page
    page.get_by_label(re.compile("^Amount")).fill(amount)
    page.get_by_label("Description", exact=True).fill(description)
    page.get_by_role("radio", name=category).check(force=True)
    save = page.get_by_role("button", name="Save and add another" if another else "Save", exact=True)
    person.presses(save, stays=stays)


def open_new(person: Person) -> None:
    """By the one button for it: a dialog at a desk with script, else a page."""
    link = person.page.get_by_role("link", name="Add expense")
    person.presses(link.locator("visible=true").first, stays=person.dialogs)
    expect(person.page.get_by_label(re.compile("^Amount"))).to_be_visible()


def bring_in(person: Person, name: str, content: str | bytes) -> None:
    person.goes("/imports/")
    data = content.encode() if isinstance(content, str) else content
    person.page.get_by_label("Statement", exact=True).set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": data}
    )
    known = person.page.locator("select[name=payment_method]")
    if known.count():
        known.select_option(label="Card")
    else:
        person.page.locator("input[name=new_method]").fill("Card")
    person.looks()
    person.presses(person.page.get_by_role("button", name="Read it"))


def reads_on(person: Person) -> None:
    """To the check page, by whatever is asked on the way: how to read it, whose the accounts are, the categories."""
    page = person.page
    if page.get_by_role("heading", name="How to read it").count():
        person.looks()
        person.presses(page.get_by_role("button", name="Read all rows"))
    if page.get_by_role("heading", name="Categories of the file").count():
        person.looks()
        person.presses(page.get_by_role("button", name="New ones for the rest"))
        if page.get_by_role("button", name="Save and check the rows").count():
            person.presses(page.get_by_role("button", name="Save and check the rows"))
    expect(page.get_by_role("heading", name="Check what comes in")).to_be_visible()
    person.looks()


def give_all_a_category(person: Person, category: str) -> None:
    missing = person.page.get_by_role("button", name=re.compile("without a category$"))
    if missing.count():
        person.page.get_by_label("become", exact=True).select_option(label=category)
        person.presses(missing)
    expect(person.page.locator("#commit")).not_to_contain_text("need")


def take_in(person: Person) -> None:
    person.presses(person.page.get_by_role("button", name=re.compile("^(Take in|Finish)")))
    expect(person.page.get_by_role("link", name="All statements")).to_be_visible()
    person.looks()


@ways
def test_a_household_writes_down_and_reads_its_month(person: Person):
    page = person.page
    person.signs_up()
    expect(page.get_by_role("heading", name="Write down your first expense")).to_be_visible()
    person.looks()

    # Write down: a sum as an amount, and one more right after it.
    open_new(person)
    person.looks()
    add_expense(person, "12.3.4", "Weekly shop", "Food", stays=person.dialogs)
    expect(page.get_by_text("not an amount").or_(page.get_by_text("strange order")).first).to_be_visible()
    assert page.get_by_label("Description", exact=True).input_value() == "Weekly shop"
    person.looks()
    add_expense(person, "12,50+3.20", "Weekly shop", "Food", another=True, stays=person.dialogs)
    expect(page.get_by_label("Description", exact=True)).to_have_value("")
    add_expense(person, "30", "Cinema", "Fun")
    expect(page.get_by_role("status").filter(has_text="30.00")).to_be_visible()
    person.goes("/months/")
    expect(page.locator("data.total").first).to_have_attribute("value", "45.70")
    person.looks()

    # Find, change, delete and get back.
    person.goes("/expenses/")
    person.looks()
    page.get_by_role("searchbox").fill("weekly")
    with person.turns():
        page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_text("Cinema")).to_have_count(0)
    assert total(person) == "15.70"
    person.goes("/expenses/")
    person.presses(page.get_by_role("link", name="Weekly shop"), stays=person.script)
    expect(page.get_by_label("Description", exact=True)).to_be_visible()
    person.looks()
    page.get_by_label("Description", exact=True).fill("Farmers market")
    person.presses(page.get_by_role("button", name="Save", exact=True), stays=person.script)
    expect(page.get_by_role("link", name="Farmers market")).to_be_visible()
    person.presses(page.get_by_role("link", name="Cinema"), stays=person.script)
    expect(page.get_by_label("Description", exact=True)).to_have_value("Cinema")
    person.presses(page.get_by_role("button", name="Delete").locator("visible=true").first)
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    expect(page.get_by_role("link", name="Cinema")).to_have_count(0)
    person.looks()
    person.presses(page.get_by_role("button", name="Undo"))
    expect(page.get_by_role("link", name="Cinema")).to_be_visible()

    # Several at once.
    page.get_by_role("checkbox", name=re.compile("Cinema")).check()
    page.get_by_role("checkbox", name=re.compile("Farmers market")).check()
    page.get_by_label("New category").select_option(label="Gifts")
    person.presses(page.get_by_role("button", name="Recategorise"))
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    person.goes("/months/")
    gifts = page.locator(".category").filter(has_text="Gifts")
    expect(gifts.locator("data").first).to_have_attribute("value", "45.70")

    # Read the month: a figure opens to the sum that makes it.
    gifts.locator("summary").click()
    expect(gifts.get_by_role("link", name="All 2 in Gifts")).to_be_visible()
    if person.script:
        expect(gifts.get_by_text("Farmers market")).to_be_visible()
    person.presses(gifts.get_by_role("link", name="All 2 in Gifts"))
    assert total(person) == "45.70"
    person.goes("/reports/categories/")
    expect(page.locator("data.total").first).to_have_attribute("value", "45.70")
    person.looks()
    person.goes("/reports/largest/")
    expect(page.locator("tbody tr").first).to_contain_text("Cinema")
    person.looks()


@ways
def test_a_statement_comes_in_once_and_can_be_taken_back(person: Person):
    page = person.page
    person.signs_up()

    bring_in(person, "november.csv", STATEMENT)
    reads_on(person)
    expect(page.get_by_text("2,500.00").first).to_be_visible()
    give_all_a_category(person, "Food")
    take_in(person)
    expect(page.locator("data.total").first).to_have_attribute("value", COMES_TO)
    person.goes("/expenses/")
    assert total(person) == COMES_TO

    # The same file again adds nothing.
    bring_in(person, "november-again.csv", STATEMENT)
    reads_on(person)
    take_in(person)
    person.goes("/expenses/")
    assert total(person) == COMES_TO

    # Taken back, nothing is left of it.
    person.goes("/imports/")
    person.looks()
    person.presses(page.get_by_role("link", name="november.csv"))
    person.presses(page.get_by_role("link", name="Take this import back"))
    person.looks()
    person.presses(page.get_by_role("button", name="Take it back"))
    person.goes("/imports/")
    person.presses(page.get_by_role("link", name="november-again.csv"))
    person.presses(page.get_by_role("link", name="Take this import back"))
    person.presses(page.get_by_role("button", name="Take it back"))
    person.goes("/expenses/")
    expect(page.locator(".expense")).to_have_count(0)


def test_a_file_that_is_no_statement_is_refused_with_a_sentence(person: Person):
    person.signs_up()

    bring_in(person, "login.csv", "<!doctype html><html><body>Please sign in</body></html>")

    expect(person.page.get_by_text("This is a web page, not a statement")).to_be_visible()
    person.looks()


REAL = [  # file, what it spends, the question that it leaves open, if any
    ("csv/lloyds_uk.csv", "540.67"),
    ("csv/boi_debit_credit.csv", "4260.83"),
    ("csv/bunq_en_2019_refunds.csv", "39.68"),
    ("csv/same_day_duplicates.csv", "532.00"),
    ("csv/nationwide_headerless_pound.csv", "139.77"),
    ("apps/actual_export.csv", "1504.25"),  # without what the file calls a move
]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared statement files are not beside this project")
@pytest.mark.parametrize(("name", "spent"), REAL, ids=[name for name, _ in REAL])
def test_real_statements_come_in_right(person: Person, name: str, spent: str):
    """As a new user clicks: what is money in is left out here, so that the sum is what was spent."""
    page = person.page
    person.signs_up()
    content = (SHARED / name).read_bytes()

    bring_in(person, Path(name).name, content)
    reads_on(person)
    for row in page.locator(".import-table tbody tr").all():
        if row.locator(".amount").first.inner_text().startswith("+"):
            row.get_by_label(re.compile("^Read ")).select_option("leave_out")
            expect(page.locator(f"#{row.get_attribute('id')}")).to_have_class(re.compile("is-out"))
    give_all_a_category(person, "Food")
    take_in(person)
    person.goes("/reports/categories/?period=all")
    expect(page.locator("data.total").first).to_have_attribute("value", spent)

    bring_in(person, Path(name).name, content)
    reads_on(person)
    take_in(person)
    person.goes("/reports/categories/?period=all")
    expect(page.locator("data.total").first).to_have_attribute("value", spent)

    for _ in range(2):
        person.goes("/imports/")
        person.presses(page.locator(".rows").get_by_role("link").filter(has_not_text="Taken back").first)
        if not page.get_by_role("link", name="Take this import back").count():
            person.goes("/imports/")
            person.presses(page.locator(".rows").get_by_role("link").nth(1))
        person.presses(page.get_by_role("link", name="Take this import back"))
        person.presses(page.get_by_role("button", name="Take it back"))
    person.goes("/reports/categories/?period=all")
    expect(page.get_by_text("would stand here")).to_be_visible()


def test_the_keyboard_alone_is_enough(person: Person):
    page = person.page
    person.signs_up()

    page.keyboard.press("n")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.type("7.50")
    page.keyboard.press("Tab")
    page.keyboard.type("Bus")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    with person.turns():
        page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="7.50")).to_be_visible()
    this_month = page.url
    person.goes(this_month)
    with person.turns():
        page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(MONTH)
    expect(page).not_to_have_url(this_month)
    with person.turns():
        page.keyboard.press("ArrowRight")
    expect(page).to_have_url(this_month)
    person.goes("/expenses/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    person.looks()
