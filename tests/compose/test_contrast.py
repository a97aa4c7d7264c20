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
    """Full on the block, nothing on the face beside it, and it goes on to the edge that the block is near."""
    block, face = PixelBox(20, 150, 120, 190), PixelBox(140, 100, 180, 150)
    field = shade_field((400, 200), block, [face], ScrimParams())
    assert (field[150:190, 20:120] == 1).all()
    assert (field[100:150, 140:180] == 0).all()
    assert field[199, 0] > 0.9
    assert field[5, 395] == 0
