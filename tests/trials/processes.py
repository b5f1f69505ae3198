"""Processes that are killed: a database for them, and a nursery from which they come quickly."""

import json
import os
import selectors
import signal
import subprocess
import sys
from typing import Any, Self

from tests import servers

PREPARE = """
from tests.people import make_household, make_user
from tests.trials.moving import begin
make_household(make_user("Trial"), "Trial")
begin()
"""
SLOW = 120  # seconds that a task may take on a busy machine


def prepared(url: str) -> dict[str, str]:
    """The environment of a database with the household "Trial", whose expenses are written, and "Moves"."""
    env = servers.hosted(url, ALLOW_SQLITE="1", PYTHONPATH=str(servers.ROOT))
    servers.migrate(url)
    shell(["shell", "--no-imports", "-c", PREPARE], env)
    return env


def shell(arguments: list[str], env: dict[str, str]) -> str:
    done = servers.manage(*arguments, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Nursery:
    """Talks with `tests.trials.mover`, which forks a process for each task."""

    def __init__(self, env: dict[str, str]) -> None:
        command = [sys.executable, "-m", "tests.trials.mover"]
        self.process = subprocess.Popen(
            command, env=env, cwd=servers.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.unread = b""
        self.selector = selectors.DefaultSelector()
        assert self.process.stdout is not None
        self.selector.register(self.process.stdout, selectors.EVENT_READ)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(SLOW)

    def start(self, task: str, *arguments: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(" ".join([task, *map(str, arguments)]).encode() + b"\n")
        self.process.stdin.flush()

    def hear(self, seconds: float = SLOW) -> dict[str, Any]:
        """What one of the processes says next."""
        assert self.process.stdout is not None
        while b"\n" not in self.unread:
            assert self.selector.select(seconds), "No process of the trial said anything."
            read = os.read(self.process.stdout.fileno(), 65536)
            assert read, "The nursery has ended."
            self.unread += read
        line, self.unread = self.unread.split(b"\n", 1)
        said: dict[str, Any] = json.loads(line)
        assert "fault" not in said, said["fault"]
        return said

    def ask(self, task: str, *arguments: object) -> dict[str, Any]:
        self.start(task, *arguments)
        return self.hear()

    def kill(self, pid: int) -> None:
        """Kill one of the processes outright, which has to be at work."""
        try:
            kill(pid)
        except ProcessLookupError:
            self.hear()  # raises with its fault
            raise


def kill(pid: int) -> None:
    """Kill a process of a nursery outright, and wait until it is gone."""
    os.kill(pid, signal.SIGKILL)

    def gone() -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return False

    servers.wait_until(gone, "The end of a killed process")
