"""A person's job with the budget: set limits, be told, cover, move, give income out, and read that it adds up.

Each walk goes with script and without, on a phone and at a desk, in the light and in the dark; axe on each page.
What is added up here is added up from what the page shows: sign and amount, line by line.
"""

import csv
import re
from decimal import ROUND_FLOOR, Decimal
from urllib.parse import urlsplit

from playwright.sync_api import Locator, expect

from tests.browser.conftest import MONTH, Person
from tests.browser.test_main_job import add_expense, open_new, ways

CENT = Decimal("0.01")
AMOUNT = re.compile("^Amount")


def said(person: Person, sentence: str) -> None:
    """What the page says after a write."""
    expect(person.page.get_by_role("status").filter(has_text=sentence)).to_be_visible()


def value(place: Locator) -> Decimal:
    """The first amount in it."""
    return Decimal(place.locator("data").first.get_attribute("value") or "")


def adds_up(table: Locator) -> Decimal:
    """What the lines of a sum come to by their signs, which must be what stands below them."""
    comes_to = Decimal(0)
    for row in table.locator("tbody tr").all():
        sign = row.locator("td").first.inner_text().strip()
        assert sign in ("", "+", "−"), f"{sign} in {row.inner_text()}"
        comes_to += -value(row) if sign == "−" else value(row)
    below = value(table.locator("tfoot tr"))
    assert comes_to == below, table.inner_text()
    return below


def figure(person: Person, label: str) -> Locator:
    """A figure of the month, opened to the sum that makes it."""
    name = person.page.locator(".figure-label", has_text=re.compile(rf"^\s*{label}\s*$"))
    found = person.page.locator("details.figure").filter(has=name)
    found.locator("summary").click()
    expect(found.locator("table.sum")).to_be_visible()
    return found


def category(person: Person, name: str) -> Locator:
    """Its row on the month page."""
    return person.page.locator("li.category").filter(has=person.page.locator(".category-name", has_text=name))


def spends(person: Person, amount: str, description: str, category: str, *, left: str) -> None:
    """Writes an expense down, and reads what is left after it."""
    open_new(person)
    add_expense(person, amount, description, category)
    said(person, f"{category}: {left}.")


def chooses(person: Person, label: str, option: str) -> None:
    """A side of a move; with script its part of the page is drawn anew."""
    person.page.get_by_label(label, exact=True).select_option(label=option)
    if person.script:
        expect(person.page.locator("#effects")).to_contain_text(option.split(",", maxsplit=1)[0])


def plans(person: Person, **limits: str) -> None:
    """From the month page: the limits of several categories on one page."""
    person.presses(person.page.get_by_role("main").get_by_role("link", name=re.compile("^(Set limits|Limits)$")).first)
    for name, amount in limits.items():
        person.page.get_by_label(f"Limit of {name}", exact=True).fill(amount)
    person.presses(person.page.get_by_role("button", name="Save", exact=True).last)


@ways
def test_a_limit_is_set_warns_and_is_covered(person: Person):
    page = person.page
    person.signs_up()

    # Limits: a slip is named at its field, and what was typed stays.
    plans(person, Food="400", Dining="1oo", Fun="50")
    expect(page.get_by_label("Limit of Dining")).to_have_attribute("aria-invalid", "true")
    assert page.get_by_label("Limit of Dining").input_value() == "1oo"
    assert page.get_by_label("Limit of Food").input_value() == "400"
    person.looks()
    page.get_by_label("Limit of Dining").fill("100")
    person.presses(page.get_by_role("button", name="Save", exact=True).last)
    expect(page).to_have_url(MONTH)
    said(person, "3 limits are set from")
    assert value(page.locator(".figure-value").first) == 550
    person.looks()

    # One more, from its row.
    set_limit = category(person, "Transport").get_by_role("link", name="Set a limit")
    person.presses(set_limit, stays=person.dialogs)
    page.get_by_label("Limit a month").fill("60")
    person.looks()
    person.presses(page.locator(".sheet").get_by_role("button", name="Save", exact=True).last)
    said(person, "Transport: 60.00 a month from")
    expect(page).to_have_url(MONTH)

    # Near: told after saving, and on any page until it is dismissed.
    spends(person, "330", "Groceries", "Food", left="70.00 left")
    person.goes("/expenses/")
    near = page.locator(".notice").filter(has_text="Food is near its limit: 70.00 left.")
    expect(near).to_be_visible()
    expect(near.locator("svg.icon").first).to_be_visible()
    person.looks()
    person.presses(near.get_by_role("button", name="Dismiss the notice about Food"))
    expect(near).to_have_count(0)
    person.goes("/reports/")
    expect(near).to_have_count(0)

    # Over: told, and mended by one press.
    spends(person, "118.40", "Anniversary", "Dining", left="18.40 over")
    person.goes("/expenses/")
    expect(page.locator(".notice").filter(has_text="Dining is 18.40 over its limit.")).to_be_visible()
    person.looks()
    person.goes("/months/")
    over = page.locator(".notice").filter(has_text="Dining is 18.40 over its limit.")
    expect(over).to_contain_text("Food has the most left, 70.00.")
    expect(category(person, "Dining")).to_contain_text("Over")
    expect(category(person, "Food")).to_contain_text("Near")
    person.looks()
    person.presses(over.get_by_role("button", name="Cover 18.40 from Food"))
    said(person, "Moved 18.40 from Food to Dining.")
    expect(over).to_have_count(0)
    expect(category(person, "Dining").locator(".category-left")).to_have_text(re.compile(r"^\s*0\.00 left"))
    expect(category(person, "Food").locator(".category-left")).to_contain_text("51.60")
    person.looks()


@ways
def test_money_is_moved_within_what_there_is_and_back_once(person: Person):
    page = person.page
    person.signs_up()
    plans(person, Food="400", Fun="50")

    # Too much is refused with a sentence, and what was typed stays.
    person.presses(page.get_by_role("link", name="Move money"))
    chooses(person, "From", "Fun, 50.00 left")
    chooses(person, "To", "Food, 400.00 left")
    page.get_by_label("Note").fill("for the feast")
    page.get_by_label(AMOUNT).fill("80")
    if person.script:  # said before anything is sent
        expect(page.locator("#effects .error")).to_contain_text("50.00")
    person.presses(page.get_by_role("button", name="Move", exact=True))
    expect(page.locator("#id_amount_error")).to_contain_text("50.00")
    assert page.get_by_label(AMOUNT).input_value() == "80"
    assert page.get_by_label("Note").input_value() == "for the feast"
    person.looks()

    # Less shows both sides before and after, then moves.
    page.get_by_label(AMOUNT).fill("20.50")
    if not person.script:
        person.presses(page.get_by_role("button", name="Preview"))
    effects = page.locator(".effect")
    expect(effects.nth(0).locator("data").nth(1)).to_have_attribute("value", "29.50")
    expect(effects.nth(1).locator("data").nth(1)).to_have_attribute("value", "420.50")
    assert [value(effect) for effect in effects.all()] == [50, 400]
    person.looks()
    person.presses(page.get_by_role("button", name="Move", exact=True))
    said(person, "Moved 20.50 from Fun to Food.")
    expect(page).to_have_url(MONTH)
    expect(category(person, "Fun").locator(".category-left")).to_contain_text("29.50")
    food = category(person, "Food")
    food.locator("summary").click()
    assert adds_up(food.locator("table.sum")) == Decimal("420.50")
    person.looks()

    # Back, once.
    person.presses(page.get_by_role("link", name="Reverse Fun to Food, 20.50"))
    person.looks()
    person.presses(page.get_by_role("button", name="Reverse", exact=True))
    said(person, "Moved 20.50 back from Food to Fun.")
    expect(category(person, "Fun").locator(".category-left")).to_contain_text("50.00")
    expect(page.get_by_role("link", name="Reverse")).to_have_count(0)
    person.goes("/transfers/")
    expect(page.locator(".moves li")).to_have_count(2)
    expect(page.get_by_role("link", name="Reverse")).to_have_count(0)
    person.looks()


@ways
def test_income_is_given_out_and_every_figure_adds_up(person: Person):
    page = person.page
    person.signs_up()
    plans(person, Food="400", Dining="100", Fun="50")
    spends(person, "120.75", "Groceries", "Food", left="279.25 left")
    spends(person, "115", "Anniversary", "Dining", left="15.00 over")
    open_new(person)
    add_expense(person, "9.99", "A book", "Gifts")

    this_month = urlsplit(page.url).path.split("/")[2]

    # The first income asks from which month, and what there is now.
    person.goes("/incomes/")
    person.looks()
    person.presses(page.get_by_role("link", name="Add income").first, stays=person.dialogs)
    sheet = page.locator(".sheet")
    sheet.get_by_label(AMOUNT).fill("2000")
    sheet.get_by_label("Description").fill("Salary")
    sheet.get_by_label("What there is to begin with").fill("480,50")
    expect(sheet.get_by_label("From the month", exact=True)).to_have_value(this_month)
    person.looks()
    person.presses(sheet.get_by_role("button", name="Save", exact=True).last)
    person.looks()

    # To assign: what came in less the limits; some of it goes to a category.
    person.goes("/months/")
    assert value(figure(person, "To assign")) == Decimal("1930.50")
    person.presses(page.get_by_role("link", name="Move money").first)
    chooses(person, "From", "To assign, 1,930.50")
    chooses(person, "To", "Food, 279.25 left")
    page.get_by_label(AMOUNT).fill("130.50")
    if person.script:
        expect(page.locator("#effects")).to_contain_text("409.75")
    person.looks()
    person.presses(page.get_by_role("button", name="Move", exact=True))
    said(person, "130.50")

    # Each figure opens to lines that come to it, and so does a category.
    expect(page.locator("details.figure")).to_have_count(4)
    shown = {}
    for label in ("Left", "Spent", "Left per day", "To assign"):
        found = figure(person, label)
        shown[label], comes_to = value(found.locator(".figure-value")), adds_up(found.locator("table.sum"))
        if label == "Left per day":
            days = re.search(r"÷ (\d+) =", found.locator(".sum-note").inner_text())
            assert days
            comes_to = (comes_to / int(days[1])).quantize(CENT, ROUND_FLOOR)
        assert comes_to == shown[label], label
        person.looks()
    assert shown["Spent"] == Decimal("235.75")
    assert shown["Left"] == Decimal("444.75")
    assert shown["To assign"] == Decimal("1800")
    dining = category(person, "Dining")
    dining.locator("summary").click()
    assert adds_up(dining.locator("table.sum")) == -15
    if person.script:
        expect(dining.get_by_text("Anniversary")).to_be_visible()
    person.looks()
    lefts = {name: value(category(person, name).locator(".category-left")) for name in ("Food", "Dining", "Fun")}
    lefts["Dining"] = -lefts["Dining"]

    # The file has the same figures, and comes to what came in less what went out.
    with page.expect_download() as download:
        page.get_by_role("link", name="These figures as CSV").click()
    lines = {line["category"]: line for line in csv.DictReader(download.value.path().open())}
    assert {name: Decimal(lines[name]["left"]) for name in lefts} == lefts
    assert sum(Decimal(line["left"]) for line in lines.values()) == Decimal("2480.50") - Decimal("245.74")

    # The books are proved on a page of their own.
    if person.script:
        expect(page.get_by_role("link", name="Books balance")).to_be_visible()
    person.presses(page.get_by_role("link", name="Books balance" if person.script else "Check the books"))
    expect(page.get_by_text("Books balance: every figure")).to_be_visible()
    where, came_from = page.locator("table.sum").all()
    assert adds_up(where) == adds_up(came_from) == Decimal("2234.76")
    person.looks()

    # The next month begins with what is carried over; the one before is history.
    person.goes(f"/months/{this_month}/")
    person.presses(page.locator("[aria-keyshortcuts=ArrowRight]"))
    for label in ("Left", "To assign"):
        found = figure(person, label)
        assert adds_up(found.locator("table.sum")) == value(found.locator(".figure-value"))
    expect(page.get_by_text("What is carried over is counted as things stand today.")).to_be_visible()
    person.looks()
    person.presses(page.locator("[aria-keyshortcuts=ArrowLeft]"))
    expect(page).to_have_url(re.compile(f"/months/{this_month}/$"))
    person.presses(page.locator("[aria-keyshortcuts=ArrowLeft]"))
    person.looks()

    # A category with a limit is archived; its month stays as it is.
    person.goes("/categories/")
    person.looks()
    person.presses(page.get_by_role("link", name="Fun"))
    person.presses(page.get_by_role("link", name="Archive"))
    expect(page.get_by_text("Its limit of 50.00 ends with")).to_be_visible()
    person.looks()
    person.presses(page.get_by_role("button", name="Archive"))
    person.looks()
    person.goes("/months/")
    assert value(category(person, "Fun").locator(".category-left")) == 50
    person.looks()
