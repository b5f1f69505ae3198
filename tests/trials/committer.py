"""A process that takes a statement in: `python -m tests.trials.committer read|halt|commit|state [IMPORT]`."""

import datetime as dt
import json
import os
import signal
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "budget_tracker.settings")
django.setup()

from expenses.imports.models import Import  # noqa: E402  (Django comes first)
from expenses.people.models import Household  # noqa: E402
from tests.factories import method_named  # noqa: E402
from tests.ledger.test_totals import counted, kept  # noqa: E402

ROWS = 5_000
AT = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def main(task: str, pk: int = 0) -> None:
    household = Household.objects.get(name="Trial")
    by = household.memberships.get().user
    source = household.imports.filter(pk=pk).first() or read(household, by)
    if task == "halt":
        steps = source.commit_in_steps(by=by, at=AT)
        for _ in range(2):  # the comparing, and some thousand rows
            step = next(steps)
        say(pid=os.getpid(), done=step.done)
        signal.pause()
    if task == "commit":
        source.commit(by=by, at=AT)
    if task != "halt":
        source.refresh_from_db()
        say(
            pk=source.pk,
            state=source.state,
            has_file=bool(source.data),
            expenses=household.expenses.filter(description__startswith="Killed").count(),
            rows=dict.fromkeys(source.rows.values_list("state", flat=True)),
            totals_right=kept(household) == counted(household),
        )


def read(household, by) -> Import:
    lines = "".join(f"2026-11-{n % 28 + 1:02d},Killed {n},-{n + 1}.00\n" for n in range(ROWS))
    data = f"Date,Payee,Amount\n{lines}".encode()
    method = method_named(household, "Card")
    source = Import.upload(household=household, file_name="killed.csv", data=data, by=by, at=AT, payment_method=method)
    source.read_with(source.reading, payment_method=method, at=AT, today=AT.date())
    source.choose_among(source.rows.filter(category=None), category=household.categories.first())
    return source


def say(**said: object) -> None:
    sys.stdout.write(json.dumps(said | {"rows": list(said["rows"])} if "rows" in said else said) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
