"""The scorers' answers, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ranking.errors import LearnedModelError
from ranking.features import FEATURES, NAMES
from ranking.policy.boosted import Boosted
from ranking.policy.residual import Residual
from ranking.policy.scorers import Corrected, Similarity, SimilarityParams
from ranking.ports import Meetings

USUAL = np.log(0.04 / 0.96)


def met(*rows: dict[str, float], pictures: tuple[str, ...] = (), segments: tuple[int, ...] = ()) -> Meetings:
    features = np.array([[row.get(name, np.nan) for name in NAMES] for row in rows])
    named = np.array(pictures or ("p",) * len(rows))
    return Meetings(features, named, np.array(segments or (-1,) * len(rows)))


def test_likeness_by_hand() -> None:
    """0.15 x 0.8 + 0.04 x (6.5 - 5) = 0.18 above an ordinary picture; what is unknown moves nothing."""
    believed = Similarity().beliefs(met({"theme_match": 0.8, "aesthetic": 6.5, "faces": 3}, {}))
    np.testing.assert_allclose(believed.mean, [USUAL + 0.18, USUAL])
    assert believed.spread.tolist() == [0.2, 0.2]


def test_a_weight_for_a_feature_that_there_is_not_is_an_error() -> None:
    with pytest.raises(ValueError, match="glamour"):
        SimilarityParams(worth={"glamour": 1.0})


def test_counts_move_a_picture_and_say_how_sure_one_is() -> None:
    counted = Residual(np.array(["p"]), np.array([[0.3, 0.1]]), np.array([[0.05, 0.04]]), 0.02, 0.01)
    believed = Corrected(Similarity(), counted).beliefs(
        met({}, {}, {}, pictures=("p", "p", "new"), segments=(0, -1, -1))
    )
    np.testing.assert_allclose(believed.mean[:2], [USUAL + 0.3, USUAL + 0.1])
    np.testing.assert_allclose(believed.spread[:2], [0.05, 0.04])
    assert believed.spread[2] == pytest.approx(0.142, abs=1e-3)


def test_versions_say_what_they_are() -> None:
    counted = Residual(np.empty(0, np.str_), np.zeros((0, 1)), np.zeros((0, 1)), 0.02, 0.01)
    likeness = "similarity(aesthetic=0.04, cast_affinity=0.15, embedding_match=0.15, theme_match=0.15)"
    assert Corrected(Similarity(), counted, "at noon").version == f"{likeness} + residual at noon"


@pytest.mark.parametrize("text", ["", "tree\nfeature_names=a b c\n"], ids=["nothing", "other features"])
def test_a_model_of_other_features_is_refused_before_lightgbm_sees_it(text: str) -> None:
    with pytest.raises(LearnedModelError, match="theme_match"):
        Boosted.of_text(text)


def test_meetings_of_different_lengths_are_an_error() -> None:
    with pytest.raises(ValueError, match="one length"):
        Meetings(np.zeros((2, len(FEATURES))), np.array(["p"]), np.array([0, 0]))
