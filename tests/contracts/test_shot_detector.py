"""The suite of the port ShotDetector: what every implementation owes its callers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from artwork.domain import Boundary, BoundaryKind, Rgb, Timecode
from artwork.film.shots import SINGLE_DETECTORS, ShotParams, open_detector, shots_from_boundaries
from artwork.film.transnet import TransNetDetector
from artwork.ports import ShotDetector

BASE = Fraction(1, 90_000)
Open = Callable[[], ShotDetector]


def _jumps(frames: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Stands in for the network: sure of a cut wherever the mean brightness jumps."""
    means = frames.reshape(len(frames), -1).mean(axis=1)
    sure = np.append(np.abs(np.diff(means)) > 20, False)
    return np.stack([sure, sure], axis=1).astype(np.float64)


OPENINGS: dict[str, Open] = {
    **{name: lambda name=name: open_detector(ShotParams(name)) for name in ("vote", *SINGLE_DETECTORS)},  # type: ignore[misc]
    "transnet": lambda: TransNetDetector(0.25, predict=_jumps),
}


@pytest.fixture(params=OPENINGS)
def opened(request: pytest.FixtureRequest) -> Open:
    return OPENINGS[request.param]


def _film(size: tuple[int, int] = (256, 144)) -> Iterator[tuple[Rgb, Timecode]]:
    """Four textures of 30 frames each, at an uneven pace, the third of them all black."""
    generator = np.random.default_rng(8)
    pts = 0
    for shot in range(4):
        low = generator.integers(30 * shot, 60 + 60 * shot, (9, 16, 3))
        rows, columns = (np.arange(side) * cells // side for side, cells in ((size[1], 9), (size[0], 16)))
        picture = low[rows][:, columns].astype(np.uint8) * (shot != 2)
        for _ in range(30):
            yield picture, Timecode(pts, BASE)
            pts += int(generator.integers(2_000, 5_500))


def _run(detector: ShotDetector, film: Iterator[tuple[Rgb, Timecode]]) -> tuple[list[Boundary], list[Timecode]]:
    found: list[Boundary] = []
    instants: list[Timecode] = []
    for pixels, at in film:
        instants.append(at)
        found += detector.observe(pixels, at)
    end = Timecode(instants[-1].pts + 3_000, BASE)
    return [*found, *detector.finish(end)], [*instants, end]


def test_boundaries_come_in_order_at_instants_of_the_film(opened: Open) -> None:
    """Whatever is said of a film is said in order of time, once, and names instants that were shown."""
    found, instants = _run(opened(), _film())
    assert found
    assert [b.at for b in found] == sorted({b.at for b in found})
    assert {t for b in found for t in (b.at, b.start, b.end)} <= set(instants)


def test_a_cut_has_no_length(opened: Open) -> None:
    """A cut starts and ends at the first frame of the new shot."""
    found, _ = _run(opened(), _film())
    assert all(b.start == b.at == b.end for b in found if b.kind is BoundaryKind.CUT)


def test_the_same_film_gives_the_same_boundaries(opened: Open) -> None:
    """Two runs over one film agree to the last boundary, and the detectors have one name."""
    first, second = opened(), opened()
    assert _run(first, _film()) == _run(second, _film())
    assert first.name == second.name
    assert first.name


def test_a_film_without_frames_has_no_boundaries(opened: Open) -> None:
    """Nothing shown, nothing found."""
    assert list(opened().finish(Timecode(0, BASE))) == []


def test_a_film_of_one_frame_is_one_shot(opened: Open) -> None:
    """A single picture is a film too."""
    detector = opened()
    at, end = Timecode(0, BASE), Timecode(3_000, BASE)
    found = [*detector.observe(next(_film())[0], at), *detector.finish(end)]
    assert len(shots_from_boundaries(found, at, end)) == 1


@pytest.mark.parametrize("size", [(144, 256), (64, 36), (256, 61), (17, 19)])
def test_any_analysis_size_will_do(opened: Open, size: tuple[int, int]) -> None:
    """Portrait, small, wide and odd frames are taken, and left as they are."""
    before = [pixels.copy() for pixels, _ in _film(size)]
    film = list(_film(size))
    found, _ = _run(opened(), iter(film))
    assert found
    assert all(np.array_equal(one, other) for one, (other, _) in zip(before, film, strict=True))


def test_frames_that_only_can_be_read_are_enough(opened: Open) -> None:
    """The decoder may hand out its own memory: it is not written to."""
    detector = opened()
    for pixels, at in _film():
        pixels.flags.writeable = False
        detector.observe(pixels, at)
