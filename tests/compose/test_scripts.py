# ruff: noqa: RUF001  # the scripts of the world are what is tested
"""Titles in the scripts of the world, with the fonts of this machine; each skips where no font has its letters."""

from __future__ import annotations

import os
from fractions import Fraction

import numpy as np
import pytest
from compose_builders import annotation, canvas, noisy
from PIL import features

from artwork.compose.composition import Approved, Composed, Compositor
from artwork.compose.contrast import ENOUGH
from artwork.compose.lettering import set_name
from artwork.compose.treatment import Billing
from artwork.compose.typefaces import GlyphMissing, TypefaceParams, Typefaces
from artwork.domain import Timecode

pytestmark = pytest.mark.skipif(not features.check("raqm"), reason="this Pillow has no raqm")
NAMES = {
    "Latin": "Příliš žluťoučký kůň",
    "Greek": "Το βλέμμα του Οδυσσέα",
    "Cyrillic": "Летят журавли",
    "Arabic": "قصة مدينتين: الجزء ٢",
    "Persian": "می\u200cخواهم زنده بمانم",
    "Hebrew": "ואלס עם באשיר 2",
    "Hindi": "तीसरी मंज़िल 2",
    "Bengali": "পথের পাঁচালী",
    "Tamil": "நாயகன்",
    "Thai": "ลุงบุญมีระลึกชาติ 2",
    "Chinese": "卧虎藏龙：青冥宝剑",
    "Japanese": "千と千尋の神隠し",
    "Korean": "기생충 이야기",
    "Vietnamese": "Mùi đu đủ xanh",
}


@pytest.fixture(scope="module")
def fonts() -> Typefaces:
    """Those of the folder that ARTWORK_TEST_FONTS names, then those of the system and of packages."""
    return Typefaces.open(TypefaceParams(folder=os.environ.get("ARTWORK_TEST_FONTS", "")))


def ready(fonts: Typefaces, text: str) -> None:
    """Skip where no font at hand writes the text."""
    try:
        fonts.runs(text)
    except GlyphMissing as error:
        pytest.skip(f"no font for it on this machine: {error}")


@pytest.mark.parametrize("script", NAMES)
def test_a_title_in_any_script_stands_on_a_poster(fonts: Typefaces, script: str) -> None:
    """Set, placed, with its contrast; every word of it is there."""
    ready(fonts, NAMES[script])
    frame = Approved("c", "f", Timecode(0, Fraction(1)), noisy(640, 360), annotation())
    compositor = Compositor(fonts)
    found = compositor.preview(
        frame, compositor.focus(frame), canvas(2, 3, 240, treatment=True), Billing(NAMES[script])
    )
    assert isinstance(found, Composed)
    assert found.treatment is not None
    assert found.treatment.contrast >= ENOUGH
    assert "".join(found.treatment.lines).replace(" ", "") == NAMES[script].replace(" ", "")


def test_hindi_vowels_move_before_their_letter(fonts: Typefaces) -> None:
    """In "कि" the vowel is written second and stands first: the ink on the left is not that of "क"."""
    ready(fonts, "कि")
    alone, together = (set_name(text, fonts)[0].ink(80, 0) for text in ("क", "कि"))
    wide = min(alone.shape[1], together.shape[1] // 2)
    tall = min(len(alone), len(together))
    left = together[-tall:, :wide].astype(int)
    assert np.abs(left - alone[-tall:, :wide]).mean() > 20


def test_hindi_letters_join(fonts: Typefaces) -> None:
    """Two letters become one sign, narrower than both."""
    ready(fonts, "क्ष")
    joined, first, second = (set_name(text, fonts)[0].width for text in ("क्ष", "क", "ष"))
    assert joined < 0.85 * (first + second)


def test_thai_marks_stand_above(fonts: Typefaces) -> None:
    """A tone mark makes a syllable taller, not longer."""
    ready(fonts, "ก่")
    plain, marked = (set_name(text, fonts)[0] for text in ("ก", "ก่"))
    assert marked.height > plain.height
    assert marked.width == pytest.approx(plain.width, rel=0.05)


def test_chinese_breaks_between_letters_and_not_before_a_stop(fonts: Typefaces) -> None:
    ready(fonts, NAMES["Chinese"])
    blocks = set_name(NAMES["Chinese"], fonts)
    assert [line.text for line in blocks[1].lines] == ["卧虎藏龙：", "青冥宝剑"]
