"""Text as people compare it: without case, accents or invisible characters."""

import re
import unicodedata

from django.core.exceptions import ValidationError

LOOK_LENGTH = 200
# Unicode's Cc and Cs but line feeds and tabs. Marks that turn the direction of what follows are none of them: they are
# kept in the data, harmless once isolated on the page.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def casefolded(text: str) -> str:
    """The key by which two names are the same. Python's casefold, since SQL's LOWER knows ASCII only on SQLite."""
    return unicodedata.normalize("NFKC", " ".join(text.split())).casefold()


def folded(text: str) -> str:
    """The key by which a search finds: no case, no accents, single spaces."""
    if text.isascii():  # has no accents, as most texts: in a tenth of the time
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(plain.casefold().split())


def normalised(text: str) -> str:
    """The text without differences of case and blanks."""
    return " ".join(text.split()).casefold()


def look(text: str) -> str:
    """What rows of one shop have in common: the words without a figure in them (branches, days, card numbers)."""
    words = normalised(text).split()
    plain = [word for word in words if not any(c.isdigit() for c in word)]
    if sum(c.isalpha() for word in plain for c in word) < 3:
        plain = ["".join(c for c in word if not c.isdigit()) for word in words]
    return " ".join(filter(None, plain))[:LOOK_LENGTH] or " ".join(words)[:LOOK_LENGTH]


def without_controls(text: str) -> str:
    """The text without NUL and other control characters (Postgres refuses NUL) and lone surrogates."""
    return _CONTROLS.sub("", text)


def refuse_controls(text: str) -> None:
    """Field validator: control characters are refused with a sentence."""
    if without_controls(text) != text:
        raise ValidationError("This text has invisible control characters. Type it again.", code="controls")


# What a spreadsheet takes for a formula; and such a text behind apostrophes, or undoing could not tell them apart.
FORMULA = re.compile(r"'*[=+\-@\t\r]")


def defused(text: str) -> str:
    """The text as a cell of a file that a spreadsheet opens: what it would take for a formula gets an apostrophe, and
    so does what looks like such a cell already. `undefused` gives back any text as it was."""
    return f"'{text}" if FORMULA.match(text) else text


def undefused(text: str) -> str:
    """The text of a cell that `defused` has written."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text
