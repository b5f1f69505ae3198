"""Measures the app's pages on a Postgres of its own: bin/bench [--quick] [--write]."""

import argparse
import contextlib
import datetime as dt
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

from tests import servers
from tests.bench.distance import Distance, distance

DOCUMENT = servers.ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures of bin/bench -->", "<!-- end of figures -->"
FILES_BEGIN, FILES_END = "<!-- figures of files -->", "<!-- end of figures of files -->"
IMPORT_SECONDS = 20  # for 100,000 rows
AWAY = 0.020  # seconds to a hosted database and back
WARM_UP = 5


class Unanswered(Exception):
    """A page that cannot be measured; the message says which and why."""


class Asker:
    """A process of its own that serves one page to one person."""

    def __init__(self, env: dict[str, str], email: str, path: str) -> None:
        self.path = path
        # A file: a pipe that nobody reads would fill up and block the app. Closed by close().
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.asking", email],
            cwd=servers.ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        self._answer()

    def order(self, do: str) -> dict[str, Any]:
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"do": do, "path": self.path}) + "\n")
        self.process.stdin.flush()
        answer = self._answer()
        if answer["status"] != 200:
            raise Unanswered(f"{self.path} answered {answer['status']}.\n{self._last_words()}")
        return answer

    def time(self) -> float:
        return self.order("time")["seconds"]

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise Unanswered(f"{self.path} was not answered.\n{self._last_words()}")
        return json.loads(line)

    def _last_words(self) -> str:
        self.log.seek(0)
        return self.log.read()[-4_000:]

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(20)
        self.log.close()


@contextlib.contextmanager
def asking(*askers: tuple[dict[str, str], str, str]) -> Iterator[list[Asker]]:
    """Fresh processes, each past its first requests, which load templates and open a connection."""
    with contextlib.ExitStack() as stack:
        started = []
        for each in askers:
            asker = Asker(*each)
            stack.callback(asker.close)
            started.append(asker)
        for asker in started:
            for _ in range(WARM_UP):
                asker.time()
        yield started


def in_turn(askers: list[Asker], rounds: int) -> list[list[float]]:
    """Times of each, asked one after the other in random order, so that what disturbs one disturbs all."""
    times: dict[Asker, list[float]] = {asker: [] for asker in askers}
    order = list(askers)
    for _ in range(rounds):
        random.shuffle(order)
        for asker in order:
            times[asker].append(asker.time())
    return list(times.values())


class Bench:
    """A filled Postgres, and what asking its pages costs."""

    def __init__(self, server: servers.Postgres, *, sizes: tuple[int, int], rounds: int, far_rounds: int) -> None:
        from tests.bench import fill, pages

        self.server, self.rounds, self.far_rounds = server, rounds, far_rounds
        self.today = dt.date.today()  # noqa: DTZ011  (which day it is changes nothing that is measured)
        self.small, self.large = fill.fill(server, list(sizes), today=self.today)
        self.bare_path = pages.bare_path(self.small.household, today=self.today)
        self.pages = pages.pages(today=self.today)

    def near(self, page: Any) -> Any:
        from tests.bench.figures import Figures, Times

        bare_env = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.bench.bare_settings"}
        app_env = dict(os.environ)
        with asking(
            (bare_env, self.small.email, self.bare_path),
            (app_env, self.small.email, page.path),
            (app_env, self.large.email, page.path),
        ) as askers:
            bare, small, large = in_turn(askers, self.rounds)
            looks = [asker.order("look") for asker in askers[1:]]
        if looks[1]["plans"]:
            sys.stdout.write("\n\n".join([f"══ {page.name} {page.path}", *looks[1]["plans"], ""]))
        return Figures(
            page=page,
            bare=Times(bare),
            small=Times(small),
            large=Times(large),
            queries=(looks[0]["queries"], looks[1]["queries"]),
            size=looks[1]["bytes"],
            assets=looks[1]["assets"],
        )

    def far(self, figures: Any, proxy: Distance) -> None:
        """Adds what the page costs when the database is away."""
        app_env = os.environ | {"DATABASE_URL": proxy.url}
        bare_env = app_env | {"DJANGO_SETTINGS_MODULE": "tests.bench.bare_settings"}
        with asking(
            (bare_env, self.small.email, self.bare_path), (app_env, self.large.email, figures.page.path)
        ) as askers:
            figures.far_bare.seconds, figures.far.seconds = in_turn(askers, self.far_rounds)
            before = proxy.round_trips
            askers[1].time()
            figures.round_trips = proxy.round_trips - before


def measure(bench: Bench, only: str) -> list[Any]:
    chosen = [page for page in bench.pages if only.casefold() in page.name.casefold()]
    with distance(bench.server.url, seconds=AWAY) as proxy:
        found = []
        for page in chosen:
            figures = bench.near(page)
            if bench.far_rounds:
                bench.far(figures, proxy)
            say(f"{page.name}: {figures.growth:.2f} × the small household, {figures.bares:.1f} × a bare page")
            found.append(figures)
    return found


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def write(table: str, begin: str = BEGIN, end: str = END) -> None:
    """Puts the table in its place in docs/performance.md."""
    before, rest = DOCUMENT.read_text().split(begin)
    _, after = rest.split(end)
    DOCUMENT.write_text(f"{before}{begin}\n{table}\n{end}{after}")


def files(bench: "Bench", only: str, rows: int) -> list[Any]:
    """Statements taken in beside each household's expenses and back again, then all of the large one brought out."""
    from tests.bench import fill
    from tests.bench.figures import Files

    ways: list[tuple[str, Any, list[str], int | None]] = []
    for of in (bench.small, bench.large):
        for kind in ("csv", "ofx"):
            name = f"Import of {rows:,} rows, {kind.upper()}, beside {of.count:,} expenses"
            ways.append((name, of, [kind, str(rows)], IMPORT_SECONDS))
    ways.append((f"Export of {bench.large.count:,} expenses", bench.large, ["export"], None))
    found = []
    for name, of, words, seconds in ways:
        if only.casefold() in name.casefold():
            command = [sys.executable, "-m", "tests.bench.files", of.email, *words]
            fill.rest(bench.server)
            done = subprocess.run(
                command, cwd=servers.ROOT, env=os.environ, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise Unanswered(f"{name} failed.\n{done.stderr[-4_000:]}")
            said = json.loads(done.stdout)
            found.append(Files(name, said["steps"], said["megabytes"], seconds))
            say(f"{name}: {found[-1].seconds:.1f} s, {found[-1].megabytes:.0f} MB")
    return found


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100,000 expenses instead of 1,000,000, fewer rounds")
    parser.add_argument("--small", type=int, default=1_000, metavar="N", help="expenses of the small household")
    parser.add_argument("--large", type=int, metavar="N", help="expenses of the large household")
    parser.add_argument("--rows", type=int, metavar="N", help="rows of the statements that are taken in")
    parser.add_argument("--rounds", type=int, metavar="N", help="timed requests of each page")
    parser.add_argument("--only", default="", metavar="TEXT", help="only pages that have this in their name")
    parser.add_argument("--near", action="store_true", help="leave out the database that is 20 ms away")
    parser.add_argument("--plans", action="store_true", help="print each query of the large household with its plan")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    given = parser.parse_args()
    given.large = given.large or (100_000 if given.quick else 1_000_000)
    given.rows = given.rows or (10_000 if given.quick else 100_000)
    given.rounds = given.rounds or (15 if given.quick else 60)
    return given


def prepare(server: servers.Postgres, static: str, *, plans: bool) -> None:
    """The app's environment for this process and its children, the tables, the collected files."""
    for name in [name for name in os.environ if name.startswith(("DATABASE_URL", "DEBUG", "EMAIL"))]:
        del os.environ[name]
    more = {"DJANGO_SETTINGS_MODULE": "tests.bench.settings", "BENCH_STATIC": static, "DEBUG": "0"}
    os.environ.update(servers.hosted(server.url, **more))
    if plans:
        os.environ["BENCH_PLANS"] = "1"
    for command in (["migrate"], ["createcachetable"], ["collectstatic", "--no-input"]):
        done = servers.manage(*command, "--verbosity=0", env=os.environ)
        if done.returncode:
            raise RuntimeError(f"manage.py {command[0]} failed:\n{done.stderr}")
    import django

    django.setup()


def main() -> int:
    given = options()
    sizes = (given.small, given.large)
    with tempfile.TemporaryDirectory(prefix="budget-bench-") as static, servers.postgres() as server:
        prepare(server, static, plans=given.plans)
        from django.db import connections

        from tests.bench.figures import table, table_of_files

        started = time.monotonic()
        far_rounds = 0 if given.near else max(3, given.rounds // 6)
        bench = Bench(server, sizes=sizes, rounds=given.rounds, far_rounds=far_rounds)
        say(f"Filled {given.small:,} and {given.large:,} expenses in {time.monotonic() - started:.0f} s.")
        found = measure(bench, given.only)
        of_files = files(bench, given.only, given.rows)
        connections.close_all()
    if found:
        shown = table(found, small=given.small, large=given.large, away=AWAY)
        sys.stdout.write(f"{shown}\n")
        if given.write:
            write(shown)
    if of_files:
        shown = table_of_files(of_files)
        sys.stdout.write(f"{shown}\n")
        if given.write:
            write(shown, FILES_BEGIN, FILES_END)
    broken = [sentence for figures in (*found, *of_files) for sentence in figures.broken()]
    for sentence in broken:
        say(f"Goal missed: {sentence}")
    return 1 if broken else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Unanswered as error:
        sys.exit(str(error))
