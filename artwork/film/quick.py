"""The quick pass: key frames first, then of each group of pictures only as much as tells what changed in it.

What is read goes through the same shot detector and sampler as in the full pass. A cut that nothing was read around
is concluded only where the encoder itself marked it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from artwork.domain import Boundary, BoundaryKind, FilmFacts, Rgb, Timecode
from artwork.errors import FilmError, FilmReason
from artwork.film.groups import GroupParams, GroupPlanner, Reading, is_fading, is_flat, look_at, unlikeness
from artwork.film.letterbox import LetterboxFinder
from artwork.film.looks import Lookout, LookParams, Opening
from artwork.film.reader import FilmReader
from artwork.film.video import DecodeParams, PacketListing, PyAvFrame, PyAvSource
from artwork.ports import DecodedFrame, ShotDetector

_RUN_UP = 8
"""Times that a detector is shown the first frame of a run beforehand; scenedetect's wait 6 frames for a second cut."""
_STRONGER = 1.06
"""A frame with that much more contrast than all since the last blank one still belongs to a fade."""
_SHORTEST_SECONDS = 0.25
"""No shot is shorter, as `ShotParams.minimum_seconds` has it."""
_HINDSIGHT_SECONDS = 1.3
"""What a detector is shown behind a cut in doubt: `VotingParams.lookahead_seconds`, and some."""

Observer = Callable[[DecodedFrame, int], object]
"""Called with frames in order, each once, and the number of their run: between two runs frames were left out, so that
neither change nor motion may be measured across."""


@dataclass(frozen=True, slots=True)
class QuickParams:
    """How much of a film a quick pass sees: what is looked at, and which groups of pictures are read.

    least_seconds: a shorter film is read whole: looking ahead would cost more than it spares (measured: films of 10 to
        52 s took 1.3 to 1.8 times a full scan).
    """

    least_seconds: float = 60.0
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
    """The boundaries of a film of which a fraction was decoded; what was decoded of every shot was observed.

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
    source = _Source(location, decoding)
    try:
        listing = source.packets()
        watch = _Watch(open_detector, observe, listing.ticks if listing.exact else listing.ticks[:0])
        length_seconds = float(listing.ticks[-1] * listing.time_base) if len(listing.ticks) else 0.0
        if not listing.exact or listing.keys.sum() < 2 or length_seconds < chosen.least_seconds:
            return _read_whole(source, watch)
        lookout = Lookout(location, listing, source.facts, decoding, (chosen.looks, chosen.groups))
        try:
            whole = _read_groups(source, listing, lookout, watch, chosen.groups)
        finally:
            lookout.close()
        if not whole:
            return _read_whole(source, watch)
        said = lookout.problem or source.damage
        problem = FilmError(location, FilmReason.DAMAGED, said) if said else None
        return watch.conclude(source.facts, len(listing.ticks), lookout.decoded, problem)
    finally:
        source.close()


class _Source(PyAvSource):
    """A source that hurries through the parts that are read, and tells of damage in them."""

    def _side(self) -> FilmReader:
        if self._side_reader is None:
            self._side_reader = self._open()
            self._side_reader.hurry()
        return self._side_reader

    @property
    def damage(self) -> str | None:
        """What the library said at the first damage met in `frames_between`, None while there was none."""
        return None if self._side_reader is None else self._side_reader.problem


class _Watch:
    """Everything that sees the decoded frames: the detector of the run, the observer, the letterbox."""

    def __init__(self, open_detector: Callable[[], ShotDetector], observe: Observer, ticks: NDArray[np.int64]) -> None:
        self._ticks = ticks
        self._open_detector = open_detector
        self._observe = observe
        self._bars = LetterboxFinder()
        self._detector: ShotDetector | None = None
        self._run_start: Timecode | None = None
        self._run = -1
        self._boundaries: list[Boundary] = []
        self._concluded: list[tuple[Boundary, Timecode]] = []
        self._first: Timecode | None = None
        self._last: Timecode | None = None
        self._step = 1
        self._seen = 0

    def see(self, frame: PyAvFrame) -> None:
        """The next frame of the run; the first of a new one after `end_run`."""
        detector = self._detector or self._begin_run(frame)
        self._count(frame)
        self._seen += 1
        self._take(detector.observe(frame.analysis, frame.at))
        self._observe(frame, self._run)
        self._bars.observe(frame)

    def _begin_run(self, frame: PyAvFrame) -> ShotDetector:
        """A fresh detector, which finds a cut right behind the run's start too: it has seen the first frame stand."""
        self._detector = detector = self._open_detector()
        self._run_start = frame.at
        self._run += 1
        place = int(np.searchsorted(self._ticks, frame.at.pts))
        start = max(0, place - _RUN_UP)
        # A detector that takes every second or fourth frame takes the same ones as in a full pass.
        for ticks in self._ticks[start - start % 4 : place]:
            detector.observe(frame.analysis, Timecode(int(ticks), frame.at.time_base))
        return detector

    @property
    def is_idle(self) -> bool:
        """Whether it has seen nothing yet."""
        return self._first is None

    def glance(self, start: Timecode, frames: Sequence[PyAvFrame]) -> None:
        """Some frames of a group that begins at `start`, in a row; nothing happens: no work for the detector."""
        self._run += 1
        self._first = self._first or start
        for frame in frames:
            self._count(frame)
            self._observe(frame, self._run)
            self._bars.observe(frame)

    def end_run(self, at: Timecode) -> None:
        """Frames are left out from `at` on; boundaries at the run's own edges are none of the film's."""
        if self._detector is None:
            return
        self._take(boundary for boundary in self._detector.finish(at) if boundary.end < at)
        self._detector = None

    def cut(self, at: Timecode, since: Timecode) -> None:
        """A cut that is known without the frames before it; their group begins at `since`."""
        self._concluded.append((Boundary(at, BoundaryKind.CUT, at, at), since))

    def settle_doubts(self, source: PyAvSource) -> None:
        """Where a boundary was seen too near to a concluded cut, both are judged anew with the frames before them.

        Some encoders put the key frame a little before the cut, others into a fade; and a detector that saw nothing
        of the shot before may take a whip pan for one.
        """
        for cut, since in self._concluded:
            near = [each for each in self._boundaries if _apart_seconds(each, cut) < _SHORTEST_SECONDS]
            judged = self._judged_anew(source, cut, since, max(each.end for each in near)) if near else [cut]
            self._boundaries = [each for each in self._boundaries if each not in near] + judged
        self._concluded.clear()

    def _judged_anew(self, source: PyAvSource, cut: Boundary, since: Timecode, until: Timecode) -> list[Boundary]:
        detector = self._open_detector()
        found: list[Boundary] = []
        for frame in source.frames_between(since):
            self._seen += 1
            found += detector.observe(frame.analysis, frame.at)
            if frame.at.seconds - max(cut.at, until).seconds > _HINDSIGHT_SECONDS:
                found += detector.finish(frame.at)
                break
        return [each for each in found if _apart_seconds(each, cut) < _SHORTEST_SECONDS]

    def conclude(
        self, facts: FilmFacts, frame_count: int | None, looked_at: int, problem: FilmError | None
    ) -> QuickPass:
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
            decoded=self._seen + looked_at,
            problem=problem,
        )

    def _count(self, frame: PyAvFrame) -> None:
        if self._first is None:
            self._first = frame.at
        elif self._last is not None and frame.at > self._last:
            self._step = frame.at.pts - self._last.pts
        self._last = frame.at

    def _take(self, found: Iterable[Boundary]) -> None:
        self._boundaries.extend(
            boundary
            for boundary in found
            if self._run_start == self._first or (self._run_start is not None and boundary.start > self._run_start)
        )


def _apart_seconds(one: Boundary, cut: Boundary) -> float:
    """From the cut to the nearer end of a boundary; 0 where it lies within."""
    return max(0.0, float(one.start.exact - cut.at.exact), float(cut.at.exact - one.end.exact))


def _read_whole(source: PyAvSource, watch: _Watch) -> QuickPass:
    problem: FilmError | None = None
    try:
        for frame in source.frames():
            watch.see(frame)
    except FilmError as error:
        problem = error
    return watch.conclude(source.facts, None, 0, problem)


def _read_groups(
    source: PyAvSource, listing: PacketListing, lookout: Lookout, watch: _Watch, params: GroupParams
) -> bool:
    """Every group read as far as it has to be; runs end where frames are left out.

    False when nothing was read, because the film does not begin with a frame that decoding can start from.
    """
    planner = GroupPlanner(listing.ticks, lookout.places, listing.time_base, params)
    frames: Iterator[PyAvFrame] | None = None
    changes = _Changes(params)
    for opening, after in _with_next(lookout.openings()):
        if watch.is_idle and opening.look.place > 0:
            return False
        reading = planner.plan(opening.look, None if after is None else after.look)
        if frames is None and reading.until == reading.first:
            watch.glance(listing.at(reading.first), opening.frames)
            if reading.cut_ahead:
                watch.cut(listing.at(reading.end), listing.at(reading.first))
            continue
        if frames is None:
            frames, changes = source.frames_between(listing.at(reading.first)), _Changes(params)
        stop = _read_group(frames, reading, listing, watch, changes)
        if stop is not None:
            frames = None
            watch.end_run(listing.at(stop))
            if reading.cut_ahead and not changes.arrived:
                watch.cut(listing.at(reading.end), listing.at(reading.first))
    watch.settle_doubts(source)
    return not watch.is_idle


def _with_next(openings: Iterator[Opening]) -> Iterator[tuple[Opening, Opening | None]]:
    """Each opening with the one that follows it."""
    before = next(openings, None)
    for opening in openings:
        if before is not None:
            yield before, opening
        before = opening
    if before is not None:
        yield before, None


def _read_group(
    frames: Iterator[PyAvFrame], reading: Reading, listing: PacketListing, watch: _Watch, changes: _Changes
) -> int | None:
    """The place behind the last frame of the group that had to be read; None when the run goes on behind its end."""
    if reading.goal is not None:
        changes.aim(reading.goal)
    for frame in frames:
        watch.see(frame)
        behind = int(np.searchsorted(listing.ticks, frame.at.pts, side="right"))
        if reading.goal is None:
            continue
        changes.follow(frame)
        if behind >= reading.end:
            return None
        if behind >= reading.until and changes.rest and (changes.arrived or (reading.cut_ahead and changes.is_far)):
            return behind
    return None


class _Changes:
    """What happens in a run: how far it is from what it is read on for, and when it last changed."""

    def __init__(self, params: GroupParams) -> None:
        self._params = params
        self._goal: Rgb | None = None
        self._before: Rgb | None = None
        self._settled: Rgb | None = None
        self._changed: float | None = None
        self._slow = False
        self._seconds = 0.0
        self._distance: float | None = None
        self._contrast: float | None = None

    def aim(self, goal: Rgb) -> None:
        """Read on for this picture."""
        self._goal = goal
        self._distance = None
        self._settled = None

    def follow(self, frame: PyAvFrame) -> None:
        """The next frame: a jump is a change at once, a slow one is noticed when it comes near the goal."""
        look = look_at(frame.analysis)
        distance = 0.0 if self._goal is None else unlikeness(look, self._goal)
        self._seconds = frame.at.seconds
        if is_flat(look) or self._emerges(look):
            self._changed, self._slow, self._contrast = self._seconds, True, float(look.std())
        elif self._before is not None and unlikeness(self._before, look) > self._params.unlike:
            self._changed, self._slow, self._settled = self._seconds, False, look
        elif self._distance is not None and distance < self._params.reached <= self._distance:
            recent = self._changed is not None and self._seconds - self._changed < self._params.cut_seconds
            self._changed, self._slow = self._seconds, not recent
        self._before, self._distance = look, distance
        self._settled = look if self._settled is None else self._settled

    def _emerges(self, look: Rgb) -> bool:
        """Whether a picture that came out of nothing has more contrast than ever since: a fade, not at its end."""
        return self._contrast is not None and float(look.std()) > _STRONGER * self._contrast

    @property
    def rest(self) -> bool:
        """Whether enough was seen behind the last change."""
        wanted = self._params.slow_seconds if self._slow else self._params.cut_seconds
        return self._changed is None or self._seconds - self._changed >= wanted

    @property
    def arrived(self) -> bool:
        """Whether the goal is in sight, in its full light."""
        if self._distance is None or self._before is None or self._goal is None:
            return False
        return self._distance < self._params.reached and not is_fading(self._before, self._goal)

    @property
    def is_far(self) -> bool:
        """Whether what is seen and the goal are two shots: unlike, and what is seen is not on its way there."""
        if self._distance is None or self._before is None or self._settled is None:
            return False
        steady = unlikeness(self._settled, self._before) < self._params.reached
        return steady and self._distance > self._params.unlike
