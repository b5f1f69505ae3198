"""No sentence is ever false: each is read again and held against sums over the rows themselves."""

import datetime as dt
import random
import re
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from django.http import QueryDict

from expenses.ledger.models import Expense
from expenses.reports.forms import ReportForm, TrendsForm, YearForm
from expenses.reports.menu import BY_NAME
from expenses.reports.review import Review
from expenses.reports.words import NUMBERS
from expenses.shared.months import Month

CENT = Decimal("0.01")


class Books:
    """The rows of a household, added up one by one."""

    def __init__(self, household):
        self.household = household
        self.rows = list(household.expenses.select_related("category"))

    def month(self, text, on):
        """“October”, or “October 2025”."""
        name, _, year = text.partition(" ")
        number = [Month(2026, n).short_name for n in range(1, 13)].index(name) + 1
        return Month(int(year or self.household.month_of(on).year), number, self.household.month_starts_on)

    def spent(self, first, last, name=None):
        return sum(
            (row.amount for row in self.rows if first <= row.spent_on <= last and name in (None, row.category.name)),
            Decimal(0),
        )

    def count(self, month, name=None):
        return sum(month.contains(row.spent_on) and name in (None, row.category.name) for row in self.rows)

    def of(self, month, name=None):
        return self.spent(month.start, month.last_day, name)

    def mean(self, month, name=None):
        sums = sum((self.of(month.plus(-n), name) for n in (1, 2, 3)), Decimal(0))
        return (sums / 3).quantize(CENT, ROUND_HALF_EVEN)


def random_household(people, seed):
    """Fifteen months of four categories that go up and down, pause, begin late and come back."""
    chance = random.Random(seed)
    household = people.household
    household.month_starts_on = chance.choice([1, 1, 10, 25])
    household.save()
    rows = []
    for category in list(household.categories.in_order())[:5]:
        usual, wild = chance.choice([20, 100, 400]), chance.choice([0, 0.1, 0.9])
        begins, pause, drift = chance.choice([0, 0, 0, 9]), chance.randrange(15), chance.choice([0, 0, 0.08])
        for number in range(begins, 15):
            if pause <= number < pause + chance.choice([0, 1, 5]):
                continue
            month = Month(2025, 9).plus(number)
            for _ in range(2 if drift else chance.choice([1, 2, 6])):
                amount = usual * (1 + drift * number) * (1 + chance.uniform(-wild, wild))
                amount *= 1 if drift else chance.choice([1, 1, 1, 1, 1, 3, -0.5])
                day = month.start + dt.timedelta(days=chance.randrange(28))
                rows.append(
                    Expense(
                        household=household,
                        category=category,
                        recorded_by=people.alice,
                        description=chance.choice(["Shop", "Weekly shop", "Trip"]),
                        amount=Decimal(str(round(amount, 2))) or CENT,
                        spent_on=day,
                    )
                )
    Expense.objects.bulk_create(rows)
    return Books(household)


def amount(text):
    text = text.replace(",", "")
    return -Decimal(text[1:]) if text[0] in "+−" else Decimal(text)


A = r"([+−]?[\d,]+\.\d\d)"
MONTH = r"([A-Z][a-z]+(?: \d{4})?)"


def check(books, sentence, month, on):
    """The sentence by its own words; gives which kind it was."""
    text = sentence.plain(2)
    name = sentence.name or None

    def holds(pattern):
        return re.search(pattern, text)

    if found := holds(rf"(?:came|comes) to {A}, {A} (above|below) its three-month mean of {A}"):
        here, size, mean = amount(found[1]), amount(found[2]), amount(found[4])
        assert here == books.of(month, name)
        # What a category's mean is rounded by goes to the largest, so that all of them come to the mean of all.
        assert abs(mean - books.mean(month, name)) <= (3 * CENT if name else 0)
        assert size == abs(here - mean)
        assert (found[3] == "above") == (here > mean)
        kind = found[3]
    elif found := holds(
        rf"^{MONTH} so far comes to {A}, {A} (above|below) the first (?:(\d+) days|day) of {MONTH}, {A}"
    ):
        days, before = int(found[5] or 1), books.month(found[6], on)
        here, earlier = amount(found[2]), amount(found[7])
        assert days == (on - month.start).days + 1
        assert here == books.spent(month.start, on)
        assert earlier == books.spent(before.start, before.start + dt.timedelta(days=days - 1))
        assert amount(found[3]) == abs(here - earlier)
        assert (found[4] == "above") == (here > earlier)
        kind = "so far"
    elif found := holds(rf"to {A}(?: after|; there was nothing in the) (\w+) months (?:with nothing|before)"):
        assert amount(found[1]) == books.of(month, name)
        silent = NUMBERS.index(found[2])
        assert not any(books.count(month.plus(-n), name) for n in range(1, silent + 1))
        assert "after" not in text or books.count(month.plus(-silent - 1), name)
        kind = "silence"
    elif found := holds(rf"had nothing in {MONTH}, after {A} in the three months"):
        assert not books.count(month, name)
        assert amount(found[2]) == sum(books.of(month.plus(-n), name) for n in (1, 2, 3))
        kind = "nothing"
    elif found := holds(rf"has (risen|fallen) every month since {MONTH}"):
        at = books.month(found[2], on)
        last = month.previous if month.contains(on) else month
        amounts = [books.of(at.plus(n), name) for n in range(last.minus(at) + 1)]
        assert amounts == sorted(amounts, reverse=found[1] == "fallen")
        assert len(set(amounts)) == len(amounts) > 3
        told = [bit.amount for bit in sentence.bits if bit.amount is not None]
        assert told == (amounts if len(amounts) < 6 else [amounts[0], amounts[-1]])
        kind = found[1]
    elif found := holds(rf"^{MONTH} cost most of (\w+) months, {A}"):
        last = month.previous if month.contains(on) else month
        others = [books.of(last.plus(-n)) for n in range(NUMBERS.index(found[2]))]
        assert books.of(books.month(found[1], on)) == amount(found[3]) == max(others)
        assert others.count(max(others)) == 1
        kind = "dearest"
    else:
        found = holds(rf"^(\w+) expenses? makes? up (half|more than half) of {MONTH}: {A} of {A}")
        amounts = sorted((row.amount for row in books.rows if month.contains(row.spent_on)), reverse=True)
        top = sum(amounts[: NUMBERS.index(found[1].lower())])
        assert (top, sum(amounts)) == (amount(found[4]), amount(found[5]))
        assert top * 2 > sum(amounts) or (found[2] == "half" and top * 2 == sum(amounts))
        kind = "few"
    check_clauses(books, text, name, month, on)
    return kind


def check_clauses(books, text, name, month, on):
    """What a sentence adds: that it is the highest, or on which days most of it lies."""
    if found := re.search(r"the highest of (\w+) months", text):
        before = [books.of(month.plus(-n), name) for n in range(1, NUMBERS.index(found[1]))]
        assert books.of(month, name) > max(before)
    if found := re.search(rf"close to its highest of (\w+) months, {A} in {MONTH}", text):
        before = [books.of(month.plus(-n), name) for n in range(1, NUMBERS.index(found[1]))]
        assert max(before) == amount(found[2]) == books.of(books.month(found[3], on), name) > books.of(month, name)
    if found := re.search(r"most of it on (one day|two days): (.*)\.$", text):
        parts = re.findall(rf"{A}(?: for “(.*?)”)? on (\d+) ([A-Z][a-z]+)", found[2])
        assert len(parts) == {"one day": 1, "two days": 2}[found[1]]
        assert sum(amount(part[0]) for part in parts) * 2 > books.of(month, name)
        for told, description, number, month_name in parts:
            (day,) = {
                row.spent_on
                for row in books.rows
                if month.contains(row.spent_on) and f"{row.spent_on.day} {row.spent_on:%B}" == f"{number} {month_name}"
            }
            assert books.spent(day, day, name) == amount(told)
            there = [row for row in books.rows if row.spent_on == day and row.category.name == name]
            assert not description or [row.description for row in there] == [description]


def check_links(books, sentence):
    """Each amount with a list is what the list comes to."""
    for bit in sentence.bits:
        if bit.query is not None:
            form = ReportForm(QueryDict(bit.query), household=books.household, on=dt.date(2026, 11, 22))
            assert not form.faults
            assert form.asked.rows().spent().amount == bit.amount, sentence.plain(2)


@pytest.mark.parametrize("seed", range(30))
def test_every_sentence_is_true_and_leads_to_its_rows(people, seed):
    books = random_household(people, seed)
    household, chance = books.household, random.Random(seed)
    on = dt.date(2026, 11, 1) + dt.timedelta(days=chance.randrange(28))
    running = household.month_of(on)
    asked = [
        ("trends", TrendsForm, "", None),
        ("trends", TrendsForm, "period=all", None),
        ("categories", ReportForm, "", None),
        ("categories", ReportForm, "period=last", running.previous),
        ("year", YearForm, "", None),
    ]
    found = []
    for name, form, query, month in asked:
        report = BY_NAME[name].make(form(QueryDict(query), household=household, on=on))
        last = running if books.count(running) else running.previous
        found += [(sentence, month or last) for sentence in report.words]
        assert len(report.words) <= 3
    review = Review.of(household, running.previous, on=on)
    found += [(sentence, review.month) for sentence in review.words]
    means = {line.category.name: line.mean for line in review.lines}
    for sentence in review.words:
        told = [bit.amount for bit in sentence.bits if bit.amount is not None and bit.query is None]
        assert not (sentence.name and len(told) == 2) or told[1] == means[sentence.name]  # as the table has it

    for sentence, month in found:
        check(books, sentence, month, on)
        check_links(books, sentence)


def test_over_all_of_these_every_kind_of_sentence_is_said(people):
    kinds = set()
    for seed in range(40):
        people.household.expenses.all().delete()
        books = random_household(people, seed)
        for n in range(1, 6):
            month = books.household.month_of(dt.date(2026, 11, 22)).plus(-n)
            review = Review.of(books.household, month, on=dt.date(2026, 11, 22))
            kinds |= {check(books, sentence, month, dt.date(2026, 11, 22)) for sentence in review.words}

    assert kinds == {"above", "below", "silence", "nothing", "risen", "fallen", "dearest", "few"}
