"""Where each canvas cuts a frame: no head cut, little lost, and well placed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from artwork.compose.focus import Focus
from artwork.compose.framing import FramingParams, merit
from artwork.compose.loss import Column, heads_in, measure_loss
from artwork.compose.saliency import Edges
from artwork.compose.values import Canvas, CanvasRule, Crop, PixelBox


@dataclass(frozen=True, slots=True)
class CropParams:
    """What a crop may do.

    upscaling: most that a crop may be enlarged; softness of 1.25 times is not seen at the distance of a couch.
    zooms: sides of a crop as shares of the largest that fits; a closer crop must not cost a width of the `srcset`.
    steps: places tried along each side. alternatives: crops offered, the best first, for where a title finds no room.
    apart: how far two of them lie from each other, in sides of the crop. framing: what the best is chosen by.
    """

    upscaling: float = 1.25
    zooms: tuple[float, ...] = (1.0, 0.88, 0.76, 0.64)
    steps: int = 33
    alternatives: int = 6
    apart: float = 0.12
    framing: FramingParams = field(default_factory=FramingParams)

    def __post_init__(self) -> None:
        zooms = bool(self.zooms) and all(0 < zoom <= 1 for zoom in self.zooms)
        if self.upscaling < 1 or not zooms or min(self.steps, self.alternatives) < 1 or self.apart < 0:
            raise ValueError(
                "upscaling is at least 1, zooms are in (0, 1], steps and alternatives at least 1, apart at least 0, "
                f"not {self}"
            )


@dataclass(frozen=True, slots=True)
class CropRefusal:
    """Why no crop will do: the rule, what was measured, what the rule allows."""

    rule: CanvasRule
    value: float
    limit: float


def find_crops(focus: Focus, canvas: Canvas, params: CropParams | None = None) -> tuple[Crop, ...] | CropRefusal:
    """Crops of a frame for a canvas, the best first, none like another; or why there is none.

    Every crop lies inside the letterbox bars, has the canvas's aspect to the pixel, holds each head whole or not at
    all, and is not enlarged beyond the limit at its widths. With a focal point, the point lies in it; without one,
    the main head does.

    Args:
        focus: of the frame at full size.
        canvas: what it is cropped for.
        params: `CropParams()` when None.
    """
    params = params or CropParams()
    sizes = _sizes(focus, canvas, params)
    if not sizes:
        width, _ = _largest(focus, canvas)
        return CropRefusal(CanvasRule.UPSCALED, canvas.widths[0] / width, params.upscaling)
    edges = np.concatenate([_places(focus, size, params.steps) for size in sizes])
    whole, cut = heads_in(edges, focus)
    allowed = ~cut.any(axis=1)
    if focus.point is not None:
        x, y = focus.point[0] * focus.frame[0], focus.point[1] * focus.frame[1]
        inside = (edges[:, 0] <= x) & (x <= edges[:, 2]) & (edges[:, 1] <= y) & (y <= edges[:, 3])
        # A point on a letterbox bar lies in no crop: the nearest one is taken.
        allowed &= inside if inside.any() else True
    elif focus.heads:
        allowed &= whole[:, 0]
    if not allowed.any():
        best = float(whole.mean(axis=1).max()) if focus.heads else 0.0
        return CropRefusal(CanvasRule.HEAD_CUT, best, 1.0)
    edges = edges[allowed]
    merits = merit(edges, focus, params.framing)
    chosen = _distinct(edges, merits, params)
    return tuple(_crop(edges[place], float(merits[place]), focus, canvas, params) for place in chosen)


def _largest(focus: Focus, canvas: Canvas) -> tuple[int, int]:
    """(width, height) of the largest crop in the picture."""
    picture = focus.picture
    width = min(picture.width, int(picture.height * canvas.aspect))
    return max(1, width), max(1, min(picture.height, round(width / canvas.aspect)))


def _sizes(focus: Focus, canvas: Canvas, params: CropParams) -> list[tuple[int, int]]:
    """Sizes of crops, largest first, that reach as many widths as the largest does; none where that reaches none."""
    most, _ = _largest(focus, canvas)
    reached = len(_widths(most, canvas, params))
    sizes: list[tuple[int, int]] = []
    for zoom in params.zooms:
        width = max(1, round(most * zoom))
        if reached and len(_widths(width, canvas, params)) == reached:
            sizes.append((width, max(1, min(focus.picture.height, round(width / canvas.aspect)))))
    return sizes


def _widths(width: int, canvas: Canvas, params: CropParams) -> tuple[int, ...]:
    """The canvas's widths that a crop of this width can be brought to."""
    return tuple(each for each in canvas.widths if each <= params.upscaling * width)


def _places(focus: Focus, size: tuple[int, int], steps: int) -> Edges:
    """Crops of one size all over the picture, and where they just hold a head: (places, 4) in pixels of the frame."""
    picture = focus.picture
    heads = focus.in_pixels([head.box for head in focus.heads])
    point = focus.point or (0.5, 0.5)
    sides = []
    for side, (first, end) in enumerate(((picture.left, picture.right), (picture.top, picture.bottom))):
        even = np.linspace(first, end - size[side], steps)
        near, far = np.floor(heads[:, side]), np.ceil(heads[:, side + 2])
        middle = [point[side] * focus.frame[side] - size[side] / 2]
        every = np.rint(np.concatenate([even, middle, near, far, near - size[side], far - size[side]]))
        sides.append(np.unique(np.clip(every, first, end - size[side])))
    left, top = (each.ravel() for each in np.meshgrid(*sides))
    return np.stack([left, top, left + size[0], top + size[1]], axis=1)


def _distinct(edges: Edges, merits: Column, params: CropParams) -> list[int]:
    """The best crops, by falling merit, each some way from those before it; ties go to the larger, then by place."""
    order = np.lexsort((edges[:, 1], edges[:, 0], edges[:, 0] - edges[:, 2], -np.round(merits, 9)))
    chosen: list[int] = []
    while len(order) and len(chosen) < params.alternatives:
        first, order = int(order[0]), order[1:]
        chosen.append(first)
        side = edges[first, 2] - edges[first, 0], edges[first, 3] - edges[first, 1]
        moved = np.abs(edges[order] - edges[first]) / (*side, *side)
        order = order[moved.max(axis=1) >= params.apart]
    return chosen


def _crop(edges: Column, merit: float, focus: Focus, canvas: Canvas, params: CropParams) -> Crop:
    left, top, right, bottom = (int(edge) for edge in edges)
    pixels = PixelBox(left, top, right, bottom)
    widths = _widths(pixels.width, canvas, params)
    return Crop(canvas.name, pixels, focus.frame, widths, measure_loss(pixels, focus, widths[-1]), merit)
