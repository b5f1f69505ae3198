"""One sentence after a change, with its undo."""

from django.contrib import messages
from django.http import HttpRequest


def say(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Show the sentence on the next page; `undo` is the URL whose POST takes the change back."""
    messages.success(request, text, extra_tags=f"undo:{undo}" if undo else "")
