import pytest


@pytest.fixture
def with_mail(settings):
    """The settings as they are where EMAIL_URL is set, on a host with a name."""
    settings.EMAIL_URL = "smtp://localhost"
    settings.SITE_URL = "https://budget.example.org"
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
    settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
    settings.MFA_ALLOW_UNVERIFIED_EMAIL = False


@pytest.fixture
def alice(people):
    """Alice, whose address is confirmed."""
    people.alice.emailaddress_set.create(email=people.alice.email, primary=True, verified=True)
    return people.alice
