"""Bars that come and go with the shots are found in their stills; nothing else is taken for bars."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artwork.annotate.bars import shot_pictures
from artwork.domain import WHOLE_FRAME, Box, Rgb

GENERATOR = np.random.default_rng(11)
PILLARS = Box(0.125, 0.0, 0.75, 1.0)
SCOPE = Box(0.0, 0.125, 1.0, 0.75)


def still(picture: Box = WHOLE_FRAME, brightest: int = 255, height: int = 160, width: int = 320) -> Rgb:
    """A busy picture inside black."""
    pixels = np.zeros((height, width, 3), np.uint8)
    rows = slice(round(picture.top * height), round((picture.top + picture.height) * height))
    columns = slice(round(picture.left * width), round((picture.left + picture.width) * width))
    shape = pixels[rows, columns].shape
    pixels[rows, columns] = GENERATOR.integers(0, brightest, shape, np.uint8, endpoint=True)
    return pixels


def test_no_still_has_no_picture() -> None:
    assert shot_pictures([], WHOLE_FRAME) == {}


def test_every_shot_has_the_picture_inside_its_own_bars() -> None:
    found = shot_pictures([(0, still()), (1, still(SCOPE)), (1, still(SCOPE)), (2, still(PILLARS))], WHOLE_FRAME)
    assert found == {0: WHOLE_FRAME, 1: SCOPE, 2: PILLARS}


def test_bars_inside_those_of_the_film_are_told_in_the_frame() -> None:
    """Pillars inside a scope picture: an archive clip in a film that is letterboxed throughout."""
    window = Box(0.125, 0.125, 0.75, 0.75)
    assert shot_pictures([(0, still(SCOPE)), (1, still(window))], SCOPE) == {0: SCOPE, 1: window}


def test_a_shot_that_opens_up_is_cut_nowhere() -> None:
    assert shot_pictures([(0, still(SCOPE)), (0, still())], WHOLE_FRAME) == {0: WHOLE_FRAME}


def test_a_dark_shot_has_the_format_that_others_show() -> None:
    """Its own picture fades into the bars, but outside the format of its neighbours it is black."""
    night = np.zeros((160, 320, 3), np.uint8)
    night[60:90, 120:180] = 90
    found = shot_pictures([(0, still(SCOPE)), (1, night)], WHOLE_FRAME)
    assert found == {0: SCOPE, 1: SCOPE}


def test_a_moon_outside_the_format_of_other_shots_is_not_cut_off() -> None:
    night = np.zeros((160, 320, 3), np.uint8)
    night[6:14, 250:258] = 200
    night[60:90, 120:180] = 90
    assert shot_pictures([(0, still(SCOPE)), (1, night)], WHOLE_FRAME)[1] == WHOLE_FRAME


@pytest.mark.parametrize("kind", ["spotlight", "title", "lopsided", "thin", "black"])
def test_black_around_something_else_is_no_bar(kind: str) -> None:
    pixels = np.zeros((160, 320, 3), np.uint8)
    down, across = np.mgrid[0:160, 0:320]
    if kind == "spotlight":
        pixels[(down - 80) ** 2 + (across - 160) ** 2 < 60**2] = 200
    elif kind == "title":
        pixels[70:90, 100:220:3] = 255
    elif kind == "lopsided":
        pixels[10:120] = 200
    elif kind == "thin":
        pixels[1:159] = 200
    assert shot_pictures([(0, pixels)], WHOLE_FRAME) == {0: WHOLE_FRAME}


def test_subtitles_on_the_bar_leave_it_a_bar() -> None:
    pixels = still(SCOPE)
    pixels[146:152, 70:250:2] = 255
    assert shot_pictures([(0, pixels)], WHOLE_FRAME) == {0: SCOPE}


def test_stills_of_two_sizes_keep_their_own_formats() -> None:
    found = shot_pictures([(0, still(SCOPE)), (1, still(PILLARS, height=240))], WHOLE_FRAME)
    assert found == {0: SCOPE, 1: PILLARS}
    assert shot_pictures([(0, still(SCOPE)), (0, still(SCOPE, height=240))], WHOLE_FRAME) == {0: WHOLE_FRAME}


@given(bar=st.integers(0, 50), brightest=st.integers(60, 255))
def test_what_is_cut_away_is_black(bar: int, brightest: int) -> None:
    pixels = still(Box(0.0, bar / 160, 1.0, 1 - 2 * bar / 160), brightest)
    found = shot_pictures([(0, pixels)], WHOLE_FRAME)[0]
    assert found.top in {0.0, bar / 160}
    assert not pixels[: round(found.top * 160)].any()
    assert not pixels[round((found.top + found.height) * 160) :].any()
