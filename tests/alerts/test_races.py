"""Many at once: an alert is raised once, a mail is sent once. Real rivals need Postgres; SQLite has its processes
below."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.db import connection
from django.test import Client

from expenses.alerts import mails
from expenses.alerts.looking import look
from expenses.alerts.models import Alert, AlertMail
from expenses.people.models import Household, Membership
from tests import servers
from tests.alerts import entry, set_limit, told
from tests.factories import make_expense
from tests.people import TODAY, People

SEND = EmailBackend.send_messages
on_postgres = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def marked(test):
    for mark in on_postgres:
        test = mark(test)
    return test


def at_once(count: int, work: Callable[[int], None]) -> list[Exception]:
    """Do it in so many threads that start together; gives what went wrong."""
    start, errors = threading.Barrier(count), []

    def run(number: int) -> None:
        try:
            start.wait(timeout=30)
            work(number)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    return errors


@marked
def test_of_ten_looks_at_once_one_raises():
    people = People()
    set_limit(people.food, "100")
    make_expense(people.household, amount="110", category=people.food)
    raised = []

    errors = at_once(10, lambda _: raised.extend(look(Household.objects.get(pk=people.household.pk), on=TODAY).raised))

    assert errors == []
    assert len(raised) == 1
    assert sorted(Alert.objects.values_list("threshold", "round")) == [(80, 1), (100, 1)]
    assert len(told(people.household)) == 1


@marked
def test_ten_who_write_at_once_leave_what_is_true(caplog):
    people = People()
    set_limit(people.food, "100")
    clients = [Client() for _ in range(10)]
    for client in clients:
        client.force_login(people.alice)

    def write(number):
        for turn in range(4):
            amount = "30" if (number + turn) % 2 else "-25"
            assert clients[number].post("/expenses/new/", entry(people.food, amount)).status_code == 302

    errors = at_once(10, write)

    assert errors == []
    assert "no look" not in caplog.text
    written = told(people.household)
    look(Household.objects.get(pk=people.household.pk), on=TODAY)
    assert written == told(people.household)  # nothing was left to find: 100.00 are used up exactly
    assert Alert.objects.count() <= 2


@marked
def test_of_two_runs_at_once_one_mails(monkeypatch, settings):
    settings.EMAIL_URL = "smtp://localhost"
    people = People()
    Membership.objects.filter(household=people.household).update(wants_alerts=True)
    set_limit(people.food, "100")
    make_expense(people.household, amount="110", category=people.food)
    true = look(people.household, on=TODAY).true

    def slowly(backend, messages):
        time.sleep(0.3)
        return SEND(backend, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", slowly)

    errors = at_once(4, lambda _: mails.send(people.household, true))

    assert errors == []
    assert sorted(message.to[0] for message in mail.outbox) == [
        "alice@example.com", "bob@example.com", "vera@example.com",
    ]  # fmt: skip
    assert AlertMail.objects.count() == 3
    call_command("daily")
    assert len(mail.outbox) == 3


@marked
def test_while_a_mail_server_is_slow_nobody_who_writes_waits(monkeypatch, settings):
    settings.EMAIL_URL = "smtp://localhost"
    people = People()
    Membership.objects.filter(user=people.alice).update(wants_alerts=True)
    set_limit(people.food, "100")
    make_expense(people.household, amount="110", category=people.food)
    true = look(people.household, on=TODAY).true
    sending, written = threading.Event(), threading.Event()

    def waiting(backend, messages):
        sending.set()
        assert written.wait(timeout=20)
        return SEND(backend, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", waiting)

    def work(number):
        if number:
            mails.send(people.household, true)
        else:
            assert sending.wait(timeout=20)
            make_expense(people.household, amount="1", category=people.food)
            set_limit(people.fun, "10")
            look(Household.objects.get(pk=people.household.pk), on=TODAY)
            written.set()

    assert at_once(2, work) == []
    assert len(mail.outbox) == 1


# ── two processes ─────────────────────────────────────────────────────────────────────────────────

PREPARE = """
import datetime as dt
from decimal import Decimal
from expenses.people.models import Household, Membership
from tests.alerts import set_limit
from tests.factories import make_expense
from tests.people import make_household, make_user
household = make_household(make_user("Trial"), "Trial")
Membership.objects.update(wants_alerts=True)
running = household.month_of(household.today())
category = household.categories.first()
set_limit(category, "100", month=running)
make_expense(household, amount="110", category=category, spent_on=household.today())
"""


class Postbox(threading.Thread):
    """A mail server that takes its time, keeps what it was sent, and may hang up on what it is sent first."""

    def __init__(self, *, refusing: int = 0, slow: float = 0.5) -> None:
        super().__init__(daemon=True)
        import socket

        self.mails, self.refusing, self.slow = [], refusing, slow
        self.has_one = threading.Event()  # though it has not answered yet
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.start()

    def run(self) -> None:
        while True:
            try:
                visitor, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(visitor,), daemon=True).start()

    def serve(self, visitor) -> None:
        with visitor, visitor.makefile("rwb") as line:

            def answer(text):
                line.write(text.encode() + b"\r\n")
                line.flush()

            answer("220 ready")
            while said := line.readline().decode().strip():
                word = said.split()[0].upper()
                if word == "DATA":
                    answer("354 go on")
                    text = b"".join(iter(line.readline, b".\r\n"))
                    self.has_one.set()
                    time.sleep(self.slow)
                    if self.refusing > 0:
                        self.refusing -= 1
                        answer("451 not now")
                    else:
                        self.mails.append(text)
                        answer("250 taken")
                elif word == "QUIT":
                    answer("221 bye")
                    return
                else:
                    answer("250 fine")


@pytest.fixture(params=["sqlite", "postgres"])
def hosted(request, tmp_path):
    """The environment of a site with one alert to be mailed."""

    def prepared(url):
        env = servers.hosted(
            url, ALLOW_SQLITE="1", PYTHONPATH=str(servers.ROOT), SITE_URL="https://budget.example.org"
        )
        servers.migrate(url)
        servers.managed("shell", "--no-imports", "-c", PREPARE, env=env)
        return env

    if request.param == "sqlite":
        yield prepared(f"sqlite:///{tmp_path / 'budget.sqlite3'}")
    else:
        with servers.postgres() as server:
            yield prepared(server.url)


def daily(env, box) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "daily"],
        env=env | {"EMAIL_URL": f"smtp://127.0.0.1:{box.port}"},
        cwd=Path(servers.ROOT),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.either
def test_two_runs_at_once_send_one_mail_and_a_failed_one_is_sent_the_next_time(hosted):
    box = Postbox(refusing=1)
    failed = daily(hosted, box)
    _, errors = failed.communicate(timeout=300)
    assert failed.returncode == 1
    assert "Failed: 0 households, 1 mail." in errors

    runs = [daily(hosted, box) for _ in range(2)]

    for run in runs:
        _, errors = run.communicate(timeout=300)
        assert run.returncode == 0, errors
    assert len(box.mails) == 1
    assert b"To: trial@example.com" in box.mails[0]
    assert b"multipart/alternative" in box.mails[0]


@pytest.mark.either
def test_a_run_killed_before_it_sent_leaves_the_mail_to_the_next(hosted):
    box = Postbox(slow=30)
    killed = daily(hosted, box)
    assert box.has_one.wait(300)  # and it waits for the answer
    killed.kill()
    killed.communicate()
    box = Postbox(slow=0)

    after = daily(hosted, box)

    _, errors = after.communicate(timeout=300)
    assert after.returncode == 0, errors
    assert len(box.mails) == 1
