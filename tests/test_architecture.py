"""What import-linter cannot say about the house. Imports between slices and layers are in pyproject.toml."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import get_resolver

pytestmark = pytest.mark.either  # asks no database

ROOT = Path(__file__).resolve().parent.parent
VIEWS = sorted([*ROOT.glob("expenses/*/views.py"), *ROOT.glob("expenses/*/views/*.py")])
PAGES = sorted(path for folder in ("templates",) for path in (ROOT / folder).rglob("*.html"))
PYTHON = sorted(path for folder in ("expenses", "budget_tracker") for path in (ROOT / folder).rglob("*.py"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def test_every_slice_stands_in_the_order_of_imports():
    listed = set(re.findall(r'"expenses\.(\w+)",', (ROOT / "pyproject.toml").read_text()))
    slices = {path.parent.name for path in ROOT.glob("expenses/*/__init__.py")} - {
        "management",
        "migrations",
        "templatetags",
    }

    assert slices - listed == set()


def test_no_file_is_named_after_what_it_is_not():
    vague = {"services.py", "utils.py", "helpers.py", "common.py", "misc.py", "signals.py"}

    assert [named(path) for path in PYTHON if path.name in vague] == []


@pytest.mark.parametrize("path", VIEWS, ids=named)
def test_a_view_asks_in_the_words_of_the_models(path):
    found = [
        f"{named(path)}:{call.lineno} .{method(call)}()"
        for call in calls(path)
        if method(call) in {"filter", "exclude", "annotate", "aggregate", "raw", "extra"}
    ]

    assert found == []


@pytest.mark.parametrize("path", VIEWS, ids=named)
def test_a_view_starts_at_the_household_not_at_a_table(path):
    found = [
        f"{named(path)}:{node.lineno}"
        for node in ast.walk(ast.parse(path.read_text()))
        if "people" not in path.parts  # where a household is found
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager", "_base_manager"}
    ]

    assert found == []


def test_today_is_read_in_views_and_commands_only():
    readers = {"views.py", "middleware.py", "context.py", "admin.py"}
    # The time zone whose today it is has only just been chosen in that form.
    readers_besides = {"expenses/welcome/forms.py"}
    found = [
        f"{named(path)}:{call.lineno}"
        for path in PYTHON
        for call in calls(path)
        if method(call) == "today" and path.name not in readers and not {"commands", "views"} & set(path.parts)
        if named(path) not in readers_besides
    ]

    assert found == []


def test_nothing_hangs_on_signals():
    found = [
        named(path)
        for path in PYTHON
        if re.search(r"django\.(db\.models|dispatch).*(signals|receiver)", path.read_text())
    ]

    assert found == []


def test_dates_are_asked_by_range():
    # A date range is 30 times faster at a million rows, and a month need not begin on the first.
    found = [named(path) for path in PYTHON if re.search(r"__(year|month)\b", path.read_text())]

    assert found == []


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_page_keeps_to_the_content_security_policy(path):
    text = path.read_text()

    assert not re.search(r"\sstyle=", text), "inline style"
    assert not re.search(r"\son\w+=", text), "inline handler"
    assert "<style" not in text
    scripts = re.findall(r"<script[^>]*>", text)
    assert all("src=" in tag or 'type="application/json"' in tag for tag in scripts), "inline script"
    assert not re.search(r'(src|href)="(https?:)?//(?!www\.w3\.org)', text), "something from another host"
    assert "|safe" not in text.replace("field.help_text|safe", ""), "only our own help texts hold HTML"


def test_code_and_pages_leave_nothing_for_later():
    later = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")

    assert [named(path) for path in [*PYTHON, *PAGES] if later.search(path.read_text())] == []


def test_every_page_that_a_template_links_to_is_there():
    """`{% path %}` gives nothing for a page that is not there: a misspelt one would be a link to nowhere."""
    linked = {name for path in PAGES for name in re.findall(r'{% (?:path|entry) "([^"]+)"', path.read_text())}
    there = set()

    def walk(resolver, namespace=""):
        for pattern in resolver.url_patterns:
            if hasattr(pattern, "url_patterns"):
                walk(pattern, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace)
            else:
                there.add(f"{namespace}{pattern.name}")

    walk(get_resolver())

    assert linked
    assert linked - there == set()
