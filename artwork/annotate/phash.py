"""A 64-bit perceptual hash: two pictures that look alike have few bits of difference."""

from __future__ import annotations

import cv2
import numpy as np

from artwork.domain import WHOLE_FRAME, Box, Rgb

from .picture import inside

SIDE = 32
"""The picture is shrunk to 32 x 32, and the lowest 8 x 8 frequencies are kept (Zauner 2010)."""
KEPT = 8


def perceptual_hash(pixels: Rgb, picture: Box = WHOLE_FRAME) -> str:
    """16 hex digits: which of the 64 lowest frequencies of the picture's luma lie above their median.

    Flat pictures all hash to the same value: no frequency but the mean is there.

    Args:
        pixels: (height, width, 3) uint8, RGB.
        picture: the part inside the letterbox bars.

    Source:
        Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010 (DCT hash).
    """
    grey = cv2.cvtColor(np.ascontiguousarray(inside(pixels, picture)), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    lowest = cv2.dct(small)[:KEPT, :KEPT].ravel()
    # The mean brightness is no likeness: it takes no part in the median, and its own bit is always 0. Rounding keeps
    # the noise of the transform (1e-5) out of the signs of a flat picture.
    frequencies = np.round(lowest, 2)
    bits = frequencies > np.median(frequencies[1:])
    bits[0] = False
    return f"{int(''.join('1' if bit else '0' for bit in bits), 2):016x}"


def hash_distance(one: str, other: str) -> int:
    """How many of the 64 bits differ: 0 for the same picture, about 32 for unrelated ones."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
