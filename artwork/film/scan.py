"""The one pass over a film: every decoded frame feeds the shot detector and the sampler, and is let go."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction

from artwork.domain import Boundary, FilmFacts, Rgb, Shot, Timecode
from artwork.errors import FilmError, FilmReason
from artwork.film.quick import QuickParams, quick_pass
from artwork.film.reader import FilmReader
from artwork.film.sampling import Instant, Sampler, SamplingParams, choose
from artwork.film.shots import shots_from_boundaries
from artwork.film.video import DecodeParams
from artwork.ports import DecodedFrame, ShotDetector, VideoSource

USUAL_FRAME_RATE = Fraction(25)
"""Taken for the length of the last frame when a film has one frame and does not say its rate."""

TOLD_FRAMES = 64
"""Progress is told this often, also where the length is unknown: silence is taken for a hang."""

TOLD_FRAMES_QUICK = 4
"""The same where frames are looked at between those that are read."""


@dataclass(frozen=True, slots=True)
class QuickFilm:
    """A film to be read in leaps, and how."""

    location: str
    decode: DecodeParams
    quick: QuickParams


Progress = Callable[[float], None]
"""Called with the share of the work that is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What a pass over a film found. `problem` is set when the film broke off: what came before it is whole."""

    facts: FilmFacts
    frame_count: int
    shots: tuple[Shot, ...]
    instants: tuple[tuple[Instant, Shot], ...]
    problem: FilmError | None = None


def scan_film(
    source: VideoSource,
    detector: ShotDetector,
    params: SamplingParams,
    keep: Callable[[int, Rgb], None],
    progress: Progress = lambda _: None,
) -> Scan:
    """Shots and sampled instants of a film, in one decode pass.

    Args:
        source: read to its end; the caller closes it.
        detector: fresh, fed every frame.
        params: how densely to sample.
        keep: called with (ordinal, pixels) for every still; `Instant.ordinal` names it later.
        progress: called every `TOLD_FRAMES` frames; with 0 where the film does not say how long it is.

    Raises:
        FilmError: the film gave no frame at all.
    """
    tally = _Tally(source.facts.duration_seconds, progress)
    sampler = Sampler(params, keep)
    boundaries: list[Boundary] = []
    problem: FilmError | None = None
    try:
        for frame in source.frames():
            tally.count(frame.at)
            boundaries.extend(detector.observe(frame.analysis, frame.at))
            sampler.observe(frame)
    except FilmError as error:
        if not tally.frames:
            raise
        problem = error
    span = tally.span(source.facts.frame_rate)
    boundaries.extend(detector.finish(span[1]))
    shots = shots_from_boundaries(boundaries, *span)
    return Scan(source.facts, tally.frames, shots, choose(sampler.finish(), shots, params), problem)


def scan_quickly(
    film: QuickFilm,
    open_detector: Callable[[], ShotDetector],
    params: SamplingParams,
    keep: Callable[[int, Rgb], None],
    progress: Progress = lambda _: None,
) -> Scan:
    """As `scan_film`, from key frames and the groups of pictures in which something changed.

    Raises:
        FilmError: the film gave no frame at all.
    """
    sampler = Sampler(params, keep)
    progress(0.0)
    with closing(FilmReader(film.location, film.decode.max_pixels, film.decode.threads)) as reader:
        tally = _Tally(reader.duration_seconds, progress, told_frames=TOLD_FRAMES_QUICK)

    def observe(frame: DecodedFrame, run: int) -> None:
        tally.count(frame.at)
        sampler.observe(frame, run)

    found = quick_pass(film.location, open_detector, observe, film.quick, film.decode)
    shots = shots_from_boundaries(found.boundaries, found.first, found.end)
    return Scan(found.facts, found.frame_count, shots, choose(sampler.finish(), shots, params), found.problem)


class _Tally:
    """Counts frames, remembers the first and the last, and tells how far the pass has come."""

    def __init__(self, duration_seconds: float | None, progress: Progress, told_frames: int = TOLD_FRAMES) -> None:
        self._duration_seconds = duration_seconds
        self._progress = progress
        self._told_frames = told_frames
        self._step = 0
        self._first: Timecode | None = None
        self._last: Timecode | None = None
        self.frames = 0

    def count(self, at: Timecode) -> None:
        """Take note of the next frame."""
        if self._last is not None:
            self._step = at.pts - self._last.pts
        self._first = self._first or at
        self._last = at
        self.frames += 1
        if self.frames % self._told_frames == 0:
            self._progress(min(at.seconds / self._duration_seconds, 1.0) if self._duration_seconds else 0.0)

    def span(self, frame_rate: Fraction | None) -> tuple[Timecode, Timecode]:
        """(first frame, one frame past the last): by the last step, else by the film's own rate.

        Raises:
            FilmError: no frame was counted.
        """
        if self._first is None or self._last is None:
            raise FilmError("the film", FilmReason.NO_FRAMES)
        step = self._step or round(1 / ((frame_rate or USUAL_FRAME_RATE) * self._last.time_base))
        return self._first, Timecode(self._last.pts + max(1, step), self._last.time_base)
