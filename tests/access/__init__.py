"""Who may open what: one table a slice (tests/access/<slice>.py), read by tests/test_access.py."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.people import People


@dataclass(frozen=True)
class Page:
    """One URL asked in one way, and what each asker is answered.

    `kwargs` and `data` may be functions of the people, so that they can make the row that the URL names; that row
    belongs to Alice's household. `stranger` is Charlie, an owner elsewhere: 404 wherever a row is named.
    A signed-out visitor is sent to the sign-in page, except on public pages, where they get `signed_out`.
    """

    name: str
    method: str = "get"
    kwargs: dict[str, Any] | Callable[[People], dict[str, Any]] = field(default_factory=dict)
    data: dict[str, Any] | Callable[[People], dict[str, Any]] = field(default_factory=dict)
    stranger: int = 200
    viewer: int = 200
    editor: int = 200
    owner: int = 200
    signed_out: int | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.name}"
