"""The app as a host serves it: gunicorn by its own configuration, DEBUG off, behind a TLS router."""

import re
from collections.abc import Iterator

import psutil
import pytest

from tests import servers
from tests.people import PASSWORD
from tests.visitor import Visitor


@pytest.fixture(scope="module")
def web(collected, postgres) -> Iterator[servers.Web]:
    with servers.gunicorn(servers.hosted(postgres.url)) as web:
        yield web


@pytest.fixture
def visitor(web) -> Visitor:
    return Visitor(web.port)


def test_two_workers_serve(web):
    def workers() -> int:
        return len(psutil.Process(web.pid).children())

    servers.wait_until(lambda: workers() == 2, "two workers")


def test_health_needs_no_host_name_and_no_tls(web):
    answer = Visitor(web.port, host="10.0.0.7:10000", scheme="http").get("/healthz")

    assert (answer.status, answer.text) == (200, '{"status": "ok"}')


def test_another_host_name_is_refused(web):
    assert Visitor(web.port, host="evil.example.com").get("/").status == 400


def test_plain_http_is_sent_to_tls(web):
    answer = Visitor(web.port, scheme="http").get("/")

    assert answer.status == 301
    assert answer.headers["Location"] == "https://budget.example.com/"


def test_a_page_may_be_loaded_over_tls_only_and_runs_only_our_own_scripts(visitor):
    headers = visitor.get("/accounts/login/").headers

    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_cookies_are_for_this_host_over_tls_and_out_of_reach_of_scripts(visitor):
    visitor.sign_in("alice@example.com", PASSWORD)

    assert sorted(visitor.cookies) == ["__Host-csrf", "__Host-session"]
    for morsel in visitor.cookies.values():
        assert (morsel["secure"], morsel["httponly"], morsel["path"], morsel["domain"]) == (True, True, "/", "")
        assert morsel["samesite"] == "Lax"


def test_static_files_are_hashed_compressed_and_kept_for_ever(visitor):
    page = visitor.get("/accounts/login/").text
    paths = re.findall(r'(?:href|src)="(/static/[^"#]+\.(?:css|js))"', page)

    assert paths
    for path in paths:
        assert re.search(r"\.[0-9a-f]{12}\.(css|js)$", path), path
        for encoding in ("br", "gzip"):
            answer = visitor.get(path, Accept_Encoding=encoding)
            assert answer.status == 200
            assert "immutable" in answer.headers["Cache-Control"]
            assert answer.headers["Content-Encoding"] in (encoding, None)
    stylesheets = [visitor.get(path, Accept_Encoding="br") for path in paths if path.endswith(".css")]
    assert any(answer.headers["Content-Encoding"] == "br" for answer in stylesheets)


def test_every_answer_has_an_id_that_the_log_names(visitor, web):
    answer = visitor.get("/accounts/login/", X_Request_ID="from-the-router-1234")

    assert answer.headers["X-Request-ID"] == "from-the-router-1234"
    servers.wait_until(lambda: '"request": "from-the-router-1234"' in web.log.read_text(), "the log line")


@pytest.mark.django_db
def test_health_asks_the_database_nothing_and_readiness_asks_one_thing(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").status_code == 200
    with django_assert_num_queries(1):
        assert client.get("/readyz").status_code == 200
