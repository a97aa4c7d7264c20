"""Where the picture lies inside the frame: black bars that stay while the film goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from artwork.domain import WHOLE_FRAME, Box, Rgb


class _Analysed(Protocol):
    @property
    def analysis(self) -> Rgb: ...


@dataclass(frozen=True, slots=True)
class LetterboxParams:
    """When rows and columns are bars.

    Attributes:
        every: frames from one that is looked at to the next.
        black: brightest channel of a bar, 0 to 255; coded black is 0, encoders ring up to about 20 (x264 at CRF 28).
        enough: fewer frames looked at than this tell nothing.
        lopsided: lines of the analysis picture by which two facing bars may differ. Bars are made symmetric; a dark sky
            is not.
        lit_share: share of the frames looked at in which a line may be brighter and yet be a bar. A logo, or one shot
            in another format, must not hide the bars of the rest.
        dark_frame: frames whose brightest line means less than this tell nothing of bars.
        least_bar: share of the frame's side that two facing bars must take together.
    """

    every: int = 12
    black: int = 24
    lit_share: float = 0.1
    dark_frame: int = 40
    least_bar: float = 0.02
    enough: int = 5
    lopsided: int = 2


class LetterboxFinder:
    """Sees the frames of a film pass and knows the box inside the bars: exact to a line of the analysis picture."""

    def __init__(self, params: LetterboxParams | None = None) -> None:
        self._params = params or LetterboxParams()
        self._passed = 0
        self._looked_at = 0
        self._lit_rows: NDArray[np.int64] | None = None
        self._lit_columns: NDArray[np.int64] | None = None

    def observe(self, frame: _Analysed) -> None:
        """Take in the next frame of the film; only every so many are looked at."""
        if self._passed % self._params.every == 0:
            self._look(frame.analysis)
        self._passed += 1

    @property
    def picture(self) -> Box:
        """The part of the frame inside the bars; the whole frame where there are none, or nothing bright was seen."""
        if self._lit_rows is None or self._lit_columns is None or self._looked_at < self._params.enough:
            return WHOLE_FRAME
        top, height = self._span(self._lit_rows)
        left, width = self._span(self._lit_columns)
        return Box(left, top, width, height)

    def _look(self, pixels: Rgb) -> None:
        brightest = cv2.max(cv2.max(pixels[..., 0], pixels[..., 1]), pixels[..., 2])
        # Means over five pixels along the line: one hot pixel does not light it.
        rows = cv2.blur(brightest, (5, 1)).max(axis=1)
        columns = cv2.blur(brightest, (1, 5)).max(axis=0)
        if rows.max() < self._params.dark_frame:
            return
        if self._lit_rows is None or self._lit_columns is None:
            self._lit_rows = np.zeros(rows.shape, np.int64)
            self._lit_columns = np.zeros(columns.shape, np.int64)
        self._looked_at += 1
        self._lit_rows += rows > self._params.black
        self._lit_columns += columns > self._params.black

    def _span(self, lit: NDArray[np.int64]) -> tuple[float, float]:
        """(start, length) of the picture along one side, in fractions of it."""
        inside = np.flatnonzero(lit > self._params.lit_share * self._looked_at)
        first, last = int(inside[0]), int(inside[-1])
        after = lit.size - 1 - last
        if first + after < self._params.least_bar * lit.size or abs(first - after) > self._params.lopsided:
            return 0.0, 1.0
        return first / lit.size, (last + 1 - first) / lit.size
