"""Frames, shots and appraisals as literals: only what a test is about is written out."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from artwork.domain import (
    WHOLE_FRAME,
    AnnotatedFrame,
    Appraisal,
    Box,
    CompositionalAnnotation,
    ContextualAnnotation,
    Face,
    FrameAnnotation,
    Shot,
    ShotKind,
    ShotScale,
    Timecode,
    VisualAnnotation,
)

MILLISECOND = Fraction(1, 1000)


def at(seconds: float) -> Timecode:
    """The instant, to the millisecond."""
    return Timecode(round(seconds * 1000), MILLISECOND)


def shot(
    number: int = 1,
    start: float = 0.0,
    end: float = 10.0,
    *,
    clear: tuple[float, float] | None = None,
    kind: ShotKind = ShotKind.CONTENT,
) -> Shot:
    """A shot; its clear part is all of it unless said."""
    clear_start, clear_end = clear or (start, end)
    return Shot(number, at(start), at(end), at(clear_start), at(clear_end), kind=kind)


def face(area: float, *, frontal: bool | None = None, eyes_open: bool | None = None) -> Face:
    """A square face that covers this share of the frame."""
    side = area**0.5
    return Face(Box(0.1, 0.1, side, side), 0.9, frontal, eyes_open)


def frame(
    name: str = "frame",
    *,
    seconds: float = 5.0,
    in_shot: int = 1,
    to_cut: float = 5.0,
    phash: str = "0000000000000000",
    brightness: float = 0.5,
    contrast: float = 0.2,
    sharpness: float = 0.8,
    motion: float = 0.0,
    motion_blur: float = 0.0,
    highlights: float = 0.0,
    shadows: float = 0.0,
    faces: Sequence[Face] = (),
    scale: ShotScale | None = None,
    text_share: float = 0.0,
    picture: Box = WHOLE_FRAME,
    ruled: float = 0.0,
) -> AnnotatedFrame:
    """A frame that no rule refuses, but for what is said."""
    visual = VisualAnnotation(
        brightness=brightness,
        contrast=contrast,
        colourfulness=0.3,
        sharpness=sharpness,
        noise=0.0,
        motion=motion,
        motion_blur=motion_blur,
        clipped_shadows=shadows,
        clipped_highlights=highlights,
    )
    seen = scale or (ShotScale.MEDIUM if faces else ShotScale.NO_PEOPLE)
    context = ContextualAnnotation(faces=tuple(faces), shot_scale=seen, text_share=text_share)
    composition = CompositionalAnnotation(thirds=0.5, symmetry=0.5, depth_of_field=0.5, picture=picture, ruled=ruled)
    annotation = FrameAnnotation(visual, context, composition)
    return AnnotatedFrame(name, in_shot, at(seconds), to_cut, f"still-{name}", phash, annotation)


def appraisal(name: str, vector: Sequence[float], aesthetic: float = 5.0) -> Appraisal:
    """An appraisal; the vector is brought to length 1."""
    array = np.array(vector, dtype=np.float32)
    return Appraisal(name, array / np.linalg.norm(array), aesthetic)
