"""A face cut out of its still: upright and of one size, and what the person wears below it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from artwork.domain import Face, Rgb

SIDE = 112
"""Pixels across of an aligned face, as face networks take it."""
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""Where the eyes, the nose and the corners of the mouth of an aligned face lie, in pixels, left to right.

Source:
    Deng et al., "ArcFace: Additive angular margin loss for deep face recognition", 2019: the alignment that face
    networks since then were trained with.
"""
BOX_SHARE = 0.86
"""Share of an aligned face's side that a detector's box is high: the middle of what YuNet's boxes give, aligned by
landmarks (measured: 0.79 to 0.93 over 110 faces of three films)."""


def aligned(still: Rgb, face: Face, side: int = SIDE, zoom: float = 1.0) -> Rgb:
    """(side, side, 3) uint8: the face upright, its eyes where those of every other are.

    Args:
        still: (height, width, 3) uint8, RGB.
        face: in the still; where its detector gave no landmarks the box is taken as it stands.
        side: pixels across.
        zoom: 1 shows the face alone; less shows more of what is around it.
    """
    turn = _to_template(face, still.shape[1], still.shape[0])
    scale = side / SIDE * zoom
    shift = side / 2 - scale * SIDE / 2
    matrix = turn * scale + np.array([[0, 0, shift], [0, 0, shift]])
    # Far larger faces are averaged before they are cut: the warp itself only looks at four pixels.
    shrink = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if shrink < 0.5:
        still = np.asarray(
            cv2.resize(still, None, fx=2 * shrink, fy=2 * shrink, interpolation=cv2.INTER_AREA), np.uint8
        )
        matrix = matrix @ np.diag([1 / (2 * shrink), 1 / (2 * shrink), 1.0])
    found = cv2.warpAffine(still, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.uint8)


def clothes(still: Rgb, face: Face) -> Rgb | None:
    """What lies below the chin: two faces wide, one and a half high, as far as it is in the frame; None for too little.

    Args:
        still: (height, width, 3) uint8, RGB.
        face: in the still.
    """
    height, width = still.shape[:2]
    box = face.box
    chin, tall = (box.top + 1.15 * box.height) * height, box.height * height
    middle, half = box.centre[0] * width, 0.5 * (box.width + 0.8 * box.height * height / width) * width
    top, bottom = round(chin), round(min(height, chin + 1.5 * tall))
    left, right = round(max(0, middle - half)), round(min(width, middle + half))
    if bottom - top < max(4, 0.3 * tall) or right - left < 4:
        return None
    return still[top:bottom, left:right]


def _to_template(face: Face, width: int, height: int) -> NDArray[np.float64]:
    """(2, 3): what brings the still's pixels to those of the aligned face; turns and scales, never shears."""
    if len(face.landmarks) == len(TEMPLATE):
        points = np.array(face.landmarks) * (width, height)
        given, wanted = points @ (1, 1j), TEMPLATE @ (1, 1j)
        middle, goal = given.mean(), wanted.mean()
        spread = float(np.sum(np.abs(given - middle) ** 2))
        if spread > 0:
            # The least squares similarity of points in the plane is one complex factor.
            factor = np.sum((wanted - goal) * np.conj(given - middle)) / spread
            offset = goal - factor * middle
            return np.array([[factor.real, -factor.imag, offset.real], [factor.imag, factor.real, offset.imag]])
    scale = BOX_SHARE * SIDE / max(1e-6, face.box.height * height)
    x, y = face.box.centre
    return np.array([[scale, 0.0, SIDE / 2 - scale * x * width], [0.0, scale, SIDE / 2 - scale * y * height]])
