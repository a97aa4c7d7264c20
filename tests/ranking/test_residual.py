"""The residual of a picture: by hand from counts, the prior's where there are none, right about worlds it knows."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import digamma, polygamma

from ranking.policy.residual import Residual, ResidualParams, fitted
from ranking.policy.tally import Tally

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def tally(titles: list[str], plays: list[list[float]], expected: list[list[float]]) -> Tally:
    """Pictures p00, p01 ... of these titles; the last column is of members without a segment."""
    names = np.array([f"p{row:02d}" for row in range(len(titles))])
    return Tally.empty(len(plays[0]) - 1, NOON).added(names, np.array(titles), np.array(plays), np.array(expected))


def of(residual: Residual, picture: str, segment: int) -> tuple[float, float]:
    mean, spread = residual.of(np.array([picture]), np.array([segment]))
    return float(mean[0]), float(spread[0])


def test_nothing_counted_gives_the_prior() -> None:
    """Variances 0.02 and 0.01 are 50 and 100 imaginary plays: mean and deviation of the logarithm of such a gamma."""
    residual = fitted(Tally.empty(2, NOON), ResidualParams(picture_variance=0.02, segment_variance=0.01))
    alone = digamma(50) - np.log(50), polygamma(1, 50)
    beside = digamma(100) - np.log(100), polygamma(1, 100)
    assert of(residual, "new", -1) == pytest.approx((alone[0], np.sqrt(alone[1])))
    assert of(residual, "new", 1) == pytest.approx((alone[0] + beside[0], np.sqrt(alone[1] + beside[1])))
    assert of(residual, "new", -1)[1] == pytest.approx(0.1421, abs=1e-3)


def test_a_picture_never_counted_has_the_prior_beside_pictures_that_were() -> None:
    residual = fitted(tally(["t", "t"], [[5, 0], [3, 0]], [[4, 0], [4, 0]]), ResidualParams())
    fresh = Residual(
        np.empty(0, np.str_), np.zeros((0, 2)), np.zeros((0, 2)), residual.picture_variance, residual.segment_variance
    )
    assert of(residual, "zz", 0) == of(fresh, "zz", 0)
    assert of(residual, "a", -1) == of(fresh, "a", -1)


def test_a_gamma_of_plays_over_a_gamma_of_expected_plays() -> None:
    """Without segments a picture's ratio is Gamma(1/v + plays, 1/v + expected x its title's level)."""
    counted = tally(["t"] * 3, [[30], [20], [10]], [[20], [20], [20]])
    residual = fitted(counted, ResidualParams())
    prior = 1 / residual.picture_variance
    rates = (prior + counted.plays[:, 0]) / np.exp(
        residual.mean[:, 0] - (digamma(prior + counted.plays[:, 0]) - np.log(prior + counted.plays[:, 0]))
    )
    np.testing.assert_allclose(residual.spread[:, 0] ** 2, polygamma(1, prior + counted.plays[:, 0]))
    np.testing.assert_allclose(rates, rates[0])  # one level for the title: 60 plays of 60 expected, so about 1
    assert (rates[0] - prior) / 20 == pytest.approx(1.0, abs=0.02)


def test_a_title_that_everybody_plays_does_not_make_its_pictures_good() -> None:
    """Every picture of t has three times the plays expected, every one of u a third: none is better than another."""
    residual = fitted(tally(["t"] * 4 + ["u"] * 4, [[300]] * 4 + [[33]] * 4, [[100]] * 8), ResidualParams())
    assert np.abs(residual.mean).max() < 0.05


def test_a_segment_that_loves_a_title_does_not_make_its_pictures_good_in_it() -> None:
    """Segment 0 plays twice what was expected of all four pictures, segment 1 half as much."""
    residual = fitted(tally(["t"] * 4, [[200, 50, 0]] * 4, [[100, 100, 0]] * 4), ResidualParams())
    assert np.ptp(residual.mean[:, 0]) < 1e-9
    assert abs(residual.mean[0, 0] - residual.mean[0, 1]) < 0.1


def test_a_picture_is_better_in_the_segment_that_plays_it() -> None:
    """Twelve titles alike: of two pictures the first is played by segment 0, the second by segment 1."""
    titles = [f"t{row // 2:02d}" for row in range(24)]
    plays = [[60, 30, 0], [30, 60, 0]] * 12
    residual = fitted(tally(titles, plays, [[45, 45, 0]] * 24), ResidualParams())
    assert of(residual, "p00", 0)[0] > 0.2
    assert of(residual, "p00", 1)[0] < -0.2
    assert abs(of(residual, "p00", -1)[0]) < 0.05
    assert of(residual, "p00", 7) == of(residual, "p00", -1)


@given(plays=st.lists(st.integers(0, 40), min_size=2, max_size=8), more=st.integers(1, 30))
def test_more_plays_never_lower_a_picture_against_its_neighbours(plays: list[int], more: int) -> None:
    expected = [[15.0]] * len(plays)
    before = fitted(tally(["t"] * len(plays), [[count] for count in plays], expected), ResidualParams()).mean[:, 0]
    risen = [[plays[0] + more], *[[count] for count in plays[1:]]]
    after = fitted(tally(["t"] * len(plays), risen, expected), ResidualParams()).mean[:, 0]
    assert after[0] - after[1:].max() >= before[0] - before[1:].max() - 0.05


@given(
    st.lists(st.tuples(st.sampled_from("tuv"), st.integers(0, 30), st.floats(0, 30), st.integers(0, 2)), max_size=12)
)
def test_any_counts_give_finite_beliefs_narrower_than_without_counts(counts: list) -> None:
    plays, expected = np.zeros((len(counts), 3)), np.zeros((len(counts), 3))
    for row, (_, played, promised, segment) in enumerate(counts):
        plays[row, segment], expected[row, segment] = played, promised
    if not counts:
        return
    residual = fitted(tally([title for title, *_ in counts], plays.tolist(), expected.tolist()), ResidualParams())
    assert np.isfinite(residual.mean).all()
    assert (residual.spread > 0).all()
    assert (residual.spread[:, -1] <= of(residual, "never", -1)[1] + 1e-9).all()


@pytest.mark.parametrize("impressions", [500, 5000])
def test_intervals_of_two_spreads_hold_the_truth_as_often_as_they_should(impressions: int) -> None:
    """A world of 300 titles, five pictures, three segments, at its own variances: 95.4 % of differences, +- 2 %."""
    generator = np.random.default_rng(impressions)
    owner = np.repeat(np.arange(300), 5)
    alone = generator.gamma(1 / 0.04, 0.04, (1500, 1))
    cell = alone * generator.gamma(1 / 0.02, 0.02, (1500, 3))
    popular = np.exp(generator.normal(0, 0.5, (300, 1)))[owner]
    expected = np.full((1500, 3), impressions * 0.04 / 15)
    plays = generator.poisson(expected * popular * cell).astype(float)
    pad = np.zeros((1500, 1))
    names = np.array([f"p{row:04d}" for row in range(1500)])
    counted = Tally.empty(3, NOON).added(
        names, np.array([f"t{row:03d}" for row in owner]), np.hstack([plays, pad]), np.hstack([expected, pad])
    )
    residual = fitted(counted, ResidualParams())
    assert residual.picture_variance == pytest.approx(0.04, rel=0.5)
    error = residual.mean[:, :3] - np.log(cell)
    error -= error.reshape(300, 5, 3).mean(axis=1)[owner]  # within its title only
    width = residual.spread[:, :3] * np.sqrt(4 / 5)
    assert (np.abs(error) < 2 * width).mean() == pytest.approx(0.954, abs=0.025)
