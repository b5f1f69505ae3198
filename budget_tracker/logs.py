"""Log lines with the id of the request they belong to: JSON on a server, plain text on a laptop."""

import json
import logging
import re
import time
import uuid
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")
logger = logging.getLogger("budget_tracker.requests")
PLAUSIBLE_ID = re.compile(r"[\w.-]{8,80}")


class RequestIdMiddleware:
    """Takes the router's X-Request-ID (or makes one), notes it on every log line and gives it back."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        given = request.headers.get("X-Request-ID", "")
        request.id = given if PLAUSIBLE_ID.fullmatch(given) else uuid.uuid4().hex
        token = request_id.set(request.id)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            took = round((time.perf_counter() - started) * 1000, 1)
            logger.info(
                "%s %s %s",
                request.method,
                request.path,
                response.status_code,
                extra={"status": response.status_code, "path": request.path, "method": request.method, "ms": took},
            )
        finally:
            request_id.reset(token)
        response["X-Request-ID"] = request.id
        return response


class RequestIdFilter(logging.Filter):
    def filter(self, record):
        record.request_id = request_id.get()
        return True


class JsonFormatter(logging.Formatter):
    FIELDS = ("status", "path", "method", "ms")

    def format(self, record):
        line = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request": getattr(record, "request_id", "-"),
            "message": record.getMessage(),
        }
        line.update({field: getattr(record, field) for field in self.FIELDS if hasattr(record, field)})
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def config(*, json: bool) -> dict:
    """The LOGGING setting; `json` chooses one JSON object a line."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request": {"()": RequestIdFilter}},
        "formatters": {
            "json": {"()": JsonFormatter},
            "plain": {"format": "%(levelname)s %(name)s: %(message)s"},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "filters": ["request"],
                "formatter": "json" if json else "plain",
            }
        },
        "root": {"handlers": ["console"], "level": "INFO" if json else "WARNING"},
        "loggers": {"django": {"handlers": ["console"], "level": "INFO", "propagate": False}},
    }
