"""What a file is, by what it holds and never by its name; and the files that are no statement at all."""

import re

from expenses.imports.statements.records import Refused

LARGEST = 20 * 1024 * 1024
_HEAD = 8192

# Formats by their short name, with the name a person knows them by. "csv" is any table written as text.
FORMATS = {
    "csv": "CSV",
    "ofx": "OFX",
    "qif": "QIF",
    "camt": "CAMT.053",
    "mt940": "MT940",
    "xlsx": "XLSX",
}

EMPTY = "The file is empty."
BINARY = "This is not a text statement (binary data)."
WEB_PAGE = "This is a web page, not a statement; download it again."
ENTITIES = "The file declares XML entities, which statements never need."
TOO_LARGE = "The file is larger than 20 MB. Ask your bank for a shorter period."
INSTEAD = "CSV files can be read: ask your bank for a CSV export of the same period."

_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1a")) + b"\x7f"
_TAG = re.compile(r"<(?:!doctype\s+html|html|head|body|script|meta|title|table|div)\b", re.IGNORECASE)
_MT940 = re.compile(r"^:20:", re.MULTILINE)
_MT940_MORE = re.compile(r"^:(?:25|28C?|60[FM]|61):", re.MULTILINE)
_OFX = re.compile(r"<(?:OFX|STMTTRN|BANKTRANLIST)\b|DATA:\s*OFXSGML", re.IGNORECASE)
_QIF = re.compile(r"^[ \t]*!\s*(?:Type|Account|Option|Clear)\b", re.IGNORECASE | re.MULTILINE)
_QIF_CODES = frozenset("DTUCNPMALSE$%FX")


def recognise(data: bytes) -> str:
    """The format of a file, a key of `FORMATS`. Raises `Refused` where it cannot hold a statement."""
    if len(data) > LARGEST:
        raise Refused(TOO_LARGE)
    if not data.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n\x1a"):
        raise Refused(EMPTY)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _of_zip(data)
    _refuse_other_documents(data)
    text = as_text(data)
    _refuse_binary(data, text)
    return _of_text(text)


def _of_zip(data: bytes) -> str:
    if b"xl/" in data:
        return "xlsx"
    raise Refused("This is a compressed archive. Unpack it and choose the statement inside.")


def _refuse_other_documents(data: bytes) -> None:
    if data.startswith(b"%PDF"):
        raise Refused(f"This is a PDF, which is made for printing. {INSTEAD}")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused(f"This is an old Excel file (XLS), which cannot be read. {INSTEAD}")
    if data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"BZh", b"7z\xbc\xaf", b"Rar!")):
        raise Refused(BINARY)


def wide(data: bytes) -> str:
    """The UTF-16 codec of the data, by its mark or by every second byte being zero; else an empty text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = data[:_HEAD]
    half = len(head) // 2
    if half < 4:
        return ""
    odd, even = head[1::2].count(0), head[0::2].count(0)
    if odd > half * 0.4 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.4 and odd < half * 0.1:
        return "utf-16-be"
    return ""


def as_text(data: bytes) -> str:
    """The head as text, good enough for looking for marks of a format."""
    encoding = wide(data)
    head = data[: _HEAD * 2] if encoding else data[:_HEAD]
    return head.decode(encoding or "latin-1", errors="replace").lstrip("\ufeffï»¿ \t\r\n\x00")


def _refuse_binary(data: bytes, text: str) -> None:
    if wide(data):
        strange = sum(1 for c in text if c == "\ufffd" or (c < " " and c not in "\t\r\n\f\x1a"))
        if strange > len(text) * 0.02:
            raise Refused(BINARY)
        return
    for chunk in (data[:_HEAD], data[len(data) // 2 :][:_HEAD]):
        controls = [byte for byte in chunk if byte in _CONTROLS]
        # Stray NULs are cleaned away; binary data has many of many kinds.
        many, of_many_kinds = len(controls) > len(chunk) * 0.01, len(set(controls)) > 4
        if (many and of_many_kinds) or len(controls) > len(chunk) * 0.2:
            raise Refused(BINARY)


def _of_text(text: str) -> str:
    head = text[:_HEAD]
    if head.startswith("<") or "OFXHEADER" in head[:200].upper() or _OFX.search(head):
        return _of_markup(head)
    if _QIF.search(head) or _is_qif_without_header(head):
        return "qif"
    if head.startswith("{1:") or (_MT940.search(head) and _MT940_MORE.search(head)):
        return "mt940"
    if re.match(r"[\[{]\s*[\[{\"]", head):
        raise Refused(f"This is a JSON file, which cannot be read. {INSTEAD}")
    if re.match(r"\{\\rtf", head):
        raise Refused(f"This is a text document (RTF), which cannot be read. {INSTEAD}")
    return "csv"


def _is_qif_without_header(head: str) -> bool:
    """Lines of one letter and a text up to a line with ^ alone, a day and an amount among them."""
    lines = [line.strip() for line in head.splitlines()[:60]]
    if "^" not in lines:
        return False
    first = lines[: lines.index("^")]
    codes = {line[0] for line in first if line}
    dated = any(line[0] == "D" and line[1:2].isdigit() for line in first if line)
    return dated and bool(codes & {"T", "U"}) and codes <= _QIF_CODES


def _of_markup(head: str) -> str:
    is_ofx = "OFXHEADER" in head[:200].upper() or _OFX.search(head)
    if _TAG.search(head[:2048]) and not is_ofx:
        raise Refused(WEB_PAGE)
    if re.search(r"<!(?:ENTITY|DOCTYPE)\b", head, re.IGNORECASE):
        raise Refused(ENTITIES)
    if is_ofx:
        return "ofx"
    if re.search(r"camt\.05[234]|<(?:\w+:)?BkToCstmr", head):
        return "camt"
    raise Refused(f"This is an XML file of an unknown kind. {INSTEAD}")
