"""Workbooks (XLSX) as rows of text, so that they are read as any other table."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from expenses.imports.statements import weighing
from expenses.imports.statements.records import Refused
from expenses.imports.statements.tables import Row

NO_SHEET = "The workbook has no sheet that can be seen."
SEPARATOR = " | "  # between the cells in the text of a row


def is_workbook(data: bytes) -> bool:
    return data.startswith(b"PK")


class Workbook:
    """An opened workbook; its hidden sheets and its charts are not there."""

    def __init__(self, data: bytes) -> None:
        """Raises `Refused` for what cannot be opened, or would not fit."""
        self._errors = weighing.weighed(data)
        try:
            self._book = CalamineWorkbook.from_filelike(BytesIO(data))
        except PasswordError:
            raise Refused(weighing.PROTECTED) from None
        except (CalamineError, ValueError, OSError) as error:
            raise Refused(weighing.DAMAGED) from error
        self.sheets = tuple(
            sheet.name
            for sheet in self._book.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
        )
        if not self.sheets:
            raise Refused(NO_SHEET)
        self._opened: dict[str, CalamineSheet] = {}

    def rows(self, sheet: str, start: int = 0) -> Iterator[Row]:
        """The rows of a sheet from row `start` (from 0) on, blank ones too; their lines are the sheet's numbers."""
        errors = self._errors.get(sheet, {})
        for line, values in enumerate(self._sheet(sheet).iter_rows(), 1):
            if line > start:
                cells = [_WRITTEN[type(value)](value) for value in values]
                for column, text in errors.get(line, {}).items():
                    if column < len(cells) and not cells[column]:  # the reader gives errors as empty cells
                        cells[column] = text
                yield Row(line, cells, SEPARATOR.join(filter(None, cells)))

    def height(self, sheet: str) -> int:
        return self._sheet(sheet).total_height

    def _sheet(self, name: str) -> CalamineSheet:
        """The sheet; only one is kept open."""
        if name not in self._opened:
            self._opened.clear()
            try:
                self._opened[name] = self._book.get_sheet_by_name(name)
            except (CalamineError, ValueError, OSError) as error:
                raise Refused(weighing.DAMAGED) from error
        return self._opened[name]


def sheets(data: bytes) -> tuple[str, ...]:
    """The names of the sheets that a person sees; none for what is no workbook. Raises `Refused`."""
    return Workbook(data).sheets if is_workbook(data) else ()


# ── a value as text ───────────────────────────────────────────────────────────────────────────────


def _number(value: float) -> str:
    """A number in fifteen digits, as many as spreadsheets know, and ten decimals: what is beyond them was left by
    sums of binary fractions (0.1 + 0.2) and is in no one's cell. The one place where there are floats."""
    text = repr(value)
    if text.endswith(".0"):
        text = text[:-2]
    if len(text) > 12 or "e" in text:
        exact = Decimal(f"{value:.15g}")
        if not exact.is_finite():
            return text
        if int(exact.as_tuple().exponent) < -10:
            exact = round(exact, 10)
        text = f"{exact:f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _moment(value: datetime) -> str:
    return value.isoformat(" ", "seconds")


def _time(value: time) -> str:
    return value.isoformat("seconds")


def _truth(value: bool) -> str:
    return "TRUE" if value else "FALSE"


# What a cell holds, as text: days as ISO, numbers exactly as a spreadsheet knows them.
_WRITTEN: dict[type, Callable[[Any], str]] = {
    str: str,
    bool: _truth,
    int: str,
    float: _number,
    date: date.isoformat,
    datetime: _moment,
    time: _time,
    timedelta: str,
}
