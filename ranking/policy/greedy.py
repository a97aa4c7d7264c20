"""The best believed option, alone or with some probability left to the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.domain import Grid, Page
from ranking.policy.uniform import evenly


def masked_mean(page: Page) -> Grid:
    """(titles, width): the means, -inf where an option is not allowed."""
    return np.where(page.allowed, page.mean, np.array(-np.inf, dtype=page.mean.dtype))


def best_means(page: Page) -> Grid:
    """(titles,): the largest mean that is allowed, -inf where none is."""
    # Along the long axis: five times as quick as along a dozen options.
    return np.asarray(np.ascontiguousarray(masked_mean(page).T).max(axis=0, initial=-np.inf))


def best_columns(page: Page) -> NDArray[np.int64]:
    """(titles,): the column with the largest mean, of equals the one with the smallest key; -1 where none is."""
    leading = page.allowed & (page.mean == best_means(page)[:, None])
    if not leading.shape[1]:
        return np.full(len(page), -1, dtype=np.int64)
    first = np.where(leading, page.keys, np.uint64(2**64 - 1)).argmin(axis=1)
    return np.where(leading.any(axis=1), first, -1).astype(np.int64)


def on_columns(columns: NDArray[np.int64], width: int) -> NDArray[np.float64]:
    """(titles, width): 1 at each row's column, 0 elsewhere; a row of -1 is all 0."""
    return np.equal(columns[:, None], np.arange(width)).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Greedy:
    """The option with the largest mean, always. It never learns what it does not show."""

    @property
    def version(self) -> str:
        """Name and parameters."""
        return "greedy"

    def probabilities(self, page: Page) -> Grid:
        """(titles, width): 1 for the best."""
        return on_columns(best_columns(page), page.keys.shape[1])


@dataclass(frozen=True, slots=True)
class EpsilonGreedy:
    """The best option, and with probability `epsilon` any one of all (the best among them)."""

    epsilon: float = 0.1

    def __post_init__(self) -> None:
        if not 0 <= self.epsilon <= 1:
            raise ValueError(f"epsilon {self.epsilon} is not a probability")

    @property
    def version(self) -> str:
        """Name and parameters."""
        return f"epsilon-greedy(epsilon={self.epsilon:g})"

    def probabilities(self, page: Page) -> Grid:
        """(titles, width): epsilon / n for each of n options, the best has the rest."""
        best = on_columns(best_columns(page), page.keys.shape[1])
        return (1 - self.epsilon) * best + self.epsilon * evenly(page.allowed)
