"""Masters and old films: containers and codecs beyond those of the web, and which of several streams is the film."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.packet import Packet
from av.stream import Disposition
from av.video.stream import VideoStream
from film_maker import Making, plain, write_film

from artwork.domain import Rgb
from artwork.film.reader import FilmReader
from artwork.film.video import PyAvSource, read_frame
from artwork.store.titles import FILM_SUFFIXES

RED, GREEN, BLUE = (200, 30, 30), (30, 180, 30), (30, 30, 200)
FRAME = Fraction(1, 25)


def means(pixels: Rgb) -> list[float]:
    return [round(float(value), 1) for value in pixels.reshape(-1, 3).mean(axis=0)]


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [
        ("master.mxf", "mpeg2video", "yuv422p"),
        ("mezzanine.mxf", "dnxhd", "yuv422p10le"),
        ("old.wmv", "wmv2", "yuv420p"),
        ("old.flv", "flv", "yuv420p"),
        ("old.mpg", "mpeg1video", "yuv420p"),
        ("bare.m2v", "mpeg2video", "yuv420p"),
        ("raw.y4m", "wrapped_avframe", "yuv420p"),
    ],
)
def test_a_film_of_another_container_is_read(tmp_path: Path, name: str, codec: str, pixel_format: str) -> None:
    wide = codec == "dnxhd"
    size = (1280, 720) if wide else (352, 288)
    options = {"profile": "dnxhr_hqx"} if wide else {} if codec == "wrapped_avframe" else {"qscale": "2"}
    pictures = [plain(*size, colour) for colour in (RED, RED, RED, BLUE, BLUE, BLUE)]
    making = Making(codec=codec, pixel_format=pixel_format, time_base=FRAME, matrix=1 if wide else 6, options=options)
    film = write_film(tmp_path / name, pictures, making)
    with closing(PyAvSource(film)) as source:
        frames = [(frame.at, means(frame.analysis)) for frame in source.frames()]
    assert [at.exact for at, _ in frames] == [Fraction(number, 25) for number in range(6)]
    for (at, found), colour in zip(frames, [RED] * 3 + [BLUE] * 3, strict=True):
        np.testing.assert_allclose(found, colour, atol=8)
        np.testing.assert_allclose(means(read_frame(film, at)), colour, atol=8)
    assert film.suffix in FILM_SUFFIXES


def _with_picture(path: Path, picture: Rgb, count: int = 10, *, frames: int = 1) -> Path:
    """A small film in green, and before it a stream of a larger picture, which nothing marks as cover art."""
    with av.open(str(path), "w") as film:
        cover = film.add_stream("mjpeg", rate=25)
        cover.width, cover.height, cover.pix_fmt = picture.shape[1], picture.shape[0], "yuvj420p"
        stream = film.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(frames):
            shown = av.VideoFrame.from_ndarray(picture, format="rgb24")
            shown.pts = number
            film.mux(cover.encode(shown))
        film.mux(cover.encode())
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(plain(64, 48, GREEN), format="rgb24")
            frame.pts = number
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
    return path


@pytest.mark.parametrize("name", ["a.mov", "a.mkv"])
def test_a_larger_picture_beside_the_film_is_not_the_film(tmp_path: Path, name: str) -> None:
    with closing(PyAvSource(_with_picture(tmp_path / name, plain(640, 480, RED)))) as source:
        assert (source.facts.width, source.facts.codec) == (64, "h264")
        assert len(list(source.frames())) == 10


def test_a_large_film_of_pictures_beside_its_small_copy_is_the_film(tmp_path: Path) -> None:
    film = _with_picture(tmp_path / "a.mov", plain(640, 480, RED), frames=10)
    with closing(PyAvSource(film)) as source:
        assert source.facts.codec == "mjpeg"


def test_a_lone_stream_of_one_picture_is_a_film_of_one_frame(tmp_path: Path) -> None:
    making = Making(codec="mjpeg", pixel_format="yuvj420p", full_range=True, time_base=FRAME, options={})
    with closing(PyAvSource(write_film(tmp_path / "a.mkv", [plain(64, 48, RED)], making))) as source:
        assert len(list(source.frames())) == 1


def test_of_two_angles_the_one_that_players_show_is_the_film(tmp_path: Path) -> None:
    path = tmp_path / "angles.mkv"
    with av.open(str(path), "w") as film:
        streams = [film.add_stream("libx264", rate=25) for _ in range(2)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        streams[1].disposition = Disposition.default
        for stream, colour in zip(streams, (RED, GREEN), strict=True):
            for number in range(5):
                frame = av.VideoFrame.from_ndarray(plain(64, 48, colour), format="rgb24")
                frame.pts = number
                film.mux(stream.encode(frame))
            film.mux(stream.encode())
    with closing(PyAvSource(path)) as source:
        assert means(next(source.frames()).analysis)[1] > 100


def test_an_empty_packet_repeats_the_frame_before_it_and_is_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = write_film(tmp_path / "a.mkv", [plain(64, 48, GREEN)] * 6)
    coded = FilmReader.packets

    def with_empty_ones(reader: FilmReader) -> Iterator[Packet[VideoStream]]:
        for packet in coded(reader):
            yield packet
            if packet.pts is not None:
                empty: Packet[VideoStream] = Packet()  # type: ignore[assignment]  # its stream comes in the next line
                empty.stream, empty.pts = packet.stream, packet.pts + 20
                yield empty

    monkeypatch.setattr(FilmReader, "packets", with_empty_ones)
    with closing(PyAvSource(film)) as source:
        assert [frame.at.exact for frame in source.frames()] == [Fraction(number, 25) for number in range(6)]
