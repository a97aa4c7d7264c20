"""Parts of a film, read on their own, are the same parts of the whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream
from film_maker import MILLISECONDS, Making, gradient, write_film

from artwork.domain import Timecode
from artwork.film.reader import FilmReader
from artwork.film.video import PyAvSource

COUNT = 60
CODED = {"crf": "20", "g": "12", "bf": "3", "preset": "veryfast"}
FILMS = {
    "closed.mp4": Making(options=CODED),
    "open.mp4": Making(options={**CODED, "x264-params": "open-gop=1:scenecut=0:b-adapt=0"}),
    "film.mkv": Making(options=CODED),
    "film.ts": Making(options=CODED),
    "film.avi": Making(codec="mpeg4", options={"g": "12"}, time_base=Fraction(1, 25)),
    "film.mov": Making(codec="prores_ks", pixel_format="yuv422p10le", options={}),
    "film.webm": Making(codec="libvpx-vp9", options={"g": "12", "deadline": "realtime", "cpu-used": "8"}),
}


@pytest.fixture(scope="module", params=sorted(FILMS))
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One film in every container, a key frame every dozen frames."""
    path = tmp_path_factory.mktemp("parts") / request.param
    return write_film(path, [gradient(160, 90, number / 4) for number in range(COUNT)], FILMS[request.param])


def whole(film: Path) -> dict[Timecode, bytes]:
    with closing(PyAvSource(film)) as source:
        return {frame.at: frame.analysis.tobytes() for frame in source.frames()}


def test_the_packets_tell_the_times_of_all_frames(film: Path) -> None:
    with closing(PyAvSource(film)) as source:
        listing = source.packets()
    assert listing.exact
    assert [listing.at(place) for place in range(len(listing.ticks))] == list(whole(film))
    assert listing.keys[0]
    assert (listing.sizes > 0).all()


def test_key_frames_are_those_of_the_whole(film: Path) -> None:
    frames = whole(film)
    with closing(PyAvSource(film)) as source:
        listing = source.packets()
        keys = {frame.at: frame.analysis.tobytes() for frame in source.key_frames()}
    assert list(keys) == [listing.at(int(place)) for place in np.flatnonzero(listing.keys)]
    assert len(keys) >= COUNT // 12
    assert all(frames[at] == pixels for at, pixels in keys.items())


@pytest.mark.parametrize(("first", "last"), [(0, 3), (5, 6), (11, 14), (23, 40), (59, 60), (40, 40)])
def test_frames_between_two_instants_are_those_of_the_whole(film: Path, first: int, last: int) -> None:
    """Half open: the end is not among them."""
    frames = list(whole(film).items())
    times = [at for at, _ in frames] + [Timecode(10**9, MILLISECONDS)]
    with closing(PyAvSource(film)) as source:
        seen = [(frame.at, frame.analysis.tobytes()) for frame in source.frames_between(times[first], times[last])]
        again = [frame.at for frame in source.frames_between(times[first], times[last])]
    assert seen == frames[first:last]
    assert again == times[first:last]


def test_parts_may_be_read_while_the_whole_is(film: Path) -> None:
    with closing(PyAvSource(film)) as source:
        frames = source.frames()
        first = [next(frames).at for _ in range(20)]
        between = [frame.at for frame in source.frames_between(first[3], first[5])]
        rest = [frame.at for frame in frames]
    assert between == first[3:5]
    assert first + rest == list(whole(film))


def test_an_instant_between_two_frames_starts_with_the_later(film: Path) -> None:
    times = list(whole(film))
    between = Timecode(times[7].pts * 2 + 1, times[7].time_base / 2)
    with closing(PyAvSource(film)) as source:
        assert next(source.frames_between(between)).at == times[8]


def test_a_raw_stream_says_that_its_listing_is_not_to_be_trusted(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.h264", [gradient(64, 48, number) for number in range(5)])
    with closing(PyAvSource(film)) as source:
        assert not source.packets().exact
        assert len(list(source.frames())) == 5


def test_two_broadcasts_behind_each_other_are_not_to_be_trusted_either(tmp_path: Path) -> None:
    """The clock starts again in the middle: times go on, seeking by them cannot."""
    part = write_film(tmp_path / "a.ts", [gradient(64, 48, number) for number in range(60)], Making(options=CODED))
    film = tmp_path / "b.ts"
    film.write_bytes(part.read_bytes() * 2)
    with closing(PyAvSource(film)) as source:
        assert not source.packets().exact
        times = [frame.at for frame in source.frames()]
    assert len(times) >= 115
    assert times == sorted(set(times))
    assert times[-1].seconds == pytest.approx(len(times) / 25, abs=0.3)


def test_frames_are_given_once(tmp_path: Path) -> None:
    with closing(PyAvSource(write_film(tmp_path / "a.mp4", [gradient(64, 48)]))) as source:
        assert len(list(source.frames())) == 1
        with pytest.raises(RuntimeError, match="make another"):
            next(source.frames())


class Surprised:
    """A container in which, after the first packet, one comes of a stream that PyAV was not told of."""

    def __init__(self, container: InputContainer) -> None:
        self._container = container
        self._surprised = False

    def demux(self, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
        for packet in self._container.demux(stream):
            yield packet
            if not self._surprised:
                self._surprised = True
                raise IndexError("list index out of range")


def test_a_packet_of_a_stream_that_began_later_is_let_go(tmp_path: Path) -> None:
    """All other packets are there, and it is no damage."""
    path = str(write_film(tmp_path / "film.mp4", [gradient(64, 48, step / 9) for step in range(COUNT)]))
    reader = FilmReader(path, max_pixels=10_000, threads=1)
    reader._container = Surprised(reader._container)  # type: ignore[assignment]
    assert sum(1 for _ in reader.decode()) == COUNT
    assert reader.problem is None
