"""Which column of a table has the day of a row, and how its days are written."""

from dataclasses import replace
from itertools import pairwise

from expenses.imports.statements import dates
from expenses.imports.statements.columns import Column, Texts
from expenses.imports.statements.mapping import Mapping
from expenses.imports.statements.opening import Table


def with_date(
    mapping: Mapping, table: Table, columns: list[Column], texts: Texts, doubts: dict[str, tuple[str, ...]]
) -> Mapping:
    """With the column of the day, and the order of its parts; open where both orders are as likely."""
    column = _date_column(columns)
    if column is None:
        doubts["date"] = ()
        return mapping
    found = _parts_in(texts, column)
    alike = _alike(texts, columns, column)
    orders = _orders(found, alike, table)
    if len(orders) > 1:
        doubts["date_order"] = orders
    mapping = replace(mapping, date=column.at, date_order=orders[0])
    if (
        found
        and all(parts.kind in ("day", "named") and parts.a == 0 for parts in found if parts.kind == "named")
        and (sum(parts.kind == "day" or (parts.kind == "named" and not parts.a) for parts in found) > len(found) / 2)
    ):
        doubts["year"] = ()
    return mapping


def _date_column(columns: list[Column]) -> Column | None:
    def weight(column: Column) -> float:
        named = max(column.says("date"), min(40, column.says("later_date")))
        return named + 40 * column.filled - column.at / 100

    dated = [column for column in columns if column.is_dates and column.filled >= 0.5]
    if dated:
        return max(dated, key=weight)
    named = [column for column in columns if column.says("date") > 60 and any(map(_may_be_date, column.cells))]
    if named:
        return max(named, key=weight)
    return next((column for column in columns if column.says("date") > 60), None)


def _may_be_date(cell: str) -> bool:
    return dates.taken_apart(cell) is not None


def _parts_in(texts: Texts, column: Column) -> list[dates.Parts]:
    return [parts for text in texts.get(column.at, column.cells) if (parts := dates.taken_apart(text))]


def _alike(texts: Texts, columns: list[Column], column: Column) -> list[dates.Parts]:
    """The dates of the other columns that are written as this one's: one hand writes one order."""
    shapes = {dates.shape(cell) for cell in column.cells[:50]}
    others = [
        other
        for other in columns
        if other is not column and other.is_dates and {dates.shape(cell) for cell in other.cells[:50]} & shapes
    ]
    return [parts for other in others for parts in _parts_in(texts, other)]


def _orders(found: list[dates.Parts], alike: list[dates.Parts], table: Table) -> tuple[dates.Order, ...]:
    """The orders that the dates may be in, the likeliest first; one where they decide it."""
    open_ones = [parts for parts in found if parts.kind in ("end", "two", "day", "six", "eight")]
    year_first = sum(parts.kind in ("ymd", "named") or _is_eight_ymd(parts) for parts in found)
    undecided = [parts for parts in open_ones if not _is_eight_ymd(parts)]
    if not undecided or year_first > len(undecided):
        return ("YMD",)
    evidence = undecided + [parts for parts in alike if parts.kind in ("end", "two", "day", "six", "eight")]
    can_be = [order for order in dates.ORDERS if any(dates.fits(parts, order) for parts in undecided)]
    wrong = {order: sum(dates.fits(parts, order) is None for parts in evidence) for order in can_be}
    if not wrong:
        return ("DMY",)
    fewest = min(wrong.values())
    left = [order for order in can_be if wrong[order] == fewest]
    left = _without_odd_years(left, undecided)
    if len(left) > 1 and all(parts.mark == "." for parts in undecided) and "DMY" in left:
        return ("DMY",)  # nobody who parts with points writes the month first
    if len({tuple(dates.fits(parts, order) for parts in undecided) for order in left}) == 1:
        return (left[0],)
    return tuple(sorted(left, key=lambda order: _spread(undecided, order, table)))


def _is_eight_ymd(parts: dates.Parts) -> bool:
    return parts.kind == "eight" and dates.fits(parts, "YMD") is not None


def _without_odd_years(left: list[dates.Order], found: list[dates.Parts]) -> list[dates.Order]:
    """Of two-digit years: a statement has many days and few years, not the other way round."""
    if "YMD" not in left or len(left) == 1:
        return left
    firsts = {parts.a if parts.kind != "six" else parts.a // 10_000 for parts in found}
    lasts = {parts.c if parts.kind != "six" else parts.a % 100 for parts in found}
    if len(lasts) < len(firsts):
        return [order for order in left if order != "YMD"]
    if len(firsts) < len(lasts):
        return ["YMD"]
    return left


def _spread(found: list[dates.Parts], order: dates.Order, table: Table) -> tuple[float, int, int]:
    """How unlikely an order is: a statement goes on day by day, and over few months."""
    days = [day.toordinal() for parts in found if (day := dates.fits(parts, order))]
    if len(days) < 2:
        return (0, 0, dates.ORDERS.index(order))
    up = sum(a > b for a, b in pairwise(days))
    down = sum(a < b for a, b in pairwise(days))
    dollars = any("$" in row.raw for row in table.first[:20])
    tie = 0 if (order == "MDY") == dollars else 1
    span = (max(days) - min(days)) // 45
    return (span + 10 * min(up, down) / len(days), tie, dates.ORDERS.index(order))
