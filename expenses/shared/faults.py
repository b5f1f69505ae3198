"""A form that comes back with faults answers 422, also where a library's view would say 200."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

OK, UNPROCESSABLE = 200, 422


class FaultStatusMiddleware:
    """Our own views say 422 themselves (`status_of`); this is for the account pages, whose views are allauth's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_template_response(self, request: HttpRequest, response: Any) -> Any:
        form = (response.context_data or {}).get("form")
        if request.method == "POST" and response.status_code == OK and getattr(form, "errors", None):
            response.status_code = UNPROCESSABLE
        return response
