"""Single frames of a film file, read in a child process: the right instants, and the right film."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from film_maker import plain, write_film

from artwork.annotate.embed import open_appraiser
from artwork.domain import FilmFacts, ModelRef, Shot, Timecode, Title
from artwork.errors import FilmError
from artwork.film.stills import decode_still
from artwork.film.video import DecodeParams
from artwork.store.blobs import Blobs
from artwork.store.records import FilmFile, TitleRecord
from pipelines.film_desk import FilmReadingDesk, ReadJob

TICK = Fraction(1, 1000)
FRAME = 40
"""Ticks: the film has 25 frames a second."""


def at(number: int) -> Timecode:
    return Timecode(FRAME * number, TICK)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds in which every frame is four steps brighter than the one before."""
    pictures = [plain(320, 180, (4 * number + 20,) * 3) for number in range(50)]
    return write_film(tmp_path_factory.mktemp("film") / "rising.mp4", pictures)


@pytest.fixture
def record(film: Path) -> TitleRecord:
    file = FilmFile(hashlib.sha256(film.read_bytes()).hexdigest(), film.stat().st_size)
    return TitleRecord(Title("rising", str(film), "Rising"), file, FilmFacts(320, 180, "h264", Fraction(25), 2.0))


@pytest.fixture
def desk(tmp_path: Path) -> FilmReadingDesk:
    return FilmReadingDesk(DecodeParams(), Blobs(tmp_path / "blobs"), None)


def brightness(jpeg: bytes) -> float:
    return float(decode_still(jpeg).mean())


def test_a_frame_is_read_at_full_size_at_its_very_instant(desk: FilmReadingDesk, record: TitleRecord) -> None:
    jpeg = desk.full(record, at(30))
    assert decode_still(jpeg).shape == (180, 320, 3)
    assert brightness(jpeg) == pytest.approx(140, abs=3)


def test_the_frames_beside_it_come_in_order_each_with_its_time(desk: FilmReadingDesk, record: TitleRecord) -> None:
    found = desk.around(record, at(30), 3)
    assert [one.at for one in found] == [at(number) for number in range(27, 34)]
    assert [brightness(one.jpeg) for one in found] == pytest.approx([128, 132, 136, 140, 144, 148, 152], abs=3)


def test_at_the_ends_there_are_fewer(desk: FilmReadingDesk, record: TitleRecord) -> None:
    assert [one.at for one in desk.around(record, at(1), 3)] == [at(number) for number in range(5)]
    assert [one.at for one in desk.around(record, at(49), 3)] == [at(number) for number in range(46, 50)]
    assert [one.at for one in desk.around(record, at(10), 0)] == [at(10)]


def test_an_instant_is_measured_like_a_frame_of_a_scan(desk: FilmReadingDesk, record: TitleRecord) -> None:
    shots = [Shot(0, at(0), at(20), at(0), at(20)), Shot(1, at(20), at(50), at(20), at(50))]
    frame = desk.annotated(record, shots, at(30))
    assert (frame.shot, frame.at, frame.seconds_to_cut) == (1, at(30), pytest.approx(0.4))
    assert frame.annotation.visual.brightness == pytest.approx(140 / 255, abs=0.03)
    assert desk.annotated(record, shots, at(30)) == frame


def test_an_instant_is_appraised_by_the_model_that_is_asked_for_and_by_no_other(
    tmp_path: Path, record: TitleRecord
) -> None:
    appraiser = open_appraiser()
    blobs = Blobs(tmp_path / "blobs")
    desk = FilmReadingDesk(DecodeParams(), blobs, None, [appraiser])
    shots = [Shot(0, at(0), at(50), at(0), at(50))]
    frame = desk.annotated(record, shots, at(30))
    found = desk.appraised(frame, appraiser.embedder.model)
    [expected] = appraiser.embedder.embed([decode_still(blobs.get(frame.still))])
    assert found is not None
    assert (found.frame_id, found.vector.tolist()) == (frame.id, expected.tolist())
    assert desk.appraised(frame, ModelRef("another", "0" * 16)) is None


def test_there_is_no_frame_behind_the_end(desk: FilmReadingDesk, record: TitleRecord) -> None:
    with pytest.raises(FilmError, match="no frame at"):
        desk.around(record, at(60), 2)


def test_a_film_that_was_exchanged_or_is_gone_is_said_to_be(desk: FilmReadingDesk, record: TitleRecord) -> None:
    assert record.film is not None
    other = replace(record, film=replace(record.film, digest="0" * 64))
    with pytest.raises(FilmError, match="another film than was scanned"):
        desk.full(other, at(1))
    gone = replace(record, title=replace(record.title, location="/nowhere/film.mp4"))
    with pytest.raises(FilmError, match="No such file"):
        desk.full(gone, at(1))


@pytest.mark.parametrize("listing", ['[[0, "1/25", "/etc/passwd"]]', '[[0, "1/0"]]', "[[0]]", "{}x", '[[0, "1/25"]]'])
def test_nothing_that_a_child_says_is_believed_unchecked(
    listing: str, desk: FilmReadingDesk, record: TitleRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that was taken over by its film names a file of ours, or lists what it did not leave."""

    def lie(_work: object, job: ReadJob, *_: object, **__: object) -> None:
        Path(job.folder, "frames.json").write_text(listing, "utf-8")

    monkeypatch.setattr("pipelines.film_desk.run_isolated", lie)
    with pytest.raises(FilmError, match="left nothing that holds"):
        desk.full(record, at(0))
