"""Changing several expenses at once, ticked or found, and taking it back."""

from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.core import signing

from expenses.ledger import bulk, totals
from expenses.ledger.models import Expense, MonthTotal
from expenses.shared.money import to_units
from tests.factories import DAY, make_expense

BULK = "/expenses/bulk/"


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


@pytest.fixture
def five(people):
    return [make_expense(people.household, f"Number {n}", str(n + 1), category=people.food) for n in range(5)]


def page(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def promise_of(client, query="") -> str:
    return page(client.get(f"{BULK}?{query}")).select_one("[name=promise]")["value"]


def toast(client) -> BeautifulSoup:
    return page(client.get("/expenses/")).select_one(".toast")


def in_category(category) -> int:
    return Expense.objects.filter(category=category).count()


def sound(household) -> bool:
    """Whether the totals are the rows."""
    kept = {
        (household.pk, t.month.number, t.category_id, t.recorded_by_id): (to_units(t.spent), t.count)
        for t in MonthTotal.objects.filter(household=household)
        if t.count or t.spent
    }
    true = totals.true_totals(household, household.expenses.all())
    return kept == {key: (delta.units, delta.count) for key, delta in true.items()}


def test_ticked_expenses_are_recategorised_and_undone(alice, people, five):
    ticked = [row.pk for row in five[:3]]

    response = alice.post(
        BULK, {"do": "recategorise", "category": people.fun.pk, "expense": ticked, "next": "/expenses/?q=num"}
    )
    moved = in_category(people.fun)
    message = toast(alice)
    alice.post(message.form["action"])

    assert response["Location"] == "/expenses/?q=num"
    assert moved == 3
    assert message.p.text == "Put 3 expenses into Fun."
    assert in_category(people.food) == 5
    assert sound(people.household)


def test_ticked_expenses_are_deleted_and_undone(alice, people, five):
    alice.post(BULK, {"do": "delete", "expense": [row.pk for row in five[:2]]})
    left = Expense.objects.count()
    message = toast(alice)
    alice.post(message.form["action"])

    assert left == 3
    assert message.p.text == "Deleted 2 expenses."
    assert Expense.objects.count() == 5
    assert sound(people.household)


def test_undo_leaves_alone_what_was_changed_since(alice, people, five):
    alice.post(BULK, {"do": "recategorise", "category": people.fun.pk, "expense": [row.pk for row in five]})
    changed = Expense.objects.get(pk=five[0].pk)
    changed.notes = "Mine"
    changed.rewrite(seen=None)

    alice.post(toast(alice).form["action"])

    assert in_category(people.fun) == 1
    assert toast(alice).p.text == "Brought back 4 expenses."


def test_expenses_of_others_are_never_touched(alice, people, five):
    theirs = make_expense(people.others)

    alice.post(BULK, {"do": "delete", "expense": [theirs.pk, five[0].pk]})
    message = toast(alice)
    alone = alice.post(BULK, {"do": "delete", "expense": [theirs.pk]})

    assert message.p.text == "Deleted 1 expense."
    assert alone.status_code == 422
    assert Expense.objects.filter(pk=theirs.pk).exists()


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({}, "No expense is chosen"),
        ({"expense": ["x", "-1", "1.5", "٣"]}, "No expense is chosen"),
        ({"expense": ["9" * 18]}, "None of these expenses is there"),
        ({"do": "burn"}, "Choose what to do"),
        ({"do": ""}, "Choose what to do"),
        ({"do": "recategorise", "category": ""}, "Choose a category"),
        ({"do": "recategorise", "category": "987654"}, "Choose one of the categories"),
        ({"promise": "forged"}, "grown too old"),
    ],
)
def test_what_makes_no_sense_is_a_sentence_and_nothing_is_done(alice, people, five, sent, sentence):
    whole = {"do": "delete"} | ({"expense": [five[0].pk]} if "category" in sent or "do" in sent else {}) | sent

    response = alice.post(BULK, whole)

    assert response.status_code == 422
    assert sentence in page(response).main.text
    assert Expense.objects.count() == 5
    assert in_category(people.food) == 5


def test_archived_categories_and_those_of_others_take_nothing(alice, people, five):
    people.fun.archive(on=five[0].spent_on)

    for category in (people.fun, people.category("Food", people.others)):
        response = alice.post(BULK, {"do": "recategorise", "category": category.pk, "expense": [five[0].pk]})

        assert response.status_code == 422
    assert in_category(people.food) == 5


def test_what_is_there_already_is_said_and_has_nothing_to_undo(alice, people, five):
    alice.post(BULK, {"do": "recategorise", "category": people.food.pk, "expense": [five[0].pk]})

    message = toast(alice)
    assert message.p.text == "Nothing to change: all of them are in Food already."
    assert message.form is None


def test_ticks_are_kept_when_something_is_missing(alice, people, five):
    html = page(alice.post(BULK, {"do": "recategorise", "expense": [five[0].pk, five[1].pk]}))

    assert {field["value"] for field in html.select("[name=expense]")} == {str(five[0].pk), str(five[1].pk)}
    assert html.select_one("data.total")["value"] == "3.00"


def test_all_that_is_found_is_changed_and_nothing_else(alice, people, five):
    other = make_expense(people.household, "Other", category=people.food)
    html = page(alice.get(f"{BULK}?q=number"))

    alice.post(BULK, {"do": "recategorise", "category": people.fun.pk, "promise": promise_of(alice, "q=number")})

    assert html.h1.text == "5 expenses"
    assert html.select_one("[data-sheet] data.total")["value"] == "15.00"
    assert in_category(people.fun) == 5
    assert Expense.objects.get(pk=other.pk).category == people.food
    assert sound(people.household)


def another(people, five):
    make_expense(people.household, "Number six", category=people.food)


def one_less(people, five):
    five[0].delete()


def dearer(people, five):
    five[0].amount = Decimal(100)
    five[0].save()


@pytest.mark.parametrize("change", [another, one_less, dearer])
def test_when_what_is_found_is_not_what_was_counted_nothing_is_done(alice, people, five, change):
    promise = promise_of(alice, "q=number")
    change(people, five)
    before = Expense.objects.count()

    refused = alice.post(BULK, {"do": "delete", "promise": promise})
    fresh = page(refused).select_one("[name=promise]")["value"]
    untouched = Expense.objects.count()
    done = alice.post(BULK, {"do": "delete", "promise": fresh})

    assert refused.status_code == 422
    assert "Nothing was done" in page(refused).main.text
    assert untouched == before
    assert done.status_code == 302
    assert not Expense.objects.exists()


def test_a_promise_to_another_household_is_none(client, people, five):
    client.force_login(people.alice)
    promise = promise_of(client)
    client.force_login(people.charlie)
    for amount in range(5):  # as many, and as dear
        make_expense(people.others, "Number", str(amount + 1))

    response = client.post(BULK, {"do": "delete", "promise": promise})

    assert response.status_code == 422
    assert Expense.objects.count() == 10


def test_a_promise_holds_for_a_day(alice, people, five, monkeypatch):
    promise = promise_of(alice)
    real = signing.time.time
    monkeypatch.setattr(signing.time, "time", lambda: real() + bulk.VALID + 1)

    assert alice.post(BULK, {"do": "delete", "promise": promise}).status_code == 422
    assert Expense.objects.count() == 5


def test_thousands_are_changed_and_undone_at_once(alice, people):
    Expense.objects.bulk_create(
        Expense(
            household=people.household,
            category=people.food,
            recorded_by=people.alice,
            description="Many",
            amount=Decimal(1),
            spent_on=DAY,
        )
        for _ in range(4_500)
    )

    alice.post(BULK, {"do": "recategorise", "category": people.fun.pk, "promise": promise_of(alice)})
    moved = in_category(people.fun)
    message = toast(alice)
    alice.post(message.form["action"])

    assert moved == 4_500
    assert message.p.text == "Put 4,500 expenses into Fun."
    assert in_category(people.food) == 4_500
    assert sound(people.household)
