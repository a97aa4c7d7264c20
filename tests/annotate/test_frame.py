"""The whole annotation of one still, and the way between picture and frame."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artwork.annotate.frame import annotate_frame
from artwork.annotate.picture import clipped, inside, shrunk, to_frame, to_picture
from artwork.domain import Box, Face, ModelRef, Rgb, ShotScale

BARS = Box(0.0, 0.125, 1.0, 0.75)
"""The picture of a 4:3 frame that holds a 16:9 picture."""


class OneFace:
    """Sees a face in the upper left quarter of whatever it is shown, and remembers what that was."""

    model = ModelRef("one-face", "0")

    def __init__(self) -> None:
        self.shown: list[tuple[int, ...]] = []

    def detect(self, pixels: Rgb) -> tuple[Face, ...]:
        """One frontal face with an eye in its middle."""
        self.shown.append(pixels.shape)
        return (Face(Box(0.0, 0.0, 0.5, 0.4), 0.9, frontal=True, landmarks=((0.25, 0.2),)),)


def boxed() -> Rgb:
    """A grey picture between black bars, with a subtitle on the lower bar."""
    still = np.zeros((480, 640, 3), np.uint8)
    still[60:420] = 128
    cv2.putText(still, "See you tomorrow", (180, 460), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (255, 255, 255), 2, cv2.LINE_AA)
    return still


def test_faces_are_sought_inside_the_bars_and_given_in_the_frame() -> None:
    """0.4 of a picture 0.75 high is 0.3 of the frame, and starts below the bar."""
    detector = OneFace()
    seen = annotate_frame(boxed(), motion=0.02, picture=BARS, faces=detector)
    (face,) = seen.contextual.faces
    assert detector.shown == [(360, 640, 3)]
    assert (face.box.left, face.box.top, face.box.width, face.box.height) == pytest.approx((0, 0.125, 0.5, 0.3))
    assert face.landmarks[0] == pytest.approx((0.25, 0.125 + 0.2 * 0.75))
    assert seen.contextual.shot_scale is ShotScale.CLOSE_UP


def test_text_is_sought_on_the_bars_too_but_covers_nothing_of_the_picture_there() -> None:
    seen = annotate_frame(boxed(), motion=0.0, picture=BARS, faces=OneFace())
    (line,) = seen.contextual.text
    assert line.top > 0.875
    assert seen.contextual.text_share == 0
    whole = annotate_frame(boxed(), motion=0.0, faces=OneFace())
    assert 0 < whole.contextual.text_share < 0.05


def test_light_is_measured_inside_the_bars() -> None:
    """The picture is flat grey: no black is clipped, and the rest of it is room for a title."""
    seen = annotate_frame(boxed(), motion=0.02, picture=BARS, faces=OneFace())
    assert seen.visual.brightness == pytest.approx(128 / 255)
    assert seen.visual.clipped_shadows == 0
    assert seen.visual.motion == 0.02
    assert seen.compositional.picture == BARS
    assert seen.compositional.negative_space[5][8] == 1


def test_a_picture_too_small_to_measure_is_the_whole_still() -> None:
    still = boxed()
    assert inside(still, Box(0.5, 0.5, 0.0, 0.0)).shape == still.shape
    assert inside(still, BARS).shape == (360, 640, 3)


@pytest.mark.parametrize("shape", [(1, 1), (2, 300), (31, 17)])
def test_a_still_of_any_size_is_annotated(shape: tuple[int, int]) -> None:
    seen = annotate_frame(np.full((*shape, 3), 200, np.uint8), motion=0.0, faces=OneFace())
    assert seen.visual.brightness == pytest.approx(200 / 255)
    assert seen.contextual.text == ()


def test_shrinking_keeps_the_shape_and_never_enlarges() -> None:
    assert shrunk(np.zeros((360, 640, 3), np.uint8), 320).shape == (180, 320, 3)
    assert shrunk(np.zeros((640, 360), np.uint8), 320).shape == (320, 180)
    assert shrunk(np.zeros((90, 160, 3), np.uint8), 320).shape == (90, 160, 3)


fractions = st.floats(0, 1)


@given(fractions, fractions, fractions, fractions, st.floats(0, 0.4), st.floats(0, 0.4))
def test_picture_and_frame_are_inverse(
    left: float, top: float, right: float, bottom: float, across: float, down: float
) -> None:
    """A box of the picture, taken to the frame and back, is the same box."""
    picture = Box(across, down, 1 - 2 * across, 1 - 2 * down)
    box = clipped(min(left, right), min(top, bottom), max(left, right), max(top, bottom))
    back = to_picture(to_frame(box, picture), picture)
    assert (back.left, back.top, back.width, back.height) == pytest.approx(
        (box.left, box.top, box.width, box.height), abs=1e-6
    )
