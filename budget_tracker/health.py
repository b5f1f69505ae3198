"""Is it alive (`/healthz`, never asks the database), can it serve (`/readyz`, does), and the CSRF failure page."""

from django.db import DatabaseError, connection
from django.http import JsonResponse
from django.shortcuts import render


class HealthMiddleware:
    """Answers before any other middleware, which would want a host name, and a session where a cookie comes along.

    /healthz asks no database: a probe that did each minute would keep a suspended Postgres awake and billed all night.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path == "/healthz":
            return JsonResponse({"status": "ok"})
        if request.path == "/readyz":
            return ready()
        return self.get_response(request)


def ready():
    """200 where the database answers, 503 where it does not."""
    try:
        connection.close_if_unusable_or_obsolete()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "the database does not answer"}, status=503)
    return JsonResponse({"status": "ok"})


def csrf_failure(request, reason=""):
    return render(request, "403_csrf.html", {"reason": reason}, status=403)
