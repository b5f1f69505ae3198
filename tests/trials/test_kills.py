"""Who moves money is killed outright, or loses the server, between the two legs: both are written, or neither."""

import os
import random
import signal
import time
import uuid

import psycopg
import pytest

from tests.trials.processes import shell

pytestmark = pytest.mark.either

NEITHER, BOTH = {"moves": 0, "legs": 0}, {"moves": 1, "legs": 2}


def counted(said):
    return {name: said[name] for name in ("moves", "legs")}


def kill_between_legs(nursery, times: int) -> None:
    for _ in range(times):
        key = uuid.uuid4()
        halted = nursery.ask("halt", key)
        assert halted["legs"] == 1, "it did not halt between the legs"
        seen_meanwhile = counted(nursery.ask("state", key))
        nursery.kill(halted["pid"])

        assert seen_meanwhile == NEITHER
        assert counted(nursery.ask("state", key)) in (NEITHER, BOTH)
        assert counted(nursery.ask("again", key)) == BOTH  # who sends the form again moves once
    assert nursery.ask("check")["sound"]


def terminate_between_legs(nursery, url: str, times: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(times):
            key = uuid.uuid4()
            halted = nursery.ask("halt", key)
            connection.execute("SELECT pg_terminate_backend(%s)", [halted["backend"]])
            os.kill(halted["pid"], signal.SIGUSR1)

            lost = nursery.hear()
            assert lost["lost"]
            assert counted(lost) in (NEITHER, BOTH)
            assert counted(nursery.hear()) == BOTH  # it moved once more with the same key
    assert nursery.ask("check")["sound"]


def kill_at_random(nursery, times: int) -> None:
    dice = random.Random(3)
    for number in range(times):
        mover = nursery.ask("random", number, 60, 0.02)
        time.sleep(dice.uniform(0, 0.15))
        nursery.kill(mover["pid"])
    assert nursery.ask("check")["sound"]


def move_in_four_processes(nursery, seconds: int) -> None:
    for number in range(4):
        nursery.start("random", 100 + number, seconds, 0, seconds)
    said = [nursery.hear() for _ in range(8)]  # each says that it starts, and what it did

    ended = [each for each in said if "accepted" in each]
    assert len(ended) == 4
    assert nursery.ask("check_guard")["broken"] == []
    assert nursery.ask("check")["sound"]
    done = [(each["accepted"], each["refused"]) for each in ended]
    assert all(min(each) >= seconds for each in done), f"too little happened to show anything: {done}"


def test_a_mover_killed_between_the_legs_leaves_both_or_neither(nursery):
    kill_between_legs(nursery, 3)


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_server_terminated_between_the_legs_leaves_both_or_neither(nursery, database):
    terminate_between_legs(nursery, database["DATABASE_URL"], 3)


def test_movers_killed_at_any_moment_leave_the_books_in_balance(nursery):
    kill_at_random(nursery, 5)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_four_processes_move_on_sqlite_and_none_finds_it_locked(nursery):
    move_in_four_processes(nursery, 2)


@pytest.mark.soak
def test_a_mover_killed_between_the_legs_fifty_times(nursery):
    kill_between_legs(nursery, 50)


@pytest.mark.soak
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_server_terminated_between_the_legs_fifty_times(nursery, database):
    terminate_between_legs(nursery, database["DATABASE_URL"], 50)


@pytest.mark.soak
def test_movers_killed_at_sixty_random_moments(nursery, database):
    kill_at_random(nursery, 60)
    assert shell(["check_books"], database)  # every household's, by the command that hosts run


@pytest.mark.soak
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_four_processes_move_on_sqlite_for_longer(nursery):
    move_in_four_processes(nursery, 5)
