"""The measure of tastes: where members lie in the space in which they are compared, those of a fit and any others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.taste.evidence import Evidence
from ranking.taste.likings import Everybody, Likings, everybody_of, likings_of, unit
from ranking.taste.params import TasteParams
from ranking.taste.traits import Matrix, TraitTable


@dataclass(frozen=True, slots=True)
class Placed:
    """Members, where their tastes lie.

    Attributes:
        profiles: ids. plays: (profiles,) rows of the history.
        likings: of each.
        points: (profiles, words + rank) directions of their tastes, of length 1; 0 where nothing is known.
        lengths: (profiles,) how marked each taste is.
    """

    profiles: tuple[str, ...]
    plays: NDArray[np.int64]
    likings: Likings
    points: Matrix
    lengths: Matrix


@dataclass(frozen=True, slots=True)
class Measure:
    """What tastes are measured by.

    Attributes:
        everybody: what they are relative to.
        prior_plays: after which half of a taste is known.
        scales: of words and of vectors, so that either counts by its share.
    """

    everybody: Everybody
    prior_plays: float
    scales: tuple[float, float]

    def placed(self, evidence: Evidence, traits: TraitTable) -> Placed:
        """Where these members lie, by titles of the same traits as those of the measure."""
        likings = likings_of(evidence, traits, self.prior_plays, self.everybody)
        tables = zip((likings.words, likings.vectors), self.scales, strict=True)
        points, lengths = unit(np.hstack([table * scale for table, scale in tables]))
        return Placed(evidence.profiles, evidence.plays, likings, points, lengths)


def measure_of(evidence: Evidence, traits: TraitTable, params: TasteParams) -> Measure:
    """The measure that these members make.

    Words and vectors are brought to the same mean square, and weighed by `vector_share`; where a history has no
    vectors, or no words, the others count alone.
    """
    everybody = everybody_of(evidence, traits, params.prior_plays)
    likings = likings_of(evidence, traits, params.prior_plays, everybody)
    members = max(len(evidence.profiles), 1)
    sizes = [float((table * table).sum()) / members for table in (likings.words, likings.vectors)]
    shares = (1.0 - params.vector_share, params.vector_share) if min(sizes) > 0 else (1.0, 1.0)
    words, vectors = (
        float(np.sqrt(share / size)) if size > 0 else 0.0 for share, size in zip(shares, sizes, strict=True)
    )
    return Measure(everybody, params.prior_plays, (words, vectors))
