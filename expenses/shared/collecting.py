"""Python's search for objects that hold each other in circles, where it finds nothing and only costs."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """While very many objects come to be that hold each other in no circle: the search would go through all of them
    again and again, a fifth of the time that a statement of 100,000 rows takes. Whatever is let go is freed at once,
    as ever; circles of other threads wait meanwhile."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
