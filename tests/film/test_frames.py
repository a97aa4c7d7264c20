"""Chosen frames at full size: the same pictures as one by one, the film opened once."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from film_maker import Making, plain, write_film

from artwork.domain import Timecode
from artwork.errors import FilmError
from artwork.film.frames import read_frames
from artwork.film.video import PyAvSource, read_frame

TICK = Fraction(1, 1000)


def at(number: int) -> Timecode:
    return Timecode(40 * number, TICK)


@pytest.fixture(scope="module", params=["rising.mp4", "rising.mkv", "rising.ts"])
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds in which every frame is four steps brighter than the one before."""
    pictures = [plain(320, 180, (4 * number + 20,) * 3) for number in range(50)]
    return write_film(tmp_path_factory.mktemp("film") / request.param, pictures, Making(rate=25))


def test_they_come_in_order_of_time_each_once_as_they_are_on_screen(film: Path) -> None:
    found = list(read_frames(film, [at(30), at(3), at(30), at(49), at(0)]))
    assert [when for when, _ in found] == [at(0), at(3), at(30), at(49)]
    assert [float(pixels.mean()) for _, pixels in found] == pytest.approx([20, 32, 140, 216], abs=3)
    assert all(np.array_equal(pixels, read_frame(film, when)) for when, pixels in found)


def test_between_frames_the_one_before_is_on_screen_and_behind_the_end_the_last(film: Path) -> None:
    instants = [Timecode(40 * 30 + 17, TICK), Timecode(90_000, TICK)]
    found = [float(pixels.mean()) for _, pixels in read_frames(film, instants)]
    assert found == pytest.approx([140, 216], abs=3)


def test_of_no_instants_nothing_is_read(film: Path) -> None:
    assert list(read_frames(film, [])) == []


def test_where_seeking_is_not_to_be_trusted_one_decode_gives_them_all(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = [at(3), at(4), at(30)]
    expected = [pixels for _, pixels in read_frames(film, wanted)]
    monkeypatch.setattr(PyAvSource, "frames_between", lambda *_: iter(()))
    found = list(read_frames(film, wanted))
    assert [when for when, _ in found] == wanted
    assert all(np.array_equal(one, other) for (_, one), other in zip(found, expected, strict=True))


def test_a_film_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"no film")
    with pytest.raises(FilmError):
        list(read_frames(tmp_path / "film.mp4", [at(1)]))
