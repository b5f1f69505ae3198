"""Damaged statement files uploaded through the pages, as far as they lead: never an error of ours."""

import time

import pytest
from django.urls import reverse

from expenses.imports.models import Import
from expenses.imports.states import State
from expenses.ledger.models import Expense
from tests.imports import damage
from tests.imports.test_fuzz import NAMES, damaged, told
from tests.imports.test_import_pages import mapping_fields, upload

SHORT, LONG = 25, 2_000  # files


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


def bring_in(client, data):
    """Uploads a file and takes every step that it leads to; gives the import, or None where it was refused."""
    before = Import.objects.count()
    response = upload(client, data, "statement")
    if response.status_code == 422:
        assert response.context["form"].errors
        assert Import.objects.count() == before
        return None
    source = Import.objects.latest("pk")
    body(response)
    source.refresh_from_db()
    if source.state == State.UPLOADED:
        page = reverse("imports:mapping", args=[source.pk])
        assert client.get(page).status_code == 200
        response = client.post(page, mapping_fields(client, source))
        assert response.status_code in (200, 302, 422)
        body(response)
    shown = client.get(reverse("imports:show", args=[source.pk]), follow=True)
    assert shown.status_code == 200
    if reverse("imports:show", args=[source.pk]) == shown.request["PATH_INFO"]:
        for pile in ("new", "here", "unreadable"):
            assert client.get(shown.request["PATH_INFO"], {"pile": pile}).status_code == 200
        response = client.post(reverse("imports:commit", args=[source.pk]))
        assert response.status_code in (200, 302, 422)
        body(response)
    return source


def body(response):
    """What a long step streams has to be asked for, or it is not done."""
    said = b"".join(response.streaming_content) if response.streaming else response.content
    assert b"Something went wrong" not in said


def nothing_of_ours_breaks(client, seeds):
    read = 0
    for seed in seeds:
        name, data = damaged(seed)
        try:
            read += bring_in(client, data) is not None
        except Exception as error:
            error.add_note(told(seed, name, data))
            raise
    return read


def test_damaged_files_lead_to_a_page_with_a_sentence(alice):
    step = len(NAMES) // SHORT + 1  # of every format some

    assert nothing_of_ours_breaks(alice, range(0, len(NAMES), step)) > 8


@pytest.mark.soak
def test_many_damaged_files_lead_to_a_page_with_a_sentence(alice):
    first, until = damage.first_seed(), time.monotonic() + 120

    seeds = (seed for seed in range(first, first + LONG) if time.monotonic() < until)

    assert nothing_of_ours_breaks(alice, seeds) > 8
    assert not Expense.objects.filter(amount__gt=damage.LARGEST).exists()
