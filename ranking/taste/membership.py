"""How much of each segment is in a member: from everybody's taste to the own as evidence comes.

    population = prior / (prior + weight)
    weight of segment s = (1 - population) x P(s | taste),  P(s | taste) ~ size_s exp(m concentration cos(taste, s))

`weight` is the member's evidence in plays of full worth (`Likings.weight`), so a member without history is the
population alone (1), one with `prior` plays is half known, and one with many plays nearly 0. `m`, 0 to 1, says how
marked the taste is: its length over the median length, at most 1. The concentration is that of the members around
their segments' middles, estimated as for von Mises-Fisher distributions on the tastes' effective dimensions.

Source:
    Banerjee, Dhillon, Ghosh and Sra, "Clustering on the unit hypersphere using von Mises-Fisher distributions", JMLR
    2005, for the concentration, r (d - r^2) / (1 - r^2). The effective number of dimensions d is the participation
    ratio of the variances, (sum of them)^2 / sum of their squares: genres come together, and count once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ranking.domain import TasteMixture
from ranking.taste.traits import Matrix

LEAST_WEIGHT = 0.02
"""A segment that weighs less in a member goes to the population: tables of decisions are not looked up for it."""
_MOST_ALIKE = 0.999


@dataclass(frozen=True, slots=True)
class Spread:
    """How members lie around their segments.

    Attributes:
        concentration: of the members around the middles.
        length: median length of the tastes that segments are made of.
        sizes: (segments,) share of the members, to sum to 1.
    """

    concentration: float
    length: float
    sizes: Matrix


def spread_around(points: Matrix, lengths: Matrix, middles: Matrix, sizes: Matrix) -> Spread:
    """How these members lie around the middles.

    Args:
        points: (members, dimensions) of length 1.
        lengths: (members,) of their tastes.
        middles: (segments, dimensions) of length 1.
        sizes: (segments,) members of each.
    """
    alike = min(float((points @ middles.T).max(axis=1).mean()), _MOST_ALIKE)
    variances = np.linalg.eigvalsh(np.cov(points.T, ddof=0).reshape(points.shape[1], points.shape[1]))
    dimensions = float(variances.sum() ** 2 / max((variances * variances).sum(), np.finfo(float).tiny))
    concentration = max(alike * (max(dimensions, 1.0) - alike**2) / (1.0 - alike**2), 0.0)
    return Spread(concentration, float(np.median(lengths)), sizes / sizes.sum())


def posterior(points: Matrix, lengths: Matrix, middles: Matrix, spread: Spread) -> Matrix:
    """(members, segments): how probable each segment is; rows sum to 1."""
    marked = np.clip(lengths / max(spread.length, np.finfo(float).tiny), 0.0, 1.0)
    log = spread.concentration * marked[:, None] * (points @ middles.T) + np.log(spread.sizes)
    odds = np.exp(log - log.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def mixture(segmentation: str, weight: float, probable: Matrix, prior_plays: float) -> TasteMixture:
    """The taste of one member.

    Args:
        segmentation: its name.
        weight: plays of full worth.
        probable: (segments,) as `posterior` gives them.
        prior_plays: after which half is known.
    """
    known = weight / (weight + prior_plays)
    parts = {number: known * float(part) for number, part in enumerate(probable.tolist())}
    kept = {number: part for number, part in parts.items() if part >= LEAST_WEIGHT}
    return TasteMixture(segmentation, max(0.0, 1.0 - sum(kept.values())), kept)
