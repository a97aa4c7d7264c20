"""Groups of members that are all above the floor: a group that is too small is no group, its members join others.

k-anonymity (Sweeney, "k-anonymity: a model for protecting privacy", 2002): what is kept of a group is the mean over
at least so many members, and nothing is kept of a smaller one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.taste.clusters import nearest
from ranking.taste.likings import unit
from ranking.taste.membership import Spread, posterior, spread_around
from ranking.taste.traits import Matrix


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups of members.

    Attributes:
        middles: (groups, dimensions) of length 1.
        spread: how members lie around them.
        labels: (members,) the group that each is most probably of.
    """

    middles: Matrix
    spread: Spread
    labels: NDArray[np.int64]

    def at(self, order: Sequence[int]) -> Groups:
        """The groups in this order."""
        places = np.array(order, dtype=np.int64)
        spread = Spread(self.spread.concentration, self.spread.length, self.spread.sizes[places])
        return Groups(self.middles[places], spread, np.argsort(places)[self.labels])


def floored(points: Matrix, lengths: Matrix, middles: Matrix, floor: int) -> Groups | None:
    """The groups around these middles, the largest first, each of at least `floor` members; None if that is only one.

    The smallest one below the floor is dissolved, and its members go to the groups that are next to them, until none
    is below it.

    Args:
        points: (members, dimensions) of length 1.
        lengths: (members,) of their tastes.
        middles: (groups, dimensions) of length 1, to begin with.
        floor: members.
    """
    while len(middles) > 1:
        counts = np.bincount(nearest(points, middles), minlength=len(middles)).astype(np.float64)
        spread = spread_around(points, lengths, middles, np.maximum(counts, 1.0))
        labels = np.argmax(posterior(points, lengths, middles, spread), axis=1)
        sizes = np.bincount(labels, minlength=len(middles))
        order = np.lexsort((*middles.T[::-1], -sizes)).tolist()
        if sizes.min() >= floor:
            return Groups(middles, spread, labels).at(order)
        middles = _without(points, middles, order[-1])
    return None


def _without(points: Matrix, middles: Matrix, place: int) -> Matrix:
    """The other middles, made anew from all members that are next to each."""
    left = np.delete(middles, place, axis=0)
    sums = np.zeros_like(left)
    np.add.at(sums, nearest(points, left), points)
    renewed, length = unit(sums)
    return np.where(length[:, None] > 0, renewed, left)
