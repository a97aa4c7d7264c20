"""Clusters of members by the direction of their tastes, and how many of them there are.

Tastes are compared by cosine, as pictures are matched to them: k-means on vectors of length 1 (Hornik, Feinerer,
Kober and Buchta, "Spherical k-means clustering", 2012, for the idea; Euclidean steps on the sphere are the same
assignment).

The number is chosen by stability. The members are split into halves, each half is clustered, and both clusterings
tell the segments of all members; how far they agree is measured as adjusted mutual information, averaged over several
splits. The number is the largest whose agreement lies within one standard deviation (over the splits) of the best:
where two numbers are about equally stable, more segments say more. Where no number tells tastes apart stably there are
no segments.

Source:
    Agreement of two fits as a criterion: Tibshirani and Walther, "Cluster validation by prediction strength", 2005;
    von Luxburg, "Clustering stability: an overview", 2010. Adjusted for chance: Vinh, Epps and Bailey, JMLR 2010. That
    a simpler answer need not be the very best one is the rule of Breiman and others, "Classification and regression
    trees", 1984, the other way round, and with the deviation: its error shrinks with the splits, for nothing.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_mutual_info_score
from threadpoolctl import threadpool_limits

from ranking.taste.likings import unit
from ranking.taste.params import ClusterParams
from ranking.taste.traits import Matrix

Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How stable a number of segments is: adjusted mutual information of halves, mean and deviation over the splits."""

    segments: int
    mean: float
    deviation: float


def agreements(points: Matrix, most: int, params: ClusterParams, seed: int) -> list[Agreement]:
    """One for each number from the fewest on, as far as `most`, the params and a half's members allow.

    Args:
        points: (members, dimensions) of length 1.
        most: segments.
        params: of the clustering.
        seed: of the splits.
    """
    half = len(points) // 2
    found = []
    for number in range(params.fewest, min(most, params.most, half) + 1):
        scores = []
        for split in range(params.splits):
            order = np.random.default_rng([seed, split]).permutation(len(points))
            sides = [
                nearest(points, centres(points[side], number, params, seed)) for side in (order[:half], order[half:])
            ]
            scores.append(float(adjusted_mutual_info_score(*sides)))
        found.append(Agreement(number, float(np.mean(scores)), float(np.std(scores, ddof=1))))
    return found


def chosen(found: list[Agreement], least: float) -> Agreement | None:
    """The largest number whose agreement is within one deviation of the best; None where the best is too low."""
    if not found:
        return None
    best = max(found, key=lambda one: (one.mean, one.segments))
    if best.mean < least:
        return None
    return max((one for one in found if one.mean >= best.mean - best.deviation), key=lambda one: one.segments)


def centres(points: Matrix, number: int, params: ClusterParams, seed: int) -> Matrix:
    """(number, dimensions), of length 1: the middles of the clusters of these points.

    Where fewer points differ than there are clusters, some middles are alike, and nobody is nearest to the later ones.
    """
    # Threads that wait for each other cost a small fit more than they save: 4.4 s of processor time against 0.04 for
    # three fits of 383 members on two busy cores. And one thread sums in one order.
    with threadpool_limits(limits=1, user_api="openmp"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of points that are alike: see above
        fitted = KMeans(number, n_init=params.starts, random_state=seed).fit(points)
    return unit(fitted.cluster_centers_)[0]


def nearest(points: Matrix, middles: Matrix) -> Labels:
    """(points,) number of the middle with the highest cosine, the first of equals."""
    return np.asarray(np.argmax(points @ middles.T, axis=1), dtype=np.int64)
