"""The nouns of the house: frozen values, validated when they are made.

Conventions: pixels are RGB, uint8, (height, width, 3); boxes are fractions of the displayed frame, so that they
hold at every size; instants are `Timecode`, exact; a float that is a duration says so in its name (`_seconds`).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import total_ordering
from string import hexdigits

import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
"""(height, width, 3) uint8, sRGB."""
Luma = NDArray[np.uint8]
"""(height, width) uint8, 0 black to 255 white."""
Vectors = NDArray[np.float32]
"""(count, dimension) float32, each row of length 1."""


@total_ordering
@dataclass(frozen=True, slots=True)
class Timecode:
    """An exact instant of a film: presentation time stamp x time base, counted from the film's first frame."""

    pts: int
    time_base: Fraction

    def __post_init__(self) -> None:
        if self.time_base.numerator <= 0:  # comparing fractions costs what decoding a small frame does
            raise ValueError(f"time base {self.time_base} is not positive")

    @property
    def exact(self) -> Fraction:
        """Seconds, as a fraction."""
        return self.pts * self.time_base

    @property
    def seconds(self) -> float:
        """Seconds, rounded to a double."""
        return self.pts * self.time_base.numerator / self.time_base.denominator

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timecode) and self.exact == other.exact

    def __lt__(self, other: Timecode) -> bool:
        return self.exact < other.exact

    def __hash__(self) -> int:
        return hash(self.exact)

    def __str__(self) -> str:
        minutes, seconds = divmod(self.seconds, 60)
        return f"{int(minutes) // 60:02d}:{int(minutes) % 60:02d}:{seconds:06.3f}"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in fractions of the displayed frame; the origin is its top left corner."""

    left: float
    top: float
    width: float
    height: float

    def __post_init__(self) -> None:
        sides = (self.left, self.top, self.width, self.height)
        inside = self.left + self.width <= 1 + 1e-6 and self.top + self.height <= 1 + 1e-6
        if not (all(math.isfinite(side) and side >= 0 for side in sides) and inside):
            raise ValueError(f"box {sides} does not lie inside the frame")

    @property
    def area(self) -> float:
        """Share of the frame that the box covers, 0 to 1."""
        return self.width * self.height

    @property
    def centre(self) -> tuple[float, float]:
        """(x, y) of the middle."""
        return self.left + self.width / 2, self.top + self.height / 2


WHOLE_FRAME = Box(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Title:
    """A film or an episode as the service knows it."""

    id: str
    location: str
    name: str
    kind: str = "film"
    genres: tuple[str, ...] = ()
    synopsis: str = ""
    cast: tuple[str, ...] = ()
    year: int | None = None
    maturity_rating: str = ""
    language: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.id or not self.location:
            raise ValueError("a title needs an id and a location")


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """What the container and the first pictures say about a film.

    `width` and `height` are as displayed: after rotation (clockwise) and pixel aspect. `picture` is the part of the
    frame inside the letterbox bars.
    """

    width: int
    height: int
    codec: str
    frame_rate: Fraction | None
    duration_seconds: float | None
    pixel_aspect: Fraction = Fraction(1)
    rotation_degrees: int = 0
    transfer: str = "bt709"
    picture: Box = WHOLE_FRAME


class BoundaryKind(StrEnum):
    """How one shot gives way to the next."""

    CUT = "cut"
    DISSOLVE = "dissolve"
    FADE = "fade"


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where a shot begins.

    `at` is the presentation time of the first frame of the new shot (for a dissolve or a fade, of the frame half
    way). No frame in [start, end) shows one shot alone; a cut has `start == at == end`.
    """

    at: Timecode
    kind: BoundaryKind
    start: Timecode
    end: Timecode

    def __post_init__(self) -> None:
        if not self.start <= self.at <= self.end:
            raise ValueError(f"boundary at {self.at} does not lie between {self.start} and {self.end}")


class ShotKind(StrEnum):
    """What a shot is for: only content gives candidates."""

    CONTENT = "content"
    BLANK = "blank"
    LOGO = "logo"
    TITLE_CARD = "title_card"
    CREDITS = "credits"


@dataclass(frozen=True, slots=True)
class Shot:
    """A run of frames from one camera, [start, end).

    The shots of a film tile it. [clear_start, clear_end) is the part that no dissolve or fade touches.
    """

    number: int
    start: Timecode
    end: Timecode
    clear_start: Timecode
    clear_end: Timecode
    opens_with: BoundaryKind = BoundaryKind.CUT
    kind: ShotKind = ShotKind.CONTENT

    def __post_init__(self) -> None:
        if not self.start <= self.clear_start <= self.clear_end <= self.end:
            raise ValueError(f"shot {self.number}: its clear part does not lie inside it")

    @property
    def duration_seconds(self) -> float:
        """Length from start to end."""
        return float(self.end.exact - self.start.exact)


@dataclass(frozen=True, slots=True)
class FrameSignals:
    """What the decode pass measures on every frame, at analysis size.

    Of the frame but for its lowest quarter, where subtitles stand: brightness: mean luma, 0 to 1. spread: standard
    deviation of luma, 0 to 1. sharpness: standard deviation of the Laplacian of luma, 0 to 1 scale. foot: the same of
    the lowest quarter. change: mean absolute luma difference of the whole to the frame before, 0 to 1.
    """

    brightness: float
    spread: float
    sharpness: float
    change: float
    foot: float = 0.0


@dataclass(frozen=True, slots=True)
class SampledFrame:
    """An instant of a film that was kept, with what only the decode pass could know.

    motion: mean change to its two neighbours, 0 to 1. still: key of its JPEG, letterbox included.
    """

    id: str
    shot: int
    at: Timecode
    seconds_to_cut: float
    still: str
    signals: FrameSignals
    motion: float


class ShotScale(StrEnum):
    """How near the camera stands to the people, from the tallest head; `no_people` when none is seen."""

    CLOSE_UP = "close_up"
    MEDIUM_CLOSE_UP = "medium_close_up"
    MEDIUM = "medium"
    FULL = "full"
    WIDE = "wide"
    NO_PEOPLE = "no_people"


@dataclass(frozen=True, slots=True)
class Face:
    """A face seen in a frame. `frontal` and `eyes_open` are None when the detector cannot tell."""

    box: Box
    confidence: float
    frontal: bool | None = None
    eyes_open: bool | None = None
    landmarks: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class PaletteColour:
    """One of a frame's main colours: "#rrggbb" and the share of pixels nearest to it."""

    colour: str
    share: float


@dataclass(frozen=True, slots=True)
class VisualAnnotation:
    """How the frame looks. All unitless, 0 to 1 unless a metric's docstring says otherwise."""

    brightness: float
    contrast: float
    colourfulness: float
    sharpness: float
    noise: float
    motion: float
    motion_blur: float
    clipped_shadows: float
    clipped_highlights: float
    palette: tuple[PaletteColour, ...] = ()


@dataclass(frozen=True, slots=True)
class ContextualAnnotation:
    """What is in the frame."""

    faces: tuple[Face, ...] = ()
    shot_scale: ShotScale = ShotScale.NO_PEOPLE
    text: tuple[Box, ...] = ()
    text_share: float = 0.0


@dataclass(frozen=True, slots=True)
class CompositionalAnnotation:
    """How the frame is built.

    negative_space is a grid of rows, top to bottom, each cell 0 (busy) to 1 (empty: room for a title).
    picture is the part inside the letterbox bars. ruled is 1 for colour bars, below 0.6 for films.
    """

    thirds: float
    symmetry: float
    depth_of_field: float
    negative_space: tuple[tuple[float, ...], ...] = ()
    picture: Box = WHOLE_FRAME
    ruled: float = 0.0


@dataclass(frozen=True, slots=True)
class FrameAnnotation:
    """Everything measured on a frame, in the grouping of Netflix's AVA (2018)."""

    visual: VisualAnnotation
    contextual: ContextualAnnotation
    compositional: CompositionalAnnotation


@dataclass(frozen=True, slots=True)
class AnnotatedFrame:
    """A sampled frame with its annotation. `still` is the key of its picture; `phash` 16 hex digits."""

    id: str
    shot: int
    at: Timecode
    seconds_to_cut: float
    still: str
    phash: str
    annotation: FrameAnnotation


@dataclass(frozen=True, slots=True)
class ModelRef:
    """Which model made a number: vectors and scores of two models are never compared."""

    name: str
    digest: str
    preprocessing: str = ""

    def __str__(self) -> str:
        """The name, and as much of the digest as tells files apart; a version, which is none, in full."""
        short = self.digest[:12] if set(self.digest) <= set(hexdigits) else self.digest
        return f"{self.name}@{short}"


@dataclass(frozen=True, slots=True)
class Theme:
    """A word of the vocabulary that fits a frame, with its calibrated probability."""

    group: str
    name: str
    probability: float


@dataclass(frozen=True, slots=True)
class Appraisal:
    """What the embedding model and the aesthetic model say about a frame. `vector` has length 1."""

    frame_id: str
    vector: NDArray[np.float32] = field(repr=False, compare=False)
    aesthetic: float
    themes: tuple[Theme, ...] = ()

    def __post_init__(self) -> None:
        if self.vector.ndim != 1 or self.vector.dtype != np.float32:
            raise ValueError(f"a vector is 1-d float32, not {self.vector.ndim}-d {self.vector.dtype}")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A frame left out: which rule, what was measured, what the rule allows."""

    frame_id: str
    rule: str
    value: float
    limit: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A frame proposed as artwork. `rank` starts at 1; `fallback` marks the one kept so that no title is bare."""

    id: str
    frame_id: str
    rank: int
    utility: float
    fallback: bool = False


class TitleStatus(StrEnum):
    """How an ingest of a title ended."""

    OK = "ok"
    PARTIAL = "partial"
    REFUSED = "refused"
    UNCHANGED = "unchanged"


def content_id(*parts: object) -> str:
    """16 hex digits that name the content: the same parts give the same id on every machine."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:16]
