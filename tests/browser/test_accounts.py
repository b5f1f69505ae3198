"""Keys and codes at the door, and a second person in the household."""

import re
import time
import uuid

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

from tests.browser.conftest import MONTH, PASSWORD, Person

on_a_phone_too = pytest.mark.parametrize(
    "person", [pytest.param((True, 1280, "light"), id="desk"), pytest.param((True, 390, "dark"), id="phone")],
    indirect=True,
)  # fmt: skip


def give_a_device(person: Person) -> None:
    """A phone or laptop that holds passkeys and recognises its owner at once."""
    devices = person.context.new_cdp_session(person.page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sign_out(person: Person) -> None:
    person.goes("/accounts/logout/")
    person.looks()
    person.presses(person.page.get_by_role("main").get_by_role("button", name="Sign out"))
    expect(person.page).to_have_url(person.site + "/")


def type_the_password(person: Person) -> None:
    person.looks()
    person.page.get_by_label("Password").fill(PASSWORD)
    person.presses(person.page.get_by_role("button", name="Confirm"))


@on_a_phone_too
def test_a_passkey_signs_in_without_a_password(person: Person):
    page = person.page
    give_a_device(person)
    person.signs_up()

    person.goes("/accounts/2fa/")
    person.looks()
    person.presses(page.get_by_role("link", name="Add a key"))
    type_the_password(person)
    person.looks()
    page.get_by_label("Name").fill("This laptop")
    page.get_by_label("Passwordless").check()
    person.presses(page.get_by_role("button", name="Add", exact=True))
    expect(page.get_by_text("10 of 10 are unused.")).to_be_visible()
    person.looks()

    person.goes("/accounts/2fa/webauthn/")
    expect(page.locator(".row-name")).to_contain_text(re.compile("This laptop.*Passkey, added", re.DOTALL))
    person.looks()

    sign_out(person)
    person.goes("/accounts/login/")
    person.presses(page.get_by_role("button", name="Sign in with a passkey"))
    expect(page).to_have_url(MONTH)
    person.looks()


def test_a_key_is_the_second_step_and_can_be_taken_away(person: Person):
    page = person.page
    give_a_device(person)
    person.signs_up()
    person.goes("/accounts/email/")
    email = page.locator("strong").first.inner_text()
    person.goes("/accounts/2fa/webauthn/add/")
    type_the_password(person)
    person.presses(page.get_by_role("button", name="Add", exact=True))
    expect(page.get_by_text("10 of 10 are unused.")).to_be_visible()

    sign_out(person)
    person.goes("/accounts/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    person.presses(page.get_by_role("button", name="Sign in", exact=True))
    person.looks()
    person.presses(page.get_by_role("button", name="Use a key"))
    expect(page).to_have_url(MONTH)

    person.goes("/accounts/2fa/webauthn/")
    person.presses(page.get_by_role("link", name=re.compile("^Remove")))
    type_the_password(person)
    person.looks()
    person.presses(page.get_by_role("button", name="Remove"))
    expect(page.get_by_text("No keys yet.")).to_be_visible()
    person.looks()


@on_a_phone_too
def test_the_code_of_an_app_is_asked_after_the_password(person: Person):
    page = person.page
    person.signs_up()
    person.goes("/accounts/email/")
    email = page.locator("strong").first.inner_text()
    person.goes("/accounts/2fa/totp/activate/")
    type_the_password(person)
    person.looks()
    secret = page.get_by_label("Secret").input_value()
    page.get_by_label("Authenticator code").fill("000000")
    person.presses(page.get_by_role("button", name="Switch on"))
    expect(page.get_by_text("This is not the code.").first).to_be_visible()
    person.looks()
    assert page.get_by_label("Secret").input_value() == secret
    page.get_by_label("Authenticator code").fill(code_of(secret))
    person.presses(page.get_by_role("button", name="Switch on"))
    recovery = page.locator(".codes code").first.inner_text()
    person.looks()

    sign_out(person)
    person.goes("/accounts/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    person.presses(page.get_by_role("button", name="Sign in", exact=True))
    person.looks()
    page.get_by_label("Code").fill(recovery)
    person.presses(page.get_by_role("button", name="Sign in", exact=True))
    expect(page).to_have_url(MONTH)


def code_of(secret: str) -> str:
    """What the app shows now, for ten seconds at least: a code is no longer taken when its half minute is over."""
    left = 30 - time.time() % 30
    if left < 10:
        time.sleep(left)
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def test_somebody_invited_signs_up_by_the_link_and_reads_along(person: Person, other: Person):
    person.signs_up("Olga", Currency="EUR")
    person.goes("/expenses/new/")
    person.page.get_by_label(re.compile("^Amount")).fill("12.50")
    person.page.get_by_label("Description", exact=True).fill("Bread")
    person.page.get_by_role("radio", name="Food").check(force=True)
    person.presses(person.page.get_by_role("button", name="Save", exact=True))
    link = invite(person, "Viewer")

    other.goes(link)
    other.looks()
    other.presses(other.page.get_by_role("link", name="Sign up"))
    other.page.get_by_label("Your name").fill("Vera")
    other.page.get_by_label("E-mail").fill(f"{uuid.uuid4().hex[:12]}@example.com")
    other.page.get_by_label("Password").first.fill(PASSWORD)
    other.presses(other.page.get_by_role("button", name="Continue"))
    other.looks()
    other.presses(other.page.get_by_role("button", name="Join"))
    expect(other.page).to_have_url(MONTH)

    expect(other.page.get_by_text("Bread").first).to_be_visible()
    for path in ("/", "/expenses/", "/categories/", "/settings/payment-methods/", "/settings/household/", "/imports/"):
        other.goes(path)
        other.looks()
        assert writes(other) == [], path
    other.goes("/settings/members/")
    other.looks()
    expect(other.page.get_by_text("Olga").first).to_be_visible()
    assert writes(other) == []

    person.goes("/settings/members/")
    person.page.get_by_label("Role of Vera", exact=True).select_option(label="Editor")
    person.presses(person.page.get_by_role("button", name="Save the role of Vera"))
    expect(person.page.get_by_text("Vera is an editor now.")).to_be_visible()
    person.looks()

    other.goes("/expenses/")
    assert "Add expense" in writes(other)

    other.refusals.add(404)
    other.goes(link)
    expect(other.page.get_by_role("heading", level=1)).to_contain_text("does not work any more")


def invite(person: Person, role: str) -> str:
    person.goes("/settings/members/")
    person.presses(person.page.get_by_role("link", name="Invite"))
    person.looks()
    label = person.page.get_by_label("May do").locator("option", has_text=role).inner_text()
    person.page.get_by_label("May do").select_option(label=label)
    person.presses(person.page.get_by_role("button", name="Make the link"))
    person.looks()
    return person.page.get_by_label("Link of the invitation").input_value()


WRITING = re.compile(
    r"^(add|new|save|delete|edit|rename|archive|merge|move|invite|take back|remove|read it|import)", re.I
)


def writes(person: Person) -> list[str]:
    """The names of the buttons and links in sight that write, on a page."""
    shown = person.page.get_by_role("button").or_(person.page.get_by_role("main").get_by_role("link"))
    shown = shown.or_(person.page.get_by_role("link", name="Add expense"))
    names = [control.inner_text().strip() for control in shown.all() if control.is_visible()]
    return [name for name in names if WRITING.match(name)]
