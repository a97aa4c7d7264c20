"""What coded colour means: any film's code values become sRGB.

SDR is one 3x4 matrix, taken in 8 bits, with no change of gamma: BT.709 pictures are shown on sRGB screens as they
are. HDR (PQ, HLG) and wide gamuts go through linear light, on small pictures, in float32.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from artwork.domain import Rgb

Floats = NDArray[np.float32]
Curve = Callable[[NDArray[np.float64]], NDArray[np.float64]]

BT709, UNSPECIFIED, BT2020, P3_D65 = 1, 2, 9, 12
"""Numbers of matrices and primaries, ITU-T H.273 (2021), tables 2 and 4."""
PQ, HLG = 16, 18
"""Numbers of transfer functions, ITU-T H.273, table 3."""
FULL_RANGE = 2
"""libavutil's AVCOL_RANGE_JPEG."""

_LUMA_WEIGHTS: dict[int, tuple[float, float]] = {
    1: (0.2126, 0.0722),  # BT.709
    4: (0.30, 0.11),  # FCC
    5: (0.299, 0.114),  # BT.601, 625 lines
    6: (0.299, 0.114),  # BT.601, 525 lines
    7: (0.212, 0.087),  # SMPTE 240M
    9: (0.2627, 0.0593),  # BT.2020, non-constant luminance
    10: (0.2627, 0.0593),  # BT.2020, constant luminance: near enough for a picture
}
"""(Kr, Kb) of each matrix of ITU-T H.273, table 4."""

_TO_BT709 = {
    BT2020: ((1.660491, -0.587641, -0.072850), (-0.124550, 1.132900, -0.008349), (-0.018151, -0.100579, 1.118730)),
    P3_D65: ((1.224940, -0.224940, 0.0), (-0.042057, 1.042057, 0.0), (-0.019638, -0.078636, 1.098274)),
}
"""Linear light to BT.709 primaries (BT.2020: ITU-R BT.2087-0, inverted; P3: from the chromaticities, D65)."""

_TRANSFER_NAMES = {PQ: "pq", HLG: "hlg", 13: "srgb", 14: "bt2020", 15: "bt2020", 6: "bt601", 8: "linear"}

_WHITE_NITS = 203.0
"""HDR reference white, ITU-R BT.2408: shown as SDR white."""
_PEAK_NITS = 1000.0
"""Peak that films are mostly graded to, and HLG's nominal peak; what is brighter turns white."""


@dataclass(frozen=True, slots=True)
class Colours:
    """How a film codes colour: numbers of ITU-T H.273, range, and bits of a sample."""

    matrix: int = BT709
    full_range: bool = False
    transfer: int = BT709
    primaries: int = BT709
    depth: int = 8

    @property
    def is_plain(self) -> bool:
        """Whether the matrix alone gives sRGB: no HDR, no wide gamut."""
        return self.transfer not in (PQ, HLG) and self.primaries not in _TO_BT709

    @property
    def transfer_name(self) -> str:
        """One word for the catalogue: bt709, pq, hlg, ..."""
        return _TRANSFER_NAMES.get(self.transfer, "bt709")


def guess_matrix(matrix: int, width: int, height: int) -> int:
    """The matrix that was meant: where the film does not say, BT.709 from 720 lines up and BT.601 below.

    Source:
        The rule of the players (mpv: at least 1280 wide or more than 576 lines).
    """
    if matrix in _LUMA_WEIGHTS:
        return matrix
    return BT709 if width >= 1280 or height > 576 else 6


@lru_cache(maxsize=32)
def to_rgb_matrix(colours: Colours) -> NDArray[np.float64]:
    """(3, 4) matrix that takes (Y, Cb, Cr, 1) in code values to R'G'B', 0 to 255.

    Source:
        ITU-T H.273, equations 20 to 34 (range) and 38 to 43 (matrix).
    """
    red, blue = _LUMA_WEIGHTS[colours.matrix]
    green = 1 - red - blue
    unit = 2.0 ** (colours.depth - 8)
    if colours.full_range:
        black, luma_span, chroma_span = 0.0, 2.0**colours.depth - 1, 2.0**colours.depth - 1
    else:
        black, luma_span, chroma_span = 16 * unit, 219 * unit, 224 * unit
    luma = 255 / luma_span
    chroma = 255 / chroma_span
    rows = np.array(
        [
            [luma, 0.0, 2 * (1 - red) * chroma],
            [luma, -2 * blue * (1 - blue) / green * chroma, -2 * red * (1 - red) / green * chroma],
            [luma, 2 * (1 - blue) * chroma, 0.0],
        ]
    )
    neutral = np.array([black, 128 * unit, 128 * unit])
    return np.hstack([rows, -(rows @ neutral)[:, None]])


def yuv_to_srgb(yuv: NDArray[np.uint8] | NDArray[np.uint16], colours: Colours) -> Rgb:
    """The picture as sRGB.

    Args:
        yuv: (h, w, 3) Y, Cb, Cr at one size; uint8 for 8 bits, else uint16.
        colours: what the code values mean.
    """
    matrix = to_rgb_matrix(colours)
    if colours.is_plain:
        turned = cv2.transform(yuv, matrix)
        return np.asarray(turned if turned.dtype == np.uint8 else np.minimum(turned, 255), np.uint8)
    coded = cv2.transform(yuv.astype(np.float32), matrix / 255)
    return light_to_srgb(np.clip(coded, 0, 1), colours)


def light_to_srgb(coded: Floats, colours: Colours) -> Rgb:
    """The picture as sRGB, from R'G'B' in [0, 1] that is HDR or has wide primaries.

    HDR is shown with its reference white (203 cd/m2, ITU-R BT.2408) at SDR white; brighter light is rolled off by
    the curve of ITU-R BT.2390 on the largest of the three channels, which keeps the hue; then primaries are changed,
    and what falls outside sRGB is clipped.

    Args:
        coded: (h, w, 3) float32.
        colours: transfer function and primaries.
    """
    if colours.transfer == PQ:
        light = _roll_off(_table(_pq_light, coded))
    elif colours.transfer == HLG:
        light = _roll_off(_hlg_system_gamma(_table(_hlg_scene, coded)))
    else:
        light = _table(_srgb_light, coded)
    if colours.primaries in _TO_BT709:
        light = np.asarray(cv2.transform(light, np.array(_TO_BT709[colours.primaries], np.float32)), np.float32)
    places = np.clip(light * 65535 + 0.5, 0, 65535).astype(np.uint16)
    return np.asarray(_srgb_codes()[places], np.uint8)


def _pq_light(coded: NDArray[np.float64]) -> NDArray[np.float64]:
    """PQ to cd/m2: SMPTE ST 2084, the EOTF."""
    root = coded ** (1 / 78.84375)
    return 10000 * (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125)


def _pq_code(nits: NDArray[np.float64]) -> NDArray[np.float64]:
    """cd/m2 to PQ: SMPTE ST 2084, the inverse EOTF."""
    root = (nits / 10000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * root) / (1 + 18.6875 * root)) ** 78.84375


def _hlg_scene(coded: NDArray[np.float64]) -> NDArray[np.float64]:
    """HLG to scene light in [0, 1]: ITU-R BT.2100-2, table 5, the inverse OETF."""
    low = coded**2 / 3
    high = (np.exp((coded - 0.55991073) / 0.17883277) + 0.28466892) / 12
    return np.where(coded <= 0.5, low, high)


def _hlg_system_gamma(scene: Floats) -> Floats:
    """cd/m2 from HLG scene light: ITU-R BT.2100-2, table 5, the OOTF with gamma 1.2 at a 1000 cd/m2 screen."""
    luminance = cv2.transform(scene, np.array([[0.2627, 0.6780, 0.0593]], np.float32))
    gain = _PEAK_NITS * np.power(luminance.reshape(scene.shape[:2]), 0.2)
    return np.asarray(scene * gain[..., None], np.float32)


def _srgb_light(coded: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear light of an sRGB code: IEC 61966-2-1."""
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def _srgb_code(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sRGB code of linear light: IEC 61966-2-1."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


@lru_cache(maxsize=8)
def _curve(function: Curve) -> Floats:
    steps = np.linspace(0, 1, 4096)
    return np.asarray(function(steps), np.float32)


def _table(function: Curve, coded: Floats) -> Floats:
    """The function of every value, from 4,096 steps: as fine as 12-bit video."""
    return np.asarray(_curve(function)[(coded * 4095 + 0.5).astype(np.uint16)], np.float32)


@lru_cache(maxsize=1)
def _srgb_codes() -> NDArray[np.uint8]:
    steps = np.linspace(0, 1, 65536)
    return (_srgb_code(steps) * 255 + 0.5).astype(np.uint8)


@lru_cache(maxsize=1)
def _roll_off_gain() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(nits, gain) of the tone map: what each brightness is multiplied with, 1 / 203 below the knee.

    Source:
        ITU-R BT.2390-10, 5.4.1 (EETF): a Hermite spline in PQ from the knee 1.5 m - 0.5 to the target's peak m.
    """
    peak = float(_pq_code(np.array(_PEAK_NITS)))
    most = float(_pq_code(np.array(_WHITE_NITS))) / peak
    knee = 1.5 * most - 0.5
    nits = np.concatenate([[0.0], np.geomspace(1.0, _PEAK_NITS, 511)])
    coded = _pq_code(nits) / peak
    part = (coded - knee) / (1 - knee)
    spline = (
        (2 * part**3 - 3 * part**2 + 1) * knee
        + (part**3 - 2 * part**2 + part) * (1 - knee)
        + (-2 * part**3 + 3 * part**2) * most
    )
    shown = _pq_light(np.where(coded < knee, coded, spline) * peak)
    gain = np.ones_like(nits)
    np.divide(shown, nits, out=gain, where=nits > 0)
    return nits, gain / _WHITE_NITS


def _roll_off(nits: Floats) -> Floats:
    brightest = np.minimum(nits.max(axis=2), _PEAK_NITS)
    gain = np.interp(brightest, *_roll_off_gain()).astype(np.float32)
    return np.asarray(nits * gain[..., None], np.float32)
