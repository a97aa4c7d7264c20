"""From sums to likings: what a member watches more of, or less, than everybody, as far as that is known.

    share of word j       a_pj = sum of weight x strength / sum of weight       over the member's plays
    known                 c_p  = weight / (weight + prior)                      0 for nothing, towards 1
    everybody's share     mu_j = mean over members of a_pj, each by its c_p
    liking                z_pj = c_p (a_pj - mu_j) / sqrt(mu_j (1 - mu_j))

So a liking counts in standard deviations of a single play: a rare genre and a common one can be compared. With few
plays it is near 0, as nobody's taste is known from one evening. Vectors are means, less everybody's, shrunk alike.

Source:
    Shrinking by weight / (weight + prior) is the credibility of Bühlmann, "Experience rating and credibility", 1967.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.taste.evidence import Evidence
from ranking.taste.traits import BLOCKS, Matrix, TraitTable

DIGITS = 9
"""Likings are rounded to so many digits: sums that were added in another order are the same likings."""
_LEAST_SPREAD = 1e-6


@dataclass(frozen=True, slots=True)
class Likings:
    """What members like, row by row as in the evidence.

    Attributes:
        words: (profiles, words) in standard deviations of one play; 0 is as everybody.
        people: (profiles, people) likewise.
        vectors: (profiles, rank) less everybody's.
        weight: (profiles,) evidence: plays of full worth, the newest counting fully.
        word_shares: (words,) everybody's. word_spread: (words,) of one play.
        people_shares: (people,) everybody's. people_spread: (people,) of one play.
    """

    words: Matrix
    people: Matrix
    vectors: Matrix
    weight: Matrix
    word_shares: Matrix
    word_spread: Matrix
    people_shares: Matrix
    people_spread: Matrix

    def __len__(self) -> int:
        return len(self.weight)


def likings_of(evidence: Evidence, traits: TraitTable, prior_plays: float) -> Likings:
    """The likings in the evidence; a block of which a member's titles say nothing is 0.

    Args:
        evidence: sums in the columns of `traits`.
        traits: of the titles.
        prior_plays: plays of full worth after which half of a taste is known.
    """
    words, people = len(traits.words), len(traits.people)
    width = traits.table.shape[1] - len(BLOCKS)
    relative, middle = np.zeros((len(evidence.sums), width)), np.zeros(width)
    for block in BLOCKS:
        columns = traits.columns(block)
        weight = evidence.sums[:, traits.known(block)]
        relative[:, columns], middle[columns] = _relative(evidence.sums[:, columns], weight, prior_plays)
    shares = np.clip(middle[: words + people], 0.0, 1.0)
    spread = np.sqrt(np.maximum(shares * (1.0 - shares), 0.0))
    relative[:, : words + people] /= np.where(spread > _LEAST_SPREAD, spread, np.inf)
    relative = np.round(relative, DIGITS).astype(np.float64)
    weight = evidence.sums[:, width:].max(axis=1, initial=0.0)
    return Likings(
        relative[:, :words],
        relative[:, words : words + people],
        relative[:, words + people :],
        np.round(weight, DIGITS).astype(np.float64),
        shares[:words],
        spread[:words],
        shares[words:],
        spread[words:],
    )


def _relative(sums: Matrix, weight: Matrix, prior: float) -> tuple[Matrix, Matrix]:
    """(profiles, columns) means less everybody's, shrunk; (columns,) everybody's."""
    known = (weight / (weight + prior))[:, None]
    means = np.divide(sums, weight[:, None], out=np.zeros_like(sums), where=weight[:, None] > 0)
    everybody = (means * known).sum(axis=0) / max(known.sum(), np.finfo(float).tiny)
    return (means - everybody) * known, everybody


def shares_of(words: Matrix, likings: Likings) -> Matrix:
    """(rows, words): the shares behind some rows of likings."""
    return np.clip(likings.word_shares + words * likings.word_spread, 0.0, 1.0)


def unit(rows: Matrix) -> tuple[Matrix, NDArray[np.float64]]:
    """Rows of length 1, and what their lengths were; a row of zeros stays one."""
    length = np.sqrt((rows * rows).sum(axis=1))
    return np.divide(rows, length[:, None], out=np.zeros_like(rows), where=length[:, None] > 0), length
