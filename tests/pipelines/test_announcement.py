"""How a title is announced, and under which terms: from the columns of its manifest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from published_films import ANNOTATION

from artwork.compose.typefaces import Typefaces, _of_packages
from artwork.domain import Box, Face, PaletteColour, ShotScale, Title
from artwork.errors import BadInput
from artwork.store.manifest import read_manifest
from pipelines.announcement import ADULT, age_of, announcement, terms
from pipelines.looks import LOOKS, look_words

FONTS = Typefaces(_of_packages())


def title(name: str = "The Hill", language: str = "", rating: str = "", **extra: str) -> Title:
    return Title("hill", "/films/hill.mp4", name, language=language, maturity_rating=rating, extra=extra)


def test_a_name_alone() -> None:
    found = announcement(title(), FONTS)
    assert [(one.name, one.locale, one.logo) for one in found.billings] == [("The Hill", "", None)]
    assert found.problems == {}


def test_other_languages_follow_by_tag_and_the_own_language_is_not_said_twice() -> None:
    found = announcement(title(language="en", name_pt_br="A Colina", name_de="Der Hügel", name_en="The Hill"), FONTS)
    assert [(one.locale, one.name) for one in found.billings] == [
        ("", "The Hill"),
        ("de", "Der Hügel"),
        ("pt-BR", "A Colina"),
    ]


def test_columns_that_only_look_like_names_are_none() -> None:
    extra = {"name_": "x", "name_of_director": "x", "surname_de": "x", "name_a": "x", "name_de; drop": "x"}
    found = announcement(title(**extra), FONTS)
    assert [one.locale for one in found.billings] == [""]


@pytest.mark.parametrize(
    ("name", "said"),
    [("\u200b\u200b", "nothing in it can be seen"), ("\ue000hill\U0001f9ff", "has no letter for"), ("x" * 500, "500")],
)
def test_a_name_that_cannot_be_lettered_is_a_problem_of_its_language_alone(name: str, said: str) -> None:
    own = announcement(title(name, name_de="Der Hügel"), FONTS)
    assert [one.locale for one in own.billings] == ["de"]
    assert said in str(own.problems[""])
    other = announcement(title(name_de=name), FONTS)
    assert [one.locale for one in other.billings] == [""]
    assert said in str(other.problems["de"])


def test_another_name_may_have_another_font() -> None:
    assert announcement(title("Hill"), FONTS).inputs != announcement(title("日本"), FONTS).inputs


def test_a_logo_stands_for_the_name_and_one_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    png = BytesIO()
    picture = Image.new("RGBA", (60, 20), (0, 0, 0, 0))
    picture.paste((255, 255, 255, 255), (10, 5, 50, 15))
    picture.save(png, "PNG")
    (tmp_path / "hill.png").write_bytes(png.getvalue())
    (tmp_path / "torn.png").write_bytes(png.getvalue()[:20])
    manifest = tmp_path / "titles.csv"
    manifest.write_text("title,path,logo,logo_de,logo_fr\nhill,hill.mp4,hill.png,torn.png,nowhere.png\n")
    [listed] = read_manifest(manifest)
    found = announcement(listed, FONTS)
    [own] = found.billings
    assert own.logo is not None
    assert own.logo.pixels.shape == (10, 40, 4)
    assert "PNG" in str(found.problems["de"])
    assert str(tmp_path / "torn.png") in str(found.problems["de"])
    assert "cannot read the logo" in str(found.problems["fr"])


def test_no_columns_no_terms() -> None:
    found = terms(title())
    assert (found.maturity, found.spoils_until, found.opens, found.closes, found.locales) == (
        0,
        0,
        None,
        None,
        frozenset(),
    )


def test_every_term() -> None:
    found = terms(
        title(
            maturity="12", spoils_until="0.5", opens="2026-05-01T20:00+02:00", closes="2026-06-01", locales="de|fr_ca"
        )
    )
    assert (found.maturity, found.spoils_until) == (12, 0.5)
    assert found.opens == datetime(2026, 5, 1, 18, tzinfo=UTC)
    assert found.closes == datetime(2026, 6, 1, tzinfo=UTC)
    assert found.locales == {"de", "fr-CA"}


@pytest.mark.parametrize(
    "extra",
    [
        {"opens": "soon"},
        {"closes": "2026-13-01"},
        {"opens": "2026-06-01", "closes": "2026-05-01"},
        {"spoils_until": "1.5"},
        {"spoils_until": "nan"},
        {"spoils_until": "half"},
        {"maturity": "-1"},
        {"maturity": "x"},
        {"locales": '["de"]'},
        {"locales": "de|everywhere but here"},
    ],
)
def test_a_term_that_cannot_be_read_is_never_taken_for_none(extra: dict[str, str]) -> None:
    with pytest.raises(BadInput, match="hill"):
        terms(title(**extra))


@pytest.mark.parametrize(
    ("rating", "age"),
    [
        ("", 0), ("G", 0), ("pg-13", 13), ("R", 17), ("TV-MA", 17), ("TV-Y7", 7), ("FSK 12", 12), ("16+", 16),
        ("18A", 18), ("12A", 12), ("U", 0), ("99", ADULT), ("very scary", ADULT), ("X", ADULT), ("\u0661\u0662", ADULT),
    ],
)  # fmt: skip
def test_ratings_are_ages_and_one_that_nobody_knows_is_for_adults(rating: str, age: int) -> None:
    assert age_of(rating) == age


def test_look_words_come_from_measurements() -> None:
    """Brightness 0.5 neither dark nor bright; nobody; (0xc0 - 0x80) / 255 = 0.251 is wholly warm."""
    assert look_words(ANNOTATION) == {"nobody": 1.0, "warm": 1.0, "colourful": 1.0}
    visual = replace(ANNOTATION.visual, brightness=0.4, colourfulness=0.13, palette=(PaletteColour("#405060", 1.0),))
    faces = tuple(Face(Box(0.1 * n, 0.1, 0.05, 0.1), 0.9) for n in range(2))
    contextual = replace(ANNOTATION.contextual, faces=faces, shot_scale=ShotScale.MEDIUM_CLOSE_UP)
    assert look_words(replace(ANNOTATION, visual=visual, contextual=contextual)) == {
        "close-up": 0.6,
        "several faces": 0.5,
        "dark": 0.5,
        "cool": 0.627,
        "muted": 0.5,
    }


def test_every_word_is_a_share_and_no_two_are_alike() -> None:
    assert len({look.word for look in LOOKS}) == len(LOOKS)
    bare = replace(ANNOTATION, visual=replace(ANNOTATION.visual, palette=()))
    assert all(0 <= look.of(bare) <= 1 for look in LOOKS)
    assert "warm" not in look_words(bare)
