"""The list of features, and rows of it worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from artwork.domain import ShotScale
from ranking.domain import DayPart, Device, Option
from ranking.features import (
    FEATURES,
    NAMES,
    Circumstances,
    Feature,
    Pictures,
    Tastes,
    categorical_features,
    feature_grid,
    feature_rows,
    monotone_constraints,
)

TASTES = Tastes(("joy", "rain"), ("Ada",), np.array([[3.0, 4.0], [0.0, 0.0]]), np.array([[0.5], [0.0]]), np.eye(2))
PICTURE = Option(
    "p",
    "t",
    aesthetic=6.5,
    faces=9,
    shot_scale=ShotScale.CLOSE_UP,
    brightness=0.3,
    themes={"joy": 0.6, "unheard of": 1.0},
    cast={"Ada": 0.8, "Bob": 0.2},
    vector=(1.0, 1.0),
)
BARE = Option("q", "t")
ON_PHONE = Circumstances(Device.PHONE, DayPart.NIGHT, position=7)


def test_a_row_by_hand() -> None:
    """Themes (3, 4) . (0.6, 0) = 3 / 5; vector 1 / root 2; cast 0.5 x 0.8; nine faces count as five; log(1 + 7)."""
    row = feature_grid(TASTES, Pictures.of([PICTURE], TASTES), ON_PHONE)[0, 0]
    expected = [0.6, 0.5**0.5, 0.4, 6.5, 5, 5, 0.3, 1, np.log(8), 3]
    np.testing.assert_allclose(row, expected)
    assert dict(zip(NAMES, row, strict=True))["nearness"] == 5


def test_what_is_not_known_is_not_a_number() -> None:
    """A picture without themes, cast or vector, and a taste that likes nothing in particular."""
    row = feature_grid(TASTES, Pictures.of([BARE], TASTES), Circumstances())[0, 0]
    assert np.isnan(row[:3]).all()
    assert np.isfinite(row[3:7]).all()
    assert {name for name, value in zip(NAMES, row, strict=True) if np.isnan(value)} == {
        "theme_match",
        "embedding_match",
        "cast_affinity",
        "handheld",
        "day_part",
    }
    assert np.isnan(feature_grid(TASTES, Pictures.of([PICTURE], TASTES), Circumstances())[1, 0, 0])


@pytest.mark.parametrize(
    ("device", "handheld"), [("television", 0), ("desktop", 0), ("tablet", 1), ("phone", 1), ("unknown", np.nan)]
)
def test_phones_and_tablets_are_held_in_the_hand(device: str, handheld: float) -> None:
    """The parts of the day have the codes 0 to 3, morning first; what is not known has none."""
    for part, code in [*zip(DayPart, range(4), strict=True), (None, np.nan)]:
        np.testing.assert_array_equal(Circumstances(Device(device), part).row, (handheld, 0.0, code))


def test_rows_and_grid_agree() -> None:
    pictures = Pictures.of([PICTURE, BARE], TASTES)
    grid = feature_grid(TASTES, pictures, ON_PHONE)
    rows = feature_rows(TASTES.at(np.array([0, 1])), pictures, [ON_PHONE, ON_PHONE])
    np.testing.assert_allclose(rows, grid[[0, 1], [0, 1]])


def test_no_pictures_and_no_vocabulary() -> None:
    nothing = Tastes((), (), np.zeros((2, 0)), np.zeros((2, 0)), np.zeros((2, 0)))
    assert feature_grid(nothing, Pictures.of([], nothing), Circumstances()).shape == (2, 0, len(FEATURES))
    assert np.isnan(feature_grid(nothing, Pictures.of([BARE], nothing), Circumstances())[:, :, :2]).all()
    assert feature_rows(nothing.at(np.array([], dtype=int)), Pictures.of([], nothing), []).shape == (0, len(FEATURES))


def test_directions_are_given_where_they_are_known_and_never_to_a_category() -> None:
    constraints = dict(zip(NAMES, monotone_constraints(), strict=True))
    assert {name: way for name, way in constraints.items() if way} == {
        "theme_match": 1,
        "embedding_match": 1,
        "cast_affinity": 1,
        "aesthetic": 1,
        "position": -1,
    }
    assert categorical_features() == ["day_part"]
    with pytest.raises(ValueError, match="LightGBM dies"):
        Feature("day", "code", "", direction=1, categorical=True)
    with pytest.raises(ValueError, match="not -1, 0 or 1"):
        Feature("day", "code", "", direction=2)


def test_every_feature_says_what_it_is_and_in_what_unit() -> None:
    assert len(set(NAMES)) == len(FEATURES) == 10
    assert all(feature.unit and feature.meaning for feature in FEATURES)


def test_tables_that_do_not_fit_their_words_are_an_error() -> None:
    with pytest.raises(ValueError, match="1 themes"):
        Tastes(("joy",), (), np.zeros((1, 2)), np.zeros((1, 0)), np.zeros((1, 0)))
    with pytest.raises(ValueError, match="1 tastes"):
        Tastes(("joy",), (), np.zeros((1, 1)), np.zeros((1, 0)), np.zeros((2, 0)))
    with pytest.raises(ValueError, match="2 tastes, 1 options"):
        feature_rows(TASTES, Pictures.of([BARE], TASTES), [ON_PHONE])
