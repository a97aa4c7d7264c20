"""One detector of scenedetect behind the port: the only file, but for the vote, in which its words are heard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from types import MappingProxyType

import cv2
from scenedetect.common import FrameTimecode
from scenedetect.common import Timecode as Stamp
from scenedetect.detector import SceneDetector
from scenedetect.detectors import (
    AdaptiveDetector,
    ContentDetector,
    HashDetector,
    HistogramDetector,
    ThresholdDetector,
)

from artwork.domain import Boundary, BoundaryKind, Rgb, Timecode
from artwork.film.spell import Spell

_OPENINGS: dict[str, Callable[[float], SceneDetector]] = {
    "adaptive": lambda seconds: AdaptiveDetector(min_scene_len=seconds),
    "content": lambda seconds: ContentDetector(min_scene_len=seconds),
    # bias -1: scenedetect names the frame that faded out; the middle of the gap is worked out here, from real frames.
    "threshold": lambda seconds: ThresholdDetector(min_scene_len=seconds, fade_bias=-1.0),
    "histogram": lambda seconds: HistogramDetector(min_scene_len=seconds),
    "hash": lambda seconds: HashDetector(min_scene_len=seconds),
}
OPENINGS = MappingProxyType(_OPENINGS)


def stamp_of(at: Timecode) -> FrameTimecode:
    """The instant as scenedetect holds it, exact on any frame rate.

    The nominal frame rate is set to one frame per tick of the time base: what scenedetect takes for frame numbers
    are then presentation time stamps, and none of its arithmetic can lose one.
    """
    return FrameTimecode(Stamp(at.pts, at.time_base), fps=Fraction(1) / at.time_base)


class SingleDetector:
    """Finds boundaries with one of scenedetect's detectors, at its own defaults but for the minimum length."""

    def __init__(self, kind: str, minimum_seconds: float) -> None:
        self._kind = kind
        self._minimum_seconds = minimum_seconds
        self._detector = OPENINGS[kind](minimum_seconds)
        self._dark = Spell()
        self._first: Timecode | None = None

    @property
    def name(self) -> str:
        """Scenedetect's detector and the minimum length."""
        return f"scenedetect-{self._kind}/{self._minimum_seconds:g}s"

    def observe(self, pixels: Rgb, at: Timecode) -> Sequence[Boundary]:
        """The boundaries that scenedetect announces with this frame."""
        self._first = self._first or at
        was_dark = self._faded_out
        cuts = self._detector.process_frame(stamp_of(at), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
        gap = self._dark
        if self._faded_out:
            self._dark = gap if was_dark else Spell()
            self._dark.extend(at)
        if self._kind == "threshold":
            # A film that opens in the dark has no shot before its first light.
            return [
                Boundary(gap.first if gap.first == self._first else gap.middle, BoundaryKind.FADE, gap.first, at)
                for _ in cuts
            ]
        found = [Timecode(cut.pts, cut.time_base) for cut in cuts]
        return [Boundary(cut, BoundaryKind.CUT, cut, cut) for cut in found]

    def finish(self, end: Timecode) -> Sequence[Boundary]:
        """A fade out to the end, when the detector looks for fades: nothing else stays open."""
        if self._faded_out and self._dark:
            return [Boundary(end, BoundaryKind.FADE, self._dark.first, end)]
        return []

    @property
    def _faded_out(self) -> bool:
        return isinstance(self._detector, ThresholdDetector) and self._detector.last_fade["type"] == "out"
