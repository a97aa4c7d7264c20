"""The built-in descriptor: how a picture looks, without any weights.

It knows colour, layout, edges, texture and where the interest lies; it does not know what is shown. Two frames of one
shot are near, two shots of one place are nearer than two places, a dog and a cat on the same lawn are the same. It
finds near-duplicates and spreads a shortlist over looks; it reads no words and gives no themes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from artwork.domain import ModelRef, Rgb, Vectors

Part = NDArray[np.float32]

VERSION: Final = "look-1"
"""Raised by hand with every change that moves a vector: the digest is made of it and of the settings."""


@dataclass(frozen=True, slots=True)
class DescriptorParams:
    """Settings of the descriptor.

    width, height: pixels that a picture is brought to, whatever its aspect: layout is compared in fractions of the
    frame. rows, columns: of the layout grid. hues, bins: of the histograms of colour and of edge directions. The rest
    are the weights of the parts (squared, they are shares of the likeness), set so that frames of one shot stay above
    0.95 and different shots fall well below (measured: tests/annotate/test_descriptor.py, on three films).
    """

    width: int = 128
    height: int = 72
    rows: int = 6
    columns: int = 8
    hues: int = 12
    bins: int = 9
    layout: float = 1.0
    colours: float = 0.8
    edges: float = 0.7
    texture: float = 0.35
    interest: float = 0.35


class BuiltinDescriptor:
    """Implements `artwork.ports.Embedder`: colour layout, palette, edges, texture and composition."""

    def __init__(self, params: DescriptorParams | None = None) -> None:
        self._params = params or DescriptorParams()
        digest = hashlib.sha256(f"{VERSION} {self._params}".encode()).hexdigest()
        self._model = ModelRef("builtin", digest, f"{self._params.width}x{self._params.height} area squash")
        self._dimension = len(self._describe(np.zeros((9, 16, 3), np.uint8)))

    @property
    def model(self) -> ModelRef:
        """`builtin`, and a digest of the version and the settings."""
        return self._model

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    def embed(self, pictures: Sequence[Rgb]) -> Vectors:
        """(len(pictures), dimension) float32, L2-normalised; each row depends on its picture alone."""
        rows = np.zeros((len(pictures), self._dimension), np.float32)
        for row, picture in zip(rows, pictures, strict=True):
            if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
                raise ValueError(f"a picture is (height, width, 3) uint8, not {picture.shape} {picture.dtype}")
            row[:] = self._describe(picture)
        return rows

    def _describe(self, picture: Rgb) -> Part:
        p = self._params
        small = np.asarray(cv2.resize(picture, (p.width, p.height), interpolation=cv2.INTER_AREA), np.uint8)
        lab = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), np.uint8)
        luma = np.ascontiguousarray(lab[..., 0])
        strength, angle = _gradients(luma)
        parts = (
            (p.layout, colour_layout(lab, p.rows, p.columns)),
            (p.colours, colour_shares(small, p.hues)),
            (p.edges, edge_directions(strength, angle, p.rows // 2, p.columns // 2, p.bins)),
            (p.texture, texture_energy(luma, p.rows // 2, p.columns // 2)),
            (p.interest, interest_layout(strength, p.rows, p.columns)),
        )
        joined = np.concatenate([np.float32(weight) * _unit(part) for weight, part in parts])
        # A last number that is small but never 0 gives a direction to the picture without any look: flat grey.
        return _unit(np.append(joined, np.float32(0.05)))


def colour_layout(lab: Rgb, rows: int, columns: int) -> Part:
    """Mean L, a, b of each cell of a grid, from the middle of its range: (rows x columns x 3), -1..1, colour doubled.

    Colour counts double because a and b stay within a quarter of their range in most films.
    """
    cells = _cells(lab.astype(np.float32), rows, columns)
    return ((cells - 128) / 128 * np.array([1, 2, 2], np.float32)).astype(np.float32).ravel()


def colour_shares(pixels: Rgb, hues: int) -> Part:
    """Square roots of the shares of hues and of greys, less an even spread; neighbouring bins flow into each other.

    The square root makes the dot product of two the Bhattacharyya coefficient of the histograms. A pixel counts as
    colour by its chroma (fully from a quarter of the range) and as grey for the rest.
    """
    hsv = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV_FULL), np.int32).reshape(-1, 3)
    chroma = np.minimum(hsv[:, 1] * hsv[:, 2] / np.float32(255 * 64), 1)
    turns = np.bincount(hsv[:, 0], weights=chroma, minlength=256)
    greys = np.bincount(hsv[:, 2], weights=1 - chroma, minlength=256)
    shares = np.concatenate([_poured(turns, hues, ring=True), _poured(greys, 8, ring=False)]) / len(hsv)
    return _centred(np.sqrt(shares).astype(np.float32))


def edge_directions(strength: Part, angle: Part, rows: int, columns: int, bins: int) -> Part:
    """Square roots of the shares of edge directions in each cell, less an even spread; cells overlap.

    Source:
        After Dalal and Triggs, "Histograms of oriented gradients for human detection", 2005.
    """
    fine = rows * 4, columns * 4
    turn = (angle * np.float32(bins / np.pi)).astype(np.int32) % bins
    place = _numbers(*strength.shape, *fine) * bins + turn
    sums = np.bincount(place.ravel(), weights=strength.ravel(), minlength=fine[0] * fine[1] * bins)
    cells = _cells(sums.reshape(*fine, bins).astype(np.float32), rows, columns)
    shares = cells / (cells.sum(axis=2, keepdims=True) + np.float32(1e-3 * strength.size / (fine[0] * fine[1])))
    return _centred(np.sqrt(shares).ravel())


def texture_energy(luma: NDArray[np.uint8], rows: int, columns: int) -> Part:
    """Logarithm of the energy at three scales of detail in each cell, less its mean."""
    octaves, finer = [], luma
    for _ in range(3):
        coarser = np.asarray(cv2.pyrDown(finer), np.uint8)
        back = cv2.resize(coarser, finer.shape[::-1], interpolation=cv2.INTER_LINEAR)
        octaves.append(_cells(np.asarray(cv2.absdiff(finer, back), np.float32), rows, columns))
        finer = coarser
    return _centred(np.log1p(np.stack(octaves)).ravel())


def interest_layout(strength: Part, rows: int, columns: int) -> Part:
    """Where the detail lies: square roots of the shares of edge strength in each cell, less an even spread."""
    cells = _cells(strength, rows, columns).ravel()
    return _centred(np.sqrt(cells / (cells.sum() + np.float32(1))))


def _gradients(luma: NDArray[np.uint8]) -> tuple[Part, Part]:
    """Strength and direction (0 to 2 pi) of the edges."""
    plane = cv2.GaussianBlur(luma, (3, 3), 0)
    across, down = cv2.Sobel(plane, cv2.CV_32F, 1, 0), cv2.Sobel(plane, cv2.CV_32F, 0, 1)
    strength, angle = cv2.cartToPolar(across, down)
    return np.asarray(strength, np.float32), np.asarray(angle, np.float32)


def _cells(plane: Part, rows: int, columns: int) -> Part:
    """Means over a grid of cells that overlap by half, so that a small shift moves little."""
    height, width = plane.shape[:2]
    soft = cv2.blur(plane, (max(1, width // columns) | 1, max(1, height // rows) | 1), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(soft, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


def _poured(counts: NDArray[Any], bins: int, *, ring: bool) -> NDArray[np.float64]:
    """256 counts in `bins` bins, each count shared between the two nearest; `ring` where the ends meet."""
    place = (np.arange(256) + 0.5) * bins / 256 - 0.5
    low = np.floor(place).astype(int)
    full = np.zeros(bins)
    for target, share in ((low, low + 1 - place), (low + 1, place - low)):
        inside = target % bins if ring else np.clip(target, 0, bins - 1)
        full += np.bincount(inside, weights=counts * share, minlength=bins)
    return full


@lru_cache(maxsize=8)
def _numbers(height: int, width: int, rows: int, columns: int) -> NDArray[np.int32]:
    """(height, width): the number of the grid cell that each pixel lies in."""
    down = np.arange(height, dtype=np.int32) * rows // height
    across = np.arange(width, dtype=np.int32) * columns // width
    return down[:, None] * columns + across[None, :]


def _centred(part: Part) -> Part:
    return np.asarray(part - part.mean(dtype=np.float32), np.float32)


def _unit(part: Part) -> Part:
    length = float(np.sqrt(np.sum(part * part, dtype=np.float64)))
    return part / np.float32(length) if length > 1e-6 else part
