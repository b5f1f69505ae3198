"""The sentences above a report: which are said, and what they say. The figures are worked out by hand."""

import datetime as dt
from decimal import Decimal

import pytest

from expenses.categories.models import Category
from expenses.ledger.filters import ExpenseFilter
from expenses.ledger.models import Spent
from expenses.people.models import Household
from expenses.reports.words import Day, Seen, of_year, sentences
from expenses.shared.months import Month

pytestmark = pytest.mark.either  # asks no database

NOV = Month(2026, 11)
NAMES = ("Rent", "Food", "Dining", "Gifts")


def seen(amounts, *, until=None, currency="USD", month=NOV, year=2026):
    """`amounts` has for each category what it cost in the months up to the last one; "-" is nothing."""
    household = Household(pk=1, currency=currency)
    categories = [Category(pk=pk, household=household, name=name) for pk, name in enumerate(NAMES, start=1)]
    sums = {}
    for one in categories:
        words = amounts.get(one.name, "").split()
        for number, word in enumerate(reversed(words)):
            if word != "-":
                amount, _, count = word.partition("/")
                sums[month.plus(-number), one.pk] = Spent(Decimal(amount), int(count or 4))
    return Seen(ExpenseFilter(household), month, sums, categories, until, year)


def said(amounts, *, decimals=2, seen_with=None, **found):
    days = {
        NAMES.index(name) + 1: [
            Day(dt.date(2026, 11, on), Decimal(amount), count, text) for on, amount, count, text in of
        ]
        for name, of in found.pop("days", {}).items()
    }
    return [one.plain(decimals) for one in sentences(seen(amounts, **(seen_with or {})), days=days, **found)]


RENT = "900 900 900 900 900 900 900 900 900 900 900 900"
TOLD = "Dining came to 260.00, 60.00 above its three-month mean of 200.00"


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        pytest.param({}, [], id="nothing at all"),
        pytest.param({"Food": "500"}, [], id="one month knows nothing"),
        pytest.param({"Food": "100 500"}, [], id="two months are no mean"),
        pytest.param({"Food": "100 100 500"}, [], id="nor are three"),
        pytest.param({"Rent": RENT}, [], id="nothing changed"),
        # November 1160, mean 1100: 60 is 5.5 %. Dining 60 of 200 is 30 %.
        pytest.param(
            {"Rent": "900 900 900 900", "Dining": "200 200 200 260"},
            ["November came to 1,160.00, 60.00 above its three-month mean of 1,100.00.", f"{TOLD}."],
            id="above",
        ),
        # 19 of 100 is less than a fifth.
        pytest.param({"Food": "100 100 100 119", "Rent": "900 900 900 900"}, [], id="less than a fifth"),
        # Exactly a fifth; the month is 20 of 1000 above, 2 %.
        pytest.param(
            {"Food": "100 100 100 120", "Rent": "900 900 900 900"},
            ["Food came to 120.00, 20.00 above its three-month mean of 100.00."],
            id="a fifth",
        ),
        # 5 of 10 is half, but less than a hundredth of 1010.
        pytest.param({"Gifts": "10 10 10 15", "Rent": "1000 1000 1000 1000"}, [], id="less than a hundredth of all"),
        # Mean 300; the months lie 133.33 from it on average, and 400 is 100 above.
        pytest.param({"Food": "100 500 300 400"}, [], id="within its ups and downs"),
        # Mean 200, spread 0 and 100 below: half.
        pytest.param(
            {"Food": "200 200 200 100", "Rent": "3000 3000 3000 3000"},
            ["Food came to 100.00, 100.00 below its three-month mean of 200.00."],
            id="below",
        ),
        # Nothing in November, 50 each in the three months before.
        pytest.param(
            {"Gifts": "50 50 50 -", "Rent": "900 900 900 900"},
            [
                "November came to 900.00, 50.00 below its three-month mean of 950.00.",
                "Gifts had nothing in November, after 150.00 in the three months before.",
            ],
            id="nothing any more",
        ),
        # Five months without, and one of 40 before: they lie 11.11 from 6.67 on average.
        pytest.param(
            {"Gifts": "40 - - - - - 64", "Rent": "900 900 900 900 900 900 900"},
            [
                "November came to 964.00, 64.00 above its three-month mean of 900.00, the highest of seven months.",
                "Gifts came to 64.00 after five months with nothing.",
            ],
            id="nothing for five months",
        ),
        pytest.param(
            {"Gifts": "64", "Rent": "3000 3000 3000 3000 3000 3000"},
            ["Gifts came to 64.00; there was nothing in the five months before."],
            id="a new category",
        ),
        # Two months of nothing are no five: 90 against a mean of 30.
        pytest.param(
            {"Gifts": "90 - - 100", "Rent": "3000 3000 3000 3000"},
            ["Gifts came to 100.00, 70.00 above its three-month mean of 30.00."],
            id="two months of nothing",
        ),
        # The two largest differences, the larger first; the month is 40 of 1300 below, 3 %.
        pytest.param(
            {"Dining": "200 200 200 260", "Food": "200 200 200 100", "Rent": "900 900 900 900"},
            [
                "Food came to 100.00, 100.00 below its three-month mean of 200.00.",
                f"{TOLD}.",
            ],
            id="the larger first",
        ),
        pytest.param(
            {"Gifts": "200 200 200 260", "Dining": "200 200 200 140", "Rent": "900 900 900 900"},
            [
                "Dining came to 140.00, 60.00 below its three-month mean of 200.00.",
                "Gifts came to 260.00, 60.00 above its three-month mean of 200.00.",
            ],
            id="equal ones by name",
        ),
        # At most three: the month, and the two largest.
        pytest.param(
            {"Rent": "900 900 900 1200", "Food": "200 200 200 300", "Dining": "100 100 100 150", "Gifts": "9 9 9 90"},
            [
                "November came to 1,740.00, 531.00 above its three-month mean of 1,209.00.",
                "Rent came to 1,200.00, 300.00 above its three-month mean of 900.00.",
                "Food came to 300.00, 100.00 above its three-month mean of 200.00.",
            ],
            id="at most three",
        ),
        # 30 came back in November: 130 below its mean of 100.
        pytest.param(
            {"Food": "100 100 100 -30", "Rent": "3000 3000 3000 3000"},
            ["Food came to +30.00, 130.00 below its three-month mean of 100.00."],
            id="a refund",
        ),
        # Mean of 40.00, 40.00, 40.01 is 40.003: rounded to the cent.
        pytest.param(
            {"Food": "40.00 40.00 40.01 60.00", "Rent": "900 900 900 900"},
            ["Food came to 60.00, 20.00 above its three-month mean of 40.00."],
            id="a mean is rounded",
        ),
        # 200 six times, then 204: not the highest, 260 is.
        pytest.param(
            {"Dining": "270 180 190 200 200 200 265", "Rent": "3000 3000 3000 3000 3000 3000 3000"},
            [
                (
                    "Dining came to 265.00, 65.00 above its three-month mean of 200.00, close to its highest of "
                    "seven months, 270.00 in May."
                )
            ],
            id="close to its highest",
        ),
        pytest.param(
            {"Dining": "250 180 190 200 200 200 265", "Rent": "3000 3000 3000 3000 3000 3000 3000"},
            ["Dining came to 265.00, 65.00 above its three-month mean of 200.00, the highest of seven months."],
            id="the highest",
        ),
        pytest.param(
            {"Dining": "260 180 190 200 200 200 260", "Rent": "3000 3000 3000 3000 3000 3000 3000"},
            [f"{TOLD}."],
            id="as high as once before",
        ),
        # Each step is small beside the mean of three; all of them are 50 of 200.
        pytest.param(
            {"Dining": "120 200 180 165 150", "Rent": "3000 3000 3000 3000 3000"},
            ["Dining has fallen every month since August: 200.00, 180.00, 165.00, 150.00."],
            id="fallen",
        ),
        pytest.param(
            {"Dining": "100 110 121 130 140 150", "Rent": "3000 3000 3000 3000 3000 3000"},
            ["Dining has risen every month since June, from 100.00 to 150.00."],
            id="risen for long",
        ),
        pytest.param({"Dining": "150 165 180 195", "Rent": "3100 3000 3000 3000"}, [
            "Dining has risen every month since August: 150.00, 165.00, 180.00, 195.00."
        ], id="three steps"),
        pytest.param({"Dining": "195 165 180 195", "Rent": "3100 3000 3000 3000"}, [], id="two steps are none"),
        # Totals 1000 five times and 1500 in July: 500 of them are Gifts.
        pytest.param(
            {"Rent": "1000 1000 1000 1000 1000 1000", "Gifts": "- 500 - - - -"},
            ["July 2026 cost most of six months, 1,500.00; 500.00 of it went on Gifts."],
            id="the month that cost most",
        ),
        pytest.param(
            {"Rent": "1000 1500 1000 1500 1000 1000"}, [], id="of two equal ones none cost most"
        ),
    ],
)  # fmt: skip
def test_what_is_said_of_a_closed_month(amounts, expected):
    assert said(amounts) == expected


ABOVE = {"Rent": "3000 3000 3000 3000", "Dining": "200 200 200 260/9"}


@pytest.mark.parametrize(
    ("days", "end"),
    [
        pytest.param([], ".", id="not asked"),
        pytest.param(
            [(13, "151", 1, "Birthday dinner"), (2, "59", 4, "x"), (5, "50", 4, "x")],
            ", most of it on one day: 151.00 for “Birthday dinner” on 13 November.",
            id="one expense",
        ),
        pytest.param(
            [(21, "70", 2, "x"), (13, "86.40", 1, "Dinner"), (2, "60", 4, "x"), (3, "43.60", 2, "x")],
            ", most of it on two days: 86.40 for “Dinner” on 13 November and 70.00 on 21 November.",
            id="two days, in their order",
        ),
        pytest.param([(21, "65", 3, "x"), (13, "65", 2, "x"), (2, "65", 2, "x"), (3, "65", 2, "x")], ".", id="even"),
        pytest.param([(21, "260", 9, "x")], ".", id="there is only one day"),
        # 130 is half, not most: another day is needed.
        pytest.param(
            [(21, "130", 3, "x"), (13, "70", 4, "x"), (2, "60", 2, "x")],
            ", most of it on two days: 70.00 on 13 November and 130.00 on 21 November.",
            id="half is not most",
        ),
        # What came back is no day to tell of; the others come to 280.
        pytest.param(
            [(21, "140", 1, "Feast"), (13, "70", 4, "x"), (9, "70", 2, "x"), (2, "-20", 2, "x")],
            ", most of it on one day: 140.00 for “Feast” on 21 November.",
            id="beside a refund",
        ),
    ],
)
def test_the_days_that_make_up_most_of_it(days, end):
    assert said(ABOVE, days={"Dining": days}) == [TOLD + end]


BEFORE = {"Rent": "900 900 900 900", "Food": "600 600 600 500"}
UNTIL = dt.date(2026, 11, 12)


@pytest.mark.parametrize(
    ("so_far", "earlier", "expected"),
    [
        (
            "1400",
            "1200",
            ["November so far comes to 1,400.00, 200.00 above the first 12 days of October, 1,200.00."],
        ),
        (
            "1079.60",
            "1200",
            ["November so far comes to 1,079.60, 120.40 below the first 12 days of October, 1,200.00."],
        ),
        ("1259", "1200", []),  # 59 is less than a twentieth
        ("1200", "1200", []),
        ("1400", None, []),  # October has fewer days
        ("-50", "1200", ["November so far comes to +50.00, 1,250.00 below the first 12 days of October, 1,200.00."]),
    ],
)
def test_a_running_month_is_compared_with_as_many_days(so_far, earlier, expected):
    found = {"so_far": Decimal(so_far), "earlier": None if earlier is None else Decimal(earlier)}

    assert said(BEFORE, seen_with={"until": UNTIL}, **found) == expected


def test_in_a_running_month_only_what_costs_more_already_is_told():
    amounts = {"Rent": "900 900 900 -", "Food": "200 200 200 90", "Dining": "200 200 200 260"}

    assert said(amounts, seen_with={"until": UNTIL}) == [
        "Dining already comes to 260.00, 60.00 above its three-month mean of 200.00."
    ]


def test_steps_of_a_running_month_end_with_the_month_before():
    amounts = {"Dining": "200 180 165 150 5", "Rent": "3000 3000 3000 3000 3000"}

    assert said(amounts, seen_with={"until": UNTIL}) == [
        "Dining has fallen every month since July: 200.00, 180.00, 165.00, 150.00."
    ]


@pytest.mark.parametrize(
    ("largest", "expected"),
    [
        ("900 500 400 100", ["Two expenses make up more than half of November: 1,400.00 of 2,600.00."]),
        ("1300 500 400", ["One expense makes up half of November: 1,300.00 of 2,600.00."]),
        ("600 500 400 100", ["Three expenses make up more than half of November: 1,500.00 of 2,600.00."]),
        ("500 400 300 300", []),  # 1,200
        ("600 400 400 400", []),  # their list would have a fourth
        ("900 500", []),  # whether there is another one is not known
        ("", []),
    ],
)
def test_few_expenses_that_make_up_half(largest, expected):
    amounts = {"Rent": "2600/20 2600/20"}

    assert said(amounts, largest=[Decimal(one) for one in largest.split()]) == expected


def test_of_few_expenses_few_make_up_half():
    assert said({"Rent": "2600/9"}, largest=[Decimal(1300), Decimal(200)]) == []


def test_a_currency_without_decimals():
    amounts = {"Rent": "90000 90000 90000 90000", "Dining": "20000 20000 20001 26000"}

    assert said(amounts, decimals=0, seen_with={"currency": "JPY"}) == [
        "November came to 116,000, 6,000 above its three-month mean of 110,000.",
        "Dining came to 26,000, 6,000 above its three-month mean of 20,000.",
    ]


def test_a_month_of_another_year_is_named_with_it():
    assert said({"Food": "100 100 100 200"}, seen_with={"month": Month(2025, 11)})[0].startswith("November 2025 came")


def test_a_year_tells_its_dearest_month_and_what_rises():
    found = of_year(seen({"Rent": "900 900 900 900 900 1000", "Food": "100 100 20 30 40 50"}))

    assert [one.plain(2) for one in found] == [
        "November 2026 cost most of six months, 1,050.00; 1,000.00 of it went on Rent.",
        "Food has risen every month since August: 20.00, 30.00, 40.00, 50.00.",
    ]


def test_the_same_figures_in_another_order_say_the_same():
    one = seen({"Rent": "900 900 900 1200", "Food": "200 200 200 300", "Dining": "100 100 100 200"})
    other = Seen(
        one.chosen, one.month, dict(reversed(one.sums.items())), list(reversed(one.categories)), one.until, one.year
    )

    assert [each.plain(2) for each in sentences(one)] == [each.plain(2) for each in sentences(other)]
