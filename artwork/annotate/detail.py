"""Fine detail of a frame: how sharp it is, how much of its softness is motion, how noisy."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from artwork.domain import Luma

Tiles = NDArray[np.float32]
"""(directions, rows, columns): mean squared luma difference of neighbouring pixels, per tile."""


SMALLEST = 3
"""Pixels per side below which a picture has no detail to measure."""


@dataclass(frozen=True, slots=True)
class DetailParams:
    """Settings of the detail measures.

    tile: pixels per side. reblur: sigma in pixels of the blur against which detail is compared. nominal_width:
    blur is counted in pixels of a picture of this width, so that a smaller still is not called sharper. floor:
    squared luma steps that a tile must keep after the blur to say anything: an edge of 12 steps through a tile.
    top_share: share of the telling tiles, sharpest first, that make the frame's sharpness: a close-up with a soft
    background is sharp. still_motion: mean change to the neighbours at which half of a directed blur counts as motion.
    """

    tile: int = 32
    reblur: float = 2.0
    nominal_width: int = 640
    floor: float = 0.6
    top_share: float = 0.15
    still_motion: float = 0.01


@dataclass(frozen=True, slots=True)
class Detail:
    """Measures of `detail`, each 0 to 1."""

    sharpness: float
    noise: float
    motion_blur: float


@dataclass(frozen=True, slots=True)
class Energy:
    """Squared steps of luma per tile, those of the grain taken off: before and after one more blur.

    grain: as `noise`. reblur: sigma of the blur, in pixels of a picture of the nominal width.
    """

    before: Tiles
    after: Tiles
    grain: float
    reblur: float


def detail(luma: Luma, motion: float, params: DetailParams | None = None, *, energy: Energy | None = None) -> Detail:
    """Sharpness, noise and motion blur of a picture.

    Blur is told from the picture itself: blurring once more takes much from a sharp edge and little from a soft one,
    whatever its contrast. For an edge of blur s, the squared steps fall by R = sqrt(s^2 + reblur^2) / s.

    sharpness: 1 / (1 + s) of the sharpest tiles, s in pixels of a 640 px wide picture: 0.5 at one pixel, 0.33 at
    two. A picture without any edge has sharpness 0. noise: `noise`. motion_blur: how much softer the picture is
    along one direction than across it, counted only as far as the film moves there; 0 for a still picture.

    Args:
        luma: (height, width) uint8.
        motion: mean change to the neighbouring frames, 0 to 1.
        params: `DetailParams()` when None.
        energy: `detail_energy(luma, params)`, where it is known.

    Source:
        Zhuo and Sim, "Defocus map estimation from a single image", 2011 (the ratio); Crete et al., "The blur effect",
        2007 (blurring again).
    """
    params = params or DetailParams()
    if min(luma.shape) < SMALLEST:
        return Detail(0.0, 0.0, 0.0)
    energy = energy or detail_energy(luma, params)
    before, after, grain, scale = energy.before, energy.after, energy.grain, energy.reblur
    telling = after[0] + after[1] > params.floor
    if not telling.any():
        return Detail(0.0, grain, 0.0)
    tiles = _sharpness((before[0] + before[1])[telling], (after[0] + after[1])[telling], scale)
    top = np.sort(tiles)[-max(1, round(params.top_share * len(tiles))) :]
    softest, sharpest = _extremes(before[:, telling].mean(axis=1), after[:, telling].mean(axis=1), scale)
    moving = motion / (motion + params.still_motion) if motion > 0 else 0.0
    return Detail(float(top.mean()), grain, (1 - softest / sharpest) * (1 - softest) * moving)


def sharpness_map(
    luma: Luma, params: DetailParams | None = None, *, energy: Energy | None = None
) -> NDArray[np.float32]:
    """(rows, columns) sharpness of each tile, as in `detail`; NaN where a tile has no edge that could tell."""
    params = params or DetailParams()
    if min(luma.shape) < SMALLEST:
        return np.full((1, 1), np.nan, np.float32)
    energy = energy or detail_energy(luma, params)
    before, after = energy.before, energy.after
    tiles = _sharpness(before[0] + before[1], after[0] + after[1], energy.reblur)
    tiles[after[0] + after[1] <= params.floor] = np.nan
    return tiles


def detail_energy(luma: Luma, params: DetailParams | None = None) -> Energy:
    """What `detail` and `sharpness_map` both start from.

    Args:
        luma: (height, width) uint8, both at least `SMALLEST`.
        params: `DetailParams()` when None.
    """
    params = params or DetailParams()
    grain = noise(luma)
    before = _steps(luma, params.tile)
    after = _steps(np.asarray(cv2.GaussianBlur(luma, (0, 0), params.reblur), np.uint8), params.tile)
    # Noise adds 2 sigma^2 to every squared step; the blur leaves next to nothing of it.
    before = np.maximum(before - 2 * (255 * grain) ** 2, 0)
    return Energy(before, after, grain, params.reblur * params.nominal_width / luma.shape[1])


def noise(luma: Luma) -> float:
    """Standard deviation of the grain, 0 to 1 scale (0.01 is visible).

    The Laplacian difference that Immerkaer uses answers to texture as well, so it is averaged over the quieter half
    of 16 px tiles only.

    Source:
        Immerkaer, "Fast noise variance estimation", 1996.
    """
    if min(luma.shape) < SMALLEST:
        return 0.0
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    answer = cv2.convertScaleAbs(cv2.filter2D(luma, cv2.CV_16S, mask))[1:-1, 1:-1]
    tiles = np.sort(_tiled(np.asarray(answer, np.uint8), 16).ravel())
    quiet = tiles[: max(1, len(tiles) // 2)]
    return min(1.0, float(np.sqrt(np.pi / 2) * quiet.mean() / 6) / 255)


def _steps(luma: Luma, tile: int) -> Tiles:
    """Squared differences along the rows, the columns and both diagonals, averaged over tiles."""
    pairs = (
        (luma[:-1, 1:], luma[:-1, :-1]),
        (luma[1:, :-1], luma[:-1, :-1]),
        (luma[1:, 1:], luma[:-1, :-1]),
        (luma[1:, :-1], luma[:-1, 1:]),
    )
    squares = []
    for one, other in pairs:
        step = cv2.absdiff(one, other)
        squares.append(_tiled(np.asarray(cv2.multiply(step, step, dtype=cv2.CV_16U), np.uint16), tile))
    return np.stack(squares)


def _tiled(plane: NDArray[np.uint8] | NDArray[np.uint16], tile: int) -> NDArray[np.float32]:
    """Mean over equal tiles of about `tile` pixels; a remainder at the lower and right edges is left out."""
    height, width = plane.shape
    rows, columns = max(1, round(height / tile)), max(1, round(width / tile))
    tall, wide = height // rows, width // columns
    strips = plane[: rows * tall].reshape(rows, tall, width).sum(axis=1, dtype=np.uint32)
    sums = strips[:, : columns * wide].reshape(rows, columns, wide).sum(axis=2)
    return np.asarray(sums / (tall * wide), np.float32)


def _extremes(before: Tiles, after: Tiles, reblur: float) -> tuple[float, float]:
    """Sharpness along the direction in which the picture is softest, and in which it is sharpest.

    The four measured directions, and those between them: the generalised eigenvalues of the two structure tensors.
    The diagonals differ by four times the mixed product of the gradient.
    """
    tensors = [
        np.array([[across, (falling - rising) / 4], [(falling - rising) / 4, down]], np.float64)
        for across, down, falling, rising in (before.tolist(), after.tolist())
    ]
    between = np.linalg.eigvals(np.linalg.solve(tensors[1] + 1e-6 * np.eye(2), tensors[0])).real
    gains = np.concatenate([before / np.maximum(after, 1e-6), np.maximum(between, 1)])
    sharpness = _sharpness(gains.astype(np.float32), np.ones(len(gains), np.float32), reblur)
    return float(sharpness.min()), float(sharpness.max())


def _sharpness(before: Tiles, after: Tiles, reblur: float) -> Tiles:
    """1 / (1 + s) where before / after = sqrt(s^2 + reblur^2) / s."""
    gain = np.maximum((before / np.maximum(after, 1e-6)) ** 2 - 1, 1e-6)
    return np.asarray(1 / (1 + reblur / np.sqrt(gain)), np.float32)
