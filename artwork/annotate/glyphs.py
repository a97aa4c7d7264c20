"""Bright strokes of a picture that could be letters, with what is measured on each."""

from __future__ import annotations

from dataclasses import dataclass, fields

import cv2
import numpy as np
from numpy.typing import NDArray

from artwork.domain import Luma

Column = NDArray[np.float64]
"""(glyphs,) float64."""


@dataclass(frozen=True, slots=True)
class GlyphParams:
    """What counts as a stroke, in pixels of the picture that is searched.

    stroke: strokes are thinner than this. step: luma by which a stroke stands out from what surrounds it, at least.
    neighbourhood: a stroke pixel has at least half the contrast of the strongest one this near: that parts letters
    which nearly touch. smallest, tallest: limits of height, the latter as a share of the picture's.
    """

    stroke: int = 15
    step: int = 22
    neighbourhood: int = 9
    smallest: int = 4
    tallest: float = 0.5


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Stroke components from left to right; one row each.

    left, top, width, height: in pixels. filled: pixels of the stroke. colour: luma of its core. contrast: mean luma by
    which it stands out. unevenness: standard deviation of the core's luma. slope: luma step per pixel at its edge, as
    a share of the contrast. stroke: mean stroke width in pixels. runs: number of horizontal runs of stroke pixels.
    """

    left: Column
    top: Column
    width: Column
    height: Column
    filled: Column
    colour: Column
    contrast: Column
    unevenness: Column
    slope: Column
    stroke: Column
    runs: Column

    def __len__(self) -> int:
        return len(self.left)

    def taken(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Glyphs:
        """Only these glyphs, in this order."""
        return Glyphs(*(getattr(self, column.name)[rows] for column in fields(self)))


def steepness(luma: Luma) -> Luma:
    """(height, width) the range of luma among a pixel and its eight neighbours; the same in the negative."""
    return np.asarray(cv2.morphologyEx(luma, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)), np.uint8)


def find_glyphs(luma: Luma, params: GlyphParams | None = None, steep: Luma | None = None) -> Glyphs:
    """Connected bright strokes of letter size, from left to right. Dark letters are found in the negative.

    Args:
        luma: (height, width) uint8.
        params: `GlyphParams()` when None.
        steep: `steepness(luma)`, where it is known.

    Source:
        The white top-hat (Meyer 1979) keeps what is thinner than its element, on any background; half of the local
        maximum is where a blurred edge lies.
    """
    params = params or GlyphParams()
    height, width = luma.shape
    tophat = np.asarray(cv2.morphologyEx(luma, cv2.MORPH_TOPHAT, np.ones((params.stroke,) * 2, np.uint8)), np.uint8)
    strongest = np.asarray(cv2.dilate(tophat, np.ones((params.neighbourhood,) * 2, np.uint8)), np.uint8)
    strokes = ((tophat >= params.step) & (tophat >= strongest >> 1)).astype(np.uint8)
    # Grana's algorithm gives the labels of the default one in half of its time.
    _, labels, table, _ = cv2.connectedComponentsWithStatsWithAlgorithm(strokes, 8, cv2.CV_32S, cv2.CCL_GRANA)
    left, top, wide, tall, filled = table.T
    sized = (tall >= params.smallest) & (tall <= params.tallest * height) & (wide >= 2) & (wide <= 20 * tall)
    # What touches the left or right edge is cut off there and proves nothing; a roll of credits is cut at top and
    # bottom only.
    sized &= (filled > 0.12 * wide * tall) & (left > 0) & (left + wide < width) & (wide < 0.6 * width)
    sized[0] = False
    kept = np.flatnonzero(sized)
    kept = kept[np.argsort(left[kept], kind="stable")]
    number = np.full(len(table), -1)
    number[kept] = np.arange(len(kept))
    columns = [column[kept].astype(np.float64) for column in (left, top, wide, tall, filled)]
    steep = steepness(luma) if steep is None else steep
    columns.extend(_measured((luma, tophat, steep), strokes, number, np.asarray(labels, np.int32).ravel()))
    return Glyphs(*columns)


def _measured(
    planes: tuple[Luma, Luma, Luma], strokes: Luma, number: NDArray[np.intp], labels: NDArray[np.int32]
) -> tuple[Column, ...]:
    """colour, contrast, unevenness, slope, stroke width and runs of each glyph.

    Args:
        planes: the picture, by how much each pixel stands out, and how steep it is there.
        strokes: 1 on strokes.
        number: of the glyph of each label; -1 where a label is no glyph.
        labels: of each pixel, flat; 0 off the strokes.
    """
    count = int(number.max(initial=-1)) + 1
    inside = np.flatnonzero(strokes.view(bool))
    glyph = number[labels[inside]]
    glyphs_own = glyph >= 0
    inside, glyph = inside[glyphs_own], glyph[glyphs_own]
    luma, tophat, steep = (plane.ravel() for plane in planes)
    filled = np.bincount(glyph, minlength=count)
    lift = tophat[inside]
    contrast: Column = np.bincount(glyph, lift, count) / np.maximum(filled, 1)
    core = lift >= contrast[glyph]
    colour, spread = _moments(glyph[core], luma[inside[core]].astype(np.float64), count)
    rim = cv2.erode(strokes, np.ones((3, 3), np.uint8)).ravel()[inside] == 0
    on_rim = glyph[rim]
    rims = np.maximum(np.bincount(on_rim, minlength=count), 1)
    slope = np.bincount(on_rim, steep[inside[rim]], count) / rims / np.maximum(contrast, 1)
    # A pixel to the left of a glyph's first column is not its own, so no run is missed at the rim.
    begins = labels[inside - 1] != labels[inside]
    runs = np.bincount(glyph[begins], minlength=count).astype(float)
    return colour, contrast, spread, slope, 2 * filled / rims, runs


def _moments(glyph: NDArray[np.intp], levels: Column, count: int) -> tuple[Column, Column]:
    """Mean and standard deviation of each glyph's levels."""
    pixels = np.maximum(np.bincount(glyph, minlength=count), 1)
    mean: Column = np.bincount(glyph, levels, count) / pixels
    square = np.bincount(glyph, levels * levels, count) / pixels
    return mean, np.sqrt(np.maximum(square - mean * mean, 0))
