"""Where the picture lies inside the frame: black bars that stay while the film goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from artwork.domain import WHOLE_FRAME, Box, Rgb


class _Averaged(Protocol):
    @property
    def averaged(self) -> Rgb: ...


@dataclass(frozen=True, slots=True)
class LetterboxParams:
    """When rows and columns are bars.

    Attributes:
        every: frames from one that is looked at to the next.
        enough: fewer frames looked at than this tell nothing.
        black: brightest channel of a bar's pixel, 0 to 255; coded black is 0, and x264 at CRF 28 rings up to about 20.
        ends: share of a line, at either end of it, that no subtitle in a bar reaches.
        filled: share of the pixels at an end that must be brighter for the line to be lit.
        written: or this share of the whole line: more than a subtitle in the bar fills.
        lit_share: share of the frames looked at in which a line of bars may be lit: a shot or two in another format
            must not hide the bars of the rest.
        least_bar: share of the frame's side that two facing bars must take together.
        lopsided: lines of the analysis picture by which facing bars may differ; where they differ by more, both
            count as wide as the narrower. Bars are made symmetric, a night sky is not.
    """

    every: int = 12
    enough: int = 5
    black: int = 24
    ends: float = 0.125
    filled: float = 0.25
    written: float = 0.8
    lit_share: float = 0.1
    least_bar: float = 0.02
    lopsided: int = 2


class _Lines:
    """How often each line along one side of the frame was lit, and how bright it was."""

    def __init__(self, count: int) -> None:
        self._lit = np.zeros(count, np.int64)
        self._brightness = np.zeros(count, np.float64)

    def add(self, lit: NDArray[np.bool_], brightness: NDArray[np.float64]) -> None:
        self._lit += lit
        self._brightness += brightness

    def span(self, looked_at: int, params: LetterboxParams) -> tuple[float, float]:
        """(start, length) of the picture along the side, in fractions of it."""
        count = self._lit.size
        inside = np.flatnonzero(self._lit > params.lit_share * looked_at)
        if not inside.size:
            return 0.0, 1.0
        first, last = int(inside[0]), int(inside[-1])
        before = first + self._dark_part(first, first + 1)
        after = count - 1 - last + self._dark_part(last, last - 1)
        if abs(before - after) > params.lopsided:
            before = after = min(before, after)
        if before + after < params.least_bar * count:
            return 0.0, 1.0
        return before / count, (count - before - after) / count

    def _dark_part(self, edge: int, inner: int) -> float:
        """Share of the picture's outermost line that is still bar: brightness of the mean tells it."""
        if edge in (0, self._lit.size - 1) or not 0 <= inner < self._lit.size or self._brightness[inner] <= 0:
            return 0.0
        dark = 1 - float(self._brightness[edge] / self._brightness[inner])
        return dark if 0.1 < dark < 1 else 0.0


class LetterboxFinder:
    """Sees the frames of a film pass and knows the box inside the bars, to part of a line of the analysis picture."""

    def __init__(self, params: LetterboxParams | None = None) -> None:
        self._params = params or LetterboxParams()
        self._passed = 0
        self._looked_at = 0
        self._lines: tuple[_Lines, _Lines] | None = None

    def observe(self, frame: _Averaged) -> None:
        """Take in the next frame of the film; only every so many are looked at."""
        if self._passed % self._params.every == 0:
            self._look(frame.averaged)
        self._passed += 1

    @property
    def picture(self) -> Box:
        """The part of the frame inside the bars; the whole frame where there are none, or too little was seen."""
        if self._lines is None or self._looked_at < self._params.enough:
            return WHOLE_FRAME
        top, height = self._lines[0].span(self._looked_at, self._params)
        left, width = self._lines[1].span(self._looked_at, self._params)
        return Box(left, top, width, height)

    def _look(self, pixels: Rgb) -> None:
        brightest = np.asarray(cv2.max(cv2.max(pixels[..., 0], pixels[..., 1]), pixels[..., 2]), np.uint8)
        bright = np.asarray(cv2.threshold(brightest, self._params.black, 1, cv2.THRESH_BINARY)[1], np.uint8)
        shares = [_means(bright, axis) for axis in (1, 0)]
        if max(each.max() for each in shares) <= self._params.filled:
            return  # a dark frame tells nothing
        if self._lines is None:
            self._lines = _Lines(pixels.shape[0]), _Lines(pixels.shape[1])
        self._looked_at += 1
        for axis, lines in zip((1, 0), self._lines, strict=True):
            lines.add(self._lit(bright, axis, *shares), _means(brightest, axis))

    def _lit(
        self, bright: NDArray[np.uint8], axis: int, rows: NDArray[np.float64], columns: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Which lines are lit: along their whole length, or at an end of what is lit of the frame."""
        along, across = (rows, columns) if axis == 1 else (columns, rows)
        crossed = np.flatnonzero(across > self._params.filled)
        first, last = (int(crossed[0]), int(crossed[-1])) if crossed.size else (0, across.size - 1)
        reach = max(1, round(self._params.ends * (last + 1 - first)))
        ends = [
            _means(np.ascontiguousarray(bright.take(range(start, start + reach), axis=axis)), axis)
            for start in (first, last + 1 - reach)
        ]
        return (np.maximum(*ends) > self._params.filled) | (along > self._params.written)


def _means(plane: NDArray[np.uint8], axis: int) -> NDArray[np.float64]:
    reduced = cv2.reduce(plane, axis, cv2.REDUCE_AVG, dtype=cv2.CV_64F)
    return np.asarray(reduced, np.float64).ravel()
