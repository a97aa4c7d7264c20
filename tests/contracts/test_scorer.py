"""What every scorer keeps: the suite of the port `Scorer`."""

from __future__ import annotations

from datetime import UTC, datetime

import lightgbm
import numpy as np
import pytest

from ranking.features import FEATURES, NAMES, categorical_features, monotone_constraints
from ranking.policy.boosted import Boosted
from ranking.policy.residual import ResidualParams, fitted
from ranking.policy.scorers import Corrected, Similarity
from ranking.policy.tally import Tally
from ranking.ports import Meetings, Scorer


def meetings(rows: int, seed: int = 0) -> Meetings:
    """Rows of any features, a fifth of the matches unknown, pictures p0 to p4, segments -1 to 1."""
    generator = np.random.default_rng(seed)
    features = generator.normal(0, 1, (rows, len(FEATURES)))
    features[:, :3][generator.random((rows, 3)) < 0.2] = np.nan
    features[:, NAMES.index("day_part")] = generator.integers(0, 4, rows)
    pictures = np.array([f"p{number}" for number in generator.integers(0, 5, rows)], dtype=np.str_)
    return Meetings(features, pictures, generator.integers(-1, 2, rows))


def boosted() -> Boosted:
    """Trees grown on 400 rows in which a theme match helps."""
    met = meetings(400, seed=1)
    played = np.random.default_rng(2).random(400) < 0.2 + 0.3 * (np.nan_to_num(met.features[:, 0]) > 0)
    grown = lightgbm.train(
        {
            "objective": "binary",
            "monotone_constraints": monotone_constraints(),
            "num_threads": 1,
            "verbose": -1,
            "deterministic": True,
        },
        lightgbm.Dataset(
            met.features,
            played,
            feature_name=list(NAMES),
            categorical_feature=categorical_features(),
            free_raw_data=False,
        ),
        num_boost_round=10,
    )
    return Boosted.of_text(grown.model_to_string())


def corrected() -> Corrected:
    """A likeness corrected by counts of p0, which did well, and p1, which did not."""
    plays, expected = np.array([[9.0, 0, 0], [1.0, 0, 0]]), np.full((2, 3), 4.0)
    counted = Tally.empty(2, datetime(2026, 3, 1, tzinfo=UTC)).added(
        np.array(["p0", "p1"]), np.array(["t", "t"]), plays, expected
    )
    return Corrected(Similarity(), fitted(counted, ResidualParams()), "of March")


@pytest.fixture(scope="module", params=["similarity", "boosted", "corrected"])
def scorer(request: pytest.FixtureRequest) -> Scorer:
    made: Scorer = {"similarity": Similarity, "boosted": boosted, "corrected": corrected}[request.param]()
    return made


def test_beliefs_are_finite_one_for_each_row_and_never_sure(scorer: Scorer) -> None:
    believed = scorer.beliefs(meetings(50))
    assert believed.mean.shape == believed.spread.shape == (50,)
    assert np.isfinite(believed.mean).all()
    assert (believed.spread > 0).all()


def test_a_row_is_believed_the_same_whatever_stands_beside_it(scorer: Scorer) -> None:
    met = meetings(30)
    whole = scorer.beliefs(met)
    for row in (0, 7, 29):
        alone = scorer.beliefs(Meetings(met.features[[row]], met.pictures[[row]], met.segments[[row]]))
        assert alone.mean[0] == pytest.approx(whole.mean[row], abs=1e-12)
        assert alone.spread[0] == whole.spread[row]


def test_no_rows_no_beliefs(scorer: Scorer) -> None:
    believed = scorer.beliefs(meetings(0))
    assert believed.mean.shape == believed.spread.shape == (0,)


def test_all_may_be_unknown(scorer: Scorer) -> None:
    nothing = Meetings(np.full((1, len(FEATURES)), np.nan), np.array(["never seen"]), np.array([5]))
    assert np.isfinite(scorer.beliefs(nothing).mean).all()


@pytest.mark.parametrize("feature", [feature for feature in FEATURES if feature.direction], ids=lambda one: one.name)
def test_more_of_what_helps_never_lowers_a_belief(scorer: Scorer, feature) -> None:  # noqa: ANN001 - a Feature
    """And more of what hinders never raises it."""
    met = meetings(200)
    column = NAMES.index(feature.name)
    met.features[:, column] = 0.0
    before = scorer.beliefs(met).mean
    met.features[:, column] = 1.5
    assert ((scorer.beliefs(met).mean - before) * feature.direction >= -1e-12).all()


@pytest.mark.parametrize("name", NAMES)
def test_what_it_does_not_look_at_changes_nothing(scorer: Scorer, name: str) -> None:
    """Not even where it is unknown."""
    assert scorer.looks_at <= set(NAMES)
    if name in scorer.looks_at:
        return
    met = meetings(200)
    before = scorer.beliefs(met)
    for value in (0.0, 1.0, 3.0, np.nan):
        met.features[:, NAMES.index(name)] = value
        after = scorer.beliefs(met)
        assert np.array_equal(after.mean, before.mean)
        assert np.array_equal(after.spread, before.spread)


def test_trees_look_at_what_they_split_on() -> None:
    """Grown on a theme match alone, with the rest constant: at that, and at nothing where they count for nothing."""
    met = meetings(400, seed=1)
    met.features[:, 1:] = 0.0
    grown = lightgbm.train(
        {"objective": "binary", "num_threads": 1, "verbose": -1, "deterministic": True},
        lightgbm.Dataset(met.features, np.nan_to_num(met.features[:, 0]) > 0, feature_name=list(NAMES)),
        num_boost_round=3,
    )
    text = grown.model_to_string()
    assert Boosted.of_text(text).looks_at == {"theme_match"}
    assert Boosted.of_text(text, slope=0.0).looks_at == frozenset()


def test_it_has_a_version(scorer: Scorer) -> None:
    assert scorer.version
