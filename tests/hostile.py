"""What somebody may send who means no good: values for every kind of field, and the forms to send them by."""

import html.parser
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

SCRIPT = "<script>alert('evil')</script>"
MARKUP = f'"><img src=x onerror=alert(1)>{SCRIPT}'
LANGUAGE = "{{ 77001100|add:77 }}{% now 'Y' %}"  # a template that renders what it is told says 77001177
BEYOND_64_BITS = "99999999999999999999999"

TEXTS = [
    "nul \0 inside",
    "\x01\x02\x1b[31m\x7f\x85 controls",
    "two\r\nlines",
    "one\nX-Evil: yes",
    "x" * 10_000,
    MARKUP,
    LANGUAGE,
    "\u202egnp.exe\u202c \u200b\u2066",
    "👩‍👩‍👧‍👦🧾",
    "ﷺ" * 50,
    "'; DROP TABLE expenses_expense; --",
    "../../etc/passwd",
    "%s %(x)s %n {0}",
    "\ufeff\ufffe\uffff",
    "İ" * 40,
]
NUMBERS = [
    "1e999", "NaN", "-Infinity", "-0", "0", "12.345", "99999999999999999999", "100000000001", "-100000000001",
    "1" * 5_000, "٣", "²", "0x10", "1_000", "--1", "1,2,3.4.5", "+",
]  # fmt: skip
DATES = [
    "0000-01-01", "0001-01-01", "1899-12-31", "1900-01-01", "2026-02-30", "2200-12-31", "2201-01-01", "9999-12-31",
    "10000-01-01", "2026-W01-1", "2026-13", "0000-00", "9999-12", "1900-01", "2200-12",
]  # fmt: skip
KEYS = [BEYOND_64_BITS, "9223372036854775808", "9223372036854775807", "-1", "0", "7.5", "none", "[]", "null"]
PLACES = ["https://evil.example/", "//evil.example/", "////evil.example", "/\\evil.example", "javascript:alert(1)",
          "http://testserver//evil.example/", "http://testserver/\\evil.example", "http://[", "\x00//evil.example",
          "http:///evil.example"]  # fmt: skip
BROKEN = [
    b"\xff\xfe\xc3\x28",
    b"\xed\xa0\x80",
    "\ud800".encode("utf-16-le", "surrogatepass"),
]  # no UTF-8; a lone surrogate
EVERYTHING: list[str | bytes] = [*TEXTS, *NUMBERS, *DATES, *KEYS, *PLACES, *BROKEN]

BY_KIND: dict[str, list[str | bytes]] = {
    "date": [*DATES, *TEXTS[:2], MARKUP, *BROKEN],
    "number": [*NUMBERS, *KEYS, MARKUP],
    "choice": [*KEYS, *TEXTS[:2], MARKUP, "1" * 5_000, *BROKEN],
    "file": [MARKUP],
    "text": [*TEXTS, *NUMBERS, *DATES, *PLACES, *BROKEN],
}


@dataclass
class Field:
    name: str
    kind: str  # a key of BY_KIND
    values: list[str] = field(default_factory=list)  # what a browser would send


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, Field] = field(default_factory=dict)
    actions: set[str] = field(default_factory=set)  # of its buttons

    def add(self, name: str, kind: str, values: Iterable[str]) -> None:
        self.fields.setdefault(name, Field(name, kind)).values += values

    @property
    def pairs(self) -> list[tuple[str, str | bytes]]:
        """What a browser would send of the form as it stands."""
        return [(one.name, value) for one in self.fields.values() for value in one.values]


KINDS = {"date": "date", "month": "date", "number": "number", "radio": "choice", "checkbox": "choice", "file": "file"}


class Page(html.parser.HTMLParser):
    """The forms of a page with their fields, and where its links lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._by_id: dict[str, Form] = {}
        self._open: Form | None = None
        self._select: tuple[Form, str, list[tuple[str, bool]]] | None = None
        self._area: tuple[Form, str] | None = None
        self._text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attributes}
        if tag == "a" and "href" in said:
            self.links.append(said["href"])
        elif tag == "form":
            form = self._by_id.get(said.get("id", "-")) or Form("", "")
            form.action, form.method = said.get("action", ""), said.get("method", "get").lower()
            self._by_id[said.get("id", f"-{len(self.forms)}")] = form
            self.forms.append(form)
            self._open = form
        elif tag in ("input", "select", "textarea", "button", "option"):
            self._control(tag, said)

    def _control(self, tag: str, said: dict[str, str]) -> None:
        form = self._by_id.setdefault(said["form"], Form("", "")) if "form" in said else self._open
        name, value = said.get("name", ""), said.get("value", "")
        if tag == "option" and self._select:
            self._select[2].append((value, "selected" in said))
        if form is None or tag == "option":
            return
        if tag == "button" or said.get("type") in ("submit", "button"):
            if "formaction" in said:  # others are sent where the form says
                form.actions.add(said["formaction"])
            if name:
                form.add(name, "choice", [])
        elif tag == "select":
            self._select = (form, name, [])
        elif tag == "textarea":
            self._area, self._text = (form, name), ""
        elif name and name != "csrfmiddlewaretoken":
            kind = said.get("type", "text")
            ticks = kind in ("radio", "checkbox")
            sends = kind != "file" and (not ticks or "checked" in said)
            form.add(name, KINDS.get(kind, "text"), [value or ("on" if ticks else "")] if sends else [])

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "textarea" and self._area:
            form, name = self._area
            # A browser leaves the first line break of a text area out.
            form.add(name, "text", [self._text.removeprefix("\n")])
            self._area = None
        elif tag == "select" and self._select:
            form, name, options = self._select
            chosen = [value for value, selected in options if selected] or [value for value, _ in options[:1]]
            form.add(name, "choice", chosen[:1])
            self._select = None

    def forms_to(self, path: str, here: str) -> Iterator[Form]:
        """The forms that are sent to the path, or have a button that is; `here` is the page's own path."""
        for form in self.forms:
            targets = {(action or here).partition("?")[0] for action in {form.action, *form.actions}}
            if form.method == "post" and path in targets:
                yield form


def encoded(pairs: Iterable[tuple[str, str | bytes]]) -> bytes:
    """A body as of `application/x-www-form-urlencoded`; bytes go in as they are."""
    return urlencode(list(pairs)).encode()


def put(pairs: list[tuple[str, str | bytes]], name: str, value: str | bytes) -> list[tuple[str, str | bytes]]:
    """The pairs with this value for the name alone."""
    return [*(pair for pair in pairs if pair[0] != name), (name, value)]
