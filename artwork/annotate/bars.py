"""The picture of each shot inside bars of its own, where a film changes its format on the way.

The decode pass finds the bars that stay throughout. An archive clip between pillars, or a chapter in another format,
has bars that come and go with its shots; they are found in the shots' stills.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artwork.domain import Box, Rgb

from .picture import inside, shrunk, to_frame

Shares = NDArray[np.float64]
"""(lines,) share of each line's pixels that are lit."""
Format = tuple[int, int, int, int, int, int]
"""(height, width, top, bottom, left, right): a frame, and a picture inside it, in lines."""


@dataclass(frozen=True, slots=True)
class BarParams:
    """When the black beside a shot's picture is bars.

    side: pixels of the longer side at which lines are looked at. black: brightest channel of an unlit pixel, 0 to 255.
    ends: share of a line at either end of it that no subtitle in a bar reaches. filled: share of the ends that is lit
    in a line of the picture; of the line as a whole, `written` tells it, which no subtitle fills. edge: share of the
    line beside a bar that must be lit, on both sides: bars end along a straight line, the dark around a spotlight or a
    title does not. lopsided: share of the side by which facing bars may differ. least: share of the side that they
    take together. faint: share of a line that may be lit where the format is known from other shots only. formats:
    those seen in the most stills are looked for in all shots.
    """

    side: int = 320
    black: int = 24
    ends: float = 0.125
    filled: float = 0.25
    written: float = 0.8
    edge: float = 0.5
    lopsided: float = 0.01
    least: float = 0.02
    faint: float = 0.005
    formats: int = 6


@dataclass(frozen=True, slots=True)
class _Lines:
    """Along one side of a still: how much of each line is lit, and which belong to the picture."""

    lit: Shares
    shown: NDArray[np.bool_]

    def are_black(self, first: int, end: int, params: BarParams, *, known: bool) -> bool:
        """Whether only black lies before `first` and from `end` on; where the bars are `known`, subtitles may too."""
        around = np.r_[0:first, end : self.lit.size]
        return not (self.shown[around].any() if known else (self.lit[around] > params.faint).any())

    def between_bars(self, params: BarParams) -> tuple[int, int] | None:
        """(first, behind the last) line between facing bars; None where there are none, or they do not end sharply."""
        shown = np.flatnonzero(self.shown)
        if shown.size < 4:
            return None
        first, last, count = int(shown[0]), int(shown[-1]), self.lit.size
        behind = count - 1 - last
        if abs(first - behind) > max(1, params.lopsided * count) or first + behind < params.least * count:
            return None
        if min(first, behind) == 0 or min(self.lit[first + 1], self.lit[last - 1]) < params.edge:
            return None
        return first, last + 1


@dataclass(frozen=True, slots=True)
class _Still:
    """Which lines of a still are lit, and the format that it shows by itself."""

    rows: _Lines
    columns: _Lines
    shows: Format | None

    def fits(self, shape: Format, params: BarParams, *, known: bool) -> bool:
        """Whether nothing of the picture lies outside that of the format."""
        height, width, top, bottom, left, right = shape
        return (
            (height, width) == (self.rows.lit.size, self.columns.lit.size)
            and self.rows.are_black(top, bottom, params, known=known)
            and self.columns.are_black(left, right, params, known=known)
        )


def shot_pictures(
    stills: Iterable[tuple[int, Rgb]], picture: Box, params: BarParams | None = None
) -> Mapping[int, Box]:
    """The part of the frame inside the bars, for each shot that has stills.

    It is the smallest format, of those that the film shows, outside of which all stills of the shot are black: what
    is cut away is never picture.

    Args:
        stills: (shot, pixels) of every still; read once, none is kept.
        picture: the part inside the bars that stay throughout the film.
        params: `BarParams()` when None.
    """
    params = params or BarParams()
    shots: dict[int, list[_Still]] = {}
    for shot, pixels in stills:
        shots.setdefault(shot, []).append(_still(np.ascontiguousarray(inside(pixels, picture)), params))
    seen = Counter(still.shows for members in shots.values() for still in members if still.shows is not None)
    common = [shape for shape, _ in seen.most_common(params.formats)]
    return {shot: _picture(members, common, picture, params) for shot, members in shots.items()}


def _picture(members: Sequence[_Still], common: Sequence[Format], picture: Box, params: BarParams) -> Box:
    own = {still.shows for still in members if still.shows is not None}
    fitting = [
        shape for shape in {*own, *common} if all(still.fits(shape, params, known=shape in own) for still in members)
    ]
    if not fitting:
        return picture
    height, width, top, bottom, left, right = min(fitting, key=lambda shape: (_area(shape), shape))
    return to_frame(Box(left / width, top / height, (right - left) / width, (bottom - top) / height), picture)


def _area(shape: Format) -> int:
    _height, _width, top, bottom, left, right = shape
    return (bottom - top) * (right - left)


def _still(pixels: Rgb, params: BarParams) -> _Still:
    lit = shrunk(pixels, params.side).max(axis=2) > params.black
    rows, columns = _lines(lit, params), _lines(lit.T, params)
    height, width = lit.shape
    down = rows.between_bars(params)
    top, bottom = down or (0, height)
    across = _lines(lit[top:bottom].T, params).between_bars(params)
    left, right = across or (0, width)
    barred = down is not None or across is not None
    return _Still(rows, columns, (height, width, top, bottom, left, right) if barred else None)


def _lines(lit: NDArray[np.bool_], params: BarParams) -> _Lines:
    """The rows of the picture."""
    shares = lit.mean(axis=1)
    crossed = np.flatnonzero(lit.mean(axis=0) > params.filled)
    left, right = (int(crossed[0]), int(crossed[-1]) + 1) if crossed.size else (0, lit.shape[1])
    reach = max(1, round(params.ends * (right - left)))
    ends = np.maximum(lit[:, left : left + reach].mean(axis=1), lit[:, right - reach : right].mean(axis=1))
    return _Lines(shares, (ends > params.filled) | (shares > params.written))
