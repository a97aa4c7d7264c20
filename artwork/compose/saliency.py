"""What stands out in a picture, and how much of it a rectangle holds."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from artwork.domain import Rgb

Map = NDArray[np.float32]
"""(rows, columns) float32, not negative, with a sum of 1."""
Edges = NDArray[np.float64]
"""(rectangles, 4) float64: left, top, right, bottom in fractions of the map."""

SIDE = 64
"""Cells of the longer side: the size at which the source works."""


def salience(pixels: Rgb, side: int = SIDE) -> Map:
    """The share of what stands out that lies in each cell; the same in every cell of a flat picture.

    Half of it is what breaks the picture's regularity (spectral residual), half what differs from its mean colour, on
    luma and on two colour differences: a red coat in a grey street stands out by its colour alone. A slight pull to
    the middle, where camera operators put what matters, decides between equals.

    Source:
        Hou and Zhang, "Saliency detection: a spectral residual approach", 2007; Achanta et al., "Frequency-tuned
        salient region detection", 2009; Tatler, "The central fixation bias in scene viewing", 2007.
    """
    height, width = pixels.shape[:2]
    factor = min(1.0, side / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
    channels = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    found = _shares(sum((_residual(channels[:, :, number]) for number in range(3)), np.zeros(channels.shape[:2])))
    found = found + _shares(_difference(channels))
    down, across = (np.linspace(-1, 1, count) if count > 1 else np.zeros(1) for count in found.shape)
    centred = found * np.exp(-0.5 * (np.add.outer(down**2, across**2)))
    return np.asarray(centred / centred.sum(), np.float32)


def held(salient: Map, edges: Edges) -> NDArray[np.float64]:
    """(rectangles,) share of the map that each rectangle holds, 0 to 1; cells on an edge count in part."""
    rows, columns = salient.shape
    summed = np.zeros((rows + 1, columns + 1))
    summed[1:, 1:] = salient.astype(np.float64).cumsum(axis=0).cumsum(axis=1)
    left, top, right, bottom = (edges * (columns, rows, columns, rows)).T
    whole = _at(summed, right, bottom) - _at(summed, left, bottom) - _at(summed, right, top) + _at(summed, left, top)
    return np.clip(whole, 0.0, 1.0)


def _shares(found: NDArray[np.float64]) -> NDArray[np.float64]:
    """What lies above the mean, as shares; even where nothing does.

    Half of a picture is below its mean: without this, what is large would stand out by its area.
    """
    above = np.maximum(found - found.mean(), 0)
    total = float(above.sum())
    return above / total if total > 1e-9 * found.size else np.full(found.shape, 1 / found.size)


def _difference(channels: NDArray[np.float32]) -> NDArray[np.float64]:
    """How far each pixel lies from the mean colour, in steps of Lab; below one step, which nobody sees, nothing."""
    away = cv2.GaussianBlur(channels, (0, 0), 1.0) - channels.mean(axis=(0, 1))
    return np.asarray(np.maximum(np.sqrt((away.astype(np.float64) ** 2).sum(axis=2)) - 1, 0))


def _residual(channel: NDArray[np.float32]) -> NDArray[np.float64]:
    """What a channel has beyond its own regularity, times how much it varies; 0 where it is flat."""
    spread = float(channel.std())
    if spread < 1:
        return np.zeros(channel.shape)
    spectrum = np.fft.fft2(channel)
    # A drawn picture has frequencies of nothing at all: their logarithm would drown the others.
    logarithm = np.log(np.abs(spectrum) + 0.01 * np.abs(spectrum).mean())
    smooth = cv2.blur(logarithm, (3, 3), borderType=cv2.BORDER_WRAP)
    found = np.abs(np.fft.ifft2(np.exp(logarithm - smooth + 1j * np.angle(spectrum)))) ** 2
    soft = cv2.GaussianBlur(found, (0, 0), 2.5)
    soft -= soft.min()
    return np.asarray(spread * soft / max(float(soft.max()), 1e-12), np.float64)


def _at(summed: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """The summed map at (x, y), between its knots by weight."""
    rows, columns = summed.shape
    x, y = np.clip(x, 0, columns - 1), np.clip(y, 0, rows - 1)
    across, down = np.minimum(x.astype(int), columns - 2), np.minimum(y.astype(int), rows - 2)
    right, low = x - across, y - down
    upper = summed[down, across] * (1 - right) + summed[down, across + 1] * right
    lower = summed[down + 1, across] * (1 - right) + summed[down + 1, across + 1] * right
    return np.asarray(upper * (1 - low) + lower * low)
