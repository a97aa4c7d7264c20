"""A spell: a run of frames that belong together, remembered by their instants alone."""

from __future__ import annotations

from artwork.domain import Timecode

_LIMIT = 512


class Spell:
    """The instants of consecutive frames: exact ends and count, a middle within 0.2 % of the true one.

    However long the run, at most 512 instants are kept: when they are full every second one goes.
    """

    def __init__(self) -> None:
        self._kept: list[Timecode] = []
        self._stride = 1
        self._count = 0
        self._last: Timecode | None = None

    def __len__(self) -> int:
        return self._count

    def extend(self, at: Timecode) -> None:
        """The run goes on with the frame at `at`."""
        if self._count % self._stride == 0:
            self._kept.append(at)
        self._count += 1
        self._last = at
        if len(self._kept) > _LIMIT:
            self._kept = self._kept[::2]
            self._stride *= 2

    @property
    def first(self) -> Timecode:
        """The first frame of the run. IndexError when it is empty."""
        return self._kept[0]

    @property
    def last(self) -> Timecode:
        """The last frame of the run. IndexError when it is empty."""
        return self._last or self._kept[0]

    @property
    def middle(self) -> Timecode:
        """The frame half way, counted in frames; of an even number the later one. IndexError when it is empty."""
        return self._kept[self._count // 2 // self._stride]
