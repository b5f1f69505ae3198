"""The page of what was found: what it says, what it is asked, and what it costs."""

import datetime as dt
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest
from bs4 import BeautifulSoup
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from expenses.recurring.models import Dismissal, Occurrence, RecurringExpense, State
from tests.factories import make_expense, make_method
from tests.people import TODAY

FOUND, DISMISS = "/recurring/found/", "/recurring/found/dismiss/"


def make_months(household, description="Rent", amount="800", day=3, months=(9, 10, 11), **fields):
    return [
        make_expense(household, description, amount, spent_on=dt.date(2026, month, day), **fields) for month in months
    ]


def make_recurring(household, description="Rent", amount="800", **fields):
    return RecurringExpense.objects.create(
        household=household,
        category=fields.pop("category", household.categories.first()),
        recorded_by=household.memberships.first().user,
        description=description,
        amount=Decimal(amount),
        anchor=dt.date(2026, 9, 3),
        settled_until=TODAY,
        **fields,
    )


def page(client, user, url=FOUND):
    client.force_login(user)
    return BeautifulSoup(client.get(url).content, "html.parser")


def proposed(client, user) -> list[str]:
    return [row.find(class_="isolated").get_text() for row in page(client, user).select("[aria-label=Proposals] > li")]


def sentences(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_a_proposal_says_what_it_is_when_it_comes_and_when_it_was_seen(client, people):
    make_months(people.household, category=people.food)

    [row] = page(client, people.alice).select("[aria-label=Proposals] > li")
    text = " ".join(row.get_text(" ").split())

    assert text.startswith("Rent 800.00 Food")
    assert "Every month on the 3rd, next on 3 Dec 2026" in text
    assert "Seen on 3 Sep , 3 Oct , 3 Nov" in text
    assert row.find("data")["value"] == "800.00"


def test_the_link_to_make_it_recurring_fills_in_the_form(client, people):
    method = make_method(people.household)
    make_months(people.household, "Müll & Co", "39.90", category=people.food, payment_method=method)

    link = page(client, people.alice).select_one("[aria-label=Proposals] .row-acts a")

    assert urlsplit(link["href"]).path == reverse("recurring:new")
    assert dict(parse_qsl(urlsplit(link["href"]).query)) == {
        "description": "Müll & Co",
        "amount": "39.90",
        "category": str(people.food.pk),
        "payment_method": str(method.pk),
        "anchor": "2026-12-03",
        "every": "1",
        "unit": "months",
        "month_day": "same",
        "weekend": "keep",
    }


def test_what_the_link_fills_in_can_be_saved_as_it_is_and_is_not_proposed_again(client, people):
    make_months(people.household, day=30, months=(8, 9, 10))
    href = page(client, people.alice).select_one("[aria-label=Proposals] .row-acts a")["href"]
    form = BeautifulSoup(client.get(href).content, "html.parser").select_one("main form[method=post]")
    sent = dict(parse_qsl(urlsplit(href).query)) | {"ends": "never", "automatic": "True"}
    sent |= {"key": form.find("input", {"name": "key"})["value"]}

    response = client.post(reverse("recurring:new"), sent)

    assert response.status_code == 302
    [recurring] = people.household.recurring_expenses.all()
    assert (recurring.description, recurring.amount, recurring.anchor) == ("Rent", 800, dt.date(2026, 11, 30))
    assert proposed(client, people.alice) == []


def test_nothing_found_says_so(client, people):
    assert "Nothing more was found." in page(client, people.alice).get_text()


def test_another_households_expenses_are_not_seen(client, people):
    make_months(people.household)

    assert proposed(client, people.charlie) == []


def test_what_was_dismissed_stays_away_whatever_is_written_later(client, people):
    make_months(people.household, "Rent 09/2026", category=people.food)
    client.force_login(people.bob)

    response = client.post(DISMISS, {"description": "Rent 11/2026", "category": people.food.pk})
    make_expense(people.household, "RENT 12/2026", "800", category=people.food, spent_on=dt.date(2026, 11, 22))

    assert response.status_code == 302
    assert sentences(response) == ["Rent 11/2026 is not proposed again."]
    assert proposed(client, people.bob) == []
    assert [(one.look, one.category) for one in people.household.dismissals.all()] == [("rent", people.food)]


def test_a_dismissal_can_be_taken_back(client, people):
    make_months(people.household, category=people.food)
    client.force_login(people.bob)
    client.post(DISMISS, {"description": "Rent", "category": people.food.pk})
    undo = page(client, people.bob).select_one(f'form[action^="{FOUND}"]')["action"]

    response = client.post(undo)

    assert response.status_code == 302
    assert proposed(client, people.bob) == ["Rent"]


def test_dismissing_twice_writes_once(client, people):
    client.force_login(people.bob)

    for _ in range(2):
        client.post(DISMISS, {"description": "Rent", "category": people.food.pk})

    assert Dismissal.objects.count() == 1


def test_a_viewer_sees_and_cannot_dismiss(client, people):
    make_months(people.household)

    assert proposed(client, people.vera) == ["Rent"]
    assert page(client, people.vera).select("main form, [aria-label=Proposals] a") == []
    assert client.post(DISMISS, {"description": "Rent", "category": people.food.pk}).status_code == 403


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"description": ""},
        {"description": "x" * 10_000},
        {"description": "Rent\0"},
        {"description": "Rent\u0007"},
        {"category": "0"},
        {"category": "9" * 40},
        {"category": "<b>"},
        {"category": "\0"},
    ],
)
def test_what_is_no_proposal_is_refused_with_a_sentence(client, people, sent):
    make_months(people.household)
    client.force_login(people.bob)

    response = client.post(DISMISS, ({"description": "Rent", "category": people.food.pk} | sent) if sent else {})

    assert response.status_code == 422
    assert BeautifulSoup(response.content, "html.parser").select_one("[role=alert] p").get_text()
    assert not Dismissal.objects.exists()


def test_a_category_of_another_household_is_refused(client, people):
    client.force_login(people.charlie)

    response = client.post(DISMISS, {"description": "Rent", "category": people.food.pk})

    assert response.status_code == 422
    assert not Dismissal.objects.exists()


def test_an_archived_category_is_passed_over(client, people):
    make_months(people.household, category=people.food)
    people.food.archive(on=TODAY)

    assert proposed(client, people.alice) == []


def test_what_a_recurring_expense_posted_is_not_proposed_under_the_name_it_had(client, people):
    recurring = make_recurring(people.household, "Flat")
    for expense in make_months(people.household, "Rent"):
        Occurrence.objects.create(
            household=people.household,
            recurring=recurring,
            nominal_on=expense.spent_on,
            due_on=expense.spent_on,
            state=State.POSTED,
            expense=expense,
        )

    assert proposed(client, people.alice) == []


def test_a_recurring_expense_covers_what_it_is_called(client, people):
    make_months(people.household, "RENT 2026")
    make_recurring(people.household, "Rent", "750")

    assert proposed(client, people.alice) == []


def test_what_is_yet_to_come_or_long_ago_is_not_counted(client, people):
    for day in [dt.date(2026, 11, 3), dt.date(2026, 12, 3), dt.date(2027, 1, 3), dt.date(2022, 11, 3)]:
        make_expense(people.household, "Rent", "800", spent_on=day)

    assert proposed(client, people.alice) == []


def test_the_index_asks_afterwards_how_much_was_found(client, people):
    make_months(people.household)
    client.force_login(people.alice)

    response = client.get(FOUND, headers={"HX-Request": "true", "HX-Target": "found-hint"})
    index = client.get(reverse("recurring:index"))

    assert BeautifulSoup(response.content, "html.parser").get_text().strip() == "1 found in your history"
    assert "HX-Target" in response.headers["Vary"]
    assert BeautifulSoup(index.content, "html.parser").find(id="found-hint")["hx-get"] == FOUND


def test_the_page_asks_as_much_for_many_rows_as_for_few(client, people):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            client.get(FOUND)
        return len(asked)

    client.force_login(people.alice)
    client.get(FOUND)
    few = queries()
    for at in range(12):
        make_months(people.household, "Bill " + "abcdefghijkl"[at] * 4, day=at + 1)
        make_recurring(people.household, f"Known {at}")
        people.household.dismissals.create(category=people.food, look=f"gone {at}")
    many = queries()

    assert len(proposed(client, people.alice)) == 12
    assert few == many <= 8


def test_refunds_are_no_bill(client, people):
    make_months(people.household, amount="-5")

    assert proposed(client, people.alice) == []
