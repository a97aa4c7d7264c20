"""How a picture is coloured: grades by name, each a matrix for hue and a curve per channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from artwork.film.storyboard.pigments import Picture

REC709 = (0.2126, 0.7152, 0.0722)


@dataclass(frozen=True, slots=True)
class Grade:
    """A look.

    Attributes:
        saturation: 0 grey, 1 as it is.
        contrast: slope at mid grey.
        lift: added to black, per channel, 0 to 255.
        gain: what white is multiplied by, per channel.
        gamma: below 1 darkens the middle tones.
    """

    saturation: float = 1.0
    contrast: float = 1.0
    lift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)
    gamma: float = 1.0


GRADES = {
    "": Grade(),
    "warm": Grade(saturation=1.08, contrast=1.05, lift=(6, 2, 0), gain=(1.08, 1.0, 0.84)),
    "golden": Grade(saturation=0.9, contrast=1.08, lift=(10, 4, 0), gain=(1.12, 0.96, 0.68)),
    "cold": Grade(saturation=0.75, contrast=1.05, lift=(0, 3, 10), gain=(0.86, 0.97, 1.1)),
    "noir": Grade(saturation=0.0, contrast=1.22, lift=(12, 12, 12), gain=(0.96, 0.96, 0.96), gamma=0.95),
    "vivid": Grade(saturation=1.45, contrast=1.12),
    "night": Grade(saturation=0.55, contrast=1.05, lift=(0, 2, 10), gain=(0.42, 0.55, 0.84), gamma=0.9),
    "faded": Grade(saturation=0.6, contrast=0.86, lift=(22, 18, 14), gain=(1.0, 0.97, 0.9)),
    "teal": Grade(saturation=0.9, contrast=1.1, lift=(0, 8, 12), gain=(1.06, 0.98, 0.92)),
    "moonlit": Grade(saturation=0.2, contrast=1.15, lift=(2, 6, 18), gain=(0.62, 0.74, 1.0)),
    "silhouette": Grade(saturation=0.0, contrast=1.0, lift=(10, 7, 10), gain=(0.0, 0.0, 0.0)),
    "mars": Grade(saturation=0.85, contrast=1.1, gain=(1.1, 0.8, 0.62)),
}


@cache
def _table(name: str, light: float) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """The hue matrix (3, 3) and the curves (1, 256, 3) of a grade."""
    if name not in GRADES:
        raise ValueError(f"unknown grade {name!r}: {', '.join(sorted(GRADES))}")
    grade = GRADES[name]
    grey = np.tile(np.array(REC709), (3, 1))
    matrix = grade.saturation * np.eye(3) + (1 - grade.saturation) * grey
    ramp = np.linspace(0, 1, 256) ** (1 / grade.gamma)
    ramp = np.clip((ramp - 0.5) * grade.contrast + 0.5, 0, 1)
    curves = [(ramp * 255 * gain * light + lift) for gain, lift in zip(grade.gain, grade.lift, strict=True)]
    return matrix.astype(np.float32), np.clip(np.stack(curves, axis=1)[None] + 0.5, 0, 255).astype(np.uint8)


def graded(picture: Picture, names: Sequence[str], light: float = 1.0) -> Picture:
    """The picture in these looks, one after another; `light` scales the last. Coverage is kept.

    Raises:
        ValueError: a grade has no such name.
    """
    for position, name in enumerate(names):
        last = position == len(names) - 1
        matrix, curves = _table(name, light if last else 1.0)
        if name == "" and (not last or light == 1.0):
            continue
        colours = picture[..., :3]
        if picture.shape[2] == 4:
            alpha = picture[..., 3:].astype(np.float32)
            colours = np.clip(colours * (255 / np.maximum(alpha, 1)), 0, 255).astype(np.uint8)
        shades = cv2.LUT(cv2.transform(np.ascontiguousarray(colours), matrix), curves)
        if picture.shape[2] == 4:
            mixed = np.asarray(shades, np.float32) * (alpha / 255) + 0.5
            picture = np.concatenate((mixed.astype(np.uint8), picture[..., 3:]), axis=2)
        else:
            picture = np.asarray(shades, np.uint8)
    return picture
