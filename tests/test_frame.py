"""The frame of every page: what is in the menus, what a message says, what the look weighs, what it may not do."""

import gzip
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.contrib.messages import get_messages
from django.contrib.staticfiles import finders
from django.http import HttpResponse, HttpResponseRedirect
from django.template import Context, Template
from django.test import Client, RequestFactory, override_settings

from expenses.shared.redirects import HtmxRedirectMiddleware
from expenses.templatetags.budget import bar, undo
from tests.people import People

STATIC = Path(settings.BASE_DIR) / "static"
TEMPLATES = Path(settings.BASE_DIR) / "templates"


def soup_of(response: HttpResponse) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


@pytest.fixture
def people(db):
    return People()


def page(client: Client, user, path: str = "/settings/members/") -> BeautifulSoup:
    client.force_login(user)
    response = client.get(path)
    assert response.status_code == 200, path
    return soup_of(response)


# ── what it weighs, what it may not do ────────────────────────────────────────────────────────────


def test_styles_and_scripts_weigh_at_most_40_kb_compressed():
    files = [*STATIC.glob("css/**/*.css"), *STATIC.glob("js/*.js"), Path(finders.find("django_htmx/htmx-2.min.js"))]

    together = b"".join(file.read_bytes() for file in files)

    assert len(gzip.compress(together, 9)) <= 40_000


def test_no_template_has_an_inline_style_or_script_which_the_browser_would_refuse():
    faults = []
    for file in TEMPLATES.rglob("*.html"):
        text = re.sub(r"{#.*?#}", "", file.read_text())
        if re.search(r"<[^>]*\s(style|on[a-z]+)=", text) or re.search(r"<style[\s>]", text):
            faults.append(file.name)
        tags = re.findall(r"<script[^>]*>", text)
        faults += [f"{file.name}: {tag}" for tag in tags if "src=" not in tag and "application/json" not in tag]

    assert faults == []


def test_every_style_sheet_is_imported_into_a_layer():
    listed = set(re.findall(r'@import url\("([^"]+)"\) layer\(\w+\);', (STATIC / "css/app.css").read_text()))

    there = {str(file.relative_to(STATIC / "css")) for file in STATIC.glob("css/**/*.css")} - {"app.css"}

    assert listed == there


def test_every_behaviour_is_imported():
    listed = set(re.findall(r'import "\./([^"]+)";', (STATIC / "js/app.js").read_text()))

    assert listed == {file.name for file in STATIC.glob("js/*.js")} - {"app.js"}


def test_style_sheets_name_no_colour_but_tokens_and_no_id():
    faults = []
    for file in STATIC.glob("css/components/*.css"):
        text = re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.DOTALL)
        if re.search(r"#[0-9a-fA-F]{3,8}\b|\brgb\(", text):
            faults.append(file.name)

    assert faults == []


def test_every_icon_that_a_template_asks_for_is_in_the_sprite():
    drawn = set(re.findall(r'<symbol id="([a-z-]+)"', (STATIC / "icons/sprite.svg").read_text()))
    asked = set()
    for file in TEMPLATES.rglob("*.html"):
        asked |= set(re.findall(r'(?:{% icon |icon_name=)"([a-z-]+)"', file.read_text()))

    assert asked - drawn == set()


# ── the frame ─────────────────────────────────────────────────────────────────────────────────────


def test_a_page_has_its_landmarks_a_language_and_a_way_past_the_menu(client, people):
    html = page(client, people.alice)

    assert html.html["lang"] == "en"
    assert len(html.find_all("h1")) == 1
    assert html.find("a", class_="skip")["href"] == "#main"
    assert html.find("main", id="main")
    assert {nav["aria-label"] for nav in html.find_all("nav")} >= {"Main", "Shortcuts"}


def test_every_menu_entry_leads_somewhere(client, people):
    html = page(client, people.alice)
    entries = html.select(".topnav a, .menu a, .bottombar a")

    answers = {link["href"]: client.get(link["href"], follow=True).status_code for link in entries}

    assert len(answers) >= 6
    assert set(answers.values()) == {200}


def test_the_menu_marks_where_one_is(client, people):
    html = page(client, people.alice)

    assert [link.get_text(strip=True) for link in html.select(".topbar .menu a[aria-current]")] == ["Members"]


def test_the_admin_is_in_the_menu_of_staff_alone(client, people):
    before = page(client, people.alice).select_one(".menu a[href='/admin/']")
    people.alice.is_staff = True
    people.alice.save()

    after = page(client, people.alice).select_one(".menu a[href='/admin/']")

    assert before is None
    assert after is not None


def test_a_viewer_is_not_offered_to_add_an_expense(client, people):
    assert not page(client, people.vera, "/categories/").select('[aria-keyshortcuts="n"], .is-add')


def test_signing_out_is_a_post(client, people):
    form = page(client, people.alice).select_one(".topbar .menu form")

    response = client.post(form["action"])

    assert form["method"] == "post"
    assert response.status_code == 302
    assert "_auth_user_id" not in client.session


def test_a_message_is_shown_once_with_its_undo_as_a_post():
    class Message:
        extra_tags, level_tag = "undo:/expenses/undo/7/", "success"

        def __str__(self):
            return "Deleted <b>."

    html = BeautifulSoup(
        Template('{% include "components/messages.html" %}').render(Context({"messages": [Message()]})), "html.parser"
    )

    assert html.find(role="status")
    assert html.p.text == "Deleted <b>."
    assert (html.form["method"], html.form["action"]) == ("post", "/expenses/undo/7/")


@pytest.mark.parametrize(
    ("tags", "expected"), [("undo:/x/", "/x/"), ("", ""), (None, ""), ("other", ""), ("undo:", "")]
)
def test_undo_reads_the_url_out_of_a_message(tags, expected):
    message = type("Message", (), {"extra_tags": tags})

    assert undo(message) == expected


# ── where htmx and dialogs are led ────────────────────────────────────────────────────────────────


def answered(request, response):
    return HtmxRedirectMiddleware(lambda _: response)(request)


def test_a_form_sent_from_a_dialog_is_told_where_to_go():
    request = RequestFactory().post("/expenses/new/", headers={"HX-Target": "dialog"})

    response = answered(request, HttpResponseRedirect("/months/2026-11/"))

    assert response.status_code == 204
    assert response.headers["HX-Redirect"] == "/months/2026-11/"


def test_any_other_redirect_stays_one():
    posted = RequestFactory().post("/expenses/new/")
    opened = RequestFactory().get("/expenses/new/", headers={"HX-Target": "dialog"})

    assert answered(posted, HttpResponseRedirect("/")).status_code == 302
    assert answered(opened, HttpResponseRedirect("/")).status_code == 302


def test_a_part_of_a_page_is_never_replaced_by_the_page_that_a_redirect_leads_to():
    request = RequestFactory().post("/imports/1/choices/", headers={"HX-Request": "true"})

    response = answered(request, HttpResponseRedirect("/imports/1/"))

    assert (response.status_code, response.headers["HX-Redirect"]) == (204, "/imports/1/")


@pytest.mark.django_db
def test_who_is_signed_out_meanwhile_signs_in_and_is_back_at_the_page_not_at_a_part_of_it(client):
    response = client.get("/expenses/count/", headers={"HX-Request": "true"})

    assert (response.status_code, response.headers["HX-Refresh"]) == (204, "true")


# ── bars ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("part", "whole", "width", "beyond"),
    [
        (50, 100, "50.0%", False),
        (100, 100, "100.0%", False),
        (130, 100, "112.0%", True),
        (-5, 100, "0%", False),
        (5, 0, "0%", False),
        (0, 0, "0%", False),
        (1, 3, "33.3%", False),
    ],
)
def test_a_bar_is_as_long_as_its_part_and_never_beyond_112_percent(part, whole, width, beyond):
    drawn = BeautifulSoup(bar(part, whole), "html.parser")

    assert (drawn.select_one(".bar-fill")["width"], bool(drawn.select(".bar-end"))) == (width, beyond)


def test_what_is_over_with_nothing_to_spend_is_drawn_as_far_as_a_bar_goes():
    drawn = BeautifulSoup(bar(5, 0, state="over"), "html.parser")

    assert drawn.select_one(".bar-fill")["width"] == "112%"


# ── faults ────────────────────────────────────────────────────────────────────────────────────────


def test_an_unknown_address_has_our_own_page_with_the_menu(client, people):
    client.force_login(people.alice)

    response = client.get("/nowhere/")

    assert response.status_code == 404
    assert soup_of(response).h1.text == "There is nothing here."
    assert soup_of(response).select(".topnav a")


def test_what_only_an_owner_may_do_says_so_to_a_viewer(client, people):
    client.force_login(people.vera)

    response = client.get("/settings/household/edit/")

    assert response.status_code == 403
    assert soup_of(response).h1.text == "Not yours to change."


def test_a_failed_csrf_check_says_what_to_do():
    client = Client(enforce_csrf_checks=True)

    response = client.post("/accounts/login/", {"login": "a@example.com", "password": "x"})

    assert response.status_code == 403
    assert "load the page again" in response.text


@pytest.mark.parametrize("name", ["400.html", "500.html"])
def test_the_pages_of_last_resort_need_neither_context_nor_database(name):
    text = Template((TEMPLATES / name).read_text()).render(Context({}))

    html = BeautifulSoup(text, "html.parser")
    assert html.h1
    assert html.link["href"].endswith("/css/app.css")


@override_settings(DEBUG_PROPAGATE_EXCEPTIONS=False)
def test_a_wrong_host_is_a_400_in_our_own_look(client):
    response = client.get("/", headers={"Host": "elsewhere.example.com"})

    assert response.status_code == 400
    assert "cannot be read" in response.text


# ── signed out ────────────────────────────────────────────────────────────────────────────────────


def test_the_landing_page_offers_to_sign_up_only_while_that_is_open(client, db, settings):
    settings.SIGNUPS = "open"
    opened = soup_of(client.get("/"))
    settings.SIGNUPS = "closed"
    closed = soup_of(client.get("/"))

    assert opened.find("a", href="/accounts/signup/")
    assert closed.find("a", href="/accounts/signup/") is None
    assert closed.find("a", href="/accounts/login/")


def test_signing_in_says_nothing_beyond_the_page_itself(client, people):
    response = client.post("/accounts/login/", {"login": "alice@example.com", "password": "correct horse battery"})

    assert response.status_code == 302
    assert list(get_messages(response.wsgi_request)) == []
