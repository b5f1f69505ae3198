"""Statement files of every format, damaged at random: whatever is done to a file, it is refused with a sentence or
read, and then each row of it is a record that can be kept, a problem or left out (`damage.check`)."""

import base64
import random
import time
import zlib

import pytest

from tests.imports import damage

FILES = damage.files()
NAMES = sorted(FILES)
OTHERS = [FILES[name] for name in NAMES]

pytestmark = pytest.mark.either  # asks no database


def damaged(seed: int) -> tuple[str, bytes]:
    """(what the file was, its bytes now). The files come in turn: any so many seeds in a row have each once."""
    name = NAMES[seed % len(NAMES)]
    return name, damage.damaged(FILES[name], OTHERS, random.Random(seed))


def told(seed: int, name: str, data: bytes) -> str:
    """What repeats a failure. Elsewhere a seed may stand for another file, so that a small one is told whole."""
    packed = base64.b64encode(zlib.compress(data, 9)).decode()
    whole = f" zlib.decompress(base64.b64decode({packed!r}))" if len(packed) < 10_000 else ""
    return f"This is file {seed} of {len(NAMES)}: {name}, damaged, {len(data):,} bytes.{whole}"


def check(seed: int) -> bool:
    """Whether the file of this seed can be read at all; a failure tells what repeats it."""
    name, data = damaged(seed)
    try:
        return damage.check(data) is not None
    except Exception as error:
        error.add_note(told(seed, name, data))
        raise


@pytest.mark.parametrize("name", NAMES)
def test_a_file_as_it_is_holds_what_every_reading_has_to(name):
    damage.check(FILES[name])


def test_a_failure_tells_what_repeats_it(monkeypatch):
    name, data = damaged(1)
    monkeypatch.setattr(damage, "check", lambda data: 1 / 0)

    with pytest.raises(ZeroDivisionError) as failed:
        check(1)

    [note] = failed.value.__notes__
    assert note.startswith(f"This is file 1 of {len(NAMES)}: {name}, damaged, {len(data):,} bytes. zlib.")
    packed = note.rpartition("(")[2].strip("')")
    assert zlib.decompress(base64.b64decode(packed)) == data


@pytest.mark.parametrize("begin", range(0, 600, 100))
def test_no_damage_to_a_file_breaks_the_reading_of_it(begin):
    read = sum(check(seed) for seed in range(begin, begin + 100))

    assert read > 40  # else nothing but refusals was tried


@pytest.mark.soak
def test_no_damage_of_two_minutes_breaks_the_reading():
    seed, until = damage.first_seed(), time.monotonic() + 120
    tried = read = 0
    while time.monotonic() < until:
        read += check(seed + tried)
        tried += 1

    assert read > tried * 0.4
