"""The newest seconds of a film as the shot detector sees them: small pictures, and scenedetect's measures on them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray
from scenedetect.detectors import HashDetector, HistogramDetector

from artwork.domain import Luma, Rgb, Timecode

_SMALL = (128, 72)
"""Width and height at which scenedetect's measures are taken: its detectors do not get better above (they scale
films down themselves), and twice the width costs three times as much."""
_TINY = (64, 36)
_SPECK = (32, 18)
_DARK, _BRIGHT = 32, 223
"""A blank frame's mean luma is below, or above; video black and white (16 and 235) and some glow stay inside."""
_FLAT, _EVEN = 16, 8
"""Most that the luma of a blank frame ranges over: of a black or white one, and of one in any other colour."""
_BARS = (slice(5, -5), slice(9, -9))
"""What letterbox bars (2.39:1) or pillars (4:3) in a 16:9 frame leave of a tiny picture: white fills only that."""


@dataclass(slots=True)
class Moment:
    """A frame reduced to what shots are found with.

    Attributes:
        at: its exact instant.
        seconds: the same, as a float.
        tiny: (36, 64, 3) uint8, RGB.
        luma: (36, 64) uint8.
        speck: (18, 32, 3) uint8, RGB.
        content, histogram, hashing: how far scenedetect's ContentDetector, HistogramDetector and HashDetector find
            it from the frame before, each on that detector's own scale.
        blank: whether it shows nothing: black, white or one even colour.
    """

    at: Timecode
    seconds: float
    tiny: Rgb
    luma: Luma
    speck: Rgb
    content: float
    histogram: float
    hashing: float
    blank: bool
    _colours: NDArray[np.float32] | None = field(default=None, repr=False)

    @property
    def inner(self) -> Luma:
        """(26, 46) uint8: the part of the luma that letterbox bars and pillars leave."""
        return self.luma[_BARS]

    @property
    def colours(self) -> NDArray[np.float32]:
        """(4, 4, 4) float32: share of the picture in each of 64 colours."""
        if self._colours is None:
            counts = cv2.calcHist([self.tiny], [0, 1, 2], None, [4, 4, 4], [0, 256, 0, 256, 0, 256])
            self._colours = counts.astype(np.float32) / np.float32(_TINY[0] * _TINY[1])
        return self._colours


class Reel:
    """The newest moments of a film, numbered from 0 at its first frame; the oldest go when `capacity` is reached."""

    def __init__(self, capacity: int) -> None:
        self._moments: deque[Moment] = deque(maxlen=capacity)
        self._shown = 0
        self._before: tuple[Rgb, NDArray[np.float32], NDArray[np.bool_]] | None = None

    @property
    def oldest(self) -> int:
        """Number of the oldest moment that is still here."""
        return self._shown - len(self._moments)

    @property
    def shown(self) -> int:
        """How many frames were shown: one more than the newest moment's number."""
        return self._shown

    def __getitem__(self, number: int) -> Moment:
        """The moment of that number; of one that is gone or not here yet, the nearest."""
        return self._moments[min(max(number - self.oldest, 0), len(self._moments) - 1)]

    def span(self, start: int, end: int) -> Iterator[Moment]:
        """The moments [start, end) that are here."""
        return (self[number] for number in range(max(start, self.oldest), min(end, self._shown)))

    def show(self, pixels: Rgb, at: Timecode) -> None:
        """The film goes on with this frame."""
        small = shrunk(pixels, _SMALL)
        tiny = shrunk(small, _TINY)
        luma = cast("Luma", cv2.cvtColor(tiny, cv2.COLOR_RGB2GRAY))
        speck = shrunk(tiny, _SPECK)
        content, histogram, hashing = self._measure(small)
        blank = is_blank(tiny, luma)
        self._moments.append(Moment(at, at.seconds, tiny, luma, speck, content, histogram, hashing, blank))
        self._shown += 1

    def _measure(self, small: Rgb) -> tuple[float, float, float]:
        """What three of scenedetect's detectors say about the step from the frame before; 0 at the first frame."""
        bgr = cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
        hsv = cast("Rgb", cv2.cvtColor(bgr, cv2.COLOR_BGR2HSV))
        histogram = HistogramDetector.calculate_histogram(bgr, bins=128)
        hashed = HashDetector.hash_frame(bgr, 8, 2)
        before, self._before = self._before, (hsv, histogram, hashed)
        if before is None:
            return 0.0, 0.0, 0.0
        # ContentDetector's measure, by OpenCV instead of int32 arrays: a quarter of the cost.
        content = sum(cv2.mean(cv2.absdiff(before[0], hsv))[:3]) / 3
        unlike = 1.0 - cv2.compareHist(before[1], histogram, cv2.HISTCMP_CORREL)
        return content, unlike, np.count_nonzero(before[2] != hashed) / hashed.size


def shrunk(pixels: Rgb, size: tuple[int, int]) -> Rgb:
    """The picture at (width, height) `size`.

    Halved, by the mean of four pixels, as long as it can be, then interpolated: OpenCV averages over areas that are
    no whole number of pixels at eight times the cost (0.13 against 0.02 ms from 320 x 180).
    """
    height, width = pixels.shape[:2]
    while width >= 2 * size[0] and height >= 2 * size[1] and width % 2 == height % 2 == 0:
        width, height = width // 2, height // 2
        pixels = cast("Rgb", cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA))
    return pixels if (width, height) == size else cast("Rgb", cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR))


def is_blank(tiny: Rgb, luma: Luma) -> bool:
    """Whether a frame shows nothing: all of it black or one even colour, or white but for letterbox bars."""
    low, high, _, _ = cv2.minMaxLoc(luma)
    if high - low < _FLAT:
        even = high - low < _EVEN and float(np.ptp(tiny.reshape(-1, 3), axis=0).max()) < 2 * _EVEN
        return even or not _DARK < cv2.mean(luma)[0] < _BRIGHT
    inner = luma[_BARS]
    return int(inner.min()) > _BRIGHT - _FLAT and bool(cv2.mean(inner)[0] > _BRIGHT)


def distance(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Mean absolute difference of two pictures of one size, 0 to 255."""
    return float(cv2.norm(one, other, cv2.NORM_L1)) / one.size


def likeness(one: Moment, other: Moment) -> float:
    """Correlation of the inner parts of two pictures, -1 to 1: unmoved by brightness, contrast and letterbox bars.

    Where there is no shape to compare: 1 when both are flat, 0 when one is.
    """
    flat = [float(cv2.meanStdDev(moment.inner)[1][0, 0]) < 1.0 for moment in (one, other)]
    if any(flat):
        return float(all(flat))
    return float(cv2.matchTemplate(one.inner, other.inner, cv2.TM_CCOEFF_NORMED)[0, 0])


def is_back(before: Moment, behind: Moment, change: float) -> bool:
    """Whether `behind` shows again what `before` showed, after something that changed the luma by `change`.

    The less the shapes agree the nearer the pictures must be.
    """
    alike, apart = followed(before, behind)
    return apart < max(0.2, 0.85 * alike) * change


def followed(before: Moment, behind: Moment) -> tuple[float, float]:
    """(likeness, distance of luma) of the inner part of a picture and the place where it is best found in another.

    The camera may have moved by a seventh of the frame.
    """
    if float(cv2.meanStdDev(before.inner)[1][0, 0]) < 1.0:
        return 0.0, distance(before.luma, behind.luma)
    found = cv2.matchTemplate(behind.luma, before.inner, cv2.TM_CCOEFF_NORMED)
    _, alike, _, (left, top) = cv2.minMaxLoc(found)
    height, width = before.inner.shape
    return alike, distance(before.inner, behind.luma[top : top + height, left : left + width])


def colour_distance(one: Moment, other: Moment) -> float:
    """Share of the picture that has other colours in the other frame, 0 to 1."""
    return 1.0 - float(np.minimum(one.colours, other.colours).sum())
