"""What warns of a category near or over its limit: on every page, and by mail."""

import uuid
from decimal import Decimal

from bs4 import BeautifulSoup

from expenses.alerts.crossing import Threshold
from expenses.alerts.looking import look
from expenses.budgets.envelope import Leftover
from expenses.budgets.models import Limit, Setting, Transfer
from expenses.shared.months import Month
from tests.people import TODAY

NOV = Month(2026, 11)
NEAR, OVER = Threshold.NEAR, Threshold.OVER


def set_limit(category, amount, *, month=NOV, leftover=Leftover.SURPLUS):
    setting = Setting(None if amount is None else Decimal(amount), leftover)
    Limit.set(category.household, month, {category: setting})


def move(source, destination, amount, *, by):
    return Transfer.move(
        household=source.household, month=NOV, source=source, destination=destination,
        amount=Decimal(amount), by=by, on=TODAY, key=uuid.uuid4(),
    )  # fmt: skip


def looked(household, **kwargs):
    """What a look raises, as (name, threshold)."""
    household.refresh_from_db()
    return [(notice.name, notice.threshold) for notice in look(household, on=TODAY, **kwargs).raised]


def told(household):
    """What pages would say, as (name, threshold, left)."""
    household.refresh_from_db()
    return [(entry["name"], entry["threshold"], Decimal(entry["left"])) for entry in household.notices]


def page(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def notices(client, path="/categories/") -> list[str]:
    """The sentences on a page, one a notice."""
    return [" ".join(p.text.split()) for p in page(client.get(path)).select(".notice > p")]


def toasts(client, path="/categories/") -> list[str]:
    return [toast.p.text for toast in page(client.get(path)).select(".toast")]


def entry(category, amount, **fields) -> dict[str, object]:
    """What the form of a new expense sends."""
    return {
        "amount": amount, "description": "Groceries", "category": category.pk, "spent_on": "2026-11-20",
        "key": str(uuid.uuid4()),
    } | fields  # fmt: skip


def spend(client, category, amount, **fields):
    response = client.post("/expenses/new/", entry(category, amount, **fields))
    assert response.status_code == 302, response.text[:500]
    return response
