"""Amounts as statements write them: marks, currency signs, minus in front, behind, as parentheses or as DR."""

import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from expenses.shared.currencies import CURRENCIES

LARGEST = Decimal(10) ** 11  # as the ledger keeps them
PLACES = 4
LONGEST = 60

BLANKS = " \u00a0\u202f\u2009\u2007"
QUOTES = "'’ʼ`´"
_MINUS = "−–﹣－-"  # the plain one last: these stand in character classes

# How a currency may stand beside an amount, by what is written there. Signs of several currencies say nothing.
SIGNS = {
    "€": "EUR", "£": "GBP", "zł": "PLN", "zl": "PLN", "Kč": "CZK", "Kc": "CZK", "Ft": "HUF", "₹": "INR", "Rs": "INR",
    "Rs.": "INR", "₽": "RUB", "руб": "RUB", "руб.": "RUB", "₴": "UAH", "грн": "UAH", "₺": "TRY", "TL": "TRY",
    "₪": "ILS", "R$": "BRL", "lei": "RON", "Lei": "RON", "лв": "BGN", "лв.": "BGN", "₩": "KRW", "Fr.": "CHF",
    "Fr": "CHF", "SFr.": "CHF", "A$": "AUD", "C$": "CAD", "US$": "USD", "NZ$": "NZD", "HK$": "HKD", "S$": "SGD",
    "원": "KRW", "₱": "PHP", "฿": "THB", "₫": "VND", "₦": "NGN", "元": "CNY", "円": "JPY",
    "$": "", "¥": "", "￥": "", "kr": "", "kr.": "", "Kr": "", "R": "", "Rp": "IDR", "din": "RSD", "din.": "RSD",
    "US": "", "¢": "",
}  # fmt: skip
_CURRENCY = "|".join(sorted((re.escape(sign) for sign in SIGNS), key=len, reverse=True)) + "|[A-Z]{3}"
_AFFIXED = re.compile(
    rf"(?P<open>\()?\s*(?P<s1>[+{_MINUS}])?\s*(?P<c1>{_CURRENCY})?\s*(?P<s2>[+{_MINUS}])?\s*"
    rf"(?P<number>[0-9.,](?:[0-9.,{BLANKS}{QUOTES}]*[0-9.,])?)"
    rf"\s*(?P<s3>[+{_MINUS}])?\s*(?:(?P<c2>{_CURRENCY})\s*)?(?P<s4>[+{_MINUS}])?\s*"
    r"(?P<side>CR|DR|Cr|Dr|cr|dr|C|D)?\.?\s*(?P<close>\))?"
)
_NO_CENTS = re.compile(r"(?<=[0-9][.,])[-–—](?=$|\s|[^\W\d_]|€)")  # 12.- and 12,- have a dash for the cents


class Unreadable(ValueError):
    """The text is no amount; the message is a sentence for the person."""


class Affixed(NamedTuple):
    """An amount without what stands around it."""

    negative: bool
    number: str
    currency: str  # ISO code where the sign names one currency


@lru_cache(maxsize=4096)
def taken_apart(text: str) -> Affixed | None:
    """Sign, digits and currency of an amount, or None where the text is none (or has two signs, as "--5")."""
    if not text or len(text) > LONGEST:
        return None
    found = _AFFIXED.fullmatch(_NO_CENTS.sub("", text))
    if not found or bool(found["open"]) != bool(found["close"]):
        return None
    currency = found["c1"] or found["c2"] or ""
    if (found["c1"] and found["c2"]) or (currency not in SIGNS and currency and currency not in CURRENCIES):
        return None
    signs = [sign for sign in (found["s1"], found["s2"], found["s3"], found["s4"]) if sign]
    if len(signs) > 1:
        return None
    minus = bool(signs) and signs[0] != "+"
    side = (found["side"] or "").upper()[:1]
    if side == "C" and (minus or found["open"]):
        return None
    return Affixed(minus or bool(found["open"]) or side == "D", found["number"], SIGNS.get(currency, currency))


@lru_cache(maxsize=32)
def _pattern(decimal_mark: str, thousands_mark: str) -> re.Pattern[str]:
    """Groups of three (of two in front of them, as in 12,34,567.00, where the mark is a comma), then decimals."""
    group = BLANKS + (QUOTES if thousands_mark == "'" else "") + (thousands_mark if thousands_mark in ",." else "")
    middle = "[0-9]{2,3}" if thousands_mark == "," else "[0-9]{3}"
    mark = re.escape(decimal_mark)
    fraction = rf"(?:{mark}([0-9]*))?"
    return re.compile(
        rf"(?:([0-9]+|[0-9]{{1,3}}([{re.escape(group)}])(?:{middle}\2)*[0-9]{{3}}){fraction}|{mark}([0-9]+))"
    )


@lru_cache(maxsize=8)
def _plain(decimal_mark: str) -> re.Pattern[str]:
    return re.compile(rf"[+-]?[0-9]{{1,11}}(?:{re.escape(decimal_mark)}[0-9]{{1,4}})?")


def parsed(text: str, decimal_mark: str = ".", thousands_mark: str = ",") -> Decimal:
    """The amount in `text`, signed as written. Exact. Raises `Unreadable`.

    Thousands may always be set apart by blanks; by `thousands_mark` only in groups of three.
    """
    if _plain(decimal_mark).fullmatch(text):
        return Decimal(text.replace(decimal_mark, "."))
    if not text:
        raise Unreadable("There is no amount in this row.")
    shown = text if len(text) <= 40 else text[:39] + "…"
    apart = taken_apart(text)
    found = apart and _pattern(decimal_mark, thousands_mark).fullmatch(apart.number)
    if not apart or not found:
        raise Unreadable(f"“{shown}” is not an amount.")
    whole = re.sub(r"[^0-9]", "", found[1] or "0").lstrip("0") or "0"
    fraction = found[3] or found[4] or ""
    if len(fraction) > PLACES:  # zeros behind say nothing: 12.500000000000
        fraction = fraction.rstrip("0").ljust(2, "0")
    if len(fraction) > PLACES:
        raise Unreadable(f"“{shown}” has more than four decimals.")
    value = Decimal(f"{whole}.{fraction}" if fraction else whole)
    if value > LARGEST:
        raise Unreadable(f"“{shown}” is beyond 100,000,000,000.")
    return -value if apart.negative else value


def is_some(number: str) -> bool:
    """The digits are an amount in one style or another."""
    return any(_pattern(*style).fullmatch(number) for style in ((".", ","), (",", "."), (".", "'"), (",", "'")))


class Marks(NamedTuple):
    decimal: str
    thousands: str
    sure: bool


def marks(texts: Iterable[str]) -> Marks:
    """Which mark parts the decimals and which the thousands, judged from many amounts of one hand.

    Not sure where all that there is could be both: 1.234 is one and a bit, or one thousand.
    """
    votes = {".": 0, ",": 0}  # for being the decimal mark
    maybe = {".": 0, ",": 0}  # one mark, three digits behind it
    quotes = 0
    for text, times in Counter(texts).items():
        apart = taken_apart(text)
        if apart is None:
            continue
        quotes += any(c in QUOTES for c in apart.number)
        _weigh(apart.number, times, votes, maybe)
    if votes["."] == votes[","]:
        # Three digits behind are thousands more often than not; the caller asks.
        decimal = "," if maybe["."] > maybe[","] else "."
        return Marks(decimal, "'" if quotes else _other(decimal), sure=not (maybe["."] or maybe[","] or votes["."]))
    decimal = "." if votes["."] > votes[","] else ","
    return Marks(decimal, "'" if quotes else _other(decimal), sure=True)


def _other(mark: str) -> str:
    return "," if mark == "." else "."


def _weigh(number: str, times: int, votes: dict[str, int], maybe: dict[str, int]) -> None:
    points, commas = number.count("."), number.count(",")
    if points and commas:
        votes["." if number.rfind(".") > number.rfind(",") else ","] += times
        return
    if not points and not commas:
        return
    mark = "." if points else ","
    whole, _, behind = number.rpartition(mark)
    if points + commas > 1:
        votes[_other(mark)] += times
    elif len(behind) != 3 or len(whole) > 3 or whole in ("", "0"):
        votes[mark] += times
    else:
        maybe[mark] += times
