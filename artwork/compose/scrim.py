"""A soft shade beneath letters, as weak as their contrast allows, that fades before it reaches a face."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, replace

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
    or of the foot of a poster, not like a smear. Towards a face it fades faster, so as to end before it; a shade that
    went on behind the face would give it a halo.

    Args:
        size: (width, height) of the canvas.
        block: which the shade is for.
        faces: none of which meets the block.
        params: for the feather.
    """
    core = _to_edges(size, block, faces, params.edge)
    reach = _reach(core, faces, max(params.feather * min(size), 1.0))
    across, down = np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5
    left, right = np.maximum(core.left - across, 0) / reach[0], np.maximum(across - core.right, 0) / reach[2]
    above, below = np.maximum(core.top - down, 0) / reach[1], np.maximum(down - core.bottom, 0) / reach[3]
    away = np.clip(1 - np.hypot((left + right)[None, :], (above + below)[:, None]), 0, 1)
    return np.asarray(away * away * (3 - 2 * away), np.float32)


def _to_edges(size: tuple[int, int], block: PixelBox, faces: Sequence[PixelBox], edge: float) -> PixelBox:
    """The block, drawn out to each edge of the canvas that is near, unless a face is in the way."""
    core = block
    for side, near, limit in (
        ("left", block.left, edge * size[0]),
        ("right", size[0] - block.right, edge * size[0]),
        ("top", block.top, edge * size[1]),
        ("bottom", size[1] - block.bottom, edge * size[1]),
    ):
        ends = {"left": 0, "right": size[0], "top": 0, "bottom": size[1]}
        longer = replace(core, **{side: ends[side]})
        if near <= limit and not any(_meet(longer, face) for face in faces):
            core = longer
    return core


def _reach(core: PixelBox, faces: Sequence[PixelBox], feather: float) -> list[float]:
    """How far the shade fades to the left, upwards, to the right and downwards, so that none falls on a face."""
    reach = [feather] * 4
    for face in faces:
        gaps = [core.left - face.right, core.top - face.bottom, face.left - core.right, face.top - core.bottom]
        side = max(range(4), key=gaps.__getitem__)
        reach[side] = max(1.0, min(reach[side], float(gaps[side])))
    return reach


def _meet(one: PixelBox, other: PixelBox) -> bool:
    across = one.left < other.right and other.left < one.right
    return across and one.top < other.bottom and other.top < one.bottom


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
    light = luminance(ground)
    if len(light) > 512:
        order = np.argpartition(light, (256, len(light) - 256))
        hardest = ground[np.concatenate([order[:256], order[-256:]])]
    else:
        hardest = ground
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
