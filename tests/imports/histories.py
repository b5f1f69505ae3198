"""Statements for tests, from rows, and what comes of them."""

import csv
import datetime as dt
import io
from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from expenses.imports.models import Import, ImportRow
from expenses.imports.states import SPENDING
from tests.factories import method_named
from tests.people import TODAY, People

AT = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Line:
    """A booking: `day` of November 2026, money out negative."""

    day: int
    text: str
    amount: str
    account: str = ""
    bank_id: str = ""
    category: str = ""
    month: int = 11

    @property
    def date(self) -> dt.date:
        return dt.date(2026, self.month, self.day)


def statement(lines: list[Line]) -> bytes:
    """A CSV file of these rows; columns that none of them has are not in it."""
    out = io.StringIO()
    names = {"account": "Account number", "bank_id": "Transaction ID", "category": "Category"}
    used = [name for name in names if any(getattr(line, name) for line in lines)]
    writer = csv.writer(out)
    writer.writerow(["Date", "Payee", "Amount", *(names[name] for name in used)])
    for line in lines:
        writer.writerow([line.date, line.text, line.amount, *(getattr(line, name) for name in used)])
    return out.getvalue().encode()


def read(people: People, lines: list[Line], method: str = "Card", *, accounts: dict[str, str | None] | None = None):
    """An import of these rows, at the check page; `accounts` by the names of payment methods."""
    household = people.household
    source = Import.upload(household=household, file_name="a.csv", data=statement(lines), by=people.alice, at=AT)
    named = {number: name and method_named(household, name) for number, name in (accounts or {}).items()}
    columns = statement(lines).decode().split("\r\n")[0].split(",")
    ids = columns.index("Transaction ID") if "Transaction ID" in columns else None
    # Of a file of one row nobody would guess it, and where no amount has a minus it is asked.
    mapping = replace(source.reading, bank_id=ids, invert=False)
    source.read_with(mapping, payment_method=method_named(household, method), accounts=named, at=AT, today=TODAY)
    return household.imports.get(pk=source.pk)


def take_in(people: People, lines: list[Line], method: str = "Card", **fields: Any) -> Import:
    """The same, taken in: each question answered with no, all else in one category."""
    source = read(people, lines, method, **fields)
    return finish(people, source)


def finish(people: People, source: Import, **in_fun: Any) -> Import:
    """Take in: each question answered with no, the rows of `in_fun` in Fun, the others in Food."""
    source.match_again()  # as the check page does when there is something new to ask
    for _ in range(5):
        asked = source.rows.asked()
        if not asked.exists():
            break
        source.answer(list(asked.values_list("pk", flat=True)), same=False)
    if in_fun:
        source.choose_among(source.rows.filter(kind__in=SPENDING, **in_fun), category=people.fun)
    source.choose_among(source.rows.filter(category=None), category=people.food)
    return source.commit(by=people.alice, at=AT)


def revert(people: People, source: Import, *, with_edited: bool = False) -> Import:
    return source.revert(by=people.alice, at=AT, with_edited=with_edited)


def leave(answer: Any) -> None:
    """Whoever reads a streamed answer goes away. Not `answer.close()`: Django's test client keeps the connection of a
    test open only where what it has wrapped the answer with is closed first."""
    answer._iterator.close()


def row_of(source: Import, **fields: Any) -> ImportRow:
    return ImportRow.objects.select_related(
        "counterpart", "counterpart__expense", "counterpart__income", "expense", "income", "refund_of"
    ).get(source=source, **fields)


def spent(people: People) -> list[tuple[int, str, Decimal]]:
    """(day, text, amount) of the expenses, by day."""
    rows = people.household.expenses.order_by("spent_on", "description", "pk")
    return [(row.spent_on.day, row.description, row.amount) for row in rows]


def money(people: People) -> Counter[tuple[dt.date, str, Decimal]]:
    """What is in the budget, as a statement would have it: money out negative."""
    found: Counter[tuple[dt.date, str, Decimal]] = Counter()
    for row in people.household.expenses.all():
        found[row.spent_on, row.description, -row.amount] += 1
    for income in people.household.incomes.all():
        found[income.received_on, income.description, income.amount] += 1
    return found
