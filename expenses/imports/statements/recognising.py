"""What a file is, by what it holds and never by its name; and the files that are no statement at all."""

import io
import re
import zipfile

from expenses.imports.statements.records import Refused
from expenses.shared import zips

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

ZIP = "zip"  # an archive, of which what is inside counts
_VOWELS = ("ofx", "mt940", "xlsx")  # as they are spoken

EMPTY = "The file is empty."
BINARY = "This is not a text statement (binary data)."
WEB_PAGE = "This is a web page, not a statement; download it again."
ENTITIES = "The file declares XML entities, which statements never need."
TOO_LARGE = "The file is larger than 20 MB. Ask your bank for a shorter period."
INSTEAD = "CSV, XLSX, OFX, QIF, CAMT.053 and MT940 can be read: ask your bank for an export in one of them."
DAMAGED_ZIP = "The ZIP archive is damaged: pack or download it again."
_SAVE_AS = "Open it in a spreadsheet program and save it as XLSX or CSV."
_UNPACK = "Unpack it and choose the statement inside."

_OLE = b"\xd0\xcf\x11\xe0"  # what old Excel files are kept in, and new ones with a password
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
PROTECTED = "This workbook is protected by a password. Save it without one and choose that file."

# Files that are no statement, by their first bytes.
_BEGINNINGS = (
    (b"%PDF", f"This is a PDF, which is made for printing. {INSTEAD}"),
    (_OLE, f"This is an old Excel file (XLS), which cannot be read. {_SAVE_AS}"),
    (b"\x1f\x8b", f"This is a compressed file (GZIP). {_UNPACK}"),
    (b"BZh", f"This is a compressed file (BZIP2). {_UNPACK}"),
    (b"\xfd7zXZ", f"This is a compressed file (XZ). {_UNPACK}"),
    (b"7z\xbc\xaf", f"This is a compressed archive (7Z). {_UNPACK}"),
    (b"Rar!", f"This is a compressed archive (RAR). {_UNPACK}"),
    (b"\x89PNG", f"This is a picture. {INSTEAD}"),
    (b"\xff\xd8\xff", f"This is a picture. {INSTEAD}"),
    (b"GIF8", f"This is a picture. {INSTEAD}"),
)
# Documents that are archives inside, by a file that each of them has.
_MEMBERS = (
    ("xl/workbook.bin", f"This is a binary Excel file (XLSB), which cannot be read. {_SAVE_AS}"),
    ("word/document.xml", f"This is a text document (DOCX), which cannot be read. {INSTEAD}"),
    ("ppt/presentation.xml", f"This is a presentation (PPTX), which cannot be read. {INSTEAD}"),
    ("Index/Document.iwa", f"This is a Numbers or Pages document, which cannot be read. {_SAVE_AS}"),
    ("content.xml", f"This is an OpenDocument file (ODS), which cannot be read. {_SAVE_AS}"),
    ("AndroidManifest.xml", "This is a program, not a statement."),
)
# The export of a household, by files that stand side by side in it.
_HOUSEHOLD = {"manifest.json", "household.csv"}
HOUSEHOLD = (
    "This is the file of a whole household, not a statement. An empty household brings it in under “Download "
    "everything”."
)
_MOST_MEMBERS = 5_000  # beyond any document: even their list would need much memory

_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1a")) + b"\x7f"
_TAG = re.compile(r"<(?:!doctype\s+html|html|head|body|script|meta|title|table|div)\b", re.IGNORECASE)
_SHEET_PAGE = re.compile(r"schemas-microsoft-com:office:(?:excel|spreadsheet)|\A<table\b", re.IGNORECASE)
_CAMT = re.compile(r"camt\.05[234]|<(?:[\w.-]+:)?BkToCstmr")
_PAIN = re.compile(r"pain\.00|<(?:[\w.-]+:)?CstmrCdtTrfInitn")
# Only a message is in this namespace; a page may speak of camt.053.
_ISO_20022 = re.compile(r"[\"']urn:iso:std:iso:20022:|<(?:[\w.-]+:)?(?:BkToCstmr|CstmrCdtTrfInitn)")
_DECLARED = re.compile(rb"<!(?:ENTITY|DOCTYPE)\b", re.IGNORECASE)
_MT940 = re.compile(r"(?:\A|[\r\n]|@@|\{4:)\s*:20:")
_MT940_MORE = re.compile(r"(?:[\r\n]|@@)\s*:(?:25P?|28C?|34F|60[FM]|61|62[FM]):")
_OFX = re.compile(r"<(?:OFX|STMTTRN|BANKTRANLIST)\b|DATA:\s*OFXSGML", re.IGNORECASE)
_QIF = re.compile(r"^[ \t]*!\s*(?:Type|Account|Option|Clear)\b", re.IGNORECASE | re.MULTILINE)
_QIF_CODES = frozenset("DTUCNPMALSE$%FX")


def called(name: str) -> str:
    """A format as it stands in a sentence: “a CSV file”, “an OFX file”."""
    return f"{'an' if name in _VOWELS else 'a'} {FORMATS[name]} file"


def recognise(data: bytes) -> str:
    """The format of a file, a key of `FORMATS`, or `ZIP`. Raises `Refused` where it cannot hold a statement."""
    if len(data) > LARGEST:
        raise Refused(TOO_LARGE)
    if not data.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n\x1a"):
        raise Refused(EMPTY)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _of_zip(data)
    _refuse_other_documents(data)
    text = as_text(data)
    _refuse_binary(data, text)
    return _of_text(text, data)


def _of_zip(data: bytes) -> str:
    # Each member stands in the list at the end with this mark: counted before anything is read.
    if data.count(b"PK\x01\x02") > _MOST_MEMBERS:
        raise Refused(f"The archive has more than {_MOST_MEMBERS:,} files. {_UNPACK}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except zips.BROKEN as error:
        if b"xl/workbook.xml" in data:
            return "xlsx"  # its reader says what is wrong with it
        raise Refused(DAMAGED_ZIP) from error
    if "xl/workbook.xml" in names:
        return "xlsx"
    if {name.rpartition("/")[2] for name in names} >= _HOUSEHOLD:
        raise Refused(HOUSEHOLD)
    for member, sentence in _MEMBERS:
        if member in names:
            raise Refused(sentence)
    return ZIP


def _refuse_other_documents(data: bytes) -> None:
    if data.startswith(_OLE) and _ENCRYPTED in data:
        raise Refused(PROTECTED)
    for beginning, sentence in _BEGINNINGS:
        if data.startswith(beginning):
            raise Refused(sentence)


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


def _of_text(text: str, data: bytes) -> str:
    head = text[:_HEAD]
    if head.startswith("<") or "<?xml" in head[:200] or "OFXHEADER" in head[:200].upper() or _OFX.search(head):
        return _of_markup(head, data)
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


def _of_markup(head: str, data: bytes) -> str:
    is_ofx = "OFXHEADER" in head[:200].upper() or _OFX.search(head)
    # An envelope around a message has a header and a body too, as web pages do.
    if not is_ofx and not _ISO_20022.search(head):
        if _SHEET_PAGE.search(head[:2048]):
            raise Refused(f"This is a web page or XML that only calls itself an Excel file. {_SAVE_AS}")
        if _TAG.search(head[:2048]):
            raise Refused(WEB_PAGE)
    if _DECLARED.search(data.replace(b"\x00", b"") if wide(data) else data):
        raise Refused(ENTITIES)
    if is_ofx:
        return "ofx"
    if _CAMT.search(head):
        return "camt"
    if _PAIN.search(head):
        raise Refused(f"This is an order of payments (pain), not a statement. {INSTEAD}")
    raise Refused(f"This is an XML file of an unknown kind. {INSTEAD}")
