"""What the page asks of whoever publishes: it publishes nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from artwork.errors import ArtworkError


class PressAway(ArtworkError):
    """Nothing can be published from this page."""


@dataclass(frozen=True, slots=True)
class Run:
    """A publish that was started from the page.

    Attributes:
        by: who started it; empty before the first.
        running: whether it still works.
        lines: what it has said, oldest first.
        failed: whether it ended without publishing.
    """

    by: str = ""
    running: bool = False
    lines: tuple[str, ...] = ()
    failed: bool = False


class Press(Protocol):
    """Publishes in the background, one run at a time."""

    def difference(self) -> Sequence[str]:
        """What publishing now would change, a line for each title; empty for nothing.

        Raises:
            ArtworkError: it cannot be told.
        """
        ...

    def start(self, by: str) -> bool:
        """A run begins in that person's name; False where one is under way."""
        ...

    def state(self) -> Run:
        """The newest run."""
        ...
