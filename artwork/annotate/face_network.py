"""Faces by a face network: an ONNX file that the operator provides, run by OpenCV."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from artwork.annotate.portraits import SIDE, aligned
from artwork.domain import Face, ModelRef, Rgb, Vectors
from artwork.errors import ModelError

Row = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FaceNetworkParams:
    """What the network wants to see.

    Attributes:
        middle: is taken from every value of a pixel: 0 for plain bytes, as SFace has them, 127.5 for -1 to 1.
        spread: what is left is divided by this: 1 for plain bytes, 127.5 for -1 to 1.
        likeness: groups of faces this alike on average (cosine) are one person; 0.363 is what OpenCV's documentation
            gives for two pictures and SFace.
    """

    middle: float = 0.0
    spread: float = 1.0
    likeness: float = 0.363


class FaceNetwork:
    """Implements `artwork.ports.FaceEmbedder` on a network that takes one aligned face of 112 x 112, RGB."""

    def __init__(self, file: Path, params: FaceNetworkParams | None = None) -> None:
        """Load the network and try it.

        Raises:
            ModelError: the file is absent, no ONNX network, or takes something else than a face.
        """
        self._params = params or FaceNetworkParams()
        try:
            content = file.read_bytes()
            self._network = cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))
            self._dimension = self._run(np.zeros((SIDE, SIDE, 3), np.uint8)).size
        except (OSError, cv2.error) as error:
            said = " ".join(str(error).split())[:200]
            raise ModelError(
                f"{file} is no face network ({said}): give an ONNX file that takes one face of {SIDE} x {SIDE} pixels"
            ) from error
        digest = hashlib.sha256(content).hexdigest()
        self._model = ModelRef(
            "face-network", digest, f"aligned {SIDE}, (x - {self._params.middle:g}) / {self._params.spread:g}"
        )

    @property
    def model(self) -> ModelRef:
        """The network, by the digest of its file."""
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
        """It was made to tell people apart."""
        return True

    def embed(self, still: Rgb, faces: Sequence[Face]) -> Vectors:
        """(len(faces), dimension) float32, rows of length 1."""
        rows = [self._run(aligned(still, face)) for face in faces]
        if not rows:
            return np.zeros((0, self._dimension), np.float32)
        vectors = np.stack(rows)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)

    def _run(self, face: Rgb) -> Row:
        middle = (self._params.middle,) * 3
        blob = cv2.dnn.blobFromImage(face, 1 / self._params.spread, (SIDE, SIDE), middle, swapRB=False, crop=False)
        self._network.setInput(blob)
        found: Row = np.asarray(self._network.forward(), np.float32).reshape(-1)
        return found
