"""A code or a key after the password, and a passkey instead of it."""

import re
import time

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from bs4 import BeautifulSoup
from django.test import Client

from tests.accounts import confirm, is_inside, last_mail, sign_in
from tests.people import PASSWORD

STEP = "/accounts/2fa/authenticate/"


@pytest.fixture
def moment():
    with time_machine.travel("2026-11-22 12:00:00+00:00", tick=False) as traveller:
        yield traveller


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def switch_on(client) -> str:
    """Set up the app as a person does; the secret that it would keep."""
    confirm(client)
    page = client.get("/accounts/2fa/totp/activate/")
    secret = BeautifulSoup(page.content, "html.parser").find(id="authenticator_secret")["value"]
    client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)}, follow=True)
    assert Authenticator.objects.filter(type="totp").exists()
    return secret


@pytest.fixture
def secret(client, alice, moment) -> str:
    """The secret of Alice's app; she is outside again, and a minute later."""
    sign_in(client)
    secret = switch_on(client)
    client.post("/accounts/logout/")
    moment.shift(60)
    return secret


def test_the_app_is_set_up_with_a_picture_and_a_code(client, alice, moment):
    sign_in(client)
    confirm(client)

    page = client.get("/accounts/2fa/totp/activate/")
    assert "data:image/svg+xml" in page.text
    wrong = client.post("/accounts/2fa/totp/activate/", {"code": "000000"})
    assert (wrong.status_code, wrong.context["form"].errors) == (422, {"code": ["This is not the code."]})

    switch_on(client)
    assert "10 of 10 are unused" in client.get("/accounts/2fa/").text


def test_the_password_alone_no_longer_signs_in(client, secret):
    page = sign_in(client)

    assert page.request["PATH_INFO"] == STEP
    assert not is_inside(client)
    assert client.get("/expenses/").status_code == 302


def test_the_code_of_the_app_signs_in(client, secret):
    sign_in(client)

    client.post(STEP, {"code": code_of(secret)})

    assert is_inside(client)


@pytest.mark.parametrize("code", ["", "000000", "abcdef", "1" * 10_000, "a\x00b", "١٢٣٤٥٦"])
def test_a_wrong_code_is_told(client, secret, code):
    sign_in(client)

    page = client.post(STEP, {"code": code})

    assert page.status_code == 422
    assert "code" in page.context["form"].errors
    assert not is_inside(client)


def test_a_code_works_once(client, secret):
    code = code_of(secret)
    sign_in(client)
    client.post(STEP, {"code": code})
    other = Client()

    sign_in(other)
    other.post(STEP, {"code": code})

    assert not is_inside(other)


def test_too_many_wrong_codes_hold_up_whoever_has_the_password(client, secret):
    sign_in(client)

    for number in range(6):
        page = client.post(STEP, {"code": f"00000{number}"})

    assert "Too many wrong tries." in page.text


def test_a_recovery_code_signs_in_once(client, secret):
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    sign_in(client)
    client.post(STEP, {"code": codes[0]})
    other = Client()
    sign_in(other)

    other.post(STEP, {"code": codes[0]})

    assert is_inside(client)
    assert not is_inside(other)
    assert "9 of 10 are unused" in client.get("/accounts/2fa/").text


def test_recovery_codes_are_shown_downloaded_and_made_anew(client, secret):
    sign_in(client)
    client.post(STEP, {"code": code_of(secret)})
    confirm(client)
    shown = re.findall(r"<code>(\d{8})</code>", client.get("/accounts/2fa/recovery-codes/").text)

    downloaded = client.get("/accounts/2fa/recovery-codes/download/")
    client.post("/accounts/2fa/recovery-codes/generate/")

    assert len(shown) == 10
    assert downloaded["Content-Disposition"].startswith("attachment")
    assert downloaded.text.split() == shown
    assert shown[0] not in client.get("/accounts/2fa/recovery-codes/").text


def test_the_app_is_switched_off_again(client, secret, moment):
    sign_in(client)
    client.post(STEP, {"code": code_of(secret)})
    confirm(client)

    page = client.post("/accounts/2fa/totp/deactivate/", follow=True)
    assert "The authenticator app is switched off." in page.text

    client.post("/accounts/logout/")
    sign_in(client)
    assert is_inside(client)


def test_an_open_browser_is_asked_again_before_the_second_step_changes(client, alice, moment):
    sign_in(client)
    moment.shift(600)

    page = client.get("/accounts/2fa/totp/activate/", follow=True)

    assert page.request["PATH_INFO"] == "/accounts/reauthenticate/"


@pytest.mark.django_db(transaction=True)  # it is told once the change is committed
def test_switching_it_on_and_off_is_told_by_mail(client, alice, with_mail, moment):
    sign_in(client)
    switch_on(client)
    on = last_mail().subject
    client.post("/accounts/2fa/totp/deactivate/")

    assert on == "The second step was switched on"
    assert last_mail().subject == "The authenticator app was switched off"


def test_without_mail_an_address_needs_no_proof_for_a_second_step(client, people, moment):
    sign_in(client)

    switch_on(client)


def test_the_admin_asks_for_the_second_step_too(client, alice, secret):
    alice.is_staff = alice.is_superuser = True
    alice.save()

    page = client.post(
        "/accounts/login/", {"login": "alice@example.com", "password": PASSWORD, "next": "/admin/"}, follow=True
    )
    assert page.request["PATH_INFO"] == STEP
    assert client.get("/admin/", follow=True).request["PATH_INFO"] != "/admin/"

    page = client.post(STEP, {"code": code_of(secret)}, follow=True)
    assert page.request["PATH_INFO"] == "/admin/"


# ── keys ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_pages_of_keys_are_there(client, alice):
    sign_in(client)
    confirm(client)
    key = Authenticator.objects.create(user=alice, type="webauthn", data={"name": "Phone", "credential": {}})

    key_pages = [f"webauthn/keys/{key.pk}/edit/", f"webauthn/keys/{key.pk}/remove/"]
    for path in ("", "webauthn/", *key_pages):
        page = client.get(f"/accounts/2fa/{path}")
        assert page.status_code == 200
        assert "Email" not in page.text


def test_a_key_is_renamed_and_removed(client, alice):
    sign_in(client)
    confirm(client)
    key = Authenticator.objects.create(user=alice, type="webauthn", data={"name": "Phone", "credential": {}})

    client.post(f"/accounts/2fa/webauthn/keys/{key.pk}/edit/", {"name": "Laptop"})
    assert "Laptop" in client.get("/accounts/2fa/webauthn/").text
    page = client.post(f"/accounts/2fa/webauthn/keys/{key.pk}/remove/", follow=True)

    assert "The key is removed." in page.text
    assert not Authenticator.objects.exists()


def test_the_key_of_somebody_else_is_not_there(client, people):
    key = Authenticator.objects.create(user=people.bob, type="webauthn", data={"name": "Phone", "credential": {}})
    sign_in(client)
    confirm(client)

    assert client.get(f"/accounts/2fa/webauthn/keys/{key.pk}/edit/").status_code == 404
    assert client.post(f"/accounts/2fa/webauthn/keys/{key.pk}/remove/").status_code == 404
    assert Authenticator.objects.exists()


@pytest.mark.parametrize("credential", ["", "{}", "[]", "null", "no json", '{"id": "x"}', "1" * 10_000, "[" * 100_000])
def test_a_made_up_passkey_signs_nobody_in(client, alice, credential):
    page = client.post("/accounts/2fa/webauthn/login/", {"credential": credential}, follow=True)

    assert page.status_code in (200, 422)
    assert not is_inside(client)


@pytest.mark.parametrize("credential", ["", "{}", "[]", "null", "no json", '{"id": "x"}', "1" * 10_000])
def test_a_made_up_key_is_not_added(client, alice, credential):
    sign_in(client)
    confirm(client)
    client.get("/accounts/2fa/webauthn/add/")

    page = client.post("/accounts/2fa/webauthn/add/", {"name": "Phone", "credential": credential})

    assert page.status_code == 422
    assert not Authenticator.objects.exists()
