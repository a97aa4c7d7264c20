"""Faces by the cascades that come with OpenCV: no weights to fetch, fewer faces found, few false ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import cv2.data
import numpy as np

from artwork.domain import Box, Face, Luma, ModelRef, Rgb

from .picture import clipped, grey, shrunk

FRONTAL = "haarcascade_frontalface_alt2.xml"
PROFILE = "haarcascade_profileface.xml"
EYE = "haarcascade_eye.xml"
PATCH = 128
"""Pixels per side to which a found face is brought before its eyes are sought."""


@dataclass(frozen=True, slots=True)
class HaarParams:
    """Settings of the Haar detector.

    A window is a face when at least `sure` overlapping windows agree, or `likely` and an eye is seen in it. In 620
    frames of films, mostly of animals, this finds 36 of the 155 faces that YuNet finds, and 3 that it does not; with
    frontal faces sought at 288 pixels 38 and 3, at half as much cost again. Agreement alone, without `sure` or an eye,
    took a round emblem for a face in 10 of 312 frames.

    frontal_side, profile_side: pixels of the longer side at which faces are sought: cost grows with their square.
    step: ratio of one window size to the next. smallest: of the picture's shorter side, below which a window is no
    face. profiles are sought only where no frontal face is, and need `profile_sure` windows to agree. flat: standard
    deviation of luma below which a window is empty.
    """

    frontal_side: int = 240
    profile_side: int = 160
    step: float = 1.2
    smallest: float = 0.12
    likely: int = 3
    sure: int = 6
    profile_sure: int = 5
    flat: float = 8.0


class HaarFaces:
    """A `FaceDetector` on the cascades of OpenCV, with the eyes as witnesses.

    `eyes_open` is True when the eye cascade sees one in either half of a frontal face, otherwise None: not seeing an
    eye proves nothing.

    Source:
        Viola and Jones 2001; Lienhart and Maydt 2002 (the cascades).
    """

    def __init__(self, params: HaarParams | None = None) -> None:
        self._params = params or HaarParams()
        folder = Path(cv2.data.haarcascades)
        self._frontal, self._profile, self._eye = (
            cv2.CascadeClassifier(str(folder / name)) for name in (FRONTAL, PROFILE, EYE)
        )
        self._model = ModelRef("haar", f"opencv-{cv2.__version__}", f"side={self._params.frontal_side}")

    @property
    def model(self) -> ModelRef:
        """The cascades, by the version of OpenCV that brought them."""
        return self._model

    def detect(self, pixels: Rgb) -> tuple[Face, ...]:
        """Faces, largest first; ties by position."""
        luma = grey(pixels)
        faces = self._frontal_faces(luma) or self._profile_faces(luma)
        return largest_first(faces)

    def _frontal_faces(self, luma: Luma) -> list[Face]:
        faces = []
        for box, agreeing in self._windows(self._frontal, luma, self._params.frontal_side, self._params.likely):
            patch = _patch(luma, box)
            if patch.std() < self._params.flat:
                continue
            left, right = self._eyes(patch)
            if agreeing >= self._params.sure or left or right:
                open_eyes = True if left and right else None
                faces.append(Face(box, _confidence(agreeing), frontal=True, eyes_open=open_eyes))
        return faces

    def _profile_faces(self, luma: Luma) -> list[Face]:
        side, needed = self._params.profile_side, self._params.profile_sure
        found = list(self._windows(self._profile, luma, side, needed))
        for box, agreeing in self._windows(self._profile, np.ascontiguousarray(luma[:, ::-1]), side, needed):
            mirrored = clipped(1 - box.left - box.width, box.top, 1 - box.left, box.top + box.height)
            if all(_overlap(mirrored, other) < 0.3 for other, _ in found):
                found.append((mirrored, agreeing))
        return [
            Face(box, _confidence(agreeing), frontal=False)
            for box, agreeing in found
            if _patch(luma, box).std() >= self._params.flat
        ]

    def _windows(self, cascade: cv2.CascadeClassifier, luma: Luma, side: int, needed: int) -> Iterable[tuple[Box, int]]:
        """Boxes in which at least `needed` windows agree, with their number."""
        small = shrunk(luma, side)
        height, width = small.shape
        smallest = max(20, round(self._params.smallest * min(height, width)))
        boxes, agreeing = cascade.detectMultiScale2(
            small, scaleFactor=self._params.step, minNeighbors=needed, minSize=(smallest, smallest)
        )
        for (left, top, wide, tall), count in zip(boxes, agreeing, strict=True):
            yield clipped(left / width, top / height, (left + wide) / width, (top + tall) / height), int(count)

    def _eyes(self, patch: Luma) -> tuple[bool, bool]:
        """Whether an eye is seen in the left and in the right half of the upper face."""
        upper = cv2.equalizeHist(patch)[PATCH // 6 : PATCH * 5 // 8]
        eyes = self._eye.detectMultiScale(upper, 1.1, 3, minSize=(20, 20), maxSize=(50, 50))
        middles = [left + wide / 2 for left, _, wide, _ in eyes]
        return any(x < PATCH / 2 for x in middles), any(x >= PATCH / 2 for x in middles)


def largest_first(faces: Iterable[Face]) -> tuple[Face, ...]:
    """Faces that cover some of the frame, by falling area, then from left to right and top to bottom."""
    seen = [face for face in faces if face.box.area > 0]
    return tuple(sorted(seen, key=lambda face: (-face.box.area, face.box.left, face.box.top)))


def _patch(luma: Luma, box: Box) -> Luma:
    height, width = luma.shape
    top, left = int(box.top * height), int(box.left * width)
    bottom = max(top + 1, int((box.top + box.height) * height))
    right = max(left + 1, int((box.left + box.width) * width))
    cut = luma[top:bottom, left:right]
    return np.asarray(cv2.resize(cut, (PATCH, PATCH), interpolation=cv2.INTER_LINEAR), np.uint8)


def _confidence(agreeing: int) -> float:
    """0.5 for five windows that agree, towards 1 for many: a rank, no probability."""
    return agreeing / (agreeing + 5)


def _overlap(one: Box, other: Box) -> float:
    """Common area over joint area."""
    wide = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    tall = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    common = max(0.0, wide) * max(0.0, tall)
    return common / max(one.area + other.area - common, 1e-9)
