"""Alerts as somebody meets them: written in one place, told on every page, dismissed, raised anew."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from expenses.alerts.models import Alert
from expenses.people.models import Household
from expenses.shared.months import Month
from tests.alerts import NOV, entry, notices, page, set_limit, spend, toasts, told
from tests.factories import make_expense, make_import

PATHS = ["/categories/", "/expenses/", "/reports/largest/", "/imports/", "/settings/household/", "/settings/members/"]


@pytest.fixture
def food(people):
    set_limit(people.food, "100")
    return people.food


@pytest.fixture
def over(alice, people, food):
    """Food is 18.40 over, and everybody has been told."""
    spend(alice, food, "118.40")
    return Alert.objects.get(category=food, threshold=100)


def dismiss(client, alert, **extra):
    return client.post(f"/alerts/{alert.pk}/dismiss/", **extra)


# ── a month of alerts ─────────────────────────────────────────────────────────────────────────────


def test_from_the_first_word_to_the_second_round(alice, people, food):
    spend(alice, food, "79.99")
    assert notices(alice) == []

    spend(alice, food, "0.01")
    assert notices(alice) == ["Food is near its limit: 20.00 left."]

    spend(alice, food, "20")
    assert notices(alice) == []  # used up exactly

    spend(alice, food, "18.40")
    assert notices(alice) == ["Food is 18.40 over its limit."]

    dismiss(alice, Alert.objects.get(threshold=100))
    assert notices(alice) == []

    spend(alice, food, "1.60")
    assert notices(alice) == []  # over as before

    spend(alice, food, "-40")
    assert notices(alice) == []  # 80 % again, and it was told that it was near

    spend(alice, food, "30")
    assert notices(alice) == ["Food is 10.00 over its limit."]
    assert Alert.objects.get(threshold=100).round == 2


@pytest.mark.parametrize("path", PATHS)
def test_every_page_tells(alice, over, path):
    assert notices(alice, path) == ["Food is 18.40 over its limit."]


@pytest.mark.parametrize("path", ["/expenses/new/", "/nowhere/"])
def test_a_sheet_says_nothing_but_its_own_and_a_missing_page_tells_too(alice, over, path):
    assert len(notices(alice, path)) == (0 if path == "/expenses/new/" else 1)


def test_the_signed_out_and_strangers_read_nothing(alice, over, client, people):
    client.force_login(people.charlie)
    assert notices(client) == []
    client.logout()
    assert notices(client, "/") == []


def test_the_mend_and_the_way_to_dismiss_it_are_for_editors(alice, over, client, people):
    client.force_login(people.bob)
    notice = page(client.get("/categories/")).select_one(".notice")
    cover = reverse("budgets:cover", args=[NOV, people.food.pk])
    assert notice.select_one(f'a[href="{cover}"]').text == "Cover"
    assert notice.form["action"] == f"/alerts/{over.pk}/dismiss/"

    client.force_login(people.vera)

    notice = page(client.get("/categories/")).select_one(".notice")
    assert "Food is 18.40 over" in " ".join(notice.text.split())
    assert notice.form is None
    assert notice.select(".button") == []


def test_what_is_near_is_told_in_words_and_by_a_mark(alice, food):
    spend(alice, food, "90")

    notice = page(alice.get("/categories/")).select_one(".notice")

    assert "is-near" in notice["class"]
    assert notice.select_one("svg use")["href"].endswith("#near")
    assert notice.select_one("data.amount")["value"] == "10.00"


def test_dismissed_by_one_it_is_gone_for_all_and_leads_back(alice, over, client, people):
    response = dismiss(alice, over, headers={"Referer": "http://testserver/expenses/?q=x"})

    assert response["Location"] == "/expenses/?q=x"
    assert told(people.household) == []
    client.force_login(people.bob)
    assert notices(client) == []
    over.refresh_from_db()
    assert over.dismissed_at is not None


def test_dismissed_twice_it_stays_dismissed_since_the_first_time(alice, over):
    dismiss(alice, over)
    over.refresh_from_db()
    first = over.dismissed_at

    dismiss(alice, over)

    over.refresh_from_db()
    assert over.dismissed_at == first


def test_who_dismisses_that_it_is_over_need_not_be_told_that_it_is_near(alice, food):
    spend(alice, food, "90")
    spend(alice, food, "20")
    dismiss(alice, Alert.objects.get(threshold=100))

    spend(alice, food, "-14")

    assert notices(alice) == []


def test_what_a_viewer_or_a_stranger_dismisses_stays(over, client, people):
    client.force_login(people.vera)
    assert dismiss(client, over).status_code == 403
    client.force_login(people.charlie)
    assert dismiss(client, over).status_code == 404

    assert told(people.household) != []


@pytest.mark.parametrize("pk", ["0", "99999999999999999999"])
def test_an_alert_that_is_none_is_not_found(alice, pk):
    assert alice.post(f"/alerts/{pk}/dismiss/").status_code == 404


def test_looking_at_the_address_dismisses_nothing(alice, over):
    assert alice.get(f"/alerts/{over.pk}/dismiss/").status_code == 405


def test_a_name_is_shown_as_it_was_written(alice, people, food):
    food.name = '<b>Food</b> & "co"'
    food.save()

    spend(alice, food, "110")

    assert notices(alice) == ['<b>Food</b> & "co" is 10.00 over its limit.']


def test_more_than_two_fold_away(alice, people):
    for category in people.household.categories.in_order()[:5]:
        set_limit(category, "10")
        spend(alice, category, "11")

    section = page(alice.get("/categories/")).select_one(".notices")

    assert len(section.select(".notice")) == 5
    assert section.summary.text.strip() == "3 more"
    assert len(section.details.select(".notice")) == 3


# ── when ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("spent_on", ["2026-10-31", "2026-12-01"])
def test_only_the_running_month_alerts(alice, people, food, spent_on):
    set_limit(food, "100", month=Month(2026, 1))

    spend(alice, food, "500", spent_on=spent_on)

    assert notices(alice) == []
    assert not Alert.objects.exists()


def test_as_the_next_month_begins_the_old_one_is_told_no_more(alice, over, monkeypatch):
    monkeypatch.setattr(Household, "today", lambda household: dt.date(2026, 12, 1))

    assert notices(alice) == []


def test_a_refused_form_looks_at_nothing(alice, food, monkeypatch):
    monkeypatch.setattr("expenses.alerts.middleware.look", lambda *args, **kwargs: pytest.fail("looked"))

    assert alice.post("/expenses/new/", entry(food, "nonsense")).status_code == 422
    assert alice.get("/expenses/").status_code == 200


def test_what_others_wrote_by_other_means_is_found_by_the_next_write(alice, people, food):
    make_expense(people.household, amount="150", category=food)
    assert notices(alice) == []

    spend(alice, people.fun, "1")

    assert notices(alice) == ["Food is 50.00 over its limit."]


def test_deleting_and_bringing_back_takes_it_back_and_raises_it_anew(alice, people, over):
    expense = people.household.expenses.get()

    response = alice.post(f"/expenses/{expense.pk}/delete/", follow=True)

    assert notices(alice) == []
    undo = page(response).select_one(".toast form")["action"]
    alice.post(undo)
    assert notices(alice) == ["Food is 18.40 over its limit."]
    over.refresh_from_db()
    assert over.round == 2


def test_a_changed_limit_tells_pages_and_mails_nobody(alice, people, food):
    spend(alice, food, "70")

    form = {"amount": "60", "leftover": "surplus", "reach": "from"}
    assert alice.post(reverse("budgets:limit", args=[NOV, food.pk]), form).status_code == 302

    assert notices(alice) == ["Food is 10.00 over its limit."]
    assert not Alert.objects.to_mail().exists()


def test_other_first_days_of_months_raise_nothing(alice, people):
    set_limit(people.food, "100")
    make_expense(people.household, amount="90", category=people.food, spent_on=dt.date(2026, 10, 27))
    make_expense(people.household, amount="90", category=people.food, spent_on=dt.date(2026, 11, 3))

    alice.post("/settings/months/", {"month_starts_on": "25"})

    people.household.refresh_from_db()
    assert people.household.month_starts_on == 25
    assert notices(alice) == []
    assert not Alert.objects.to_mail().exists()
    assert Alert.objects.get(threshold=100).armed is False  # taken over: 80.00 over in November now


def test_a_household_that_is_deleted_is_not_looked_at(alice, people, over, caplog):
    alice.post("/settings/household/delete/", {"name": people.household.name})

    assert not Household.objects.filter(pk=people.household.pk).exists()
    assert "no look" not in caplog.text


# ── what is said of what was written ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("70.10", "Saved. Food: 29.90 left."),
        ("118.40", "Saved. Food: 18.40 over."),
        ("100", "Saved. Food: 0.00 left."),
    ],
)
def test_writing_says_what_is_left(alice, food, amount, said):
    spend(alice, food, amount)

    assert toasts(alice) == [said]


@pytest.mark.parametrize(
    ("spent_on", "said"),
    [
        ("2026-10-05", "Saved. Food: 90.00 left in October."),
        ("2026-12-05", "Saved. Food: 190.00 left in December."),  # with what November leaves
        ("2025-12-05", "Saved. Food: 10.00 spent in December 2025."),  # no limit was set then
    ],
)
def test_another_month_is_named(alice, people, spent_on, said):
    set_limit(people.food, "100", month=Month(2026, 10), leftover="none")
    set_limit(people.food, "100")

    spend(alice, people.food, "10", spent_on=spent_on)

    assert toasts(alice) == [said]


def test_without_a_limit_it_says_what_was_spent(alice, people, food):
    spend(alice, people.fun, "10")

    assert toasts(alice) == ["Saved. Fun: 10.00 spent in November."]


def test_where_there_is_a_pool_it_says_what_a_refund_left(alice, people):
    Household.objects.filter(pk=people.household.pk).update(pool_from=Month(2026, 10))
    make_expense(people.household, amount="-20", category=people.food, spent_on=dt.date(2026, 10, 3))

    spend(alice, people.food, "5")
    now = toasts(alice)
    spend(alice, people.food, "5", spent_on="2026-12-05")

    assert now == ["Saved. Food: 15.00 left."]
    assert toasts(alice) == ["Saved. Food: 10.00 left in December."]


def test_a_budget_that_begins_later_says_what_was_spent(alice, people, food):
    Household.objects.filter(pk=people.household.pk).update(budget_from=Month(2027, 1))

    spend(alice, food, "110")

    assert toasts(alice) == ["Saved. Food: 110.00 spent in November."]
    assert notices(alice) == []


def test_changing_and_deleting_say_it_too(alice, people, food):
    expense = make_expense(people.household, amount="40", category=food)

    alice.post(f"/expenses/{expense.pk}/edit/", entry(food, "55"))
    changed = toasts(alice)
    alice.post(f"/expenses/{expense.pk}/delete/")

    assert changed == ["Saved Groceries. Food: 45.00 left."]
    assert toasts(alice) == ["Deleted Groceries. Food: 100.00 left."]


def test_an_import_that_crosses_several_says_so_in_one_sentence(alice, people):
    source = make_import(people.household, by=people.alice)  # 12.50 in the first category
    first = source.rows.get().category
    for category in (first, people.food, people.fun):
        set_limit(category, "10")
    make_expense(people.household, amount="9", category=people.food)
    make_expense(people.household, amount="19", category=people.fun)
    source.state = "mapped"
    source.save()

    alice.post(f"/imports/{source.pk}/commit/")

    assert toasts(alice)[1:] == [f"3 categories are over or near their limits: Fun, {first} and Food."]
    assert len(notices(alice)) == 3
    assert Alert.objects.to_mail().count() == 3


# ── what it costs ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", PATHS)
def test_pages_ask_not_one_query_more_for_it(alice, people, path, django_assert_num_queries):
    for category in people.household.categories.in_order():
        set_limit(category, "10")
        make_expense(people.household, amount="9", category=category)
    alice.get(path)
    with CaptureQueriesContext(connection) as before:
        alice.get(path)
        asked = len(before)
    spend(alice, people.food, "1")
    assert len(notices(alice, path)) == 7  # all but Food, which is used up exactly

    with django_assert_num_queries(asked):
        alice.get(path)
