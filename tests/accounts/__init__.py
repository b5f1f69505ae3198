"""Signing up, signing in, and what one may change about it."""

import re

from django.core import mail

from tests.people import PASSWORD


def sign_in(client, email="alice@example.com", password=PASSWORD, **extra):
    return client.post("/accounts/login/", {"login": email, "password": password}, follow=True, **extra)


def confirm(client, password=PASSWORD):
    """What is asked once more before the sign-in is changed."""
    return client.post("/accounts/reauthenticate/", {"password": password}, follow=True)


def code_in(message) -> str:
    """The code on a line of its own."""
    return re.search(r"^([A-Z0-9]{3,4}-[A-Z0-9]{3,4})$", message.body, re.MULTILINE)[1]


def last_mail():
    return mail.outbox[-1]


def is_inside(client) -> bool:
    return "_auth_user_id" in client.session
