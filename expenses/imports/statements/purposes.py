"""The purpose of an MT940 row (:86:), which every country fills in its own way: who, and what for.

166?00TRANSFER?20SVWZ+Rent May?32Ada Byron      German, Czech, Hungarian; Polish with < ^ ~ or > for the ?
/TRTP/SEPA OVERBOEKING/NAME/Ada Byron/REMI/...   Dutch, Belgian
SEPA OVERBOEKING IBAN: NL... NAAM: Ada Byron ... Dutch, for people to read
free text                                        everybody else
"""

import re
from typing import NamedTuple

from expenses.imports.statements.records import clean

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NOBODY = {"", "NOTPROVIDED", "NONREF", "NOT PROVIDED", "NONE", "KEINE"}


class Purpose(NamedTuple):
    """`payee`: whom the fields name at the other end, "" in free text. `memos`: the rest, the telling first."""

    payee: str
    memos: list[str]


def understood(lines: list[str]) -> Purpose:
    """What the lines of a purpose say."""
    texts = [_flat(line) for line in lines]
    joined = "".join(texts)
    if found := _NUMBERED.match(joined):
        return _numbered(joined[found.start("mark") :], found["mark"])
    if _SLASHED.match(joined):
        return _slashed(joined)
    spaced = " ".join(filter(None, (text.strip() for text in texts)))
    if len(labels := set(_LABEL.findall(spaced))) > 1 and "NAAM" in labels:
        return _labelled(spaced)
    if len(_SEPA.findall(spaced)) > 1 or "SVWZ+" in spaced:
        return _tagged(spaced, "", [])
    return Purpose("", [_one_line(spaced)])


def _flat(line: str) -> str:
    """The line as text on one line; blanks at its ends count where a word is wrapped."""
    return line if line.isprintable() else _CONTROL.sub(" ", line)


def _one_line(text: str) -> str:
    return clean(" ".join(text.split())) if text else ""


def _somebody(name: str) -> str:
    name = _one_line(name)
    return "" if name.upper() in _NOBODY else name


# ── ?20 … ?32 ─────────────────────────────────────────────────────────────────────────────────────

_NUMBERED = re.compile(r"\s*(?:\d{3}\s{0,2})?(?P<mark>[?<>^~|+])(?=\d\d.*(?P=mark)\d\d|(?:00|20)\S)")
_FULL = 27  # characters of a subfield: a text this long goes on in the next without a blank
_TEXTS = (*range(20, 30), *range(60, 64))
_NAMES, _POLISH_NAME, _POLISH_ADDRESS = (32, 33), 27, (28, 29)
_KNOWN = {0, 10, 30, 31, 34, 38, *_NAMES, *_TEXTS}


def _numbered(text: str, mark: str) -> Purpose:
    parts = re.split(rf"{re.escape(mark)}(\d\d)", text)
    fields: dict[int, list[str]] = {}
    for number, said in zip(parts[1::2], parts[2::2], strict=True):
        fields.setdefault(int(number), []).append(said)
    name = _one_line(_joined([text for number in _NAMES for text in fields.get(number, [])]))
    purpose = [number for number in _TEXTS if number in fields]
    if mark != "?":  # Polish: the purpose ends at 26, and somebody's name and address begin
        name = name or _of(fields, (_POLISH_NAME,), "")
        purpose = [number for number in purpose if number not in (_POLISH_NAME, *_POLISH_ADDRESS)]
    said = _joined([text for number in purpose for text in fields[number]])
    more = [_of(fields, (number,), " ") for number in (0, 31, 38)]
    if mark != "?":
        more.append(_of(fields, (_POLISH_NAME, *_POLISH_ADDRESS), " "))
    more += [_of(fields, (number,), " ") for number in fields if number not in _KNOWN]
    return _tagged(said, name, more)


def _of(fields: dict[int, list[str]], numbers: tuple[int, ...], between: str) -> str:
    return _one_line(between.join([text for number in numbers if number in fields for text in fields[number]]))


def _joined(texts: list[str]) -> str:
    """Subfields as one text: a full one goes on without a blank, and so does what stands between SEPA's marks."""
    is_sepa = any(_SEPA.search(text) for text in texts)
    said = last = ""
    for text in texts:
        goes_on = not _SEPA.match(text) and (is_sepa or len(last) >= _FULL)
        said += text if goes_on else f" {text}"
        last = text
    return said


# ── EREF+ … SVWZ+ ─────────────────────────────────────────────────────────────────────────────────

_SEPA = re.compile(
    r"((?:EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|PURP|ANAM|RREF|SQTP|ORCR|ORMR)(?=\+)"
    r"|\b(?:EREF|KREF|MREF|CRED|SVWZ|ABWA|ANAM|IBAN|BIC)(?=[+:]))[+:]"
)


def _tagged(text: str, name: str, more: list[str]) -> Purpose:
    parts = _SEPA.split(text)
    said: dict[str, str] = {}
    for tag, value in zip(parts[1::2], parts[2::2], strict=True):
        text = _one_line(value)
        if tag == "BIC":  # one word: what follows it is not of it
            text, _, rest = text.partition(" ")
            more = [*more, rest]
        said[tag] = f"{said.get(tag, '')} {text}".strip()
    behind = [said.pop(tag, "") for tag in ("ABWA", "ABWE")]
    payee = _somebody(name) or _somebody(said.pop("ANAM", ""))
    purpose = [said.pop("SVWZ", ""), _one_line(parts[0])]
    references = [f"{tag} {value}" for tag, value in said.items() if _is_telling(tag, value, more)]
    return Purpose(payee, [*purpose, *map(_somebody, behind), *more, *references])


def _is_telling(tag: str, value: str, more: list[str]) -> bool:
    """Whether a reference is worth a word: not the bank's own code, nor what stands there already."""
    return tag != "BIC" and value.upper() not in _NOBODY and value not in more


# ── NAAM: … OMSCHRIJVING: ─────────────────────────────────────────────────────────────────────────

_LABEL = re.compile(r"(?:^|\s)(IBAN|BIC|NAAM|OMSCHRIJVING|KENMERK|INCASSANT|MACHTIGING|VOOR):(?=\s)")


def _labelled(text: str) -> Purpose:
    parts = _LABEL.split(text)
    said: dict[str, str] = {}
    for label, value in zip(parts[1::2], parts[2::2], strict=True):
        said[label] = f"{said.get(label, '')} {_one_line(value)}".strip()
    name, purpose, account = (said.pop(label, "") for label in ("NAAM", "OMSCHRIJVING", "IBAN"))
    references = [f"{label} {value}" for label, value in said.items() if _is_telling(label, value, [])]
    return Purpose(_somebody(name), [purpose, _one_line(parts[0]), account, *references])


# ── /NAME/ … /REMI/ ───────────────────────────────────────────────────────────────────────────────

_TAGS = (
    "TRTP|TRCD|IBAN|BIC|NAME|ADDR|REMI|EREF|ORDP|BENM|ULTB|ULTC|ULTD|MARF|CSID|CNTP|RTRN|PREF|PURP|ISDT|SVCL|IREF|"
    "CDTRREFTP|CDTRREF|BUSP|ID|ACCW|ACCR|RTYP|OAMT|CHGS|EXCH|TRAN|SWOC|BO|INFO|RREF|NRTX|ORIG|OCMT|VS|SS|KS"
)
_SLASHED = re.compile(rf"\s*/(?:{_TAGS})/", re.IGNORECASE)
_SLASH_TAG = re.compile(rf"/({_TAGS})/")


def _slashed(text: str) -> Purpose:
    # A tag may end with the mark that the next one begins with.
    parts = _SLASH_TAG.split(re.sub(rf"(?<=/)(?=(?:{_TAGS})/)", "/", text))
    said: dict[str, str] = {}
    again = []
    for tag, value in zip(parts[1::2], parts[2::2], strict=True):
        if tag in said and value.strip("/ "):
            again.append(_one_line(value.strip("/ ")))
        elif value.strip("/ "):
            said[tag] = value if tag == "CNTP" else _one_line(value.strip("/ "))
    account, name = _counterpart(said.pop("CNTP", ""))
    name = _somebody(said.pop("NAME", "")) or name
    account = said.pop("IBAN", "") or account
    purpose = re.sub(r"^(?:USTD|STRD)/+(?:CUR/)?", "", said.pop("REMI", ""))
    behind = [_somebody(said.pop(tag, "")) for tag in ("ULTB", "ULTC", "ULTD")]
    kinds = [said.pop(tag, "") for tag in ("TRTP", "BUSP")]
    references = [f"{tag} {value}" for tag, value in said.items() if _is_telling(tag, value, [account])]
    return Purpose(name, [purpose, *behind, *kinds, account, *again, *references])


def _counterpart(text: str) -> tuple[str, str]:
    """(account, name) of `account/BIC/name/town`."""
    parts = [*map(_one_line, text.split("/")), "", "", ""]
    return parts[0], _somebody(parts[2])
