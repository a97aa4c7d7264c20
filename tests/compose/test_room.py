"""Where a title finds room."""

from __future__ import annotations

import pytest
from compose_builders import canvas, flat, noisy
from hypothesis import given, settings
from hypothesis import strategies as st

from artwork.compose.room import Ground, RoomParams, Shape, find_room
from artwork.compose.values import PixelBox

WIDE = canvas(16, 9, 640, treatment=True)


def test_on_even_ground_a_title_stands_at_the_lower_left() -> None:
    spot = find_room(Ground(flat(640, 360, 20), WIDE), [Shape(200, 60)])[0]
    assert (spot.left + 100) / 640 == pytest.approx(0.28, abs=0.02)
    assert (spot.top + 30) / 360 == pytest.approx(0.76, abs=0.03)


def test_a_busy_side_is_avoided() -> None:
    """Leaves on the left, sky on the right."""
    pixels = flat(640, 360, 60)
    pixels[::2, :320] = 160
    spot = find_room(Ground(pixels, WIDE), [Shape(200, 60)])[0]
    assert spot.left >= 310


def test_what_stands_out_is_avoided() -> None:
    """A red ball on a grey ground, where a title would usually stand; no detector knows what it is."""
    pixels = flat(640, 360, 90)
    pixels[240:320, 140:230] = (220, 40, 30)
    spot = find_room(Ground(pixels, WIDE), [Shape(200, 60)])[0]
    assert spot.left > 230 or spot.left + 200 < 140 or spot.top + 60 < 240 or spot.top > 320


def test_places_come_the_best_first_one_in_each_part_of_the_canvas() -> None:
    spots = find_room(Ground(flat(640, 360, 20), WIDE), [Shape(100, 40), Shape(120, 30)])
    assert [spot.merit for spot in spots] == sorted((spot.merit for spot in spots), reverse=True)
    sizes = {0: (100, 40), 1: (120, 30)}
    middles = [
        (int((spot.left + sizes[spot.shape][0] / 2) * 3 // 640), int((spot.top + sizes[spot.shape][1] / 2) * 3 // 360))
        for spot in spots
    ]
    assert len(set(middles)) == len(middles) == 9


def test_no_room_beside_a_face_that_fills_the_canvas() -> None:
    ground = Ground(flat(640, 360), WIDE, heads=(PixelBox(60, 0, 580, 360),))
    assert find_room(ground, [Shape(200, 60)]) == ()


def test_a_block_larger_than_the_safe_area_finds_none() -> None:
    assert find_room(Ground(flat(640, 360), WIDE), [Shape(600, 60)]) == ()
    assert find_room(Ground(flat(640, 360), WIDE), []) == ()


@settings(max_examples=60, deadline=None)
@given(
    heads=st.lists(
        st.tuples(st.integers(0, 500), st.integers(0, 280), st.integers(8, 140), st.integers(8, 80)), max_size=4
    ),
    sizes=st.lists(st.tuples(st.integers(40, 560), st.integers(15, 200)), min_size=1, max_size=4),
)
def test_every_spot_is_safe_and_free(heads: list[tuple[int, int, int, int]], sizes: list[tuple[int, int]]) -> None:
    """Inside the safe area, off every head by the gap, whatever there is."""
    taken = tuple(PixelBox(left, top, left + wide, top + tall) for left, top, wide, tall in heads)
    gap = RoomParams().gap * 360
    for spot in find_room(Ground(noisy(640, 360), WIDE, heads=taken), [Shape(*size) for size in sizes]):
        wide, tall = sizes[spot.shape]
        assert spot.left >= 32 - 1e-6
        assert spot.left + wide <= 608 + 1e-6
        assert spot.top >= 18 - 1e-6
        assert spot.top + tall <= 342 + 1e-6
        for head in taken:
            apart_x = max(head.left - (spot.left + wide), spot.left - head.right)
            apart_y = max(head.top - (spot.top + tall), spot.top - head.bottom)
            assert max(apart_x, apart_y) >= gap - 1e-6
