"""Where a page is, by the name of its URL."""

import functools
from typing import Any

from django.urls import NoReverseMatch, URLResolver, get_resolver, get_script_prefix, reverse


def path_of(name: str, *args: Any) -> str:
    """As `reverse`, which takes so long that a page of sixty links spends a tenth of its time there; empty where there
    is no such page, since a slice that is taken out takes its links with it."""
    return _path_of(get_resolver(), get_script_prefix(), name, *args)  # no request brings URLs of its own


@functools.lru_cache(maxsize=4096)
def _path_of(resolver: URLResolver, prefix: str, name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
