"""Titles ready to be published: one small film that can really be read, rows recorded, nothing scanned."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from batches import painting
from film_maker import Making, write_film

from artwork.domain import (
    AnnotatedFrame,
    Appraisal,
    Candidate,
    CompositionalAnnotation,
    ContextualAnnotation,
    FilmFacts,
    FrameAnnotation,
    FrameSignals,
    ModelRef,
    PaletteColour,
    SampledFrame,
    Shot,
    Timecode,
    Title,
    VisualAnnotation,
    content_id,
)
from artwork.store.catalog import Catalog
from artwork.store.entries import Action, Change
from artwork.store.journal import Journal
from artwork.store.records import FilmFile, Scan, Selection
from pipelines.composing import Studio
from pipelines.publish import publish
from pipelines.publish_report import ArtworkReport, Publication
from pipelines.settings import Settings, load_settings
from ranking.learn.contents import title_entries
from ranking.learn.folder import read_active
from ranking.learn.snapshot import FOLDER, Snapshot, TitleEntry

TICK = Fraction(1, 1000)
FRAMES = 4
FITS = {"boxart", "square", "story", "banner", "billboard", "thumbnail"}
"""The canvases that a frame of `make_film` fits."""
MODEL = ModelRef("builtin", "0123456789abcdef")
ANNOTATION = FrameAnnotation(
    VisualAnnotation(0.5, 0.2, 0.3, 0.4, 0.05, 0.03, 0.1, 0.0, 0.01, (PaletteColour("#c0a080", 0.7),)),
    ContextualAnnotation(),
    CompositionalAnnotation(0.8, 0.6, 0.3, ((0.0, 1.0), (0.5, 0.25))),
)


def make_film(path: Path, width: int = 640, height: int = 360, seed: int = 1) -> Path:
    """Four seconds of paintings, one a second, ten frames a second."""
    pictures = []
    for shot in range(FRAMES):
        picture = cv2.resize(painting(seed + shot), (width, height), interpolation=cv2.INTER_CUBIC)
        pictures += [np.ascontiguousarray(picture)] * 10
    return write_film(path, pictures, Making(rate=10, options={"crf": "18", "preset": "ultrafast"}))


def stock(store: Path, titles: Sequence[Title]) -> None:
    """The titles are in the catalogue: four frames each, three of them candidates, the second the fallback."""
    with closing(Catalog.open(store)) as catalog:
        for title in titles:
            _record(catalog, title)


def _record(catalog: Catalog, title: Title) -> None:
    film = Path(title.location)
    content = film.read_bytes()
    file = FilmFile(hashlib.sha256(content).hexdigest(), len(content), film.stat().st_mtime_ns)
    at = [Timecode(1000 * number + 500, TICK) for number in range(FRAMES)]
    shots = [
        Shot(number, start, end, start, end)
        for number in range(FRAMES)
        for start, end in [(Timecode(1000 * number, TICK), Timecode(1000 * number + 1000, TICK))]
    ]
    sampled = [
        SampledFrame(
            content_id(title.id, number), number, at[number], 0.5, "ab/ab" + "0" * 62 + ".jpg",
            FrameSignals(0.5, 0.2, 0.1, 0.0), 0.03,
        )
        for number in range(FRAMES)
    ]  # fmt: skip
    frames = [
        AnnotatedFrame(one.id, one.shot, one.at, one.seconds_to_cut, one.still, f"{one.shot:016x}", ANNOTATION)
        for one in sampled
    ]
    vectors = np.random.default_rng(len(title.id)).normal(size=(FRAMES, 8)).astype(np.float32)
    appraised = [
        Appraisal(frame.id, vector / np.linalg.norm(vector), 5.0 + number / 10)
        for number, (frame, vector) in enumerate(zip(frames, vectors, strict=True))
    ]
    candidates = [
        Candidate(content_id("candidate", frame.id), frame.id, rank, 1 / rank, fallback=rank == 2)
        for rank, frame in enumerate(frames[:3], 1)
    ]
    lease = catalog.acquire(title.id)
    assert lease is not None
    with lease:
        scan = Scan(file, FilmFacts(640, 360, "h264", Fraction(10), 4.0), shots)
        catalog.record_scan(lease, title, scan, sampled, "1")
        catalog.record_annotations(lease, MODEL, shots, frames, "1")
        catalog.record_appraisals(lease, MODEL, MODEL, appraised, "1")
        catalog.record_selection(lease, Selection((), candidates), "1")


def say_of(store: Path, title: str, frame: int, action: Action, content: Mapping[str, object]) -> None:
    """A person says something of the title's frame of that number."""
    with closing(Catalog.open(store)) as catalog:
        journal, name = Journal(catalog.database), content_id(title, frame)
        seen = journal.standings(title)[name].newest if name in journal.standings(title) else 0
        assert journal.append(title, [Change(name, action, content, seen)], "Ana").entries


def judge(store: Path, title: str, verdict: str, *frames: int) -> None:
    """A person gives this verdict on frames of the title."""
    for frame in frames:
        say_of(store, title, frame, Action.VERDICT, {"verdict": verdict, "reason": ""})


def change_title(store: Path, title: str, **words: object) -> None:
    """The title is called otherwise, or lies elsewhere, from now on."""
    with closing(Catalog.open(store)) as catalog:
        lease = catalog.acquire(title)
        assert lease is not None
        with lease:
            catalog.record_title(lease, replace(catalog.title(title).title, **words))  # type: ignore[arg-type]


def settings_of(store: Path) -> Settings:
    """The settings of a test: everything by default, one title at a time."""
    return load_settings(store=str(store), workers=1)


def option(title: str, frame: int) -> str:
    """The id of the option that a frame becomes."""
    return content_id("candidate", content_id(title, frame))


def in_use(store: Path) -> dict[str, TitleEntry]:
    """What is served, by title."""
    snapshot = Snapshot.open(store / FOLDER / read_active(store).snapshot, verify=True)
    return {entry.notes.id: entry for entry in title_entries(snapshot)}


def files_below(folder: Path) -> dict[str, int]:
    """Every file with its moment of change."""
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in _files(folder)}


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def by_title(ended: Publication) -> dict[str, ArtworkReport]:
    """The reports of a publish."""
    return {report.title: report for report in ended.reports}


def run(store: Path, *only: str) -> Publication:
    """A publish of the store, or of these titles of it."""
    return publish(settings_of(store), only, quiet=True)


def forbid_composing(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on whatever composes fails its test."""

    def refuse(*_: object) -> None:
        raise AssertionError("nothing is to be composed")

    monkeypatch.setattr(Studio, "compose", refuse)
