"""Money that came back: which expense it takes back, where that can be told."""

import datetime as dt
from collections.abc import Callable, Hashable, Sequence
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from expenses.imports import matching
from expenses.imports.states import TAKEN, UNINDEXED, Kind, Pile, chunks
from expenses.shared.collecting import uncollected
from expenses.shared.money import ZERO, rounded
from expenses.shared.text import folded, look

if TYPE_CHECKING:
    from expenses.imports.models import Import, ImportRow

BEFORE = dt.timedelta(days=matching.REFUND_DAYS)
Texts = tuple[Hashable, ...]
KnownBy = Callable[[str, str], Texts]


class Purchase(NamedTuple):
    """What was spent: an expense, or a row of this import that is to become one (`expense` is None then)."""

    expense: int | None
    date: dt.date
    amount: Decimal
    description: str
    category: int | None
    texts: Texts


def propose_refunds(source: "Import", rows: "Sequence[ImportRow]") -> None:
    """Take the rows of money in for refunds of what they take back; what was spent in this import is linked when it is
    taken in. What was decided on a text, for income or to leave it out, goes before all but the very amount."""
    back = [
        row
        for row in rows
        if row.cost < 0 and row.kind in TAKEN and not row.is_chosen and not row.rule_id and row.date
    ]
    for row, purchase in told(source, back, rows):
        if row.kind == Kind.INCOME and row.reason != "Money in" and purchase.amount != -row.cost:
            continue
        row.kind, row.category_id, row.refund_of_id = Kind.REFUND, purchase.category, purchase.expense
        row.reason = f"Back from {_short(purchase.description)}, {_said(purchase.date, row.date)}"


def link_refunds(source: "Import") -> None:
    """Of the refunds just taken in, say which expense they take back. One that was taken back meanwhile is let go."""
    refunds = source.rows.imported().filter(kind=Kind.REFUND)
    again = source.household.import_rows.counting().exclude(source=source.pk).filter(refund_of__isnull=False)
    linked = set(refunds.filter(refund_of__isnull=False).order_by().values_list("refund_of", flat=True))
    for chunk in chunks(sorted(pk for pk in linked if pk)):
        taken = set(again.order_by().filter(refund_of__in=chunk).values_list("refund_of", flat=True))
        refunds.filter(refund_of__in=taken).update(refund_of=None)
    source.rows.exclude(kind=Kind.REFUND).filter(refund_of__isnull=False).update(refund_of=None)
    open_ones = list(refunds.filter(refund_of=None).defer("raw", "memo").in_order())
    pairs = [(row.pk, purchase.expense) for row, purchase in told(source, open_ones, ())]
    source.rows.assign("refund_of", [(pk, expense) for pk, expense in pairs if expense], state=Pile.IMPORTED)


@uncollected()
def told(
    source: "Import", back: "Sequence[ImportRow]", rows: "Sequence[ImportRow]"
) -> "list[tuple[ImportRow, Purchase]]":
    """The rows of money in of which can be told what they take back. `rows` are to be taken in with them."""
    if not back:
        return []
    decimals, known_by = source.household.decimals, cache(_known_by)  # of the many that one text has
    purchases = [*_expenses(source, back, known_by), *_of_import(source, back, rows, known_by)]
    found = matching.refunded(
        [
            matching.Back(row.date or dt.date.min, rounded(-row.cost, decimals), known_by(row.description, row.look))
            for row in back
        ],
        purchases,
    )
    return [(back[at], purchases[place]) for at, place in found.items()]


def _known_by(description: str, of_look: str) -> Texts:
    """What a row, or an expense, goes by; one without a text by nothing."""
    return (("look", of_look), ("title", folded(description))) if description and of_look else ()


def _of_import(
    source: "Import", back: "Sequence[ImportRow]", rows: "Sequence[ImportRow]", known_by: KnownBy
) -> list[Purchase]:
    """What this import is to take in as expenses: of these rows, and of those in the database already."""
    looks = sorted({row.look for row in back if row.look})
    among = {row.pk for row in rows if row.pk}
    spent = [row for row in rows if row.kind == Kind.EXPENSE]
    for chunk in chunks(looks if among else ()):
        waiting = source.rows.new().filter(kind=Kind.EXPENSE, look__in=chunk).defer("raw", "memo")
        spent += [row for row in waiting if row.pk not in among]
    decimals, wanted = source.household.decimals, set(looks)
    return [
        Purchase(
            None,
            row.date,
            rounded(row.cost, decimals),
            row.title,
            row.category_id,
            known_by(row.description, row.look),
        )
        for row in spent
        if row.look in wanted and row.date
    ]


def _expenses(source: "Import", back: "Sequence[ImportRow]", known_by: KnownBy) -> list[Purchase]:
    """Expenses that go by a text of these rows and that nothing has taken back."""
    days = [row.date for row in back if row.date]
    first, last = min(days) - BEFORE, max(days)
    found: dict[int, Purchase] = {}
    rows = source.household.import_rows.counting().order_by().filter(amount__lt=ZERO)
    there = source.household.expenses.between(first, last).filter(amount__gt=ZERO).order_by()
    spent = {"expense__household": source.household_id, "expense__spent_on__range": (first, last)}
    for chunk in chunks(sorted({row.look for row in back if row.look})):
        of_look = rows.filter(look__in=chunk, date__gte=first - BEFORE, expense__amount__gt=ZERO, **spent)
        for pk, day, amount, text, category, its_look in of_look.values_list(
            "expense", "expense__spent_on", "expense__amount", "expense__description", "expense__category", "look"
        ).iterator():
            found[pk] = Purchase(pk, day, amount, text, category, known_by(text, its_look))
    for chunk in chunks(sorted({folded(row.description) for row in back if row.description}), UNINDEXED):
        for pk, day, amount, text, category in there.filter(search_key__in=chunk).values_list(
            "pk", "spent_on", "amount", "description", "category"
        ):
            found.setdefault(pk, Purchase(pk, day, amount, text, category, known_by(text, look(text))))
    # All that were ever taken back: few, beside what was spent.
    counting = source.household.import_rows.counting().order_by().filter(refund_of__isnull=False)
    for pk in counting.values_list("refund_of", flat=True):
        found.pop(pk or 0, None)
    return list(found.values())


def _short(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:99].rstrip()}…"


def _said(day: dt.date, seen_from: dt.date | None) -> str:
    """“12 November”, with the year where that is another one."""
    return f"{day.day} {day:%B}" if seen_from and seen_from.year == day.year else f"{day.day} {day:%B %Y}"
