"""Where a script is led that a browser would lead unseen: htmx, and the forms in dialogs."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import resolve_url

DIALOG = "dialog"  # what static/js/dialogs.js says as HX-Target


class HtmxRedirectMiddleware:
    """Answers what htmx asks, and a form sent from a dialog, with the address to go to instead of a redirect.

    A browser follows a redirect unseen: the script could not tell it from a page, and the message for the next page
    would have been shown to nobody; htmx would put that whole page where a row was.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseRedirectBase):
            return response
        if request.headers.get("HX-Target") == DIALOG:
            if request.method != "POST":
                return response  # the script follows it, and sees that it was led elsewhere
        elif request.headers.get("HX-Request") != "true":
            return response
        elif response.url.startswith(resolve_url(settings.LOGIN_URL)):
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})  # back to the page, not to a part of it
        return HttpResponse(status=204, headers={"HX-Redirect": response.url})
