"""The reports in a browser: on a phone, on a desk, by keyboard and on paper."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person
from tests.browser.test_main_job import add_expense, open_new

PHONES = [(True, 320, "dark"), (False, 320, "light")]
REPORTS = ("trends", "categories", "largest", "year", "budget", "members", "calendar")


def spends(person: Person) -> None:
    person.signs_up()
    open_new(person)
    add_expense(person, "0.01", "A sweet", "Food")


@pytest.mark.parametrize("person", PHONES, indirect=True)
def test_on_a_phone_a_report_shows_where_one_is_and_folds_its_filters(person: Person):
    page = person.page
    spends(person)

    for name in REPORTS:
        person.goes(f"/reports/{name}/")
        expect(page.locator(".tabs [aria-current]")).to_be_in_viewport(ratio=0.9)  # its edge lies on the line
        if person.script:
            expect(page.locator(".segments [aria-current]").first).to_be_in_viewport(ratio=0.9)
        expect(page.locator(".filters .menu > summary").first).to_be_hidden()
        person.looks()

    page.get_by_text("Filter", exact=True).click()
    page.locator(".filters summary").filter(has_text="Category").click()
    page.locator(".menu-panel").get_by_text("Fun", exact=True).click()
    person.presses(page.locator(".menu-panel").get_by_role("button", name="Show").locator("visible=true"))
    expect(page.locator(".finder > .chips")).to_have_text("Fun")
    person.looks()


def test_on_a_desk_the_filters_stand_open_and_a_column_says_what_it_is(person: Person):
    page = person.page
    spends(person)

    person.goes("/reports/trends/")
    expect(page.locator(".filters .menu > summary").first).to_be_visible()
    expect(page.locator(".filters > summary")).to_be_hidden()
    said, before = page.locator("[data-said]"), page.locator("[data-said]").text_content()
    page.locator(".chart .segment").last.hover()
    expect(said).to_contain_text("Food, ")
    page.mouse.move(1, 1)
    assert said.text_content() == before
    page.locator(".chart a:not([tabindex])").last.focus()
    expect(said).to_contain_text("so far: 0.01")
    page.keyboard.press("Tab")  # the last column is the last stop
    expect(page.locator(".legend a").first).to_be_focused()


def test_paper_has_what_narrows_a_report_and_no_controls(person: Person):
    page = person.page
    spends(person)

    person.goes("/reports/trends/?q=sweet")
    page.emulate_media(media="print")
    expect(page.locator("h1")).to_have_text("Trends")
    expect(page.locator(".finder .is-on")).to_be_visible()
    for control in (".search", ".filters", ".tabs", ".segments", ".page-head .end"):
        expect(page.locator(control).first).to_be_hidden()
