"""The storyboard film: its timeline by hand, its pixels at the cuts, its file, and the laws of a video source."""

from __future__ import annotations

import csv
import importlib.util
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artwork.domain import BoundaryKind, Box, Rgb, ShotKind, Timecode
from artwork.errors import ExtraMissing
from artwork.film.storyboard import (
    Storyboard,
    StoryboardError,
    StoryboardSource,
    encode,
    encoded_digest,
    load_storyboard,
    photographs,
    read_storyboard,
)
from artwork.film.storyboard.atmosphere import WEATHERS, air
from artwork.film.storyboard.grades import GRADES, graded
from artwork.film.storyboard.photographs import PHOTOGRAPHS, photograph
from artwork.film.storyboard.pigments import Sheet, ink
from artwork.film.storyboard.take import PAINTERS, Take
from pipelines.samples import make_samples, sample_storyboards


def plain(colour: str, seconds: float, **more: Any) -> dict[str, Any]:  # noqa: ANN401  # as a TOML file gives it
    return {"seconds": seconds, "layers": [{"picture": "plain", "colours": [colour]}], **more}


def film(*shots: dict[str, Any], **more: Any) -> Storyboard:  # noqa: ANN401  # as a TOML file gives it
    told = {"id": "test", "name": "Test", "width": 64, "height": 48, "fps": "10", "shots": list(shots)}
    return read_storyboard({**told, **more})


RED, GREEN, BLUE = "#c80000", "#00b400", "#0000c8"
THREE = film(
    plain(RED, 1.0),
    plain(GREEN, 1.2, next={"kind": "dissolve", "frames": 4}, kind="title_card"),
    plain(BLUE, 1.0, next={"kind": "black", "frames": 3, "hold": 2}),
    plain(RED, 1.0, kind="credits"),
    fade_out=2,
)
"""Frames: red 0-9, green 10-21 of which 18-21 dissolve into blue 18-27 (fading from 25), black 28-29, red 30-39."""


def seconds(tenths: int) -> Timecode:
    return Timecode(tenths, Fraction(1, 10))


def pictures(board: Storyboard) -> list[Rgb]:
    return [frame.pixels for frame in StoryboardSource(board).frames()]


def test_boundaries_lie_where_the_file_puts_them() -> None:
    """Cut at 10; the dissolve touches 18 to 21, half way 20; the fade touches 25 to 32, half way 29."""
    cut, dissolve, fade = StoryboardSource(THREE).true_boundaries()
    assert (cut.kind, cut.start, cut.at, cut.end) == (BoundaryKind.CUT, *[seconds(10)] * 3)
    assert (dissolve.kind, dissolve.start, dissolve.at, dissolve.end) == (
        BoundaryKind.DISSOLVE,
        *(seconds(at) for at in (18, 20, 22)),
    )
    assert (fade.kind, fade.start, fade.at, fade.end) == (BoundaryKind.FADE, *(seconds(at) for at in (25, 29, 33)))


def test_shots_tile_the_film_and_know_their_clear_part_and_kind() -> None:
    shots = StoryboardSource(THREE).true_shots()
    assert [(shot.start, shot.end) for shot in shots] == [
        (seconds(a), seconds(b)) for a, b in ((0, 10), (10, 20), (20, 29), (29, 40))
    ]
    assert [(shot.clear_start, shot.clear_end) for shot in shots] == [
        (seconds(a), seconds(b)) for a, b in ((0, 10), (10, 18), (22, 25), (33, 38))
    ]
    assert [shot.kind for shot in shots] == [
        ShotKind.CONTENT,
        ShotKind.TITLE_CARD,
        ShotKind.CONTENT,
        ShotKind.CREDITS,
    ]
    assert [shot.opens_with for shot in shots][1:] == [BoundaryKind.CUT, BoundaryKind.DISSOLVE, BoundaryKind.FADE]


def test_pixels_change_exactly_at_the_boundaries() -> None:
    """The frame before a cut is all of the old shot, the frame at it all of the new; between, they mix."""
    shown = [tuple(int(level) for level in pixels[24, 32]) for pixels in pictures(THREE)]
    assert len(shown) == 40
    assert set(shown[:10]) == {(200, 0, 0)}
    assert set(shown[10:18]) == {(0, 180, 0)}
    assert shown[18:22] == [(0, 144, 40), (0, 108, 80), (0, 72, 120), (0, 36, 160)]
    assert set(shown[22:25]) == {(0, 0, 200)}
    assert shown[25:28] == [(0, 0, 150), (0, 0, 100), (0, 0, 50)]
    assert set(shown[28:30]) == {(0, 0, 0)}
    assert shown[30:33] == [(50, 0, 0), (100, 0, 0), (150, 0, 0)]
    assert set(shown[33:38]) == {(200, 0, 0)}
    assert shown[38:] == [(133, 0, 0), (67, 0, 0)]


def test_fades_through_white_and_from_black_have_their_colours() -> None:
    board = film(plain(RED, 0.6, next={"kind": "white", "frames": 1, "hold": 1}), plain(BLUE, 0.6), fade_in=1)
    shown = [tuple(int(level) for level in pixels[24, 32]) for pixels in pictures(board)]
    assert shown[0] == (100, 0, 0)
    assert shown[5:8] == [(228, 128, 128), (255, 255, 255), (128, 128, 228)]


@given(
    st.lists(
        st.tuples(st.integers(12, 30), st.sampled_from(["cut", "dissolve", "black", "white"]), st.integers(1, 5)),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=60, deadline=None)
def test_shots_tile_every_film(plans: list[tuple[int, str, int]]) -> None:
    """Whatever the lengths and transitions: shots tile [0, end), boundaries lie inside them, in order."""
    shots = []
    for number, (length, kind, frames) in enumerate(plans):
        last = number == len(plans) - 1
        way = {"kind": "cut"} if last or kind == "cut" else {"kind": kind, "frames": frames}
        shots.append(plain(RED, length / 10, next=way))
    board = film(*shots)
    tiled = board.true_shots()
    assert tiled[0].start == seconds(0)
    assert tiled[-1].end == seconds(board.frame_count)
    assert all(a.end == b.start for a, b in pairwise(tiled))
    assert all(shot.clear_start < shot.clear_end for shot in tiled)
    cuts = board.boundaries()
    assert all(a.end <= b.start for a, b in pairwise(cuts))


def test_a_source_keeps_the_laws_of_its_port() -> None:
    """Times rise from 0, analysis is RGB uint8 of one size, stills are no larger than asked and never enlarged."""
    source = StoryboardSource(film(plain(RED, 0.5), plain(GREEN, 0.5), width=640, height=360))
    frames = list(source.frames())
    assert [frame.at for frame in frames] == [seconds(at) for at in range(10)]
    assert {frame.analysis.shape for frame in frames} == {(180, 320, 3)}
    assert {frame.analysis.dtype for frame in frames} == {np.dtype(np.uint8)}
    assert frames[0].still(100).shape == (56, 100, 3)
    assert frames[0].still(4000).shape == (360, 640, 3)
    assert [frame.is_key for frame in frames] == [True, *[False] * 4, True, *[False] * 4]
    facts = source.facts
    assert (facts.width, facts.height, facts.frame_rate, facts.duration_seconds) == (640, 360, Fraction(10), 1.0)
    source.close()
    source.close()


def test_letterbox_bars_are_black_and_known() -> None:
    """640 wide at 2.5 is 256 high: 52 rows of bar above and below in 360."""
    board = film(plain(RED, 0.3), width=640, height=360, aspect=2.5)
    pixels = pictures(board)[0]
    assert board.bar == 52
    assert not pixels[:52].any()
    assert not pixels[308:].any()
    assert (pixels[52:308] == (200, 0, 0)).all()
    assert StoryboardSource(board).facts.picture == Box(0.0, 52 / 360, 1.0, 256 / 360)


def test_the_camera_moves_near_layers_more_than_far_ones() -> None:
    """A camera that goes a quarter of the picture to the right shifts depth 1 by a quarter, depth 0 not at all."""
    moon = {"picture": "moon", "height": 0.25}
    shot = {
        "seconds": 1.0,
        "layers": [
            {"picture": "plain"},
            {**moon, "place": [0.5, 0.25], "depth": 0.0},
            {**moon, "place": [0.5, 0.75], "depth": 1.0},
        ],
        "camera": {"start": [0.5, 0.5, 1.0], "end": [0.75, 0.5, 1.0], "ease": "linear"},
    }
    board = film(shot, width=160, height=80)
    take = Take(board.shots[0], 10, 10.0, 80, 160)

    def middles(number: int) -> list[float]:
        lit = take.picture(number).sum(axis=2) > 60
        return [float(np.flatnonzero(half.any(axis=0)).mean()) for half in (lit[:40], lit[40:])]

    far, near = (b - a for a, b in zip(middles(0), middles(9), strict=True))
    assert far == pytest.approx(0, abs=1)
    assert near == pytest.approx(-40, abs=1)


def test_words_flashes_and_weather_come_at_their_moment() -> None:
    words = [{"text": "Hello", "start": 0.4, "end": 0.8}]
    board = film(plain("#000000", 1.0, words=words, flashes=[0.9]), width=320, height=180)
    levels = [float(pixels.mean()) for pixels in pictures(board)]
    assert levels[:4] == [0.0] * 4
    assert all(0 < level < 20 for level in levels[4:8])
    assert levels[8] == 0.0
    assert levels[9] > 200
    rain = pictures(film(plain("#000000", 0.3, weather="rain"), width=320, height=180))
    assert 0 < float(rain[0].mean()) < 40
    assert (rain[0] != rain[1]).any()


def test_credits_roll_upwards() -> None:
    roll = [{"text": "ONE", "style": "credits"}]
    board = film(plain("#000000", 1.0, kind="credits", words=roll), width=320, height=180)
    rows = [float(np.flatnonzero(pixels.any(axis=(1, 2))).mean()) for pixels in pictures(board)]
    assert all(later < earlier for earlier, later in pairwise(rows))


def test_the_same_storyboard_gives_the_same_frames() -> None:
    """Every painter, every weather: two renderings are equal, byte by byte."""
    layers = [{"picture": name, "seed": 5} for name in sorted(PAINTERS)]
    plan = {"seconds": 0.2, "layers": layers, "grain": 4, "flicker": 0.1, "vignette": 0.4}
    board = film(*({**plan, "weather": weather} for weather in sorted(WEATHERS)), width=160, height=90)
    for one, other in zip(pictures(board), pictures(board), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", sorted(PAINTERS))
def test_painted_cut_outs_are_premultiplied(name: str) -> None:
    """No colour of a cut-out exceeds its coverage by more than a rounding; opaque pictures fill the sheet."""
    painted = PAINTERS[name](Sheet(120, 90, np.random.default_rng(1)))
    assert painted.dtype == np.uint8
    assert painted.shape[0] == 90
    if painted.shape[2] == 4:
        assert painted[..., 3].any()
        assert (painted[..., :3].astype(int) <= painted[..., 3:].astype(int) + 2).all()


def test_grades_keep_grey_of_noir_and_coverage() -> None:
    picture = np.full((4, 4, 4), 200, np.uint8)
    picture[..., 0] = 90
    for name in GRADES:
        assert (graded(picture, (name,))[..., 3] == 200).all()
    noir = graded(picture[..., :3].copy(), ("noir",))
    assert np.ptp(noir, axis=2).max() == 0
    np.testing.assert_array_equal(graded(picture, ("",)), picture)


@pytest.mark.skipif(importlib.util.find_spec("skimage") is None, reason="needs the extra [demo]")
@pytest.mark.parametrize("name", sorted(PHOTOGRAPHS))
def test_every_photograph_is_there_with_its_licence(name: str) -> None:
    pixels = photograph(name)
    assert pixels.ndim == 3
    assert pixels.shape[2] == 3
    assert PHOTOGRAPHS[name].owed


def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photographs.importlib.util, "find_spec", lambda _: None)
    photograph.cache_clear()
    board = film({"seconds": 0.2, "layers": [{"picture": "astronaut"}]})
    with pytest.raises(ExtraMissing, match=r"scikit-image is not installed: pip install 'artwork\[demo\]'"):
        list(StoryboardSource(board).frames())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"shots": []}, "there are no shots"),
        ({"width": 63}, "even sides"),
        ({"colour": 1}, "unknown key 'colour'"),
        ({"shots": [{"layers": []}]}, "needs 'seconds'"),
        ({"shots": [plain(RED, 1, kind="trailer")]}, "trailer"),
        ({"shots": [plain(RED, 1, next={"kind": "wipe"}), plain(RED, 1)]}, "unknown transition 'wipe'"),
        ({"shots": [plain(RED, 1, next={"kind": "dissolve"}), plain(RED, 1)]}, "at least 1"),
        ({"shots": [plain(RED, 0.4, next={"kind": "black", "frames": 4}), plain(RED, 1)]}, "too short"),
        ({"shots": [plain(RED, 1, next={"kind": "black", "frames": 4})]}, "gives way to nothing"),
    ],
)
def test_what_cannot_be_shot_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        film(**{"shots": [plain(RED, 1)], **change})


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("id = ")
    with pytest.raises(StoryboardError, match=r"storyboard broken\.toml: "):
        load_storyboard(broken)


@pytest.mark.parametrize(
    "layer", [{"picture": "unicorn"}, {"picture": "astronaut", "cut": "zigzag"}, {"picture": "plain", "grade": "pink"}]
)
def test_unknown_words_in_a_shot_say_which_there_are(layer: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="unknown"):
        pictures(film({"seconds": 0.2, "layers": [layer]}))


def test_air_and_ink_refuse_what_they_do_not_know() -> None:
    with pytest.raises(ValueError, match="unknown weather 'hail'"):
        air("hail", 10, 10)
    with pytest.raises(ValueError, match="#rrggbb"):
        ink("red")


def test_encoding_and_decoding_gives_the_same_film(tmp_path: Path) -> None:
    """As many frames, at the same times, with the same pixels but for the codec's losses (chroma is halved)."""
    layers = [{"picture": "sky", "seed": 2}, {"picture": "mountains", "seed": 3}]
    board = film(
        {"seconds": 0.6, "layers": layers, "camera": {"start": [0.5, 0.5, 1.0], "end": [0.5, 0.5, 1.1]}},
        plain(GREEN, 0.6),
        width=160,
        height=90,
        fps="25",
    )
    path = tmp_path / "film.mp4"
    encode(board, path, crf=12)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.average_rate, stream.frames) == ("h264", 25, 30)
        decoded = [
            (frame.pts * frame.time_base, frame.to_ndarray(format="rgb24", src_colorspace="ITU709"))
            for frame in container.decode(stream)
        ]
    made = list(StoryboardSource(board).frames())
    assert [at for at, _ in decoded] == [frame.at.exact for frame in made]
    for (_, seen), frame in zip(decoded, made, strict=True):
        assert np.abs(seen.astype(int) - frame.pixels.astype(int)).mean() < 3
    assert encoded_digest(path) == board.digest


def test_a_digest_tells_storyboards_apart_and_other_files_have_none(tmp_path: Path) -> None:
    assert THREE.digest != film(plain(RED, 1.0)).digest
    (tmp_path / "notes.mp4").write_bytes(b"no film")
    assert encoded_digest(tmp_path / "notes.mp4") is None
    assert encoded_digest(tmp_path / "absent.mp4") is None


def test_samples_are_made_once_and_again_when_their_storyboard_changes(tmp_path: Path) -> None:
    boards = [film(plain(RED, 0.3), id="red"), film(plain(BLUE, 0.3), id="blue", genres=["Drama", "Crime"])]
    manifest = make_samples(tmp_path, boards, workers=1)
    with manifest.open(newline="") as text:
        rows = list(csv.DictReader(text))
    assert [(row["title"], row["path"], row["genres"]) for row in rows] == [
        ("blue", "films/blue.mp4", "Drama; Crime"),
        ("red", "films/red.mp4", ""),
    ]
    films = sorted((tmp_path / "films").iterdir())
    assert [path.name for path in films] == ["blue.mp4", "red.mp4"]
    before = [path.stat().st_mtime_ns for path in films]
    make_samples(tmp_path, boards, workers=1)
    assert [path.stat().st_mtime_ns for path in films] == before
    films[0].write_bytes(films[0].read_bytes()[:100])
    make_samples(tmp_path, [film(plain(GREEN, 0.3), id="red"), boards[1]], workers=1)
    after = [path.stat().st_mtime_ns for path in films]
    assert all(now != then for now, then in zip(after, before, strict=True))


def test_the_films_of_the_demo_are_small_films() -> None:
    """Each has a logo or title card, credits, a dissolve or fade, words, and 25 to 45 seconds of several shots."""
    boards = sample_storyboards()
    assert len(boards) >= 5
    assert len({board.genres[0] for board in boards}) == len(boards)
    assert {board.fps for board in boards} == {"24", "25"}
    assert {(board.width, board.height) for board in boards} == {(640, 360), (1280, 720)}
    for board in boards:
        kinds = [shot.kind for shot in board.true_shots()]
        assert 25 <= board.frame_count / board.rate <= 45
        assert kinds[-1] == ShotKind.CREDITS
        assert kinds[0] in {ShotKind.LOGO, ShotKind.TITLE_CARD}
        assert kinds.count(ShotKind.CONTENT) >= 6
        ways = {cut.kind for cut in board.boundaries()}
        assert ways == set(BoundaryKind)
        assert any(words.style == "subtitle" for plan in board.shots for words in plan.words)


@pytest.mark.skipif(importlib.util.find_spec("skimage") is None, reason="needs the extra [demo]")
@pytest.mark.parametrize("board", sample_storyboards(), ids=lambda board: board.id)
def test_every_shot_of_the_demo_can_be_filmed(board: Storyboard) -> None:
    """The middle frame of every content shot is a picture: neither black nor flat, and unlike its neighbour's."""
    middles = []
    for plan in board.shots:
        take = Take(plan, board.frames_of(plan), float(board.rate), board.height - 2 * board.bar, board.width)
        picture = take.picture(board.frames_of(plan) // 3)
        assert picture.shape == (board.height - 2 * board.bar, board.width, 3)
        if plan.kind == "content":
            assert picture.std() > 12
        middles.append(cv2.resize(picture, (32, 18), interpolation=cv2.INTER_AREA).astype(int))
    for one, other in pairwise(middles):
        assert np.abs(one - other).mean() > 8
