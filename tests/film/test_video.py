"""Films with known pictures and times come out as they went in; real ones as their makers meant."""

from __future__ import annotations

from contextlib import closing
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import Interpolation
from film_maker import MILLISECONDS, Making, gradient, plain, quarters, write_film

from artwork.domain import Rgb, Timecode
from artwork.errors import FilmError, FilmReason
from artwork.film.video import DecodeParams, PyAvFrame, PyAvSource, read_frame

CAREFUL = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
FRAME = Fraction(1, 25)
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def frames_of(film: Path, params: DecodeParams | None = None) -> list[PyAvFrame]:
    source = PyAvSource(film, params)
    frames = list(source.frames())
    source.close()
    return frames


def corners(picture: Rgb) -> list[list[int]]:
    """Top left, top right, bottom left, bottom right, a little inside."""
    return [picture[y, x].astype(int).tolist() for y in (3, -4) for x in (3, -4)]


def test_times_of_a_variable_frame_rate_are_exact(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mkv", [plain(64, 48, RED)] * 5, times=[100, 140, 1100, 1103, 2100])
    frames = frames_of(film)
    assert [frame.at for frame in frames] == [Timecode(ms, MILLISECONDS) for ms in (0, 40, 1000, 1003, 2000)]
    assert frames[0].is_key


def test_ntsc_times_do_not_drift(tmp_path: Path) -> None:
    """Frame 30 of 30000/1001 frames a second is at 1.001 s, exactly."""
    base = Fraction(1, 30000)
    making = Making(time_base=base)
    film = write_film(tmp_path / "a.mp4", [plain(64, 48, RED)] * 31, making, times=[n * 1001 for n in range(31)])
    assert frames_of(film)[30].at.exact == Fraction(1001, 1000)


@pytest.mark.parametrize(
    ("rotation", "clockwise", "expected"),
    [
        (0, 0, [RED, GREEN, BLUE, WHITE]),
        (90, 270, [GREEN, WHITE, RED, BLUE]),
        (180, 180, [WHITE, BLUE, GREEN, RED]),
        (270, 90, [BLUE, RED, WHITE, GREEN]),
    ],
)
def test_a_film_is_turned_upright(
    tmp_path: Path, rotation: int, clockwise: int, expected: list[tuple[int, int, int]]
) -> None:
    """The matrix of the encoder turns the other way round: counter-clockwise."""
    film = write_film(tmp_path / "a.mp4", [quarters(320, 180)] * 2, Making(rotation=rotation))
    source = PyAvSource(film)
    frame = next(source.frames())
    upright = (320, 180) if clockwise in (0, 180) else (180, 320)
    assert (source.facts.width, source.facts.height, source.facts.rotation_degrees) == (*upright, clockwise)
    for picture in (frame.analysis, frame.still(640)):
        assert picture.shape == (upright[1], upright[0], 3)
        np.testing.assert_allclose(corners(picture), expected, atol=3)


def test_a_mirrored_film_is_mirrored_back(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", [quarters(320, 180)], Making(mirrored=True))
    np.testing.assert_allclose(corners(frames_of(film)[0].analysis), [GREEN, RED, WHITE, BLUE], atol=3)


def test_anamorphic_pixels_are_made_square(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", [quarters(320, 240)], Making(pixel_aspect=Fraction(4, 3)))
    source = PyAvSource(film)
    frame = next(source.frames())
    assert (source.facts.width, source.facts.height, source.facts.pixel_aspect) == (427, 240, Fraction(4, 3))
    assert frame.analysis.shape == (144, 256, 3)
    assert frame.still(213).shape == (120, 213, 3)


@pytest.mark.parametrize(
    "making",
    [
        Making(),
        Making(matrix=6),
        Making(matrix=9),
        Making(full_range=True),
        Making(matrix=6, full_range=True),
        Making(pixel_format="yuv422p"),
        Making(pixel_format="yuv444p"),
        Making(pixel_format="yuv420p10le"),
        Making(pixel_format="yuv422p10le", matrix=6),
        Making(pixel_format="yuv444p10le"),
        Making(pixel_format="nv12"),
        Making(codec="ffv1", options={}),
        Making(codec="ffv1", options={}, pixel_format="yuva420p"),
        Making(codec="ffv1", options={}, pixel_format="bgr0", matrix=2),
        Making(codec="ffv1", options={}, pixel_format="yuv410p"),
        Making(codec="rawvideo", options={}, pixel_format="yuyv422"),
    ],
)
def test_colours_survive_every_matrix_range_depth_and_format(tmp_path: Path, making: Making) -> None:
    picture = frames_of(write_film(tmp_path / "a.mkv", [quarters(320, 180)] * 2, making))[1].analysis
    np.testing.assert_allclose(corners(picture), [RED, GREEN, BLUE, WHITE], atol=4)


@pytest.mark.parametrize("making", [Making(), Making(matrix=6, full_range=True), Making(pixel_format="yuv420p10le")])
def test_the_cheap_analysis_picture_is_the_full_conversion_made_small(tmp_path: Path, making: Making) -> None:
    """Within 5 of 255 everywhere, 1 on average, of swscale at full size and then the mean of each 8x8 block.

    Planes of 8 bits are rounded three times on the way, and a step of chroma is two of blue.
    """
    film = write_film(tmp_path / "a.mp4", [gradient(1920, 1080)], making)
    with av.open(str(film)) as container:
        decoded = next(container.decode(video=0))
        whole = decoded.to_ndarray(format="rgb24", interpolation=CAREFUL)
    small = cv2.resize(whole.astype(np.float32), (240, 135), interpolation=cv2.INTER_AREA)
    difference = np.abs(frames_of(film)[0].analysis - small)
    assert difference.mean() < 1.0
    assert difference.max() < 5.0


def test_of_a_large_frame_every_other_line_is_analysed_unless_all_are_asked_for(tmp_path: Path) -> None:
    """Of 720 lines for 180 the odd ones are read, here all dark: light and dark by turns have their mean in all."""
    striped = plain(1280, 720, (60, 60, 60))
    striped[::2] = 160
    film = write_film(tmp_path / "a.mkv", [striped] * 2, Making(codec="ffv1", options={}))
    frame = frames_of(film)[1]
    assert frame.analysis.shape == frame.averaged.shape == (180, 320, 3)
    assert abs(frame.analysis.astype(int) - 60).max() <= 2
    assert abs(frame.averaged.astype(int) - 110).max() <= 2


def test_bars_of_a_large_film_are_found_to_the_line(tmp_path: Path) -> None:
    """138 of 1,080 lines are black at either end: 17.25 lines of the analysis picture."""
    barred = gradient(1920, 1080)
    barred[:138] = barred[-138:] = 0
    film = write_film(tmp_path / "a.mp4", [barred] * 61)
    with closing(PyAvSource(film)) as source:
        for _ in source.frames():
            pass
        assert source.facts.picture.top == pytest.approx(138 / 1080, abs=1 / 1080)


def test_a_still_at_full_size_is_what_swscale_makes_at_its_most_careful(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", [gradient(640, 360)])
    with av.open(str(film)) as container:
        decoded = next(container.decode(video=0))
        whole = decoded.to_ndarray(format="rgb24", interpolation=CAREFUL).astype(int)
    still = frames_of(film)[0].still(640)
    assert np.abs(still - whole).mean() < 1.0
    assert frames_of(film)[0].still(4000).shape == (360, 640, 3)


def test_transparent_parts_are_black(tmp_path: Path) -> None:
    """Alpha 0 over red is black; alpha 255 is red."""
    picture = np.zeros((32, 64, 4), np.uint8)
    picture[:, :, 0] = 255
    picture[:, 32:, 3] = 255
    with av.open(str(tmp_path / "a.mkv"), "w") as film:
        stream = film.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 32, "bgra"
        film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgba").reformat(format="bgra")))
        film.mux(stream.encode())
    seen = frames_of(tmp_path / "a.mkv")[0].analysis
    assert corners(seen) == [[0, 0, 0], [255, 0, 0], [0, 0, 0], [255, 0, 0]]


@pytest.mark.parametrize(("width", "height"), [(321, 181), (33, 17), (3, 5), (1, 1), (400, 2)])
def test_odd_and_tiny_sizes_decode(tmp_path: Path, width: int, height: int) -> None:
    film = write_film(tmp_path / "a.mkv", [plain(width, height, RED)] * 2, Making(codec="rawvideo", options={}))
    frame = frames_of(film)[1]
    assert min(frame.analysis.shape[:2]) >= 16
    assert frame.still(640).shape == (height, width, 3)
    np.testing.assert_allclose(frame.analysis.reshape(-1, 3).mean(axis=0), RED, atol=3)


def test_a_size_that_changes_mid_stream_leaves_the_analysis_size_alone(tmp_path: Path) -> None:
    """Two raw streams behind each other: 640x360, then 320x240."""
    parts = [
        write_film(tmp_path / f"{n}.h264", [plain(*size, colour)] * 3)
        for n, (size, colour) in enumerate([((640, 360), RED), ((320, 240), GREEN)])
    ]
    film = tmp_path / "both.h264"
    film.write_bytes(b"".join(part.read_bytes() for part in parts))
    frames = frames_of(film)
    assert {frame.analysis.shape for frame in frames} == {frames[0].analysis.shape}
    assert sorted({frame.still(640).shape for frame in frames}) == [(240, 320, 3), (360, 640, 3)]
    assert [frame.at.exact for frame in frames] == [Fraction(n, 25) for n in range(6)]


def test_a_pixel_that_changes_its_shape_mid_stream_is_shown_in_the_new_one(tmp_path: Path) -> None:
    """A broadcast that goes from 4:3 to 16:9 keeps its 320x240 and changes the aspect of a pixel from 1 to 4:3."""
    parts = [
        write_film(tmp_path / f"{n}.h264", [plain(320, 240, RED)] * 3, Making(pixel_aspect=aspect))
        for n, aspect in enumerate((Fraction(1), Fraction(4, 3)))
    ]
    film = tmp_path / "both.h264"
    film.write_bytes(b"".join(part.read_bytes() for part in parts))
    frames = frames_of(film)
    assert [frame.still(640).shape for frame in frames] == [(240, 320, 3)] * 3 + [(240, 427, 3)] * 3
    assert {frame.analysis.shape for frame in frames} == {frames[0].analysis.shape}
    assert read_frame(film, Timecode(4, Fraction(1, 25))).shape == (240, 427, 3)


def test_cover_art_is_not_the_film_and_the_largest_stream_is(tmp_path: Path, material: Path) -> None:
    source = PyAvSource(material / "badmedia/video/torchcodec_nasa_multistream.mp4")
    assert (source.facts.width, source.facts.height) == (480, 270)
    source.close()
    audio = _tone_with_cover(tmp_path / "song.m4a")
    with pytest.raises(FilmError) as caught:
        PyAvSource(audio)
    assert caught.value.reason is FilmReason.NO_VIDEO


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "libx264"), ("a.h264", "libx264"), ("a.avi", "mpeg4"), ("a.webm", "libvpx-vp9")]
)
def test_frames_are_refused_for_their_size_before_one_is_decoded(tmp_path: Path, name: str, codec: str) -> None:
    film = write_film(tmp_path / name, [plain(320, 240, RED)] * 2, Making(codec=codec, options={}, time_base=FRAME))
    with pytest.raises(FilmError, match="320x240") as caught:
        PyAvSource(film, DecodeParams(max_pixels=320 * 239))
    assert caught.value.reason is FilmReason.TOO_LARGE
    assert frames_of(film, DecodeParams(max_pixels=320 * 240))


def test_a_truncated_film_gives_what_is_there_and_says_so(tmp_path: Path) -> None:
    making = Making(options={"crf": "20", "g": "10", "movflags": "faststart"})
    whole = write_film(tmp_path / "a.mp4", [gradient(320, 180, n / 5) for n in range(50)], making)
    with av.open(str(whole)) as read, av.open(str(tmp_path / "b.mp4"), "w", options={"movflags": "faststart"}) as copy:
        stream = copy.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                copy.mux(packet)
    film = tmp_path / "b.mp4"
    film.write_bytes(film.read_bytes()[: film.stat().st_size * 6 // 10])
    seen: list[PyAvFrame] = []
    with pytest.raises(FilmError) as caught:
        seen.extend(PyAvSource(film).frames())
    assert caught.value.reason is FilmReason.DAMAGED
    assert 20 < len(seen) < 40


def test_several_threads_give_the_same_frames(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", [gradient(320, 180, n / 5) for n in range(20)])
    one, four = frames_of(film), frames_of(film, DecodeParams(threads=4))
    assert [frame.at for frame in one] == [frame.at for frame in four]
    assert all(np.array_equal(a.analysis, b.analysis) for a, b in zip(one, four, strict=True))


def test_a_frame_is_read_again_at_its_exact_time_and_full_size(tmp_path: Path) -> None:
    times = [0, 40, 80, 500, 540, 1100, 1140, 1180, 2000, 2040]
    making = Making(options={"crf": "4", "g": "4", "bf": "2"})
    film = write_film(tmp_path / "a.mkv", [gradient(320, 180, n) for n in range(10)], making, times)
    for frame in frames_of(film):
        np.testing.assert_array_equal(read_frame(film, frame.at), frame.still(320))


def test_the_frame_on_screen_is_the_last_one_begun(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mkv", [plain(64, 48, RED), plain(64, 48, BLUE)], times=[0, 1000])
    for at, colour in ((999, RED), (1000, BLUE), (9999, BLUE)):
        shown = read_frame(film, Timecode(at, MILLISECONDS))
        np.testing.assert_allclose(shown.reshape(-1, 3).mean(axis=0), colour, atol=4)


def test_a_frame_of_a_raw_stream_is_found_without_time_stamps(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.h264", [plain(64, 48, (n * 20, 0, 0)) for n in range(10)])
    shown = read_frame(film, Timecode(7, Fraction(1, 25)))
    np.testing.assert_allclose(shown[..., 0].mean(), 140, atol=4)


def _tone_with_cover(path: Path) -> Path:
    with av.open(str(path), "w", format="mp4") as song:
        sound = song.add_stream("aac", rate=44100)
        cover = song.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 64, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        song.mux(cover.encode(av.VideoFrame.from_ndarray(plain(64, 64, RED), format="rgb24")))
        silence = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
        silence.sample_rate = 44100
        song.mux(sound.encode(silence))
        song.mux(sound.encode())
    return path
