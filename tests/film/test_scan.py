"""The pass over a film says how far it has come, whichever way it reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from film_maker import Making, gradient, write_film

from artwork.errors import FilmError, FilmReason
from artwork.film.quick import QuickParams
from artwork.film.sampling import SamplingParams
from artwork.film.scan import QuickFilm, scan_quickly
from artwork.film.shots import ShotParams, open_detector
from artwork.film.video import DecodeParams


def test_a_quick_pass_tells_its_progress_all_along(tmp_path: Path) -> None:
    """A parent that hears nothing for minutes takes the child for hung, however far it has come."""
    shots = [gradient(160, 96, phase) for phase in range(8)]
    pictures = [np.roll(picture, step, axis=1) for picture in shots for step in range(25)]
    write_film(tmp_path / "film.mp4", pictures, Making(options={"crf": "20", "preset": "ultrafast", "g": "25"}))
    told: list[float] = []
    film = QuickFilm(str(tmp_path / "film.mp4"), DecodeParams(), QuickParams())
    scan_quickly(film, lambda: open_detector(ShotParams()), SamplingParams(), lambda *_: None, told.append)
    assert told[0] == 0.0
    assert told == sorted(told)
    assert all(any(second / 8 <= share <= (second + 1) / 8 for share in told) for second in range(8))


def test_a_quick_pass_over_no_film_says_why(tmp_path: Path) -> None:
    """As the full pass does."""
    (tmp_path / "film.mp4").write_bytes(b"no film")
    film = QuickFilm(str(tmp_path / "film.mp4"), DecodeParams(), QuickParams())
    with pytest.raises(FilmError) as caught:
        scan_quickly(film, lambda: open_detector(ShotParams()), SamplingParams(), lambda *_: None)
    assert caught.value.reason is FilmReason.UNREADABLE
