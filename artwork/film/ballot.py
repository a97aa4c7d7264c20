"""How scenedetect's own detectors find two frames to differ. They are asked where a cut is in question only."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scenedetect.detectors import HashDetector, HistogramDetector

from artwork.domain import Rgb

_BINS, _HASH_SIDE, _LOWPASS = 128, 8, 2
"""Half of the detectors' default bins and hash: they were made for larger pictures than the reel's of 128 x 72."""


def histogram_step(before: Rgb, behind: Rgb) -> float:
    """What HistogramDetector says of two pictures: 1 less the correlation of their histograms of luma."""
    one, other = (HistogramDetector.calculate_histogram(_bgr(pixels), bins=_BINS) for pixels in (before, behind))
    return 1.0 - cv2.compareHist(one, other, cv2.HISTCMP_CORREL)


def hashing_step(before: Rgb, behind: Rgb) -> float:
    """What HashDetector says of two pictures: the share of their perceptual hashes that differs."""
    one, other = (HashDetector.hash_frame(_bgr(pixels), _HASH_SIDE, _LOWPASS) for pixels in (before, behind))
    return float(np.mean(one != other))


def _bgr(pixels: Rgb) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), np.uint8)
