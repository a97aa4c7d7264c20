"""Words on the picture: subtitles, title cards, logos and the credits roll, set in the typeface that Pillow carries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from artwork.film.storyboard.pigments import Picture, ink
from artwork.film.storyboard.script import Words


@dataclass(frozen=True, slots=True)
class Style:
    """How a kind of text is set.

    Attributes:
        size: height of a letter, in picture heights.
        place: (x, y) of the block's middle, in fractions of the picture.
        spacing: room between letters, in letter heights.
        outline: thickness of the dark rim, in letter heights.
        fade_seconds: how long it takes to come and go.
        weight: how much thicker the letters are drawn, in letter heights.
    """

    size: float
    place: tuple[float, float]
    spacing: float = 0.0
    outline: float = 0.0
    fade_seconds: float = 0.0
    weight: float = 0.0


LEADING = 1.45
"""From line to line, in letter heights."""

STYLES = {
    "subtitle": Style(size=0.058, place=(0.5, 0.9), outline=0.09, weight=0.012),
    "title": Style(size=0.125, place=(0.5, 0.5), spacing=0.22, fade_seconds=0.7, weight=0.02),
    "tagline": Style(size=0.05, place=(0.5, 0.64), spacing=0.3, fade_seconds=0.7),
    "chapter": Style(size=0.062, place=(0.5, 0.5), spacing=0.28, fade_seconds=0.5),
    "logo": Style(size=0.085, place=(0.5, 0.56), spacing=0.35, fade_seconds=0.6, weight=0.015),
    "place": Style(size=0.05, place=(0.2, 0.83), spacing=0.12, outline=0.05, fade_seconds=0.4),
    "poster": Style(size=0.17, place=(0.5, 0.45), spacing=0.05, outline=0.07, fade_seconds=0.15, weight=0.05),
    "credits": Style(size=0.052, place=(0.5, 0.5), spacing=0.06),
}


def style_of(words: Words) -> Style:
    """The style of some words.

    Raises:
        ValueError: there is no such style.
    """
    if words.style not in STYLES:
        raise ValueError(f"unknown style {words.style!r} of words: {', '.join(STYLES)}")
    return STYLES[words.style]


def lettered(words: Words, picture_height: int) -> Picture:
    """The words as a premultiplied RGBA cut-out, just large enough.

    A line that starts with "- " is a heading (smaller, dimmer), and an empty line is room.
    """
    style = style_of(words)
    size = (words.size or style.size) * picture_height
    lines = [_line(text, size, style) for text in words.text.split("\n")]
    margin = int(size * 0.6)
    wide = int(max([*(line.length for line in lines), size])) + 2 * margin
    sheet = Image.new("L", (wide, int(sum(line.size for line in lines) * LEADING) + 2 * margin), 0)
    rim = Image.new("L", sheet.size, 0)
    y = float(margin)
    for line in lines:
        line.write(sheet, y, 175 if line.heading else 255, style.weight)
        if style.outline:
            line.write(rim, y, 255, style.outline)
        y += line.size * LEADING
    face = np.asarray(sheet, np.float32)[..., None] / 255
    cover = np.maximum(face, np.asarray(rim, np.float32)[..., None] / 255 * 0.85)
    return np.concatenate((face * ink(words.colour) + 0.5, cover * 255 + 0.5), axis=2).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of words, ready to be written letter by letter: size, room and length in pixels."""

    text: str
    heading: bool
    size: float
    room: float
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont

    @property
    def length(self) -> float:
        """How long the line is."""
        return sum(self.font.getlength(letter) + self.room for letter in self.text) - self.room if self.text else 0.0

    def write(self, sheet: Image.Image, y: float, brightness: int, rim: float) -> None:
        """Write it on the middle of a sheet, y pixels down; the rim is in letter heights."""
        draw = ImageDraw.Draw(sheet)
        x = (sheet.width - self.length) / 2
        for letter in self.text:
            draw.text(
                (x, y), letter, fill=brightness, font=self.font, stroke_width=rim * self.size, stroke_fill=brightness
            )
            x += self.font.getlength(letter) + self.room


def _line(text: str, size: float, style: Style) -> Line:
    heading = text.startswith("- ")
    own = max(6.0, size * (0.68 if heading else 1.0))
    return Line(text.removeprefix("- "), heading, own, style.spacing * size, ImageFont.load_default(own))
