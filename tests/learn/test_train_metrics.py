"""Metrics by hand: log loss, bins, order within a title; and their laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from ranking.learn.calibration import Calibration, calibrated
from ranking.learn.metrics import bins, calibration_error, losses, measured, ndcg


def ordered(gains: list[list[float]], scores: list[list[float]], shown: int = 100) -> float | None:
    """NDCG of cells in which every picture was shown equally often, with these take fractions and scores."""
    cells, pictures, said, plays = [], [], [], []
    for cell, (row, said_row) in enumerate(zip(gains, scores, strict=True)):
        for picture, (gain, score) in enumerate(zip(row, said_row, strict=True)):
            cells += [cell] * shown
            pictures += [picture] * shown
            said += [score] * shown
            plays += [1.0] * round(gain * shown) + [0.0] * (shown - round(gain * shown))
    return ndcg(np.array(cells), np.array(pictures), np.array(said), np.array(plays), np.ones(len(cells)))


def test_log_loss_is_that_of_the_textbook() -> None:
    """-ln 0.2 for a play of which 0.2 was said, -ln 0.8 for none."""
    found = losses(np.array([logit(0.2), logit(0.2)]), np.array([1.0, 0.0]))
    assert found == pytest.approx([1.6094379, 0.2231436])


def test_order_within_a_title_by_hand() -> None:
    """Gains 0.3, 0.2, 0.1 in the order 2nd, 1st, 3rd: (0.2 + 0.3 / 1.585 + 0.05) / (0.3 + 0.2 / 1.585 + 0.05)."""
    by_hand = (0.2 + 0.3 / np.log2(3) + 0.1 / 2) / (0.3 + 0.2 / np.log2(3) + 0.1 / 2)
    assert ordered([[0.3, 0.2, 0.1]], [[1.0, 2.0, 0.5]]) == pytest.approx(by_hand)


def test_equal_scores_share_the_discounts_of_their_places() -> None:
    """Two pictures, nothing said: each gets (1 + 1 / log2 3) / 2, whichever comes first."""
    by_hand = 0.4 * (1 + 1 / np.log2(3)) / 2 / 0.4
    assert ordered([[0.4, 0.0]], [[0.0, 0.0]]) == pytest.approx(by_hand)
    assert ordered([[0.0, 0.4]], [[0.0, 0.0]]) == pytest.approx(by_hand)


def test_cells_count_by_their_impressions_and_only_if_they_tell() -> None:
    """A perfect cell and one that says nothing, of equal size; one picture alone, or no play, counts for nothing."""
    blind = (1 + 1 / np.log2(3)) / 2
    assert ordered([[0.4, 0.0], [0.4, 0.0], [0.9], [0.0, 0.0]], [[1, 0], [0, 0], [1], [1, 0]]) == pytest.approx(
        (1 + blind) / 2
    )
    assert ordered([[0.9], [0.0, 0.0]], [[1], [1, 0]]) is None


@given(
    st.lists(st.lists(st.integers(0, 20), min_size=2, max_size=5), min_size=1, max_size=4),
    st.integers(0, 2**32 - 1),
)
def test_the_order_of_the_take_fractions_themselves_is_perfect_and_none_is_better(
    plays: list[list[int]], seed: int
) -> None:
    """1 for the truth as score, at most 1 for any other; rows may come in any order."""
    gains = [[one / 20 for one in row] for row in plays]
    chance = np.random.default_rng(seed)
    truth, other = ordered(gains, gains, 20), ordered(gains, [chance.random(len(row)).tolist() for row in gains], 20)
    if truth is None or other is None:
        assert truth is other
        return
    assert truth == pytest.approx(1)
    assert 0 < other <= 1 + 1e-12


def test_bins_hold_equal_shares_and_their_distance_is_the_error() -> None:
    """Four impressions in two bins: 0.1 said and none played, 0.4 said and half played: (0.1 + 0.1) / 2."""
    said, plays = np.array([0.1, 0.4, 0.1, 0.4]), np.array([0.0, 1.0, 0.0, 0.0])
    found = bins(logit(said), plays, np.ones(4), 2)
    assert [(one.predicted, one.played, one.share) for one in found] == [
        (pytest.approx(0.1), 0.0, 0.5),
        (pytest.approx(0.4), 0.5, 0.5),
    ]
    assert calibration_error(found) == pytest.approx(0.1)
    assert bins(np.empty(0), np.empty(0), np.empty(0)) == []


def test_a_gain_is_what_is_saved_against_popularity_alone() -> None:
    """Saying 0.5 instead of 0.25 of a play saves ln 2; of no play it costs ln 1.5; the error is their scatter."""
    alone, said = np.full(2, logit(0.25)), np.full(2, logit(0.5))
    cells = np.zeros(2, dtype=np.int64), np.arange(2)
    found = measured(said, alone, cells, np.array([1.0, 0.0]), np.ones(2))
    saved = np.array([np.log(2), -np.log(1.5)])
    assert found.gain == pytest.approx(saved.mean())
    assert found.gain_error == pytest.approx(np.sqrt(((saved - saved.mean()) ** 2).sum()) / 2)
    assert found.log_loss == pytest.approx(np.log(2))


@pytest.mark.parametrize("truth", [Calibration(0.0, 1.0, 1.0), Calibration(-0.5, 0.8, 0.4), Calibration(0.2, 1.1, 0.0)])
def test_a_calibration_is_found_again(truth: Calibration) -> None:
    """Of 200,000 impressions, within four standard errors: about 0.04 for the slope of the picture."""
    chance = np.random.default_rng(3)
    offsets, raw = chance.normal(-2.5, 0.5, 200_000), chance.normal(0, 0.6, 200_000)
    plays = (chance.random(200_000) < expit(truth.log_odds(offsets, raw))).astype(float)
    found = calibrated(offsets, raw, plays, np.ones(200_000))
    assert found.picture == pytest.approx(truth.picture, abs=0.06)
    assert found.popularity == pytest.approx(truth.popularity, abs=0.07)


def test_from_nothing_a_model_is_believed_and_from_nonsense_it_is_not() -> None:
    """No impressions: nothing is done. A picture's part that is far off scale does not lead the search astray."""
    nothing = np.empty(0)
    assert calibrated(nothing, nothing, nothing, nothing) == Calibration()
    raw = np.array([40.0, -40.0] * 500)
    plays = np.tile([0.0, 1.0, 0.0, 0.0], 250)
    found = calibrated(np.full(1_000, -1.0), raw, plays, np.full(1_000, 3.0))
    assert abs(found.picture) < 0.02
    assert np.isfinite([found.intercept, found.popularity]).all()


def test_what_speaks_against_itself_counts_for_nothing() -> None:
    """A model whose pictures do the opposite of what it says is not turned round: it is not listened to."""
    chance = np.random.default_rng(4)
    raw = chance.normal(0, 1, 50_000)
    plays = (chance.random(50_000) < expit(-2 - raw)).astype(float)
    assert calibrated(np.full(50_000, -2.0), raw, plays, np.ones(50_000)).picture == 0
