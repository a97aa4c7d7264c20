"""A soft shade beneath letters, as weak as their contrast allows, that fades before it reaches a face."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from artwork.compose.contrast import luminance, ratio
from artwork.compose.values import PixelBox
from artwork.domain import Rgb

Field = NDArray[np.float32]
"""(height, width) float32: how much of the shade falls on each pixel, 0 to 1."""
STEPS = 64
"""Strengths that are tried: finer than the eye tells apart."""


@dataclass(frozen=True, slots=True)
class ScrimParams:
    """Settings of the shade.

    feather: how far it takes to fade, in shares of the canvas's shorter side. edge: a block this near to an edge, in
    shares of the side across it, is shaded on to the edge. strongest: above this the picture is gone, and the
    title is refused there. dark, light: grey of the shade beneath light and beneath dark letters.
    """

    feather: float = 0.4
    edge: float = 0.2
    strongest: float = 0.85
    dark: int = 8
    light: int = 250


def shade_field(size: tuple[int, int], block: PixelBox, faces: Sequence[PixelBox], params: ScrimParams) -> Field:
    """1 on the block, fading around it, 0 on every face.

    A block near an edge of the canvas is shaded on to that edge: so the shade looks like the falling light of a corner
    or of the foot of a poster, not like a smear.

    Args:
        size: (width, height) of the canvas.
        block: which the shade is for.
        faces: none of which meets the block.
        params: for the feather.
    """
    width, height = size
    near_x, near_y = params.edge * width, params.edge * height
    core = PixelBox(
        0 if block.left <= near_x else block.left,
        0 if block.top <= near_y else block.top,
        width if width - block.right <= near_x else block.right,
        height if height - block.bottom <= near_y else block.bottom,
    )
    field = _smooth(1 - _distance(size, [core]) / max(params.feather * min(width, height), 1.0))
    if faces:
        near = _distance(size, faces)
        gap = float(near[block.top : block.bottom, block.left : block.right].min())
        field = field * _smooth(near / max(gap, 1.0))
    return np.asarray(field, np.float32)


def weakest(ground: Rgb, letters: float, shade: int, wanted: float, strongest: float) -> float | None:
    """The least strength of a shade with which every pixel reaches the ratio; None where none does.

    Args:
        ground: (count, 3) uint8: the pixels beneath and beside the letters.
        letters: relative luminance of the letters.
        shade: grey of the shade, 0 to 255.
        wanted: the smallest ratio.
        strongest: most that is tried.
    """
    # The darkest and the lightest decide; a few hundred of each, since a shade can change their order a little.
    order = np.argsort(luminance(ground), kind="stable")
    hardest = ground[np.concatenate([order[:256], order[-256:]])]
    most = int(strongest * STEPS)
    step = bisect.bisect_left(
        range(most + 1),
        wanted,
        key=lambda step: float(ratio(luminance(shaded(hardest, step / STEPS, shade)), letters).min()),
    )
    return step / STEPS if step <= most else None


def shaded(pixels: Rgb, strength: NDArray[np.float32] | float, shade: int) -> Rgb:
    """The pixels under a grey shade of this strength (one for all, or one for each)."""
    share = np.asarray(strength, np.float32)
    return np.asarray(pixels + (shade - pixels.astype(np.float32)) * share + 0.5, np.uint8)


def _distance(size: tuple[int, int], boxes: Sequence[PixelBox]) -> Field:
    """Pixels to the nearest of the boxes; 0 on them."""
    away = np.ones((size[1], size[0]), np.uint8)
    for box in boxes:
        away[box.top : box.bottom, box.left : box.right] = 0
    return np.asarray(cv2.distanceTransform(away, cv2.DIST_L2, 3), np.float32)


def _smooth(values: Field) -> Field:
    clipped = np.clip(values, 0, 1)
    return np.asarray(clipped * clipped * (3 - 2 * clipped), np.float32)
