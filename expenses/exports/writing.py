"""A household's file: a zip with a manifest and one CSV file a table, written as it is read."""

import datetime as dt
import json
import time
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from expenses.budgets.books import one_moment
from expenses.exports.tables import TABLES
from expenses.shared import zips
from expenses.shared.files import csv_chunks

if TYPE_CHECKING:
    from expenses.people.models import Household

FORMAT = "budget-tracker-household"
VERSION = 1
MANIFEST = "manifest.json"
PATIENCE = 300  # seconds that somebody may take for the pieces between two queries
LONGEST = 1_800  # and for all: a thread and a connection wait as long


def household_chunks(household: "Household", *, at: dt.datetime) -> Iterator[bytes]:
    """Everything the household has, as it stood at one moment, in pieces. Neither rows nor files are held in memory;
    the moment is held until the last piece is taken, or the iterator is closed. Raises `TimeoutError` where somebody
    takes longer than `LONGEST`: half of the file does not open."""
    until = time.monotonic() + LONGEST
    with one_moment(patience=PATIENCE):
        for piece in zips.chunks(_members(household, at), at=at, large=True):
            if time.monotonic() > until:
                raise TimeoutError("The household's file was not taken in time.")
            yield piece


def write(household: "Household", file: IO[bytes], *, at: dt.datetime) -> None:
    for chunk in household_chunks(household, at=at):
        file.write(chunk)


def _members(household: "Household", at: dt.datetime) -> Iterator[zips.Member]:
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": at.astimezone(dt.UTC).isoformat(timespec="seconds"),
        "household": household.name,
        "currency": household.currency,
        "files": [table.file for table in TABLES],
    }
    yield MANIFEST, [json.dumps(manifest, ensure_ascii=False, indent=2).encode()]
    for table in TABLES:
        yield table.file, csv_chunks(table.header(household.decimals), table.exported(household))
