"""What somebody may bring who means no good, or has edited the file: a sentence, and nothing written."""

import datetime as dt
import io
import json
import random
import struct
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from expenses.exports import reading
from expenses.exports.cells import Ids, Wrong
from expenses.exports.reading import Check, NotOurs, Package
from expenses.exports.restoring import Broken, Faulty, restore
from expenses.exports.tables import TABLES
from expenses.exports.writing import write
from expenses.people.models import Household
from expenses.shared.months import Month
from tests.exports.files import as_csv, rows, with_, with_cell
from tests.exports.test_same_figures import taken_in
from tests.factories import (
    make_expense,
    make_import,
    make_income,
    make_limit,
    make_method,
    make_occurrence,
    make_recurring,
    make_transfer,
)
from tests.people import TODAY, People, make_household

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def packed(django_db_setup, django_db_blocker):
    """The file of a household with a row in every table, made once."""
    with django_db_blocker.unblock(), transaction.atomic():
        found = made(People()).getvalue()
        transaction.set_rollback(True)
    return found


@pytest.fixture
def file(packed):
    return io.BytesIO(packed)


def made(people):
    household, card = people.household, make_method(people.household)
    taken_in(household, card, by=people.alice).commit(by=people.alice, at=timezone.now())
    expense = make_expense(household, "Rent", category=people.food, payment_method=card)
    make_income(household)
    make_limit(people.food, "400", Month(2026, 1))
    make_limit(people.food, None, Month(2026, 5))
    move = {"month": Month(2026, 11), "source": people.fun, "destination": people.food}
    first = make_transfer(household, "20", **move)
    back = {"month": Month(2026, 11), "source": people.food, "destination": people.fun}
    make_transfer(household, "20", **back, reverses=first)
    rent = make_recurring(household, settled_until=dt.date(2026, 12, 1))
    make_occurrence(rent, dt.date(2026, 12, 1), "posted", expense=expense)
    household.dismissals.create(category=people.food, look="netflix")
    rule = {"text": "coffee", "category": people.food, "created_by": people.alice, "created_at": timezone.now()}
    household.category_rules.create(position=1, **rule)
    household.alerts.create(category=people.food, month=Month(2026, 11), threshold=80, raised_at=timezone.now())
    found = io.BytesIO()
    write(household, found, at=timezone.now())
    return found


@pytest.fixture
def empty(people):
    return make_household(people.charlie, "Empty")


def faults(file):
    """What a reading finds, which asks no database."""
    return [str(fault) for fault in Check(Package(file), people={}, by=1, on=TODAY).run().faults]


def test_with_a_fault_nothing_is_written(file, empty, people):
    before = empty.categories.count()

    with pytest.raises(Faulty) as refused:
        restore(Package(with_cell(file, "expenses", 2, "amount", "x")), empty, by=people.charlie, on=TODAY)

    assert len(refused.value.checked.faults) == 1
    assert empty.categories.count() == before
    assert not empty.expenses.exists()


def test_without_a_change_there_is_no_fault(file):
    assert faults(file) == []


def test_every_table_has_a_row_in_it(file):
    assert {table.name for table in TABLES if not rows(file, table.name)} == set()


CELLS = [
    ("household", 2, "currency", "XXX", "It is not a currency that is known here."),
    ("household", 2, "month_starts_on", "40", "It lies outside 1 to 28."),
    ("household", 2, "month_starts_on", "1e1", "It is not a whole number."),
    ("household", 2, "budget_from", "2026-13", "It is not a month like 2026-11, between 1900 and 2200."),
    ("household", 2, "time_zone", "Mars/Base", "It is not a time zone that is known here."),
    ("household", 2, "name", "", "It is empty."),
    ("household", 2, "name", "x" * 101, "It is longer than 100 characters."),
    ("members", 2, "email", "nobody", "It is not an e-mail address."),
    ("members", 2, "role", "king", "It is none of: empty, owner, editor, viewer."),
    ("categories", 3, "name", "RENT", "There are two categories of this name."),
    ("categories", 2, "name", "nul\0", "It has invisible control characters."),
    ("categories", 2, "color", "red", "It is not a colour like #FF6B6B."),
    ("categories", 2, "position", "-1", "It lies outside 0 to 2,147,483,647."),
    ("categories", 2, "archived_on", "2026-02-30", "It is not a date like 2026-11-22."),
    ("payment_methods", 2, "mark", "<b>", "It is not a mark of letters, figures and hyphens."),
    ("expenses", 2, "amount", "0.00", "It is zero."),
    ("expenses", 2, "amount", "NaN", "It is not an amount like 12.50."),
    ("expenses", 2, "amount", "1e999", "It is not an amount like 12.50."),
    ("expenses", 2, "amount", "12.345", "It has more decimals than the currency of the household."),
    ("expenses", 2, "amount", "100000000001", "It lies outside −100,000,000,000 to 100,000,000,000."),
    ("expenses", 2, "amount", "٣", "It is not an amount like 12.50."),
    ("expenses", 2, "amount", "<b>1</b>", "It is not an amount like 12.50."),
    ("expenses", 2, "category", "Nowhere", "categories.csv has no row of this name."),
    ("expenses", 2, "payment_method", "Gold", "payment_methods.csv has no row of this name."),
    ("expenses", 2, "spent_on", "1899-12-31", "It is not a date between 1900 and 2200."),
    ("expenses", 2, "spent_on", "22.11.2026", "It is not a date like 2026-11-22."),
    ("expenses", 2, "description", "x" * 10_000, "It is longer than 200 characters."),
    ("expenses", 2, "notes", "nul\0", "It has invisible control characters."),
    ("expenses", 2, "created_at", "2026-11-22T10:00:00", "It is not a moment like 2026-11-22T08:30:00+00:00."),
    ("expenses", 2, "created_at", "0001-01-01T00:00:00+23:59", "It is not a moment like"),
    ("expenses", 2, "id", "99999999999999999999999", "It is not a whole number."),
    ("expenses", 2, "id", "-7", "It lies outside 1 to"),
    ("expenses", 3, "id", "1", "comes again or out of order."),
    ("incomes", 2, "amount", "-5", "It lies outside 0 to 100,000,000,000."),
    ("limits", 3, "month", "2026-01", "It says the same as line 2, and may stand once."),
    ("limits", 2, "amount", "-1", "It lies outside 0 to 100,000,000,000."),
    ("limits", 2, "leftover", "some", "It is none of:"),
    ("transfers", 3, "reverses", "77", "transfers.csv has no row of this id."),
    ("transfers", 3, "amount", "21", "What it reverses is a move of another month or another amount."),
    ("alerts", 2, "threshold", "81", "It is none of: 80, 100."),
    ("alerts", 2, "armed", "maybe", "It is neither yes nor no."),
    ("recurring_expenses", 2, "every", "0", "It lies outside 1 to 999."),
    ("recurring_expenses", 2, "month_day", "weekday", "A schedule by weekday needs nth and weekday."),
    ("recurring_expenses", 2, "ends_on", "2020-01-01", "It ends before its first date."),
    ("occurrences", 2, "recurring", "", "It is not a whole number."),
    ("occurrences", 2, "expense", "77777", "expenses.csv has no row of this id."),
    ("occurrences", 2, "state", "skipped", "Only a date that was posted has an expense."),
    ("rules", 2, "leave_out", "yes", "A rule leaves rows out, or gives them a category or a description."),
    ("rules", 2, "text", "", "A rule asks for a text, an amount or a payment method."),
    ("import_profiles", 2, "mapping", "[" * 5_000, "It is not what this column holds."),
    ("import_profiles", 2, "mapping", '{"x": 1}', "It is not what this column holds."),
    ("imports", 2, "summary", '{"spent": "NaN"}', "It is not what this column holds."),
    ("imports", 2, "summary", '{"months": ["x"]}', "It is not what this column holds."),
    ("imports", 2, "state", "mapped", "It is none of: committed, reverted."),
    ("import_rows", 2, "import", "9", "imports.csv has no row of this id."),
    ("import_rows", 2, "twin", "999999", "import_rows.csv has no row of this id."),
    ("import_rows", 2, "fingerprint", "x", "It is not a key of 64 figures and letters from a to f."),
    ("import_rows", 2, "fingerprint", "", "A row that was read has a date, an amount and a fingerprint."),
    ("import_rows", 2, "payment_method", "", "A row that was read has a payment method."),
    ("import_rows", 2, "kind", "income", "Its kind does not go with the sign of its amount."),
    ("import_rows", 2, "nominal_on", "9999-12-31", "It is not a date between 1900 and 2200."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "line", "column", "value", "reason"), CELLS)
def test_a_cell_that_cannot_be_is_named_with_its_place(file, name, line, column, value, reason):
    found = faults(with_cell(file, name, line, column, value))

    assert any(one.startswith((f"{name}.csv, line ", f"{name}.csv: ")) for one in found)
    assert any(reason in one for one in found), found


def test_a_row_is_named_with_its_line_and_its_text(file):
    found = faults(with_cell(file, "expenses", 3, "amount", "twelve"))

    assert found[0] == "expenses.csv, line 3: “twelve”: amount: It is not an amount like 12.50."


def test_two_rows_that_count_under_one_key(file):
    first = rows(file, "import_rows")[0]
    changed = with_cell(file, "import_rows", 3, "fingerprint", first["fingerprint"])

    assert "It says the same as line 2" in " ".join(faults(changed))


def test_more_faults_than_anybody_reads_are_cut(file):
    found = rows(file, "expenses")
    many = [found[0] | {"id": str(number), "amount": "x"} for number in range(1, 200)]

    assert len(faults(with_(file, {"expenses.csv": as_csv(many)}))) == reading.SHOWN


def test_dates_that_would_all_be_posted_at_once(file):
    found = rows(file, "recurring_expenses")
    found[0] |= {"anchor": "1900-01-01", "unit": "days", "settled_until": ""}

    said = " ".join(faults(with_(file, {"recurring_expenses.csv": as_csv(found)})))

    assert "of its dates would be posted at once" in said


HEADER = ",".join(cell.name for cell in TABLES[4].cells).encode()
TEXTS = {
    "no header": (b"", "The column id is missing from the header."),
    "another header": (b"id,spent_on\r\n1,2026-11-22\r\n", "The column description is missing from the header."),
    "one more": (HEADER + b",evil\r\n", "The column evil is not known."),
    "another order": (b",".join(reversed(HEADER.split(b","))) + b"\r\n", "The columns stand in another order"),
    "too few": (HEADER + b"\r\n1,2026-11-22\r\n", "It has 2 columns, and the header has 10."),
    "no UTF-8": (HEADER + b"\r\n\xff\xfe", "The file is not UTF-8"),
    "open quote": (HEADER + b'\r\n1,"open', "it cannot be read as CSV"),
    "long field": (HEADER + b'\r\n1,"' + b"x\n" * 100_000 + b'"', "it cannot be read as CSV"),
    "long line": (HEADER + b"\r\n" + b"x" * 2_000_000, "A line is longer than a million characters."),
    "nul": (HEADER + b"\r\n1\0,2026", "line 2"),
}


@pytest.mark.parametrize(("data", "reason"), TEXTS.values(), ids=TEXTS)
def test_a_table_that_is_no_csv_of_ours(file, data, reason):
    assert reason in " ".join(faults(with_(file, {"expenses.csv": data})))


@pytest.mark.parametrize("data", [b"", as_csv([{cell.name: "x" for cell in TABLES[0].cells}]).split(b"\r\n")[0]])
def test_a_file_without_its_household(file, data):
    assert faults(with_(file, {"household.csv": data}))


def manifest(**changes):
    said = {"format": "budget-tracker-household", "version": 1} | changes
    return {"manifest.json": json.dumps(said).encode()}


ZIPS = {
    "newer": (manifest(version=2), "This file is of version 2, and version 1 is the newest that is read here."),
    "no version": (manifest(version="1"), "does not say which version this is"),
    "version -1": (manifest(version=-1), "does not say which version this is"),
    "true": (manifest(version=True), "does not say which version this is"),
    "other format": (manifest(format="x"), "does not say that this is a household’s file"),
    "no manifest": ({"manifest.json": None}, "has no manifest.json"),
    "no JSON": ({"manifest.json": b"{"}, "manifest.json cannot be read"),
    "deep JSON": ({"manifest.json": b"[" * 100_000}, "manifest.json cannot be read"),
    "large manifest": ({"manifest.json": b" " * 2_000_000}, "manifest.json is larger than 1 MB"),
    "no expenses": ({"expenses.csv": None}, "has no expenses.csv"),
    "one more": ({"evil.exe": b"x"}, "has evil.exe in it, which is no part of a household’s file"),
    "up and away": ({"../../etc/passwd": b"x"}, "has passwd in it"),
    "twice": ({"folder/expenses.csv": b"x"}, "has expenses.csv twice"),
}


@pytest.mark.parametrize(("changes", "reason"), ZIPS.values(), ids=ZIPS)
def test_a_zip_that_is_no_household(file, changes, reason):
    with pytest.raises(NotOurs, match=".*".join(reason.split("*"))):
        Package(with_(file, changes))


def test_a_bomb_is_not_unpacked(file):
    with pytest.raises(NotOurs, match="Unpacked, this is more than 1 MB"):
        Package(with_(file, {"expenses.csv": b"0" * 2_000_000}), inflated=1024 * 1024)


def test_a_bomb_that_lies_about_its_size_ends_at_what_it_said(file):
    data = with_(file, {"expenses.csv": HEADER + b"\r\n" + b"1" * 5_000_000}).getvalue()
    size = struct.pack("<L", len(HEADER) + 2 + 5_000_000)
    assert data.count(size) == 2

    lying = io.BytesIO(data.replace(size, struct.pack("<L", 100)))

    assert "expenses.csv" in " ".join(faults(lying))


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x05\x06" + b"\0" * 18, b"x" * 1_000, b"PK\x03\x04" + b"\xff" * 200])
def test_no_zip(data):
    with pytest.raises(NotOurs):
        Package(io.BytesIO(data))


def test_packed_in_another_way(file):
    other = io.BytesIO()
    with zipfile.ZipFile(file) as package, zipfile.ZipFile(other, "w", zipfile.ZIP_BZIP2) as made:
        for name in package.namelist():
            made.writestr(name, package.read(name))

    with pytest.raises(NotOurs, match="packed in a way that is not read here"):
        Package(other)


def test_packed_again_with_a_folder_by_somebody_who_looked_inside(file, empty, people):
    other = io.BytesIO()
    with zipfile.ZipFile(file) as package, zipfile.ZipFile(other, "w") as made:
        made.writestr("__MACOSX/._expenses.csv", b"x")
        made.writestr("household/.DS_Store", b"x")
        for name in package.namelist():
            made.writestr(f"household/{name}", package.read(name))

    restore(Package(other), empty, by=people.charlie, on=TODAY)

    assert empty.expenses.exists()


@pytest.mark.parametrize("seed", range(30))
def test_bytes_changed_anywhere_are_never_an_error_of_the_server(file, empty, people, seed):
    chance, data = random.Random(seed), bytearray(file.getvalue())
    for _ in range(chance.choice([1, 3, 30])):
        data[chance.randrange(len(data))] = chance.randrange(256)

    try:
        restore(Package(io.BytesIO(bytes(data))), empty, by=people.charlie, on=TODAY)
    except (NotOurs, Faulty, Broken):
        empty.refresh_from_db()
        assert empty.name == "Empty"


def test_ids_rise():
    ids = Ids()
    ids.add(3)

    with pytest.raises(Wrong, match="The id 3 comes again or out of order"):
        ids.add(3)
    assert ids.find(2) is None
    assert ids.find(3) == 3


# ── by the pages ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def charlie(client, people):
    client.force_login(people.charlie)
    return client


def upload(client, data, name="household.zip"):
    return client.post(reverse("exports:restore"), {"file": SimpleUploadedFile(name, data)})


def test_brought_looked_at_and_taken_in(charlie, file, people):
    assert upload(charlie, file.getvalue()).url == reverse("exports:check")

    page = charlie.get(reverse("exports:check")).content.decode()
    response = charlie.post(reverse("exports:take_in"), follow=True)

    assert "Alice (alice@example.com)" in page
    assert "is no member here" in page
    assert "Alice’s household is here now: 4 expenses, 2 incomes, 8 categories" in response.content.decode()
    assert people.others.expenses.count() == 4
    assert charlie.get(reverse("exports:check")).url == reverse("exports:restore")


def test_a_second_click_writes_nothing_more(charlie, file, people):
    upload(charlie, file.getvalue())
    charlie.post(reverse("exports:take_in"))

    charlie.post(reverse("exports:take_in"))

    assert people.others.expenses.count() == 4


def test_something_written_down_meanwhile_refuses_it(charlie, file, people):
    upload(charlie, file.getvalue())
    make_expense(people.others, "Mine")

    response = charlie.post(reverse("exports:take_in"))

    assert response.status_code == 422
    assert "Something is written down in this household already." in response.content.decode()
    assert people.others.expenses.count() == 1


def test_the_faults_stand_in_a_table(charlie, file, people):
    upload(charlie, with_cell(file, "expenses", 2, "amount", "<b>").getvalue())

    page, posted = charlie.get(reverse("exports:check")), charlie.post(reverse("exports:take_in"))

    assert "&lt;b&gt;" in page.content.decode()
    assert "expenses.csv, line 2" in page.content.decode()
    assert posted.status_code == 422
    assert not people.others.expenses.exists()


@pytest.mark.parametrize("data", [b"", b"Date,Amount\n", b"PK\x03\x04"])
def test_what_is_no_zip_is_said_at_the_field(charlie, data):
    response = upload(charlie, data)

    assert response.status_code == 422
    assert "This is no ZIP file." in response.content.decode()
    assert response.content.decode().count("data-errors") == 1


def test_no_file(charlie):
    response = charlie.post(reverse("exports:restore"))

    assert response.status_code == 422
    assert "Choose the ZIP file." in response.content.decode()


def test_a_file_that_is_forgotten_writes_nothing(charlie, file, people):
    upload(charlie, file.getvalue())

    charlie.post(reverse("exports:discard"))

    assert charlie.get(reverse("exports:check")).status_code == 302
    assert not people.others.expenses.exists()


# ── by the commands ───────────────────────────────────────────────────────────────────────────────


def test_the_commands(people, tmp_path, capsys):
    make_expense(people.household)
    path = tmp_path / "household.zip"

    call_command("export_household", people.household.pk, str(path))
    call_command("import_household", str(path), owner="CHARLIE@example.com")

    made = Household.objects.latest("pk")
    assert made.expenses.count() == people.household.expenses.count()
    assert made.memberships.get().user == people.charlie
    assert "alice@example.com" in capsys.readouterr().out


def test_the_commands_refuse_with_a_sentence(people, file, tmp_path):
    path, broken = tmp_path / "there.zip", tmp_path / "broken.zip"
    path.write_bytes(b"x")
    broken.write_bytes(with_cell(file, "expenses", 2, "amount", "x").getvalue())

    for arguments, sentence in [
        (("export_household", 0, str(path)), "There is no household 0."),
        (("export_household", people.household.pk, str(path)), "is there already"),
        (("import_household", str(path)), "This is no ZIP file."),
        (("import_household", str(tmp_path / "nothing.zip")), "cannot be read"),
        (("import_household", str(broken)), "expenses.csv, line 2: “x”: amount: It is not an amount like 12.50."),
    ]:
        given = {"owner": "alice@example.com"} if arguments[0] == "import_household" else {}
        with pytest.raises(CommandError, match=sentence.replace(".", r"\.")):
            call_command(*arguments, **given)
    with pytest.raises(CommandError, match="Nobody signs in as"):
        call_command("import_household", str(broken), owner="nobody@example.com")
    assert Household.objects.count() == 2


def test_an_open_import_is_no_reason_to_fail(people):
    taken_in(people.household, make_method(people.household), by=people.alice)
    make_import(people.household, by=people.alice)
    found = io.BytesIO()

    write(people.household, found, at=timezone.now())

    assert rows(found, "imports") == []
