"""What a bank's file says, without touching the database: `manage.py read_statement FILE [--json] [--map FILE]`."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from expenses.imports.statements import (
    NATURES,
    Account,
    Guess,
    LeftOut,
    Mapping,
    MappingError,
    Problem,
    Record,
    Refused,
    Split,
    Statement,
    accounts_of,
    guess,
    read,
    recognise,
)
from expenses.imports.statements.recognising import LARGEST, TOO_LARGE

_TEXTS = ("description", "payee", "memo", "currency", "account", "category", "bank_id")


class Command(BaseCommand):
    help = "Print what a statement says (money out is negative), without touching the database."
    requires_system_checks: list[str] = []  # a file is read: no database, no templates

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="The statement, as the bank gave it.")
        parser.add_argument("--json", action="store_true", help="Print JSON, and nothing else, on stdout.")
        parser.add_argument("--map", metavar="FILE", help="A mapping as JSON; without one, the best reading is taken.")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        said = _said(file, options["map"])
        self.stdout.write(json.dumps(said, ensure_ascii=False, indent=1) if options["json"] else _as_table(said))
        if said["format"] is None:
            sys.exit(1)


def _said(file: str, map_file: str | None) -> dict[str, Any]:
    """Everything about the file as JSON can hold it; `format` is null where it could not be read at all."""
    try:
        data = _bytes(file)
        saved = Mapping.from_json(_json(map_file)) if map_file else None
        guessed = None if saved else guess(data)
        mapping = saved or (guessed.mapping if guessed else None)
        return _of_statement(recognise(data), read(data, mapping, today=date.today()), guessed)  # noqa: DTZ011 - the day of whoever types the command
    except Refused as refused:
        return _refusal([Problem(refused.line, refused.text, refused.reason)])
    except MappingError as error:
        return _refusal([Problem(0, field, sentence) for field, sentence in error.errors.items()])


def _bytes(file: str) -> bytes:
    path = Path(file)
    try:
        if path.stat().st_size > LARGEST:
            raise Refused(TOO_LARGE)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Refused(f"The file {file} cannot be opened: {reason}.", line=0) from error


def _json(file: str) -> object:
    try:
        return json.loads(_bytes(file))
    except (ValueError, RecursionError) as error:
        raise MappingError({"mapping": f"The mapping {file} is not JSON."}) from error


def _refusal(problems: list[Problem]) -> dict[str, Any]:
    return {
        "format": None,
        "rows": [],
        "problems": [_row(problem) for problem in problems],
        "left_out": [],
        "accounts": [],
        "ambiguous": [],
        "alternatives": {},
        "notices": [],
        "signature": None,
        "mapping": None,
    }


def _of_statement(name: str, statement: Statement, guessed: Guess | None) -> dict[str, Any]:
    return {
        "format": name,
        "rows": [_record(record) for record in statement.records],
        "problems": [_row(problem) for problem in statement.problems],
        "left_out": [_row(row) for row in statement.left_out],
        "accounts": [_account(account) for account in accounts_of(statement.records)],
        "ambiguous": list(guessed.ambiguous) if guessed else [],
        "alternatives": {name: list(texts) for name, texts in guessed.alternatives.items()} if guessed else {},
        "notices": list(dict.fromkeys([*(guessed.notices if guessed else ()), *statement.notices])),
        "signature": guessed.signature if guessed else None,
        "mapping": statement.mapping.to_json() if statement.mapping else None,
    }


def _record(record: Record) -> dict[str, Any]:
    return {
        "date": record.date.isoformat(),
        "amount": f"{record.amount:f}",
        **{name: getattr(record, name) for name in _TEXTS},
        "nature": record.nature,
        "splits": [_split(part) for part in record.splits],
        "line": record.line,
    }


def _split(part: Split) -> dict[str, Any]:
    """A part of a row; `amount` is null where the text for it is no amount."""
    amount = None if part.amount is None else f"{part.amount:f}"
    return {"amount": amount, "category": part.category, "memo": part.memo, "text": part.text}


def _account(account: Account) -> dict[str, Any]:
    """`in` and `out` are magnitudes, by currency, "" where the file names none."""
    return {
        "account": account.number,
        "rows": account.rows,
        "first": account.first.isoformat(),
        "last": account.last.isoformat(),
        "in": {code: f"{amount:f}" for code, amount in sorted(account.into.items())},
        "out": {code: f"{amount:f}" for code, amount in sorted(account.out.items())},
    }


def _row(row: Problem | LeftOut) -> dict[str, Any]:
    return asdict(row)


def _as_table(said: dict[str, Any]) -> str:
    """The same for reading on a terminal."""
    lines = [line for row in said["rows"] for line in _row_lines(row)]
    if said["format"]:
        lines.append(f"{len(said['rows'])} rows read.")
    if len(said["accounts"]) > 1:
        lines += ["", "Accounts:", *(_account_line(account) for account in said["accounts"])]
    if said["problems"]:
        lines += ["", "Not read:"] if said["format"] else []
        lines += [_told(problem) for problem in said["problems"]]
    if said["left_out"]:
        lines += ["", "Left out:", *(_told(row) for row in said["left_out"])]
    if said["ambiguous"]:
        lines += ["", f"To be decided: {', '.join(said['ambiguous'])}."]
    return "\n".join([*lines, *said["notices"]])


def _row_lines(row: dict[str, Any]) -> Iterator[str]:
    nature = f"  ({NATURES[row['nature']]})" if row["nature"] else ""
    yield f"{row['line']:>6}  {row['date']}  {row['amount']:>14}  {row['description']}{nature}"
    for part in row["splits"]:
        words = " · ".join(filter(None, (part["category"], part["memo"])))
        yield f"{'':>18}  {part['amount'] or part['text']:>14}    of it: {words}"


def _account_line(account: dict[str, Any]) -> str:
    sums = [
        " ".join(filter(None, (amount, code, side)))
        for side in ("in", "out")
        for code, amount in account[side].items()
    ]
    name = account["account"] or "(none named)"
    return f"  {name}: {account['rows']} rows, {account['first']} to {account['last']}, {', '.join(sums)}"


def _told(row: dict[str, Any]) -> str:
    where = f"line {row['line']}: " if row["line"] else ""
    text = f" [{row['text']}]" if row["text"] else ""
    return f"  {where}{row['reason']}{text}"
