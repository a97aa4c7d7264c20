"""Chosen frames of a film at full size, at their exact times: the film is opened once for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from artwork.domain import Rgb, Timecode
from artwork.film.video import DecodeParams, PyAvSource

_FULL_SIZE = 2**31


def read_frames(
    location: str | Path, instants: Sequence[Timecode], params: DecodeParams | None = None
) -> Iterator[tuple[Timecode, Rgb]]:
    """The whole frame on screen at each of the instants, in order of time, at full size, as displayed, sRGB.

    A seek to the key frame before each where the container can be trusted, else one decode from the start.

    Raises:
        FilmError: as `PyAvSource`, and DAMAGED when the film breaks off before an instant.
    """
    wanted = sorted(set(instants))
    with closing(PyAvSource(location, replace(params or DecodeParams(), hasty_from=0))) as source:
        if source.seeks_exactly or source.packets().exact:
            while wanted:
                found = next(source.frames_between(wanted[0]), None)
                if found is None or found.at != wanted[0]:
                    break
                yield wanted.pop(0), found.still(_FULL_SIZE)
        if wanted:
            yield from _decoded(source, wanted)


def _decoded(source: PyAvSource, wanted: Sequence[Timecode]) -> Iterator[tuple[Timecode, Rgb]]:
    """From the start, the frame on screen at each of the instants."""
    left = list(wanted)
    frames = source.frames()
    shown = next(frames)
    for frame in frames:
        while left and frame.at > left[0]:
            yield left.pop(0), shown.still(_FULL_SIZE)
        if not left:
            return
        shown = frame
    for at in left:
        yield at, shown.still(_FULL_SIZE)
