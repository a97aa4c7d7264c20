"""The vote: scenedetect's detectors and own evidence decide together where a film's shots begin.

Every frame is reduced to a moment of the reel as it comes; a second later, when it is known what followed, it is
judged: does a shot begin with it (cuts), is it the middle of a dissolve (dissolves), or does it show nothing (fades)?
"""

from __future__ import annotations

import hashlib
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from artwork.domain import Boundary, BoundaryKind, Rgb, Timecode
from artwork.film.cuts import CutParams, cut_strength
from artwork.film.dissolves import Dissolve, DissolveParams, find_dissolve
from artwork.film.fades import fade_end, fade_start, goes_back
from artwork.film.reel import Reel
from artwork.film.spell import Spell

_CAPACITY = 256
"""Moments kept: four seconds at 60 frames a second, 10 MB."""
_MOST_AHEAD = 100
_LEAST_AHEAD = 4
"""Moments that a judgement waits for at most, and at least, whatever the frame rate."""


@dataclass(frozen=True, slots=True)
class VotingParams:
    """How the vote is held.

    Attributes:
        lookahead_seconds: how much of what follows is heard before a frame is judged: a dissolve of 1.5 s has its
            second half in it, an explosion has burnt out.
        flash_seconds: a picture that is back sooner was never gone: flashes last one to four frames. Of a blank frame,
            which a body before the lens may be as well, twice as long.
        cuts, dissolves: what each question asks.
    """

    lookahead_seconds: float = 1.0
    flash_seconds: float = 0.27
    cuts: CutParams = field(default_factory=CutParams)
    dissolves: DissolveParams = field(default_factory=DissolveParams)


@dataclass(frozen=True, slots=True)
class _Pace:
    """Lengths of time in frames, at the film's pace just now."""

    flash: int
    lookahead: int
    halves: tuple[int, ...]
    besides: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Rival:
    """A cut that waits whether a stronger one comes within the minimum length."""

    number: int
    strength: float


class VotingDetector:
    """Finds cuts, dissolves and fades, at most 1.25 s behind the newest frame; a fade is known when it is over."""

    def __init__(self, minimum_seconds: float, params: VotingParams) -> None:
        self._minimum_seconds = minimum_seconds
        self._params = params
        self._reel = Reel(_CAPACITY)
        self._judged = 0
        self._rivals: list[_Rival] = []
        self._blanks: deque[tuple[int, int | None]] = deque()
        self._dissolve: Dissolve | None = None
        self._gap: Spell | None = None
        self._gap_opens_film = False
        self._clear_from = 0
        self._latest: Timecode | None = None
        self._paced: tuple[float, _Pace] | None = None

    @property
    def name(self) -> str:
        """The vote, a digest of all it depends on, and the minimum length."""
        digest = hashlib.sha256(repr(self._params).encode()).hexdigest()[:8]
        return f"vote-1@{digest}/{self._minimum_seconds:g}s"

    def observe(self, pixels: Rgb, at: Timecode) -> Sequence[Boundary]:
        """The boundaries that became certain with this frame: they lie a second or more back."""
        self._reel.show(pixels, at)
        newest = self._reel.shown - 1
        if self._reel[newest].blank and (newest == 0 or not self._reel[newest - 1].blank):
            self._blanks.append((newest, None))
        found: list[Boundary] = []
        while self._is_due(newest):
            found += self._judge(self._judged)
            self._judged += 1
        return found

    def finish(self, end: Timecode) -> Sequence[Boundary]:
        """The boundaries in the last second, and the fade that the film ends with."""
        found: list[Boundary] = []
        while self._judged < self._reel.shown:
            found += self._judge(self._judged)
            self._judged += 1
        found += self._settle_rivals(None) + self._settle_dissolve(None)
        if self._gap is not None:
            at = self._gap.first if self._gap_opens_film else end
            # It begins no shot: no minimum length holds it back.
            found.append(Boundary(at, BoundaryKind.FADE, self._gap.first, end))
        return found

    def _is_due(self, newest: int) -> bool:
        ahead = newest - self._judged
        waited = self._reel[newest].seconds - self._reel[self._judged].seconds
        return ahead >= _MOST_AHEAD or (ahead >= _LEAST_AHEAD and waited >= self._params.lookahead_seconds)

    def _pace(self, number: int) -> _Pace:
        """Frames per length of time, from the frames around `number`."""
        first, last = max(number - 12, self._reel.oldest), min(number + 12, self._reel.shown - 1)
        seconds = self._reel[last].seconds - self._reel[first].seconds
        rate = round((last - first) / seconds, 6) if seconds > 0 else 25.0
        if self._paced is None or self._paced[0] != rate:
            self._paced = rate, self._pace_at(rate)
        return self._paced[1]

    def _pace_at(self, rate: float) -> _Pace:
        lookahead = min(_MOST_AHEAD, max(4, round(rate * self._params.lookahead_seconds)))
        halves = {max(3, round(rate * half)) for half in self._params.dissolves.half_seconds}
        besides = {max(1, round(rate * beside)) for beside in self._params.dissolves.beside_seconds}
        return _Pace(
            flash=max(2, min(24, round(rate * self._params.flash_seconds))),
            lookahead=lookahead,
            halves=tuple(sorted(half for half in halves if half <= lookahead)),
            besides=tuple(sorted(beside for beside in besides if beside <= lookahead)),
        )

    def _judge(self, number: int) -> list[Boundary]:
        blank = self._reel[number].blank
        if self._blanks and self._blanks[0][0] < number:
            self._blanks.popleft()
        if self._gap is not None:
            return self._go_on_in_gap(number, blank=blank)
        if number < self._clear_from:
            return self._settle(number)
        pace = self._pace(number)
        if blank:
            self._enter_gap(number, pace)
            return self._settle(number)
        if number < self._fade_ahead(pace):
            self._hear(number, pace)
        return self._settle(number)

    def _hear(self, number: int, pace: _Pace) -> None:
        """Whether moment `number` begins a shot, or stands in the middle between two."""
        strength = cut_strength(self._reel, number, pace.flash, pace.lookahead, self._params.cuts)
        if strength > 0:
            self._rivals.append(_Rival(number, strength))
        if number % 2 == 0:
            dissolve = find_dissolve(self._reel, number, pace.halves, pace.besides, self._params.dissolves)
            if dissolve is not None and dissolve.start >= self._clear_from:
                held = self._dissolve
                if held is None or dissolve.strength > held.strength or dissolve.start >= held.end:
                    self._dissolve = dissolve

    def _fade_ahead(self, pace: _Pace) -> int:
        """Where the fade begins that ends in the next blank moment in sight; past all moments when none is."""
        if not self._blanks:
            return self._reel.shown
        blank, start = self._blanks[0]
        if start is None:
            passing = goes_back(self._reel, blank, 2 * pace.flash)
            start = blank if passing else fade_start(self._reel, blank, 2 * pace.lookahead)
            if self._reel.shown > blank + 4 * pace.flash:
                self._blanks[0] = blank, start
        return start

    def _enter_gap(self, number: int, pace: _Pace) -> None:
        back = goes_back(self._reel, number, 2 * pace.flash)
        if back:
            self._clear_from = back + 1
            return
        start = fade_start(self._reel, number, 2 * pace.lookahead)
        self._gap = Spell()
        self._gap_opens_film = start == 0
        for n in range(start, number + 1):
            self._gap.extend(self._reel[n].at)
        self._rivals = [rival for rival in self._rivals if rival.number < start]
        if self._dissolve is not None and self._dissolve.end > start:
            self._dissolve = None

    def _go_on_in_gap(self, number: int, *, blank: bool) -> list[Boundary]:
        gap = self._gap
        assert gap is not None  # noqa: S101 - only called inside a gap
        if blank:
            gap.extend(self._reel[number].at)
            return self._settle(number)
        clear = fade_end(self._reel, number, 2 * self._pace(number).lookahead)
        for n in range(number, clear):
            gap.extend(self._reel[n].at)
        self._gap, self._clear_from = None, clear
        found = self._settle_rivals(None) + self._settle_dissolve(None)
        at = gap.first if self._gap_opens_film else gap.middle
        return found + self._announce(Boundary(at, BoundaryKind.FADE, gap.first, self._reel[clear].at))

    def _settle(self, number: int) -> list[Boundary]:
        """What nothing that is still to be judged can change."""
        cut = self._settle_rivals(number)
        return cut + self._settle_dissolve(number)

    def _settle_rivals(self, number: int | None) -> list[Boundary]:
        found: list[Boundary] = []
        while self._rivals:
            first = self._rivals[0]
            at = self._reel[first.number].at
            if number is not None and self._seconds(at, number) < self._minimum_seconds:
                break
            del self._rivals[0]
            near = [r for r in self._rivals if self._seconds(at, r.number) < self._minimum_seconds]
            if any(rival.strength > first.strength for rival in near):
                continue
            self._rivals = [rival for rival in self._rivals if rival not in near]
            found += self._settle_dissolve(first.number, cut=first)
            found += self._announce(Boundary(at, BoundaryKind.CUT, at, at))
        return found

    def _settle_dissolve(self, number: int | None, cut: _Rival | None = None) -> list[Boundary]:
        held = self._dissolve
        if held is None:
            return []
        if cut is not None and held.start <= cut.number < held.end:
            self._dissolve = None
            return []
        if number is not None and cut is None and number < held.end + (held.end - held.start) // 2:
            return []
        if cut is not None and cut.number < held.start:
            return []
        self._dissolve = None
        instants = [self._reel[n].at for n in (held.middle, held.start, held.end)]
        if self._latest is not None and self._latest >= instants[1]:
            return []
        return self._announce(Boundary(instants[0], BoundaryKind.DISSOLVE, instants[1], instants[2]))

    def _announce(self, boundary: Boundary) -> list[Boundary]:
        """The boundary, unless it would make the shot before it too short."""
        if self._latest is not None and float(boundary.at.exact - self._latest.exact) < self._minimum_seconds:
            return []
        self._latest = boundary.at
        return [boundary]

    def _seconds(self, at: Timecode, number: int) -> float:
        return float(self._reel[number].at.exact - at.exact) if number < self._reel.shown else math.inf
