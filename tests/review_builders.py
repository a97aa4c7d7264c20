"""A small film for the review page: pictures drawn, rows recorded, nothing decoded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from fastapi.testclient import TestClient

from artwork.domain import (
    AnnotatedFrame,
    Appraisal,
    Box,
    Candidate,
    CompositionalAnnotation,
    ContextualAnnotation,
    Face,
    FilmFacts,
    FrameAnnotation,
    FrameSignals,
    ModelRef,
    PaletteColour,
    Refusal,
    SampledFrame,
    Shot,
    ShotScale,
    Theme,
    Timecode,
    Title,
    VisualAnnotation,
)
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from artwork.store.records import FilmFile, Scan, Selection

ORIGIN = "http://localhost:8010"
ROLES = "Ada=admin, Vera=viewer"
TICK = Fraction(1, 24)
TITLE = Title("harbour", "/films/harbour.mp4", "Harbour", genres=("drama",), year=1999)
MODEL = ModelRef("builtin", "0123456789abcdef")


def drawn(number: int) -> bytes:
    """A JPEG of 640 x 360: a hill, a sky and a head, different for every number."""
    generator = np.random.default_rng(number)
    sky, land, skin = generator.integers(60, 220, (3, 3)).tolist()
    pixels = np.full((360, 640, 3), sky, np.uint8)
    cv2.ellipse(pixels, (int(generator.integers(0, 640)), 420), (520, 220), 0, 0, 360, land, -1)
    cv2.circle(pixels, (int(generator.integers(160, 480)), 150), 46, skin, -1)
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()


def annotation(number: int) -> FrameAnnotation:
    """Odd frames show a face; measures rise with the number."""
    faces = (Face(Box(0.4, 0.25, 0.14, 0.28), 0.97),) if number % 2 else ()
    scale = ShotScale.MEDIUM if faces else ShotScale.NO_PEOPLE
    share = min(number / 1000, 0.5)
    return FrameAnnotation(
        VisualAnnotation(0.3 + share, 0.2, 0.15, 0.9, 0.01, 0.002, 0.0, 0.0, 0.0, (PaletteColour("#336699", 1.0),)),
        ContextualAnnotation(faces, scale),
        CompositionalAnnotation(0.5, 0.5, 0.2, ((0.9, 0.1), (0.4, 0.6))),
    )


def stock(
    folder: Path, *, frames: int = 8, candidates: Sequence[int] = (1, 3, 6), title: Title = TITLE, shots: int = 4
) -> None:
    """The title is in the store: frames f0, f1 ...; those that are no candidates are refused when they are even."""
    blobs = Blobs(folder / "blobs")
    ticks = 24 * 4
    film_shots = [
        Shot(number, at(ticks * number), at(ticks * (number + 1)), at(ticks * number), at(ticks * (number + 1)))
        for number in range(shots)
    ]
    kept = []
    for number in range(frames):
        shot = number * shots // frames
        offset = number - shot * frames // shots
        still = blobs.put(drawn(number), "jpg")
        signals = FrameSignals(0.5, 0.2, 0.1, 0.0)
        kept.append(SampledFrame(f"f{number}", shot, at(ticks * shot + 6 + offset), 0.25, still, signals, 0.002))
    annotated = [
        AnnotatedFrame(one.id, one.shot, one.at, 0.25, one.still, f"{number * 0x1111:016x}", annotation(number))
        for number, one in enumerate(kept)
    ]
    generator = np.random.default_rng(7)
    vectors = generator.normal(size=(frames, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    mood = [Theme("mood", "calm" if number < frames // 2 else "tense", 0.7) for number in range(frames)]
    appraised = [Appraisal(f"f{n}", vectors[n], 5.0 + n / 10, (mood[n],)) for n in range(frames)]
    chosen = [Candidate(f"c{n}", f"f{n}", rank, 1 - rank / 1000, rank == 1) for rank, n in enumerate(candidates, 1)]
    refused = [Refusal(f"f{n}", "black", 0.01, 0.06) for n in range(0, frames, 2) if n not in candidates]
    facts = FilmFacts(1920, 1080, "h264", Fraction(24), float(4 * shots))
    with closing(Catalog.open(folder)) as catalog, catalog.acquire(title.id) as lease:
        scan = Scan(FilmFile("d" * 64, 1000), facts, film_shots)
        catalog.record_scan(lease, title, scan, kept, "s")
        catalog.record_annotations(lease, ModelRef("yunet", "1"), film_shots, annotated, "s")
        catalog.record_appraisals(lease, MODEL, MODEL, appraised, "s")
        catalog.record_selection(lease, Selection(refused, chosen), "s")


def renamed(name: str, number: int) -> Title:
    """The title under another name."""
    return replace(TITLE, id=f"title-{number}", name=name, synopsis=name, genres=(name,))


def at(pts: int) -> Timecode:
    return Timecode(pts, TICK)


def come_in(client: TestClient, name: str, back: str = "/titles/harbour") -> None:
    """The client has a session, and sends its token with every request."""
    answer = client.post("/enter", data={"name": name, "back": back}, headers={"accept": "text/html"})
    assert answer.status_code == 200, answer.text
    token = re.search(r'data-token="([0-9a-f]{64})"', answer.text)
    if token:
        client.headers["x-csrf-token"] = token[1]
