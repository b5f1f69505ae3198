"""Limits: the verb that sets them, the page of one category, the page of all."""

from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.contrib.messages import get_messages

from expenses.budgets import figures
from expenses.budgets.envelope import Leftover, walk
from expenses.budgets.models import Limit, PlanRefused, Setting
from expenses.categories.models import Category
from expenses.ledger.models import Income
from expenses.shared.months import Month
from tests.factories import make_expense
from tests.people import TODAY

D = Decimal
OCT, NOV, DEC, JAN = Month(2026, 10), Month(2026, 11), Month(2026, 12), Month(2027, 1)
SURPLUS, ALL, NONE = Leftover.SURPLUS, Leftover.ALL, Leftover.NONE


def set_limit(people, month, amount, leftover=SURPLUS, *, only=False, category="Food"):
    setting = Setting(None if amount is None else D(amount), leftover)
    Limit.set(people.household, month, {people.category(category): setting}, only=only)


def rows(people, category="Food"):
    """(month, amount, leftover) of the category's limits, the oldest first."""
    limits = people.category(category).limits.oldest_first()
    return [(str(limit.month), limit.amount, limit.leftover) for limit in limits]


def in_force(people, month, category="Food"):
    found = people.category(category).limits.in_force(month)
    return found and found.amount


# ── the verb ──────────────────────────────────────────────────────────────────────────────────────


def test_a_limit_is_in_force_from_its_month_on(people):
    set_limit(people, NOV, "400")

    assert [in_force(people, month) for month in (OCT, NOV, DEC, Month(2030, 5))] == [None, D(400), D(400), D(400)]


def test_a_limit_set_anew_leaves_earlier_and_later_months(people):
    set_limit(people, OCT, "300")
    set_limit(people, JAN, "450")

    set_limit(people, NOV, "400")

    assert rows(people) == [
        ("2026-10", D(300), "surplus"),
        ("2026-11", D(400), "surplus"),
        ("2027-01", D(450), "surplus"),
    ]


def test_the_same_month_twice_is_one_row(people):
    set_limit(people, NOV, "400")
    set_limit(people, NOV, "410", ALL)

    assert rows(people) == [("2026-11", D(410), "all")]


def test_for_this_month_only_the_next_one_gets_what_was_in_force(people):
    set_limit(people, OCT, "300", ALL)

    set_limit(people, NOV, "400", NONE, only=True)

    assert rows(people)[1:] == [("2026-11", D(400), "none"), ("2026-12", D(300), "all")]


def test_for_this_month_only_where_none_was_in_force_the_next_one_has_none(people):
    set_limit(people, NOV, "400", ALL, only=True)

    assert rows(people) == [("2026-11", D(400), "all"), ("2026-12", None, "surplus")]


def test_for_this_month_only_a_limit_of_the_next_month_stands(people):
    set_limit(people, OCT, "300")
    set_limit(people, DEC, "350", NONE)

    set_limit(people, NOV, "400", only=True)

    assert rows(people)[1:] == [("2026-11", D(400), "surplus"), ("2026-12", D(350), "none")]


def test_for_this_month_only_over_a_limit_of_that_month_the_one_replaced_goes_on(people):
    set_limit(people, OCT, "300")
    set_limit(people, NOV, "400")

    set_limit(people, NOV, "500", only=True)
    set_limit(people, NOV, "600", only=True)

    assert [row[1] for row in rows(people)] == [D(300), D(600), D(400)]


def test_a_month_changed_alone_twice_leaves_the_next_one(people):
    set_limit(people, OCT, "300")
    set_limit(people, NOV, "400", only=True)
    set_limit(people, DEC, "500", only=True)

    assert [in_force(people, month) for month in (OCT, NOV, DEC, JAN)] == [D(300), D(400), D(500), D(300)]


def test_the_last_month_of_all_has_none_after_it(people):
    set_limit(people, Month(2200, 12), "400", only=True)

    assert rows(people) == [("2200-12", D(400), "surplus")]


def test_a_limit_is_ended_and_begun_again(people):
    set_limit(people, OCT, "300")
    set_limit(people, NOV, None)
    set_limit(people, JAN, "0")

    assert [in_force(people, month) for month in (OCT, NOV, DEC, JAN)] == [D(300), None, None, D(0)]


def test_the_leftover_counts_from_its_month_on_and_rewrites_none_before(people):
    set_limit(people, OCT, "300", SURPLUS)
    set_limit(people, NOV, "300", NONE)

    plan = figures.read(people.household)
    food = people.food.pk
    found = {str(each.month): each.envelopes[food] for each in walk(plan, JAN) if food in each.envelopes}
    assert [found[month].carried for month in ("2026-10", "2026-11", "2026-12")] == [0, 300, 0]
    assert [found[month].left for month in ("2026-10", "2026-11", "2026-12")] == [300, 600, 300]


def test_several_categories_are_set_at_once_or_not_at_all(people):
    food, fun = people.food, people.fun
    fun.archive(on=TODAY)

    with pytest.raises(PlanRefused, match=r"Fun is archived. Bring it back first."):
        Limit.set(people.household, NOV, {food: Setting(D(400), SURPLUS), fun: Setting(D(50), SURPLUS)})

    assert people.household.limits.count() == 0


@pytest.mark.parametrize(
    ("currency", "amount", "sentence"),
    [
        ("USD", "-0.01", "Write an amount from zero"),
        ("USD", "100000000000.01", "Write an amount from zero"),
        ("USD", "1e999", "Write an amount from zero"),
        ("USD", "12.345", "Amounts in USD have 2 decimals at most."),
        ("JPY", "12.5", "Amounts in JPY have no decimals."),
        ("KWD", "12.3456", "Amounts in KWD have 3 decimals at most."),
    ],
)
def test_what_is_no_limit_is_refused_and_not_written(people, currency, amount, sentence):
    people.household.currency = currency
    people.household.save()

    with pytest.raises(PlanRefused, match=sentence) as refusal:
        set_limit(people, NOV, amount)

    assert refusal.value.field == "amount"
    assert rows(people) == []


@pytest.mark.parametrize(
    ("currency", "amount"), [("JPY", "1200"), ("KWD", "12.345"), ("USD", "0"), ("USD", "100000000000")]
)
def test_amounts_up_to_a_hundred_thousand_millions_in_the_decimals_of_the_currency(people, currency, amount):
    people.household.currency = currency
    people.household.save()

    set_limit(people, NOV, amount)

    assert rows(people) == [("2026-11", D(amount), "surplus")]


def test_before_the_budget_begins_all_is_history(people):
    with pytest.raises(PlanRefused, match=r"The budget begins in January 2024: what is older is history."):
        set_limit(people, Month(2023, 12), "400")


def test_a_category_of_another_household_or_one_that_is_gone_is_refused(people):
    others = people.category("Food", people.others)

    with pytest.raises(PlanRefused, match=r"Food is not there any more."):
        Limit.set(people.household, NOV, {others: Setting(D(400), SURPLUS)})

    assert Limit.objects.count() == 0


@pytest.mark.parametrize("only", [False, True])
def test_sixty_limits_cost_as_many_queries_as_one(people, django_assert_num_queries, only):
    many = [Category(household=people.household, name=f"C{i}", name_key=f"c{i}") for i in range(60)]
    settings = {category: Setting(D(10), SURPLUS) for category in Category.objects.bulk_create(many)}

    with django_assert_num_queries(6):  # the household, categories, limits, the writing, all between two savepoints
        Limit.set(people.household, NOV, settings, only=only)

    assert people.household.limits.count() == (120 if only else 60)


# ── the page of one category ──────────────────────────────────────────────────────────────────────


@pytest.fixture
def bob(client, people):
    client.force_login(people.bob)
    return client


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def limit_url(people, month="2026-11", category="Food"):
    return f"/budgets/{month}/categories/{people.category(category).pk}/"


def send(client, people, month="2026-11", **data):
    sent = {"amount": "400", "leftover": "surplus", "reach": "from"} | data
    return client.post(limit_url(people, month), sent)


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def spend(people, month, amount, category="Food"):
    make_expense(people.household, amount=amount, category=people.category(category), spent_on=month.start)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "Food: 400.00 a month from November 2026 on."),
        ({"reach": "only"}, "Food: 400.00 in November 2026 only."),
        ({"amount": "1.234,50"}, "Food: 1,234.50 a month from November 2026 on."),
        ({"amount": "0"}, "Food: 0.00 a month from November 2026 on."),
        ({"amount": "400+12,50"}, "Food: 412.50 a month from November 2026 on."),
    ],
)
def test_a_limit_is_set_and_said(bob, people, data, sentence):
    response = send(bob, people, **data)

    assert response.status_code == 302
    assert response["Location"] == "/months/2026-11/"
    assert said(response) == [sentence]
    assert len(rows(people)) == (2 if data.get("reach") else 1)


def test_a_limit_is_ended_by_its_button_whatever_is_typed(bob, people):
    set_limit(people, OCT, "300", ALL)

    response = send(bob, people, amount="nonsense", leftover="all", end="1")

    assert said(response) == ["Food: no limit from November 2026 on."]
    assert rows(people)[-1] == ("2026-11", None, "all")


def test_an_empty_amount_ends_it_too_and_where_there_is_none_asks_for_one(bob, people):
    set_limit(people, OCT, "300")

    assert send(bob, people, amount="", reach="only").status_code == 302
    assert rows(people)[1:] == [("2026-11", None, "surplus"), ("2026-12", D(300), "surplus")]
    again = send(bob, people, amount="")
    assert again.status_code == 422
    assert "Write an amount. There is no limit now." in again.text


def test_the_form_shows_what_is_in_force_and_names_what_comes_later(bob, people):
    set_limit(people, OCT, "300", NONE)
    set_limit(people, JAN, "450")
    set_limit(people, Month(2027, 3), None)

    page = soup(bob.get(limit_url(people)))

    assert page.find(id="id_amount")["value"] == "300.00"
    assert page.select_one("[name=leftover][checked]")["value"] == "none"
    assert page.select_one("[name=reach][checked]")["value"] == "from"
    words = " ".join(page.find(id="limit-help").text.split())
    assert "From January 2027 it is 450.00. From March 2027 there is none." in words


def test_what_is_said_names_a_later_limit(bob, people):
    set_limit(people, JAN, "450")

    response = send(bob, people)

    assert said(response) == ["Food: 400.00 a month from November 2026 on. From January 2027 it is 450.00."]


def test_the_month_before_and_the_mean_of_three_stand_below_and_fill_the_field(bob, people):
    for month, amount in [(Month(2026, 7), "999"), (Month(2026, 8), "100"), (OCT, "50.01"), (NOV, "7")]:
        spend(people, month, amount)

    page = soup(bob.get(limit_url(people)))

    hints = [" ".join(item.text.split()) for item in page.select(".limit-hints li")]
    assert hints == [
        "Spent in October 2026 50.01 Use what was spent in October 2026",
        "Mean of August–October 2026 50.00 Use the mean",
    ]
    filled = send(bob, people, amount="typed", leftover="all", reach="only", **{"fill-amount": "50.00"})
    assert filled.status_code == 200
    page = soup(filled)
    assert page.find(id="id_amount")["value"] == "50.00"
    assert page.select_one("[name=leftover][checked]")["value"] == "all"
    assert page.select_one("[name=reach][checked]")["value"] == "only"
    assert rows(people) == []


def test_the_mean_is_of_the_months_since_something_was_written_down(bob, people):
    spend(people, Month(2026, 9), "100")
    spend(people, OCT, "50", "Fun")

    page = soup(bob.get(limit_url(people)))

    assert "Mean of September–October 2026 50.00" in " ".join(page.select_one(".limit-hints").text.split())


def test_history_before_the_budget_counts_in_the_mean(bob, people):
    people.household.budget_from = NOV
    people.household.save()
    for month in (Month(2026, 8), Month(2026, 9), OCT):
        spend(people, month, "90")

    assert "90.00 Use the mean" in " ".join(soup(bob.get(limit_url(people))).text.split())


def test_refunds_and_nothing_are_no_limit_to_use(bob, people):
    spend(people, Month(2026, 9), "-90")

    page = soup(bob.get(limit_url(people)))

    assert page.select(".limit-hints button") == []


def test_a_link_may_bring_the_amount(bob, people):
    page = soup(bob.get(limit_url(people) + "?amount=123.45"))

    assert page.find(id="id_amount")["value"] == "123.45"


def test_it_leads_back_to_where_one_was(bob, people):
    page = soup(bob.get(limit_url(people) + "?next=/expenses/%3Fq=x"))

    assert page.select_one("[name=next]")["value"] == "/expenses/?q=x"
    assert send(bob, people, next="/expenses/?q=x")["Location"] == "/expenses/?q=x"
    assert send(bob, people, next="https://elsewhere.example/")["Location"] == "/months/2026-11/"


AMOUNTS = [
    ("-1", "Write an amount of zero or more."),
    ("0-0.01", "Write an amount of zero or more."),
    ("NaN", "is not an amount"),
    ("1e999", "is not an amount"),
    ("12.345", "unclear"),
    ("0.123", "too many decimals"),
    ("100000000001", "more than 100,000,000,000"),
    ("-100000000001", "more than 100,000,000,000"),
    ("9" * 50, "more than 100,000,000,000"),
    ("x" * 10_000, "too long for an amount"),
    ("12\0", "is not an amount"),
    ("<b>12</b>", "is not an amount"),
]


@pytest.mark.parametrize(("amount", "sentence"), AMOUNTS)
def test_what_is_no_amount_is_a_sentence_at_the_field_and_kept(bob, people, amount, sentence):
    response = send(bob, people, amount=amount)

    page = soup(response)
    assert response.status_code == 422
    assert sentence in page.find(id="id_amount_error").text
    assert page.find(id="id_amount")["value"] == amount
    assert "<b>12</b>" not in response.text
    assert rows(people) == []


@pytest.mark.parametrize("leftover", ["", "both", "SURPLUS", "x" * 10_000, "a\0b"])
def test_a_leftover_is_one_of_the_three(bob, people, leftover):
    response = send(bob, people, leftover=leftover)

    assert response.status_code == 422
    assert "Choose one of the three." in soup(response).find(id="id_leftover_error").text
    assert rows(people) == []


@pytest.mark.parametrize("reach", ["", "always", "a\0b"])
def test_it_counts_from_the_month_on_or_in_it_alone(bob, people, reach):
    response = send(bob, people, reach=reach)

    assert response.status_code == 422
    assert "Choose from when it counts." in soup(response).find(id="id_reach_error").text


@pytest.mark.parametrize(
    ("currency", "good", "bad"), [("JPY", "1200", "12.5"), ("KWD", "12.345", "12.3456"), ("USD", "12.5", "0.125")]
)
def test_decimals_are_those_of_the_currency(bob, people, currency, good, bad):
    people.household.currency = currency
    people.household.save()

    assert send(bob, people, amount=bad).status_code == 422
    assert send(bob, people, amount=good).status_code == 302
    assert rows(people) == [("2026-11", D(good), "surplus")]


def test_sent_twice_it_is_set_once(bob, people):
    set_limit(people, OCT, "300")

    assert [send(bob, people, reach="only").status_code for _ in range(2)] == [302, 302]

    assert [row[1] for row in rows(people)] == [D(300), D(400), D(300)]


def test_an_archived_category_and_a_month_of_history_say_why_nothing_can_be_set(bob, people):
    people.food.archive(on=TODAY)
    archived, history = bob.get(limit_url(people)), bob.get(limit_url(people, "2023-12", "Fun"))

    assert "Food is archived. Bring it back to set its limit." in archived.text
    assert "The budget begins in January 2024. December 2023 is history" in history.text
    for response in (archived, history):
        assert not soup(response).find(id="id_amount")
    assert send(bob, people).status_code == 422
    assert send(bob, people, "2023-12").status_code == 422
    assert Limit.objects.count() == 0


@pytest.mark.parametrize("month", ["1899-12", "2201-01", "2026-13", "2026-00", "12026-01"])
def test_what_is_no_month_has_no_page(bob, people, month):
    assert bob.get(f"/budgets/{month}/").status_code == 404
    assert bob.get(f"/budgets/{month}/categories/{people.food.pk}/").status_code == 404


@pytest.mark.parametrize("month", ["1900-01", "2200-12"])
def test_the_ends_of_the_calendar_have_pages(bob, people, month):
    people.household.budget_from = Month(1900, 1)
    people.household.save()

    assert bob.get(f"/budgets/{month}/").status_code == 200
    assert bob.get(limit_url(people, month)).status_code == 200


def test_a_category_of_another_household_is_not_found(bob, people):
    others = people.category("Food", people.others)

    assert bob.get(f"/budgets/2026-11/categories/{others.pk}/").status_code == 404
    assert bob.post(f"/budgets/2026-11/categories/{others.pk}/", {"amount": "1"}).status_code == 404


def test_without_a_pool_no_word_speaks_of_one(bob, people):
    pages = bob.get(limit_url(people)).text + bob.get("/budgets/2026-11/").text

    assert "pool" not in pages
    assert "to assign" not in pages.lower()


# ── a past month ──────────────────────────────────────────────────────────────────────────────────


def agreement(response):
    return soup(response).select_one("[name=agreed]")["value"]


def test_a_change_of_a_past_month_says_first_which_figures_change(bob, people):
    set_limit(people, Month(2026, 9), "300")
    spend(people, Month(2026, 9), "250")

    asked = send(bob, people, "2026-09", amount="350")

    page = soup(asked)
    assert asked.status_code == 200
    assert [row[1] for row in rows(people)] == [D(300)]
    figures_shown = [[cell.text for cell in row.find_all(["th", "td"])] for row in page.select("tbody tr")]
    assert figures_shown == [
        ["September 2026", "50.00", "100.00"],
        ["October 2026", "350.00", "450.00"],
        ["November 2026", "650.00", "800.00"],
    ]
    hidden = {field["name"]: field.get("value", "") for field in page.select("main input[type=hidden]")}
    done = bob.post(limit_url(people, "2026-09"), hidden)
    assert said(done) == ["Food: 350.00 a month from September 2026 on."]
    assert [row[1] for row in rows(people)] == [D(350)]


def test_from_the_question_one_leads_back_to_the_fields_as_they_were_typed(bob, people):
    asked = send(bob, people, "2026-09", amount="350,5", leftover="none", reach="only")

    fields = {field["name"]: field.get("value", "") for field in soup(asked).select("main input[type=hidden]")}
    back = bob.post(limit_url(people, "2026-09"), fields | {"back": "1"})

    assert back.status_code == 200
    page = soup(back)
    assert page.find(id="id_amount")["value"] == "350,5"
    assert page.select_one("[name=leftover][checked]")["value"] == "none"
    assert rows(people) == []


def test_other_consequences_than_those_agreed_to_are_asked_about_again(bob, people):
    set_limit(people, Month(2026, 9), "300")
    asked = send(bob, people, "2026-09", amount="350")
    spend(people, OCT, "20")

    again = send(bob, people, "2026-09", amount="350", agreed=agreement(asked))

    assert again.status_code == 200
    assert agreement(again) != agreement(asked)
    assert [row[1] for row in rows(people)] == [D(300)]
    assert send(bob, people, "2026-09", amount="350", agreed=agreement(again)).status_code == 302


def test_what_changes_no_figure_is_not_asked_about(bob, people):
    set_limit(people, OCT, "300")
    spend(people, OCT, "300")

    assert send(bob, people, "2026-10", amount="300", leftover="all").status_code == 302

    assert rows(people) == [("2026-10", D(300), "all")]


def test_the_running_month_and_later_ones_are_not_asked_about(bob, people):
    assert send(bob, people).status_code == 302
    assert send(bob, people, "2027-03").status_code == 302


def test_the_pool_is_told_of_too(bob, people):
    with_pool(people, OCT, "1000")
    set_limit(people, OCT, "300")

    asked = send(bob, people, "2026-10", amount="350", leftover="none")

    text = " ".join(soup(asked).find("main").text.split())
    assert "To assign in November 2026: 650.00 instead of 400.00" in text


def with_pool(people, month, income):
    people.household.pool_from = month
    people.household.save()
    Income.objects.create(
        household=people.household,
        description="Pay",
        amount=D(income),
        received_on=month.start,
        recorded_by=people.alice,
    )


# ── the page of all ───────────────────────────────────────────────────────────────────────────────

ALL_LIMITS = "/budgets/2026-11/"


def fields_of(response):
    """What a browser would send of the page as it stands."""
    form = soup(response).select_one("main form")
    sent = {field["name"]: field.get("value", "") for field in form.select("input[name]")}
    for select in form.select("select[name]"):
        sent[select["name"]] = (select.select_one("[selected]") or select.option)["value"]
    return sent


def change(client, people, url=ALL_LIMITS, **amounts):
    """Write amounts into the fields of categories, by their names, and send the page."""
    sent = fields_of(client.get(url))
    for name, amount in amounts.items():
        sent[f"amount-{people.category(name).pk}"] = amount
    return client.post(url, sent)


def test_all_limits_are_set_at_once(bob, people):
    set_limit(people, OCT, "300")

    response = change(bob, people, Food="350", Fun="60,50", Dining="0")

    assert response.status_code == 302
    assert response["Location"] == "/months/2026-11/"
    assert said(response) == ["3 limits are set from November 2026 on."]
    assert [in_force(people, NOV, name) for name in ("Food", "Fun", "Dining")] == [D(350), D("60.5"), D(0)]


def test_only_the_rows_that_changed_are_written(bob, people):
    set_limit(people, OCT, "300")
    set_limit(people, OCT, "50", category="Fun")

    response = change(bob, people, Food="300", Fun="51")

    assert said(response) == ["Fun: 51.00 a month from November 2026 on."]
    assert len(rows(people)) == 1
    assert len(rows(people, "Fun")) == 2


def test_nothing_changed_writes_nothing(bob, people):
    set_limit(people, OCT, "300")

    response = change(bob, people)

    assert said(response) == ["No limit was changed."]
    assert Limit.objects.count() == 1


def test_a_leftover_alone_is_a_change(bob, people):
    set_limit(people, OCT, "300")
    sent = fields_of(bob.get(ALL_LIMITS)) | {f"leftover-{people.food.pk}": "none"}

    bob.post(ALL_LIMITS, sent)

    assert rows(people)[1:] == [("2026-11", D(300), "none")]


def test_two_people_change_different_rows_at_once(bob, people):
    set_limit(people, OCT, "300")
    sent = fields_of(bob.get(ALL_LIMITS))
    set_limit(people, NOV, "500")

    bob.post(ALL_LIMITS, sent | {f"amount-{people.fun.pk}": "60"})

    assert in_force(people, NOV) == D(500)
    assert in_force(people, NOV, "Fun") == D(60)


def test_a_whole_page_for_this_month_only(bob, people):
    set_limit(people, OCT, "300")
    sent = fields_of(bob.get(ALL_LIMITS)) | {"reach": "only", f"amount-{people.food.pk}": "400"}

    first, second = bob.post(ALL_LIMITS, sent), bob.post(ALL_LIMITS, sent)

    assert said(first)[0] == "Food: 400.00 in November 2026 only."
    assert second.status_code == 302
    assert [row[1] for row in rows(people)] == [D(300), D(400), D(300)]


@pytest.mark.parametrize(("amount", "sentence"), AMOUNTS)
def test_faults_stand_at_their_fields_and_on_top_and_all_is_kept(bob, people, amount, sentence):
    response = change(bob, people, Food=amount, Fun="60")

    page = soup(response)
    food, fun = people.food.pk, people.fun.pk
    assert response.status_code == 422
    assert sentence in page.find(id=f"id_amount-{food}_error").text
    assert page.find(id=f"id_amount-{food}")["aria-describedby"] == f"id_amount-{food}_error"
    assert page.select_one(f'[data-errors] a[href="#id_amount-{food}"]').text == "Food"
    assert [page.find(id=f"id_amount-{pk}")["value"] for pk in (food, fun)] == [amount, "60"]
    assert Limit.objects.count() == 0


@pytest.mark.parametrize("leftover", ["", "both", "a\0b"])
def test_a_leftover_of_a_row_is_one_of_the_three(bob, people, leftover):
    food = people.food.pk
    sent = fields_of(bob.get(ALL_LIMITS)) | {f"leftover-{food}": leftover, f"amount-{food}": "400"}

    response = bob.post(ALL_LIMITS, sent)

    assert response.status_code == 422
    assert "Choose one of the three." in soup(response).find(id=f"id_leftover-{food}_error").text
    assert Limit.objects.count() == 0


@pytest.mark.parametrize("seen", ["", "nonsense", "1:NaN:all 2:sNaN:x", ":::: 7:", "x" * 10_000])
def test_what_the_page_showed_may_be_forged_without_harm(bob, people, seen):
    set_limit(people, OCT, "300")
    sent = fields_of(bob.get(ALL_LIMITS)) | {"seen": seen}

    assert bob.post(ALL_LIMITS, sent).status_code == 302
    assert in_force(people, NOV) == D(300)


def test_a_category_that_went_meanwhile_or_is_another_households_is_refused(bob, people):
    sent = fields_of(bob.get(ALL_LIMITS)) | {f"amount-{people.fun.pk}": "60"}
    people.fun.archive(on=TODAY)

    response = bob.post(ALL_LIMITS, sent)

    assert response.status_code == 422
    assert "A category was archived or is gone since" in response.text
    others = people.category("Food", people.others)
    foreign = fields_of(bob.get(ALL_LIMITS)) | {f"amount-{others.pk}": "60", f"leftover-{others.pk}": "all"}
    assert bob.post(ALL_LIMITS, foreign).status_code == 422
    assert Limit.objects.count() == 0


def test_an_archived_category_with_a_limit_in_force_is_shown_and_cannot_be_changed(bob, people):
    set_limit(people, OCT, "300")
    people.food.archive(on=TODAY)
    people.fun.archive(on=TODAY)

    page = soup(bob.get(ALL_LIMITS))

    last = page.select("tbody tr")[-1]
    assert "Food" in last.text
    assert "archived" in last.text
    assert not last.select("input, select")
    assert "Fun" not in page.select_one("tbody").text
    assert page.select_one("data.total")["value"] == "300.00"


def test_the_mean_and_what_was_spent_stand_beside_each(bob, people):
    for month, amount in [(Month(2026, 8), "100"), (Month(2026, 9), "200"), (OCT, "-30")]:
        spend(people, month, amount)

    row = soup(bob.get(ALL_LIMITS)).select_one(f"tr:has(#id_amount-{people.food.pk})")

    assert row.select_one(".limit-cost data")["value"] == "-30.00"
    assert row.select_one(".limit-mean data")["value"] == "90.00"
    assert row.select_one("button")["value"] == "90.00"


def fill(client, people, **more):
    food, fun = people.food.pk, people.fun.pk
    typed = fields_of(client.get(ALL_LIMITS)) | {f"amount-{food}": "typed", f"amount-{fun}": "77", "reach": "only"}
    response = client.post(ALL_LIMITS, typed | more)
    assert response.status_code == 200
    page = soup(response)
    assert page.select_one("[name=reach] [selected]")["value"] == "only"
    return [page.find(id=f"id_amount-{pk}").get("value", "") for pk in (food, fun)]


def test_buttons_fill_fields_in_and_keep_the_rest(bob, people):
    spend(people, Month(2026, 8), "30")
    set_limit(people, OCT, "300", NONE)
    set_limit(people, NOV, "350")

    assert fill(bob, people, **{f"fill-amount-{people.food.pk}": "10.00"}) == ["10.00", "77"]
    assert fill(bob, people, fill="mean") == ["10.00", "77"]
    assert fill(bob, people, fill="last") == ["300.00", ""]
    assert fill(bob, people, fill="nonsense") == ["typed", "77"]
    assert [row[1] for row in rows(people)] == [D(300), D(350)]


def test_the_leftover_of_the_month_before_is_copied_too(bob, people):
    set_limit(people, OCT, "300", NONE)
    set_limit(people, NOV, "350", ALL)
    sent = fields_of(bob.get(ALL_LIMITS)) | {"fill": "last"}

    copied = fields_of(bob.post(ALL_LIMITS, sent))

    assert copied[f"leftover-{people.food.pk}"] == "none"
    bob.post(ALL_LIMITS, copied)
    assert rows(people)[1:] == [("2026-11", D(300), "none")]


def test_copying_is_offered_where_the_month_before_had_other_limits(bob, people):
    assert "Copy the limits" not in bob.get(ALL_LIMITS).text
    set_limit(people, OCT, "300", only=True)

    assert "Copy the limits of October" in bob.get(ALL_LIMITS).text


def test_the_total_and_what_is_to_assign_then(bob, people):
    with_pool(people, NOV, "1000")
    set_limit(people, NOV, "300")
    food = people.food.pk
    shown = soup(bob.get(ALL_LIMITS))
    typed = fields_of(bob.get(ALL_LIMITS)) | {f"amount-{food}": "450"}
    filled = soup(bob.post(ALL_LIMITS, typed | {"fill": "no"}))
    faulty = soup(bob.post(ALL_LIMITS, typed | {f"amount-{food}": "x"}))

    def below(page):
        return " ".join(page.select_one(".commit p").text.split())

    assert below(shown) == "All limits 300.00 · to assign then 700.00"
    assert below(filled) == "All limits 450.00 · to assign then 550.00"
    assert below(faulty) == "All limits … · to assign then …"


def test_a_past_month_is_asked_about_once_for_all_rows(bob, people):
    with_pool(people, Month(2026, 9), "1000")
    url = "/budgets/2026-09/"

    asked = change(bob, people, url, Food="100", Fun="10")

    page = soup(asked)
    assert asked.status_code == 200
    assert "2 limits are set from September 2026 on." not in said(asked)
    heads = [" ".join(summary.text.split()) for summary in page.select("summary") if "instead of" in summary.text]
    assert heads == [
        "Food, left in November 2026: 300.00 instead of 0.00",
        "Fun, left in November 2026: 30.00 instead of 0.00",
        "To assign in November 2026: 670.00 instead of 1,000.00",
    ]
    assert Limit.objects.count() == 0
    hidden = {field["name"]: field.get("value", "") for field in page.select("main input[type=hidden]")}
    back = bob.post(url, hidden | {"back": "1"})
    assert fields_of(back)[f"amount-{people.food.pk}"] == "100"
    assert said(bob.post(url, hidden))[-1] == "2 limits are set from September 2026 on."
    assert Limit.objects.count() == 2


def test_a_month_before_the_budget_is_history(bob, people):
    response = bob.get("/budgets/2023-12/")

    assert "The budget begins in" in response.text
    assert soup(response).select_one("main form") is None
    assert bob.post("/budgets/2023-12/", {"reach": "from"}).status_code == 422


def test_a_viewer_reads_a_plain_table(client, people):
    set_limit(people, OCT, "300", NONE)
    client.force_login(people.vera)

    page = soup(client.get(ALL_LIMITS))

    assert page.select_one("main form, main input, main select, main button") is None
    assert page.select_one("tfoot data")["value"] == "300.00"
    assert "Start anew" in page.select_one("tbody").text
    assert client.post(ALL_LIMITS, {}).status_code == 403


def test_another_households_limits_are_not_in_the_page(client, people):
    set_limit(people, OCT, "300")
    client.force_login(people.charlie)

    assert "300.00" not in client.get(ALL_LIMITS).text


def test_names_are_text(bob, people):
    food = people.food
    food.name = "<b>x</b>"
    food.save()

    for response in (bob.get(ALL_LIMITS), bob.get(f"/budgets/2026-11/categories/{food.pk}/")):
        assert "<b>x</b>" not in response.text


def test_a_household_without_a_category_in_use_is_told_so(bob, people):
    people.household.categories.update(archived_on=TODAY)

    assert "No category is in use." in bob.get(ALL_LIMITS).text


@pytest.mark.parametrize("many", [0, 60])
@pytest.mark.parametrize("pool", [False, True])
def test_pages_ask_at_most_eight_queries(bob, people, django_assert_max_num_queries, many, pool):
    if pool:
        with_pool(people, Month(2026, 1), "1000")
    for number in range(many):
        Category.objects.create(household=people.household, name=f"Category {number}")
    for category in people.household.categories.all() if many else ():
        for month in (Month(2026, 3), OCT, DEC):
            Limit.set(people.household, month, {category: Setting(D(10), SURPLUS)})
        make_expense(people.household, category=category, spent_on=OCT.start)

    for url in (ALL_LIMITS, limit_url(people), "/budgets/2026-09/", "/budgets/2023-09/"):
        with django_assert_max_num_queries(8):
            assert bob.get(url).status_code == 200


def test_sixty_rows_are_saved_in_as_many_queries_as_one(bob, people, django_assert_max_num_queries):
    for number in range(60):
        Category.objects.create(household=people.household, name=f"Category {number}")
    sent = fields_of(bob.get(ALL_LIMITS))
    sent |= {name: "12" for name in sent if name.startswith("amount-")}

    with django_assert_max_num_queries(25):
        assert bob.post(ALL_LIMITS, sent).status_code == 302

    assert Limit.objects.count() == 68


def test_what_is_saved_unchanged_writes_no_row(client, people):
    set_limit(people, OCT, 400, ALL)
    client.force_login(people.alice)

    response = client.post(
        f"/budgets/{NOV}/categories/{people.category('Food').pk}/",
        {"amount": "400.00", "leftover": "all", "reach": "from"},
    )

    assert response.status_code == 302
    assert rows(people) == [("2026-10", 400, "all")]
