"""How amounts, dates and small marks are drawn: decided once, used by every template (a builtin library)."""

import datetime as dt
import functools
import zoneinfo
from decimal import Decimal
from html import escape
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from expenses.shared.money import format_amount, format_plain
from expenses.shared.months import Month
from expenses.shared.paths import path_of
from expenses.shared.sums import Part, Sum

register = template.Library()

FARTHEST = Decimal(112)  # percent of the whole that a bar is drawn to
BEYOND = f"{FARTHEST}%"


def _decimals(context: Any) -> int:
    household = context.get("household")
    return household.decimals if household else 2


def _data(value: Decimal, text: str, decimals: int, classes: str) -> SafeString:
    # A month has a hundred of them; digits, signs and the class names of a template need no escaping.
    return SafeString(f'<data class="{classes}" value="{format_plain(value, decimals)}">{text}</data>')


def _amount(value: Decimal, decimals: int, classes: str = "amount") -> SafeString:
    return _data(value, format_amount(value, decimals), decimals, classes)


@register.simple_tag(takes_context=True)
def amount(context: Any, value: Decimal, classes: str = "") -> SafeString:
    """`<data class="amount" value="-12.50">−12.50</data>`, in the household's currency."""
    return _amount(value, _decimals(context), f"amount {classes}".strip())


@register.simple_tag(takes_context=True)
def plain(context: Any, value: Decimal) -> str:
    """`1234.50`, as a form's field has it."""
    return format_plain(value, _decimals(context))


@register.simple_tag(takes_context=True)
def spending(context: Any, value: Decimal, classes: str = "") -> SafeString:
    """An amount spent: a refund, which is negative, is shown with a plus sign."""
    decimals = _decimals(context)
    text = format_amount(-value, decimals, plus=True) if value < 0 else format_amount(value, decimals)
    return _data(value, text, decimals, f"amount {classes}".strip())


@register.simple_tag(takes_context=True)
def cell(context: Any, found: Any) -> SafeString:
    """A figure of a report (reports/grid.py) that leads to its expenses, or a dash: a page has hundreds of them."""
    if found.is_empty:
        return SafeString('<span class="soft">–</span>')
    figure = spending(context, found.amount)
    return SafeString(f'<a href="{path_of("expenses:index")}?{escape(found.query)}">{figure}</a>')


@register.simple_tag(takes_context=True)
def magnitude(context: Any, value: Decimal, classes: str = "") -> SafeString:
    """An amount whose sign stands in words or in a column of its own."""
    return amount(context, abs(value), classes)


@register.simple_tag(takes_context=True)
def change(context: Any, value: Decimal) -> SafeString:
    """How much more or less was spent: ↑ 12.50. A plus sign would say that it came back."""
    if not value:
        return SafeString('<span class="soft">same</span>')
    decimals = _decimals(context)
    arrow, word = ("↑", "more") if value > 0 else ("↓", "less")
    text = f'<span aria-hidden="true">{arrow}</span> {format_amount(abs(value), decimals)}'
    return _data(value, f'{text}<span class="visually-hidden"> {word}</span>', decimals, "amount")


@register.simple_tag(takes_context=True, name="sum")
def sum_table(context: Any, found: Sum) -> SafeString:
    """Why a figure is what it is: a part a line, with its sign, a line below them, and the figure."""
    decimals = _decimals(context)

    def row(sign: str, part: Part | Sum, value: Decimal, day_of: str = "") -> str:
        linked = f'<a href="{escape(part.url)}">{escape(part.linked)}{day_of}</a>' if part.linked else ""
        words = f"{escape(part.words)}{linked}{escape(part.more)}"
        return f'<tr><td>{sign}</td><th scope="row">{words}</th><td>{_amount(value, decimals)}</td></tr>'

    rows: list[str] = []
    for part in found.parts:
        sign = "" if part.sign == "+" and not rows else part.sign  # nothing is added to nothing
        rows.append(row(sign, part, part.size, day(part.on) if part.on else ""))
    total = row("=", found, found.total)
    return SafeString(f'<table class="sum"><tbody>{"".join(rows)}</tbody><tfoot>{total}</tfoot></table>')


@register.simple_tag
@functools.lru_cache(maxsize=256)  # a page draws forty, and each would look the sprite up in the manifest
def icon(name: str) -> SafeString:
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("icons/sprite.svg"), name
    )


@register.simple_tag
@functools.lru_cache(maxsize=256)
def dot(color: str) -> SafeString:
    """The mark of a category."""
    return format_html(
        '<svg class="dot" width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">'
        '<circle cx="5" cy="5" r="5" fill="{}"/></svg>',
        color,
    )


@register.filter
@functools.lru_cache(maxsize=1024)  # lists name the same days again and again
def day(value: dt.date) -> SafeString:
    """`<time datetime="2026-11-22">22 Nov</time>`."""
    return _time(value, f"{value.day} {value:%b}")


@register.filter
def day_year(value: dt.date) -> SafeString:
    """22 Nov 2026."""
    return _time(value, f"{value.day} {value:%b} {value.year}")


@register.filter
@functools.lru_cache(maxsize=1024)  # lists name the same days again and again
def weekday(value: dt.date) -> SafeString:
    """Sun 22 Nov."""
    return _time(value, f"{value:%a} {value.day} {value:%b}")


@register.filter
def long_weekday(value: dt.date) -> SafeString:
    """Sunday 22 November."""
    return _time(value, f"{value:%A} {value.day} {value:%B}")


@register.filter
def long_day(value: dt.date) -> SafeString:
    """Sunday 22 November 2026."""
    return _time(value, f"{value:%A} {value.day} {value:%B} {value.year}")


@register.filter
def local_day(value: dt.datetime, household: Any) -> dt.date:
    """The day of a moment where the household is: `{{ import.uploaded_at|local_day:household|day_year }}`."""
    return timezone.localdate(value, zoneinfo.ZoneInfo(household.time_zone))


def _time(value: dt.date, text: str) -> SafeString:
    return SafeString(f'<time datetime="{value.isoformat()}">{text}</time>')  # digits and names of months and days


@register.filter
def percent(part: Decimal, whole: Decimal) -> str:
    """The share of a whole as an SVG length, `83.2%`, between 0 and 112 %: a bar is drawn no further."""
    if not whole or whole < 0 or part <= 0:
        return "0%"
    return f"{min(part * 100 / whole, FARTHEST):.1f}%"


@register.filter
def month_of(value: dt.date, household: Any) -> Month:
    """The household's budget month that holds the day."""
    return household.month_of(value)


@register.simple_tag
def bar(part: Decimal, whole: Decimal, *, state: str = "", today: str = "", height: int = 6) -> SafeString:
    """A part of a whole. `state` is near, over or none (nothing to measure against); `today` an SVG length."""
    mark = f'<rect class="bar-today" x="{today}" y="-4" width="1" height="14"/>' if today else ""
    if state == "none":
        drawn = '<line class="bar-track" x2="100%" y1="3" y2="3"/>'
    else:
        shape = f'height="{height}" rx="{height // 2}"'
        width = percent(part, whole) if whole > 0 or state != "over" else BEYOND
        drawn = f'<rect class="bar-track" width="100%" {shape}/><rect class="bar-fill" width="{width}" {shape}/>'
        if whole > 0 and part > whole:
            drawn += '<rect class="bar-end" x="100%" y="-2" width="2" height="10"/>'
    classes = f"bar is-{state}" if state else "bar"
    # Numbers, and words of templates: nothing that somebody typed.
    return SafeString(f'<svg class="{classes}" height="{height}" aria-hidden="true">{drawn}{mark}</svg>')


@register.filter
def undo(message: Any) -> str:
    """The URL whose POST takes back what the message tells (`say(…, undo=…)`), or nothing."""
    tags = message.extra_tags or ""
    return tags.removeprefix("undo:") if tags.startswith("undo:") else ""


@register.simple_tag
def path(name: str, *args: Any) -> str:
    """As `{% url %}`, for what a page has many of; nothing where there is no such page."""
    return path_of(name, *args)


@register.simple_tag(takes_context=True)
def entry(context: Any, to: str, word: str, *, at: str, icon_name: str = "") -> SafeString:
    """A menu's link to a page, marked where one is there (`at`, as for `current`). A slice that is taken out takes its
    entry with it."""
    href = path_of(to)
    if not href:
        return SafeString()
    return _entry(href, current(context, at), icon_name, word)


@functools.lru_cache(maxsize=256)  # a page draws nineteen
def _entry(href: str, mark: str, icon_name: str, word: str) -> SafeString:
    return format_html('<a href="{}"{}>{}{}</a>', href, mark, icon(icon_name) if icon_name else "", word)


@register.simple_tag(takes_context=True)
def current(context: Any, place: str) -> str:
    """` aria-current` for a menu entry whose place is a namespace, or a namespace and a view: "settings household";
    several namespaces of one entry as "expenses|incomes".

    "page" on the entry's own page, "true" on those behind it.
    """
    namespace, _, view = place.partition(" ")
    match = getattr(context.get("request"), "resolver_match", None)
    if match is None or match.namespace not in namespace.split("|") or (view and match.url_name != view):
        return ""
    own = match.url_name in ("index", "show", view)
    return SafeString(' aria-current="page"' if own else ' aria-current="true"')


@register.filter
def faulty(form: Any) -> list[Any]:
    """The visible fields that need another look."""
    return [field for field in form.visible_fields() if field.errors]
