"""A real server and a real Chromium. Each walk signs up as a stranger would and sees only what a person sees.

How to write a walk that passes on a slow machine too:

- What leads to another page goes through `person.goes(path)` or `person.presses(control)`, a key through
  `with person.turns(): ...`. They return when the next page stands with all that it fetches, so that whatever follows
  (`looks()`, `count()`, `input_value()`, another `goes()`) meets that page. A page that turns otherwise is a fault.
- What changes a part of the page (a dialog, a row that htmx draws) is pressed with `stays=True`, or
  `stays=person.script` where it is a page of its own without script, and then awaited with `expect(...)` of something
  that was not there before.
- Never wait for a time.
"""

import contextlib
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, ViewportSize, expect, sync_playwright

from tests import servers

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PASSWORD = "a long enough password"
MONTH = re.compile(r"/months/\d{4}-\d{2}/")

PATIENCE = 30_000  # ms; only a walk that fails waits so long

expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.either)


@pytest.fixture(scope="session")
def site(collected: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app as a host serves it (DEBUG off, hashed files), on an SQLite file of its own."""
    database = f"sqlite:///{tmp_path_factory.mktemp('site') / 'budget.sqlite3'}"
    env = servers.hosted(
        database,
        DJANGO_SETTINGS_MODULE="tests.browser.hosted",
        ALLOW_SQLITE="1",
        ALLOWED_HOSTS="localhost",
        SECURE_SSL_REDIRECT="0",
        SECURE_COOKIES="0",
        TRUSTED_PROXY_COUNT="0",
        SITE_URL="",
    )
    servers.migrate(database, env)
    with servers.gunicorn(env) as web:
        yield f"http://localhost:{web.port}"  # by a name: a browser makes no passkey for a number


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


class Person:
    """Somebody at a browser: where they are, what they see, and what went wrong behind it."""

    # The kinds of browser (script, width, light or dark) in which the pages of signing up were looked at: each walk
    # begins with them.
    signed_up: ClassVar[set[tuple[bool, int, str]]] = set()

    def __init__(self, context: BrowserContext, site: str, *, width: int, scheme: str, mirror: Page | None) -> None:
        self.context = context
        self.kind = (mirror is None, width, scheme)
        self.mirror = mirror
        self.page: Page = context.new_page()
        self.site = site
        self.script = mirror is None
        self.dialogs = self.script and width >= 768
        self.turning = False
        self.faults: list[str] = []
        self.refusals = {422}  # a form with faults answers so, on purpose
        self.page.on("console", lambda message: self._console(message.type, message.text))
        self.page.on("request", self._request)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))

    def _console(self, kind: str, text: str) -> None:
        if kind == "error" and not any(f"status of {status} " in text for status in self.refusals):
            self.faults.append(f"console: {text}")

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).netloc not in ("", urlsplit(self.site).netloc):
            self.faults.append(f"left the host: {request.url}")
        if request.is_navigation_request() and not self.turning:
            self.faults.append(f"the page turned to {request.url}, and nothing waits for it: use presses() or turns()")

    @contextlib.contextmanager
    def turns(self) -> Iterator[None]:
        """What is done inside leads to another page; returns when that one stands."""
        self.turning = True
        with self.page.expect_event("load"):
            yield
        self.turning = False
        self._settles()

    def goes(self, address: str) -> None:
        with self.turns():
            self.page.goto(urljoin(self.site, address))

    def presses(self, control: Locator, *, stays: bool = False) -> None:
        """Clicks what leads to another page; `stays`: what does not, so that its effect is still to be expected."""
        with contextlib.nullcontext() if stays else self.turns():
            control.click()

    def _settles(self) -> None:
        expect(self.page.locator("main")).to_be_visible()
        expect(self.page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)

    def looks(self) -> None:
        """What each page must pass: axe, no sideways scrolling, nothing wrong behind it."""
        self._settles()
        judged = self._mirrored() if self.mirror else self.page
        judged.evaluate(AXE)
        violations = judged.evaluate(
            "axe.run().then(r => r.violations.map(v => `${v.id} (${v.impact}): ${v.nodes[0].html.slice(0, 200)}`))"
        )
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        where = urlsplit(self.page.url).path
        assert not violations, f"{where}: {violations}"
        assert wide <= 0, f"{where} scrolls {wide} px sideways"
        assert not self.faults, f"{where}: {self.faults}"

    def _mirrored(self) -> Page:
        """The page without script, as it stands, where axe can run: it needs script itself."""
        assert self.mirror is not None
        without_scripts = re.sub(r"<script\b[^>]*></script>", "", self.page.content())
        self.mirror.goto(f"{self.site}/healthz")
        self.mirror.set_content(without_scripts, wait_until="load")
        expect(self.mirror.locator("main")).to_be_visible()
        return self.mirror

    def signs_up(self, name: str = "Dora", **household: str) -> None:
        looks = self._settles if self.kind in self.signed_up else self.looks
        self.goes("/")
        looks()
        self.presses(self.page.get_by_role("link", name="Create a budget"))
        looks()
        self.page.get_by_label("Your name").fill(name)
        self.page.get_by_label("E-mail").fill(f"{uuid.uuid4().hex[:12]}@example.com")
        self.page.get_by_label("Password").first.fill(PASSWORD)
        self.presses(self.page.get_by_role("button", name="Continue"))
        looks()
        for label, value in {"Currency": "USD", "Time zone": "Europe/London", **household}.items():
            self.page.get_by_label(label).select_option(value)
        self.presses(self.page.get_by_role("button", name="Start"))
        expect(self.page).to_have_url(MONTH)
        self.signed_up.add(self.kind)


@contextlib.contextmanager
def visiting(
    browser: Browser, site: str, *, script: bool = True, width: int = 1280, scheme: Literal["light", "dark"] = "light"
) -> Iterator[Person]:
    view: ViewportSize = {"width": width, "height": 844 if width < 768 else 900}
    contexts = [
        browser.new_context(java_script_enabled=enabled, locale="en-GB", color_scheme=scheme, viewport=view)
        for enabled in ([True] if script else [False, True])
    ]
    for context in contexts:
        context.set_default_timeout(PATIENCE)
    person = Person(contexts[0], site, width=width, scheme=scheme, mirror=None if script else contexts[1].new_page())
    try:
        yield person
    finally:
        for context in contexts:
            context.close()
    assert not person.faults


@pytest.fixture
def person(browser: Browser, site: str, request: pytest.FixtureRequest) -> Iterator[Person]:
    """Parametrised indirectly with (script, width, scheme)."""
    script, width, scheme = getattr(request, "param", (True, 1280, "light"))
    with visiting(browser, site, script=script, width=width, scheme=scheme) as somebody:
        yield somebody


@pytest.fixture
def other(browser: Browser, site: str) -> Iterator[Person]:
    """Somebody else, at a browser of their own."""
    with visiting(browser, site) as somebody:
        yield somebody
