"""What one changes about one's own sign-in: the password and the address."""

import re

import pytest
import time_machine
from django.core import mail
from django.test import Client

from expenses.people.models import User
from tests.accounts import code_in, confirm, is_inside, last_mail, sign_in
from tests.people import PASSWORD

NEW = "another long password"
EMAIL = "/accounts/email/"
CHANGE = "/accounts/password/change/"
RESET = "/accounts/password/reset/"


# ── a forgotten password ──────────────────────────────────────────────────────────────────────────


def ask_for_a_link(client, email="alice@example.com") -> str:
    client.post(RESET, {"email": email}, follow=True)
    return re.search(r"https://budget\.example\.org(/accounts/password/reset/key/\S+)", last_mail().body)[1]


def test_a_forgotten_password_is_set_by_the_link_in_the_mail(client, alice, with_mail):
    link = ask_for_a_link(client, "ALICE@example.com")

    form = client.get(link, follow=True).request["PATH_INFO"]
    page = client.post(form, {"password1": NEW, "password2": NEW}, follow=True)

    assert "Password saved" in page.text
    sign_in(client, password=NEW)
    assert is_inside(client)


def test_the_link_works_once(client, alice, with_mail):
    link = ask_for_a_link(client)
    form = client.get(link, follow=True).request["PATH_INFO"]
    client.post(form, {"password1": NEW, "password2": NEW})

    assert "This link no longer works." in Client().get(link, follow=True).text


def test_the_link_works_for_three_days(client, alice, with_mail):
    with time_machine.travel("2026-11-22 12:00:00+00:00", tick=False) as moment:
        link = ask_for_a_link(client)

        moment.shift(3 * 24 * 3600 - 1)
        assert "This link no longer works." not in Client().get(link, follow=True).text
        moment.shift(2)
        assert "This link no longer works." in Client().get(link, follow=True).text


def test_a_made_up_link_is_told(client, alice):
    assert "This link no longer works." in client.get(f"{RESET}key/1-made-up/").text


@pytest.mark.parametrize(
    ("first", "second", "field"), [("short", "short", "password1"), (NEW, "not the same one", "password2")]
)
def test_a_bad_new_password_is_told_at_the_field(client, alice, with_mail, first, second, field):
    form = client.get(ask_for_a_link(client), follow=True).request["PATH_INFO"]

    page = client.post(form, {"password1": first, "password2": second})

    assert page.status_code == 422
    assert field in page.context["form"].errors


def test_an_unknown_address_is_answered_alike_and_told_by_mail(client, alice, with_mail):
    known = client.post(RESET, {"email": "alice@example.com"}, follow=True)
    unknown = client.post(RESET, {"email": "nobody@example.com"}, follow=True)

    assert known.request["PATH_INFO"] == unknown.request["PATH_INFO"]
    assert last_mail().to == ["nobody@example.com"]
    assert "There is no account with this address." in last_mail().body


def test_somebody_switched_off_gets_no_link(client, alice, with_mail):
    User.objects.filter(pk=alice.pk).update(is_active=False)

    client.post(RESET, {"email": "alice@example.com"})

    assert "/accounts/password/reset/key/" not in last_mail().body


# ── another password ──────────────────────────────────────────────────────────────────────────────


def test_another_password_ends_every_other_browser(client, alice):
    other = Client()
    for browser in (client, other):
        sign_in(browser)

    page = client.post(CHANGE, {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}, follow=True)

    assert "The new password is saved." in page.text
    assert client.get("/expenses/").status_code == 200
    assert other.get("/expenses/").status_code == 302
    assert mail.outbox == []


def test_another_password_is_told_by_mail(client, alice, with_mail):
    sign_in(client)

    client.post(CHANGE, {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})

    assert last_mail().subject == "Your password was changed"
    assert last_mail().to == ["alice@example.com"]


def test_another_password_needs_the_old_one(client, alice):
    sign_in(client)

    page = client.post(CHANGE, {"oldpassword": "wrong", "password1": NEW, "password2": NEW})

    assert page.status_code == 422
    assert page.context["form"].errors["oldpassword"] == ["This is not your current password."]


def test_the_change_is_kept_when_nobody_can_be_told(client, alice, with_mail, monkeypatch):
    def fail(*args, **kwargs):
        raise ConnectionRefusedError

    sign_in(client)
    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", fail)
    page = client.post(CHANGE, {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}, follow=True)

    assert "The new password is saved." in page.text
    alice.refresh_from_db()
    assert alice.check_password(NEW)


# ── another address ───────────────────────────────────────────────────────────────────────────────


def change_to(client, email):
    return client.post(EMAIL, {"email": email, "action_add": ""}, follow=True)


def test_with_mail_another_address_counts_once_a_code_has_proved_it(client, alice, with_mail):
    sign_in(client)
    confirm(client)

    page = change_to(client, "Alicia@example.com")

    alice.refresh_from_db()
    assert alice.email == "alice@example.com"
    assert last_mail().to == ["alicia@example.com"]
    page = client.post(page.request["PATH_INFO"], {"code": code_in(last_mail())}, follow=True)
    alice.refresh_from_db()
    assert alice.email == "alicia@example.com"
    assert "Your e-mail address is confirmed: alicia@example.com." in page.text
    assert (last_mail().to, last_mail().subject) == (["alice@example.com"], "Your e-mail address was changed")
    assert list(alice.emailaddress_set.values_list("email", "primary", "verified")) == [
        ("alicia@example.com", True, True)
    ]


def test_without_mail_another_address_counts_at_once(client, people):
    sign_in(client)
    confirm(client)

    page = change_to(client, "Alicia@example.com")

    assert page.status_code == 200
    assert "alicia@example.com" in page.text
    assert "waits to be confirmed" not in page.text
    client.logout()
    sign_in(client, "alicia@example.com")
    assert is_inside(client)
    assert "no account" in sign_in(Client(), "alice@example.com").text


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("", "This field is required."),
        ("no address", "Write an e-mail address, like anna@example.com."),
        ("BOB@example.com", "Somebody signs in with this e-mail address already."),
        ("alice@example.com", "This is the address you sign in with already."),
        ("x" * 300 + "@example.com", "This address is longer than 254 characters."),
        ("a\x00b@example.com", "Write an e-mail address, like anna@example.com."),
    ],
)
def test_a_bad_address_is_told_at_the_field(client, people, email, sentence):
    sign_in(client)
    confirm(client)

    page = change_to(client, email)

    assert page.status_code == 422
    assert sentence in page.context["form"].errors["email"][0]
    assert User.objects.get(pk=people.alice.pk).email == "alice@example.com"


def test_with_mail_an_address_in_use_is_not_told_but_never_taken(client, alice, with_mail):
    sign_in(client)
    confirm(client)

    page = change_to(client, "bob@example.com")
    page = client.post(page.request["PATH_INFO"], {"code": code_in(last_mail())}, follow=True)

    assert User.objects.filter(email="bob@example.com").count() == 1
    assert User.objects.get(pk=alice.pk).email == "alice@example.com"


def test_an_open_browser_is_asked_for_the_password_before_the_address_changes(client, alice, with_mail):
    with time_machine.travel("2026-11-22 12:00:00+00:00", tick=False) as moment:
        sign_in(client)
        moment.shift(600)

        page = change_to(client, "alicia@example.com")
        assert page.request["PATH_INFO"] == "/accounts/reauthenticate/"
        assert mail.outbox == []

        client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": EMAIL}, follow=True)
        assert last_mail().to == ["alicia@example.com"]
