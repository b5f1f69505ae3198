"""When two people write at the same time, the second one asks again and reads what the first one did."""

from collections.abc import Callable

from django.core.exceptions import ObjectDoesNotExist, ObjectNotUpdated
from django.db import IntegrityError, OperationalError, connection
from django.http import HttpRequest, HttpResponse

DEADLOCK, SERIALIZATION = "40P01", "40001"  # SQLSTATE of Postgres


def lost(error: Exception) -> bool:
    """Whether the database refused because somebody else was quicker: a name taken, a row gone, a deadlock."""
    if isinstance(error, OperationalError):
        return getattr(error.__cause__, "sqlstate", None) in (DEADLOCK, SERIALIZATION)
    return isinstance(error, (IntegrityError, ObjectDoesNotExist, ObjectNotUpdated))


class RaceMiddleware:
    """Asks a view once more where its write was refused because of somebody else's.

    A form checks that the category is there and the name is free, but both may change before the row is written;
    asked again, the same form finds that out and says so at the field. Every verb owns its transaction, so that the
    first try has left nothing behind.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or request.method != "POST" or not lost(exception) or connection.in_atomic_block:
            return None
        for file in request.FILES.values():
            file.seek(0)  # type: ignore[union-attr]  # the stubs take FILES for a list of lists
        answer: HttpResponse = match.func(request, *match.args, **match.kwargs)
        return answer
