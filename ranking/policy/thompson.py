"""Thompson sampling whose probabilities are known: every option as often as it is believed to be the best one.

The belief of an option is normal: its mean and its spread, on the scale of log-odds. `Thompson` integrates; it is
as quick as serving needs. `SampledThompson` draws from the beliefs and counts: slow, and the check of the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri  # type: ignore[import-untyped]  # scipy ships no types

from ranking.domain import Grid, Page
from ranking.policy.greedy import best_columns, on_columns
from ranking.policy.lots import lots, seeds_at

_LEAST_SPREAD = 1e-6
_BARRED = np.float32(-1e4)
_HALF = np.float32(0.5)
_STEEP = np.float32(np.sqrt(2 / np.pi))
_CUBIC = np.float32(0.044715)
_TWO_THIRDS = np.float32(2 / 3)
_RESOLVED = np.float32(0.6)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Thompson:
    """The probability that an option is the best, integrated over the value of the best.

    Attributes:
        width: how much of each spread is used. 1 is Thompson sampling; less explores less, which pays where
            impressions are few: on 1,426 real picture tests of 2,000 impressions each 0.2 to 0.3 is best
            (measured: tests/benchmarks/ranking_upworthy.py).
        nodes: where the integrand is taken. 16 are right to 0.0005 while the spreads of a title's options lie within
            a factor of 4, and to 0.02 within a factor of 15, 32 to 0.001 (measured: tests/benchmarks/
            ranking_choosing.py): a spread finer than the grid is widened to what it resolves, which explores more.
        reach: how many spreads around the means the grid goes.

    Source:
        Thompson, "On the likelihood that one unknown probability exceeds another", 1933. `width` is the posterior
        reshaping of Chapelle and Li, "An empirical evaluation of Thompson sampling", 2011. The normal distribution
        function as a logistic of a cubic is Page, "Approximations to the cumulative normal function", 1977: right to
        0.0002.
    """

    width: float = 1.0
    nodes: int = 16
    reach: float = 3.5

    def __post_init__(self) -> None:
        if self.nodes < 8 or not 2 <= self.reach <= 12:
            raise ValueError(f"{self.nodes} nodes over {self.reach} spreads cannot resolve a normal distribution")
        if not 0 <= self.width < np.inf:
            raise ValueError(f"width {self.width} is not 0 or more")

    @property
    def version(self) -> str:
        """Name and parameters."""
        return f"thompson(width={self.width:g}, nodes={self.nodes}, reach={self.reach:g})"

    def probabilities(self, page: Page) -> Grid:
        """(titles, width)."""
        if not page.keys.size:
            return np.zeros(page.keys.shape)
        # Titles lie last from here on, in the cache's reach: twice as quick as along a dozen options.
        allowed, believed = np.ascontiguousarray(page.allowed.T), np.ascontiguousarray(page.mean.T)
        best = np.where(allowed, believed, np.array(-np.inf, believed.dtype)).max(axis=0)
        best[np.isneginf(best)] = 0
        mean = np.where(allowed, believed - best, _BARRED).astype(np.float32, copy=False)
        wide = np.maximum(np.multiply(page.spread.T, self.width, order="C"), _LEAST_SPREAD)
        spread = np.where(allowed, wide, 1).astype(np.float32, copy=False)
        shares = np.empty(mean.shape)
        for first in range(0, len(page), _AT_ONCE):
            block = slice(first, first + _AT_ONCE)
            shares[:, block] = _best_shares(mean[:, block], spread[:, block], self.nodes, np.float32(self.reach))
        return np.ascontiguousarray(np.where(allowed, shares, 0.0).T)


def _best_shares(
    mean: NDArray[np.float32], spread: NDArray[np.float32], nodes: int, reach: np.float32
) -> NDArray[np.float64]:
    """(width, titles): how often each option is the best, by the trapezoid rule on each title's own grid.

    With F the distribution functions, option i is the best with probability
    integral of (d log F_i / dx) x product of all F, and d log F / dx = (1 - F) x slope of the logit of F.
    """
    intervals = np.float32(nodes - 1)
    extent = (mean + reach * spread).max(axis=0) - (mean - reach * spread).max(axis=0)
    spread = np.maximum(spread, extent * (_RESOLVED / intervals))
    low = (mean - reach * spread).max(axis=0)
    step = ((mean + reach * spread).max(axis=0) - low) / intervals
    slope = 1 / spread
    below = (low + np.arange(nodes, dtype=np.float32)[:, None] * step)[:, None, :] - mean
    below *= slope
    steep = below * below
    steep *= _CUBIC
    steep += 1
    below *= steep
    below *= _STEEP
    np.tanh(below, out=below)  # of half the logit, so F = (1 + tanh) / 2
    below *= _HALF
    below += _HALF
    all_below = np.multiply.reduce(below, axis=1)
    np.subtract(1, below, out=below)
    steep -= _TWO_THIRDS  # a third of the slope of the logit: 1 + 3 c z^2 from 1 + c z^2
    below *= steep
    below *= all_below[:, None, :]
    weight = (below.sum(axis=0) * slope).astype(np.float64)
    return cast("NDArray[np.float64]", weight / weight.sum(axis=0))


@dataclass(frozen=True, slots=True)
class SampledThompson:
    """Thompson sampling counted out: of `draws` worlds drawn from the beliefs, the share in which each option wins.

    The worlds are named by `seed` and the options' keys, so the answer is the same every time, and the propensity
    that is logged is the one that is drawn with, sampling error and all.
    """

    draws: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        if self.draws < 1:
            raise ValueError(f"{self.draws} draws count nothing")

    @property
    def version(self) -> str:
        """Name and parameters."""
        return f"sampled-thompson(draws={self.draws}, seed={self.seed})"

    def probabilities(self, page: Page) -> Grid:
        """(titles, width): multiples of 1 / draws."""
        wins = np.zeros(page.keys.shape)
        for seed in seeds_at(self.seed, np.arange(self.draws)):
            world = page.mean + page.spread * ndtri(lots(page.keys, seed))
            drawn = Page(page.keys, world, page.spread, page.allowed, page.pinned, page.shown)
            wins += on_columns(best_columns(drawn), page.keys.shape[1])
        return wins / self.draws


@dataclass(frozen=True, slots=True)
class TopTwoThompson:
    """Half of the time Thompson's option, else the best of the others: it goes on comparing the two leaders.

    With a the shares of Thompson sampling, option i has a_i (b + (1 - b) sum over j != i of a_j / (1 - a_j)).

    Source:
        Russo, "Simple Bayesian algorithms for best arm identification", 2016.
    """

    inner: Thompson | SampledThompson = Thompson()
    leader: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.leader <= 1:
            raise ValueError(f"leader {self.leader} is not a probability")

    @property
    def version(self) -> str:
        """Name and parameters."""
        return f"top-two(leader={self.leader:g}, {self.inner.version})"

    def probabilities(self, page: Page) -> Grid:
        """(titles, width). An option that is the best beyond doubt keeps all."""
        share = self.inner.probabilities(page).astype(np.float64)
        rest = 1.0 - share
        odds = np.divide(share, rest, out=np.zeros_like(share), where=rest > _LEAST_SPREAD)
        others = odds.sum(axis=1, keepdims=True) - odds
        mixed = share * (self.leader + (1 - self.leader) * others)
        total = mixed.sum(axis=1, keepdims=True)
        return cast("NDArray[np.float64]", np.divide(mixed, total, out=np.zeros_like(mixed), where=total > 0))
