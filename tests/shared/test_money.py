"""Typed, stored and shown amounts: tables, and a round trip for every number of decimals."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expenses.shared.currencies import CURRENCIES
from expenses.shared.money import (
    AmountError,
    format_amount,
    format_plain,
    from_units,
    parse_amount,
    split,
    to_units,
)

READ = [
    ("12.50", "12.50"),
    ("12,50", "12.50"),
    ("12,5", "12.50"),
    ("1 234.50", "1234.50"),
    ("1\u00a0234,50", "1234.50"),
    ("1'234.50", "1234.50"),
    ("1,234.50", "1234.50"),
    ("1.234,50", "1234.50"),
    ("1,234,567.89", "1234567.89"),
    ("1.234.567", "1234567"),
    ("1,234,567", "1234567"),
    ("12.50+3.20", "15.70"),
    ("12,50 + 3,20 - 1", "14.70"),
    ("-5", "-5"),
    ("−5.25", "-5.25"),
    ("+7", "7"),
    (".5", "0.50"),
    ("5.", "5"),
    ("0.500", "0.50"),
    ("007", "7"),
    ("１２.５０", "12.50"),
    ("100000000000", "100000000000"),
]

REFUSED = [
    "",
    "   ",
    "abc",
    "12.50€x",
    "NaN",
    "Infinity",
    "1e999",
    "1e3",
    "12.345",
    "12,345",
    "1.2.3",
    "1,2,3",
    "1,23,456",
    "1.234.56",
    "1,234.567,8",
    "12.5.0",
    "++5",
    "5+",
    "+",
    "--5",
    "5*3",
    "100000000000.01",
    "9" * 50,
    "0x10",
    "٣",
    "1" * 300,
    "\x00",
    "12\x00",
]


@pytest.mark.parametrize(("text", "amount"), READ)
def test_reads_what_people_type(text, amount):
    assert parse_amount(text) == Decimal(amount)


@pytest.mark.parametrize("text", REFUSED)
def test_refuses_the_rest_with_a_sentence(text):
    with pytest.raises(AmountError) as refused:
        parse_amount(text)

    assert str(refused.value).endswith(".")


def test_a_single_separator_before_three_digits_is_unclear_and_says_what_to_write():
    with pytest.raises(AmountError, match=r"Write 12345 or 12\.3[45]\."):
        parse_amount("12.345")


def test_three_digits_are_decimals_where_the_currency_has_three():
    assert parse_amount("12.345", 3) == Decimal("12.345")


def test_a_currency_without_decimals_takes_none():
    assert parse_amount("1200", 0) == 1200
    with pytest.raises(AmountError, match="no decimals"):
        parse_amount("12.5", 0)


@given(st.sampled_from(sorted({currency.decimals for currency in CURRENCIES.values()})), st.data())
def test_what_is_shown_reads_back_the_same(decimals, data):
    value = Decimal(data.draw(st.integers(-(10**11), 10**11))).scaleb(-decimals)

    assert parse_amount(format_plain(value, decimals), decimals) == value
    shown = format_amount(value, decimals)
    if not (decimals != 3 and shown.count(",") == 1 and "." not in shown):  # 1,234 alone is refused as unclear
        assert parse_amount(shown, decimals) == value


@given(st.integers(-(10**15), 10**15))
def test_units_and_amounts_are_the_same_number(units):
    assert to_units(from_units(units)) == units


@pytest.mark.parametrize("value", [0.1, "NaN", "Infinity", "0.00001", "x"])
def test_what_cannot_be_stored_exactly_is_refused(value):
    with pytest.raises(ValueError, match=r"."):
        to_units(value)


def test_shows_minus_grouping_and_more_decimals_only_where_there_are_more():
    assert format_amount(Decimal("-1234.5"), 2) == "−1,234.50"
    assert format_amount(Decimal("5"), 0, plus=True) == "+5"
    assert format_amount(Decimal("1.2345"), 2) == "1.2345"
    assert format_amount(Decimal("-0.00"), 2) == "0.00"


@given(
    st.integers(0, 10**9),
    st.lists(st.integers(-5, 10**6), min_size=1, max_size=30),
)
def test_parts_add_up_to_the_whole(whole, weights):
    parts = split(whole, weights)

    if any(weight > 0 for weight in weights):
        assert sum(parts) == whole
    assert all(part >= 0 for part in parts)
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight <= 0)


def test_thirds_go_to_the_largest_remainder_first():
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(Decimal("0.10"), [1, 1, 1], unit=Decimal("0.01")) == [
        Decimal("0.04"),
        Decimal("0.03"),
        Decimal("0.03"),
    ]
