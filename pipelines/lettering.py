"""Lettering for pictures: the font that comes with Pillow, and another one where a name needs more letters."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

ELSEWHERE = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "NotoSansCJK-Regular.ttc", "Arial Unicode.ttf", "Arial.ttf")
"""Fonts of the machine, looked for by name; the first that has all letters of a line is taken."""

# No font has a letter for it, so that its drawing is the one of a missing letter.
_MISSING = "\ufffe"


@lru_cache(maxsize=64)
def house_font(size: int) -> Font:
    """The font that comes with Pillow; it has the letters of English and little more."""
    return ImageFont.load_default(size)


def lettered(words: str, size: int) -> tuple[str, Font]:
    """The words on one line, and a font that has all their letters.

    Where no font has them, accents are left off and other letters become question marks.
    """
    line = " ".join(words.replace("\N{NO-BREAK SPACE}", " ").split())
    for name in ("", *ELSEWHERE):
        font = _font(name, size)
        if font is not None and all(_has(name, size, letter) for letter in set(line)):
            return line, font
    plain = unicodedata.normalize("NFKD", line)
    letters = (letter for letter in plain if not unicodedata.combining(letter))
    return "".join(letter if _has("", size, letter) else "?" for letter in letters), house_font(size)


def fitting(words: str, room: float, length: Callable[[str], float]) -> str:
    """The words, or as many of their letters as fit with an ellipsis behind them."""
    if length(words) <= room:
        return words
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if length(words[:middle].rstrip() + "...") <= room else (low, middle - 1)
    return words[:low].rstrip() + "..."


def wrapped(words: str, room: float, length: Callable[[str], float], most: int) -> list[str]:
    """The words on at most `most` lines that each fit the room; the last is cut where there is more."""
    lines: list[str] = []
    left = words.split()
    while left and len(lines) < most - 1:
        count = 1
        while count < len(left) and length(" ".join(left[: count + 1])) <= room:
            count += 1
        lines.append(fitting(" ".join(left[:count]), room, length))
        left = left[count:]
    return [*lines, fitting(" ".join(left), room, length)] if left else lines


@lru_cache(maxsize=256)
def _font(name: str, size: int) -> Font | None:
    """The font of this name; the one of Pillow for no name; None when the machine has none such."""
    if not name:
        return house_font(size)
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


@lru_cache(maxsize=4096)
def _has(name: str, size: int, letter: str) -> bool:
    font = _font(name, size)
    return font is not None and (letter.isspace() or bytes(font.getmask(letter)) != bytes(font.getmask(_MISSING)))
