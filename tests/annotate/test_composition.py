"""Where the subject lies, balance, depth and room for a title, on pictures drawn for the purpose."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artwork.annotate.composition import measure_composition, ruled, saliency, thirds
from artwork.annotate.picture import grey
from artwork.domain import Box, Face, Luma, Rgb


def busy(seed: int = 1) -> Rgb:
    """Random cells of 8 px: hard edges everywhere."""
    cells = np.random.default_rng(seed).integers(0, 256, (45, 80, 3), dtype=np.uint8)
    return np.repeat(np.repeat(cells, 8, axis=0), 8, axis=1)


def face(left: float, top: float, side: float) -> Face:
    return Face(Box(left, top, side, side), 0.9)


def test_thirds_is_1_on_a_power_point_and_falls_with_distance() -> None:
    """The middle lies sqrt(2) / 6 = 0.2357 from each power point: 1 - 3 * 0.2357 = 0.293. A corner is too far."""
    assert thirds((1 / 3, 2 / 3)) == pytest.approx(1)
    assert thirds((0.5, 0.5)) == pytest.approx(0.2929, abs=1e-4)
    assert thirds((0.0, 0.0)) == 0


def test_a_face_is_the_subject() -> None:
    """Its middle, (0.333, 0.333), is a power point, whatever else stands out."""
    assert measure_composition(busy(), faces=[face(0.2333, 0.2333, 0.2)]).thirds == pytest.approx(1, abs=0.01)


def test_without_faces_what_stands_out_is_the_subject() -> None:
    """One red disc on grey at the lower right power point."""
    still = np.full((360, 640, 3), 120, np.uint8)
    cv2.circle(still, (427, 240), 30, (230, 30, 30), -1)
    assert measure_composition(still).thirds > 0.8
    salient = saliency(grey(still))
    row, column = np.unravel_index(np.argmax(salient), salient.shape)
    assert (row / salient.shape[0], column / salient.shape[1]) == pytest.approx((0.667, 0.667), abs=0.12)


def test_symmetry_compares_left_with_right() -> None:
    one_side = busy()
    one_side[:, 320:] = one_side[:, :320][:, ::-1]
    assert measure_composition(one_side).symmetry > 0.98
    assert measure_composition(busy()).symmetry < 0.3


def test_depth_of_field_is_sharp_against_soft() -> None:
    """A face in focus before a blurred wall; the same wall in focus has none."""
    still = np.asarray(cv2.GaussianBlur(busy(), (0, 0), 6), np.uint8)
    still[90:230, 250:390] = busy()[90:230, 250:390]
    person = [face(0.4, 0.27, 0.2)]
    assert measure_composition(still, faces=person).depth_of_field > 0.5
    assert measure_composition(still).depth_of_field > 0.5
    assert measure_composition(busy(), faces=person).depth_of_field < 0.1


def test_negative_space_is_where_nothing_is() -> None:
    """The left third is empty, the rest busy; rows of cells stand from top to bottom."""
    still = busy()
    still[:, :214] = 90
    grid = np.array(measure_composition(still).negative_space)
    assert grid.shape == (6, 9)
    assert (grid[:, :2] == 1).all()
    assert (grid[:, 4:] == 0).all()


def test_faces_and_text_leave_no_room() -> None:
    """A face in the upper left cell of 6 x 9, a line of text in the lowest row, on a flat picture."""
    still = np.full((360, 640, 3), 60, np.uint8)
    seen = measure_composition(still, faces=[face(0.01, 0.01, 0.09)], text=[Box(0.0, 0.85, 1.0, 0.1)])
    grid = np.array(seen.negative_space)
    assert grid[0, 0] == 0
    assert (grid[5] == 0).all()
    assert grid.sum() == 54 - 1 - 9


def test_the_grid_covers_the_picture_inside_the_bars() -> None:
    """Bars of an eighth at top and bottom: the picture's lower half is busy, and its face lies in its first cell."""
    still = np.zeros((480, 640, 3), np.uint8)
    still[240:420] = busy()[180:]
    picture = Box(0, 0.125, 1, 0.75)
    seen = measure_composition(still, faces=[Face(Box(0.01, 0.13, 0.08, 0.1), 0.9)], picture=picture)
    grid = np.array(seen.negative_space)
    assert seen.picture == picture
    assert grid[0, 0] == 0
    assert (grid[:2, 1:] == 1).all()
    assert (grid[3:] == 0).all()


def test_a_flat_picture_is_all_room_and_nothing_else() -> None:
    seen = measure_composition(np.full((90, 160, 3), 128, np.uint8))
    assert (seen.symmetry, seen.depth_of_field) == (0, 0)
    assert set(np.ravel(seen.negative_space)) == {1.0}


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_every_measure_of_any_picture_lies_between_0_and_1(height: int, width: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    seen = measure_composition(pixels, faces=[face(0.5, 0.5, 0.4)])
    numbers = [seen.thirds, seen.symmetry, seen.depth_of_field, *np.ravel(seen.negative_space)]
    assert all(0 <= number <= 1 for number in numbers)


def bars(height: int = 180, width: int = 320) -> Luma:
    """Seven upright bars over three lying ones."""
    still = np.zeros((height, width), np.uint8)
    for number in range(7):
        still[: height * 2 // 3, number * width // 7 : (number + 1) * width // 7] = 230 - 30 * number
    for number in range(3):
        still[height * 2 // 3 :, number * width // 3 : (number + 1) * width // 3] = (16, 235, 60)[number]
    return still


def test_colour_bars_are_drawn_with_a_ruler() -> None:
    assert ruled(bars()) > 0.95
    noisy = np.clip(bars() + np.random.default_rng(3).normal(0, 1, (180, 320)), 0, 255).astype(np.uint8)
    assert ruled(noisy) > 0.9


def test_the_name_of_a_station_on_the_bars_changes_nothing() -> None:
    still = bars()
    cv2.putText(still, "CHANNEL FOUR", (60, 70), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 255, 2, cv2.LINE_AA)
    assert ruled(still) < 0.9
    assert ruled(still, [Box(55 / 320, 48 / 180, 200 / 320, 28 / 180)]) > 0.95


def test_what_is_no_test_pattern_is_not_ruled() -> None:
    """Nothing at all; a room of straight lines with a round lamp; small square cells, as old games have them."""
    assert ruled(np.full((180, 320), 90, np.uint8)) == 0
    room = bars()
    cv2.circle(room, (160, 60), 40, 250, -1, cv2.LINE_AA)
    assert ruled(room) < 0.8
    assert ruled(grey(busy())) == pytest.approx(7 / 8, abs=0.03)  # of its rows repeat the one above
    assert ruled(np.full((1, 9), 90, np.uint8)) == 0
