"""Crops: inside the picture, of the right aspect, no head cut; refused with the reason otherwise."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from compose_builders import canvas, focus_on
from hypothesis import given, settings
from hypothesis import strategies as st

from artwork.compose.crop import CropParams, CropRefusal, find_crops
from artwork.compose.loss import measure_loss
from artwork.compose.values import Canvas, CanvasRule, Crop, PixelBox
from artwork.domain import Box

GRID = 20


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    """A box on a grid of twentieths."""
    left, top = draw(st.integers(0, GRID - 1)), draw(st.integers(0, GRID - 1))
    wide, tall = draw(st.integers(1, GRID - left)), draw(st.integers(1, GRID - top))
    return Box(left / GRID, top / GRID, wide / GRID, tall / GRID)


def first(found: tuple[Crop, ...] | CropRefusal) -> Crop:
    """The best crop."""
    assert not isinstance(found, CropRefusal), found
    return found[0]


@settings(max_examples=120, deadline=None)
@given(
    frame=st.tuples(st.integers(160, 900), st.integers(120, 600)),
    bars=st.tuples(st.integers(0, 40), st.integers(0, 40)),
    heads=st.lists(boxes(), max_size=4),
    text=st.lists(boxes(), max_size=2),
    aspect=st.sampled_from([Fraction(16, 9), Fraction(2, 3), Fraction(1), Fraction(9, 16), Fraction(7, 3)]),
    point=st.none() | st.tuples(st.integers(0, GRID), st.integers(0, GRID)),
)
def test_every_crop_keeps_the_laws(
    frame: tuple[int, int],
    bars: tuple[int, int],
    heads: list[Box],
    text: list[Box],
    aspect: Fraction,
    point: tuple[int, int] | None,
) -> None:
    """Inside the picture box, of the canvas's aspect to a pixel, each head in or out, no width beyond the limit."""
    width, height = frame
    picture = PixelBox(bars[0], bars[1], width - bars[0], height - bars[1])
    where = None if point is None else (point[0] / GRID, point[1] / GRID)
    focus = replace(focus_on(width, height, tuple(heads), tuple(text)), picture=picture, point=where)
    place = Canvas("test", aspect, tuple(int(step * aspect * 144) for step in (1, 2, 3)))
    found = find_crops(focus, place, CropParams(steps=9))
    if isinstance(found, CropRefusal):
        assert found.rule in {CanvasRule.UPSCALED, CanvasRule.HEAD_CUT}
        return
    for crop in found:
        cut = crop.pixels
        assert picture.left <= cut.left < cut.right <= picture.right
        assert picture.top <= cut.top < cut.bottom <= picture.bottom
        assert abs(cut.width / aspect - cut.height) <= 1
        for box in heads:
            across = (box.left * width, (box.left + box.width) * width)
            down = (box.top * height, (box.top + box.height) * height)
            inside = (
                across[0] >= cut.left - 1e-3
                and across[1] <= cut.right + 1e-3
                and down[0] >= cut.top - 1e-3
                and down[1] <= cut.bottom + 1e-3
            )
            outside = (
                across[1] <= cut.left + 1e-3
                or across[0] >= cut.right - 1e-3
                or down[1] <= cut.top + 1e-3
                or down[0] >= cut.bottom - 1e-3
            )
            assert inside or outside
        assert crop.widths
        assert crop.widths[-1] <= 1.25 * cut.width
        assert crop.loss.upscaling == pytest.approx(crop.widths[-1] / cut.width)
        assert 0 <= crop.loss.faces_kept <= 1
        assert 0 <= crop.loss.saliency_kept <= 1
        assert 0 <= crop.loss.text_cut <= 1


def test_a_head_at_the_side_is_kept_whole() -> None:
    """A head at the far left of a wide frame: the poster moves there."""
    crop = first(find_crops(focus_on(1920, 1080, (Box(0.05, 0.2, 0.15, 0.4),)), canvas(2, 3, 480)))
    assert crop.pixels.left <= 96
    assert crop.loss.faces_kept == 1


def test_a_head_wider_than_the_crop_is_refused_with_the_reason() -> None:
    """A close-up that fills 60 % of the width cannot stand on a poster, which sees 37.5 % of it."""
    found = find_crops(focus_on(1920, 1080, (Box(0.2, 0.0, 0.6, 1.0),)), canvas(2, 3, 480))
    assert found == CropRefusal(CanvasRule.HEAD_CUT, 0.0, 1.0)


def test_two_heads_too_far_apart_for_a_poster_leave_one_out_whole() -> None:
    """Heads at either side: the larger is kept, the other lies wholly outside; half of the faces are kept."""
    heads = (Box(0.1, 0.2, 0.2, 0.5), Box(0.75, 0.3, 0.15, 0.4))
    crop = first(find_crops(focus_on(1920, 1080, heads), canvas(2, 3, 480)))
    assert crop.loss.faces_kept == 0.5
    assert crop.pixels.right <= 0.75 * 1920


def test_a_small_film_is_refused_a_large_canvas() -> None:
    """363 pixels across in 204 rows at 16:9; 640 are needed: 1.763 times, the limit is 1.25."""
    found = find_crops(focus_on(480, 204), canvas(16, 9, 640, 1280))
    assert isinstance(found, CropRefusal)
    assert (found.rule, found.limit) == (CanvasRule.UPSCALED, 1.25)
    assert found.value == pytest.approx(640 / 362)


def test_widths_beyond_the_limit_are_left_out() -> None:
    """1280 pixels across serve 640, 1280 and 1600 at 1.25 times, not 1920."""
    crop = first(find_crops(focus_on(1280, 720), canvas(16, 9, 640, 1280, 1600, 1920)))
    assert crop.widths == (640, 1280, 1600)
    assert crop.loss.upscaling == 1.25


def test_a_reviewers_point_wins_over_faces() -> None:
    """A face at the left, a point at the right: the poster is centred on the point, the face is left out."""
    focus = replace(focus_on(1920, 1080, (Box(0.05, 0.2, 0.15, 0.4),)), point=(0.7, 0.5))
    crop = first(find_crops(focus, canvas(2, 3, 480)))
    assert crop.box.centre[0] == pytest.approx(0.7, abs=0.005)
    assert crop.loss.faces_kept == 0


def test_a_point_beside_a_head_is_kept_and_the_head_not_cut() -> None:
    """Centred on 0.5, the largest poster would cut the head that begins at 0.65: a closer one leaves it out whole."""
    focus = replace(focus_on(1920, 1080, (Box(0.65, 0.2, 0.2, 0.4),)), point=(0.5, 0.5))
    crop = first(find_crops(focus, canvas(2, 3, 480)))
    assert crop.pixels.right <= 1248
    assert crop.box.centre[0] == pytest.approx(0.5, abs=0.01)


def test_subtitles_are_avoided_where_the_crop_can() -> None:
    """A line at the foot of a frame taller than the banner needs: the banner lies above it."""
    focus = focus_on(1920, 1080, text=(Box(0.2, 0.88, 0.6, 0.06),))
    crop = first(find_crops(focus, canvas(7, 3, 840)))
    assert crop.pixels.bottom <= 0.88 * 1080
    assert crop.loss.text_cut == 0


def test_there_is_room_before_a_face_that_looks_aside() -> None:
    """The same head in the middle, looking left and looking right: it stands right, then left of the middle."""
    places = []
    for gaze in (-1.0, 1.0):
        focus = focus_on(1920, 1080, (Box(0.45, 0.2, 0.1, 0.3),), gaze=gaze)
        cut = first(find_crops(focus, canvas(1, 1, 540))).pixels
        places.append((960 - cut.left) / cut.width)
    assert places[0] > 0.55
    assert places[1] < 0.45


def test_nothing_there_gives_the_middle() -> None:
    """An even frame without faces: the largest crop, on the middle."""
    crop = first(find_crops(focus_on(1920, 1080), canvas(16, 9, 1920)))
    assert crop.pixels == PixelBox(0, 0, 1920, 1080)
    assert crop.box == Box(0, 0, 1, 1)
    assert str(crop) == "1920x1080+0+0 of 1920x1080"


def test_losses_by_hand() -> None:
    """The left half of the frame: one head of two, half of what stands out, and a line of text cut through."""
    heads = (Box(0.1, 0.1, 0.2, 0.2), Box(0.7, 0.1, 0.2, 0.2))
    loss = measure_loss(PixelBox(0, 0, 800, 900), focus_on(1600, 900, heads, (Box(0.4, 0.8, 0.2, 0.1),)), 400)
    assert (loss.faces_kept, loss.text_cut, loss.upscaling) == (0.5, 1.0, 0.5)
    assert loss.saliency_kept == pytest.approx(0.5)


def test_alternatives_differ_and_come_by_merit() -> None:
    """What is offered when the title finds no room on the first is not the first again."""
    found = find_crops(focus_on(1920, 1080, (Box(0.4, 0.3, 0.1, 0.2),)), canvas(1, 1, 540))
    assert not isinstance(found, CropRefusal)
    assert len(found) > 1
    assert [crop.merit for crop in found] == sorted((crop.merit for crop in found), reverse=True)
    assert len({crop.pixels for crop in found}) == len(found)
