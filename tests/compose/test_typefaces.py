"""Which font writes a name, and what is said when none can."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from compose_builders import packaged_fonts

from artwork.compose import typefaces as room
from artwork.compose.coverage import covered
from artwork.compose.typefaces import GlyphMissing, ShapingMissing, Typeface, TypefaceParams, Typefaces, read_typeface
from artwork.errors import BadInput, SettingsError


def face(name: str, letters: str) -> Typeface:
    """A font of which only the coverage matters."""
    return Typeface(name, "0" * 64, b"", 0, frozenset(map(ord, letters)))


def font_file(tables: dict[int, bytes]) -> bytes:
    """A font with nothing but a `cmap` of these formats' subtables."""
    subtables = [(0, 3) if form == 4 else (3, 10) for form in tables]
    place, entries, bodies = 4 + 8 * len(tables), b"", b""
    for (platform, encoding), body in zip(subtables, tables.values(), strict=True):
        entries += struct.pack(">HHI", platform, encoding, place + len(bodies))
        bodies += body
    cmap = struct.pack(">HH", 0, len(tables)) + entries + bodies
    return struct.pack(">IHHHH", 0x00010000, 1, 0, 0, 0) + struct.pack(">4sIII", b"cmap", 0, 28, len(cmap)) + cmap


def test_format_4_by_hand() -> None:
    """A to C shifted by one; D mapped to "missing" (shift -68); the closing segment has no letter."""
    shifts = [0xFFFF & (1 - 65), 0xFFFF & -68, 1]
    body = struct.pack(">HHHHHHH", 4, 0, 0, 6, 0, 0, 0) + struct.pack(">3H", 67, 68, 0xFFFF) + struct.pack(">H", 0)
    body += struct.pack(">3H", 65, 68, 0xFFFF) + struct.pack(">3H", *shifts) + struct.pack(">3H", 0, 0, 0)
    assert covered(font_file({4: body})) == {65, 66, 67}


def test_format_12_by_hand() -> None:
    """Two groups, one beyond the basic plane, one whose first letter is "missing"."""
    body = (
        struct.pack(">HHIII", 12, 0, 40, 0, 2)
        + struct.pack(">III", 0x41, 0x43, 0)
        + struct.pack(">III", 0x1F600, 0x1F601, 9)
    )
    assert covered(font_file({12: body})) == {0x42, 0x43, 0x1F600, 0x1F601}


@pytest.mark.parametrize("content", [b"", b"no font", b"ttcf", font_file({4: b"\0\4"}), b"\0" * 200])
def test_a_broken_font_is_told(content: bytes) -> None:
    with pytest.raises(BadInput, match="no whole TrueType or OpenType font"):
        covered(content)


def test_the_first_font_that_has_every_letter_writes_it() -> None:
    latin, both = face("Latin", "abc "), face("Both", "abc яж")
    assert Typefaces([latin, both]).runs("abc") == (("abc", latin),)
    assert Typefaces([latin, both]).runs("ab я") == (("ab я", both),)


def test_a_name_is_spread_over_fonts_only_where_it_must() -> None:
    """Blanks and digits stay with the font before them where that has them."""
    latin, thai = face("Latin", "abc 123"), face("Thai", "กขค ")
    assert Typefaces([latin, thai]).runs("กข ค 2 ab") == (("กข ค ", thai), ("2 ab", latin))


def test_a_missing_letter_names_the_font_and_the_character() -> None:
    """The font named is the one that has most of the name."""
    with pytest.raises(GlyphMissing) as told:
        Typefaces([face("Near", "abc "), face("Far", "x")]).runs("ab 語")
    assert (told.value.character, told.value.typeface) == ("語", "Near")
    assert "U+8A9E" in str(told.value)
    assert "Near" in str(told.value)
    assert "set ARTWORK_COMPOSE__TYPEFACES__FOLDER" in str(told.value)


def test_a_name_from_right_to_left_is_not_spread() -> None:
    with pytest.raises(GlyphMissing, match="Hebrew"):
        Typefaces([face("Hebrew", "אבג "), face("Latin", "abc")]).runs("אבג abc")


def test_an_accent_may_be_put_together_and_marks_of_direction_need_no_letter() -> None:
    plain = face("Plain", "e\u0301a")
    assert not plain.missing("\u00e9\u200f\u200da\ufe0f")
    assert plain.missing("ü") == "ü"


def test_without_a_shaper_arabic_is_refused_and_latin_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters that do not join would be worse than none."""
    monkeypatch.setattr(room.features, "check", lambda _: False)
    fonts = Typefaces([face("All", "abc فيلم")])
    assert fonts.runs("abc")
    with pytest.raises(ShapingMissing, match="raqm"):
        fonts.runs("فيلم")


def test_packages_bring_latin() -> None:
    """Pillow's own font at the least; a title in English can always be written."""
    assert packaged_fonts().runs("The Keeper of Gull Rock")


def test_a_folder_of_ones_own_comes_first(tmp_path: Path) -> None:
    """A font put there is used before all others; a folder without one is told."""
    with pytest.raises(SettingsError, match=r"holds no \.ttf"):
        Typefaces.open(TypefaceParams(folder=str(tmp_path)))
    own = list(packaged_fonts())[-1].source
    assert isinstance(own, bytes)
    (tmp_path / "Mine.ttf").write_bytes(own)
    assert next(iter(Typefaces.open(TypefaceParams(folder=str(tmp_path))))).name == "Mine"
    (tmp_path / "Broken.ttf").write_bytes(b"broken")
    with pytest.raises(SettingsError, match=r"Broken\.ttf"):
        Typefaces.open(TypefaceParams(folder=str(tmp_path)))


def test_no_font_at_all() -> None:
    with pytest.raises(SettingsError, match="no font is at hand"):
        Typefaces([])
    with pytest.raises(BadInput, match="cannot use the font"):
        read_typeface(Path("nowhere.ttf"))
