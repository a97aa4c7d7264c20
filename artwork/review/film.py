"""What the page asks of a title's film: it never opens one itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from artwork.domain import AnnotatedFrame, Appraisal, ModelRef, Shot, Timecode
from artwork.errors import ArtworkError
from artwork.store.records import TitleRecord


class FilmAway(ArtworkError):
    """What is asked needs a film, or a model, that is not here."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A frame of the film, small. jpeg: its picture."""

    at: Timecode
    jpeg: bytes = field(repr=False)


class FilmDesk(Protocol):
    """Reads single frames of films. Each call may raise `FilmError`: the film may be out of reach by now."""

    def full(self, record: TitleRecord, at: Timecode) -> bytes:
        """The frame at full size, as JPEG."""
        ...

    def around(self, record: TitleRecord, at: Timecode, each_side: int) -> list[Glimpse]:
        """The frame at that instant and up to so many before and behind it, in order."""
        ...

    def annotated(self, record: TitleRecord, shots: Sequence[Shot], at: Timecode) -> AnnotatedFrame:
        """The frame measured like those of a scan; its still lies in the blobs."""
        ...

    def appraised(self, frame: AnnotatedFrame, model: ModelRef) -> Appraisal | None:
        """What the model that made a title's vectors says of the frame; None where that model is not here."""
        ...


TIME_BASE = r"^[1-9][0-9]{0,9}(/[1-9][0-9]{0,9})?$"
"""How a page writes a time base: a positive fraction."""


def timecode(pts: int, time_base: str) -> Timecode:
    """The instant that a page names.

    Raises:
        ValueError: the time base is none.
    """
    return Timecode(pts, Fraction(time_base))
