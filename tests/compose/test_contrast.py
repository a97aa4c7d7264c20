"""Contrast as the web measures it, and the weakest shade that gives it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artwork.compose.contrast import halo, luminance, ratio, worst_ratio
from artwork.compose.scrim import ScrimParams, shade_field, shaded, weakest
from artwork.compose.values import PixelBox


def test_ratios_known_from_the_standard() -> None:
    """Black on white 21; #767676 on white 4.54, the grey that just passes; a colour on itself 1."""
    white, black, grey = (luminance(np.array(rgb, np.uint8)) for rgb in ((255,) * 3, (0,) * 3, (0x76,) * 3))
    assert float(ratio(white, black)) == pytest.approx(21)
    assert float(ratio(grey, white)) == pytest.approx(4.54, abs=0.005)
    assert float(ratio(grey, grey)) == 1


def test_the_worst_pixel_counts() -> None:
    """White letters over one bright pixel among dark ones: 1."""
    ground = np.array([[0, 0, 0], [10, 10, 10], [255, 255, 255]], np.uint8)
    assert worst_ratio(ground, 1.0) == 1


def test_a_halo_reaches_as_far_as_it_is_told() -> None:
    ink = np.zeros((9, 9), np.uint8)
    ink[4, 4] = 255
    assert halo(ink, 2)[4].tolist() == [False, False, True, True, True, True, True, False, False]
    assert halo(np.zeros((4, 4), np.uint8), 2).sum() == 0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=30),
    st.sampled_from([(1.0, 8), (0.0, 250)]),
    st.floats(3.0, 7.0),
)
def test_the_weakest_shade_is_enough_and_a_weaker_is_not(
    pixels: list[tuple[int, int, int]], letters: tuple[float, int], wanted: float
) -> None:
    ground = np.array(pixels, np.uint8)
    colour, grey = letters
    strength = weakest(ground, colour, grey, wanted, 0.9)
    assert strength is not None
    assert worst_ratio(shaded(ground, strength, grey), colour) >= wanted
    if strength > 0:
        assert worst_ratio(shaded(ground, strength - 1 / 64, grey), colour) < wanted


def test_no_shade_where_none_is_needed_and_none_that_could_do() -> None:
    """White on night needs none; mid grey letters get no ratio of 7 from anything."""
    assert weakest(np.zeros((5, 3), np.uint8), 1.0, 8, 4.5, 0.9) == 0
    assert weakest(np.full((5, 3), 128, np.uint8), 0.2, 8, 7.0, 0.9) is None


def test_a_shade_covers_the_block_and_spares_the_face() -> None:
    """Full on the block and on to the edges that it is near; nothing on the face beside it, nor behind the face."""
    block, face = PixelBox(20, 150, 120, 190), PixelBox(140, 100, 180, 160)
    field = shade_field((400, 200), block, [face], ScrimParams())
    assert (field[150:190, 20:120] == 1).all()
    assert (field[100:160, 140:180] == 0).all()
    assert (field[190:, :120] == 1).all()
    assert (field[:, 140:] == 0).all()
    assert 0 < field[120, 60] < 1


def test_a_face_at_the_edge_stops_the_shade_there() -> None:
    """A face between the block and the left edge: the shade does not run over it."""
    block, face = PixelBox(60, 150, 160, 190), PixelBox(0, 140, 40, 200)
    field = shade_field((400, 200), block, [face], ScrimParams())
    assert (field[140:200, 0:40] == 0).all()
    assert field[195, 100] == 1


@settings(max_examples=100, deadline=None)
@given(
    st.tuples(st.integers(0, 80), st.integers(0, 60), st.integers(5, 30), st.integers(3, 20)),
    st.lists(st.tuples(st.integers(0, 100), st.integers(0, 80), st.integers(2, 30), st.integers(2, 30)), max_size=3),
)
def test_no_shade_ever_falls_on_a_face(
    block: tuple[int, int, int, int], faces: list[tuple[int, int, int, int]]
) -> None:
    """Wherever the faces are, if only they do not meet the block."""
    place = PixelBox(block[0], block[1], block[0] + block[2], block[1] + block[3])
    boxes = [PixelBox(left, top, left + wide, top + tall) for left, top, wide, tall in faces]
    apart = [
        box
        for box in boxes
        if box.right < place.left or box.left > place.right or box.bottom < place.top or box.top > place.bottom
    ]
    field = shade_field((140, 120), place, apart, ScrimParams())
    assert (field[place.top : place.bottom, place.left : place.right] == 1).all()
    for box in apart:
        assert not field[box.top : box.bottom, box.left : box.right].any()
