"""A real server and a real Chromium. Each walk signs up as a stranger would and sees only what a person sees."""

import os
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests import servers

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PASSWORD = "a long enough password"

expect.set_options(timeout=10_000)


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
        ALLOW_SQLITE="1",
        ALLOWED_HOSTS="localhost",
        SECURE_SSL_REDIRECT="0",
        SECURE_COOKIES="0",
        TRUSTED_PROXY_COUNT="0",
        SITE_URL="",
    )
    for arguments in (["migrate", "--verbosity=0"], ["createcachetable"]):
        done = servers.manage(*arguments, env=env)
        assert done.returncode == 0, done.stderr
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

    def __init__(self, context: BrowserContext, site: str, *, width: int, mirror: Page | None) -> None:
        self.context = context
        self.mirror = mirror
        self.page: Page = context.new_page()
        self.site = site
        self.script = mirror is None
        self.width = width
        self.faults: list[str] = []
        self.page.on("console", lambda message: self._console(message.type, message.text))
        self.page.on("request", lambda request: self._request(request.url))
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))

    def _console(self, kind: str, text: str) -> None:
        if kind == "error" and "status of 422" not in text:  # a form with faults answers so, on purpose
            self.faults.append(f"console: {text}")

    def _request(self, url: str) -> None:
        if urlsplit(url).netloc not in ("", urlsplit(self.site).netloc):
            self.faults.append(f"left the host: {url}")

    def goes(self, path: str) -> None:
        self.page.goto(self.site + path)

    def looks(self) -> None:
        """What each page must pass: axe, no sideways scrolling, nothing wrong behind it."""
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
        return self.mirror

    def signs_up(self, name: str = "Dora", **household: str) -> None:
        self.goes("/")
        self.looks()
        self.page.get_by_role("link", name="Create a budget").click()
        self.looks()
        self.page.get_by_label("Your name").fill(name)
        self.page.get_by_label("E-mail").fill(f"{uuid.uuid4().hex[:12]}@example.com")
        self.page.get_by_label("Password").first.fill(PASSWORD)
        self.page.get_by_role("button", name="Continue").click()
        self.looks()
        for label, value in {"Currency": "USD", "Time zone": "Europe/London", **household}.items():
            self.page.get_by_label(label).select_option(value)
        self.page.get_by_role("button", name="Start").click()
        self.page.wait_for_url("**/months/**")


@pytest.fixture
def person(browser: Browser, site: str, request: pytest.FixtureRequest) -> Iterator[Person]:
    """Parametrised indirectly with (script, width, scheme)."""
    script, width, scheme = getattr(request, "param", (True, 1280, "light"))
    view = {"color_scheme": scheme, "viewport": {"width": width, "height": 844 if width < 768 else 900}}
    contexts = [browser.new_context(java_script_enabled=script, locale="en-GB", **view)]
    if not script:
        contexts.append(browser.new_context(locale="en-GB", **view))
    for context in contexts:
        context.set_default_timeout(10_000)
    yield Person(contexts[0], site, width=width, mirror=None if script else contexts[1].new_page())
    for context in contexts:
        context.close()
