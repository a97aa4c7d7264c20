"""The linear learner is the conjugate posterior itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.policy.linear import LinearLearner, LinearPrior


def test_before_any_reward_it_believes_its_prior() -> None:
    """Mean 0; variance (6 / 6) x |x|^2 / 0.25 = 4 x 5, so a deviation of the root of 20."""
    mean, spread = LinearLearner(2, 2).believed(np.array([[1.0, 2.0]]))
    assert mean.tolist() == [[0.0, 0.0]]
    np.testing.assert_allclose(spread, [[20**0.5, 20**0.5]])


def test_one_reward_by_hand() -> None:
    """Precision 1 and a reward of 4 at x = 1: mean 4 / 2, covariance 1 / 2, rate 6 + 16 / (2 x 2) = 10, shape 6.5."""
    learner = LinearLearner(2, 1, LinearPrior(precision=1.0))
    learner.observe(1, np.array([1.0]), 4.0)
    mean, spread = learner.believed(np.array([[1.0]]))
    np.testing.assert_allclose(mean, [[0.0, 2.0]])
    np.testing.assert_allclose(spread, [[1.0, (0.5 * 10 / 6.5) ** 0.5]])


@given(seed=st.integers(0, 1000), count=st.integers(0, 30))
def test_one_by_one_is_all_at_once(seed: int, count: int) -> None:
    """The posterior in closed form: precision P + X'X, weights its inverse X'y, rate b + (y'y - w'(P + X'X)w) / 2."""
    generator = np.random.default_rng(seed)
    contexts, rewards = generator.normal(size=(count, 3)), generator.normal(2, 3, count)
    learner = LinearLearner(1, 3)
    for context, reward in zip(contexts, rewards, strict=True):
        learner.observe(0, context, float(reward))
    precision = 0.25 * np.eye(3) + contexts.T @ contexts
    weights = np.linalg.solve(precision, contexts.T @ rewards)
    rate = 6 + (rewards @ rewards - weights @ precision @ weights) / 2
    asked = generator.normal(size=(4, 3))
    mean, spread = learner.believed(asked)
    np.testing.assert_allclose(mean[:, 0], asked @ weights, atol=1e-9)
    variance = (asked @ np.linalg.inv(precision) * asked).sum(axis=1) * rate / (6 + count / 2)
    np.testing.assert_allclose(spread[:, 0], np.sqrt(variance), rtol=1e-8)


def test_it_stays_exact_over_many_rewards() -> None:
    """20,000 rewards: no drift against the closed form."""
    generator = np.random.default_rng(4)
    contexts = (generator.random((20_000, 12)) < 0.3).astype(np.float64)
    rewards = contexts @ np.arange(12.0) + generator.normal(size=20_000)
    learner = LinearLearner(1, 12)
    for context, reward in zip(contexts, rewards, strict=True):
        learner.observe(0, context, float(reward))
    weights = np.linalg.solve(0.25 * np.eye(12) + contexts.T @ contexts, contexts.T @ rewards)
    np.testing.assert_allclose(learner.believed(np.eye(12))[0][:, 0], weights, atol=1e-9)


def test_an_action_learns_from_its_own_rewards_only() -> None:
    learner = LinearLearner(3, 2)
    before = learner.believed(np.eye(2))
    learner.observe(1, np.array([1.0, 0.0]), 5.0)
    after = learner.believed(np.eye(2))
    np.testing.assert_array_equal(after[0][:, [0, 2]], before[0][:, [0, 2]])
    assert after[0][0, 1] > 0


def test_a_prior_that_believes_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="positive"):
        LinearPrior(precision=0.0)
