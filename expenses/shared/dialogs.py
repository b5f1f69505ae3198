"""Where a form sent from a dialog leads."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirectBase

DIALOG = "dialog"  # what static/js/dialogs.js says as HX-Target


class DialogMiddleware:
    """Answers a form sent from a dialog with the address to go to instead of a redirect.

    A browser follows a redirect unseen: the script could not tell it from a page, and the message for the next page
    would have been shown to nobody.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if isinstance(response, HttpResponseRedirectBase) and self._from_dialog(request):
            return HttpResponse(status=204, headers={"HX-Redirect": response.url})
        return response

    def _from_dialog(self, request: HttpRequest) -> bool:
        return request.method == "POST" and request.headers.get("HX-Target") == DIALOG
