"""A visitor of a running server who arrives as through a host's TLS router, and keeps cookies."""

import copy
import http.client
import re
from http.cookies import SimpleCookie
from typing import Self
from urllib.parse import urlencode

HOST = "budget.example.com"


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def text(self) -> str:
        return self.body.decode()


class Visitor:
    def __init__(self, port: int, *, host: str = HOST, scheme: str = "https") -> None:
        self.port, self.host, self.scheme = port, host, scheme
        self.cookies = SimpleCookie()

    def again(self) -> Self:
        """The same person in another tab: the cookies so far, apart from then on."""
        return copy.deepcopy(self)

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path: str, form: dict[str, str], *, hidden: bool = True) -> Answer:
        """Fill in the form of the page at `path`, with its hidden fields as they are, and send it there."""
        page = self.get(path).text
        fields = hidden_fields(page) if hidden else {}
        assert "csrfmiddlewaretoken" in fields or not hidden, f"{path} has no form:\n{page[:500]}"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode(fields | form), headers)

    def ask(self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        given = {
            "Host": self.host,
            "X-Forwarded-Proto": self.scheme,
            "X-Forwarded-For": "203.0.113.7",
            "Referer": f"{self.scheme}://{self.host}{path}",
            "Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in self.cookies.items()),
        }
        try:
            connection.request(method, path, body, given | (headers or {}))
            answer = Answer(connection.getresponse())
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            self.cookies.load(cookie)
        return answer

    def sign_in(self, email: str, password: str) -> Self:
        answer = self.post("/accounts/login/", {"login": email, "password": password})
        assert answer.status == 302, f"{email} could not sign in: {answer.status}\n{answer.text[:2000]}"
        return self


def hidden_fields(page: str) -> dict[str, str]:
    """Name and value of the hidden inputs of a page; the last of a name counts, as the page's own form comes last."""
    inputs = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page)
    found = {}
    for tag in inputs:
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            found[name[1]] = value[1] if value else ""
    return found
