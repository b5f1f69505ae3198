"""A link that lets one person in, once, within two weeks."""

import datetime as dt
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from expenses.people import forms
from expenses.people.access import INVITED
from expenses.people.models import Invitation, InvitationClosed, Membership, Role, User
from tests.people import PASSWORD, make_user

INVITE = "/settings/members/invite/"


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


@pytest.fixture
def invitation(people):
    return Invitation.objects.create(household=people.household, invited_by=people.alice, role=Role.EDITOR)


def link(invitation):
    return f"/invitations/{invitation.token}/"


# ── made, mailed, taken back ──────────────────────────────────────────────────────────────────────


def test_the_link_is_shown_to_copy(alice):
    page = alice.post(INVITE, {"email": "", "role": "viewer"}, follow=True).text

    invitation = Invitation.objects.get()
    assert f'value="http://testserver/invitations/{invitation.token}/"' in page
    assert invitation.role == Role.VIEWER
    assert mail.outbox == []


def test_it_is_mailed_where_there_is_a_mail_server(alice, settings):
    settings.EMAIL_URL = "smtp://localhost"

    page = alice.post(INVITE, {"email": "Nina@Example.com", "role": "editor"}, follow=True).text

    sent = mail.outbox[0]
    assert "on its way to nina@example.com" in page
    assert sent.to == ["nina@example.com"]
    assert f"http://testserver/invitations/{Invitation.objects.get().token}/" in sent.body
    assert "Alice’s household" in sent.body


@pytest.mark.parametrize("fault", [ConnectionRefusedError(), TimeoutError(), SMTPRecipientsRefused({})])
def test_a_mail_server_that_fails_leaves_the_link(alice, settings, monkeypatch, fault):
    def fail(*args, **kwargs):
        raise fault

    settings.EMAIL_URL = "smtp://localhost"
    monkeypatch.setattr(forms, "send_mail", fail)

    response = alice.post(INVITE, {"email": "nina@example.com", "role": "editor"}, follow=True)

    assert response.status_code == 200
    assert "Copy its link and hand it over." in response.text


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a\0@example.com"}, "email"),
        ({"email": "x" * 10_000 + "@example.com"}, "email"),
        ({"email": "BOB@example.com"}, "email"),
        ({"email": "a@example.com\nBcc: b@example.com"}, "email"),
        ({"role": "king"}, "role"),
        ({"role": ""}, "role"),
    ],
)
def test_bad_input_is_answered_at_the_field(alice, data, field):
    response = alice.post(INVITE, {"email": "", "role": "editor"} | data)

    assert response.status_code == 422
    assert response.context["form"].errors[field]
    assert not Invitation.objects.exists()


def test_only_owners_see_the_links(client, people, invitation):
    client.force_login(people.bob)

    assert invitation.token not in client.get("/settings/members/").text


def test_taken_back_it_leads_nowhere(alice, invitation):
    alice.post(f"/settings/invitations/{invitation.pk}/take-back/")

    response = Client().get(link(invitation))

    assert response.status_code == 404
    assert "This invitation does not work any more" in response.text


# ── followed ──────────────────────────────────────────────────────────────────────────────────────


def test_signed_out_it_explains_and_remembers(client, invitation):
    response = client.get(link(invitation))

    assert "Alice</span> invites you to" in response.text
    assert "Sign up or sign in first" in response.text
    assert client.session[INVITED] == invitation.token


def test_a_stranger_joins_with_the_role_and_the_link_is_used_up(client, people, invitation):
    client.force_login(people.charlie)

    client.post(link(invitation))

    joined = Membership.objects.get(user=people.charlie, household=people.household)
    assert joined.role == Role.EDITOR
    assert client.get("/settings/household/").context["household"] == people.household
    assert client.get(link(invitation)).status_code == 404


def test_somebody_new_without_a_household_may_join(client, invitation):
    client.force_login(make_user("Nina"))

    assert "Join" in client.get(link(invitation)).text
    assert client.post(link(invitation)).status_code == 302


def test_looking_at_it_joins_nobody(client, people, invitation):
    client.force_login(people.charlie)
    client.get(link(invitation))

    assert not Membership.objects.filter(user=people.charlie, household=people.household).exists()


def test_a_member_does_not_use_it_up(client, people, invitation):
    client.force_login(people.vera)

    response = client.post(link(invitation))

    assert "You are a viewer of this household already." in response.text
    assert Membership.objects.get(user=people.vera).role == Role.VIEWER
    assert Invitation.objects.exists()


@pytest.mark.parametrize(("days", "status"), [(13, 200), (15, 404)])
def test_it_works_for_two_weeks(client, invitation, days, status):
    Invitation.objects.update(invited_at=timezone.now() - dt.timedelta(days=days))

    assert client.get(link(invitation)).status_code == status


@pytest.mark.parametrize("token", ["nothing", "a" * 5000, "%00", "%F0%9F%92%A9", "../x"])
def test_a_made_up_link_is_not_found(client, db, token):
    assert client.get(f"/invitations/{token}/").status_code == 404


def test_used_by_somebody_quicker_it_says_so(people, invitation):
    again = Invitation.objects.get(pk=invitation.pk)
    invitation.accept(people.charlie, at=timezone.now())

    with pytest.raises(InvitationClosed):
        again.accept(make_user("Nina"), at=timezone.now())

    assert people.household.memberships.count() == 4


def test_where_sign_ups_are_closed_an_invitation_opens_them(client, invitation, settings):
    settings.SIGNUPS = "closed"
    data = {"name": "Nina", "email": "nina@example.com", "password1": PASSWORD}
    client.post("/accounts/signup/", data)
    assert not User.objects.filter(email="nina@example.com").exists()

    client.get(link(invitation))
    response = client.post("/accounts/signup/", data | {"next": link(invitation)})

    assert response["Location"] == link(invitation)
    assert "You are signed in as" in client.get(link(invitation)).text
    client.post(link(invitation))
    assert Membership.objects.get(user__email="nina@example.com").role == Role.EDITOR


def test_a_sign_in_leads_back_to_the_invitation(client, people, invitation):
    client.get(link(invitation))

    response = client.post(
        "/accounts/login/", {"login": "charlie@example.com", "password": PASSWORD, "next": link(invitation)}
    )

    assert response["Location"] == link(invitation)
