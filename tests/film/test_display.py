"""How stored pixels are shown."""

from __future__ import annotations

import struct
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artwork.film.display import Display, analysis_size, display_of, fitted

ONE = 1 << 16
TWO_BY_TWO = np.array([[[1], [2]], [[3], [4]]], np.uint8).repeat(3, axis=2)


def matrix(a: int, b: int, c: int, d: int) -> bytes:
    return struct.pack("=9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)


def shown(display: Display) -> list[list[int]]:
    turned: list[list[int]] = display.turn(TWO_BY_TWO)[..., 0].tolist()
    return turned


@pytest.mark.parametrize(
    ("sides", "degrees", "pixels"),
    [
        ((ONE, 0, 0, ONE), 0, [[1, 2], [3, 4]]),
        ((0, ONE, -ONE, 0), 90, [[3, 1], [4, 2]]),
        ((-ONE, 0, 0, -ONE), 180, [[4, 3], [2, 1]]),
        ((0, -ONE, ONE, 0), 270, [[2, 4], [1, 3]]),
        ((-ONE, 0, 0, ONE), 0, [[2, 1], [4, 3]]),
        ((0, ONE, ONE, 0), 270, [[1, 3], [2, 4]]),
    ],
)
def test_pictures_are_turned_clockwise_and_mirrored_as_the_matrix_says(
    sides: tuple[int, int, int, int], degrees: int, pixels: list[list[int]]
) -> None:
    display = display_of(None, matrix(*sides))
    assert (display.rotation_degrees, shown(display)) == (degrees, pixels)


@pytest.mark.parametrize("bogus", [matrix(0, 0, 0, 0), b"", b"\0" * 35, matrix(ONE, ONE, ONE, ONE)])
def test_a_matrix_that_turns_nothing_into_anything_is_no_rotation(bogus: bytes) -> None:
    """Read as an angle it is not a number, which some tools print as -2147483648."""
    assert display_of(None, bogus) == Display()


def test_a_camera_held_a_little_askew_is_upright() -> None:
    assert display_of(None, matrix(65000, 8000, -8000, 65000)) == Display()


@pytest.mark.parametrize("aspect", [None, Fraction(0), Fraction(1000), Fraction(1, 99), Fraction(-1)])
def test_pixels_of_an_impossible_shape_are_square(aspect: Fraction | None) -> None:
    assert display_of(aspect, None).aspect == 1


def test_pal_widescreen_is_shown_at_its_width() -> None:
    """720 stored columns of 64:45 pixels are 1024 square ones."""
    assert Display(Fraction(64, 45)).shown_size(720, 576) == (1024, 576)


def test_a_turned_frame_swaps_its_sides_after_the_stretch() -> None:
    assert Display(Fraction(2), transposed=True).shown_size(100, 50) == (50, 200)


@pytest.mark.parametrize(
    ("stored", "size"),
    [
        ((1920, 1080), (240, 135)),  # three halvings
        ((3840, 1606), (240, 100)),
        ((640, 360), (320, 180)),
        ((854, 480), (213, 120)),
        ((720, 576), (256, 205)),  # halvings give 360 or 180: neither is near
        ((480, 270), (240, 135)),
        ((256, 144), (256, 144)),
        ((8, 8), (16, 16)),
        ((2, 2), (16, 16)),
        ((4000, 2), (250, 16)),
    ],
)
def test_analysis_pictures_are_about_256_wide_and_never_thin(stored: tuple[int, int], size: tuple[int, int]) -> None:
    assert analysis_size(stored, Display(), 256) == size


@given(st.integers(1, 9000), st.integers(1, 9000), st.integers(1, 2000))
def test_a_fitted_picture_is_never_larger_than_it_was_nor_than_it_may_be(width: int, height: int, side: int) -> None:
    """And keeps its proportion to within half a pixel."""
    wide, high = fitted((width, height), side)
    assert 1 <= wide <= width
    assert 1 <= high <= height
    assert max(wide, high) <= max(1, side)
    scale = min(1.0, side / max(width, height))
    assert abs(wide - max(1, width * scale)) <= 0.5
    assert abs(high - max(1, height * scale)) <= 0.5
