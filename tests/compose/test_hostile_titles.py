# ruff: noqa: RUF001  # names that nobody should have are what is tested
"""A hundred names that nobody should have: drawn as they are or refused in one line, never anything else."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from fractions import Fraction

import pytest
from compose_builders import annotation, canvas, noisy, packaged_fonts
from PIL import Image

from artwork.compose.composition import Approved, Compositor
from artwork.compose.names import UnfitName
from artwork.compose.treatment import Billing
from artwork.compose.typefaces import GlyphMissing
from artwork.compose.values import Rendition
from artwork.domain import Timecode

SCRIPTS = [
    template.format(word)
    for word in ("alert(1)", "fetch('//x')")
    for template in (
        "<script>{}</script>",
        "</title><script>{}</script>",
        '"><img src=x onerror={}>',
        "<svg/onload={}>",
        "javascript:{}",
        "{{{{{}}}}}",
        "${{{}}}",
        "<!--{}-->",
        "]]><x>{}</x>",
        "' or 1=1 -- {}",
        "<?xpacket end='w'?>{}",
        "&lt;{}&gt;&#0;",
    )
]
CONTROLS = [
    f"{before}name{after}"
    for before, after in (
        ("\u202e", ""), ("\u2066", "\u2069"), ("\u202a", "\u202c"), ("\u200f", "\u200e"), ("\ufeff", ""),
        ("\x00", "\x00"), ("\x1b[31m", "\x1b[0m"), ("\r\n", "\r\n"), ("\x7f", "\x80"), ("\u2028", "\u2029"),
        ("\ud800", "\udfff"), ("\ufffe", "\uffff"), ("\U000e0001", "\U000e007f"), ("\u00ad", "\u200b"),
        ("\u034f", "\u115f"),
    )
]  # fmt: skip
LONG = [
    "W" * 241,
    "W" * 100_000,
    "a " * 50_000,
    "\u0301" * 5_000,
    "x" + "\u0301" * 200,
    " " * 9_999,
    "-" * 240,
    "Wm" * 100,
]
EMOJI = ["🎬", "Night 🧟 of", "👩‍👩‍👧‍👦", "🇺🇳", "☃️", "❤️‍🔥", "1️⃣", "\U0001f3fb"]
PATHS = ["../../etc/passwd", "C:\\con\\nul", "a/b", "..", "~root", "$(reboot)", "`reboot`", "%00%0a", "|cat", "a\tb\vc"]
MARKS = ["Z̸̢͎̤a̷l̶g̵o̴", "ｆｕｌｌ", "ﷺ", "𒐫𒐫", "﷽" * 9, "ྀྀྀྀ", "꧁title꧂", "Ｔ\u3000Ｔ", "ꙮ", "\u3164"]
NUMBERS = ["NaN", "None", "null", "-1", "1e999", "0x0", "True", "undefined", "%s%n%d", "{0.__class__}"]
BLANK = ["", " ", "\u3000", "\xa0", "\u200d", "\u2800", ".", "…", "—", "!", "\\", "'", '"', "&", "<", ">"]
HOSTILE = [*SCRIPTS, *CONTROLS, *LONG, *EMOJI, *PATHS, *MARKS, *NUMBERS, *BLANK]


@pytest.fixture(scope="module")
def compositor() -> Compositor:
    return Compositor(packaged_fonts())


def test_there_are_a_hundred() -> None:
    assert len(set(HOSTILE)) >= 100


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_name_is_drawn_or_refused(compositor: Compositor, name: str) -> None:
    """Files that open, a packet that parses, alternative words without controls; or one line that says why not."""
    frame = Approved("c", "f", Timecode(0, Fraction(1)), noisy(320, 180), annotation())
    try:
        (found,) = compositor.compose(frame, [canvas(16, 9, 320, treatment=True)], [Billing(name)])
    except (UnfitName, GlyphMissing) as error:
        found = error
    if not isinstance(found, Rendition):
        assert str(found).isprintable()
        assert len(str(found)) < 700
        return
    assert found.treatment is not None
    assert all(letter.isprintable() or letter in "\u200c\u200d\u200e\u200f" for letter in found.alt)
    for each in found.files:
        with Image.open(io.BytesIO(each.content)) as picture:
            picture.load()
            assert picture.size == (320, 180)
            ET.fromstring(picture.info["xmp"].rstrip(b"\0").decode())  # noqa: S314  # our own packet
