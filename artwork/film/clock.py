"""Presentation times that one may rely on, from the time stamps that films carry."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from artwork.domain import Timecode

_DEFAULT_RATE = Fraction(25)
"""Frames a second where a film does not say: what libavformat assumes of raw H.264."""
_JUMP_BACK_SECONDS = 1
"""A step back longer than this is a clock that was set again (a joined broadcast), not two frames in wrong order."""
_LEAP_SECONDS = 2**32 // 90000
"""A leap forward longer than half of the 33-bit clock of MPEG (13 hours) is that clock's wrap, or damage."""


class FilmClock:
    """Gives every frame, in order of presentation, its time since the film's first frame; times always grow.

    A frame without a time stamp follows the last one by a frame. A frame stamped earlier than its predecessor is put
    one tick behind it; after a jump back, or a leap, the intervals that follow are kept.
    """

    def __init__(self, time_base: Fraction, rate: Fraction | None) -> None:
        self._time_base = time_base
        self._step = max(1, round(1 / ((rate if rate and rate > 0 else _DEFAULT_RATE) * time_base)))
        self._back = ceil(-_JUMP_BACK_SECONDS / time_base)
        self._leap = floor(_LEAP_SECONDS / time_base)
        self._shift: int | None = None
        self._last: int | None = None

    @property
    def step(self) -> int:
        """Ticks of one frame at the film's nominal rate."""
        return self._step

    @property
    def origin(self) -> int:
        """The time stamp that counts as zero, in ticks; 0 before the first frame."""
        return -self._shift if self._shift is not None else 0

    def stamp(self, pts: int | None) -> Timecode:
        """The time of the next frame.

        Args:
            pts: its time stamp in ticks of the stream, None where it has none.
        """
        ticks = self._ticks(pts)
        self._last = ticks
        return Timecode(ticks, self._time_base)

    def _ticks(self, pts: int | None) -> int:
        if self._last is None:
            self._shift = -pts if pts is not None else None
            return 0
        following = self._last + self._step
        if pts is None:
            return following
        if self._shift is None:
            self._shift = following - pts
        ticks = pts + self._shift
        if not self._back <= ticks - self._last <= self._leap:
            self._shift = following - pts
            return following
        return max(ticks, self._last + 1)
