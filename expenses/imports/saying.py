"""What is told about an import: how it was read, what it did, and how it is known again."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from expenses.imports.statements import Statement, accounts_of
from expenses.imports.states import Pile, State
from expenses.shared.currencies import CURRENCIES
from expenses.shared.money import rounded

if TYPE_CHECKING:
    from expenses.imports.models import Import
    from expenses.people.models import Household

_IBAN = re.compile(r"[a-z]{2}\d{2}[a-z0-9]{11,}")
SHOWN_LEFT_OUT = 20  # rows of which the text is kept, of those that were left out
ZERO_ROWS = "without an amount of money"
OTHER_ACCOUNT = "of an account that you left out"


def counted(number: int, one: str, many: str = "") -> str:
    """`1 row`, `1,200 rows`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def said(source: "Import") -> str:
    """What the last step did, in a sentence or two."""
    done = source.summary
    if source.state == State.REVERTED:
        return _joined(
            "Taken back",
            [
                _money(done["removed"], done.get("incomes_removed", 0)) + " removed",
                done["handed"] and counted(done["handed"], "row") + " left to another import that has them too",
                done["parted"] and counted(done["parted"], "row") + " parted from what stays",
                done["kept"] and counted(done["kept"], "edited row") + " kept",
            ],
        )
    return _joined(
        "Taken in",
        [
            counted(done["expenses"], "expense"),
            done["refunds"] and counted(done["refunds"], "refund"),
            done.get("incomes") and counted(done["incomes"], "income"),
            done[Pile.MERGED] and counted(done[Pile.MERGED], "row") + " joined with what was here",
        ],
    )


def _money(expenses: int, incomes: int) -> str:
    """“12 expenses”, “12 expenses and 2 incomes”."""
    return counted(expenses, "expense") + (f" and {counted(incomes, 'income')}" if incomes else "")


def _joined(head: str, parts: Iterable[str | int]) -> str:
    return f"{head}: {', '.join(str(part) for part in parts if part)}."


def summary(statement: Statement, source: "Import") -> dict[str, Any]:
    """What is told about a reading beside its rows. `accounts`: the hash of each account that rows name, and the id of
    its payment method."""
    left_out = statement.left_out_counts()
    accounts = accounts_of(statement.records)
    if unwanted := sum(account.rows for account in accounts if source.method_of(account.number) is None):
        left_out[OTHER_ACCOUNT] = unwanted
    if zeros := len(statement.zeros):
        left_out[ZERO_ROWS] = zeros
    shown = [(row.line, row.text[:200], row.reason) for row in statement.left_out[:SHOWN_LEFT_OUT]]
    shown += [(row.line, row.raw[:200], ZERO_ROWS) for row in statement.zeros[: SHOWN_LEFT_OUT - len(shown)]]
    known = _known_again(source, [account.number for account in accounts if account.number])
    return {
        "rows": len(statement.records) + len(statement.problems),
        "left_out_of_file": left_out,
        "left_out_rows": sorted(shown),
        "notices": [*statement.notices, *_other_numbers(source, known), *_notices(statement, source.household)],
        "accounts": known,
        "file_categories": _has_categories(statement),
    }


def _has_categories(statement: Statement) -> bool:
    movements = (record for record in statement.records if record.amount)
    return any(record.category or any(part.category for part in record.splits) for record in movements)


def _known_again(source: "Import", numbers: Sequence[str]) -> list[tuple[str, int]]:
    """(hash of the number, id of the payment method) of accounts that are one payment method's alone."""
    methods = {number: source.method_of(number) for number in numbers}
    times = Counter(methods.values())
    return [
        (account_hash(source.household, number), method)
        for number, method in methods.items()
        if method and times[method] == 1
    ]


def _other_numbers(source: "Import", known: Sequence[tuple[str, int]]) -> list[str]:
    """Of payment methods that files have named by another number until now: a new card, or a wrong choice."""
    methods = {method.pk: method for method in source.household.payment_methods.filter(pk__in=[pk for _, pk in known])}
    return [
        f"Statements of “{methods[pk]}” have named another account number until now. Taken in, this file's is the one "
        "that it is known by."
        for number, pk in known
        if methods[pk].account_hash not in ("", number)
    ]


def _notices(statement: Statement, household: "Household") -> list[str]:
    said = []
    movements = [record for record in statement.records if record.amount]
    currencies = Counter(record.currency for record in movements if record.currency in CURRENCIES)
    for code, number in sorted(currencies.items()):
        if code == household.currency:
            continue
        name, ours = CURRENCIES[code].name, household.money.name
        stand = "It is taken over as it stands." if number == 1 else "They are taken over as they stand."
        said.append(f"{counted(number, 'amount is', 'amounts are')} in {name}, and this budget is in {ours}. {stand}")
    inexact = sum(
        bool(cents) and cents != record.amount
        for record in movements
        for cents in [rounded(record.amount, household.decimals)]
    )
    if inexact:
        has = "amount has" if inexact == 1 else "amounts have"
        said.append(f"{inexact:,} {has} more decimals than {household.money.name}: rounded when taken in.")
    if split := sum(record.is_split for record in movements):
        falls = counted(split, "row falls", "rows fall")
        said.append(f"{falls} into parts with categories of their own: each part is a row here.")
    return said


def account_hash(household: "Household", account: str) -> str:
    """What is kept of an account number: enough to know it again in this household, and no more. The currency that
    MT940 writes behind an IBAN is no part of it."""
    figures = "".join(c for c in account.casefold() if c.isalnum())
    if _IBAN.match(figures) and figures[-3:].upper() in CURRENCIES:
        figures = figures[:-3]
    return hashlib.sha256(f"{household.pk}\x1f{figures}".encode()).hexdigest()
