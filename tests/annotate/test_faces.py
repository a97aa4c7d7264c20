"""What is told from a face beyond its box, and which detector is opened."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from artwork.annotate.faces import YuNetFaces, is_frontal, open_face_detector
from artwork.annotate.haar import largest_first
from artwork.annotate.scale import shot_scale
from artwork.domain import WHOLE_FRAME, Box, Face, ModelRef, ShotScale
from artwork.errors import ModelError


def test_a_nose_between_the_eyes_is_frontal() -> None:
    """At 0.4 of the way the shorter distance is 2/3 of the longer; at 0.25 it is 1/3."""
    eyes = [(100.0, 100.0), (200.0, 100.0)]
    assert is_frontal([*eyes, (150.0, 160.0)], 0.45)
    assert is_frontal([*eyes, (140.0, 160.0)], 0.45)
    assert not is_frontal([*eyes, (125.0, 160.0)], 0.45)
    assert not is_frontal([*eyes, (90.0, 160.0)], 0.45)


def test_a_tilted_head_is_still_frontal() -> None:
    """The nose is measured along the line of the eyes, here at 45 degrees."""
    assert is_frontal([(100.0, 100.0), (200.0, 200.0), (100.0, 200.0)], 0.45)


def test_eyes_in_one_place_are_no_frontal_face() -> None:
    assert not is_frontal([(100.0, 100.0), (100.0, 100.0), (100.0, 160.0)], 0.45)


def test_faces_are_ordered_by_area_then_position() -> None:
    """Two of one size stand from left to right; one without area is dropped."""
    right, left = Face(Box(0.6, 0.1, 0.2, 0.2), 0.9), Face(Box(0.1, 0.1, 0.2, 0.2), 0.8)
    large, none = Face(Box(0.3, 0.3, 0.3, 0.3), 0.7), Face(Box(1.0, 0.3, 0.0, 0.3), 0.9)
    assert largest_first([right, none, large, left]) == (large, left, right)


@pytest.mark.parametrize(
    ("height", "scale"),
    [
        (0.5, ShotScale.CLOSE_UP),
        (0.35, ShotScale.CLOSE_UP),
        (0.3, ShotScale.MEDIUM_CLOSE_UP),
        (0.15, ShotScale.MEDIUM),
        (0.1, ShotScale.FULL),
        (0.05, ShotScale.WIDE),
    ],
)
def test_shot_scale_follows_the_tallest_face(height: float, scale: ShotScale) -> None:
    faces = [Face(Box(0.1, 0.1, 0.02, 0.02), 0.9), Face(Box(0.4, 0.2, height / 2, height), 0.9)]
    assert shot_scale(faces, WHOLE_FRAME) is scale


def test_shot_scale_is_measured_inside_the_bars() -> None:
    """A face of 0.3 of the frame fills 0.4 of a picture that is three quarters high."""
    faces = [Face(Box(0.4, 0.3, 0.2, 0.3), 0.9)]
    assert shot_scale(faces, WHOLE_FRAME) is ShotScale.MEDIUM_CLOSE_UP
    assert shot_scale(faces, Box(0, 0.125, 1, 0.75)) is ShotScale.CLOSE_UP


def test_without_faces_there_are_no_people() -> None:
    assert shot_scale([], WHOLE_FRAME) is ShotScale.NO_PEOPLE


def test_without_weights_the_cascades_are_opened() -> None:
    assert open_face_detector(None).model.name == "haar"


@pytest.mark.parametrize("content", [None, b"", b"no network at all"])
def test_a_file_that_is_no_network_is_refused_by_name(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "yunet.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=r"yunet\.onnx is no YuNet face detector"):
        open_face_detector(path)


def test_faces_of_a_real_film(material: Path) -> None:
    """The close-ups of the Sintel trailer at 14 and 28 seconds show one face each, the dunes at 38 none."""
    detector = YuNetFaces(material / "models" / "yunet_n_640_640.onnx")
    film = cv2.VideoCapture(str(material / "films" / "sintel_trailer.mp4"))
    counts = []
    for seconds in (14, 28, 38):
        film.set(cv2.CAP_PROP_POS_MSEC, seconds * 1000)
        _, pixels = film.read()
        counts.append(len(detector.detect(np.ascontiguousarray(pixels[:, :, ::-1]))))
    film.release()
    assert counts == [1, 1, 0]


def test_a_model_is_called_by_the_beginning_of_its_digest_or_by_its_whole_version() -> None:
    assert str(ModelRef("yunet", "0123456789abcdef" * 4)) == "yunet@0123456789ab"
    assert str(ModelRef("haar", "opencv-4.14.0.94")) == "haar@opencv-4.14.0.94"
