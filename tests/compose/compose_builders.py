"""Annotations, frames and focus, as little as a test needs of them."""

from __future__ import annotations

import io
from fractions import Fraction

import numpy as np
from PIL import Image

from artwork.compose.focus import Focus, Head
from artwork.compose.typefaces import Typefaces, _of_packages
from artwork.compose.values import Canvas, PixelBox
from artwork.domain import (
    WHOLE_FRAME,
    Box,
    CompositionalAnnotation,
    ContextualAnnotation,
    Face,
    FrameAnnotation,
    Rgb,
    ShotScale,
    VisualAnnotation,
)


def annotation(faces: tuple[Face, ...] = (), text: tuple[Box, ...] = (), picture: Box = WHOLE_FRAME) -> FrameAnnotation:
    """An annotation of which only faces, text and picture matter."""
    return FrameAnnotation(
        visual=VisualAnnotation(0.5, 0.5, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0),
        contextual=ContextualAnnotation(faces=faces, shot_scale=ShotScale.MEDIUM, text=text),
        compositional=CompositionalAnnotation(0.5, 0.5, 0.5, (), picture),
    )


def flat(width: int, height: int, grey: int = 128) -> Rgb:
    """A frame of one grey."""
    return np.full((height, width, 3), grey, np.uint8)


def noisy(width: int, height: int, seed: int = 1) -> Rgb:
    """A frame of smooth noise: something stands out everywhere."""
    small = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    return np.array(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC), np.uint8)


def focus_on(
    width: int, height: int, heads: tuple[Box, ...] = (), text: tuple[Box, ...] = (), gaze: float = 0.0
) -> Focus:
    """A frame without bars in which everything stands out alike."""
    return Focus(
        frame=(width, height),
        picture=PixelBox(0, 0, width, height),
        heads=tuple(Head(box, box, (box.centre[0], box.top + 0.4 * box.height), gaze, 1.0) for box in heads),
        text=text,
        salient=np.full((9, 16), 1 / 144, np.float32),
    )


def canvas(across: int, down: int, *widths: int, treatment: bool = False) -> Canvas:
    """A canvas of this aspect; its one width is 12 times `across` where none is given."""
    return Canvas("test", Fraction(across, down), widths or (12 * across,), treatment=treatment)


def packaged_fonts() -> Typefaces:
    """The fonts that packages bring, whatever the system has: the same on every machine of a kind."""
    return Typefaces(_of_packages())


def logo_png(colour: tuple[int, int, int] = (255, 255, 255), size: tuple[int, int] = (300, 100)) -> bytes:
    """A bar of one colour in the middle third of a transparent PNG."""
    pixels = np.zeros((size[1], size[0], 4), np.uint8)
    pixels[size[1] // 3 : 2 * size[1] // 3, size[0] // 6 : 5 * size[0] // 6] = (*colour, 255)
    target = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(target, "PNG")
    return target.getvalue()
