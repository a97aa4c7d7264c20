"""Bars are found to the line, and nothing else is taken for bars."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artwork.domain import WHOLE_FRAME, Box, Rgb
from artwork.film.letterbox import LetterboxFinder, LetterboxParams

EVERY_FRAME = LetterboxParams(every=1)
GENERATOR = np.random.default_rng(7)


@dataclass
class Seen:
    averaged: Rgb


def noise(height: int = 100, width: int = 200, brightest: int = 255) -> Rgb:
    return GENERATOR.integers(0, brightest, (height, width, 3), np.uint8, endpoint=True)


def barred(top: int, bottom: int, left: int = 0, right: int = 0, brightest: int = 255) -> Rgb:
    """A busy picture of 200x100 inside black bars."""
    pixels = noise(brightest=brightest)
    pixels[:top] = 0
    pixels[100 - bottom :] = 0
    pixels[:, :left] = 0
    pixels[:, 200 - right :] = 0
    return pixels


def found(pictures: Iterable[Rgb], params: LetterboxParams = EVERY_FRAME) -> Box:
    finder = LetterboxFinder(params)
    for picture in pictures:
        finder.observe(Seen(picture))
    return finder.picture


def close(box: Box, expected: Box) -> bool:
    """To a quarter of a line."""
    return all(
        abs(getattr(box, side) - getattr(expected, side)) < 0.0025 for side in ("left", "top", "width", "height")
    )


def test_no_frame_and_black_frames_have_no_bars() -> None:
    assert found([]) == WHOLE_FRAME
    assert found([np.zeros((100, 200, 3), np.uint8)] * 20) == WHOLE_FRAME


def test_a_full_picture_has_no_bars() -> None:
    assert found([noise() for _ in range(20)]) == WHOLE_FRAME


@given(st.integers(2, 30), st.integers(0, 40))
def test_letterbox_and_pillarbox_are_exact(bar: int, side: int) -> None:
    """Bars under two hundredths of a side are none."""
    expected_side = side if side >= 2 else 0
    box = found(barred(bar, bar, side, side) for _ in range(6))
    assert close(box, Box(expected_side / 200, bar / 100, 1 - expected_side / 100, 1 - bar / 50))


def test_bars_that_end_within_a_line_are_found_to_part_of_it() -> None:
    """Bars of 140 lines of 1,080 are 17.5 of 135: 12.963 % of the height."""
    pictures = []
    for _ in range(30):
        tall = cv2.resize(noise(20, 12), (240, 1080), interpolation=cv2.INTER_CUBIC)
        tall[:140] = tall[-140:] = 0
        pictures.append(cv2.resize(tall, (240, 135), interpolation=cv2.INTER_AREA))
    box = found(pictures)
    assert abs(box.top - 140 / 1080) < 0.001
    assert abs(box.height - 800 / 1080) < 0.002


@pytest.mark.parametrize("brightest", [60, 90])
def test_bars_of_a_dark_film_are_found(brightest: int) -> None:
    assert close(found(barred(10, 10, brightest=brightest) for _ in range(20)), Box(0, 0.1, 1, 0.8))


def test_black_frames_and_fades_among_the_rest_do_not_matter() -> None:
    dark = [np.zeros((100, 200, 3), np.uint8), barred(10, 10, brightest=20)] * 50
    assert close(found([*dark, *(barred(10, 10) for _ in range(10)), *dark]), Box(0, 0.1, 1, 0.8))


def test_subtitles_in_the_bar_do_not_hide_it() -> None:
    """Text over a third of the width, half filled."""
    pictures = [barred(12, 12) for _ in range(20)]
    for picture in pictures:
        picture[92:96, 70:130:2] = 255
    assert close(found(pictures), Box(0, 0.12, 1, 0.76))


def test_a_shot_in_another_format_does_not_hide_the_bars_but_half_a_film_does() -> None:
    boxed, full = [barred(10, 10) for _ in range(20)], [noise() for _ in range(20)]
    assert close(found([*boxed, full[0]]), Box(0, 0.1, 1, 0.8))
    assert found([*boxed, *full]) == WHOLE_FRAME


def test_darkness_at_one_edge_is_no_bar() -> None:
    assert found(barred(30, 0) for _ in range(20)) == WHOLE_FRAME


def test_unequal_bars_count_as_the_narrower() -> None:
    """So that nothing of the picture is ever cut."""
    assert close(found(barred(30, 10) for _ in range(20)), Box(0, 0.1, 1, 0.8))


def test_too_few_frames_tell_nothing() -> None:
    assert found(barred(10, 10) for _ in range(4)) == WHOLE_FRAME


def test_compression_noise_in_the_bars_does_not_hide_them() -> None:
    pictures = [barred(10, 10) for _ in range(20)]
    for picture in pictures:
        picture[:10] = GENERATOR.integers(0, 20, picture[:10].shape, np.uint8)
    assert close(found(pictures), Box(0, 0.1, 1, 0.8))


def test_only_every_so_many_frames_are_looked_at() -> None:
    class Counted:
        looks = 0

        @property
        def averaged(self) -> Rgb:
            Counted.looks += 1
            return noise()

    finder = LetterboxFinder(LetterboxParams(every=12))
    for _ in range(120):
        finder.observe(Counted())
    assert Counted.looks == 10


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_long_subtitles_on_a_bar_all_the_time_leave_it_a_bar(share: float) -> None:
    def subtitled() -> Rgb:
        pixels = barred(13, 13)
        reach = int(share * 100)
        pixels[90:95, 100 - reach : 100 + reach : 2] = 255
        return pixels

    assert close(found([subtitled() for _ in range(20)]), Box(0, 0.13, 1, 0.74))


def test_a_line_that_is_lit_at_one_end_alone_belongs_to_the_picture() -> None:
    """A night with a lamp in the corner: the sky beside it is no bar."""
    pixels = noise()
    pixels[:10, 30:] = 0
    pixels[90:] = 0
    assert found([pixels] * 20) == WHOLE_FRAME
