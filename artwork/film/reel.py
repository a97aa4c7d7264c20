"""The newest seconds of a film as the shot detector sees them: small pictures, and scenedetect's measures on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

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
        content: how far scenedetect's ContentDetector finds it from the frame before, on that detector's own scale.
        blank: whether it shows nothing: black, white or one even colour.
        small: (72, 128, 3) uint8, RGB.
        before: the small picture of the frame before; None at the film's first.
    """

    at: Timecode
    seconds: float
    tiny: Rgb
    luma: Luma
    speck: Rgb
    content: float
    blank: bool
    small: Rgb = field(repr=False)
    before: Rgb | None = field(repr=False)
    _colours: NDArray[np.float32] | None = field(default=None, repr=False)
    _shape: NDArray[np.float32] | None = field(default=None, repr=False)
    _spread: float | None = field(default=None, repr=False)

    @property
    def inner(self) -> Luma:
        """(26, 46) uint8: the part of the luma that letterbox bars and pillars leave."""
        return self.luma[_BARS]

    @property
    def shape(self) -> NDArray[np.float32]:
        """(1196,) float32: the inner part with mean 0 and length 1; empty where it is flat (deviation under 1)."""
        if self._shape is None:
            level = self.inner.astype(np.float32).ravel()
            level -= level.mean()
            length = float(np.sqrt(level @ level))
            self._shape = level / np.float32(length) if length >= np.sqrt(level.size) else level[:0]
        return self._shape

    @property
    def spread(self) -> float:
        """Standard deviation of the speck's values."""
        if self._spread is None:
            self._spread = float(self.speck.std())
        return self._spread

    @property
    def histogram(self) -> float:
        """As `content`, of HistogramDetector; 0 at the first frame."""
        return 0.0 if self.before is None else _ballot().histogram_step(self.before, self.small)

    @property
    def hashing(self) -> float:
        """As `content`, of HashDetector; 0 at the first frame."""
        return 0.0 if self.before is None else _ballot().hashing_step(self.before, self.small)

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
        self._moments: list[Moment] = []
        self._capacity = capacity
        self._shown = self._oldest = 0
        self._hsv: Rgb | None = None

    @property
    def oldest(self) -> int:
        """Number of the oldest moment that is still here."""
        return self._oldest

    @property
    def shown(self) -> int:
        """How many frames were shown: one more than the newest moment's number."""
        return self._shown

    def __getitem__(self, number: int) -> Moment:
        """The moment of that number; of one that is gone or not here yet, the nearest."""
        if number >= self._shown:
            number = self._shown - 1
        elif number < self._oldest:
            number = self._oldest
        return self._moments[number % self._capacity]

    def span(self, start: int, end: int) -> Iterator[Moment]:
        """The moments [start, end) that are here."""
        return (self[number] for number in range(max(start, self.oldest), min(end, self._shown)))

    def show(self, pixels: Rgb, at: Timecode) -> None:
        """The film goes on with this frame."""
        small = shrunk(pixels, _SMALL)
        tiny = shrunk(small, _TINY)
        luma = cast("Luma", cv2.cvtColor(tiny, cv2.COLOR_RGB2GRAY))
        speck = shrunk(tiny, _SPECK)
        hsv = cast("Rgb", cv2.cvtColor(small, cv2.COLOR_RGB2HSV))
        # ContentDetector's measure, by OpenCV instead of int32 arrays: a twentieth of the cost.
        content = 0.0 if self._hsv is None else distance(self._hsv, hsv)
        before = self[self._shown].small if self._shown else None
        moment = Moment(at, at.seconds, tiny, luma, speck, content, is_blank(tiny, luma), small, before)
        self._hsv = hsv
        if self._shown < self._capacity:
            self._moments.append(moment)
        else:
            self._moments[self._shown % self._capacity] = moment
            self._oldest += 1
        self._shown += 1


def _ballot() -> ModuleType:
    """Loaded when first asked: scenedetect takes 0.2 s, and most processes that know the params show no reel a film."""
    from artwork.film import ballot  # noqa: PLC0415

    return ballot


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
    if high <= _BRIGHT:
        return False
    inner = luma[_BARS]
    return cv2.mean(inner)[0] > _BRIGHT and cv2.minMaxLoc(inner)[0] > _BRIGHT - _FLAT


def distance(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Mean absolute difference of two pictures of one size, 0 to 255."""
    return float(cv2.norm(one, other, cv2.NORM_L1)) / one.size


def likeness(one: Moment, other: Moment) -> float:
    """Correlation of the inner parts of two pictures, -1 to 1: unmoved by brightness, contrast and letterbox bars.

    Where there is no shape to compare: 1 when both are flat, 0 when one is.
    """
    if not one.shape.size or not other.shape.size:
        return float(one.shape.size == other.shape.size)
    return float(one.shape @ other.shape)


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
    if not before.shape.size:
        return 0.0, distance(before.luma, behind.luma)
    found = cv2.matchTemplate(behind.luma, before.inner, cv2.TM_CCOEFF_NORMED)
    _, alike, _, (left, top) = cv2.minMaxLoc(found)
    height, width = before.inner.shape
    return alike, distance(before.inner, behind.luma[top : top + height, left : left + width])


def colour_distance(one: Moment, other: Moment) -> float:
    """Share of the picture that has other colours in the other frame, 0 to 1."""
    return 1.0 - float(np.minimum(one.colours, other.colours).sum())
