"""Better options more often, by the difference of their means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ranking.domain import Grid, Page
from ranking.policy.greedy import masked_mean


@dataclass(frozen=True, slots=True)
class Softmax:
    """Probability in proportion to exp(mean / temperature).

    At temperature 1 an option is taken in proportion to its believed odds of a play; towards 0 it becomes greedy.
    """

    temperature: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.temperature < np.inf:
            raise ValueError(f"temperature {self.temperature} is not above 0")

    @property
    def version(self) -> str:
        """Name and parameters."""
        return f"softmax(temperature={self.temperature:g})"

    def probabilities(self, page: Page) -> Grid:
        """(titles, width)."""
        mean = masked_mean(page).astype(np.float64)
        best = mean.max(axis=1, keepdims=True, initial=-np.inf)
        weight = np.exp((mean - np.where(np.isfinite(best), best, 0.0)) / self.temperature)
        return cast("NDArray[np.float64]", weight / np.maximum(weight.sum(axis=1, keepdims=True), np.finfo(float).tiny))
