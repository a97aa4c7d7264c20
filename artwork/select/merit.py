"""How good a frame is as a picture, compared with the other frames of its film.

Ranks within the film, not raw numbers: a rank means the same in every model's and every metric's unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artwork.domain import AnnotatedFrame, Face


@dataclass(frozen=True, slots=True)
class MeritParams:
    """What counts how much; the weights sum to 1.

    Stillness and sharpness first, beauty third: the stillest, sharpest frame of the big clusters agreed with
    editors' choices (0.190 hits at 5), the most beautiful frame did worse than chance (0.037 against 0.113).
    sharpness, stillness, aesthetic: weights of the frame's ranks in its film.
    faces: a large frontal face with open eyes counts fully, no face counts half, shut eyes nothing.
    light: a picture is seen small, on a lit page: full merit from a mean luma of `bright_enough` on, where a quarter of
        the frames of the Sintel trailer, a dark film, lie above; nothing at black.
    bright_enough: mean luma, 0 to 1, from which a picture has the full merit of its light.
    enough: sharpness and stillness above this rank are as good as the best: a wide shot of leaves is always
        "sharper" than a face before a soft background, but no better for it. Only `fine` merit, which chooses among
        frames of the same picture, looks above it.
    """

    sharpness: float = 0.25
    stillness: float = 0.25
    aesthetic: float = 0.2
    faces: float = 0.2
    light: float = 0.1
    enough: float = 0.5
    bright_enough: float = 0.25


def merits(
    frames: Sequence[AnnotatedFrame], aesthetics: Sequence[float], params: MeritParams, *, fine: bool
) -> NDArray[np.float64]:
    """(count,) float64, 0 poor to 1 good, of each frame among these frames.

    Args:
        frames: the frames.
        aesthetics: the aesthetic of each.
        params: the weights.
        fine: tell apart also what is sharp and still enough: right among frames of one picture only.
    """
    visuals = [frame.annotation.visual for frame in frames]
    sharp = ranks([visual.sharpness for visual in visuals])
    still = ranks([-max(visual.motion, visual.motion_blur) for visual in visuals])
    if not fine:
        sharp, still = (np.minimum(rank, params.enough) / params.enough for rank in (sharp, still))
    light = np.array([min(1.0, visual.brightness / params.bright_enough) for visual in visuals])
    faces = np.array([_face_merit(frame.annotation.contextual.faces) for frame in frames])
    return (
        params.sharpness * sharp
        + params.stillness * still
        + params.aesthetic * ranks(aesthetics)
        + params.faces * faces
        + params.light * light
    )


def ranks(values: Sequence[float]) -> NDArray[np.float64]:
    """(count,) float64: share of the other values that are smaller, ties counting half; 0.5 for a lone value."""
    array = np.asarray(values, dtype=np.float64)
    if len(array) < 2:
        return np.full(len(array), 0.5)
    ordered = np.sort(array)
    smaller = np.searchsorted(ordered, array, side="left")
    not_larger = np.searchsorted(ordered, array, side="right")
    return (smaller + not_larger - 1) / 2 / (len(array) - 1)


def _face_merit(faces: Sequence[Face]) -> float:
    """0.5 without faces; towards 1 the larger the largest frontal face; 0 when the largest has its eyes shut."""
    if not faces:
        return 0.5
    largest = max(faces, key=lambda face: (face.box.area, face.box.left, face.box.top))
    if largest.eyes_open is False:
        return 0.0
    if largest.frontal is False:
        return 0.5
    # A head a quarter of the frame's height (an area of about 0.04) is as large as it needs to be.
    return 0.5 + 0.5 * min(1.0, largest.box.area / 0.04)
