"""One sentence after a change, with its undo."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest


class Sentence:
    """What the next page tells: a text, and after it what `rest` says, or else what `otherwise` finds out.

    It becomes a text only as the response leaves, so that a slice above the one that says it can fill in `rest` by
    what it knows of the row it is `about`.
    """

    def __init__(self, text: str, *, about: Any = None, otherwise: Callable[[], str] | None = None) -> None:
        self.text, self.about, self.otherwise = text, about, otherwise
        self.rest = ""

    def __str__(self) -> str:
        rest = self.rest or (self.otherwise() if self.otherwise else "")
        return f"{self.text} {rest}" if rest else self.text


def say(
    request: HttpRequest, text: str, *, undo: str = "", about: Any = None, otherwise: Callable[[], str] | None = None
) -> None:
    """Show the sentence on the next page; `undo` is the URL whose POST takes the change back.

    `about` is the row that was written, of which another slice may have more to say; where none has, `otherwise` is
    asked.
    """
    sentence = Sentence(text, about=about, otherwise=otherwise)
    request.sentences = [*said(request), sentence]  # type: ignore[attr-defined]  # ours
    messages.success(request, sentence, extra_tags=f"undo:{undo}" if undo else "")  # type: ignore[arg-type]  # see above


def said(request: HttpRequest) -> list[Sentence]:
    """What was said in answer to this request."""
    return getattr(request, "sentences", [])
