"""What the mails say: our words, our address, nothing of a sample site."""

import datetime as dt
from pathlib import Path

import pytest
from allauth.account.adapter import get_adapter
from allauth.core.context import request_context
from django.template.loader import get_template

from tests.accounts import last_mail

MAILS = [
    "account/email/account_already_exists",
    "account/email/email_changed",
    "account/email/email_confirmation",
    "account/email/email_confirmation_signup",
    "account/email/email_deleted",
    "account/email/password_changed",
    "account/email/password_reset",
    "account/email/password_reset_key",
    "account/email/password_set",
    "account/email/unknown_account",
    "mfa/email/recovery_codes_generated",
    "mfa/email/totp_activated",
    "mfa/email/totp_deactivated",
    "mfa/email/webauthn_added",
    "mfa/email/webauthn_removed",
]


def send(rf, prefix):
    request = rf.get("/", headers={"User-Agent": "A <b>browser</b>"})
    context = {
        "code": "ABCD-EFGH",
        "deleted_email": "old@example.com",
        "from_email": "old@example.com",
        "ip": "203.0.113.7",
        "password_reset_url": "http://testserver/accounts/password/reset/key/1-x/",
        "signup_url": "http://testserver/accounts/signup/",
        "timestamp": dt.datetime(2026, 11, 22, 13, 5, tzinfo=dt.UTC),
        "to_email": "new@example.com",
        "user_agent": "A <b>browser</b>",
    }
    with request_context(request):
        get_adapter(request).send_mail(prefix, "alice@example.com", context)
    return last_mail()


@pytest.mark.parametrize("prefix", MAILS)
def test_a_mail_is_in_our_words(rf, with_mail, prefix):
    message = send(rf, prefix)

    for kind in ("subject", "message"):
        assert Path(get_template(f"{prefix}_{kind}.txt").origin.name).parts[-4] == "templates"
    assert message.to == ["alice@example.com"]
    assert "[" not in message.subject
    assert len(message.subject) < 60
    assert message.body.endswith("\n\nBudget Tracker\nhttps://budget.example.org")
    for foreign in ("testserver", "example.com!", "Hello", "Thank you", "!", "None", "&#x27;", "\n\n\n"):
        assert foreign not in message.body
    assert all(len(line) < 200 for line in message.body.splitlines())


@pytest.mark.parametrize("prefix", MAILS)
def test_a_mail_says_the_same_as_html(rf, with_mail, prefix):
    message = send(rf, prefix)

    (html, kind) = message.alternatives[0]
    assert kind == "text/html"
    assert "<b>" not in html
    assert 'href="https://budget.example.org"' in html
    if "browser" in message.body:
        assert "A &lt;b&gt;browser&lt;/b&gt;" in html


def test_where_no_address_of_the_site_is_set_the_visitors_is_used(rf, with_mail, settings):
    settings.SITE_URL = ""

    assert send(rf, "account/email/unknown_account").body.endswith("http://testserver")
