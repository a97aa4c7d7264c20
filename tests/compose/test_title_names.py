# ruff: noqa: RUF001  # the scripts of the world are what is tested
"""Names as they can be lettered: what goes, what stays, and where lines may end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artwork.compose.names import LONGEST, ORDERING, UnfitName, clean_name, is_right_to_left, is_shaped, pieces


@pytest.mark.parametrize(
    ("given_name", "clean"),
    [
        ("  The\tLast \n Orbit ", "The Last Orbit"),
        ("Ame\u0301lie", "Amélie"),
        ("Bad\x00Name\x07", "BadName"),
        ("\u202eevil\u202c \u2066twin\u2069", "evil twin"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क\u094d\u200dष", "क\u094d\u200dष"),
        ("\ud800lone", "lone"),
        ("A\u2028B", "A B"),
        ("\U000e0041tagged", "tagged"),
    ],
)
def test_what_cannot_be_seen_goes(given_name: str, clean: str) -> None:
    """Letters stay as they are, also those of a script tag: it is only ever drawn, or escaped by who writes it."""
    assert clean_name(given_name) == clean


@pytest.mark.parametrize("name", ["", "   ", "\x00\x01", "\u200b\u202e", "\u0301", "\u2028"])
def test_nothing_there_is_told(name: str) -> None:
    with pytest.raises(UnfitName, match="nothing in it can be seen"):
        clean_name(name)


def test_a_novel_is_no_name() -> None:
    """The message shows the beginning only."""
    with pytest.raises(UnfitName, match="characters") as told:
        clean_name("very " * 10_000)
    assert len(str(told.value)) < 200
    assert clean_name("x" * LONGEST) == "x" * LONGEST


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("The Last Orbit", ("The ", "Last ", "Orbit")),
        ("Spider-Man", ("Spider-", "Man")),
        ("Catch-22", ("Catch-22",)),
        ("東京物語", ("東", "京", "物", "語")),
        ("千と千尋の神隠し。", ("千", "と", "千", "尋", "の", "神", "隠", "し。")),
        ("「猫」", ("「猫」",)),
        ("オールド・ボーイ", ("オー", "ル", "ド・", "ボー", "イ")),
        ("기생충 이야기", ("기생충 ", "이야기")),
        ("One", ("One",)),
    ],
)
def test_where_lines_may_end(name: str, parts: tuple[str, ...]) -> None:
    assert pieces(name) == parts


@given(st.text(max_size=60))
def test_pieces_are_the_name(text: str) -> None:
    """Nothing is lost between them, whatever the text; and a clean name is clean."""
    assert "".join(pieces(text)) == text
    try:
        clean = clean_name(text)
    except UnfitName:
        return
    assert clean_name(clean) == clean
    assert not set(clean) & ORDERING


def test_which_scripts_need_a_shaper() -> None:
    """Arabic and Hebrew for their order, Hindi and Thai for their vowels; not Latin, Cyrillic or Chinese."""
    assert [is_shaped(text) for text in ("קולנוע", "فيلم", "हिन्दी", "หนัง", "Film", "Фильм", "电影")] == [True] * 4 + [
        False
    ] * 3
    assert [is_right_to_left(text) for text in ("קולנוע", "فيلم", "हिन्दी", "Film")] == [True, True, False, False]
