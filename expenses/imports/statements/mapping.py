"""How to read a statement that is a table: every parameter in which the exports of banks differ.

A mapping is what the mapping page edits, what a profile keeps and what `read_statement --map` takes. Columns are
numbers from 0, in the order of the file.
"""

from dataclasses import dataclass, fields
from typing import Any

from expenses.imports.statements import dates
from expenses.shared.currencies import CURRENCIES

MOST_COLUMNS = 200

ENCODINGS: dict[str, str] = {
    "utf-8": "Unicode (UTF-8)",
    "utf-8-sig": "Unicode (UTF-8 with a mark in front)",
    "utf-16": "Unicode (UTF-16 with a mark in front)",
    "utf-16-le": "Unicode (UTF-16, low byte first)",
    "utf-16-be": "Unicode (UTF-16, high byte first)",
    "cp1252": "Western European (Windows-1252)",
    "latin-1": "Western European (ISO 8859-1)",
    "iso8859-15": "Western European with € (ISO 8859-15)",
    "cp850": "Western European (DOS 850)",
    "mac-roman": "Western European (old Mac)",
    "cp1250": "Central European (Windows-1250)",
    "iso8859-2": "Central European (ISO 8859-2)",
    "cp852": "Central European (DOS 852)",
    "cp1251": "Cyrillic (Windows-1251)",
    "cp1253": "Greek (Windows-1253)",
    "cp1254": "Turkish (Windows-1254)",
    "cp1257": "Baltic (Windows-1257)",
    "gb18030": "Chinese (GB 18030)",
    "cp932": "Japanese (Shift JIS)",
}

# What each field with a fixed choice may be, in the order a page shows it, with the words for it.
CHOICES: dict[str, dict[str, str]] = {
    "encoding": ENCODINGS,
    "delimiter": {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar |"},
    "quote": {'"': 'double quotes "', "'": "single quotes '", "": "none"},
    "date_order": dates.IN_WORDS,
    "month_names": {"": "any language"} | {code: code for code in dates.LANGUAGES},
    "decimal_mark": {".": "point: 12.50", ",": "comma: 12,50"},
    "thousands_mark": {",": "comma", ".": "point", "'": "apostrophe", " ": "blank", "": "none"},
    "layout": {
        "signed": "one column with a sign",
        "in_out": "a column for money in, another for money out",
        "flag": "one column, and another that says which way",
    },
    "undated": {"report": "show them as rows that cannot be read", "leave_out": "leave them out"},
}


class MappingError(ValueError):
    """The mapping cannot be used; `errors` has a sentence for each field that is wrong."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Where a statement has what.

    sheet: of a workbook, its name; "" for the first one that has a table.
    skip_rows: physical lines before the header (or before the first row, without a header); a line `sep=;` is one.
    footer_rows: rows with text at the end to leave out. Rows after the last dated one are left out anyway.
    undated: what becomes of rows whose date cannot be read.
    month_names: the language of month names, "" for any. year: what dates without a year belong to.
    century_from: the first of the hundred years that two digits mean.
    layout "signed": `amount`, negative for money out. "in_out": `money_in` and/or `money_out`; `out_negative` where
    the second has minus signs of its own. "flag": `amount`, and `flag` holds one of `in_texts` or `out_texts`;
    `flag_first` may, and then decides.
    invert: the file's signs are the other way round, as on many cards.
    fee: a column whose amounts, however signed, went out besides.
    payee_in, account_in: the columns for money in, where they differ (source and destination).
    status, status_values: rows whose status is one of these are left out (Pending).
    leave_out_balances: so are opening and closing balances and turnovers.
    join_continued: a row with text alone goes on with the row before it.
    nature: columns in which the file says that a row is a move between own accounts (one of them is one of
    `transfer_texts`), an opening balance (`opening_texts`) or a settlement between people (`settlement_texts`). A text
    that ends with `*` stands for all that begin so.
    transfers_name_accounts: so is a row without a category whose payee is one of the accounts that the file has.
    member: of the costs of a group, the column of one person: what was paid less what is owed. The amount is then
    that person's share. None: the costs of the whole group.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    skip_rows: int = 0
    has_header: bool = True
    footer_rows: int = 0
    undated: str = "report"
    date: int | None = None
    date_order: dates.Order = "YMD"
    month_names: str = ""
    year: int | None = None
    century_from: int = 1970
    decimal_mark: str = "."
    thousands_mark: str = ","
    layout: str = "signed"
    amount: int | None = None
    money_in: int | None = None
    money_out: int | None = None
    out_negative: bool = False
    flag: int | None = None
    flag_first: int | None = None
    in_texts: tuple[str, ...] = ()
    out_texts: tuple[str, ...] = ()
    invert: bool = False
    fee: int | None = None
    payee: int | None = None
    payee_in: int | None = None
    memo: tuple[int, ...] = ()
    category: int | None = None
    currency: int | None = None
    currency_code: str = ""
    account: int | None = None
    account_in: int | None = None
    bank_id: int | None = None
    status: int | None = None
    status_values: tuple[str, ...] = ()
    leave_out_balances: bool = True
    join_continued: bool = False
    sheet: str = ""
    nature: tuple[int, ...] = ()
    transfer_texts: tuple[str, ...] = ()
    opening_texts: tuple[str, ...] = ()
    settlement_texts: tuple[str, ...] = ()
    transfers_name_accounts: bool = False
    member: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The mapping as what JSON can hold."""
        return {
            field.name: list(value) if isinstance(value, tuple) else value
            for field in fields(self)
            for value in [getattr(self, field.name)]
        }

    @classmethod
    def from_json(cls, found: object) -> "Mapping":
        """The mapping that `to_json` wrote; what is not given is as by default. Raises `MappingError`."""
        if not isinstance(found, dict):
            raise MappingError({"mapping": "A mapping is a JSON object."})
        errors = {
            str(name): f"“{name}” is not a field of a mapping."
            for name in found
            if name not in cls.__dataclass_fields__
        }
        values: dict[str, Any] = {}
        for name, value in found.items():
            if name in errors:
                continue
            kept = tuple(value) if isinstance(value, list) else value
            problem = _wrong_type(name, kept)
            if problem:
                errors[name] = problem
            values[name] = kept
        if errors:
            raise MappingError(errors)
        return cls(**values)

    def columns(self) -> dict[str, int]:
        """The columns that are used, by field."""
        return {name: column for name in COLUMNS if (column := getattr(self, name)) is not None}

    def errors(self, width: int | None = None) -> dict[str, str]:
        """A sentence for each field that cannot be used (for a file of `width` columns, where that is known)."""
        errors: dict[str, str] = {}
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                errors[name] = "Choose one of the list."
        if len(self.delimiter) == 1 and not self.delimiter.isalnum() and self.delimiter not in "\"'\r\n .-+":
            errors.pop("delimiter", None)  # a file may state another one: sep=^
        errors |= self._column_errors(width) | self._number_errors() | self._layout_errors()
        if self.decimal_mark == self.thousands_mark:
            errors["thousands_mark"] = "Decimals and thousands cannot have the same mark."
        if self.quote and self.quote == self.delimiter:
            errors["quote"] = "Columns and quotes cannot have the same mark."
        if self.currency_code and self.currency_code not in CURRENCIES:
            errors["currency_code"] = "Write a currency of three letters, such as EUR."
        return errors

    def _column_errors(self, width: int | None) -> dict[str, str]:
        most = MOST_COLUMNS if width is None else width
        wrong = "The file has no such column."
        errors = {name: wrong for name, column in self.columns().items() if not 0 <= column < most}
        for name in _LISTS:
            if any(not 0 <= column < most for column in getattr(self, name)):
                errors[name] = wrong
        if self.fee is not None and self.fee in (self.amount, self.money_in, self.money_out):
            errors["fee"] = "The fee cannot stand in the column with the amount."
        if self.date is None:
            errors["date"] = "Choose the column with the date."
        return errors

    def _number_errors(self) -> dict[str, str]:
        errors = {}
        if not 0 <= self.skip_rows <= 10_000:
            errors["skip_rows"] = "Write how many lines to skip, 0 to 10,000."
        if not 0 <= self.footer_rows <= 10_000:
            errors["footer_rows"] = "Write how many rows to leave out, 0 to 10,000."
        if not dates.FIRST_YEAR <= self.century_from <= dates.LAST_YEAR - 99:
            errors["century_from"] = f"Write a year from {dates.FIRST_YEAR} to {dates.LAST_YEAR - 99}."
        if self.year is not None and not dates.FIRST_YEAR <= self.year <= dates.LAST_YEAR:
            errors["year"] = f"Write a year from {dates.FIRST_YEAR} to {dates.LAST_YEAR}."
        return errors

    def _layout_errors(self) -> dict[str, str]:
        errors = {}
        if self.layout == "in_out":
            if self.money_in is None and self.money_out is None:
                errors["money_out"] = "Choose the column with money out, or the one with money in, or both."
            elif self.money_in == self.money_out:
                errors["money_in"] = "Money in and money out cannot be the same column."
        elif self.amount is None:
            errors["amount"] = "Choose the column with the amount."
        if self.member is not None and self.layout != "signed":
            errors["member"] = "One person's share needs the cost of the group in one column with a sign."
        if self.layout == "flag":
            if self.flag is None:
                errors["flag"] = "Choose the column that says which way the money went."
            if not self.in_texts and not self.out_texts:
                errors["out_texts"] = "Write what that column says for money out."
            elif {text.casefold() for text in self.in_texts} & {text.casefold() for text in self.out_texts}:
                errors["out_texts"] = "The same text cannot mean money in and money out."
        return errors


COLUMNS = (
    "date", "amount", "money_in", "money_out", "flag", "flag_first", "fee", "payee", "payee_in", "category",
    "currency", "account", "account_in", "bank_id", "status", "member",
)  # fmt: skip
_LISTS = ("memo", "nature")  # of columns
_TEXTS = ("in_texts", "out_texts", "status_values", "transfer_texts", "opening_texts", "settlement_texts")
_WHOLE = ("skip_rows", "footer_rows", "century_from")
_YES_NO = (
    "has_header", "out_negative", "invert", "leave_out_balances", "join_continued", "transfers_name_accounts",
)  # fmt: skip


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _wrong_type(name: str, value: object) -> str:
    """What a JSON value should have been, or an empty text."""
    if name in COLUMNS or name == "year":
        fine, wanted = value is None or _is_whole(value), "a whole number or null"
    elif name in _WHOLE:
        fine, wanted = _is_whole(value), "a whole number"
    elif name in _YES_NO:
        fine, wanted = isinstance(value, bool), "true or false"
    elif name in _LISTS:
        fine, wanted = isinstance(value, tuple) and all(map(_is_whole, value)), "a list of whole numbers"
    elif name in _TEXTS:
        fine, wanted = isinstance(value, tuple) and all(isinstance(v, str) for v in value), "a list of texts"
    else:
        fine, wanted = isinstance(value, str), "a text"
    return "" if fine else f"“{name}” must be {wanted}."
