"""An archive that is sent while it is written."""

import datetime as dt
import io
import random
import struct
import zipfile

import pytest

from expenses.shared import zips

pytestmark = pytest.mark.either

NOISE = random.Random(1).randbytes(300_000)


def opened(chunks):
    return zipfile.ZipFile(io.BytesIO(b"".join(chunks)))


@pytest.mark.parametrize("large", [False, True])
def test_it_holds_what_was_written(large):
    at = dt.datetime(2026, 11, 22, 9, 30, 2, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    members = [("a.csv", [b"one", b"", b"two"]), ("empty.csv", []), ("ünder.csv", [NOISE])]

    with opened(zips.chunks(members, at=at, large=large)) as package:
        assert package.testzip() is None
        assert [(info.filename, info.file_size, info.date_time) for info in package.infolist()] == [
            ("a.csv", 6, (2026, 11, 22, 8, 30, 2)),
            ("empty.csv", 0, (2026, 11, 22, 8, 30, 2)),
            ("ünder.csv", 300_000, (2026, 11, 22, 8, 30, 2)),
        ]
        assert package.read("a.csv") == b"onetwo"
        assert package.read("ünder.csv") == NOISE
        assert {info.compress_type for info in package.infolist()} == {zipfile.ZIP_DEFLATED}


@pytest.mark.parametrize(("large", "version"), [(False, 20), (True, 45)])
def test_only_what_may_be_large_asks_for_a_program_that_knows_large_files(large, version):
    data = b"".join(zips.chunks([("a", [b"x"])], large=large))

    assert struct.unpack("<H", data[4:6])[0] == version


def test_nothing_is_kept_back():
    given = []

    def pieces():
        for at in range(3):
            given.append(at)
            yield NOISE

    found = [len(given) for _ in zips.chunks([("a", [b"x"]), ("b", pieces())])]

    assert found[0] == 0  # the first member is away before the second is begun
    assert {1, 2, 3} <= set(found)


def test_a_later_member_may_tell_of_the_earlier():
    names = []

    def members():
        for name in ("a", "b"):
            names.append(name)
            yield name, [b"x"]
        yield "list", [" ".join(names).encode()]

    assert opened(zips.chunks(members())).read("list") == b"a b"


def test_what_breaks_off_is_no_archive():
    def pieces():
        yield NOISE
        raise ConnectionError("the database is gone")

    sent = []
    with pytest.raises(ConnectionError):
        sent.extend(zips.chunks([("a", [b"x"]), ("b", pieces())]))

    assert sent
    assert not zipfile.is_zipfile(io.BytesIO(b"".join(sent)))
