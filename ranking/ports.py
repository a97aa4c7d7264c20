"""The seams of ranking: each is here because two implementations really run.

Every implementation passes the suite of its port in `tests/contracts/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ranking.domain import Grid, Page


@dataclass(frozen=True, slots=True)
class Meetings:
    """Contexts that meet options, row by row: what a scorer is asked.

    Attributes:
        features: (rows, len(FEATURES)) float64, the columns of `ranking.features.FEATURES`; NaN where unknown.
        pictures: (rows,) unicode. The option's id.
        segments: (rows,) int64. Number of the segment, -1 for the population.
    """

    features: NDArray[np.float64]
    pictures: NDArray[np.str_]
    segments: NDArray[np.int64]

    def __post_init__(self) -> None:
        rows = self.features.shape[:1]
        if self.features.ndim != 2 or self.pictures.shape != rows or self.segments.shape != rows:
            shapes = self.features.shape, self.pictures.shape, self.segments.shape
            raise ValueError(f"features, pictures and segments of one length, not {shapes}")


@dataclass(frozen=True, slots=True)
class Beliefs:
    """What a scorer believes, row by row: log-odds of a qualifying play, and the standard deviation of that."""

    mean: NDArray[np.float64]
    spread: NDArray[np.float64]


class Scorer(Protocol):
    """Says how probable a qualifying play is, and how sure it is of that."""

    @property
    def version(self) -> str:
        """Logged with every decision."""
        ...

    @property
    def looks_at(self) -> frozenset[str]:
        """Names of the features that may change what it says; by all others it never differs."""
        ...

    def beliefs(self, meetings: Meetings) -> Beliefs:
        """Finite for every row, the same for the same row whatever stands beside it."""
        ...


class Policy(Protocol):
    """Turns beliefs into probabilities; it never draws."""

    @property
    def version(self) -> str:
        """Name and parameters, logged with every decision: equal versions give equal probabilities."""
        ...

    def probabilities(self, page: Page) -> Grid:
        """(titles, width), >= 0. A row sums to 1; it is all 0 where no option is allowed.

        It does not depend on the order of the options or of the titles, nor on what is not allowed.
        """
        ...
