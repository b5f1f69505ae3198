"""On servers of their own: a process killed while it posts, two that post at once, and an app that nobody visits."""

import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest

from tests import servers
from tests.people import PASSWORD
from tests.visitor import Visitor

pytestmark = pytest.mark.either

PREPARE = """
import datetime as dt
from tests.factories import make_recurring
from tests.people import make_household, make_user
household = make_household(make_user("Trial"), "Trial")
make_recurring(household, unit="days", anchor=dt.date(2010, 1, 1))
make_recurring(household, "Phone", unit="weeks", anchor=dt.date(2010, 1, 1), automatic=False)
"""
# Posts until the given day, and halts before so many-th of the statements that write rows.
POST = """
import datetime as dt, sys, time
from django.db import connection
from expenses.people.models import Household
from expenses.recurring.posting import post_due
written = 0
def halting(execute, sql, params, many, context):
    global written
    if sql.startswith(("INSERT", "UPDATE", "SELECT nextval")):
        written += 1
        if written == HALT:
            print("halted", flush=True)
            time.sleep(60)
    return execute(sql, params, many, context)
with connection.execute_wrapper(halting):
    done = post_due(Household.objects.get(name="Trial"), on=dt.date(2025, 12, 31))
print(done.posted, done.due, written, flush=True)
"""
STATE = """
from expenses.budgets.books import Books
from expenses.people.models import Household
household = Household.objects.get(name="Trial")
settled = household.recurring_expenses.exclude(settled_until=None)
print(household.expenses.count(), household.occurrences.count(), settled.count())
books = Books.of(household, household.month_of(household.today()), thorough=True)
print(*books.faults)
"""
DAYS, WEEKS = 5844, 835  # from 1 January 2010 to the end of 2025: of the second, each Friday


@pytest.fixture(params=["sqlite", "postgres"])
def env(request, tmp_path):
    """The environment of a site with sixteen years to catch up with."""

    def prepared(url):
        env = servers.hosted(url, ALLOW_SQLITE="1", PYTHONPATH=str(servers.ROOT))
        servers.migrate(url)
        servers.managed("shell", "--no-imports", "-c", PREPARE, env=env)
        return env

    if request.param == "sqlite":
        yield prepared(f"sqlite:///{tmp_path / 'budget.sqlite3'}")
    else:
        with servers.postgres() as server:
            yield prepared(server.url)


def post(env, *, halt: int) -> subprocess.Popen[str]:
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", POST.replace("HALT", str(halt))]
    return subprocess.Popen(
        command, env=env, cwd=servers.ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def state(env) -> tuple[list[str], str]:
    done = servers.manage("shell", "--no-imports", "-c", STATE, env=env)
    assert done.returncode == 0, done.stderr
    counts, faults = done.stdout.split("\n")[:2]
    return counts.split(), faults


def test_a_process_killed_half_way_leaves_nothing_and_the_next_one_completes(env):
    for halt in (1, 3, 6):  # before the first row, between two batches, near the end
        killed = post(env, halt=halt)
        assert killed.stdout.readline() == "halted\n", killed.stderr.read()
        os.kill(killed.pid, signal.SIGKILL)
        killed.communicate()

        assert state(env) == (["0", "0", "0"], "")

    both = [post(env, halt=0) for _ in range(2)]
    said = sorted(process.communicate(timeout=300)[0].split()[:2] for process in both)

    assert said == [["0", "0"], [str(DAYS), str(WEEKS)]]
    assert state(env) == ([str(DAYS), str(DAYS + WEEKS), "2"], "")


# ── nobody visits ─────────────────────────────────────────────────────────────────────────────────

ASKED = """
SELECT count(*), max(query_start) FROM pg_stat_activity
WHERE datname = 'budget' AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
# A process that has served a page: nothing in it may wake up by itself.
SERVED = """
import signal, threading
from django.test import Client
from expenses.people.models import User
client = Client(HTTP_HOST="budget.example.com", HTTP_X_FORWARDED_PROTO="https")
client.force_login(User.objects.get(email="alice@example.com"))
assert client.get("/categories/", secure=True).status_code == 200
print([thread.name for thread in threading.enumerate()], signal.getitimer(signal.ITIMER_REAL), signal.alarm(0))
"""


def test_an_idle_app_makes_no_query(collected):
    with servers.postgres() as server:
        servers.furnish(server.url)
        with servers.gunicorn(servers.hosted(server.url)) as web:
            alice = Visitor(web.port).sign_in("alice@example.com", PASSWORD)
            assert alice.get("/categories/").status == 200

            before = asked(server)
            time.sleep(6)

            assert before[0] > 0  # its connections are watched
            assert asked(server) == before
            assert alice.get("/categories/").status == 200
            assert asked(server)[1] > before[1]  # and a query would have been seen


def asked(server) -> tuple:
    """How many connections the app has, and when it last asked something."""
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        return connection.execute(ASKED).fetchone()


def test_nothing_is_scheduled_to_wake_up(tmp_path):
    url = f"sqlite:///{tmp_path / 'budget.sqlite3'}"
    servers.furnish(url)

    done = servers.manage("shell", "--no-imports", "-c", SERVED, env=servers.hosted(url, ALLOW_SQLITE="1"))

    assert done.returncode == 0, done.stderr
    assert done.stdout == "['MainThread'] (0.0, 0.0) 0\n"
