"""What matters in a frame: whole heads and where they look, text, what stands out, and what a reviewer points at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from artwork.compose.saliency import Map, salience
from artwork.compose.values import PixelBox
from artwork.domain import WHOLE_FRAME, Box, Face, FrameAnnotation, Rgb

Point = tuple[float, float]
"""(x, y) in fractions of the frame."""


@dataclass(frozen=True, slots=True)
class FocusParams:
    """How faces become heads, and where the bars end.

    above, below, beside: what a head has beyond the box of its face, in heights and widths of the box. A face box
    reaches from the brows to the chin, two thirds of a head by the canon of drawing; hair takes more above, a chin that
    is raised some below, ears and hair beside.
    bar: brightest luma of a row of a letterbox bar that the measured picture still holds (16 is the black of video).
    bar_reach: share of the frame, from each edge of the measured picture, in which such rows are looked for.
    """

    above: float = 0.45
    below: float = 0.12
    beside: float = 0.2
    bar: int = 24
    bar_reach: float = 0.02


@dataclass(frozen=True, slots=True)
class Head:
    """A whole head, hair and chin included, cut to the picture.

    Attributes:
        box: in fractions of the frame.
        face: the box of the face alone, likewise.
        eyes: (x, y) between the eyes, in fractions of the frame.
        gaze: where the face is turned: -1 left of the picture, 0 to the camera, 1 right.
        weight: how much the head counts, the largest 1.
    """

    box: Box
    face: Box
    eyes: Point
    gaze: float
    weight: float


@dataclass(frozen=True, slots=True)
class Focus:
    """What matters in a frame.

    Attributes:
        frame: (width, height) in pixels.
        picture: the part inside the letterbox bars, by whole pixels: no row or column of it is a bar.
        heads: in the order of the faces, largest first.
        text: boxes of lines, in fractions of the frame, cut to the picture.
        salient: over the picture.
        point: what a reviewer points at; None where nobody did.
    """

    frame: tuple[int, int]
    picture: PixelBox
    heads: tuple[Head, ...]
    text: tuple[Box, ...]
    salient: Map
    point: Point | None = None

    def in_pixels(self, boxes: Sequence[Box]) -> NDArray[np.float64]:
        """(boxes, 4) left, top, right, bottom in pixels of the frame."""
        rows = [(box.left, box.top, box.left + box.width, box.top + box.height) for box in boxes]
        return np.array(rows, np.float64).reshape(-1, 4) * (*self.frame, *self.frame)


def find_focus(
    pixels: Rgb, annotation: FrameAnnotation, point: Point | None = None, params: FocusParams | None = None
) -> Focus:
    """What matters in a frame at full size.

    Args:
        pixels: (height, width, 3) uint8, RGB, letterbox included.
        annotation: of the same frame, at any size.
        point: a reviewer's focal point, in fractions of the frame.
        params: `FocusParams()` when None.

    Raises:
        ValueError: the point does not lie in the frame.
    """
    params = params or FocusParams()
    if point is not None and not (0 <= point[0] <= 1 and 0 <= point[1] <= 1):
        raise ValueError(f"focal point {point} does not lie in the frame: give fractions of its sides")
    height, width = pixels.shape[:2]
    picture = picture_pixels(pixels, annotation.compositional.picture, params)
    seen = Box(picture.left / width, picture.top / height, picture.width / width, picture.height / height)
    faces = [face for face in annotation.contextual.faces if (part := _within(face.box, seen)) and part.area > 0]
    largest = max((face.box.area for face in faces), default=0.0)
    text = [part for box in annotation.contextual.text if (part := _within(box, seen)) is not None]
    return Focus(
        frame=(width, height),
        picture=picture,
        heads=tuple(_head(face, seen, largest, params) for face in faces),
        text=tuple(text),
        salient=salience(pixels[picture.top : picture.bottom, picture.left : picture.right]),
        point=point,
    )


def picture_pixels(pixels: Rgb, picture: Box = WHOLE_FRAME, params: FocusParams | None = None) -> PixelBox:
    """The picture inside the bars, to the pixel: measured at analysis size it may still hold a row or two of them.

    A dark picture is not eaten up: rows are only taken away next to an edge that bars were found at, and no further
    than `bar_reach`.

    Args:
        pixels: the frame at full size.
        picture: the part inside the bars as it was measured, in fractions of the frame.
        params: `FocusParams()` when None.
    """
    params = params or FocusParams()
    height, width = pixels.shape[:2]
    left, top = min(round(picture.left * width), width - 1), min(round(picture.top * height), height - 1)
    right = min(width, max(left + 1, round((picture.left + picture.width) * width)))
    bottom = min(height, max(top + 1, round((picture.top + picture.height) * height)))
    luma = cv2.cvtColor(np.ascontiguousarray(pixels[top:bottom, left:right]), cv2.COLOR_RGB2GRAY)
    down, across = round(params.bar_reach * height), round(params.bar_reach * width)
    # A single bright pixel of codec noise does not make a bar a picture: the 98th percentile of a row speaks for it.
    rows = np.percentile(luma, 98, axis=1) > params.bar
    columns = np.percentile(luma, 98, axis=0) > params.bar
    return PixelBox(
        left + (_leading(columns, across) if left > 0 else 0),
        top + (_leading(rows, down) if top > 0 else 0),
        right - (_leading(columns[::-1], across) if right < width else 0),
        bottom - (_leading(rows[::-1], down) if bottom < height else 0),
    )


def _leading(lit: NDArray[np.bool_], reach: int) -> int:
    """How many lines of a bar come first; the line on which bar and picture are blended goes with them.

    0 where none comes, or where the dark reaches further than a badly measured bar would: then it is the picture.
    """
    dark = int(lit.argmax()) if lit.any() else len(lit)
    if dark > reach or dark + 1 >= len(lit):
        return 0
    return dark + 1


def _head(face: Face, seen: Box, largest: float, params: FocusParams) -> Head:
    box = face.box
    whole = _within_edges(
        box.left - params.beside * box.width,
        box.top - params.above * box.height,
        box.left + (1 + params.beside) * box.width,
        box.top + (1 + params.below) * box.height,
        seen,
    )
    eyes = (box.centre[0], box.top + 0.35 * box.height)
    if len(face.landmarks) >= 3:
        (right_x, right_y), (left_x, left_y) = face.landmarks[:2]
        eyes = ((right_x + left_x) / 2, (right_y + left_y) / 2)
    return Head(
        whole or box, _within(box, seen) or box, eyes, _gaze(face), (box.area / largest) ** 0.5 if largest > 0 else 1.0
    )


def _gaze(face: Face) -> float:
    """Where the nose points beside the middle of the eyes, in sixths of the face's width; 0 without landmarks.

    A sixth is about a turn of 45 degrees: the nose stands out from the eyes by a quarter of a face's width.
    """
    if len(face.landmarks) < 3 or face.box.width <= 0:
        return 0.0
    (right, _), (left, _), (nose, _) = face.landmarks[:3]
    return float(np.clip(6 * (nose - (right + left) / 2) / face.box.width, -1, 1))


def _within(box: Box, seen: Box) -> Box | None:
    return _within_edges(box.left, box.top, box.left + box.width, box.top + box.height, seen)


def _within_edges(left: float, top: float, right: float, bottom: float, seen: Box) -> Box | None:
    """The part of a rectangle inside the picture; None where they do not meet."""
    left, top = max(left, seen.left), max(top, seen.top)
    right, bottom = min(right, seen.left + seen.width), min(bottom, seen.top + seen.height)
    if right <= left or bottom <= top:
        return None
    return Box(left, top, min(right - left, 1 - left), min(bottom - top, 1 - top))
