"""Names set in type: even lines, nothing beyond the block, shapes as the script wants them."""

from __future__ import annotations

import numpy as np
import pytest
from compose_builders import packaged_fonts
from PIL import features

from artwork.compose.lettering import UNIT, _even, set_name
from artwork.compose.typefaces import GlyphMissing, Typefaces


@pytest.fixture(scope="module")
def fonts() -> Typefaces:
    return packaged_fonts()


@pytest.fixture(scope="module")
def wide_fonts(fonts: Typefaces) -> Typefaces:
    """Fonts that know Cyrillic and Arabic."""
    try:
        fonts.runs("Фильм")
        fonts.runs("فيلم")
    except GlyphMissing:
        pytest.skip("no package brings a font with Cyrillic and Arabic letters here (OpenCV does on Linux)")
    return fonts


def test_lines_are_as_even_as_words_allow() -> None:
    """Widths 3, 1, 1, 3 in two lines: 4 and 4, not 3 and 5; the gaps count."""
    assert _even([3, 1, 1, 3], [0, 0, 0, 0], 2) == [(0, 2), (2, 4)]
    assert _even([1, 1, 1], [0, 0, 0], 2) == [(0, 2), (2, 3)]
    assert _even([2, 1], [5, 0], 1) == [(0, 2)]


def test_a_name_comes_in_one_line_and_in_more(fonts: Typefaces) -> None:
    """Three words give three blocks, each narrower than the one before."""
    blocks = set_name("The Last Orbit", fonts)
    assert [[line.text for line in block.lines] for block in blocks] == [
        ["The Last Orbit"],
        ["The Last", "Orbit"],
        ["The", "Last", "Orbit"],
    ]
    widths = [block.width for block in blocks]
    assert widths == sorted(widths, reverse=True)
    assert [len(block.baselines) for block in blocks] == [1, 2, 3]


def test_ink_is_as_large_as_was_measured(fonts: Typefaces) -> None:
    """To 3 % or two pixels, at a size and alignment of its own."""
    for block in set_name("Gull Rock jumps", fonts):
        for size in (20.0, 61.0):
            for align in (0.0, 0.5, 1.0):
                height, width = block.ink(size, align).shape
                assert width == pytest.approx(block.width * size / UNIT, rel=0.03, abs=2)
                assert height == pytest.approx(block.height * size / UNIT, rel=0.03, abs=2)


def test_lines_do_not_touch(fonts: Typefaces) -> None:
    """A row without ink between a line with descenders and one with capitals."""
    block = set_name("gypsy HEARTH", fonts)[1]
    rows = block.ink(80, 0.5).max(axis=1)
    assert (rows[10:-10] == 0).any()


def test_alignment_moves_the_short_line(fonts: Typefaces) -> None:
    """The second line of two stands left, in the middle, right."""
    block = set_name("Constantinople is", fonts)[1]
    firsts = []
    for align in (0.0, 0.5, 1.0):
        ink = block.ink(60, align)
        firsts.append(int(np.flatnonzero(ink[-20:].max(axis=0))[0]))
    assert firsts[0] < firsts[1] < firsts[2]


@pytest.mark.skipif(not features.check("raqm"), reason="this Pillow has no raqm")
def test_arabic_letters_join(wide_fonts: Typefaces) -> None:
    """Shaped, the word is much narrower than its letters one by one, and it is one piece of ink."""
    word = "سينما"
    joined = set_name(word, wide_fonts)[0].width
    apart = sum(set_name(letter, wide_fonts)[0].width for letter in word)
    assert joined < 0.8 * apart


@pytest.mark.skipif(not features.check("raqm"), reason="this Pillow has no raqm")
def test_hebrew_reads_from_the_right(wide_fonts: Typefaces) -> None:
    """Alef then lamed: alef, the first letter, stands on the right."""
    pair = set_name("אל", wide_fonts)[0].ink(100, 0)
    alef = set_name("א", wide_fonts)[0].ink(100, 0)
    right = pair[-alef.shape[0] :, -alef.shape[1] :]
    assert np.abs(right.astype(int) - alef).mean() < 12


def test_cyrillic_is_written(wide_fonts: Typefaces) -> None:
    assert set_name("Братья Карамазовы", wide_fonts)[0].ink(40, 0).max() == 255


def test_a_missing_letter_is_an_error_and_never_a_box(fonts: Typefaces) -> None:
    with pytest.raises(GlyphMissing, match="U\\+1F9DF"):
        set_name("Night of the 🧟", fonts)


def test_the_same_name_gives_the_same_ink(fonts: Typefaces) -> None:
    one, other = (set_name("Again", fonts)[0].ink(50, 0.5) for _ in range(2))
    assert np.array_equal(one, other)
