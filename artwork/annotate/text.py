"""Text burned into a frame: subtitles, titles, signs, credits; found by its strokes, without weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from artwork.domain import Box, Luma, Rgb

from .glyphs import GlyphParams, find_glyphs, steepness
from .lines import FEATURES, LineParams, Lines, find_lines, joined
from .picture import clipped, grey, shrunk

Rows = NDArray[np.float64]
"""(lines, 6): left, top, right, bottom, letter height in pixels of the still searched, and the evidence."""


@dataclass(frozen=True, slots=True)
class TextEvidence:
    """What each feature of a line (see `artwork.annotate.lines.FEATURES`) says for text, in log odds per unit.

    Fitted by logistic regression on 11,691 rows of strokes in text rendered (42 fonts; Latin, Cyrillic, Greek,
    Chinese, Japanese, Korean; 8 to 150 px; plain, outlined, shadowed, any colour) over 618 frames of the sample films
    and photographs of scikit-image, against 88,538 rows in the same frames without text, weighted by their area. On
    the fifth of the frames that was held out, log odds of 2.45 find 87 % of the rows of three letters or more, with
    one false row in 50 frames.
    """

    letters: float = 1.42
    runs: float = 1.95
    contrast: float = 0.94
    density: float = 2.73
    slope: float = 3.17
    unevenness: float = -11.81
    stroke: float = -2.44
    filled: float = 1.57
    colour: float = -0.71
    raggedness: float = -0.88
    room: float = -2.98
    surroundings: float = -1.77
    aspect: float = -0.79
    letters_unevenness: float = -16.28
    contrast_unevenness: float = 11.20
    letters_slope: float = 2.15
    constant: float = -5.37

    def of(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """(lines,) log odds that each row of features is a line of text."""
        weights = np.array([getattr(self, name) for name in FEATURES])
        return np.asarray(features @ weights + self.constant)


@dataclass(frozen=True, slots=True)
class LetteringParams:
    """When strokes are the large letters of a title, whatever their number: letters of a logo often touch.

    letter: height as a share of the picture's. contrast: luma steps. unevenness, slope, filled: as in
    `artwork.annotate.lines.FEATURES`. runs: strokes that a row of pixels crosses. On 618 frames without text no row of
    strokes passes; the painted sun between leaves comes nearest (contrast 114, unevenness 0.05). raggedest, roomiest:
    limits of `TextParams` for lines of letters this large: the struts of a fence reach above and below each other.
    """

    letter: float = 0.08
    contrast: float = 130.0
    unevenness: float = 0.045
    slope: float = 0.75
    filled: float = 0.15
    runs: float = 3.0
    raggedest: float = 0.55
    roomiest: float = 1.7


@dataclass(frozen=True, slots=True)
class TextParams:
    """Settings of the text detector.

    side: pixels of the longer side at which small letters are sought. reductions: the still is searched at these
    fractions of that, the smaller ones for large letters. sure: log odds at which a line is text by itself.
    sure_large: the same where the letters are as tall as `lettering.letter`: gaps between leaves are large too, and a
    false line there covers much. likely: log odds at which a line is text beside a sure line of letters like its own
    (for large ones as much higher). near: how far apart two lines of one block may be, and word_gap: two words of one
    line, in letter heights. shortest: width of a line over its height, at least.
    thinnest: stroke width over letter height, at least: the hairlines of leaves and hair lie below. raggedest,
    roomiest (as in `artwork.annotate.lines.FEATURES`), solidest (`Lines.solidity`), at most: a wall of bricks is more
    of each. All four let 98 to 99 % of the rendered lines pass.
    """

    side: int = 640
    reductions: tuple[float, ...] = (1.0, 0.5, 0.25)
    sure: float = 2.3
    sure_large: float = 3.5
    likely: float = 0.0
    near: float = 2.5
    word_gap: float = 2.0
    shortest: float = 1.5
    thinnest: float = 0.08
    raggedest: float = 0.8
    roomiest: float = 2.2
    solidest: float = 0.8
    glyphs: GlyphParams = field(default_factory=GlyphParams)
    lines: LineParams = field(default_factory=LineParams)
    lettering: LetteringParams = field(default_factory=LetteringParams)
    evidence: TextEvidence = field(default_factory=TextEvidence)


def find_text(pixels: Rgb, params: TextParams | None = None) -> tuple[Box, ...]:
    """Boxes around lines of text, from top to bottom, then from left to right; none where there is no text.

    Letters are thin strokes of one luma with edges steeper than nature's, in a row, with quiet above and below. Both
    polarities are searched.

    Args:
        pixels: (height, width, 3) uint8, RGB.
        params: `TextParams()` when None.

    Source:
        Epshtein et al., "Detecting text in natural scenes with stroke width transform", 2010, and Neumann and Matas,
        "Real-time scene text localization", 2012, for what is measured on letters and lines.
    """
    params = params or TextParams()
    luma = shrunk(grey(pixels), params.side)
    height, width = luma.shape
    found = [
        rows
        for fraction in params.reductions
        for rows in _searched(shrunk(luma, round(fraction * max(height, width))), fraction, params)
    ]
    rows = _whole(_distinct(_supported(np.concatenate(found), params)), params)
    edges = rows[:, :4] / (width, height, width, height)
    boxes = [clipped(*row) for row in edges.tolist()]
    return tuple(sorted(boxes, key=lambda box: (box.top, box.left)))


def text_share(boxes: Sequence[Box]) -> float:
    """Share of the frame that the boxes cover together, 0 to 1, on a grid of 1 % steps of each side."""
    grid = np.zeros((100, 100), bool)
    for box in boxes:
        left, right = round(100 * box.left), round(100 * (box.left + box.width))
        top, bottom = round(100 * box.top), round(100 * (box.top + box.height))
        grid[top:bottom, left:right] = True
    return float(grid.mean())


def _searched(luma: Luma, fraction: float, params: TextParams) -> list[Rows]:
    """Light lines, and dark lines, that may be text, with their evidence, in pixels of the whole still."""
    steep = steepness(luma)
    glyphs = (find_glyphs(polarity, params.glyphs, steep) for polarity in (luma, np.invert(luma)))
    return [_judged(find_lines(each, steep, params.lines), luma.shape[0], fraction, params) for each in glyphs]


def _judged(lines: Lines, height: int, fraction: float, params: TextParams) -> Rows:
    """Those of the lines, found in a picture of that height, that may be text."""
    evidence = params.evidence.of(lines.features)
    wide, tall = lines.right - lines.left, lines.bottom - lines.top
    large = lines.letter >= params.lettering.letter * height
    kept = (evidence >= params.likely) & (wide >= params.shortest * tall) & _is_shaped(lines, large, params)
    lettering = _is_lettering(lines, height, params.lettering) & (wide >= tall)
    evidence = np.where(lettering, np.maximum(evidence, params.sure_large), evidence)
    evidence = evidence - np.where(large, params.sure_large - params.sure, 0)
    rows = np.stack([lines.left, lines.top, lines.right, lines.bottom, lines.letter], axis=1) / fraction
    return np.asarray(np.column_stack([rows, evidence])[kept | lettering])


def _is_shaped(lines: Lines, large: NDArray[np.bool_], params: TextParams) -> NDArray[np.bool_]:
    """Which lines have the shape of writing: neither hairlines nor bricks nor a heap."""
    columns = dict(zip(FEATURES, lines.features.T, strict=True))
    return np.asarray(
        (columns["stroke"] >= params.thinnest)
        & (columns["raggedness"] <= np.where(large, params.lettering.raggedest, params.raggedest))
        & (columns["room"] <= np.where(large, params.lettering.roomiest, params.roomiest))
        & (lines.solidity <= params.solidest)
    )


def _is_lettering(lines: Lines, height: int, params: LetteringParams) -> NDArray[np.bool_]:
    """Which lines are the large letters of a title, even if they touch and so count as one."""
    columns = dict(zip(FEATURES, lines.features.T, strict=True))
    return np.asarray(
        (lines.letter >= params.letter * height)
        & (columns["contrast"] >= np.log(params.contrast / 50))
        & (columns["unevenness"] <= params.unevenness)
        & (columns["slope"] >= params.slope)
        & (columns["filled"] >= params.filled)
        & (columns["runs"] >= np.log2(1 + params.runs))
        & (lines.top > 0)
        & (lines.bottom < height)
    )


def _supported(rows: Rows, params: TextParams) -> Rows:
    """Sure lines, and likely ones that stand in a block with sure lines of like letters."""
    taken = rows[:, 5] >= params.sure
    # Twice: the second line of a block may lead to a third.
    for _ in range(2):
        across, down = _apart(rows, rows[taken])
        near = np.maximum(across, 0) + np.maximum(down, 0) <= params.near
        taken |= (near & _alike(rows, rows[taken])).any(axis=1)
    return rows[taken]


def _distinct(rows: Rows) -> Rows:
    """Lines by falling evidence, each without those that lie mostly inside it or around it."""
    rows = rows[np.lexsort((rows[:, 0], rows[:, 1], -rows[:, 5]))]
    wide = np.minimum.outer(rows[:, 2], rows[:, 2]) - np.maximum.outer(rows[:, 0], rows[:, 0])
    tall = np.minimum.outer(rows[:, 3], rows[:, 3]) - np.maximum.outer(rows[:, 1], rows[:, 1])
    area = (rows[:, 2] - rows[:, 0]) * (rows[:, 3] - rows[:, 1])
    clash = np.maximum(wide, 0) * np.maximum(tall, 0) >= 0.5 * np.minimum.outer(area, area)
    kept = np.ones(len(rows), bool)
    for place in range(len(rows)):
        if kept[place]:
            kept[place + 1 :] &= ~clash[place, place + 1 :]
    return rows[kept]


def _whole(rows: Rows, params: TextParams) -> Rows:
    """Lines whose words were found apart, joined."""
    across, down = _apart(rows, rows)
    tall = np.minimum.outer(rows[:, 3] - rows[:, 1], rows[:, 3] - rows[:, 1])
    letter = np.minimum.outer(rows[:, 4], rows[:, 4])
    level = down * letter <= -0.5 * tall
    line = joined(len(rows), *np.nonzero(level & (across <= params.word_gap) & _alike(rows, rows)))
    starts = np.arange(int(line.max()) + 1 if len(line) else 0)
    return np.array(
        [
            (
                *rows[line == number, :2].min(axis=0),
                *rows[line == number, 2:4].max(axis=0),
                *rows[line == number, 4:].max(axis=0),
            )
            for number in starts
        ]
    ).reshape(-1, 6)


def _apart(rows: Rows, others: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(rows, others): gaps across and down in heights of the smaller letter; negative where they overlap."""
    letter = np.minimum.outer(rows[:, 4], others[:, 4])
    across = np.maximum.outer(rows[:, 0], others[:, 0]) - np.minimum.outer(rows[:, 2], others[:, 2])
    down = np.maximum.outer(rows[:, 1], others[:, 1]) - np.minimum.outer(rows[:, 3], others[:, 3])
    return across / letter, down / letter


def _alike(rows: Rows, others: Rows) -> NDArray[np.bool_]:
    """(rows, others): whether the letters are of one size."""
    smaller = np.minimum.outer(rows[:, 4], others[:, 4])
    return np.asarray(np.maximum.outer(rows[:, 4], others[:, 4]) <= 1.6 * smaller)
