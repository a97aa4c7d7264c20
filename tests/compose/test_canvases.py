"""The canvases that come with the software, and what a file of one's own may not say."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from artwork.compose.canvases import read_canvases
from artwork.compose.values import Canvas
from artwork.errors import SettingsError


def test_the_canvases_of_the_house() -> None:
    """Six places, the aspects that services use, a title on all but the small one."""
    found = {each.name: each for each in read_canvases()}
    assert {name: each.aspect for name, each in found.items()} == {
        "billboard": Fraction(16, 9),
        "boxart": Fraction(2, 3),
        "square": Fraction(1),
        "story": Fraction(9, 16),
        "banner": Fraction(7, 3),
        "thumbnail": Fraction(16, 9),
    }
    assert [name for name, each in found.items() if not each.treatment] == ["thumbnail"]
    assert {each.safe_area for each in found.values()} == {0.9}
    assert found["billboard"].height(1920) == 1080


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("version = 1", "no canvases"),
        ("version = 2\n[canvas.a]\naspect = '1:1'\nwidths = [1]", "no canvases of version 1"),
        ("version = 1\n[canvas.a]\nwidths = [1]", "canvas a has no aspect"),
        ("version = 1\nformats = ['jpeg']\n[canvas.a]\naspect = '16:9'\nwidths = [100]", "no whole height"),
        ("version = 1\nformats = ['jpeg']\n[canvas.a]\naspect = '1:0'\nwidths = [100]", "canvas a"),
        ("version = 1\nformats = ['jpeg']\n[canvas.a]\naspect = '1:1'\nwidths = [200, 100]", "do not rise"),
        ("version = 1\nformats = ['gif']\n[canvas.a]\naspect = '1:1'\nwidths = [100]", "formats"),
        ("version = 1\n[canvas.a]\naspect = '1:1'\nwidths = [1]\ncolour = 1", "colour is not one of"),
        ("version = ", "cannot read the canvases"),
    ],
)
def test_a_canvas_that_makes_no_sense_is_named(tmp_path: Path, text: str, problem: str) -> None:
    """The message says which canvas and what is wrong with it."""
    file = tmp_path / "canvases.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=problem):
        read_canvases(file)


def test_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot read"):
        read_canvases(tmp_path / "nothing.toml")


def test_a_canvas_needs_a_width() -> None:
    with pytest.raises(ValueError, match="widths"):
        Canvas("a", Fraction(1), ())
