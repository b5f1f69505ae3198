"""What is in a household's file, in words."""

from dataclasses import dataclass

from expenses.exports.reading import Checked
from expenses.exports.tables import BY_NAME
from expenses.shared.currencies import CURRENCIES
from expenses.shared.money import format_amount
from expenses.shared.months import Month

# What a person asks first; the rest is made of it, or of use with it only.
TOLD = ("expenses", "incomes", "categories", "limits", "transfers", "recurring_expenses", "imports", "rules")


@dataclass(frozen=True)
class Contents:
    counts: list[tuple[str, int]]  # of each kind that there is
    spent: str  # with its currency
    received: str
    currency: str
    month: Month  # where the budget begins, with the household's days

    @property
    def sentence(self) -> str:
        """12 expenses, 2 incomes, 8 categories, …"""
        return ", ".join(f"{count:,} {words}" for words, count in self.counts)


def of(checked: Checked) -> Contents:
    """Of a file without faults."""
    code, decimals = str(checked.household["currency"]), checked.decimals
    return Contents(
        counts=[(_words(name, checked.counts[name]), checked.counts[name]) for name in TOLD if name in checked.counts],
        spent=f"{format_amount(checked.spent, decimals)} {code}",
        received=f"{format_amount(checked.received, decimals)} {code}",
        currency=CURRENCIES[code].name,
        month=checked.household["budget_from"].starting_on(checked.household["month_starts_on"]),
    )


def _words(name: str, count: int) -> str:
    words = BY_NAME[name].words
    return words if count != 1 else words.replace("categories", "category").removesuffix("s")
