"""Faces by how they look, without any weights: the aligned face, the hair around it, the clothes below it.

It tells looks, not identity: one person in two costumes, or in two kinds of light, is two; two people dressed and lit
alike may be one. Inside one film that is often enough to tell its characters apart, and the page says what it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from artwork.annotate.portraits import aligned, clothes
from artwork.domain import Face, ModelRef, Rgb, Vectors

Part = NDArray[np.float32]
VERSION: Final = "face-looks-1"
"""Raised by hand with every change that moves a vector."""


@dataclass(frozen=True, slots=True)
class FaceLooksParams:
    """Settings of the built-in face embedder.

    Weights and likeness were set on 149 faces of three films, labelled by eye (the Sintel trailer, Big Buck Bunny,
    people who walk by a fixed camera): so that few groups hold two people, at the price of several groups for a person
    who is seen in several kinds of light.

    Attributes:
        side: pixels of the aligned face that is measured.
        cells: of the grid of the face, across and down.
        directions: bins of edge directions.
        lightness: bins of lightness.
        tones: bins of each of the two axes of colour, over the part of them that film shows.
        shape: weight of the edges; squared, the weights are shares of the likeness.
        skin: weight of the colours of the face.
        hair: weight of the colours around it.
        worn: weight of the colours of the clothes.
        likeness: groups of faces this alike on average (cosine) are one person.
    """

    side: int = 56
    cells: int = 4
    directions: int = 8
    lightness: int = 6
    tones: int = 16
    shape: float = 0.8
    skin: float = 0.3
    hair: float = 0.6
    worn: float = 0.8
    likeness: float = 0.45


LOWEST, HIGHEST = 92, 172
"""Of the axes a and b of Lab, as OpenCV has them (grey is 128): skin, hair and cloth seldom lie outside."""


class FaceLooks:
    """Implements `artwork.ports.FaceEmbedder` with colour layout and histograms of edges."""

    def __init__(self, params: FaceLooksParams | None = None) -> None:
        self._params = params or FaceLooksParams()
        digest = hashlib.sha256(f"{VERSION} {self._params}".encode()).hexdigest()
        self._model = ModelRef("face-looks", digest, f"aligned {self._params.side}")
        colours = self._params.lightness * self._params.tones**2
        self._dimension = self._params.cells**2 * self._params.directions + 3 * colours

    @property
    def model(self) -> ModelRef:
        """Its version and settings."""
        return self._model

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    @property
    def likeness(self) -> float:
        """Groups of faces this alike on average (cosine) are one person."""
        return self._params.likeness

    @property
    def identity(self) -> bool:
        """It knows nobody: it tells looks apart."""
        return False

    def embed(self, still: Rgb, faces: Sequence[Face]) -> Vectors:
        """(len(faces), dimension) float32, rows of length 1."""
        rows = [self._describe(still, face) for face in faces]
        return np.stack(rows) if rows else np.zeros((0, self._dimension), np.float32)

    def _describe(self, still: Rgb, face: Face) -> Part:
        params = self._params
        near, around = aligned(still, face, params.side), aligned(still, face, params.side, zoom=0.55)
        ring = np.ones(around.shape[:2], np.uint8)
        margin = params.side // 4
        ring[margin:-margin, margin:-margin] = 0
        inner = near[params.side // 6 : -(params.side // 8), params.side // 6 : -(params.side // 6)]
        cloth = clothes(still, face)
        parts = (
            (params.shape, self._edges(near)),
            (params.skin, self._colours(inner)),
            (params.hair, self._colours(around, ring)),
            (params.worn, self._colours(cloth) if cloth is not None else np.zeros(params.lightness * params.tones**2)),
        )
        return _unit(np.concatenate([weight * _unit(part) for weight, part in parts]))

    def _edges(self, face: Rgb) -> Part:
        params = self._params
        plane = cv2.GaussianBlur(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), (3, 3), 0)
        across, down = cv2.Sobel(plane, cv2.CV_32F, 1, 0), cv2.Sobel(plane, cv2.CV_32F, 0, 1)
        strength, angle = cv2.cartToPolar(across, down)
        bins = np.minimum((np.asarray(angle) % np.pi) / np.pi * params.directions, params.directions - 1e-3).astype(int)
        places = np.arange(face.shape[0]) * params.cells // face.shape[0]
        cell = places[:, None] * params.cells + places[None, :]
        counts = np.bincount(
            (cell * params.directions + bins).ravel(), np.asarray(strength).ravel(), params.cells**2 * params.directions
        )
        shares = np.sqrt(counts / (counts.sum() + 1))
        return np.asarray(shares - shares.mean(), np.float32)

    def _colours(self, pixels: Rgb, mask: NDArray[np.uint8] | None = None) -> NDArray[np.float64]:
        """Square roots of the shares of colours, each shared with its neighbours, less an even spread."""
        params = self._params
        small = pixels if max(pixels.shape[:2]) <= 64 else cv2.resize(pixels, (64, 64), interpolation=cv2.INTER_AREA)
        lab = cv2.cvtColor(np.ascontiguousarray(small), cv2.COLOR_RGB2LAB)
        lab[..., 1:] = np.clip(lab[..., 1:], LOWEST, HIGHEST - 1)
        sizes, span = [params.lightness, params.tones, params.tones], [0, 256, LOWEST, HIGHEST, LOWEST, HIGHEST]
        counts = np.asarray(cv2.calcHist([lab], [0, 1, 2], mask, sizes, span), np.float64)
        for axis, share in ((0, 0.2), (1, 0.25), (2, 0.25)):
            counts = (1 - 2 * share) * counts + share * (_shifted(counts, axis, 1) + _shifted(counts, axis, -1))
        shares = np.sqrt(counts / max(counts.sum(), 1e-6)).ravel()
        return np.asarray(shares - shares.mean())


def _shifted(counts: NDArray[np.float64], axis: int, way: int) -> NDArray[np.float64]:
    """The counts one bin on; those at the end stay there."""
    places = np.clip(np.arange(counts.shape[axis]) + way, 0, counts.shape[axis] - 1)
    return np.take(counts, places, axis=axis)


def _unit(part: NDArray[np.floating[Any]]) -> Part:
    length = float(np.sqrt(np.sum(np.square(part, dtype=np.float64))))
    if length <= 1e-6:
        return np.asarray(part, np.float32)
    scaled: Part = np.asarray(part / length, np.float32)
    return scaled
