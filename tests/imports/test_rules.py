"""What rules say of rows: pure."""

import time
from dataclasses import dataclass
from decimal import Decimal

import pytest

from expenses.imports.rules import Book, Decision, Subject, expression

pytestmark = pytest.mark.either


@dataclass(frozen=True)
class Rule:
    pk: int = 1
    matching: str = "contains"
    text: str = ""
    direction: str = ""
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    payment_method_id: int | None = None
    category_id: int | None = 7
    description: str = ""
    leave_out: bool = False


def row(title: str = "ALDI SUED 12", *, cost: str = "12.50", notes: str = "", method: int | None = 3) -> Subject:
    return Subject(title, notes, Decimal(cost), method)


@pytest.mark.parametrize(
    ("rule", "subject", "fits"),
    [
        (Rule(text="aldi"), row(), True),
        (Rule(text="ALDI  süd"), row("Aldi Süd, 12"), True),
        (Rule(text="cafe"), row("Café Central"), True),
        (Rule(text="lidl"), row(), False),
        (Rule(text="rent"), row("Transfer", notes="November rent"), True),
        (Rule(text="aldi sued 12", matching="is"), row(), True),
        (Rule(text="aldi", matching="is"), row(), False),
        (Rule(text="rent", matching="is"), row("Rent", notes="November"), True),
        (Rule(text=r"^aldi \w+ \d+$", matching="regex"), row(), True),
        (Rule(text=r"^lidl", matching="regex"), row(), False),
        (Rule(text="CAFÉ", matching="regex"), row("café Central"), True),
        (Rule(text="rent$", matching="regex"), row("Transfer", notes="November rent"), True),
        (Rule(direction="out", text="aldi"), row(), True),
        (Rule(direction="in", text="aldi"), row(), False),
        (Rule(direction="in", text="aldi"), row(cost="-12.50"), True),
        (Rule(amount_from=Decimal("12.50")), row(), True),
        (Rule(amount_from=Decimal("12.51")), row(), False),
        (Rule(amount_to=Decimal("12.50")), row(), True),
        (Rule(amount_to=Decimal("12.49")), row(), False),
        (Rule(amount_from=Decimal(10), amount_to=Decimal(20)), row(cost="-15"), True),
        (Rule(payment_method_id=3), row(), True),
        (Rule(payment_method_id=4), row(), False),
        (Rule(payment_method_id=4), row(method=None), False),
        (Rule(text="aldi", payment_method_id=3, amount_to=Decimal(13), direction="out"), row(), True),
        (Rule(text="aldi", payment_method_id=3, amount_to=Decimal(12), direction="out"), row(), False),
    ],
)
def test_a_rule_fits_where_all_that_it_asks_is_so(rule, subject, fits):
    assert (Book([rule]).decide(subject) is not None) == fits


def test_the_first_rule_that_fits_decides():
    book = Book([Rule(1, text="lidl"), Rule(2, text="aldi", category_id=8), Rule(3, text="aldi", leave_out=True)])

    assert book.decide(row()) == Decision(rule=2, category=8, description="", leave_out=False)
    assert book.decide(row("Rewe")) is None


def test_a_rule_may_name_and_leave_out():
    book = Book(
        [
            Rule(1, text="paypal", category_id=None, description="PayPal"),
            Rule(2, text="own account", category_id=None, leave_out=True),
        ]
    )

    found = book.decisions([row("PAYPAL *X 99"), row("To own account"), row("Rewe")])

    assert found == [
        Decision(rule=1, category=None, description="PayPal", leave_out=False),
        Decision(rule=2, category=None, description="", leave_out=True),
        None,
    ]


def test_an_expression_that_cannot_be_read_is_said_and_fits_nothing():
    with pytest.raises(ValueError, match="no expression that can be read: missing"):
        expression("(aldi")

    assert Book([Rule(1, text="(aldi", matching="regex"), Rule(2, text="aldi")]).decide(row()).rule == 2


@pytest.mark.parametrize("text", ["(a*)*$", "(a|a)*$", "(a+)+b", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*a){12}"])
def test_no_expression_takes_long(text):
    book = Book([Rule(text=text, matching="regex")])
    before = time.process_time()

    book.decide(row("a" * 200, notes="a" * 10_000 + "!"))

    assert time.process_time() - before < 1


@pytest.mark.parametrize(
    "text", ["(a{1000}){1000}", "((a{100}){100}){100}", r"(?=a)b", r"(a)\1", "[", "*", "a" * 201 + "("]
)
def test_what_would_take_much_memory_or_goes_back_is_refused(text):
    with pytest.raises(ValueError, match="no expression"):
        expression(text)


def test_no_rules_ask_nothing():
    assert Book([]).decide(row()) is None
