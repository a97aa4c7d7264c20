"""The contact sheet: what is where on it, and that no title breaks it."""

from __future__ import annotations

import io

import pytest
from page_builders import frame, page
from PIL import Image, ImageColor

from artwork.domain import Box, Candidate, Title, TitleStatus
from pipelines.lettering import fitting, lettered, wrapped
from pipelines.page import TitlePage
from pipelines.sheet import PAPER, SheetParams, contact_sheet


def opened(sheet: bytes) -> Image.Image:
    assert sheet.startswith(b"\x89PNG")
    return Image.open(io.BytesIO(sheet)).convert("RGB")


def share_of(sheet: Image.Image, colour: tuple[int, int, int], tolerance: int = 12) -> float:
    """The share of the pixels that have about this colour."""
    near = [
        all(abs(one - other) <= tolerance for one, other in zip(pixel, colour, strict=True)) for pixel in pixels(sheet)
    ]
    return sum(near) / len(near)


def pixels(sheet: Image.Image) -> list[tuple[int, int, int]]:
    small = sheet.resize((sheet.width // 4, sheet.height // 4), Image.Resampling.NEAREST)
    packed = small.tobytes()
    return [(packed[place], packed[place + 1], packed[place + 2]) for place in range(0, len(packed), 3)]


def test_the_sheet_shows_the_pictures_of_the_short_list() -> None:
    """One red and one blue candidate, each 328 x 185 of the sheet's pixels; refused frames are blue and red, too."""
    sheet = opened(contact_sheet(page()))
    assert sheet.width == 1440
    one = 328 * 184 / (sheet.width * sheet.height)
    assert share_of(sheet, (200, 30, 30)) > 0.9 * one
    assert share_of(sheet, (30, 30, 200)) > 0.9 * one


def test_the_sheet_is_as_high_as_it_must_be() -> None:
    """More candidates need more rows; the margin below the last line is paper."""
    frames = tuple(frame(f"f{place}", place + 4, 1) for place in range(8))
    kept = tuple(Candidate(each.id, each.id, rank, 0.5) for rank, each in enumerate(frames, 1))
    low, high = opened(contact_sheet(page())), opened(contact_sheet(page(frames=frames, candidates=kept)))
    assert high.height > low.height - 100
    for sheet in (low, high):
        below = sheet.crop((0, sheet.height - 20, sheet.width, sheet.height))
        assert below.getextrema() == tuple((level, level) for level in ImageColor.getrgb(PAPER))


def test_a_title_that_was_refused_has_a_sheet_with_its_name_and_reason() -> None:
    nothing = TitlePage(Title("x", "x.mp4", "x"), lambda _: b"", TitleStatus.REFUSED, "x.mp4: no_video " * 20)
    sheet = opened(contact_sheet(nothing))
    assert 100 < sheet.height < 400


def test_the_same_title_gives_the_same_bytes() -> None:
    assert contact_sheet(page()) == contact_sheet(page())


@pytest.mark.parametrize(
    "name", ["", "\N{CJK UNIFIED IDEOGRAPH-65E5}" * 200, "Ame\u0301lie \x00\n\t \N{CLAPPER BOARD}"]
)
def test_no_name_breaks_a_sheet(name: str) -> None:
    assert opened(contact_sheet(page(name))).width == 1440


def test_bars_are_cut_from_candidates() -> None:
    """Inside bars the picture is 2.37 : 1, so its tiles are lower than 16 : 9."""
    bars = Box(0, 0.125, 1, 0.75)
    frames = tuple(frame(each.id, each.at.seconds, each.shot, picture=bars) for each in page().frames)
    assert opened(contact_sheet(page(frames=frames))).height < opened(contact_sheet(page())).height


def test_fewer_columns_make_larger_pictures() -> None:
    wide = opened(contact_sheet(page(), SheetParams(columns=2)))
    assert wide.height > opened(contact_sheet(page())).height


def test_words_that_do_not_fit_are_cut_behind_a_letter() -> None:
    """Ten letters of length one, room for eight: five letters and the three points."""
    assert fitting("abcdefghij", 8, len) == "abcde..."
    assert fitting("abcdefghij", 10, len) == "abcdefghij"
    assert fitting("ab cdefghi", 6, len) == "ab..."


def test_words_are_wrapped_and_the_last_line_is_cut() -> None:
    assert wrapped("one two three four", 9, len, 2) == ["one two", "three..."]
    assert wrapped("one two", 9, len, 2) == ["one two"]
    assert wrapped("", 9, len, 2) == []
    assert wrapped("incomprehensible", 9, len, 2) == ["incomp..."]


def test_letters_that_no_font_has_become_plain_or_question_marks() -> None:
    """A private-use letter is in no font; the accent beside it is left off."""
    assert lettered("Ame\u0301lie \ue123", 20)[0] == "Amelie ?"
    assert lettered("plain  words", 20)[0] == "plain words"
