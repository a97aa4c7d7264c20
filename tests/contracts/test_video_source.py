"""What every video source keeps: the suite of the port `VideoSource`."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from artwork.film.storyboard import StoryboardSource, read_storyboard
from artwork.film.video import PyAvSource
from artwork.ports import VideoSource

Opener = Callable[[Path], VideoSource]

WIDTH, HEIGHT, COUNT = 320, 180, 12


def _pyav(folder: Path) -> VideoSource:
    film = folder / "film.mp4"
    if not film.exists():
        with av.open(str(film), "w") as container:
            stream = container.add_stream("libx264", rate=25, options={"crf": "8", "g": "5"})
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            for number in range(COUNT):
                picture = np.full((HEIGHT, WIDTH, 3), number * 20, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode())
    return PyAvSource(film)


def _storyboard(_: Path) -> VideoSource:
    told = {"id": "two", "name": "Two", "width": WIDTH, "height": HEIGHT, "shots": [SHOT, SHOT]}
    return StoryboardSource(read_storyboard(told))


SHOT = {"seconds": 0.4, "layers": [{"picture": "hills", "level": 0.6}]}
OPENERS: dict[str, Opener] = {"pyav": _pyav, "storyboard": _storyboard}


@pytest.fixture(params=sorted(OPENERS))
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], VideoSource]:
    """Opens the same film again and again."""
    opener = OPENERS[request.param]
    return lambda: opener(tmp_path)


def test_facts_are_known_before_the_first_frame(opened: Callable[[], VideoSource]) -> None:
    facts = opened().facts
    assert facts.width > 0
    assert facts.height > 0
    assert facts.codec


def test_times_start_at_zero_and_grow(opened: Callable[[], VideoSource]) -> None:
    times = [frame.at for frame in opened().frames()]
    assert times[0].exact == 0
    assert all(earlier < later for earlier, later in itertools.pairwise(times))


def test_the_first_frame_is_a_key_frame(opened: Callable[[], VideoSource]) -> None:
    assert next(iter(opened().frames())).is_key


def test_analysis_pictures_have_one_size_and_are_rgb_bytes(opened: Callable[[], VideoSource]) -> None:
    shapes = set()
    for frame in opened().frames():
        assert frame.analysis.dtype == np.uint8
        shapes.add(frame.analysis.shape)
    (shape,) = shapes
    assert shape[2] == 3


def test_analysis_pictures_have_the_proportions_of_the_film(opened: Callable[[], VideoSource]) -> None:
    source = opened()
    height, width, _ = next(iter(source.frames())).analysis.shape
    assert width / height == pytest.approx(source.facts.width / source.facts.height, rel=0.02)


def test_stills_are_at_most_as_large_as_asked_and_as_the_film(opened: Callable[[], VideoSource]) -> None:
    source = opened()
    frame = next(iter(source.frames()))
    longest = max(source.facts.width, source.facts.height)
    for asked in (1, 50, longest, 10 * longest):
        still = frame.still(asked)
        assert still.dtype == np.uint8
        assert max(still.shape[:2]) == min(asked, longest)


def test_still_and_analysis_show_the_same_picture(opened: Callable[[], VideoSource]) -> None:
    for frame in opened().frames():
        assert abs(float(frame.analysis.mean()) - float(frame.still(64).mean())) < 3


def test_reading_a_film_twice_gives_the_same(opened: Callable[[], VideoSource]) -> None:
    first = [(frame.at, frame.analysis.tobytes()) for frame in opened().frames()]
    assert first == [(frame.at, frame.analysis.tobytes()) for frame in opened().frames()]


def test_closing_twice_is_fine(opened: Callable[[], VideoSource]) -> None:
    source = opened()
    source.close()
    source.close()


def test_the_picture_lies_inside_the_frame_after_the_last_frame(opened: Callable[[], VideoSource]) -> None:
    source = opened()
    for frame in source.frames():
        assert frame.analysis.size
    assert 0 < source.facts.picture.area <= 1
