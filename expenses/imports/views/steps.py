"""The import that a page is about, and where it stands in the four steps."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse

from expenses.imports.models import Import
from expenses.imports.statements import TABLES
from expenses.imports.states import State


def found(request, pk) -> Import:
    source = get_object_or_404(request.household.imports.without_file(), pk=pk)
    source.household = request.household
    return source


def steps(source: Import, current: int) -> list[dict[str, Any]]:
    """The four steps, with what is done ticked."""
    words = (WORDS[0], WORDS[1] if source.format in TABLES else "Read", *WORDS[2:])
    done = {State.UPLOADED: 1, State.MAPPED: 2}.get(State(source.state), 4)
    urls = ["", reverse("imports:mapping", args=[source.pk]), reverse("imports:show", args=[source.pk]), ""]
    return [
        {
            "word": word,
            "done": number <= done and number != current,
            "current": number == current,
            "url": url if source.is_open and number <= done + 1 else "",
        }
        for number, (word, url) in enumerate(zip(words, urls, strict=True), 1)
    ]


WORDS = ("Uploaded", "Columns read", "Check", "Take in")
