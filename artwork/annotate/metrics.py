"""How a frame looks: light, colour, detail. Every measure leaves the letterbox bars out."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from artwork.domain import WHOLE_FRAME, Box, Luma, Rgb, VisualAnnotation

from .detail import DetailParams, Energy, detail
from .palette import PaletteParams, palette
from .picture import grey, inside, shrunk


@dataclass(frozen=True, slots=True)
class VisualParams:
    """Settings of the visual measures.

    working_side: pixels of the longer side at which light and colour are measured. shadow, highlight: luma of 255
    at and beyond which a pixel counts as clipped: 2 % from either end, which holds after chroma subsampling and
    JPEG have moved pure black and white by a few steps.
    """

    working_side: int = 320
    shadow: int = 5
    highlight: int = 250
    detail: DetailParams = field(default_factory=DetailParams)
    palette: PaletteParams = field(default_factory=PaletteParams)


def measure_visual(
    still: Rgb,
    *,
    motion: float,
    picture: Box = WHOLE_FRAME,
    params: VisualParams | None = None,
    energy: Energy | None = None,
) -> VisualAnnotation:
    """All visual measures of a still.

    brightness: mean luma. contrast: RMS contrast, the standard deviation of luma (at most 0.5; Peli 1990).
    colourfulness: `colourfulness`. sharpness, noise, motion_blur: `artwork.annotate.detail.detail`. motion: as
    handed in. clipped_shadows, clipped_highlights: share of pixels without drawing.

    Args:
        still: (height, width, 3) uint8, RGB, letterbox included.
        motion: mean change to the neighbouring frames, 0 to 1, from the decode pass.
        picture: the part inside the letterbox bars.
        params: `VisualParams()` when None.
        energy: of the picture's luma, by `params.detail`, where it is known.
    """
    params = params or VisualParams()
    pixels = np.ascontiguousarray(inside(still, picture))
    small = shrunk(pixels, params.working_side)
    luma = grey(small)
    mean, deviation = cv2.meanStdDev(luma)
    fine = detail(grey(pixels), motion, params.detail, energy=energy)
    return VisualAnnotation(
        brightness=float(mean[0, 0]) / 255,
        contrast=float(deviation[0, 0]) / 255,
        colourfulness=colourfulness(small),
        sharpness=fine.sharpness,
        noise=fine.noise,
        motion=motion,
        motion_blur=fine.motion_blur,
        clipped_shadows=_share(luma <= params.shadow),
        clipped_highlights=_share(luma >= params.highlight),
        palette=palette(small, params.palette),
    )


def colourfulness(pixels: Rgb) -> float:
    """How colourful a frame looks: 0 for grey, about 0.4 for vivid.

    Returns:
        Hasler-Suesstrunk M3 divided by 255; unitless, >= 0.

    Source:
        Hasler and Suesstrunk, "Measuring colourfulness in natural images", 2003.
    """
    opponents = cv2.transform(pixels.astype(np.float32), np.array([[1, -1, 0], [0.5, 0.5, -1]], np.float32))
    means, deviations = cv2.meanStdDev(opponents)
    return float(np.hypot(*deviations.ravel()) + 0.3 * np.hypot(*means.ravel())) / 255


def _share(mask: NDArray[np.bool_] | Luma) -> float:
    return float(np.count_nonzero(mask)) / mask.size
