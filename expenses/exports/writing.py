"""A household's file: a zip with a manifest and one CSV file a table, written as it is read."""

import datetime as dt
import json
import zipfile
from typing import IO, TYPE_CHECKING

from expenses.budgets.books import one_moment
from expenses.exports.tables import TABLES
from expenses.shared.files import csv_chunks

if TYPE_CHECKING:
    from expenses.people.models import Household

FORMAT = "budget-tracker-household"
VERSION = 1
MANIFEST = "manifest.json"


def write(household: "Household", file: IO[bytes], *, at: dt.datetime) -> None:
    """Everything the household has, as it stood at one moment. Neither rows nor files are held in memory."""
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": at.astimezone(dt.UTC).isoformat(timespec="seconds"),
        "household": household.name,
        "currency": household.currency,
        "files": [table.file for table in TABLES],
    }
    with one_moment(), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=2))
        for table in TABLES:
            with package.open(_member(table.file, at), "w", force_zip64=True) as member:
                for chunk in csv_chunks(table.header(household.decimals), table.written(household)):
                    member.write(chunk)


def _member(name: str, at: dt.datetime) -> zipfile.ZipInfo:
    moment = at.astimezone(dt.UTC)
    info = zipfile.ZipInfo(name, (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info
