"""Of an interlaced frame one instant is shown; what stands still keeps all its lines."""

from __future__ import annotations

from contextlib import closing
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from artwork.domain import Rgb
from artwork.film.fields import one_instant
from artwork.film.video import PyAvSource

GENERATOR = np.random.default_rng(5)
HOUSE: NDArray[np.uint8] = np.repeat(GENERATOR.integers(60, 200, (30, 80), np.uint8), 4, axis=0).repeat(4, axis=1)
"""(120, 320): a still background."""


def with_post(left: int) -> NDArray[np.uint8]:
    picture = HOUSE.copy()
    picture[20:100, left : left + 24] = 250
    return picture


def woven(top: NDArray[np.uint8], bottom: NDArray[np.uint8]) -> NDArray[np.uint8]:
    picture = top.copy()
    picture[1::2] = bottom[1::2]
    return picture


def test_what_moved_between_the_fields_is_shown_where_the_first_has_it() -> None:
    mixed = woven(with_post(100), with_post(140))
    shown = one_instant(mixed, 8)
    wrong = np.abs(mixed.astype(int) - with_post(100)) > 40
    left = np.abs(shown.astype(int) - with_post(100)) > 40
    assert wrong[24:96].mean() > 0.05
    assert left[24:96].mean() < 0.01
    np.testing.assert_array_equal(shown[0::2], mixed[0::2])


def test_what_stands_still_keeps_all_its_lines() -> None:
    mixed = woven(with_post(100), with_post(140))
    np.testing.assert_array_equal(one_instant(mixed, 8)[:, 200:], mixed[:, 200:])
    assert one_instant(with_post(100), 8) is not None
    np.testing.assert_array_equal(one_instant(HOUSE, 8), HOUSE)


def test_a_thin_line_and_noise_are_no_comb() -> None:
    picture = np.full((120, 320), 90, np.uint8)
    picture[60] = 220
    noisy = np.clip(picture + GENERATOR.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
    np.testing.assert_array_equal(one_instant(picture, 8), picture)
    np.testing.assert_array_equal(one_instant(noisy, 8), noisy)


def test_ten_bits_are_measured_by_their_own_steps() -> None:
    mixed = woven(with_post(100), with_post(140))
    deep = one_instant(np.asarray(mixed * np.uint16(4), np.uint16), 10)
    np.testing.assert_allclose(deep / 4, one_instant(mixed, 8), atol=0.5)


@pytest.mark.parametrize("height", [1, 3, 4, 5])
def test_a_plane_of_few_lines_is_a_plane(height: int) -> None:
    plane = GENERATOR.integers(0, 255, (height, 40), np.uint8)
    assert one_instant(plane, 8).shape == plane.shape


@pytest.mark.parametrize("interlaced", [True, False])
def test_the_still_of_an_interlaced_film_has_no_comb(tmp_path: Path, *, interlaced: bool) -> None:
    """Only a film that says that it is interlaced is taken apart: a woven pattern in another is meant."""
    path = tmp_path / "a.mpg"
    options = {"qscale": "2"} | ({"flags": "+ilme+ildct"} if interlaced else {})
    with av.open(str(path), "w") as film:
        stream = film.add_stream("mpeg2video", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 320, 120, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 25)
        for number in range(4):
            fields = [np.full((120, 320), 60, np.uint8) for _ in range(2)]
            for place, field in enumerate(fields):
                field[10:110, 40 * number + 20 * place + 40 :][:, :24] = 220
            mixed = woven(*fields)
            frame = av.VideoFrame.from_ndarray(np.stack([mixed] * 3, axis=2), format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
    with closing(PyAvSource(path)) as source:
        stills = [frame.still(320) for frame in source.frames()]
    assert (_teeth(stills[1]) < 2) == interlaced


def _teeth(picture: Rgb) -> float:
    """How far the lines of the middle stand from the mean of their neighbours, on average."""
    lines = picture[30:90, :, 1].astype(float)
    return float(np.abs(lines[1:-1] - (lines[:-2] + lines[2:]) / 2).mean())
