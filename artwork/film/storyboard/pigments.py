"""What every painted picture is mixed from: colours, gradients, smooth noise, and premultiplied cut-outs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Picture = NDArray[np.uint8]
"""(height, width, 3) uint8 RGB when opaque, (height, width, 4) premultiplied RGBA when cut out."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a painter paints on, and what it was asked for.

    Attributes:
        width: pixels.
        height: pixels.
        chance: the only source of chance, derived from the layer's seed.
        colours: "#rrggbb", meaning given by the painter; () for its own.
        level: where the horizon or ridge lies, 0 top to 1 bottom.
        amount: how much of it (clouds, stars, trees), 0 to 1.
    """

    width: int
    height: int
    chance: np.random.Generator
    colours: tuple[str, ...] = ()
    level: float = 0.5
    amount: float = 0.5

    def inks(self, *defaults: str) -> list[Floats]:
        """The colours asked for, completed by the painter's own."""
        return [ink(given) for given in (*self.colours, *defaults[len(self.colours) :])]

    def grid(self) -> tuple[Floats, Floats]:
        """(x, y) of every pixel, 0 to 1, shapes (1, width) and (height, 1)."""
        x = np.linspace(0, 1, self.width, dtype=np.float32)[None, :]
        y = np.linspace(0, 1, self.height, dtype=np.float32)[:, None]
        return x, y


def ink(code: str) -> Floats:
    """The colour "#rrggbb" as (3,) float32, 0 to 255.

    Raises:
        ValueError: the code is not of this form.
    """
    if len(code) != 7 or code[0] != "#":
        raise ValueError(f"colour {code!r} is not of the form #rrggbb")
    return np.array([int(code[at : at + 2], 16) for at in (1, 3, 5)], np.float32)


def light(red: int, green: int, blue: int) -> Floats:
    """A colour by its levels, (3,) float32."""
    return np.array([red, green, blue], np.float32)


def opaque(colours: NDArray[np.floating]) -> Picture:
    """Float colours as (height, width, 3) uint8."""
    return np.asarray(np.clip(colours + 0.5, 0, 255), np.uint8)


def cut_out(colours: NDArray[np.floating], alpha: NDArray[np.floating]) -> Picture:
    """Float colours and coverage 0 to 1 as (height, width, 4) premultiplied uint8; colours may be (3,)."""
    cover = np.clip(alpha, 0, 1)[..., None]
    return np.concatenate((opaque(np.clip(colours, 0, 255) * cover), opaque(cover * 255)), axis=2)


def fractal(height: int, width: int, chance: np.random.Generator, cells: float = 3, octaves: int = 5) -> Floats:
    """Smooth noise, (height, width), 0 to 1: random grids of halving size and weight, summed.

    Args:
        height: pixels.
        width: pixels.
        chance: where the grids come from.
        cells: grid cells along the height in the first octave.
        octaves: how many grids.
    """
    total = np.zeros((height, width), np.float32)
    weight = 1.0
    for octave in range(octaves):
        rows = max(2, round(cells * 2**octave) + 1)
        columns = max(2, round(cells * 2**octave * width / height) + 1)
        grid = chance.random((min(rows, height), min(columns, width)), dtype=np.float32)
        total += weight * np.asarray(cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
        weight /= 2
    low, high = float(total.min()), float(total.max())
    return np.asarray((total - low) / max(high - low, 1e-6), np.float32)


def gradient(sheet: Sheet, stops: Sequence[tuple[float, Floats]]) -> Floats:
    """(height, width, 3) from top to bottom through the stops, dithered by half a level against banding."""
    places = [place for place, _ in stops]
    y = np.linspace(0, 1, sheet.height)
    column = np.stack([np.interp(y, places, [shade[band] for _, shade in stops]) for band in range(3)], axis=1)
    dither = sheet.chance.random((sheet.height, sheet.width, 1), dtype=np.float32) - 0.5
    return np.asarray(column[:, None, :] + dither, np.float32)


def glow(sheet: Sheet, centre: tuple[float, float], radius: float) -> Floats:
    """(height, width) light that falls off around a point, 1 in its middle; radius in sheet heights."""
    x, y = sheet.grid()
    far = ((x - centre[0]) * sheet.width / sheet.height) ** 2 + (y - centre[1]) ** 2
    return np.asarray(np.exp(-far / (2 * radius * radius)), np.float32)


def ridge(width: int, chance: np.random.Generator, roughness: float, cells: int = 3) -> Floats:
    """(width,) heights, 0 to 1: a line of hills when roughness is 0, of crags when it is 1."""
    total = np.zeros(width, np.float32)
    weight = 1.0
    for octave in range(7):
        knots = chance.random(cells * 2**octave + 2)
        total += np.asarray(weight * np.interp(np.linspace(0, len(knots) - 1, width), np.arange(len(knots)), knots))
        weight *= 0.25 + 0.33 * roughness
    if roughness < 0.5:
        window = max(3, width // (cells * 5)) | 1
        padded = np.pad(total, window // 2, mode="edge")
        total = np.asarray(np.convolve(padded, np.hanning(window + 2)[1:-1], mode="valid"), np.float32)
    low, high = float(total.min()), float(total.max())
    return np.asarray((total - low) / max(high - low, 1e-6), np.float32)


def drawn(sheet: Sheet, shapes: Sequence[Sequence[tuple[float, float]]]) -> Floats:
    """(height, width) coverage 0 to 1 of polygons given in sheet fractions, smooth at the edges."""
    mask = np.zeros((sheet.height * 2, sheet.width * 2), np.uint8)
    for shape in shapes:
        points = np.array([(x * sheet.width * 2, y * sheet.height * 2) for x, y in shape])
        cv2.fillPoly(mask, [np.round(points * 16).astype(np.int32)], (255,), lineType=cv2.LINE_AA, shift=4)
    small = cv2.resize(mask, (sheet.width, sheet.height), interpolation=cv2.INTER_AREA)
    return np.asarray(np.asarray(small, np.float32) / 255, np.float32)
