"""From nobody to somebody: with a code where mail can be sent, at once where it cannot."""

import smtplib

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends import locmem

from expenses.people.models import User
from tests.accounts import code_in, is_inside, last_mail, sign_in
from tests.people import PASSWORD

SENT = "/accounts/confirm-email/"
DORA = {"name": "Dora", "email": "dora@example.com", "password1": PASSWORD}


def sign_up(client, **fields):
    return client.post("/accounts/signup/", DORA | fields, follow=True)


@pytest.fixture
def moment():
    with time_machine.travel("2026-11-22 12:00:00+00:00", tick=False) as traveller:
        yield traveller


def test_without_mail_one_is_in_at_once(client, db):
    sign_up(client)

    assert is_inside(client)
    assert mail.outbox == []


def test_with_mail_a_code_is_asked_first(client, db, with_mail):
    page = sign_up(client)

    assert page.request["PATH_INFO"] == SENT
    assert not is_inside(client)
    assert last_mail().to == ["dora@example.com"]
    assert "dora@example.com" in page.text

    client.post(SENT, {"code": code_in(last_mail())})

    assert is_inside(client)
    assert User.objects.get().emailaddress_set.get().verified


def test_a_wrong_code_is_told_and_the_right_one_still_works(client, db, with_mail):
    sign_up(client)

    page = client.post(SENT, {"code": "WRNG-CODE"})

    assert page.status_code == 422
    assert "This is not the code." in page.text
    client.post(SENT, {"code": code_in(last_mail())})
    assert is_inside(client)


def test_after_three_wrong_codes_the_code_is_void(client, db, with_mail, moment):
    sign_up(client)
    code = code_in(last_mail())

    for _ in range(3):
        page = client.post(SENT, {"code": "WRNG-CODE"}, follow=True)
    assert "Too many wrong tries." in page.text
    client.post(SENT, {"code": code}, follow=True)

    assert not is_inside(client)
    moment.shift(20)
    sign_in(client, DORA["email"])
    client.post(SENT, {"code": code_in(last_mail())})
    assert is_inside(client)


def test_a_code_works_for_a_quarter_of_an_hour(client, db, with_mail, moment):
    sign_up(client)

    moment.shift(15 * 60 + 1)
    page = client.post(SENT, {"code": code_in(last_mail())}, follow=True)

    assert page.request["PATH_INFO"] == "/accounts/login/"
    assert not is_inside(client)


def test_another_code_can_be_sent_and_the_first_is_void(client, db, with_mail, moment):
    sign_up(client)
    first = code_in(last_mail())

    moment.shift(20)
    page = client.post(SENT, {"action": "resend"}, follow=True)

    assert "Another code is on its way." in page.text
    assert len(mail.outbox) == 2
    assert client.post(SENT, {"code": first}).status_code == 422
    client.post(SENT, {"code": code_in(last_mail())})
    assert is_inside(client)


def test_another_code_at_once_waits_with_a_sentence(client, db, with_mail, moment):
    sign_up(client)

    page = client.post(SENT, {"action": "resend"}, follow=True)

    assert page.status_code == 429
    assert "Wait a minute, then try again." in page.text
    assert len(mail.outbox) == 1


def test_a_mistyped_address_is_mended_where_the_code_is_asked(client, db, with_mail):
    page = sign_up(client, email="dorra@example.com")
    assert "Use another address" in page.text

    client.post(SENT, {"action": "change", "email": "dora@example.com"})
    client.post(SENT, {"code": code_in(last_mail())})

    assert is_inside(client)
    assert last_mail().to == ["dora@example.com"]
    assert User.objects.get().email == "dora@example.com"


def test_somebody_with_an_account_is_told_by_mail_and_a_stranger_learns_nothing(client, people, with_mail):
    page = sign_up(client, email="ALICE@example.com")

    assert page.request["PATH_INFO"] == SENT
    assert last_mail().to == ["alice@example.com"]
    assert "There is an account with this address already" in last_mail().body
    assert "https://budget.example.org/accounts/password/reset/" in last_mail().body
    assert User.objects.count() == 4


def test_without_mail_an_address_in_use_is_told_at_the_field(client, people):
    page = sign_up(client, email="ALICE@example.com")

    assert page.status_code == 422
    assert page.context["form"].errors["email"] == ["Somebody signs in with this e-mail address already."]


@pytest.mark.parametrize("fault", [ConnectionRefusedError(), TimeoutError(), smtplib.SMTPServerDisconnected()])
def test_a_mail_server_that_fails_is_told_and_the_code_comes_later(client, db, with_mail, monkeypatch, moment, fault):
    def fail(*args, **kwargs):
        raise fault

    with monkeypatch.context() as broken:
        broken.setattr(locmem.EmailBackend, "send_messages", fail)
        page = sign_up(client)
    moment.shift(20)
    sign_in(client, DORA["email"])
    client.post(SENT, {"code": code_in(last_mail())})

    assert page.status_code == 503
    assert "The mail could not be sent." in page.text
    assert is_inside(client)


def test_somebody_invited_comes_through_the_code_to_the_invitation(client, people, with_mail):
    invitation = people.household.invitations.create(invited_by=people.alice)
    link = f"/invitations/{invitation.token}/"
    client.get(link)

    sign_up(client, next=link)
    page = client.post(SENT, {"code": code_in(last_mail())}, follow=True)

    assert page.request["PATH_INFO"] == link
