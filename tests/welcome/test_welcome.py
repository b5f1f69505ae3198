"""From a stranger to a household: signing up, the one step, the first page."""

import pytest
from django.urls import reverse

from expenses.people.models import Household, User
from expenses.welcome.forms import currency_of
from tests.people import PASSWORD

HOME = {
    "name": "Home",
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "month_starts_on": "25",
}


def sign_up(client, **fields):
    form = {"name": "Dora", "email": "dora@example.com", "password1": PASSWORD, **fields}
    return client.post(reverse("account_signup"), form, follow=True)


def test_a_stranger_signs_up_and_is_led_to_the_one_step(client, db):
    page = sign_up(client)

    assert page.request["PATH_INFO"] == reverse("welcome:new")
    assert "Dora’s household" in page.text


def test_every_other_page_leads_there_until_it_is_done(client, db):
    sign_up(client)

    for name in ("months:index", "expenses:index", "reports:categories", "imports:index"):
        assert client.get(reverse(name))["Location"] == reverse("welcome:new")


def test_the_step_makes_a_household_of_one_with_eight_categories(client, db):
    sign_up(client)

    page = client.post(reverse("welcome:new"), HOME, follow=True)

    household = Household.objects.get()
    assert (household.name, household.currency, household.month_starts_on) == ("Home", "EUR", 25)
    assert household.memberships.get().is_owner
    assert household.categories.count() == 8
    assert household.budget_from == household.month_of(household.today())
    assert "Write down your first expense" in page.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("name", "a\x00b"),
        ("currency", "XXX"),
        ("time_zone", "Mars/Olympus"),
        ("month_starts_on", "29"),
        ("month_starts_on", "0"),
        ("month_starts_on", "x"),
    ],
)
def test_bad_input_writes_nothing_and_keeps_what_was_typed(client, db, field, value):
    sign_up(client)

    page = client.post(reverse("welcome:new"), HOME | {field: value})

    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert not Household.objects.exists()


def test_somebody_invited_is_led_to_the_invitation_instead(client, people):
    invitation = people.household.invitations.create(invited_by=people.alice)
    client.get(reverse("invitations:show", args=[invitation.token]))

    page = sign_up(client)

    assert page.request["PATH_INFO"] == reverse("invitations:show", args=[invitation.token])
    assert "One step" in client.get(reverse("welcome:new"), {"own": ""}).text

    client.post(page.request["PATH_INFO"])
    assert User.objects.get(email="dora@example.com").memberships.get().household == people.household


def test_the_step_sent_twice_makes_one_household(client, db):
    sign_up(client)

    client.post(reverse("welcome:new"), HOME)
    client.post(reverse("welcome:new"), HOME)

    assert Household.objects.count() == 1


def test_an_address_signs_up_once_whatever_its_case(client, db):
    sign_up(client)
    client.logout()

    sign_up(client, email="DORA@Example.com")

    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("signups", "users", "offered"),
    [("open", 1, True), ("closed", 0, False), ("first", 0, True), ("first", 1, False)],
)
def test_who_may_sign_up(client, db, settings, signups, users, offered):
    settings.SIGNUPS = signups
    for number in range(users):
        User.objects.create_user(f"user{number}@example.com", PASSWORD)

    sign_up(client)

    assert User.objects.filter(email="dora@example.com").exists() is offered
    client.logout()
    assert (reverse("account_signup") in client.get("/").text) is (offered and signups != "first")


def test_signing_in_and_out(client, people):
    page = client.post(reverse("account_login"), {"login": "ALICE@example.com", "password": PASSWORD}, follow=True)
    assert page.request["PATH_INFO"].startswith("/months/")

    page = client.post(reverse("account_logout"), follow=True)
    assert page.request["PATH_INFO"] == "/"
    assert not page.context["user"].is_authenticated


def test_a_wrong_password_is_refused_with_a_sentence(client, people):
    page = client.post(reverse("account_login"), {"login": "alice@example.com", "password": "wrong"})

    assert not page.wsgi_request.user.is_authenticated
    assert page.status_code == 422
    assert page.context["form"].errors


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", ""),
        ("email", "no address"),
        ("email", "a\x00b@example.com"),
        ("email", "x" * 300 + "@example.com"),
        ("password1", "short"),
        ("password1", ""),
        ("name", "x" * 101),
        ("name", "a\x07b"),
    ],
)
def test_signing_up_with_bad_input_makes_nobody(client, db, field, value):
    page = sign_up(client, **{field: value})

    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("languages", "currency"),
    [
        ("en-GB,en;q=0.9", "GBP"),
        ("de-DE", "EUR"),
        ("en;q=0.8,ja-JP", "JPY"),
        ("xx-YY,en", "USD"),
        ("", "USD"),
    ],
)
def test_the_first_guess_of_a_currency(languages, currency):
    assert currency_of(languages) == currency
