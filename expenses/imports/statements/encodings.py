"""Which letters a file is written in. Old exports do not say, and a wrong reading gives no error."""

import unicodedata
from functools import lru_cache

from expenses.imports.statements.recognising import wide

_SAMPLE = 20_000
_PIECE = 4_096  # a whole number of two-byte signs

# The letters beyond ASCII of each language, by the encodings that old exports of its banks come in.
_ALPHABETS = {
    "cp1252": (
        "äöüß", "éèêëàâçîïôùûüœæ", "áéíóúñüçàèòï", "ãõáâàçéêíóôúü", "àèéìòùî", "æøåéäö", "åäöéü", "ëïéèöü",
        "áðéíóúýþæö",
    ),
    "cp1250": (
        "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čćđšž", "ăâîşţșț", "äöüßčšž",
    ),
    "cp1251": ("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"),
    "cp1253": ("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋ",),
    "cp1254": ("çğıöşüâîûİ",),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž"),
    "iso8859-2": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áéíóöőúüű"),
    "cp850": ("äöüß", "éèêëàâçîïôùûü", "áéíóúñü", "æøåäö"),
    "mac-roman": ("äöüß", "éèêëàâçîïôùûüœ", "áéíóúñü"),
}  # fmt: skip
# Signs that stand in statements of any language.
_SIGNS = set("€£§°–—‘’‚“”„…«»·´²³½©®™\u00a0\u00ad¿¡ªº•†±µ×")
_JOINING = set("’·´\u00ad")


def guessed(data: bytes) -> str:
    """The encoding of the data: certain by a mark or as UTF-8, otherwise the one that gives words of one language."""
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if codec := wide(data):
        return codec
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    sample = _interesting(data)
    if _is_damaged_utf8(sample):
        return "utf-8"
    best, best_score = "cp1252", -1.0
    for encoding in [*_ALPHABETS, "gb18030", "cp932"]:
        score = _score(sample, encoding)
        if score > best_score + 1e-9:
            best, best_score = encoding, score
    return best


def decode(data: bytes, encoding: str) -> tuple[str, int]:
    """(text, how many characters could not be read in this encoding)."""
    text = data.decode(encoding, errors="replace").removeprefix("\ufeff")
    lost = text.count("\ufffd") - data.count(b"\xef\xbf\xbd")
    return text, max(0, lost)


def _interesting(data: bytes) -> bytes:
    """The lines with bytes beyond ASCII, as far as needed; of a line without an end, pieces."""
    found, size = [], 0
    for line in data.split(b"\n"):
        if line.isascii():
            continue
        for start in range(0, len(line), _PIECE):
            piece = line[start : start + _PIECE]
            if not piece.isascii():
                found.append(piece)
                size += len(piece)
        if size > _SAMPLE:
            break
    return b"\n".join(found)[: 2 * _SAMPLE]


def _is_damaged_utf8(sample: bytes) -> bool:
    """A bank cut a text in the middle of a letter: all the others are good UTF-8."""
    text = sample.decode("utf-8", errors="replace")
    lost = text.count("\ufffd")
    good = sum(1 for c in text if c > "\x7f" and c != "\ufffd")
    return good >= 4 * lost


@lru_cache(maxsize=32)
def _alphabets(encoding: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(letters + letters.upper()) for letters in _ALPHABETS[encoding])


def _score(sample: bytes, encoding: str) -> float:
    """The share of the signs beyond ASCII that make sense, in the language that makes most of it."""
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        if encoding not in ("cp1252", "cp1250", "cp1253", "cp1254", "cp1257", "cp1251"):
            return 0
        text = sample.decode(encoding, errors="replace")
    strange = [(text[i - 1 : i], c, text[i + 1 : i + 2]) for i, c in enumerate(text) if c > "\x7f"]
    if not strange:
        return 0
    if encoding in ("gb18030", "cp932"):
        usual = _is_usual_chinese if encoding == "gb18030" else _is_east_asian
        return sum(usual(c) for _, c, _ in strange) / len(strange) * 0.99
    return max(
        sum(_makes_sense(before, c, after, letters) for before, c, after in strange) / len(strange)
        for letters in _alphabets(encoding)
    )


def _makes_sense(before: str, c: str, after: str, letters: frozenset[str]) -> float:
    if c >= "\u0370" and c in letters and any(by.isalpha() and by.isascii() for by in (before, after)):
        return 0  # Greek or Cyrillic in the middle of a Latin word
    if c in letters:
        return 0.6 if c.isupper() and before.islower() else 1
    if c not in _SIGNS:
        return 0
    within_word = before.isalpha() and after.isalpha()
    return 1 if not within_word or c in _JOINING else 0


def _is_usual_chinese(c: str) -> bool:
    """Japanese text read as Chinese gives signs that nobody uses."""
    try:
        c.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return _is_east_asian(c)


def _is_east_asian(c: str) -> bool:
    return "\u3000" <= c <= "\u30ff" or "\u4e00" <= c <= "\u9fff" or unicodedata.east_asian_width(c) == "F"
