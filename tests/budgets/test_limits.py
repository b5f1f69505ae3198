"""Limits: the verb that sets them, the page of one category, the page of all."""

from decimal import Decimal

import pytest

from expenses.budgets import figures
from expenses.budgets.envelope import Leftover, walk
from expenses.budgets.models import Limit, Refused, Setting
from expenses.categories.models import Category
from expenses.shared.months import Month
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

    with pytest.raises(Refused, match=r"Fun is archived. Bring it back first."):
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

    with pytest.raises(Refused, match=sentence) as refusal:
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
    with pytest.raises(Refused, match=r"The budget begins in January 2024: what is older is history."):
        set_limit(people, Month(2023, 12), "400")


def test_a_category_of_another_household_or_one_that_is_gone_is_refused(people):
    others = people.category("Food", people.others)

    with pytest.raises(Refused, match=r"Food is not there any more."):
        Limit.set(people.household, NOV, {others: Setting(D(400), SURPLUS)})

    assert Limit.objects.count() == 0


@pytest.mark.parametrize("only", [False, True])
def test_sixty_limits_cost_as_many_queries_as_one(people, django_assert_num_queries, only):
    many = [Category(household=people.household, name=f"C{i}", name_key=f"c{i}") for i in range(60)]
    settings = {category: Setting(D(10), SURPLUS) for category in Category.objects.bulk_create(many)}

    with django_assert_num_queries(6):  # the household, categories, limits, the writing, all between two savepoints
        Limit.set(people.household, NOV, settings, only=only)

    assert people.household.limits.count() == (120 if only else 60)
