"""Back to where one was."""

from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def back_of(request: HttpRequest, default: str) -> str:
    """The page of ours that led here: what the form or the link says as `next`, else the page before, else `default`.

    Never the asked page itself, or leaving it would show it again.
    """
    for asked in (request.POST.get("next"), request.GET.get("next"), request.headers.get("Referer")):
        if asked and url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure()):
            parts = urlsplit(asked)
            path = parts._replace(scheme="", netloc="", fragment="").geturl()
            # Without its host `http://here//elsewhere` would lead to another one: the path is judged by itself too.
            safe = path.startswith("/") and url_has_allowed_host_and_scheme(path, None)
            if safe and parts.path != request.path:
                return path
    return default


def leading_back(url: str, back: str) -> str:
    """The address of something after which `back` is shown."""
    return f"{url}?{urlencode({'next': back})}"
