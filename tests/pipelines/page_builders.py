"""A small title page, made of literals and of pictures that are one colour each."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from PIL import Image

from artwork.domain import (
    WHOLE_FRAME,
    AnnotatedFrame,
    Appraisal,
    BoundaryKind,
    Box,
    Candidate,
    CompositionalAnnotation,
    ContextualAnnotation,
    Face,
    FilmFacts,
    FrameAnnotation,
    ModelRef,
    PaletteColour,
    Refusal,
    Shot,
    ShotKind,
    ShotScale,
    Theme,
    Timecode,
    Title,
    VisualAnnotation,
)
from pipelines.page import ModelUse, TitlePage

MILLISECOND = Fraction(1, 1000)


def at(seconds: float) -> Timecode:
    return Timecode(round(seconds * 1000), MILLISECOND)


def shot(
    number: int,
    start: float,
    end: float,
    kind: ShotKind = ShotKind.CONTENT,
    opens_with: BoundaryKind = BoundaryKind.CUT,
) -> Shot:
    return Shot(number, at(start), at(end), at(start), at(end), opens_with, kind)


def frame(
    name: str,
    seconds: float,
    in_shot: int = 0,
    *,
    faces: Sequence[Face] = (),
    palette: Sequence[PaletteColour] = (PaletteColour("#336699", 0.75), PaletteColour("#cc8844", 0.25)),
    picture: Box = WHOLE_FRAME,
    negative_space: tuple[tuple[float, ...], ...] = (),
    sharpness: float = 0.9,
) -> AnnotatedFrame:
    visual = VisualAnnotation(0.5, 0.2, 0.3, sharpness, 0.001, 0.001, 0.0, 0.0, 0.0, tuple(palette))
    scale = ShotScale.MEDIUM if faces else ShotScale.NO_PEOPLE
    context = ContextualAnnotation(faces=tuple(faces), shot_scale=scale)
    composition = CompositionalAnnotation(0.5, 0.5, 0.5, negative_space, picture)
    annotation = FrameAnnotation(visual, context, composition)
    return AnnotatedFrame(name, in_shot, at(seconds), 1.0, name, "0" * 16, annotation)


def picture(key: str) -> bytes:
    """A JPEG of 64 x 36 pixels, red for keys with an r, else blue."""
    packed = io.BytesIO()
    Image.new("RGB", (64, 36), (200, 30, 30) if "r" in key else (30, 30, 200)).save(packed, "JPEG")
    return packed.getvalue()


def appraisal(name: str, *themes: str) -> Appraisal:
    said = tuple(Theme("mood", theme, 0.5) for theme in themes)
    return Appraisal(name, np.array([1.0, 0.0], dtype=np.float32), 5.5, said)


STAND_IN = ModelUse("embedding", ModelRef("builtin", "0123456789abcdef"), built_in=True)
CLIP = ModelUse("embedding", ModelRef("ViT-B-32", "fedcba9876543210"), built_in=False)


def page(name: str = "Harbour", **changes: object) -> TitlePage:
    """A film of 20 s: a title card of 4 s, then two shots; two candidates, three refused frames, one that passed."""
    parts: dict[str, object] = {
        "title": Title("harbour", "harbour.mp4", name, genres=("drama",), synopsis="Boats come & go.", year=1999),
        "picture": picture,
        "facts": FilmFacts(1920, 1080, "h264", Fraction(25), 20.0),
        "shots": (
            shot(0, 0, 4, ShotKind.TITLE_CARD),
            shot(1, 4, 12, opens_with=BoundaryKind.DISSOLVE),
            shot(2, 12, 20),
        ),
        "frames": (
            frame("card", 2.0, 0),
            frame("red", 8.0, 1, faces=[Face(Box(0.1, 0.1, 0.2, 0.2), 0.9)]),
            frame("dull", 11.0, 1),
            frame("quay", 14.0, 2),
            frame("dark", 16.0, 2),
            frame("late", 19.9, 2),
        ),
        "appraisals": (appraisal("red", "tense"), appraisal("quay"), appraisal("dull")),
        "refusals": (
            Refusal("card", "title_card", 1.0, 0.0),
            Refusal("dark", "black", 0.01, 0.06),
            Refusal("dark", "flat", 0.02, 0.04),
            Refusal("late", "near_cut", 0.1, 0.15),
        ),
        "candidates": (Candidate("c2", "quay", 2, 0.4), Candidate("c1", "red", 1, 0.8, fallback=True)),
        "models": (STAND_IN,),
    }
    return TitlePage(**{**parts, **changes})
