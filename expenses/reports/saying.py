"""Figures in words, for titles of marks."""

from decimal import Decimal

from expenses.reports.charts.columns import Figure
from expenses.reports.grid import Cell
from expenses.shared.money import format_amount
from expenses.shared.paths import path_of


def shown(amount: Decimal, decimals: int) -> str:
    """As `{% spending %}` writes it: what came back has a plus sign."""
    return format_amount(-amount, decimals, plus=True) if amount < 0 else format_amount(amount, decimals)


def figure(words: str, cell: Cell, decimals: int) -> Figure:
    """“Food, May 2026: 655.08”, with the address of its expenses."""
    text = "nothing" if cell.is_empty else shown(cell.amount, decimals)
    return Figure(cell.amount, f"{words}: {text}", f"{path_of('expenses:index')}?{cell.query}")
