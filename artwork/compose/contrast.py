"""How well letters can be told from the picture beneath them, by the rules of the web."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from artwork.domain import Luma, Rgb

Luminance = NDArray[np.float32]
"""Relative luminance: 0 black to 1 white."""

ENOUGH = 4.5
"""The ratio that WCAG 2.2 asks of text (success criterion 1.4.3); large letters would need 3 only."""


def _to_linear() -> NDArray[np.float32]:
    value = np.arange(256) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


LINEAR = _to_linear()
"""Linear light of each 8-bit value of sRGB."""
WEIGHTS = np.array([0.2126, 0.7152, 0.0722], np.float32)


def luminance(pixels: Rgb) -> Luminance:
    """(..., 3) uint8 sRGB to (...) relative luminance.

    Source:
        WCAG 2.2, "relative luminance".
    """
    return np.asarray(LINEAR[pixels] @ WEIGHTS, np.float32)


def ratio(one: Luminance | float, other: Luminance | float) -> Luminance:
    """The WCAG contrast ratio of two luminances: 1 alike, 21 black on white."""
    lighter, darker = np.maximum(one, other), np.minimum(one, other)
    return np.asarray((lighter + 0.05) / (darker + 0.05), np.float32)


def halo(ink: Luma, reach: int) -> NDArray[np.bool_]:
    """The pixels beneath some ink and within `reach` of it: those that the eye tells the letters from.

    Args:
        ink: (height, width), 0 none to 255 full.
        reach: pixels.
    """
    side = 2 * reach + 1
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(cv2.dilate(ink, brush) > 16, np.bool_)


def worst_ratio(ground: Rgb, colour: float) -> float:
    """The smallest ratio of a luminance to any of the pixels.

    Args:
        ground: (count, 3) uint8 pixels, at least one.
        colour: relative luminance of the letters.
    """
    return float(ratio(luminance(ground), colour).min())
