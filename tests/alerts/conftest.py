import pytest

from expenses.people.models import Household
from tests.people import TODAY


@pytest.fixture
def today(monkeypatch):
    """It is 22 November 2026, everywhere."""
    monkeypatch.setattr(Household, "today", lambda household: TODAY)
    return TODAY


@pytest.fixture
def alice(client, people, today):
    client.force_login(people.alice)
    return client
