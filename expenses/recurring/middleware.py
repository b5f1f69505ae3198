"""What fell due is written down by the first page that is opened on a day: nothing has to run for it meanwhile."""

import datetime as dt
import logging
import time
from collections.abc import Callable
from typing import Any

from django.db import close_old_connections, connection
from django.http import HttpRequest, HttpResponse

from expenses.people.middleware import FREE_PREFIXES
from expenses.recurring.posting import Posted, post_due

PAUSE = 60  # seconds before a household is tried again where it failed: a page after page would be slow
REMEMBERED = 10_000  # households a process knows of

log = logging.getLogger(__name__)


class CatchUpMiddleware:
    """Posts what is due before a page is made, so that the page shows it. By any member: a viewer asks for nothing to
    be changed, it is due by itself. `request.caught_up` says what was done.

    That a household was looked at is kept in this process, and not in a session or a table: a page that is read
    writes nothing but what is due. Another process, or this one after a sleep, asks one query more and finds nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.looked: dict[int, dt.date] = {}  # household → its day
        self.failed: dict[int, float] = {}  # household → when, on the clock that only goes forward

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> None:
        request.caught_up = Posted()
        if self._is_page(request):
            request.caught_up = self._catch_up(request.household)

    def _is_page(self, request: Any) -> bool:
        return (
            request.method == "GET"
            and not request.htmx
            and getattr(request, "household", None) is not None
            and not request.path.startswith(FREE_PREFIXES)
        )

    def _catch_up(self, household: Any) -> Posted:
        if self._failed_just_now(household.pk):
            return Posted()
        try:
            today = household.today()
            if self.looked.get(household.pk) == today:
                return Posted()
            done = post_due(household, on=today)
        except Exception:
            self._remember(self.failed, household.pk, time.monotonic())
            log.exception("what is due in household %s is not posted", household.pk)
            if not connection.in_atomic_block:
                close_old_connections()  # one that broke does not serve the page
            return Posted()
        self.failed.pop(household.pk, None)
        self._remember(self.looked, household.pk, today)
        return done

    def _failed_just_now(self, pk: int) -> bool:
        failed_at = self.failed.get(pk)
        return failed_at is not None and time.monotonic() - failed_at < PAUSE

    def _remember[T](self, notes: dict[int, T], pk: int, note: T) -> None:
        if len(notes) >= REMEMBERED and pk not in notes:
            notes.clear()  # whoever is forgotten costs a query
        notes[pk] = note
