"""The filter against a plain loop over the rows, its way into the URL and back, and what it says."""

import datetime as dt
from decimal import Decimal

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from expenses.ledger.filters import ExpenseFilter
from expenses.ledger.forms import FilterForm
from expenses.ledger.models import Cursor
from expenses.shared.months import Month
from expenses.shared.text import folded
from tests.factories import make_expense, make_method

WORDS = ["Café", "milk", "STRASSE", "Bus pass", "tea"]


def chosen(household, query: str) -> ExpenseFilter:
    return FilterForm(QueryDict(query), household=household).chosen


@pytest.fixture
def rows(people):
    """Sixty expenses of every kind, in a household whose months start on the 25th."""
    household = people.household
    household.month_starts_on = 25
    household.save()
    card, cash = make_method(household, "Card"), make_method(household, "Cash")
    categories = list(household.categories.in_order()[:3])
    for number in range(60):
        make_expense(
            household,
            f"{WORDS[number % 5]} {number}",
            str(Decimal(number * 37 % 90 - 20) + Decimal("0.5")),
            spent_on=dt.date(2026, 10, 20) + dt.timedelta(days=number * 7 % 50),
            category=categories[number % 3],
            payment_method=[card, cash, None][number % 7 % 3],
            recorded_by=[people.alice, people.bob][number % 11 % 2],
            notes="crème brûlée" if number % 6 == 0 else "",
        )
    make_expense(people.others, "Not ours")
    return people


def in_loop(chosen: ExpenseFilter):
    """The same question asked of each row in turn."""
    period, wanted = chosen.period, folded(chosen.q).split()
    return {
        row.pk
        for row in chosen.household.expenses.all()
        if all(word in folded(f"{row.description} {row.notes}") for word in wanted)
        and (not chosen.categories or row.category in chosen.categories)
        and (period.first is None or row.spent_on >= period.first)
        and (period.last is None or row.spent_on <= period.last)
        and (chosen.at_least is None or row.amount >= chosen.at_least)
        and (chosen.at_most is None or row.amount <= chosen.at_most)
        and (
            not (chosen.methods or chosen.or_no_method)
            or row.payment_method in chosen.methods
            or (chosen.or_no_method and row.payment_method is None)
        )
        and (not chosen.members or row.recorded_by in chosen.members)
    }


DAYS = st.none() | st.dates(dt.date(2026, 10, 15), dt.date(2026, 12, 15))
AMOUNTS = st.none() | st.integers(-40, 140).map(lambda halves: Decimal(halves) / 2)


@settings(max_examples=150)
@given(data=st.data())
def test_any_mix_of_filters_finds_what_a_plain_loop_finds(rows, data):
    household = rows.household
    first, last = data.draw(DAYS), data.draw(DAYS)
    least, most = data.draw(AMOUNTS), data.draw(AMOUNTS)
    filtered = ExpenseFilter(
        household=household,
        q=data.draw(
            st.sampled_from(["", "cafe", "CRÈME", "strasse", "straße", "bus 3", "te", "1", "%", "_", "nothing"])
        ),
        categories=tuple(data.draw(st.sets(st.sampled_from(list(household.categories.in_order()[:4])), max_size=2))),
        month=data.draw(st.none() | st.sampled_from([Month(2026, 11, 25), Month(2026, 12, 25)])),
        first=first,
        last=max(first, last) if first and last else last,
        at_least=least,
        at_most=max(least, most) if least is not None and most is not None else most,
        methods=tuple(data.draw(st.sets(st.sampled_from(list(household.payment_methods.all())), max_size=2))),
        or_no_method=data.draw(st.booleans()),
        members=tuple(data.draw(st.sets(st.sampled_from([rows.alice, rows.bob]), max_size=2))),
    )

    found = list(filtered.rows().newest_first())

    assert {row.pk for row in found} == in_loop(filtered)
    assert filtered.totals() == (sum((row.amount for row in found), Decimal(0)), len(found))
    read = chosen(household, filtered.query)
    assert set(read.rows()) == set(found)
    assert read.query == filtered.query


def test_whole_months_are_counted_without_looking_at_a_row(rows, django_assert_num_queries):
    filtered = chosen(rows.household, f"month=2026-11&category={rows.household.categories.first().pk}")

    with django_assert_num_queries(1) as asked:
        filtered.totals()

    assert filtered.is_quick
    assert "expenses_expense" not in asked.captured_queries[0]["sql"]


@pytest.mark.parametrize(
    ("query", "is_quick"),
    [
        ("", True),
        ("month=2026-11", True),
        ("from=2026-10-25&to=2026-11-24", True),  # the same month by its days
        ("from=2026-10-26&to=2026-11-20", True),  # its days are counted beside
        ("to=2026-11-24", True),
        ("q=cafe", False),
        ("at_most=5", False),
        ("method=none", False),
        ("month=2026-11&from=2026-12-25", False),  # nothing
    ],
)
def test_what_stands_in_the_monthly_totals(rows, query, is_quick):
    assert chosen(rows.household, query).is_quick is is_quick


def test_a_month_has_the_days_of_the_household(rows):
    days = {row.spent_on for row in chosen(rows.household, "month=2026-11").rows()}

    assert min(days) >= dt.date(2026, 10, 25)
    assert max(days) <= dt.date(2026, 11, 24)
    assert dt.date(2026, 11, 20) > min(days)


@pytest.mark.parametrize(
    "query",
    [
        "category=999999", "category=abc", "category=99999999999999999999999", "month=2026-13", "month=0000-01",
        "month=november", "from=2026-02-30", "to=0000-01-01", "to=9999-12-31", "from=2026-02-02&to=2026-01-01",
        "at_least=NaN", "at_most=1e999", "at_least=12.345", "at_least=9&at_most=2", "at_most=200000000000",
        "method=7777", "member=7777", "q=%00", f"q={'a' * 201}",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_and_left_out(client, rows, query):
    client.force_login(rows.alice)

    response = client.get(f"/expenses/?{query}")

    assert response.status_code == 200
    assert "It is left out." in response.content.decode()
    name = query.partition("=")[0]
    assert FilterForm(QueryDict(query), household=rows.household).faults
    assert f"{name}=" not in chosen(rows.household, query).query or "&" in query


def test_what_belongs_to_others_is_answered_as_what_is_not_there(rows):
    theirs, method = rows.category("Food", rows.others).pk, make_method(rows.others).pk

    strange = FilterForm(
        QueryDict(f"category={theirs}&method={method}&member={rows.charlie.pk}"), household=rows.household
    )
    absent = FilterForm(QueryDict("category=987654&method=987654&member=987654"), household=rows.household)

    assert strange.faults == absent.faults
    assert len(strange.faults) == 3


def test_a_former_member_can_still_be_looked_for(people):
    make_expense(people.household, recorded_by=people.bob)
    people.household.memberships.get(user=people.bob).leave()

    filtered = chosen(people.household, f"member={people.bob.pk}")

    assert filtered.members == (people.bob,)
    assert filtered.rows().count() == 1


def test_each_chip_says_what_it_is_and_takes_only_itself_away(rows):
    food, fun = rows.food, rows.fun
    filtered = chosen(
        rows.household, f"q=tea&month=2026-11&category={food.pk}&category={fun.pk}&at_least=5&method=none"
    )

    chips = {chip.text: chip.without for chip in filtered.chips}

    assert list(chips) == ["“tea”", "November 2026", "Food", "Fun", "no payment method", "at least 5.00"]
    assert chips["Food"] == f"q=tea&month=2026-11&at_least=5.00&category={fun.pk}&method=none"
    assert filtered.sentence == "“tea”, November 2026, Food, Fun, no payment method, at least 5.00"


@pytest.mark.parametrize(
    "text", ["", "x", "2026-11-22", "2026-11-22.", "2026-11-22.-1", "2026-13-01.5", "2026-11-22.١", "." * 9]
)
def test_what_is_no_place_in_the_list_begins_at_its_top(client, rows, text):
    client.force_login(rows.alice)

    with pytest.raises(ValueError):
        Cursor.parse(text)
    assert client.get("/expenses/", {"after": text}).status_code == 200


@pytest.mark.parametrize(
    ("query", "amounts"),
    [
        ("at_least=5&at_most=7", [5, 6, 7]),
        ("at_least=7", [7, 8]),
        ("at_most=-3", [-4, -3]),
        ("at_most=5", [-4, -3, 5]),
    ],
)
def test_both_ends_of_a_range_are_in_it(people, query, amounts):
    for amount in (-4, -3, 5, 6, 7, 8):
        make_expense(people.household, amount=str(amount))

    assert sorted(row.amount for row in chosen(people.household, query).rows()) == amounts


def test_both_ends_of_the_days_are_in_them(people):
    for day in (1, 2, 3, 4):
        make_expense(people.household, spent_on=dt.date(2026, 11, day))

    assert chosen(people.household, "from=2026-11-02&to=2026-11-03").rows().count() == 2
