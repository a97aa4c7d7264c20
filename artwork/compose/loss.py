"""What a crop leaves out of a frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from artwork.compose.focus import Focus
from artwork.compose.saliency import Edges, held
from artwork.compose.values import CropLoss, PixelBox

Column = NDArray[np.float64]
"""(crops,) float64."""


def measure_loss(pixels: PixelBox, focus: Focus, width: int) -> CropLoss:
    """What a crop leaves out when its widest rendition has `width` pixels."""
    edges = np.array([[pixels.left, pixels.top, pixels.right, pixels.bottom]], np.float64)
    whole, _ = heads_in(edges, focus)
    _, cut = text_in(edges, focus)
    return CropLoss(
        faces_kept=float(whole.mean()) if focus.heads else 1.0,
        saliency_kept=float(held(focus.salient, in_picture(edges, focus))[0]),
        text_cut=float(cut[0]),
        upscaling=width / pixels.width,
    )


def heads_in(edges: Edges, focus: Focus) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(crops, heads): whether each crop holds a head whole; and whether it cuts it."""
    heads = focus.in_pixels([head.box for head in focus.heads])
    # A crop has whole pixels: a fraction of a pixel at the edge of the picture is not a cut.
    slack = 1e-6 * max(focus.frame)
    first, upper, last, lower = (edges[:, [side]] for side in range(4))
    left, top, right, bottom = heads.T
    whole = (left >= first - slack) & (right <= last + slack) & (top >= upper - slack) & (bottom <= lower + slack)
    met = (left < last - slack) & (right > first + slack) & (top < lower - slack) & (bottom > upper + slack)
    return whole, met & ~whole


def text_in(edges: Edges, focus: Focus) -> tuple[Column, Column]:
    """(crops,): share of the crop under text; and share of the text, by area, in lines that the crop cuts."""
    left, top, right, bottom = focus.in_pixels(focus.text).T
    across = np.minimum(right, edges[:, [2]]) - np.maximum(left, edges[:, [0]])
    down = np.minimum(bottom, edges[:, [3]]) - np.maximum(top, edges[:, [1]])
    inside = np.maximum(across, 0) * np.maximum(down, 0)
    own = (right - left) * (bottom - top)
    cut = np.where((inside > 0.01 * own) & (inside < 0.99 * own), own, 0.0).sum(axis=1) / max(own.sum(), 1e-9)
    area = (edges[:, 2] - edges[:, 0]) * (edges[:, 3] - edges[:, 1])
    return np.minimum(inside.sum(axis=1) / area, 1.0), np.minimum(cut, 1.0)


def in_picture(edges: Edges, focus: Focus) -> Edges:
    """Edges in pixels of the frame as fractions of the picture."""
    picture = focus.picture
    size = np.array([picture.width, picture.height, picture.width, picture.height])
    return np.asarray((edges - [picture.left, picture.top, picture.left, picture.top]) / size)
