"""Weights of impressions and base rates of titles, by hand; and their laws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from ranking.domain import Page
from ranking.learn.dataset import familiarity, inverse_weights
from ranking.learn.popularity import popularity
from ranking.policy.softmax import Softmax
from ranking.policy.wrappers import CappedChange, Explored


def weights(propensities: list[float], candidates: list[int], pinned: list[bool], most: float = 10.0) -> list[float]:
    found = inverse_weights(np.array(propensities), np.array(candidates), np.array(pinned), most)
    return list(found.tolist())


def test_weights_by_hand() -> None:
    """1 / (n p): even choice of four weighs 1; what had 0.7 of four 0.357; 0.05 of four 5; 0.001 is cut at 10."""
    found = weights([0.25, 0.7, 0.05, 0.001], [4, 4, 4, 4], [False] * 4)
    assert found == pytest.approx([1.0, 0.3571429, 5.0, 10.0])


def test_what_an_editor_pinned_weighs_one() -> None:
    """Probability 1, whatever else could have been shown; and so does a choice whose candidates are not known."""
    assert weights([1.0, 1.0], [12, 0], [True, False]) == [1.0, 1.0]


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=12))
def test_whatever_was_preferred_each_picture_counts_alike(raw: list[float]) -> None:
    """Impressions in proportion to the propensities: weighted, each of n pictures has 1 / n of them, and all have 1."""
    shares = np.array(raw) / sum(raw)
    count = len(shares)
    found = inverse_weights(shares, np.full(count, count), np.zeros(count, np.bool_), 1e9)
    assert shares * found == pytest.approx(np.full(count, 1 / count))
    assert shares @ found == pytest.approx(1)


def test_weights_of_pictures_that_were_held_by_hand() -> None:
    """Four pictures, the one shown before held at a half: 1 / (4 x 0.5) and 1 / (4 x 0.5 / 3) for the others.

    An explored one of 0.005 is at 0.0025 under the cap, and would weigh 100: it is cut. Held for certain is a quarter.
    """
    found = weights([0.5, 0.5 / 3, 0.0025, 1.0], [4] * 4, [False] * 4, 4.0)
    assert found == pytest.approx([0.5, 1.5, 4.0, 0.25])


@pytest.mark.parametrize("most", [0.1, 0.5, 1.0])
def test_whatever_was_held_each_picture_counts_alike(most: float) -> None:
    """The propensity is the one given what was shown, so it does not matter what that was; but for what is cut."""
    policy = CappedChange(Explored(Softmax(0.5), 0.1), most)
    believed = Page.of(np.arange(1, 17, dtype=np.uint64).reshape(4, 4), np.tile([-3.0, -2.5, -2.0, -1.0], (4, 1)))
    shares = policy.probabilities(replace(believed, shown=np.arange(4)))
    for given_one in shares:
        found = inverse_weights(given_one, np.full(4, 4), np.zeros(4, np.bool_), 1e9)
        assert given_one * found == pytest.approx(np.full(4, 0.25))
        assert inverse_weights(given_one, np.full(4, 4), np.zeros(4, np.bool_), 4.0).max() <= 4


def test_familiarity_by_what_is_known_of_a_taste() -> None:
    """Nothing: stranger; a little: acquaintance; half or more: familiar."""
    assert familiarity(np.array([0.0, 0.1, 0.5, 1.0], dtype=np.float32)).tolist() == [0, 1, 2, 2]


def counted(titles: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Titles of so many impressions and plays, row by row."""
    codes = np.repeat(np.arange(len(titles), dtype=np.int32), [shown for shown, _ in titles])
    plays = np.concatenate([np.arange(shown) < played for shown, played in titles]).astype(float)
    return codes, plays


def test_a_title_with_many_impressions_has_its_own_rate_and_one_with_few_that_of_all() -> None:
    """Twenty titles at 2 or 10 %, 5,000 impressions each; one of four, all plays, is hardly believed."""
    many = [(5_000, 100 if title % 2 else 500) for title in range(20)]
    codes, plays = counted([*many, (4, 4)])
    found = popularity(codes, plays, np.ones(len(codes)), 22)
    rates = expit(found.log_odds)
    assert rates[:20] == pytest.approx(np.tile([0.1, 0.02], 10), rel=0.05)
    assert 0.06 < rates[20] < 0.30
    assert found.log_odds[21] == pytest.approx(found.overall)  # never seen
    assert expit(found.overall) == pytest.approx(0.06, rel=0.01)


def test_titles_that_do_not_differ_have_one_rate() -> None:
    """Thirty titles of 200 impressions with 10 plays each: the prior is worth far more than any of them."""
    codes, plays = counted([(200, 10)] * 30)
    found = popularity(codes, plays, np.ones(len(codes)), 30)
    assert found.strength > 10_000
    assert expit(found.log_odds) == pytest.approx(np.full(30, 0.05), rel=1e-6)


def test_a_rate_is_that_of_pictures_shown_evenly() -> None:
    """Its good picture was shown nine times in ten: 0.1 and 0.02 come to 0.06, not to 0.092; other titles are even."""
    chosen = np.array([0.9, 0.1])
    shown = (chosen * 100_000).astype(int)
    plays = np.concatenate(
        [np.arange(count) < round(count * rate) for count, rate in zip(shown, (0.1, 0.02), strict=True)]
    )
    weight = np.repeat(1 / (2 * chosen), shown)
    others, other_plays = counted([(20_000, 400), (20_000, 2_000), (20_000, 1_200)])
    found = popularity(
        np.concatenate([np.zeros(len(plays), np.int32), others + 1]).astype(np.int32),
        np.concatenate([plays.astype(float), other_plays]),
        np.concatenate([weight, np.ones(len(others))]),
        4,
    )
    assert expit(found.log_odds[0]) == pytest.approx(0.06, rel=0.01)
    assert logit(0.06) == pytest.approx(found.log_odds[3], abs=0.02)
