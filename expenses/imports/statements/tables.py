"""Text into rows of cells, each knowing its physical line; a quote that never closes costs its own line only."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

DELIMITERS = (",", ";", "\t", "|")
MOST_LINES_A_CELL = 60
LONGEST_ROW = 100_000

NEVER_CLOSED = "open"  # a quote is opened and never closed
TOO_LONG = "long"
DAMAGED = "damaged"  # quotes inside quotes that are not doubled

_SEP = re.compile(r"sep=(.)\s*", re.IGNORECASE)
# A row rarely begins in the middle of a text: a day at the head of a cell tells that a new row began.
# Not so where a quote stands behind it and none before it: that one ends the text.
_DAY_IN_CELL = re.compile(
    r"""(?:^|[,;\t|])\s*(?:["']\d{1,4}[./\-]\d{1,2}[./\-]\d{1,4}\b|\d{1,4}[./\-]\d{1,2}[./\-]\d{1,4}\b(?!["']))"""
    r"""|^(?:["']\d{8}["']|\d{8})[,;\t|]"""
)
_WRAPPED = re.compile(r'="(.*)"|=(-?[0-9.,]+)')


class Row(NamedTuple):
    line: int  # physical, from 1
    cells: list[str]
    raw: str
    fault: str = ""

    @property
    def is_blank(self) -> bool:
        return not self.raw.strip() or not any(cell.strip() for cell in self.cells)


def _with_plain_ends(text: str) -> str:
    """Whatever ends the lines; a lone carriage return ends one only in a file that knows no line feed."""
    text = text.replace("\r\r\n", "\n").replace("\r\n", "\n")
    return text.replace("\r", " " if "\n" in text else "\n")


def physical_lines(text: str) -> list[str]:
    """The lines without blank ones at the end."""
    lines = _with_plain_ends(text.rstrip("\x1a\x00")).split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def each_line(text: str) -> Iterator[str]:
    """The lines one after the other: a list of millions of short ones would need much memory."""
    text = _with_plain_ends(text)
    at = 0
    while (end := text.find("\n", at)) >= 0:
        yield text[at:end]
        at = end + 1
    yield text[at:]


def stated_delimiter(lines: list[str]) -> str:
    """What a first line `sep=;`, as Excel reads it, says."""
    found = _SEP.fullmatch(lines[0].strip(' "')) if lines else None
    if not found and lines and lines[0].lower().startswith("sep=\t"):
        return "\t"
    return found[1] if found else ""


def rows(lines: list[str], delimiter: str, quote: str, start: int = 0) -> Iterator[Row]:
    """The rows from physical line `start` (from 0) on, blank ones too."""
    usual = _usual_count(lines, delimiter)
    at, end = start, len(lines)
    patience = [4 * sum(map(len, lines[start:])) + LONGEST_ROW]  # characters that may be looked at again
    while at < end:
        line = lines[at]
        if len(line) > LONGEST_ROW:
            yield Row(at + 1, [line], line, TOO_LONG)
            at += 1
            continue
        if not quote or quote not in line:
            yield Row(at + 1, line.split(delimiter), line)
            at += 1
            continue
        cells, fault = split(line, delimiter, quote)
        if fault != NEVER_CLOSED:
            yield Row(at + 1, cells, line, fault)
            at += 1
            continue
        whole = _continued(lines, at, delimiter, quote, usual, patience=patience)
        if whole is None:
            yield Row(at + 1, line.split(delimiter), line, NEVER_CLOSED)
            at += 1
        else:
            cells, raw, taken = whole
            yield Row(at + 1, cells, raw)
            at += taken


def _usual_count(lines: list[str], delimiter: str) -> int:
    counts = Counter(count for line in lines[:1000] if (count := line.count(delimiter)))
    return counts.most_common(1)[0][0] if counts else 1


def _continued(
    lines: list[str], at: int, delimiter: str, quote: str, usual: int, *, patience: list[int]
) -> tuple[list[str], str, int] | None:
    """(cells, text, lines taken) of a row with line breaks inside its quotes, or None if they never close well."""
    whole = lines[at]
    for taken, line in enumerate(lines[at + 1 : at + MOST_LINES_A_CELL], 2):
        if line.count(delimiter) >= usual and _DAY_IN_CELL.search(line):
            return None
        whole += "\n" + line
        patience[0] -= len(line)
        if len(whole) > LONGEST_ROW or patience[0] < 0:
            return None
        if line.count(quote) % 2:  # quotes come in pairs, so this line may hold the one that closes
            patience[0] -= len(whole)
            cells, fault = split(whole, delimiter, quote)
            if fault == DAMAGED:
                return None
            if not fault:
                return cells, whole, taken
    return None


def split(text: str, delimiter: str, quote: str) -> tuple[list[str], str]:
    """(cells, fault) of one row. A quote in the middle of an unquoted cell is a sign like any other."""
    cells: list[str] = []
    fault = ""
    at, end = 0, len(text)
    blank = "" if delimiter == " " else " "
    while True:
        start = at
        while start < end and text[start] == blank:
            start += 1
        if start < end and text[start] == quote:
            cell, at, how = _quoted(text, start + 1, delimiter, quote)
            fault = fault or how
            cells.append(cell)
            if how == NEVER_CLOSED:
                return cells, how
            if at > end:
                return cells, fault
        else:
            stop = text.find(delimiter, at)
            if stop < 0:
                cells.append(text[at:])
                return cells, fault
            cells.append(text[at:stop])
            at = stop + 1


def _quoted(text: str, at: int, delimiter: str, quote: str) -> tuple[str, int, str]:
    """(cell, where the next one begins, fault) of the quoted cell whose text begins at `at`."""
    parts: list[str] = []
    fault = ""
    while True:
        stop = text.find(quote, at)
        if stop < 0:
            return "", len(text), NEVER_CLOSED
        if text.startswith(quote, stop + 1):
            parts.append(text[at : stop + 1])
            at = stop + 2
            continue
        after = stop + 1
        while after < len(text) and text[after] == " " != delimiter:
            after += 1
        parts.append(text[at:stop])
        if after >= len(text) or text[after] == delimiter:
            return "".join(parts), after + 1, fault
        parts.append(quote)
        fault = DAMAGED
        at = stop + 1


def unwrapped(cell: str) -> str:
    """The cell without what keeps Excel from reading it as a number: ="0123" and a leading apostrophe."""
    cell = cell.strip()
    if cell.startswith("=") and (found := _WRAPPED.fullmatch(cell)):
        return (found[1] if found[1] is not None else found[2]).strip()
    if cell.startswith("'") and cell[1:2].isdigit():
        return cell[1:]
    return cell
