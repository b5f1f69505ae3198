"""A process that takes in a statement of many rows as a person would, or brings everything out: what each step took,
and the most memory of the process, as JSON on stdout.

    python -m tests.bench.files EMAIL csv|ofx ROWS
    python -m tests.bench.files EMAIL export
"""

import contextlib
import datetime as dt
import gc
import json
import os
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from tests.hostile import Page

HOST = "budget.example.com"
BOUNDARY = "0123456789abcdef"


class Taken:
    """Seconds of each step, and the most memory of all."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.steps[name] = self.steps.get(name, 0) + time.perf_counter() - started

    def said(self, **more: Any) -> dict[str, Any]:
        status = Path("/proc/self/status").read_text()
        megabytes = int(status.partition("VmHWM:")[2].split()[0]) / 1024
        return {"steps": self.steps, "megabytes": megabytes, **more}


def write_statement(file: IO[bytes], kind: str, count: int, *, today: dt.date) -> None:
    """So many rows of the last four years, most of them spending, in places that the household knows."""
    from tests.bench import fill

    chance = random.Random(f"{count} {kind}")  # no file has the rows of another
    file.write(HEADS[kind])
    for n in range(count):
        day = today - dt.timedelta(days=1460 - n * 1460 // count)
        place = f"{chance.choice(fill.PLACES)} {chance.randrange(1_000)}"
        cents = chance.randrange(100, 25_000)
        amount = f"{cents * (-1 if chance.random() < 0.93 else 1) / 100:.2f}"
        if kind == "csv":
            line = f"\n{day},{place},{amount},Card 1234 row {n}"
        else:
            line = f"\n<STMTTRN><TRNTYPE>OTHER<DTPOSTED>{day:%Y%m%d}<TRNAMT>{amount}<FITID>B{n}<NAME>{place}"
            line += "<MEMO>Card</STMTTRN>"
        file.write(line.encode())
    file.write(TAILS[kind])


HEADS = {"csv": b"Date,Payee,Amount,Reference", "ofx": b"OFXHEADER:100\n\n<OFX><STMTRS><CURDEF>EUR<BANKTRANLIST>"}
TAILS = {"csv": b"", "ofx": b"\n</BANKTRANLIST></STMTRS></OFX>"}


def write_form(body: IO[bytes], kind: str, count: int, *, today: dt.date, **fields: Any) -> str:
    """A form with such a statement, as a browser sends it; gives its content type."""
    part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n'
    for name, value in fields.items():
        body.write(f"{part % (name, '')}{value}\r\n".encode())
    body.write((part % ("file", f'; filename="statement.{kind}"\r\nContent-Type: application/octet-stream')).encode())
    write_statement(body, kind, count, today=today)
    body.write(f"\r\n--{BOUNDARY}--\r\n".encode())
    return f"multipart/form-data; boundary={BOUNDARY}"


class Person:
    """Somebody signed in, who waits for each answer to its end."""

    def __init__(self, email: str) -> None:
        from django.contrib.auth import get_user_model
        from django.test import Client

        self.user = get_user_model().objects.get(email=email)
        self.household = self.user.memberships.get().household
        self.client = Client(HTTP_HOST=HOST)
        self.client.force_login(self.user)

    def get(self, path: str, query: dict[str, Any] | None = None) -> Any:
        return self._answered(self.client.get(path, query, secure=True))

    def post(self, path: str, data: dict[str, Any]) -> Any:
        return self._answered(self.client.post(path, data, secure=True))

    def send(self, path: str, body: IO[bytes], content_type: str) -> Any:
        """Post a form that the app reads piece by piece, as from a socket: nothing of it is held here."""
        sent = {"wsgi.input": body, "CONTENT_LENGTH": str(body.tell()), "CONTENT_TYPE": content_type}
        body.seek(0)
        return self._answered(self.client.generic("POST", path, secure=True, **sent))

    def _answered(self, response: Any) -> Any:
        assert response.status_code in (200, 302), f"{response.request['PATH_INFO']}: {response.status_code}"
        response.length = sum(map(len, response.streaming_content)) if response.streaming else len(response.content)
        return response


def take_in(person: Person, kind: str, count: int) -> dict[str, Any]:
    """From the upload to the committed import. Nothing is asked about but rows that look like expenses: they are
    joined, all at once."""
    from django.urls import reverse
    from django.utils import timezone

    method = person.household.payment_methods.first().pk
    taken = Taken()
    with tempfile.TemporaryFile() as body:
        form = write_form(body, kind, count, today=timezone.localdate(), payment_method=method, key=uuid.uuid4())
        with taken.step("upload" if kind == "csv" else "read"):
            person.send(reverse("imports:new"), body, form)
    source = person.household.imports.newest_first().first()
    if source.state == "uploaded":
        with taken.step("upload"):
            page = person.get(reverse("imports:mapping", args=[source.pk]))
        form = next(form for form in Page(page.content.decode()).forms if "date" in form.fields)
        with taken.step("read"):
            person.post(page.request["PATH_INFO"], {name: field.values for name, field in form.fields.items()})
    show = reverse("imports:show", args=[source.pk])
    with taken.step("check page"):
        person.get(show)
    with taken.step("answers"):
        choices = reverse("imports:choices", args=[source.pk])
        person.post(choices, {"do": "same"})
        person.post(choices, {"bulk_scope": "missing", "bulk_category": _category(person)})
        person.post(choices, {"do": "no_moves"})
    with taken.step("commit"):
        person.post(reverse("imports:commit", args=[source.pk]), {})
    source.refresh_from_db()
    assert source.is_committed, "The import was not taken in."
    said = taken.said(rows=source.rows.count())
    source.revert(by=person.user, at=timezone.now(), with_edited=True)  # the next file is by itself again
    return said


def _category(person: Person) -> int:
    return person.household.categories.first().pk


def bring_out(person: Person) -> dict[str, Any]:
    from django.urls import reverse

    taken = Taken()
    with taken.step("list as CSV"):
        size = person.get(reverse("expenses:csv")).length
    with taken.step("list as XLSX"):
        person.get(reverse("expenses:xlsx"))
    with taken.step("all as ZIP"):
        person.get(reverse("exports:household"))
    return taken.said(bytes=size)


def main(email: str, what: str, *more: str) -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the app may log to stdout
    import django

    django.setup()
    person = Person(email)
    gc.collect()
    gc.freeze()  # as the server does, see gunicorn.conf.py
    said = bring_out(person) if what == "export" else take_in(person, what, int(more[0]))
    print(json.dumps(said), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
