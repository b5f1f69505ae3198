"""Long work whose page is sent while it is done: a bar for each step, then what came of it.

The work runs inside the response. It holds its own transaction, so that a visitor who goes away, or a process that
ends, leaves nothing half done.
"""

import contextlib
import logging
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

from django.http import HttpRequest, StreamingHttpResponse
from django.template.loader import render_to_string

from expenses.shared.races import lost

log = logging.getLogger(__name__)

MARK = "§ steps §"
FAILED = "Something went wrong, and nothing was changed. Try it again."


@dataclass(frozen=True, slots=True)
class Step:
    """How far the work is: `done` of `of`, or neither where that cannot be told."""

    doing: str
    done: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of it, and where the person goes on: by themselves where it failed."""

    sentence: str
    url: str
    link: str
    failed: bool = False


type Work[T] = Generator[Step, None, T]


def completed[T](work: Work[T]) -> T:
    """What the work gives, without telling of its steps."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # typeshed knows no type of it


def page(request: HttpRequest, work: Callable[[], Work[Ended]], *, heading: str, back: str) -> StreamingHttpResponse:
    """The page of some work. What it raises ends in a sentence and a link to `back`; where somebody else was quicker
    it is done once more, as `RaceMiddleware` does, which sees only what happens before the answer begins."""
    head, _, foot = render_to_string("layouts/progress.html", {"heading": heading, "mark": MARK}, request).partition(
        MARK
    )
    response = StreamingHttpResponse(_content(head, foot, work, back))
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"  # nginx would keep it all back until the end
    return response


def _content(head: str, foot: str, work: Callable[[], Work[Ended]], back: str) -> Iterator[str]:
    yield head
    ended = yield from _steps(work, back)
    yield render_to_string("components/progress_end.html", {"ended": ended})
    yield foot


def _steps(work: Callable[[], Work[Ended]], back: str) -> Generator[str, None, Ended]:
    for is_last in (False, True):
        try:
            with contextlib.closing(work()) as steps:
                return (yield from _lines(steps))
        except Exception as error:
            if lost(error) and not is_last:
                continue
            log.exception("long work failed")
            break
    return Ended(FAILED, back, "Back", failed=True)


def _lines(steps: Work[Ended]) -> Generator[str, None, Ended]:
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # typeshed knows no type of it
        yield render_to_string("components/progress.html", {"step": step})
