"""Where a page of ours is on the web, for a link that leaves it: in a mail, or to be handed over."""

from django.conf import settings
from django.http import HttpRequest


def site_of(request: HttpRequest) -> str:
    """`https://budget.example.com`: as SITE_URL says, else as the visitor asked for it."""
    return settings.SITE_URL or request.build_absolute_uri("/").rstrip("/")


def address_of(request: HttpRequest, path: str) -> str:
    """The whole address of a path of ours."""
    return site_of(request) + path
