"""A small title as literals, its stages recorded one by one; and Python children that are real processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

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
    ShotKind,
    Theme,
    Timecode,
    Title,
    VisualAnnotation,
)
from artwork.store.catalog import Catalog
from artwork.store.lease import Lease
from artwork.store.records import FilmFile, Scan, Selection, Stage

TICK = Fraction(1, 24)
TITLE = Title(
    "sintel",
    "/films/sintel.mp4",
    "Sintel",
    genres=("fantasy", "drama"),
    synopsis="A girl, a dragon.\nSnow.",
    cast=("Halina Reijn",),
    year=2010,
    extra={"studio": "Blender; 'Durian'", "ärger": "ja"},
)
FILM = FilmFile("d" * 64, 1_000_000, 1_700_000_000_000_000_000)
FACTS = FilmFacts(1920, 816, "h264", Fraction(24000, 1001), 52.2, picture=Box(0.0, 0.1, 1.0, 0.8))
SHOTS = tuple(
    Shot(number, at(24 * number), at(24 * number + 24), at(24 * number), at(24 * number + 20))
    for at in [lambda pts: Timecode(pts, TICK)]
    for number in range(4)
)
EMBED_MODEL = ModelRef("ViT-B-32", "abc", "224 bicubic")
AESTHETIC_MODEL = ModelRef("linear", "def")
FACES = ModelRef("yunet", "0123")
SELECTION = Selection(
    (Refusal("f0", "black", 0.01, 0.06), Refusal("f0", "flat", 0.02, 0.05)),
    (Candidate("c2", "f2", 1, 0.9), Candidate("c1", "f1", 2, 0.5, fallback=True)),
)
SETTINGS = "settings-1"
"""The fingerprint of every stage, where a test is not about fingerprints."""


def sampled(count: int = 4) -> Iterator[SampledFrame]:
    """A frame in the middle of each shot."""
    for number in range(count):
        instant = Timecode(24 * number + 12, TICK)
        still = f"ab/ab{number:062x}.jpg"
        yield SampledFrame(f"f{number}", number, instant, 0.5, still, FrameSignals(0.5, 0.2, 0.1, 0.0), 0.03)


def annotated(count: int = 4, brightness: float = 0.5) -> Iterator[AnnotatedFrame]:
    """The same frames, annotated."""
    annotation = FrameAnnotation(
        VisualAnnotation(brightness, 0.2, 0.3, 0.4, 0.05, 0.03, 0.1, 0.0, 0.01, (PaletteColour("#a0b0c0", 0.7),)),
        ContextualAnnotation((Face(Box(0.4, 0.2, 0.1, 0.2), 0.98, frontal=True, landmarks=((0.42, 0.25),)),)),
        CompositionalAnnotation(0.8, 0.6, 0.3, ((0.0, 1.0), (0.5, 0.25))),
    )
    for frame in sampled(count):
        yield AnnotatedFrame(
            frame.id, frame.shot, frame.at, frame.seconds_to_cut, frame.still, f"{frame.shot:016x}", annotation
        )


def appraised(count: int = 4) -> Iterator[Appraisal]:
    """The same frames, appraised: unit vectors along the axes."""
    for number in range(count):
        yield Appraisal(f"f{number}", np.eye(4, dtype=np.float32)[number], 5.5, (Theme("mood", "dark", 0.75),))


def record(catalog: Catalog, lease: Lease, upto: Stage = Stage.SELECT, settings: str = SETTINGS) -> None:
    """The title is recorded from its scan to that stage."""
    catalog.record_scan(lease, TITLE, Scan(FILM, FACTS, SHOTS), sampled(), settings)
    if upto is Stage.SCAN:
        return
    kinds = [Shot(3, *(SHOTS[3].start, SHOTS[3].end, SHOTS[3].start, SHOTS[3].clear_end), kind=ShotKind.CREDITS)]
    catalog.record_annotations(lease, FACES, [*SHOTS[:3], *kinds], annotated(), settings)
    if upto is Stage.ANNOTATE:
        return
    catalog.record_appraisals(lease, EMBED_MODEL, AESTHETIC_MODEL, appraised(), settings)
    if upto is Stage.SELECT:
        catalog.record_selection(lease, SELECTION, settings)


def held(catalog: Catalog, title_id: str = TITLE.id) -> Lease:
    """The title's lease, which must be free."""
    lease = catalog.acquire(title_id)
    assert lease is not None
    return lease


def child(code: str, *arguments: str | Path) -> subprocess.Popen[str]:
    """A Python process that runs the code and can import this file; its stdin and stdout are pipes."""
    lines = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n{code}"
    return subprocess.Popen(
        [sys.executable, "-c", lines, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )
