"""The search for circles is off only while it is asked to be."""

import gc

import pytest

from expenses.shared.collecting import uncollected

pytestmark = pytest.mark.either  # asks no database


def test_circles_are_not_looked_for_meanwhile_and_are_again_afterwards():
    with uncollected():
        inside = gc.isenabled()
        with uncollected():
            pass
        still = gc.isenabled()

    assert not inside
    assert not still
    assert gc.isenabled()


def test_an_error_leaves_it_on():
    with pytest.raises(ValueError, match="broken"), uncollected():
        raise ValueError("broken")

    assert gc.isenabled()


def test_who_had_it_off_keeps_it_off():
    gc.disable()
    try:
        with uncollected():
            pass
        kept = gc.isenabled()
    finally:
        gc.enable()

    assert not kept


def test_who_leaves_first_leaves_it_off_for_the_others():
    one, other = uncollected(), uncollected()  # as two threads that overlap
    one.__enter__()
    other.__enter__()

    one.__exit__(None, None, None)
    meanwhile = gc.isenabled()
    other.__exit__(None, None, None)

    assert not meanwhile
    assert gc.isenabled()
