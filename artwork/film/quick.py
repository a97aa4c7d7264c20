"""The quick pass: key frames first, then of each group of pictures only as much as tells what changed in it.

What is read goes through the same shot detector and sampler as in the full pass. A cut that nothing was read around
is concluded only where the encoder itself marked it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from artwork.domain import Boundary, BoundaryKind, FilmFacts, Timecode
from artwork.errors import FilmError, FilmReason
from artwork.film.groups import GroupParams, Reading, look_at, plan_groups, unlikeness
from artwork.film.letterbox import LetterboxFinder
from artwork.film.looks import LookParams, look_over
from artwork.film.video import DecodeParams, PacketListing, PyAvSource
from artwork.ports import DecodedFrame, ShotDetector

Observer = Callable[[DecodedFrame, int], None]
"""Called with every frame that was decoded, in order, and the number of its run: between two runs frames were left
out, so that neither change nor motion may be measured across."""


@dataclass(frozen=True, slots=True)
class QuickParams:
    """How much of a film a quick pass sees: what is looked at, and which groups of pictures are read."""

    looks: LookParams = field(default_factory=LookParams)
    groups: GroupParams = field(default_factory=GroupParams)


@dataclass(frozen=True, slots=True)
class QuickPass:
    """What a quick pass found.

    Attributes:
        facts: of the film, with the letterbox.
        boundaries: in order, as a full pass would give them.
        first, end: the film's first frame, and one frame past its last.
        frame_count: frames of the film.
        decoded: frames that were decoded, those looked at alone counted too.
        problem: set when the film broke off: what came before it is whole.
    """

    facts: FilmFacts
    boundaries: tuple[Boundary, ...]
    first: Timecode
    end: Timecode
    frame_count: int
    decoded: int
    problem: FilmError | None = None


def quick_pass(
    location: str,
    open_detector: Callable[[], ShotDetector],
    observe: Observer,
    params: QuickParams | None = None,
    decode: DecodeParams | None = None,
) -> QuickPass:
    """The boundaries of a film of which a fraction was decoded; every decoded frame was observed.

    Where the container's account of its packets cannot be relied on, the whole film is read.

    Args:
        location: path of the film.
        open_detector: gives a fresh detector; called once for every run.
        observe: sees the frames, say for sampling.
        params: how much is looked at.
        decode: how the film is decoded.

    Raises:
        FilmError: as `PyAvSource`.
    """
    chosen, decoding = params or QuickParams(), decode or DecodeParams()
    source = PyAvSource(location, decoding)
    try:
        listing = source.packets()
        watch = _Watch(open_detector, observe)
        if not listing.exact:
            return _read_whole(source, watch)
        looks, said = look_over(location, listing, source.facts, decoding, (chosen.looks, chosen.groups))
        plan = plan_groups(listing.ticks, looks, listing.time_base, chosen.groups)
        if len(plan) == 1:
            return _read_whole(source, watch)
        _read_groups(source, listing, plan, watch, chosen.groups)
        problem = FilmError(location, FilmReason.DAMAGED, said) if said else None
        looked_at = sum(1 + len(look.probes) for look in looks)
        return watch.conclude(source.facts, len(listing.ticks), looked_at, problem)
    finally:
        source.close()


class _Watch:
    """Everything that sees the decoded frames: the detector of the run, the observer, the letterbox."""

    def __init__(self, open_detector: Callable[[], ShotDetector], observe: Observer) -> None:
        self._open_detector = open_detector
        self._observe = observe
        self._bars = LetterboxFinder()
        self._detector: ShotDetector | None = None
        self._run_start: Timecode | None = None
        self._run = -1
        self._boundaries: list[Boundary] = []
        self._first: Timecode | None = None
        self._last: Timecode | None = None
        self._step = 1
        self._seen = 0

    def see(self, frame: DecodedFrame) -> None:
        """The next frame of the run; the first of a new one after `end_run`."""
        if self._detector is None:
            self._detector = self._open_detector()
            self._run_start = frame.at
            self._run += 1
        elif self._last is not None:
            self._step = max(1, frame.at.pts - self._last.pts)
        self._first = self._first or frame.at
        self._last = frame.at
        self._seen += 1
        self._take(self._detector.observe(frame.analysis, frame.at))
        self._observe(frame, self._run)
        self._bars.observe(frame)

    def end_run(self, at: Timecode) -> None:
        """Frames are left out from `at` on; boundaries at the run's own edges are none of the film's."""
        if self._detector is None:
            return
        self._take(boundary for boundary in self._detector.finish(at) if boundary.end < at)
        self._detector = None

    def cut(self, at: Timecode) -> None:
        """A cut that is known without the frames before it."""
        self._boundaries.append(Boundary(at, BoundaryKind.CUT, at, at))

    def conclude(self, facts: FilmFacts, frame_count: int | None, looks: int, problem: FilmError | None) -> QuickPass:
        """What was found, once the last frame of the film was seen."""
        if self._first is None or self._last is None:
            raise problem or FilmError("the film", FilmReason.NO_FRAMES)
        end = Timecode(self._last.pts + self._step, self._last.time_base)
        if self._detector is not None:
            self._take(self._detector.finish(end))
        return QuickPass(
            facts=replace(facts, picture=self._bars.picture),
            boundaries=tuple(sorted(self._boundaries, key=lambda boundary: (boundary.at, boundary.start))),
            first=self._first,
            end=end,
            frame_count=frame_count or self._seen,
            decoded=self._seen + looks,
            problem=problem,
        )

    def _take(self, found: Iterable[Boundary]) -> None:
        self._boundaries.extend(
            boundary
            for boundary in found
            if self._run_start == self._first or (self._run_start is not None and boundary.start > self._run_start)
        )


def _read_whole(source: PyAvSource, watch: _Watch) -> QuickPass:
    problem: FilmError | None = None
    try:
        for frame in source.frames():
            watch.see(frame)
    except FilmError as error:
        problem = error
    return watch.conclude(source.facts, None, 0, problem)


def _read_groups(
    source: PyAvSource, listing: PacketListing, plan: tuple[Reading, ...], watch: _Watch, params: GroupParams
) -> None:
    """Every group read as far as it has to be; runs end where frames are left out."""
    count = len(listing.ticks)
    frames: Iterator[DecodedFrame] | None = None
    for reading in plan:
        if frames is None and reading.until == reading.first:
            if reading.cut_ahead:
                watch.cut(listing.at(reading.end))
            continue
        question = _Question(reading, listing, params, run_on=frames is not None)
        frames = source.frames_between(listing.at(reading.first)) if frames is None else frames
        for frame in frames:
            watch.see(frame)
            if question.answered(frame):
                break
            if reading.end < count and frame.at.pts >= listing.ticks[reading.end - 1]:
                break
        if question.stop is not None:
            watch.end_run(listing.at(min(question.stop, count - 1)))
            if question.cut:
                watch.cut(listing.at(reading.end))
            frames = None


class _Question:
    """Whether enough of a group was read: what is seen resembles the start of the next group, or a cut lies between."""

    def __init__(self, reading: Reading, listing: PacketListing, params: GroupParams, *, run_on: bool) -> None:
        self._reading = reading
        self._ticks = listing.ticks
        self._params = params
        self._context = round(params.context_seconds / listing.time_base)
        self._until = reading.until
        if run_on:
            seen_enough = int(np.searchsorted(listing.ticks, listing.ticks[reading.first] + self._context))
            self._until = min(reading.end, max(reading.until, seen_enough))
        self._alike_since: int | None = None
        self._stirred = False
        self.stop: int | None = None
        self.cut = False

    def answered(self, frame: DecodedFrame) -> bool:
        """Whether reading may stop behind this frame; `stop` is then the place behind it."""
        if self._reading.goal is None:
            return False
        difference = unlikeness(look_at(frame.analysis), self._reading.goal)
        if difference >= self._params.alike:
            self._alike_since = None
            self._stirred = True
        elif self._alike_since is None:
            self._alike_since = frame.at.pts
        place = int(np.searchsorted(self._ticks, frame.at.pts, side="right"))
        if place < self._until or place >= self._reading.end:
            return False
        self.cut = self._reading.cut_ahead and difference > self._params.unlike
        if self.cut or self._settled(frame.at.pts):
            self.stop = place
        return self.stop is not None

    def _settled(self, pts: int) -> bool:
        if self._alike_since is None:
            return False
        return not self._stirred or pts - self._alike_since >= self._context
