"""What every `FaceDetector` promises, run over YuNet and the Haar cascades."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest

from artwork.annotate.faces import open_face_detector
from artwork.domain import Rgb
from artwork.ports import FaceDetector


@pytest.fixture(scope="module", params=["yunet", "haar"])
def detector(request: pytest.FixtureRequest) -> FaceDetector:
    """Each implementation; YuNet only where its weights are at hand."""
    if request.param == "haar":
        return open_face_detector(None)
    material = cast("Path", request.getfixturevalue("material"))
    return open_face_detector(material / "models" / "yunet_n_640_640.onnx")


@pytest.fixture(scope="module")
def portrait() -> Rgb:
    """A photograph of one person who looks at the camera (Eileen Collins, NASA, public domain)."""
    return np.asarray(pytest.importorskip("skimage.data").astronaut(), np.uint8)


def test_a_face_is_found_where_it_is(detector: FaceDetector, portrait: Rgb) -> None:
    """Her face lies around (0.44, 0.22), a fifth to a third of the picture high, and looks at the camera."""
    found = detector.detect(portrait)
    assert found
    assert found[0].box.centre == pytest.approx((0.44, 0.22), abs=0.06)
    assert 0.15 < found[0].box.height < 0.4
    assert found[0].frontal
    assert found[0].eyes_open in {True, None}


def test_two_faces_come_largest_first(detector: FaceDetector, portrait: Rgb) -> None:
    """The same face at three quarters of its size, and whole, side by side."""
    head = portrait[:240, 110:350]
    smaller = np.full_like(head, 60)
    smaller[:180, :180] = cv2.resize(head, (180, 180), interpolation=cv2.INTER_AREA)
    found = detector.detect(np.concatenate([smaller, head], axis=1))
    assert len(found) == 2
    assert found[0].box.centre[0] > 0.5 > found[1].box.centre[0]
    assert all(one.box.area >= other.box.area for one, other in pairwise(found))


def test_boxes_stay_inside_the_frame(detector: FaceDetector, portrait: Rgb) -> None:
    """A face cut by the upper and left edges: what is found, if anything, is a box of the frame."""
    for face in detector.detect(np.ascontiguousarray(portrait[70:, 190:])):
        assert face.box.area > 0
        assert 0 < face.confidence <= 1


def test_the_same_picture_gives_the_same_faces(detector: FaceDetector, portrait: Rgb) -> None:
    """Also after another picture of another size."""
    first = detector.detect(portrait)
    detector.detect(np.zeros((90, 160, 3), np.uint8))
    assert detector.detect(portrait) == first


@pytest.mark.parametrize("shape", [(360, 640), (90, 160), (33, 17), (1, 1)])
def test_a_blank_picture_of_any_size_has_no_faces(detector: FaceDetector, shape: tuple[int, int]) -> None:
    assert detector.detect(np.full((*shape, 3), 90, np.uint8)) == ()


def test_texture_has_no_faces(detector: FaceDetector) -> None:
    """Random cells, as of leaves or bricks."""
    cells = np.random.default_rng(4).integers(0, 256, (45, 80, 3), dtype=np.uint8)
    assert detector.detect(np.repeat(np.repeat(cells, 8, axis=0), 8, axis=1)) == ()


def test_the_model_is_named(detector: FaceDetector) -> None:
    """Name and digest are stored with every face."""
    assert detector.model.name in {"yunet", "haar"}
    assert detector.model.digest
