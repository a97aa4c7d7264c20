"""Interlaced frames show two instants, one on every other line; where those differ, one of them is taken away."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8] | NDArray[np.uint16]

_TOOTH = 8
"""Steps of 255 by which a line must stand out from both its neighbours, to the same side, to be a tooth of a comb:
above the noise of a broadcast."""
_LEAST_COMBED = 0.001
"""Share of the picture below which nothing moved between the fields: fine lines look like teeth here and there."""
_REACH = 9
"""Pixels: around teeth, fainter ones are taken away too."""


def one_instant(plane: Plane, depth: int) -> Plane:
    """The plane with its second field made anew, from the lines above and below, wherever it shows another instant.

    What stands still keeps all its lines, and a frame without movement is returned as it is.

    Args:
        plane: (height, width), both fields woven.
        depth: bits of a sample.

    Source:
        The measure is that of many comb filters: a line apart from both its neighbours, and a neighbour apart from
        both of its own the other way.
    """
    height = plane.shape[0]
    if height < 4:
        return plane
    lines: NDArray[np.int32] = plane.astype(np.int32)
    above, below = lines[1:-1] - lines[:-2], lines[1:-1] - lines[2:]
    tooth = _TOOTH << (depth - 8)
    up, down = np.minimum(above, below) > tooth, np.maximum(above, below) < -tooth
    # Teeth of a comb follow each other, up and down in turns; a single line does not.
    pairs = (up[1:] & down[:-1]) | (down[1:] & up[:-1])
    if float(pairs.mean()) < _LEAST_COMBED:
        return plane
    combed = np.zeros(plane.shape, np.uint8)
    combed[1:-2] |= pairs
    combed[2:-1] |= pairs
    combed = np.asarray(cv2.dilate(combed, np.ones((_REACH, _REACH), np.uint8)), np.uint8)
    kept = plane[0::2]
    following = np.concatenate([kept[1:], kept[-1:]])[: plane.shape[0] // 2]
    between = cv2.addWeighted(kept[: len(following)], 0.5, following, 0.5, 0)
    whole = plane.copy()
    np.copyto(whole[1::2], cast("Plane", between), where=combed[1::2] > 0)
    return whole
