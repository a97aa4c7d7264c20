"""What people do to a title's frames, written down: entries of a journal, each chained to the one before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from artwork.store.rows import canonical

GENESIS = "0" * 64
"""What the first entry names as the one before it."""

APPROVED = "approved"
REJECTED = "rejected"
PROPOSED = "proposed"
VERDICTS = (PROPOSED, APPROVED, REJECTED)
SOMEBODY = "people/"
"""What the keys of people begin with, where other entries name a frame; no id of a frame has a slash in it."""


class Action(StrEnum):
    """What a person can do to a frame."""

    VERDICT = "verdict"
    """content: verdict, reason."""
    FOCUS = "focus"
    """content: x and y, fractions of the frame; empty: the focal point is taken away."""
    PROPOSE = "propose"
    """A refused or passed-over frame is made a candidate; content: nothing, or a frame that no scan has kept."""
    NOTE = "note"
    """content: note, in the reviewer's own words."""
    NAME = "name"
    """Faces are given a name, or lose theirs; content: see `naming`. Its `frame` is somebody's key, not a frame."""
    UNDO = "undo"
    """An earlier entry no longer counts; an undo can be undone."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a reviewer wants done to a frame, or to somebody: `frame` is its id, or their key.

    seen: number of the newest entry of this frame that the reviewer had before them, 0 for none. A newer one is a
    conflict.
    """

    frame: str
    action: Action
    content: Mapping[str, Any] = field(default_factory=dict)
    seen: int = 0

    def __post_init__(self) -> None:
        if self.action is Action.VERDICT and self.content.get("verdict") not in VERDICTS:
            raise ValueError(f"a verdict is one of {', '.join(VERDICTS)}, not {self.content.get('verdict')!r}")
        if self.action is Action.FOCUS and self.content:
            x, y = self.content["x"], self.content["y"]
            if not (0 <= x <= 1 and 0 <= y <= 1):
                raise ValueError(f"focal point ({x}, {y}) does not lie in the frame")
        if (self.action is Action.NAME) is not self.frame.startswith(SOMEBODY) and self.action is not Action.UNDO:
            raise ValueError(f"{self.action.value} of {self.frame!r}: frames get verdicts, people get names")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal.

    number: 1, 2, 3 ... over all titles. frame: as in `Change`. undoes: number of the entry that no longer counts.
    batch: number of the first entry of the same act. at: UTC, ISO 8601. previous: digest of the entry before;
    digest: of all the rest.
    """

    number: int
    title: str
    frame: str
    action: Action
    content: Mapping[str, Any]
    undoes: int | None
    batch: int
    reviewer: str
    at: str
    previous: str
    digest: str = ""

    def sealed(self) -> Entry:
        """The entry with the digest that its content gives."""
        return Entry(**{**_fields(self), "action": self.action, "digest": self.computed_digest()})

    def computed_digest(self) -> str:
        """SHA-256, in hex, of the canonical JSON of everything but the digest."""
        return hashlib.sha256(canonical(_fields(self)).encode("utf-8", "surrogatepass")).hexdigest()


def _fields(entry: Entry) -> dict[str, Any]:
    plain = asdict(entry)
    del plain["digest"]
    return plain | {"action": entry.action.value, "content": dict(entry.content)}


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """What reading the journal from its first entry found. broken_at: the first entry that does not fit, or None."""

    entries: int
    head: str
    broken_at: int | None = None

    @property
    def whole(self) -> bool:
        """Whether every entry is as it was written."""
        return self.broken_at is None


def check_chain(entries: Iterable[Entry]) -> ChainCheck:
    """Whether the entries, from the first on, are numbered without a gap and each names the one before it."""
    previous, count = GENESIS, 0
    for entry in entries:
        fits = entry.number == count + 1 and entry.previous == previous and entry.digest == entry.computed_digest()
        if not fits:
            return ChainCheck(count, previous, entry.number)
        previous, count = entry.digest, count + 1
    return ChainCheck(count, previous)
