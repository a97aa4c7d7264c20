"""What was shown and what came of it, as sums: all that the residual needs to remember."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tally:
    """Plays and expected plays of every picture, by segment; the last column is of members without a segment.

    Attributes:
        pictures: (pictures,) unicode, ascending. titles: (pictures,) unicode, whose picture each is.
        plays, expected: (pictures, segments + 1) float64: one impression, one column.
        at: up to when it counts.
    """

    pictures: NDArray[np.str_]
    titles: NDArray[np.str_]
    plays: Matrix
    expected: Matrix
    at: datetime

    def __post_init__(self) -> None:
        if not (self.plays.shape == self.expected.shape and len(self.plays) == len(self.pictures) == len(self.titles)):
            raise ValueError(f"{len(self.pictures)} pictures, plays {self.plays.shape}, expected {self.expected.shape}")
        if (self.pictures[1:] <= self.pictures[:-1]).any():
            raise ValueError("the pictures of a tally are ascending and different")

    @classmethod
    def empty(cls, segments: int, at: datetime) -> Tally:
        """Nothing was shown yet."""
        nothing = np.empty((0, segments + 1))
        return cls(np.empty(0, dtype=np.str_), np.empty(0, dtype=np.str_), nothing, nothing, at)

    def faded(self, until: datetime, half_life_days: float) -> Tally:
        """The tally at a later instant: counts are worth less by their age. Going back changes nothing."""
        days = (until - self.at).total_seconds() / 86_400
        if days <= 0:
            return self
        worth = 0.5 ** (days / half_life_days)
        return Tally(self.pictures, self.titles, self.plays * worth, self.expected * worth, until)

    def added(self, pictures: NDArray[np.str_], titles: NDArray[np.str_], plays: Matrix, expected: Matrix) -> Tally:
        """The tally with these rows counted in, one for each impression, or already summed; pictures may repeat.

        Args:
            pictures: (rows,) ids.
            titles: (rows,).
            plays: (rows, segments + 1): the reward, in the column of the member's segment.
            expected: (rows, segments + 1): the prior's probability of it, in the same column.
        """
        together = np.concatenate([self.pictures, pictures])
        names, first, rows = np.unique(together, return_index=True, return_inverse=True)
        owners = np.concatenate([self.titles, titles])[first]
        return Tally(
            names,
            owners,
            summed(np.concatenate([self.plays, plays]), rows, len(names)),
            summed(np.concatenate([self.expected, expected]), rows, len(names)),
            self.at,
        )


def summed(rows: Matrix, codes: NDArray[np.int64], count: int) -> Matrix:
    """(count, columns): the rows of each code added up; every code from 0 to count - 1 occurs."""
    if not count:
        return np.zeros((0, rows.shape[1]))
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(count))
    return np.add.reduceat(rows[order], starts, axis=0)
