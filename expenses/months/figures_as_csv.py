"""The figures of a month page as a file: plain decimals, a category a line, the pool last."""

import csv
import io
from decimal import Decimal

from expenses.budgets.models import POOL
from expenses.months.overview import CategoryLine, Overview
from expenses.shared.money import ZERO, format_plain
from expenses.shared.text import defused

COLUMNS = ("category", "limit", "moved", "carried", "spent", "left")


def text(overview: Overview) -> str:
    """Every category with a figure of the month. Without a limit `left` is what was spent, negative, so that the last
    column comes to income less spending; a month before the budget begins has only what was spent."""

    def plain(amount: Decimal | None) -> str:
        return "" if amount is None else format_plain(amount, overview.decimals)

    def row(line: CategoryLine) -> list[str]:
        name, spent = defused(line.category.name), plain(line.spent.amount)
        if overview.is_history:
            return [name, "", "", "", spent, ""]
        if line.envelope is None:
            return [name, "", plain(ZERO), plain(ZERO), spent, plain(ZERO - line.spent.amount)]
        envelope = line.envelope
        amounts = (envelope.limit, envelope.moved, envelope.carried, envelope.spent, envelope.left)
        return [name, *map(plain, amounts)]

    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(COLUMNS)
    rows.writerows(row(line) for line in overview.lines if line.envelope or line.spent.count)
    if overview.pool:
        rows.writerow([POOL, "", "", "", "", plain(overview.pool.amount)])
    return file.getvalue()
