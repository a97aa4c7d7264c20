"""A Bayesian linear model of a reward for every action, exact and always up to date: the learner of linear Thompson.

For tests of the loop against published numbers, and for rewards that are amounts, not plays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LinearPrior:
    """What is believed before any reward: weights are normal around 0, the noise's variance inverse gamma.

    Source:
        The values are those of Riquelme, Tucker and Snoek, "Deep Bayesian bandits showdown", 2018.
    """

    precision: float = 0.25
    shape: float = 6.0
    rate: float = 6.0

    def __post_init__(self) -> None:
        if not min(self.precision, self.shape, self.rate) > 0:
            raise ValueError(f"a prior with positive numbers, not {self}")


class LinearLearner:
    """reward = context . weights + noise, one normal-inverse-gamma model per action, updated one reward at a time.

    With S the covariance of the weights in units of the noise's variance, a reward y at context x moves

        gain = S x / (1 + x'S x),  weights += gain (y - x'weights),  S -= gain (S x)',
        shape += 1/2,  rate += (y - x'weights)^2 / (2 (1 + x'S x)),

    which is the conjugate posterior itself, not an approximation to it.
    """

    def __init__(self, actions: int, dimension: int, prior: LinearPrior | None = None) -> None:
        prior = prior or LinearPrior()
        self._covariance = np.stack([np.eye(dimension) / prior.precision] * actions)
        self._weights = np.zeros((actions, dimension))
        self._shape = np.full(actions, prior.shape)
        self._rate = np.full(actions, prior.rate)

    def believed(self, contexts: Matrix) -> tuple[Matrix, Matrix]:
        """(rows, actions) mean of the expected reward at each context, and its standard deviation.

        The deviation is the scale of a Student distribution with 2 x shape degrees of freedom, which is as good as
        normal after some dozen rewards; the noise of the reward itself is not in it.
        """
        mean = contexts @ self._weights.T
        leverage = np.stack([((contexts @ one) * contexts).sum(axis=1) for one in self._covariance], axis=1)
        return mean, np.sqrt(leverage * (self._rate / self._shape))

    def observe(self, action: int, context: Matrix, reward: float) -> None:
        """One reward of one action at one context, (dimension,)."""
        reach = self._covariance[action] @ context
        widened = 1.0 + float(context @ reach)
        surprise = reward - float(context @ self._weights[action])
        self._weights[action] += reach * (surprise / widened)
        self._covariance[action] -= np.outer(reach / widened, reach)
        self._shape[action] += 0.5
        self._rate[action] += 0.5 * surprise * surprise / widened
