"""Signed-out, stranger, viewer, editor and owner ask every URL the router knows: no new page can be forgotten."""

import importlib
import pkgutil

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests import access
from tests.access import Page

PAGES: list[Page] = [
    page
    for module in pkgutil.iter_modules(access.__path__)
    for page in importlib.import_module(f"tests.access.{module.name}").PAGES
]

# Django's admin and allauth's pages check who asks themselves; tests below look at their doors.
ELSEWHERE = ("admin:", "account_", "mfa_", "socialaccount_")


def url_names(resolver: URLResolver, namespace: str = "") -> list[str]:
    names = []
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            names.append(f"{namespace}{entry.name}")
        else:
            names += url_names(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
    return names


def test_every_url_is_in_a_table():
    known = {name for name in url_names(get_resolver()) if not name.startswith(ELSEWHERE)}

    # Django's admin has nameless catch-all patterns, which the admin's own prefix covers.
    assert known - {"None"} == {page.name for page in PAGES}


def ask(client, people, page, user):
    kwargs = page.kwargs(people) if callable(page.kwargs) else page.kwargs
    data = page.data(people) if callable(page.data) else page.data
    if user is not None:
        client.force_login(user)
    return getattr(client, page.method)(reverse(page.name, kwargs=kwargs), data)


@pytest.mark.parametrize("page", PAGES, ids=str)
@pytest.mark.parametrize("who", ["stranger", "viewer", "editor", "owner"])
def test_members_and_strangers(client, people, page, who):
    user = {"stranger": people.charlie, "viewer": people.vera, "editor": people.bob, "owner": people.alice}[who]

    response = ask(client, people, page, user)

    assert response.status_code == getattr(page, who), f"{who} asks {page}"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_the_signed_out(client, people, page):
    response = ask(client, people, page, None)

    if page.signed_out is None:
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/?next=")
    else:
        assert response.status_code == page.signed_out


@pytest.mark.parametrize("path", ["/admin/", "/admin/expenses/expense/", "/admin/expenses/household/"])
def test_the_admin_is_for_staff(client, people, path):
    client.force_login(people.alice)

    assert client.get(path).status_code in (302, 403)


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_the_door_is_open_to_the_signed_out(client, db, name):
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", ["account_email", "account_change_password", "mfa_index"])
def test_account_pages_ask_to_sign_in(client, db, name):
    assert client.get(reverse(name)).status_code == 302
