"""Where on a canvas a title finds room: inside the safe area, off heads and text, on quiet ground."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from artwork.compose.contrast import luminance
from artwork.compose.saliency import salience
from artwork.compose.values import Canvas, PixelBox
from artwork.domain import Rgb

STRIDE = 2
"""Cells from one place that is tried to the next."""
EVEN = 1.5
"""Times an even share of what stands out that count as nothing: the pull to the middle alone gives 1.4."""
Sums = NDArray[np.float64]
"""(rows + 1, columns + 1) summed area table."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A canvas before the title comes on it.

    Attributes:
        pixels: (height, width, 3) uint8.
        canvas: what it is.
        heads: whole heads on it, in its pixels: the title keeps off them.
        faces: the faces alone: no shade falls on them.
        text: in-frame text on it, in its pixels.
    """

    pixels: Rgb
    canvas: Canvas
    heads: tuple[PixelBox, ...] = ()
    faces: tuple[PixelBox, ...] = ()
    text: tuple[PixelBox, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.pixels.shape[1], self.pixels.shape[0]


@dataclass(frozen=True, slots=True)
class RoomParams:
    """How large a title wants to be, and what ground it likes.

    side: cells of the longer side of the grid on which room is sought. area: share of the canvas that a title covers
    at best. largest, smallest: height of a letter's line, as shares of the canvas's shorter side; below `smallest`
    letters cannot be read on the narrowest width. logo_smallest: the same for a logo's height.
    gap: room kept from heads and text, in shares of the shorter side.
    busy: mean luma gradient, of 255, that counts as fully busy; foliage has 7 to 8, clear sky 0.5.
    striking: how many times as much as an even share of what stands out counts as fully standing out.

    Weights, fitted by eye on sheets of the sample films.
    quiet_weight: of quiet ground.
    size_weight: of the title's size.
    dark_weight: of dark ground: bright ground needs more shade.
    place_weight: of the distance from the places where titles usually stand.
    salient_weight: of keeping off what stands out: an animal, a thing, somebody seen from behind.
    body_weight: of keeping off bodies: below each head, twice as wide as it and four times as high.
    """

    side: int = 160
    area: float = 0.1
    largest: float = 0.2
    smallest: float = 0.075
    logo_smallest: float = 0.1
    gap: float = 0.035
    busy: float = 8.0
    striking: float = 3.0
    quiet_weight: float = 1.0
    size_weight: float = 0.9
    dark_weight: float = 0.5
    place_weight: float = 0.7
    salient_weight: float = 1.6
    body_weight: float = 0.8

    def __post_init__(self) -> None:
        if self.side < 8 or not 0 < self.smallest <= self.largest or self.striking <= EVEN or self.busy <= 0:
            raise ValueError(
                f"side is at least 8, smallest at most largest, striking above {EVEN}, busy above 0, not {self}"
            )


@dataclass(frozen=True, slots=True)
class Shape:
    """A block that wants room: its width and height in pixels of the canvas, and what it is worse by than others."""

    width: float
    height: float
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a block finds room: which shape, its top left corner in pixels of the canvas, and how good it is."""

    shape: int
    left: float
    top: float
    merit: float


def find_room(ground: Ground, shapes: Sequence[Shape], params: RoomParams | None = None) -> tuple[Spot, ...]:
    """The best places for the shapes, the best first, at most one in each part of the canvas; none where none fits.

    Args:
        ground: the canvas without the title.
        shapes: to choose from; one without ink finds no room.
        params: `RoomParams()` when None.
    """
    params = params or RoomParams()
    floor = _floor(ground, params)
    best: dict[tuple[int, int], Spot] = {}
    for number, shape in enumerate(shapes):
        for part, found in _best_of(number, shape, floor, ground.canvas.safe_area, params):
            if part not in best or found.merit > best[part].merit + 1e-9:
                best[part] = found
    return tuple(sorted(best.values(), key=lambda spot: (-spot.merit, spot.shape, spot.top, spot.left)))


@dataclass(frozen=True, slots=True)
class _Floor:
    """A canvas on a grid: summed tables of what is busy, light, striking, taken, a body; pixels of a cell."""

    busy: Sums
    light: Sums
    striking: Sums
    taken: Sums
    bodies: Sums
    step: tuple[float, float]


def _floor(ground: Ground, params: RoomParams) -> _Floor:
    width, height = ground.size
    cell = max(width, height) / params.side
    size = max(1, round(width / cell)), max(1, round(height / cell))
    small = np.asarray(cv2.resize(np.ascontiguousarray(ground.pixels), size, interpolation=cv2.INTER_AREA), np.uint8)
    step = (width / size[0], height / size[1])
    return _Floor(
        busy=_summed(_busyness(small, params.busy)),
        light=_summed(luminance(small)),
        striking=_summed(_striking(small, params.striking)),
        taken=_summed(_taken([*ground.heads, *ground.text], size, step, params.gap * min(width, height))),
        bodies=_summed(_taken([_body(head) for head in ground.heads], size, step, 0.0)),
        step=step,
    )


def _body(head: PixelBox) -> PixelBox:
    """Where the body of a head is, if it stands upright."""
    half = head.width // 2
    return PixelBox(max(0, head.left - half), head.top, head.right + half, head.bottom + 4 * head.height)


def _striking(small: NDArray[np.uint8], most: float) -> NDArray[np.float64]:
    found = salience(small)
    dense = cv2.resize(found * found.size, small.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.clip((np.asarray(dense, np.float64) - EVEN) / (most - EVEN), 0.0, 1.0)


def _best_of(
    number: int, shape: Shape, floor: _Floor, safe_area: float, params: RoomParams
) -> Iterator[tuple[tuple[int, int], Spot]]:
    """The best place of a shape in each part of the canvas: thirds of it, across and down, by the block's middle."""
    step = floor.step
    rows, columns = (count - 1 for count in floor.busy.shape)
    wide, tall = int(np.ceil(shape.width / step[0])) + 1, int(np.ceil(shape.height / step[1])) + 1
    edge_x, edge_y = (1 - safe_area) / 2 * columns, (1 - safe_area) / 2 * rows
    first_x, last_x = int(np.ceil(edge_x)), int(np.floor(columns - edge_x)) - wide
    first_y, last_y = int(np.ceil(edge_y)), int(np.floor(rows - edge_y)) - tall
    if last_x < first_x or last_y < first_y or min(shape.width, shape.height) <= 0:
        return
    top, left = np.mgrid[first_y : last_y + 1 : STRIDE, first_x : last_x + 1 : STRIDE]
    tables = (floor.busy, floor.light, floor.striking, floor.taken, floor.bodies)
    busy, light, striking, full, bodies = (_mean(table, left, top, wide, tall) for table in tables)
    x, y = (left + wide / 2) / columns, (top + tall / 2) / rows
    # A title grows with the root of its area: half the side is as far from what is wanted as twice the side.
    share = shape.width * shape.height / (rows * step[1] * columns * step[0])
    merit = -params.size_weight * abs(np.log2(share / params.area)) / 2
    merit -= shape.cost
    merit = merit - params.quiet_weight * busy - params.dark_weight * light
    merit = merit - params.body_weight * bodies - params.salient_weight * striking
    merit = merit - params.place_weight * _strangeness(x, y, columns * step[0] / (rows * step[1]))
    merit = np.where(full > 1e-9, -np.inf, merit)
    slack_x, slack_y = wide * step[0] - shape.width, tall * step[1] - shape.height
    parts = np.minimum((3 * y).astype(int), 2) * 3 + np.minimum((3 * x).astype(int), 2)
    for part in np.unique(parts).tolist():
        mine = np.where(parts == part, merit, -np.inf)
        place = int(mine.argmax())
        if np.isfinite(mine.flat[place]):
            corner = left.flat[place] * step[0] + slack_x / 2, top.flat[place] * step[1] + slack_y / 2
            yield divmod(part, 3), Spot(number, float(corner[0]), float(corner[1]), float(mine.flat[place]))


def _strangeness(x: NDArray[np.float64], y: NDArray[np.float64], aspect: float) -> NDArray[np.float64]:
    """0 where titles usually stand, growing with the distance, in sides of the canvas.

    On a wide canvas at the lower left, then the lower middle and right, then the upper corners; on a tall or square
    one in the middle of the lower part, then of the upper.
    """
    usual = (
        ((0.28, 0.76, 0.0), (0.5, 0.8, 0.06), (0.72, 0.76, 0.06), (0.28, 0.28, 0.12), (0.72, 0.28, 0.12))
        if aspect > 1.2
        else ((0.5, 0.84, 0.0), (0.5, 0.14, 0.1))
    )
    return np.asarray(np.min([np.hypot(x - across, y - down) + cost for across, down, cost in usual], axis=0))


def _busyness(small: NDArray[np.uint8], busy: float) -> NDArray[np.float64]:
    luma = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    across = cv2.Sobel(luma, cv2.CV_32F, 1, 0, scale=0.125)
    down = cv2.Sobel(luma, cv2.CV_32F, 0, 1, scale=0.125)
    return np.minimum(np.asarray(cv2.magnitude(across, down), np.float64) / busy, 1.0)


def _taken(
    boxes: Sequence[PixelBox], size: tuple[int, int], step: tuple[float, float], gap: float
) -> NDArray[np.float64]:
    grid = np.zeros((size[1], size[0]))
    for box in boxes:
        left, right = int((box.left - gap) // step[0]), int(np.ceil((box.right + gap) / step[0]))
        top, bottom = int((box.top - gap) // step[1]), int(np.ceil((box.bottom + gap) / step[1]))
        grid[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = 1
    return grid


def _summed(grid: NDArray[np.float64] | NDArray[np.float32]) -> Sums:
    return np.pad(grid.astype(np.float64).cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))


def _mean(table: Sums, left: NDArray[np.int64], top: NDArray[np.int64], wide: int, tall: int) -> NDArray[np.float64]:
    whole = table[top + tall, left + wide] - table[top, left + wide] - table[top + tall, left] + table[top, left]
    return np.asarray(whole / (wide * tall))
