"""What comes again: it is made with its next dates in view, waits, is posted, skipped, paused, resumed and ended.

The walk goes with script at a desk in the light, and without on a phone in the dark; axe on each page.
"""

import calendar
import datetime as dt
import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Person
from tests.browser.test_budget import said
from tests.browser.test_main_job import add_expense, open_new

AMOUNT = re.compile("^Amount")

two_ways = pytest.mark.parametrize(
    "person",
    [
        pytest.param((True, 1280, "light"), id="script-desk-light"),
        pytest.param((False, 390, "dark"), id="plain-phone-dark"),
    ],
    indirect=True,
)


def opens_the_list(person: Person) -> None:
    """From the menu, where a person finds it."""
    if not person.dialogs:
        person.page.get_by_label("Shortcuts").locator("summary").click()
    person.presses(person.page.get_by_role("link", name="Recurring", exact=True))
    expect(person.page.get_by_role("heading", name="Recurring expenses", level=1)).to_be_visible()


def begins(person: Person, amount: str, description: str, category: str) -> None:
    """On the form of a new one: what it is."""
    page = person.page
    page.get_by_label(AMOUNT).fill(amount)
    page.get_by_label("Description", exact=True).fill(description)
    page.get_by_label("Category", exact=True).select_option(label=category)


def previews(person: Person, words: str | re.Pattern[str]) -> Locator:
    """The next dates of what is typed, under its words: they come by themselves with script, else by their button.

    Nothing is pressed before they are there: what is typed last must change the words.
    """
    if not person.script:
        person.presses(person.page.get_by_role("button", name="Preview"))
    dates = person.page.locator("#dates")
    expect(dates.get_by_role("heading")).to_have_text(words)
    return dates


def saves(person: Person) -> None:
    person.presses(person.page.get_by_role("button", name="Save", exact=True).last)


def days(place: Locator) -> list[dt.date]:
    return [dt.date.fromisoformat(day.get_attribute("datetime") or "") for day in place.locator("time").all()]


def line(person: Person, section: str, name: str) -> Locator:
    """Its row in a section of the list."""
    return person.page.get_by_role("region", name=section).locator("li").filter(has_text=name)


@two_ways
def test_what_comes_again_is_planned_posted_skipped_and_ended(person: Person):
    page = person.page
    person.signs_up()

    opens_the_list(person)
    expect(page.get_by_text("Nothing recurs yet.")).to_be_visible()
    person.looks()

    # A bill on the 31st: its next twelve dates and its words stand beside what is typed.
    person.presses(page.get_by_role("link", name="Recurring expense", exact=True))
    begins(person, "42,50", "Phones", "Bills")
    today = dt.date.fromisoformat(page.get_by_label("First on").input_value())
    next_year = today.year + 1
    page.get_by_label("First on").fill(f"{next_year}-01-31")
    dates = previews(person, "Every month on the 31st")
    ends_of_months = [dt.date(next_year, month, calendar.monthrange(next_year, month)[1]) for month in range(1, 13)]
    expect(dates.locator("time").first).to_have_attribute("datetime", f"{next_year}-01-31")  # not of a 31st today
    assert days(dates) == ends_of_months
    person.looks()

    # Another schedule gives other dates.
    page.get_by_label("On a weekend").select_option(label="The Friday before")
    page.get_by_label("Ends", exact=True).select_option(label="After a number of times")
    page.get_by_label("How many times").fill("3")
    dates = previews(person, "Every month on the 31st, or the Friday before a weekend, 3 times")
    expect(dates.locator("li")).to_have_count(3)
    page.get_by_label("On a weekend").select_option(label="Keep the day")
    page.get_by_label("Ends", exact=True).select_option(label="Never")
    previews(person, "Every month on the 31st")

    # A slip is named at its field, and what was typed stays.
    page.get_by_label("Every", exact=True).fill("0")
    if person.script:  # said before anything is sent
        expect(page.locator("#dates .error")).to_contain_text("Write a whole number from 1 to")
    saves(person)
    expect(page.locator("#id_every_error")).to_contain_text("Write a whole number from 1 to")
    expect(page.get_by_label("Every", exact=True)).to_have_attribute("aria-invalid", "true")
    typed = {
        label: page.get_by_label(label, exact=True).input_value() for label in ("Every", "First on", "Description")
    }
    assert typed == {"Every": "0", "First on": f"{next_year}-01-31", "Description": "Phones"}
    assert page.get_by_label(AMOUNT).input_value() == "42,50"
    person.looks()
    page.get_by_label("Every", exact=True).fill("1")
    previews(person, "Every month on the 31st")
    saves(person)
    said(person, "Saved. Every month on the 31st.")
    ahead = page.get_by_role("region", name="Next dates")
    assert [day for day in days(ahead) if day in ends_of_months] == ends_of_months
    expect(page.get_by_text("Nothing was posted yet.")).to_be_visible()
    person.looks()

    # An expense that was written down is repeated, and is not written again.
    person.goes("/expenses/")
    open_new(person)
    add_expense(person, "650", "Flat", "Rent")
    person.goes("/expenses/")
    person.presses(page.get_by_role("link", name="Flat"), stays=person.script)
    person.presses(page.get_by_role("link", name="Repeat this"))
    expect(page.get_by_text(re.compile(r"^Made from Flat of"))).to_be_visible()
    assert page.get_by_label("Description", exact=True).input_value() == "Flat"
    assert float(page.get_by_label(AMOUNT).input_value()) == 650
    person.looks()
    saves(person)
    expect(page.get_by_role("region", name="So far").locator("li")).to_have_count(1)
    person.presses(page.get_by_role("region", name="So far").get_by_role("link"))
    expect(page.get_by_role("main")).to_contain_text("Flat")
    person.looks()

    # One that reminds and begins today waits for a yes.
    opens_the_list(person)
    person.presses(page.get_by_role("link", name="Recurring expense", exact=True))
    begins(person, "35", "Piano", "Fun")
    page.get_by_label("Remind me, and wait for a yes").check(force=True)
    page.get_by_label("Unit").select_option(label="weeks")
    previews(person, re.compile("^Every week on "))
    saves(person)
    due = page.get_by_role("region", name="Due")
    expect(due.locator("time")).to_have_attribute("datetime", today.isoformat())
    person.looks()

    # The due one and the one after it are skipped, and taken back.
    person.presses(due.get_by_role("button", name="Skip Piano"))
    said(person, "Skipped Piano of")
    expect(due).to_have_count(0)
    done = page.get_by_role("region", name="So far")
    expect(done).to_contain_text("skipped")
    person.looks()
    person.presses(done.get_by_role("button", name="Do not skip Piano"))
    said(person, "is not skipped any more.")
    expect(due.locator("li")).to_have_count(1)
    ahead = page.get_by_role("region", name="Next dates")
    person.presses(ahead.locator("li").first.get_by_role("button", name="Skip Piano"))
    expect(ahead.locator("li").first).to_contain_text("skipped")
    person.presses(page.get_by_role("status").get_by_role("button", name="Undo"))
    expect(ahead).not_to_contain_text("skipped")

    # It stands in the list, from where it is posted with what it really cost.
    opens_the_list(person)
    expect(line(person, "What comes", "Phones")).to_contain_text("every month on the 31st")
    expect(line(person, "What comes", "Piano")).to_contain_text("reminds")
    person.looks()
    person.presses(due.get_by_role("link", name="Adjust and post Piano"), stays=person.dialogs)
    sheet = page.locator(".sheet")
    expect(sheet.get_by_label("Date", exact=True)).to_have_value(today.isoformat())
    sheet.get_by_label(AMOUNT).fill("0")
    person.presses(sheet.get_by_role("button", name="Post", exact=True).last, stays=person.dialogs)
    expect(sheet.get_by_label(AMOUNT)).to_have_attribute("aria-invalid", "true")
    person.looks()
    sheet.get_by_label(AMOUNT).fill("32.50")
    person.presses(sheet.get_by_role("button", name="Post", exact=True).last)
    said(person, "Posted Piano, 32.50")
    expect(page.get_by_role("heading", name="Recurring expenses", level=1)).to_be_visible()
    expect(due).to_have_count(0)

    # Paused, resumed and ended, its dates stop, go on and stop; what was posted stays.
    person.presses(page.get_by_role("link", name="Piano", exact=True))
    expect(done.locator("data")).to_have_attribute("value", "32.50")
    person.presses(page.get_by_role("button", name="Pause"))
    said(person, "Piano is paused.")
    expect(ahead).to_have_text(re.compile("None while it is paused."))
    person.looks()
    person.presses(page.get_by_role("button", name="Resume"))
    said(person, "Piano goes on.")
    expect(ahead.locator("li")).to_have_count(12)
    expect(due).to_have_count(0)
    person.presses(page.get_by_role("button", name="End", exact=True))
    said(person, "Piano has ended.")
    expect(ahead).to_contain_text("It has ended.")
    expect(done.locator("data")).to_have_attribute("value", "32.50")
    person.looks()
    opens_the_list(person)
    expect(line(person, "Ended", "Piano")).to_be_visible()
    expect(line(person, "What comes", "Piano")).to_have_count(0)
    person.looks()
    person.goes("/months/")
    expect(page.locator("data.total").first).to_have_attribute("value", "682.50")
