"""Dates as statements write them: any separator, any order, month names of many languages, a time behind them."""

import datetime
import re
import unicodedata
from functools import lru_cache
from typing import Literal, NamedTuple

FIRST_YEAR, LAST_YEAR = 1900, 2200  # as the ledger keeps them

Order = Literal["DMY", "MDY", "YMD"]
ORDERS: tuple[Order, ...] = ("DMY", "MDY", "YMD")
IN_WORDS = {"DMY": "day, month, year", "MDY": "month, day, year", "YMD": "year, month, day"}

# Twelve names a language; an abbreviation is any beginning of three letters or more that means one month only.
_LANGUAGES = {
    "en": "january february march april may june july august september october november december",
    "de": "januar februar marz april mai juni juli august september oktober november dezember",
    "fr": "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "da": "januar februar marts april maj juni juli august september oktober november december",
    "nb": "januar februar mars april mai juni juli august september oktober november desember",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia wrzesnia pazdziernika listopada grudnia",
    "cs": "ledna unora brezna dubna kvetna cervna cervence srpna zari rijna listopadu prosince",
    "sk": "januara februara marca aprila maja juna jula augusta septembra oktobra novembra decembra",
    "hu": "januar februar marcius aprilis majus junius julius augusztus szeptember oktober november december",
    "ro": "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
    "tr": "ocak subat mart nisan mayis haziran temmuz agustos eylul ekim kasim aralik",
    "id": "januari februari maret april mei juni juli agustus september oktober november desember",
    "et": "jaanuar veebruar marts aprill mai juuni juuli august september oktoober november detsember",
    "lv": "janvaris februaris marts aprilis maijs junijs julijs augusts septembris oktobris novembris decembris",
    "fi": "tammikuu helmikuu maaliskuu huhtikuu toukokuu kesakuu heinakuu elokuu syyskuu lokakuu marraskuu joulukuu",
    "hr": "sijecanj veljaca ozujak travanj svibanj lipanj srpanj kolovoz rujan listopad studeni prosinac",
    "lt": "sausis vasaris kovas balandis geguze birzelis liepa rugpjutis rugsejis spalis lapkritis gruodis",
    "sl": "januar februar marec april maj junij julij avgust september oktober november december",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "uk": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "el": "ιανουαριου φεβρουαριου μαρτιου απριλιου μαιου ιουνιου ιουλιου αυγουστου σεπτεμβριου οκτωβριου νοεμβριου"
    " δεκεμβριου",
}
LANGUAGES = tuple(_LANGUAGES)
# Said otherwise than by their beginning, or in another case than the table's.
_MORE = {
    "mrz": 3, "maerz": 3, "sept": 9, "juil": 7, "jui": 7, "fevr": 2, "dez": 12, "mrt": 3, "set": 9, "ene": 1,
    "styczen": 1, "luty": 2, "marzec": 3, "kwiecien": 4, "maj": 5, "czerwiec": 6, "lipiec": 7, "sierpien": 8,
    "wrzesien": 9, "pazdziernik": 10, "grudzien": 12, "leden": 1, "unor": 2, "brezen": 3, "duben": 4, "kveten": 5,
    "cerven": 6, "cervenec": 7, "srpen": 8, "rijen": 10, "prosinec": 12, "cze": 6, "janner": 1, "jaenner": 1,
    "январь": 1, "февраль": 2, "март": 3, "апрель": 4, "май": 5, "июнь": 6, "июль": 7, "август": 8, "сентябрь": 9,
    "октябрь": 10, "ноябрь": 11, "декабрь": 12,
}  # fmt: skip


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("ı", "i").replace("ł", "l")


@lru_cache(maxsize=64)
def _months(language: str) -> dict[str, int]:
    """Month numbers by name and abbreviation, in one language or, for "", in all of them (first come, first kept)."""
    languages = [language] if language else list(_LANGUAGES)
    table: dict[str, int] = {} if language else dict(_MORE)
    for names in (_LANGUAGES[code].split() for code in languages):
        plain = [_plain(name) for name in names]
        for number, name in enumerate(plain, 1):
            for length in range(len(name), 2, -1):
                beginning = name[:length]
                if sum(other.startswith(beginning) for other in plain) == 1:
                    table.setdefault(beginning, number)
    return table


class Parts(NamedTuple):
    """A date taken apart, before anybody has decided which number is which.

    `kind`: "ymd" (year first, four digits), "end" (year last, four digits), "two" (two digits each), "named"
    (a, b, c are year, month, day, year 0 where it has none), "day" (two numbers, no year), "eight", "six" (digits
    without separators).
    """

    kind: str
    a: int = 0
    b: int = 0
    c: int = 0
    mark: str = ""  # the separator


_TIME = r"(?:(?:\s*,\s*|\s+|T|\s+-\s+)\d{1,2}[:.h]\d{2}.*)?"
_DAY_NAME = r"(?:[^\W\d_]{2,12}[.,]{0,2}\s+)?"
_NUMBERS = re.compile(rf"{_DAY_NAME}(\d{{1,4}})\s?([./\-–\s])\s?(\d{{1,2}})\s?\2\s?(\d{{4}}|\d{{1,2}})\.?{_TIME}")
_NAMED = re.compile(
    rf"{_DAY_NAME}(\d{{1,2}})(?:st|nd|rd|th|er|º|ª)?[\s.,/\-–]*(?:de\s|of\s)?\s*([^\W\d_]{{3,12}})[\s.,/\-–]*(?:de\s+)?"
    rf"(?:['’]?(\d{{4}}|\d{{2}})(?!\d|:))?\.?{_TIME}"
)
_NAME_FIRST = re.compile(
    rf"{_DAY_NAME}([^\W\d_]{{3,12}})[\s.,\-]*(\d{{1,2}})(?:st|nd|rd|th)?(?:[\s.,\-]+(\d{{4}}))?{_TIME}"
)
_YEAR_FIRST = re.compile(rf"(\d{{4}})[\s.,/\-]*([^\W\d_]{{3,12}})[\s.,/\-]*(\d{{1,2}})\.?{_TIME}")
_SIGNS = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일].*")
_DIGITS = re.compile(r"(\d{8})(?:T?\d{4,6}(?:\.\d+)?)?(?:\s*\[.*\])?(?:\s+\d{1,2}:\d{2}.*)?|(\d{6})")
_SHORT = re.compile(r"(\d{1,2})([./\-])(\d{1,2})\.?")
LONGEST = 60


@lru_cache(maxsize=4096)
def taken_apart(text: str, language: str = "") -> Parts | None:
    """The numbers in a date, or None where the text is no date in any style. Says nothing about the calendar."""
    if not 4 <= len(text) <= LONGEST or not any(c.isdigit() for c in text):
        return None
    if found := _NUMBERS.fullmatch(text):
        return _of_numbers(found)
    if found := _DIGITS.fullmatch(text):
        digits = found[1] or found[2]
        return Parts("eight" if found[1] else "six", int(digits))
    if found := _SHORT.fullmatch(text):
        return Parts("day", int(found[1]), int(found[3]), mark=found[2])
    return _of_names(text, language)


def _of_numbers(found: re.Match[str]) -> Parts | None:
    first, mark, second, third = found.groups()
    if len(first) == 3 or (len(third) == 1 and len(first) < 4):
        return None
    if len(first) == 4:
        return Parts("ymd", int(first), int(second), int(third), mark) if len(third) < 4 else None
    return Parts("end" if len(third) == 4 else "two", int(first), int(second), int(third), mark)


def _of_names(text: str, language: str) -> Parts | None:
    if found := _SIGNS.fullmatch(text):
        return Parts("ymd", int(found[1]), int(found[2]), int(found[3]))
    months = _months(language)
    for pattern, (year, month, day) in ((_NAMED, (3, 2, 1)), (_NAME_FIRST, (3, 1, 2)), (_YEAR_FIRST, (1, 2, 3))):
        found = pattern.fullmatch(text)
        number = found and months.get(_plain(found[month]))
        if found and number:
            two_digits = found[year] is not None and len(found[year]) == 2
            return Parts("named", int(found[year] or 0), number, int(found[day]), mark="two" if two_digits else "")
    return None


class Unreadable(ValueError):
    """The text is no date; the message is a sentence for the person."""


def parsed(
    text: str, order: Order, *, language: str = "", century_from: int = 1970, year: int | None = None
) -> datetime.date:
    """The date in `text`; what stands behind it, a time or a zone, is dropped.

    A year of four digits in front is a year whatever the order. `century_from` is the first of the hundred years
    that two digits mean; `year` is what a date without one belongs to. Raises `Unreadable`.
    """
    if not text:
        raise Unreadable("There is no date in this row.")
    parts = taken_apart(text, language)
    numbers = parts and _ordered(parts, order)
    if not parts or not numbers:
        in_order = f" in the order {IN_WORDS[order]}" if parts else ""
        raise Unreadable(f"“{_short(text)}” is not a date{in_order}.")
    years, month, day = numbers
    if _has_no_year(parts):
        if year is None:
            raise Unreadable(f"“{_short(text)}” has no year: say which year these dates belong to.")
        years = year
    elif _has_short_year(parts):
        years += (century_from - years + 99) // 100 * 100
    if not FIRST_YEAR <= years <= LAST_YEAR and 1 <= month <= 12 and 1 <= day <= 31:
        raise Unreadable(f"“{_short(text)}”: the year {years} is outside {FIRST_YEAR} to {LAST_YEAR}.")
    try:
        return datetime.date(years, month, day)
    except ValueError:
        raise Unreadable(f"“{_short(text)}” is not a day in the calendar.") from None


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _has_no_year(parts: Parts) -> bool:
    return parts.kind == "day" or (parts.kind == "named" and parts.a == 0 and not parts.mark)


def _has_short_year(parts: Parts) -> bool:
    return parts.kind in ("two", "six") or parts.mark == "two"


def _ordered(parts: Parts, order: Order) -> tuple[int, int, int] | None:
    """(year, month, day) of the parts, or None where the order cannot fit them."""
    kind, a, b, c, _ = parts
    if kind in ("ymd", "named"):
        return a, b, c
    if kind == "eight":
        return _of_eight(a, order)
    if kind == "six":
        a, b, c = a // 10_000, a // 100 % 100, a % 100
    if kind == "day":
        return (0, a, b) if order != "DMY" else (0, b, a)
    if order == "YMD":
        return None if kind == "end" else (a, b, c)
    return (c, b, a) if order == "DMY" else (c, a, b)


def _of_eight(digits: int, order: Order) -> tuple[int, int, int]:
    """No eight digits are a date of our years both with the year in front and with it at the end."""
    year, month, day = digits // 10_000, digits // 100 % 100, digits % 100
    if order == "YMD" or (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
        return year, month, day
    first, second = digits // 1_000_000, digits // 10_000 % 100
    return (digits % 10_000, second, first) if order == "DMY" else (digits % 10_000, first, second)


def fits(parts: Parts, order: Order, century_from: int = 1970) -> datetime.date | None:
    """The date that the parts are in this order, if there is one: for weighing orders against each other."""
    numbers = _ordered(parts, order)
    if numbers is None:
        return None
    year, month, day = numbers
    if _has_no_year(parts):
        year = 2024  # any leap year: only the order is weighed
    elif _has_short_year(parts):
        year += (century_from - year + 99) // 100 * 100
    try:
        return datetime.date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None


def shape(text: str) -> str:
    """How a date is written, not which: "31/12/2024" and "01/02/2023" are both 99/99/9999."""
    return re.sub(r"[^\W\d_]+", "A", re.sub(r"\d", "9", text))[:LONGEST]
