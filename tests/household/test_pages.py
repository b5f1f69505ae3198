"""The household's settings and its members."""

import pytest

from expenses.people.models import Household, Invitation, Membership, Role, User
from tests.factories import make_expense
from tests.people import make_household, make_user, open_first_page

MEMBERS = "/settings/members/"


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


def membership(user, household=None):
    found = Membership.objects.filter(user=user)
    return found.get(household=household) if household else found.get()


# ── the household ─────────────────────────────────────────────────────────────────────────────────


def test_all_members_read_what_the_household_is(client, people):
    client.force_login(people.vera)

    page = client.get("/settings/household/").text

    assert "US dollars (USD)" in page
    assert "You are a viewer." in page
    assert "/settings/household/edit/" not in page
    assert "Delete the household" not in page


def test_name_time_zone_and_currency(alice, people):
    alice.post("/settings/household/edit/", {"name": " Ours ", "currency": "KWD", "time_zone": "Asia/Kuwait"})

    people.household.refresh_from_db()
    assert (people.household.name, people.household.currency, people.household.time_zone) == (
        "Ours",
        "KWD",
        "Asia/Kuwait",
    )


def test_the_currency_stays_once_there_is_an_amount(alice, people):
    make_expense(people.household)

    refused = alice.post("/settings/household/edit/", {"name": "Ours", "currency": "EUR", "time_zone": "UTC"})
    taken = alice.post(
        "/settings/household/edit/", {"name": "Ours", "time_zone": "UTC"}
    )  # a disabled field is not sent

    assert refused.status_code == 422
    assert "The currency stays USD" in str(refused.context["form"].errors["currency"])
    assert taken.status_code == 302
    people.household.refresh_from_db()
    assert (people.household.name, people.household.currency) == ("Ours", "USD")
    assert "disabled" in alice.get("/settings/household/edit/").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 10_000),
        ("name", "a\0b"),
        ("name", "a\x07b"),
        ("currency", "XYZ"),
        ("currency", "a\0b"),
        ("time_zone", ""),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
    ],
)
def test_bad_input_is_answered_at_the_field_and_kept(alice, people, field, value):
    data = {"name": "Ours", "currency": "EUR", "time_zone": "UTC"} | {field: value}

    response = alice.post("/settings/household/edit/", data)

    assert response.status_code == 422
    assert response.context["form"].errors[field]
    people.household.refresh_from_db()
    assert (people.household.name, people.household.currency) == ("Alice’s household", "USD")
    assert "Alice’s household" in response.text  # the frame names what is stored


def test_html_and_direction_marks_are_text(alice):
    alice.post("/settings/household/edit/", {"name": "<b>x</b> \u202eevil", "currency": "USD", "time_zone": "UTC"})

    page = alice.get("/settings/household/").text

    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x</b>" not in page


@pytest.mark.parametrize("count", [0, 20])
def test_the_household_page_asks_as_much_whatever_there_is(alice, people, count, django_assert_num_queries):
    for _ in range(count):
        membership = Membership.objects.create(user=people.alice, household=make_household(people.charlie))
        Membership.objects.filter(pk=membership.pk).update(opened_at="2020-01-01T00:00Z")
    open_first_page(alice)

    with django_assert_num_queries(3):
        alice.get("/settings/household/")


def test_going_over_to_another_household(alice, people):
    other = make_household(people.alice, "Flat share")
    people.household.memberships.get(user=people.alice).open(at=membership(people.alice, other).opened_at)
    membership(people.alice, people.household)
    assert "Flat share" in alice.get("/settings/household/").text

    alice.post(f"/settings/households/{other.pk}/open/")
    assert '<h1 class="isolated">Flat share</h1>' in alice.get("/settings/household/").text

    alice.post(f"/settings/households/{people.household.pk}/open/")
    assert '<h1 class="isolated">Alice’s household</h1>' in alice.get("/settings/household/").text


# ── the name ──────────────────────────────────────────────────────────────────────────────────────


def test_a_name_is_changed(alice, people):
    alice.post("/settings/name/", {"name": " Al "})

    assert User.objects.get(pk=people.alice.pk).name == "Al"


@pytest.mark.parametrize("name", ["x" * 10_000, "a\0b", "a\x07b"])
def test_a_bad_name_is_answered_at_the_field(alice, people, name):
    response = alice.post("/settings/name/", {"name": name})

    assert response.status_code == 422
    assert response.context["form"].errors["name"]


def test_somebody_without_a_household_may_change_the_name(client, db):
    client.force_login(make_user("Nina"))

    assert client.get("/settings/name/").status_code == 200
    assert client.post("/settings/name/", {"name": "N"}).status_code == 302


# ── members ───────────────────────────────────────────────────────────────────────────────────────


def test_the_members_with_their_roles(client, people):
    client.force_login(people.vera)

    page = client.get(MEMBERS).text

    assert "bob@example.com" in page
    assert "an editor" in page
    assert "<select" not in page
    assert "charlie" not in page


@pytest.mark.parametrize("count", [0, 30])
def test_the_members_page_asks_as_much_whatever_there_is(alice, people, count, django_assert_num_queries):
    for number in range(count):
        people.household.add_member(make_user(f"Member{number}"), Role.VIEWER)
        Invitation.objects.create(household=people.household, invited_by=people.alice)
    open_first_page(alice)

    with django_assert_num_queries(4):
        alice.get(MEMBERS)


def test_a_role_is_changed(alice, people):
    response = alice.post(f"{MEMBERS}{membership(people.bob).pk}/role/", {"role": "viewer"}, follow=True)

    assert "Bob is a viewer now." in response.text
    assert membership(people.bob).role == Role.VIEWER


@pytest.mark.parametrize("role", ["", "king", "a\0b", "<b>"])
def test_another_role_is_refused_at_its_field(alice, people, role):
    response = alice.post(f"{MEMBERS}{membership(people.bob).pk}/role/", {"role": role})

    assert response.status_code == 422
    assert 'class="error"' in response.text
    assert membership(people.bob).role == Role.EDITOR


def test_the_only_owner_stays_one(alice, people):
    own = membership(people.alice).pk

    demoted = alice.post(f"{MEMBERS}{own}/role/", {"role": "editor"})
    removed = alice.post(f"{MEMBERS}{own}/remove/")
    left = alice.post(f"{MEMBERS}leave/")

    for response in (demoted, removed, left):
        assert response.status_code == 422
        assert "Alice is the only owner. Make somebody else an owner first." in response.text
    assert membership(people.alice).is_owner


def test_with_a_second_owner_the_first_may_leave(alice, people):
    alice.post(f"{MEMBERS}{membership(people.bob).pk}/role/", {"role": "owner"})

    response = alice.post(f"{MEMBERS}leave/")

    assert response["Location"] == "/"
    assert not Membership.objects.filter(user=people.alice).exists()


def test_what_somebody_removed_wrote_stays_and_their_links_end(alice, people):
    membership(people.bob).change_role(Role.OWNER)
    make_expense(people.household, recorded_by=people.bob)
    Invitation.objects.create(household=people.household, invited_by=people.bob, role=Role.OWNER)
    own = Invitation.objects.create(household=people.household, invited_by=people.alice)

    alice.post(f"{MEMBERS}{membership(people.bob).pk}/remove/")

    assert not Membership.objects.filter(user=people.bob).exists()
    assert people.household.expenses.get().recorded_by == people.bob
    assert list(Invitation.objects.all()) == [own]


def test_somebody_removed_meets_the_household_no_more(client, people):
    client.force_login(people.bob)
    assert client.get(MEMBERS).status_code == 200

    membership(people.bob).leave()

    assert client.get(MEMBERS)["Location"] == "/welcome/"


def test_a_member_of_another_household_is_not_found(alice, people):
    theirs = membership(people.charlie).pk

    assert alice.post(f"{MEMBERS}{theirs}/role/", {"role": "viewer"}).status_code == 404
    assert alice.post(f"{MEMBERS}{theirs}/remove/").status_code == 404


def test_removing_twice_is_done_once(alice, people):
    url = f"{MEMBERS}{membership(people.bob).pk}/remove/"

    assert [alice.post(url).status_code for _ in range(2)] == [302, 404]


def test_every_household_here_has_an_owner(people):
    assert not Household.objects.exclude(memberships__role=Role.OWNER).exists()
