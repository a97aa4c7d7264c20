"""The part of a still inside the letterbox bars, the way back from it to the whole frame, and its smaller copies."""

from __future__ import annotations

import cv2
import numpy as np

from artwork.domain import Box, Luma, Rgb

MIN_SIDE = 16
"""Pixels. A picture smaller than this cannot be measured; the whole still is taken instead."""


def inside(still: Rgb, picture: Box) -> Rgb:
    """A view of the still without its letterbox bars; the whole still where the picture is too small to measure.

    Args:
        still: (height, width, 3) uint8.
        picture: the part inside the bars, in fractions of the frame.
    """
    height, width = still.shape[:2]
    top, bottom = round(picture.top * height), round((picture.top + picture.height) * height)
    left, right = round(picture.left * width), round((picture.left + picture.width) * width)
    if bottom - top < min(MIN_SIDE, height) or right - left < min(MIN_SIDE, width):
        return still
    return still[top:bottom, left:right]


def to_frame(box: Box, picture: Box) -> Box:
    """A box measured inside the picture, as a box of the whole frame."""
    return clipped(
        picture.left + box.left * picture.width,
        picture.top + box.top * picture.height,
        picture.left + (box.left + box.width) * picture.width,
        picture.top + (box.top + box.height) * picture.height,
    )


def to_picture(box: Box, picture: Box) -> Box:
    """A box of the whole frame, as a box of the picture; what lies on the bars is cut off."""
    width, height = max(picture.width, 1e-9), max(picture.height, 1e-9)
    return clipped(
        (box.left - picture.left) / width,
        (box.top - picture.top) / height,
        (box.left + box.width - picture.left) / width,
        (box.top + box.height - picture.top) / height,
    )


def clipped(left: float, top: float, right: float, bottom: float) -> Box:
    """The box with these edges, cut to the frame."""
    left, right = np.clip([left, right], 0.0, 1.0).tolist()
    top, bottom = np.clip([top, bottom], 0.0, 1.0).tolist()
    return Box(left, top, max(0.0, right - left), max(0.0, bottom - top))


def grey(pixels: Rgb) -> Luma:
    """(height, width) luma of the pixels, by the weights of BT.601, as JPEG has them."""
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY), np.uint8)


def shrunk(pixels: Rgb, side: int) -> Rgb:
    """The pixels, colour or luma, averaged so that the longer side has at most `side`; never enlarged."""
    height, width = pixels.shape[:2]
    factor = side / max(height, width)
    if factor >= 1:
        return pixels
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
