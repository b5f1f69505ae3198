"""The month page of a household with limits: what it says, offers and leaves out."""

import datetime as dt
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from expenses.alerts.models import Alert, Threshold
from expenses.shared.months import Month
from tests.factories import make_expense, make_income, make_limit, make_transfer
from tests.months.households import DECEMBER, NOVEMBER, OCTOBER, archived, mixed, plain, pooled


@pytest.fixture(autouse=True)
def today(time_machine):
    time_machine.move_to("2026-11-22T12:00:00Z")


def page_of(client, people, month=NOVEMBER, by=None):
    client.force_login(by or people.alice)
    return BeautifulSoup(client.get(reverse("months:show", args=[month])).content, "html.parser")


def words(element):
    return " ".join(element.text.split())


def figure(page, label):
    for found in page.select(".figure"):
        if found.select_one(".figure-label").text.strip() == label:
            return found
    return None


def row(page, category):
    return page.select_one(f"#category-{category.pk}")


def warn(people, *categories):
    """As the alerts leave it on the household's row."""
    notices = []
    for category in categories:
        alert = Alert.objects.create(
            household=people.household, category=category, month=NOVEMBER, threshold=Threshold.OVER
        )
        told = {"alert": alert.pk, "month": NOVEMBER.number, "category": category.pk, "name": category.name}
        notices.append(told | {"threshold": 100, "left": "-1.0000"})
    people.household.notices = notices
    people.household.save()


def test_the_four_figures(client, people):
    pooled(people)

    page = page_of(client, people)

    shown = {
        words(each.select_one(".figure-label")): each.select_one(".figure-value data")["value"]
        for each in page.select(".figure")
    }
    # Food 400 + 12.40 + 20 − 310.30, Fun 100 − 20 + 15 − 118.40, Rent 1380 + 1380 − 1380,
    # Bills 200 + 205 − 74.31, Transport 90.50 − 35: together 1,864.89.
    assert shown == {"Left": "1864.89", "Spent": "1883.01", "Left per day": "173.06", "To assign": "1953.50"}


def test_somebody_with_one_limit_so_far_reads_of_that_one(client, people):
    mixed(people)

    page = page_of(client, people)

    assert figure(page, "Left").select_one(".figure-value data")["value"] == "70.00"
    assert words(figure(page, "Spent").select_one(".figure-note")) == "and 1,380.00 without a limit"
    rent = row(page, people.category("Rent"))
    assert "no limit" in words(rent)
    assert "over" not in words(rent.select_one(".category-line"))
    assert page.select(".notice") == []


def test_rows_say_over_near_used_up_and_without_a_limit(client, people):
    plain(people)
    make_limit(people.category("Gifts"), "80", NOVEMBER)

    page = page_of(client, people)

    assert "18.40 over" in words(row(page, people.fun).select_one("summary"))
    assert row(page, people.fun).select_one(".pill.is-over")
    assert "is-near" in row(page, people.category("Gifts"))["class"]
    rent = row(page, people.category("Rent"))
    assert rent.select(".pill") == []


def test_used_up_exactly_is_calm(client, people):
    make_limit(people.food, "12.50", NOVEMBER)
    make_expense(people.household, category=people.food)

    found = row(page_of(client, people), people.food)

    assert "is-spent-up" in found["class"]
    assert found.select(".pill") == []
    assert "0.00 left" in words(found.select_one("summary"))


def test_a_row_offers_its_limit_a_move_and_where_it_is_over_a_cover(client, people):
    plain(people)

    page = page_of(client, people)

    acts = {words(link): link["href"] for link in row(page, people.fun).select(".category-open > .row a")}
    assert acts == {
        "Cover 18.40": f"/budgets/2026-11/cover/{people.fun.pk}/",
        "Set limit": f"/budgets/2026-11/categories/{people.fun.pk}/",
        "Move money": f"/transfers/new/?month=2026-11&source={people.fun.pk}",
    }
    assert "Cover" not in words(row(page, people.food))


def test_a_viewer_reads_it_all_and_is_offered_nothing(client, people):
    pooled(people)
    warn(people, people.fun)

    page = page_of(client, people, by=people.vera)

    assert "is 23.40 over its limit" in words(page.select_one(".notice"))
    main = page.select_one("main")
    assert main.select("form") == []
    for offer in ("Set limit", "Set a limit", "Move money", "Cover", "Lower a limit", "Reverse"):
        assert offer not in words(main)


@pytest.mark.parametrize(
    ("leftover", "sentence"),
    [
        ("surplus", "what is left stays in Food; what is overspent is not carried over."),
        ("all", "what is left stays in Food, and what is overspent it pays back."),
        ("none", "Food starts at its limit again each month."),
    ],
)
def test_the_rule_of_what_is_left_stands_in_words(client, people, leftover, sentence):
    make_limit(people.food, "100", NOVEMBER, leftover)

    assert sentence in words(row(page_of(client, people), people.food))


def test_the_running_month_has_a_pace_and_a_day_and_others_have_not(client, people):
    plain(people)

    now, before, after = (page_of(client, people, month) for month in (NOVEMBER, OCTOBER, DECEMBER))

    assert now.select(".bar-today")
    assert words(figure(now, "Left per day").select_one(".figure-note")) == "for 9 days, 18.40 over"
    for page in (before, after):
        assert page.select(".bar-today") == []
        assert figure(page, "Left per day") is None
        assert page.select(".notice") == []
    assert "as things stand today" in words(after.select_one("main"))


def test_the_last_day_counts_as_one(client, people, time_machine):
    time_machine.move_to("2026-11-30T12:00:00Z")
    make_limit(people.food, "10", NOVEMBER)

    page = page_of(client, people)

    assert words(figure(page, "Left per day").select_one(".figure-note")) == "for 1 day"
    assert figure(page, "Left per day").select_one("data")["value"] == "10.00"


def test_what_is_over_is_said_with_its_mend_and_one_click_covers_it(client, people):
    plain(people)
    warn(people, people.fun)

    notice = page_of(client, people).select_one(".notice")

    assert "Fun is 18.40 over its limit. Rent has the most left, 1,380.00." in words(notice)
    form = notice.select_one("form")
    assert words(form) == "Cover 18.40 from Rent"
    sent = {field["name"]: field["value"] for field in form.select("input") if field.get("value")}
    for _ in range(2):  # a double click
        assert client.post(form["action"], sent).status_code == 302
    assert people.household.transfers.get().amount == Decimal("18.40")
    assert row(page_of(client, people), people.fun).select(".pill") == []


def test_the_pool_pays_where_no_category_can(client, people):
    make_limit(people.fun, "100", NOVEMBER)
    make_expense(people.household, "Concert", "118.40", category=people.fun)
    make_income(people.household, amount="500", received_on=dt.date(2026, 11, 1))
    people.household.pool_from = NOVEMBER
    people.household.save()
    warn(people, people.fun)

    notice = page_of(client, people).select_one(".notice")

    assert "400.00 is to assign." in words(notice)
    assert notice.select_one("[name=source]")["value"] == "pool"


def test_who_has_less_than_is_needed_covers_that(client, people):
    make_limit(people.fun, "100", NOVEMBER)
    make_limit(people.food, "5", NOVEMBER)
    make_expense(people.household, "Concert", "118.40", category=people.fun)
    warn(people, people.fun)

    assert "Cover 5.00 from Food" in words(page_of(client, people).select_one(".notice"))


def test_nobody_can_pay(client, people):
    make_limit(people.fun, "100", NOVEMBER)
    make_expense(people.household, "Concert", "118.40", category=people.fun)
    warn(people, people.fun)

    notice = page_of(client, people).select_one(".notice")

    assert "Nothing else has anything left." in words(notice)
    assert notice.select("[name=source]") == []


def test_what_was_dismissed_or_is_over_no_longer_is_not_said(client, people):
    plain(people)
    warn(people, people.fun)
    make_limit(people.category("Gifts"), "10", NOVEMBER)  # over too, and dismissed
    assert len(page_of(client, people).select(".notice")) == 1

    make_expense(people.household, "Refund", "-30", category=people.fun)

    assert page_of(client, people).select(".notice") == []


def test_several_overspent_have_a_line_each(client, people):
    categories = list(people.household.categories.in_order())
    for number, category in enumerate(categories[:5], start=1):
        make_limit(category, "10", NOVEMBER)
        make_expense(people.household, "Too much", str(10 + number), category=category)
    warn(people, *categories[:5])

    page = page_of(client, people)

    assert words(page.select_one(".notices > .notice")).startswith("Health is 5.00 over")
    assert len(page.select(".notice")) == 5
    assert "2 more" in words(page.select_one(".notices > details > summary"))


def test_planned_more_than_there_is(client, people):
    make_limit(people.food, "620", NOVEMBER)
    make_income(people.household, amount="500", received_on=dt.date(2026, 11, 1))
    people.household.pool_from = NOVEMBER
    people.household.save()

    notice = page_of(client, people).select_one(".notice")

    assert "You have planned 120.00 more than you have." in words(notice)
    assert [link["href"] for link in notice.select("a")] == [
        "/budgets/2026-11/", "/transfers/new/?month=2026-11&destination=pool", "/incomes/new/",
    ]  # fmt: skip


def test_a_pool_without_a_limit_stands_beside_what_was_spent(client, people):
    make_expense(people.household)
    make_income(people.household, amount="500", received_on=dt.date(2026, 11, 1))
    people.household.pool_from = NOVEMBER
    people.household.save()

    page = page_of(client, people)

    assert figure(page, "Left") is None
    assert figure(page, "To assign").select_one(".figure-value data")["value"] == "500.00"


def test_without_a_pool_nothing_speaks_of_one(client, people):
    plain(people)

    text = words(page_of(client, people).select_one("main")).casefold()

    assert "assign" not in text
    assert "income" not in text


def test_a_household_without_limits_is_offered_them(client, people):
    make_expense(people.household)

    page = page_of(client, people)

    assert words(page.select_one(".notice")).startswith("No category has a limit in November.")
    assert page.select_one(".notice a")["href"] == "/budgets/2026-11/"


def test_a_refund_alone_plans_nothing(client, people):
    make_expense(people.household, "Returned", "-5", spent_on=dt.date(2026, 10, 3))
    make_expense(people.household)

    assert figure(page_of(client, people), "Left") is None


def test_an_empty_month_has_three_ways_to_begin(client, people):
    page = page_of(client, people)

    assert [words(each.h2) for each in page.select(".start")] == [
        "Write down your first expense", "Bring in a bank statement", "Set a limit",
    ]  # fmt: skip


def test_a_month_with_limits_and_no_expense_yet_shows_what_is_left(client, people):
    make_limit(people.food, "100", OCTOBER)

    page = page_of(client, people, DECEMBER)

    assert page.select(".start") == []
    assert figure(page, "Left").select_one("data")["value"] == "300.00"


def test_an_archived_category_with_figures_is_shown_without_offers(client, people):
    archived(people)

    now, later = row(page_of(client, people), people.food), row(page_of(client, people, DECEMBER), people.food)

    assert now.select(".category-open > .row a") == []
    assert "Food is archived." in words(now)
    assert later is not None  # what it carries over is still there


def test_a_move_within_one_category_since_a_merge_changes_no_sum(client, people):
    make_limit(people.food, "100", NOVEMBER)
    make_transfer(people.household, "10", month=NOVEMBER, source=people.food, destination=people.food)

    page = page_of(client, people)

    assert "Moved" not in words(row(page, people.food).select_one(".sum"))
    assert "Within Food" in words(page.select_one(".moves"))


def test_months_that_start_on_the_25th_have_their_own_pace(client, people):
    people.household.month_starts_on = 25
    people.household.save()
    make_limit(people.food, "100", NOVEMBER)

    page = page_of(client, people)

    assert page.select_one(".bar-today")["x"] == "93.5%"  # day 29 of 31
    assert words(figure(page, "Left per day").select_one(".figure-note")) == "for 3 days"


@pytest.mark.parametrize(
    ("currency", "amount", "left", "a_day"), [("JPY", "1000", "1000", "111"), ("KWD", "10.000", "10.000", "1.111")]
)
def test_amounts_have_the_currency_s_decimals(client, people, currency, amount, left, a_day):
    people.household.currency = currency
    people.household.save()
    make_limit(people.food, amount, NOVEMBER)

    page = page_of(client, people)

    assert figure(page, "Left").select_one("data")["value"] == left
    assert figure(page, "Left per day").select_one("data")["value"] == a_day


def test_the_budget_may_begin_later_than_today(client, people):
    plain(people)
    people.household.budget_from = Month(2027, 3)
    people.household.save()

    page = page_of(client, people)

    assert figure(page, "Left") is None
    assert "The budget begins in March 2027." in words(page)
    assert figure(page, "Spent")
