"""Statement files, the damage that is done to them, and what has to hold of whatever is read from the result."""

import io
import random
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from hypothesis import settings

from expenses.imports.models import ImportProfile, ImportRow
from expenses.imports.statements import (
    NATURES,
    TABLES,
    Mapping,
    MappingError,
    Refused,
    Statement,
    accounts_of,
    adapt,
    encodings,
    guess,
    mt940,
    preview,
    qif,
    read,
    sheets,
    signature_for,
    signatures,
)
from expenses.imports.statements.dates import FIRST_YEAR, LAST_YEAR
from expenses.imports.statements.opening import Source
from expenses.imports.statements.records import MEMO_LENGTH, clean
from expenses.shared.money import LARGEST, to_units

OURS = Path(__file__).parent.parent / "statements"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "fixtures"

# ── files ─────────────────────────────────────────────────────────────────────────────────────────


def workbook(*rows: Iterable[Any]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
        for line, cells in enumerate(rows):
            for column, value in enumerate(cells):
                if isinstance(value, date):
                    sheet.write_datetime(line, column, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001
                else:
                    sheet.write(line, column, value)
    return out.getvalue()


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def files() -> dict[str, bytes]:
    """All statement files of every format, by what they are called: ours, and the shared ones where they are."""
    found = {
        path.relative_to(folder.parent).as_posix(): path.read_bytes()
        for folder in (OURS, SHARED / "files", SHARED / "bad")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    found["made/days.xlsx"] = workbook(
        ["Bank of Nowhere"], ["Date", "Payee", "Amount", "Balance"],
        *([date(2026, 1, 1 + n % 28), f"Shop {n}", -n / 4, 1000 - n] for n in range(1, 40)),
    )  # fmt: skip
    found["made/texts.xlsx"] = workbook(
        ["Datum", "Text", "Soll", "Haben"],
        *([f"{1 + n % 28:02}.03.2026", f"Laden <{n}>", f"{n},50", ""] for n in range(1, 40)),
    )
    camt = [data for name, data in found.items() if "/camt/" in f"/{name}"]
    found["made/days.zip"] = zipped(**{f"day{n}.xml": data for n, data in enumerate(camt[:3])})
    found["made/one.zip"] = zipped(**{"in/one.csv": found["statements/csv/soll_haben.csv"]})
    return found


# ── damage ────────────────────────────────────────────────────────────────────────────────────────

HOSTILE = [
    "1e999", "-1e5", "NaN", "Infinity", "-0", "\x00", "\x00" * 50, "x" * 10_000, "9" * 40, "-" + "9" * 40 + ".99",
    "0." + "0" * 40 + "1", "100000000001", "99999999999.9999", "-922337203685477.5808", '"', "'", '""', '"\n"', "`",
    "<!DOCTYPE a [<!ENTITY b 'c'>]>", "<!ENTITY", "<![CDATA[", "]]>", "<!--", "&lt;", "&#0;", "&#xD800;",
    "&#x110000;",
    "&#99999999999;", "\u202e\u2066", "\ufeff", "\ud7ff\ue000", "\U0001f9fe", "ﷺ" * 300, "İ" * 300, "\u0301" * 300,
    "0000-01-01", "0000-00-00", "9999-12-31", "99999999", "00000000", "31/12/9999", "1/1/0000", "1/1/00",
    "29.02.2023",
    "2026-13-45", "\r", "\n", "\r\n", "\r\n\r\n", "\x1a", "\x85", "\u2028", "\x0b", "\x0c", "\x1c", ",", ";",
    "\t", "|",
    ";" * 250, "," * 5_000, "^\n", "^", ":61:", ":61:2601010101D1,00NTRFNONREF\n", ":86:", "-}", "{4:",
    ":20:X", ":62F:",
    "<STMTTRN>", "</STMTTRN>", "<OFX>", "</OFX>", "<TRNAMT>", "<DTPOSTED>", "<FITID>", "<Ntry>", "</Ntry>", "<Stmt>",
    "!Type:Bank\n", "!Account\n", "!Type:Invst\n", "D1/1'04\n", "S[x]\n$1\n", "%50\n", "٣٤٫٥", "１２．３４", "²",
    "½", "一二",
    "=1+1", "@SUM(1)", "(1.00)", "--5", "5-", "1.234", "1,234", "1'234.5", "12.-", "USD", "€", "%s%n{0}",
    "{{ 7|add:7 }}",
    "<script>alert(1)</script>", "\x1b[31m", "\x7f", "sep=;\n", "sep=x\n", 'sep="\n', "PK\x03\x04", "%PDF-",
    "\\", "\\x00",
]  # fmt: skip
RAW = [
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"\xff" * 20,
    bytes(range(256)),
    b"\x80",
]


def damaged(whole: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """The file with one to four things done to it."""
    if whole.startswith(b"PK") and chance.random() < 0.8:
        return _damaged_inside(whole, others, chance)
    data = whole
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        data = chance.choice(DAMAGES)(data, others, chance)
    return data


def _damaged_inside(whole: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """One member of an archive damaged, packed again as if it had always been so."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as again:
        infos = archive.infolist()
        likely = [info for info in infos if "sheet1" in info.filename or "Strings" in info.filename] or infos
        chosen = chance.choice(likely if chance.random() < 0.7 else infos)
        for info in infos:
            data = archive.read(info)
            again.writestr(info.filename, chance.choice(DAMAGES)(data, others, chance) if info is chosen else data)
    return out.getvalue()


def _bytes_changed(data: bytes, _: list[bytes], chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _n in range(min(len(changed), chance.choice((1, 3, 20)))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _cut(data: bytes, _: list[bytes], chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] if chance.random() < 0.7 else data[at:]


def _piece_gone(data: bytes, _: list[bytes], chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at + chance.choice((1, 5, 50, 500)) :]


def _piece_twice(data: bytes, _: list[bytes], chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    piece = data[at : at + chance.choice((1, 30, 300))]
    return data[:at] + piece * chance.choice((2, 20)) + data[at:]


def _spliced(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    other = chance.choice(others)
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


def _text_put_in(data: bytes, _: list[bytes], chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + _hostile(data, chance) + data[at:]


def _figures_replaced(data: bytes, _: list[bytes], chance: random.Random) -> bytes:
    """What stands where an amount or a day was is something else."""
    found = list(re.finditer(rb"[0-9][0-9.,'/-]*", data))
    if not found:
        return data
    figures = chance.choice(found)
    return data[: figures.start()] + _hostile(data, chance) + data[figures.end() :]


def _line_moved(data: bytes, _: list[bytes], chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    line = lines.pop(chance.randrange(len(lines)))
    lines.insert(chance.randrange(len(lines) + 1), line)
    return b"\n".join(lines)


def _other_letters(data: bytes, _: list[bytes], chance: random.Random) -> bytes:
    text = data.decode("utf-8", errors="replace")
    return text.encode(chance.choice(("utf-16", "utf-16-le", "utf-16-be", "cp1252", "gb18030")), errors="replace")


def _hostile(data: bytes, chance: random.Random) -> bytes:
    if chance.random() < 0.1:
        return chance.choice(RAW)
    codec = "utf-16-le" if data.startswith(b"\xff\xfe") else chance.choice(("utf-8", "utf-8", "utf-8", "cp1252"))
    return chance.choice(HOSTILE).encode(codec, errors="replace")


type Damage = Callable[[bytes, list[bytes], random.Random], bytes]
DAMAGES: list[Damage] = [
    _bytes_changed, _bytes_changed, _cut, _piece_gone, _piece_twice, _spliced, _text_put_in, _text_put_in,
    _figures_replaced, _figures_replaced, _line_moved, _other_letters,
]  # fmt: skip


def first_seed() -> int:
    """Where a long trial begins: at the same file each time, unless others are looked for."""
    looks_for_others = settings.get_current_profile_name() == "random"  # see tests/conftest.py
    return random.SystemRandom().randrange(10**9) if looks_for_others else 10**6


# ── what holds of every reading ───────────────────────────────────────────────────────────────────

TODAY = date(2026, 11, 22)
COLUMNS = {name: ImportRow._meta.get_field(name).max_length for name in ("description", "bank_id", "nature")}
COLUMNS |= {"category": ImportRow._meta.get_field("file_category").max_length, "memo": MEMO_LENGTH, "account": 200}
SIGNATURE = ImportProfile._meta.get_field("signature").max_length or 0


def check(data: bytes) -> Statement | None:
    """Reads the data in every way there is; gives what was read, or None where it was refused."""
    try:
        with_sentence(lambda: sheets(data))
        found = with_sentence(lambda: guess(data))
        if found is None:
            return None
        for signature in with_sentence(lambda: signatures(data)) or ():
            assert 0 < len(signature) <= SIGNATURE
        walk(found)
        assert Mapping.from_json(found.mapping.to_json()) == found.mapping
        with_sentence(lambda: walk(preview(data, found.mapping, today=TODAY)))
        with_sentence(lambda: adapt(data, found.mapping, found.signature))
        with_sentence(lambda: signature_for(data, found.mapping))
        statement = with_sentence(lambda: read(data, found.mapping, today=TODAY))
        guessed = with_sentence(lambda: read(data, today=TODAY))
        assert (statement is None) == (guessed is None)
        if statement is None or guessed is None:
            return None
        assert (statement.records, statement.problems) == (guessed.records, guessed.problems)
        fits(statement)
        is_whole(data, statement)
        return statement
    except RecursionError as error:
        raise AssertionError("read too deep") from error


def with_sentence[T](do: Callable[[], T]) -> T | None:
    """What it gives; None where it is refused with a sentence."""
    try:
        return do()
    except Refused as refused:
        is_sentence(refused.reason)
        walk([refused.reason, refused.text, refused.line])
    except MappingError as error:
        for said in error.errors.values() or [""]:
            is_sentence(said)
    return None


def is_sentence(text: str) -> None:
    assert text
    is_begun = text[0].isupper() or text[0].isdigit() or not text[0].isascii()
    assert is_begun or ": " in text, text  # or begins with the name of a file
    assert text.rstrip().endswith((".", "”")), text
    assert len(text) < 1_000, text
    walk(text)


def walk(found: Any) -> None:
    """Nowhere a float, a NaN, or a text that Postgres would not keep."""
    for value in values_in(found):
        assert not isinstance(value, float), value
        if isinstance(value, Decimal):
            assert value.is_finite()
        if isinstance(value, str):
            assert "\x00" not in value, repr(value[:200])
            value.encode()


def values_in(found: Any) -> Iterator[Any]:
    if is_dataclass(found):
        for each in fields(found):
            yield from values_in(getattr(found, each.name))
    elif isinstance(found, dict):
        yield from values_in(list(found.items()))
    elif isinstance(found, (list, tuple, set, frozenset)):
        for each in found:
            yield from values_in(each)
    else:
        yield found


def fits(statement: Statement) -> None:
    """What was read goes into the columns of a row as it is."""
    walk(statement)
    assert all(is_sentence(notice) is None for notice in statement.notices)
    for record in statement.records:
        is_amount(record.amount)
        for part in record.splits:
            if part.amount is not None:
                is_amount(part.amount)
            assert len(part.category) <= (COLUMNS["category"] or 0)
        assert type(record.date) is date
        assert FIRST_YEAR <= record.date.year <= LAST_YEAR
        assert record.nature in ("", *NATURES)
        assert 0 < record.line < 2**31
        for name, most in COLUMNS.items():
            assert len(getattr(record, name)) <= (most or 0), (name, getattr(record, name)[:80])
        assert len(record.currency) <= 10
        assert len(record.raw) <= 200_000
    for row in (*statement.problems, *statement.left_out):
        assert row.reason
        assert 0 < row.line < 2**31
        assert len(row.text) <= 10_000 + 300
    for problem in statement.problems:
        is_sentence(problem.reason)
        assert len(problem.reason) <= 500
    accounts_of(statement.records)


def is_amount(amount: Decimal) -> None:
    assert type(amount) is Decimal
    assert amount.is_finite()
    assert abs(amount) <= LARGEST
    to_units(amount)  # raises for a fifth decimal


def is_whole(data: bytes, statement: Statement) -> None:
    """Each row of the file is a record, a problem or left out."""
    assert statement.mapping is not None
    found = [*statement.records, *statement.problems, *statement.left_out]
    if statement.format in TABLES and not data.startswith(b"PK"):
        _table_is_whole(data, statement)
    elif statement.format == "mt940" and not data.startswith(b"PK"):
        text, _ = mt940._opened(data, statement.mapping)
        assert len(found) >= len(re.findall(r"^ {0,3}:61:", text, re.MULTILINE))
    elif statement.format == "qif" and not data.startswith(b"PK"):
        text, _ = encodings.decode(data, statement.mapping.encoding)
        assert len(found) == len(list(qif._rows(text)))


def _table_is_whole(data: bytes, statement: Statement) -> None:
    mapping = statement.mapping
    assert mapping is not None
    source = Source.of(data, mapping)
    rows = list(source.rows(mapping.skip_rows or source.stated))[mapping.has_header :]
    lines = Counter(row.line for row in (*statement.records, *statement.problems, *statement.left_out))
    assert max(lines.values()) == 1
    missing = [row for row in rows if row.line not in lines]
    if mapping.join_continued:  # the text of such a row stands with the row before it
        raws = "\n".join(record.raw for record in statement.records)
        missing = [row for row in missing if clean(row.raw) not in raws]
    assert not missing, missing[:3]
