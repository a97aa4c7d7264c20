"""Words set in type: broken into even lines, shaped, and drawn as a mask of ink."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from artwork.compose.names import clean_name, pieces
from artwork.compose.typefaces import Typeface, Typefaces
from artwork.domain import Luma

UNIT = 100.0
"""Pixels of the size at which names are measured before they have one."""
LEADING = 0.14
"""Room between the ink of two lines, in sizes."""
SHORTEST_STEP = 0.92
"""Least distance from baseline to baseline, in sizes: that of capitals set solid."""

Runs = tuple[tuple[str, Typeface], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a block, measured at `UNIT`.

    Attributes:
        text: in the order in which it is read.
        runs: the text by fonts, from left to right.
        left, top, right, bottom: of the ink, around the start of the baseline.
    """

    text: str
    runs: Runs = field(repr=False)
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Block:
    """A name in lines.

    Attributes:
        lines: from top to bottom.
        baselines: of each line, from the top of the ink, at `UNIT`.
        width, height: of the ink, at `UNIT`.
        torn: how many lines end inside a word, as those of Chinese and Japanese do.
        language: tag that chooses between forms of a letter; empty where none is known.
    """

    lines: tuple[Line, ...]
    baselines: tuple[float, ...]
    width: float
    height: float
    torn: int = 0
    language: str = ""

    @property
    def typeface(self) -> str:
        """Names and digests of the fonts in it."""
        faces = {f"{face.name}@{face.digest[:12]}" for line in self.lines for _, face in line.runs}
        return " ".join(sorted(faces))

    @property
    def raggedness(self) -> float:
        """How uneven it looks: the mean share of the width that its lines leave free, and one for each torn word."""
        free = sum(self.width - (line.right - line.left) for line in self.lines)
        return free / (self.width * len(self.lines)) + self.torn

    def ink(self, size: float, align: float) -> Luma:
        """(height, width) of ink at a size: 0 none to 255 full, cut to the ink.

        Args:
            size: pixels.
            align: 0 lines begin at the left, 0.5 they are centred, 1 they end at the right.
        """
        factor = size / UNIT
        margin = int(size) + 2
        wide, tall = int(self.width * factor) + 2 * margin, int(self.height * factor) + 2 * margin
        sheet = Image.new("L", (wide, tall), 0)
        draw = ImageDraw.Draw(sheet)
        for line, baseline in zip(self.lines, self.baselines, strict=True):
            x = margin + (align * (self.width - (line.right - line.left)) - line.left) * factor
            for text, face in line.runs:
                font = _font(face, round(size, 2))
                spoken = _language(self.language)
                draw.text((x, margin + baseline * factor), text, fill=255, font=font, anchor="ls", language=spoken)
                x += font.getlength(text, language=spoken)
        return np.asarray(sheet.crop(sheet.getbbox() or (0, 0, 1, 1)), np.uint8)


def set_name(name: str, typefaces: Typefaces, language: str = "", most_lines: int = 4) -> tuple[Block, ...]:
    """The name in one line, in two, and so on: each time as evenly as its words allow.

    Args:
        name: as it was given; it is cleaned first.
        typefaces: the fonts at hand.
        language: tag of the name, for letters that languages write differently; may be empty.
        most_lines: lines of the last block.

    Raises:
        UnfitName: nothing in the name can be seen, or it is too long.
        GlyphMissing: no font has one of its letters.
        ShapingMissing: the name needs shaping, and there is no raqm.
    """
    clean = clean_name(name)
    whole = typefaces.runs(clean)
    face = whole[0][1] if len(whole) == 1 else None
    parts = pieces(clean)
    widths = [_measured(part.rstrip(), _runs(part.rstrip(), typefaces, face), language).right for part in parts]
    gaps = [UNIT * 0.28 if part.endswith(" ") else 0.0 for part in parts]
    blocks: dict[tuple[str, ...], Block] = {}
    for count in range(1, min(most_lines, len(parts)) + 1):
        breaks = _even(widths, gaps, count)
        texts = tuple("".join(parts[start:end]).strip() for start, end in breaks)
        lines = [_measured(text, _runs(text, typefaces, face), language) for text in texts if text]
        torn = sum(not parts[end - 1].endswith(" ") for _, end in breaks[:-1])
        blocks.setdefault(texts, _stacked(lines, torn, language))
    return tuple(blocks.values())


def _runs(text: str, typefaces: Typefaces, face: Typeface | None) -> Runs:
    """One font for the whole name where one has it all, so that no line is set differently from the next."""
    return ((text, face),) if face is not None else typefaces.runs(text)


def _even(widths: Sequence[float], gaps: Sequence[float], count: int) -> list[tuple[int, int]]:
    """Where to break into `count` lines so that the longest is shortest; among equals, the first lines are longer."""
    number = len(widths)

    def length(start: int, end: int) -> float:
        return sum(widths[start:end]) + sum(gaps[start : end - 1])

    best: dict[tuple[int, int], tuple[float, tuple[int, ...]]] = {(0, 0): (0.0, ())}
    for lines in range(1, count + 1):
        for end in range(lines, number + 1):
            best[lines, end] = min(
                (max(best[lines - 1, start][0], length(start, end)), (*best[lines - 1, start][1], -end))
                for start in range(lines - 1, end)
                if (lines - 1, start) in best
            )
    ends = [0, *(-end for end in best[count, number][1])]
    return list(pairwise(ends))


def _stacked(lines: Sequence[Line], torn: int, language: str) -> Block:
    """Lines under one another, as close as their ink allows."""
    baselines = [-lines[0].top]
    for upper, lower in pairwise(lines):
        baselines.append(baselines[-1] + max(SHORTEST_STEP * UNIT, upper.bottom - lower.top + LEADING * UNIT))
    width = max(line.right - line.left for line in lines)
    return Block(tuple(lines), tuple(baselines), width, baselines[-1] + lines[-1].bottom, torn, language)


def _measured(text: str, runs: Runs, language: str) -> Line:
    spoken = _language(language)
    x, left, top, right, bottom = 0.0, 0.0, 0.0, 0.0, 0.0
    for place, (part, face) in enumerate(runs):
        font = _font(face, UNIT)
        box = font.getbbox(part, anchor="ls", language=spoken)
        left = x + box[0] if place == 0 else min(left, x + box[0])
        top, right, bottom = min(top, box[1]), max(right, x + box[2]), max(bottom, box[3])
        x += font.getlength(part, language=spoken)
    return Line(text, runs, left, top, right, bottom)


def _language(tag: str) -> str | None:
    """The tag for the shaper; None leaves it to the letters."""
    return tag or None


@lru_cache(maxsize=64)
def _font(face: Typeface, size: float) -> ImageFont.FreeTypeFont:
    return face.at_size(size)
