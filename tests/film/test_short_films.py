"""Films of so few frames that there is hardly anything to compare."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from artwork.domain import Timecode
from artwork.film.shots import ShotParams, open_detector


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_film_of_hardly_any_frames_is_one_shot(count: int) -> None:
    """Too little is seen to say that something was cut, and nothing breaks."""
    detector = open_detector(ShotParams())
    slope = np.linspace(20, 220, 160, dtype=np.uint8)[None, :, None].repeat(90, axis=0).repeat(3, axis=2)
    found = [
        boundary
        for number in range(count)
        for boundary in detector.observe(slope + np.uint8(number), Timecode(number, Fraction(1, 25)))
    ]
    assert [*found, *detector.finish(Timecode(count, Fraction(1, 25)))] == []


def test_a_film_of_two_unlike_frames_is_heard_to_its_end() -> None:
    """There are no steps around the one step of such a film to compare it with."""
    detector = open_detector(ShotParams())
    slope = np.linspace(20, 220, 160, dtype=np.uint8)[None, :, None].repeat(90, axis=0).repeat(3, axis=2)
    for number, picture in enumerate((slope, np.ascontiguousarray(slope[:, ::-1]))):
        assert not detector.observe(picture, Timecode(number, Fraction(1, 2)))
    assert len(detector.finish(Timecode(2, Fraction(1, 2)))) <= 1
