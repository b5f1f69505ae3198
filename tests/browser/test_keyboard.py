"""Where the focus is: never behind a bar, at what is wrong after a fault, and kept where a part is drawn anew."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person
from tests.browser.test_imports import upload
from tests.browser.test_main_job import add_expense, open_new, reads_on

STOPS = 400  # more than any of these pages has

# Whether the middle of what has the focus, or of its label, is under something else; None at the end of the page.
COVERED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const box = at.getBoundingClientRect();
  const x = Math.max(1, Math.min(innerWidth - 1, box.x + Math.min(6, box.width / 2)));
  const top = document.elementFromPoint(x, Math.min(box.bottom - 2, box.y + box.height / 2));
  const seen = top && (at.contains(top) || top.contains(at) || [...at.labels ?? []].some((l) => l.contains(top)));
  return seen ? "" : `${at.tagName} ${at.getAttribute("aria-label") ?? at.innerText ?? at.name} at ${box.y}`;
}"""


def behind_a_bar(page: Page) -> list[str]:
    covered = []
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        said = page.evaluate(COVERED)
        if said is None:
            break
        covered += [said] if said else []
    return covered


def rows(number: int) -> bytes:
    lines = (f"2026-11-{n + 1:02d},Shop {'ABC'[n % 3]},-{n + 1}.50" for n in range(number))
    return "\n".join(["Date,Payee,Amount", *lines]).encode()


@pytest.mark.parametrize("person", [(True, 390, "light"), (False, 390, "dark"), (True, 1280, "light")], indirect=True)
def test_the_focus_is_never_behind_a_bar(person: Person):
    page = person.page
    person.signs_up()
    assert behind_a_bar(page) == []

    upload(person, "twelve.csv", rows(12))
    reads_on(person)
    person.goes(page.url)
    assert behind_a_bar(page) == []

    person.goes("/imports/rules/new/")
    assert behind_a_bar(page) == []


@pytest.mark.parametrize("person", [(True, 1280, "light"), (False, 390, "light")], indirect=True)
def test_after_a_fault_the_focus_is_at_what_is_wrong_and_leads_to_the_field(person: Person):
    page = person.page
    person.signs_up()

    person.goes("/imports/rules/new/")
    page.get_by_role("button", name="Keep this rule").last.focus()
    with person.turns():
        page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("alert").get_by_role("link", name="Text")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Text", exact=True)).to_be_focused()
    person.looks()


def test_a_row_that_is_drawn_anew_keeps_the_focus_on_what_was_reached_meanwhile(person: Person):
    page = person.page
    person.signs_up()
    upload(person, "six.csv", rows(6))
    reads_on(person)

    first = page.locator("[data-next-row]").first
    first.select_option(label="Food")
    expect(page.get_by_text("Your choice")).to_have_count(1)
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    first.focus()
    page.keyboard.type("Fun")
    page.keyboard.press("Tab")
    alike = page.get_by_role("button", name="Apply to the other one like it").first
    expect(alike).to_be_focused()
    with page.expect_response("**/choices/**"):
        pass
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    expect(alike).to_be_focused()


def test_a_rule_made_from_a_row_leads_back_to_that_row(person: Person):
    page = person.page
    person.signs_up()
    upload(person, "six.csv", rows(6))
    reads_on(person)
    fields = page.locator("[data-next-row]")
    fields.nth(4).select_option(label="Food")
    expect(page.get_by_text("Your choice")).to_have_count(1)

    page.get_by_role("link", name="Always").first.focus()
    with person.turns():
        page.keyboard.press("Enter")
    page.get_by_role("button", name="Keep this rule").last.focus()
    with person.turns():
        page.keyboard.press("Enter")

    expect(fields.nth(4)).to_be_focused()


def test_a_row_that_was_changed_in_place_or_not_has_the_focus_again(person: Person):
    page = person.page
    person.signs_up()
    open_new(person)
    add_expense(person, "3", "Bun", "Food")
    person.goes("/expenses/")
    row = page.get_by_role("link", name="Bun")

    row.focus()
    page.keyboard.press("Enter")
    cancel = page.get_by_role("link", name="Cancel")
    expect(cancel).to_be_visible()
    cancel.focus()
    page.keyboard.press("Enter")

    expect(cancel).to_have_count(0)
    expect(row).to_be_focused()
