"""Themes, read with an embedder whose words are known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artwork.annotate.themes import ThemeGroup, ThemeParams, ThemeReader, Vocabulary
from artwork.domain import ModelRef, Rgb, Theme, Vectors
from artwork.errors import SettingsError


class Dictionary:
    """An embedder that knows the vectors of a few sentences by heart."""

    model = ModelRef("dictionary", "0")
    dimension = 3

    def __init__(self, temperature: float = 10.0, **sentences: tuple[float, float, float]) -> None:
        self.temperature = temperature
        self._sentences = sentences

    def embed(self, pictures: Sequence[Rgb]) -> Vectors:
        return np.zeros((len(pictures), 3), np.float32)

    def embed_words(self, texts: Sequence[str]) -> Vectors:
        return np.array([self._sentences[text] for text in texts], np.float32).reshape(-1, 3)


X, Y, Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
MOODS = Vocabulary((ThemeGroup("mood", ("{}",), ("plain",), (("calm", ("calm",)), ("wild", ("wild",)))),))
READER = ThemeReader(Dictionary(calm=X, wild=Y, plain=Z), MOODS, ThemeParams(min_probability=0.2))


def vectors(*rows: tuple[float, float, float]) -> Vectors:
    return np.array(rows, np.float32).reshape(-1, 3)


def test_a_probability_is_the_softmax_of_likeness_times_temperature() -> None:
    """Likeness to calm 0.8, wild 0.6, background 0, temperature 10: e^8 / (e^8 + e^6 + e^0) = 0.8805."""
    (found,) = READER.read(vectors((0.8, 0.6, 0.0)))
    assert found == (Theme("mood", "calm", found[0].probability),)
    assert found[0].probability == pytest.approx(math.e**8 / (math.e**8 + math.e**6 + 1))
    (shares,) = READER.probabilities(vectors((0.8, 0.6, 0.0)))
    assert shares[0, 1] == pytest.approx(math.e**6 / (math.e**8 + math.e**6 + 1))


def test_a_frame_of_nothing_in_particular_has_no_themes() -> None:
    """All of the probability goes to the background, which is not a theme."""
    assert READER.read(vectors(Z)) == [()]


def test_no_frames_give_no_readings() -> None:
    assert READER.read(vectors()) == []


def test_phrases_and_templates_are_averaged_and_brought_back_to_length_one() -> None:
    """(x + y) / 2 has length 0.707; at length 1 its likeness to x is 0.7071."""
    group = ThemeGroup("g", ("a {}", "the {}"), ("nothing",), (("one", ("p",)),))
    words = {"a p": X, "the p": Y, "a nothing": Z, "the nothing": Z}
    reader = ThemeReader(Dictionary(1.0, **words), Vocabulary((group,)))
    (shares,) = reader.probabilities(vectors(X))
    assert shares[0, 0] == pytest.approx(math.exp(0.70710678) / (math.exp(0.70710678) + 1))


def test_themes_of_two_groups_do_not_compete_and_ties_go_by_name() -> None:
    two = Vocabulary(
        tuple(ThemeGroup(name, ("{}",), ("plain",), (("calm", ("calm",)),)) for name in ("b_group", "a_group"))
    )
    (found,) = ThemeReader(Dictionary(calm=X, plain=Z), two).read(vectors(X))
    assert [theme.group for theme in found] == ["a_group", "b_group"]
    assert found[0].probability == found[1].probability == pytest.approx(math.e**10 / (math.e**10 + 1))


def test_only_the_likeliest_of_a_group_are_kept() -> None:
    few = ThemeReader(Dictionary(calm=X, wild=Y, plain=Z), MOODS, ThemeParams(min_probability=0.0, per_group=1))
    assert [theme.name for theme in few.read(vectors((0.6, 0.8, 0.0)))[0]] == ["wild"]


def test_a_word_near_every_picture_is_held_back_by_a_prior() -> None:
    """All frames lie half way to calm; what tells them apart is wild or not, and the prior lets it show."""
    corpus = vectors((0.8, 0.1, 0.5), (0.8, 0.3, 0.5), (0.8, 0.2, 0.5))
    prior = READER.prior(corpus)
    assert prior.frames == 3
    assert prior.likeness[0] == pytest.approx((0.8, 0.2, 0.5), abs=1e-6)
    frame = vectors((0.8, 0.6, 0.0))
    (plain,), (held,) = READER.probabilities(frame), READER.probabilities(frame, prior)
    assert held[0, 0] < plain[0, 0]
    assert held[0, 1] > plain[0, 1]


def test_a_prior_needs_pictures() -> None:
    with pytest.raises(ValueError, match="needs pictures"):
        READER.prior(vectors())


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.floats(-1, 1)] * 3), min_size=1, max_size=8))
def test_shares_lie_between_none_and_all_and_do_not_depend_on_the_company(
    rows: list[tuple[float, float, float]],
) -> None:
    (shares,) = READER.probabilities(vectors(*rows))
    assert np.all(shares >= 0)
    assert np.all(shares.sum(axis=1) <= 1 + 1e-12)
    assert all(
        np.array_equal(READER.probabilities(vectors(row))[0][0], own) for row, own in zip(rows, shares, strict=True)
    )


def test_the_vocabulary_of_the_package_is_whole() -> None:
    words = Vocabulary.load()
    assert [group.name for group in words.groups] == ["genre", "mood", "setting", "shot", "maturity"]
    assert all(len(group.themes) >= 9 and len(group.templates) >= 3 for group in words.groups)
    assert words.digest == Vocabulary.load().digest


def test_another_word_is_another_vocabulary() -> None:
    more = Vocabulary((*MOODS.groups, ThemeGroup("x", ("{}",), ("b",), (("t", ("p",)),))))
    assert more.digest != MOODS.digest
    assert ThemeReader(Dictionary(), more).digest == more.digest


@pytest.mark.parametrize(
    "content",
    ["", "[group]\nmood = 3", '[group.a]\ntemplates=["no place"]\nbackground=["b"]\n[group.a.themes]\nt=["p"]', "]["],
    ids=["empty", "number", "template without {}", "not toml"],
)
def test_a_file_that_is_no_vocabulary_is_refused(tmp_path: Path, content: str) -> None:
    place = tmp_path / "themes.toml"
    place.write_text(content)
    with pytest.raises(SettingsError, match=r"vocabulary of themes|templates with"):
        Vocabulary.load(place)


def test_an_absent_vocabulary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="not a vocabulary"):
        Vocabulary.load(tmp_path / "none.toml")
