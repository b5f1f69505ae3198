"""The door: who comes in, who is held up, and how one leaves."""

import pytest
import time_machine
from django.test import Client

from tests.accounts import is_inside, sign_in
from tests.people import PASSWORD

TOO_MANY = "Too many wrong tries. Wait five minutes, then try again."


def fail(client, times, email="alice@example.com", **extra):
    for _ in range(times):
        page = sign_in(client, email, "wrong", **extra)
    return page


def test_an_unknown_address_and_a_wrong_password_are_told_alike(client, people):
    wrong = sign_in(client, password="wrong").context["form"].errors
    unknown = sign_in(client, "nobody@example.com").context["form"].errors

    assert wrong == unknown == {"__all__": ["There is no account with this e-mail and password."]}


def test_six_wrong_tries_at_one_account_lock_it_for_five_minutes(client, people):
    with time_machine.travel("2026-11-22 12:00:00+00:00", tick=False) as moment:
        page = fail(client, 6)
        assert page.status_code == 422
        assert TOO_MANY in page.text

        sign_in(client)
        assert not is_inside(client)

        moment.shift(5 * 60 + 1)
        sign_in(client)
        assert is_inside(client)


def guess(client, times, **extra):
    """Wrong tries at ever other accounts, as a guesser goes round the lock of one."""
    for number in range(times):
        page = sign_in(client, f"nobody{number}@example.com", "wrong", **extra)
    return page


def test_behind_a_router_a_guesser_locks_their_own_address_and_nobody_elses(client, people, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    router = {"REMOTE_ADDR": "10.0.0.1"}

    page = guess(client, 11, headers={"X-Forwarded-For": "203.0.113.66"}, **router)
    assert TOO_MANY in page.text

    locked, other = Client(), Client()
    sign_in(locked, headers={"X-Forwarded-For": "203.0.113.66"}, **router)
    sign_in(other, headers={"X-Forwarded-For": "203.0.113.7"}, **router)
    assert not is_inside(locked)
    assert is_inside(other)


def test_an_address_made_up_by_the_guesser_does_not_help(client, people, settings):
    """The router adds the address it sees at the end; what stands before it came from the visitor."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    for number in range(11):
        forged = {"X-Forwarded-For": f"198.51.100.{number}, 203.0.113.66"}
        page = sign_in(client, f"nobody{number}@example.com", "wrong", headers=forged)

    assert TOO_MANY in page.text


def test_without_a_router_the_header_is_not_believed(client, people, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0

    for number in range(11):
        forged = {"X-Forwarded-For": f"198.51.100.{number}"}
        page = sign_in(client, f"nobody{number}@example.com", "wrong", headers=forged)

    assert TOO_MANY in page.text


def test_somebody_switched_off_is_told_so_and_stays_outside(client, people):
    people.alice.is_active = False
    people.alice.save()

    page = sign_in(client)

    assert "This account is switched off." in page.text
    assert not is_inside(client)


def test_switching_somebody_off_ends_what_is_open(client, people):
    client.force_login(people.alice)
    people.alice.is_active = False
    people.alice.save()

    assert client.get("/expenses/")["Location"].startswith("/accounts/login/")


def test_signing_out_asks_first_and_ends_this_browser_only(client, people):
    other = Client()
    for browser in (client, other):
        sign_in(browser)

    assert "You are signed in as" in client.get("/accounts/logout/").text
    assert is_inside(client)
    client.post("/accounts/logout/")

    assert not is_inside(client)
    assert is_inside(other)


@pytest.mark.parametrize("there", ["https://elsewhere.example.org/", "//elsewhere.example.org", "javascript:alert(1)"])
def test_nobody_is_led_to_another_site(client, people, there):
    response = client.post("/accounts/login/", {"login": "alice@example.com", "password": PASSWORD, "next": there})

    assert response.status_code == 302
    assert response["Location"].startswith("/")
    assert not response["Location"].startswith("//")


# ── the admin ─────────────────────────────────────────────────────────────────────────────────────


def test_the_admin_is_entered_by_the_same_door(client, people):
    people.alice.is_staff = people.alice.is_superuser = True
    people.alice.save()

    asked = client.get("/admin/expenses/expense/", follow=True)
    assert asked.request["PATH_INFO"] == "/accounts/login/"

    form = {"login": "alice@example.com", "password": PASSWORD, "next": "/admin/expenses/expense/"}
    page = client.post("/accounts/login/", form, follow=True)
    assert page.request["PATH_INFO"] == "/admin/expenses/expense/"


def test_the_admin_is_closed_to_everybody_else(client, people):
    sign_in(client)

    assert client.get("/admin/", follow=True).status_code == 403
