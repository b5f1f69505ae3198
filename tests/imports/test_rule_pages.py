"""Rules as they are written, tried, ordered and followed."""

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from expenses.imports import ruling
from expenses.imports.models import CategoryRule, Import
from expenses.imports.states import Kind
from expenses.ledger import totals
from expenses.ledger.models import MonthTotal
from tests.factories import make_expense, make_method, make_rule
from tests.imports.test_import_pages import read

AT = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
NEW = reverse("imports:rule_new")
FIELDS = {"matching": "contains", "text": "", "leave_out": "no"}


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


def rule_of(response):
    assert response.status_code == 302, response.context["form"].errors
    return CategoryRule.objects.latest("pk")


def test_a_rule_is_tried_before_it_is_kept(alice, people):
    for n in range(12):
        make_expense(people.household, f"Aldi {n}", "5", category=people.food)
    make_expense(people.household, "Aldi market", "5", category=people.fun)
    fields = FIELDS | {"text": "ALDI", "category": people.fun.pk}

    response = alice.post(NEW, fields | {"look": "1"})

    assert response.status_code == 200
    assert "fits 13 expenses written down, and would change 12" in response.text
    assert "These are the newest 8 of 12." in response.text
    assert not CategoryRule.objects.exists()


def test_what_is_typed_is_tried_as_it_is_typed(alice, people):
    make_expense(people.household, "Aldi", "5", category=people.food)

    whole = alice.get(NEW, FIELDS | {"text": "al", "category": people.fun.pk, "look": "1"})
    part = alice.get(NEW, FIELDS | {"text": "al", "look": "1"})

    assert "would change 1." in whole.text
    assert (part.status_code, "shown once the rule is whole" in part.text) == (200, True)


def test_a_rule_changes_past_expenses_on_request_and_that_is_undone(alice, people):
    theirs = [make_expense(people.household, f"ALDI {n}", "5", category=people.food) for n in range(3)]
    other = make_expense(people.household, "Rewe", "5", category=people.food)
    before = dict(MonthTotal.objects.values_list("category", "spent"))

    response = alice.post(
        NEW, FIELDS | {"text": "aldi", "category": people.fun.pk, "description": "Aldi", "apply": "on"}, follow=True
    )

    assert "The rule is kept. 3 expenses were changed." in response.text
    for expense in (*theirs, other):
        expense.refresh_from_db()
    assert {(e.description, e.category_id, e.search_key) for e in theirs} == {("Aldi", people.fun.pk, "aldi")}
    assert (other.description, other.category_id) == ("Rewe", people.food.pk)
    undo = response.text.split('action="/expenses/undo/')[1].split('"')[0]

    alice.post(f"/expenses/undo/{undo}".replace("&amp;", "&"))

    for expense in theirs:
        expense.refresh_from_db()
    assert [(e.description, e.category_id, e.search_key) for e in theirs] == [
        (f"ALDI {n}", people.food.pk, f"aldi {n}") for n in range(3)
    ]
    assert {pk: spent for pk, spent in MonthTotal.objects.values_list("category", "spent") if spent} == before
    totals.rebuild(people.household)
    assert {pk: spent for pk, spent in MonthTotal.objects.values_list("category", "spent") if spent} == before


def test_the_undo_leads_back_to_the_page_as_it_was_narrowed(alice, people):
    make_expense(people.household, "Aldi", "5", category=people.food)
    back = "/imports/?page=1&what=decide"
    fields = FIELDS | {"text": "aldi", "category": people.fun.pk, "apply": "on", "next": back}

    response = alice.post(NEW, fields, follow=True)

    assert "?next=%2Fimports%2F%3Fpage%3D1%26what%3Ddecide" in response.text


def test_a_rule_that_is_kept_without_more_reads_no_expense(alice, people):
    fields = FIELDS | {"text": "aldi", "category": people.fun.pk}

    with CaptureQueriesContext(connection) as asked:
        alice.post(NEW, fields)

    assert CategoryRule.objects.count() == 1
    assert not [query["sql"] for query in asked if '"expenses_expense"."search_key"' in query["sql"]]


def test_without_being_asked_nothing_past_is_changed(alice, people):
    expense = make_expense(people.household, "Aldi", "5", category=people.food)

    rule_of(alice.post(NEW, FIELDS | {"text": "aldi", "category": people.fun.pk}))

    expense.refresh_from_db()
    assert expense.category == people.food


def test_what_was_changed_since_is_not_undone(alice, people):
    first, second = (make_expense(people.household, "Aldi", "5", category=people.food) for _ in range(2))
    rule = make_rule(people.household, "aldi", category=people.fun, description="Market")
    now = timezone.now()  # of today: there is an undo for thirty days
    _, batch = ruling.apply(rule, by=people.alice, at=now)
    second.refresh_from_db()
    second.description = "Mine"
    second.updated_at = now + dt.timedelta(seconds=1)
    second.save()

    alice.post(reverse("expenses:undo", args=[batch]))

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.description, first.category) == ("Aldi", people.food)
    assert (second.description, second.category) == ("Mine", people.fun)


def test_what_an_earlier_rule_decides_is_not_a_later_ones(alice, people):
    make_expense(people.household, "Aldi Reisen", "500", category=people.food)
    make_expense(people.household, "Aldi", "5", category=people.food)
    make_rule(people.household, "reisen", category=people.food)
    rule = make_rule(people.household, "aldi", category=people.fun)

    assert (ruling.trial(rule).fitting, ruling.trial(rule).count) == (1, 1)

    ruling.move(rule, up=True)
    rule.refresh_from_db()

    assert (ruling.trial(rule).fitting, ruling.trial(rule).count) == (2, 2)


def test_a_rule_is_tried_by_amount_direction_method_and_expression(people):
    card = make_method(people.household, "Card 2")
    make_expense(people.household, "Shop 1", "5", payment_method=card)
    make_expense(people.household, "Shop 2", "-5")
    make_expense(people.household, "Shop three", "50")

    def fitting(**asked):
        return ruling.trial(make_rule(people.household, asked.pop("text", ""), category=people.fun, **asked)).fitting

    assert fitting(payment_method=card) == 1
    CategoryRule.objects.all().delete()
    assert fitting(text="shop", direction="in") == 1
    CategoryRule.objects.all().delete()
    assert fitting(amount_from=Decimal(5), amount_to=Decimal(6)) == 2
    CategoryRule.objects.all().delete()
    assert fitting(text=r"^shop \d$", matching="regex") == 2


def test_a_rule_that_leaves_out_changes_nothing_written_down(alice, people):
    make_expense(people.household, "Own account", "5")

    response = alice.post(NEW, FIELDS | {"text": "own", "leave_out": "yes", "look": "1"})

    assert "fits 1 expense written down, which stay" in response.text


@pytest.mark.parametrize(
    ("fields", "name", "sentence"),
    [
        ({}, "text", "else every row would fit"),
        ({"text": "x"}, "category", "Choose a category, or write what it is called."),
        ({"text": "x", "leave_out": "yes", "description": "y"}, "description", "needs none"),
        ({"text": "(", "matching": "regex", "description": "y"}, "text", "no expression that can be read"),
        ({"text": r"(?=a)", "matching": "regex", "description": "y"}, "text", "no expression that can be read"),
        ({"text": "x" * 201, "description": "y"}, "text", "at most 200"),
        ({"text": "x\0", "description": "y"}, "text", "Null characters"),
        ({"amount_from": "-5", "description": "y"}, "amount_from", "without a minus"),
        ({"amount_from": "6", "amount_to": "5", "description": "y"}, "amount_to", "wrong way round"),
        ({"amount_from": "NaN", "description": "y"}, "amount_from", "not an amount"),
        ({"amount_from": "1e999", "description": "y"}, "amount_from", "not an amount"),
        ({"amount_to": "5.001", "description": "y"}, "amount_to", "5.00"),
        ({"amount_to": "100000000001", "description": "y"}, "amount_to", "100,000,000,000"),
        ({"text": "x", "matching": "like", "description": "y"}, "matching", "Choose one of the list."),
        ({"text": "x", "direction": "up", "description": "y"}, "direction", "Choose one of the list."),
        ({"text": "x", "leave_out": "perhaps", "description": "y"}, "leave_out", "Choose one of the list."),
        ({"text": "x", "leave_out": "", "description": "y"}, "leave_out", "Say what becomes of such a row."),
        ({"text": "x", "category": "987654"}, "category", "Choose one of the list."),
        ({"text": "x", "payment_method": "987654", "description": "y"}, "payment_method", "Choose one of the list."),
    ],
)
def test_a_rule_with_a_fault_is_not_kept(alice, people, fields, name, sentence):
    response = alice.post(NEW, FIELDS | fields)

    assert response.status_code == 422
    assert sentence in " ".join(response.context["form"].errors[name])
    assert not CategoryRule.objects.exists()
    assert all(response.context["form"][name].value() == text for name, text in fields.items())


def test_categories_and_methods_of_others_are_not_offered(alice, people):
    category = people.others.categories.first()

    response = alice.post(NEW, FIELDS | {"text": "x", "category": category.pk})

    assert response.status_code == 422
    assert not CategoryRule.objects.exists()


def test_a_form_sent_twice_writes_one_rule(alice, people):
    fields = FIELDS | {"text": "aldi", "category": people.fun.pk}

    alice.post(NEW, fields)
    alice.post(NEW, fields)

    assert CategoryRule.objects.count() == 1


def test_rules_are_listed_in_their_order_and_moved(alice, people):
    first, second, third = (make_rule(people.household, name) for name in ("one", "two", "three"))

    alice.post(reverse("imports:rule_move", args=[third.pk]), {"to": "up"})
    alice.post(reverse("imports:rule_move", args=[first.pk]), {"to": "up"})
    html = alice.get(reverse("imports:rules")).text

    assert list(people.household.category_rules.in_order()) == [first, third, second]
    assert html.index("one") < html.index("three") < html.index("two")


def test_a_rule_is_changed_and_deleted(alice, people):
    rule = make_rule(people.household, "aldi", category=people.food)
    page = reverse("imports:rule_edit", args=[rule.pk])

    alice.post(page, FIELDS | {"text": "lidl", "category": people.fun.pk, "amount_from": "5"})

    rule.refresh_from_db()
    assert (rule.text, rule.category, rule.amount_from) == ("lidl", people.fun, Decimal(5))
    assert 'value="lidl"' in alice.get(page).text

    alice.post(reverse("imports:rule_delete", args=[rule.pk]))

    assert not CategoryRule.objects.exists()


def test_the_pages_ask_as_much_for_many_rules_as_for_few(alice, people, django_assert_max_num_queries):
    method = make_method(people.household, "Card 2")
    for n in range(30):
        make_rule(people.household, f"text {n}", category=people.fun, payment_method=method)

    with django_assert_max_num_queries(8):
        alice.get(reverse("imports:rules"))
    with django_assert_max_num_queries(8):
        alice.get(NEW)
    with django_assert_max_num_queries(8):
        alice.get(NEW, FIELDS | {"text": "aldi", "category": people.fun.pk, "payment_method": method.pk, "look": "1"})


STATEMENT = b"""Date,Payee,Amount
2026-11-03,ALDI SUED 17 Berlin,-12.50
2026-11-04,ALDI SUED 17 Berlin,-3.20
2026-11-05,Own savings 1,-500.00
2026-11-06,ALDI SUED 18,2.50
"""


def rows_of(source):
    return {row.line: (row.kind, row.category_id, row.description, row.memo) for row in source.rows.in_order().all()}


def test_rows_of_a_statement_follow_the_rules(alice, people):
    make_rule(people.household, "aldi", category=people.fun, description="Aldi")
    make_rule(people.household, r"^own \w+", matching="regex", category=None, leave_out=True)

    source = read(alice, STATEMENT)

    assert rows_of(source) == {
        2: (Kind.EXPENSE, people.fun.pk, "Aldi", "ALDI SUED 17 Berlin"),
        3: (Kind.EXPENSE, people.fun.pk, "Aldi", "ALDI SUED 17 Berlin"),
        4: (Kind.LEAVE_OUT, None, "Own savings 1", ""),
        5: (Kind.REFUND, people.fun.pk, "Aldi", "ALDI SUED 18"),
    }
    assert set(source.rows.values_list("reason", flat=True)) == {"Your rule"}


def test_a_rule_that_gives_another_name_changes_no_key(alice, people):
    source = read(alice, STATEMENT)
    source.choose_among(source.rows.all(), category=people.food)
    source.answer(None, same=False)
    source.commit(by=people.alice, at=AT)
    make_rule(people.household, "aldi", category=people.fun, description="Aldi")

    again = read(alice, STATEMENT)

    assert again.tally().here == 4


def test_a_rule_made_from_a_row_is_followed_by_the_rows_that_nobody_decided_on(alice, people):
    source = read(alice, STATEMENT)
    first, second = source.rows.in_order()[:2]
    second.category, second.is_chosen = people.food, True
    second.save()
    page = f"{NEW}?row={first.pk}&next={reverse('imports:show', args=[source.pk])}"

    shown = alice.get(page)
    response = alice.post(page, FIELDS | {"text": "ALDI SUED", "category": people.fun.pk}, follow=True)

    assert shown.context["form"]["text"].value() == "ALDI SUED"
    assert "2 rows follow it." in response.text
    assert [row[1] for row in rows_of(source).values()] == [people.fun.pk, people.food.pk, None, people.fun.pk]
    assert response.redirect_chain[0][0] == f"{reverse('imports:show', args=[source.pk])}#row-{first.pk}"


def test_a_row_of_another_household_makes_no_rule(alice, people, client):
    source = read(alice, STATEMENT)
    row = source.rows.first()
    client.force_login(people.charlie)

    assert client.get(f"{NEW}?row={row.pk}").status_code == 404
    assert client.get(f"{NEW}?row=x").status_code == 404


def test_a_rule_of_an_archived_category_says_nothing(alice, people):
    make_rule(people.household, "aldi", category=people.fun)
    people.household.categories.filter(pk=people.fun.pk).update(archived_on=dt.date(2026, 11, 1))

    source = read(alice, STATEMENT)

    assert people.fun.pk not in {row[1] for row in rows_of(source).values()}
    assert "archived" in alice.get(reverse("imports:rules")).text


def test_what_follows_no_rule_is_proposed_from_history(alice, people):
    make_expense(people.household, "Own savings 1", "500", category=people.food, spent_on=dt.date(2026, 1, 5))
    make_rule(people.household, "aldi", category=people.fun)

    source = read(alice, STATEMENT)

    assert rows_of(source)[4][1] == people.food.pk


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("ALDI SUED 17 Berlin", "ALDI SUED"),
        ("Kartenzahlung 4711 Rewe Markt GmbH 22.11.", "Rewe Markt GmbH"),
        ("12345", "12345"),
        ("", ""),
        ("Café  Central", "Café  Central"),
    ],
)
def test_the_phrase_of_a_text_is_its_longest_stretch_without_a_figure(text, phrase):
    assert ruling.phrase_of(text) == phrase


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_keep_one_rule_at_once_write_one(people):
    def keep():
        rule = CategoryRule(
            household=people.household, text="aldi", category=people.fun, created_by=people.alice, created_at=AT
        )
        try:
            ruling.keep(rule)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=keep) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert CategoryRule.objects.count() == 1


def test_an_import_reads_through_the_rules_of_its_own_household_only(alice, people):
    make_rule(people.others, "aldi", leave_out=True)

    source = read(alice, STATEMENT)

    assert Kind.LEAVE_OUT not in {row[0] for row in rows_of(source).values()}
    assert Import.objects.count() == 1
