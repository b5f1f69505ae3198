import pytest


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client
