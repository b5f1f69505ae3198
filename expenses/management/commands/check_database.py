"""Says how the database is reached and whether it is ready; never prints a password."""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections, connection
from django.db.migrations.executor import MigrationExecutor

ROUND_TRIPS = 20
SQLITE_WANTS = {"journal_mode": "wal", "foreign_keys": 1}


class Command(BaseCommand):
    help = "Can we connect, how, to what, how fast, and are all migrations applied? Exit code 1 where not."
    requires_system_checks: list[str] = []  # some of them ask the database, and would answer before we do

    def handle(self, *args: Any, **options: Any) -> None:
        close_old_connections()
        try:
            self.line("Address", address())
            self.line("Connection", held())
            if file := missing_file():
                raise CommandError(f"There is no database at {file} yet. Run manage.py migrate: it makes one.")
            try:
                connection.ensure_connection()
                self.line("Server", server())
                self.line("Round trip", round_trip())
                wrong = list(self.problems())
            except DatabaseError as error:
                raise CommandError(f"The database does not answer: {without_secret(str(error))}") from None
        finally:
            close_old_connections()
        if wrong:
            raise CommandError(" ".join(wrong))
        self.stdout.write("The database is ready.")

    def line(self, name: str, value: str) -> None:
        self.stdout.write(f"{name + ':':<12}{value}")

    def problems(self) -> Iterator[str]:
        """What keeps the app from working well, each a sentence that says what to do."""
        waiting = waiting_migrations()
        self.line("Migrations", f"{len(waiting)} not applied" if waiting else "all applied")
        if waiting:
            more = f" and {len(waiting) - 3} more" if len(waiting) > 3 else ""
            yield f"Run manage.py migrate: {', '.join(waiting[:3])}{more} not applied."
        if connection.vendor == "postgresql":
            yield from self.problems_of_postgres(migrated=not waiting)
        else:
            yield from self.problems_of_sqlite()
        if settings.CACHES["default"]["LOCATION"] not in connection.introspection.table_names():
            yield "Run manage.py createcachetable: sign-in limits are kept in that table."

    def problems_of_postgres(self, *, migrated: bool) -> Iterator[str]:
        found = one("SELECT extversion FROM pg_extension WHERE extname = 'pg_trgm'")
        self.line("Search", f"pg_trgm {found}" if found else "pg_trgm is missing")
        if migrated and not found:
            yield "Run CREATE EXTENSION pg_trgm in this database, else a search reads every row."

    def problems_of_sqlite(self) -> Iterator[str]:
        found = {
            name: one(f"PRAGMA {name}") for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
        self.line("Pragmas", ", ".join(f"{name} {value}" for name, value in found.items()))
        for name, value in SQLITE_WANTS.items():
            # A database in memory has no journal to write ahead.
            if found[name] != value and found[name] != "memory":
                yield f"SQLite’s {name} is {found[name]} where {value} is needed."


# ── what the lines say ────────────────────────────────────────────────────────────────────────────


def address() -> str:
    """Engine, host and name of the database, without the password."""
    config = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"SQLite, {config['NAME']}"
    where = f"{config['HOST'] or 'local socket'}:{config['PORT'] or 5432}"
    return f"Postgres, {config['USER'] or 'default user'} at {where}, database {config['NAME']}"


def held() -> str:
    """How connections are kept."""
    config = connection.settings_dict
    age = config["CONN_MAX_AGE"]
    kept = "kept for good" if age is None else f"kept {age} s" if age else "one for each request"
    checked = "checked before each request" if config["CONN_HEALTH_CHECKS"] else "not checked"
    if connection.vendor == "sqlite":
        return f"{kept}, {config['OPTIONS'].get('transaction_mode', 'DEFERRED').lower()} transactions"
    migrations = "; migrations by DATABASE_URL_UNPOOLED" if settings.DATABASE_URL_UNPOOLED else ""
    return f"{kept}, {checked}{migrations}"


def is_pooled() -> bool:
    """Whether a pooler stands between: it names the connection by a process id of its own, not the server's."""
    return connection.connection.pgconn.backend_pid != one("SELECT pg_backend_pid()")


def missing_file() -> str:
    """The SQLite file that is not there: connecting would make it, and a check changes nothing."""
    name = str(connection.settings_dict["NAME"])
    in_memory = name.startswith("file:") or name == ":memory:"
    return "" if connection.vendor != "sqlite" or in_memory or Path(name).exists() else name


def server() -> str:
    """Version, and on Postgres whether the line is encrypted and whether a pooler stands between."""
    if connection.vendor == "sqlite":
        return f"SQLite {one('SELECT sqlite_version()')}"
    tls = "TLS" if connection.connection.pgconn.ssl_in_use else "not encrypted"
    pooled = "through a pooler" if is_pooled() else "direct"
    return f"PostgreSQL {one('SHOW server_version')}, {tls}, {pooled}"


def round_trip() -> str:
    """The median time of asking for nothing."""
    times = []
    for _ in range(ROUND_TRIPS):
        started = time.perf_counter()
        one("SELECT 1")
        times.append((time.perf_counter() - started) * 1000)
    return f"{statistics.median(times):.2f} ms (median of {ROUND_TRIPS})"


def waiting_migrations() -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def one(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
    return row[0] if row else None


def without_secret(message: str) -> str:
    """A driver's message, on one line, without the password should it quote one."""
    password = connection.settings_dict.get("PASSWORD")
    text = " ".join(message.split())
    return text.replace(password, "***") if password else text
