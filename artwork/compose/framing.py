"""How well a crop serves a frame: what it keeps and how it is built."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artwork.compose.focus import Focus, Head
from artwork.compose.loss import Column, heads_in, in_picture, text_in
from artwork.compose.saliency import Edges, held

THIRDS = (1 / 3, 1 / 2, 2 / 3)
"""Where a subject stands well along a side: on a third, or in the middle."""
EYES = 0.38
"""Where eyes stand well, in heights of the crop from its top: near the upper third, hair above."""


@dataclass(frozen=True, slots=True)
class FramingParams:
    """Weights of what is wished for in a crop, each measured 0 to 1; fitted by eye on sheets of the sample films.

    faces: share of the faces kept, by size. saliency: share kept. size: height of the main head.
    head: share of the crop's height from which on that is best. text: seen in the crop. text_cut: in lines that the
    crop cuts. placement: of the eyes or the subject. edge: a head near an edge. margin: share of a side that is near.
    point: distance from a reviewer's focal point; it outweighs all others.
    """

    faces: float = 2.0
    saliency: float = 1.0
    size: float = 0.8
    head: float = 0.4
    text: float = 0.6
    text_cut: float = 1.0
    placement: float = 0.8
    edge: float = 0.3
    margin: float = 0.03
    point: float = 10.0


def merit(edges: Edges, focus: Focus, params: FramingParams) -> Column:
    """(crops,) how well each crop serves; comparable within one frame and one aspect.

    Args:
        edges: in pixels of the frame.
        focus: what matters in the frame.
        params: the weights.
    """
    whole, _ = heads_in(edges, focus)
    seen, cut = text_in(edges, focus)
    total = params.saliency * held(focus.salient, in_picture(edges, focus))
    total -= params.text * np.sqrt(seen) + params.text_cut * cut
    if focus.heads:
        weights = np.array([head.weight for head in focus.heads])
        total += params.faces * (whole @ weights) / weights.sum()
        main = focus.heads[0].box.height * focus.frame[1] / (edges[:, 3] - edges[:, 1])
        total += params.size * np.minimum(1, main / params.head) * whole[:, 0]
        total -= params.edge * _crowding(edges, whole, focus, params.margin)
    if focus.point is not None:
        return np.asarray(total - params.point * _distance(edges, focus))
    return np.asarray(total - params.placement * _misplacement(edges, whole, focus))


def _place_in(edges: Edges, x: Column | float, y: Column | float) -> tuple[Column, Column]:
    """(crops,) where a point of the frame, in pixels, lies in each crop, in fractions of it."""
    across = (x - edges[:, 0]) / (edges[:, 2] - edges[:, 0])
    return across, (y - edges[:, 1]) / (edges[:, 3] - edges[:, 1])


def _distance(edges: Edges, focus: Focus) -> Column:
    """(crops,) how far the focal point lies from the crop's middle, in its sides."""
    point = focus.point or (0.5, 0.5)
    across, down = _place_in(edges, point[0] * focus.frame[0], point[1] * focus.frame[1])
    return np.asarray(np.hypot(across - 0.5, down - 0.5))


def _crowding(edges: Edges, whole: NDArray[np.bool_], focus: Focus, margin: float) -> Column:
    """(crops,) 1 where a head that is kept touches an edge inside the picture, 0 from the margin on."""
    picture = focus.picture
    limits = np.array([picture.left, picture.top, picture.right, picture.bottom])
    wide, tall = edges[:, [2]] - edges[:, [0]], edges[:, [3]] - edges[:, [1]]
    near = np.zeros((len(edges), len(focus.heads)))
    heads = focus.in_pixels([head.box for head in focus.heads])
    for side, length in enumerate((wide, tall, wide, tall)):
        # At the edge of the picture the camera has cut, not the crop.
        inner = edges[:, [side]] != limits[side]
        near = np.maximum(near, inner * np.clip(1 - np.abs(heads[:, side] - edges[:, [side]]) / length / margin, 0, 1))
    return np.asarray((near * whole * [head.weight for head in focus.heads]).max(axis=1))


def _misplacement(edges: Edges, whole: NDArray[np.bool_], focus: Focus) -> Column:
    """(crops,) how far the subject lies from where it would stand best, in sides of the crop.

    Without heads the subject is the middle of what stands out in the picture.
    """
    if not focus.heads:
        across, down = _place_in(edges, *_salient_middle(focus))
        return np.asarray(np.hypot(_nearest(across, THIRDS), _nearest(down, THIRDS)))
    kept = whole * np.array([head.weight for head in focus.heads])
    kept /= np.maximum(kept.sum(axis=1, keepdims=True), 1e-9)
    eyes = np.array([head.eyes for head in focus.heads]) * focus.frame
    across, down = _place_in(edges, kept @ eyes[:, 0], kept @ eyes[:, 1])
    return np.asarray(np.hypot(_look_room(across, kept, focus.heads), np.maximum(0, np.abs(down - EYES) - 0.05)))


def _look_room(across: Column, kept: NDArray[np.float64], heads: tuple[Head, ...]) -> Column:
    """(crops,) how far the faces lie, across, from where there is room before them.

    Turned fully aside, a face stands on the third that it turns away from; looking at the camera, on either third or
    in the middle.
    """
    gaze = kept @ np.array([head.gaze for head in heads])
    aside = np.abs(across - (0.5 - gaze / 6))
    turned = np.clip(2 * np.abs(gaze), 0, 1)
    return np.asarray(turned * aside + (1 - turned) * _nearest(across, THIRDS))


def _nearest(values: Column, goals: tuple[float, ...]) -> Column:
    return np.asarray(np.min([np.abs(values - goal) for goal in goals], axis=0))


def _salient_middle(focus: Focus) -> tuple[float, float]:
    """(x, y) of the middle of the most salient tenth of the picture, in pixels of the frame."""
    salient = np.where(focus.salient >= np.quantile(focus.salient, 0.9), focus.salient, 0)
    rows, columns = salient.shape
    x = float((salient.sum(axis=0) * (np.arange(columns) + 0.5)).sum() / salient.sum() / columns)
    y = float((salient.sum(axis=1) * (np.arange(rows) + 0.5)).sum() / salient.sum() / rows)
    return focus.picture.left + x * focus.picture.width, focus.picture.top + y * focus.picture.height
