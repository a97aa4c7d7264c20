"""The quick pass gives what the full pass gives, from fewer frames."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from film_maker import Making, write_film

from artwork.domain import Boundary, BoundaryKind, Rgb, Timecode
from artwork.errors import FilmError, FilmReason
from artwork.film.looks import LookParams, affordable_places
from artwork.film.quick import Observer, QuickParams, QuickPass
from artwork.film.quick import quick_pass as pass_over
from artwork.film.shots import ShotParams, open_detector
from artwork.film.video import PacketListing, PyAvSource
from artwork.ports import DecodedFrame, ShotDetector

LENGTHS = (70, 40, 90, 33, 80, 60)
CUTS = [70, 110, 200, 233, 313]
X264 = {"preset": "veryfast", "crf": "20"}
ENCODINGS = {
    "cuts marked": Making(options=X264),
    "every 48": Making(options=X264 | {"g": "48", "sc_threshold": "0"}),
    "no B frames": Making(options=X264 | {"g": "48", "sc_threshold": "0", "bf": "0"}),
    "open groups": Making(options=X264 | {"x264-params": "open-gop=1:keyint=60"}),
    "one key frame": Making(options=X264 | {"g": "9999", "sc_threshold": "0"}),
    "all key frames": Making(options=X264 | {"g": "1"}),
    "mpeg-4": Making(codec="mpeg4", time_base=Fraction(1, 25), options={"qscale": "4", "g": "60", "bf": "2"}),
}


HASTE = QuickParams(least_seconds=0.0)
"""The films of these tests are short, and read in leaps all the same."""


def quick_pass(location: str, open_detector: Callable[[], ShotDetector], observe: Observer) -> QuickPass:
    return pass_over(location, open_detector, observe, HASTE)


def scenery(number: int, step: int) -> Rgb:
    """A picture of soft patches, another for each number, seen by a camera that moves a pixel a step."""
    patches = np.random.default_rng(number).integers(20, 236, (9, 48, 3))
    broad = np.kron(patches, np.ones((10, 10, 1)))
    return broad[:, step : step + 160].astype(np.uint8)


def joined(lengths: tuple[int, ...] = LENGTHS) -> list[Rgb]:
    return [scenery(number, step) for number, length in enumerate(lengths) for step in range(length)]


def vote() -> ShotDetector:
    return open_detector(ShotParams())


def silent(_frame: DecodedFrame, _run: int) -> None:
    """Nobody watches."""


def full(path: Path) -> list[Boundary]:
    source, detector = PyAvSource(path), vote()
    found: list[Boundary] = []
    last = [Timecode(0, Fraction(1)), Timecode(0, Fraction(1))]
    for frame in source.frames():
        found += detector.observe(frame.analysis, frame.at)
        last = [last[1], frame.at]
    source.close()
    return found + list(detector.finish(Timecode(2 * last[1].pts - last[0].pts, last[1].time_base)))


def places(boundaries: tuple[Boundary, ...] | list[Boundary], rate: int = 25) -> list[int]:
    return [round(boundary.at.seconds * rate) for boundary in boundaries]


@pytest.mark.parametrize("name", ENCODINGS)
def test_every_cut_is_found_however_the_film_is_coded(tmp_path: Path, name: str) -> None:
    suffix = ".avi" if name == "mpeg-4" else ".mp4"
    film = write_film(tmp_path / f"film{suffix}", joined(), ENCODINGS[name])
    assert places(quick_pass(str(film), vote, silent).boundaries) == CUTS == places(full(film))


def test_a_film_in_which_little_happens_is_decoded_in_small_part(tmp_path: Path) -> None:
    """Of 20 groups two have a cut in them; one more is the last."""
    pictures = [scenery(shot, step // 30) for shot in range(3) for step in range(320)]
    found = quick_pass(str(write_film(tmp_path / "film.mp4", pictures, ENCODINGS["every 48"])), vote, silent)
    assert places(found.boundaries) == [320, 640]
    assert found.frame_count == 960
    assert found.decoded < 0.3 * 960


def faded_in(ground: int, rise: int, length: int) -> list[Rgb]:
    """A picture that comes out of an even grey within `rise` frames, and stays."""
    picture = cv2.GaussianBlur(scenery(1, 0), (0, 0), 3)
    shares = [min(1.0, step / rise) for step in range(length)]
    return [((1 - share) * ground + share * picture).astype(np.uint8) for share in shares]


@pytest.mark.parametrize("ground", [0, 255])
def test_a_film_that_fades_in_is_not_read_to_the_end_of_its_first_group(tmp_path: Path, ground: int) -> None:
    pictures = faded_in(ground, 40, 500)
    long_groups = Making(options=X264 | {"g": "240", "sc_threshold": "0"})
    film = write_film(tmp_path / "film.mp4", [pictures[0]] * 12 + pictures, long_groups)
    found = quick_pass(str(film), vote, silent)
    assert [(each.kind, each.start, each.end) for each in found.boundaries] == [
        (each.kind, each.start, each.end) for each in full(film)
    ]
    assert found.decoded < 160


def test_a_fade_whose_middle_is_a_marked_key_frame_is_the_fade_of_the_full_pass(tmp_path: Path) -> None:
    """The encoder puts its key frame into the fade: what was concluded from it is judged anew, from its group on."""
    shots = joined((130, 60, 90))
    pictures = shots[:190] + faded_in(0, 30, 30)[::-1] + faded_in(0, 30, 150) + shots[190:]
    film = write_film(tmp_path / "film.mp4", pictures, ENCODINGS["cuts marked"])
    assert places(quick_pass(str(film), vote, silent).boundaries) == places(full(film))


def test_a_film_that_shows_one_picture_has_no_boundary(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", [scenery(1, 0)] * 200, ENCODINGS["every 48"])
    found = quick_pass(str(film), vote, silent)
    assert found.boundaries == ()
    assert found.decoded < 0.5 * found.frame_count


def test_a_short_shot_between_two_halves_of_another_is_found(tmp_path: Path) -> None:
    """The key frames at 96 and 144 show one scene; the cuts at 105 and 125 show in the sizes of coded frames only."""
    pictures = [scenery(1, step) for step in range(200)]
    pictures[105:125] = [scenery(2, step) for step in range(20)]
    film = write_film(tmp_path / "film.mp4", pictures, ENCODINGS["every 48"])
    assert places(quick_pass(str(film), vote, silent).boundaries) == [105, 125]


def test_fades_at_both_ends_and_between_are_those_of_the_full_pass(tmp_path: Path) -> None:
    light = np.ones(300)
    light[:20], light[-20:] = np.linspace(0, 1, 20), np.linspace(1, 0, 20)
    light[130:150], light[150:170] = np.linspace(1, 0, 20), np.linspace(0, 1, 20)
    pictures = [(scenery(step // 150, step) * light[step]).astype(np.uint8) for step in range(300)]
    film = write_film(tmp_path / "film.mp4", pictures, Making(options=X264))
    found = list(quick_pass(str(film), vote, silent).boundaries)
    assert found == full(film)
    assert [boundary.kind for boundary in found] == [BoundaryKind.FADE] * 3


def watched(film: Path) -> tuple[QuickPass, dict[int, list[int]]]:
    runs: dict[int, list[int]] = defaultdict(list)
    found = quick_pass(str(film), vote, lambda frame, run: runs[run].append(round(frame.at.seconds * 25)))
    return found, runs


def test_the_observer_sees_every_shot_once_in_order_and_runs_without_gaps(tmp_path: Path) -> None:
    _, runs = watched(write_film(tmp_path / "film.mp4", joined(), ENCODINGS["cuts marked"]))
    seen = [place for run in sorted(runs) for place in runs[run]]
    assert all(after > before for before, after in pairwise(seen))
    assert all(run == list(range(run[0], run[-1] + 1)) for run in runs.values())
    for start, end in pairwise([0, *CUTS, sum(LENGTHS)]):
        assert any(start + 5 <= place < end - 5 for place in seen)


def test_two_passes_find_the_same(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", joined(), ENCODINGS["every 48"])
    assert watched(film) == watched(film)


def test_first_and_end_are_those_of_the_film(tmp_path: Path) -> None:
    found = quick_pass(str(write_film(tmp_path / "film.mp4", joined((50, 50)))), vote, silent)
    assert (found.first.exact, found.end.exact) == (0, 4)


def test_a_film_whose_packets_have_no_times_is_read_whole(tmp_path: Path) -> None:
    """A raw stream: the container tells nothing."""
    film = write_film(tmp_path / "film.h264", joined((60, 60)), Making(options=X264))
    found = quick_pass(str(film), vote, silent)
    assert places(found.boundaries) == [60]
    assert found.decoded == found.frame_count == 120


def test_a_film_of_one_frame_has_a_first_and_an_end(tmp_path: Path) -> None:
    found = quick_pass(str(write_film(tmp_path / "film.mp4", [scenery(0, 0)])), vote, silent)
    assert (found.boundaries, found.frame_count) == ((), 1)
    assert found.end > found.first


def test_of_a_film_that_breaks_off_the_rest_is_missed_as_in_the_full_pass(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    with (
        av.open(str(write_film(tmp_path / "whole.mp4", joined(), ENCODINGS["every 48"]))) as whole,
        av.open(str(film), "w", options={"movflags": "faststart"}) as copy,
    ):
        stream = copy.add_stream_from_template(whole.streams.video[0])
        for packet in whole.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                copy.mux(packet)
    film.write_bytes(film.read_bytes()[: film.stat().st_size * 2 // 3])
    source = PyAvSource(film)
    with pytest.raises(FilmError) as caught:
        deque(source.frames(), maxlen=0)
    source.close()
    found = quick_pass(str(film), vote, silent)
    assert found.problem is not None
    assert found.problem.reason is caught.value.reason is FilmReason.DAMAGED
    assert places(found.boundaries) == CUTS[:4]


def test_a_film_without_pictures_is_an_error(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"not a film at all" * 100)
    with pytest.raises(FilmError) as caught:
        quick_pass(str(film), vote, silent)
    assert caught.value.reason is FilmReason.UNREADABLE


def test_looks_at_a_film_of_key_frames_are_rationed() -> None:
    """Eight at once, then two a second: four seconds hold 8 + 2 x 4 at most."""
    listing = PacketListing(Fraction(1, 25), np.arange(100), np.full(100, 9), np.ones(100, bool), exact=True)
    chosen = affordable_places(listing, LookParams(per_second=2.0, saved=8))
    assert chosen[:8] == tuple(range(8))
    assert 14 <= len(chosen) <= 16


def agreement(found: list[Boundary], wanted: list[Boundary], tolerance: float) -> float:
    """F1 of two lists of boundaries, matched in order."""
    left = [boundary.at.seconds for boundary in wanted]
    hits = 0
    for boundary in found:
        near = [at for at in left if abs(at - boundary.at.seconds) <= tolerance]
        if near:
            left.remove(near[0])
            hits += 1
    return 2 * hits / max(1, len(found) + len(wanted))


@pytest.mark.material
def test_the_cuts_of_a_street_film_are_exact(material: Path) -> None:
    found = quick_pass(str(material / "films" / "bikes.mp4"), vote, silent)
    assert places(found.boundaries) == [30, 76, 137, 187, 242]


@pytest.mark.material
def test_a_trailer_full_of_fades_gives_the_shots_of_the_full_pass(material: Path) -> None:
    film = material / "films" / "sintel_trailer.mp4"
    found = quick_pass(str(film), vote, silent)
    assert agreement(list(found.boundaries), full(film), 2.5 / 24) >= 0.95


@pytest.mark.material
def test_a_fixed_camera_needs_few_frames(material: Path) -> None:
    """A single shot of 1394 frames with a key frame in every ten."""
    found = quick_pass(str(material / "films" / "one_by_one_person.mp4"), vote, silent)
    assert found.boundaries == ()
    assert found.decoded < 0.5 * found.frame_count


def test_a_short_film_is_read_whole(tmp_path: Path) -> None:
    """Below the least length looking ahead costs more than it spares."""
    film = write_film(tmp_path / "film.mp4", [scenery(1, 0)] * 200, ENCODINGS["every 48"])
    found = pass_over(str(film), vote, silent)
    assert (found.decoded, found.frame_count) == (200, 200)
