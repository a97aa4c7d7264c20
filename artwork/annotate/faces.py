"""Faces in a still: YuNet where its weights are at hand, the Haar cascades that come with OpenCV otherwise."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from artwork.domain import Face, ModelRef, Rgb
from artwork.errors import ModelError
from artwork.ports import FaceDetector

from .haar import HaarFaces, HaarParams, largest_first
from .picture import clipped, shrunk

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class YuNetParams:
    """Settings of the YuNet detector.

    side: pixels of the longer side that the network sees: on the sample films 480 finds what 640 does (23 and 23 faces
    in the Sintel trailer, 39 and 38 in Big Buck Bunny) for 7 ms instead of 12. confidence: below it a face is left
    out. overlap: share of common area above which the weaker of two boxes is dropped. frontal_ratio: a face looks at
    the camera when the nose lies no nearer to one eye than this share of its distance to the other (1 = exactly
    between; 0.45 is a turn of about 20 degrees for a nose that stands out by half the distance of the eyes).
    """

    side: int = 480
    confidence: float = 0.7
    overlap: float = 0.3
    frontal_ratio: float = 0.45


_CELL = 32
"""Pixels of the coarsest cell. Of less the network sees mostly its own padding: once, a face in one grey pixel."""


class YuNetFaces:
    """A `FaceDetector` on YuNet: boxes, confidence and five landmarks; it cannot tell whether eyes are open.

    Landmarks stand in the order right eye, left eye, nose, right and left corner of the mouth, in fractions of the
    frame; right and left are the person's.

    Source:
        Wu, Peng and Yu, "YuNet: A tiny millisecond-level face detector", 2023.
    """

    def __init__(self, model_path: Path, params: YuNetParams | None = None) -> None:
        """Load the network.

        Raises:
            ModelError: the file is absent or no YuNet network.
        """
        self._params = params or YuNetParams()
        try:
            digest = hashlib.sha256(model_path.read_bytes()).hexdigest()
            self._network = cv2.FaceDetectorYN.create(
                str(model_path), "", (320, 320), self._params.confidence, self._params.overlap
            )
        except (OSError, cv2.error) as error:
            raise ModelError(f"{model_path} is no YuNet face detector ({error}): fetch the file again") from error
        self._model = ModelRef("yunet", digest, f"side={self._params.side},confidence={self._params.confidence}")

    @property
    def model(self) -> ModelRef:
        """The network, by the digest of its file."""
        return self._model

    def detect(self, pixels: Rgb) -> tuple[Face, ...]:
        """Faces, largest first; ties by position."""
        small = shrunk(pixels, self._params.side)
        height, width = small.shape[:2]
        if min(height, width) < _CELL:
            return ()
        self._network.setInputSize((width, height))
        _, rows = self._network.detect(cv2.cvtColor(np.ascontiguousarray(small), cv2.COLOR_RGB2BGR))
        if rows is None:
            return ()
        return largest_first(self._face(row, width, height) for row in rows.astype(float).tolist())

    def _face(self, row: Sequence[float], width: int, height: int) -> Face:
        left, top, wide, tall = row[:4]
        landmarks = tuple((x / width, y / height) for x, y in zip(row[4:14:2], row[5:14:2], strict=True))
        return Face(
            box=clipped(left / width, top / height, (left + wide) / width, (top + tall) / height),
            confidence=min(1.0, row[14]),
            frontal=is_frontal([(x * width, y * height) for x, y in landmarks[:3]], self._params.frontal_ratio),
            landmarks=landmarks,
        )


def is_frontal(eyes_and_nose: Sequence[Point], ratio: float) -> bool:
    """Whether a face looks at the camera: the nose lies about half way between the eyes, along the line of the eyes.

    Args:
        eyes_and_nose: right eye, left eye, nose, in pixels.
        ratio: smallest share of the shorter in the longer of the nose's two distances.
    """
    right, left, nose = (np.array(point) for point in eyes_and_nose)
    line = left - right
    length = float(line @ line)
    if length <= 0:
        return False
    along = float((nose - right) @ line) / length
    shorter, longer = sorted((along, 1 - along))
    return shorter >= ratio * longer


def open_face_detector(
    model_path: Path | None, yunet: YuNetParams | None = None, haar: HaarParams | None = None
) -> FaceDetector:
    """YuNet when its file is given, otherwise the Haar cascades; `.model.name` says which one it became.

    Raises:
        ModelError: the file is given but is no YuNet network.
    """
    return HaarFaces(haar) if model_path is None else YuNetFaces(model_path, yunet)
