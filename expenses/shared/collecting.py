"""Python's search for objects that hold each other in circles, where it finds nothing and only costs."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_inside: list[bool] = []  # of each that is inside, in whatever thread: whether the search was on before the first


@contextmanager
def uncollected() -> Iterator[None]:
    """While very many objects come to be that hold each other in no circle: the search would go through all of them
    again and again, a fifth of the time that a statement of 100,000 rows takes. Whatever is let go is freed at once,
    as ever; circles of other threads wait meanwhile. It is on again when the last of several threads has left."""
    with _lock:
        _inside.append(_inside[0] if _inside else gc.isenabled())
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            was_on = _inside.pop()
            if was_on and not _inside:
                gc.enable()
