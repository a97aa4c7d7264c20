"""Glyphs that stand in a row, and what tells a line of text from a row of leaves."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from artwork.domain import Luma

from .glyphs import Column, Glyphs


@dataclass(frozen=True, slots=True)
class LineParams:
    """When two glyphs belong to one line; lengths in heights of the smaller glyph, or ratios.

    gap: the widest space between them: a word space is a third of an em. taller: ratio of heights: a capital to a
    lower-case letter, a radical to the whole sign. level: share of the height on which they stand side by side.
    colour: difference of luma. contrast, stroke: ratios.
    """

    gap: float = 1.1
    taller: float = 2.2
    level: float = 0.6
    colour: float = 25.0
    contrast: float = 1.8
    stroke: float = 2.2


FEATURES = (
    "letters",
    "runs",
    "contrast",
    "density",
    "slope",
    "unevenness",
    "stroke",
    "filled",
    "colour",
    "raggedness",
    "room",
    "surroundings",
    "aspect",
    "letters_unevenness",
    "contrast_unevenness",
    "letters_slope",
)
"""What is measured on a line, in the order of the columns of `Lines.features`.

letters: log2 of the number of glyphs, at most 4. runs: log2 of the strokes that a row of pixels crosses, at most 5:
it counts letters that touch. contrast: log of the mean contrast over 50 steps. density: mean local contrast inside,
over the letters' contrast. slope: how steep the letters' edges are: 1 for a rendered edge, less for a natural one.
unevenness: spread of luma inside a letter, over the contrast, at most 0.4. stroke: stroke width over letter height, at
most 0.8. filled: share of the line covered by strokes. colour: spread of luma among the letters, over 15 steps, at
most 2. raggedness: spread of the upper and of the lower ends of the letters, over their height, at most 1. room:
height of the line over that of a letter, at most 2.5. surroundings: mean local contrast in the busier of the bands
above and below, over that inside, at most 1.5. aspect: log of width over height. The last three are products of two:
each letter is a witness, so what it says weighs more the more of them there are.
"""


@dataclass(frozen=True, slots=True)
class Lines:
    """Rows of glyphs, one row each.

    left, top, right, bottom: edges in pixels. letter: mean height of a glyph. glyphs: how many. solidity: share of its
    own box that a glyph fills, on average. features: (lines, len(FEATURES)).
    """

    left: Column
    top: Column
    right: Column
    bottom: Column
    letter: Column
    glyphs: Column
    solidity: Column
    features: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.left)


def find_lines(glyphs: Glyphs, steep: Luma, params: LineParams | None = None) -> Lines:
    """Rows of like glyphs side by side, and single glyphs wide enough to be a word whose letters touch.

    Args:
        glyphs: of a picture, from left to right.
        steep: `artwork.annotate.glyphs.steepness` of that picture.
        params: `LineParams()` when None.
    """
    params = params or LineParams()
    one, other = _neighbours(glyphs, params)
    line = joined(len(glyphs), one, other)
    count = int(line.max()) + 1 if len(line) else 0
    return _measured(glyphs, line, count, steep)


def joined(count: int, one: NDArray[np.intp], other: NDArray[np.intp]) -> NDArray[np.intp]:
    """(count,) the number of the line of each member: pairs, and pairs of pairs, are in one line."""
    root = np.arange(count)
    while True:
        least = np.minimum(root[one], root[other])
        joined = root.copy()
        np.minimum.at(joined, one, least)
        np.minimum.at(joined, other, least)
        joined = joined[joined]
        if np.array_equal(joined, root):
            return np.unique(root, return_inverse=True)[1]
        root = joined


def _neighbours(glyphs: Glyphs, params: LineParams) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of glyphs that stand side by side and look alike."""
    count = len(glyphs)
    right, bottom = glyphs.left + glyphs.width, glyphs.top + glyphs.height
    # Glyphs come from left to right: the partners of each are a run behind it.
    last = np.searchsorted(glyphs.left, right + params.gap * glyphs.height, side="right")
    runs = np.maximum(last - np.arange(count) - 1, 0)
    one = np.repeat(np.arange(count), runs)
    other = one + 1 + np.arange(len(one)) - np.repeat(np.cumsum(runs) - runs, runs)
    smaller = np.minimum(glyphs.height[one], glyphs.height[other])
    shared = np.minimum(bottom[one], bottom[other]) - np.maximum(glyphs.top[one], glyphs.top[other])
    gap = glyphs.left[other] - right[one]
    alike = (np.maximum(glyphs.height[one], glyphs.height[other]) <= params.taller * smaller) & (
        shared >= params.level * smaller
    )
    alike &= (gap <= params.gap * smaller) & (np.abs(glyphs.colour[one] - glyphs.colour[other]) <= params.colour)
    for column, ratio in ((glyphs.contrast, params.contrast), (glyphs.stroke, params.stroke)):
        alike &= np.maximum(column[one], column[other]) <= ratio * np.minimum(column[one], column[other])
    return one[alike], other[alike]


def _measured(glyphs: Glyphs, line: NDArray[np.intp], count: int, steep: Luma) -> Lines:
    """The lines, with `FEATURES` of each."""
    if count == 0:
        none = np.zeros(0)
        return Lines(none, none, none, none, none, none, none, np.zeros((0, len(FEATURES))))
    order = np.argsort(line, kind="stable")
    glyphs, line = glyphs.taken(order), line[order]
    starts = np.searchsorted(line, np.arange(count))
    number = np.bincount(line, minlength=count).astype(np.float64)

    def mean(column: Column) -> Column:
        return np.asarray(np.add.reduceat(column, starts) / number)

    def spread(column: Column) -> Column:
        return np.sqrt(mean((column - mean(column)[line]) ** 2))

    left, right = np.minimum.reduceat(glyphs.left, starts), np.maximum.reduceat(glyphs.left + glyphs.width, starts)
    top, bottom = np.minimum.reduceat(glyphs.top, starts), np.maximum.reduceat(glyphs.top + glyphs.height, starts)
    letter, contrast = mean(glyphs.height), mean(glyphs.contrast)
    wide, tall = right - left, bottom - top
    inside, around = _busyness(steep, left, top, right, bottom)
    letters = np.minimum(np.log2(number), 4)
    brilliance = np.log(contrast / 50)
    unevenness = np.minimum(mean(glyphs.unevenness) / contrast, 0.4)
    slope = mean(glyphs.slope)
    columns = (
        letters,
        np.minimum(np.log2(1 + np.add.reduceat(glyphs.runs, starts) / tall), 5),
        brilliance,
        inside / contrast,
        slope,
        unevenness,
        np.minimum(mean(glyphs.stroke) / letter, 0.8),
        np.add.reduceat(glyphs.filled, starts) / (wide * tall),
        np.minimum(spread(glyphs.colour) / 15, 2),
        np.minimum((spread(glyphs.top) + spread(glyphs.top + glyphs.height)) / letter, 1),
        np.minimum(tall / letter, 2.5),
        np.minimum(around / np.maximum(inside, 1), 1.5),
        np.log(wide / tall),
        letters * unevenness,
        brilliance * unevenness,
        letters * slope,
    )
    solidity = mean(glyphs.filled / (glyphs.width * glyphs.height))
    return Lines(left, top, right, bottom, letter, number, solidity, np.stack(columns, axis=1))


def _busyness(steep: Luma, left: Column, top: Column, right: Column, bottom: Column) -> tuple[Column, Column]:
    """Mean local contrast inside each box, and in the busier of the bands of half its height above and below it."""
    height = steep.shape[0]
    sums = cv2.integral(steep)
    start, end = left.astype(int), right.astype(int)

    def band(upper: Column, lower: Column) -> Column:
        first, last = np.clip(upper, 0, height).astype(int), np.clip(lower, 0, height).astype(int)
        total = sums[last, end] - sums[last, start] - sums[first, end] + sums[first, start]
        return np.asarray(total / np.maximum((last - first) * (end - start), 1), np.float64)

    reach = np.maximum(2.0, (bottom - top) / 2)
    # One pixel of margin: the rim of the letters belongs to them.
    around = np.maximum(band(top - 1 - reach, top - 1), band(bottom + 1, bottom + 1 + reach))
    return band(top, bottom), around
