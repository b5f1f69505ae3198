"""One fresh process that serves one page: told by lines of JSON on stdin, answers by lines of JSON on stdout.

The WSGI application is called directly. A web server's own work would be added to every page and to the bare one
alike, and so make all ratios look better than they are.
"""

import gzip
import http
import io
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HOST = "budget.example.com"


class App:
    """The app with somebody signed in."""

    def __init__(self, email: str) -> None:
        from django.conf import settings
        from django.core.wsgi import get_wsgi_application

        self.call = get_wsgi_application()
        self.cookie = f"{settings.SESSION_COOKIE_NAME}={signed_in(email)}"

    def get(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        """Status, body as sent (compressed) and headers; the request is over, as for a server, when this returns."""
        url = urlsplit(path)
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": url.path,
            "QUERY_STRING": url.query,
            "SERVER_NAME": HOST,
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": HOST,
            "HTTP_COOKIE": self.cookie,
            "HTTP_ACCEPT": "text/html",
            "HTTP_ACCEPT_ENCODING": "gzip",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        began: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            began.update(status=int(status[:3]), headers=dict(headers))

        response = self.call(environ, start_response)
        try:
            body = b"".join(response)
        finally:
            response.close()
        return began["status"], body, began["headers"]


def signed_in(email: str) -> str:
    """The key of a new session of this person."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
    from django.contrib.sessions.backends.db import SessionStore

    user = get_user_model().objects.get(email=email)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key


def timed(app: App, path: str) -> dict[str, Any]:
    started = time.perf_counter()
    status, _, _ = app.get(path)
    return {"seconds": time.perf_counter() - started, "status": status}


def looked_at(app: App, path: str) -> dict[str, Any]:
    """What does not need a clock: size, queries and their plans. Asked apart, since counting takes time too."""
    from django.db import connection

    queries: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        queries.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        status, body, headers = app.get(path)
    plain = gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body
    reason = http.HTTPStatus(status).phrase
    return {
        "status": status,
        "reason": f"{reason} {headers.get('Location', '')}".strip(),
        "bytes": len(body),
        "assets": assets(plain.decode()),
        "queries": len(queries),
        "plans": plans(queries) if os.environ.get("BENCH_PLANS") else [],
    }


def assets(html: str) -> int:
    """Bytes, compressed, of the style sheets and scripts that a page asks for."""
    from django.conf import settings

    names = re.findall(r'(?:href|src)="/static/([^"]+\.(?:css|js))"', html)
    return sum((Path(settings.STATIC_ROOT) / f"{name}.gz").stat().st_size for name in set(names))


def plans(queries: list[tuple[str, Any]]) -> list[str]:
    """Each query of a page with what Postgres did for it."""
    from django.db import connection

    told = []
    with connection.cursor() as cursor:
        for sql, params in queries:
            if sql.lstrip("( ").upper().startswith("SELECT"):
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql}", params)
                told.append("\n".join([sql, *(row[0] for row in cursor.fetchall())]))
    return told


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the app may log to stdout
    app = App(sys.argv[1])
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        answer = (timed if order["do"] == "time" else looked_at)(app, order["path"])
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
