"""Who takes a long statement in is killed outright half way: nothing of it is written, and it can be done again."""

import json
import signal
import subprocess
import sys

import pytest

from tests import servers
from tests.trials.committer import ROWS

pytestmark = pytest.mark.either


def run(env, *arguments) -> subprocess.Popen:
    command = [sys.executable, "-m", "tests.trials.committer", *map(str, arguments)]
    return subprocess.Popen(command, env=env, cwd=servers.ROOT, stdout=subprocess.PIPE, text=True)


def said(process: subprocess.Popen) -> dict:
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def told(env, *arguments) -> dict:
    process = run(env, *arguments)
    answer = said(process)
    assert process.wait(60) == 0
    return answer


def test_a_commit_killed_half_way_has_written_nothing_and_can_be_done_again(database):
    before = told(database, "read")
    half_way = run(database, "halt", before["pk"])
    assert 0 < said(half_way)["done"] < ROWS
    half_way.send_signal(signal.SIGKILL)
    half_way.wait(60)

    after = told(database, "state", before["pk"])
    again = told(database, "commit", before["pk"])

    assert after == before
    assert (after["state"], after["expenses"], after["rows"], after["has_file"]) == ("mapped", 0, ["new"], True)
    assert (again["state"], again["expenses"], again["rows"]) == ("committed", ROWS, ["imported"])
    assert again["totals_right"]
